"""Every door refuses people who may not decide, and tells no one else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

import pytest

from bot.permissions import FOREIGNER, GUEST, NOT_IN_TRIAGE
from bot.playground.wire import Ack
from bot.playground.workspace import Message, User
from bot.views.usage import EMOJI_DECIDES
from tests.conftest import ADA_IS_NAMED, House
from tests.form_asserts import filled, said

TRIAGE: Final = "#triage"
GUS: Final = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
FAYE: Final = User("U0FAYE", "faye", "Faye Foreign", "Faye", team="T0PARTNER")
EVE: Final = User("U0EVE", "eve", "Eve Elsewhere", "Eve")
UNNAMED: Final = "Only the triage members can do this. Ask Ada."
WHO: Final = {"a guest": (GUS, GUEST), "a foreigner": (FAYE, FOREIGNER), "unnamed": (EVE, UNNAMED)}

# A gesture on a card, and the line of a decision in its thread, by somebody.
Gesture = Callable[[House, Message, Message, str], Awaitable[object]]


def _old(value: str) -> Callable[[House, str], Awaitable[Ack]]:
    """A press on a button of another version."""

    async def press(house: House, user: str) -> Ack:
        text = {"type": "plain_text", "text": "Old"}
        return await house.slack.click(
            house.post({"type": "button", "text": text, "value": value}), "Old", user=user
        )

    return press


async def _say(house: House, room: str, text: str, user: str, thread: str = "") -> None:
    house.slack.say(room, text, user=user, thread_ts=thread)


async def _react(house: House, card: Message, user: str) -> None:
    house.slack.react(card, "star", user=user)


TOLD: Final[Mapping[str, Gesture]] = {
    "a button": lambda house, card, line, user: house.slack.click(card, "Interested", user=user),
    "Undo in the thread": lambda house, card, line, user: house.slack.click(
        line, "Undo", user=user
    ),
    "an option of the menu": lambda house, card, line, user: house.slack.choose(
        card, "Clear aiTag", user=user
    ),
    "Whole email": lambda house, card, line, user: house.slack.choose(
        card, "Whole email", user=user
    ),
    "a command": lambda house, card, line, user: house.slack.command(
        "/sendkit", "interested jane", channel=TRIAGE, user=user
    ),
    "a mention": lambda house, card, line, user: _say(
        house, TRIAGE, "<@U0TRIAGE> interested", user, card.ts
    ),
    "an emoji": lambda house, card, line, user: _react(house, card, user),
}
IN_A_FORM: Final[Mapping[str, Gesture]] = {
    "Open": lambda house, card, line, user: house.slack.click(card, "Open", user=user),
    "an undo that asks": lambda house, card, line, user: house.slack.choose(
        card, "Undo “Not interested”…", user=user
    ),
    "Triage this reply": lambda house, card, line, user: house.slack.message_action(
        line, "triage_message", user=user
    ),
    "Triage inbox": lambda house, card, line, user: house.slack.shortcut("triage_inbox", user=user),
    "next": lambda house, card, line, user: house.slack.command(
        "/sendkit", "next", channel=TRIAGE, user=user
    ),
}
# An app has no commands and shortcuts in other workspaces.
OF_THE_WORKSPACE: Final = {"a command", "next", "Triage this reply", "Triage inbox"}


async def _answer(house: House, door: str, card: Message, line: Message, user: str) -> str:
    """The answer to a person who tries this door."""
    if door in IN_A_FORM:
        await IN_A_FORM[door](house, card, line, user)
        view = await filled(house, user=user)
        await house.slack.close(view, user=user)
        return said(view)
    if door == "a direct message":
        room = house.slack.workspace.direct(user)
        house.slack.say(room, "interested jane", user=user)
        await house.slack.until(lambda: len(house.slack.messages(room)) == 2)
        return house.slack.messages(room)[-1].text
    before = len(house.told(TRIAGE, user))
    await TOLD[door](house, card, line, user)
    await house.slack.until(lambda: len(house.told(TRIAGE, user)) > before)
    assert len(house.told(TRIAGE, user)) == before + 1, door
    return house.told(TRIAGE, user)[-1]


@pytest.mark.parametrize("who", WHO)
async def test_who_may_not_decide_is_refused_at_every_door(house: House, who: str) -> None:
    user, sentence = WHO[who]
    house.slack.workspace.add_user(user, TRIAGE)
    more = {"triage_members": ADA_IS_NAMED} if who == "unnamed" else {}
    async with house.bot_with_recorded_card(
        emoji={"star": "Interested"}, confirm_tags=("Interested",), **more
    ) as card:
        for number, label in enumerate(("Interested", "Not interested"), 1):
            await house.slack.click(card, label)
            await house.lines(card, number)
        await house.slack.until(lambda: "Undo “Not interested”…" in house.labels(card))
        line = house.slack.thread(card.channel, card.ts)[-1]
        doors = {*TOLD, *IN_A_FORM, "a direct message"}
        for door in sorted(doors - (OF_THE_WORKSPACE if who == "a foreigner" else set())):
            told = await _answer(house, door, card, line, user.id)
            prefix = f"{EMOJI_DECIDES} " if door == "an emoji" else ""
            assert told.startswith(f"{prefix}{sentence}"), door
        assert len(house.sendkit.patches) == 2
        assert house.slack.messages(TRIAGE) == [house.slack.message(TRIAGE, card.ts)]
        replies = [each for each in house.slack.thread(card.channel, card.ts) if each.is_reply]
        assert len([each for each in replies if each.user != user.id]) == 2
        assert house.told() == []


@pytest.mark.parametrize("door", ["Open", "an undo that asks", "next"])
async def test_a_form_that_was_opened_before_gives_no_right(house: House, door: str) -> None:
    async with house.bot_with_recorded_card(confirm_tags=("Interested",)) as card:
        for number, label in enumerate(("Interested", "Not interested"), 1):
            await house.slack.click(card, label)
            await house.lines(card, number)
        await house.slack.until(lambda: "Undo “Not interested”…" in house.labels(card))
        line = house.slack.thread(card.channel, card.ts)[-1]
        await IN_A_FORM[door](house, card, line, "U0BEN")
        form = await filled(house, user="U0BEN")
    async with house.bot(confirm_tags=("Interested",), triage_members=ADA_IS_NAMED):
        chosen = {} if door == "an undo that asks" else {"form.ai_tag": "Meeting booked"}
        await house.slack.submit(form, chosen)
        await house.slack.until(lambda: house.told(user="U0BEN"))
        assert house.told(user="U0BEN")[0].startswith(UNNAMED)
        assert len(house.sendkit.patches) == 2


async def test_a_round_ends_for_people_who_have_left_the_triage_channel(house: House) -> None:
    for number in range(2):
        house.reply(number)
    async with house.bot():
        await house.slack.until(lambda: house.slack.messages(TRIAGE))
        await house.slack.shortcut("triage_inbox", user="U0BEN")
        form = await filled(house, "1 of 2", user="U0BEN")
    workspace = house.slack.workspace
    room = workspace.channel(TRIAGE)
    workspace.add_channel(
        replace(room, members=tuple(each for each in room.members if each != "U0BEN"))
    )
    async with house.bot():
        await house.slack.submit(form, {"form.ai_tag": "Interested"})
        direct = workspace.direct("U0BEN")
        await house.slack.until(lambda: house.slack.messages(direct))
        (told,) = house.slack.messages(direct)
        assert told.text.startswith(NOT_IN_TRIAGE)
        assert said(await filled(house, user="U0BEN")).startswith(NOT_IN_TRIAGE)
    assert house.sendkit.patches == []
