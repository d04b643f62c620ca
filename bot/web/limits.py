"""Limits the connections, and how long each may keep the process waiting.

aiohttp waits for a client as long as the connection is not idle, so a request that arrives a byte
at a time holds its place for nothing. Here the connection that has kept the process waiting longest
makes room for the next one. Slow senders push each other out, and not Slack, whose requests arrive
at once.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.timing import DEFAULT, Bucket

log = logging.getLogger(__name__)


# The length of a line in the head, and the number of lines. Slack and the proxies before us need a
# third.
LINE_LIMIT: Final = 4096
LINES_LIMIT: Final = 64
SIZE_LIMIT: Final = 1024 * 1024
# Refusals with an answer and a log line of their own: a burst, and then one every few seconds.
REFUSALS_AT_ONCE: Final = 200
SECONDS_A_REFUSAL: Final = 1.0
# The others share one line in this many seconds.
SECONDS_A_SUMMARY: Final = 60.0
# Answers name no library and no version.
NAME: Final = {"Server": "sendkit-triage"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Numbers and times in seconds."""

    # Below the usual limit of open files of a process, 1024, of which other parts need some.
    connections: int = 500
    # Bodies that are still arriving, of at most a megabyte each.
    arriving: int = 64
    # Requests that are being answered. Below `connections`, so that a 503 can always be sent.
    answering: int = 400
    # Longer than most proxies keep theirs (60 seconds), so that the proxy closes first.
    idle_seconds: float = 75.0
    head_seconds: float = 5.0
    body_seconds: float = 5.0
    answer_seconds: float = DEFAULT.answer
    # For answers that the client does not read.
    unread_seconds: float = 10.0
    # For the rest of a body that was refused unread: the sender reads the answer only after it.
    lingering_seconds: float = 2.0


class Limits:
    """The limits of every request, on every route. `waiting`: the connections that wait for their
    client, the longest first. `clock` is in seconds."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self.bounds = bounds
        self._open = 0
        self._arriving: dict[Connection, None] = {}
        self._answering: set[asyncio.Future[web.StreamResponse]] = set()
        self._refusals = Bucket(REFUSALS_AT_ONCE, SECONDS_A_REFUSAL, clock)
        self._summaries = Bucket(1, SECONDS_A_SUMMARY, clock)
        self._silent = 0
        self.waiting: dict[Connection, None] = {}

    def enter(self, connection: "Connection") -> None:
        self._open += 1
        self.waiting[connection] = None
        if self._open > self.bounds.connections:
            _make_room(self.waiting)

    def leave(self, connection: "Connection") -> None:
        self._open -= 1
        self.waiting.pop(connection, None)

    def refuse(self, status: HTTPStatus, reason: str) -> web.Response:
        """The refusal, with a line in the log; after too many, a 429 without a line."""
        if self._refusals.take():
            log.warning("refused a request with %d: %s", status, reason)
            return web.Response(status=status, text=reason)
        self._silent += 1
        if self._summaries.take():
            log.warning("refused %d requests with 429: too many bad requests", self._silent)
            self._silent = 0
        return _later(HTTPStatus.TOO_MANY_REQUESTS, "too many bad requests")

    @web.middleware
    async def hold(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        try:
            reason = await self._refusal(request, connection)
            if reason is not None:
                response: web.StreamResponse = self.refuse(*reason)
            else:
                response = await self._answer(request, handler)
            if not request.content.is_eof():
                response.force_close()
            return response
        finally:
            connection.end()

    async def _refusal(
        self, request: web.Request, connection: "Connection"
    ) -> tuple[HTTPStatus, str] | None:
        """Why the request is refused before its route sees it; None if its body has arrived."""
        if (request.content_length or 0) > SIZE_LIMIT:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"
        if not request.content.is_eof():
            self._arriving[connection] = None
            if len(self._arriving) > self.bounds.arriving:
                _make_room(self._arriving)
        try:
            async with asyncio.timeout(self.bounds.body_seconds):
                await request.read()
        except web.HTTPRequestEntityTooLarge:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT, "too slow"
        except (web.RequestPayloadError, ConnectionError):
            return HTTPStatus.BAD_REQUEST, "garbled, or cut short"
        finally:
            self._arriving.pop(connection, None)
        return None

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The route's answer. A late one goes on: its entry must reach the journal, and a second
        try within seconds counts as the same."""
        if request.method == "POST" and len(self._answering) >= self.bounds.answering:
            return _later(HTTPStatus.SERVICE_UNAVAILABLE, "too busy")
        answering = asyncio.ensure_future(handler(request))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        done, _ = await asyncio.wait([answering], timeout=self.bounds.answer_seconds)
        if not done:
            log.error("a request took too long; its work may still be saved")
            return _later(HTTPStatus.SERVICE_UNAVAILABLE, "it took too long")
        try:
            response = answering.result()
        except web.HTTPException as error:
            refusal = self.refuse(HTTPStatus(error.status), error.reason.lower())
            if "Allow" in error.headers:
                refusal.headers["Allow"] = error.headers["Allow"]
            return refusal
        if isinstance(response, web.Response) and 400 <= response.status < 500:
            return self.refuse(HTTPStatus(response.status), response.text or "")
        return response


class Connection(web.RequestHandler):
    """One connection, from Slack, SendKit or a stranger."""

    __slots__ = ("_clock", "_limits", "_wire")

    def __init__(self, server: web.Server, limits: Limits) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.bounds.idle_seconds,
            lingering_time=limits.bounds.lingering_seconds,
            max_line_size=LINE_LIMIT,
            max_field_size=LINE_LIMIT,
            max_headers=LINES_LIMIT,
            access_log=None,  # type: ignore[arg-type]  # it would have whole paths in it
            # Signatures cover the body as it was sent, and unpacking a stranger's body is
            # dangerous.
            auto_decompress=False,
        )
        self._limits = limits
        self._clock: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A request's head has arrived."""
        self._stop_clock()
        self._limits.waiting.pop(self, None)

    def end(self) -> None:
        """The request is answered. Without a transport the client has gone."""
        if self.transport is not None:
            self._limits.waiting[self] = None

    def cut(self) -> None:
        """Ends the connection at once."""
        self._wire.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        super().connection_made(transport)
        self._limits.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_clock()
        self._limits.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._clock is None and self in self._limits.waiting:
            self._start_clock(self._limits.bounds.head_seconds)
        super().data_received(data)

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        super().pause_writing()
        self._stop_clock()
        self._start_clock(self._limits.bounds.unread_seconds)

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
        """Answers bytes that are not HTTP, and unexpected errors of routes. aiohttp would log the
        received bytes, and answer with a page."""
        if status == HTTPStatus.BAD_REQUEST:
            answer = self._limits.refuse(HTTPStatus.BAD_REQUEST, "not HTTP, or too long a head")
        else:
            # An error after the client has gone is not worth a line.
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


def _make_room(connections: dict[Connection, None]) -> None:
    """Cuts the first of these connections."""
    longest = next(iter(connections))
    del connections[longest]
    longest.cut()


def _later(status: HTTPStatus, reason: str) -> web.Response:
    return web.Response(status=status, text=reason, headers={"Retry-After": "1"})
