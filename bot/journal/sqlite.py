"""The journal on SQLite, for one process: a lane is a task, and lanes run side by side."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Final

from bot.errors import DatabaseTrouble
from bot.journal import Handler, Observe, OnFailure, unobserved, untold
from bot.journal.attempt import (
    BEGUN,
    CANCEL,
    PUT_OFF,
    TAKEN_UP,
    UNTOUCHED,
    WRITE,
    Attempt,
    Handlers,
    PutOff,
    remains,
    taken_up,
    values_of,
)
from bot.journal.entry import Entry
from bot.lifecycle import ended, lasting
from bot.store import Database, Row, Statement
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing

log = logging.getLogger(__name__)

# A due time further away comes from a wrong clock.
LONGEST_WAIT: Final = 3600.0
# Loop iterations to yield so that the ack goes out first, with one or two to spare.
TURNS_OF_AN_ACK: Final = 4
# How many entries of an earlier process are read at a time.
PORTION: Final = 64
# How many of these, that do not wait for SendKit, are read before the others.
MOST_FIRST: Final = 8 * PORTION
# How many entries of an earlier process, or delayed ones, are tried at once: acks wait for each of
# them. Entries that hang at SendKit have as many slots of their own, fewer than the client has, so
# that a hanging SendKit delays neither new entries nor those that only need Slack. More entries
# that were begun may run, since they mostly wait.
MOST_TRIED: Final = 8
MOST_SETTLING: Final = 64
# Cap on an entry's age after a restart: downtime and a clock jump look alike.
OLDEST_AT_START: Final = 23 * 3600.0

_BEGIN: Final = f"UPDATE entries SET begun = {BEGUN} WHERE id = :id AND state = 'open'"
_TAKE_UP: Final = f"""
    UPDATE entries SET begun = {TAKEN_UP}, settled_at = MAX(settled_at, :settled)
    WHERE state = 'open' AND begun = {BEGUN}
"""
_STEP: Final = f"""
    UPDATE entries SET steps = :steps, twin = :dedup_key, begun = {BEGUN} WHERE id = :id
"""
_PUT_OFF: Final = """
    UPDATE entries
    SET due_at = :due, attempts = :attempts, begun = 0, settled_at = :settled, lane = :lane,
        steps = :steps
    WHERE id = :id
"""
_END: Final = "UPDATE entries SET state = 'done', payload = '', steps = '{}' WHERE id = :id"
_FAIL: Final = """
    UPDATE entries SET state = 'failed', payload = :payload, twin = :dedup_key WHERE id = :id
"""
_OPEN: Final = "SELECT seq FROM entries WHERE id = :id AND state = 'open'"
_LAST: Final = "SELECT COALESCE(MAX(seq), 0) AS seq FROM entries"
# The reason of a delay is not stored. An entry asks SendKit first, unless a step was done already
# or Slack refused to show it.
_ASKS_SENDKIT: Final = f"""
    ((steps = '{{}}' OR steps LIKE '{{"{UNTOUCHED}"%')
        AND lane NOT LIKE 'aside:%' AND lane NOT LIKE 'redraw:%')
"""
_UNREAD: Final = f"""
    SELECT *, {_ASKS_SENDKIT} AS stuck FROM entries
    WHERE state = 'open' AND seq > :after AND seq <= :last
"""
_FIRST: Final = f"{_UNREAD} AND NOT {_ASKS_SENDKIT} ORDER BY seq LIMIT :most"
_PORTION: Final = f"{_UNREAD} ORDER BY seq LIMIT :most"
_LANE: Final = f"{_UNREAD} AND lane = :lane ORDER BY seq"


@dataclass(slots=True)
class _Lane:
    """`due`: when its first entry may be tried again, by the monotonic clock. The others wait for
    their turn, and for their `not_before`."""

    due: float = 0.0
    attempts: deque[Attempt] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class SqliteJournal:
    """See bot.journal. `handlers` has one for each kind of entry that was ever written.

    `start` takes up the entries of an earlier process; `stop` lets running ones finish.
    """

    def __init__(
        self,
        database: Database,
        clocks: Clocks = CLOCKS,
        timing: Timing = DEFAULT,
        observe: Observe = unobserved,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._timing = timing
        self._observe = observe
        self._database = database
        self._clocks = clocks
        self._longest_wait = longest_wait
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._trying = asyncio.Semaphore(MOST_TRIED)
        self._stuck = asyncio.Semaphore(MOST_TRIED)
        self._settling = asyncio.Semaphore(MOST_SETTLING)
        # While entries of an earlier process are read: how far, the last of them, those that were
        # written meanwhile, the ids in memory, and the lanes that were not tried yet.
        self._reads = False
        self._read_up_to = self._last = 0
        self._written: deque[Attempt] = deque()
        self._taken: set[str] = set()
        self._queued: set[str] = set()
        self._moved = asyncio.Event()
        self._left: set[str] = set()

    async def start(self, handlers: Mapping[str, Handler], failed: OnFailure = untold) -> None:
        self._handlers = Handlers(handlers, failed, self._observe)
        self._settled_at = self._clocks.wall() + self._timing.settling
        self._reads = True
        with suppress(DatabaseTrouble):  # then only the next process waits again
            await self._database.write(Statement(_TAKE_UP, {"settled": self._settled_at}))
        (row,) = await self._database.read(_LAST)
        self._last = int(row["seq"])
        self._taking_up = lasting(self._take_up())

    async def _take_up(self) -> None:
        """Reads the entries of an earlier process, a portion at a time, whenever few of them are
        left to try. Those that do not wait for SendKit come first, since it may hang. Entries that
        are written meanwhile come after the unread ones of their lane."""
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
                log.warning("could not read the entries of an earlier process yet: %s", error)
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
            self._enqueue(self._taken_up(row), self._due(row))

    def _place(self, attempt: Attempt) -> None:
        lane = self._enqueue(attempt)
        if attempt.queued_behind:
            lane.woken.set()

    async def stop(self, seconds: float) -> None:
        """Begins nothing new, and waits up to `seconds` for running work. The rest stays saved."""
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
        now = self._clocks.wall()
        # An entry with an empty lane begins at once, and needs no extra write for that.
        idle = entry.lane not in self._lanes and not self._stopping and not self._reads
        # Several entries that merge may come at once, so each begins in a write of its own.
        begun = idle and not entry.merges and entry.not_before <= now
        (written,) = await self._database.write(
            Statement(WRITE, values_of(entry, now, begun=begun))
        )
        if written:
            self._observe("written", entry.kind, 0.0)
            behind = self._waiting_behind(entry.lane)
            attempt = Attempt(
                entry, now, now, begun, self._keep, behind, self._clocks, self._timing
            )
            attempt.age_before = -attempt.seconds_to_wait
            if self._reads:
                self._taken.add(entry.id)
                self._written.append(attempt)
                self._moved.set()
            else:
                self._place(attempt)
        return bool(written)

    async def cancel(self, identity: str) -> bool:
        (cancelled,) = await self._database.write(Statement(CANCEL, {"id": identity}))
        for lane in self._lanes.values() if cancelled else ():
            if lane.attempts[0].entry.id == identity:
                lane.woken.set()
        return bool(cancelled)

    def _taken_up(self, row: Row) -> Attempt:
        settled_at = self._settled_at if row["begun"] == BEGUN else 0.0
        since = max(row["written_at"], row["not_before"])
        age = min(max(self._clocks.wall() - since, 0.0), OLDEST_AT_START)
        behind = self._waiting_behind(row["lane"])
        attempt = taken_up(row, settled_at, age, self._keep, behind, self._clocks, self._timing)
        attempt.age_before -= attempt.seconds_to_wait
        attempt.stuck = bool(row["stuck"])
        return attempt

    def _due(self, row: Row) -> float:
        """The time at which the entry may be tried. Only delayed entries wait. Two processes share
        only the wall clock, which may have been put back."""
        if row["begun"] or not row["attempts"]:
            return 0.0
        left = float(row["due_at"]) - self._clocks.wall()
        wait = min(left, self._timing.longest_pause, self._longest_wait)
        return self._clocks.monotonic() + wait

    def _waiting_behind(self, lane: str) -> Callable[[], int]:
        return lambda: len(self._lanes[lane].attempts) - 1

    async def _keep(self, attempt: Attempt) -> None:
        values = {
            "id": attempt.entry.id,
            "steps": json.dumps(attempt.steps),
            "dedup_key": attempt.dedup_key,
        }
        await self._database.write(Statement(_STEP, values), *attempt.unwritten)
        attempt.unwritten.clear()

    def _enqueue(self, attempt: Attempt, due: float = 0.0) -> _Lane:
        name = attempt.lane
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(due)
            if not self._stopping:
                task = asyncio.get_running_loop().create_task(self._work(name, lane))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        lane.attempts.append(attempt)
        return lane

    async def _work(self, name: str, lane: _Lane) -> None:
        for _ in range(TURNS_OF_AN_ACK):
            await asyncio.sleep(0)
        while lane.attempts:
            attempt = lane.attempts[0]
            if attempt.seconds_to_wait or lane.due > self._clocks.monotonic():
                self._moves_on(name)
            if attempt.seconds_to_wait and not await self._until_its_time(attempt, lane):
                lane.attempts.popleft()
                continue
            await self._until_due(attempt, lane)
            async with self._place_for(attempt):
                self._moves_on(name)
                if self._stopping:
                    return
                lane.woken.clear()
                has_ended = await self._attempt(attempt, lane)
            if has_ended or attempt.lane != name:
                lane.attempts.popleft()
                due, lane.due = lane.due, 0.0
                if has_ended:
                    self._left.discard(attempt.entry.id)
                else:
                    attempt.waiting = self._waiting_behind(attempt.lane)
                    self._enqueue(attempt, due)
        del self._lanes[name]

    async def _until_its_time(self, attempt: Attempt, lane: _Lane) -> bool:
        """Waits for the entry's `not_before`; False once the entry is cancelled. The wall clock may
        jump meanwhile."""
        while (left := attempt.seconds_to_wait) and not self._stopping:
            lane.woken.clear()
            if not await self._is_open(attempt):
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.woken.wait(), min(left, self._timing.clock_check))
        attempt.start_age()
        return True

    async def _is_open(self, attempt: Attempt) -> bool:
        with suppress(DatabaseTrouble):
            return bool(await self._database.read(_OPEN, id=attempt.entry.id))
        return True

    def _place_for(self, attempt: Attempt) -> AbstractAsyncContextManager[object]:
        """A slot to try the entry in. New entries need none. An entry that was begun may have to
        wait for its calls, and holds up nothing else."""
        if not attempt.number and attempt.entry.id not in self._left:
            return nullcontext()
        if attempt.begun:
            return self._settling
        return self._stuck if attempt.stuck else self._trying

    def _moves_on(self, lane: str) -> None:
        """Removes the lane from those that were not tried yet."""
        self._queued.discard(lane)
        self._moved.set()

    async def _until_due(self, attempt: Attempt, lane: _Lane) -> None:
        """Waits until the entry is due, also by a wall clock that was put forward, or until a newer
        entry of the lane is a reason to try at once."""
        seconds = lane.due - self._clocks.monotonic()
        if self._stopping:
            return
        while seconds > 0 and self._clocks.wall() < attempt.until and not lane.woken.is_set():
            pause = min(seconds, self._timing.clock_check)
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.woken.wait(), pause)
            seconds -= pause

    async def _attempt(self, attempt: Attempt, lane: _Lane) -> bool:
        """Makes one attempt; returns whether the entry has ended."""
        entry = attempt.entry
        try:
            if not attempt.begun:
                (begun,) = await self._database.write(Statement(_BEGIN, {"id": entry.id}))
                if not begun:
                    return True  # it was cancelled
                attempt.begun = True
            if await self._handlers.carry_out(attempt):
                await self._end(attempt, lane)
            else:
                with suppress(DatabaseTrouble):
                    values = {
                        "id": entry.id,
                        "payload": remains(entry),
                        "dedup_key": attempt.dedup_key,
                    }
                    await self._database.write(Statement(_FAIL, values))
        except PUT_OFF as error:
            await self._put_off(attempt, lane, error)
            return False
        return True

    async def _end(self, attempt: Attempt, lane: _Lane) -> None:
        """Ends the entry and begins the lane's next one, in one commit."""
        statements = [Statement(_END, {"id": attempt.entry.id})]
        following = lane.attempts[1] if len(lane.attempts) > 1 and not self._stopping else None
        if following and (following.begun or following.seconds_to_wait):
            following = None
        if following:
            statements.append(Statement(_BEGIN, {"id": following.entry.id}))
        _, *begun = await self._database.write(*statements)
        if following:
            following.begun = bool(begun[0])

    async def _put_off(self, attempt: Attempt, lane: _Lane, error: PutOff) -> None:
        attempt.put_off(error)
        wait = min(attempt.due_at - self._clocks.wall(), self._longest_wait)
        lane.due = self._clocks.monotonic() + wait
        values = {
            "id": attempt.entry.id,
            "due": attempt.due_at,
            "attempts": attempt.number,
            "settled": attempt.settled_at,
            "lane": attempt.lane,
            "steps": json.dumps(attempt.steps),
        }
        with suppress(DatabaseTrouble):  # the time is kept in memory; a restart tries sooner
            await self._database.write(Statement(_PUT_OFF, values), *attempt.unwritten)
            attempt.unwritten.clear()
