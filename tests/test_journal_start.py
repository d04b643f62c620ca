"""The start on SQLite with many entries that an earlier process left."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DatabaseTrouble, SendKitDown, SlackDown
from bot.journal import Attempt, Entry
from bot.journal.sqlite import MOST_TRIED, PORTION, SqliteJournal
from bot.store import Row, Statement
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, Timing

KIND = "work"
MANY = 10 * PORTION
DONE = '{"patch": {}}'


def entry(identity: str, lane: str) -> Entry:
    return Entry(identity, KIND, lane, {})


async def test_an_entry_written_while_others_are_unread_keeps_its_place(tmp_path: Path) -> None:
    running, most, done = 0, 0, list[str]()
    gate, all_done = asyncio.Event(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        done.append(attempt.entry.id)
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


async def test_entries_that_cannot_be_read_at_the_start_are_read_soon_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        done.set()

    async with _Troubled(tmp_path / "triage.db") as database:
        earlier = SqliteJournal(database)
        await earlier.stop(0)
        await earlier.write(entry("1", "lane"))
        database.trouble = 2
        journal = SqliteJournal(database, timing=replace(DEFAULT, shortest_pause=0.01))
        await journal.start({KIND: act})
        await done.wait()
        await journal.stop(5)
    assert caplog.text.count("could not read the entries") == 2


async def test_a_sendkit_that_hangs_holds_up_nothing_new_or_of_slack_alone(tmp_path: Path) -> None:
    """An earlier process left many entries that ask SendKit first. In one of them, which is read
    last, that was done already; Slack asks it to wait once."""
    asking = most = 0
    answers, shown, pressed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        nonlocal asking, most
        if attempt.entry.id == "pressed":
            pressed.set()
        elif attempt.entry.id == "patched":
            if attempt.number == 0:
                raise SlackDown
            shown.set()
        else:
            asking += 1
            most = max(most, asking)
            await answers.wait()
            asking -= 1
            raise SendKitDown

    timing = Timing(shortest_pause=0.01)
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        earlier = SqliteJournal(database)
        await earlier.stop(0)
        for number in range(3 * PORTION):
            assert await earlier.write(entry(str(number), f"lane{number}"))
        assert await earlier.write(entry("patched", "its lane"))
        steps = Statement("UPDATE entries SET steps = :steps WHERE id = 'patched'", {"steps": DONE})
        assert await database.write(steps) == [1]
        journal = SqliteJournal(database, timing=timing)
        await journal.start({KIND: act})
        await shown.wait()
        assert await journal.write(entry("pressed", "a new lane"))
        await pressed.wait()
        assert most == MOST_TRIED, "the others still ask SendKit"
        answers.set()
        await journal.stop(5)


async def test_retries_that_hang_at_sendkit_do_not_hold_up_retries_at_slack(tmp_path: Path) -> None:
    """All were written to a running bot, and all were put off."""
    answers, shown = asyncio.Event(), asyncio.Event()
    hanging, all_hang = 0, asyncio.Event()

    async def act(attempt: Attempt) -> None:
        nonlocal hanging
        if attempt.entry.id == "shown":
            if attempt.number == 0:
                await all_hang.wait()
                raise SlackDown
            shown.set()
        elif attempt.number == 0:
            raise SendKitDown
        else:
            hanging += 1
            if hanging == MOST_TRIED:
                all_hang.set()
            await answers.wait()

    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = SqliteJournal(database, timing=Timing(shortest_pause=0.01))
        await journal.start({KIND: act})
        for number in range(4 * MOST_TRIED):
            assert await journal.write(entry(str(number), f"lane{number}"))
        assert await journal.write(entry("shown", "its lane"))
        await shown.wait()
        assert hanging == MOST_TRIED
        answers.set()
        await journal.stop(5)
