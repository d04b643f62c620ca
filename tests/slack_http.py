"""The door for Slack's requests over HTTP, and who knocks: byte by byte, or as Slack does."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import entries
from bot.app import build
from bot.journal import Attempt
from bot.playground.delivery import signature
from bot.settings import Settings
from bot.slack.http import SlackHttp
from bot.store import Database
from bot.web import server
from bot.web.limits import Bounds
from tests.clients import BOUNDS, PATIENT, SECRET, environ
from tests.journals import Clock

PATH = "/slack/events"
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
PRIVATE = "jane@example.com"  # part of every body, and so of no line in the log
CLICK = {
    "type": "block_actions",
    "user": {"id": "U0ADA", "username": "ada"},
    "trigger_id": "1.2.3",
    "channel": {"id": "C0TRIAGE"},
    "container": {"channel_id": "C0TRIAGE", "message_ts": "1764000000.000100"},
    "actions": [{"action_id": "decide.0", "value": "1:c1:read", "action_ts": "1764000000.1"}],
    "text": PRIVATE,
}
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    text: str


@dataclass
class Door:
    """The route, with Bolt, the listeners and a journal behind it; `entries` came through."""

    port: int
    clock: Clock
    database: Database
    entries: "asyncio.Queue[Attempt]"
    requests: list[AsyncBoltRequest]

    async def raw(self, request: bytes, *, ends: bool = False) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        if ends:
            writer.write_eof()
        head, _, text = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        status, *fields = head.split("\r\n")
        kinds = [each.split(": ")[1] for each in fields if each.startswith("Content-Type: ")]
        return Answer(int(status.split()[1]), kinds[0].split(";")[0], text)

    async def post(self, body: bytes, headers: Headers, **options: Any) -> Answer:
        return await self.raw(request(body, headers), **options)

    async def send(self, body: bytes, kind: bytes = FORM, *more: tuple[bytes, bytes]) -> Answer:
        """As Slack does."""
        return await self.post(body, [*self.signed(body), (b"Content-Type", kind), *more])

    async def interact(self, payload: object) -> Answer:
        return await self.send(form(payload))

    def signed(self, body: bytes, at: str | None = None, secret: str = SECRET) -> Headers:
        stamp = at if at is not None else str(int(self.clock.now))
        return [
            (b"X-Slack-Request-Timestamp", stamp.encode()),
            (b"X-Slack-Signature", signature(secret, stamp, body).encode()),
        ]


def request(body: bytes, headers: Headers, length: int | None = None) -> bytes:
    fields = [
        (b"Host", b"bot.example.com"),
        (b"Connection", b"close"),
        (b"Content-Length", str(len(body) if length is None else length).encode()),
        *headers,
    ]
    lines = [b"POST " + PATH.encode() + b" HTTP/1.1", *(b": ".join(field) for field in fields)]
    return b"\r\n".join([*lines, b"", body])


def form(payload: object) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


@asynccontextmanager
async def opened(
    folder: Path, bounds: Bounds = BOUNDS, rate: Callable[[], float] | None = None
) -> AsyncIterator[Door]:
    """`rate` is the clock for what is refused; without one, no rate is ever too high."""
    clock, came, seen = Clock(), asyncio.Queue[Attempt](), list[AsyncBoltRequest]()

    async def note(req: AsyncBoltRequest, next: Any) -> None:  # noqa: A002 — Bolt's name
        seen.append(req)
        await next()

    async with build(Settings.from_env(environ(folder)), PATIENT) as bot:
        bot.app.use(note)
        kinds = (entries.CARRY_OUT, entries.TYPED, entries.SHOW, entries.TELL)
        await bot.journal.start(dict.fromkeys(kinds, came.put))
        routes = server.application(bounds, rate or count(0, 3600.0).__next__)
        routes.router.add_post(PATH, SlackHttp(bot.dispatch, SECRET, clock).events)
        async with server.listening(routes, "127.0.0.1", 0) as port:
            yield Door(port, clock, bot.database, came, seen)
        await bot.journal.stop(10)


async def refused(
    door: Door, caplog: pytest.LogCaptureFixture, answer: Answer, status: int, reason: str
) -> None:
    assert answer == Answer(status, "text/plain", reason)
    (record,) = (each for each in caplog.records if each.name.startswith("bot."))
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)
    assert record.getMessage() == f"refused a request with {status}: {reason}"
    assert PRIVATE not in caplog.text
    assert door.requests == []
    assert await door.database.read("SELECT * FROM entries") == []
