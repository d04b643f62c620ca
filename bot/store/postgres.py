"""PostgreSQL, for several processes of the bot at once."""

import asyncio
import re
import select
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Final, LiteralString, Self

import psycopg
from psycopg.errors import FeatureNotSupported
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store import Access, Condition, Row, Statement, postgres_schema
from bot.store.migrations import MIGRATIONS
from bot.store.postgres_schema import Connection, known_version, reason, value
from bot.timing import DEFAULT, DatabaseTiming

CONNECTIONS: Final = 10

# Options that the URL leaves open: notice a server that has vanished, and let nothing hang.
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
_WRITABLE: Final = "SELECT current_setting('transaction_read_only') = 'off' AND "
_MAY_MAKE: Final = f"{_WRITABLE} has_schema_privilege(current_schema(), 'CREATE')"
_MAY_USE: Final = f"{_WRITABLE} has_table_privilege('entries', 'INSERT')"

_UNFINISHED: Final = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class PostgresDatabase:
    """The database at `url`, in libpq's form.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
    """

    def __init__(
        self,
        url: str,
        timing: DatabaseTiming = DEFAULT.database,
        access: Access = Access.BOT,
    ) -> None:
        self._url = url
        self._access = access
        self._timing = timing
        self._things = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """SettingsWrong if it cannot be opened, or was written by a newer version of the bot."""
        try:
            async with await psycopg.AsyncConnection.connect(self._url, **_CARE) as connection:
                if self._access is Access.BOT:
                    await postgres_schema.prepare(connection, self._timing)
                elif await known_version(connection) < len(MIGRATIONS):
                    raise SettingsWrong(
                        "The database is of an older version of the bot, or new. Start this "
                        "version once: it brings the database up to date."
                    )
            self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
                self._url,
                kwargs=dict(_CARE),
                min_size=2,
                max_size=CONNECTIONS,
                timeout=self._timing.lock,
                # After that time, the next query makes the pool try again.
                reconnect_timeout=self._timing.reconnect,
                configure=partial(_configure, self._timing, self._access),
                check=_check,
                open=False,
            )
            await self._things.enter_async_context(self._pool)
        except psycopg.Error as error:
            # libpq's message may repeat the URL, which holds a password.
            raise _cannot_be_opened(reason(error)) from None
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
            try:
                cursor = await connection.execute(_translated(sql), _clean(values))
            except FeatureNotSupported:
                # A newer version of the bot has added a column, so the server no longer accepts
                # prepared `SELECT *` statements.
                await connection.execute("DEALLOCATE ALL")
                cursor = await connection.execute(_translated(sql), _clean(values))
            return await cursor.fetchall()

    async def write(self, *statements: Statement) -> Sequence[int]:
        async with self._connection() as connection:
            if len(statements) == 1:
                return [(await _executed(connection, statements[0])).rowcount]
            try:
                # The statements travel together, in one round trip. So the server never waits in
                # the middle, with locks held, for a process that was frozen or cut off.
                async with connection.pipeline():
                    await connection.execute("BEGIN")
                    cursors = [await _executed(connection, each) for each in statements]
                    await connection.execute("COMMIT")
            finally:
                if connection.info.transaction_status in _UNFINISHED:
                    await connection.rollback()
            return [cursor.rowcount for cursor in cursors]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with (
                asyncio.timeout(self._timing.answer),
                self._pool.connection() as connection,
            ):
                yield connection
        except psycopg.Error as error:
            raise DatabaseTrouble(reason(error)) from error
        except TimeoutError as error:  # the server is reachable and does not answer
            raise DatabaseTrouble("no answer") from error
        except UnicodeEncodeError as error:  # a surrogate
            raise DatabaseTrouble("a text that cannot be written") from error


async def condition(url: str) -> Condition:
    """See bot.store.opening.condition."""
    try:
        connection: Connection = await psycopg.AsyncConnection.connect(url, **_CARE)
        async with connection:
            await _configure(DEFAULT.database, Access.COMMAND, connection)
            version = await known_version(connection)
            is_granted = await value(connection, _MAY_USE if version else _MAY_MAKE)
            is_up_to_date = version and await postgres_schema.is_up_to_date(connection)
    except psycopg.Error as error:
        raise _cannot_be_opened(reason(error)) from None
    if not is_granted:
        raise _cannot_be_opened("it may not be written to")
    return Condition.READY if is_up_to_date else Condition.OUTDATED


async def _executed(connection: Connection, statement: Statement) -> psycopg.AsyncCursor[DictRow]:
    return await connection.execute(_translated(statement.sql), _clean(statement.values))


async def _configure(timing: DatabaseTiming, access: Access, connection: Connection) -> None:
    """Sets the server's limits: for locks of others, and for a slow disk."""
    if access is Access.READ_ONLY:
        await connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    await connection.execute(f"SET lock_timeout = '{timing.lock}s'")
    await connection.execute(f"SET statement_timeout = '{timing.statement}s'")


async def _check(connection: Connection) -> None:
    """Detects a closed connection without a round trip: on an idle one, only the server's goodbye
    can be read."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.close()
        raise psycopg.OperationalError("the server closed the connection")


def _cannot_be_opened(reason: str) -> SettingsWrong:
    return SettingsWrong(
        f"The database cannot be opened: {reason}. See whether PostgreSQL runs and DATABASE_URL "
        "names a database of it that the bot may make tables in."
    )


@lru_cache(maxsize=256)
def _translated(sql: str) -> LiteralString:
    """`:name` parameters in psycopg's form. All SQL is the bot's own, so the text counts as
    literal."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


def _clean(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values without NUL characters, which PostgreSQL's texts cannot hold."""
    return {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in values.items()
    }
