"""The journal on SQLite, for one process: a lane is a task, and lanes run side by side."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Final

from bot.errors import DatabaseTrouble, Later
from bot.journal import Entry, Handler, Observe, unobserved
from bot.journal.attempt import (
    WRITE,
    OpenPage,
    carried_out,
    page_of,
    remains,
    values_of,
)
from bot.store import Database, Row, Statement
from bot.tasks import ended, lasting
from bot.timing import DEFAULT, Timing

log = logging.getLogger(__name__)

# A due time further away than this comes from a clock that was wrong.
LONGEST_WAIT: Final = 3600.0
# From an entry written to its ack on the wire, in turns of the event loop; one or two to spare.
TURNS_OF_AN_ACK: Final = 4
# Entries of an earlier process that are read at a time.
PORTION: Final = 64
# Of them, those that do not wait for SendKit and are read before the others.
MOST_FIRST: Final = 8 * PORTION
# Entries that are tried at once, of those that an earlier process left or that were put off: acks
# wait for each of them. Those that are stuck at SendKit have as many places of their own, fewer
# than calls that SendKit is asked at once: a SendKit that hangs holds up neither what is new nor
# what needs only Slack. Of those that were begun there may be more, as they mostly wait.
MOST_TRIED: Final = 8
MOST_SETTLING: Final = 64
# Whether a process was away for a day or the clock was put forward meanwhile, the next one cannot
# know: no more than this counts against an entry.
OLDEST_AT_START: Final = 23 * 3600.0

_BEGIN: Final = "UPDATE entries SET begun = 1 WHERE id = :id AND state = 'open'"
_STEP: Final = "UPDATE entries SET steps = :steps, twin = :twin WHERE id = :id"
_PUT_OFF: Final = """
    UPDATE entries
    SET due_at = :due, attempts = :attempts, begun = 0, settled_at = :settled, lane = :lane
    WHERE id = :id
"""
_END: Final = "UPDATE entries SET state = 'done', payload = '', steps = '{}' WHERE id = :id"
_FAIL: Final = """
    UPDATE entries SET state = 'failed', payload = :payload, twin = :twin WHERE id = :id
"""
_LAST: Final = "SELECT COALESCE(MAX(seq), 0) AS seq FROM entries"
# Why an entry was put off is not kept. It asks SendKit first, unless something was done already or
# Slack did not let the bot show it.
_ASKS_SENDKIT: Final = "(steps = '{}' AND lane NOT LIKE 'aside:%' AND lane NOT LIKE 'redraw:%')"
_UNREAD: Final = f"""
    SELECT *, {_ASKS_SENDKIT} AS stuck FROM entries
    WHERE state = 'open' AND seq > :after AND seq <= :last
"""
_FIRST: Final = f"{_UNREAD} AND NOT {_ASKS_SENDKIT} ORDER BY seq LIMIT :most"
_PORTION: Final = f"{_UNREAD} ORDER BY seq LIMIT :most"
_LANE: Final = f"{_UNREAD} AND lane = :lane ORDER BY seq"


@dataclass(slots=True)
class _Lane:
    """`due` is when its first entry is, by the monotonic clock, which nobody puts back or forward;
    the others wait for nothing but their turn."""

    due: float = 0.0
    pages: deque[OpenPage] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class SqliteJournal:
    """See bot.journal. `handlers` has one for each kind of entry that was ever written.

    `start` takes up what an earlier process left; `stop` lets what is running finish.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        longest_wait: float = LONGEST_WAIT,
        timing: Timing = DEFAULT,
        observe: Observe = unobserved,
    ) -> None:
        self._timing = timing
        self._observe = observe
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._handlers: Mapping[str, Handler] = {}
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._trying = asyncio.Semaphore(MOST_TRIED)
        self._stuck = asyncio.Semaphore(MOST_TRIED)
        self._settling = asyncio.Semaphore(MOST_SETTLING)
        # While entries of an earlier process are read: up to where they are, the last of them, what
        # was written meanwhile, the ids of what is in memory, the lanes yet to be tried.
        self._reads = False
        self._read_up_to = self._last = 0
        self._written: deque[OpenPage] = deque()
        self._taken: set[str] = set()
        self._queued: set[str] = set()
        self._moved = asyncio.Event()
        self._left: set[str] = set()

    async def start(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._settled_at = self._clock() + self._timing.settling
        self._reads = True
        (row,) = await self._database.read(_LAST)
        self._last = int(row["seq"])
        self._taking_up = lasting(self._take_up())

    async def _take_up(self) -> None:
        """Takes up what an earlier process left, a portion at a time, and the next one when few of
        them wait to be tried; first what does not wait for SendKit, which may hang. What is written
        meanwhile comes behind what its lane has unread."""
        while self._read_up_to < self._last or self._written:
            self._moved.clear()
            try:
                if self._written:
                    lane = self._written[0].entry.lane
                    self._take(await self._database.read(_LANE, lane=lane, **self._unread()))
                    self._place(self._written.popleft())
                elif len(self._queued) < PORTION:
                    if not self._read_up_to:
                        first = await self._database.read(_FIRST, most=MOST_FIRST, **self._unread())
                        self._take(first)
                    rows = await self._database.read(_PORTION, most=PORTION, **self._unread())
                    self._take(rows)
                    self._read_up_to = rows[-1]["seq"] if len(rows) == PORTION else self._last
                else:
                    await self._moved.wait()
            except DatabaseTrouble as error:
                log.warning("what an earlier process left cannot be read yet: %s", error)
                await asyncio.sleep(self._timing.shortest_pause)
        self._reads = False
        self._taken.clear()

    def _unread(self) -> Mapping[str, int]:
        return {"after": self._read_up_to, "last": self._last}

    def _take(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if row["id"] in self._taken:
                continue
            self._taken.add(row["id"])
            self._left.add(row["id"])
            if row["lane"] not in self._lanes:
                self._queued.add(row["lane"])
            self._enqueue(self._page_of(row), self._due(row))

    def _place(self, page: OpenPage) -> None:
        lane = self._enqueue(page)
        if page.others:
            lane.woken.set()

    async def stop(self, seconds: float) -> None:
        """Begins nothing new and waits so long for what is running; the rest stays written."""
        self._stopping = True
        if self._reads:
            await ended(self._taking_up)
        for lane in self._lanes.values():
            lane.woken.set()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=seconds)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def write(self, entry: Entry) -> bool:
        now = self._clock()
        # What finds its lane empty begins at once, and so needs no write of its own to say so.
        idle = entry.lane not in self._lanes and not self._stopping and not self._reads
        # Of what merges several may come at once: it is begun in a write of its own.
        begun = idle and not entry.merges
        (written,) = await self._database.write(
            Statement(WRITE, values_of(entry, now, begun=begun))
        )
        if written:
            self._observe("written", entry.kind, 0.0)
            waiting = self._waiting_behind(entry.lane)
            page = OpenPage(entry, now, now, begun, self._keep, waiting, monotonic=self._monotonic)
            if self._reads:
                self._taken.add(entry.id)
                self._written.append(page)
                self._moved.set()
            else:
                self._place(page)
        return bool(written)

    def _page_of(self, row: Row) -> OpenPage:
        now = self._clock()
        settled_at = self._settled_at if row["begun"] else 0.0
        age = min(max(now - row["written_at"], 0.0), OLDEST_AT_START)
        behind = self._waiting_behind(row["lane"])
        page = page_of(row, settled_at, age, self._keep, behind, self._monotonic)
        page.stuck = bool(row["stuck"])
        return page

    def _due(self, row: Row) -> float:
        """Only what was put off waits. Of the clocks only the wall's is the same for two processes,
        and it may have been put back."""
        if row["begun"] or not row["attempts"]:
            return 0.0
        wait = min(
            float(row["due_at"]) - self._clock(), self._timing.longest_pause, self._longest_wait
        )
        return self._monotonic() + wait

    def _waiting_behind(self, lane: str) -> Callable[[], int]:
        return lambda: len(self._lanes[lane].pages) - 1

    async def _keep(self, page: OpenPage) -> None:
        values = {"id": page.entry.id, "steps": json.dumps(page.steps), "twin": page.twin}
        await self._database.write(Statement(_STEP, values))

    def _enqueue(self, page: OpenPage, due: float = 0.0) -> _Lane:
        name = page.lane
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(due)
            if not self._stopping:
                task = asyncio.get_running_loop().create_task(self._work(name, lane))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        lane.pages.append(page)
        return lane

    async def _work(self, name: str, lane: _Lane) -> None:
        # Whoever wrote the entry answers first: the work would take the processor from the ack.
        for _ in range(TURNS_OF_AN_ACK):
            await asyncio.sleep(0)
        while lane.pages:
            page = lane.pages[0]
            if lane.due > self._monotonic():
                self._moves_on(name)
            await self._until_due(lane)
            async with self._place_for(page):
                self._moves_on(name)
                if self._stopping:
                    return
                lane.woken.clear()
                has_ended = await self._attempt(page, lane)
            if has_ended or page.lane != name:
                lane.pages.popleft()
                due, lane.due = lane.due, 0.0
                if has_ended:
                    self._left.discard(page.entry.id)
                else:
                    page.waiting = self._waiting_behind(page.lane)
                    self._enqueue(page, due)
        del self._lanes[name]

    def _place_for(self, page: OpenPage) -> AbstractAsyncContextManager[object]:
        """What is new is tried at once. What was begun may have to wait until it has settled, and
        holds up nothing else."""
        if not page.attempt and page.entry.id not in self._left:
            return nullcontext()
        if page.begun:
            return self._settling
        return self._stuck if page.stuck else self._trying

    def _moves_on(self, lane: str) -> None:
        """It is not a lane any more that waits to be tried for the first time."""
        self._queued.discard(lane)
        self._moved.set()

    async def _until_due(self, lane: _Lane) -> None:
        """Waits for the entry's time. A newer entry of the lane is a reason to try at once, also
        one that came while it was tried."""
        seconds = lane.due - self._monotonic()
        if seconds <= 0 or self._stopping:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(lane.woken.wait(), seconds)

    async def _attempt(self, page: OpenPage, lane: _Lane) -> bool:
        """Whether the entry has come to its end."""
        entry = page.entry
        try:
            if not page.begun:
                (begun,) = await self._database.write(Statement(_BEGIN, {"id": entry.id}))
                if not begun:  # cancelled in the database
                    return True
                page.begun = True
            if await carried_out(page, self._handlers, self._observe):
                await self._end(page, lane)
            else:
                with suppress(DatabaseTrouble):
                    values = {"id": entry.id, "payload": remains(entry), "twin": page.twin}
                    await self._database.write(Statement(_FAIL, values))
        except (Later, DatabaseTrouble) as error:
            await self._put_off(page, lane, error)
            return False
        return True

    async def _end(self, page: OpenPage, lane: _Lane) -> None:
        """Ends the entry and begins the lane's next one, in one commit."""
        following = lane.pages[1] if len(lane.pages) > 1 and not self._stopping else None
        statements = [Statement(_END, {"id": page.entry.id})]
        if following is not None and not following.begun:
            statements.append(Statement(_BEGIN, {"id": following.entry.id}))
        *_, begun = await self._database.write(*statements)
        if following is not None:
            following.begun = following.begun or bool(begun)

    async def _put_off(self, page: OpenPage, lane: _Lane, error: Later | DatabaseTrouble) -> None:
        now = self._clock()
        page.put_off(error, now, self._timing)
        lane.due = self._monotonic() + min(page.due_at - now, self._longest_wait)
        values = {
            "id": page.entry.id,
            "due": page.due_at,
            "attempts": page.attempt,
            "settled": page.settled_at,
            "lane": page.lane,
        }
        with suppress(DatabaseTrouble):  # the time is kept in memory; a restart tries sooner
            await self._database.write(Statement(_PUT_OFF, values))
