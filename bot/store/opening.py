"""Opens the database of DATABASE_URL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from bot.store import Access, Condition, Database, Rows, sqlite
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, DatabaseTiming

SQLITE: Final = "sqlite:///"


@asynccontextmanager
async def opened(url: str, timing: DatabaseTiming = DEFAULT.database) -> AsyncIterator[Database]:
    """The database for the bot. SettingsWrong if it cannot be opened."""
    if url.startswith(SQLITE):
        async with SqliteDatabase(_path(url), timing) as file:
            yield file
    else:
        # Importing its libraries takes time, and most bots do not need them.
        from bot.store.postgres import PostgresDatabase  # noqa: PLC0415

        async with PostgresDatabase(url, timing) as database:
            yield database


@asynccontextmanager
async def beside(url: str, access: Access = Access.COMMAND) -> AsyncIterator[Database]:
    """The database for a command, whether the bot runs or not. SettingsWrong if there is none, it
    cannot be opened, or another version of the bot created its tables."""
    if url.startswith(SQLITE):
        # A command can wait longer than a click.
        async with SqliteDatabase(_path(url), DatabaseTiming(busy=10.0), access) as file:
            yield file
    else:
        from bot.store.postgres import PostgresDatabase  # noqa: PLC0415

        async with PostgresDatabase(url, access=access) as database:
            yield database


def read_only(url: str) -> AbstractAsyncContextManager[Rows]:
    """The same for a command that changes nothing."""
    return beside(url, Access.READ_ONLY)


async def condition(url: str) -> tuple[str, Condition]:
    """The kind of database, and its state. SettingsWrong if the bot could not use it."""
    if url.startswith(SQLITE):
        return _path(url).name, await asyncio.to_thread(sqlite.condition, _path(url))
    from bot.store import postgres  # noqa: PLC0415

    return "PostgreSQL", await postgres.condition(url)


def _path(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))
