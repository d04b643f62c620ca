"""A database whose queue an older procrastinate made is brought up to date when the bot starts."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager
from psycopg.rows import dict_row

from bot.errors import SettingsWrong
from bot.store.migrations import MIGRATIONS
from bot.store.postgres import PostgresDatabase
from bot.store.postgres_schema import prepare
from bot.timing import DatabaseTiming
from tests import servers
from tests.clients import PATIENT
from tests.journals import Worker
from tests.postgres_workers import process

PRE, POST = (
    "03.04.00_01_pre_add_retry_failed_job_procedure",
    "03.04.00_50_post_add_retry_failed_job_procedure",
)
BEFORE = "03.03.00_01_pre_priority_lock_fetch_job"
OLDER = (
    "02.14.01_01_add_indexes_for_fetch_job",
    "03.00.00_50_post_cancel_notification",
    "03.01.00_50_post_add_heartbeat",
    "03.02.00_50_post_batch_defer_jobs",
    BEFORE,
    POST,
)

# All that procrastinate makes: columns, functions, triggers, indexes, constraints and words.
CATALOG = r"""
    SELECT table_name || column_name || data_type || COALESCE(column_default, '') || is_nullable
    FROM information_schema.columns WHERE table_name LIKE 'procrastinate%'
    UNION ALL SELECT regexp_replace(pg_get_functiondef(oid), '\s+', ' ', 'g')
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conname || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT typname || enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
"""


@pytest.fixture
def url(postgres: servers.Postgres) -> Iterator[str]:
    with postgres.database(empty=True) as url:
        yield url


def older(url: str, last: str, *, recorded: bool = False) -> None:
    """A database as the bot would have made it with the procrastinate whose last migration this
    is, with one entry left in it."""
    serial = ("seq INTEGER PRIMARY KEY", "seq BIGSERIAL PRIMARY KEY")
    with psycopg.connect(url, autocommit=True) as connection:
        for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
            if path.stem <= last:
                connection.execute(path.read_text())
        connection.execute("CREATE TABLE schema_version AS SELECT 1 AS version")
        for statement in MIGRATIONS[0]:
            connection.execute(statement.replace(*serial))
        connection.execute(
            "INSERT INTO entries VALUES (1, '1', 'work', 'a', '{}', NULL, 1, 1, 0, 0, 'open', '{}')"
        )
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
            """ VALUES ('triage', 'entry', 'a', '{"entry": "1"}')"""
        )
        if recorded:
            connection.execute("CREATE TABLE queue_version (migration TEXT NOT NULL)")
            connection.execute("INSERT INTO queue_version VALUES (%s)", [last])


async def opened(url: str, timing: DatabaseTiming = PATIENT.database) -> None:
    async with PostgresDatabase(url, timing):
        pass


def catalog(url: str) -> set[object]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(CATALOG)}


def last(url: str) -> str:
    with psycopg.connect(url) as connection:
        (found,) = connection.execute("SELECT migration FROM queue_version").fetchall()
        return str(found[0])


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("made_by", OLDER)
async def test_a_queue_of_an_older_procrastinate_becomes_a_new_one_and_keeps_its_entries(
    postgres: servers.Postgres, url: str, made_by: str, recorded: bool
) -> None:
    older(url, made_by, recorded=recorded)
    await asyncio.gather(*(opened(url) for _ in range(3)))
    with postgres.database() as new:
        assert catalog(url) == catalog(new)
    worker = Worker()
    async with PostgresDatabase(url, PATIENT.database) as database, process(database, worker):
        await worker.until_done("1")


async def test_functions_of_the_version_before_stay_while_it_runs(url: str) -> None:
    older(url, BEFORE, recorded=True)
    with psycopg.connect(url, autocommit=True) as running:
        running.execute("SELECT procrastinate_register_worker_v1()")
        await opened(url)
        assert last(url) == PRE
        await opened(url)
        assert last(url) == PRE
        running.execute("DELETE FROM procrastinate_workers")
    await opened(url)
    assert last(url) == POST


def connected(url: str, name: str) -> psycopg.Connection:
    return psycopg.connect(url, application_name=name, autocommit=True)


async def test_a_process_that_starts_at_the_same_time_stays_connected(
    url: str,
) -> None:
    waits = asyncio.Event()
    logger, heard = logging.getLogger("bot.store.postgres_schema"), logging.Handler()
    heard.emit = lambda record: waits.set()  # type: ignore[method-assign]
    logger.addHandler(heard)
    older(url, BEFORE, recorded=True)
    async with await psycopg.AsyncConnection.connect(
        url, application_name="sendkit-triage", autocommit=True, row_factory=dict_row
    ) as starting:
        with psycopg.connect(url, application_name="psql") as somebody_else:
            somebody_else.execute("LOCK TABLE procrastinate_jobs")
            timing = DatabaseTiming(lock=0.1, reconnect=600)
            preparing = asyncio.create_task(prepare(starting, timing))
            await waits.wait()
        await opened(url)
        await starting.execute("SELECT 1")
        preparing.cancel()
    logger.removeHandler(heard)


async def test_processes_of_the_version_before_connect_anew(url: str) -> None:
    older(url, BEFORE)
    with connected(url, "sendkit-triage") as bot, connected(url, "psql") as somebody_else:
        await opened(url)
        with pytest.raises(psycopg.errors.AdminShutdown):
            bot.execute("SELECT 1")
        somebody_else.execute("SELECT 1")
    with connected(url, "sendkit-triage") as bot:
        await opened(url)
        bot.execute("SELECT 1")


async def test_a_queue_of_a_newer_procrastinate_is_refused(url: str) -> None:
    await opened(url)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE queue_version SET migration = '99.00.00_01_pre_all_is_new'")
    with pytest.raises(SettingsWrong, match="was written by a newer version of the bot"):
        await opened(url)


async def test_a_migration_that_fails_is_named_and_changes_nothing(url: str) -> None:
    older(url, "03.02.00_50_post_batch_defer_jobs", recorded=True)
    with psycopg.connect(url, autocommit=True) as connection:
        # It stands in the way of the last but one.
        connection.execute("ALTER TYPE procrastinate_job_event_type ADD VALUE 'retried'")
    before = catalog(url)
    with pytest.raises(SettingsWrong) as caught:
        await opened(url)
    assert f"procrastinate’s migration {PRE} failed (duplicate object)." in str(caught.value)
    assert catalog(url) == before


async def test_a_migration_that_meets_a_lock_is_no_broken_one(url: str) -> None:
    older(url, BEFORE, recorded=True)
    with psycopg.connect(url, application_name="psql") as somebody_else:
        somebody_else.execute("LOCK TABLE procrastinate_jobs")
        pid = somebody_else.info.backend_pid
        with pytest.raises(SettingsWrong, match=rf"tables are locked by process {pid} \(psql\)"):
            await opened(url, DatabaseTiming(migrating=0))
    assert last(url) == BEFORE
    await opened(url)
    assert last(url) == POST
