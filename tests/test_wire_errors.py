"""What a status of SendKit's that is no success stands for, whatever comes with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    ChangeRefused,
    ConversationGone,
    KeyRefused,
    Later,
    SendKitBusy,
    SendKitDown,
)
from bot.sendkit import wire
from tests.strategies import anything, calm, json_values


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, KeyRefused),
        (403, KeyRefused),
        (404, ConversationGone),
        (408, SendKitDown),
        (425, SendKitDown),
        (429, SendKitBusy),
        (400, ChangeRefused),
        (402, ChangeRefused),
        (409, ChangeRefused),
        (422, ChangeRefused),
        (499, ChangeRefused),
        (500, SendKitDown),
        (503, SendKitDown),
        (304, SendKitDown),
        (600, SendKitDown),
    ],
)
def test_a_status_stands_for_an_error(status: int, kind: type[Exception]) -> None:
    assert type(wire.problem(status, None, "", None, 0.0)) is kind


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_keeps_its_status(status: int) -> None:
    error = wire.problem(status, None, "", None, 0.0)
    assert isinstance(error, KeyRefused)
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "text", "reason"),
    [
        ({"error": "Bad Request", "message": "aiTag: no.", "code": 400}, "", "aiTag: no"),
        ({"error": "Bad Request."}, "", "Bad Request"),
        ({"message": "", "error": "Bad Request"}, "", "Bad Request"),
        ({"error": {"code": "too_long", "message": "aiTag is too long"}}, "", "aiTag is too long"),
        ({"error": {"code": "too_long"}}, "", "too_long"),
        ({"message": ["a is bad", "b is bad"]}, "", "a is bad, b is bad"),
        ({"message": [{"message": "a is bad"}, {}, None, {"code": "b"}]}, "", "a is bad, b"),
        ({"message": "two\nlines\x00 \u202e"}, "", "two lines"),
        ({"message": {"nothing": "known"}}, "raw", "raw"),
        (None, "<html><h1>Bad</h1><p>Request</p></html>", "Bad Request"),
        (None, "  plain words. ", "plain words"),
        (None, "", "status 422"),
        ({"message": "..."}, "", "status 422"),
        ({"message": True}, "", "status 422"),
        ([], "<>", "status 422"),
        ({"message": "x" * 500}, "", "x" * 200),
    ],
)  # fmt: skip
def test_a_refusal_says_why(body: object, text: str, reason: str) -> None:
    error = wire.problem(422, body, text, None, 0.0)
    assert str(error) == str(ChangeRefused(reason))


def test_a_page_of_angles_costs_no_more_than_its_beginning() -> None:
    error = wire.problem(400, None, "<" * 3_000_000, None, 0.0)
    assert str(error) == str(ChangeRefused("<" * 200))


NOW = 1_764_000_000.0


@pytest.mark.parametrize(
    ("said", "due"),
    [
        (None, None),
        ("", None),
        ("0", NOW),
        ("30", NOW + 30),
        (" 1.5 ", NOW + 1.5),
        ("-5", NOW),
        ("86400", NOW + 3600),
        ("1e400", NOW + 3600),
        ("nan", None),
        ("soon", None),
        ("Mon, 24 Nov 2025 16:01:00 GMT", NOW + 60),
        ("Mon, 24 Nov 2025 16:00:00 GMT", NOW),
        ("Mon, 24 Nov 2025 10:00:00 GMT", NOW),
        ("Mon, 24 Nov 2035 16:00:00 GMT", NOW + 3600),
        ("Mon, 24 Nov 2025 18:01:00 +0200", NOW + 60),
        ("Mon, 99 Nov 2025 16:00:00 GMT", None),
        ("Mon, 24 Nov 2025 16:00:00 +99999999999", None),
    ],
)
def test_retry_after_is_obeyed_for_an_hour_at_most(said: str | None, due: float | None) -> None:
    error = wire.problem(429, None, "", said, NOW)
    assert isinstance(error, SendKitBusy)
    assert error.at == due


DATES = st.lists(
    st.sampled_from(["Mon", ",", " ", "24", "Nov", "2025", "16:00:00", "GMT", "-", "+9999", "99"])
).map("".join)


@calm
@given(st.integers(100, 999), json_values, anything, st.none() | anything | DATES)
def test_any_problem_is_a_finished_sentence(
    status: int, body: object, text: str, retry_after: str | None
) -> None:
    error = wire.problem(status, body, text, retry_after, NOW)
    assert 10 < len(str(error)) < 300
    if isinstance(error, Later):
        assert error.at is None or NOW <= error.at <= NOW + 3600


@pytest.mark.parametrize(
    ("status", "settling"), [(500, 0.0), (502, 10.0), (503, 0.0), (504, 10.0), (524, 10.0)]
)
def test_a_gateway_without_an_answer_may_have_let_the_call_through(
    status: int, settling: float
) -> None:
    error = wire.problem(status, None, "", None, 0.0)
    assert isinstance(error, SendKitDown)
    assert error.settling == settling
