"""What Slack's answers say, and nothing where they say something else. Pure.

https://docs.slack.dev/reference/methods
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from bot import acts
from bot.triage import MessageTs

JSON = Mapping[str, Any]

LONGEST_WAIT: Final = 3600.0

# A token of whatever kind is none any more. https://docs.slack.dev/reference/methods/auth.test#errors
DEAD_TOKEN: Final = frozenset(
    ["account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"]
)
# Slack's own trouble, which passes.
PASSING: Final = frozenset(
    ["fatal_error", "internal_error", "request_timeout", "service_unavailable", "update_failed"]
)

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")
_SCOPES: Final = re.compile(r"[a-z][a-z0-9_:.,]{0,199}")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def ts(answer: object) -> str:
    """Of the message that was posted; empty where it is not said."""
    return text(mapping(answer).get("ts"))


def is_astray(answer: object) -> bool:
    """Whether a reply went into the channel: Slack puts it there where the message that it answers
    was deleted."""
    posted = mapping(answer).get("message")
    return isinstance(posted, Mapping) and not text(posted.get("thread_ts"))


def is_tombstone(answer: object) -> bool:
    """Whether a thread's first message was deleted, and only its place is left."""
    first, *_ = [*_list(mapping(answer).get("messages")), None]
    return mapping(first).get("subtype") == "tombstone"


def permalink(answer: object) -> str:
    return text(mapping(answer).get("permalink"))


def lists_messages(answer: object) -> bool:
    """Whether it says which messages there are: it has a list of them, each with its time."""
    messages = mapping(answer).get("messages")
    return isinstance(messages, list) and all(map(ts, messages))


def marked(answer: object, mark: str) -> MessageTs | None:
    """The message of a list that carries this mark."""
    for each in _list(mapping(answer).get("messages")):
        said = mapping(mapping(mapping(each).get("metadata")).get("event_payload"))
        if mark in [said.get(acts.MARK), *_list(said.get(acts.MARKS))] and (found := ts(each)):
            return MessageTs(found)
    return None


def next_cursor(answer: object) -> str | None:
    """Where a list goes on; empty where it ends, None where the answer does not say.

    https://docs.slack.dev/apis/web-api/pagination
    """
    metadata = mapping(answer).get("response_metadata", {})
    if not isinstance(metadata, Mapping):
        return "" if metadata is None else None
    cursor = metadata.get("next_cursor", "")
    return cursor if isinstance(cursor, str) else "" if cursor is None else None


def error(answer: object, status: int) -> str:
    """Slack's name of the error, which goes into the log; what stands before Slack answers with a
    page, not with JSON."""
    return error_name(answer) or f"status {status}"


def error_name(answer: object) -> str:
    """Slack's name of the error; empty where there is none."""
    said = text(mapping(answer).get("error"))
    return said if _NAME.fullmatch(said) else ""


def is_slacks_no(answer: object) -> bool:
    """Whether Slack itself refused or failed, and not something that stands before it."""
    return mapping(answer).get("ok") is False


def is_taken(status: int, body: str) -> bool:
    """Whether a response_url took what it was sent: Slack says so in a word, and what stands
    before Slack with a page.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    return status == 200 and not body.lstrip().startswith("<") and not _refuses(body)


def _refuses(body: str) -> bool:
    try:
        return is_slacks_no(json.loads(body))
    except (ValueError, RecursionError):
        return False  # a word, such as "ok"


def needed(answer: object) -> str:
    """The scopes that an answer says are missing; empty where it does not say."""
    said = text(mapping(answer).get("needed"))
    return said if _SCOPES.fullmatch(said) else ""


def seconds(said: object) -> float:
    """How long `Retry-After` asks to wait: an hour at most."""
    given = str(said)
    return min(max(float(given), 0.1), LONGEST_WAIT) if _SECONDS.fullmatch(given) else 1.0


def text(value: object) -> str:
    """The text that should be there; an empty one where something else is."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> JSON:
    """The object that should be there; an empty one where something else is."""
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
