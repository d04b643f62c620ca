"""The card: one conversation and the buttons to decide about it."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot import dates
from bot.barred import Barred
from bot.opt_outs import objection
from bot.returns import offered
from bot.triage import (
    Card,
    Conversation,
    DoNotContact,
    Folded,
    Outcome,
    Owner,
    Waiting,
)
from bot.views import answer, later
from bot.views.card_buttons import actions, more, passing
from bot.views.line import named, sentence
from bot.views.menu import suggestions as suggestions
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    Block,
    Message,
    clean,
    clock_time,
    context,
    cut,
    escape,
    header,
    isolated,
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
from bot.views.palette import Palette as Palette
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


def card(shown: Card, choices: Palette) -> Message:
    """The card as a message of its own."""
    if shown.folded is not None:
        said, newer = spoken(shown), link(shown.folded.newer, NEWER)
        return Message(f"{safe(said)} {newer}".strip(), [folded(shown.conversation, shown.folded)])
    blocks = [*_head(shown.conversation), *_state(shown, choices)]
    buttons = actions(
        shown.conversation,
        choices,
        passing(shown, choices),
        barred=shown.barred,
        last=more(shown, choices),
    )
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
    elif (back := offered(conversation)) is not None:
        parts.append(later.said_back(back))
    parts += _answering(shown)
    return " ".join(part for part in parts if part)


def _answering(shown: Card) -> Iterator[str]:
    """The answer to the lead, and who writes one, as sentences."""
    if (newest := answer.of(shown)) is not None:
        yield answer.spoken(newest)
    if writing := answer.writes(shown.writing):
        yield f"{writing}."


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
    elif (back := offered(conversation)) is not None:
        told.append(later.said_back(back).rstrip("."))
    told += [each.rstrip(".") for each in _answering(shown)]
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
    elif (back := offered(shown.conversation)) is not None:
        yield context(later.said_back(back))
    if (newest := answer.of(shown)) is not None:
        yield context(*answer.facts(newest))
    if writing := answer.writes(shown.writing):
        yield context(writing)


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
    elif (back := offered(shown.conversation)) is not None:
        yield later.said_back(back)
    if writing := answer.writes(shown.writing):
        yield cut(writing, room)
    if (newest := answer.of(shown)) is not None:
        state, *when = answer.facts(newest)
        yield from (cut(str(state), room), *when)


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
