"""Many people decide at once, and Slack enforces its rates."""

import asyncio
import random
from dataclasses import replace

import pytest

from bot.playground.sample_data import CAST
from bot.playground.workspace import Json, Message, User
from tests.conftest import House
from tests.metrics_asserts import numbers
from tests.timings import GATHERED, QUICK

TRIAGE, GENERAL = "#triage", "#general"
# So many minutes of Slack's rates pass in one.
HURRY = 3
HURRIED = replace(QUICK, message_slot=1 / HURRY, most_given=10 / HURRY, rate_minute=60 / HURRY)
LABELS = ("Interested", "Not interested", "Meeting booked")


def _replies(house: House, count: int) -> list[str]:
    """Leads reply at once; the ids of their conversations."""
    leads = [
        replace(CAST[0].lead, email=f"lead{number}@example.com", last_name=str(number))
        for number in range(count)
    ]
    return [house.sendkit.reply(each, "Hello").id for each in leads]


def _actions(message: Message, conversation: str) -> Json | None:
    """The block with one lead's buttons."""
    blocks = [each for each in message.blocks if conversation in each.get("block_id", "")]
    return next((each for each in blocks if each["type"] == "actions"), None)


def _card(house: House, channel: str, conversation: str) -> Message | None:
    cards = [each for each in house.slack.messages(channel) if _actions(each, conversation)]
    assert len(cards) < 2
    return cards[0] if cards else None


def _set(house: House, channel: str, conversation: str) -> list[str]:
    """The aiTags that a lead's buttons show as set."""
    card = _card(house, channel, conversation)
    block = card and _actions(card, conversation)
    assert block
    labels = [each["text"]["text"] for each in block["elements"] if each["type"] == "button"]
    return [each.removeprefix("✓ ") for each in labels if each.startswith("✓ ")]


async def _press(house: House, channel: str, conversation: str, label: str, user: str) -> None:
    card = _card(house, channel, conversation)
    block = card and _actions(card, conversation)
    assert card
    assert block
    shown = f"✓ {label}" if label in _set(house, channel, conversation) else label
    ack = await house.slack.click(card, shown, user=user, block=block["block_id"])
    assert ack.ok


@pytest.mark.slow
@pytest.mark.parametrize(
    ("leads", "crowd", "decisions", "redraws"),
    [(16, 4, 40, 2.0), pytest.param(60, 10, 300, 1.0, marks=pytest.mark.soak)],
)
async def test_every_card_ends_right_after_many_decisions_of_many_people_at_once(
    house: House, leads: int, crowd: int, decisions: int, redraws: float
) -> None:
    dice, channels = random.Random(7), (TRIAGE, GENERAL)
    people = [f"U0P{number}" for number in range(crowd)]
    for each in people:
        house.slack.workspace.add_user(User(each, each.lower(), each, each), *channels)
    async with house.bot(HURRIED) as address:
        for each in channels:
            await house.slack.command("/sendkit", "subscribe", channel=each)
            await house.slack.until(lambda: house.slack.messages(each))  # noqa: B023
        house.slack.hurry(HURRY)
        ids = _replies(house, leads)
        await house.slack.until(
            lambda: all(_card(house, channel, each) for each in ids for channel in channels)
        )
        before = len(house.slack.calls)

        async def decide(user: str) -> None:
            for _ in range(decisions // crowd):
                channel, label = dice.choice(channels), dice.choice(LABELS)
                await _press(house, channel, dice.choice(ids), label, user)

        await asyncio.gather(*map(decide, people))
        while (await numbers(address))["entries_open"]:
            await house.slack.until(lambda: True)

        def lines() -> int:
            cards = [each for channel in channels for each in house.slack.messages(channel)]
            threads = [house.slack.thread(each.channel, each.ts) for each in cards]
            return sum(" set " in line.text for thread in threads for line in thread)

        def right(conversation: str) -> bool:
            tag = house.sendkit.inbox.conversations[conversation].ai_tag or ""
            expected = [each for each in LABELS if each.lower().replace(" ", "_") == tag]
            return all(_set(house, channel, conversation) == expected for channel in channels)

        await house.slack.until(
            lambda: lines() >= len(house.sendkit.patches) and all(map(right, ids)), timeout=200
        )
        assert lines() == len(house.sendkit.patches) > decisions / 2
        updates = [
            each.status for each in house.slack.calls[before:] if each.method == "chat.update"
        ]
        assert set(updates) == {200}
        # Each decision shows in both channels, and updates of one message coalesce.
        assert len(updates) <= redraws * len(house.sendkit.patches)


@pytest.mark.parametrize("slow", ["response_url", "chat.update"])
async def test_a_slow_redraw_does_not_undo_a_quick_one_after_it(house: House, slow: str) -> None:
    async with house.bot_with_card(GATHERED):
        ids = _replies(house, 2)
        await house.slack.until(lambda: all(_card(house, TRIAGE, each) for each in ids))
        if slow == "chat.update":
            house.slack.faults.error("response_url", error="expired_url", times=2)
        house.slack.faults.slow(slow, seconds=1)
        for each in ids:
            await _press(house, TRIAGE, each, "Interested", "U0ADA")
            await house.slack.until(lambda: len(house.sendkit.patches) > ids.index(each))  # noqa: B023
        await house.slack.until(lambda: sum(call.method == slow for call in house.slack.calls) > 1)
        await house.slack.until(
            lambda: all(_set(house, TRIAGE, each) == ["Interested"] for each in ids)
        )


async def test_a_card_that_waits_for_slacks_rate_is_redrawn_after_a_restart(house: House) -> None:
    async with house.bot_with_card() as card:
        (conversation,) = house.sendkit.inbox.conversations
        house.slack.faults.ratelimit("chat.update", seconds=4)
        for number, verb in enumerate(("interested", "read"), 1):
            await house.slack.command("/sendkit", f"{verb} {conversation}", channel=TRIAGE)
            await house.lines(card, number)
        assert "✓ Interested" not in house.labels(card)
    async with house.bot():
        await house.slack.until(lambda: {"✓ Interested", "Mark unread"} <= set(house.labels(card)))
    assert len(house.thread(card)) == 2


async def test_a_channel_that_slack_holds_up_holds_up_nothing_else(house: House) -> None:
    async with house.bot(GATHERED):
        await house.slack.command("/sendkit", "subscribe", channel=GENERAL)
        await house.slack.until(lambda: house.slack.messages(GENERAL))
        ids = _replies(house, 3)
        await house.slack.until(lambda: all(_card(house, GENERAL, each) for each in ids))
        house.slack.faults.ratelimit("chat.postMessage", seconds=60)
        for each in ids[:2]:
            await _press(house, GENERAL, each, "Interested", "U0ADA")
            await house.slack.until(lambda: _set(house, GENERAL, each) == ["Interested"])  # noqa: B023
        text = {"type": "plain_text", "text": "Read"}
        card = house.post({"type": "button", "value": f"1:{ids[2]}:read", "text": text})
        await house.slack.click(card, "Read")
        await house.lines(card)
        refused = [call for call in house.slack.calls if call.status == 429]
        assert len(refused) == 1, "no call that Slack would refuse"
