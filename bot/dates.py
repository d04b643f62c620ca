"""HTTP's dates. https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats"""

import email.utils


def from_http(said: str | None) -> float | None:
    """In seconds since the epoch; None where nothing readable was said."""
    try:
        return email.utils.parsedate_to_datetime(said or "").timestamp()
    except (ValueError, OverflowError):
        return None


def ahead(said: str | None, now: float) -> float | None:
    """How far the clock of whoever sent a `Date` is ahead of this machine's, in seconds."""
    at = from_http(said)
    return None if at is None else at - now
