"""One file, one process, one thread that writes: all or nothing, and on the disk."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DatabaseTrouble
from bot.store import Statement
from bot.store.sqlite import MOST_A_COMMIT, SqliteDatabase
from tests.clients import PATIENT
from tests.things import THINGS, commits, numbers, put


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else's transaction: the writer waits for its end, and what is asked gathers."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def asked(*writes: Any) -> list["asyncio.Future[Any]"]:
    """The writes under way, all of them handed to the writer's thread."""
    tasks = [asyncio.ensure_future(write) for write in writes]
    await asyncio.sleep(0)
    return tasks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "triage.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    async with SqliteDatabase(path, PATIENT.database) as database:
        await database.write(THINGS)
        yield database


async def test_a_write_is_visible_to_every_reader(database: SqliteDatabase, path: Path) -> None:
    await database.write(put(1, "one"))
    other = sqlite3.connect(path)
    assert other.execute("SELECT * FROM things").fetchall() == [(1, "one")]
    other.close()


async def test_a_commit_waits_for_the_disk(database: SqliteDatabase) -> None:
    assert await database.read("PRAGMA synchronous") == [{"synchronous": 2}]


BAD = {
    "a row that is there": put(0),
    "a word that is missing": put(2, None),
    "no SQL": Statement("INSRT"),
    "two statements in one": Statement("SELECT 1; SELECT 2"),
    "a value that is missing": Statement("INSERT INTO things VALUES (:number, :word)"),
    "a value of no type of SQL": put(2, ["a"]),
    "half a character": put(2, "\ud83d"),
    "too large a number": put(2**63),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_one_of_many_fails_alone(
    database: SqliteDatabase, path: Path, bad: Statement
) -> None:
    await database.write(put(0))
    with held(path):
        good = await asked(*(database.write(put(number)) for number in range(10, 100)))
        failing = await asked(database.write(put(1), bad), database.write(bad))
        more = await asked(*(database.write(put(number)) for number in range(100, 200)))
    assert await asyncio.gather(*good, *more) == [[1]] * 190
    for each in failing:
        with pytest.raises(DatabaseTrouble):
            await each
    assert await numbers(database) == [0, *range(10, 200)]


async def test_a_question_that_makes_no_sense_is_trouble(database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseTrouble, match="no such table: nowhere"):
        await database.read("SELECT * FROM nowhere")


async def test_a_question_sees_all_that_was_before_it(database: SqliteDatabase, path: Path) -> None:
    with held(path):
        first, found, second = await asked(
            database.write(put(1)), numbers(database), database.write(put(2))
        )
    assert await found == [1]
    await asyncio.gather(first, second)


async def test_writes_during_a_commit_go_into_the_next(
    database: SqliteDatabase, path: Path
) -> None:
    before = commits(path)
    with held(path):
        writes = await asked(*(database.write(put(number)) for number in range(400)))
    await asyncio.gather(*writes)
    assert await numbers(database) == list(range(400))
    assert commits(path) - before <= 2


async def test_a_commit_has_a_largest_size(database: SqliteDatabase, path: Path) -> None:
    before, many = commits(path), 3 * MOST_A_COMMIT
    with held(path):
        writes = await asked(*(database.write(put(number)) for number in range(many)))
    await asyncio.gather(*writes)
    assert 3 <= commits(path) - before <= 4


async def test_a_cancelled_writer_does_not_disturb_the_others(
    database: SqliteDatabase, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with held(path):
        impatient, failing, patient = await asked(
            database.write(put(1)), database.write(put(None, None)), database.write(put(2))
        )
        impatient.cancel()
        failing.cancel()
        await asyncio.wait([impatient, failing])
    assert await patient == [1]
    assert await numbers(database) == [1, 2]
    assert not caplog.records


def test_a_queued_write_is_done_though_its_loop_has_ended(path: Path) -> None:
    database = SqliteDatabase(path, PATIENT.database)

    async def ask() -> None:
        (task,) = await asked(
            database.write(Statement("CREATE TABLE things AS SELECT 1 AS number"))
        )
        task.cancel()

    with held(path):
        asyncio.run(ask())

    async def look() -> list[int]:
        async with database:
            return await numbers(database)

    assert asyncio.run(look()) == [1]


async def test_closing_finishes_what_was_asked(path: Path) -> None:
    database = SqliteDatabase(path, PATIENT.database)
    await database.write(THINGS)
    with held(path):
        writes = await asked(*(database.write(put(number)) for number in range(10)))
        (closing,) = await asked(database.close())
    await closing
    assert await asyncio.gather(*writes) == [[1]] * 10
    async with SqliteDatabase(path, PATIENT.database) as reopened:
        assert await numbers(reopened) == list(range(10))


async def test_nothing_is_taken_after_the_end(path: Path) -> None:
    database = SqliteDatabase(path, PATIENT.database)
    await database.close()
    with pytest.raises(DatabaseTrouble, match="closed"):
        await database.write(put(1))
    with pytest.raises(DatabaseTrouble, match="closed"):
        await database.read("SELECT 1")


async def test_a_full_disk_fails_the_write_and_nothing_else(database: SqliteDatabase) -> None:
    await database.write(put(1))
    await database.write(Statement("PRAGMA max_page_count = 1"))  # as small as it is now
    large = put(2, "x" * 100_000)
    with pytest.raises(DatabaseTrouble, match="full"):
        await database.write(put(3), large)
    assert await numbers(database) == [1]
    await database.write(Statement("PRAGMA max_page_count = 1000000"))
    await database.write(put(3), large)
    assert await numbers(database) == [1, 2, 3]


async def test_a_write_too_large_for_the_disk_fails_alone(
    database: SqliteDatabase, path: Path
) -> None:
    await database.write(Statement("PRAGMA max_page_count = 1"))
    with held(path):
        small, large, more = await asked(
            database.write(put(1)), database.write(put(2, "x" * 100_000)), database.write(put(3))
        )
    with pytest.raises(DatabaseTrouble, match="full"):
        await large
    assert [await small, await more] == [[1], [1]]
    assert await numbers(database) == [1, 3]


async def test_a_full_disk_at_the_commit_is_told_to_all(
    database: SqliteDatabase, path: Path
) -> None:
    await database.write(put(1))
    log = path.with_name(path.name + "-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with held(path):
        writes = await asked(*(database.write(put(number)) for number in (2, 3)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (log, before[1]))
    try:
        failures = await asyncio.gather(*writes, return_exceptions=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [type(each) for each in failures] == [DatabaseTrouble, DatabaseTrouble]
    assert await numbers(database) == [1]
    await database.write(put(2))
    assert await numbers(database) == [1, 2]


@pytest.mark.parametrize("sql", ["BEGIN", "COMMIT", "ROLLBACK", "RELEASE work"])
async def test_a_meddling_statement_is_trouble_once(database: SqliteDatabase, sql: str) -> None:
    with pytest.raises(DatabaseTrouble):
        await database.write(Statement(sql))
    await database.write(put(1))
    assert await numbers(database) == [1]
