"""Looks at SendKit at an interval: for replies that were not announced, and for what changed on
recent cards.

The webhook is faster; this is the net below it.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Final

from bot import dates, entries
from bot.errors import AnswerUnclear, ListEndless, Refused, RefusedForNow, TriageError
from bot.journal import Entry, Journal
from bot.sendkit.client import SendKit
from bot.store.channels import STARTED, Channels, Known, Waiting, is_news, stamp, state
from bot.store.ledger import Ledger
from bot.triage import Conversation, ConversationId

log = logging.getLogger(__name__)

# Reading whole conversations one after another is slow, and many at once is more than SendKit
# takes. Clicks have the rest of the client's places.
SIDE_BY_SIDE: Final = 12
# SendKit lists what is unread, not what changed: of the other cards, these are looked at.
RECENT_SECONDS: Final = 24 * 3600.0
RECENT_MOST: Final = 50
LOOKED: Final = "last look"
# Replies that came before the bot was first started are announced only while they are unread.
SINCE: Final = "replies since"
# A list of all conversations cannot be asked for what is new in it, and promises no order. Its
# first pages are read while they bring news, at most so many; of the others so many a look, in
# turn.
MOST_NEW_PAGES: Final = 10
PAGES_IN_TURN: Final = 4
# After so many conversations others have their turn.
PORTION: Final = 50
# An entry that ended without a card is written again, at most once in this time.
AGAIN_SECONDS: Final = 600


class Polling:
    """One look after another; each writes into the journal what is new."""

    def __init__(
        self,
        *,
        inbox: SendKit,
        journal: Journal,
        ledger: Ledger,
        channels: Channels,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._journal = journal
        self._ledger = ledger
        self._channels = channels
        self._clock = clock
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        # The page of all conversations whose turn is next; None: the one behind the new ones.
        self._turn: Mapping[str, str] | None = None

    async def run(self, seconds: float) -> None:
        """Never ends, unless `seconds` is 0: then it never begins. Of several processes one looks
        each time; one that starts looks at once."""
        is_new = True
        while seconds > 0:
            try:
                # A little less, or who looked last would come too early by a hair.
                if await self._channels.claim(LOOKED, self._clock(), 0.9 * seconds) or is_new:
                    is_new = False
                    await self.look()
            except TriageError as error:
                log.warning("could not check for unread replies: %s", error)
            except Exception:
                # Whatever a look did not foresee must not be the last one's end.
                log.exception("could not check for unread replies")
            await asyncio.sleep(seconds)

    async def look(self) -> None:
        """One look; a reply that was seen before is not written again."""
        unread = _oldest_first(await self._unread())
        since = await self._since()
        # In this order, so that an entry which ends meanwhile is seen as one or the other.
        waiting = await self._channels.waiting()
        summed = await self._first(unread, waiting)
        known = await self._channels.known([each.id for each in unread])
        news = []
        async for conversation in _by_portions(unread):
            if conversation.id in summed:
                # Until the first look stands, its entry may take a newer reply for its own.
                continue
            if _is_unannounced(conversation, known):
                news.append(conversation)
            elif _is_changed(conversation, known):
                await self._write_change(conversation, known[conversation.id].seen_at)
        await self._announce(news, known, waiting)
        seen = {each.id for each in unread}
        seen |= await self._look_at_read(seen, since)
        await self._look_at_recent(seen)

    async def _unread(self) -> list[Conversation]:
        found: list[Conversation] = []
        try:
            async for each in self._inbox.conversations(status="unread"):
                found.append(each)  # noqa: PERF401, what came before an error counts
        except ListEndless as error:
            log.warning("a look has seen a part of what is unread: %s", error)
        return found

    async def _since(self) -> float:
        """When the bot was first started, by SendKit's clock."""
        said = await self._channels.fact(SINCE)
        if said is None:
            said = repr(self._inbox.now())
            await self._channels.set_fact(SINCE, said)
        return float(said)

    async def _first(
        self, unread: list[Conversation], waiting: Waiting
    ) -> Mapping[ConversationId, str]:
        """The replies that a first look announces in one message: an inbox that was full before the
        bot came must not flood the channel."""
        if waiting.first is not None:
            return waiting.first
        if await self._channels.fact(STARTED) is not None:
            return {}
        if len(unread) <= entries.MOST_AT_FIRST:
            await self._channels.set_fact(STARTED, str(len(unread)))
            return {}
        await self._ledger.remember_all(unread, self._clock())
        summed = {each.id: stamp(each) for each in reversed(unread)}
        await self._write(entries.first_look(summed), entries.first_look(summed, self._again()))
        return summed

    async def _announce(
        self,
        news: Sequence[Conversation],
        known: Mapping[ConversationId, Known],
        waiting: Waiting,
    ) -> None:
        """Writes what was not written yet, and again what ended without a card. A conversation that
        is no longer known was deleted from the database: its card stood, unless that is kept."""
        new = [each for each in news if entries.announce(each).id not in waiting.entries]
        if not new:
            return
        written = await self._channels.written([entries.announce(each).id for each in new])
        unshown = await self._channels.unshown()
        for each in new:
            state_before = written.get(entries.announce(each).id)
            if state_before is None:
                await self._journal.write(entries.announce(each))
            elif state_before == "open":
                continue  # written meanwhile
            elif state_before == "failed" or each.id in known or each.id in unshown:
                await self._journal.write(entries.announce(each, self._again()))

    async def _write(self, first: Entry, later: Entry) -> None:
        """The second where the first one ended, and left the reply without a card."""
        if not await self._journal.write(first):
            await self._journal.write(later)

    def _again(self) -> str:
        return str(int(self._clock() // AGAIN_SECONDS))

    async def _look_at_read(
        self, unread: Collection[ConversationId], since: float
    ) -> set[ConversationId]:
        """Announces replies that somebody read in SendKit before; whose they were."""
        announced: set[ConversationId] = set()
        following: Mapping[str, str] | None = None
        for _ in range(MOST_NEW_PAGES):
            found, following = await self._inbox.some_conversations(following)
            news = await self._announce_read(found, unread, since)
            announced |= news
            if following is None or not news:
                break
        turn, self._turn = self._turn or following, None
        for _ in range(PAGES_IN_TURN):
            if following is None or turn is None:
                break
            found, turn = await self._inbox.some_conversations(turn)
            announced |= await self._announce_read(found, unread, since)
        self._turn = turn
        return announced

    async def _announce_read(
        self, found: Sequence[Conversation], unread: Collection[ConversationId], since: float
    ) -> set[ConversationId]:
        new = [each for each in found if each.id not in unread and _came_after(each, since)]
        if not new:
            return set()
        waiting = await self._channels.waiting()
        known = await self._channels.known([each.id for each in new])
        news = [each for each in new if _is_unannounced(each, known)]
        await self._announce(_oldest_first(news), known, waiting)
        return {each.id for each in news}

    async def _look_at_recent(self, seen: Collection[ConversationId]) -> None:
        since = self._clock() - RECENT_SECONDS
        recent = await self._channels.recent(since, RECENT_MOST)
        others = [each for each in recent if each not in seen]
        known = await self._channels.known(others)
        await asyncio.gather(*(self._compare(each, known) for each in others))

    async def _compare(
        self, identity: ConversationId, known: Mapping[ConversationId, Known]
    ) -> None:
        try:
            async with self._places:
                now = await self._inbox.conversation(identity)
        except (Refused, RefusedForNow, AnswerUnclear):
            return  # one that SendKit does not show must not hide the others
        if _is_changed(now, known):
            await self._write_change(now, known[identity].seen_at)

    async def _write_change(self, now: Conversation, seen_at: float) -> None:
        """Once for a change, however many looks find it before its turn comes."""
        crc = zlib.crc32(repr(state(now)).encode(errors="replace"))
        identity = f"change:{now.id}:{seen_at}:{crc:08x}"
        await self._journal.write(entries.look(identity, now.id, reply=False))


async def _by_portions(found: Sequence[Conversation]) -> AsyncIterator[Conversation]:
    """Each of them; others have their turn in between."""
    for number, each in enumerate(found):
        if number % PORTION == 0:
            await asyncio.sleep(0)
        yield each


def _oldest_first(listed: Sequence[Conversation]) -> list[Conversation]:
    """SendKit promises no order, and lists the newest first where several came in one second."""
    found = [*reversed(listed)]
    found.sort(key=lambda each: each.replied_at)
    return found


def _is_unannounced(now: Conversation, known: Mapping[ConversationId, Known]) -> bool:
    before = known.get(now.id)
    return is_news(stamp(now), before.announced if before else "")


def _is_changed(now: Conversation, known: Mapping[ConversationId, Known]) -> bool:
    before = known.get(now.id)
    return before is not None and before.shown != state(now)


def _came_after(conversation: Conversation, since: float) -> bool:
    at = dates.from_iso(conversation.replied_at)
    return at is not None and at > since
