"""Gestures on a card, and their results."""

import asyncio
import itertools

import pytest

from bot.playground.workspace import Message
from bot.triage import AiTag, label
from tests.conftest import House
from tests.stories.conftest import every_combination


@every_combination
async def test_a_press_becomes_a_patch_and_a_line_in_the_thread(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        ack = await house.slack.click(card, "Interested")
        assert ack.ok
        assert await house.lines(card) == ["Ada set Interested"]
        (patch,) = house.sendkit.patches
        assert (patch.conversation_id, patch.body) == (conversation.id, {"aiTag": "interested"})
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))


async def test_the_menu_clears_the_ai_tag(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Meeting booked")
        await house.lines(card)
        await house.slack.choose(card, "Clear aiTag")
        assert await house.lines(card, 2) == [
            "Ada set Meeting booked",
            "Ada cleared the aiTag (was Meeting booked)",
        ]
        bodies = [patch.body for patch in house.sendkit.patches]
        assert bodies == [{"aiTag": "meeting_booked"}, {"aiTag": None}]


@every_combination
async def test_the_same_click_delivered_thrice_is_one_decision(house: House) -> None:
    async with house.bot_with_card() as card:
        ack = await house.slack.click(card, "Interested", deliveries=3)
        assert [each.status for each in (ack, *ack.repeats)] == [200, 200, 200]
        await house.slack.click(card, "Mark read")
        assert len(await house.lines(card, 2)) == 2
        assert len(house.sendkit.patches) == 2


@every_combination
async def test_a_double_click_is_one_decision(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Interested", user="U0BEN")
        assert await house.lines(card) == ["Ada set Interested"]
        assert len(house.sendkit.patches) == 1


@pytest.mark.parametrize("changed_meanwhile", [False, True])
async def test_a_press_without_a_change_is_told(house: House, changed_meanwhile: bool) -> None:
    conversation = house.reply()
    house.sendkit.inbox.set_tag(conversation.id, None if changed_meanwhile else "interested")
    async with house.bot():
        card = await house.card()
        house.sendkit.inbox.set_tag(conversation.id, "interested")
        await house.slack.click(card, "✓ Interested" if not changed_meanwhile else "Interested")
        await house.slack.until(lambda: house.told(card.channel) != [])
        assert house.told(card.channel) == ["Jane Doe is already Interested."]
        assert house.labels(card)[0] == "✓ Interested"
        assert (house.sendkit.patches, house.thread(card)) == ([], [])


async def test_a_person_may_change_their_mind_twice(house: House) -> None:
    async with house.bot_with_card() as card:
        for label in ("Interested", "Not interested", "Interested"):
            await house.slack.click(card, label)
            await house.slack.until(lambda: f"✓ {label}" in house.labels(card))  # noqa: B023
        bodies = [patch.body["aiTag"] for patch in house.sendkit.patches]
        assert bodies == ["interested", "not_interested", "interested"]


@every_combination
async def test_ten_people_on_one_card_are_all_heard_in_order(house: House) -> None:
    house.reply()
    labels = ["Interested", "Not interested", "Meeting booked"]
    people = ["U0ADA", "U0BEN", "U0CHLOE", "U0DEV"]
    async with house.bot():
        card = await house.card()
        presses = [
            house.slack.click(card, labels[number % 3], user=people[number % 4])
            for number in range(10)
        ]
        acks = await asyncio.gather(*presses)
        assert all(ack.ok for ack in acks)
        lines = await house.lines(card, 10)
        for earlier, later in itertools.pairwise(lines):
            assert _new(earlier) == _old(later)
        last = house.sendkit.inbox.get(house.sendkit.patches[-1].conversation_id).ai_tag
        said = label(AiTag(last or ""))
        assert _new(lines[-1]) == said
        await house.slack.until(lambda: f"aiTag {said}. Last" in _text(house, card))


def _text(house: House, card: Message) -> str:
    return house.slack.message(card.channel, card.ts).text


def _old(line: str) -> str:
    return line.split(" (was ")[1].rstrip(")") if " (was " in line else ""


def _new(line: str) -> str:
    return line.split(" set ")[1].split(" (")[0]


async def test_what_others_set_while_a_decision_waited_is_not_told_as_theirs(house: House) -> None:
    async with house.bot_with_card() as card:
        (conversation,) = house.sendkit.inbox.conversations
        house.slack.faults.status("users.info", status=503, times=2)
        await house.slack.click(card, "Interested")
        await house.slack.until(
            lambda: sum(call.method == "users.info" for call in house.slack.calls) > 1
        )
        house.sendkit.inbox.set_tag(conversation, "interested")
        await house.slack.until(house.told)
        assert (house.sendkit.patches, house.thread(card)) == ([], [])
        assert "already" in house.told()[0]
