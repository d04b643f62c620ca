"""The log of decisions, shown to one person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts
from bot.triage import Conversation, ConversationId, Door, Outcome
from bot.views.card import title
from bot.views.line import sentence, undoable
from bot.views.message import (
    CONTEXT_LIMIT,
    PHRASE_LIMIT,
    SECTION_LIMIT,
    TEXT_LIMIT,
    WEIGHT_LIMIT,
    Block,
    Message,
    button,
    clock_time,
    context,
    cut,
    divided,
    markup,
    message,
    moment,
    plain,
    short,
    weight,
)

# Slack takes 50 blocks: two for each decision, and a divider between two.
MOST: Final = 12
_DOORS: Final[Mapping[Door, str]] = {
    "": "",
    "button": "with a button",
    "menu": "in a menu",
    "command": "with a command",
    "form": "in a form",
    "shortcut": "with a shortcut",
    "mention": "in a mention",
    "message": "in a direct message",
    "emoji": "with an emoji",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A decision about a conversation, how it was made, and whether it can be undone now."""

    outcome: Outcome
    conversation: Conversation
    door: Door
    can_undo: bool


def log(
    opening: str,
    rows: Sequence[Row],
    *,
    key: str,
    about: ConversationId | None = None,
    has_older: bool = False,
    confirmed: frozenset[str] = frozenset(),
) -> Message:
    """The newest decision first. `key` marks it as a list for one person; see acts.block_id.
    `about`: the only conversation of the log. `confirmed` as in Palette."""
    if not rows:
        return message(opening)
    opening = short(opening, PHRASE_LIMIT)
    room = (TEXT_LIMIT - PHRASE_LIMIT) // len(rows) - len("; ")
    text = f"{opening} {'; '.join(short(_spoken(each), room) for each in rows)}"
    drawn = (
        [
            *divided(opening, (_row(each, key, confirmed, limit) for each in rows)),
            *(_older(rows[-1], about) if has_older else ()),
        ]
        for limit in (SECTION_LIMIT, PHRASE_LIMIT)
    )
    shortest = [context(opening), context(cut(text, CONTEXT_LIMIT))]
    blocks = next((each for each in drawn if weight(each) <= WEIGHT_LIMIT), shortest)
    return message(text, blocks)


def _row(row: Row, key: str, confirmed: frozenset[str], limit: int) -> Iterator[Block]:
    said = cut(_said(row), limit)
    if row.can_undo and (block := undoable(row.outcome, said, confirmed)) is not None:
        yield {**block, "block_id": acts.block_id(row.conversation.id, "log", key)}
    else:
        yield {"type": "section", "text": plain(said, limit)}
    how = [_DOORS[row.door]] if row.door else []
    yield context(*how, markup(moment(row.outcome.at)))


def _older(last: Row, about: ConversationId | None) -> Iterator[Block]:
    """The button that goes on after the last row."""
    if acts.is_decision(last.outcome.decision):
        after = last.conversation.id, last.outcome.decision
        wanted = acts.Log(acts.ById(about) if about else None, after)
        older = button("Older", acts.NEXT, acts.pack(wanted), about="decisions")
        yield {"type": "actions", "elements": [older]}


def _said(row: Row) -> str:
    return f"{title(row.conversation) or row.conversation.id}: {sentence(row.outcome)}"


def _spoken(row: Row) -> str:
    how = f", {_DOORS[row.door]}" if row.door else ""
    return f"{clock_time(row.outcome.at)} {_said(row)}{how}"
