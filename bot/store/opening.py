"""Opens the database of DATABASE_URL and its journal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from bot.journal import Observe, RunningJournal, unobserved
from bot.journal.sqlite import SqliteJournal
from bot.store import Access, Condition, Database, Rows, sqlite
from bot.store.sqlite import SqliteDatabase
from bot.timing import CLOCKS, DEFAULT, Clocks, DatabaseTiming, Timing

SQLITE: Final = "sqlite:///"


@asynccontextmanager
async def opened(
    url: str,
    timing: Timing = DEFAULT,
    clocks: Clocks = CLOCKS,
    observe: Observe = unobserved,
) -> AsyncIterator[tuple[Database, RunningJournal]]:
    """The database, and its journal, which is not started yet. SettingsWrong if the database cannot
    be opened."""
    if url.startswith(SQLITE):
        async with SqliteDatabase(_path(url), timing.database) as file:
            yield file, SqliteJournal(file, clocks, timing, observe)
    else:
        # Importing its libraries takes time, and most bots do not need them.
        from bot.journal.postgres import PostgresJournal  # noqa: PLC0415
        from bot.store.postgres import PostgresDatabase  # noqa: PLC0415

        async with PostgresDatabase(url, timing.database) as database:
            yield database, PostgresJournal(database, clocks, timing, observe)


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
