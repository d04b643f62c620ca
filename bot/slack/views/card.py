"""The card: one conversation, and what can be decided about it."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import ids
from bot.slack.views.line import sentence, what
from bot.slack.views.message import (
    NAME_LIMIT,
    OPTION_LIMIT,
    PHRASE_LIMIT,
    WEIGHT_LIMIT,
    Block,
    Message,
    button,
    clock_time,
    context,
    cut,
    escape,
    header,
    label,
    listed,
    markup,
    message,
    moment,
    plain,
    section,
    short,
    weight,
    wish,
)
from bot.triage import (
    AiTag,
    Card,
    Change,
    ClearAiTag,
    Conversation,
    ConversationId,
    MarkRead,
    MarkUnread,
    SetAiTag,
    Waiting,
    same_name,
)

WORDS_LIMIT: Final = 600
# What is left for them of `text`, where each of them may be escaped.
SPOKEN_WORDS_LIMIT: Final = 1800
COMPANY_LIMIT: Final = 60
EMAIL_LIMIT: Final = 150
# https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTIONS_LIMIT: Final = 100
CLEAR: Final = "Clear tag"
NO_WORDS: Final = "This reply has no text."


@dataclass(frozen=True, slots=True)
class Palette:
    """The workspace's aiTags, and those of them that have a button of their own."""

    ai_tags: tuple[AiTag, ...]
    quick: tuple[AiTag, ...]


def palette(ai_tags: Sequence[AiTag], wanted: Sequence[str]) -> Palette:
    """The wanted quick aiTags, in the workspace's own spelling; else its first three."""
    spelled = {same_name(ai_tag): ai_tag for ai_tag in ai_tags}
    quick = [spelled.get(same_name(name), AiTag(name)) for name in wanted]
    return Palette(tuple(ai_tags), tuple(quick or ai_tags[:3]))


def card(shown: Card, choices: Palette, *, menu: bool = True) -> Message:
    """The card as it stands in the channel; without its menu where Slack refused it as too long."""
    blocks = [*_head(shown.conversation), *_state(shown)]
    room = WEIGHT_LIMIT - weight(blocks)
    return message(spoken(shown), [*blocks, actions(shown.conversation, choices, room * menu)])


def title(conversation: Conversation) -> str:
    lead = conversation.lead
    parts = (short(lead.label, NAME_LIMIT), short(lead.company, COMPANY_LIMIT))
    return " · ".join(part for part in parts if part)


def words(conversation: Conversation, limit: int = WORDS_LIMIT) -> str:
    return cut(conversation.words, limit) or NO_WORDS


def spoken(shown: Card) -> str:
    """The whole card in one paragraph."""
    conversation = shown.conversation
    parts = [
        f"Reply from {title(conversation)}, {source(conversation)}.",
        short(words(conversation), SPOKEN_WORDS_LIMIT),
        f"{_tags(conversation)}.",
    ]
    if shown.last is not None:
        who = short(shown.last.person, NAME_LIMIT)
        parts.append(f"Last decision: {who}, {what(shown.last)}, {clock_time(shown.last.at)}.")
    if shown.waiting is not None:
        parts.append(f"{_saved(shown.waiting)} {clock_time(shown.waiting.until)}.")
    return " ".join(parts)


def spoken_briefly(shown: Card, room: int) -> str:
    """A card among others, in at most `room` characters: every fact, then as many words as fit."""
    conversation, last, waiting = shown.conversation, shown.last, shown.waiting
    facts = [
        title(conversation),
        f"aiTag {conversation.ai_tag or 'none'}",
        listed(conversation.tags),
        source(conversation),
    ]
    if last is not None:
        facts.append(f"{clock_time(last.at)} {last.person}: {what(last)}")
    if waiting is not None:
        facts.append(f"waits: {waiting.person}, {wish(waiting.change)}")
    share = room // len(facts) - len(", ")
    told = ", ".join(facts)
    if len(escape(told)) > room:
        told = ", ".join(short(fact, share) for fact in facts)
    left = room - len(escape(told)) - len(": ")
    said = short(words(conversation), left) if left > 0 else ""
    return f"{told}: {said}" if said else f"{told}."


def _head(conversation: Conversation) -> Iterator[Block]:
    yield header(title(conversation))
    yield context(source(conversation))
    yield section(words(conversation))


def _state(shown: Card) -> Iterator[Block]:
    conversation = shown.conversation
    yield context(_tags(conversation))
    if shown.last is not None:
        yield context(sentence(shown.last), markup(moment(shown.last.at)))
    if shown.waiting is not None:
        yield context(_saved(shown.waiting), markup(moment(shown.waiting.until)))


def about(shown: Card, room: int) -> Iterator[str | Block]:
    """All that a card says beside its words and buttons, in one row: each in `room` characters."""
    conversation = shown.conversation
    yield cut(
        f"{current(conversation)} · {source(conversation)} · {listed(conversation.tags)}", room
    )
    if shown.last is not None:
        yield cut(sentence(shown.last), room)
        yield markup(moment(shown.last.at))
    if shown.waiting is not None:
        yield cut(_saved(shown.waiting), room)
        yield markup(moment(shown.waiting.until))


def source(conversation: Conversation) -> str:
    """Where the reply comes from, and whether it was read."""
    parts = [
        short(conversation.lead.email, EMAIL_LIMIT) or "no mail address",
        short(f"written by {conversation.writer}", EMAIL_LIMIT) if conversation.writer else "",
        short(conversation.campaign, NAME_LIMIT),
        "unread" if conversation.unread else "read",
        "automatic reply" if conversation.auto_reply else "",
    ]
    return " · ".join(part for part in parts if part)


def _tags(conversation: Conversation) -> str:
    return f"{current(conversation)} · {listed(conversation.tags)}"


def current(conversation: Conversation) -> str:
    return f"aiTag {short(conversation.ai_tag or 'none', NAME_LIMIT)}"


def _saved(waiting: Waiting) -> str:
    others = f", and {waiting.others} more" if waiting.others else ""
    who, why = short(waiting.person, NAME_LIMIT), short(waiting.reason, PHRASE_LIMIT)
    return f"Saved: {who}, {wish(waiting.change)}{others}. {why}. Next try:"


def actions(conversation: Conversation, choices: Palette, room: int, *, more: bool = True) -> Block:
    """The buttons of one conversation, and in `room` of WEIGHT_LIMIT the menu of its aiTags.

    The menu has all of them where they fit, and a search where they do not. Without room, a button
    shows `more`: the conversation alone, with its menu.
    """
    reading: Change = MarkRead() if conversation.unread else MarkUnread()
    longest = ids.BUTTON_VALUE_LIMIT if room > 0 else ids.OPTION_VALUE_LIMIT
    faces: list[tuple[str, Change, bool]] = []
    for ai_tag in choices.quick:
        chosen = ai_tag == conversation.ai_tag
        faces.append(("✓ " * chosen + label(ai_tag), SetAiTag(ai_tag), chosen))
    faces.append(("Mark read" if conversation.unread else "Mark unread", reading, False))
    elements = [
        button(text, ids.action_id(position), value, chosen=chosen)
        for position, (text, change, chosen) in enumerate(faces)
        if len(value := ids.pack(conversation.id, change)) <= longest
    ]
    # Slack's clients keep a menu's choice for as long as its block keeps its id, even when the
    # message changes: the id follows the aiTag, so that the menu does too.
    state = zlib.crc32((conversation.ai_tag or "").encode(errors="replace"))
    block: dict[str, Any] = {
        "type": "actions",
        "block_id": ids.block_id(conversation.id, f"{state:08x}"),
        "elements": elements,
    }
    if room <= 0:
        show = button("More…", ids.action_id(len(faces)), ids.pack(conversation.id, ids.Show()))
        return {**block, "elements": [*elements, show] if more else elements}
    if len(choices.ai_tags) < OPTIONS_LIMIT:
        whole = {**block, "elements": [*elements, _menu(conversation, choices)]}
        if weight([whole]) <= room:
            return whole
    return {**block, "elements": [*elements, _search(conversation)]}


def suggestions(identity: ConversationId, choices: Palette, typed: str) -> list[Block]:
    """The options of a search: aiTags with the typed words in them, those that begin so first.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    wanted = same_name(typed)
    found = [tag for tag in choices.ai_tags if wanted in same_name(label(tag)) + same_name(tag)]
    found.sort(key=lambda tag: not same_name(tag).startswith(wanted))
    options = [_option(label(tag), identity, SetAiTag(tag)) for tag in found]
    if not wanted or wanted in same_name(CLEAR):
        options.insert(0, _option(CLEAR, identity, ClearAiTag()))
    return [each for each in options if _fits(each)][:OPTIONS_LIMIT]


def _menu(conversation: Conversation, choices: Palette) -> Block:
    options = [_option(label(tag), conversation.id, SetAiTag(tag)) for tag in choices.ai_tags]
    options = [each for each in options if _fits(each)]
    options.append(_option(CLEAR, conversation.id, ClearAiTag()))
    menu = {
        "type": "static_select",
        "action_id": ids.MENU,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        "options": options,
    }
    chosen = _chosen(conversation)
    return {**menu, "initial_option": chosen} if chosen in options else menu


def _search(conversation: Conversation) -> Block:
    menu = {
        "type": "external_select",
        "action_id": ids.SEARCH,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
        # The first ones are offered before anything is typed.
        "min_query_length": 0,
    }
    chosen = _chosen(conversation)
    return {**menu, "initial_option": chosen} if chosen and _fits(chosen) else menu


def _chosen(conversation: Conversation) -> Block | None:
    if not conversation.ai_tag:
        return None
    return _option(label(conversation.ai_tag), conversation.id, SetAiTag(conversation.ai_tag))


def _option(text: str, identity: ConversationId, change: Change) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": ids.pack(identity, change)}


def _fits(option: Block) -> bool:
    """Slack refuses an option whose value is longer; /sendkit reaches such an aiTag."""
    return len(option["value"]) <= ids.OPTION_VALUE_LIMIT
