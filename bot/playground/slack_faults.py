"""Faults of Slack on request, and its rate limits."""

import math
import random
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

ANY = "*"
PAGE = "<!DOCTYPE html><title>Back soon</title><p>We are mending something.</p>"


def packed(size: int) -> bytes:
    """A JSON string of `size` bytes, as gzip."""
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    piece = b"x" * 1_000_000
    pieces = [packing.compress(b'"')]
    pieces += [packing.compress(piece) for _ in range(size // len(piece))]
    return b"".join([*pieces, packing.compress(b'"'), packing.flush()])


@dataclass(frozen=True)
class Fault:
    """A fault of one call.

    Slack waits `seconds` first, and `lingers` between acting and the answer. `drop` cuts the
    connection: "before" or "after" Slack has acted, or "first", in which case Slack acts `seconds`
    later. `text` is the answer of a proxy before Slack; with `acted`, Slack has still acted.
    `unpacked` answers that many bytes in a small gzip. Otherwise `status` and `error` make the
    answer; with neither, the call is only slow.
    """

    status: int = 200
    error: str = ""
    retry_after: int = 0
    seconds: float = 0.0
    lingers: float = 0.0
    drop: Literal["", "before", "after", "first"] = ""
    text: str = ""
    acted: bool = False
    unpacked: int = 0

    @property
    def acts(self) -> bool:
        """Whether Slack acts although the answer does not say so."""
        return self.drop in ("after", "first") or self.acted


class Faults:
    """The faults of the next calls. A method is Slack's name, "response_url" or ANY."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Fault]] = {}
        self._random: Callable[[], Fault | None] | None = None

    def ratelimit(self, method: str = ANY, *, seconds: int = 1, times: int = 1) -> None:
        """Answers 429 with Retry-After."""
        self.add(method, Fault(429, "ratelimited", retry_after=seconds), times)

    def status(self, method: str = ANY, *, status: int = 500, times: int = 1) -> None:
        """Answers with a bare HTTP status, as Slack's proxy does in an outage."""
        self.add(method, Fault(status), times)

    def error(self, method: str = ANY, *, error: str = "internal_error", times: int = 1) -> None:
        """Answers `ok: false` with an error code of Slack's."""
        self.add(method, Fault(200, error), times)

    def slow(self, method: str = ANY, *, seconds: float, times: int = 1) -> None:
        """Waits, then acts and answers as usual."""
        self.add(method, Fault(seconds=seconds), times)

    def drop(self, method: str = ANY, *, acted: bool, times: int = 1) -> None:
        """Cuts the connection without an answer, after or before acting."""
        self.add(method, Fault(drop="after" if acted else "before"), times)

    def page(self, method: str = ANY, *, acted: bool, times: int = 1) -> None:
        """Answers 200 with a page that is not Slack's, after or before Slack has acted."""
        self.add(method, Fault(text=PAGE, acted=acted), times)

    def bomb(self, method: str = ANY, *, unpacked: int, times: int = 1) -> None:
        """Answers with `unpacked` bytes, compressed to a thousandth."""
        self.add(method, Fault(unpacked=unpacked), times)

    def add(self, method: str, fault: Fault, times: int = 1) -> None:
        """Adds this fault to the next calls of a method."""
        self._next.setdefault(method, deque()).extend([fault] * times)

    def randomly(self, source: random.Random, *, share: float = 0.05, slowest: float = 0.0) -> None:
        """Lets a share of all calls go wrong, in ways that the seeded source chooses. Each call
        takes up to `slowest` seconds before Slack acts, and as long again before it answers."""
        kinds = (
            Fault(500),
            Fault(429, "ratelimited", retry_after=1),
            Fault(200, "internal_error"),
            Fault(drop="before"),
            Fault(drop="after"),
            Fault(text=PAGE),
            Fault(text=PAGE, acted=True),
        )

        def fault() -> Fault | None:
            wrong = source.choice(kinds) if source.random() < share else None
            if not slowest:
                return wrong
            seconds, lingers = source.uniform(0, slowest), source.uniform(0, slowest)
            return replace(wrong or Fault(), seconds=seconds, lingers=lingers)

        self._random = fault

    def clear(self) -> None:
        """Removes all faults."""
        self._next.clear()
        self._random = None

    def take(self, method: str) -> Fault | None:
        """The fault of this call, if any."""
        for name in (method, ANY):
            if waiting := self._next.get(name):
                return waiting.popleft()
        return self._random() if self._random is not None else None


@dataclass(frozen=True)
class Rate:
    """A rate limit: `burst` calls at once, then `a_minute`. `by_channel`: counted for each
    channel."""

    a_minute: int
    burst: int
    by_channel: bool = False


@dataclass
class RateLimiter:
    """Token buckets for Slack's rates.

    https://docs.slack.dev/apis/web-api/rate-limits
    """

    clock: Callable[[], float]
    _left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def wait(self, rate: Rate, method: str, channel: str) -> int:
        """Counts a call. Returns 0 if it may pass, otherwise the seconds for Retry-After."""
        key = (method, channel if rate.by_channel else "")
        now = self.clock()
        left, then = self._left.get(key, (float(rate.burst), now))
        left = min(float(rate.burst), left + (now - then) * rate.a_minute / 60)
        if left < 1:
            self._left[key] = (left, now)
            return max(1, math.ceil((1 - left) * 60 / rate.a_minute))
        self._left[key] = (left - 1, now)
        return 0
