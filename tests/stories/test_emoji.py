"""Emoji on cards that decide, where EMOJI gives them a meaning."""

import asyncio
from typing import Any

import pytest

from bot.permissions import GUEST
from bot.playground.sample_data import CAST
from bot.playground.workspace import Message, User
from bot.views.usage import EMOJI_DECIDES, SEVERAL_LEADS
from tests.conftest import House
from tests.stories.conftest import every_combination

TRIAGE = "#triage"
GUS = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
ROBOT = User("U0ROBOT", "robot", "Robot", "Robot", is_bot=True)
EMOJI = {"white_check_mark": "read", "star": "Interested", "+1": "meeting booked", "zap": "hot"}
DONE = "Ada set Interested"


async def _next(house: House, card: Message) -> list[str]:
    """The card's lines after one more decision, so that nothing else is under way."""
    before = len(house.thread(card))
    await house.slack.click(card, "Not interested", user="U0CHLOE")
    lines = await house.lines(card, before + 1)
    assert lines[-1].startswith("Chloé set Not interested")
    return lines[:-1]


@every_combination
async def test_an_emoji_on_a_card_decides(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "star")
        assert await house.lines(card) == [DONE]
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        house.slack.react(card, "white_check_mark", user="U0BEN")
        assert (await house.lines(card, 2))[1] == "Ben marked this as read · Interested"
        assert [each.body for each in house.sendkit.patches] == [
            {"aiTag": "interested"},
            {"markRead": True},
        ]
        assert house.told() == []
        assert len(house.slack.messages(TRIAGE)) == 1


@pytest.mark.parametrize("name", ["+1", "thumbsup", "+1::skin-tone-3", "thumbsup::skin-tone-6"])
async def test_an_emojis_other_names_and_skins_mean_the_same(house: House, name: str) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, name)
        assert await house.lines(card) == ["Ada set Meeting booked"]
        house.slack.unreact(card, name)
        await house.lines(card, 2)
        assert _bodies(house) == [{"aiTag": "meeting_booked"}, {"aiTag": None}]


async def test_other_emoji_and_other_messages_are_ignored(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "tada")
        house.slack.react(house.slack.say(TRIAGE, "Lunch?"), "star")
        await house.slack.click(card, "Interested")
        await house.lines(card)
        (line,) = house.slack.thread(card.channel, card.ts)
        house.slack.react(line, "white_check_mark")
        await house.slack.command("/sendkit", "subscribe positive", channel="#deals")
        await house.slack.until(lambda: house.slack.messages("#deals"))
        house.slack.react(house.slack.messages("#deals")[0], "star")
        caplog.clear()
        assert await _next(house, card) == [DONE]
        assert len(house.sendkit.patches) == 2
        assert house.told() == []
        assert not [each for each in caplog.records if "react" in each.getMessage()]


async def test_without_the_setting_emoji_are_emoji(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        house.slack.react(card, "star")
        assert await _next(house, card) == []


async def test_a_message_of_several_leads_takes_no_emoji(house: House) -> None:
    house.leads(13)
    async with house.bot(emoji=EMOJI):
        summary = await house.recorded()
        for name in ("star", "white_check_mark"):
            house.slack.react(summary, name)
        await house.slack.until(house.told)
        await house.slack.click(summary, "Interested", user="U0BEN")
        await house.lines(summary)
        assert house.told() == [SEVERAL_LEADS]
        assert len(house.sendkit.patches) == 1


async def test_a_guest_is_refused_once_and_programs_are_ignored(house: House) -> None:
    for user in (GUS, ROBOT):
        house.slack.workspace.add_user(user, TRIAGE)
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        for user in (GUS, ROBOT, house.slack.workspace.bot):
            for name in ("star", "white_check_mark"):
                house.slack.react(card, name, user=user)
        await house.slack.until(lambda: house.told(user=GUS.id))
        assert await _next(house, card) == []
        (said,) = house.told(user=GUS.id)
        assert said.startswith(f"{EMOJI_DECIDES} {GUEST} (")
        assert house.told(user=ROBOT.id) == []
        assert len(house.sendkit.patches) == 1


async def test_an_emoji_that_changes_nothing_is_answered_privately(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "star")
        await house.lines(card)
        house.slack.react(card, "star", user="U0BEN")
        await house.slack.until(lambda: house.told(user="U0BEN"))
        assert house.told(user="U0BEN") == ["Jane Doe is already Interested."]
        assert await _next(house, card) == [DONE]


async def test_an_ai_tag_that_sendkit_does_not_know_is_refused_privately(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "zap")
        await house.slack.until(house.told)
        assert house.told()[0].startswith("SendKit refused this: ")
        assert await _next(house, card) == []


async def test_an_emoji_waits_for_sendkit(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.sendkit.down = True
        house.slack.react(card, "star")
        await house.slack.until(lambda: "Ada’s decision (Interested) is saved." in house.text(card))
        house.sendkit.down = False
        assert await house.lines(card) == [DONE]


async def test_an_emoji_on_an_earlier_card_is_shown_on_the_newer_one(house: House) -> None:
    house.reply()
    async with house.bot(emoji=EMOJI):
        old = await house.recorded()
        part = CAST[0]
        house.sendkit.reply(part.lead, "One more thing.", campaign=part.campaign)
        new = await house.recorded(1)
        await house.slack.until(lambda: "Open the newer card" in house.text(old))
        house.slack.react(old, "white_check_mark")
        await house.slack.until(house.told)
        assert house.told()[0].startswith("A newer reply has come in since")
        house.slack.react(old, "star")
        assert await house.lines(new) == [DONE]


async def test_an_emoji_that_slack_delivers_twice_counts_once(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        event = _event(card, house.slack.workspace.next_ts())
        await asyncio.gather(*(house.slack.event(event) for _ in range(3)))
        assert await house.lines(card) == [DONE]
        await house.slack.event(event)
        assert await _next(house, card) == [DONE]
        assert house.told() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"user": None},
        {"item": None},
        {"item": {"type": "file", "file": "F1"}},
        {"item": {"type": "message", "channel": "C0TRIAGE"}},
        {"reaction": None},
        {"reaction": ["star"]},
    ],
    ids=str,
)
async def test_events_that_are_no_persons_emoji_on_a_message_are_ignored(
    house: House, fields: dict[str, object]
) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        assert (await house.slack.event(_event(card, "1.2") | fields)).ok
        assert await _next(house, card) == []


def _event(card: Message, at: str, kind: str = "reaction_added") -> dict[str, Any]:
    return {
        "type": kind,
        "user": "U0ADA",
        "reaction": "star",
        "item": {"type": "message", "channel": card.channel, "ts": card.ts},
        "event_ts": at,
    }


UNDONE = "Ada undid “Interested”: no aiTag again"


def _bodies(house: House) -> list[Any]:
    return [each.body for each in house.sendkit.patches]


@every_combination
async def test_an_emoji_that_is_taken_away_undoes_what_it_did(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "star")
        await house.lines(card)
        house.slack.unreact(card, "star")
        await house.lines(card, 2)
        house.slack.react(card, "star")
        assert await house.lines(card, 3) == [DONE, UNDONE, DONE]
        set_it = {"aiTag": "interested"}
        assert _bodies(house) == [set_it, {"aiTag": None}, set_it]
        assert house.told() == []


async def test_what_was_decided_since_stays(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "star")
        await house.lines(card)
        await house.slack.click(card, "Meeting booked", user="U0BEN")
        await house.lines(card, 2)
        house.slack.unreact(card, "star")
        await house.slack.until(house.told)
        assert house.told()[0].startswith("Ben decided since: Meeting booked. I changed nothing. (")
        assert len(await _next(house, card)) == 2
        assert len(house.sendkit.patches) == 3


async def test_an_emoji_does_not_bring_back_an_ai_tag_that_slack_asks_about(house: House) -> None:
    conversation = house.reply()
    house.sendkit.inbox.set_tag(conversation.id, "not_now")
    async with house.bot(emoji=EMOJI, confirm_tags=("Not now",)):
        card = await house.recorded()
        house.slack.react(card, "star")
        await house.lines(card)
        house.slack.unreact(card, "star")
        await house.slack.until(house.told)
        assert house.told()[0].startswith(
            "That would set Not now, which may send email, so I ask first."
        )
        assert _bodies(house) == [{"aiTag": "interested"}]


async def test_an_emoji_that_did_nothing_undoes_nothing(house: House) -> None:
    """Ben's star changed nothing, Gus's was refused."""
    house.slack.workspace.add_user(GUS, TRIAGE)
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        for user in ("U0ADA", "U0BEN", GUS.id):
            house.slack.react(card, "star", user=user)
            done = (lambda user=user: house.told(user=user)) if user != "U0ADA" else None
            await (house.slack.until(done) if done else house.lines(card))
        for user in ("U0BEN", GUS.id):
            house.slack.unreact(card, "star", user=user)
        assert await _next(house, card) == [DONE]
        assert [len(house.told(user=each)) for each in ("U0ADA", "U0BEN", GUS.id)] == [0, 1, 1]


async def test_an_emoji_that_waits_and_is_taken_away_is_never_sent(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.sendkit.down = True
        house.slack.react(card, "star")
        await house.slack.until(lambda: "Ada’s decision (Interested) is saved." in house.text(card))
        house.slack.unreact(card, "star")
        house.sendkit.down = False
        (line,) = await house.lines(card)
        assert "Ada undid this decision before it reached SendKit." in line
        assert await _next(house, card) == [line]
        assert _bodies(house) == [{"aiTag": "not_interested"}]
        assert house.told() == []


@every_combination
async def test_quick_changes_of_mind_end_as_the_emoji_does(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        kinds = ("reaction_added", "reaction_removed") * 3
        for number, kind in enumerate((*kinds, "reaction_added")):
            await house.slack.event(_event(card, f"1764000000.{number:06}", kind))
        await house.slack.click(card, "Not interested", user="U0CHLOE")
        await house.slack.until(lambda: any("Chloé set" in each for each in house.thread(card)))
        assert house.thread(card)[-2] == DONE
        assert _bodies(house)[-2:] == [{"aiTag": "interested"}, {"aiTag": "not_interested"}]
        assert house.told() == []


@pytest.mark.parametrize("added_at", ["1764000000.000100", "1764000000.000300"])
async def test_an_emoji_that_slack_delivers_after_it_was_taken_away_is_over(
    house: House, added_at: str
) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        await house.slack.event(_event(card, "1764000000.000200", "reaction_removed"))
        await house.slack.event(_event(card, added_at))
        if added_at < "1764000000.000200":
            assert await _next(house, card) == []
        else:
            assert await house.lines(card) == [DONE]
        assert house.told() == []


async def test_an_emoji_that_waits_behind_its_removal_is_over(house: House) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.sendkit.down = True
        await house.slack.click(card, "Mark read")
        await house.slack.until(lambda: "is saved" in house.text(card))
        await house.slack.event(_event(card, "1764000000.000200", "reaction_removed"))
        await house.slack.event(_event(card, "1764000000.000100"))
        house.sendkit.down = False
        assert await house.lines(card) == ["Ada marked this as read"]
        assert await _next(house, card) == ["Ada marked this as read"]
        assert house.told() == []


async def test_an_emoji_is_taken_away_from_a_message_of_several_leads_in_silence(
    house: House,
) -> None:
    house.leads(13)
    async with house.bot(emoji=EMOJI):
        summary = await house.recorded()
        house.slack.react(summary, "star")
        await house.slack.until(house.told)
        house.slack.unreact(summary, "star")
        await house.slack.click(summary, "Interested", user="U0BEN")
        await house.lines(summary)
        assert house.told() == [SEVERAL_LEADS]
        assert len(house.sendkit.patches) == 1


async def test_a_button_undoes_an_emoji_and_then_there_is_nothing_to_take_away(
    house: House,
) -> None:
    async with house.bot_with_recorded_card(emoji=EMOJI) as card:
        house.slack.react(card, "star")
        await house.lines(card)
        (line,) = house.slack.thread(card.channel, card.ts)
        await house.slack.click(line, "Undo", user="U0BEN")
        await house.lines(card, 2)
        house.slack.unreact(card, "star")
        await house.slack.until(house.told)
        assert house.told()[0].startswith("Ben has undone that already.")
