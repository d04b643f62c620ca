"""Several cards in one message: what a burst of replies looks like."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.slack.views.card import Palette, about, actions, spoken, title, words
from bot.slack.views.message import (
    SECTION_LIMIT,
    TEXT_LIMIT,
    Block,
    Message,
    context,
    cut,
    message,
    section,
    short,
)
from bot.triage import Card

# Three blocks a card, and one above, of the 50 that Slack takes.
MOST: Final = 12
GLANCE: Final = 200


def batch(cards: Sequence[Card], choices: Palette, opening: str = "") -> Message:
    """Up to twelve cards; `opening` stands above them."""
    opening = opening or f"{len(cards)} replies:"
    room = TEXT_LIMIT // (len(cards) + 1) - 1
    text = " ".join(short(each, room) for each in [opening, *map(spoken, cards)])
    blocks = [context(opening)]
    for each in cards:
        blocks.extend(_item(each, choices))
    return message(text, blocks)


def _item(shown: Card, choices: Palette) -> Iterator[Block]:
    conversation = shown.conversation
    said = f"{title(conversation)}\n{words(conversation, GLANCE)}"
    yield section(cut(said, SECTION_LIMIT))
    yield context(*about(shown))
    yield actions(conversation, choices)
