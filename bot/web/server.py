"""The HTTP server: what every route is held to, and the routes that are nobody else's.

Nothing here goes by who sends: behind a proxy all come from its address, and what a header says of
the one before it is anybody's word. What is signed never meets the rate; what is refused does.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot import timing
from bot.errors import SettingsWrong
from bot.web.limits import NAME, Bounds, Connection, Crowd

log = logging.getLogger(__name__)

SIZE_LIMIT: Final = 1024 * 1024
# Refusals that have a line of their own: so many at once, and then one in so many seconds.
REFUSALS_AT_ONCE: Final = 200
SECONDS_A_REFUSAL: Final = 1.0
# Of those that have none, one line is written in so many seconds.
SECONDS_A_SUMMARY: Final = 60.0

DEFAULT: Final = Bounds()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusals:
    """A bucket of tokens for what is refused: each takes one, and one comes back after a while.

    Whatever is genuine was found to be so before, and takes none. `clock` is in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens = float(REFUSALS_AT_ONCE)
        self._counted_at = clock()
        self._silent = 0
        self._summed_up_at: float | None = None

    def refuse(self, status: HTTPStatus, reason: str) -> web.Response:
        """The answer, and its line in the log; 429 and no line once there are too many."""
        now = self._clock()
        gained = (now - self._counted_at) / SECONDS_A_REFUSAL
        self._tokens = min(self._tokens + gained, float(REFUSALS_AT_ONCE))
        self._counted_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            log.warning("refused a request with %d: %s", status, reason)
            return web.Response(status=status, text=reason)
        self._silent += 1
        if self._summed_up_at is None or now >= self._summed_up_at + SECONDS_A_SUMMARY:
            log.warning("refused %d requests with 429: too many bad requests", self._silent)
            self._summed_up_at, self._silent = now, 0
        return _later(HTTPStatus.TOO_MANY_REQUESTS, "too many bad requests", SECONDS_A_REFUSAL)


class Limits:
    """What every request is held to, on whatever route."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self.bounds = bounds
        self.refusals = Refusals(clock)
        self._arriving: dict[Connection, None] = {}
        self._answering: set[asyncio.Future[web.StreamResponse]] = set()

    @web.middleware
    async def hold(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.begin()
        try:
            reason = await self._refusal(request, connection)
            if reason is not None:
                response: web.StreamResponse = self.refusals.refuse(*reason)
            else:
                response = await self._answer(request, handler)
            if not request.content.is_eof():
                response.force_close()
            return response
        finally:
            connection.end()

    async def _refusal(
        self, request: web.Request, connection: Connection
    ) -> tuple[HTTPStatus, str] | None:
        """Why it is refused without a look at it. None: its body is here."""
        if (request.content_length or 0) > SIZE_LIMIT:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"
        try:
            await self._arrive(request, connection)
        except web.HTTPRequestEntityTooLarge:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT, "too slow"
        except (web.RequestPayloadError, ConnectionError):
            return HTTPStatus.BAD_REQUEST, "garbled, or cut short"
        return None

    async def _arrive(self, request: web.Request, connection: Connection) -> None:
        """The body is here, and is what `read` gives from now on."""
        if request.content.is_eof():
            await request.read()
            return
        self._arriving[connection] = None
        if len(self._arriving) > self.bounds.arriving:
            slowest = next(iter(self._arriving))
            del self._arriving[slowest]
            slowest.cut()
        try:
            async with asyncio.timeout(self.bounds.body_seconds):
                await request.read()
        finally:
            self._arriving.pop(connection, None)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The route's own answer. One that is late goes on: what it began to write down must
        reach the journal, and whoever tries again within seconds means the same."""
        if request.method == "POST" and len(self._answering) >= self.bounds.answering:
            return _later(HTTPStatus.SERVICE_UNAVAILABLE, "too busy", 1)
        answering = asyncio.ensure_future(handler(request))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)
        done, _ = await asyncio.wait([answering], timeout=self.bounds.answer_seconds)
        if not done:
            log.error("a request took too long; its work may still be saved")
            return _later(HTTPStatus.SERVICE_UNAVAILABLE, "not in time", 1)
        try:
            response = answering.result()
        except web.HTTPException as error:
            refusal = self.refusals.refuse(HTTPStatus(error.status), error.reason.lower())
            if "Allow" in error.headers:
                refusal.headers["Allow"] = error.headers["Allow"]
            return refusal
        if isinstance(response, web.Response) and 400 <= response.status < 500:
            return self.refusals.refuse(HTTPStatus(response.status), response.text or "")
        return response


_LIMITS: Final = web.AppKey("limits", Limits)


def application(
    bounds: Bounds = DEFAULT, clock: Callable[[], float] = time.monotonic
) -> web.Application:
    """With /healthz, which answers for as long as the process is alive. `clock` is in seconds."""
    limits = Limits(bounds, clock)
    routes = web.Application(client_max_size=SIZE_LIMIT, middlewares=[limits.hold])
    routes[_LIMITS] = limits
    routes.on_response_prepare.append(_sign)
    routes.router.add_get("/healthz", _healthz)
    return routes


@asynccontextmanager
async def listening(
    routes: web.Application, host: str, port: int, drain: float = timing.DEFAULT.http_drain
) -> AsyncIterator[int]:
    """The port on which it listens. SettingsWrong when it is taken."""
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=drain)
    await runner.setup()
    assert runner.server is not None
    limits = routes[_LIMITS]
    connect = partial(Connection, runner.server, Crowd(limits.bounds, limits.refusals.refuse))
    try:
        try:
            server = await asyncio.get_running_loop().create_server(connect, host, port)
        except OSError as error:
            raise cannot_listen(host, port, error) from error
        yield int(server.sockets[0].getsockname()[1])
        server.close()
    finally:
        await runner.cleanup()


def cannot_listen(host: str, port: int, error: OSError) -> SettingsWrong:
    """asyncio's own words for the reason repeat the address."""
    # The numbers of getaddrinfo's errors are below zero.
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else error.strerror
    return SettingsWrong(f"Cannot listen on {host}:{port}: {reason}. Give another HOST or PORT.")


def _later(status: HTTPStatus, reason: str, seconds: float) -> web.Response:
    return web.Response(status=status, text=reason, headers={"Retry-After": f"{seconds:.0f}"})


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(NAME)


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok")
