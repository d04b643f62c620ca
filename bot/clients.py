"""The clients of Slack and SendKit, made from the settings."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.connect import connect
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing


def bolt(session: aiohttp.ClientSession, settings: Settings) -> AsyncApp:
    """Bolt, set to answer when the listener returns, and to call Slack only when needed."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=settings.slack_bot_token)

    return AsyncApp(
        # Without a name, Bolt would search the source of all frames for one.
        name="triage",
        # With a token in its client, Bolt would call auth.test within the first click's three
        # seconds.
        client=AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[]),
        authorize=authorize,
        signing_secret=settings.slack_signing_secret or "",
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("slack_bolt"),
    )


@asynccontextmanager
async def sendkit_of(
    settings: Settings,
    answered: Callable[[int], None] = lambda status: None,
    timing: Timing = DEFAULT,
    clocks: Clocks = CLOCKS,
) -> AsyncIterator[SendKit]:
    """Open until the end. `answered` is called with the status of each answer."""
    sendkit = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        answered=answered,
        timing=timing,
        clock=clocks.wall,
    )
    try:
        yield sendkit
    finally:
        await sendkit.close()


async def connected(settings: Settings, host: str) -> str:
    """Makes SendKit call the bot's webhook; see bot.connect."""
    async with sendkit_of(settings) as sendkit:
        return await connect(sendkit, host, settings.sendkit_webhook_secret)
