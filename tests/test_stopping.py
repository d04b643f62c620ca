"""How the bot is told to stop, and what it does where the orderly end does not come."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.stopping import Stopping
from bot.tasks import Together

SIGNALS = [signal.SIGTERM, signal.SIGINT]


class Exit:
    """Where the process would end."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def __call__(self, status: int) -> None:
        self.status.set_result(status)


def released() -> None:
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.mark.parametrize("number", SIGNALS)
async def test_the_first_signal_asks_and_the_second_is_obeyed_at_once(
    number: signal.Signals,
) -> None:
    left = Exit()
    stopping = Stopping(left, last_seconds=3600)
    stopping.listen()
    os.kill(os.getpid(), number)
    await stopping.told()
    assert not left.status.done()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await left.status == 0
    released()


async def test_an_end_that_does_not_come_is_made(caplog: pytest.LogCaptureFixture) -> None:
    left = Exit()
    stopping = Stopping(left, last_seconds=0.01)
    stopping.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await left.status == 0
    released()
    assert "as the stop took too long" in caplog.text


async def test_parts_that_close_together_do_not_wait_for_each_other() -> None:
    meeting = asyncio.Barrier(3)

    @asynccontextmanager
    async def entered() -> AsyncIterator[str]:
        yield "entered"
        await meeting.wait()

    async with Together() as ends:
        assert await ends.enter(entered()) == "entered"
        ends.at_end(meeting.wait)
        ends.at_end(meeting.wait)
