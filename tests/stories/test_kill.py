"""The bot as a process of its own, killed at random moments."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from bot import ids
from bot.playground.wire import Exchange
from bot.playground.workspace import Message
from bot.slack.actions import from_click
from tests.conftest import House

KILLS = 20
CLICKS = 200
CARDS = 8
CHOICES = ("Interested", "Not interested", "Meeting booked", "Out of office")
PEOPLE = ("U0ADA", "U0BEN", "U0CHLOE", "U0DEV")


class Process:
    """`python -m bot`, started again after each kill."""

    def __init__(self, house: House, **environ: str) -> None:
        self._house = house
        self._environ = environ
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        house.slack.request_url = f"http://127.0.0.1:{self._port}/slack/events"
        self._process: asyncio.subprocess.Process | None = None
        self.up = asyncio.Event()

    async def start(self) -> None:
        settings = self._house.settings
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
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
                **self._environ,
            },
            stderr=asyncio.subprocess.PIPE,
        )
        if settings.slack_app_token:
            await self._house.slack.until(lambda: len(self._house.slack.sockets), timeout=20)
        else:
            await self._listening()
        self.up.set()

    async def _listening(self) -> None:
        url = f"http://127.0.0.1:{self._port}/healthz"
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            while True:
                with suppress(aiohttp.ClientConnectionError):
                    async with session.get(url) as answer:
                        assert await answer.text() == "ok"
                        return
                # A port that opens sends no event to whoever waits for it.
                await asyncio.sleep(0.02)

    async def end(self, number: int) -> bytes:
        """What it wrote to its log before it ended."""
        assert self._process is not None
        self.up.clear()
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


@asynccontextmanager
async def process(house: House) -> AsyncIterator[Process]:
    running = Process(house)
    await running.start()
    try:
        yield running
    finally:
        assert await running.end(signal.SIGTERM) == b""


def _presses(wire: list[Exchange]) -> dict[str, list[set[str]]]:
    """For each conversation, its decisions in order, as the identities of the presses that each
    of them took."""
    clicks = [each.request for each in wire if each.direction == "to_bot"]
    decided: dict[str, list[set[str]]] = {}
    last: dict[str, str] = {}
    for request in clicks:
        value = from_click(request, 0).value
        conversation, _ = ids.parse(value)
        if last.get(conversation) != value:
            decided.setdefault(conversation, []).append(set())
        last[conversation] = value
        decided[conversation][-1].add(from_click(request, 0).identity)
    return decided


def _marks(house: House) -> list[str]:
    """What the lines in all threads came of, in each thread's order."""
    return [
        line.metadata["event_payload"]["entry"]
        for card in house.slack.messages("#triage")
        for line in house.slack.thread(card.channel, card.ts)
        if line.metadata
    ]


@pytest.mark.parametrize("seed", [random.SystemRandom().randrange(10**6)])
async def test_no_acknowledged_click_is_lost_or_doubled_by_kills(house: House, seed: int) -> None:
    dice = random.Random(seed)
    for number in range(CARDS):
        house.reply(number)
    wire: list[Exchange] = []
    house.slack.on_wire.append(wire.append)

    async with process(house) as bot:
        # A burst of replies comes as several cards in one message.
        await house.slack.until(lambda: len(_menus(house)) == CARDS, timeout=20)
        house.sendkit.slow = 0.03

        async def decide(card: Message, nth: int, person: str) -> None:
            """What was not acknowledged, the person saw fail, and does again."""
            for number in range(CLICKS // CARDS):
                choice = CHOICES[number % len(CHOICES)]
                await asyncio.sleep(dice.uniform(0, 0.8))
                while not (await house.slack.choose(card, choice, user=person, nth=nth)).ok:
                    await bot.up.wait()

        deciding = asyncio.gather(
            *(
                decide(card, nth, PEOPLE[place % len(PEOPLE)])
                for place, (card, nth) in enumerate(_menus(house))
            )
        )
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.0, 0.3))
            await bot.end(signal.SIGKILL)
            await bot.start()
        await deciding
        await house.slack.until(lambda: len(_marks(house)) >= CLICKS, timeout=60)

    marks = _marks(house)
    assert len(marks) == CLICKS
    for presses in _presses(wire).values():
        told = [mark for mark in marks if any(mark in taken for taken in presses)]
        assert len(told) == len(presses) == CLICKS // CARDS
        assert all(mark in taken for mark, taken in zip(told, presses, strict=True))
    wanted = [choice.lower().replace(" ", "_") for choice in CHOICES]
    for conversation in house.sendkit.inbox.conversations:
        tags = [
            patch.body["aiTag"]
            for patch in house.sendkit.patches
            if patch.conversation_id == conversation
        ]
        assert tags == [wanted[number % len(wanted)] for number in range(CLICKS // CARDS)]


def _menus(house: House) -> list[tuple[Message, int]]:
    """Every card's menu: its message, and which of the message's menus it is."""
    return [
        (card, nth)
        for card in house.slack.messages("#triage")
        for nth in range(sum(block["type"] == "actions" for block in card.blocks))
    ]
