"""Shortcuts: the one in a message's menu opens the form of its card, the global one a queue."""

import pytest

from bot.playground.workspace import Message, User
from tests.conftest import House
from tests.form_asserts import filled, said
from tests.timings import GATHERED, HASTY

TRIAGE = "#triage"
EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")
ON_MESSAGE, ON_INBOX = "triage_message", "triage_inbox"


async def test_the_shortcut_on_a_card_opens_its_form(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        assert (await house.slack.message_action(card, ON_MESSAGE)).ok
        form = await filled(house)
        assert "Thanks for reaching out!" in said(form)
        await house.slack.submit(form, {"form.ai_tag": "Interested"})
        assert await house.lines(card) == ["Ada set Interested"]


async def test_the_shortcut_on_anything_in_a_cards_thread_opens_its_form(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Mark read")
        await house.lines(card)
        remark = house.slack.say(TRIAGE, "What do we do with her?", user="U0BEN", thread_ts=card.ts)
        line = house.slack.thread(TRIAGE, card.ts)[0]
        for number, message in enumerate((remark, line)):
            assert (await house.slack.message_action(message, ON_MESSAGE)).ok
            form = await filled(house, "Thanks for reaching out!")
            await house.slack.submit(form, {"form.tags": f"tag{number}"})
            await house.lines(card, number + 3)
        assert house.thread(card)[2:] == [
            "Ada added the tag tag0 · tag tag0",
            "Ada added the tag tag1 and removed the tag tag0 · tag tag1",
        ]
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_a_refusal_from_a_thread_comes_into_that_thread(house: House) -> None:
    async with house.bot_with_card(HASTY) as card:
        await house.recorded()
        remark = house.slack.say(TRIAGE, "Well?", user="U0BEN", thread_ts=card.ts)
        await house.slack.message_action(remark, ON_MESSAGE)
        form = await filled(house, "Thanks for reaching out!")
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card, 2)
        house.sendkit.slow = 1
        await house.slack.submit(form, {"form.ai_tag": "Not interested"})
        house.sendkit.slow = 0
        await house.slack.until(lambda: house.told())
        (told,) = house.slack.ephemerals(TRIAGE)
        assert told.text.startswith("Ben set Interested since you opened the form.")
        assert told.thread_ts == card.ts


@pytest.mark.parametrize("where", ["a person’s message", "another message of the bot’s"])
async def test_the_shortcut_elsewhere_says_where_it_works(house: House, where: str) -> None:
    async with house.bot():
        if where == "a person’s message":
            message = house.slack.say("#random", "Lunch?")
        else:
            workspace = house.slack.workspace
            ts = workspace.next_ts()
            room = workspace.channel(TRIAGE).id
            message = workspace.post(Message(room, ts, workspace.bot.id, "Hello"))
        assert (await house.slack.message_action(message, ON_MESSAGE)).ok
        view = await filled(house)
        assert said(view).startswith("This message is not one of my cards. Use the shortcut on a")
        assert house.slack.labels(view) == []


async def test_the_shortcut_on_a_message_with_several_leads_asks_which_one(house: House) -> None:
    for number in range(3):
        house.reply(number)
    async with house.bot(GATHERED):
        await house.slack.until(lambda: sum(_leads(house)) == 3)
        shared = max(
            house.slack.messages(TRIAGE), key=lambda each: house.labels(each).count("Open")
        )
        # The message is recorded once a line is in its thread.
        await house.slack.click(shared, "Mark read")
        await house.lines(shared)
        await house.slack.message_action(shared, ON_MESSAGE)
        choice = await filled(house, "This message has several leads. Which one?")
        assert house.slack.labels(choice) == ["Open"] * max(_leads(house))
        await house.slack.click(choice, "Open", nth=1)
        form = await filled(house, "newest first")
        assert form.body["previous_view_id"] == choice.id
        lead = str(form.body["title"]["text"])
        await house.slack.submit(form, {"form.ai_tag": "Interested"})
        assert (await house.lines(shared, 2))[1] == f"{lead} · Ada set Interested"
        assert house.slack.modal() is not None, "the others can follow"


def _leads(house: House) -> list[int]:
    """The number of cards in each message."""
    return [house.labels(each).count("Open") for each in house.slack.messages(TRIAGE)]


async def test_the_global_shortcut_begins_with_the_oldest_reply(house: House) -> None:
    for number in range(2):
        house.reply(number)
    async with house.bot():
        await house.slack.until(lambda: house.slack.messages(TRIAGE))
        assert (await house.slack.shortcut(ON_INBOX)).ok
        form = await filled(house, "1 of 2")
        assert "Jane Doe" in said(form)
        await house.slack.submit(form, {"form.ai_tag": "Interested", "form.read": "Read"})
        form = await filled(house, "2 of 2")
        await house.slack.submit(form)
        end = await filled(house, "All done")
        await house.sendkit.until(lambda: house.sendkit.patches)
        assert "1 is left." in said(end)
        card = next(each for each in house.slack.messages(TRIAGE) if "Jane Doe" in each.text)
        assert "Ada set Interested" in (await house.lines(card))[0]
        direct = house.slack.workspace.direct("U0ADA")
        assert house.slack.messages(direct) == [], "the form shows it"


async def test_the_global_shortcut_is_for_people_in_the_triage_channel(house: House) -> None:
    async with house.bot_with_card():
        house.slack.workspace.add_user(EVE, "#general")
        assert (await house.slack.shortcut(ON_INBOX, user=EVE.id)).ok
        view = await filled(house, user=EVE.id)
        assert "In direct messages, commands work for people who are in the triage" in said(view)


async def test_a_shortcut_of_nobody_is_acknowledged(house: House) -> None:
    async with house.bot():
        for kind, callback in (("message_action", ON_MESSAGE), ("shortcut", ON_INBOX)):
            payload = {"type": kind, "callback_id": callback, "trigger_id": "1.2.x"}
            assert (await house.slack.deliver("interactive", payload)).ok
