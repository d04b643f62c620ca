"""What people enter in the form of an answer, and what they have to mend."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.forms import written as entered
from bot.written import (
    CC_LIMIT,
    MOST_COPIES,
    NO_REASON,
    NO_TEXT,
    PASSED,
    Written,
    copies,
    digest,
    wrong,
)
from tests.strategies import anything, calm, hostile, json_values

NOW = 1_764_000_000.0


def values(**fields: Any) -> Any:
    return {f"{name}.c1.0": {f"form.{name}": field} for name, field in fields.items()}


def test_all_fields_are_read() -> None:
    found = entered(
        values(
            text={"value": " Hi Jane,\n\nyes. \n"},
            cc={"value": "ann@x.example "},
            send_at={"selected_date_time": 1_764_003_600},
            reason={"value": "She asked."},
        )
    )
    assert found == Written("Hi Jane,\n\nyes.", "ann@x.example", 1_764_003_600, "She asked.")


def test_fields_that_are_empty_or_missing_are_empty() -> None:
    empty = values(text={"value": None}, send_at={"selected_date_time": None})
    assert entered(empty) == entered({}) == Written()


@calm
@given(json_values)
def test_no_values_break_it(found: Any) -> None:
    entered(found)
    assert isinstance(entered({"b": {acts.TEXT: found, acts.SEND_AT: found}}), Written)


@pytest.mark.parametrize(
    ("cc", "expected"),
    [
        ("", []),
        (" ,; ", []),
        ("a@x.example", ["a@x.example"]),
        ("a@x.example, b@x.example;c@x.example\nd@x.example", ["a", "b", "c", "d"]),
        ("a@x.example A@X.example", ["a@x.example"]),
        ("anna", ["anna"]),
    ],
)
def test_copies_are_apart_and_each_once(cc: str, expected: list[str]) -> None:
    full = [each if "@" in each or each == "anna" else f"{each}@x.example" for each in expected]
    assert list(copies(Written(cc=cc))) == full


@pytest.mark.parametrize(
    ("written", "field", "part"),
    [
        (Written(""), acts.TEXT, NO_TEXT),
        (Written("Hi {firstName}"), acts.TEXT, "{firstName}"),
        (Written("Hi {{ first name }}"), acts.TEXT, "{{ first name }}"),
        (Written("Hi {Prénom}!"), acts.TEXT, "{Prénom}"),
        (Written("Hi", "anna"), acts.CC, "“anna” is not"),
        (Written("Hi", "a@x.example, b@"), acts.CC, "“b@” is not"),
        (Written("Hi", "a@localhost"), acts.CC, "“a@localhost” is not"),
        (Written("Hi", "a@x.example, <b@x.example>"), acts.CC, "is not an email address"),
        (Written("Hi", " ".join(f"a{n}@x.example" for n in range(11))), acts.CC, str(MOST_COPIES)),
        (Written("Hi", at=int(NOW)), acts.SEND_AT, PASSED),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_at_its_field(
    written: Written, field: str, part: str
) -> None:
    found = wrong(written, NOW)
    assert [*found] == [field]
    assert part in found[field]
    assert found[field].endswith(".")


def test_a_reason_is_asked_for_where_the_lead_wants_to_be_left_alone() -> None:
    assert wrong(Written("Hi"), NOW, asks_reason=True) == {acts.REASON: NO_REASON}
    assert wrong(Written("Hi", reason="She asked."), NOW, asks_reason=True) == {}


@pytest.mark.parametrize(
    "text",
    ["Hi", "{ }", "{}", "{1}", 'if (x) {\n  y = "z";\n}', "{a sentence, with a comma}", "}{"],
)
def test_what_is_no_placeholder_may_be_sent(text: str) -> None:
    assert wrong(Written(text, "ann@x.example", int(NOW) + 60), NOW) == {}


@calm
@given(hostile, hostile.map(lambda text: text[:CC_LIMIT]), st.none() | st.integers(10**9, 10**10))
def test_any_input_is_judged_in_finished_sentences(text: str, cc: str, at: int | None) -> None:
    for sentence in wrong(Written(text, cc, at), NOW).values():
        assert sentence.endswith(".")
        assert len(sentence) < 150


@calm
@given(anything, anything)
def test_input_is_equal_if_its_digest_is(one: str, other: str) -> None:
    assert (digest(Written(one)) == digest(Written(other))) == (one == other)
    assert digest(Written(one, at=1)) != digest(Written(one, at=2))
    assert digest(Written(one, "a@x.example,b@x.example")) == digest(
        Written(one, "a@x.example  b@x.example")
    )
