"""The meaning of Slack's answers, and the counts of calls."""

from typing import Any

import pytest

from bot.errors import SlackBusy
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault
from bot.slack import api, messages
from tests.clients import slack_at
from tests.journals import Clock

MARKED = {"ts": "1.2", "metadata": {"event_payload": {"entry": "a", "entries": ["b", "c"]}}}


@pytest.mark.parametrize(
    ("answer", "needed"),
    [
        ({"needed": "channels:read,groups:read"}, "channels:read,groups:read"),
        ({"needed": "words of a lead"}, ""),
        ({"needed": ["channels:read"]}, ""),
        ([], ""),
    ],
)
def test_scopes_are_said_where_they_are_scopes(answer: Any, needed: str) -> None:
    assert api.needed(answer) == needed


@pytest.mark.parametrize("mark", ["a", "b", "c"])
def test_a_message_is_known_by_any_of_its_marks(mark: str) -> None:
    others: list[Any] = [None, "a", {"metadata": "a"}, {**MARKED, "ts": None}]
    assert messages.marked({"messages": [*others, MARKED]}, mark) == "1.2"


@pytest.mark.parametrize(
    "answer",
    [{"messages": [MARKED]}, {"messages": {"0": MARKED}}, {"messages": None}, {}, [], None, b"x"],
)
def test_a_message_without_the_mark_is_not_found(answer: Any) -> None:
    assert messages.marked(answer, "another") is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("30", 30.0), ("1.5", 1.5), ("0", 0.1), ("7200", 3600.0), ("999999999", 3600.0)),
        *((None, 1.0), ("", 1.0), ("soon", 1.0), ("²", 1.0), ("-5", 1.0), ("9" * 5000, 1.0)),
        *(("1e3", 1.0), ("inf", 1.0), ("1.2.3", 1.0)),
    ],
)
def test_a_wait_is_as_long_as_slack_says_and_an_hour_at_most(said: Any, seconds: float) -> None:
    assert api.seconds(said) == seconds


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"error": "is_archived"}, "is_archived"),
        ({"error": "words of a lead"}, "status 200"),
        ({"error": ["is_archived"]}, "status 200"),
        ({"error": "x" * 81}, "status 200"),
        ([], "status 200"),
        (None, "status 200"),
    ],
)
def test_an_error_has_a_name_of_slack_s_or_none(answer: Any, error: str) -> None:
    assert (api.error_name(answer) or "status 200") == error


@pytest.mark.parametrize(
    ("status", "body", "taken"),
    [
        *((200, "ok", True), (200, '{"ok": true}', True), (200, "", True)),
        *((404, "expired_url", False), (500, "ok", False)),
        *((200, "<html>", False), (200, " \n<!DOCTYPE html>", False)),
    ],
)
def test_a_response_url_takes_what_no_page_answers(status: int, body: str, taken: bool) -> None:
    assert api.is_taken(status, body) is taken


@pytest.mark.parametrize(
    ("answer", "cursor"),
    [
        ({"response_metadata": {"next_cursor": "x"}}, "x"),
        ({"response_metadata": {"next_cursor": ""}}, ""),
        ({"response_metadata": {"next_cursor": None}}, ""),
        ({"response_metadata": {}}, ""),
        ({"response_metadata": None}, ""),
        ({}, ""),
        ({"response_metadata": {"next_cursor": 1}}, None),
        ({"response_metadata": {"next_cursor": ["x"]}}, None),
        ({"response_metadata": "x"}, None),
        ({"response_metadata": []}, None),
    ],
)
def test_a_list_goes_on_where_slack_says_so(answer: Any, cursor: str | None) -> None:
    assert api.next_cursor(answer) == cursor


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault(), "ok"),
        (Fault(error="not_authed"), "refused"),
        (Fault(error="user_not_found"), "refused"),
        (Fault(error="not_yet_invented"), "refused"),
        (Fault(error="internal_error"), "down"),
        (Fault(429, "ratelimited", retry_after=1), "busy"),
        (Fault(error="ratelimited"), "busy"),
        (Fault(503, "service_unavailable"), "down"),
        (Fault(500), "down"),
        (Fault(drop="before"), "down"),
        (Fault(text="<html>"), "down"),
        (Fault(403, text="Forbidden"), "down"),
    ],
)
async def test_calls_are_counted_by_their_result(slack: Slack, fault: Fault, result: str) -> None:
    slack.faults.add("users.info", fault, 2)  # aiohttp asks again where a connection was cut
    calls: list[tuple[str, str]] = []
    count = lambda method, result: calls.append((method, result))  # noqa: E731
    async with slack_at(slack.api_url, slack.bot_token, count=count) as calling:
        answer = await calling.ask("users.info", user="U0ADA")
    assert calls == [("users.info", result)]
    assert (answer.problem is None) == (result == "ok")


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault(text="ok"), "ok"),
        (Fault(429, "ratelimited", retry_after=1), "busy"),
        (Fault(404, "expired_url"), "refused"),
        (Fault(500), "down"),
        (Fault(drop="before"), "down"),
    ],
)
async def test_calls_of_response_urls_are_counted(slack: Slack, fault: Fault, result: str) -> None:
    slack.faults.add("response_url", fault)
    calls: list[tuple[str, str]] = []
    count = lambda method, result: calls.append((method, result))  # noqa: E731
    async with slack_at(slack.api_url, count=count) as calling:
        taken = await calling.respond(f"{slack.base_url}/response/x", {"text": "hello"})
    assert (taken, calls) == (result == "ok", [("response_url", result)])


async def test_a_rate_that_is_exceeded_spares_slack_this_method_and_no_other(slack: Slack) -> None:
    clock = Clock()
    slack.faults.ratelimit("users.info", seconds=7)
    slack.faults.ratelimit("chat.postMessage", seconds=7)
    post = {"text": "Hello"}
    async with slack_at(slack.api_url, slack.bot_token, clock=clock) as calling:
        for _ in range(3):
            with pytest.raises(SlackBusy) as busy:
                await calling.call("users.info", user="U0ADA")
            assert busy.value.at == clock.now + 7
            with pytest.raises(SlackBusy):
                await calling.call("chat.postMessage", channel="C0TRIAGE", **post)
        assert len(slack.calls) == 2
        await calling.call("auth.test")
        await calling.call("chat.postMessage", channel="C0GENERAL", **post)
        clock.now += 7
        await calling.call("users.info", user="U0ADA")
        await calling.call("chat.postMessage", channel="C0TRIAGE", **post)


@pytest.mark.parametrize("passed", [61.0, -86_400.0], ids=["a minute", "the clock is put back"])
async def test_a_long_wait_spares_slack_a_minute_of_calls(slack: Slack, passed: float) -> None:
    clock = Clock()
    slack.faults.ratelimit("auth.test", seconds=3600)
    async with slack_at(slack.api_url, slack.bot_token, clock=clock) as calling:
        with pytest.raises(SlackBusy) as busy:
            await calling.call("auth.test")
        assert busy.value.at == clock.now + 3600
        clock.now += passed
        await calling.call("auth.test")
