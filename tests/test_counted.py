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

from bot import counted
from bot.errors import DatabaseTrouble
from bot.journal import Handler, Page
from bot.journal.attempt import TakenOver
from bot.journal.sqlite import SqliteJournal
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault
from bot.store.sqlite import SqliteDatabase
from bot.triage import AiTag, Change, ClearAiTag, EditTags, MarkRead, MarkUnread, SetAiTag
from bot.web.metrics import Metrics
from tests.canned_server import answering
from tests.journals import KIND, Clock, boom, entry, forever, later
from tests.metrics_asserts import labelled, number
from tests.strategies import anything, calm


@pytest.fixture
def counts() -> Metrics:
    return Metrics("1.2.3")


async def done(page: Page) -> None:
    """An act that succeeds."""


async def trouble(page: Page) -> None:
    raise DatabaseTrouble("disk full")


async def taken_over(page: Page) -> None:
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

    async def act(page: Page) -> None:
        clock.now += 10
        tried.set()
        await handler(page)

    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = SqliteJournal(database, clock, clock, observe=counts.entry)
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
    ]
    made = counted.decisions(counts)
    for each in changes:
        made(each)
    assert labelled(counts, "decisions_total") == dict.fromkeys(
        [("mark_read",), ("mark_unread",), ("set_ai_tag",), ("clear_ai_tag",), ("edit_tags",)], 1
    )


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
