"""Who may decide, and what those are told who may not."""

from typing import Any

import pytest

from bot.permissions import ELSEWHERE, FOREIGNER, GUEST, NOT_OF_TRIAGE, GroupId, Members
from bot.playground.slack_faults import Fault
from bot.playground.workspace import Group, Message, User
from tests.conftest import ADA_IS_NAMED, House
from tests.log_asserts import written

TRIAGE, GENERAL = "#triage", "#general"
GUS = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
FAYE = User("U0FAYE", "faye", "Faye Foreign", "Faye", team="T0PARTNER")
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
    """Nobody else has heard of it: the next decision's line is the card's first."""
    await house.slack.click(card, "Interested")
    assert await house.lines(card) == [DONE]
    assert len(house.sendkit.patches) == 1


@pytest.mark.parametrize(("user", "sentence"), [(GUS, GUEST), (FAYE, FOREIGNER)])
async def test_a_guests_or_foreigners_press_is_refused_to_them_alone(
    house: House, user: User, sentence: str
) -> None:
    house.slack.workspace.add_user(user, TRIAGE)
    async with house.bot_with_card() as card:
        with written("WARNING") as log:
            assert (await house.slack.click(card, "Interested", user=user)).ok
            told = await _refused(house, user.id)
        said, _, reference = told.removesuffix(")").rpartition(" (")
        assert said == sentence
        assert f"[{reference}] a decision was not carried out: NotAllowed" in log.getvalue()
        await house.slack.choose(card, "Meeting booked", user=user)
        await _refused(house, user.id, 2)
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


async def test_a_guest_is_refused_also_after_a_wait_for_slack(house: House) -> None:
    house.slack.workspace.add_user(GUS, TRIAGE)
    async with house.bot_with_card() as card:
        house.slack.faults.status("users.info", status=503, times=2)
        await house.slack.click(card, "Interested", user=GUS)
        assert (await _refused(house, GUS.id)).startswith(GUEST)
        await house.slack.until(lambda: "is saved" not in house.text(card))
        await _nothing_said(house, card)


async def test_who_slack_will_not_tell_of_is_refused_with_the_next_step(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.error("users.info", error="user_not_visible")
        await house.slack.click(card, "Interested")
        told = await _refused(house, "U0ADA")
        assert told.startswith(
            "Slack did not tell the bot whether you may do this (user_not_visible)."
        )
        assert "Ask the person who runs this bot to look at its log. (" in told
        assert "Slack did not say who may decide: user_not_visible" in caplog.text
        await house.slack.click(card, "Mark read")
        assert await house.lines(card) == ["Ada marked this as read"]


async def test_who_is_named_decides_also_while_slack_says_nothing_of_anybody(house: House) -> None:
    async with house.bot_with_card(triage_members=ADA_IS_NAMED) as card:
        house.slack.faults.status("users.info", status=503, times=9)
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [DONE.replace("Ada", "ada")]


async def test_a_click_that_names_no_team_counts(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        payload: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": "U0ADA"},
            "actions": [{"action_id": "x", "value": f"1:{conversation.id}:read"}],
            "container": {"message_ts": card.ts, "channel_id": card.channel},
        }
        assert (await house.slack.deliver("interactive", payload)).ok
        assert await house.lines(card) == ["Ada marked this as read"]


SHOW: dict[str, Any] = {"type": "button", "text": {"type": "plain_text", "text": "?"}}
NOT_CHECKED = (
    "so I cannot check yet whether you may do this. What you asked for is saved, and I keep "
    "trying: you need not ask again. ("
)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault(429, "ratelimited", retry_after=1), "Slack is busy (rate limit), "),
        (Fault(503), "Slack is not responding, "),
        (Fault(error="not_yet_invented"), "Slack refused the bot (not_yet_invented), "),
        (Fault(text='{"ok": true}'), "Slack’s answer was not understood, "),
        (
            Fault(text='{"ok": true, "user": {"id": "U0BEN"}}'),
            "Slack’s answer was not understood, ",
        ),
    ],
)
@pytest.mark.parametrize("door", ["a press", "a command", "a card that is asked for"])
async def test_whoever_decided_is_told_once_that_their_permission_cannot_be_checked_yet(
    house: House, fault: Fault, cause: str, door: str
) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        house.slack.faults.add("users.info", fault, times=99)
        before, decides = len(house.told()), door != "a card that is asked for"
        if door == "a press":
            await house.slack.click(card, "Interested")
        elif not decides:
            await house.slack.click(house.post(SHOW | {"value": f"1:{conversation.id}:show"}), "?")
        else:
            await house.slack.command("/sendkit", f"interested {conversation.id}", channel=TRIAGE)
            before += 1  # it is answered that it is saved
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


QUESTIONS = ("inbox", "show {id}", "interested {id}", "read", "subscribe --rehearse", "subscribe")
ALL = (*QUESTIONS, "unsubscribe", "subscriptions", "why {link}", "read jane.doe@acme.example.com")


@pytest.mark.parametrize("who", ["a guest", "somebody who is not named"])
async def test_who_may_not_decide_is_shown_nothing_either(house: House, who: str) -> None:
    user = house.slack.workspace.add_user(GUS if who == "a guest" else EVE, TRIAGE)
    conversation = house.reply()
    settings: dict[str, Any] = {} if who == "a guest" else {"triage_members": ADA_IS_NAMED}
    async with house.bot(**settings):
        card = await house.card()
        link = f"https://x.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
        number = 0
        for text in ALL:
            words = text.format(id=conversation.id, link=link)
            await house.slack.command("/sendkit", words, channel=TRIAGE, user=user)
            saved = who == "a guest" and text in ("interested {id}", ALL[-1])
            number += 1 + saved
            told = await _refused(house, user.id, number)
            assert told.startswith(GUEST if who == "a guest" else NOT_BEN), text
        await _nothing_said(house, card)
        assert house.slack.messages(TRIAGE) == [house.slack.message(TRIAGE, card.ts)]


async def test_a_command_elsewhere_is_refused_with_where_it_works(house: House) -> None:
    conversation = house.reply()
    elsewhere = [each for each in ALL if not each.startswith("subscribe")]
    async with house.bot():
        card = await house.card()
        for number, text in enumerate(elsewhere, 1):
            link = "https://x.slack.com/archives/C0/p1764000000000100"
            words = text.format(id=conversation.id, link=link)
            await house.slack.command("/sendkit", words, channel=GENERAL)
            told = await _refused(house, "U0ADA", number, GENERAL)
            assert told.startswith(ELSEWHERE), text
            assert told.endswith(" <#C0TRIAGE>"), text
        await _nothing_said(house, card)
        assert house.slack.messages(GENERAL) == []


async def test_help_works_everywhere_and_for_everybody(house: House) -> None:
    house.slack.workspace.add_user(GUS, GENERAL)
    async with house.bot(triage_members=ADA_IS_NAMED):
        await house.slack.command("/sendkit", "help", channel=GENERAL, user=GUS)
        assert house.told(GENERAL, GUS.id)[0].startswith("Every day:\n/sendkit inbox – ")


async def test_a_new_channel_is_subscribed_by_somebody_of_the_triage_channel(house: House) -> None:
    house.slack.workspace.add_user(EVE, GENERAL)
    async with house.bot():
        await house.slack.command("/sendkit", "subscribe", channel=GENERAL, user=EVE)
        assert (await _refused(house, EVE.id, channel=GENERAL)).startswith(NOT_OF_TRIAGE)
        assert house.slack.messages(GENERAL) == []
        await house.slack.command("/sendkit", "subscribe", channel=GENERAL)
        await house.slack.until(lambda: house.slack.messages(GENERAL))
        # From now on it is a channel of the bot's, for everybody in it.
        await house.slack.command("/sendkit", "subscriptions", channel=GENERAL, user=EVE)
        told = await _refused(house, EVE.id, 2, GENERAL)
        assert told.startswith("<#C0GENERAL>: all replies")


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


async def test_what_is_done_is_told_also_where_commands_do_not_work_any_more(house: House) -> None:
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
