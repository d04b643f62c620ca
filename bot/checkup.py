"""Runs the doctor with clients of its own: for `python -m bot doctor`, for `/sendkit doctor`, and
at start."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import aiohttp

from bot import bounded_read
from bot.doctor import Finding, State, slack
from bot.doctor.examination import DatabaseState, Doctor
from bot.doctor.slack import Door
from bot.errors import SettingsWrong
from bot.sendkit.client import SendKit
from bot.settings import Settings, has_credentials
from bot.slack.api import SlackApi
from bot.slack.visit import SlackVisit, knock
from bot.store import Condition, Rows, opening
from bot.store.channels import subscriptions
from bot.timing import DEFAULT, Timing
from bot.triage import ChannelId

log = logging.getLogger(__name__)

CALL_SECONDS: Final = 5.0
# A server that listens on all addresses is reached at the loopback address.
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


async def from_outside(environ: Mapping[str, str]) -> Sequence[Finding]:
    """Checks these settings, complete or not, whether the bot runs or not. SettingsWrong if there
    is nothing to check."""
    if not has_credentials(environ):
        raise SettingsWrong(
            "No credential of Slack or SendKit is set, so there is nothing to try. Copy "
            ".env.example to .env and fill it in, or play without any: make run"
        )
    settings, problems = Settings.read(environ)

    async def database() -> DatabaseState:
        name, condition = await opening.condition(settings.database_url)
        if condition not in (Condition.READY, Condition.IN_USE):
            return DatabaseState(f"{name} {condition.value}")
        async with opening.read_only(settings.database_url) as rows:
            return DatabaseState(f"{name} {condition.value}", await _subscribed(rows))

    async def door(session: aiohttp.ClientSession) -> Door:
        return await knock(session, _address(settings), settings.slack_signing_secret or "")

    return await _examined(settings, problems, database, door)


async def from_inside(settings: Settings, rows: Rows) -> Sequence[Finding]:
    """The same for a person who asked in Slack, which shows that Slack reaches the bot."""

    async def database() -> DatabaseState:
        subscribed = await _subscribed(rows)
        return DatabaseState("It is open and can be written to.", subscribed)

    async def door(session: aiohttp.ClientSession) -> Door:
        return Door.USED

    return await _examined(settings, (), database, door)


async def at_start(settings: Settings, timing: Timing) -> None:
    """Logs why the bot's token does not work, or why the bot cannot post in the triage channel.
    Asks again, after growing pauses, until Slack answers."""
    started, attempt = time.monotonic(), 0
    while (found := await _slacks_word(settings)) is None:
        attempt += 1
        await asyncio.sleep(timing.pause(time.monotonic() - started, attempt))
    if found.state is not State.GOOD:
        log.warning("%s: %s", found.name, found.sentence)


async def _slacks_word(settings: Settings) -> Finding | None:
    """Slack's finding on the token, or on the triage channel if the token works; None without a
    clear answer."""
    async with _visiting(settings) as (visit, _):
        identity = await visit.identity()
        if identity.error is not None:
            return None if slack.is_unknown(identity) else slack.bot_token(identity)
        channel = await visit.channel(settings.triage_channel)
    if slack.is_unknown(channel):
        return None
    bot = slack.bot_name(identity) or slack.APP
    return slack.channel(slack.TRIAGE_CHANNEL, settings.triage_channel, channel, bot)


async def _examined(
    settings: Settings,
    problems: Sequence[str],
    database: Callable[[], Awaitable[DatabaseState]],
    door: Callable[[aiohttp.ClientSession], Awaitable[Door]],
) -> Sequence[Finding]:
    sendkit = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        timing=replace(DEFAULT, sendkit_read=CALL_SECONDS),
    )
    try:
        async with _visiting(settings) as (visit, session):
            doctor = Doctor(
                settings=settings,
                problems=problems,
                slack=visit,
                sendkit=sendkit,
                database=database,
                door=lambda: door(session),
                address=_address(settings),
            )
            return await doctor.examine()
    finally:
        await sendkit.close()


@asynccontextmanager
async def _visiting(settings: Settings) -> AsyncIterator[tuple[SlackVisit, aiohttp.ClientSession]]:
    limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with bounded_read.session(timeout=limit) as session:
        api = SlackApi(session, settings.slack_bot_token, settings.slack_api_url)
        yield SlackVisit(api, settings.slack_app_token or ""), session


async def _subscribed(rows: Rows) -> Sequence[ChannelId]:
    return [route.channel for route in await subscriptions(rows)]


def _address(settings: Settings) -> str:
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
