"""The fields of SendKit's request bodies and their types."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from bot.playground.inbox import Json, RefusalError

EVENTS = {f"email.{what}" for what in ("replied", "positive_reply", "sent", "opened", "clicked")}
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
EVENTS |= {"email.bounced", "email.unsubscribed", "lead.tag_changed"}


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise RefusalError(400, "scheduledFor must be an ISO 8601 time") from error


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _filled(value: Any) -> bool:
    return _text(value) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _addresses(value: Any) -> bool:
    return _texts(value) and all(ADDRESS.fullmatch(one) for one in value)


FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("markRead", "isRead"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("tags", "conversationIds"), _texts),
    **dict.fromkeys(("cc", "bcc"), _addresses),
    **dict.fromkeys(("tag", "content", "context", "scheduledFor", "mailboxId"), _text),
    **dict.fromkeys(("body", "name", "secret", "conversationId"), _filled),
    "aiTag": lambda value: value is None or _text(value),
    "attachments": lambda value: isinstance(value, list),
    "url": lambda value: _text(value) and bool(re.match(r"https?://\w", value)),
    "events": lambda value: _texts(value) and bool(value) and EVENTS.issuperset(value),
    "retryAttempts": lambda value: type(value) is int and 0 <= value <= 10,
    "timeoutMs": lambda value: type(value) is int and 1000 <= value <= 30_000,
}


def checked(body: Any, known: Collection[str], required: Collection[str] = ()) -> Json:
    """The body, if it is an object with known fields of the right types; otherwise 400."""
    if not isinstance(body, dict):
        raise RefusalError(400, "The body must be a JSON object, sent as application/json")
    if unknown := [name for name in body if name not in known]:
        raise RefusalError(400, f"Unknown field: {', '.join(unknown)}")
    if wrong := [name for name, value in body.items() if not FIELDS[name](value)]:
        raise RefusalError(400, f"Wrong type or value: {', '.join(wrong)}")
    if missing := [name for name in required if name not in body]:
        raise RefusalError(400, f"Required: {', '.join(missing)}")
    return body
