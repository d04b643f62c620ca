"""The parts of the bot last, end together, and are told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from bot.lifecycle import Together, ended, lasting, stop_signal
from tests.log_asserts import written

SIGNALS = [signal.SIGTERM, signal.SIGINT]


class Exit:
    """Stands for the end of the process."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def __call__(self, status: int) -> None:
        self.status.set_result(status)


def released() -> None:
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_first_signal_asks_and_a_second_ends(number: signal.Signals) -> None:
    left = Exit()
    stop = stop_signal(left, last_seconds=3600)
    os.kill(os.getpid(), number)
    await stop.wait()
    assert not left.status.done()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await left.status == 0
    released()


async def test_an_end_that_does_not_come_is_made(caplog: pytest.LogCaptureFixture) -> None:
    left = Exit()
    stop_signal(left, last_seconds=0.01)
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

    async with aclosing(Together()) as ends:
        assert await ends.enter(entered()) == "entered"
        ends.at_end(meeting.wait)
        ends.at_end(meeting.wait)


async def test_a_part_that_ends_in_an_error_is_told_at_once_and_again_at_the_end() -> None:
    async def work() -> None:
        raise RuntimeError("nobody foresaw this")

    with written() as log:
        task = lasting(work())
        await asyncio.wait([task])
        await asyncio.sleep(0)  # what is called when it is done has its turn
        (line,) = log.lines
        assert (
            "CRITICAL bot.lifecycle a part of the bot has ended: restart it | RuntimeError" in line
        )
        with pytest.raises(RuntimeError, match="nobody foresaw this"):
            await ended(task)


async def test_a_part_that_is_ended_is_no_news() -> None:
    with written() as log:
        await ended(lasting(asyncio.sleep(3600)))
        await asyncio.sleep(0)
        assert log.lines == []


async def test_a_part_that_has_nothing_to_do_is_no_news() -> None:
    with written() as log:
        await lasting(asyncio.sleep(0))
        await asyncio.sleep(0)
        assert log.lines == []


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    """As one that gets a connection of a pool at that moment."""
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if lost == 2:
                    raise
                lost += 1

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await ended(task, 0.01)
    assert (lost, task.cancelled()) == (2, True)
