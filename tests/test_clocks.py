"""Clocks that are put back or forward by hours, while the bot runs or between two runs: no time
that was set comes early, late or never because of it."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import Later, SendKitBusy
from bot.journal import Attempt, Handler
from bot.journal.sqlite import OLDEST_AT_START, SqliteJournal
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, Clocks, Timing
from tests.clients import sendkit_of
from tests.journals import KIND, Clock, Effect, Worker, attempt, entry, later, steps

HOURS = 5 * 3600.0
FAR = 365 * 24 * 3600.0


class Journals:
    """One process after another on the same file; `clock` is the wall's."""

    def __init__(self, path: Path, stack: AsyncExitStack) -> None:
        self.clock = Clock()
        self._path = path
        self._stack = stack

    async def open(
        self, worker: Handler, monotonic: Clock | None = None, longest_wait: float = FAR
    ) -> SqliteJournal:
        """A process, until `close`."""
        database = await self._stack.enter_async_context(SqliteDatabase(self._path))
        journal = SqliteJournal(
            database,
            Clocks(self.clock, monotonic or time.monotonic),
            Timing(clock_check=0.01, shortest_pause=60),
            longest_wait=longest_wait,
        )
        await journal.start({KIND: worker})
        self._stack.push_async_callback(journal.stop, 0)
        return journal

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture
async def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "triage.db", AsyncExitStack())


@pytest.mark.parametrize("jump", [-HOURS, HOURS], ids=["back", "forward"])
async def test_an_entry_behind_another_comes_next(journals: Journals, jump: float) -> None:
    worker, go = Worker(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        await go.wait()

    worker.acts["1"] = act
    journal = await journals.open(worker)
    await journal.write(entry("1"))
    await journal.write(entry("2"))
    journals.clock.now += jump
    go.set()
    await worker.until_done("1", "2")
    await journals.close()


async def test_a_clock_that_is_put_back_delays_nothing_that_was_put_off(journals: Journals) -> None:
    async def act(attempt: Attempt) -> None:
        if attempt.number < 3:
            journals.clock.now -= HOURS
            raise Later("not now", journals.clock.now + 0.01)

    worker = Worker(**{"1": act})
    journal = await journals.open(worker)
    await journal.write(entry("1"))
    await worker.until_done("1")
    await journals.close()


async def test_a_clock_put_forward_hurries_only_what_was_put_off_until_a_time(
    journals: Journals,
) -> None:
    worker = Worker(**{"1": later(journals.clock.now + HOURS), "2": later()})
    journal = await journals.open(worker)
    await journal.write(entry("1"))
    await journal.write(entry("2", lane="b"))
    await worker.until_tried("1", "2")
    journals.clock.now += HOURS
    await worker.until_done("1")
    await journal.write(entry("3", lane="c"))
    await worker.until_done("3")
    assert worker.done == ["1", "3"]
    await journals.close()


async def test_an_entry_waits_for_its_time_on_a_clock_that_is_put(journals: Journals) -> None:
    worker, monotonic, ages = Worker(), Clock(), list[float]()

    async def act(attempt: Attempt) -> None:
        ages.append(attempt.age)

    worker.acts["1"] = act
    journal = await journals.open(worker, monotonic)
    await journal.write(replace(entry("1"), not_before=journals.clock.now + HOURS))
    journals.clock.now -= HOURS
    for number in "23":
        monotonic.now += HOURS
        await journal.write(entry(number, lane="b"))
        await worker.until_done(number)
    assert worker.done == ["2", "3"]
    journals.clock.now += 2 * HOURS
    await worker.until_done("1")
    await journals.close()
    assert ages == [0]


async def test_an_entry_that_had_its_time_does_not_wait_for_it_again(journals: Journals) -> None:
    async def act(attempt: Attempt) -> None:
        if attempt.number == 0:
            journals.clock.now -= 2 * HOURS
            raise Later("not now", journals.clock.now + 0.01)

    worker = Worker(**{"1": act})
    journal = await journals.open(worker)
    await journal.write(replace(entry("1"), not_before=journals.clock.now + HOURS))
    journals.clock.now += HOURS
    await worker.until_done("1")
    await journals.close()


async def test_a_clock_put_back_between_runs_makes_nothing_wait_for_hours(
    journals: Journals,
) -> None:
    effect = Effect(Later("not now", journals.clock.now + 2))
    journal = await journals.open(Worker(**{"1": steps(effect)}))
    await journal.write(entry("1"))
    await effect.met.wait()
    await journals.close()
    journals.clock.now -= HOURS
    worker = Worker(**{"1": steps(effect)})
    await journals.open(worker, longest_wait=0.01)
    await worker.until_done("1")
    await journals.close()


@pytest.mark.parametrize(
    ("jump", "age"),
    [(60.0, 60.0), (-HOURS, 0.0), (FAR, OLDEST_AT_START)],
    ids=["a minute later", "put back", "a year later"],
)
async def test_an_age_goes_on_across_a_restart(journals: Journals, jump: float, age: float) -> None:
    dying, ages, monotonic = asyncio.Event(), list[float](), Clock()

    async def die(attempt: Attempt) -> None:
        dying.set()
        await asyncio.Event().wait()

    journal = await journals.open(Worker(**{"1": die}))
    await journal.write(entry("1"))
    await dying.wait()
    await journals.close()
    journals.clock.now += jump

    async def act(attempt: Attempt) -> None:
        ages.append(attempt.age)
        monotonic.now += 10
        journals.clock.now += HOURS
        ages.append(attempt.age)

    worker = Worker(**{"1": act})
    await journals.open(worker, monotonic)
    await worker.until_done("1")
    await journals.close()
    assert ages == [age, age + 10]


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(100.0, 5.0), (106.0, 0.0), (100.0 - HOURS, DEFAULT.settling)],
    ids=["in time", "settled", "put back"],
)
async def test_a_dead_processs_calls_are_waited_for(now: float, seconds: float) -> None:
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)

    left = attempt(settled_at=105.0, sleep=sleep, wall=lambda: now)
    assert await left.wait_for_inflight() is bool(seconds)
    assert pauses == [seconds] * bool(seconds)


@pytest.mark.parametrize("jump", [-HOURS, HOURS], ids=["back", "forward"])
async def test_when_sendkit_asks_to_wait_the_wait_is_as_long_as_it_asked(jump: float) -> None:
    clock, monotonic = Clock(), Clock()
    async with Server() as server, sendkit_of(server, clock=clock, monotonic=monotonic) as client:
        server.faults.add(Fault(status=429, retry_after=30))
        with pytest.raises(SendKitBusy):
            await client.ai_tags()
        clock.now += jump
        monotonic.now += 29
        with pytest.raises(SendKitBusy) as caught:
            await client.webhooks()
        assert caught.value.at == clock.now + 1
        monotonic.now += 1
        await client.webhooks()
