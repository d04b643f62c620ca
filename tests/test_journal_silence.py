"""Processes on one PostgreSQL that are frozen, cut off or slow: nothing is done twice by that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Final

import psycopg
import pytest

from bot.journal import Attempt
from bot.journal.postgres import PostgresJournal
from bot.store import Database, Statement
from bot.store.postgres import PostgresDatabase
from tests import servers, tcp_proxy
from tests.clients import PATIENT
from tests.journals import KIND, RESULT, Effect, Worker, entry, forever, steps
from tests.postgres_workers import BEAT, BEGIN, IMPATIENT, TAKE_OVER, Watched, jobs, process

_WORKER: Final = """
    INSERT INTO procrastinate_workers (last_heartbeat)
    VALUES (now() - make_interval(secs => :silent)) RETURNING id
"""
_ENTRY: Final = """
    INSERT INTO entries VALUES (:number, :id, :kind, :id, '{}', NULL, 0, 0, 0, 0, 'open', '{}')
"""
_JOB: Final = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id)
    VALUES
        ('triage', 'entry', :id, jsonb_build_object('entry', :id ::text), 'doing', :worker)
"""
_MOVE: Final = """
    UPDATE procrastinate_jobs SET attempts = attempts + 1, worker_id = :id WHERE id = 2
"""
_WAITING: Final = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_SILENT: Final = """
    SELECT id FROM procrastinate_workers
    WHERE last_heartbeat < now() - make_interval(secs => :silence)
"""


@pytest.fixture
def url(postgres: servers.Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    async with PostgresDatabase(url, PATIENT.database) as database:
        yield database


async def test_an_entry_taken_over_before_its_begin_is_left(database: PostgresDatabase) -> None:
    taken = False

    async def take_over() -> None:
        await database.write(
            Statement(
                "UPDATE entries SET state = 'done', payload = '', steps = '{}' WHERE id = '1'"
            ),
            Statement(
                "SELECT procrastinate_finish_job_v1(id, 'succeeded', true)"
                " FROM procrastinate_jobs WHERE lock = 'a'"
            ),
        )

    def asked(sql: str) -> Awaitable[None] | None:
        nonlocal taken
        if BEGIN not in sql or taken:
            return None
        taken = True
        return take_over()

    worker = Worker()
    async with process(Watched(database, asked), worker) as running:
        await running.write(entry("1"))
        await running.write(entry("2", lane="b"))
        await worker.until_done("2")
    assert taken
    assert worker.tried == ["2"]


async def test_an_entry_claimed_twice_is_not_ended_by_the_first(database: PostgresDatabase) -> None:
    first, second, again = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ended, looked, looks = asyncio.Event(), asyncio.Event(), 0

    def asked(sql: str) -> None:
        nonlocal looks
        looks += ended.is_set() and TAKE_OVER in sql
        if looks > 3:
            looked.set()
        if "procrastinate_finish_job_v1" in sql and again.is_set():
            ended.set()

    async def act(attempt: Attempt) -> None:
        if again.is_set():
            pytest.fail("it was begun a third time")
        elif len(worker.seen) == 1:
            await first.wait()
        else:
            again.set()
            await second.wait()

    worker = Worker(**{"1": act})
    async with process(Watched(database, asked), worker, IMPATIENT, patience=10) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await database.write(
            Statement(
                "SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)"
                " FROM procrastinate_jobs"
            )
        )
        await again.wait()
        first.set()
        await looked.wait()
        second.set()
    assert worker.tried == ["1", "1"]
    assert await jobs(database) == []


class Late:
    """Holds a process's heartbeats up until `go`, and tells when it is heard again."""

    def __init__(self) -> None:
        self.go, self.heard = asyncio.Event(), asyncio.Event()
        self._beats = 0

    def __call__(self, sql: str) -> Awaitable[Any] | None:
        if BEAT not in sql:
            return None
        self._beats += self.go.is_set()
        if self._beats > 2:
            self.heard.set()
        return self.go.wait()


class Paused:
    """An act that waits for `go` before its one step."""

    def __init__(self) -> None:
        self.go, self.over = asyncio.Event(), asyncio.Event()
        self.effect = Effect()

    async def __call__(self, attempt: Attempt) -> None:
        await self.go.wait()
        try:
            await attempt.step("one", self.effect, RESULT)
        finally:
            self.over.set()


async def test_a_silent_process_asks_before_it_begins_a_step(database: PostgresDatabase) -> None:
    late, paused, effect = Late(), Paused(), Effect()
    one, two = Worker(**{"1": paused}), Worker(**{"1": steps(effect)})
    async with process(Watched(database, late), one, IMPATIENT) as running:
        await running.write(entry("1"))
        await one.until_tried("1")
        async with process(database, two, IMPATIENT):
            await two.until_done("1")
        late.go.set()
        await late.heard.wait()
        paused.go.set()
        await paused.over.wait()
    assert paused.effect.again == []
    assert effect.again == [True]


async def test_a_silent_process_goes_on_with_an_entry_it_has(database: PostgresDatabase) -> None:
    late, paused = Late(), Paused()
    worker = Worker(**{"1": paused})
    async with process(Watched(database, late), worker, IMPATIENT) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await _until_silent(database)
        late.go.set()
        await late.heard.wait()
        paused.go.set()
        await worker.until_done("1")
    assert paused.effect.again == [False]


async def test_when_all_are_silent_nobody_is_taken_for_dead(database: PostgresDatabase) -> None:
    late, looks, looked = Late(), 0, asyncio.Event()

    def asked(sql: str) -> Awaitable[Any] | None:
        nonlocal looks
        looks += TAKE_OVER in sql
        if looks > 2:
            looked.set()
        return late(sql)

    one, two = Worker(**{"1": forever}), Worker()
    async with process(Watched(database, late), one, IMPATIENT) as running:
        await running.write(entry("1"))
        await one.until_tried("1")
        async with process(Watched(database, asked), two, IMPATIENT):
            await looked.wait()
    assert two.tried == []
    assert await jobs(database) == ["doing"]


async def test_an_entry_fetched_while_taken_over_has_one_owner(
    database: PostgresDatabase, url: str
) -> None:
    """One process finds two entries of a dead one. While it takes the first, the second goes to
    a third process."""
    (dead,) = await database.read(_WORKER, silent=3600)
    (alive,) = await database.read(_WORKER, silent=-3600)
    for number in (1, 2):
        values = {"number": -number, "id": str(number), "kind": KIND, "worker": dead["id"]}
        await database.write(Statement(_ENTRY, values), Statement(_JOB, values))
    await database.write(
        Statement(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$"
        ),
        Statement(
            "CREATE TRIGGER wait BEFORE UPDATE ON procrastinate_jobs"
            " FOR EACH ROW WHEN (OLD.id = 1) EXECUTE FUNCTION wait()"
        ),
    )
    worker = Worker()
    with psycopg.connect(url) as somebody_else:
        somebody_else.execute("SELECT pg_advisory_xact_lock(1)")
        async with process(database, worker, IMPATIENT) as running:
            while not await database.read(_WAITING):  # noqa: ASYNC110
                await asyncio.sleep(IMPATIENT.heartbeat)
            await database.write(Statement(_MOVE, alive))
            somebody_else.rollback()
            await worker.until_done("1")
            await running.write(entry("3", lane="c"))
            await worker.until_done("3")
    assert worker.tried == ["1", "3"]


async def test_it_stops_also_while_the_database_hangs(url: str) -> None:
    async with tcp_proxy.between(url) as (way, between), PostgresDatabase(way) as database:
        journal = PostgresJournal(database)
        await journal.start({KIND: Worker()})
        between.hold()
        await between.held.wait()
        await journal.stop(0)


async def _until_silent(database: Database) -> None:
    while not await database.read(_SILENT, silence=IMPATIENT.silence):  # noqa: ASYNC110
        await asyncio.sleep(IMPATIENT.heartbeat)
