"""The bot's knowledge: conversations as last seen, their cards, and all decisions."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeVar

from bot.barred import Barred
from bot.codec import recorded
from bot.home import LISTED, at_home
from bot.store import Database, Row, Statement, barring, containing
from bot.store.columns import named, remember, snapshot, turned
from bot.store.record import Record
from bot.store.shown import PLACED, SHOWN, SHOWN_ALONE, UNKNOWN_LEAD, card_of
from bot.text import folded
from bot.triage import (
    Card,
    ChannelId,
    Conversation,
    ConversationId,
    Decision,
    Folded,
    MessageTs,
    Origin,
    Outcome,
    Place,
    Revert,
    Turn,
)

PORTION: Final = 200
WORDS_ASKED: Final = 20  # how many words the database looks for; the rest is compared here

T = TypeVar("T")

_WAITING = """
    SELECT id FROM conversations WHERE waiting_since IS NOT NULL AND turn_known = 1
    ORDER BY turn_asked_at LIMIT :most
"""
_UNKNOWN = """
    SELECT id FROM conversations WHERE turn_known = 0
    ORDER BY turn_asked_at, replied_at DESC LIMIT :most
"""
_ASKED = """
    UPDATE conversations SET turn_asked_at = :at WHERE id IN (SELECT key FROM json_each(:ids))
"""
_FOLD = """
    INSERT INTO folded (channel, ts, conversation, position, rule, replied_at)
    SELECT channel, ts, conversation, position, rule, replied_at FROM cards
    WHERE channel = :channel AND conversation = :conversation AND ts <> :ts
    ON CONFLICT (channel, ts, conversation) DO NOTHING
"""
_PLACE = """
    INSERT INTO cards (channel, conversation, ts, posted_at, rule, earlier, replied_at, position)
    VALUES (:channel, :conversation, :ts, :posted_at, :rule, :earlier, :replied_at, (
        SELECT COUNT(*) FROM cards WHERE channel = :channel AND ts = :ts
    ))
    ON CONFLICT (channel, conversation) DO UPDATE SET ts = excluded.ts,
        posted_at = excluded.posted_at, rule = excluded.rule, earlier = excluded.earlier,
        replied_at = excluded.replied_at, position = excluded.position
"""
# The pressed card, and those beside it of conversations that the bot has seen, unless the channel
# has a card of them.
_PLACE_PRESSED = """
    INSERT INTO cards (channel, conversation, ts, posted_at, position)
    SELECT :channel, :conversation, :ts, :posted_at, :position
    WHERE :decided = 1 OR EXISTS (SELECT 1 FROM conversations WHERE id = :conversation)
    ON CONFLICT (channel, conversation) DO NOTHING
"""
_KEEP_FOLDED = """
    UPDATE folded SET newer = :newer, words = :words
    WHERE channel = :channel AND ts = :ts AND conversation = :conversation
"""
_RECORD = """
    INSERT INTO decisions (id, conversation, person, name, change, at, old_ai_tag, new_ai_tag,
        old_tags, tags, old_unread, new_unread, replied_at, door, channel, answer, undoes, reason)
    VALUES (:id, :conversation, :person, :name, :change, :at, :old_ai_tag, :new_ai_tag,
        :old_tags, :tags, :old_unread, :new_unread, :replied_at, :door, :channel, :answer, :undoes,
        :reason)
    ON CONFLICT (id) DO NOTHING
"""
# What came back is no longer on top in App Home.
_HANDLED = "UPDATE conversations SET back_at = NULL WHERE id = :id AND back_at <= :at"
_FOLDED_BEFORE = f"""
    SELECT placed.shown, MAX(folded.ts) AS ts
    FROM ({PLACED}) AS placed JOIN folded ON folded.conversation = placed.shown
    WHERE folded.channel = :channel AND folded.ts < :ts
    GROUP BY placed.shown
"""
_DECISIONS_BEHIND = """
    SELECT COUNT(*) AS count FROM entries AS this JOIN entries AS other ON other.lane = this.lane
    WHERE this.id = :id AND other.seq > this.seq AND other.state = 'open'
        AND other.kind IN ('carry_out', 'command')
"""
_IS_BEHIND = """
    SELECT 1 FROM entries AS this JOIN entries AS other ON other.lane = this.lane
    WHERE this.id = :id AND other.seq < this.seq AND other.state = 'open' LIMIT 1
"""
_MESSAGES = """
    SELECT channel, ts, replied_at, posted_at, 0 AS folded FROM cards WHERE conversation = :id
    UNION ALL
    SELECT channel, ts, replied_at, 0, 1 FROM folded WHERE conversation = :id
    ORDER BY posted_at
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A message with a card of one conversation, and which reply that shows. `folded`: a newer card
    in its channel has replaced it."""

    place: Place
    replied_at: str
    folded: bool


class Ledger:
    """Every method raises DatabaseTrouble on failure."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._placing = asyncio.Lock()

    async def remember(self, conversation: Conversation, seen_at: float) -> None:
        """Stores the conversation. `seen_at` is in seconds since the epoch."""
        await self._database.write(remember(conversation, seen_at))

    async def remember_all(self, found: Sequence[Conversation], seen_at: float) -> None:
        """The same for many, a portion at a time."""
        for portion in portions(found):
            await self._database.write(*(remember(each, seen_at) for each in portion))

    def recording(
        self,
        outcome: Outcome,
        origin: Origin,
        before: Conversation | None,
        now: Conversation,
        answer: str = "",
    ) -> Sequence[Statement]:
        """The statements that record the decision, and the conversation `before` and after it.
        `answer`: SendKit's answer to the PATCH as JSON; empty without one."""
        values = {
            "id": outcome.decision,
            "conversation": outcome.conversation,
            "person": origin.person.id,
            "name": outcome.person,
            "change": json.dumps(recorded(outcome.change)),
            "at": outcome.at,
            "old_ai_tag": outcome.old_ai_tag,
            "new_ai_tag": outcome.new_ai_tag,
            "old_tags": json.dumps(before.tags) if before else None,
            "tags": json.dumps(outcome.tags),
            "old_unread": int(before.unread) if before else None,
            "new_unread": int(now.unread),
            "replied_at": outcome.replied_at,
            "door": origin.door,
            "channel": origin.channel,
            "answer": answer,
            "reason": outcome.reason,
            "undoes": outcome.change.decision if isinstance(outcome.change, Revert) else "",
        }
        handled = Statement(_HANDLED, {"id": outcome.conversation, "at": outcome.at})
        return [Statement(_RECORD, values), remember(now, outcome.at), handled]

    async def barred(self, found: Sequence[Conversation]) -> Mapping[ConversationId, Barred]:
        """Those of the conversations whose lead's address is on the do-not-contact list."""
        return await barring.barred(self._database, found)

    async def conversation(self, conversation: ConversationId) -> Conversation | None:
        """The conversation as last seen."""
        rows = await self._database.read(
            "SELECT snapshot FROM conversations WHERE id = :id", id=conversation
        )
        return snapshot(rows[0]) if rows else None

    async def turned(
        self, conversation: ConversationId, turn: Turn, seen_at: float, at: float
    ) -> Conversation | None:
        """Stores whose turn it is; the conversation then. None, and nothing is stored, if it was
        seen again since `seen_at`. `at`: when SendKit was asked."""
        before = await self.conversation(conversation)
        if before is None:
            return None
        now = replace(before, turn=turn)
        (stored,) = await self._database.write(turned(now, seen_at, at))
        return now if stored else None

    async def turns_to_ask(self, waiting: int, unknown: int, at: float) -> Sequence[ConversationId]:
        """The conversations whose turn is asked next, those first that were asked longest ago:
        up to `waiting` that wait for us, and up to `unknown` of which SendKit has not said it yet.
        Notes that they are asked `at` that time."""
        found = [
            row["id"]
            for sql, most in ((_WAITING, waiting), (_UNKNOWN, unknown))
            for row in await self._database.read(sql, most=most)
        ]
        if found:
            ids = json.dumps(dict.fromkeys(found))
            await self._database.write(Statement(_ASKED, {"ids": ids, "at": at}))
        return [ConversationId(each) for each in found]

    async def known(self, conversation: ConversationId) -> Conversation:
        """As `conversation`; for one that was never seen, its id and UNKNOWN_LEAD."""
        return await self.conversation(conversation) or Conversation(conversation, UNKNOWN_LEAD)

    async def by_email(self, email: str) -> Sequence[Conversation]:
        """The seen conversations with this lead, the newest first."""
        rows = await self._database.read(
            "SELECT snapshot FROM conversations WHERE email = :email ORDER BY seen_at DESC",
            email=folded(email),
        )
        return [snapshot(row) for row in rows]

    async def newest(self, most: int) -> Sequence[Conversation]:
        """The conversations that were seen last."""
        sql = "SELECT snapshot FROM conversations ORDER BY seen_at DESC LIMIT :most"
        return [snapshot(row) for row in await self._database.read(sql, most=most)]

    async def search(self, words: Sequence[str], most: int) -> Sequence[Conversation]:
        """Conversations whose lead's name, company and address together contain these `folded`
        words, the newest reply first."""
        # SQLite refuses a query of a thousand conditions.
        asked = list(dict.fromkeys(words))[:WORDS_ASKED]
        like = {"word" + "_" * number: containing(word) for number, word in enumerate(asked)}
        has_all = " AND ".join(f"lead LIKE :{name} ESCAPE '!'" for name in like) or "TRUE"
        # Rows that an older version of the bot wrote are not filled yet.
        sql = f"SELECT * FROM conversations WHERE (({has_all}) OR filled_at <> seen_at)"
        order = "ORDER BY replied_at DESC, id DESC LIMIT :most"
        found: list[Conversation] = []
        last: Mapping[str, str] = {}
        while len(found) < most:
            following = "AND (replied_at, id) < (:at, :after)" if last else ""
            rows = await self._database.read(
                f"{sql} {following} {order}", most=PORTION, **like, **last
            )
            known = map(snapshot, rows)
            found += [each for each in known if all(word in named(each.lead) for word in words)]
            if len(rows) < PORTION:
                break
            last = {"at": rows[-1]["replied_at"], "after": rows[-1]["id"]}
        return found[:most]

    async def outcome(self, conversation: ConversationId) -> Outcome | None:
        """The last decision."""
        last = await Record(self._database).last(conversation)
        return last.outcome if last else None

    async def place(
        self,
        conversation: ConversationId,
        place: Place,
        posted_at: float,
        rule: str = "",
        earlier: str = "",
        replied_at: str = "",
    ) -> None:
        """Records the conversation's card in this channel: where it is, why, and which reply it
        shows. The card before it counts as folded; `earlier` is a link to it."""
        replies = {conversation: replied_at}
        await self.place_all({conversation: place}, posted_at, rule, earlier, replies)

    async def place_all(
        self,
        places: Mapping[ConversationId, Place],
        posted_at: float,
        rule: str = "",
        earlier: str = "",
        replies: Mapping[ConversationId, str] = MappingProxyType({}),
    ) -> None:
        """The same for several, all or none, since a message must not seem to have fewer cards."""
        # A card's position is the number of cards before it in its message, so they are counted one
        # by one.
        async with self._placing:
            await self._database.write(*self.placing(places, posted_at, rule, earlier, replies))

    def placing(
        self,
        places: Mapping[ConversationId, Place],
        posted_at: float,
        rule: str = "",
        earlier: str = "",
        replies: Mapping[ConversationId, str] = MappingProxyType({}),
    ) -> Sequence[Statement]:
        """The statements that record the cards."""
        statements = []
        for conversation, place in places.items():
            card = {"channel": place.channel, "conversation": conversation, "ts": place.ts}
            why = {"posted_at": posted_at, "rule": rule, "earlier": earlier}
            why["replied_at"] = replies.get(conversation, "")
            statements += [Statement(_FOLD, card), Statement(_PLACE, {**card, **why})]
        return statements

    def placing_pressed(self, decision: Decision, place: Place) -> Sequence[Statement]:
        """The statements that record the cards of a pressed message that the ledger does not know,
        since Slack's answer to the post is on its way or lost. A redraw then keeps them all."""
        decided = decision.conversation
        where = {"channel": place.channel, "ts": place.ts, "posted_at": decision.at}
        return [
            Statement(
                _PLACE_PRESSED,
                {**where, "conversation": each, "position": nth, "decided": int(each == decided)},
            )
            for nth, each in enumerate(dict.fromkeys([*decision.origin.beside, decided]))
        ]

    async def fold(self, conversation: ConversationId, place: Place, folded: Folded) -> None:
        """Records what a folded card shows."""
        values = {
            "channel": place.channel,
            "ts": place.ts,
            "conversation": conversation,
            "newer": folded.newer,
            "words": folded.words,
        }
        await self._database.write(Statement(_KEEP_FOLDED, values))

    async def show_reply(self, conversation: ConversationId, replied_at: str) -> None:
        """Records that all cards of the conversation now show this reply."""
        values = {"id": conversation, "at": replied_at}
        sql = "UPDATE cards SET replied_at = :at WHERE conversation = :id"
        await self._database.write(Statement(sql, values))

    async def posted(self, conversation: ConversationId) -> Sequence[Posted]:
        """All messages with a card of the conversation, folded ones too."""
        rows = await self._database.read(_MESSAGES, id=conversation)
        return [Posted(_place(row), row["replied_at"], bool(row["folded"])) for row in rows]

    async def reply_seen(
        self, conversation: ConversationId, origin: Origin, posted: Sequence[Posted]
    ) -> str:
        """The time stamp of the reply that the person saw when they decided: on the card or in the
        list where they pressed, on the card in whose thread they mentioned the bot, on any card
        where they typed. Empty where that is not known."""
        if at_home(origin):
            return origin.listed.removeprefix(LISTED)
        if origin.listed:
            sql = "SELECT value FROM facts WHERE name = :name"
            rows = await self._database.read(sql, name=f"list {origin.listed}")
            listed = json.loads(rows[0]["value"])["rows"] if rows else ()
            return next((each["replied_at"] for each in listed if each["id"] == conversation), "")
        seen = [each for each in posted if not each.folded]
        if (pressed := origin.card) is not None:
            seen = [each for each in posted if each.place == pressed]
        elif origin.mentioned_at is not None:
            seen = [each for each in posted if each.place == origin.mentioned_at] or seen
        return max((each.replied_at for each in seen), default="")

    async def folded_before(self, place: Place) -> Sequence[tuple[ConversationId, Place]]:
        """For each conversation with a card in this message: its newest earlier folded card in the
        same channel, if there is one."""
        rows = await self._database.read(_FOLDED_BEFORE, channel=place.channel, ts=place.ts)
        return [
            (ConversationId(row["shown"]), Place(place.channel, MessageTs(row["ts"])))
            for row in rows
        ]

    async def relink(self, conversation: ConversationId, place: Place, newer: str) -> None:
        """Changes the link of a folded card; empty removes it."""
        sql = """
            UPDATE folded SET newer = :newer
            WHERE channel = :channel AND ts = :ts AND conversation = :id
        """
        values = {"channel": place.channel, "ts": place.ts, "id": conversation, "newer": newer}
        await self._database.write(Statement(sql, values))

    async def is_passed(self, lane: str) -> bool:
        """Whether an open entry of this lane lets the others pass."""
        rows = await self._database.read(
            "SELECT seq FROM entries WHERE lane = :lane AND state = 'open' LIMIT 1",
            lane=f"aside:{lane}",
        )
        return bool(rows)

    async def decisions_behind(self, entry: str) -> int:
        """The number of decisions that wait behind this entry in its lane."""
        (row,) = await self._database.read(_DECISIONS_BEHIND, id=entry)
        return int(row["count"])

    async def is_behind(self, entry: str) -> bool:
        """Whether another entry of its lane is carried out first."""
        return bool(await self._database.read(_IS_BEHIND, id=entry))

    async def cards(self, conversation: ConversationId) -> Sequence[Place]:
        """The conversation's cards, the oldest first."""
        rows = await self._database.read(
            "SELECT channel, ts FROM cards WHERE conversation = :id ORDER BY posted_at",
            id=conversation,
        )
        return [_place(row) for row in rows]

    async def forget_card(self, place: Place) -> None:
        """Forgets a deleted message."""
        values = {"channel": place.channel, "ts": place.ts}
        await self._database.write(
            *(
                Statement(f"DELETE FROM {table} WHERE channel = :channel AND ts = :ts", values)
                for table in ("cards", "folded")
            )
        )

    async def at(self, place: Place) -> Sequence[ConversationId]:
        """The conversations with cards in this message, folded ones too."""
        rows = await self._database.read(
            f"{PLACED} ORDER BY position, shown", channel=place.channel, ts=place.ts
        )
        return [ConversationId(row["shown"]) for row in rows]

    async def shown(self, place: Place) -> Sequence[Card]:
        """The cards of a message in their order, with the current state of each conversation."""
        rows = await self._database.read(SHOWN, channel=place.channel, ts=place.ts)
        return [card_of(row) for row in rows]

    async def card(self, conversation: Conversation) -> Card:
        """The facts of a new card of the conversation."""
        (row,) = await self._database.read(SHOWN_ALONE, id=conversation.id)
        return replace(card_of(row), conversation=conversation)


def portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Portions of a size that a database writes without delaying others."""
    return (items[start : start + PORTION] for start in range(0, len(items), PORTION))


def _place(row: Row) -> Place:
    return Place(ChannelId(row["channel"]), MessageTs(row["ts"]))
