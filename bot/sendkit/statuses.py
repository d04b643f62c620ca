"""Translates the statuses of SendKit's answers into errors. Pure.

https://docs.sendkit.ai
"""

from collections.abc import Mapping
from typing import Final

from bot import dates
from bot.errors import (
    STALLED_SECONDS,
    AnswerUnclear,
    ChangeRefused,
    ConversationGone,
    KeyRefused,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
    TriageError,
)
from bot.sendkit.fields import JSON, as_line, as_map, first_of

REASON_LIMIT: Final = 200


def problem(status: int, body: object, retry_after: str | None, now: float) -> TriageError:
    """The error for a status that is not a success."""
    match status:
        case 429:
            return SendKitBusy(_due(retry_after, now))
        case 502 | 504 | 520 | 524:
            # A proxy had no answer; SendKit may still carry out the request.
            return SendKitDown(STALLED_SECONDS)
        case _ if status in (408, 425) or status >= 500:
            return SendKitDown()
        case _ if not _is_sendkits_no(status, body):
            return AnswerUnclear(f"status {status}")
        case 401 | 403:
            return KeyRefused(status)
        case 404:
            return ConversationGone()
        case 400 | 422:
            return ChangeRefused(_reason(as_map(body), status))
        case _:
            return RefusedForNow(_reason(as_map(body), status))


def _is_sendkits_no(status: int, body: object) -> bool:
    """Whether SendKit itself refused, and not a proxy."""
    envelope = as_map(body)
    code = envelope.get("code")
    named = envelope.get("error") not in (None, "")
    return 400 <= status < 500 and named and code == status and not isinstance(code, bool)


def _due(retry_after: str | None, now: float) -> float | None:
    """The end of `Retry-After`, from seconds or an HTTP date; at most an hour from now."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        at = dates.from_http(retry_after)
        if at is None:
            return None
        seconds = at - now
    return now + min(max(seconds, 0.0), 3600.0) if seconds == seconds else None


def _reason(envelope: JSON, status: int) -> str:
    said = first_of(envelope, "message", "error")
    told = map(_sentence, said if isinstance(said, list) else [said])
    reason = ", ".join(part for part in told if part)
    return reason[:REASON_LIMIT].rstrip(" .") or f"status {status}"


def _sentence(said: object) -> str:
    return as_line(first_of(said, "message", "code") if isinstance(said, Mapping) else said)
