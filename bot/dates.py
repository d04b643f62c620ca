"""Dates as the two services write them. Pure."""

import email.utils
from datetime import datetime
from typing import Final

# The year 3000: neither Slack nor Python shows every later time.
LAST: Final = 32_503_680_000.0


def from_http(said: str | None) -> float | None:
    """A date of HTTP's in seconds since the epoch; None where nothing readable was said.

    https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
    """
    try:
        return email.utils.parsedate_to_datetime(said or "").timestamp()
    except (ValueError, OverflowError):
        return None


def ahead(said: str | None, now: float) -> float | None:
    """How far the clock of whoever sent a `Date` is ahead of this machine's, in seconds."""
    at = from_http(said)
    return None if at is None else at - now


def from_iso(said: str) -> float | None:
    """SendKit's time stamp in seconds since the epoch; None where it is none, or none of today."""
    try:
        at = datetime.fromisoformat(said).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if 0 <= at < LAST else None
