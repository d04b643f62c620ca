"""Socket Mode: the bot is never deaf for long, whatever becomes of its connection."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import build
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault
from bot.playground.wire import Ack
from bot.playground.workspace import Json
from bot.settings import Settings
from bot.slack.socket_mode import UNREACHABLE, SocketMode
from bot.timing import SocketTiming
from tests.clients import environ, slack_at

Caplog = pytest.LogCaptureFixture

OPEN = "apps.connections.open"
QUICK = SocketTiming(parting=0.2, closing=0.2, pauses=(0, 0.01, 0.05))
# A quarter of the silence is the time between two pings.
IMPATIENT = replace(QUICK, silence=0.8)


@dataclass
class Room:
    """A workspace, and the bot's connections to it. `gate` holds clicks up before they are written
    down."""

    slack: Slack
    folder: Path
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def bot(self, limits: SocketTiming = QUICK) -> AsyncIterator[SocketMode]:
        async def hold(next: Any) -> None:  # noqa: A002 — Bolt's name
            self.came.set()
            await self.gate.wait()
            await next()

        self.gate.set()
        token = self.slack.app_token
        given = environ(self.folder, self.slack, SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=token)
        async with (
            build(Settings.from_env(given)) as bot,
            SocketMode(bot.dispatch, token, bot.slack, bot.session, limits) as socket,
        ):
            bot.app.use(hold)
            yield socket

    async def lines(self, number: int) -> None:
        """As soon as Slack has so many connections."""
        await self.slack.until(lambda: len(self.slack.sockets) == number)

    async def opened(self, number: int) -> None:
        """As soon as the bot has asked for so many connections."""
        await self.slack.until(lambda: self.asked() >= number)

    def asked(self) -> int:
        return sum(call.method == OPEN for call in self.slack.calls)

    async def click(self, number: int = 1) -> Ack:
        return await self.slack.deliver("interactive", press(number))

    def written(self) -> int:
        """The number of clicks that are written down."""
        with closing(sqlite3.connect(self.folder / "triage.db")) as file:
            (number,) = file.execute("SELECT COUNT(*) FROM entries").fetchone()
        return int(number)

    async def works(self) -> None:
        """Whatever happened, the next click arrives."""
        before = self.written()
        assert (await self.click(before + 1000)).ok
        assert self.written() == before + 1


def press(number: int = 1) -> Json:
    return {
        "type": "block_actions",
        "user": {"id": "U0ADA", "username": "ada"},
        "trigger_id": f"{number}.2.3",
        "channel": {"id": "C0TRIAGE"},
        "container": {"channel_id": "C0TRIAGE", "message_ts": "1764000000.000100"},
        "actions": [
            {"action_id": "decide.0", "value": f"1:c{number}:read", "action_ts": "1764000000.1"}
        ],
    }


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with Slack() as slack:
        yield Room(slack, tmp_path)


def said(caplog: Caplog, part: str) -> int:
    return sum(part in each.getMessage() for each in caplog.records)


async def test_a_click_is_acknowledged_once_it_is_written_down(room: Room) -> None:
    async with room.bot() as socket:
        assert (socket.is_connected(), socket.heard_at) == (False, None)
        await room.lines(1)
        room.gate.clear()
        clicking = asyncio.create_task(room.click())
        await room.came.wait()
        assert not clicking.done()
        room.gate.set()
        assert (await clicking).ok
        assert (socket.is_connected(), socket.heard_at is None) == (True, False)
    assert (socket.is_connected(), socket.heard_at) == (False, None)
    await room.lines(0)


async def test_a_connection_that_has_gone_silent_is_replaced(room: Room) -> None:
    async with room.bot(IMPATIENT) as socket:
        await room.lines(1)
        room.slack.sockets.fall_silent()
        await room.lines(2)
        room.slack.sockets.notice()
        await room.lines(1)
        await room.works()
        assert socket.is_connected()


@pytest.mark.slow
async def test_a_connection_that_answers_pings_and_does_no_more_is_replaced(room: Room) -> None:
    room.slack.sockets.ping_seconds = 0.05
    async with room.bot(replace(IMPATIENT, ping=2)):
        await room.lines(1)
        room.slack.sockets.fall_silent(pongs=True)
        await room.lines(2)
        await room.lines(1)
        await room.works()


@pytest.mark.slow
async def test_a_connection_that_delivers_and_carries_no_answers_is_replaced(
    room: Room, caplog: Caplog
) -> None:
    caplog.set_level(logging.INFO, "bot")
    room.slack.sockets.ping_seconds = 0.05
    async with room.bot(IMPATIENT) as socket:
        await room.lines(1)
        room.slack.ack_seconds = 0.1
        room.slack.sockets.go_deaf()
        assert not (await room.click()).ok
        while not room.written():  # noqa: ASYNC110 — Slack's deliveries still arrive
            await asyncio.sleep(0.01)
        await room.lines(2)
        room.slack.sockets.notice()
        await room.lines(1)
        room.slack.ack_seconds = 10
        await room.works()
        assert socket.is_connected()
    assert said(caplog, "reconnecting to Slack: no pong") == 1


async def test_a_connection_over_which_slack_repeats_an_event_is_replaced(
    room: Room, caplog: Caplog
) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with room.bot():
        await room.lines(1)
        envelope = {"type": "events_api", "envelope_id": "1", "payload": {"type": "event_callback"}}
        again = {**envelope, "retry_attempt": 1, "retry_reason": "timeout"}
        await room.slack.sockets.say(json.dumps({**envelope, "retry_attempt": 0}))
        await room.works()
        assert room.asked() == 1
        await room.slack.sockets.say(json.dumps(again))
        await room.opened(2)
        await room.lines(1)
        await room.works()
    assert said(caplog, "reconnecting to Slack: Slack did not get an answer") == 1


@pytest.mark.slow
async def test_the_usual_quiet_is_no_silence(room: Room) -> None:
    """No one does anything, and Slack's own pings are far apart: the answers to ours are enough."""
    timing = replace(IMPATIENT, silence=4.0)  # so that a busy machine's answers count as well
    async with room.bot(timing):
        await room.lines(1)
        with pytest.raises(AssertionError, match="not within"):
            await room.slack.until(lambda: room.asked() > 1, timeout=1.5 * timing.silence)
        await room.works()


async def test_a_connection_that_is_cut_is_replaced(room: Room) -> None:
    async with room.bot():
        for number in (1, 2, 3):
            await room.opened(number)
            await room.lines(1)
            await room.works()
            room.slack.sockets.cut()
        await room.opened(4)
        await room.lines(1)
        await room.works()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda slack: slack.faults.status(OPEN, status=503, times=3), UNREACHABLE),
        (lambda slack: slack.faults.drop(OPEN, acted=False, times=3), UNREACHABLE),
        (lambda slack: slack.faults.slow(OPEN, seconds=3600), UNREACHABLE),
        (lambda slack: slack.faults.error(OPEN, times=3), "opens no connection (internal_error)"),
        (lambda slack: slack.faults.ratelimit(OPEN, seconds=1), "(ratelimited)"),
        (lambda slack: slack.faults.add(OPEN, Fault(text="Please sign in"), 3), UNREACHABLE),
        (lambda slack: slack.faults.add(OPEN, Fault(403, text="Forbidden"), 3), UNREACHABLE),
        (lambda slack: slack.sockets.refuse(times=3), UNREACHABLE),
        (lambda slack: slack.sockets.send_away(), UNREACHABLE),
        (lambda slack: slack.sockets.hang_up(times=3), "opens no connection (closed)"),
        (
            lambda slack: slack.faults.error(OPEN, error="invalid_auth", times=3),
            "Slack refused SLACK_APP_TOKEN (invalid_auth), so clicks do not arrive. Make a new one",
        ),
    ],
    ids=[
        "down", "dropped", "hanging", "error", "rate", "proxy's page", "proxy's refusal",
        "handshake", "no hello", "hung up", "token",
    ],
)  # fmt: skip
@pytest.mark.slow
async def test_connecting_goes_on_and_the_trouble_is_told_once(
    room: Room, caplog: Caplog, fault: Callable[[Slack], None], sentence: str
) -> None:
    caplog.set_level(logging.INFO, "bot")
    fault(room.slack)
    async with room.bot(SocketTiming(opening=2, pauses=(0, 0.01))) as socket:
        await room.lines(1)
        await room.works()
        assert socket.is_connected()
    assert said(caplog, sentence) == 1
    assert said(caplog, "connected to Slack") == 1


async def test_a_connection_too_many_waits(room: Room, caplog: Caplog) -> None:
    async with slack_at(room.slack.api_url) as api, aiohttp.ClientSession() as session:
        others = []
        for _ in range(10):
            answer = await api.call("apps.connections.open", token=room.slack.app_token)
            others.append(await session.ws_connect(str(answer["url"])))
        await room.lines(10)
        async with room.bot() as socket:
            await room.opened(13)
            assert not socket.is_connected()
            for other in others:
                await other.close()
            await room.lines(1)
            await room.works()
    assert said(caplog, "as many connections as Slack allows") == 1


async def test_when_slack_sends_the_bot_away_it_is_told_why_once(
    room: Room, caplog: Caplog
) -> None:
    room.slack.sockets.send_away("link_disabled", times=3)
    async with room.bot():
        await room.lines(1)
        await room.works()
    assert said(caplog, "Socket Mode is switched off for this app") == 1


@pytest.mark.slow
async def test_when_slack_warns_a_new_connection_comes_before_the_old_one_ends(room: Room) -> None:
    """A click that comes over both of them is one decision."""
    async with room.bot(SocketTiming(parting=0.5)) as socket:
        await room.lines(1)
        await room.works()
        await room.slack.disconnect("warning")
        gaps = 0

        def moved() -> bool:
            nonlocal gaps
            gaps += not socket.is_connected()
            return len(room.slack.sockets) == 2

        await room.slack.until(moved)
        acks = [await room.click() for _ in range(4)]
        assert all(ack.ok for ack in acks)
        assert room.written() == 2
        await room.lines(1)
        await room.works()
        assert gaps == 0


async def test_a_warned_connection_is_kept_until_there_is_another(room: Room) -> None:
    async with room.bot(SocketTiming(parting=0.01, pauses=(0, 0.01))) as socket:
        await room.lines(1)
        room.slack.faults.status(OPEN, status=503, times=5)
        await room.slack.disconnect("warning")
        await room.opened(4)
        assert socket.is_connected()
        await room.works()
        await room.opened(7)
        await room.lines(1)
        await room.works()


async def test_a_bot_that_slack_ends_comes_back(room: Room) -> None:
    async with room.bot():
        await room.lines(1)
        await room.slack.disconnect("refresh_requested")
        await room.opened(2)
        await room.lines(1)
        await room.works()


async def test_connections_that_do_not_last_are_not_asked_for_without_a_pause(room: Room) -> None:
    async with room.bot(SocketTiming(pauses=(0, 3600))):
        await room.lines(1)
        await room.slack.disconnect("refresh_requested")
        await room.lines(0)
        with pytest.raises(AssertionError, match="not within"):
            await room.slack.until(lambda: room.asked() > 1, timeout=0.5)


@pytest.mark.parametrize("text", ["", "{", "[]", '"hello"', "[" * 100_000])
async def test_a_frame_that_is_no_envelope_is_ignored(
    room: Room, caplog: Caplog, text: str
) -> None:
    async with room.bot():
        await room.lines(1)
        await room.slack.sockets.say(text)
        await room.works()
        assert room.asked() == 1
    assert said(caplog, "ignored a frame that is no JSON object") == 1


async def test_a_binary_frame_is_passed_over(room: Room) -> None:
    async with room.bot():
        await room.lines(1)
        await room.slack.sockets.say(b"\0")
        await room.works()
        assert room.asked() == 1


@pytest.mark.parametrize("payload", [["x"], "x", {"type": 5}, {"actions": "x"}])
async def test_an_envelope_without_a_payload_of_slacks_is_not_acknowledged(
    room: Room, caplog: Caplog, payload: Any
) -> None:
    room.slack.ack_seconds = 0.1
    async with room.bot():
        await room.lines(1)
        assert not (await room.slack.deliver("interactive", payload)).ok
        room.slack.ack_seconds = 10
        await room.works()
    assert said(caplog, "ignored an envelope: no payload of Slack’s") == 1


async def test_an_answer_whose_connection_is_gone_is_not_the_end_of_anything(
    room: Room, caplog: Caplog
) -> None:
    async with room.bot():
        await room.lines(1)
        room.gate.clear()
        clicking = asyncio.create_task(room.click())
        await room.came.wait()
        room.slack.sockets.cut()
        await room.opened(2)
        await room.lines(1)
        room.gate.set()
        clicking.cancel()
        assert (await room.click(2)).ok
        assert room.written() == 2
    assert said(caplog, "an answer came too late: its connection was gone") == 1


async def test_at_the_end_what_was_taken_is_answered_and_nothing_new_is_taken(room: Room) -> None:
    async with asyncio.TaskGroup() as tasks:
        async with room.bot(SocketTiming(closing=20)):
            await room.lines(1)
            room.gate.clear()
            first = tasks.create_task(room.click(1))
            await room.came.wait()
            asyncio.get_running_loop().call_soon(room.gate.set)
        await room.lines(0)
    assert first.result().ok
    assert room.written() == 1


@pytest.mark.parametrize("silent", [False, True], ids=["a slow answer", "a silent Slack too"])
async def test_the_end_waits_for_nobody(room: Room, silent: bool) -> None:
    async with room.bot(SocketTiming(closing=0.1)):
        await room.lines(1)
        room.gate.clear()
        clicking = asyncio.create_task(room.click())
        await room.came.wait()
        if silent:
            room.slack.sockets.fall_silent()
    clicking.cancel()
    assert room.written() == 0
