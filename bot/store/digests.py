"""The channels that get a digest, and the figures of a digest from the record.

A digest counts the decisions that were recorded since the one before it, by their numbers: a
decision that waited for SendKit has the time of its press, and is in one digest all the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.codec import decode
from bot.store import Database, Row, Statement, statement
from bot.store.record import undone
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ConversationId,
    DecisionId,
    Revert,
    UserId,
    same_name,
)

# More decisions between two digests are not counted.
MOST: Final = 50_000

_KEEP: Final = """
    INSERT INTO facts (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_FORGET: Final = "DELETE FROM facts WHERE name = :name"
_WITH_CARD: Final = """
    AND EXISTS (
        SELECT 1 FROM cards
        WHERE cards.conversation = decisions.conversation AND cards.channel = :channel
    )
"""
_MADE: Final = """
    SELECT * FROM decisions WHERE seq > :after AND seq <= :last AND at >= :since {0}
    ORDER BY seq LIMIT :most
"""
# With all that was decided before about the same conversations.
_HISTORY: Final = """
    SELECT id, conversation, undoes, old_ai_tag, new_ai_tag FROM decisions
    WHERE seq <= :last AND conversation IN (
        SELECT conversation FROM decisions
        WHERE seq > :after AND seq <= :last AND at >= :since {0}
    )
    ORDER BY seq
"""
_FIRST: Final = """
    SELECT conversation, replied_at, MIN(at) AS at FROM decisions
    WHERE replied_at <> '' AND undoes = '' AND conversation IN (
        SELECT conversation FROM decisions
        WHERE seq > :after AND seq <= :last AND at >= :since {0}
    )
    GROUP BY conversation, replied_at
    HAVING MIN(seq) > :after AND MIN(seq) <= :last AND MIN(at) >= :since
"""


@dataclass(frozen=True, slots=True)
class DigestSetting:
    """A channel gets a digest each day at this `minute`. `zone`: that of the person who switched it
    on; `made_by`: who that was; `made_at`: when, in seconds since the epoch."""

    channel: ChannelId
    minute: int
    zone: str
    made_by: UserId
    made_at: float


@dataclass(frozen=True, slots=True)
class Counted:
    """The last digest of a channel: the number of the last decision in it, and when it was due."""

    seq: int = 0
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A decision. `prior_ai_tag`: what the last decision before it left that changed the aiTag and
    was not undone; None without one. `undoes`: the decision that it takes back; empty if it is none
    of these."""

    id: DecisionId
    conversation: ConversationId
    person: UserId
    name: str
    change: Change
    old_ai_tag: AiTag | None
    new_ai_tag: AiTag | None
    prior_ai_tag: AiTag | None
    undoes: str


@dataclass(frozen=True, slots=True)
class First:
    """The first decision about a reply, by SendKit's time stamp; `at` is in seconds since the
    epoch."""

    replied_at: str
    at: float


class Digests:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settings(self) -> Sequence[DigestSetting]:
        """The settings of all channels that get a digest."""
        sql = "SELECT name, value FROM facts WHERE name LIKE 'digest %' ORDER BY name"
        return [_setting(row) for row in await self._database.read(sql)]

    async def setting(self, channel: ChannelId) -> DigestSetting | None:
        """None if the channel gets no digest."""
        rows = await self._fact(f"digest {channel}")
        return _setting(rows[0]) if rows else None

    async def switch_on(self, setting: DigestSetting) -> None:
        said = {
            "minute": setting.minute,
            "zone": setting.zone,
            "by": setting.made_by,
            "at": setting.made_at,
        }
        values = {"name": f"digest {setting.channel}", "value": json.dumps(said)}
        await self._database.write(Statement(_KEEP, values))

    async def switch_off(self, channel: ChannelId) -> None:
        await self._database.write(Statement(_FORGET, {"name": f"digest {channel}"}))

    async def is_written(self, entry: str) -> bool:
        """Whether the journal has this entry, or had it."""
        sql = "SELECT 1 FROM entries WHERE id = :id"
        return bool(await self._database.read(sql, id=entry))

    async def counted(self, channel: ChannelId) -> Counted:
        rows = await self._fact(f"digested {channel}")
        return Counted(**json.loads(rows[0]["value"])) if rows else Counted()

    def counting(self, channel: ChannelId, counted: Counted) -> Statement:
        """Notes what a digest counted."""
        value = json.dumps({"seq": counted.seq, "at": counted.at})
        return Statement(_KEEP, {"name": f"digested {channel}", "value": value})

    async def last(self) -> int:
        """The number of the last decision in the record."""
        (row,) = await self._database.read("SELECT COALESCE(MAX(seq), 0) AS seq FROM decisions")
        return int(row["seq"])

    async def made(
        self, channel: ChannelId | None, after: int, last: int, since: float
    ) -> Sequence[Made]:
        """The decisions with numbers after the first up to the last of these, not before a time;
        about conversations with a card in the channel, or all."""
        rows = await self._about(_MADE, channel, after, last, since)
        prior = _prior(await self._about(_HISTORY, channel, after, last, since))
        return [_made(row, prior.get(row["id"])) for row in rows]

    async def first(
        self, channel: ChannelId | None, after: int, last: int, since: float
    ) -> Sequence[First]:
        """The decisions that were the first about their reply."""
        rows = await self._about(_FIRST, channel, after, last, since)
        return [First(row["replied_at"], row["at"]) for row in rows]

    async def _about(
        self, sql: str, channel: ChannelId | None, after: int, last: int, since: float
    ) -> Sequence[Row]:
        asked = sql.format(_WITH_CARD if channel else "")
        values: Mapping[str, Any] = {
            "after": after,
            "last": last,
            "since": since,
            "channel": channel,
            "most": MOST,
        }
        wanted = statement(asked, values)
        return await self._database.read(asked, **wanted.values)

    async def _fact(self, name: str) -> Sequence[Row]:
        sql = "SELECT name, value FROM facts WHERE name = :name"
        return await self._database.read(sql, name=name)


def _setting(row: Row) -> DigestSetting:
    said = json.loads(row["value"])
    channel = ChannelId(row["name"].removeprefix("digest "))
    return DigestSetting(channel, said["minute"], said["zone"], UserId(said["by"]), said["at"])


def _prior(history: Sequence[Row]) -> Mapping[str, AiTag | None]:
    """The `prior_ai_tag` of each decision, by its id."""
    gone = undone((row["id"], row["undoes"]) for row in reversed(history))
    prior, left = dict[str, AiTag | None](), dict[str, AiTag | None]()
    for row in history:
        old, new, conversation = row["old_ai_tag"], row["new_ai_tag"], row["conversation"]
        prior[row["id"]] = left.get(conversation)
        is_changed = same_name(old or "") != same_name(new or "")
        if is_changed and not row["undoes"] and row["id"] not in gone:
            left[conversation] = _ai_tag(new)
    return prior


def _made(row: Row, prior: AiTag | None) -> Made:
    change = decode(json.loads(row["change"]), Change)
    return Made(
        id=DecisionId(row["id"]),
        conversation=ConversationId(row["conversation"]),
        person=UserId(row["person"]),
        name=row["name"],
        change=change,
        old_ai_tag=_ai_tag(row["old_ai_tag"]),
        new_ai_tag=_ai_tag(row["new_ai_tag"]),
        prior_ai_tag=prior,
        undoes=change.decision if isinstance(change, Revert) else "",
    )


def _ai_tag(name: str | None) -> AiTag | None:
    return AiTag(name) if name else None
