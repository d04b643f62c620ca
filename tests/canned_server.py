"""Servers that answer every request in one way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Handler | web.Application) -> AsyncIterator[str]:
    """Its address, without a slash at the end."""
    if isinstance(answer, web.Application):
        routes = answer
    else:
        routes = web.Application()
        routes.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(routes, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(
    text: str, status: int = 200, kind: str = "application/json", **headers: str
) -> AsyncIterator[str]:
    """A Slack that has one answer to everything; its address, for `base_url`."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=text, status=status, content_type=kind, headers=headers)

    async with serving(answer) as address:
        yield f"{address}/"
