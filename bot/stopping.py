"""Handles the signals to stop: the first SIGTERM or SIGINT begins an orderly stop with a time
limit, the second ends the process at once."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable

from bot.timing import DEFAULT

log = logging.getLogger(__name__)


class Stopping:
    """`leave` ends the process at once with an exit status. All work is saved by then, and the next
    process continues it."""

    def __init__(
        self, leave: Callable[[int], object] = os._exit, last_seconds: float = DEFAULT.last
    ) -> None:
        self._leave = leave
        self._last_seconds = last_seconds
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()

    def listen(self) -> None:
        """Handles the signals from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._tell)

    async def told(self) -> None:
        """Waits for the first signal."""
        await self._told.wait()

    def _tell(self) -> None:
        if self._told.is_set():
            self._end("after a second signal")
            return
        self._told.set()
        self._loop.call_later(self._last_seconds, self._end, "as the stop took too long")

    def _end(self, why: str) -> None:
        log.warning("stopped at once, %s: the next start continues the work", why)
        self._leave(0)
