"""A wall clock that tests put forward."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.playground.sendkit import SendKit
from bot.timing import Clocks


class FastClock:
    """Begins at this time in Berlin, and goes on from there. It is SendKit's clock, too."""

    def __init__(self, begins: str, sendkit: SendKit) -> None:
        self._ahead = berlin(begins) - time.time()
        self.clocks = Clocks(self)
        sendkit.inbox.clock = self.utc

    def __call__(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        """A monotonic clock that is put forward with it."""
        return time.monotonic() + self._ahead

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)

    def put_to(self, moment: str) -> None:
        self.put(berlin(moment))

    def put(self, moment: float) -> float:
        """Puts it to this time, in seconds since the epoch; how far it jumps."""
        before, self._ahead = self._ahead, moment - time.time()
        return self._ahead - before


def berlin(moment: str) -> float:
    """A time such as `2026-03-27 17:00` there, in seconds since the epoch."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
