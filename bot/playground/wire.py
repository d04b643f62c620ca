"""Calls between a bot and Slack: arguments, answers, and their records."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from bot.playground.workspace import Json, Refused

TS = re.compile(r"[0-9]{10}\.[0-9]{6}")
RANGE_END = re.compile(r"[0-9]{1,10}(\.[0-9]{0,6})?")
TRUE = ("true", "1", "True")
MOST_LEVELS = 100


@dataclass(frozen=True)
class Call:
    """One request of the bot to Slack. `at` is monotonic; `method` may be "response_url"."""

    method: str
    args: Json
    answer: Json
    status: int
    at: float


@dataclass(frozen=True)
class Exchange:
    """One request and its response, for a listener."""

    direction: Literal["to_bot", "to_slack"]
    what: str
    request: Any
    response: Any
    ms: float


@dataclass(frozen=True)
class Ack:
    """The bot's answer to a gesture.

    `status` is 0 without a usable answer; `body` then says `operation_timeout` or
    `dispatch_failed`. An answer over a socket has the status 200. `repeats`: the answers to further
    deliveries of the same payload. `final`: the bot asked for no more retries.
    """

    status: int
    body: str | Json
    seconds: float
    repeats: tuple["Ack", ...] = ()
    final: bool = False

    @property
    def ok(self) -> bool:
        """Whether Slack counts the payload as received."""
        return self.status == 200


Watcher = Callable[[Exchange], None]


def from_json(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError for invalid JSON, for NaN, and for deeper nesting than
    Block Kit has."""
    try:
        value = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [child for each in level for child in _children(each)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def invalid_arguments(*messages: str) -> Refused:
    """The refusal of missing or wrong arguments."""
    told = {"messages": [f"[ERROR] {message}" for message in messages]}
    return Refused("invalid_arguments", response_metadata=told)


class Args:
    """The arguments of one call in any encoding, the scopes of its token, and whether that is the
    app-level one."""

    def __init__(
        self, values: Mapping[str, Any], scopes: frozenset[str], *, app: bool = False
    ) -> None:
        self.values = values
        self.scopes = scopes
        self.app = app

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A string; empty if left out."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A boolean: Slack takes true, "true" and "1"."""
        return str(self.values.get(name)) in TRUE

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number, at most `most`; refused with `invalid_limit` if it is not one."""
        if name not in self:
            return default
        try:
            value = int(str(self.values[name]))
        except ValueError:
            raise Refused("invalid_limit") from None
        if value < 0:
            raise Refused("invalid_limit")
        return min(value or default, most)

    def parsed(self, name: str, error: str) -> Any:
        """JSON, sent directly or as a string; None if left out, `error` if it cannot be read."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return from_json(value)
        except ValueError:
            raise Refused(error) from None

    def stamp(self, name: str, error: str) -> str:
        """A time stamp of fixed width, which sorts as text; empty if left out.

        Slack takes "0", "1764000000" and "1764000000.5" for the ends of a range.
        """
        if name not in self:
            return ""
        if not RANGE_END.fullmatch(self.text(name)):
            raise Refused(error)
        seconds, _, micros = self.text(name).partition(".")
        return f"{int(seconds):010d}.{micros:0<6}"

    def need(self, *scopes: str) -> None:
        """Refuses the call unless the token has one of the scopes.

        https://docs.slack.dev/reference/scopes
        """
        if not self.scopes.intersection(scopes):
            provided = ",".join(sorted(self.scopes))
            raise Refused("missing_scope", needed=",".join(scopes), provided=provided)
