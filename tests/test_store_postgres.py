"""A server, many processes, many connections: all or nothing, and on the server's disk."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store import Statement
from bot.store.migrations import MIGRATIONS
from bot.store.postgres import CONNECTIONS, PostgresDatabase
from bot.store.postgres_schema import MIGRATING
from bot.timing import DEFAULT, DatabaseTiming
from tests import servers, tcp_proxy
from tests.clients import PATIENT
from tests.things import THINGS, numbers, put


@pytest.fixture
def url(postgres: servers.Postgres) -> Iterator[str]:
    with postgres.database(empty=True) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    async with PostgresDatabase(url, PATIENT.database) as database:
        await database.write(THINGS)
        yield database


async def test_a_text_with_nul_in_it_is_written_without(database: PostgresDatabase) -> None:
    await database.write(put(1, "a\0b"))
    assert await database.read("SELECT word FROM things WHERE word = :word", word="a\0b") == [
        {"word": "a\ufffdb"}
    ]


async def test_a_reader_goes_on_after_a_column_was_added(database: PostgresDatabase) -> None:
    async def read(*rows: dict[str, Any]) -> None:
        for _ in range(10 * CONNECTIONS):  # so often that each connection has it prepared
            assert await database.read("SELECT * FROM things") == [*rows]

    await read()
    await database.write(Statement("ALTER TABLE things ADD COLUMN more TEXT"), put(1))
    await read({"number": 1, "word": "", "more": None})


async def test_more_writers_than_connections_wait_their_turn(database: PostgresDatabase) -> None:
    many = range(CONNECTIONS * 10)
    await asyncio.gather(*(database.write(put(number), put(-number - 1)) for number in many))
    assert len(await numbers(database)) == 2 * len(many)


async def test_a_locked_table_is_not_waited_for_forever(
    database: PostgresDatabase, url: str
) -> None:
    with psycopg.connect(url) as somebody_else:
        somebody_else.execute("LOCK TABLE things")
        timing = replace(PATIENT.database, lock=1.0)
        async with PostgresDatabase(url, timing) as impatient:
            with pytest.raises(DatabaseTrouble, match="lock not available"):
                await impatient.write(put(1), put(2))
    assert await numbers(database) == []


async def test_a_server_that_came_back_is_used_again(own_postgres: servers.OwnPostgres) -> None:
    with own_postgres.database() as url:
        async with PostgresDatabase(url) as database:
            await database.write(THINGS)
            await asyncio.gather(*(database.write(put(number)) for number in range(CONNECTIONS)))
            own_postgres.stop()
            with pytest.raises(DatabaseTrouble, match="no connection"):
                await database.write(put(100))
            own_postgres.start()
            # A try that was under way when it came back may still be lost; no more than that.
            with suppress(DatabaseTrouble):
                await database.write(put(101))
            await database.write(put(102))
            assert set(await numbers(database)) >= {*range(CONNECTIONS), 102}


async def test_a_closed_connection_is_not_used(database: PostgresDatabase, url: str) -> None:
    await asyncio.gather(*(database.write(put(number)) for number in range(CONNECTIONS)))
    with psycopg.connect(url, autocommit=True) as somebody_else:
        somebody_else.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.gather(*(database.write(put(number)) for number in range(100, 150)))
    assert len(await numbers(database)) == CONNECTIONS + 50


async def test_a_process_that_is_frozen_holds_nobody_up(
    database: PostgresDatabase, url: str
) -> None:
    async with (
        tcp_proxy.between(url) as (way, between),
        PostgresDatabase(way, DatabaseTiming(answer=0.5)) as cut_off,
    ):
        between.hold(b"INSERT 0 1")
        writing = asyncio.create_task(cut_off.write(put(1), put(2)))
        await between.held.wait()
        change = Statement("UPDATE things SET word = 'changed'")
        assert await database.write(change, put(3)) == [2, 1]
        with pytest.raises(DatabaseTrouble, match="no answer"):
            await writing


async def test_two_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def opened() -> None:
        async with PostgresDatabase(url) as database:
            assert await database.read("SELECT * FROM entries") == []

    await asyncio.gather(*(opened() for _ in range(4)))


class Heard(logging.Handler):
    """The lines of the log; `came` is set with its first line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.came = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.came.set()


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler = Heard()
    logger = logging.getLogger("bot.store.postgres_schema")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def outdated(url: str) -> None:
    """One index is lacking, so that the next start has something to make."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP INDEX triage_lanes")


async def opened(url: str, timing: DatabaseTiming = DEFAULT.database) -> None:
    async with PostgresDatabase(url, timing) as database:
        assert await database.read("SELECT * FROM entries") == []


@pytest.mark.parametrize(
    "locking",
    ["LOCK TABLE schema_version", "LOCK TABLE procrastinate_jobs", "SELECT pg_advisory_lock(%s)"],
)
async def test_a_migration_says_what_it_waits_for(
    url: str, heard: Heard, locking: LiteralString
) -> None:
    await opened(url)
    outdated(url)
    with psycopg.connect(url, application_name="psql") as somebody_else:
        somebody_else.execute(locking, [MIGRATING] if "%" in locking else None)
        opening = asyncio.create_task(opened(url))
        await heard.came.wait()
        assert not opening.done()
        pid = somebody_else.info.backend_pid
    await opening
    said = f"cannot change the tables yet: they are locked by process {pid} (psql)"
    assert heard.lines == [said]


async def test_a_migration_says_once_what_it_waits_for(url: str, heard: Heard) -> None:
    await opened(url)
    outdated(url)
    with psycopg.connect(url, application_name="psql") as somebody_else:
        somebody_else.execute("LOCK TABLE schema_version")
        opening = asyncio.create_task(opened(url, DatabaseTiming(lock=0.2, reconnect=0.0)))
        await _tried(url, times=3)
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
    assert len(heard.lines) == 1


async def _tried(url: str, times: int) -> None:
    """Somebody has waited for a lock so many times."""
    began: set[object] = set()
    asking = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with asking:
        while len(began) < times:
            found = await asking.execute(
                "SELECT query_start FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            began.update(await found.fetchall())


async def test_a_migration_gives_up_in_the_end_and_names_who_has_the_lock(url: str) -> None:
    await opened(url)
    outdated(url)
    with psycopg.connect(url, application_name="psql") as somebody_else:
        somebody_else.execute("LOCK TABLE procrastinate_jobs")
        with pytest.raises(SettingsWrong) as caught:
            await opened(url, DatabaseTiming(migrating=0))
        pid = somebody_else.info.backend_pid
    assert f"its tables are locked by process {pid} (psql). End that" in str(caught.value)
    await opened(url)


async def test_a_start_that_has_nothing_to_change_waits_for_no_lock(url: str) -> None:
    await opened(url)
    with psycopg.connect(url) as somebody_else:
        somebody_else.execute("LOCK TABLE cards, procrastinate_jobs")
        somebody_else.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        await opened(url)


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    async with PostgresDatabase(url) as database:
        await database.write(
            Statement("UPDATE schema_version SET version = :new", {"new": len(MIGRATIONS) + 1}),
            Statement("DROP TABLE facts"),
        )
    with pytest.raises(SettingsWrong, match="was written by a newer version of the bot"):
        async with PostgresDatabase(url):
            pass
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regclass('facts'), version FROM schema_version")
        assert found.fetchall() == [(None, len(MIGRATIONS) + 1)]


async def test_a_database_of_the_first_version_is_brought_up_to_date(url: str) -> None:
    serial = ("seq INTEGER PRIMARY KEY", "seq BIGSERIAL PRIMARY KEY")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        connection.execute("INSERT INTO schema_version VALUES (1)")
        connection.execute(SchemaManager.get_schema())
        for statement in MIGRATIONS[0]:
            connection.execute(statement.replace(*serial))
        connection.execute("INSERT INTO conversations VALUES ('c1', 'e', '2026', 1, '{}')")
        connection.execute("INSERT INTO cards VALUES ('C1', 'c1', '1.0', 1)")
    async with PostgresDatabase(url) as database:
        rows = await database.read("SELECT announced, rule FROM conversations, cards")
        assert rows == [{"announced": "2026", "rule": ""}]


WRONG = {
    "nobody listens": "postgresql://me:hushhush@127.0.0.1:1/x",
    "no such host": "postgresql://me:hushhush@no-such-host.invalid/x",
    "no such database": "/no_such_database",
    "no URL at all": "postgresql://me:hushhush@[::1/x",
    "an option of no library": "?hushhush=1",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_a_database_that_cannot_be_opened_is_refused_without_its_password(
    postgres: servers.Postgres, wrong: str
) -> None:
    wrong = wrong if "://" in wrong else postgres.url.rsplit("/", 1)[0] + wrong
    with pytest.raises(SettingsWrong) as caught:
        async with PostgresDatabase(wrong):
            pass
    assert str(caught.value).startswith("The database cannot be opened: ")
    assert "hushhush" not in str(caught.value)
    assert caught.value.__cause__ is None
