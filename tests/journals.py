"""Shared by the journals' tests: the stores that are tested, and a handler that takes notes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.errors import Later
from bot.journal import Attempt, Entry, Handler, RunningJournal
from bot.journal.postgres import PostgresJournal
from bot.journal.sqlite import SqliteJournal
from bot.store import Database, Statement
from bot.store.opening import SQLITE
from bot.store.postgres import PostgresDatabase
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, Clocks, Timing
from tests.clients import PATIENT

KIND = "work"
# Long enough for a busy machine to be heard in, short enough to be waited for in every test.
TIMING = Timing(silence=2.0, heartbeat=0.1, clock_check=0.05)
_LEFT = """
    SELECT COUNT(*) AS "left" FROM procrastinate_jobs AS job
    JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND worker.id < (SELECT MAX(id) FROM procrastinate_workers)
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Seen:
    """A page as it was when the handler was given it."""

    entry: Entry
    written_at: float
    attempt: int
    settled_at: float
    queued_behind: int


class Worker:
    """A handler that notes what it is given; `acts` is more to do, by the id of the entry."""

    def __init__(self, **acts: Handler) -> None:
        self.acts = acts
        self.seen: list[Seen] = []
        self.done: list[str] = []
        self._changed = asyncio.Event()

    @property
    def tried(self) -> list[str]:
        return [each.entry.id for each in self.seen]

    async def __call__(self, attempt: Attempt) -> None:
        seen = Seen(
            attempt.entry,
            attempt.written_at,
            attempt.number,
            attempt.settled_at,
            attempt.queued_behind,
        )
        self.seen.append(seen)
        self._changed.set()
        if attempt.entry.id in self.acts:
            await self.acts[attempt.entry.id](attempt)
        self.done.append(attempt.entry.id)
        self._changed.set()

    async def until_tried(self, *identities: str) -> None:
        while not set(identities) <= set(self.tried):
            self._changed.clear()
            await self._changed.wait()

    async def until_done(self, *identities: str) -> None:
        while not set(identities) <= set(self.done):
            self._changed.clear()
            await self._changed.wait()


class Store(Protocol):
    """The place of a journal's entries, from one process to the next."""

    clock: Clock

    @property
    def database(self) -> Database:
        """The database of the journal that is open."""
        ...

    def open(
        self, worker: Handler, patience: float = 10
    ) -> AbstractAsyncContextManager[RunningJournal]:
        """A process: at its end it stops with so much patience; with none, it dies."""
        ...

    async def let_time_pass(self, seconds: float) -> None:
        """On all clocks, while a journal is open."""
        ...

    async def taken_up(self) -> None:
        """Returns once the running journal has in hand, or in line, the entries of a dead one."""
        ...

    def refusing(self) -> AbstractAsyncContextManager[None]:
        """A time in which the running journal can write nothing."""
        ...

    async def has_refused(self) -> None:
        """Returns once a change of an entry was refused."""
        ...


class SqliteStore:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.path = path
        self.database: Database

    @asynccontextmanager
    async def open(self, worker: Handler, patience: float = 10) -> AsyncIterator[SqliteJournal]:
        async with SqliteDatabase(self.path) as self.database:
            journal = SqliteJournal(self.database, Clocks(self.clock, self.clock), TIMING)
            await journal.start({KIND: worker})
            try:
                yield journal
            finally:
                await journal.stop(patience)

    async def let_time_pass(self, seconds: float) -> None:
        self.clock.now += seconds

    async def taken_up(self) -> None:
        pass  # that is where a start begins

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        body = "ON entries BEGIN SELECT RAISE(ABORT, 'refused'); END"
        names = ("INSERT", "UPDATE")
        await self.database.write(
            *(Statement(f"CREATE TRIGGER no_{name} BEFORE {name} {body}") for name in names)
        )
        yield
        await self.database.write(*(Statement(f"DROP TRIGGER no_{name}") for name in names))

    async def has_refused(self) -> None:
        pass  # writes come one after another


class PostgresStore:
    def __init__(self, url: str) -> None:
        self.clock = Clock()
        self.url = url
        self.database: Database
        self._known = self.clock.now

    @asynccontextmanager
    async def open(self, worker: Handler, patience: float = 10) -> AsyncIterator[PostgresJournal]:
        async with PostgresDatabase(self.url, PATIENT.database) as self.database:
            await self.let_time_pass(0)
            journal = PostgresJournal(self.database, Clocks(self.clock, self.clock), TIMING)
            await journal.start({KIND: worker})
            try:
                yield journal
            finally:
                await journal.stop(patience)
                self._known = self.clock.now

    async def taken_up(self) -> None:
        # Nobody tells of what another process does.
        while (await self.database.read(_LEFT))[0]["left"]:  # noqa: ASYNC110
            await asyncio.sleep(TIMING.heartbeat)

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        # A sequence counts on, also in a transaction that is taken back.
        await self.database.write(
            Statement("CREATE SEQUENCE refusals"),
            Statement(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " IF TG_OP = 'UPDATE' THEN PERFORM nextval('refusals'); END IF;"
                " RAISE EXCEPTION 'refused'; END $$"
            ),
            Statement(
                "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON entries"
                " FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
        )
        yield
        await self.database.write(
            Statement("DROP FUNCTION refuse CASCADE"), Statement("DROP SEQUENCE refusals")
        )

    async def has_refused(self) -> None:
        asking = "SELECT is_called FROM refusals"
        while not (await self.database.read(asking))[0]["is_called"]:  # noqa: ASYNC110
            await asyncio.sleep(TIMING.heartbeat)

    async def let_time_pass(self, seconds: float) -> None:
        """The server's clock cannot be put forward, so its times are put back."""
        self.clock.now += seconds
        passed, self._known = self.clock.now - self._known, self.clock.now
        await self.database.write(
            Statement(
                "UPDATE procrastinate_jobs"
                " SET scheduled_at = scheduled_at - make_interval(secs => :passed)",
                {"passed": passed},
            )
        )


def store(url: str) -> Store:
    """The store that keeps its entries there."""
    if url.startswith(SQLITE):
        return SqliteStore(Path(url.removeprefix(SQLITE)))
    return PostgresStore(url)


async def carried_out(store: Store) -> list[str]:
    """The entries that the next process tries first, lane by lane, when it starts."""
    worker = Worker()
    probe = f"probe {store.clock.now}"
    async with store.open(worker) as running:
        await store.taken_up()
        await running.write(entry(probe, lane=probe))
        await worker.until_done(probe)
    return [identity for identity in worker.done if identity != probe]


async def run_until_done(store: Store, worker: Worker, patience: float = 10) -> None:
    """A process to which an entry "1" is written, and which does it."""
    async with store.open(worker, patience) as running:
        await running.write(entry("1"))
        await worker.until_done("1")


async def run_until_tried(store: Store, worker: Worker, patience: float = 10) -> None:
    """The same, as far as its first try."""
    async with store.open(worker, patience) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")


async def taken_up(store: Store, worker: Worker, *identities: str) -> Worker:
    """The next process does these."""
    async with store.open(worker):
        await worker.until_done(*identities)
    return worker


def entry(identity: str, lane: str = "a", dedup_key: str | None = None, **payload: Any) -> Entry:
    return Entry(identity, KIND, lane, payload, dedup_key)


async def forever(attempt: Attempt) -> None:
    """An act that does not come to its end."""
    await asyncio.Event().wait()


async def boom(attempt: Attempt) -> None:
    """An act that nobody foresaw."""
    raise RuntimeError("boom")


async def refused(attempt: Attempt) -> None:
    """An act of which nothing comes."""
    await attempt.refuse()


def later(at: float | None = None, times: int = 1) -> Handler:
    """An act that is put off so many times."""

    async def act(attempt: Attempt) -> None:
        if attempt.number < times:
            raise Later("not now", at)

    return act


class Effect:
    """An effect that notes, each time, whether it may have happened before; it meets one trouble
    after another before it succeeds."""

    def __init__(self, *troubles: BaseException, **result: Any) -> None:
        self.troubles = list(troubles)
        self.result: dict[str, Any] = result
        self.again: list[bool] = []
        self.met = asyncio.Event()

    async def __call__(self, attempt: Attempt) -> dict[str, Any]:
        self.again.append(attempt.may_have_run)
        self.met.set()
        if self.troubles:
            raise self.troubles.pop(0)
        return self.result


# What effects of these tests return.
RESULT = dict[str, Any]


def attempt(
    *,
    repeats: bool = False,
    written_at: float = 1e9,
    settled_at: float = 0.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    wall: Callable[[], float] = time.time,
) -> Attempt:
    """An attempt outside any journal, in a step that an earlier one may have begun if `repeats`."""

    async def keep(_: Attempt) -> None:
        return

    tried = Attempt(
        entry("1"), written_at, 0.0, True, keep, lambda: 0, Clocks(wall, sleep=sleep), DEFAULT
    )
    tried.settled_at, tried.may_have_run = settled_at, repeats
    return tried


def steps(*effects: Effect) -> Handler:
    """An act of these steps."""

    async def act(attempt: Attempt) -> None:
        for number, effect in enumerate(effects):
            assert await attempt.step(str(number), effect, RESULT) == effect.result

    return act


# An act that raises this ends like a process that is killed here: nothing after it happens.
DEATH = asyncio.CancelledError()
