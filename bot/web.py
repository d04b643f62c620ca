"""The HTTP server: what every route is held to, and the routes that are nobody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.errors import SettingsWrong

SIZE_LIMIT: Final = 1024 * 1024
DRAIN_SECONDS: Final = 2.0


def application() -> web.Application:
    """With /healthz, which answers for as long as the process is alive."""
    routes = web.Application(client_max_size=SIZE_LIMIT)
    routes.router.add_get("/healthz", _healthz)
    return routes


@asynccontextmanager
async def listening(routes: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """The port on which it listens. SettingsWrong when it is taken."""
    # Bodies are checked as they were signed, and nobody unpacks what is not from Slack or SendKit.
    runner = web.AppRunner(
        routes, access_log=None, shutdown_timeout=DRAIN_SECONDS, auto_decompress=False
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise SettingsWrong(
                f"Cannot listen on {host}:{port}: {error.strerror}. Give another HOST or PORT."
            ) from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _healthz(request: web.Request) -> web.Response:
    return web.Response(text="ok")
