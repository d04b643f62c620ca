"""Creates and updates the tables on PostgreSQL: the bot's, and procrastinate's, which hold the
journal's queue.

procrastinate's users have to apply its migrations themselves, in the order of their names. A `pre`
migration is safe while code of the version before runs; a `post` one may drop what that code calls.
https://procrastinate.readthedocs.io/en/stable/howto/production/migrations.html
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from bot.errors import SettingsWrong
from bot.store.migrations import MIGRATIONS
from bot.timing import DatabaseTiming

log = logging.getLogger(__name__)

Connection = psycopg.AsyncConnection[DictRow]

# Any number that other programs in the same database do not lock while they migrate.
MIGRATING: Final = 7_365_646_301

_SERIAL: Final = ("seq INTEGER PRIMARY KEY", "seq BIGSERIAL PRIMARY KEY")

# The library has no index for the question of each fetch: whether a job is the first of its lane.
_LANES: Final = """
    CREATE INDEX triage_lanes ON procrastinate_jobs (lock, priority, id)
    WHERE status IN ('todo', 'doing')
"""

# For databases from before the bot recorded procrastinate's migrations: the first of these
# functions that exists shows which one was the last. Later ones may be applied twice.
_UNRECORDED: Final = (
    ("procrastinate_retry_job_v2", "03.04.00_50_post_add_retry_failed_job_procedure"),
    ("procrastinate_defer_jobs_v1", "03.02.00_01_pre_batch_defer_jobs"),
    ("procrastinate_register_worker_v1", "03.01.00_01_pre_add_heartbeat"),
    ("procrastinate_trigger_function_scheduled_events_v1", "03.00.00_50_post_cancel_notification"),
)
_OLDEST: Final = "02.14.01_01_add_indexes_for_fetch_job"
_IS_RUNNING: Final = """
    SELECT EXISTS (
        SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'
    )
"""

_HOLDERS: Final = """
    SELECT DISTINCT pid, application_name
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE granted AND pid <> pg_backend_pid() AND datname = current_database() AND (
        (locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s)
        OR relation IN (
            SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        )
    )
    ORDER BY pid LIMIT 5
"""

# Idle connections of processes of the version before. The server refuses the `SELECT *`s that they
# prepared before a column was added; their pools open new connections. A process that starts at the
# same time has another name meanwhile, since it has no pool yet.
_STARTING: Final = "SELECT set_config('application_name', %s || ' (starting)', false)"
_DISCONNECT: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND application_name = %s AND state = 'idle'
"""


async def prepare(connection: Connection, timing: DatabaseTiming) -> None:
    """Creates what the tables lack, all or nothing. It waits for locks in short tries, since a
    queue for a lock holds up everything behind it. SettingsWrong after `migrating` seconds without
    the lock, and if a newer version of the bot wrote the database."""
    clock = asyncio.get_running_loop().time
    give_up_at, said = clock() + timing.migrating, ""
    await connection.execute(f"SET lock_timeout = '{timing.lock}s'")
    name = await value(connection, "SELECT current_setting('application_name')")
    await connection.execute(_STARTING, [name])
    while True:
        try:
            if await is_up_to_date(connection):
                return
            async with connection.transaction():
                # Two processes that start at once must not both create the tables.
                await connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATING])
                is_changed = await _migrate(connection)
        except (LockNotAvailable, DeadlockDetected):
            holders = await _holders(connection)
        else:
            if is_changed:
                await connection.execute(_DISCONNECT, [name])
            return
        if clock() >= give_up_at:
            raise SettingsWrong(
                f"The database cannot be opened: its tables are locked by {holders}. End that "
                "(SELECT pg_terminate_backend(PID) does) and start the bot again."
            )
        if holders != said:
            log.warning("cannot change the tables yet: they are locked by %s", holders)
            said = holders
        await asyncio.sleep(timing.reconnect)


async def is_up_to_date(connection: Connection) -> bool:
    """Whether a start would change nothing."""
    if await known_version(connection) < len(MIGRATIONS):
        return False
    lanes = await value(connection, "SELECT to_regclass('triage_lanes') IS NOT NULL")
    return bool(lanes) and not await _queue_migrations(connection)


async def known_version(connection: Connection) -> int:
    """The number of the bot's migrations that were applied; 0 without its tables. SettingsWrong if
    they are more than this version has."""
    if not await value(connection, "SELECT to_regclass('schema_version') IS NOT NULL"):
        return 0
    version = int(await value(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_version"))
    if version > len(MIGRATIONS):
        raise _newer()
    return version


async def value(connection: Connection, sql: LiteralString, *values: Any) -> Any:
    """The only value of a query."""
    (row,) = await (await connection.execute(sql, values or None)).fetchall()
    (found,) = row.values()
    return found


def reason(error: psycopg.Error) -> str:
    """PostgreSQL's name for an error. Its messages may repeat values."""
    if isinstance(error, PoolTimeout) or error.sqlstate is None:
        return "no connection"
    name = type(error).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


async def _migrate(connection: Connection) -> bool:
    """Whether tables that there were have changed."""
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    await connection.execute("CREATE TABLE IF NOT EXISTS queue_version (migration TEXT NOT NULL)")
    version = await known_version(connection)
    if not version:
        await connection.execute("INSERT INTO schema_version VALUES (0)")
        await connection.execute(SchemaManager.get_schema())
        await _record(connection, _migrations()[-1])
    await _record(connection, await _last_queue_migration(connection))
    lacking = await _queue_migrations(connection)
    for name in lacking:
        await _apply(connection, name)
    if not await value(connection, "SELECT to_regclass('triage_lanes') IS NOT NULL"):
        await connection.execute(_LANES)
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            await connection.execute(statement.replace(*_SERIAL))
    await connection.execute("UPDATE schema_version SET version = %s", [len(MIGRATIONS)])
    return 0 < version < len(MIGRATIONS) or bool(lacking)


async def _apply(connection: Connection, name: str) -> None:
    try:
        await connection.execute(_sql(name))
    except (LockNotAvailable, DeadlockDetected):
        raise
    except psycopg.Error as error:
        raise SettingsWrong(
            f"The database cannot be opened: procrastinate’s migration {name} failed "
            f"({reason(error)}). Nothing was changed: run the version of the bot that ran before."
        ) from None
    await _record(connection, name)
    log.info("applied procrastinate’s migration %s", name)


async def _record(connection: Connection, name: str) -> None:
    await connection.execute("DELETE FROM queue_version")
    await connection.execute("INSERT INTO queue_version VALUES (%s)", [name])


async def _queue_migrations(connection: Connection) -> Sequence[str]:
    """procrastinate's migrations to apply now. While another process runs, which may have the
    version before, the last `post` ones wait for a later start."""
    last, known = await _last_queue_migration(connection), _migrations()
    if last > known[-1]:
        raise _newer()
    lacking = [name for name in known if name > last]
    if lacking and last > _UNRECORDED[-1][1] and await value(connection, _IS_RUNNING):
        while lacking and "_post_" in lacking[-1]:
            lacking.pop()
    return lacking


async def _last_queue_migration(connection: Connection) -> str:
    recorded: str | None = await value(connection, "SELECT MAX(migration) FROM queue_version")
    if recorded:
        return recorded
    for function, name in _UNRECORDED:
        if await value(connection, "SELECT to_regproc(%s) IS NOT NULL", function):
            return name
    return _OLDEST


@cache
def _migrations() -> Sequence[str]:
    """The names of procrastinate's migrations, in order."""
    return sorted(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _sql(migration: str) -> LiteralString:
    return Path(SchemaManager.get_migrations_path(), f"{migration}.sql").read_text("utf-8")


async def _holders(connection: Connection) -> str:
    """The processes that have locks on the tables, or migrate them: their ids and program names."""
    rows = await (await connection.execute(_HOLDERS, [MIGRATING])).fetchall()
    told = [f"process {row['pid']} ({row['application_name'] or 'unnamed'})" for row in rows]
    return ", ".join(told) or "a process that has just let go"


def _newer() -> SettingsWrong:
    return SettingsWrong(
        "The database was written by a newer version of the bot. "
        "Run that version, or give this one another DATABASE_URL."
    )
