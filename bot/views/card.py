"""The card: one conversation and the buttons to decide about it."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import acts, dates
from bot.triage import (
    AiTag,
    Card,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    Folded,
    MarkRead,
    MarkUnread,
    Outcome,
    SetAiTag,
    Waiting,
    changed,
    same_name,
)
from bot.views.line import named, sentence
from bot.views.message import (
    CHOSEN,
    CONTEXT_LIMIT,
    NAME_LIMIT,
    OPTION_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    WEIGHT_LIMIT,
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
    weight,
    wish,
)

WORDS_LIMIT: Final = 600
# Their room in `text`, where each character may be escaped.
SPOKEN_WORDS_LIMIT: Final = 1800
COMPANY_LIMIT: Final = 60
SUBJECT_LIMIT: Final = 100
QUESTION_LIMIT: Final = 300
EMAIL_LIMIT: Final = 150
ONE_LINE_LIMIT: Final = 150
# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTIONS_LIMIT: Final = 100
CLEAR: Final = "Clear aiTag"
NEWER: Final = "Open the newer card"
EARLIER: Final = "Earlier card"
NO_WORDS: Final = "This reply has no text."


@dataclass(frozen=True, slots=True)
class Palette:
    """The workspace's aiTags, and the `quick` ones that have buttons."""

    ai_tags: tuple[AiTag, ...]
    quick: tuple[AiTag, ...]


def palette(ai_tags: Sequence[AiTag], wanted: Sequence[str]) -> Palette:
    """The `wanted` quick aiTags in the workspace's own spelling, or else its first three."""
    spelled = {same_name(ai_tag): ai_tag for ai_tag in ai_tags}
    quick = [spelled.get(same_name(name), AiTag(name)) for name in wanted]
    return Palette(tuple(ai_tags), tuple(quick or ai_tags[:3]))


def card(shown: Card, choices: Palette, *, menu: bool = True) -> Message:
    """The card as a message of its own. Without the menu if Slack refused it as too long."""
    if shown.folded is not None:
        said, newer = spoken(shown), link(shown.folded.newer, NEWER)
        return Message(f"{safe(said)} {newer}".strip(), [folded(shown.conversation, shown.folded)])
    blocks = [*_head(shown.conversation), *_state(shown, choices)]
    room = WEIGHT_LIMIT - weight(blocks)
    return message(spoken(shown), [*blocks, actions(shown.conversation, choices, room * menu)])


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
        f"{' · '.join(facts(conversation))}.",
    ]
    if shown.last is not None:
        is_earlier = _is_earlier(shown.last, conversation.replied_at)
        when = "Before this reply" if is_earlier else "Last decision"
        parts.append(f"{when}: {sentence(shown.last, conversation)}, {clock_time(shown.last.at)}.")
    if shown.waiting is not None:
        parts.append(f"{_saved(shown.waiting)} {clock_time(shown.waiting.until)}.")
    return " ".join(part for part in parts if part)


def spoken_briefly(shown: Card, room: int) -> str:
    """A card among others in at most `room` characters: every fact, and as many words as fit."""
    conversation, last, waiting = shown.conversation, shown.last, shown.waiting
    if shown.folded is not None:
        return short(spoken(shown), room)
    told = [title(conversation), *facts(conversation), source(conversation)]
    told += [f"{said} {clock_time(at)}" for said, at in _times(conversation) if said]
    if last is not None:
        told.append(f"{clock_time(last.at)} {sentence(last, conversation)}")
    if waiting is not None:
        told.append(f"waits: {isolated(waiting.person)}, {wish(waiting.change)}")
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
    if unsaid := _unsaid(shown.conversation, choices, menu=True):
        yield context(unsaid)
    if decided := _decided(shown, CONTEXT_LIMIT):
        yield context(*decided)
    if shown.waiting is not None:
        yield context(_saved(shown.waiting), markup(moment(shown.waiting.until)))


def _decided(shown: Card, room: int) -> Sequence[str | Block]:
    """The last decision, and a link to the card of an earlier reply."""
    parts: list[str | Block] = []
    if shown.last is not None:
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
    unsaid = _unsaid(conversation, choices, menu=False)
    # The subject is mostly our own, and would need a line of its own.
    said = source(changed(conversation, subject=""))
    yield cut(" · ".join(filter(None, (said, unsaid))), room)
    yield from _moments(conversation)
    yield from _decided(shown, room)
    if shown.waiting is not None:
        yield cut(_saved(shown.waiting), room)
        yield markup(moment(shown.waiting.until))


def source(conversation: Conversation) -> str:
    """Where the reply comes from, and whether the conversation is read."""
    writer = f"written by {isolated(conversation.writer)}" if conversation.writer else ""
    parts = [
        phrase(conversation.subject, SUBJECT_LIMIT),
        phrase(conversation.lead.email, EMAIL_LIMIT) or "no email address",
        short(writer, EMAIL_LIMIT),
        phrase(conversation.campaign, NAME_LIMIT),
        "unread" if conversation.unread else "read",
        "automatic reply" if conversation.auto_reply else "",
    ]
    return " · ".join(part for part in parts if part)


def _times(conversation: Conversation) -> Sequence[tuple[str, float]]:
    """When the reply came, and who is waited for since when, as words before a time. A reply that
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


def _unsaid(conversation: Conversation, choices: Palette, *, menu: bool) -> str:
    """The facts that neither a button nor the `menu` shows."""
    ai_tag, *tags = facts(conversation)
    pressed = conversation.ai_tag in (None, *choices.quick)
    is_said = pressed or (menu and conversation.ai_tag in choices.ai_tags)
    return " · ".join(tags if is_said else [ai_tag, *tags])


def _saved(waiting: Waiting) -> str:
    others = f", and {waiting.others} more" if waiting.others else ""
    who, why = phrase(waiting.person, NAME_LIMIT), short(waiting.reason, PHRASE_LIMIT)
    return f"{who}’s decision ({wish(waiting.change)}{others}) is saved. {why}. Next try:"


def actions(conversation: Conversation, choices: Palette, room: int, *, more: bool = True) -> Block:
    """The buttons of one conversation, and the menu of its aiTags within `room` of WEIGHT_LIMIT.

    The menu lists all aiTags if they fit, and is a search otherwise. Without room, a `more` button
    shows the conversation alone, with its menu.
    """
    reading: Change = MarkRead() if conversation.unread else MarkUnread()
    longest = acts.BUTTON_VALUE_LIMIT if room > 0 else acts.OPTION_VALUE_LIMIT
    who = conversation.lead.label
    faces: list[tuple[str, Change, bool]] = []
    for ai_tag in choices.quick:
        chosen = ai_tag == conversation.ai_tag
        faces.append((CHOSEN * chosen + label(ai_tag), SetAiTag(ai_tag), chosen))
    faces.append(("Mark read" if conversation.unread else "Mark unread", reading, False))
    elements = [
        button(text, acts.action_id(position), value, about=who, chosen=chosen)
        for position, (text, change, chosen) in enumerate(faces)
        if len(value := acts.pack_change(conversation.id, change)) <= longest
    ]
    # Slack's clients keep a menu's choice while its block keeps its id, even if the message
    # changes. The id follows the aiTag, so that the menu shows it.
    state = zlib.crc32((conversation.ai_tag or "").encode(errors="replace"))
    block: dict[str, Any] = {
        "type": "actions",
        "block_id": acts.block_id(conversation.id, f"{state:08x}"),
        "elements": elements,
    }
    if room <= 0:
        value = acts.pack(acts.Show(acts.ById(conversation.id)))
        show = button("More…", acts.action_id(len(faces)), value, about=who)
        return {**block, "elements": [*elements, show] if more else elements}
    value = acts.pack(acts.Whole(acts.ById(conversation.id)))
    whole_email = button("Whole email", acts.action_id(8), value, about=who)
    # Its button already shows it.
    chosen_in_menu = None if conversation.ai_tag in choices.quick else _chosen(conversation)
    if len(choices.ai_tags) < OPTIONS_LIMIT:
        menu = _menu(conversation, choices, chosen_in_menu)
        whole = {**block, "elements": [*elements, menu, whole_email]}
        if weight([whole]) <= room:
            return whole
    return {**block, "elements": [*elements, _search(chosen_in_menu), whole_email]}


def suggestions(identity: ConversationId, ai_tags: Sequence[AiTag], typed: str) -> list[Block]:
    """The options of a search: aiTags that contain the typed words, those that begin with them
    first.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    wanted = same_name(typed)
    found = [tag for tag in ai_tags if wanted in same_name(label(tag)) + same_name(tag)]
    found.sort(key=lambda tag: not same_name(tag).startswith(wanted))
    options = [_option(label(tag), identity, SetAiTag(tag)) for tag in found]
    if not wanted or wanted in same_name(CLEAR):
        options.insert(0, _option(CLEAR, identity, ClearAiTag()))
    return [each for each in options if _fits(each)][:OPTIONS_LIMIT]


def _menu(conversation: Conversation, choices: Palette, chosen: Block | None) -> Block:
    options = [_option(label(tag), conversation.id, SetAiTag(tag)) for tag in choices.ai_tags]
    options = [each for each in options if _fits(each)]
    options.append(_option(CLEAR, conversation.id, ClearAiTag()))
    menu = {
        "type": "static_select",
        "action_id": acts.MENU,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        "options": options,
    }
    return {**menu, "initial_option": chosen} if chosen in options else menu


def _search(chosen: Block | None) -> Block:
    menu = {
        "type": "external_select",
        "action_id": acts.SEARCH,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        # Slack asks for options before anything is typed.
        "min_query_length": 0,
    }
    return {**menu, "initial_option": chosen} if chosen and _fits(chosen) else menu


def _chosen(conversation: Conversation) -> Block | None:
    if not conversation.ai_tag:
        return None
    return _option(label(conversation.ai_tag), conversation.id, SetAiTag(conversation.ai_tag))


def _option(text: str, identity: ConversationId, change: Change) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": acts.pack_change(identity, change)}


def _fits(option: Block) -> bool:
    """Whether Slack accepts the option's value. A longer aiTag can be set with /sendkit."""
    return len(option["value"]) <= acts.OPTION_VALUE_LIMIT
