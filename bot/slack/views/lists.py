"""Conversations to choose from, for one person's eyes."""

from collections.abc import Sequence
from typing import Final

from bot import ids
from bot.slack.views.card import (
    EMAIL_LIMIT,
    Palette,
    actions,
    facts,
    source,
    title,
    words,
)
from bot.slack.views.message import (
    NAME_LIMIT,
    SECTION_LIMIT,
    TEXT_LIMIT,
    WEIGHT_LIMIT,
    Block,
    Message,
    button,
    context,
    message,
    plain,
    short,
    weight,
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


def one(conversation: Conversation, choices: Palette) -> Message:
    """A conversation whose card shares a message with others, with its menu."""
    return _list("Everything that can be done here:", [conversation], choices)


def _list(opening: str, conversations: Sequence[Conversation], choices: Palette) -> Message:
    """One conversation has its menu; several have buttons, or just *Show card* where that is
    all that fits."""
    shown = _fitting(conversations)
    alone = WEIGHT_LIMIT // 2 if len(shown) == 1 else 0
    drawn = (_drawn(opening, shown, choices, glance, alone) for glance in (GLANCE, 80, 0))
    brief = [context(opening), *(_head(each, 0) for each in shown)]
    blocks = next((each for each in drawn if weight(each) <= WEIGHT_LIMIT), brief)
    room = (TEXT_LIMIT - len(short(opening, TEXT_LIMIT))) // max(len(shown), 1) - len("; ")
    return message(f"{opening} {'; '.join(_spoken(each, room) for each in shown)}", blocks)


def _drawn(
    opening: str, shown: Sequence[Conversation], choices: Palette, glance: int, room: int
) -> Sequence[Block]:
    blocks = [context(opening)]
    for each in shown:
        blocks += [
            _head(each, glance),
            context(" · ".join([source(each), *facts(each)])),
            actions(each, choices, room, more=False),
        ]
    return blocks


def _fitting(conversations: Sequence[Conversation]) -> Sequence[Conversation]:
    """Each conversation once, even if it turned up on two pages of a list, and MOST in all."""
    each: dict[ConversationId, Conversation] = {}
    for conversation in conversations:
        each.setdefault(conversation.id, conversation)
    return list(each.values())[:MOST]


def _spoken(conversation: Conversation, room: int) -> str:
    ai_tag = short(conversation.ai_tag or "no aiTag", NAME_LIMIT)
    parts = (title(conversation), short(conversation.campaign, NAME_LIMIT))
    return short(f"{', '.join(part for part in parts if part)}: {ai_tag}", room)


def _head(conversation: Conversation, glance: int) -> Block:
    said = title(conversation)
    if glance:
        said = f"{said}\n{words(conversation, glance)}"
    return {
        "type": "section",
        "text": plain(said, SECTION_LIMIT),
        "accessory": button(
            "Show card",
            ids.action_id(9),
            ids.pack(conversation.id, ids.Show()),
            about=conversation.lead.label,
        ),
    }
