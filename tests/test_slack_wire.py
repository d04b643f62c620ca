"""What Slack's answers say, and what is made of those that say something else."""

from typing import Any

import pytest

from bot.slack import wire

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
    assert wire.needed(answer) == needed


@pytest.mark.parametrize("mark", ["a", "b", "c"])
def test_a_message_is_known_by_any_of_its_marks(mark: str) -> None:
    others: list[Any] = [None, "a", {"metadata": "a"}, {**MARKED, "ts": None}]
    assert wire.marked({"messages": [*others, MARKED]}, mark) == "1.2"


@pytest.mark.parametrize(
    "answer",
    [{"messages": [MARKED]}, {"messages": {"0": MARKED}}, {"messages": None}, {}, [], None, b"x"],
)
def test_what_carries_no_such_mark_is_not_found(answer: Any) -> None:
    assert wire.marked(answer, "another") is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("30", 30.0), ("1.5", 1.5), ("0", 0.1), ("7200", 3600.0), ("999999999", 3600.0)),
        *((None, 1.0), ("", 1.0), ("soon", 1.0), ("²", 1.0), ("-5", 1.0), ("9" * 5000, 1.0)),
        *(("1e3", 1.0), ("inf", 1.0), ("1.2.3", 1.0)),
    ],
)
def test_a_wait_is_as_long_as_slack_says_and_an_hour_at_most(said: Any, seconds: float) -> None:
    assert wire.seconds(said) == seconds


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
    assert wire.error(answer, 200) == error


@pytest.mark.parametrize(
    ("status", "body", "taken"),
    [
        *((200, "ok", True), (200, '{"ok": true}', True), (200, "", True)),
        *((404, "expired_url", False), (500, "ok", False)),
        *((200, "<html>", False), (200, " \n<!DOCTYPE html>", False)),
    ],
)
def test_a_response_url_takes_what_no_page_answers(status: int, body: str, taken: bool) -> None:
    assert wire.is_taken(status, body) is taken


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
    assert wire.next_cursor(answer) == cursor
