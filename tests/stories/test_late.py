"""Calls that nobody answered, and that came through when the bot had asked again: once is once."""

from bot.errors import HUNG_UP_SECONDS
from bot.playground.sendkit import Fault
from bot.playground.slack_faults import Fault as SlackFault
from tests.conftest import House
from tests.stories.conftest import every_combination

# Later than the first try of what was put off, and as late as a service may be.
LATE = HUNG_UP_SECONDS - 0.5
TOLD = "Ada set Interested"
ONE = "/v1/inbox/*"


async def test_a_late_patch_is_not_repeated_and_no_later_click_overtakes_it(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(hangs_up=True, seconds=LATE), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: " is saved. " in house.text(card))
        await house.slack.click(card, "Not interested", user="U0BEN")
        lines = await house.lines(card, 2)
    assert lines == [TOLD, "Ben set Not interested (was Interested)"]
    bodies = [patch.body for patch in house.sendkit.patches]
    assert bodies == [{"aiTag": "interested"}, {"aiTag": "not_interested"}]


@every_combination
async def test_a_patch_that_comes_through_late_is_waited_for_after_a_restart(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(hangs_up=True, seconds=LATE), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: " is saved. " in house.text(card))
    async with house.bot():
        await house.slack.until(lambda: house.thread(card) == [TOLD])
    assert len(house.sendkit.patches) == 1


async def test_a_late_card_and_a_late_line_are_not_repeated(house: House) -> None:
    late = SlackFault(drop="first", seconds=LATE)
    house.slack.faults.add("chat.postMessage", late)
    async with house.bot_with_card() as card:
        house.slack.faults.add("chat.postMessage", late)
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [TOLD]
        # A repeat of the line would come before the next decision's.
        await house.slack.click(card, "Mark read")
        assert await house.lines(card, 2) == [TOLD, "Ada marked this as read · Interested"]
    assert len(house.slack.messages("#triage")) == 1
