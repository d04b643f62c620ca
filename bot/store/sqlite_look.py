"""A look at SQLite's file as it lies there."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store import Row, file_lock, regular_file
from bot.store.migrations import MIGRATIONS
from bot.store.sqlite import known_version
from bot.timing import DEFAULT


class SqliteLook:
    """See bot.store.Look."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def state(self) -> str:
        return await asyncio.to_thread(self._state)

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        return await asyncio.to_thread(self._read, sql, values)

    def _state(self) -> str:
        regular_file.require(self._path)
        try:
            return self._found() if self._path.exists() else self._to_come()
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SettingsWrong(
                f"The database {self._path.name} cannot be opened: {reason}. Give the bot the "
                "right to read and write it, or another DATABASE_URL."
            ) from error

    def _to_come(self) -> str:
        if not os.access(self._path.parent, os.W_OK | os.X_OK):
            raise file_lock.no_place(self._path, "the folder is read-only")
        return f"{self._path.name} is not there yet: the bot makes it at its first start."

    def _found(self) -> str:
        name = self._path.name
        if file_lock.is_in_use(self._path):
            return f"{name} is in use by a running bot."
        with closing(self._connection()) as connection:
            version = known_version(connection, self._path)
            # Whoever gets this lock may write.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        if version < len(MIGRATIONS):
            return f"{name} is of an older version: the bot brings it up to date when it starts."
        return f"{name} opens and can be written to."

    def _read(self, sql: str, values: dict[str, Any]) -> Sequence[Row]:
        if not self._path.exists():
            return []
        if not self._path.is_file():
            raise DatabaseTrouble("it is no file")
        try:
            with closing(self._connection()) as connection:
                if known_version(connection, self._path) < len(MIGRATIONS):
                    return []
                connection.row_factory = sqlite3.Row
                return [dict(row) for row in connection.execute(sql, values)]
        except sqlite3.Error as error:
            raise DatabaseTrouble(str(error)) from error

    def _connection(self) -> sqlite3.Connection:
        # Without `c`, which would make the file.
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(
            address, uri=True, timeout=DEFAULT.database.busy, isolation_level=None
        )
