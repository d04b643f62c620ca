"""Dates as HTTP writes them."""

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
def test_what_is_no_date_tells_nothing(said: str | None) -> None:
    assert dates.ahead(said, 0) is None


@calm
@given(anything)
def test_any_header_can_be_read(said: str) -> None:
    at = dates.from_http(said)
    assert at is None or isinstance(at, float)
