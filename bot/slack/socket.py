"""Socket Mode: clicks and commands over a connection that the bot opens.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.tasks import ended


@asynccontextmanager
async def connected(
    app: AsyncApp, app_token: str, api_url: str
) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Connecting goes on trying for as long as Slack does not answer; gives what tells whether it
    is connected now."""
    handler = AsyncSocketModeHandler(
        app, app_token, web_client=AsyncWebClient(base_url=api_url, retry_handlers=[])
    )
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
    try:
        yield handler.client.is_connected
    finally:
        await ended(connecting)
        await handler.close_async()  # type: ignore[no-untyped-call]
