"""Working hours of channels, and the times of their reminders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot import hours as working
from bot.hours import Hours
from bot.store import Database, Row, Statement
from bot.store.columns import snapshot
from bot.triage import ChannelId, Conversation, ConversationId, UserId

# What a channel has not switched on is empty.
_SET: Final = """
    INSERT INTO schedules (channel, hours, remind, remind_since)
    VALUES (:channel, :hours, :remind, :at)
    ON CONFLICT (channel) DO UPDATE SET hours = excluded.hours, remind = excluded.remind,
        remind_since = excluded.remind_since
"""
_WAITING: Final = """
    SELECT conversations.id, conversations.waiting_since FROM conversations
    WHERE waiting_since >= :first AND waiting_since <= :last AND turn_known = 1
        AND EXISTS (
            SELECT 1 FROM cards
            WHERE cards.conversation = conversations.id AND cards.channel = :channel
        )
"""
_WRITTEN: Final = "SELECT id FROM entries WHERE id IN (SELECT key FROM json_each(:ids))"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A channel's working hours; None if all time counts. `remind`: after how many seconds of
    working time it is reminded, the shortest first. `since`: when that was switched on, in seconds
    since the epoch."""

    channel: ChannelId
    hours: Hours | None = None
    remind: tuple[int, ...] = ()
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """A conversation as last seen. `waiting_since`: since when it waits for us, in seconds since
    the epoch; None if it does not. `is_later`: it is put off. `owner`: empty without one."""

    conversation: Conversation
    waiting_since: float | None
    is_later: bool
    owner: UserId


class Schedules:
    """Every method raises DatabaseTrouble on failure."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, channel: ChannelId) -> Schedule:
        sql = "SELECT * FROM schedules WHERE channel = :channel"
        rows = await self._database.read(sql, channel=channel)
        return _schedule(rows[0]) if rows else Schedule(channel)

    async def reminding(self) -> Sequence[Schedule]:
        """The schedules of channels that get reminders."""
        rows = await self._database.read("SELECT * FROM schedules WHERE remind <> ''")
        return [_schedule(row) for row in rows]

    async def set(self, schedule: Schedule) -> None:
        values = {
            "channel": schedule.channel,
            "hours": "" if schedule.hours is None else str(schedule.hours),
            "remind": " ".join(map(working.short_duration, schedule.remind)),
            "at": schedule.since,
        }
        await self._database.write(Statement(_SET, values))

    async def waiting(
        self, channel: ChannelId, first: float, last: float
    ) -> Mapping[ConversationId, float]:
        """The conversations with a card in this channel that wait for us since a time between
        these, and since when."""
        rows = await self._database.read(_WAITING, channel=channel, first=first, last=last)
        return {ConversationId(row["id"]): row["waiting_since"] for row in rows}

    async def unwritten(self, ids: Sequence[str]) -> Sequence[str]:
        """The ones of these entries that the journal never had."""
        if not ids:
            return []
        rows = await self._database.read(_WRITTEN, ids=json.dumps(dict.fromkeys(ids)))
        written = {row["id"] for row in rows}
        return [each for each in ids if each not in written]

    async def state(self, conversation: ConversationId) -> State | None:
        """None if the database does not have the conversation."""
        sql = "SELECT * FROM conversations WHERE id = :id"
        rows = await self._database.read(sql, id=conversation)
        if not rows:
            return None
        (row,) = rows
        is_later = row["later_at"] is not None
        return State(snapshot(row), row["waiting_since"], is_later, UserId(row["owner"]))


def _schedule(row: Row) -> Schedule:
    seconds = map(working.seconds_of, row["remind"].split())
    return Schedule(
        ChannelId(row["channel"]),
        working.from_text(row["hours"]),
        tuple(each for each in seconds if each is not None),
        row["remind_since"],
    )
