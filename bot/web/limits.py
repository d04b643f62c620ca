"""How long a connection may keep the process waiting, and how many there may be.

aiohttp waits for a client for as long as the connection is not idle: a request that arrives a
byte at a time costs its sender nothing, and everybody else the places that it holds. Here
whoever has kept the process waiting longest makes room for the next, so that a crowd of such
senders stands in its own way and not in Slack's, whose requests arrive at once.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web

from bot.timing import DEFAULT

log = logging.getLogger(__name__)

# A line of the head, and how many there may be. Slack and the proxies before us need a third.
LINE_LIMIT: Final = 4096
LINES_LIMIT: Final = 64
# What answers say that they are from: no names or versions of libraries.
NAME: Final = {"Server": "sendkit-triage"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many at a time, and for how many seconds."""

    # Fewer than the files that a process may usually have open, 1024, of which others need some.
    connections: int = 500
    # Bodies that are still arriving, and so the megabytes that they may fill.
    arriving: int = 64
    # Requests that are being answered. Fewer than connections, so that there is always one to say
    # no on, and one that waits and can make room.
    answering: int = 400
    # Longer than proxies keep theirs, mostly 60: who closes first must not be the one who answers.
    idle_seconds: float = 75.0
    head_seconds: float = 5.0
    body_seconds: float = 5.0
    answer_seconds: float = DEFAULT.answer
    # For answers that their client does not read.
    unread_seconds: float = 10.0
    # For the rest of a body that was refused unread: its sender reads the answer only after it.
    lingering_seconds: float = 2.0


# The answer to a request that was refused with this status and for this reason.
Refuse = Callable[[HTTPStatus, str], web.Response]


class Crowd:
    """The open connections; those that wait for their client, in the order since when they do."""

    def __init__(self, bounds: Bounds, refuse: Refuse) -> None:
        self.bounds = bounds
        self.refuse = refuse
        self._open = 0
        self._waiting: dict[Connection, None] = {}

    def enter(self, connection: "Connection") -> None:
        self._open += 1
        self.wait(connection)
        if self._open > self.bounds.connections:
            longest = next(iter(self._waiting))
            self.serve(longest)
            longest.cut()

    def leave(self, connection: "Connection") -> None:
        self._open -= 1
        self._waiting.pop(connection, None)

    def wait(self, connection: "Connection") -> None:
        self._waiting[connection] = None

    def serve(self, connection: "Connection") -> None:
        self._waiting.pop(connection, None)

    def is_waiting(self, connection: "Connection") -> bool:
        return connection in self._waiting


class Connection(web.RequestHandler):
    """One connection, from Slack, from SendKit or from anybody."""

    __slots__ = ("_clock", "_crowd", "_wire")

    def __init__(self, server: web.Server, crowd: Crowd) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=crowd.bounds.idle_seconds,
            lingering_time=crowd.bounds.lingering_seconds,
            max_line_size=LINE_LIMIT,
            max_field_size=LINE_LIMIT,
            max_headers=LINES_LIMIT,
            access_log=None,  # type: ignore[arg-type]  # it would have whole paths in it
            # Bodies are checked as they were signed, and nobody unpacks what anybody sends.
            auto_decompress=False,
        )
        self._crowd = crowd
        self._clock: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A request's head is here."""
        self._stop_clock()
        self._crowd.serve(self)

    def end(self) -> None:
        """The request has its answer. Without a transport nobody is there to have it."""
        if self.transport is not None:
            self._crowd.wait(self)

    def cut(self) -> None:
        """Ends it at once, whatever is under way."""
        self._wire.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        super().connection_made(transport)
        self._crowd.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_clock()
        self._crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._clock is None and self._crowd.is_waiting(self):
            self._start_clock(self._crowd.bounds.head_seconds)
        super().data_received(data)

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        super().pause_writing()
        self._stop_clock()
        self._start_clock(self._crowd.bounds.unread_seconds)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_clock()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP, and what no route foresaw. aiohttp would log the one with the bytes
        that came, and answer the other with a page."""
        if status == HTTPStatus.BAD_REQUEST:
            answer = self._crowd.refuse(HTTPStatus.BAD_REQUEST, "not HTTP, or too long a head")
        else:
            # Who has gone meanwhile is no news.
            level = logging.DEBUG if self._wire.is_closing() else logging.ERROR
            log.log(level, "a request raised an unexpected error", exc_info=exc)
            answer = web.Response(status=status, text="something went wrong here")
        answer.headers.update(NAME)
        answer.force_close()
        return answer

    def _start_clock(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().call_later(seconds, self.cut)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
