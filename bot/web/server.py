"""The HTTP server: the limits of every route, and the routes that belong to no other part.

The limits ignore the client's address, which behind a proxy is the proxy's, and in headers can be
forged. Only rejected requests are rate-limited.
"""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from aiohttp import web

from bot import timing
from bot.errors import SettingsWrong
from bot.web.limits import NAME, SIZE_LIMIT, Bounds, Connection, Limits

DEFAULT: Final = Bounds()

_LIMITS: Final = web.AppKey("limits", Limits)


def application(
    bounds: Bounds = DEFAULT, clock: Callable[[], float] = time.monotonic
) -> web.Application:
    """The server with /healthz, which answers while the process is alive. `clock` is in seconds."""
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
    """Yields the port on which the server listens. SettingsWrong if it is taken."""
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=drain)
    await runner.setup()
    assert runner.server is not None
    connect = partial(Connection, runner.server, routes[_LIMITS])
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
    """The reason, without the address that asyncio repeats in its own words."""
    # getaddrinfo's error numbers are negative.
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else error.strerror
    said = f"Cannot listen on {host}:{port}: {reason}. Give another"
    if number != errno.EADDRINUSE:
        return SettingsWrong(f"{said} HOST or PORT.")
    other = 3001 if port != 3001 else 3002
    return SettingsWrong(f"{said} PORT, for example: PORT={other} make run")


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(NAME)


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok")
