"""PostgreSQL: a database for several processes of the bot at once."""

import asyncio
import logging
import re
import select
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, LiteralString, Self

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store import Row, Statement
from bot.store.migrations import MIGRATIONS
from bot.timing import DEFAULT, DatabaseTiming

log = logging.getLogger(__name__)

CONNECTIONS: Final = 10
# Any number that other programs in the same database do not lock while they migrate.
MIGRATING: Final = 7_365_646_301

# For what the URL leaves open: a server that has vanished is noticed, and nothing hangs.
_CARE: Final[Mapping[str, Any]] = {
    "autocommit": True,
    "row_factory": dict_row,
    "fallback_application_name": "sendkit-triage",
    "connect_timeout": 5,
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
}

_PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")
_SERIAL: Final = ("seq INTEGER PRIMARY KEY", "seq BIGSERIAL PRIMARY KEY")

# The library has no index for what it asks at each fetch: whether a job is the first of its lane.
_LANES: Final = """
    CREATE INDEX triage_lanes ON procrastinate_jobs (lock, priority, id)
    WHERE status IN ('todo', 'doing')
"""

_WRITABLE: Final = "SELECT current_setting('transaction_read_only') = 'off' AND "
_MAY_MAKE: Final = f"{_WRITABLE} has_schema_privilege(current_schema(), 'CREATE')"
_MAY_USE: Final = f"{_WRITABLE} has_table_privilege('entries', 'INSERT')"

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

_UNFINISHED: Final = (TransactionStatus.INTRANS, TransactionStatus.INERROR)

_Connection = psycopg.AsyncConnection[DictRow]


class PostgresDatabase:
    """A database that `url` names, in the form that libpq takes.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
    """

    def __init__(self, url: str, timing: DatabaseTiming = DEFAULT.database) -> None:
        self._url = url
        self._timing = timing
        self._things = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """SettingsWrong when it cannot be opened, or was written by a newer version of the bot."""
        try:
            await _prepare(self._url, self._timing)
            self._pool: AsyncConnectionPool[_Connection] = AsyncConnectionPool(
                self._url,
                kwargs=dict(_CARE),
                min_size=2,
                max_size=CONNECTIONS,
                timeout=self._timing.lock,
                # Whoever asks after that makes the pool try again, and somebody always asks.
                reconnect_timeout=self._timing.reconnect,
                configure=partial(_configure, self._timing),
                check=_check,
                open=False,
            )
            await self._things.enter_async_context(self._pool)
        except psycopg.Error as error:
            # What libpq says may repeat the URL, and a password is in it.
            raise _cannot_be_opened(_reason(error)) from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._things.aclose()

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        async with self._connection() as connection:
            cursor = await connection.execute(_translated(sql), _clean(values))
            return await cursor.fetchall()

    async def write(self, *statements: Statement) -> Sequence[int]:
        async with self._connection() as connection:
            if len(statements) == 1:
                return [(await _executed(connection, statements[0])).rowcount]
            try:
                # All of them travel together. They cost one journey to the server, not one each;
                # and it never waits in the middle, with all that is locked, for a process that was
                # frozen or cut off.
                async with connection.pipeline():
                    await connection.execute("BEGIN")
                    cursors = [await _executed(connection, each) for each in statements]
                    await connection.execute("COMMIT")
            finally:
                if connection.info.transaction_status in _UNFINISHED:
                    await connection.rollback()
            return [cursor.rowcount for cursor in cursors]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        try:
            async with (
                asyncio.timeout(self._timing.answer),
                self._pool.connection() as connection,
            ):
                yield connection
        except psycopg.Error as error:
            raise DatabaseTrouble(_reason(error)) from error
        except TimeoutError as error:  # the server is there, and does not answer
            raise DatabaseTrouble("no answer") from error
        except UnicodeEncodeError as error:  # half a character
            raise DatabaseTrouble("a text that cannot be written") from error


class PostgresLook:
    """See bot.store.Look."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def state(self) -> str:
        try:
            async with _connected(self._url) as connection:
                version = await _known_version(connection)
                is_granted = await _value(connection, _MAY_USE if version else _MAY_MAKE)
        except psycopg.Error as error:
            raise _cannot_be_opened(_reason(error)) from None
        if not is_granted:
            raise _cannot_be_opened("it may not be written to")
        if version < len(MIGRATIONS):
            return "PostgreSQL answers: the bot makes what its tables lack when it starts."
        return "PostgreSQL answers and can be written to."

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        try:
            async with _connected(self._url) as connection:
                if await _known_version(connection) < len(MIGRATIONS):
                    return []
                cursor = await connection.execute(_translated(sql), _clean(values))
                return await cursor.fetchall()
        except psycopg.Error as error:
            raise DatabaseTrouble(_reason(error)) from None


async def _executed(connection: _Connection, statement: Statement) -> psycopg.AsyncCursor[DictRow]:
    return await connection.execute(_translated(statement.sql), _clean(statement.values))


async def _configure(timing: DatabaseTiming, connection: _Connection) -> None:
    """Sets the server's limits: for what somebody else has locked, and for a slow disk."""
    await connection.execute(f"SET lock_timeout = '{timing.lock}s'")
    await connection.execute(f"SET statement_timeout = '{timing.statement}s'")


async def _check(connection: _Connection) -> None:
    """Of a connection that waits for work, only the server's good-bye can be read: this tells
    without asking the server."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.close()
        raise psycopg.OperationalError("the server closed the connection")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[_Connection]:
    """One connection, for as long as it is looked at."""
    connection: _Connection = await psycopg.AsyncConnection.connect(url, **_CARE)
    async with connection:
        await _configure(DEFAULT.database, connection)
        yield connection


async def _value(connection: _Connection, sql: LiteralString) -> Any:
    """The one value that a query asks for."""
    (row,) = await (await connection.execute(sql)).fetchall()
    (value,) = row.values()
    return value


async def _known_version(connection: _Connection) -> int:
    """How many migrations it has seen. SettingsWrong when they are more than there are."""
    if not await _value(connection, "SELECT to_regclass('schema_version') IS NOT NULL"):
        return 0
    version = int(await _value(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_version"))
    if version > len(MIGRATIONS):
        raise SettingsWrong(
            "The database was written by a newer version of the bot. "
            "Run that version, or give this one another DATABASE_URL."
        )
    return version


def _cannot_be_opened(reason: str) -> SettingsWrong:
    return SettingsWrong(
        f"The database cannot be opened: {reason}. See whether PostgreSQL runs and DATABASE_URL "
        "names a database of it that the bot may make tables in."
    )


async def _prepare(url: str, timing: DatabaseTiming) -> None:
    """Makes what the tables lack. A lock is waited for in short tries: what stands in the queue for
    it holds up everybody behind. SettingsWrong when it cannot be had within `migrating`."""
    clock = asyncio.get_running_loop().time
    give_up_at, said = clock() + timing.migrating, ""
    async with await psycopg.AsyncConnection.connect(url, **_CARE) as connection:
        await connection.execute(f"SET lock_timeout = '{timing.lock}s'")
        while True:
            try:
                if await _is_up_to_date(connection):
                    return
                async with connection.transaction():
                    # Two processes that start at once must not both make the tables.
                    await connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATING])
                    await _migrate(connection)
            except (LockNotAvailable, DeadlockDetected):
                holders = await _holders(connection)
            else:
                return
            if clock() >= give_up_at:
                raise SettingsWrong(
                    f"The database cannot be opened: its tables are locked by {holders}. End that "
                    "(SELECT pg_terminate_backend(PID) does) and start the bot again."
                )
            if holders != said:
                log.warning("the tables cannot be changed yet, they are locked by %s", holders)
                said = holders
            await asyncio.sleep(timing.reconnect)


async def _is_up_to_date(connection: _Connection) -> bool:
    version = await _known_version(connection)
    lanes = await _value(connection, "SELECT to_regclass('triage_lanes') IS NOT NULL")
    return version == len(MIGRATIONS) and bool(lanes)


async def _holders(connection: _Connection) -> str:
    """Who has locks on the tables, or migrates them: process ids, with the programs' names."""
    rows = await (await connection.execute(_HOLDERS, [MIGRATING])).fetchall()
    told = [f"process {row['pid']} ({row['application_name'] or 'unnamed'})" for row in rows]
    return ", ".join(told) or "a process that has just let go"


async def _migrate(connection: _Connection) -> None:
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    version = await _known_version(connection)
    if not version:
        await connection.execute("INSERT INTO schema_version VALUES (0)")
        await connection.execute(SchemaManager.get_schema())
    if not await _value(connection, "SELECT to_regclass('triage_lanes') IS NOT NULL"):
        await connection.execute(_LANES)
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            await connection.execute(statement.replace(*_SERIAL))
    await connection.execute("UPDATE schema_version SET version = %s", [len(MIGRATIONS)])


@lru_cache(maxsize=256)
def _translated(sql: str) -> LiteralString:
    """`:name` as psycopg writes it. All SQL is the bot's own, so it may be taken literally."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


def _clean(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """PostgreSQL's texts have no NUL in them."""
    return {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in values.items()
    }


def _reason(error: psycopg.Error) -> str:
    """PostgreSQL's name for what is wrong. Its own sentences may repeat what was to be written."""
    if isinstance(error, PoolTimeout) or error.sqlstate is None:
        return "no connection"
    name = type(error).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
