"""Several processes on one PostgreSQL: what one leaves another takes over, and nobody does both."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from bot.errors import DatabaseTrouble
from bot.journal import Attempt
from bot.journal.postgres import PostgresJournal
from bot.store import Statement
from bot.store.postgres import PostgresDatabase
from bot.timing import Clocks
from tests import servers
from tests.clients import PATIENT
from tests.journals import KIND, RESULT, Clock, Effect, Worker, entry, forever, later, steps
from tests.postgres_workers import (
    BEAT,
    BEGIN,
    FETCH,
    IMPATIENT,
    MUTE,
    PUT_OFF,
    Watched,
    jobs,
    process,
)

HOUR = 3600.0
FAR = 100 * HOUR


@pytest.fixture
def url(postgres: servers.Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    async with PostgresDatabase(url, PATIENT.database) as database:
        yield database


async def test_an_entry_taken_over_by_another_process_is_not_ended_here(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot")
    begun, go, first, second = asyncio.Event(), asyncio.Event(), Effect(), Effect()

    async def frozen(attempt: Attempt) -> None:
        begun.set()
        await go.wait()
        await attempt.step("one", first, RESULT)
        pytest.fail("it went on with what was no longer its own")

    one, two = Worker(**{"1": frozen}), Worker(**{"1": steps(Effect(), second)})
    async with process(database, one, MUTE) as running:
        await running.write(entry("1"))
        await begun.wait()
        async with process(database, two, IMPATIENT):
            await two.until_done("1")
            go.set()
            await first.met.wait()
            await running.write(entry("2", lane="b"))
            await asyncio.wait(
                [asyncio.create_task(each.until_done("2")) for each in (one, two)],
                return_when=asyncio.FIRST_COMPLETED,
            )
    assert first.again == [False]
    assert second.again == [False]
    # A heartbeat and a step may both find it.
    assert set(caplog.messages) == {"another process took the entry over"}
    assert await database.read("SELECT state FROM entries WHERE id = '1'") == [{"state": "done"}]


async def test_a_process_that_was_frozen_begins_no_step(database: PostgresDatabase) -> None:
    effect, over, looked, looks = Effect(), asyncio.Event(), asyncio.Event(), 0

    def asked(sql: str) -> None:
        nonlocal looks
        looks += FETCH in sql and over.is_set()
        if looks > 3:
            looked.set()
        if BEAT in sql:
            raise DatabaseTrouble("no connection")

    async def act(attempt: Attempt) -> None:
        if attempt.number == 0:
            await asyncio.sleep(
                2 * IMPATIENT.silence
            )  # it is time that makes a process a silent one
        try:
            await attempt.step("one", effect, RESULT)
        finally:
            over.set()

    worker = Worker(**{"1": act})
    async with process(Watched(database, asked), worker, IMPATIENT) as running:
        await running.write(entry("1"))
        await looked.wait()
        assert effect.again == []
    assert await jobs(database) == ["doing"]


async def test_a_forgotten_process_makes_itself_known_again(database: PostgresDatabase) -> None:
    worker, registered = Worker(), asyncio.Event()

    def asked(sql: str) -> None:
        if "register_worker" in sql:
            registered.set()

    async with process(Watched(database, asked), worker) as running:
        registered.clear()
        await database.write(Statement("DELETE FROM procrastinate_workers"))
        await registered.wait()
        await running.write(entry("1"))
        await worker.until_done("1")


async def test_an_entry_whose_fetch_was_lost_is_fetched_again(database: PostgresDatabase) -> None:
    worker = Worker()
    async with process(database, worker, IMPATIENT) as running:
        await running.write(entry("1"))
        await worker.until_done("1")
        await database.write(
            Statement(
                "INSERT INTO entries VALUES"
                " (99, '2', :kind, 'b', '{}', NULL, 0, 0, 0, 0, 'open', '{}')",
                {"kind": KIND},
            ),
            Statement(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status,"
                " worker_id) SELECT 'triage', 'entry', 'b', '{\"entry\": \"2\"}', 'doing',"
                " MAX(id) FROM procrastinate_workers"
            ),
        )
        await worker.until_done("2")


async def test_an_entry_fetched_during_the_stop_is_given_back(database: PostgresDatabase) -> None:
    effect, stopping = Effect(), asyncio.Event()
    stop: list[asyncio.Task[None]] = []

    def asked(sql: str) -> None:
        if BEGIN in sql:
            stop.append(asyncio.create_task(running.stop(10)))
            stopping.set()

    worker = Worker(**{"1": forever})
    async with process(Watched(database, asked), worker) as running:
        await running.write(entry("1"))
        await stopping.wait()
        await stop[0]
    assert worker.tried == []
    assert await jobs(database) == ["todo"]
    worker = Worker(**{"1": steps(effect)})
    async with process(database, worker):
        await worker.until_done("1")
    assert effect.again == [False]


async def test_any_process_may_carry_out_what_another_wrote(database: PostgresDatabase) -> None:
    order = [str(number) for number in range(40)]
    one, two = Worker(), Worker()
    async with process(database, one) as first, process(database, two) as second:
        for number in order:
            await (first if int(number) % 2 else second).write(entry(number))
        await asyncio.gather(*(_until_either(each, one, two) for each in order))
    assert sorted(one.tried + two.tried, key=int) == order
    assert one.tried == sorted(one.tried, key=int)
    assert two.tried == sorted(two.tried, key=int)


async def _until_either(identity: str, *workers: Worker) -> None:
    waits = [asyncio.create_task(worker.until_done(identity)) for worker in workers]
    _, left = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()


async def test_of_a_double_click_at_two_processes_one_counts(database: PostgresDatabase) -> None:
    worker = Worker()
    async with process(database, worker) as one, process(database, worker) as two:
        written = await asyncio.gather(
            *(
                each.write(entry(f"{number}{each is one}", dedup_key="A"))
                for number in range(10)
                for each in (one, two)
            )
        )
    assert written.count(True) == 1


async def test_when_the_database_is_back_what_waits_goes_on(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    gone, met, worker = False, asyncio.Event(), Worker()

    def asked(sql: str) -> None:
        if gone:
            met.set()
            raise DatabaseTrouble("no connection")

    async with process(Watched(database, asked), worker) as running:
        gone = True
        await met.wait()
        with pytest.raises(DatabaseTrouble):
            await running.write(entry("1"))
        gone = False
        await running.write(entry("1"))
        await worker.until_done("1")
    assert all("no connection" in message for message in caplog.messages)


async def test_a_result_that_cannot_be_saved_is_logged_once_and_saved_at_last(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    worker, refused = Worker(), 0
    worker.acts["1"] = later()

    def asked(sql: str) -> None:
        nonlocal refused
        if PUT_OFF in sql and refused < 3:
            refused += 1
            raise DatabaseTrouble("disk full")

    async with process(Watched(database, asked), worker) as running:
        await running.write(entry("1"))
        await worker.until_done("1")
    assert worker.tried == ["1", "1"]
    assert caplog.messages == ["could not save the result of an entry yet: disk full"]


@pytest.mark.parametrize("jump", [-FAR, 0, FAR], ids=["put back", "right", "put forward"])
async def test_an_entry_is_due_by_the_servers_clock(
    database: PostgresDatabase, jump: float
) -> None:
    clock = Clock()
    worker = Worker(**{"1": later(clock.now + HOUR)})
    journal = PostgresJournal(database, Clocks(clock), IMPATIENT)
    await journal.start({KIND: worker})
    await journal.write(entry("1"))
    await worker.until_tried("1")
    await journal.write(replace(entry("2", lane="b"), not_before=clock.now + HOUR))
    clock.now += jump
    await journal.write(entry("3", lane="c"))
    await worker.until_done("3")
    await journal.stop(10)
    assert worker.tried == ["1", "3"]
    rows = await database.read(
        "SELECT EXTRACT(EPOCH FROM scheduled_at - now())::float AS seconds FROM procrastinate_jobs"
    )
    assert all(HOUR - 600 < row["seconds"] <= HOUR for row in rows)
    assert len(rows) == 2


async def test_an_entry_that_waits_is_begun_by_one_process(database: PostgresDatabase) -> None:
    order = [str(number) for number in range(10)]
    one, two, dying = Worker(), Worker(), Worker()
    async with process(database, dying) as writer:
        for number in order:
            waiting = replace(entry(number, lane=number), not_before=time.time() + FAR)
            await writer.write(waiting)
    async with process(database, one), process(database, two):
        await database.write(Statement("UPDATE procrastinate_jobs SET scheduled_at = now()"))
        await asyncio.gather(*(_until_either(each, one, two) for each in order))
    assert sorted(one.tried + two.tried) == order
    assert dying.tried == []


async def test_one_process_cancels_what_another_wrote(database: PostgresDatabase) -> None:
    worker = Worker()
    async with process(database, worker) as one, process(database, worker) as two:
        await one.write(replace(entry("1"), not_before=time.time() + FAR))
        await one.write(entry("2"))
        assert await two.cancel("1")
        left = await database.read("SELECT args ->> 'entry' AS entry FROM procrastinate_jobs")
        assert {"entry": "1"} not in left
        await worker.until_done("2")
        assert not await one.cancel("1")
    assert worker.tried == ["2"]


async def test_an_entry_whose_job_is_fetched_is_not_cancelled(database: PostgresDatabase) -> None:
    cancelled: list[bool] = []

    async def asked(sql: str) -> None:
        if BEGIN in sql and not cancelled:
            cancelled.append(await other.cancel("1"))

    worker, other = Worker(), PostgresJournal(database)
    async with process(Watched(database, asked), worker) as running:
        await running.write(entry("1"))
        await running.write(entry("2"))
        await worker.until_done("2")
    assert (cancelled, worker.tried) == ([False], ["1", "2"])
