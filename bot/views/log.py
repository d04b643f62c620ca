"""The log of decisions, shown to one person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts
from bot.triage import Conversation, ConversationId, DecisionId, Door, Outcome
from bot.views.card import title
from bot.views.line import sentence, undoable
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
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
    phrase,
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

    @property
    def id(self) -> DecisionId:
        return self.outcome.decision

    @property
    def at(self) -> float:
        return self.outcome.at

    @property
    def said(self) -> str:
        return sentence(self.outcome)


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """A change of owner. `by`: the name of who made it, and `owner` and `before` those of the new
    owner and of the one before; empty for nobody. `is_own`: people made it for themselves."""

    id: DecisionId
    conversation: Conversation
    at: float
    door: Door
    by: str
    before: str
    owner: str
    is_own: bool

    @property
    def said(self) -> str:
        by, owner = (phrase(each, NAME_LIMIT) for each in (self.by, self.owner))
        if not owner and not self.before:
            return f"{by} changed the owner"  # somebody who was forgotten
        if not owner:
            said = f"{by} released this"
        else:
            said = f"{by} became the owner" if self.is_own else f"{by} made {owner} the owner"
        if not self.before or (not owner and self.is_own):
            return said
        return f"{said} (was {phrase(self.before, NAME_LIMIT)})"


def log(
    opening: str,
    rows: Sequence[Row | OwnerRow],
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


def _row(row: Row | OwnerRow, key: str, confirmed: frozenset[str], limit: int) -> Iterator[Block]:
    said = cut(_said(row), limit)
    block = None
    if isinstance(row, Row) and row.can_undo:
        block = undoable(row.outcome, said, confirmed)
    if block is not None:
        yield {**block, "block_id": acts.block_id(row.conversation.id, "log", key)}
    else:
        yield {"type": "section", "text": plain(said, limit)}
    how = [_DOORS[row.door]] if row.door else []
    yield context(*how, markup(moment(row.at)))


def _older(last: Row | OwnerRow, about: ConversationId | None) -> Iterator[Block]:
    """The button that goes on after the last row."""
    if acts.is_decision(last.id):
        after = last.conversation.id, last.id
        wanted = acts.Log(acts.ById(about) if about else None, after)
        older = button("Older", acts.NEXT, acts.pack(wanted), about="decisions")
        yield {"type": "actions", "elements": [older]}


def _said(row: Row | OwnerRow) -> str:
    return f"{title(row.conversation) or row.conversation.id}: {row.said}"


def _spoken(row: Row | OwnerRow) -> str:
    how = f", {_DOORS[row.door]}" if row.door else ""
    return f"{clock_time(row.at)} {_said(row)}{how}"
