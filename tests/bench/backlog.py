"""Acks while the bot takes up what an earlier process left: many open entries, each in a lane."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot import entries
from bot.journal import Entry
from bot.journal.sqlite import SqliteJournal
from bot.slack.payloads import from_click
from bot.store.opening import SQLITE, opened
from bot.triage import ConversationId, Decision, DecisionId, MarkRead
from tests.bench.acks import PAUSE_SECONDS, quantile
from tests.bench.clicks import Clicks, conversation_id
from tests.bench.drive import drive
from tests.bench.ground import ground
from tests.bench.shared import durable_server
from tests.bench.sizes import Sizes
from tests.bench.table import Row

AT_ONCE = 50
# The lanes of the clicks that are measured are others.
_FIRST = 10_000_000


def backlog(sizes: Sizes) -> list[Row]:
    """The slowest of the first clicks after a start, on both databases."""
    return [*_on("SQLite", sizes), *_on("PostgreSQL", sizes)]


def _on(name: str, sizes: Sizes) -> list[Row]:
    title = f"ack at a start with {sizes.backlog:,} open entries, {name}"
    typical, slowest = [], []
    try:
        for _ in range(min(sizes.rounds, 2)):
            with ground() as here, _database(name, str(here.folder / "backlog.db")) as url:
                asyncio.run(fill(url, here.clicks, sizes.backlog))
                with here.bot(url) as bot:
                    answered = drive(bot.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
                taken = [each.ms for each in answered]
                typical.append(quantile(taken, 0.5))
                slowest.append(max(taken))
    except pytest.skip.Exception as reason:
        return [Row(title, note=str(reason))]
    return [
        Row(f"{title}, p50", "ms", typical),
        Row(f"{title}, slowest", "ms", slowest, "the limit", [100.0], 1.0),
    ]


@contextmanager
def _database(name: str, path: str) -> Iterator[str]:
    if name == "SQLite":
        yield f"{SQLITE}{path}"
    else:
        with durable_server() as postgres, postgres.database() as url:
            yield url


async def fill(url: str, clicks: Clicks, count: int) -> None:
    """Decisions that were written down, and not begun, each pressed on a message of its own."""

    def entry(number: int) -> Entry:
        return entries.carry_out(
            Decision(
                id=DecisionId(f"click:left{number}"),
                conversation=ConversationId(conversation_id(_FIRST + number)),
                change=MarkRead(),
                origin=from_click(json.loads(clicks.payload()), 0.0).origin,
                at=0.0,
            )
        )

    async with opened(url) as (_, journal):
        if isinstance(journal, SqliteJournal):
            await journal.stop(0)  # it writes, and begins nothing; PostgreSQL's has yet to start
        for begun in range(0, count, AT_ONCE):
            part = range(begun, min(begun + AT_ONCE, count))
            await asyncio.gather(*(journal.write(entry(number)) for number in part))
