"""The channels' subscriptions, which replies were announced, and facts by name."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import codec, filters
from bot.filters import Route
from bot.store import Database, Row, Rows, Statement
from bot.store.ledger import portions
from bot.triage import AiTag, ChannelId, Conversation, ConversationId, Place, Turn, UserId

_SUBSCRIBE = """
    INSERT INTO routes (channel, filters, made_by, made_at) VALUES (:channel, :filters, :by, :at)
    ON CONFLICT (channel) DO UPDATE SET filters = excluded.filters, made_by = excluded.made_by,
        made_at = excluded.made_at, broken = NULL
"""

_MARK = """
    UPDATE conversations SET announced = :at
    WHERE id = :id AND (announced IN ('', 'undated') OR announced < :at)
"""

# The fact that the first sync was made. Until then it is tried again.
STARTED: Final = "first look"
UNDATED: Final = "undated"
# The fact that says when the bot was first started. Replies from before are announced only while
# they are unread.
SINCE: Final = "replies since"

State = tuple[AiTag | None, tuple[str, ...], bool]


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation as the database has it: the time of the reply that was announced last, the
    aiTag, tags and read state that its cards show, when they were read, in seconds since the epoch,
    whose turn it is, and whether SendKit called the reply automatic, or one of them positive."""

    announced: str
    shown: State
    seen_at: float
    turn: Turn | None = None
    auto_reply: bool = False
    positive: bool = False


@dataclass(frozen=True, slots=True)
class Unannounced:
    """The `codec.first_id` of replies that are not announced yet, and the replies of a first sync
    whose summary is not posted yet; None without one."""

    entries: frozenset[str]
    first: Mapping[ConversationId, str] | None


class Channels:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def routes(self) -> Sequence[Route]:
        """All subscriptions, the oldest first."""
        return await subscriptions(self._database)

    async def route(self, channel: ChannelId) -> Route | None:
        """The channel's own subscription."""
        return next((each for each in await self.routes() if each.channel == channel), None)

    async def subscribe(self, route: Route, at: float) -> None:
        """Creates the channel's only subscription, or replaces it."""
        values = {
            "channel": route.channel,
            "filters": route.filters.stored,
            "by": route.made_by,
            "at": at,
        }
        await self._database.write(Statement(_SUBSCRIBE, values))

    async def unsubscribe(self, channel: ChannelId) -> bool:
        """Ends the subscription; returns whether there was one."""
        (ended,) = await self._write("DELETE FROM routes WHERE channel = :channel", channel=channel)
        return bool(ended)

    async def mark_broken(self, channel: ChannelId, error: str) -> bool:
        """Whether the subscription was intact before, so that its owner has to be told."""
        (news,) = await self._write(
            "UPDATE routes SET broken = :error WHERE channel = :channel AND broken IS NULL",
            channel=channel,
            error=error,
        )
        return bool(news)

    async def mark_healed(self, channel: ChannelId) -> None:
        """Notes that the bot may post there again."""
        await self._write(
            "UPDATE routes SET broken = NULL WHERE channel = :channel", channel=channel
        )

    async def rules(self, place: Place) -> Mapping[ConversationId, str]:
        """Why each conversation's card is in this message; empty if it has no card."""
        columns = "conversation, rule, position"
        rows = await self._database.read(
            f"SELECT {columns} FROM cards WHERE channel = :channel AND ts = :ts UNION ALL"
            f" SELECT {columns} FROM folded WHERE channel = :channel AND ts = :ts"
            " ORDER BY position",
            channel=place.channel,
            ts=place.ts,
        )
        return {ConversationId(row["conversation"]): str(row["rule"]) for row in rows}

    async def announced(self, conversation: ConversationId) -> tuple[str, bool]:
        """The time of the reply that was announced last, and whether SendKit ever called one of the
        conversation's replies positive."""
        rows = await self._database.read(
            "SELECT announced, positive FROM conversations WHERE id = :id", id=conversation
        )
        return (str(rows[0]["announced"]), bool(rows[0]["positive"])) if rows else ("", False)

    async def known(
        self, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Known]:
        """The database's state of these conversations."""
        found: dict[ConversationId, Known] = {}
        columns = "id, announced, positive, seen_at, snapshot"
        async for rows in self._rows(columns, "conversations", conversations):
            found |= {ConversationId(row["id"]): _known(row) for row in rows}
        return found

    async def written(self, replies: Sequence[str]) -> Mapping[str, str]:
        """The states of those of these entries that were ever written, by id."""
        found: dict[str, str] = {}
        async for rows in self._rows("id, state", "entries", replies):
            found |= {row["id"]: row["state"] for row in rows}
        return found

    async def _rows(
        self, columns: str, table: str, ids: Iterable[str]
    ) -> AsyncIterator[Sequence[Row]]:
        """The rows with these ids, read in one query. The ids are one parameter, as databases limit
        their number: SQLite and PostgreSQL both read the keys of a JSON object."""
        rows = await self._database.read(
            f"SELECT {columns} FROM {table} WHERE id IN (SELECT key FROM json_each(:ids))",
            ids=json.dumps(dict.fromkeys(ids)),
        )
        for portion in portions(rows):
            yield portion
            await asyncio.sleep(0)  # parsing thousands of snapshots takes a while

    async def carded(self, conversations: Sequence[ConversationId]) -> frozenset[ConversationId]:
        """The ones of these conversations that have a card."""
        rows = await self._database.read(
            "SELECT DISTINCT conversation FROM cards"
            " WHERE conversation IN (SELECT key FROM json_each(:ids))",
            ids=json.dumps(dict.fromkeys(conversations)),
        )
        return frozenset(ConversationId(row["conversation"]) for row in rows)

    async def under_way(self, tries: int) -> Mapping[ConversationId, bool]:
        """The conversations that are being announced; whether that was refused, or tried more often
        than so."""
        rows = await self._database.read(
            "SELECT lane, MAX(attempts) AS attempts FROM entries"
            " WHERE state = 'open' AND kind = :kind GROUP BY lane",
            kind=codec.ANNOUNCE,
        )
        found = dict.fromkeys((await self.waiting()).first or {}, False)
        for row in rows:
            aside, _, identity = row["lane"].rpartition("conversation:")
            found[ConversationId(identity)] = bool(aside) or row["attempts"] > tries
        return found

    async def forget_announced(self, conversation: ConversationId) -> None:
        """Forgets which of its replies was announced last, so that it is announced again."""
        await self._write("UPDATE conversations SET announced = '' WHERE id = :id", id=conversation)

    async def unshown(self) -> frozenset[str]:
        """The conversations with a reply whose entry ended without a card."""
        rows = await self._database.read("SELECT name FROM facts WHERE name LIKE 'unshown %'")
        return frozenset(row["name"].removeprefix("unshown ") for row in rows)

    async def mark_unshown(self, conversation: ConversationId) -> None:
        await self.set_fact(f"unshown {conversation}", "1")

    async def unmark_unshown(self, conversation: ConversationId) -> None:
        await self.forget_fact(f"unshown {conversation}")

    async def waiting(self) -> Unannounced:
        """The replies whose entries are open."""
        rows = await self._database.read(
            "SELECT id, kind, payload FROM entries WHERE state = 'open' AND kind IN (:one, :first)",
            one=codec.ANNOUNCE,
            first=codec.FIRST_SYNC,
        )
        first = [json.loads(row["payload"]) for row in rows if row["kind"] == codec.FIRST_SYNC]
        return Unannounced(
            frozenset(codec.first_id(row["id"]) for row in rows),
            codec.stamps(first[0]) if first else None,
        )

    async def mark_all_announced(self, replies: Mapping[ConversationId, str]) -> None:
        """Notes that these replies, by their `stamp`, were announced. A later one that was noted
        before stays."""
        for portion in portions(list(replies.items())):
            await self._database.write(
                *(Statement(_MARK, {"id": one, "at": at}) for one, at in portion)
            )

    async def mark_announced(self, conversation: Conversation, positive: bool) -> None:
        """Notes that the conversation's last reply was announced. The ledger must have the
        conversation."""
        await self._write(
            "UPDATE conversations SET announced = :at, positive = :positive WHERE id = :id",
            at=stamp(conversation),
            positive=int(positive),
            id=conversation.id,
        )

    async def fact(self, name: str) -> str | None:
        """The value of a fact; None if it was never set."""
        rows = await self._database.read("SELECT value FROM facts WHERE name = :name", name=name)
        return str(rows[0]["value"]) if rows else None

    async def set_fact(self, name: str, value: str) -> None:
        await self._write(
            "INSERT INTO facts (name, value) VALUES (:name, :value)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )

    async def forget_fact(self, name: str) -> None:
        await self._write("DELETE FROM facts WHERE name = :name", name=name)

    async def opening(self, place: Place) -> str:
        """The sentence above the cards of this message; empty if it has none."""
        return await self.fact(_opening(place)) or ""

    async def set_opening(self, place: Place, sentence: str) -> None:
        await self.set_fact(_opening(place), sentence)

    async def keep_list(self, key: str, listing: str) -> None:
        """Keeps a list that was shown to somebody. Keys sort by time."""
        await self.set_fact(f"list {key}", listing)

    async def list_kept(self, key: str) -> str | None:
        return await self.fact(f"list {key}")

    async def forget_lists(self, before: str) -> None:
        """Deletes the lists with keys before this one."""
        await self._write(
            "DELETE FROM facts WHERE name LIKE 'list %' AND name < :name", name=f"list {before}"
        )

    async def claim(self, name: str, now: float, seconds: float) -> bool:
        """Whether this process may do it: of several processes, one in this many seconds. `now` is
        in seconds since the epoch. A claim with a later time is ignored: its clock was wrong."""
        (claimed,) = await self._write(
            "INSERT INTO facts (name, value) VALUES (:name, :now)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            " WHERE CAST(facts.value AS DOUBLE PRECISION) NOT BETWEEN :since AND :now_again",
            name=name,
            now=repr(now),
            since=now - seconds,
            now_again=now,
        )
        return bool(claimed)

    async def recent(self, since: float, most: int) -> Sequence[ConversationId]:
        """The conversations with cards that were posted since then, the newest first."""
        rows = await self._database.read(
            "SELECT conversation FROM cards WHERE posted_at > :since GROUP BY conversation"
            " ORDER BY MAX(posted_at) DESC LIMIT :most",
            since=since,
            most=most,
        )
        return [ConversationId(row["conversation"]) for row in rows]

    async def _write(self, sql: str, **values: Any) -> Sequence[int]:
        return await self._database.write(Statement(sql, values))


async def subscriptions(rows: Rows) -> Sequence[Route]:
    """All of them, the oldest first, also of a database that is only read."""
    found = await rows.read("SELECT * FROM routes ORDER BY made_at, channel")
    return [_route(row) for row in found]


def stamp(conversation: Conversation) -> str:
    """Identifies the reply that is announced, by its time. A reply may have none."""
    return conversation.replied_at or UNDATED


def is_news(reply: str, announced: str) -> bool:
    """Whether a reply came after the one that was `announced` last, which is empty if none was. A
    reply without a time is news only if none was."""
    if reply in ("", UNDATED) or not announced:
        return bool(reply) and not announced
    return announced == UNDATED or reply > announced


def state(conversation: Conversation) -> State:
    """The state that a conversation's cards show, apart from the lead's words."""
    return conversation.ai_tag, conversation.tags, conversation.unread


def _opening(place: Place) -> str:
    return f"opening {place.channel} {place.ts}"


def _known(row: Row) -> Known:
    shown = json.loads(row["snapshot"])
    known = (shown["ai_tag"], tuple(shown["tags"]), shown["unread"])
    turn = Turn(**shown["turn"]) if "turn" in shown else None
    flags = shown["auto_reply"], bool(row["positive"])
    return Known(row["announced"], known, row["seen_at"], turn, *flags)


def _route(row: Row) -> Route:
    return Route(
        channel=ChannelId(row["channel"]),
        filters=filters.from_text(row["filters"]),
        made_by=UserId(row["made_by"]),
        broken=row["broken"],
    )
