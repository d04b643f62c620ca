"""Where the bot keeps what it must not lose: the database of DATABASE_URL, and its journal."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.journal import Observe, RunningJournal, unobserved
from bot.journal.sqlite import SqliteJournal
from bot.store import Database, Look
from bot.store.sqlite import SqliteDatabase
from bot.store.sqlite_look import SqliteLook
from bot.timing import DEFAULT, Timing

SQLITE: Final = "sqlite:///"


@asynccontextmanager
async def opened(
    url: str,
    timing: Timing = DEFAULT,
    clock: Callable[[], float] = time.time,
    observe: Observe = unobserved,
) -> AsyncIterator[tuple[Database, RunningJournal]]:
    """The journal is yet to be started. SettingsWrong when the database cannot be opened."""
    if url.startswith(SQLITE):
        async with SqliteDatabase(Path(url.removeprefix(SQLITE)), timing.database) as file:
            yield file, SqliteJournal(file, clock, timing=timing, observe=observe)
    else:
        # Its libraries take a while to import, and most bots never need them.
        from bot.journal.postgres import PostgresJournal  # noqa: PLC0415
        from bot.store.postgres import PostgresDatabase  # noqa: PLC0415

        async with PostgresDatabase(url, timing.database) as database:
            yield database, PostgresJournal(database, clock, timing=timing, observe=observe)


def look(url: str) -> Look:
    """The same database as it is found, whether the bot runs on it or not."""
    if url.startswith(SQLITE):
        return SqliteLook(Path(url.removeprefix(SQLITE)))
    from bot.store.postgres import PostgresLook  # noqa: PLC0415

    return PostgresLook(url)
