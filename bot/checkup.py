"""A check-up: the doctor with clients of its own, for as long as it takes. From outside it is
`python -m bot doctor`, from inside `/sendkit doctor`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot import limited, store
from bot.channels import subscriptions
from bot.database import Rows
from bot.doctor import Finding
from bot.doctor.examination import Doctor, Kept
from bot.doctor.slack import Door
from bot.errors import SettingsWrong
from bot.proxies import proxy_for
from bot.sendkit.client import SendKit
from bot.settings import Settings, has_credentials
from bot.slack.visit import SlackVisit, knock
from bot.timing import DEFAULT
from bot.triage import ChannelId

CALL_SECONDS: Final = 5.0
# A server that listens on all addresses is reached by the machine's own.
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def from_outside(environ: Mapping[str, str]) -> Sequence[Finding]:
    """All that can be tried with these settings, complete or not; the bot may be running or not.
    SettingsWrong where there is nothing to try."""
    if not has_credentials(environ):
        raise SettingsWrong(
            "No credential of Slack or SendKit is set, so there is nothing to try. Copy "
            ".env.example to .env and fill it in, or play without any: make run"
        )
    settings, problems = Settings.read(environ)
    look = store.look(settings.database_url)

    async def database() -> Kept:
        return Kept(await look.state(), await _subscribed(look))

    async def door(session: aiohttp.ClientSession) -> Door:
        return await knock(session, _address(settings), settings.slack_signing_secret or "")

    return await _examined(settings, problems, database, door)


async def from_inside(settings: Settings, rows: Rows) -> Sequence[Finding]:
    """The same, asked by somebody in Slack whose question is written down already."""

    async def database() -> Kept:
        subscribed = await _subscribed(rows)
        return Kept("It is open, and this question is written down in it.", subscribed)

    async def door(session: aiohttp.ClientSession) -> Door:
        return Door.USED

    return await _examined(settings, (), database, door)


async def _examined(
    settings: Settings,
    problems: Sequence[str],
    database: Callable[[], Awaitable[Kept]],
    door: Callable[[aiohttp.ClientSession], Awaitable[Door]],
) -> Sequence[Finding]:
    limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
    sendkit = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        timing=replace(DEFAULT, sendkit_read=CALL_SECONDS),
    )
    try:
        async with limited.session(timeout=limit) as session:
            client = AsyncWebClient(
                token=settings.slack_bot_token,
                base_url=settings.slack_api_url,
                session=session,
                retry_handlers=[],
            )
            client.proxy = proxy_for(settings.slack_api_url)
            doctor = Doctor(
                settings=settings,
                problems=problems,
                slack=SlackVisit(client, settings.slack_app_token or ""),
                sendkit=sendkit,
                database=database,
                door=lambda: door(session),
                address=_address(settings),
            )
            return await doctor.examine()
    finally:
        await sendkit.close()


async def _subscribed(rows: Rows) -> Sequence[ChannelId]:
    return [route.channel for route in await subscriptions(rows)]


def _address(settings: Settings) -> str:
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
