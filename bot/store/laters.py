"""Conversations that are put off, until when and by whom. SendKit does not know it: this is the
record. New mail ends it in bot.store.columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.later import Until
from bot.store import Database, Row, Statement
from bot.store.people import named
from bot.triage import ChannelId, ConversationId, UserId

# Nothing newer may have happened: a reply that the person has not seen, or a later wish.
_PUT_OFF: Final = """
    UPDATE conversations SET later_at = :until, later_by = :person, later_id = :id,
        later_channel = :channel, later_set_at = :at, later_reply = replied_at,
        later_since = CASE WHEN turn_known = 1 THEN COALESCE(waiting_since, 0) ELSE -1 END,
        back_at = NULL
    WHERE id = :conversation AND replied_at = :replied_at AND later_id <> :id
        AND COALESCE(later_set_at, 0) <= :at
"""
_END: Final = """
    UPDATE conversations SET later_at = NULL, back_at = NULL
    WHERE id = :conversation AND COALESCE(later_at, back_at) IS NOT NULL AND later_set_at <= :at
"""
_BACK: Final = """
    UPDATE conversations SET later_at = NULL, back_at = :at
    WHERE id = :conversation AND later_id = :which AND later_at IS NOT NULL
"""
_DUE: Final = """
    SELECT id, later_id, later_at FROM conversations
    WHERE later_at <= :until
        AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.id = 'back:' || later_id)
    ORDER BY later_at LIMIT :most
"""
# In one portion; the next look finds the others.
MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PuttingOff:
    """`person` puts the conversation off `until` then. `id` identifies it: a repeat changes
    nothing. `replied_at`: the reply that they know. `at`: when they asked for it. Times are in
    seconds since the epoch."""

    id: str
    conversation: ConversationId
    until: float
    person: UserId
    channel: ChannelId
    replied_at: str
    at: float


@dataclass(frozen=True, slots=True)
class Delay:
    """The last time that a conversation was put off. `which`: the id of that; empty if it never
    was. `until`: None if that has ended. `replied_at` and `waiting_since`: of the conversation
    then; the second is 0 if it did not wait for us, -1 if that was unknown."""

    which: str
    until: float | None
    by: UserId
    name: str
    channel: ChannelId
    set_at: float
    replied_at: str
    waiting_since: float


class Laters:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_off(self, wanted: PuttingOff, name: str) -> None:
        """Puts the conversation off, unless the lead has written again or somebody has put it off
        since. `name`: what the person is called in the workspace."""
        values = {
            "id": wanted.id,
            "conversation": wanted.conversation,
            "until": wanted.until,
            "person": wanted.person,
            "channel": wanted.channel,
            "replied_at": wanted.replied_at,
            "at": wanted.at,
        }
        await self._database.write(
            *([named(wanted.person, name)] if name else []), Statement(_PUT_OFF, values)
        )

    async def end(self, conversation: ConversationId, at: float) -> bool:
        """Puts it off no longer, if somebody asked for that `at` this time; whether it was."""
        (ended,) = await self._database.write(self.ending(conversation, at))
        return bool(ended)

    def ending(self, conversation: ConversationId, at: float) -> Statement:
        return Statement(_END, {"conversation": conversation, "at": at})

    def coming_back(self, conversation: ConversationId, which: str, at: float) -> Statement:
        """The statement by which it comes back, unless that has ended."""
        return Statement(_BACK, {"conversation": conversation, "which": which, "at": at})

    async def delay(self, conversation: ConversationId) -> Delay | None:
        """None if the database does not have the conversation."""
        sql = """
            SELECT conversations.*, people.name AS later_name FROM conversations
            LEFT JOIN people ON people.id = conversations.later_by WHERE conversations.id = :id
        """
        rows = await self._database.read(sql, id=conversation)
        return _delay(rows[0]) if rows else None

    async def due(self, until: float) -> Sequence[tuple[ConversationId, str, float]]:
        """The conversations that come back until then and have no entry for it: which of the times
        that they were put off, and when."""
        rows = await self._database.read(_DUE, until=until, most=MOST)
        return [(ConversationId(row["id"]), row["later_id"], row["later_at"]) for row in rows]


def until_of(row: Row) -> Until | None:
    """Until when a conversation is put off, from a row with `later_at` and `later_name`."""
    if row["later_at"] is None:
        return None
    return Until(row["later_at"], row["later_name"] or "Somebody")


def _delay(row: Row) -> Delay:
    return Delay(
        which=row["later_id"],
        until=row["later_at"],
        by=UserId(row["later_by"]),
        name=row["later_name"] or "Somebody",
        channel=ChannelId(row["later_channel"]),
        set_at=row["later_set_at"] or 0.0,
        replied_at=row["later_reply"],
        waiting_since=row["later_since"],
    )
