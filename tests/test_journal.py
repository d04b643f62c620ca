"""The duties of every journal. A new journal adds its store to the fixture."""

import asyncio
from typing import Any

import pytest

from bot.errors import Later
from bot.journal import Attempt, Entry, Handler
from bot.store import Statement
from bot.timing import DEFAULT
from tests.journals import (
    KIND,
    RESULT,
    Effect,
    Store,
    Worker,
    boom,
    carried_out,
    entry,
    forever,
    later,
    refused,
    run_until_done,
    run_until_tried,
    taken_up,
)

FAR = 100_000.0


ODD: dict[str, Any] = {"words": "“ü” \0 \U0001f600 \ud83d", "list": [1, 2.5, None, True, {}]}


async def test_an_entry_is_carried_out_as_it_was_written(journal: Store) -> None:
    worker, written = Worker(), Entry("click:1", KIND, "Spur ß", ODD, "twin")
    async with journal.open(worker) as running:
        assert await running.write(written)
        await worker.until_done("click:1")
    (seen,) = worker.seen
    assert (seen.entry, seen.written_at) == (written, journal.clock.now)
    assert (seen.attempt, seen.queued_behind) == (0, 0)
    assert await carried_out(journal) == []


async def test_entries_of_a_dead_process_are_taken_up_as_they_were_written(journal: Store) -> None:
    worker, written = Worker(), Entry("click:1", KIND, "Spur ß", ODD, "twin")
    written_at = journal.clock.now
    async with journal.open(forever, patience=0) as running:
        assert await running.write(written)
    journal.clock.now += 100
    async with journal.open(worker):
        await worker.until_done("click:1")
    (seen,) = worker.seen
    assert (seen.entry, seen.written_at) == (written, written_at)
    assert (seen.attempt, seen.queued_behind) == (0, 0)
    assert await carried_out(journal) == []


async def cancel(journal: Store, identity: str) -> None:
    """As an operator's command does, once the entry is not under way."""
    sql = "UPDATE entries SET state = 'done', payload = '' WHERE id = :id AND begun = 0"
    cancelling = Statement(sql, {"id": identity})
    while await journal.database.write(cancelling) == [0]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_an_entry_that_was_cancelled_is_not_tried_again(journal: Store) -> None:
    async def act(attempt: Attempt) -> None:
        await cancel(journal, "3")

    worker = Worker(**{"1": later(journal.clock.now + FAR), "2": act})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await cancel(journal, "1")
        await asyncio.gather(*(running.write(entry(identity)) for identity in "234"))
        await worker.until_done("4")
    assert worker.tried == ["1", "2", "4"]
    assert await carried_out(journal) == []


async def test_an_id_is_written_once_however_many_try_at_once(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        written = await asyncio.gather(*(running.write(entry("1")) for _ in range(50)))
        await worker.until_done("1")
    assert (written.count(True), worker.tried) == (1, ["1"])


@pytest.mark.parametrize("act", [forever, boom, later(FAR + 1_764_000_000), later(times=0)])
async def test_an_id_is_never_written_again_whatever_became_of_it(journal: Store, act: Any) -> None:
    worker = Worker(**{"1": act})
    async with journal.open(worker, patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        assert not await running.write(entry("1"))
        assert not await running.write(entry("1", lane="b", dedup_key="other", words="others"))
    journal.clock.now += FAR
    worker = Worker(**{"1": forever})
    async with journal.open(worker, patience=0) as running:
        assert not await running.write(entry("1"))
        assert not await running.write(entry("1", lane="b"))
        assert await running.write(entry("2", lane="b"))
        await worker.until_done("2")


async def test_entries_of_a_lane_are_carried_out_one_after_another_in_order(journal: Store) -> None:
    order, running_now = [str(number) for number in range(60)], 0

    async def act(attempt: Attempt) -> None:
        nonlocal running_now
        running_now += 1
        try:
            assert running_now == 1
            for _ in range(int(attempt.entry.id) % 5):
                await asyncio.sleep(0)
            await attempt.step("one", Effect(), RESULT)
        finally:
            running_now -= 1

    worker = Worker(**dict.fromkeys(order, act))
    async with journal.open(worker) as running:
        await asyncio.gather(*(running.write(entry(each)) for each in order[:30]))
        for each in order[30:]:
            await running.write(entry(each))
        await worker.until_done(*order)
    assert worker.done == worker.tried == order


async def test_a_lane_keeps_its_order_across_a_restart(journal: Store) -> None:
    order = [str(number) for number in range(20)]
    async with journal.open(forever, patience=0) as running:
        for each in order[:10]:
            await running.write(entry(each))
    worker = Worker()
    async with journal.open(worker) as running:
        for each in order[10:]:
            await running.write(entry(each))
        await worker.until_done(*order)
    assert worker.done == order


async def test_a_lane_that_has_come_to_its_end_takes_up_what_is_new(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        for number in range(20):
            await running.write(entry(str(number)))
            await worker.until_done(str(number))
            # Another lane's end comes after this one's.
            await running.write(entry(f"b{number}", lane="b"))
            await worker.until_done(f"b{number}")


async def test_lanes_run_side_by_side(journal: Store) -> None:
    lanes = [str(number) for number in range(20)]
    together = asyncio.Barrier(len(lanes))

    async def act(attempt: Attempt) -> None:
        await together.wait()

    worker = Worker(**dict.fromkeys(lanes, act))
    async with journal.open(worker) as running:
        for each in lanes:
            await running.write(entry(each, lane=each))
        await worker.until_done(*lanes)


async def test_a_page_knows_how_many_wait_behind_it(journal: Store) -> None:
    async def act(attempt: Attempt) -> None:
        if attempt.queued_behind < 2:
            raise Later("not now", journal.clock.now + FAR)

    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        for number in ("1", "2", "3"):
            await running.write(entry(number))
        await running.write(entry("4", lane="b"))
        await worker.until_done("1", "2", "3")
    assert [each.queued_behind for each in worker.seen if each.entry.lane == "a"][-3:] == [2, 1, 0]


TWINS = {
    "at once": ([("A", 0), ("A", 0)], [True, False]),
    "just in time": ([("A", 0), ("A", 9.9)], [True, False]),
    "ten seconds later": ([("A", 0), ("A", 10)], [True, True]),
    "somebody changed his mind": ([("A", 0), ("B", 1), ("A", 1)], [True, True, True]),
    "a double is no new beginning": ([("A", 0), ("A", 6), ("A", 6)], [True, False, True]),
    "no twin is like no other": ([(None, 0), (None, 0)], [True, True]),
    "something without a twin between": ([("A", 0), (None, 0), ("A", 0)], [True, True, False]),
    "a clock that was put back a little": ([("A", 0), ("A", -5)], [True, False]),
    "a clock that was put back": ([("A", 0), ("A", -3600)], [True, True]),
}


@pytest.mark.parametrize("restarts", [False, True], ids=["in one process", "across a restart"])
@pytest.mark.parametrize(("said", "written"), TWINS.values(), ids=TWINS.keys())
async def test_a_twin_of_the_newest_entry_of_a_lane_is_the_same_for_ten_seconds(
    journal: Store, said: list[tuple[str | None, float]], written: list[bool], restarts: bool
) -> None:
    found, worker = [], Worker()
    async with journal.open(worker) as running:
        for number, (twin, seconds) in enumerate(said[:-1]):
            journal.clock.now += seconds
            found.append(await running.write(entry(str(number), dedup_key=twin)))
            # What happens in other lanes does not come between.
            assert await running.write(entry(f"b{number}", lane=f"b{number}", dedup_key="A"))
        if not restarts:
            await worker.until_done("0")
            journal.clock.now += said[-1][1]
            found.append(await running.write(entry("last", dedup_key=said[-1][0])))
    if restarts:
        async with journal.open(worker) as running:
            journal.clock.now += said[-1][1]
            found.append(await running.write(entry("last", dedup_key=said[-1][0])))
    assert found == written


@pytest.mark.parametrize("ended", [refused, boom])
async def test_the_double_of_work_without_a_result_is_new(journal: Store, ended: Handler) -> None:
    worker = Worker(**{"1": ended})
    async with journal.open(worker) as running:
        await running.write(entry("1", dedup_key="A"))
        # This one begins once the end of the one before it is durable.
        await running.write(entry("2"))
        await worker.until_done("2")
        assert await running.write(entry("3", dedup_key="A"))
        assert not await running.write(entry("4", dedup_key="A"))


async def test_of_twins_at_once_one_is_written(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        twins = (running.write(entry(str(number), dedup_key="A")) for number in range(20))
        assert (await asyncio.gather(*twins)).count(True) == 1


async def test_a_delayed_entry_is_due_at_its_time_across_restarts(journal: Store) -> None:
    # Far enough ahead for a machine on which a step takes seconds.
    worker = Worker(**{"1": later(journal.clock.now + 3000)})
    await run_until_tried(journal, worker)
    assert await carried_out(journal) == []
    journal.clock.now += 2000
    assert await carried_out(journal) == []
    journal.clock.now += 1000
    worker = await taken_up(journal, Worker(), "1")
    assert worker.seen[0].attempt == 1


async def test_a_delayed_entry_is_tried_again_without_a_restart(journal: Store) -> None:
    worker = Worker(**{"1": later(journal.clock.now + 0.01, times=3)})
    await run_until_done(journal, worker)
    assert [each.attempt for each in worker.seen] == [0, 1, 2, 3]


PAUSES = [(0, 2), (3, 2), (4, 2), (10, 5), (300, 150), (600, 300), (86_400, 300), (-50, 2)]


@pytest.mark.parametrize(("age", "seconds"), PAUSES)
def test_a_pause_grows_with_the_age_of_the_work(age: float, seconds: float) -> None:
    assert DEFAULT.pause(age, attempt=99) == seconds


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 2), (1, 3), (2, 4.5), (99, 300)])
def test_an_entry_that_waited_for_others_is_tried_again_soon(attempt: int, seconds: float) -> None:
    assert DEFAULT.pause(86_400, attempt) == seconds


async def test_a_delay_without_a_time_is_tried_again_after_a_pause(journal: Store) -> None:
    async def act(attempt: Attempt) -> None:
        raise Later("not now")

    worker = Worker(**{"1": act})
    await run_until_tried(journal, worker)
    journal.clock.now += 1
    assert await carried_out(journal) == []
    journal.clock.now += 1
    assert await carried_out(journal) == ["1"]


async def test_a_newer_entry_of_the_lane_is_a_reason_to_try_at_once(journal: Store) -> None:
    worker = Worker(**{"1": later(journal.clock.now + FAR)})
    await run_until_tried(journal, worker)
    async with journal.open(worker) as running:
        await running.write(entry("2", lane="b"))
        await worker.until_done("2")
        assert worker.tried == ["1", "2"]
        await running.write(entry("3"))
        await worker.until_done("3")
    assert worker.done == ["2", "1", "3"]


async def test_a_delayed_entry_holds_up_its_own_lane_only(journal: Store) -> None:
    worker = Worker(**{"1": later(journal.clock.now + FAR, times=9)})
    async with journal.open(worker) as running:
        for number in ("1", "2", "3"):
            await running.write(entry(number))
        await running.write(entry("4", lane="b"))
        await worker.until_done("4")
    assert worker.done == ["4"]
    journal.clock.now += FAR
    worker = await taken_up(journal, Worker(), "1", "2", "3")
    assert worker.done == ["1", "2", "3"]
