"""Entries that wait for their time, and entries that are cancelled, on both databases."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import DatabaseTrouble
from bot.journal import PATIENCE_SECONDS, Attempt, Entry, Handler
from tests.journals import (
    Effect,
    Store,
    Worker,
    boom,
    carried_out,
    entry,
    forever,
    later,
    run_until_tried,
    steps,
    taken_up,
)

FAR = 3 * PATIENCE_SECONDS


def timed(store: Store, identity: str, wait: float = FAR, lane: str = "a") -> Entry:
    """An entry that waits so long from now."""
    return replace(entry(identity, lane), not_before=store.clock.now + wait)


class Ages:
    """An act that notes how old the entry is when it is tried."""

    def __init__(self) -> None:
        self.noted: list[float] = []

    async def __call__(self, attempt: Attempt) -> None:
        self.noted.append(attempt.age)


async def test_an_entry_waits_for_its_time_across_restarts(journal: Store) -> None:
    async with journal.open(Worker(), patience=0) as running:
        assert await running.write(timed(journal, "1", 3000))
    assert await carried_out(journal) == []
    journal.clock.now += 2900
    assert await carried_out(journal) == []
    journal.clock.now += 100 + 50
    ages = Ages()
    await taken_up(journal, Worker(**{"1": ages}), "1")
    assert ages.noted == [50]


async def test_an_entry_that_waited_for_days_is_new_when_its_time_comes(journal: Store) -> None:
    ages, effect = Ages(), Effect()
    acts: dict[str, Handler] = {"1": ages, "2": steps(effect)}
    worker = Worker(**acts)
    async with journal.open(worker) as running:
        await running.write(timed(journal, "1"))
        await running.write(timed(journal, "2", lane="b"))
        await running.write(entry("3", lane="c"))
        await worker.until_done("3")
        assert worker.tried == ["3"]
        await journal.let_time_pass(FAR)
        await worker.until_done("1", "2")
    assert ages.noted == [0]
    assert effect.again == [False]


async def test_time_behind_another_entry_counts_from_the_entrys_own(journal: Store) -> None:
    go, ages = asyncio.Event(), Ages()

    async def act(attempt: Attempt) -> None:
        await go.wait()

    acts: dict[str, Handler] = {"1": act, "2": ages}
    worker = Worker(**acts)
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await running.write(timed(journal, "2"))
        await worker.until_tried("1")
        await journal.let_time_pass(FAR + 20)
        go.set()
        await worker.until_done("2")
    assert ages.noted == [20]


async def test_an_entry_that_waits_for_its_time_keeps_its_lane_and_no_other(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        await running.write(timed(journal, "1"))
        # A newer entry of the lane does not hurry it.
        await running.write(entry("2"))
        for number in "345":
            await running.write(entry(number, lane="b"))
            await worker.until_done(number)
        assert worker.tried == ["3", "4", "5"]
        await journal.let_time_pass(FAR)
        await worker.until_done("2")
    assert worker.done == ["3", "4", "5", "1", "2"]


async def test_a_newer_entry_hurries_one_that_had_its_time_and_was_put_off(journal: Store) -> None:
    worker = Worker(**{"1": later(journal.clock.now + 2 * FAR)})
    async with journal.open(worker) as running:
        await running.write(timed(journal, "1"))
        await journal.let_time_pass(FAR)
        await worker.until_tried("1")
        await running.write(entry("2"))
        await worker.until_done("2")
    assert worker.tried == ["1", "1", "2"]


@pytest.mark.parametrize("first", [0.0, FAR])
async def test_an_entry_merges_with_one_that_begins_no_later(journal: Store, first: float) -> None:
    """Whatever a later one sees comes too late for what is wanted earlier."""
    worker = Worker(**{"1": forever})
    async with journal.open(worker, patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        waits = FAR - first
        assert await running.write(replace(timed(journal, "2", first), merges=True))
        assert await running.write(replace(timed(journal, "3", waits), merges=True)) is bool(first)
        assert not await running.write(replace(timed(journal, "4", FAR), merges=True))


async def test_an_entry_is_cancelled_once_and_its_lane_goes_on_at_once(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        await running.write(timed(journal, "1"))
        await running.write(entry("2"))
        found = await asyncio.gather(*(running.cancel("1") for _ in range(10)))
        assert found.count(True) == 1
        await worker.until_done("2")
        assert not await running.write(entry("1"))
    assert worker.tried == ["2"]
    journal.clock.now += FAR
    assert await carried_out(journal) == []


async def test_an_entry_is_cancelled_that_waits_behind_another(journal: Store) -> None:
    go = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        await go.wait()

    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        for waiting in (timed(journal, "2"), entry("3"), timed(journal, "4"), entry("5")):
            await running.write(waiting)
        for number in "234":
            assert await running.cancel(number)
        go.set()
        await worker.until_done("5")
    assert worker.done == worker.tried == ["1", "5"]


async def test_an_entry_is_cancelled_for_good_though_the_process_is_killed(journal: Store) -> None:
    """The second process cancels what it has hardly read."""
    async with journal.open(Worker(), patience=0) as running:
        for number in "123":
            await running.write(timed(journal, number, lane=f"lane {number}"))
            await running.write(entry(f"behind {number}", lane=f"lane {number}"))
        assert await running.cancel("1")
    worker = Worker()
    async with journal.open(worker) as running:
        assert not await running.cancel("1")
        assert await running.cancel("2")
        await worker.until_done("behind 1", "behind 2")
        assert await running.cancel("3")
        await worker.until_done("behind 3")
    journal.clock.now += FAR
    assert await carried_out(journal) == []
    assert sorted(worker.tried) == ["behind 1", "behind 2", "behind 3"]


@pytest.mark.parametrize("act", [forever, boom, later(1e12), later(times=0)])
async def test_an_entry_that_was_ever_tried_is_not_cancelled(journal: Store, act: Handler) -> None:
    """Its effects may have happened, also where it was put off."""
    worker = Worker(**{"1": act})
    async with journal.open(worker, patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        assert not await running.cancel("1")
        assert not await running.cancel("another")
        await running.write(entry("2", lane="b"))
        await worker.until_done("2")
        assert not await running.cancel("1")


async def test_an_entry_that_died_in_the_middle_is_not_cancelled(journal: Store) -> None:
    await run_until_tried(journal, Worker(**{"1": forever}), patience=0)
    worker = Worker()
    async with journal.open(worker) as running:
        assert not await running.cancel("1")
        await worker.until_done("1")


async def test_the_double_of_an_entry_that_was_cancelled_is_new_work(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        assert await running.write(replace(timed(journal, "1"), dedup_key="A"))
        assert not await running.write(replace(timed(journal, "2"), dedup_key="A"))
        assert await running.cancel("1")
        assert await running.write(entry("3", dedup_key="A"))
        await worker.until_done("3")
    assert worker.tried == ["3"]


async def test_an_entry_whose_end_cannot_be_written_is_not_cancelled(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        await running.write(timed(journal, "1"))
        async with journal.refusing():
            with pytest.raises(DatabaseTrouble):
                await running.cancel("1")
        await journal.let_time_pass(FAR)
        await worker.until_done("1")


async def test_nothing_of_a_cancelled_entry_is_kept_but_its_id(journal: Store) -> None:
    async with journal.open(Worker()) as running:
        await running.write(replace(timed(journal, "1"), payload={"words": "é"}))
        await running.cancel("1")
        (row,) = await journal.database.read("SELECT state, payload, steps FROM entries")
        assert tuple(row.values()) == ("cancelled", "", "{}")
