"""People who asked for something are told of an unexpected error."""

import asyncio
from collections.abc import Mapping
from typing import Final

from bot import codec
from bot.errors import DatabaseTrouble, Later
from bot.journal import Entry, Handler, Journal, Page
from bot.journal.attempt import TakenOver

SENTENCE: Final = (
    "Something went wrong, and your change may not be saved. Check the conversation in SendKit, "
    "and tell the person who runs this bot."
)


def told(journal: Journal, handlers: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """The same handlers. What fails is told in an entry of its own, but for what only tells."""
    return {
        kind: handler if kind == codec.TELL else _handler(journal, handler)
        for kind, handler in handlers.items()
    }


def _handler(journal: Journal, handler: Handler) -> Handler:
    async def carry_out(page: Page) -> None:
        foreseen = False
        try:
            await handler(page)
            foreseen = True
        except (Later, DatabaseTrouble, TakenOver, asyncio.CancelledError):
            foreseen = True
            raise
        finally:
            if not foreseen:
                await _tell(journal, page.entry)

    return carry_out


async def _tell(journal: Journal, failed: Entry) -> None:
    """Of a reply, whose entry has no origin, the log alone tells."""
    if origin := failed.payload.get("origin"):
        who = codec.origin_from_json(origin)
        entry = codec.tell(f"{failed.id}/failed", SENTENCE, who, failed.reference)
        await journal.write(entry)
