"""A bot that is killed while a form is open: nothing is lost or doubled, and the person goes on."""

import signal

import pytest

from bot.playground.sendkit import Fault
from tests.conftest import House
from tests.form_asserts import LOADING, filled, said
from tests.processes import Process
from tests.stories.conftest import every_combination
from tests.stories.test_queue import AI_TAG, READ, backlog, begun, bodies
from tests.timings import PATIENT_SLACK

pytestmark = pytest.mark.kill
TRIAGE = "#triage"


@every_combination
async def test_kills_around_a_form_lose_and_double_nothing(house: House) -> None:
    backlog(house, 2)
    bot = Process(house)
    await bot.start()
    try:
        form = await begun(house)
        # After the decision was saved, before the PATCH.
        house.sendkit.down = True
        await house.slack.submit(form, {AI_TAG: "Interested", READ: "Read"})
        view = await filled(house, "Your decision is saved.")
        await bot.end(signal.SIGKILL)
        house.sendkit.down = False
        await bot.start()
        await house.sendkit.until(lambda: house.sendkit.patches)
        await house.slack.click(view, "Try again")
        form = await filled(house, "2 of 2")
        # Nobody answers what is sent meanwhile; the same input is sent again.
        await bot.end(signal.SIGKILL)
        house.slack.ack_seconds = 0.5
        assert not (await house.slack.submit(form, {READ: "Read"})).ok
        house.slack.ack_seconds = 10
        await bot.start()
        assert (await house.slack.submit(form, {READ: "Read"})).ok
        end = await filled(house, "You decided 2 of 2.")
        assert said(end).count("marked this as read") == 2
    finally:
        await bot.end(signal.SIGTERM)
    assert sorted(map(str, bodies(house))) == sorted(
        map(str, [{"aiTag": "interested", "markRead": True}, {"markRead": True}])
    )


@pytest.mark.parametrize("door", ["Open", "next"])
async def test_a_kill_between_the_saving_and_the_answer_loses_and_doubles_nothing(
    house: House, door: str
) -> None:
    """The person sees that it failed, and sends the same again."""
    replies = backlog(house, 2 if door == "next" else 1)
    bot = Process(house)
    await bot.start()
    try:
        if door == "next":
            form = await begun(house)
            # The next conversation, which the answer waits for.
            held = replies[1]
        else:
            await house.slack.click(await house.recorded(), "Open")
            form, held = await filled(house), replies[0]
        # Each time: polling asks for the conversation, too.
        house.sendkit.faults.add(Fault(seconds=2), "GET", f"/v1/inbox/{held.id}", times=None)
        house.slack.ack_seconds = 0.5
        assert not (await house.slack.submit(form, {AI_TAG: "Interested"})).ok
        # So it is saved, while the answer still waits or comes too late.
        await house.sendkit.until(lambda: house.sendkit.patches)
        await bot.end(signal.SIGKILL)
        house.sendkit.faults.clear()
        house.slack.ack_seconds = PATIENT_SLACK
        await bot.start()
        assert (await house.slack.submit(form, {AI_TAG: "Interested"})).ok
        if door == "next":
            await house.slack.submit(await filled(house, "2 of 2"))
            end = await filled(house, "You decided 1 of 2. 1 is left.")
            assert said(end).count("set Interested and marked this as read") == 1
        else:
            assert house.slack.modal() is None
        card = next(each for each in house.slack.messages(TRIAGE) if "Lead0" in each.text)
        (line,) = await house.lines(card)
        assert "Ada set Interested" in line
        await house.slack.click(card, "Not interested")
        await house.lines(card, 2)
    finally:
        await bot.end(signal.SIGTERM)
    read = {"markRead": True} if door == "next" else {}
    assert bodies(house) == [{"aiTag": "interested", **read}, {"aiTag": "not_interested"}]


@pytest.mark.parametrize("combination", [("socket", "sqlite")], indirect=True, ids="-".join)
async def test_a_form_that_was_never_filled_is_filled_by_the_next_process(house: House) -> None:
    backlog(house, 1)
    bot = Process(house)
    await bot.start()
    try:
        card = await house.card()
        house.sendkit.slow = 3
        await house.slack.click(card, "Open")
        await bot.end(signal.SIGKILL)
        house.sendkit.slow = 0
        await bot.start()
        view = house.slack.modal()
        assert view is not None
        assert LOADING in said(view)
        await house.slack.click(view, "Try again")
        await filled(house, "Reply 0.")
    finally:
        await bot.end(signal.SIGTERM)
