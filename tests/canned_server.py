"""A Slack that has one answer to everything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def answering(
    text: str, status: int = 200, kind: str = "application/json", **headers: str
) -> AsyncIterator[str]:
    """Its address, for `base_url`."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=text, status=status, content_type=kind, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{method}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
