"""Tasks that last as long as the bot."""

import asyncio

import pytest

from bot.tasks import ended, lasting
from tests.log_asserts import written


async def test_a_part_that_ends_in_an_error_is_told_at_once_and_again_at_the_end() -> None:
    async def work() -> None:
        raise RuntimeError("nobody foresaw this")

    with written() as log:
        task = lasting(work())
        await asyncio.wait([task])
        await asyncio.sleep(0)  # what is called when it is done has its turn
        (line,) = log.lines
        assert "CRITICAL bot.tasks a part of the bot has ended: restart it | RuntimeError" in line
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
