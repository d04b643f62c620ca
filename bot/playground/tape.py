"""The record of what went over the wire, as the page shows it."""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.playground import sendkit, wire
from bot.playground.workspace import Json

Party = Literal["Slack", "Bot", "SendKit"]

MOST_ROWS = 300


@dataclass(frozen=True)
class Row:
    """One request with its answer; `times` counts equal ones in a row, `at` is the last of them.

    `status` is 0 when there was no answer; `error` is the name Slack gave to a refusal.
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

    def same(self, other: "Row") -> bool:
        """Whether both say the same, at whatever time."""
        alike = replace(other, number=self.number, at=self.at, ms=self.ms, times=self.times)
        return self == alike

    def shown(self) -> Json:
        """The row on the page; only what a PATCH asks for is sent along, the rest on demand."""
        shown: Json = {
            name: getattr(self, name)
            for name in ("number", "at", "sender", "to", "what", "status", "error", "ms", "times")
        }
        return shown | ({"body": self.request} if self.what.startswith("PATCH ") else {})

    def bodies(self) -> Json:
        """The request and the answer in full."""
        return {"request": self.request, "response": self.response}


class Tape:
    """The last rows by their number, oldest first; `changed` hears of each.

    Requests that repeat each other, such as polls that find nothing, are counted in one row.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.rows: dict[int, Row] = {}
        self._changed = changed
        self._numbers = itertools.count(1)

    def from_slack(self, exchange: wire.Exchange, calls: Sequence[wire.Call]) -> None:
        """One exchange with Slack; where it is a call of the bot's, it is the last of `calls`."""
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
        """One exchange with SendKit, in either direction."""
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
        last = next(reversed(self.rows.values()), None)
        number = next(self._numbers)
        row = Row(number, time.time(), *sides, what, status, error, ms, request, response)
        if last is not None and last.same(row):
            row = replace(row, number=last.number, times=last.times + 1)
        self.rows[row.number] = row
        if len(self.rows) > MOST_ROWS:
            del self.rows[next(iter(self.rows))]
        self._changed()


def _name(kind: str, payload: Any) -> str:
    """What a person did, as one would say it: `/sendkit inbox`, `block_actions`."""
    if not isinstance(payload, dict):
        return kind
    if kind == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    return str(payload.get("type", kind))
