"""The line in a card's thread: one for each decision."""

from collections.abc import Sequence
from typing import Final

from bot import acts
from bot.changes import fields
from bot.text import folded
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    Conversation,
    DoNotContact,
    EditTags,
    MarkRead,
    MarkUnread,
    Outcome,
    Revert,
    SetAiTag,
    Several,
    SingleChange,
    single,
)
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    Block,
    Message,
    button,
    context,
    cut,
    joined,
    label,
    listed,
    message,
    phrase,
    plain,
    short,
    wish,
)
from bot.views.palette import asking_back

LISTED: Final = "on SendKit’s do-not-contact list"
SAVED: Final = "Your decision is saved, and I’ll carry it out as soon as I can."


def news(text: str) -> Message:
    """Something that happened to a conversation outside of Slack."""
    said = cut(text, CONTEXT_LIMIT)
    return message(said, [context(said)])


def line(outcome: Outcome, whose: str = "", confirmed: frozenset[str] = frozenset()) -> Message:
    """Says who decided, the resulting aiTag and tags, and a button that takes it back. `whose`: the
    lead's name, where the thread belongs to several leads. `confirmed` as in Palette."""
    said = sentence(outcome)
    if whose:
        said = f"{phrase(whose, NAME_LIMIT)} · {said}"
    return message(said, [undoable(outcome, said, confirmed) or context(said)])


def undoable(outcome: Outcome, said: str, confirmed: frozenset[str]) -> Block | None:
    """The line about a decision, with a button that takes it back; None if no button can."""
    if not acts.is_decision(outcome.decision) or isinstance(outcome.change, DoNotContact):
        return None
    value = acts.pack(acts.Undo(acts.ById(outcome.conversation), outcome.decision))
    asks = asking_back(outcome, confirmed)
    back = button("Undo", acts.action_id(7), value, about=said, confirm=asks)
    return {"type": "section", "text": plain(said, SECTION_LIMIT), "accessory": back}


def sentence(outcome: Outcome, beside: Conversation | None = None) -> str:
    """Says who decided what, and the aiTag and tags after it. `beside`: the conversation whose
    aiTag and tags stand beside the sentence, so that it does not repeat them."""
    change, ai_tag = outcome.change, outcome.new_ai_tag
    done = _undone(change, outcome) if isinstance(change, Revert) else _all_done(change, outcome)
    says_ai_tag = beside is not None and beside.ai_tag == ai_tag
    says_tags = beside is not None and {*beside.tags} == {*outcome.tags}
    facts = [f"{phrase(outcome.person, NAME_LIMIT)} {done}"]
    if ai_tag and "aiTag" not in fields(change) and not says_ai_tag:
        facts.append(named(ai_tag))
    if (outcome.tags or "tags" in fields(change)) and not says_tags:
        facts.append(listed(outcome.tags))
    if outcome.reason:
        facts.append(f"because “{phrase(outcome.reason, PHRASE_LIMIT)}”")
    return " · ".join(facts)


def _undone(change: Revert, outcome: Outcome) -> str:
    whose = f"{phrase(outcome.undone, NAME_LIMIT)}’s " if outcome.undone else ""
    what = f"“{wish(change.made)}”" if change.made else "a decision"
    back = joined([_back(each, outcome) for each in change.changes])
    return f"undid {whose}{what}: {back}"


def _back(change: SingleChange, outcome: Outcome) -> str:
    match change:
        case MarkRead():
            return "read again"
        case MarkUnread():
            return "unread again"
        case EditTags():
            return _done(change, outcome)
        case _:
            new = outcome.new_ai_tag
            return f"back to {named(new)}" if new else "no aiTag again"


def _all_done(change: Change, outcome: Outcome) -> str:
    if isinstance(change, DoNotContact):
        return f"put the lead {LISTED}"
    made = [*filter(None, (_done(each, outcome) for each in single(change)))]
    return joined(made or ["changed nothing"])


def _done(change: SingleChange, outcome: Outcome) -> str:
    old, new = outcome.old_ai_tag, outcome.new_ai_tag
    was = f" (was {named(old)})" if old and old != new else ""
    match change:
        case MarkRead():
            return "marked this as read"
        case MarkUnread():
            return "marked this as unread"
        case EditTags(add, remove):
            return " and ".join(filter(None, (_tags("added", add), _tags("removed", remove))))
        case _:
            return (f"set {named(new)}" if new else "cleared the aiTag") + was


def _tags(verb: str, names: Sequence[str]) -> str:
    return short(f"{verb} the {listed(names)}", PHRASE_LIMIT) if names else ""


def confirmation(outcome: Outcome, whose: str) -> str:
    """For the person who decided, if the thread is elsewhere."""
    if isinstance(outcome.change, DoNotContact):
        return f"Done: {phrase(whose, NAME_LIMIT)} is {LISTED} now."
    states = joined([_state(each, outcome) for each in single(outcome.change)])
    return f"Done: {phrase(whose, NAME_LIMIT)} {states}."


def _state(change: SingleChange, outcome: Outcome) -> str:
    new = outcome.new_ai_tag
    match change:
        case MarkRead():
            return "is marked as read"
        case MarkUnread():
            return "is marked as unread"
        case EditTags():
            return f"has {'the ' if outcome.tags else ''}{listed(outcome.tags)}"
        case _:
            return f"is now {named(new)}" if new else "has no aiTag now"


def unchanged(change: Change, whose: str) -> str:
    """For a person whose decision changes nothing."""
    lead = phrase(whose, NAME_LIMIT) or "This conversation"
    match change:
        case MarkRead():
            return f"{lead} is already marked as read."
        case MarkUnread():
            return f"{lead} is already marked as unread."
        case SetAiTag(ai_tag):
            return f"{lead} is already {named(ai_tag)}."
        case ClearAiTag():
            return f"{lead} already has no aiTag."
        case Several(changes):
            return " ".join(unchanged(each, whose) for each in changes)
        case DoNotContact():
            return f"{lead} is already {LISTED}."
        case Revert():
            return f"{lead} is already as before that decision. I changed nothing."
        case _:
            has = f"already has the {listed(change.add)}" if change.add else ""
            lacks = f"does not have the {listed(change.remove)}" if change.remove else ""
            return f"{lead} {' and '.join(filter(None, (has, lacks)))}. I changed nothing."


def overtaken(now: Conversation, last: Outcome | None) -> str:
    """Says what happened to the aiTag since somebody opened a form. `last`: the last decision."""
    if last is None or folded(last.new_ai_tag or "") != folded(now.ai_tag or ""):
        what = f"it is {named(now.ai_tag)} now" if now.ai_tag else "there is none now"
        return f"Since you opened the form, the aiTag has changed in SendKit: {what}."
    done = f"set {named(now.ai_tag)}" if now.ai_tag else "cleared the aiTag"
    return f"{phrase(last.person, NAME_LIMIT)} {done} since you opened the form."


def not_needed(wished: Change, made: Change, whose: str) -> str:
    """For the person whose decision changed a part of what they asked for; else empty."""
    lead, said = phrase(whose, NAME_LIMIT) or "This conversation", []
    if isinstance(wished, Revert):
        return ""
    for asked, done in zip(single(wished), single(made), strict=True):
        if not isinstance(asked, EditTags) or not isinstance(done, EditTags):
            continue
        added, removed = {*map(folded, done.add)}, {*map(folded, done.remove)}
        had = [tag for tag in asked.add if folded(tag) not in added]
        # A tag that is both added and removed stays.
        removed |= {*map(folded, asked.add)}
        lacked = [tag for tag in asked.remove if folded(tag) not in removed]
        if had:
            said.append(f"already had the {listed(had)}")
        if lacked:
            said.append(f"did not have the {listed(lacked)}")
    return f"{lead} {' and '.join(said)}." if said else ""


def failed(person: str, wished: str, reason: str) -> Message:
    """For everybody who saw that a decision was saved, if it failed."""
    who, what_for = phrase(person, NAME_LIMIT), short(wished, PHRASE_LIMIT)
    said = cut(f"{who}’s decision ({what_for}) was not carried out. {reason}", CONTEXT_LIMIT)
    return message(said, [context(said)])


def named(ai_tag: AiTag) -> str:
    return phrase(label(ai_tag), NAME_LIMIT)
