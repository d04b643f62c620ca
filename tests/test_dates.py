"""Dates as HTTP and operators write them."""

import pytest
from hypothesis import given

from bot import dates
from tests.strategies import anything, calm

AT = "Mon, 24 Nov 2025 16:00:00 GMT"


@pytest.mark.parametrize(("now", "ahead"), [(1764000000, 0), (1763999700, 300), (1764000001, -1)])
def test_a_clock_is_compared(now: float, ahead: float) -> None:
    assert dates.from_http(AT) == 1764000000
    assert dates.ahead(AT, now) == ahead


@pytest.mark.parametrize("said", [None, "", "soon", "2025-11-24", "Mon, 24 Nov 99999 16:00:00 GMT"])
def test_a_text_that_is_no_date_has_no_time(said: str | None) -> None:
    assert dates.ahead(said, 0) is None


@pytest.mark.parametrize(
    ("said", "seconds"), [("12h", 43_200), ("7d", 604_800), ("26w", 15_724_800), ("7", None)]
)
def test_an_age_is_a_number_and_a_unit(said: str, seconds: float | None) -> None:
    assert dates.seconds(said) == seconds


def test_a_date_is_in_utc_unless_it_says_where() -> None:
    for said in ("2025-11-24T16:00", "2025-11-24T16:00:00Z", "2025-11-24T18:00+02:00"):
        assert dates.from_iso(said) == 1764000000


@calm
@given(anything)
def test_any_header_can_be_read(said: str) -> None:
    at = dates.from_http(said)
    assert at is None or isinstance(at, float)
