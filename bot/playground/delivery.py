"""Delivers a payload to the bot: as a signed HTTP request, or as an envelope over Socket Mode.

https://docs.slack.dev/apis/events-api/comparing-http-socket-mode
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.playground.wire import Ack
from bot.playground.workspace import Json

Kind = Literal["interactive", "slash_commands", "events_api"]

FORM = "application/x-www-form-urlencoded"
MOST_SOCKETS = 10
PING_SECONDS = 15.0
# How long a connection lasts, as in Slack's example of a hello, and with `debug_reconnects`.
LASTING_SECONDS = 18_060.0
DEBUG_SECONDS = 360.0
WARNING_SECONDS = 10.0
REFUSED = "the handshake fails"
HUNG_UP = "closed before the hello"


@dataclass(frozen=True)
class Delivery:
    """One payload to deliver. Bytes are sent over HTTP as they are. `retry` counts from 1."""

    kind: Kind
    payload: Any
    retry: int = 0
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The `v0=` signature of a request.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """The body and its content type, as Slack encodes each kind."""
    payload = delivery.payload
    if isinstance(payload, bytes):
        return payload, "application/json" if delivery.kind == "events_api" else FORM
    if delivery.kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    if delivery.kind == "slash_commands" and isinstance(payload, dict):
        return urlencode(payload).encode(), FORM
    return urlencode({"payload": json.dumps(payload)}).encode(), FORM


class Http:
    """Sends signed requests to the bot's Request URL."""

    def __init__(self, session: aiohttp.ClientSession, secret: str) -> None:
        self.session = session
        self.secret = secret

    async def send(self, url: str, delivery: Delivery, seconds: float) -> Ack:
        """Sends, and waits up to `seconds` for the answer."""
        body, content_type = encoded(delivery)
        # The bot compares this with its own clock, so it cannot be the workspace's turned clock.
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.secret, timestamp, body),
        }
        if delivery.retry:
            headers["X-Slack-Retry-Num"] = str(delivery.retry)
            headers["X-Slack-Retry-Reason"] = delivery.reason
        headers.update(delivery.headers)
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self.session.post(url, data=body, headers=headers, timeout=limit) as answer:
                final = answer.headers.get("X-Slack-No-Retry") == "1"
                return Ack(answer.status, await _read(answer), 0.0, final=final)
        except TimeoutError:
            return Ack(0, "operation_timeout", 0.0)
        except aiohttp.ClientError:
            return Ack(0, "dispatch_failed", 0.0)


async def _read(answer: aiohttp.ClientResponse) -> str | Json:
    text = await answer.text(errors="replace")
    if answer.content_type != "application/json" or not text:
        return text
    try:
        parsed = json.loads(text)
    except ValueError:
        return text
    return parsed if isinstance(parsed, dict) else text


@dataclass(eq=False)
class Line:
    """One connection from Slack's side. If it is not `well`, it has failed and Slack has not
    noticed: Slack's frames are lost. If it is `deaf`, the bot's frames are lost."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    well: bool = True
    deaf: bool = False


class Sockets:
    """Slack's side of Socket Mode: tickets, connections, envelopes.

    At most ten connections; a payload goes to any of them. Slack pings each every `ping_seconds`.
    https://docs.slack.dev/apis/events-api/using-socket-mode
    """

    def __init__(self, app_id: str, changed: Callable[[], None]) -> None:
        self.app_id = app_id
        self.ping_seconds = PING_SECONDS
        self.lasting_seconds = LASTING_SECONDS
        self.debug_seconds = DEBUG_SECONDS
        self._changed = changed
        self._tickets: set[str] = set()
        self._open: list[Line] = []
        self._troubles: deque[str] = deque()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()

    def __len__(self) -> int:
        return len(self._open)

    def fall_silent(self, *, pongs: bool = False) -> None:
        """Sends nothing more over the current connections, which stay open. With `pongs`, only
        answers to pings still arrive."""
        for line in self._open:
            line.well = False
            if not pongs:
                line.transport.pause_reading()

    def go_deaf(self) -> None:
        """Keeps delivering and pinging over the open connections, but loses everything that the bot
        sends."""
        for line in self._open:
            line.deaf = True
            line.transport.pause_reading()

    def notice(self) -> None:
        """Closes the connections that have failed."""
        for line in [line for line in self._open if line.deaf or not line.well]:
            line.transport.abort()

    def cut(self) -> None:
        """Drops every connection without a closing frame."""
        for line in self._open:
            line.transport.abort()

    async def say(self, frame: str | bytes) -> None:
        """Sends a frame that is not an envelope over every connection."""
        for line in list(self._open):
            await line.socket.send_frame(
                frame.encode() if isinstance(frame, str) else frame,
                aiohttp.WSMsgType.TEXT if isinstance(frame, str) else aiohttp.WSMsgType.BINARY,
            )

    def refuse(self, times: int = 1) -> None:
        """Lets the next handshakes fail. Their tickets are spent."""
        self._troubles.extend([REFUSED] * times)

    def send_away(self, reason: str = "", times: int = 1) -> None:
        """Opens the next connections and sends `disconnect` in place of hello; without a reason,
        nothing."""
        self._troubles.extend([reason] * times)

    def hang_up(self, times: int = 1) -> None:
        """Opens the next connections and closes them before the hello."""
        self._troubles.extend([HUNG_UP] * times)

    def invite(self, base: str) -> str:
        """An address that admits one connection, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"{base}/link?ticket={ticket}&app_id={self.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serves one connection, from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="invalid ticket")
        self._tickets.discard(ticket)
        trouble = self._troubles.popleft() if self._troubles else None
        if trouble == REFUSED or request.transport is None:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(socket, request.transport)
        if trouble in ("", HUNG_UP):
            if not trouble:
                await socket.receive()
            return socket
        if trouble or len(self._open) >= MOST_SOCKETS:
            await self._dismiss(line, trouble or "too_many_websockets")
            return socket
        self._open.append(line)
        debug = request.query.get("debug_reconnects") == "true"
        seconds = self.debug_seconds if debug else self.lasting_seconds
        tasks = [asyncio.create_task(each) for each in (self._ping(line), self._age(line, seconds))]
        try:
            await socket.send_json(self._hello(seconds))
            self._changed()
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT and line.well:
                    self._answered(frame.data)
        except ConnectionError:
            # A killed bot may leave an envelope whose answer is no longer awaited.
            return socket
        finally:
            for task in tasks:
                task.cancel()
            if line in self._open:
                self._open.remove(line)
            self._changed()
        return socket

    async def _ping(self, line: Line) -> None:
        with suppress(ConnectionError):
            while line.well:
                await asyncio.sleep(self.ping_seconds)
                if line.well:
                    await line.socket.ping(b"Ping from applink-playground")

    async def _age(self, line: Line, seconds: float) -> None:
        """Ends a connection after its time: announces the end, then asks the bot to reconnect."""
        with suppress(ConnectionError):
            await asyncio.sleep(max(0.0, seconds - WARNING_SECONDS))
            if line.well:
                await self._dismiss(line, "warning")
            await asyncio.sleep(min(seconds, WARNING_SECONDS))
            if line.well and line in self._open:
                await self._dismiss(line, "refresh_requested")

    def _hello(self, seconds: float) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self.app_id},
            "debug_info": {
                "host": "applink-playground",
                "build_number": 1,
                "approximate_connection_time": int(seconds),
            },
        }

    def _answered(self, data: str) -> None:
        try:
            frame = json.loads(data)
        except ValueError:
            return
        envelope = frame.get("envelope_id") if isinstance(frame, dict) else None
        future = self._waiting.get(envelope) if isinstance(envelope, str) else None
        if future is not None and not future.done():
            future.set_result(frame)

    async def send(self, delivery: Delivery, seconds: float) -> Ack:
        """Sends an envelope over one of the connections, and waits for its answer."""
        envelope = secrets.token_hex(16)
        frame = {
            "envelope_id": envelope,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            frame |= {"retry_attempt": delivery.retry, "retry_reason": delivery.reason}
        line = self._open[next(self._turn) % len(self._open)]
        future = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = future
        try:
            async with asyncio.timeout(seconds):
                if line.well:
                    await line.socket.send_json(frame)
                answer = await future
        except TimeoutError:
            return Ack(0, "operation_timeout", 0.0)
        except ConnectionError:
            return Ack(0, "dispatch_failed", 0.0)
        finally:
            del self._waiting[envelope]
        payload = answer.get("payload")
        return Ack(200, payload if isinstance(payload, dict | str) else "", 0.0)

    async def disconnect(self, reason: str) -> None:
        """Asks every connection to close, with one of Slack's reasons. `warning` only announces
        it."""
        for line in list(self._open):
            await self._dismiss(line, reason)

    async def _dismiss(self, line: Line, reason: str) -> None:
        if reason != "warning" and line in self._open:
            self._open.remove(line)
        told = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "applink-playground"},
        }
        await line.socket.send_json(told)
        if reason != "warning":
            await line.socket.close()

    async def close(self) -> None:
        """Ends every connection."""
        for line in list(self._open):
            if line.well:
                await line.socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
            else:
                line.transport.abort()
