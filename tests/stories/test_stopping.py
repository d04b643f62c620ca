"""The bot as a process of its own, told to stop."""

import asyncio
import signal

import pytest

from bot.playground.workspace import Message
from tests.conftest import House
from tests.processes import Process
from tests.stories.conftest import every_combination

# On a busy machine, the bot's own limits come late; without them it would wait for what hangs.
PATIENCE = 60
HANGING = 200.0
MANY = 20


def _cards(house: House) -> list[Message]:
    """Old cards, one for each conversation."""
    label = {"type": "plain_text", "text": "Interested"}
    return [
        house.post(
            {"type": "button", "text": label, "value": f"1:{house.reply(each).id}:tag:interested"}
        )
        for each in range(MANY)
    ]


@every_combination
async def test_it_ends_in_time_whatever_hangs_and_the_next_one_does_the_rest(house: House) -> None:
    bot = Process(house, SENDKIT_POLL_SECONDS="0", LOG_LEVEL="WARNING")
    await bot.start()
    cards = _cards(house)
    house.sendkit.slow = HANGING
    house.slack.faults.slow(seconds=HANGING, times=1000)
    acks = await asyncio.gather(*(house.slack.click(card, "Interested") for card in cards))
    assert all(ack.ok for ack in acks)
    async with asyncio.timeout(PATIENCE):
        log = await bot.end(signal.SIGTERM)
    assert (bot.status, log) == (0, b"")
    assert not house.sendkit.patches

    house.sendkit.slow = 0
    house.slack.faults.clear()
    await bot.start()
    for card in cards:
        assert await house.lines(card) == ["Ada set Interested"]
    await bot.end(signal.SIGTERM)
    assert bot.status == 0
    assert len(house.sendkit.patches) == len(
        {each.conversation_id for each in house.sendkit.patches}
    )
    assert len(house.sendkit.patches) == MANY
    assert all(len(house.thread(card)) == 1 for card in cards)


async def test_running_work_is_finished(house: House) -> None:
    bot = Process(house, SENDKIT_POLL_SECONDS="0", LOG_LEVEL="WARNING")
    await bot.start()
    card = _cards(house)[0]
    house.sendkit.slow = 1
    assert (await house.slack.click(card, "Interested")).ok
    await house.sendkit.until(lambda: bool(house.sendkit.requests))
    assert await bot.end(signal.SIGTERM) == b""
    assert house.thread(card) == ["Ada set Interested"]
    assert bot.status == 0


@pytest.mark.parametrize("transport", ["socket"])
async def test_told_twice_it_ends_at_once(house: House) -> None:
    bot = Process(house, SENDKIT_POLL_SECONDS="0", LOG_LEVEL="WARNING")
    await bot.start()
    house.sendkit.slow = HANGING
    assert (await house.slack.click(_cards(house)[0], "Interested")).ok
    bot.tell(signal.SIGTERM)
    await house.slack.until(lambda: not len(house.slack.sockets))
    assert b"stopped at once, after a second signal" in await bot.end(signal.SIGTERM)
    assert bot.status == 0
