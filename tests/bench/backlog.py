"""Work that has gathered: open entries that an earlier process left, and unread conversations."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot import entries
from bot.app import build
from bot.journal import Entry
from bot.journal.opening import journal as journal_of
from bot.journal.sqlite import SqliteJournal
from bot.settings import Settings
from bot.slack.payloads import from_click
from bot.store.channels import STARTED, stamp
from bot.store.opening import SQLITE, opened
from bot.triage import ConversationId, Decision, DecisionId, MarkRead
from tests.bench.acks import PAUSE_SECONDS, quantile
from tests.bench.clicks import Clicks, conversation_id
from tests.bench.drive import drive
from tests.bench.ground import Ground, ground
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
    try:
        with ground() as here, _database(name, str(here.folder / "backlog.db")) as url:
            asyncio.run(fill(url, here.clicks, sizes.backlog))
            with here.bot(url) as bot:
                answered = drive(bot.port, here.clicks.some(sizes.clicks), pause=PAUSE_SECONDS)
    except pytest.skip.Exception as reason:
        return [Row(title, note=str(reason))]
    taken = [each.ms for each in answered]
    return [
        Row(f"{title}, p50", "ms", [quantile(taken, 0.5)]),
        Row(f"{title}, slowest", "ms", [max(taken)], "the limit", [100.0], 1.0),
    ]


def refresh(sizes: Sizes) -> list[Row]:
    """The processor time of a refresh that finds many unread conversations and nothing new."""
    with ground(unread=sizes.unread) as here:
        taken = asyncio.run(_refreshed(here, sizes.rounds))
    title = f"a refresh with {sizes.unread:,} known unread conversations"
    return [Row(title, "ms", taken, "the limit", [1000.0], 1.0)]


async def _refreshed(here: Ground, rounds: int) -> list[float]:
    taken = []
    async with build(Settings.from_env(here.settings(0))) as bot:
        await bot.journal.stop(0)  # it writes, and begins nothing
        unread = [each async for each in bot.sendkit.conversations(status="unread")]
        await bot.channels.set_fact(STARTED, str(len(unread)))
        await bot.ledger.remember_all(unread, 0.0)
        await bot.channels.mark_all_announced({each.id: stamp(each) for each in unread})
        for _ in range(rounds):
            began = time.process_time()
            await bot.polling.refresh()
            taken.append((time.process_time() - began) * 1000)
    return taken


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

    async with opened(url) as database:
        journal = journal_of(database)
        if isinstance(journal, SqliteJournal):
            await journal.stop(0)  # it writes, and begins nothing; PostgreSQL's has yet to start
        for begun in range(0, count, AT_ONCE):
            part = range(begun, min(begun + AT_ONCE, count))
            await asyncio.gather(*(journal.write(entry(number)) for number in part))
