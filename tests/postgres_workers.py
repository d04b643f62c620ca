"""Processes that share a PostgreSQL, all of them in this one; and what they ask it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from bot.journal import Handler
from bot.journal.postgres import PostgresJournal
from bot.store import Database, Row, Statement
from bot.timing import Timing
from tests.journals import KIND

# No process is silent for so long, however busy the machine.
PATIENT = Timing(silence=60.0, heartbeat=0.05)
# For processes whose heartbeats a test holds up; the others are heard within it.
IMPATIENT = Timing(silence=2.0, heartbeat=0.05)
# A process that sends no heartbeat and does not notice.
MUTE = Timing(silence=600.0, heartbeat=60.0)

BEAT: Final = "last_heartbeat = now()"
BEGIN: Final = "SET begun = CASE begun"
FETCH: Final = "procrastinate_fetch_job_v2"
PUT_OFF: Final = "SET due_at"
TAKE_OVER: Final = "left_behind"


@asynccontextmanager
async def process(
    database: Database, worker: Handler, timing: Timing = PATIENT, patience: float = 0
) -> AsyncIterator[PostgresJournal]:
    journal = PostgresJournal(database, timing=timing)
    await journal.start({KIND: worker})
    try:
        yield journal
    finally:
        await journal.stop(patience)


class Watched:
    """A database that tells of each question before it is asked, and waits if told to."""

    def __init__(self, database: Database, asked: Callable[[str], Awaitable[None] | None]) -> None:
        self._database = database
        self._asked = asked

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        await self._tell(sql)
        return await self._database.read(sql, **values)

    async def write(self, *statements: Statement) -> Sequence[int]:
        await self._tell(statements[-1].sql)
        return await self._database.write(*statements)

    async def _tell(self, sql: str) -> None:
        if (told := self._asked(sql)) is not None:
            await told


async def jobs(database: Database) -> list[str]:
    return [row["status"] for row in await database.read("SELECT status FROM procrastinate_jobs")]
