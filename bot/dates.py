"""Dates in the formats of Slack and SendKit. Pure."""

import email.utils
from datetime import datetime
from typing import Final

# The year 3000. Slack and Python do not show every later time.
LAST: Final = 32_503_680_000.0


def from_http(said: str | None) -> float | None:
    """An HTTP date in seconds since the epoch; None if it cannot be read.
    https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
    """
    try:
        return email.utils.parsedate_to_datetime(said or "").timestamp()
    except (ValueError, OverflowError):
        return None


def ahead(said: str | None, now: float) -> float | None:
    """By how many seconds the clock behind a `Date` header is ahead of this machine's."""
    at = from_http(said)
    return None if at is None else at - now


def from_iso(said: str) -> float | None:
    """SendKit's time stamp in seconds since the epoch; None if it cannot be read or is after
    LAST."""
    try:
        at = datetime.fromisoformat(said).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if 0 <= at < LAST else None
