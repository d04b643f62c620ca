"""Every journal, when something goes wrong, and at its end."""

import asyncio
import json
import logging
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.errors import DatabaseTrouble, Later
from bot.journal import Attempt, Entry, RunningJournal
from bot.journal.attempt import CHANGEOVER_SECONDS
from bot.journal.sqlite import SqliteJournal
from bot.store import Statement
from bot.store.sqlite import SqliteDatabase
from bot.timing import Clocks
from tests.journals import (
    DEATH,
    KIND,
    RESULT,
    Effect,
    SqliteStore,
    Store,
    Worker,
    boom,
    carried_out,
    entry,
    forever,
    later,
    steps,
    taken_up,
)
from tests.log_asserts import written

FAR = 100_000.0


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "triage.db")


async def refused(journal: Store, running: RunningJournal, times: int) -> None:
    """The journal has come to know, several times one after another, that nothing is written."""
    await journal.has_refused()
    for _ in range(times):
        with pytest.raises(DatabaseTrouble):
            await running.write(entry("never", lane="never"))


async def test_an_entry_that_was_not_saved_is_not_carried_out(journal: Store) -> None:
    worker = Worker()
    async with journal.open(worker) as running:
        async with journal.refusing():
            with pytest.raises(DatabaseTrouble):
                await running.write(entry("1", dedup_key="A"))
        assert await running.write(entry("1", dedup_key="A"))
        await worker.until_done("1")
    assert worker.tried == ["1"]


async def test_a_step_whose_result_cannot_be_written_is_not_repeated(journal: Store) -> None:
    one, two, worker = Effect(number=1), Effect(), Worker()
    async with AsyncExitStack() as refusing, journal.open(worker) as running:

        async def act(attempt: Attempt) -> None:
            if attempt.number == 0:
                await refusing.enter_async_context(journal.refusing())
            await steps(one, two)(attempt)

        worker.acts["1"] = act
        await running.write(entry("1"))
        await one.met.wait()
        await refused(journal, running, times=3)
        await refusing.aclose()
        await running.write(entry("2"))
        await worker.until_done("1", "2")
    assert worker.tried == ["1", "1", "2"]
    assert (one.again, two.again) == ([False], [True])
    assert await carried_out(journal) == []


async def test_a_step_without_a_result_has_to_look_after_a_restart(journal: Store) -> None:
    effect, worker, unwritten = Effect(), Worker(), asyncio.Event()
    async with AsyncExitStack() as refusing, journal.open(worker, patience=0) as running:

        async def act(attempt: Attempt) -> None:
            await refusing.enter_async_context(journal.refusing())
            with pytest.raises(DatabaseTrouble):
                await attempt.step("0", effect, RESULT)
            unwritten.set()
            await forever(attempt)

        worker.acts["1"] = act
        await running.write(entry("1"))
        await unwritten.wait()
        await refusing.aclose()
    worker = await taken_up(journal, Worker(**{"1": steps(effect)}), "1")
    assert effect.again == [False, True]


async def test_an_end_that_cannot_be_written_repeats_no_step(journal: Store) -> None:
    effect, worker, ending = Effect(), Worker(), asyncio.Event()
    async with AsyncExitStack() as refusing, journal.open(worker) as running:

        async def act(attempt: Attempt) -> None:
            await attempt.step("0", effect, RESULT)
            if attempt.number == 0:
                await refusing.enter_async_context(journal.refusing())
                ending.set()

        worker.acts["1"] = act
        await running.write(entry("1"))
        await ending.wait()
        await refused(journal, running, times=3)
        await refusing.aclose()
        await running.write(entry("2"))
        await worker.until_done("2")
    assert (worker.done, effect.again) == (["1", "1", "2"], [False])
    assert await carried_out(journal) == []


async def test_what_could_not_be_written_with_a_step_is_written_before_the_next_one(
    journal: Store,
) -> None:
    effect, worker, failing = Effect(), Worker(), asyncio.Event()
    async with AsyncExitStack() as refusing, journal.open(worker) as running:

        async def act(attempt: Attempt) -> None:
            if attempt.number == 0:
                sql = "INSERT INTO facts (name, value) VALUES ('a', 'b')"
                attempt.unwritten.append(Statement(sql))
                await refusing.enter_async_context(journal.refusing())
                failing.set()
            await attempt.step("0", effect, RESULT)

        worker.acts["1"] = act
        await running.write(entry("1"))
        await failing.wait()
        await refused(journal, running, times=3)
        await refusing.aclose()
        await running.write(entry("2"))
        await worker.until_done("1", "2")
        assert len(await journal.database.read("SELECT * FROM facts WHERE name = 'a'")) == 1


async def test_nothing_is_begun_before_it_is_written_that_it_is(journal: Store) -> None:
    worker, failing = Worker(), asyncio.Event()
    async with AsyncExitStack() as refusing, journal.open(worker) as running:

        async def act(attempt: Attempt) -> None:
            await running.write(entry("2"))
            await refusing.enter_async_context(journal.refusing())
            failing.set()
            raise RuntimeError

        worker.acts["1"] = act
        await running.write(entry("1"))
        await failing.wait()
        await refused(journal, running, times=4)
        assert worker.tried == ["1"]
        await refusing.aclose()
        await running.write(entry("3"))
        await worker.until_done("2", "3")
    assert worker.tried == ["1", "2", "3"]


async def test_a_time_that_could_not_be_written_is_kept(journal: Store) -> None:
    worker, failing = Worker(), asyncio.Event()
    async with AsyncExitStack() as refusing, journal.open(worker) as running:

        async def act(attempt: Attempt) -> None:
            await refusing.enter_async_context(journal.refusing())
            failing.set()
            raise Later("not now", journal.clock.now + FAR)

        worker.acts["1"] = act
        await running.write(entry("1"))
        await failing.wait()
        await refused(journal, running, times=2)
        await refusing.aclose()
        await running.write(entry("2", lane="b"))
        await worker.until_done("2")
    assert worker.tried == ["1", "2"]


async def test_an_unexpected_error_is_kept_and_told_and_its_lane_goes_on(
    journal: Store, caplog: pytest.LogCaptureFixture
) -> None:
    bad = entry("bad")
    worker = Worker(bad=boom)
    async with journal.open(worker) as running:
        for each in (bad, entry("2"), entry("3")):
            assert await running.write(each)
        await worker.until_done("2", "3")
        assert not await running.write(bad)
    assert worker.done == ["2", "3"]
    (record,) = caplog.records
    assert record.getMessage().endswith(f"{KIND} failed and is kept")
    assert record.exc_info
    assert await carried_out(journal) == []


async def test_an_entry_of_a_newer_version_waits_for_it_and_not_for_ever(
    journal: Store, caplog: pytest.LogCaptureFixture
) -> None:
    worker, newer = Worker(), Entry("newer", "of a newer version", "a", {})
    async with journal.open(worker) as running:
        for each in (newer, entry("2"), entry("3", lane="b")):
            await running.write(each)
        await worker.until_done("3")
    assert (worker.tried, caplog.messages) == (["3"], [])
    journal.clock.now += CHANGEOVER_SECONDS
    async with journal.open(worker):
        await worker.until_done("2")
    assert caplog.messages == ["of a newer version failed and is kept"]


async def test_log_lines_about_an_entry_have_its_reference(journal: Store) -> None:
    log = logging.getLogger("bot.somewhere")

    async def act(attempt: Attempt) -> None:
        log.info("at work")

    first, second, third = (entry(name, lane=name) for name in ("1", "2", "3"))
    worker = Worker(**{first.id: act, second.id: boom, third.id: later()})
    with written() as out:
        async with journal.open(worker) as running:
            for each in (first, second, third):
                await running.write(each)
            await worker.until_tried(first.id, second.id, third.id)
        log.info("idle")
    # Behind the time, the level and the logger.
    said = [line.split(" ", 3)[3] for line in out.lines]
    assert f"[{first.reference}] at work" in said
    assert f"[{third.reference}] {KIND} waits 2 s: not now" in said
    (failed,) = (line for line in said if "failed and is kept" in line)
    assert failed.startswith(f"[{second.reference}] {KIND} failed and is kept | RuntimeError: boom")
    assert said[-1] == "idle"


async def test_stopping_lets_what_runs_finish_and_begins_nothing(journal: Store) -> None:
    running_now, go = asyncio.Event(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        running_now.set()
        await go.wait()

    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        for number in ("1", "2"):
            await running.write(entry(number))
        await running_now.wait()
        stopping = asyncio.ensure_future(running.stop(3600))
        await asyncio.sleep(0)
        for number, lane in (("3", "a"), ("4", "b"), ("5", "b")):
            assert await running.write(entry(number, lane=lane))
        go.set()
        await stopping
    assert worker.tried == worker.done == ["1"]
    effects = {number: Effect() for number in ("2", "3", "4", "5")}
    worker = await taken_up(
        journal, Worker(**{number: steps(effect) for number, effect in effects.items()}), *effects
    )
    assert {number: effect.again for number, effect in effects.items()} == {
        number: [False] for number in effects
    }


async def test_stopping_has_an_end_and_leaves_what_takes_longer(journal: Store) -> None:
    ended = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        try:
            await forever(attempt)
        finally:
            ended.set()

    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        await running.stop(0.01)
        assert ended.is_set()
    assert await carried_out(journal) == ["1"]


async def test_stopping_waits_for_nobody_who_waits(journal: Store) -> None:
    worker = Worker(**{"1": later(journal.clock.now + FAR)})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await worker.until_tried("1")
        # When this is done, the first is known to wait.
        await running.write(entry("2", lane="b"))
        await worker.until_done("2")
        await running.stop(3600)


async def test_stopping_what_has_nothing_to_do_is_no_trouble(journal: Store) -> None:
    async with journal.open(boom):
        pass


@pytest.mark.parametrize(
    ("identity", "reference"),
    [
        ("", "4OYMIQ"),
        ("click:1", "O2KOML"),
        ("reply:664a1b2c3d4e5f6a7b8c9d0e:2024-06-01T14:30:00.000Z", "SXTMSX"),
        ("команда", "RYNP33"),
    ],
)
def test_a_reference_is_short_and_for_ever_the_same(identity: str, reference: str) -> None:
    assert entry(identity).reference == reference


def rows(store: SqliteStore) -> list[tuple[Any, ...]]:
    """The rows that other connections can read now."""
    other = sqlite3.connect(store.path)
    try:
        return other.execute(
            "SELECT id, state, payload, steps FROM entries ORDER BY seq"
        ).fetchall()
    finally:
        other.close()


async def test_sqlite_has_the_entry_on_the_disk_before_write_returns(store: SqliteStore) -> None:
    async with store.open(forever, patience=0) as running:
        for number in ("1", "2"):
            await running.write(entry(number, words="é"))
            assert rows(store)[-1] == (number, "open", json.dumps({"words": "é"}), "{}")


async def test_sqlite_believes_no_clock_that_puts_work_off_for_ever(store: SqliteStore) -> None:
    worker = Worker(**{"1": later(store.clock.now + FAR, times=2)})
    async with SqliteDatabase(store.path) as database:
        journal = SqliteJournal(database, Clocks(store.clock), longest_wait=0.01)
        await journal.start({KIND: worker})
        await journal.write(entry("1"))
        await worker.until_done("1")
        await journal.stop(10)
    assert [each.attempt for each in worker.seen] == [0, 1, 2]


async def test_of_what_is_done_no_more_than_its_id_is_kept(journal: Store) -> None:
    effects = Effect(email="jane@example.com"), Effect(DEATH)
    worker = Worker(done=steps(effects[0]), failed=boom, asked=boom, open=steps(*effects))
    origin = {"channel": "C1", "response_url": "https://hooks.slack.com/secret"}
    async with journal.open(worker, patience=0) as running:
        for identity in ("done", "failed", "open"):
            await running.write(entry(identity, words="é"))
        await running.write(entry("asked", lane="b", origin=origin))
        await running.write(entry("last", lane="b"))
        await effects[1].met.wait()
        await worker.until_done("last")
        rows = await journal.database.read(
            "SELECT id, state, payload, steps FROM entries WHERE id <> 'last'"
        )
    words, step = json.dumps({"words": "é"}), json.dumps({"0": {"email": "jane@example.com"}})
    answered = json.dumps({"origin": {"channel": "C1", "response_url": None}})
    assert {row["id"]: tuple(row.values())[1:] for row in rows} == {
        "done": ("done", "", "{}"),
        "failed": ("failed", words, "{}"),
        "open": ("open", words, step),
        "asked": ("failed", answered, "{}"),
    }


async def test_what_a_step_writes_outlives_a_database_that_refuses_it(journal: Store) -> None:
    note = Statement("INSERT INTO facts VALUES ('note', 'kept') ON CONFLICT (name) DO NOTHING")
    effect, is_back = Effect(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        async def noting(_: Attempt) -> None:
            attempt.unwritten.append(note)
            await effect(attempt)

        if attempt.number == 0:
            async with journal.refusing():
                with pytest.raises(DatabaseTrouble) as refused:
                    await attempt.step("one", noting)
            is_back.set()
            raise refused.value
        await attempt.step("one", noting)

    worker = Worker(**{"1": act})
    async with journal.open(worker) as running:
        await running.write(entry("1"))
        await is_back.wait()
        await running.write(entry("2"))
        await worker.until_done("2")
        facts = await journal.database.read("SELECT value FROM facts WHERE name = 'note'")
    assert [row["value"] for row in facts] == ["kept"]
    assert effect.again == [False]
