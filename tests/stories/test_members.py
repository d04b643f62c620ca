"""People who may decide, and answers to people who may not."""

import time
from dataclasses import replace
from typing import Any

import pytest

from bot.permissions import ELSEWHERE, GUEST, GroupId, Members
from bot.playground.slack_faults import Fault
from bot.playground.workspace import Group, Message, User
from bot.slack.users import RIGHTS_KEPT_SECONDS
from bot.timing import Clocks
from tests.conftest import ADA_IS_NAMED, House
from tests.log_asserts import written
from tests.timings import QUICK

TRIAGE, GENERAL = "#triage", "#general"
GUS = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")
SALES_ONLY = Members((), (GroupId("S0SALES"),))
DONE = "Ada set Interested"
NOT_BEN = "Only the triage members can do this. Ask Ada."


async def _refused(house: House, user: str, number: int = 1, channel: str = TRIAGE) -> str:
    """The last sentence that somebody was told, of so many; nothing came of what they did."""
    await house.slack.until(lambda: len(house.told(channel, user)) >= number)
    told = house.told(channel, user)
    assert len(told) == number
    assert house.sendkit.patches == []
    return told[-1]


async def _nothing_said(house: House, card: Message) -> None:
    """No one else has heard of it: the next decision's line is the card's first."""
    await house.slack.click(card, "Interested")
    assert await house.lines(card) == [DONE]
    assert len(house.sendkit.patches) == 1


async def test_a_refusal_is_in_the_log_and_comes_as_often_as_somebody_tries(house: House) -> None:
    house.slack.workspace.add_user(GUS, TRIAGE)
    async with house.bot_with_card() as card:
        with written("WARNING") as log:
            assert (await house.slack.click(card, "Interested", user=GUS)).ok
            told = await _refused(house, GUS.id)
        said, _, reference = told.removesuffix(")").rpartition(" (")
        assert said == GUEST
        assert f"[{reference}] a decision was not carried out: NotAllowed" in log.getvalue()
        # The same press is no double of one that was refused.
        assert (await house.slack.click(card, "Interested", user=GUS)).ok
        await _refused(house, GUS.id, 2)
        await _nothing_said(house, card)


async def test_a_decision_that_waits_ends_with_the_right_to_make_it(house: House) -> None:
    """Everybody has seen that it was saved, and now sees it gone; why, only who decided is told."""
    house.slack.workspace.add_group(Group("S0SALES", "sales", ("U0ADA", "U0BEN")))
    async with house.bot_with_card(triage_members=SALES_ONLY) as card:
        house.sendkit.down = True
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.slack.until(lambda: "Ben’s decision" in house.text(card))
    house.slack.workspace.add_group(Group("S0SALES", "sales", ("U0ADA",)))
    house.sendkit.down = False
    async with house.bot(triage_members=SALES_ONLY):
        assert (await _refused(house, "U0BEN")).startswith(NOT_BEN)
        await house.slack.until(lambda: "is saved" not in house.text(card))
        await _nothing_said(house, card)


async def test_the_right_to_decide_ends_minutes_after_it_was_lost(house: House) -> None:
    house.slack.workspace.add_group(Group("S0SALES", "sales", ("U0ADA", "U0BEN")))
    ahead = [0.0]
    clocks = Clocks(monotonic=lambda: time.monotonic() + ahead[0])
    async with house.bot_with_card(clocks=clocks, triage_members=SALES_ONLY) as card:
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card)
        house.slack.workspace.add_group(Group("S0SALES", "sales", ("U0ADA",)))
        ahead[0] = RIGHTS_KEPT_SECONDS + 1
        await house.slack.click(card, "Mark read", user="U0BEN")
        await house.slack.until(lambda: house.told(TRIAGE, "U0BEN"))
        assert house.told(TRIAGE, "U0BEN")[-1].startswith(NOT_BEN)
        assert len(house.sendkit.patches) == 1


SHOW: dict[str, Any] = {"type": "button", "text": {"type": "plain_text", "text": "?"}}
NOT_CHECKED = (
    "so I cannot check yet whether you may do this. Your request is saved, and I keep "
    "trying: you need not ask again. ("
)


@pytest.mark.parametrize(
    ("door", "fault", "cause"),
    [
        ("a press", Fault(503), "Slack is not responding, "),
        ("a press", Fault(error="not_yet_invented"), "Slack refused this (not_yet_invented), "),
        ("a command", Fault(429, "ratelimited", retry_after=1), "Slack is busy (rate limit), "),
        ("a look", Fault(text='{"ok": true}'), "Slack’s answer was not understood, "),
    ],
)
async def test_a_person_is_told_once_that_their_permission_cannot_be_checked_yet(
    house: House, door: str, fault: Fault, cause: str
) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        house.slack.faults.add("users.info", fault, times=99)
        before, decides = len(house.told()), door != "a look"
        if door == "a press":
            await house.slack.click(card, "Interested")
        elif not decides:
            await house.slack.click(house.post(SHOW | {"value": f"1:{conversation.id}:show"}), "?")
        else:
            await house.slack.command("/sendkit", f"interested {conversation.id}", channel=TRIAGE)
        await house.slack.until(lambda: len(house.told()) > before)
        asked = _count(house, "users.info")
        await house.slack.until(lambda: _count(house, "users.info") > asked + 2)
        (told,) = house.told()[before:]
        assert told.startswith(f"{cause}{NOT_CHECKED}")
        assert house.sendkit.patches == []
        house.slack.faults.clear()
        if decides:
            assert await house.lines(card) == [DONE]
            assert len(house.sendkit.patches) == 1
        else:
            await house.slack.until(lambda: "card is already in this channel" in house.told()[-1])
        assert len(house.told()) == before + 1 + (not decides)


async def test_a_command_is_taken_while_slack_is_slow_to_say_who_typed_it(house: House) -> None:
    conversation = house.reply()
    async with house.bot(replace(QUICK, check=0.1)):
        card = await house.card()
        house.slack.faults.slow("users.info", seconds=4.0)
        await house.slack.command("/sendkit", f"interested {conversation.id}", channel=TRIAGE)
        assert _count(house, "users.info") == 0, "it is not answered yet"
        assert house.told() == [], "nothing is promised before that"
        assert await house.lines(card) == [DONE]


QUESTIONS = ("inbox", "show {id}", "interested {id}", "read", "subscribe --rehearse", "subscribe")
ALL = (*QUESTIONS, "unsubscribe", "subscriptions", "why {link}", "read jane.doe@acme.example.com")
# A channel without a subscription may be given one.
ELSE = tuple(each for each in ALL if not each.startswith("subscribe"))


@pytest.mark.parametrize("who", ["a guest", "not named", "elsewhere"])
async def test_a_person_without_permission_sees_and_changes_nothing(house: House, who: str) -> None:
    channel, asked = (GENERAL, ELSE) if who == "elsewhere" else (TRIAGE, ALL)
    user = {"a guest": GUS, "not named": EVE, "elsewhere": house.slack.workspace.user("U0ADA")}[who]
    sentence = {"a guest": GUEST, "not named": NOT_BEN, "elsewhere": ELSEWHERE}[who]
    house.slack.workspace.add_user(user, TRIAGE)
    conversation = house.reply()
    members = ADA_IS_NAMED if who == "not named" else Members()
    async with house.bot(triage_members=members):
        card = await house.card()
        link = f"https://x.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
        for number, text in enumerate(asked, 1):
            words = text.format(id=conversation.id, link=link)
            await house.slack.command("/sendkit", words, channel=channel, user=user)
            told = await _refused(house, user.id, number, channel)
            assert told.startswith(sentence), text
            assert told.endswith(" <#C0TRIAGE>") == (who == "elsewhere"), text
        await _nothing_said(house, card)
        assert house.slack.messages(TRIAGE) == [house.slack.message(TRIAGE, card.ts)]
        assert house.slack.messages(GENERAL) == []


async def test_help_works_everywhere_and_for_everybody(house: House) -> None:
    house.slack.workspace.add_user(GUS, GENERAL)
    async with house.bot(triage_members=ADA_IS_NAMED):
        await house.slack.command("/sendkit", "help", channel=GENERAL, user=GUS)
        assert house.told(GENERAL, GUS.id)[0].startswith("Every day:\n/sendkit inbox – ")


async def test_a_list_from_before_gives_no_right(house: House) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        await house.slack.command("/sendkit", "inbox", channel=TRIAGE, user="U0BEN")
        await house.slack.until(lambda: house.told(user="U0BEN"))
        (listed,) = house.slack.ephemerals(TRIAGE, "U0BEN")
    async with house.bot(sendkit_poll_seconds=0, triage_members=ADA_IS_NAMED):
        for number, label in enumerate(("Show card", "Mark read"), 2):
            await house.slack.click(listed, label, user="U0BEN")
            assert (await _refused(house, "U0BEN", number)).startswith(NOT_BEN)
        assert house.slack.messages(TRIAGE) == []


async def test_a_result_is_told_even_where_commands_no_longer_work(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0, triage_members=ADA_IS_NAMED):
        house.slack.faults.status("chat.postMessage", status=503, times=99)
        await house.slack.command("/sendkit", f"read {conversation.id}", channel=GENERAL)
        await house.slack.until(lambda: _posts(house))
    house.slack.faults.clear()
    async with house.bot(sendkit_poll_seconds=0):
        await house.slack.until(lambda: house.slack.messages(GENERAL))
        (card,) = house.slack.messages(GENERAL)
        assert await house.lines(card) == ["Ada marked this as read"]
    assert len(house.sendkit.patches) == 1


def _posts(house: House) -> int:
    return _count(house, "chat.postMessage")


def _count(house: House, method: str) -> int:
    return sum(call.method == method for call in house.slack.calls)
