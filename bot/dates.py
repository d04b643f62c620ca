"""Dates and ages in the formats of Slack, SendKit and operators. Pure."""

import email.utils
import re
from datetime import UTC, datetime
from typing import Final

# The year 3000. Slack and Python do not show every later time.
LAST: Final = 32_503_680_000.0
_STAMP: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,9})?")
UNITS: Final = {"h": 3600.0, "d": 86_400.0, "w": 604_800.0}


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
    """A date or time, in UTC unless it names a zone, in seconds since the epoch; None if it cannot
    be read or is after LAST."""
    try:
        found = datetime.fromisoformat(said)
        at = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return at if 0 <= at < LAST else None


def from_slack(said: object) -> float | None:
    """Slack's time stamp, such as 1764000000.000100, in seconds since the epoch; None if it cannot
    be read."""
    return float(said) if isinstance(said, str) and _STAMP.fullmatch(said) else None


def seconds(age: str) -> float | None:
    """An age such as 12h, 7d or 26w in seconds; None if it is not one, or reaches back before all
    dates."""
    found = re.fullmatch(r"([0-9]{1,5})([hdw])", age)
    return int(found[1]) * UNITS[found[2]] if found else None
