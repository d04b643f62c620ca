"""Several cards in one message, for a burst of replies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.triage import Card
from bot.views.card import (
    Palette,
    about,
    folded,
    one_line,
    owned,
    spoken_briefly,
    title,
    titled,
    words,
)
from bot.views.card_buttons import actions, passing, show_card
from bot.views.message import (
    CONTEXT_LIMIT,
    TEXT_LIMIT,
    WEIGHT_LIMIT,
    Block,
    Message,
    context,
    cut,
    divided,
    escape,
    markup,
    message,
    short,
    weight,
)

# Slack takes 50 blocks: three for each card, a divider between two cards, and one above all.
MOST: Final = 12
OPENING_LIMIT: Final = 200
# https://docs.slack.dev/reference/block-kit/blocks/context-block
PARTS_LIMIT: Final = 10
# Characters of the lead's words and of each fact: the first pair that fits into WEIGHT_LIMIT.
_GLANCES: Final = ((200, CONTEXT_LIMIT), (150, 200), (80, 150))
_SHORTEST: Final = (0, 40)


def batch(
    cards: Sequence[Card], choices: Palette, opening: str = "", *, shortest: bool = False
) -> Message:
    """Up to twelve cards below an `opening`. `shortest` is the view for a message, of one card
    too, that Slack refused as too long."""
    default = "One reply:" if len(cards) == 1 else f"{len(cards)} replies:"
    opening = cut(opening or default, OPENING_LIMIT)
    above = short(opening, OPENING_LIMIT)
    room = (TEXT_LIMIT - len(escape(above))) // len(cards) - 1
    text = " ".join([above, *(spoken_briefly(each, room) for each in cards)])
    glances = () if shortest else _GLANCES
    drawn = (_drawn(opening, cards, choices, glance, fact) for glance, fact in glances)
    last = _drawn(opening, cards, choices, *_SHORTEST)
    return message(text, next((each for each in drawn if weight(each) <= WEIGHT_LIMIT), last))


def _drawn(
    opening: str, cards: Sequence[Card], choices: Palette, glance: int, fact: int
) -> Sequence[Block]:
    return divided(opening, (_item(each, choices, glance, fact) for each in cards))


def _item(shown: Card, choices: Palette, glance: int, fact: int) -> Iterator[Block]:
    conversation = shown.conversation
    if shown.folded is not None:
        yield folded(conversation, shown.folded)
        return
    said = words(conversation, glance) if glance else ""
    if conversation.auto_reply and (shown.last or shown.waiting or shown.later) is None:
        line = " · ".join([title(conversation), "automatic reply", *owned(shown.owner)])
        yield one_line(line, said, show_card(conversation))
        return
    yield titled(conversation, said)
    yield context(*_joined([*about(shown, choices, fact)]))
    yield actions(conversation, choices, passing(shown, choices), barred=shown.barred)


def _joined(parts: Sequence[str | Block]) -> Sequence[str | Block]:
    """The parts of a context block. Too many for Slack are joined with their neighbours of the same
    sort: then ten are left."""
    if len(parts) <= PARTS_LIMIT:
        return parts
    found: list[str | Block] = []
    for each in parts:
        last = found[-1] if found else None
        if isinstance(each, str) and isinstance(last, str):
            found[-1] = f"{last} · {each}"
        elif isinstance(each, Mapping) and isinstance(last, Mapping):
            found[-1] = markup(f"{last['text']} · {each['text']}")
        else:
            found.append(each)
    return found
