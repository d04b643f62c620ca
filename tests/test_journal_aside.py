"""An entry that is put aside lets the rest of its lane pass, on every database."""

import asyncio

import pytest

from bot.errors import Later
from bot.journal import Attempt
from tests.journals import Store, Worker, carried_out, entry, forever

FAR = 100_000.0


class Refusing:
    """A handler that puts its entry aside until it may do its work."""

    def __init__(self, due: float) -> None:
        self.due = due
        self.open = False

    async def __call__(self, attempt: Attempt) -> None:
        if not self.open:
            later = Later("Slack refused it", self.due)
            later.aside = True
            raise later


async def test_an_entry_put_aside_does_not_hold_up_its_lane(journal: Store) -> None:
    act = Refusing(journal.clock.now + FAR)
    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        for number in ("1", "2", "3"):
            await running.write(entry(number))
        await worker.until_done("2", "3")
        await running.write(entry("4"))
        await worker.until_done("4")
    assert "1" not in worker.done


@pytest.mark.parametrize("patience", [0, 10], ids=["killed", "stopped"])
async def test_an_entry_put_aside_is_the_next_processs(journal: Store, patience: float) -> None:
    act = Refusing(journal.clock.now + 200)
    worker = Worker(**{"1": act, "2": forever} if not patience else {"1": act})
    async with journal.open(worker, patience=patience) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await running.write(entry("2"))
        await worker.until_tried("2")
    act.open = True
    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        await running.write(entry("3"))
        await worker.until_done("3")
        assert "1" not in worker.done
    journal.clock.now += 250
    async with journal.open(worker):
        await worker.until_done("1")
    (seen,) = (each for each in worker.seen if each.entry.id == "1")
    assert seen.entry.lane == "a", "handlers see the lane that it was written in"
    assert seen.attempt >= 1
    assert await carried_out(journal) == []


async def test_an_entry_put_aside_goes_on_in_its_lane_when_it_needs_that(journal: Store) -> None:
    refusing = Refusing(journal.clock.now + FAR)
    begun, passed, over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def asking(attempt: Attempt) -> None:
        if not begun.is_set():
            await refusing(attempt)
        if attempt.is_aside:
            passed.set()
        attempt.need_lane()
        assert over.is_set(), "another entry of the lane is still carried out"

    async def passing(_: Attempt) -> None:
        begun.set()
        await passed.wait()
        # Its attempts end before this one, if they do not wait for it.
        await running.write(entry("3", lane="b"))
        await worker.until_done("3")
        over.set()

    worker = Worker(**{"1": asking, "2": passing})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await running.write(entry("2"))
        await worker.until_tried("2")
        await journal.let_time_pass(FAR)
        await running.write(entry("4", lane="aside:a"))
        await worker.until_done("1", "2", "4")
    assert worker.done.index("2") < worker.done.index("1")
    assert await carried_out(journal) == []
