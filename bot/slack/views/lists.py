"""Conversations to choose from, for one person's eyes."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot import ids
from bot.slack.views.card import (
    EMAIL_LIMIT,
    Palette,
    actions,
    current,
    source,
    title,
    words,
)
from bot.slack.views.message import (
    NAME_LIMIT,
    SECTION_LIMIT,
    Block,
    Message,
    button,
    context,
    message,
    plain,
    short,
)
from bot.triage import Conversation, ConversationId

# Three blocks a conversation and one above them, of the 50 that Slack takes.
MOST: Final = 12
GLANCE: Final = 150


def inbox(unread: Sequence[Conversation], total: int, choices: Palette, dozen: int = 1) -> Message:
    """Unread conversations, newest first: those of one dozen, counted from 1."""
    if not unread:
        return message("Nothing more is unread." if total else "Nothing is unread. Well done.")
    shown = _fitting(unread)
    first = (dozen - 1) * MOST + 1
    last = first + len(shown) - 1
    which = f" These are {first} to {last}" if total > len(shown) else ""
    more = f"; type inbox {dozen + 1} for the next" if total > last else ""
    return _list(f"{total} unread.{which}{more}{'.' if which else ''}", shown, choices)


def choose(
    conversations: Sequence[Conversation], choices: Palette, *, pressed: bool = True
) -> Message:
    """The last conversations, where a command named none; what it wants can be `pressed` there, or
    must be typed again."""
    if not conversations:
        return message(
            "Which conversation? Give its id, a link to its card, or the lead's address."
        )
    again = "" if pressed else " Type it again with one of these addresses."
    return _list(f"Which conversation?{again} The last ones were:", conversations, choices)


def candidates(email: str, conversations: Sequence[Conversation], choices: Palette) -> Message:
    """Several conversations with one address."""
    who = short(email, EMAIL_LIMIT)
    return _list(f"{who} has several conversations. Which one?", conversations, choices)


def _list(opening: str, conversations: Sequence[Conversation], choices: Palette) -> Message:
    shown = _fitting(conversations)
    blocks = [context(opening)]
    for conversation in shown:
        blocks.extend(_item(conversation, choices))
    return message(f"{opening} {'; '.join(map(_spoken, shown))}", blocks)


def _fitting(conversations: Sequence[Conversation]) -> Sequence[Conversation]:
    """Each conversation once, even if it turned up on two pages of a list, and MOST in all."""
    each: dict[ConversationId, Conversation] = {}
    for conversation in conversations:
        each.setdefault(conversation.id, conversation)
    return list(each.values())[:MOST]


def _spoken(conversation: Conversation) -> str:
    ai_tag = short(conversation.ai_tag or "no aiTag", NAME_LIMIT)
    parts = (title(conversation), short(conversation.campaign, NAME_LIMIT))
    return f"{', '.join(part for part in parts if part)}: {ai_tag}"


def _item(conversation: Conversation, choices: Palette) -> Iterator[Block]:
    glance = f"{title(conversation)}\n{words(conversation, GLANCE)}"
    yield {
        "type": "section",
        "text": plain(glance, SECTION_LIMIT),
        "accessory": button("Show card", ids.action_id(9), ids.pack(conversation.id, ids.Show())),
    }
    yield context(f"{source(conversation)} · {current(conversation)}")
    yield actions(conversation, choices)
