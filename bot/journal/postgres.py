"""The journal on PostgreSQL, for several processes: any of them may carry out any entry.

The queue is procrastinate's: one job for each entry, whose lock is the entry's lane. The job is
written and ended in the same transactions as the entry. That needs procrastinate's SQL functions
instead of its Worker. An attempt at an entry that another process took over must not end that
process's job. https://procrastinate.readthedocs.io/en/stable/howto/advanced/schema.html
"""

import asyncio
import json
import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakValueDictionary

from bot import logs
from bot.errors import DatabaseTrouble
from bot.journal import Handler, Observe, OnFailure, unobserved, untold
from bot.journal.attempt import (
    BEGUN,
    CANCEL,
    PUT_OFF,
    TAKEN_UP,
    WRITE,
    Attempt,
    Handlers,
    TakenOver,
    remains,
    taken_up,
    values_of,
)
from bot.journal.entry import Entry
from bot.lifecycle import lasting
from bot.store import Database, Row, Statement
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing

log = logging.getLogger(__name__)

MOST_IN_HAND: Final = 64
GIVING_UP_SECONDS: Final = 1.0
DAY_SECONDS: Final = 24 * 3600.0

# Writes into one lane come one after another: a double must see the entry that it doubles, and a
# delayed entry the one that is written meanwhile.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(:lane, 0))"
_WRITE: Final = f"""
    WITH written AS ({WRITE} RETURNING id, lane, not_before),
    hurried AS (
        UPDATE procrastinate_jobs SET scheduled_at = now()
        WHERE lock = :lane AND status = 'todo' AND scheduled_at > now() AND attempts > 0
            AND EXISTS (SELECT 1 FROM written)
    )
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW('triage', 'entry', 0, lane, NULL, jsonb_build_object('entry', id),
            CASE WHEN not_before > :now THEN now() + make_interval(secs => not_before - :now) END)
        ::procrastinate_job_to_defer_v1
    ]) FROM written
"""
_FETCH: Final = """
    SELECT id, attempts, args ->> 'entry' AS entry
    FROM procrastinate_fetch_job_v2(ARRAY['triage']::varchar[], :worker) WHERE id IS NOT NULL
"""
_OTHERS: Final = """
    SELECT COUNT(*) FROM entries AS other JOIN entries AS this ON other.lane = this.lane
    WHERE this.id = :id AND other.seq > this.seq AND other.state = 'open'
"""
# The jobs that this process fetched and no other process has taken over.
_HELD: Final = """
    WITH held AS (
        SELECT id FROM procrastinate_jobs
        WHERE id = :job AND worker_id = :worker AND attempts = :fetches AND status = 'doing'
        FOR UPDATE
    )
"""
# A statement of its own, since it would not see entries that were written after the fetch began.
_BEGIN: Final = f"""
    {_HELD}, begun AS (
        UPDATE entries
        SET begun = CASE begun WHEN 0 THEN {BEGUN} ELSE {TAKEN_UP} END,
            settled_at = CASE begun WHEN {BEGUN} THEN GREATEST(settled_at, :settled)
                ELSE settled_at END
        WHERE id = :id AND state = 'open' AND EXISTS (SELECT 1 FROM held)
        RETURNING id
    )
    SELECT *, ({_OTHERS}) AS others FROM entries
    WHERE id = :id AND EXISTS (SELECT 1 FROM begun)
"""
_DROP_CANCELLED: Final = f"""
    {_HELD} SELECT procrastinate_finish_job_v1(id, 'aborted', true) FROM held
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE id = :id AND state = 'open')
"""
# Not once a process has fetched the job: an older version begins whatever it has fetched.
_CANCEL: Final = f"""
    WITH job AS (
        SELECT id FROM procrastinate_jobs
        WHERE lock = (SELECT lane FROM entries WHERE id = :id) AND status = 'todo'
            AND args ->> 'entry' = :id
        FOR UPDATE
    ), cancelled AS ({CANCEL} AND EXISTS (SELECT 1 FROM job) RETURNING id), dropped AS (
        DELETE FROM procrastinate_jobs USING job, cancelled WHERE procrastinate_jobs.id = job.id
    )
    SELECT id FROM cancelled
"""
_STEP: Final = f"""
    {_HELD} UPDATE entries SET steps = :steps, twin = :dedup_key, begun = {BEGUN}
    WHERE id = :id AND EXISTS (SELECT 1 FROM held)
"""
# A newer entry in the lane is a reason to try at once, also if it was written meanwhile. An entry
# put aside gets another lane, so that its job does not hold up the old one.
_PUT_OFF: Final = f"""
    {_HELD}, kept AS (
        UPDATE entries
        SET due_at = :due, attempts = :attempts, begun = :begun, steps = :steps,
            settled_at = :settled, lane = :lane
        WHERE id = :id AND EXISTS (SELECT 1 FROM held)
    )
    SELECT procrastinate_retry_job_v2(
        id,
        CASE WHEN :others < ({_OTHERS}) THEN now()
            ELSE now() + make_interval(secs => :seconds) END,
        NULL, NULL, :lane
    ) FROM held
"""
_END: Final = f"""
    {_HELD}, kept AS (
        UPDATE entries SET state = 'done', payload = '', steps = '{{}}'
        WHERE id = :id AND EXISTS (SELECT 1 FROM held)
    )
    SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM held
"""
_FAIL: Final = f"""
    {_HELD}, kept AS (
        UPDATE entries SET state = 'failed', payload = :payload, twin = :dedup_key
        WHERE id = :id AND EXISTS (SELECT 1 FROM held)
    )
    SELECT procrastinate_finish_job_v1(id, 'failed', true) FROM held
"""
# The silent workers are found first, as a list. In a join, a job that another process takes over
# and fetches at the same moment would count with the wrong worker's silence.
# https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
_SILENT: Final = """
    SELECT id FROM procrastinate_workers
    WHERE last_heartbeat < now() - make_interval(secs => :silence)
"""
# If a slow disk delays all heartbeats, this process seems silent too.
_TAKE_OVER: Final = f"""
    WITH left_behind AS (
        SELECT id FROM procrastinate_jobs
        WHERE queue_name = 'triage' AND status = 'doing' AND (
            worker_id IS NULL
            OR worker_id = ANY (ARRAY({_SILENT}))
            OR (worker_id = :worker AND id <> ALL (:in_hand ::bigint[]))
        )
        AND :worker <> ALL (ARRAY({_SILENT}))
        FOR UPDATE SKIP LOCKED
    )
    SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM left_behind
"""
_REGISTER: Final = "SELECT worker_id FROM procrastinate_register_worker_v1()"
_BEAT: Final = "UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = :worker"
_FORGET_DEAD: Final = "SELECT procrastinate_prune_stalled_workers_v1(:seconds)"
_UNREGISTER: Final = "SELECT procrastinate_unregister_worker_v1(:worker)"


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """An entry in hand `since` then; `claim` identifies this fetch of its job."""

    attempt: Attempt
    claim: Mapping[str, Any]
    since: float


class PostgresJournal:
    """See bot.journal. Entries that a dead process had in hand are taken over after
    `Timing.silence`; those that it had written and not begun, at once."""

    def __init__(
        self,
        database: Database,
        clocks: Clocks = CLOCKS,
        timing: Timing = DEFAULT,
        observe: Observe = unobserved,
    ) -> None:
        self._timing = timing
        self._observe = observe
        self._database = database
        self._clocks = clocks
        self._worker = 0
        # A dead process has been silent since its last heartbeat, which was shortly before its last
        # call.
        self._settling = max(timing.settling - (timing.silence - timing.heartbeat), 0.0)
        # Last acknowledged heartbeat; start of the unbroken streak; when the database was last
        # found reachable again.
        self._beaten_at = self._heard_since = self._steady_since = 0.0
        self._in_hand: set[_Held] = set()
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = False

    async def start(self, handlers: Mapping[str, Handler], failed: OnFailure = untold) -> None:
        self._handlers = Handlers(handlers, failed, self._observe)
        await self._database.read(_FORGET_DEAD, seconds=DAY_SECONDS)
        await self._register()
        self._beating = lasting(self._beat())
        self._fetching = lasting(self._fetch())

    async def stop(self, seconds: float) -> None:
        """Begins nothing new, and waits up to `seconds` for running work. Other processes take over
        the rest, as from a dead process."""
        self._stopping = True
        self._woken.set()
        await asyncio.wait([self._fetching, *self._tasks], timeout=seconds)
        await _given_up(self._fetching, self._beating, *self._tasks)
        if not self._in_hand:
            leaving = asyncio.create_task(self._unregister())
            await asyncio.wait([leaving], timeout=GIVING_UP_SECONDS)
            await _given_up(leaving)

    async def write(self, entry: Entry) -> bool:
        # Connections race, so writes of one process into a lane wait for each other.
        async with self._lanes.setdefault(entry.lane, asyncio.Lock()):
            _, written = await self._database.write(
                Statement(_LOCK, {"lane": entry.lane}),
                Statement(_WRITE, values_of(entry, self._clocks.wall(), begun=False)),
            )
        if written:
            self._observe("written", entry.kind, 0.0)
            self._woken.set()
        return bool(written)

    async def cancel(self, identity: str) -> bool:
        (cancelled,) = await self._database.write(Statement(_CANCEL, {"id": identity}))
        self._woken.set()
        return bool(cancelled)

    async def _register(self) -> None:
        (row,) = await self._database.read(_REGISTER)
        self._worker = row["worker_id"]
        self._beaten_at = self._heard_since = self._steady_since = time.monotonic()

    async def _unregister(self) -> None:
        with suppress(DatabaseTrouble):
            await self._database.read(_UNREGISTER, worker=self._worker)

    async def _beat(self) -> None:
        """Sends a heartbeat as often as others check for it."""
        while True:
            await asyncio.sleep(self._timing.heartbeat)
            sent_at = time.monotonic()
            try:
                (known,) = await self._database.write(Statement(_BEAT, {"worker": self._worker}))
                if not known:
                    await self._register()
            except DatabaseTrouble as error:
                log.warning("could not send a heartbeat: %s", error)
                self._steady_since = math.inf
            else:
                if sent_at - self._beaten_at > self._timing.silence:
                    self._heard_since = self._steady_since = sent_at
                self._beaten_at = sent_at
                self._steady_since = min(self._steady_since, sent_at)

    async def _fetch(self) -> None:
        looked_at = -math.inf
        while not self._stopping:
            self._woken.clear()
            try:
                if time.monotonic() - looked_at >= self._timing.heartbeat:
                    await self._take_over()
                    looked_at = time.monotonic()
                more = len(self._in_hand) < MOST_IN_HAND and await self._fetch_one()
            except DatabaseTrouble as error:
                log.warning("could not fetch an entry: %s", error)
                more, looked_at = False, -math.inf
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._timing.heartbeat)

    async def _take_over(self) -> None:
        """Releases the entries of silent processes, and those that this one fetched without getting
        the answer. After an outage of the database all processes were silent, so they get time for
        a heartbeat."""
        if time.monotonic() - self._steady_since < self._timing.silence:
            return
        in_hand = [held.claim["job"] for held in self._in_hand]
        values = {"silence": self._timing.silence, "worker": self._worker, "in_hand": in_hand}
        (taken,) = await self._database.write(Statement(_TAKE_OVER, values))
        if taken:
            log.info("took over %d abandoned entries", taken)

    async def _fetch_one(self) -> bool:
        worker, since = self._worker, time.monotonic()
        jobs = await self._database.read(_FETCH, worker=worker)
        for job in jobs:
            claim = {"job": job["id"], "fetches": job["attempts"], "worker": worker}
            # Empty if another process took the entry over, or it was cancelled.
            settled = self._clocks.wall() + self._settling
            rows = await self._database.read(_BEGIN, id=job["entry"], settled=settled, **claim)
            for row in rows:
                settled_at = settled if row["begun"] == BEGUN else 0.0
                await self._take_in_hand(self._held(row, claim, since, settled_at), row)
            if not rows:
                await self._database.read(_DROP_CANCELLED, id=job["entry"], **claim)
        return bool(jobs)

    async def _take_in_hand(self, held: _Held, row: Row) -> None:
        if self._stopping:
            held.attempt.begun = bool(row["begun"])
            with suppress(TakenOver):
                await self._write(_PUT_OFF, held)
            return
        self._in_hand.add(held)
        task = asyncio.create_task(self._attempt(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _held(self, row: Row, claim: Mapping[str, Any], since: float, settled_at: float) -> _Held:
        async def keep(attempt: Attempt) -> None:
            await self._write(_STEP, held)

        async def verify(attempt: Attempt) -> None:
            """After a freeze: gives up if our heartbeat expired; if it had lapsed, confirms that
            the claim is still ours."""
            if time.monotonic() - self._beaten_at > self._timing.silence:
                raise TakenOver
            if held.since < self._heard_since:
                await keep(attempt)

        attempt = taken_up(
            row,
            settled_at,
            max(self._clocks.wall() - max(row["written_at"], row["not_before"]), 0.0),
            keep,
            lambda: int(row["others"]),
            self._clocks,
            self._timing,
        )
        attempt.begun, attempt.verify = True, verify
        return (held := _Held(attempt, claim, since))

    async def _attempt(self, held: _Held) -> None:
        attempt = held.attempt
        try:
            try:
                if await self._handlers.carry_out(attempt):
                    await self._write(_END, held)
                else:
                    await self._insist(_FAIL, held, payload=remains(attempt.entry))
            except PUT_OFF as error:
                attempt.put_off(error)
                await self._insist(_PUT_OFF, held)
        except TakenOver:
            with logs.about(attempt.entry.reference):
                log.warning("another process took the entry over")
        # A task that was cancelled above ends with the process, which keeps its claim until then.
        self._in_hand.discard(held)
        self._woken.set()
        if (left := attempt.due_at - self._clocks.wall()) > 0:
            asyncio.get_running_loop().call_later(left, self._woken.set)

    async def _insist(self, sql: str, held: _Held, **more: str) -> None:
        """Saves the outcome, which only this process knows, as soon as the database is back."""
        said = ""
        while True:
            try:
                return await self._write(sql, held, **more)
            except DatabaseTrouble as error:
                if error.reason != said:
                    with logs.about(held.attempt.entry.reference):
                        log.warning("could not save the result of an entry yet: %s", error.reason)
                said = error.reason
                await asyncio.sleep(self._timing.heartbeat)

    async def _write(self, sql: str, held: _Held, **more: str) -> None:
        attempt = held.attempt
        values = {
            "id": attempt.entry.id,
            "due": attempt.due_at,
            "seconds": max(attempt.due_at - self._clocks.wall(), 0.0),
            "attempts": attempt.number,
            "others": attempt.queued_behind,
            "begun": int(attempt.begun),
            "settled": attempt.settled_at,
            "steps": json.dumps(attempt.steps),
            "lane": attempt.lane,
            "dedup_key": attempt.dedup_key,
        }
        written = [Statement(sql, {**values, **more, **held.claim}), *attempt.unwritten]
        if sql is _PUT_OFF:  # only then does it matter what else is in its lane
            lock = Statement(_LOCK, {"lane": attempt.entry.lane})
            _, touched, *_ = await self._database.write(lock, *written)
        else:
            touched, *_ = await self._database.write(*written)
        attempt.unwritten.clear()
        if not touched:
            raise TakenOver


async def _given_up(*tasks: "asyncio.Task[None]") -> None:
    """Cancels the tasks and waits for them. A task that waits for a hanging database is cancelled
    twice: the first time it asks the server to stop, and waits for that."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=GIVING_UP_SECONDS)
