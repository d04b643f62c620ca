"""The card: one conversation and the buttons to decide about it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot import acts, dates
from bot.barred import Barred
from bot.opt_outs import objection
from bot.triage import (
    Card,
    Change,
    ClearAiTag,
    Conversation,
    DecisionId,
    DoNotContact,
    Folded,
    MarkRead,
    MarkUnread,
    Outcome,
    Owner,
    SetAiTag,
    Waiting,
)
from bot.views import later
from bot.views import menu as menus
from bot.views.line import named, sentence
from bot.views.menu import suggestions as suggestions
from bot.views.message import (
    CHOSEN,
    CONTEXT_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    Block,
    Message,
    button,
    clean,
    clock_time,
    context,
    cut,
    escape,
    header,
    isolated,
    label,
    link,
    listed,
    markup,
    message,
    moment,
    phrase,
    plain,
    safe,
    section,
    seen,
    short,
    wish,
)
from bot.views.owner import RELEASE, TAKE
from bot.views.palette import Palette as Palette
from bot.views.palette import asking, asking_back, asking_to_bar
from bot.views.palette import palette as palette

WORDS_LIMIT: Final = 600
# Their room in `text`, where each character may be escaped.
SPOKEN_WORDS_LIMIT: Final = 1800
COMPANY_LIMIT: Final = 60
SUBJECT_LIMIT: Final = 100
QUESTION_LIMIT: Final = 300
EMAIL_LIMIT: Final = 150
ONE_LINE_LIMIT: Final = 150
NEWER: Final = "Open the newer card"
EARLIER: Final = "Earlier card"
NO_WORDS: Final = "This reply has no text."
LEFT_ALONE: Final = "⚠ asks to be left alone"
# The position of its button keeps its id apart from those of the others.
BAR: Final = 5
BAR_LABEL: Final = "Do not contact"


def card(shown: Card, choices: Palette) -> Message:
    """The card as a message of its own."""
    if shown.folded is not None:
        said, newer = spoken(shown), link(shown.folded.newer, NEWER)
        return Message(f"{safe(said)} {newer}".strip(), [folded(shown.conversation, shown.folded)])
    blocks = [*_head(shown.conversation), *_state(shown, choices)]
    more, barred = _more(shown, choices), shown.barred
    buttons = actions(shown.conversation, choices, ending(shown), barred=barred, last=more)
    view, earlier = message(spoken(shown), [*blocks, buttons]), link(shown.earlier, EARLIER)
    return Message(f"{view.text} {earlier}", view.blocks) if earlier else view


def title(conversation: Conversation) -> str:
    lead = conversation.lead
    parts = (phrase(lead.label, NAME_LIMIT), phrase(lead.company, COMPANY_LIMIT))
    return " · ".join(part for part in parts if part)


def titled(conversation: Conversation, said: str, about: str = "") -> Block:
    """The lead's name in bold, facts `about` the conversation beside it, and the words below it.
    None of it is markup.

    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    name = clean(title(conversation)) or "–"
    parts: list[Block] = [{"type": "text", "text": name, "style": {"bold": True}}]
    if about:
        parts.append({"type": "text", "text": f"  {cut(clean(about), SECTION_LIMIT)}"})
    if said:
        parts.append({"type": "text", "text": f"\n{cut(seen(said), SECTION_LIMIT)}"})
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": parts}],
    }


def one_line(line: str, said: str, accessory: Block) -> Block:
    """A conversation in one line, as for automatic replies."""
    return {
        "type": "section",
        "text": plain(f"{line}: {isolated(said)}" if said else line, ONE_LINE_LIMIT),
        "accessory": accessory,
    }


def show_card(conversation: Conversation) -> Block:
    """The button that posts the conversation's own card."""
    value, who = acts.pack(acts.Show(acts.ById(conversation.id))), conversation.lead.label
    return button("Show card", acts.action_id(9), value, about=who)


def words(conversation: Conversation, limit: int = WORDS_LIMIT) -> str:
    return cut(conversation.words, limit) or NO_WORDS


def spoken(shown: Card) -> str:
    """The whole card in one paragraph."""
    conversation = shown.conversation
    if shown.folded is not None:
        said = phrase(shown.folded.words, SPOKEN_WORDS_LIMIT)
        before = f" Before: “{said}”" if said else ""
        newer = " A newer card has it." if shown.folded.newer else ""
        return f"{_again(conversation)}{newer}{before}"
    asked = _asked(conversation)
    times = [f"{said} {clock_time(at)}".strip() for said, at in _times(conversation)]
    parts = [
        f"Reply from {title(conversation)}, {' · '.join([source(conversation), *times])}.",
        f"{short(asked, QUESTION_LIMIT)}." if asked else "",
        phrase(words(conversation), SPOKEN_WORDS_LIMIT),
        f"{' · '.join([*facts(conversation), *owned(shown.owner)])}.",
    ]
    if shown.barred is not None:
        parts.append(f"{barring(shown.barred)}.")
    if shown.last is not None:
        is_earlier = _is_earlier(shown.last, conversation.replied_at)
        when = "Before this reply" if is_earlier else "Last decision"
        parts.append(f"{when}: {sentence(shown.last, conversation)}, {clock_time(shown.last.at)}.")
    if shown.waiting is not None:
        parts.append(f"{_saved(shown.waiting)} {clock_time(shown.waiting.until)}.")
    if shown.later is not None:
        parts.append(f"{later.spoken(shown.later)}.")
    return " ".join(part for part in parts if part)


def spoken_briefly(shown: Card, room: int) -> str:
    """A card among others in at most `room` characters: every fact, and as many words as fit."""
    conversation, last, waiting = shown.conversation, shown.last, shown.waiting
    if shown.folded is not None:
        return short(spoken(shown), room)
    told = [title(conversation), *facts(conversation), *owned(shown.owner), source(conversation)]
    told += [barring(shown.barred)] if shown.barred else []
    told += [f"{said} {clock_time(at)}" for said, at in _times(conversation) if said]
    if last is not None:
        told.append(f"{clock_time(last.at)} {sentence(last, conversation)}")
    if waiting is not None:
        told.append(f"{_saved(waiting)} {clock_time(waiting.until)}")
    if shown.later is not None:
        told.append(later.spoken(shown.later))
    said = ", ".join(told)
    if len(escape(said)) > room:
        share = room // len(told) - len(", ")
        said = ", ".join(short(fact, share) for fact in told)
    left = room - len(escape(said)) - len(": ")
    quoted = phrase(words(conversation), left) if left > 0 else ""
    return f"{said}: {quoted}" if quoted else f"{said}."


def _head(conversation: Conversation) -> Iterator[Block]:
    yield header(title(conversation))
    yield context(source(conversation), *_moments(conversation))
    if asked := _asked(conversation):
        yield context(asked)
    yield section(words(conversation))


def _state(shown: Card, choices: Palette) -> Iterator[Block]:
    if shown.barred is not None:
        yield context(barring(shown.barred), markup(moment(shown.barred.at)))
    if unsaid := _unsaid(shown, choices):
        yield context(unsaid)
    if decided := _decided(shown, CONTEXT_LIMIT):
        yield context(*decided)
    if shown.waiting is not None:
        yield context(_saved(shown.waiting), markup(moment(shown.waiting.until)))
    if shown.later is not None:
        yield context(*later.facts(shown.later))


def _decided(shown: Card, room: int) -> Sequence[str | Block]:
    """The last decision, and a link to the card of an earlier reply."""
    parts: list[str | Block] = []
    # That the lead must not be contacted is said already.
    if shown.last is not None and not isinstance(shown.last.change, DoNotContact):
        is_earlier = _is_earlier(shown.last, shown.conversation.replied_at)
        before = "Before this reply: " * is_earlier
        said = f"{before}{sentence(shown.last, shown.conversation)}"
        parts += [cut(said, room), markup(moment(shown.last.at))]
    if earlier := link(shown.earlier, EARLIER):
        parts.append(markup(earlier))
    return parts


def _is_earlier(last: Outcome, replied_at: str) -> bool:
    """Whether the lead has written again since this decision."""
    if last.replied_at:
        return replied_at > last.replied_at
    at = dates.from_iso(replied_at)
    return at is not None and at > last.at


def _again(conversation: Conversation) -> str:
    """Why the card is folded. An automatic reply does not count as a second reply."""
    if conversation.auto_reply:
        return f"{title(conversation)} sent an automatic reply."
    return f"{title(conversation)} replied again."


def folded(conversation: Conversation, left: Folded) -> Block:
    """The line that replaces the card of an earlier reply."""
    newer = link(left.newer, NEWER)
    return context(
        _again(conversation),
        *([markup(newer)] if newer else []),
        *([f"Before: “{isolated(cut(left.words, WORDS_LIMIT))}”"] if left.words else []),
    )


def about(shown: Card, choices: Palette, room: int) -> Iterator[str | Block]:
    """Everything that a card says beside its words and buttons, in parts of at most `room`
    characters."""
    conversation = shown.conversation
    unsaid = _unsaid(shown, choices)
    # The subject is mostly our own, and would need a line of its own.
    said = source(conversation, has_subject=False)
    listed = barring(shown.barred) if shown.barred else ""
    yield cut(" · ".join(filter(None, (said, listed, unsaid))), room)
    yield from _moments(conversation)
    yield from _decided(shown, room)
    if shown.waiting is not None:
        yield cut(_saved(shown.waiting), room)
        yield markup(moment(shown.waiting.until))
    if shown.later is not None:
        yield from later.facts(shown.later)


def source(conversation: Conversation, *, has_subject: bool = True) -> str:
    """Whether the lead asks to be left alone, where the reply comes from, and whether the
    conversation is read."""
    writer = f"written by {isolated(conversation.writer)}" if conversation.writer else ""
    parts = [
        LEFT_ALONE if objection(conversation) else "",
        phrase(conversation.subject, SUBJECT_LIMIT) if has_subject else "",
        phrase(conversation.lead.email, EMAIL_LIMIT) or "no email address",
        short(writer, EMAIL_LIMIT),
        phrase(conversation.campaign, NAME_LIMIT),
        "unread" if conversation.unread else "read",
        "automatic reply" if conversation.auto_reply else "",
    ]
    return " · ".join(part for part in parts if part)


def _times(conversation: Conversation) -> Sequence[tuple[str, float]]:
    """The time of the reply, and who is waited for since when, as words before a time. A reply that
    waits since it came is one of both."""
    at, turn = dates.from_iso(conversation.replied_at), conversation.turn
    replied = [] if at is None else [("", at)]
    if turn is None:
        return replied
    whom = "us" if turn.ours else phrase(conversation.lead.label, NAME_LIMIT)
    waits = (f"waiting for {whom} since", turn.since)
    is_same = turn.ours and at is not None and at // 60 == turn.since // 60
    return [waits] if is_same else [*replied, waits]


def _moments(conversation: Conversation) -> Iterator[str | Block]:
    for said, at in _times(conversation):
        if said:
            yield f"{said[:1].upper()}{said[1:]}"
        yield markup(moment(at))


def _asked(conversation: Conversation) -> str:
    return f"We wrote: “{isolated(conversation.asked)}”" if conversation.asked else ""


def tagged(conversation: Conversation) -> str:
    return named(conversation.ai_tag) if conversation.ai_tag else "no aiTag"


def facts(conversation: Conversation) -> Sequence[str]:
    """The aiTag and the custom tags, for readers who do not see the buttons."""
    ai_tag = f"aiTag {named(conversation.ai_tag)}" if conversation.ai_tag else "No aiTag"
    return [ai_tag, *([listed(conversation.tags)] if conversation.tags else [])]


def owned(owner: Owner | None) -> Sequence[str]:
    """Says who takes care of the conversation."""
    return [f"Owner: {phrase(owner.name, NAME_LIMIT)}"] if owner else []


def barring(barred: Barred) -> str:
    """Whose decision it was that the lead is on the do-not-contact list."""
    by = f", by {phrase(barred.person, NAME_LIMIT)}" if barred.person else ""
    return f"On the do-not-contact list{by}"


def _unsaid(shown: Card, choices: Palette) -> str:
    """The facts that no button shows."""
    ai_tag, *tags = facts(shown.conversation)
    is_said = shown.conversation.ai_tag in (None, *choices.quick)
    return " · ".join([*owned(shown.owner), *(tags if is_said else [ai_tag, *tags])])


def _saved(waiting: Waiting) -> str:
    others = f", and {waiting.others} more" if waiting.others else ""
    who, why = phrase(waiting.person, NAME_LIMIT), short(waiting.reason, PHRASE_LIMIT)
    return f"{who}’s decision ({wish(waiting.change)}{others}) is saved. {why}. Next try:"


def ending(shown: Card) -> Sequence[Block]:
    """The button that ends that the conversation is put off."""
    return [later.back_now(shown.conversation)] if shown.later is not None else []


def actions(
    conversation: Conversation,
    choices: Palette,
    more: Sequence[Block] = (),
    *,
    barred: Barred | None = None,
    last: Block | None = None,
) -> Block:
    """The buttons of one conversation, `more` of them, and the `last` element of a card that stands
    alone. Among others there is no room for buttons with long values."""
    reading: Change = MarkRead() if conversation.unread else MarkUnread()
    longest = acts.BUTTON_VALUE_LIMIT if last else acts.OPTION_VALUE_LIMIT
    who = conversation.lead.label
    faces: list[tuple[str, Change, bool]] = []
    for ai_tag in choices.quick:
        chosen = ai_tag == conversation.ai_tag
        faces.append((CHOSEN * chosen + label(ai_tag), SetAiTag(ai_tag), chosen))
    faces.append(("Mark read" if conversation.unread else "Mark unread", reading, False))
    first = [bar(conversation)] if barred is None and objection(conversation) else []
    elements = [
        button(
            text,
            acts.action_id(position),
            value,
            about=who,
            chosen=chosen,
            confirm=_asking(change, choices, chosen=chosen),
        )
        for position, (text, change, chosen) in enumerate(faces)
        if len(value := acts.pack_change(conversation.id, change)) <= longest
    ]
    value = acts.pack(acts.Open(acts.ById(conversation.id)))
    elements += [button("Open", acts.OPEN, value, about=who), *more]
    return {
        "type": "actions",
        "block_id": acts.block_id(conversation.id, "card"),
        "elements": [*first, *elements, *([last] if last else [])],
    }


def bar(conversation: Conversation, action: str = "") -> Block:
    """The button that puts the lead on the do-not-contact list. It asks first. `action`: its id in
    a form."""
    lead = conversation.lead
    value = acts.pack_change(conversation.id, DoNotContact())
    return button(
        BAR_LABEL,
        action or acts.action_id(BAR),
        value,
        about=lead.label,
        confirm=asking_to_bar(lead.email or lead.label),
    )


def _more(shown: Card, choices: Palette) -> Block:
    """The menu of a card with what is needed less often.

    https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
    """
    conversation = acts.ById(shown.conversation.id)
    offered: list[tuple[str, acts.Pressed, str]] = []
    if (undone := _undoable(shown)) is not None:
        decision, change = undone
        last = shown.last if shown.waiting is None else None
        # An option has no dialog, so a form asks.
        asks = last is not None and asking_back(last, choices.confirmed) is not None
        taken_back: acts.Pressed = acts.Undo(conversation, decision)
        if asks:
            taken_back = acts.Confirm(conversation, decision)
        offered.append((f"Undo “{wish(change)}”{'…' * asks}", taken_back, ""))
    if shown.owner is None:
        offered.append((TAKE, acts.Take(conversation), ""))
    else:
        offered.append((RELEASE, acts.Release(conversation), ""))
    offered.append((later.LATER, acts.AskUntil(conversation), ""))
    clear = acts.Decide(conversation, ClearAiTag())
    offered.append((menus.CLEAR, clear, ""))
    offered.append(("Whole email", acts.Whole(conversation), ""))
    if url := choices.link(conversation.id):
        offered.append(("Open in SendKit", acts.Visit(conversation), url))
    options = [
        {
            "text": plain(text, OPTION_LIMIT),
            "value": acts.pack(act),
            **({"url": url} if url else {}),
        }
        for text, act, url in offered
    ]
    fitting = [each for each in options if menus.fits(each)]
    if len(fitting) > menus.OVERFLOW_LIMIT:
        # The form that *Open* opens clears it, too.
        fitting = [each for each in fitting if each["value"] != acts.pack(clear)]
    return {
        "type": "overflow",
        "action_id": acts.MORE,
        "options": fitting,
    }


def _undoable(shown: Card) -> tuple[DecisionId, Change] | None:
    """The decision that the card's *Undo* takes back: one that waits, or else the last one."""
    found: tuple[DecisionId, Change] | None = None
    if shown.waiting is not None:
        if shown.waiting.decision is not None and not shown.waiting.others:
            found = shown.waiting.decision, shown.waiting.change
    elif shown.last is not None and not isinstance(shown.last.change, DoNotContact):
        found = shown.last.decision, shown.last.change
    return found if found and acts.is_decision(found[0]) else None


def _asking(change: Change, choices: Palette, *, chosen: bool) -> Block | None:
    if chosen or not isinstance(change, SetAiTag):
        return None
    return asking(change.ai_tag, choices.confirmed)
