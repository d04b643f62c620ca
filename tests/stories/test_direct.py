"""Direct messages with the bot: commands work there, and what is said there is answered."""

import pytest

from bot.permissions import NOT_IN_TRIAGE
from bot.playground.workspace import Channel, Message, User
from bot.views.subscriptions import NOT_A_CHANNEL
from tests.conftest import House

TRIAGE = "#triage"
EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")


def _direct(house: House, user: str = "U0ADA") -> Channel:
    return house.slack.workspace.direct(user)


async def _type(house: House, text: str, user: str = "U0ADA") -> Message:
    """The answer to a person who types this slash command."""
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


async def test_people_outside_the_triage_channel_are_refused(house: House) -> None:
    house.slack.workspace.add_user(EVE, "#general")
    lead = house.reply().id
    async with house.bot(sendkit_poll_seconds=0):
        for text in ("inbox", f"show {lead}", f"read {lead}", "interested", "subscriptions"):
            assert (await _type(house, text, EVE.id)).text.startswith(NOT_IN_TRIAGE), text
        assert len(house.slack.ephemerals(_direct(house, EVE.id), EVE.id)) == 5
        for text in ("inbox", f"read {lead}", "hello"):
            assert (await _say(house, text, EVE.id)).text.startswith(NOT_IN_TRIAGE), text
        assert "\ninbox – " in (await _say(house, "help", EVE.id)).text
        assert house.sendkit.patches == []


@pytest.mark.parametrize("text", ["subscribe", "subscribe positive --rehearse", "unsubscribe"])
async def test_commands_for_channels_say_so_in_a_direct_message(house: House, text: str) -> None:
    async with house.bot():
        assert (await _type(house, text)).text == NOT_A_CHANNEL
        assert (await _type(house, "subscriptions")).text == "<#C0TRIAGE>: all replies"
        assert not house.slack.messages(_direct(house))


async def _say(house: House, text: str, user: str = "U0ADA", **how: str) -> Message:
    """The bot's message after a person wrote this to it."""
    room = _direct(house, user)
    said = house.slack.say(room, text, user=user, **how)
    thread = how.get("thread_ts", "")

    def answers() -> list[Message]:
        written = house.slack.thread(room, thread) if thread else house.slack.messages(room)
        return [each for each in written if each.user != user and each.ts > said.ts]

    return (await house.slack.until(answers))[-1]


@pytest.mark.parametrize("text", ["hello?", "thanks!", "Thank you so much", "👋"])
async def test_words_that_are_no_command_are_answered_with_what_one_can_type(
    house: House, text: str
) -> None:
    async with house.bot_with_card():
        said = (await _say(house, text)).text
        assert said == (
            f"I read commands only, and “{text.rstrip('?!')}” is none. To see who wrote, type "
            "inbox; for one lead, show and their name; for everything else, help."
        )


async def test_a_message_to_the_bot_is_a_command_without_its_name(house: House) -> None:
    async with house.bot_with_card() as card:
        listed = await _say(house, "inbox")
        assert listed.text.startswith("1 unread. Jane Doe")
        said = await _say(house, "Interested Jane!")
        assert said.text.startswith("Done: Jane Doe is now Interested. <http")
        assert await house.lines(card) == ["Ada set Interested"]
        assert (await _say(house, "/sendkit untag jane")).text.startswith("Done: Jane Doe has no ")
        assert "\ninbox – unread conversations, newest first\n" in (await _say(house, "help")).text
        assert (await _say(house, "subscribe")).text == NOT_A_CHANNEL
        assert (await _say(house, "tag Jane intrested")).text.endswith(
            "Did you mean tag Jane interested?"
        )
        assert not house.slack.ephemerals(_direct(house), "U0ADA")
        patches = [each.body for each in house.sendkit.patches]
        assert patches == [{"aiTag": "interested"}, {"aiTag": None}]


async def test_what_is_pressed_in_a_list_in_a_direct_message_shows_there(house: House) -> None:
    """The list is an ordinary message there, and still no card."""
    async with house.bot_with_card() as card:
        listed = await _say(house, "inbox")
        await house.slack.click(listed, "Interested")
        assert await house.lines(card) == ["Ada set Interested"]
        await house.slack.until(lambda: "✓ Interested" in house.labels(listed))
        assert house.text(listed).startswith("1 unread. Jane Doe")
        await house.slack.click(card, "Mark read")
        await house.lines(card, 2)
        await house.slack.until(lambda: "Mark unread" in house.labels(card))
        # A press on the card redraws cards, and no list.
        assert "Mark read" in house.labels(listed)


async def test_a_thread_of_the_direct_message_is_answered_in_that_thread(house: House) -> None:
    async with house.bot_with_card():
        listed = await _say(house, "inbox")
        said = await _say(house, "read jane", thread_ts=listed.ts)
        assert said.text.startswith("Done: Jane Doe is marked as read.")


async def test_a_decision_in_a_direct_message_waits_for_sendkit(house: House) -> None:
    async with house.bot(sendkit_poll_seconds=0):
        conversation = house.reply()
        house.sendkit.down = True
        assert "Your decision is saved" in (await _say(house, f"read {conversation.id}")).text
        house.sendkit.down = False
        room = _direct(house)
        await house.slack.until(
            lambda: house.slack.messages(room)[-1].text.startswith("Done: Jane Doe is marked as ")
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "message_changed"},
        {"bot_id": "B0OTHER"},
        {"channel_type": "channel"},
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
        assert "“hello” is none" in (await _say(house, "hello?")).text
        assert len(house.slack.messages(room)) == 2


async def test_a_message_that_slack_delivers_twice_is_answered_once(house: House) -> None:
    async with house.bot():
        room = _direct(house)
        said = {"type": "message", "channel_type": "im", "user": "U0ADA", "text": "hi", "ts": "1.2"}
        for kind in ("message", "app_mention", "message"):
            await house.slack.event({**said, "type": kind, "channel": room.id})
        await house.slack.until(lambda: len(house.slack.messages(room)) == 1)
        await _say(house, "hello?")
        answers = [each.text.split(" is ")[0] for each in house.slack.messages(room)]
        told = "I read commands only, and "
        assert answers == [f"{told}“hi”", "hello?", f"{told}“hello”"]
