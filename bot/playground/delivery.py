"""How a payload reaches the bot: a signed HTTP request, or an envelope over Socket Mode.

https://docs.slack.dev/apis/events-api/comparing-http-socket-mode
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections.abc import Callable, Mapping
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


@dataclass(frozen=True)
class Delivery:
    """One payload on its way; bytes go out over HTTP as they are. `retry` counts from 1."""

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
    """The body and its content type, as Slack writes them for each kind."""
    payload = delivery.payload
    if isinstance(payload, bytes):
        return payload, "application/json" if delivery.kind == "events_api" else FORM
    if delivery.kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    if delivery.kind == "slash_commands" and isinstance(payload, dict):
        return urlencode(payload).encode(), FORM
    return urlencode({"payload": json.dumps(payload)}).encode(), FORM


class Http:
    """Signed requests to the bot's Request URL."""

    def __init__(self, session: aiohttp.ClientSession, secret: str) -> None:
        self.session = session
        self.secret = secret

    async def send(self, url: str, delivery: Delivery, seconds: float) -> Ack:
        """Send, and wait for the answer for so many seconds."""
        body, content_type = encoded(delivery)
        # The bot compares this with its own clock, so it is never the workspace's turned one.
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


class Sockets:
    """Slack's end of Socket Mode: tickets, connections, envelopes.

    At most ten connections; a payload goes to any of them.
    https://docs.slack.dev/apis/events-api/using-socket-mode
    """

    def __init__(self, app_id: str, changed: Callable[[], None]) -> None:
        self.app_id = app_id
        self._changed = changed
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()

    def __len__(self) -> int:
        return len(self._open)

    def invite(self, base: str) -> str:
        """An address that lets in one connection, once."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"{base}/link?ticket={ticket}&app_id={self.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if len(self._open) >= MOST_SOCKETS:
            await self._dismiss(socket, "too_many_websockets")
            return socket
        self._open.append(socket)
        try:
            await socket.send_json(self._hello())
            self._changed()
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._answered(frame.data)
        except ConnectionError:
            # A killed bot may leave a ping behind that nobody waits for an answer to.
            return socket
        finally:
            if socket in self._open:
                self._open.remove(socket)
            self._changed()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self.app_id},
            "debug_info": {
                "host": "applink-playground",
                "build_number": 1,
                "approximate_connection_time": 18060,
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
        """Send an envelope to one of the connections, and wait for its answer."""
        envelope = secrets.token_hex(16)
        frame = {
            "envelope_id": envelope,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            frame |= {"retry_attempt": delivery.retry, "retry_reason": delivery.reason}
        socket = self._open[next(self._turn) % len(self._open)]
        future = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = future
        try:
            async with asyncio.timeout(seconds):
                await socket.send_json(frame)
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
        """Ask every connection to go, with Slack's reasons: `warning` only announces it."""
        for socket in list(self._open):
            await self._dismiss(socket, reason)

    async def _dismiss(self, socket: web.WebSocketResponse, reason: str) -> None:
        if reason != "warning" and socket in self._open:
            self._open.remove(socket)
        told = {
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": "applink-playground"},
        }
        await socket.send_json(told)
        if reason != "warning":
            await socket.close()

    async def close(self) -> None:
        """End every connection."""
        for socket in list(self._open):
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
