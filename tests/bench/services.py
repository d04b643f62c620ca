"""Stands in for Slack and SendKit where only the number and the time of requests count: it answers
at once, or after a delay, and notes what came when. It checks nothing: the playground's servers do.

python -m tests.bench.services PORT [--delay SECONDS] [--slack-delay SECONDS] [--sockets ADDRESS]
    [--unread COUNT]
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bot.playground import sendkit_responses
from bot.playground.inbox import Inbox
from bot.playground.sample_data import CAST
from tests.bench.clicks import AI_TAGS, conversation_id

LONG_THREAD: Final = 200
PAGE_SIZE: Final = 100
# Conversations whose id begins so have a thread of that many mails.
LONG: Final = "f"

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_TOKEN: Final = re.compile(rb"\r\nauthorization: *Bearer +(\S+)", re.IGNORECASE)
_USER: Final = re.compile(rb"\buser\W+(U\w+)")
_ID: Final = "c0ffee00c0ffee00c0ffee00"


class Services:
    """The answers of both services, `delay` and `slack_delay` seconds after the request. `log` has
    a kind, the conversation where the path names one, and the time of the request in nanoseconds of
    the monotonic clock."""

    def __init__(self, delay: float, slack_delay: float, sockets: str, unread: int) -> None:
        self.log: list[tuple[str, str, int]] = []
        self._delay = delay
        self._slack_delay = slack_delay
        self._sockets = sockets
        self._counts: Counter[str] = Counter()
        self._waiting: list[tuple[str, int, Wire]] = []
        self._messages = 0
        inbox = Inbox()
        part = CAST[0]
        found = inbox.lead_replies(part.lead, part.text, html=part.html, campaign=part.campaign)
        found = replace(found, id=_ID)
        many = (found.messages * LONG_THREAD)[:LONG_THREAD]
        short = sendkit_responses.detail_shape(found, (), "new")
        row = sendkit_responses.row_shape(found)
        self._unread = [{**row, "id": conversation_id(each)} for each in range(unread)]
        self._short = json.dumps({"success": True, "data": short})
        long = sendkit_responses.detail_shape(replace(found, messages=many), (), "new")
        self._long = json.dumps({"success": True, "data": long})

    def take(self, wire: "Wire", method: str, target: str, head: bytes, body: bytes) -> None:
        """Answers a request, now or after the delay."""
        url = urlsplit(target)
        match url.path.split("/")[1:]:
            case ["api", name]:
                kind, answer = self._slack(name, head, url.query.encode() + body)
                self._note(kind, "")
                wire.answer(answer, self._slack_delay)
            case ["respond", *_]:
                self._note("card", "")
                wire.answer({"ok": True}, self._slack_delay)
            case ["v1", *path]:
                kind, key, answer = self._sendkit(method, path, url.query, body)
                self._note(kind, key)
                wire.answer(answer, self._delay)
            case ["bench", "log"]:
                wire.answer(self.log)
                self.log, self._counts = [], Counter()
            case ["bench", "until"]:
                (kind,), (number,) = (parse_qs(url.query)[name] for name in ("kind", "number"))
                self._waiting.append((kind, int(number), wire))
                self._tell()
            case _:
                wire.answer({"ok": True})

    def _slack(self, name: str, head: bytes, body: bytes) -> tuple[str, Any]:
        match name:
            case "chat.postMessage":
                self._messages += 1
                kind = "line" if b"thread_ts" in body else "message"
                ts = f"{2_000_000_000 + self._messages}.000100"
                return kind, {"ok": True, "channel": "C0TRIAGE", "ts": ts}
            case "users.info":
                flags = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
                who = {"id": _USER.search(body)[1].decode(), "team_id": "T0BENCH"}  # type: ignore[index]
                named = {**who, "profile": {"display_name": "Ada"}}
                return name, {"ok": True, "user": {**named, **dict.fromkeys(flags, False)}}
            case "apps.connections.open":
                token = _TOKEN.search(head)
                return name, {"ok": True, "url": f"{self._sockets}?{token[1].decode()}"}  # type: ignore[index]
            case "auth.test":
                ids = {"user_id": "U0TRIAGE", "bot_id": "B0TRIAGE", "team_id": "T0BENCH"}
                return name, {"ok": True, "user": "triage", "team": "Bench", "url": "x", **ids}
            case _:
                return name, {"ok": True}

    def _sendkit(
        self, method: str, path: Sequence[str], query: str, body: bytes
    ) -> tuple[str, str, Any]:
        match method, *path:
            case "GET", "inbox", one:
                text = self._long if one.startswith(LONG) else self._short
                return "read", one, text.replace(_ID, one)
            case "PATCH", "inbox", one:
                data = {"id": one, "aiTag": json.loads(body).get("aiTag"), "tags": []}
                return "patch", one, {"success": True, "data": data}
            case "GET", "tags":
                return "tags", "", {"success": True, "data": [{"name": name} for name in AI_TAGS]}
            case _:
                first = int(parse_qs(query).get("cursor", ["0"])[0])
                following = str(first + PAGE_SIZE) if first + PAGE_SIZE < len(self._unread) else ""
                more = {"hasMore": bool(following), "nextCursor": following or None}
                rows = self._unread[first : first + PAGE_SIZE]
                return "list", "", {"success": True, "data": rows, "pagination": more}

    def _note(self, kind: str, key: str) -> None:
        self.log.append((kind, key, time.monotonic_ns()))
        self._counts[kind] += 1
        if self._waiting:
            self._tell()

    def _tell(self) -> None:
        due = [each for each in self._waiting if self._counts[each[0]] >= each[1]]
        for each in due:
            self._waiting.remove(each)
            each[2].answer({"ok": True})


class Wire(asyncio.Protocol):
    """One connection. As little of HTTP as well-behaved clients need."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._got = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, rest = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        needed = int(length[1]) if length else 0
        if not found or len(rest) < needed:
            return
        self._got = rest[needed:]
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        self._services.take(self, method, target, head, rest[:needed])

    def answer(self, answer: Any, delay: float = 0.0) -> None:
        """`delay` is in seconds."""
        if delay:
            asyncio.get_running_loop().call_later(delay, self.answer, answer)
            return
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(f"{head}{len(body)}\r\n\r\n".encode() + body)


async def main(port: int, services: Services) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Wire(services), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--slack-delay", type=float, default=0.0)
    parser.add_argument("--sockets", default="")
    parser.add_argument("--unread", type=int, default=0)
    wanted = parser.parse_args(sys.argv[1:])
    asyncio.run(
        main(
            wanted.port,
            Services(wanted.delay, wanted.slack_delay, wanted.sockets, wanted.unread),
        )
    )
