"""Looks at SendKit at an interval: for unread replies, and for what changed on recent cards.

The webhook is faster; this is the net below it.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final, Protocol

from bot import entries
from bot.channels import Channels, stamp
from bot.errors import Refused, TriageError
from bot.journal import Journal
from bot.ledger import Ledger
from bot.triage import Conversation, ConversationId

log = logging.getLogger(__name__)

# Reading whole conversations one after another is slow, and many at once is more than SendKit
# takes. Clicks have the rest of the client's places.
SIDE_BY_SIDE: Final = 12
# SendKit lists what is unread, not what changed: of the other cards, these are looked at.
RECENT_SECONDS: Final = 24 * 3600.0
RECENT_MOST: Final = 50
STARTED: Final = "first look"
LOOKED: Final = "last look"


class Inbox(Protocol):
    """SendKit's side; see bot.sendkit.client for the errors."""

    async def conversation(self, conversation: ConversationId) -> Conversation: ...

    def conversations(self, **query: str) -> AsyncIterator[Conversation]: ...


class Polling:
    """One look after another; each writes into the journal what is new."""

    def __init__(
        self,
        *,
        inbox: Inbox,
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
                log.warning("no look at unread replies this time: %s", error)
            except Exception:
                # Whatever a look did not foresee must not be the last one's end.
                log.exception("no look at unread replies this time")
            await asyncio.sleep(seconds)

    async def look(self) -> None:
        """One look; a reply that was seen before is not written again."""
        # No order is promised: cards appear in the order in which the replies came.
        found = [each async for each in self._inbox.conversations(status="unread")]
        unread = sorted(found, key=lambda each: each.replied_at)
        if await self._channels.fact(STARTED) is None:
            await self._first(unread)
        for conversation in unread:
            if await self._is_unannounced(conversation):
                await self._journal.write(entries.announce(conversation))
            elif await self._is_changed(conversation):
                await self._write_change(conversation)
        await self._look_at_recent({each.id for each in unread})

    async def _first(self, unread: list[Conversation]) -> None:
        """An inbox that was full before the bot came must not flood the channel."""
        if len(unread) > entries.MOST_AT_FIRST:
            for each in unread:
                await self._ledger.remember(each, self._clock())
                await self._channels.mark_announced(each, positive=False)
            newest_first = [each.id for each in reversed(unread)]
            await self._journal.write(entries.first_look(newest_first))
        await self._channels.set_fact(STARTED, str(len(unread)))

    async def _look_at_recent(self, seen: Collection[ConversationId]) -> None:
        since = self._clock() - RECENT_SECONDS
        recent = await self._channels.recent(since, RECENT_MOST)
        await asyncio.gather(*(self._compare(each) for each in recent if each not in seen))

    async def _compare(self, identity: ConversationId) -> None:
        try:
            async with self._places:
                now = await self._inbox.conversation(identity)
        except Refused:
            return  # gone: its card says so to whoever presses it
        if await self._is_changed(now):
            await self._write_change(now)

    async def _is_unannounced(self, conversation: Conversation) -> bool:
        announced, _ = await self._channels.announced(conversation.id)
        return announced != stamp(conversation)

    async def _is_changed(self, now: Conversation) -> bool:
        shown = await self._ledger.conversation(now.id)
        return shown is not None and (shown.ai_tag, shown.tags, shown.unread) != (
            now.ai_tag,
            now.tags,
            now.unread,
        )

    async def _write_change(self, now: Conversation) -> None:
        """Once for a change, however many looks find it before its turn comes."""
        seen_at = await self._ledger.seen_at(now.id)
        state = zlib.crc32(repr((now.ai_tag, now.tags, now.unread)).encode(errors="replace"))
        identity = f"change:{now.id}:{seen_at}:{state:08x}"
        await self._journal.write(entries.look(identity, now.id, reply=False))
