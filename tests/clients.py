"""The bot's clients of both services, with a busy machine's patience."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot import limited
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.client import SendKit
from bot.timing import Timing

PATIENT = Timing(sendkit_connect=60, sendkit_read=60, sendkit_call=60)


@asynccontextmanager
async def sendkit_at(url: str, **options: Any) -> AsyncIterator[SendKit]:
    """For whoever answers at this URL."""
    given = {"api_key": "sk_1", "workspace_id": None, "timing": PATIENT, **options}
    client = SendKit(url=url, **given)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def sendkit_of(server: Server, **options: Any) -> AsyncIterator[SendKit]:
    workspace = server.workspace_id if server.api_key.startswith("sk_user_") else None
    given = {"api_key": server.api_key, "workspace_id": workspace, **options}
    async with sendkit_at(server.url, **given) as client:
        yield client


@asynccontextmanager
async def slack_at(
    url: str, token: str = "xoxb-1", seconds: float = 60
) -> AsyncIterator[tuple[AsyncWebClient, aiohttp.ClientSession]]:
    """For whoever answers at this URL, with the session that its calls go over."""
    async with limited.session(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        client = AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[])
        yield client, session
