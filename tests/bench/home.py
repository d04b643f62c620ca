"""The time that App Home takes with a large database, on both kinds, where all leads wait."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.home import Chosen
from bot.store.home import HomeStore
from bot.store.ledger import Ledger
from bot.store.opening import opened
from bot.triage import (
    ChannelId,
    Conversation,
    ConversationId,
    Lead,
    MessageTs,
    Place,
    Turn,
    UserId,
)
from bot.views.home import MOST
from tests import servers
from tests.bench.clicks import WORDS, conversation_id
from tests.bench.sizes import Sizes
from tests.bench.table import Row

LIMIT_MS: Final = 1000.0
SINCE: Final = 1_700_000_000.0
NOW: Final = 1_800_000_000.0
CHANNELS: Final = 5
CAMPAIGNS: Final = 40
PORTION: Final = 1000
PERSON: Final = UserId("U0ADA")


def home(sizes: Sizes) -> list[Row]:
    """All queries of one Home, as somebody opens it."""
    rows = []
    for kind in servers.DATABASES:
        with _database(kind) as url:
            if url:
                taken = asyncio.run(_opened(url, sizes))
                title = f"App Home, {sizes.waiting:,} leads wait, {kind}"
                rows.append(Row(title, "ms", taken, "the limit", [LIMIT_MS], 1.0))
    return rows


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """A new database; empty if this machine has no PostgreSQL."""
    if kind == "sqlite":
        with TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{Path(folder)}/home.db"
    elif (found := servers.found(os.environ)) is None:
        yield ""
    else:
        with found as server, server.database() as url:
            yield url


async def _opened(url: str, sizes: Sizes) -> list[float]:
    """Milliseconds of each round."""
    async with opened(url) as database:
        ledger = Ledger(database)
        for start in range(0, sizes.waiting, PORTION):
            part = range(start, min(start + PORTION, sizes.waiting))
            await ledger.remember_all([_waiting(each) for each in part], NOW)
            for channel in range(CHANNELS):
                place = Place(ChannelId(f"C{channel}"), MessageTs(f"{start}.{channel}"))
                ours = [each for each in part if each % CHANNELS == channel]
                places = {ConversationId(conversation_id(each)): place for each in ours}
                await ledger.place_all(places, NOW)
        store, taken = HomeStore(database), []
        for _ in range(sizes.rounds + 1):
            began = time.perf_counter()
            await store.counts(PERSON, NOW)
            await store.campaigns(NOW)
            await store.channels(NOW)
            await store.page(Chosen(), "", PERSON, NOW, MOST + 1)
            taken.append((time.perf_counter() - began) * 1000)
        return taken[1:]


def _waiting(number: int) -> Conversation:
    return Conversation(
        id=ConversationId(conversation_id(number)),
        lead=Lead(f"lead{number}@example.com", "Jane", "Example"),
        campaign=f"Campaign {number % CAMPAIGNS}",
        unread=True,
        words=WORDS,
        turn=Turn(ours=True, since=SINCE + number),
    )
