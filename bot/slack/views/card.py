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
    Block,
    Message,
    button,
    clock_time,
    context,
    cut,
    header,
    label,
    listed,
    markup,
    message,
    moment,
    plain,
    section,
    short,
    wish,
)
from bot.triage import (
    AiTag,
    Card,
    Change,
    ClearAiTag,
    Conversation,
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
GROUPS_LIMIT: Final = 100
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


def card(shown: Card, choices: Palette) -> Message:
    """The card as it stands in the channel."""
    return message(spoken(shown), [*_head(shown.conversation), *_state(shown, choices)])


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


def _head(conversation: Conversation) -> Iterator[Block]:
    yield header(title(conversation))
    yield context(source(conversation))
    yield section(words(conversation))


def _state(shown: Card, choices: Palette) -> Iterator[Block]:
    conversation = shown.conversation
    yield context(_tags(conversation))
    if shown.last is not None:
        yield context(sentence(shown.last), markup(moment(shown.last.at)))
    if shown.waiting is not None:
        yield context(_saved(shown.waiting), markup(moment(shown.waiting.until)))
    yield actions(conversation, choices)


def about(shown: Card) -> Iterator[str | Block]:
    """All that a card says beside its words and buttons, in one row."""
    yield f"{source(shown.conversation)} · {_tags(shown.conversation)}"
    if shown.last is not None:
        yield sentence(shown.last)
        yield markup(moment(shown.last.at))
    if shown.waiting is not None:
        yield _saved(shown.waiting)
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


def actions(conversation: Conversation, choices: Palette) -> Block:
    """The buttons and the menu of one conversation."""
    reading: Change = MarkRead() if conversation.unread else MarkUnread()
    faces: list[tuple[str, Change, bool]] = []
    for ai_tag in choices.quick:
        chosen = ai_tag == conversation.ai_tag
        faces.append(("✓ " * chosen + label(ai_tag), SetAiTag(ai_tag), chosen))
    faces.append(("Mark read" if conversation.unread else "Mark unread", reading, False))
    elements = [
        button(text, ids.action_id(position), value, chosen=chosen)
        for position, (text, change, chosen) in enumerate(faces)
        if len(value := ids.pack(conversation.id, change)) <= ids.BUTTON_VALUE_LIMIT
    ]
    # Slack's clients keep a menu's choice for as long as its block keeps its id, even when the
    # message changes: the id follows the aiTag, so that the menu does too.
    state = zlib.crc32((conversation.ai_tag or "").encode(errors="replace"))
    return {
        "type": "actions",
        "block_id": f"decide.{conversation.id}.{state:08x}",
        "elements": [*elements, _menu(conversation, choices)],
    }


def _menu(conversation: Conversation, choices: Palette) -> Block:
    options = [_option("Clear tag", conversation, ClearAiTag())]
    initial = None
    for ai_tag in choices.ai_tags[: OPTIONS_LIMIT * GROUPS_LIMIT - 1]:
        option = _option(label(ai_tag), conversation, SetAiTag(ai_tag))
        if len(option["value"]) <= ids.OPTION_VALUE_LIMIT:
            options.insert(-1, option)
            initial = option if ai_tag == conversation.ai_tag else initial
    menu: dict[str, Any] = {
        "type": "static_select",
        "action_id": ids.MENU,
        "placeholder": plain("Set aiTag", OPTION_LIMIT),
    }
    if initial is not None:
        menu["initial_option"] = initial
    if len(options) <= OPTIONS_LIMIT:
        return {**menu, "options": options}
    return {**menu, "option_groups": list(_groups(options))}


def _option(text: str, conversation: Conversation, change: Change) -> Block:
    return {"text": plain(text, OPTION_LIMIT), "value": ids.pack(conversation.id, change)}


def _groups(options: Sequence[Block]) -> Iterator[Block]:
    for start in range(0, len(options), OPTIONS_LIMIT):
        part = options[start : start + OPTIONS_LIMIT]
        first, last = part[0]["text"]["text"], part[-1]["text"]["text"]
        yield {"label": plain(f"{cut(first, 30)} – {cut(last, 30)}", OPTION_LIMIT), "options": part}
