"""The log of requests that the page shows."""

import itertools
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from bot.playground import sendkit, wire
from bot.playground.workspace import Json

Party = Literal["Slack", "Bot", "SendKit"]

MOST_ROWS = 300
# Slack's methods that change nothing, by the last part of their names.
READS: Final = ("history", "info", "list", "replies", "test", "getPermalink")
_ID: Final = re.compile(r"(?<=/inbox/)[^/?]+")


@dataclass(frozen=True)
class Row:
    """One request with its response. `times`: how many requests the row stands for; it shows the
    last of them, with its time `at`.

    `status` is 0 without a response; `error` is Slack's error code.
    """

    number: int
    at: float
    sender: Party
    to: Party
    what: str
    status: int
    error: str
    ms: float
    request: Any
    response: Any
    times: int = 1

    @property
    def repeats(self) -> bool:
        """Whether the bot repeats this request: a look for replies, or a failed try."""
        failed = bool(self.error) or self.status == 0 or self.status >= 400
        return self.sender == "Bot" and (self.reads or failed)

    @property
    def reads(self) -> bool:
        """Whether the request changes nothing."""
        if self.to == "SendKit":
            return self.what.startswith("GET ")
        return self.what.rpartition(".")[2] in READS

    @property
    def steers(self) -> bool:
        """Whether something new begins here: a person acted, or SendKit was changed."""
        return self.sender != "Bot" or (self.to == "SendKit" and not self.repeats)

    def same(self, other: "Row") -> bool:
        """Whether one row can stand for both requests."""
        if self._outcome() != other._outcome():
            return False
        if self.reads:
            return _any_id(self.what) == _any_id(other.what)
        return (self.what, self.request) == (other.what, other.request)

    def _outcome(self) -> tuple[object, ...]:
        return self.sender, self.to, self.status, self.error

    def again(self, other: "Row") -> "Row":
        """This row, standing for a later request as well."""
        what = self.what if self.what == other.what else _any_id(self.what)
        return replace(other, number=self.number, what=what, times=self.times + 1)

    def shown(self) -> Json:
        """The row on the page. Only a PATCH's body is included; the rest is sent on demand."""
        shown: Json = {
            name: getattr(self, name)
            for name in ("number", "at", "sender", "to", "what", "status", "error", "ms", "times")
        }
        shown["repeats"] = self.repeats
        return shown | ({"body": self.request} if self.what.startswith("PATCH ") else {})

    def bodies(self) -> Json:
        """The whole request and response."""
        return {"request": self.request, "response": self.response}


class TrafficLog:
    """The last rows by number, in the order of their last request. `changed` is called for each.

    Equal requests share a row: looks and failed tries since a person last acted, and any other
    request that comes twice in a row. So changes stay in sight.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.rows: dict[int, Row] = {}
        self._changed = changed
        self._numbers = itertools.count(1)

    def from_slack(self, exchange: wire.Exchange, calls: Sequence[wire.Call]) -> None:
        """Adds an exchange with Slack. If it is a call of the bot's, it is the last of `calls`."""
        request, response = exchange.request, exchange.response
        if exchange.direction == "to_slack":
            error = "" if response.get("ok") else str(response.get("error", ""))
            sides: tuple[Party, Party] = "Bot", "Slack"
            self._add(sides, exchange.what, calls[-1].status, error, exchange.ms, request, response)
            return
        error = str(response["body"]) if response["status"] == 0 else ""
        sides = "Slack", "Bot"
        what = _name(exchange.what, request)
        self._add(sides, what, response["status"], error, exchange.ms, request, response["body"])

    def from_sendkit(self, exchange: sendkit.Exchange) -> None:
        """Adds an exchange with SendKit, in either direction."""
        webhook = exchange.what.startswith("webhook ")
        sides: tuple[Party, Party] = ("SendKit", "Bot") if webhook else ("Bot", "SendKit")
        asked, answer = exchange.request, exchange.response
        self._add(sides, exchange.what, exchange.status, "", exchange.ms, asked, answer)

    def _add(
        self,
        sides: tuple[Party, Party],
        what: str,
        status: int,
        error: str,
        ms: float,
        request: Any,
        response: Any,
    ) -> None:
        number = next(self._numbers)
        row = Row(number, time.time(), *sides, what, status, error, ms, request, response)
        passed_others = False
        for last in reversed(self.rows.values()):
            if last.same(row):
                row = last.again(row)
                # It moves to the end, but repeated rows do not keep changing places.
                if passed_others:
                    del self.rows[last.number]
                break
            if last.steers or not row.repeats:
                break
            passed_others = passed_others or not last.repeats
        self.rows[row.number] = row
        if len(self.rows) > MOST_ROWS:
            del self.rows[next(iter(self.rows))]
        self._changed()


def _any_id(what: str) -> str:
    """The request without the id of the conversation: `GET /v1/inbox/…`."""
    return _ID.sub("…", what)


def _name(kind: str, payload: Any) -> str:
    """A short name for the request: `/sendkit inbox`, `block_actions`, `event message`."""
    if not isinstance(payload, dict):
        return kind
    if kind == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    if kind == "events_api":
        return f"event {payload['event']['type']}"
    return str(payload.get("type", kind))
