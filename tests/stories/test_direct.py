"""Direct messages with the bot: commands work there, and what is said there is answered."""

import pytest

from bot.permissions import NOT_IN_TRIAGE
from bot.playground.workspace import Channel, Message, User
from bot.views.subscriptions import NOT_A_CHANNEL
from bot.views.usage import HELLO
from tests.conftest import House

TRIAGE = "#triage"
EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")


def _direct(house: House, user: str = "U0ADA") -> Channel:
    return house.slack.workspace.direct(user)


async def _type(house: House, text: str, user: str = "U0ADA") -> Message:
    """What somebody is told when they type this to the bot."""
    room = _direct(house, user)
    before = len(house.slack.ephemerals(room, user))
    await house.slack.command("/sendkit", text, channel=room, user=user)
    await house.slack.until(lambda: len(house.slack.ephemerals(room, user)) > before)
    return house.slack.ephemerals(room, user)[-1]


def _last(house: House) -> str:
    return house.slack.ephemerals(_direct(house), "U0ADA")[-1].text


async def test_people_in_the_triage_channel_can_decide_in_a_direct_message(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        listed = await _type(house, "inbox")
        assert listed.text.startswith("1 unread. Jane Doe")
        assert "Show card" not in house.slack.labels(listed), "it would show the same list"
        await house.slack.click(listed, "Interested")
        card = await house.card()
        assert await house.lines(card) == ["Ada set Interested"]
        assert (await _type(house, f"read {conversation.id}")).text.startswith("Marking ")
        assert (await house.lines(card, 2))[1].startswith("Ada marked this as read")
        await house.slack.until(lambda: "Done: Jane Doe is marked as read." in _last(house))
        assert "|Open the card>" in _last(house)
        assert not house.slack.messages(_direct(house))


async def test_show_offers_everything_to_its_person_alone(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        offered = await _type(house, f"show {conversation.id}")
        assert offered.text.startswith("What do you want to do? Jane Doe")
        assert "Show card" not in house.slack.labels(offered)
        assert not house.slack.messages(TRIAGE)
        assert not house.slack.messages(_direct(house))


@pytest.mark.parametrize("text", ["inbox", "show {id}", "read {id}", "interested", "subscriptions"])
async def test_people_outside_the_triage_channel_are_refused(house: House, text: str) -> None:
    house.slack.workspace.add_user(EVE, "#general")
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        room = _direct(house, EVE.id)
        await house.slack.command(
            "/sendkit", text.format(id=conversation.id), channel=room, user=EVE
        )
        await house.slack.until(
            lambda: any(NOT_IN_TRIAGE in each.text for each in house.slack.ephemerals(room, EVE))
        )
        assert house.sendkit.patches == []
        assert not any("Jane" in each.text for each in house.slack.ephemerals(room, EVE))


@pytest.mark.parametrize("text", ["subscribe", "subscribe positive --rehearse", "unsubscribe"])
async def test_commands_for_channels_say_so_in_a_direct_message(house: House, text: str) -> None:
    async with house.bot():
        assert (await _type(house, text)).text == NOT_A_CHANNEL
        assert (await _type(house, "subscriptions")).text == "<#C0TRIAGE>: all replies"
        assert not house.slack.messages(_direct(house))


async def test_a_message_to_the_bot_is_answered_with_the_commands(house: House) -> None:
    async with house.bot():
        room = _direct(house)
        put = "Put /sendkit before it: /sendkit"
        answers = {"hello?": HELLO, "inbox": f"{put} inbox.", "Read Jane": f"{put} Read Jane."}
        for number, (said, answer) in enumerate(answers.items(), 1):
            house.slack.say(room, said)
            await house.slack.until(lambda: len(house.slack.messages(room)) == 2 * number)  # noqa: B023
            assert house.slack.messages(room)[-1].text == answer


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "message_changed"},
        {"bot_id": "B0OTHER"},
        {"channel_type": "channel"},
        {"type": "app_mention"},
        {"user": None},
        {"user": ["U0ADA"]},
        {"ts": 7},
    ],
    ids=str,
)
async def test_other_events_are_not_answered(house: House, fields: dict[str, object]) -> None:
    said = {"type": "message", "channel_type": "im", "user": "U0ADA", "text": "hi", "ts": "1.2"}
    async with house.bot():
        room = _direct(house)
        assert (await house.slack.event({**said, "channel": room.id, **fields})).ok
        house.slack.say(room, "hello?")
        await house.slack.until(lambda: len(house.slack.messages(room)) == 2)
        assert [each.text for each in house.slack.messages(room)] == ["hello?", HELLO]


async def test_a_message_that_slack_delivers_twice_is_answered_once(house: House) -> None:
    async with house.bot():
        room = _direct(house)
        said = {"type": "message", "channel_type": "im", "user": "U0ADA", "text": "hi", "ts": "1.2"}
        for _ in range(2):
            await house.slack.event({**said, "channel": room.id})
        house.slack.say(room, "hello?")
        await house.slack.until(lambda: len(house.slack.messages(room)) == 3)
        assert [each.text for each in house.slack.messages(room)].count(HELLO) == 2
