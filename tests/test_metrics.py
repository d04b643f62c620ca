"""The values of /metrics, and their names."""

import asyncio
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.errors import DatabaseTrouble
from bot.journal import Attempt, Handler
from bot.journal.attempt import TakenOver
from bot.journal.sqlite import SqliteJournal
from bot.slack.http import SURFACES, Dispatch, surface
from bot.store import Row, Statement
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, Clocks
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    DecisionId,
    EditTags,
    MarkRead,
    MarkUnread,
    Revert,
    SetAiTag,
)
from bot.web import metrics, server
from bot.web.metrics import Metrics
from tests.clients import BOUNDS
from tests.journals import KIND, Clock, boom, entry, forever, later
from tests.metrics_asserts import labelled, number
from tests.strategies import anything, calm


@pytest.fixture
def counts() -> Metrics:
    return Metrics("1.2.3")


def test_the_running_version_is_shown(counts: Metrics) -> None:
    assert number(counts, "build_info", version="1.2.3") == 1
    assert counts.registry.get_sample_value("process_resident_memory_bytes")


def test_two_bots_in_one_process_count_apart(counts: Metrics) -> None:
    counts.sendkit.labels("ok").inc()
    assert number(Metrics("2"), "sendkit_calls_total", result="ok") is None


async def page(counts: Metrics, database: SqliteDatabase, clock: Clock, **headers: str) -> str:
    routes = server.application(BOUNDS)
    served = metrics.MetricsPage(counts, database=database, is_connected=None, clock=clock)
    routes.router.add_get(metrics.PATH, served.answer)
    counts.count_requests(routes)
    async with server.listening(routes, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{port}"
        for path in ("/healthz", "/healthz?a=1", "/jane@example.com", "/x"):
            await client.get(url + path)
        async with client.get(url + metrics.PATH, headers=headers) as response:
            assert response.status == 200
            kind = "application/openmetrics-text" if headers else "text/plain"
            assert response.content_type == kind
            return await response.text()


async def test_routes_are_counted_by_their_names(tmp_path: Path, counts: Metrics) -> None:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        text = await page(counts, database, Clock())
    assert labelled(counts, "http_requests_total") == {
        ("/healthz", "200"): 2,
        ("none", "404"): 2,
        ("/metrics", "200"): 1,
    }
    assert "jane" not in text


async def test_openmetrics_is_served_on_request(tmp_path: Path, counts: Metrics) -> None:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        accept = "application/openmetrics-text; version=1.0.0"
        text = await page(counts, database, Clock(), Accept=accept)
    assert text.endswith("# EOF\n")


async def test_the_backlog_is_read_when_it_is_asked_for(tmp_path: Path, counts: Metrics) -> None:
    clock = Clock()
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = SqliteJournal(database, Clocks(clock))
        await journal.start({KIND: forever})
        await journal.write(entry("1"))
        clock.now += 30
        await journal.write(entry("2"))
        await page(counts, database, clock)
        assert number(counts, "entries_open") == 2
        assert number(counts, "entry_oldest_seconds") == 30
        assert number(counts, "entry_overdue_seconds") == 30
        await database.write(Statement("ALTER TABLE entries RENAME TO lost"))
        other = Metrics("3")
        await page(other, database, clock)
        for name in ("entries_open", "entry_oldest_seconds", "entry_overdue_seconds"):
            assert math.isnan(number(other, name) or 0)
        await journal.stop(0)


class Counting(SqliteDatabase):
    """Counts its reads."""

    reads = 0

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        self.reads += 1
        return await super().read(sql, **values)


async def test_a_second_scrape_soon_after_reads_nothing(tmp_path: Path, counts: Metrics) -> None:
    ticks = Clock()
    async with Counting(tmp_path / "triage.db") as database:
        served = metrics.MetricsPage(counts, database=database, is_connected=None, ticks=ticks)
        routes = server.application(BOUNDS)
        routes.router.add_get(metrics.PATH, served.answer)

        async def ask(client: aiohttp.ClientSession, url: str) -> int:
            async with client.get(url) as response:
                return response.status

        listening = server.listening(routes, "127.0.0.1", 0)
        async with listening as port, aiohttp.ClientSession() as client:
            url = f"http://127.0.0.1:{port}{metrics.PATH}"
            before = database.reads
            assert await asyncio.gather(*(ask(client, url) for _ in range(60))) == [200] * 60
            ticks.now += DEFAULT.findings_kept - 1
            await ask(client, url)
            assert database.reads == before + 1
            ticks.now += 1
            await ask(client, url)
            assert database.reads == before + 2
            # A database that fails is asked as seldom.
            await database.write(Statement("ALTER TABLE entries RENAME TO lost"))
            ticks.now += DEFAULT.findings_kept
            assert await asyncio.gather(*(ask(client, url) for _ in range(60))) == [200] * 60
            assert database.reads == before + 3


def test_metrics_are_named_as_prometheus_asks(counts: Metrics) -> None:
    for family in counts.registry.collect():
        if family.name.startswith("sendkit_triage"):
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", family.name)
            assert family.documentation.endswith(".")


async def done(attempt: Attempt) -> None:
    """An act that succeeds."""


async def trouble(attempt: Attempt) -> None:
    raise DatabaseTrouble("disk full")


async def taken_over(attempt: Attempt) -> None:
    raise TakenOver


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        (done, "entry_done_seconds_count"),
        (boom, "entries_failed_total"),
        (later(1e12), "entries_put_off_total"),
        (trouble, "entries_put_off_total"),
        (taken_over, "nothing"),
        (forever, "nothing"),
    ],
)
async def test_an_entry_is_counted_by_its_kind_and_end(
    tmp_path: Path, counts: Metrics, handler: Handler, name: str
) -> None:
    clock, tried = Clock(), asyncio.Event()

    async def act(attempt: Attempt) -> None:
        clock.now += 10
        tried.set()
        await handler(attempt)

    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = SqliteJournal(database, Clocks(clock, clock), observe=counts.entry)
        await journal.start({KIND: act})
        for _ in range(2):
            await journal.write(entry("1"))
        await tried.wait()
        await journal.stop(0 if handler is forever else 10)
    assert number(counts, "entries_written_total", kind=KIND) == 1
    ends = ("entry_done_seconds_count", "entries_failed_total", "entries_put_off_total")
    assert {each: number(counts, each, kind=KIND) or 0 for each in ends} == {
        each: float(each == name) for each in ends
    }
    if handler is done:
        assert number(counts, "entry_done_seconds_sum", kind=KIND) == 10


def test_every_kind_is_there_before_anything_happened(counts: Metrics) -> None:
    counts.expect([KIND])
    assert number(counts, "entries_failed_total", kind=KIND) == 0
    assert number(counts, "entries_written_total", kind=KIND) == 0


def test_decisions_are_counted_by_what_they_change(counts: Metrics) -> None:
    changes: list[Change] = [
        MarkRead(),
        MarkUnread(),
        SetAiTag(AiTag("jane@example.com")),
        ClearAiTag(),
        EditTags(("vip",), ()),
        Revert(DecisionId("click:1"), (ClearAiTag(), MarkUnread()), MarkRead()),
    ]
    for each in changes:
        counts.decision(each)
    names = ("mark_read", "mark_unread", "set_ai_tag", "clear_ai_tag", "edit_tags", "undo")
    assert labelled(counts, "decisions_total") == {(name,): 1 for name in names}


@pytest.mark.parametrize(
    ("status", "word"),
    [*((each, "ok") for each in (200, 204)), *((each, "refused") for each in (302, 404)),
     (429, "busy"), *((each, "down") for each in (503, 0))],
)  # fmt: skip
def test_a_status_is_this_word(status: int, word: str) -> None:
    assert metrics.result(status) == word


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-1")


def bolt() -> AsyncApp:
    return AsyncApp(
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
    )


async def test_acks_are_timed_by_surface_and_outcome(counts: Metrics) -> None:
    app = bolt()

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.command("/sendkit")(acknowledge)
    app.action("decide")(acknowledge)
    for body in (
        {"command": "/sendkit", "user_id": "U1"},
        {"command": "/other", "user_id": "U1"},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "decide"}]},
    ):
        await Dispatch(app, counts.ack)(body, {})
    assert labelled(counts, "ack_seconds_count") == {
        ("ok", "command"): 1,
        ("failed", "command"): 1,
        ("ok", "action"): 1,
    }
    seconds = number(counts, "ack_seconds_sum", surface="action", outcome="ok")
    assert seconds is not None
    assert seconds > 0


async def test_an_answer_that_never_came_is_counted_as_failed(counts: Metrics) -> None:
    app, began = bolt(), asyncio.Event()

    async def hang() -> None:
        began.set()
        await asyncio.Event().wait()

    app.command("/sendkit")(hang)
    answering = asyncio.create_task(Dispatch(app, counts.ack)({"command": "/sendkit"}, {}))
    await began.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert labelled(counts, "ack_seconds_count") == {("failed", "command"): 1}


@calm
@given(body=st.dictionaries(st.sampled_from(["type", "command", "event"]), anything))
def test_surfaces_are_few_whatever_arrives(body: dict[str, object]) -> None:
    assert surface(body) in {*SURFACES.values(), "other"}
