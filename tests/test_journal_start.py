"""The start on SQLite with many entries that an earlier process left."""

import asyncio
from pathlib import Path

from bot.database.sqlite import SqliteDatabase
from bot.journal import Entry, Page
from bot.journal.sqlite import MOST_TRIED, PORTION, SqliteJournal

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
