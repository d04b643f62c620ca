"""Ways to both services: the bot's settings, and clients with patience."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot import bounded_read
from bot.playground.sendkit import SendKit as Server
from bot.playground.slack import Slack
from bot.sendkit.client import SendKit
from bot.slack.api import SlackApi
from bot.timing import DatabaseTiming, Timing
from bot.web.limits import Bounds

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATIENT = Timing(
    sendkit_connect=60,
    sendkit_read=60,
    sendkit_call=60,
    database=DatabaseTiming(busy=180, lock=60, statement=60, answer=180),
)
# Of the HTTP server, for tests that are not about its limits.
BOUNDS = Bounds(idle_seconds=60, head_seconds=60, body_seconds=60, answer_seconds=60)


def environ(
    database_url: str | Path, slack: Slack | None = None, sendkit: Server | None = None, **more: str
) -> dict[str, str]:
    """For a bot that takes clicks over HTTP. Nobody listens where a service is left out."""
    path = database_url
    return {
        "SLACK_BOT_TOKEN": slack.bot_token if slack else "xoxb-1",
        "SLACK_SIGNING_SECRET": slack.signing_secret if slack else SECRET,
        "SENDKIT_API_KEY": sendkit.api_key if sendkit else "sk_1",
        "TRIAGE_CHANNEL": "C0TRIAGE",
        "DATABASE_URL": path if isinstance(path, str) else f"sqlite:///{path}/triage.db",
        "SLACK_API_URL": slack.api_url if slack else "http://127.0.0.1:9/",
        "SENDKIT_API_URL": sendkit.url if sendkit else "http://127.0.0.1:9",
        **more,
    }


@asynccontextmanager
async def sendkit_at(url: str, **options: Any) -> AsyncIterator[SendKit]:
    """A client of the server at this URL."""
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
    url: str, token: str = "xoxb-1", seconds: float = 60, **options: Any
) -> AsyncIterator[SlackApi]:
    """For what answers at this URL."""
    async with bounded_read.session(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        yield SlackApi(session, token, url, **options)
