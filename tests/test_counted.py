"""What is counted: once, and under few labels."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import codec, counted
from bot.errors import DatabaseTrouble
from bot.journal import Handler, Page
from bot.journal.attempt import TakenOver
from bot.journal.sqlite import SqliteJournal
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault
from bot.store.sqlite import SqliteDatabase
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    ConversationId,
    Decision,
    DecisionId,
    EditTags,
    MarkRead,
    MarkUnread,
    Origin,
    Person,
    SetAiTag,
    UserId,
)
from bot.web.metrics import Metrics
from tests.canned_server import answering
from tests.journals import KIND, SqliteStore, boom, entry, forever, later
from tests.metrics_asserts import labelled, number
from tests.strategies import anything, calm

ORIGIN = Origin(ChannelId("C1"), Person(UserId("U1"), "ada"))


@pytest.fixture
def counts() -> Metrics:
    return Metrics("1.2.3")


async def carried_out(tmp_path: Path, counts: Metrics, handler: Handler) -> None:
    """Writes one entry, which is 10 s old when its handler ends, and waits for that end."""
    store, ended = SqliteStore(tmp_path / "triage.db"), asyncio.Event()

    handlers = counted.handlers(counts, {KIND: handler}, lambda: store.clock.now + 10)

    async def act(page: Page) -> None:
        try:
            await handlers[KIND](page)
        finally:
            ended.set()

    async with store.open(act) as running:
        await counted.CountedJournal(running, counts).write(entry("1"))
        await ended.wait()


async def done(page: Page) -> None:
    """An act that succeeds."""


async def trouble(page: Page) -> None:
    raise DatabaseTrouble("disk full")


@pytest.mark.parametrize(
    ("handler", "name"),
    [
        (done, "entry_done_seconds_count"),
        (boom, "entries_failed_total"),
        (later(1e12), "entries_put_off_total"),
        (trouble, "entries_put_off_total"),
    ],
)
async def test_what_comes_of_an_entry_is_counted_by_its_kind(
    tmp_path: Path, counts: Metrics, handler: Handler, name: str
) -> None:
    await carried_out(tmp_path, counts, handler)
    assert number(counts, "entries_written_total", kind=KIND) == 1
    ends = ("entry_done_seconds_count", "entries_failed_total", "entries_put_off_total")
    assert {each: number(counts, each, kind=KIND) for each in ends} == {
        each: float(each == name) for each in ends
    }
    if handler is done:
        assert number(counts, "entry_done_seconds_sum", kind=KIND) == 10


async def test_an_entry_that_a_stop_cuts_off_has_come_to_no_end(
    tmp_path: Path, counts: Metrics
) -> None:
    store, began = SqliteStore(tmp_path / "triage.db"), asyncio.Event()

    async def act(page: Page) -> None:
        began.set()
        await forever(page)

    handlers = counted.handlers(counts, {KIND: act})
    async with store.open(handlers[KIND], patience=0) as running:
        await running.write(entry("1"))
        await began.wait()
    assert not labelled(counts, "entries_failed_total")
    assert not labelled(counts, "entry_done_seconds_count")


async def test_an_entry_that_another_process_took_over_has_come_to_no_end_here(
    tmp_path: Path, counts: Metrics
) -> None:
    async def act(page: Page) -> None:
        raise TakenOver

    with pytest.raises(TakenOver):
        await counted.handlers(counts, {KIND: act})[KIND](await opened(tmp_path))
    assert not labelled(counts, "entries_failed_total")
    assert not labelled(counts, "entries_put_off_total")
    assert not labelled(counts, "entry_done_seconds_count")


async def test_every_kind_is_there_before_anything_happened(counts: Metrics) -> None:
    counted.handlers(counts, {KIND: done})
    assert number(counts, "entries_failed_total", kind=KIND) == 0
    assert number(counts, "entries_written_total", kind=KIND) == 0


def test_decisions_are_counted_by_what_they_change(counts: Metrics) -> None:
    changes: list[Change] = [
        MarkRead(),
        MarkUnread(),
        SetAiTag(AiTag("jane@example.com")),
        ClearAiTag(),
        EditTags(("vip",), ()),
    ]
    made = counted.decisions(counts)
    for each in changes:
        made(each)
    assert labelled(counts, "decisions_total") == dict.fromkeys(
        [("mark_read",), ("mark_unread",), ("set_ai_tag",), ("clear_ai_tag",), ("edit_tags",)], 1
    )


async def test_entries_are_counted_by_their_kind_and_once(tmp_path: Path, counts: Metrics) -> None:
    decision = Decision(DecisionId("1"), ConversationId("c"), MarkRead(), ORIGIN, 0.0)
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = counted.CountedJournal(SqliteJournal(database), counts)
        assert await journal.write(codec.carry_out(decision))
        assert not await journal.write(codec.carry_out(decision))
        await journal.write(codec.tell("t", "sentence", ORIGIN))
    assert labelled(counts, "entries_written_total") == {("carry_out",): 1, ("tell",): 1}


async def opened(tmp_path: Path) -> Page:
    """An entry in hand."""
    store, pages = SqliteStore(tmp_path / "triage.db"), asyncio.Queue[Page]()
    async with store.open(pages.put) as running:
        await running.write(entry("1"))
        return await pages.get()


async def attempted(call: Awaitable[object]) -> None:
    with suppress(SlackApiError, aiohttp.ClientError, TimeoutError):
        await call


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault(), "ok"),
        (Fault(error="not_authed"), "refused"),
        (Fault(429, "ratelimited", retry_after=1), "busy"),
        (Fault(503, "service_unavailable"), "down"),
        (Fault(500), "down"),
        (Fault(drop="before"), "down"),
    ],
)
async def test_calls_to_slack_are_counted_by_method_and_result(
    slack: Slack, counts: Metrics, fault: Fault, result: str
) -> None:
    slack.faults.add("users.info", fault, 2)  # what is only read is asked for a second time
    slack.faults.add("response_url", fault)
    session = aiohttp.ClientSession(
        trace_configs=[counted.response_urls(counts, slack.api_url)],
    )
    async with session:
        client = counted.CountedSlack(
            counts,
            token=slack.bot_token,
            base_url=slack.api_url,
            session=session,
            retry_handlers=[],
        )
        await attempted(client.users_info(user="U0ADA"))
        assert labelled(counts, "slack_calls_total") == {("users.info", result): 1}
        url = f"{slack.base_url}/response/unknown"
        hook = AsyncWebhookClient(url, session=session, retry_handlers=[])
        await attempted(hook.send_dict({"text": "hello"}))
    calls = labelled(counts, "slack_calls_total")
    assert calls.pop(("users.info", result)) == 1
    ((method, _),) = calls
    assert method == "response_url"


@pytest.mark.parametrize(
    ("text", "kind"), [("<html>", "text/html"), ("<html>", "application/json"), ("", "text/plain")]
)
async def test_what_is_not_slacks_word_is_no_answer_of_slacks(
    counts: Metrics, text: str, kind: str
) -> None:
    async with answering(text, kind=kind) as url, aiohttp.ClientSession() as session:
        client = counted.CountedSlack(counts, token="xoxb-1", base_url=url, session=session)
        await attempted(client.auth_test())
    assert labelled(counts, "slack_calls_total") == {("auth.test", "down"): 1}


async def test_a_response_url_that_cannot_be_reached_is_counted(counts: Metrics) -> None:
    trace = counted.response_urls(counts, "https://slack.com/api/")
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        await attempted(session.post("http://127.0.0.1:9/response/1"))
    assert labelled(counts, "slack_calls_total") == {("response_url", "down"): 1}


@calm
@given(st.integers(0, 999))
def test_every_status_is_one_of_four_words(status: int) -> None:
    assert counted.result(status) in ("ok", "busy", "refused", "down")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (200, "ok"),
        (204, "ok"),
        (302, "refused"),
        (404, "refused"),
        (429, "busy"),
        (503, "down"),
        (counted.NO_ANSWER, "down"),
    ],
)
def test_a_status_is_this_word(status: int, word: str) -> None:
    assert counted.result(status) == word


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-1")


def bolt(counts: Metrics) -> counted.CountedApp:
    return counted.CountedApp(
        counts,
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
    )


async def test_acks_are_timed_by_surface_and_outcome(counts: Metrics) -> None:
    app = bolt(counts)

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.command("/sendkit")(acknowledge)
    app.action("decide")(acknowledge)
    for body in (
        {"command": "/sendkit", "user_id": "U1"},
        {"command": "/other", "user_id": "U1"},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "decide"}]},
    ):
        await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert labelled(counts, "ack_seconds_count") == {
        ("ok", "command"): 1,
        ("failed", "command"): 1,
        ("ok", "action"): 1,
    }
    seconds = number(counts, "ack_seconds_sum", surface="action", outcome="ok")
    assert seconds is not None
    assert seconds > 0


async def test_an_answer_that_never_came_is_counted_as_failed(counts: Metrics) -> None:
    app, began = bolt(counts), asyncio.Event()

    async def hang() -> None:
        began.set()
        await asyncio.Event().wait()

    app.command("/sendkit")(hang)
    request = AsyncBoltRequest(mode="socket_mode", body={"command": "/sendkit"})
    answering = asyncio.create_task(app.async_dispatch(request))
    await began.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert labelled(counts, "ack_seconds_count") == {("failed", "command"): 1}


@calm
@given(body=st.dictionaries(st.sampled_from(["type", "command", "event"]), anything))
def test_surfaces_are_few_whatever_arrives(body: dict[str, object]) -> None:
    assert counted.surface(body) in {*counted.SURFACES.values(), "other"}
