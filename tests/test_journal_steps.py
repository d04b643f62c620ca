"""Steps in every journal: each once, and when to look before it is repeated."""

import asyncio

import pytest

from bot.errors import Later
from bot.journal import Attempt, Handler
from tests.journals import (
    DEATH,
    RESULT,
    Effect,
    Store,
    Worker,
    entry,
    forever,
    run_until_done,
    run_until_tried,
    steps,
    taken_up,
)

FAR = 100_000.0


async def test_a_step_runs_once_and_keeps_its_result_across_restarts(journal: Store) -> None:
    one, two, three = Effect(words="“ü” \ud83d", list=[1, None]), Effect(DEATH), Effect()
    act = steps(one, one, two, three)
    async with journal.open(Worker(**{"1": act}), patience=0) as running:
        await running.write(entry("1"))
        await two.met.wait()
    await taken_up(journal, Worker(**{"1": act}), "1")
    # The step that was under way has to look; the one after it has not.
    assert (one.again, two.again, three.again) == ([False, False], [False, True], [False])


async def test_a_step_that_is_named_twice_runs_once(journal: Store) -> None:
    effect, results = Effect(number=1), list[RESULT]()

    async def act(attempt: Attempt) -> None:
        results.extend(
            [
                await attempt.step("same", effect, RESULT),
                await attempt.step("same", Effect(), RESULT),
            ]
        )

    worker = Worker(**{"1": act})
    await run_until_done(journal, worker)
    assert (results, effect.again) == ([{"number": 1}, {"number": 1}], [False])


async def test_a_step_that_was_put_off_has_to_look_and_the_next_one_has_not(journal: Store) -> None:
    past = journal.clock.now - 1
    one = Effect()
    two = Effect(Later("not now", past), Later("not now", past))
    three = Effect()
    worker = Worker(**{"1": steps(one, two, three)})
    await run_until_done(journal, worker)
    assert (one.again, two.again, three.again) == ([False], [False, True, True], [False])
    assert [each.attempt for each in worker.seen] == [0, 1, 2]


async def test_after_an_error_that_is_handled_the_next_step_has_to_look(journal: Store) -> None:
    one, two, three = Effect(ValueError()), Effect(), Effect()

    async def act(attempt: Attempt) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 — the one that the effect raises
            await attempt.step("one", one, RESULT)
        await attempt.step("two", two, RESULT)
        await attempt.step("three", three, RESULT)

    worker = Worker(**{"1": act})
    await run_until_done(journal, worker)
    assert (two.again, three.again) == ([True], [False])


async def test_an_entry_that_never_began_has_nothing_to_look_for(journal: Store) -> None:
    worker = Worker(begun=forever)
    async with journal.open(worker, patience=0) as running:
        for number in ("begun", "waiting"):
            await running.write(entry(number))
        await worker.until_tried("begun")
    begun, waiting = Effect(), Effect()
    worker = await taken_up(
        journal, Worker(begun=steps(begun), waiting=steps(waiting)), "begun", "waiting"
    )
    assert (begun.again, waiting.again) == ([True], [False])


async def test_the_next_one_in_a_lane_begins_when_the_one_before_ends(journal: Store) -> None:
    effect, go = Effect(DEATH), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        await go.wait()

    worker = Worker(**{"1": act, "2": steps(effect)})
    async with journal.open(worker, patience=0) as running:
        await running.write(entry("1"))
        await running.write(entry("2"))
        go.set()
        await effect.met.wait()
    worker = await taken_up(journal, Worker(**{"2": steps(effect)}), "2")
    assert (worker.tried, effect.again) == (["2"], [False, True])


@pytest.mark.parametrize("begins", [False, True])
async def test_a_step_that_only_looked_need_not_look_after_a_restart(
    journal: Store, begins: bool
) -> None:
    looks: list[bool] = []

    async def effect(attempt: Attempt) -> RESULT:
        looks.append(attempt.may_have_run)
        if begins:
            attempt.begins()
        if len(looks) == 1:
            raise Later("not now", journal.clock.now + 10)
        return {}

    async def act(attempt: Attempt) -> None:
        await attempt.step("one", effect, RESULT, looks_first=True)

    await run_until_tried(journal, Worker(**{"1": act}))
    journal.clock.now += 100
    await taken_up(journal, Worker(**{"1": act}), "1")
    assert looks == [False, begins]


async def test_calls_of_a_dead_process_are_given_time_to_end(journal: Store) -> None:
    worker = Worker(**{"1": forever})
    async with journal.open(worker, patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        assert worker.seen[0].settled_at <= journal.clock.now
    journal.clock.now += 100
    worker = await taken_up(journal, Worker(), "1")
    assert journal.clock.now < worker.seen[0].settled_at < journal.clock.now + 60


async def dies_in(journal: Store, act: Handler) -> float:
    """A process that takes the entry up and dies in this act; until when it had to wait."""
    worker = Worker(**{"1": act})
    async with journal.open(worker, patience=0):
        await worker.until_tried("1")
    return worker.seen[0].settled_at


async def test_a_process_that_only_waited_does_not_make_the_next_one_wait_again(
    journal: Store,
) -> None:
    async with journal.open(worker := Worker(**{"1": forever}), patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
    times = []
    for _ in range(3):
        times.append(await dies_in(journal, forever))
        journal.clock.now += 5
    assert times == [times[0]] * 3
    worker = await taken_up(journal, Worker(), "1")
    assert worker.seen[0].settled_at < journal.clock.now


@pytest.mark.parametrize("looks", [True, False])
async def test_a_call_after_the_wait_makes_the_next_one_wait(journal: Store, looks: bool) -> None:
    calling = asyncio.Event()

    async def call(attempt: Attempt) -> None:
        calling.set()
        await forever(attempt)

    async def repeat(attempt: Attempt) -> None:
        assert attempt.may_have_run
        if looks:  # and finds what the dead process did
            return
        await attempt.wait_for_inflight()
        await call(attempt)

    async def act(attempt: Attempt) -> None:
        await attempt.step("repeated", repeat, durable=False)
        await attempt.step("new", call)

    async with journal.open(worker := Worker(**{"1": forever}), patience=0) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
    await dies_in(journal, forever)
    journal.clock.now += 100
    async with journal.open(Worker(**{"1": act}), patience=0):
        await calling.wait()
    worker = await taken_up(journal, Worker(), "1")
    assert worker.seen[0].settled_at > journal.clock.now


async def test_an_entry_delayed_before_the_end_looks_and_does_not_wait(journal: Store) -> None:
    effect = Effect(Later("not now", journal.clock.now + FAR))
    async with journal.open(Worker(**{"1": steps(effect)})) as running:
        await running.write(entry("1"))
        await effect.met.wait()
    journal.clock.now += FAR
    worker = await taken_up(journal, Worker(**{"1": steps(effect)}), "1")
    assert effect.again == [False, True]
    assert worker.seen[0].settled_at <= journal.clock.now


async def test_a_death_in_the_second_attempt_may_leave_calls_under_way(journal: Store) -> None:
    dying = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        if attempt.number == 0:
            raise Later("not now", journal.clock.now - 1)
        dying.set()
        await forever(attempt)

    async with journal.open(Worker(**{"1": act}), patience=0) as running:
        await running.write(entry("1"))
        await dying.wait()
    worker = await taken_up(journal, Worker(), "1")
    assert (worker.seen[0].attempt, worker.tried) == (1, ["1"])
    assert worker.seen[0].settled_at > journal.clock.now


async def test_a_call_that_was_not_answered_is_given_time_to_come_through(journal: Store) -> None:
    error = Later("no answer", journal.clock.now - 1, settling=30.0)
    worker = Worker(**{"1": steps(Effect(error))})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        journal.clock.now += 10
        await running.write(entry("2"))  # a reason to try at once
        await worker.until_done("1")
    assert worker.seen[1].settled_at == journal.clock.now + 20


async def test_it_is_given_that_time_by_the_next_process_too(journal: Store) -> None:
    error = Later("no answer", journal.clock.now - 1, settling=30.0)
    worker = Worker(**{"1": steps(Effect(error))})
    await run_until_tried(journal, worker)
    journal.clock.now += 10
    worker = await taken_up(journal, Worker(), "1")
    assert worker.seen[0].settled_at > journal.clock.now
