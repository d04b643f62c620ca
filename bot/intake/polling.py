"""Looks for unread replies at an interval, and writes each into the journal, once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from bot import entries
from bot.errors import TriageError
from bot.journal import Journal
from bot.triage import Conversation

log = logging.getLogger(__name__)


class Inbox(Protocol):
    def conversations(self, **query: str) -> AsyncIterator[Conversation]: ...


async def poll(inbox: Inbox, journal: Journal, seconds: float) -> None:
    """Never ends, unless `seconds` is 0: then it never begins."""
    while seconds > 0:
        try:
            await look(inbox, journal)
        except TriageError as error:
            log.warning("no look at unread replies this time: %s", error)
        await asyncio.sleep(seconds)


async def look(inbox: Inbox, journal: Journal) -> None:
    """One look; a reply that was seen before is not written again."""
    # No order is promised: cards appear in the order in which the replies came.
    unread = [each async for each in inbox.conversations(status="unread")]
    for conversation in sorted(unread, key=lambda each: each.replied_at):
        await journal.write(entries.announce(conversation))
