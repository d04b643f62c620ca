"""One connection of Socket Mode, from Slack's hello to its end.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from bot.timing import SocketTiming

JSON = Mapping[str, Any]

log = logging.getLogger(__name__)

# Slack's pongs may take five seconds and more, so one silence covers several pings.
PINGS_IN_A_SILENCE: Final = 4


class SocketConnection:
    """`take` is called with each envelope. `stands` from Slack's hello until the end.

    `leaving` is set once another connection should replace this one, which may be before the end.
    `reason` says why, in Slack's word from `disconnect` if it sent one.
    """

    def __init__(
        self,
        socket: ClientWebSocketResponse,
        timing: SocketTiming,
        take: Callable[["SocketConnection", JSON], None],
    ) -> None:
        self._socket = socket
        self._timing = timing
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._quiet = 0
        self._slack_at = self.heard_at = self._pinged_at = self._loop.time()
        self._unanswered_at: float | None = None  # the first ping since the last pong
        self.stands = False
        self.leaving = asyncio.Event()
        self.reason = ""

    async def greeted(self) -> bool:
        """Waits for Slack's hello; False if it sent `disconnect` instead."""
        while not self.stands and not self.leaving.is_set():
            if end := await self._frame():
                self._leave(end)
        return self.stands

    async def listen(self) -> None:
        """Runs until the connection is over. A caller who cancels this must close the
        connection."""
        while (end := await self._frame()) is None:
            pass
        self.stands = False
        self._leave(end)
        await self.close()

    async def send(self, answer: JSON) -> bool:
        """Sends an answer; returns whether it went out."""
        try:
            async with asyncio.timeout(self._timing.silence):
                await self._socket.send_str(json.dumps(answer))
        except (ClientError, ConnectionError, TimeoutError):
            self._leave("an answer could not be sent")
            return False
        return True

    async def close(self) -> None:
        """Sends the closing frame, and waits for the other one for a limited time."""
        self.stands = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.closing):
                await self._socket.close()

    async def _frame(self) -> str | None:
        """Takes the next frame, and sends pings; returns what ended the connection, if it did.

        Only a pong proves that the bot's frames arrive. Slack's frames also arrive over a
        connection that has failed in the other direction.
        """
        interval = self._timing.silence / PINGS_IN_A_SILENCE
        try:
            async with asyncio.timeout(interval):
                if self._loop.time() - self._pinged_at >= interval:
                    await self._ping()
                frame = await self._socket.receive()
                if frame.type is WSMsgType.PING:
                    await self._socket.pong(frame.data)
        except (ClientError, ConnectionError, TimeoutError):
            self._quiet += 1
            return "silence" if self._quiet >= PINGS_IN_A_SILENCE else None
        now = self._loop.time()
        self._quiet, self.heard_at = 0, now
        match frame.type:
            case WSMsgType.TEXT:
                self._slack_at = now
                self._read(frame.data)
            case WSMsgType.PING:
                self._slack_at = now
            case WSMsgType.PONG:
                self._unanswered_at = None
            case WSMsgType.BINARY:
                pass
            case _:
                return "closed"
        if now - self._slack_at > self._timing.ping:
            self._leave("no ping")
        if self._unanswered_at is not None and now - self._unanswered_at > self._timing.silence:
            self._leave("no pong")
        return None

    async def _ping(self) -> None:
        self._pinged_at = self._loop.time()
        if self._unanswered_at is None:
            self._unanswered_at = self._pinged_at
        await self._socket.ping()

    def _read(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            log.warning("ignored a frame that is no JSON object")
            return
        match message.get("type"):
            case "hello":
                self.stands = True
            case "disconnect":
                self._leave(str(message.get("reason")))
            case _:
                self._take(self, message)
                # https://docs.slack.dev/apis/events-api/#retries
                if message.get("retry_attempt") and message.get("retry_reason") == "timeout":
                    self._leave("Slack did not get an answer")

    def _leave(self, reason: str) -> None:
        if not self.leaving.is_set():
            self.reason = reason
            self.leaving.set()
