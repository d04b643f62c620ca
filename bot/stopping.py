"""How the bot is told to stop: SIGTERM or SIGINT asks for an orderly end, which has a last moment;
a second one is obeyed at once."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable

from bot.timing import DEFAULT

log = logging.getLogger(__name__)


class Stopping:
    """`leave` ends the process as it stands, with an exit status: all that counts is on the disk by
    then, and the next process takes it up."""

    def __init__(
        self, leave: Callable[[int], object] = os._exit, last_seconds: float = DEFAULT.last
    ) -> None:
        self._leave = leave
        self._last_seconds = last_seconds
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()

    def listen(self) -> None:
        """From now on signals come here."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._tell)

    async def told(self) -> None:
        """Waits for the first signal."""
        await self._told.wait()

    def _tell(self) -> None:
        if self._told.is_set():
            self._end("told to stop twice")
            return
        self._told.set()
        self._loop.call_later(self._last_seconds, self._end, "something does not come to its end")

    def _end(self, why: str) -> None:
        log.warning("stopped at once, %s: the next start takes up what was under way", why)
        self._leave(0)
