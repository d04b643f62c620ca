"""Processes of the bot that are killed, and started again."""

import asyncio
import os
import random
import signal
import sys
from contextlib import suppress
from typing import Final

import aiohttp

from tests import servers
from tests.conftest import House

EMOJI: Final = "star:interested,x:not_interested,tada:meeting_booked"
# Of the kills, so many fall into the start of a process.
DURING_START_SHARE: Final = 0.4


class Process:
    """`python -m bot` on shorter times, started again after each kill."""

    def __init__(self, house: House, **environ: str) -> None:
        self._house = house
        self._environ = environ
        self._port = servers.free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self.url = f"{self.address}/slack/events"
        self.up = False
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        """Starts it, and does not wait for anything."""
        settings = self._house.settings
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.quick_bot",
            env={
                "PATH": os.environ["PATH"],
                "SLACK_BOT_TOKEN": settings.slack_bot_token,
                "SLACK_APP_TOKEN": settings.slack_app_token or "",
                "SLACK_SIGNING_SECRET": settings.slack_signing_secret or "",
                "SENDKIT_API_KEY": settings.sendkit_api_key,
                "TRIAGE_CHANNEL": settings.triage_channel,
                "DATABASE_URL": settings.database_url,
                "SENDKIT_POLL_SECONDS": "0.2",
                "SLACK_API_URL": settings.slack_api_url,
                "SENDKIT_API_URL": settings.sendkit_api_url,
                "PORT": str(self._port),
                "LOG_LEVEL": "ERROR",
                "EMOJI": EMOJI,
                **self._environ,
            },
            stderr=asyncio.subprocess.PIPE,
        )

    async def start(self) -> None:
        """Returns when it takes clicks, being the only one."""
        await self.begin()
        await self.taking(others=0)

    async def taking(self, others: int) -> None:
        """Returns when it takes clicks, as so many others do."""
        if self._house.settings.slack_app_token:
            sockets = self._house.slack.sockets
            await self._house.slack.until(lambda: len(sockets) > others, timeout=120)
        else:
            await self._listening()
        self.up = True
        self._house.slack.request_url = self.url

    async def _listening(self) -> None:
        url = f"{self.address}/healthz"
        async with aiohttp.ClientSession() as session, asyncio.timeout(120):
            while True:
                with suppress(aiohttp.ClientConnectionError):
                    async with session.get(url) as answer:
                        assert await answer.text() == "ok"
                        return
                # A port that opens sends no event.
                await asyncio.sleep(0.02)

    async def end(self, number: int) -> bytes:
        """Its log until its end."""
        assert self._process is not None
        self.up = False
        with suppress(ProcessLookupError):
            self.tell(number)
        _, log = await self._process.communicate()
        return log

    def tell(self, number: int) -> None:
        """Sends a signal and does not wait for what comes of it."""
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def status(self) -> int | None:
        """The exit status, once it has ended."""
        return self._process.returncode if self._process else None


class Bots:
    """Processes of the bot on one database; Slack is told of one that lives."""

    def __init__(self, house: House, number: int) -> None:
        self._house = house
        self._bots = [Process(house) for _ in range(number)]

    async def start(self) -> None:
        for bot in self._bots:
            await self._begin(bot)

    async def kill(self, dice: random.Random) -> bool:
        """One of them, at whatever it is doing; returns whether it takes clicks again. If there is
        one only, the next time perhaps while it still starts: of several, Slack's open sockets do
        not say whose they are."""
        bot = dice.choice(self._bots)
        await self._end(bot, signal.SIGKILL)
        if len(self._bots) == 1 and dice.random() < DURING_START_SHARE:
            await bot.begin()
        else:
            await self._begin(bot)
        return bot.up

    async def ready(self) -> None:
        """All of them take clicks."""
        for bot in self._bots:
            if not bot.up:
                await self._take(bot)

    async def kill_for_good(self, dice: random.Random) -> None:
        """One of them, and nobody starts it again."""
        bot = dice.choice(self._bots)
        self._bots.remove(bot)
        await self._end(bot, signal.SIGKILL)

    async def stop(self) -> None:
        """All of them, as a deployment does."""
        for bot in self._bots:
            await self._end(bot, signal.SIGTERM)

    async def _begin(self, bot: Process) -> None:
        await bot.begin()
        await self._take(bot)

    async def _take(self, bot: Process) -> None:
        await bot.taking(others=self._others(bot))

    async def _end(self, bot: Process, number: int) -> bytes:
        log = await bot.end(number)
        sockets, others = self._house.slack.sockets, self._others(bot)
        await self._house.slack.until(lambda: len(sockets) <= others)
        self._house.slack.request_url = next((each.url for each in self._bots if each.up), bot.url)
        return log

    def _others(self, bot: Process) -> int:
        return sum(each.up for each in self._bots if each is not bot)
