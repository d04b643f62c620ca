"""The start on SQLite with many entries that an earlier process left."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.database import Row
from bot.database.sqlite import SqliteDatabase
from bot.errors import DatabaseTrouble
from bot.journal import Entry, Page
from bot.journal.sqlite import MOST_TRIED, PORTION, SqliteJournal
from bot.timing import DEFAULT

KIND = "work"
MANY = 10 * PORTION


def entry(identity: str, lane: str) -> Entry:
    return Entry(identity, KIND, lane, {})


async def test_an_entry_written_while_others_are_unread_keeps_its_place(tmp_path: Path) -> None:
    running, most, done = 0, 0, list[str]()
    gate, all_done = asyncio.Event(), asyncio.Event()

    async def act(page: Page) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        done.append(page.entry.id)
        if len(done) == MANY + 2:
            all_done.set()

    async with SqliteDatabase(tmp_path / "triage.db") as database:
        earlier = SqliteJournal(database)
        await earlier.stop(0)
        for number in range(MANY):
            assert await earlier.write(entry(str(number), f"lane{number}"))
        journal = SqliteJournal(database)
        await journal.start({KIND: act})
        last = f"lane{MANY - 1}"
        assert await journal.write(entry("new", last))
        assert await journal.write(entry("alone", "another lane"))
        gate.set()
        async with asyncio.timeout(60):
            await all_done.wait()
        await journal.stop(5)
    assert len(set(done)) == MANY + 2
    assert done.index("new") > done.index(str(MANY - 1))
    assert done.index("alone") < MANY, "what is new does not wait for all that was left"
    assert most <= MOST_TRIED + 2


class _Troubled(SqliteDatabase):
    """Cannot be read at first, but for what the start itself asks."""

    trouble = 0

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        if self.trouble and "state = 'open' AND seq >" in sql:
            self.trouble -= 1
            raise DatabaseTrouble("disk I/O error")
        return await super().read(sql, **values)


async def test_what_cannot_be_read_at_the_start_is_read_soon_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()

    async def act(page: Page) -> None:
        done.set()

    async with _Troubled(tmp_path / "triage.db") as database:
        earlier = SqliteJournal(database)
        await earlier.stop(0)
        await earlier.write(entry("1", "lane"))
        database.trouble = 2
        journal = SqliteJournal(database, timing=replace(DEFAULT, shortest_pause=0.01))
        await journal.start({KIND: act})
        async with asyncio.timeout(20):
            await done.wait()
        await journal.stop(5)
    assert caplog.text.count("cannot be read yet") == 2
