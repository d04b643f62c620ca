"""SQLite: one thread writes, and commits everything that was queued during the previous write."""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from itertools import groupby, takewhile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.store import Access, Condition, Row, Statement, file_lock, regular_file
from bot.store.migrations import MIGRATIONS
from bot.timing import DEFAULT, DatabaseTiming

MOST_A_COMMIT: Final = 500
# Python raises these for surrogates and for numbers that are too large.
_REFUSALS: Final = (sqlite3.Error, OverflowError, ValueError)


@dataclass(slots=True)
class _Work:
    statements: Sequence[Statement]
    answer: "asyncio.Future[list[Any]]"
    loop: asyncio.AbstractEventLoop
    reads: bool
    result: list[Any] | None = None
    error: Exception | None = None

    def tell(self) -> None:
        if self.answer.done():
            return
        if self.error is not None:
            self.answer.set_exception(DatabaseTrouble(str(self.error)))
        else:
            self.answer.set_result(self.result or [])


class SqliteDatabase:
    """A database in one file for one bot. A second bot is refused with SettingsWrong.

    Durable means `synchronous=FULL` in WAL mode: on the disk when `write` returns.
    https://www.sqlite.org/wal.html
    """

    def __init__(
        self,
        path: Path,
        timing: DatabaseTiming = DEFAULT.database,
        access: Access = Access.BOT,
    ) -> None:
        self._busy = timing.busy
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = False
        with ExitStack() as held:
            opened = self._opened if access is Access.BOT else self._found
            try:
                self._connection = opened(path, held)
                if access is Access.READ_ONLY:
                    self._connection.execute("PRAGMA query_only = ON")
                elif access is Access.COMMAND:
                    # Deleted data is overwritten, and in the end also leaves the write-ahead log.
                    self._connection.execute("PRAGMA secure_delete = ON")
                    held.callback(self._connection.execute, "PRAGMA wal_checkpoint(TRUNCATE)")
            except (sqlite3.Error, OSError) as error:
                raise _cannot_be_opened(path, error) from error
            self._connection.row_factory = sqlite3.Row
            self._held = held.pop_all()
        self._path, self._file = path, _file(path)
        self._thread = threading.Thread(target=self._work, name="database", daemon=True)
        self._thread.start()

    def _opened(self, path: Path, held: ExitStack) -> sqlite3.Connection:
        """`held` closes the connection first, and then the locks."""
        regular_file.require(path)
        held.callback(os.close, file_lock.lock(path))
        version = _version(path, self._busy)
        # Creates the file, and reads nothing of it yet.
        connection = sqlite3.connect(
            path, timeout=self._busy, isolation_level=None, check_same_thread=False
        )
        with ExitStack() as unclaimed:
            unclaimed.callback(connection.close)
            held.callback(os.close, file_lock.claim(path))
            held.push(unclaimed.pop_all())
        _prepare(connection, path, version)
        return connection

    def _found(self, path: Path, held: ExitStack) -> sqlite3.Connection:
        """The existing file. Two processes may write to it in turns, since each waits for the
        other's locks: https://www.sqlite.org/wal.html#concurrency"""
        regular_file.require(path)
        if not path.exists():
            raise SettingsWrong(
                f"There is no database {path.name} yet: the bot makes it at its first start."
            )
        file_lock.require_the_bot_s_path(path)
        connection = _existing(path, self._busy)
        held.callback(connection.close)
        if known_version(connection, path) < len(MIGRATIONS):
            raise SettingsWrong(
                f"The database {path.name} is of an older version of the bot. Start this version "
                "once: it brings the database up to date."
            )
        return connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Finishes the queued work, then closes the file."""
        self._closed = True
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        self._held.close()

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        return await self._ask([Statement(sql, values)], reads=True)

    async def write(self, *statements: Statement) -> Sequence[int]:
        return await self._ask(statements, reads=False)

    def _ask(self, statements: Sequence[Statement], *, reads: bool) -> "asyncio.Future[list[Any]]":
        if self._closed:
            raise DatabaseTrouble("it is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()
        self._waiting.put(_Work(statements, answer, loop, reads))
        return answer

    def _work(self) -> None:
        work = self._waiting.get()
        while work is not None:
            batch = [work]
            while len(batch) < MOST_A_COMMIT and (more := self._more()) is not None:
                batch.append(more)
            # Those before the first write need not wait for the disk.
            reads = list(takewhile(lambda each: each.reads, batch))
            self._read(reads)
            if len(reads) < len(batch):
                self._commit(batch[len(reads) :])
            work = self._waiting.get()

    def _more(self) -> _Work | None:
        try:
            more = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if more is None:
            self._waiting.put(None)  # after the queued work
        return more

    def _read(self, batch: list[_Work]) -> None:
        for work in batch:
            try:
                self._execute(work)
            except _REFUSALS as error:
                work.error = error
        _tell(batch)

    def _commit(self, batch: list[_Work]) -> None:
        # Each statement releases the GIL, so skip the savepoints for a batch of one.
        alone = len(batch) == 1
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for work in batch:
                if alone:
                    self._execute(work)
                else:
                    self._try(work)
            if _file(self._path) != self._file:
                raise sqlite3.OperationalError("its file is gone")
            self._connection.execute("COMMIT")
        except _REFUSALS as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if len(batch) > 1 and _is_about_room(error):
                # A write that is too large for the disk must not fail the smaller ones.
                for work in batch:
                    self._commit([work])
                return
            for work in batch:
                work.error = error
        _tell(batch)

    def _try(self, work: _Work) -> None:
        """Carries out one write of a batch. If it fails, the others stay."""
        self._connection.execute("SAVEPOINT work")
        try:
            self._execute(work)
        except _REFUSALS as error:
            # A full disk rolls everything back by itself, and the savepoint with it.
            if not self._connection.in_transaction:
                raise
            work.error = error
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")

    def _execute(self, work: _Work) -> None:
        work.error = None
        cursors = [self._connection.execute(each.sql, each.values) for each in work.statements]
        if work.reads:
            work.result = [dict(row) for row in cursors[0]]
        else:
            work.result = [cursor.rowcount for cursor in cursors]


def _tell(batch: Sequence[_Work]) -> None:
    for loop, works in groupby(batch, lambda work: work.loop):
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_tell_all, list(works))


def _tell_all(works: Sequence[_Work]) -> None:
    for work in works:
        work.tell()


def _file(path: Path) -> tuple[int, int] | None:
    """The device and inode of the file, if there is one: writes into a removed file would be
    lost."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_about_room(error: Exception) -> bool:
    # The lowest byte is the kind, the rest the detail. https://www.sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


def condition(path: Path) -> Condition:
    """See bot.store.opening.condition."""
    regular_file.require(path)
    try:
        if not path.exists():
            if not os.access(path.parent, os.W_OK | os.X_OK):
                raise file_lock.no_place(path, "the folder is read-only")
            return Condition.ABSENT
        if file_lock.is_in_use(path):
            return Condition.IN_USE
        with closing(_existing(path, DEFAULT.database.busy)) as connection:
            version = known_version(connection, path)
            # A process that gets this lock may write.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError) as error:
        raise _cannot_be_opened(path, error) from error
    return Condition.READY if version == len(MIGRATIONS) else Condition.OUTDATED


def _existing(path: Path, busy: float) -> sqlite3.Connection:
    """A connection that does not create the file, unlike `mode=rwc`."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy,
        isolation_level=None,
        check_same_thread=False,
    )


def _cannot_be_opened(path: Path, error: sqlite3.Error | OSError) -> SettingsWrong:
    reason = error.strerror if isinstance(error, OSError) else error
    return SettingsWrong(
        f"The database {path.name} cannot be opened: {reason}. See that the bot may write "
        "to it and to its folder, that the disk has room and no other program holds it, or "
        "give another DATABASE_URL."
    )


def known_version(connection: sqlite3.Connection, path: Path) -> int:
    """The number of migrations that were applied. SettingsWrong if they are more than this version
    has."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise SettingsWrong(
            f"The database {path.name} was written by a newer version of the bot. "
            "Run that version, or give this one another DATABASE_URL."
        )
    return int(version)


def _version(path: Path, busy: float) -> int:
    """The number of migrations that were applied. A connection with write access would recover the
    file, and a newer version's file must stay as it is."""
    if not path.is_file():
        return 0  # no file; opening it reports anything else
    path.open("r+b").close()  # a read-only file stays so, even for its owner
    looking = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=busy)
    with closing(looking):
        return known_version(looking, path)


def _prepare(connection: sqlite3.Connection, path: Path, version: int) -> None:
    path.chmod(0o600)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
