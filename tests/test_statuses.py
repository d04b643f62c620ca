"""The meaning of the statuses of SendKit's refusals, with any body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    STALLED_SECONDS,
    AnswerUnclear,
    ChangeRefused,
    ConversationGone,
    KeyRefused,
    Later,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
)
from bot.sendkit import statuses
from tests.strategies import anything, calm, json_values


def own(status: int, message: object = "No.", error: object = "Error") -> dict[str, object]:
    """A refusal as SendKit writes it."""
    return {"error": error, "message": message, "code": status}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ChangeRefused),
        (401, KeyRefused),
        (402, RefusedForNow),
        (403, KeyRefused),
        (404, ConversationGone),
        (405, RefusedForNow),
        (408, SendKitDown),
        (409, RefusedForNow),
        (410, RefusedForNow),
        (422, ChangeRefused),
        (425, SendKitDown),
        (429, SendKitBusy),
        (499, RefusedForNow),
        (500, SendKitDown),
        (503, SendKitDown),
        (600, SendKitDown),
    ],
)
def test_a_refusal_in_sendkits_own_words_has_an_error(status: int, kind: type[Exception]) -> None:
    assert type(statuses.problem(status, own(status), None, 0.0)) is kind


NOT_ITS_OWN: list[object] = [
    None, [], "Not Found", 7, {}, {"message": "Forbidden"},
    {"error": "Not Found", "message": "No."},
    {"error": "Not Found", "message": "No.", "code": "404"},
    {"error": "Not Found", "message": "No.", "code": 999},
    {"error": "", "message": "No.", "code": 404}, {"error": None, "code": 404},
    {"message": "No.", "code": 404}, {"success": False, "code": 404},
]  # fmt: skip


@pytest.mark.parametrize("body", NOT_ITS_OWN)
@pytest.mark.parametrize("status", [301, 304, 400, 401, 402, 403, 404, 405, 409, 413, 422, 451])
def test_a_refusal_that_is_not_sendkits_own_is_never_final(status: int, body: object) -> None:
    if isinstance(body, dict) and body.get("code") == 404:
        body = {**body, "code": status}
    error = statuses.problem(status, body, None, 0.0)
    assert type(error) is AnswerUnclear
    assert error.settling == STALLED_SECONDS, "SendKit itself may be at work"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_keeps_its_status(status: int) -> None:
    error = statuses.problem(status, own(status), None, 0.0)
    assert isinstance(error, KeyRefused)
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (own(422, "aiTag: no."), "aiTag: no"),
        ({"error": "Bad Request.", "code": 422}, "Bad Request"),
        (own(422, "", "Bad Request"), "Bad Request"),
        (own(422, "", {"code": "too_long", "message": "It is too long"}), "It is too long"),
        (own(422, "", {"code": "too_long"}), "too_long"),
        (own(422, ["a is bad", "b is bad"]), "a is bad, b is bad"),
        (own(422, [{"message": "a is bad"}, {}, None, {"code": "b"}]), "a is bad, b"),
        (own(422, "two\nlines\x00 \u202e"), "two lines"),
        (own(422, {"nothing": "known"}), "status 422"),
        (own(422, "..."), "status 422"),
        (own(422, True), "status 422"),
        (own(422, "x" * 500), "x" * 200),
    ],
)
def test_a_refusal_has_a_reason(body: object, reason: str) -> None:
    error = statuses.problem(422, body, None, 0.0)
    assert str(error) == str(ChangeRefused(reason))


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
    error = statuses.problem(429, None, said, NOW)
    assert isinstance(error, SendKitBusy)
    assert error.at == due


DATES = st.lists(
    st.sampled_from(["Mon", ",", " ", "24", "Nov", "2025", "16:00:00", "GMT", "-", "+9999", "99"])
).map("".join)


@calm
@given(st.integers(100, 999), json_values, st.none() | anything | DATES)
def test_any_problem_is_a_sentence(status: int, body: object, retry_after: str | None) -> None:
    error = statuses.problem(status, body, retry_after, NOW)
    assert 10 < len(str(error)) < 300
    if isinstance(error, Later):
        assert error.at is None or NOW <= error.at <= NOW + 3600


@pytest.mark.parametrize(
    ("status", "settling"), [(500, 0.0), (502, 10.0), (503, 0.0), (504, 10.0), (524, 10.0)]
)
def test_a_call_may_have_arrived_when_a_gateway_has_no_answer(status: int, settling: float) -> None:
    error = statuses.problem(status, None, None, 0.0)
    assert isinstance(error, SendKitDown)
    assert error.settling == settling
