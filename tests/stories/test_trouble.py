"""Troubles, and the messages that people get about them."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from bot.errors import HUNG_UP_SECONDS
from bot.playground.sendkit import NO_ANSWERS, Fault
from bot.playground.slack_faults import PAGE
from bot.playground.slack_faults import Fault as SlackFault
from bot.playground.wire import Call
from tests.conftest import ADA_IS_NAMED, House
from tests.log_asserts import written
from tests.stories.conftest import every_combination

TRIAGE = "#triage"
DONE = "Ada set Interested"
ONE = "/v1/inbox/*"


async def test_a_decision_waits_for_sendkit_and_its_card_says_so(house: House) -> None:
    async with house.bot_with_card(sendkit_poll_seconds=0.05) as card:
        house.sendkit.down = True
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "Ada’s decision (Interested) is saved" in house.text(card))
        assert "SendKit is not responding. Next try: " in house.text(card)
        house.sendkit.down = False
        assert await house.lines(card) == [DONE]
        await house.slack.until(lambda: "is saved" not in house.text(card))
        assert len(house.sendkit.patches) == 1


@every_combination
async def test_waiting_decisions_are_carried_out_in_order_after_a_restart(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.down = True
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Mark read", user="U0BEN")
        await house.slack.until(lambda: "and 1 more" in house.text(card))
    house.sendkit.down = False
    async with house.bot():
        lines = await house.lines(card, 2)
    assert lines == [DONE, "Ben marked this as read · Interested"]
    bodies = [patch.body for patch in house.sendkit.patches]
    assert bodies == [{"aiTag": "interested"}, {"markRead": True}]


@pytest.mark.parametrize("named", ["id", "address", "link"])
async def test_a_typed_decision_stays_before_a_later_press(house: House, named: str) -> None:
    reply = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        await _shown(house)
        card = await house.card()
        await house.slack.click(card, "Mark read")
        await house.lines(card)
        link = f"https://x.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
        reference = {"id": reply.id, "address": reply.lead.email, "link": link}[named]
        house.sendkit.down = True
        await house.slack.command("/sendkit", f"meeting booked {reference}", channel=TRIAGE)
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.slack.until(lambda: "and 1 more" in house.text(card))
    house.sendkit.down = False
    async with house.bot(sendkit_poll_seconds=0):
        lines = await house.lines(card, 3)
    assert lines[1:] == ["Ada set Meeting booked", "Ben set Interested (was Meeting booked)"]
    bodies = [patch.body for patch in house.sendkit.patches]
    assert bodies[1:] == [{"aiTag": "meeting_booked"}, {"aiTag": "interested"}]


def _posted(house: House) -> list[Call]:
    return [call for call in house.slack.calls if call.method == "chat.postMessage"]


def _patched(house: House, fault: Fault) -> None:
    house.sendkit.faults.add(fault, "PATCH", ONE)


def _not_echoed(house: House) -> None:
    (conversation,) = house.sendkit.inbox.conversations
    said = {"success": True, "data": {"id": conversation, "aiTag": "not_interested"}}
    _patched(house, Fault(text=json.dumps(said)))


def _pages(house: House) -> None:
    house.slack.faults.page("users.info", acted=False)
    house.slack.faults.page("chat.postMessage", acted=True)
    house.slack.faults.page("response_url", acted=False, times=2)


def _unnamed(error: str, house: House) -> None:
    house.slack.faults.error("users.info", error=error)


def _may_not_look(house: House) -> None:
    house.slack.faults.drop("chat.postMessage", acted=False)
    house.slack.faults.error("conversations.replies", error="missing_scope")


# What goes wrong once, and what the card says until it is over.
ONCE: dict[str, tuple[Callable[[House], None], str]] = {
    "SendKit asks to wait": (
        lambda house: _patched(house, Fault(429, retry_after=1)),
        "SendKit is busy (rate limit). Next try: ",
    ),
    "SendKit does not find it": (
        lambda house: _patched(house, Fault(404)),
        "SendKit does not find this conversation",
    ),
    "a page refuses the change": (
        lambda house: _patched(house, NO_ANSWERS["a page, 403"]),
        "SendKit’s answer was not understood (status 403)",
    ),
    "the change is not echoed": (_not_echoed, "it does not show the change"),
    "a page comes after the change": (
        lambda house: _patched(house, Fault(text=PAGE, acts=True)),
        "",
    ),
    "Slack is down": (lambda house: house.slack.faults.status("chat.postMessage", status=503), ""),
    "a line is posted without an answer": (
        lambda house: house.slack.faults.drop("chat.postMessage", acted=True),
        "",
    ),
    "Slack lets nobody look for the line": (_may_not_look, ""),
    "pages come from Slack": (_pages, ""),
    # The second is the look for the name that the card shows meanwhile.
    "nobody says who pressed": (
        lambda house: house.slack.faults.status("users.info", status=503, times=2),
        "ada’s decision (Interested) is saved. Slack is not responding. Next try: ",
    ),
    "Slack's rate on people": (
        lambda house: house.slack.faults.ratelimit("users.info", seconds=1),
        "",
    ),
    **{
        f"{error} on people": (partial(_unnamed, error), "")
        for error in ("missing_scope", "team_added_to_org", "not_yet_invented")
    },
}


@pytest.mark.parametrize(("trouble", "said"), ONCE.values(), ids=ONCE.keys())
async def test_a_decision_is_carried_out_once_whatever_goes_wrong_on_the_way(
    house: House, trouble: Callable[[House], None], said: str
) -> None:
    async with house.bot_with_card() as card:
        trouble(house)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: said in house.text(card))
        assert await house.lines(card) == [DONE]
        await house.slack.until(lambda: "is saved" not in house.text(card))
        # A repeat would come before the next decision.
        await house.slack.click(card, "Mark read")
        assert len(await house.lines(card, 2)) == 2
        assert [each.body for each in house.sendkit.patches] == [
            {"aiTag": "interested"},
            {"markRead": True},
        ]
        assert house.told() == []


async def test_slacks_rate_is_obeyed(house: House) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.ratelimit("chat.postMessage", seconds=1)
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [DONE]
        limited, repeated = _posted(house)[-2:]
        assert limited.status == 429
        assert repeated.at - limited.at >= 1


@every_combination
async def test_a_patch_that_acted_without_an_answer_is_not_repeated(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(drop=True, acts=True), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [DONE]
        assert len(house.sendkit.patches) == 1


async def test_a_refusal_ends_the_decision_with_a_sentence_for_who_clicked(house: House) -> None:
    house.reply()
    with written("WARNING") as log:
        async with house.bot():
            card = await house.card()
            house.sendkit.faults.add(Fault(422, "No such tag"), "PATCH", ONE)
            await house.slack.click(card, "Interested")
            await house.slack.until(lambda: house.told(user="U0ADA"))
            (told,) = house.told(user="U0ADA")
            assert told.startswith("SendKit refused this: “No such tag”. Change it and try again.")
            reference = told.rpartition("(")[2].rstrip(")")
            assert f"[{reference}] a decision was not carried out" in log.getvalue()
            assert house.thread(card) == []


async def test_a_refusal_after_a_wait_is_told_to_all_who_saw_it_wait(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(503), "PATCH", ONE)
        house.sendkit.faults.add(Fault(422, "Too late"), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        (line,) = await house.lines(card)
        assert line.startswith(
            "Ada’s decision (Interested) was not carried out. SendKit refused this: “Too late”."
        )
        await house.slack.until(lambda: "is saved" not in house.text(card))


@pytest.mark.parametrize("named", ["id", "address"])
async def test_a_command_that_waits_for_sendkit_says_so_once(house: House, named: str) -> None:
    reply = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        house.sendkit.down = True
        reference = reply.id if named == "id" else reply.lead.email
        await house.slack.command("/sendkit", f"interested {reference}", channel=TRIAGE)
        said = "SendKit is not responding. Your decision is saved, and I’ll carry "
        await house.slack.until(lambda: [each for each in house.told() if each.startswith(said)])
        tries = len(house.sendkit.requests)
        await house.sendkit.until(lambda: len(house.sendkit.requests) > tries + 1)
        house.sendkit.down = False
        assert await house.lines(await house.card()) == [DONE]
        assert sum(each.startswith(said) for each in house.told()) == 1


async def test_a_question_is_answered_now_or_not_at_all(house: House) -> None:
    async with house.bot(sendkit_poll_seconds=0):
        house.sendkit.down = True
        await house.typed("inbox")
        assert house.told()[0].startswith("SendKit is not responding. Try again in a minute.")


@pytest.mark.parametrize("transport", ["http"])
async def test_a_list_without_an_end_is_shown_so_far_and_told(house: House) -> None:
    conversation = house.reply()
    row = {"id": conversation.id, "lead": {"email": "jane@example.com"}, "isRead": False}
    body = {"success": True, "data": [row], "pagination": {"nextCursor": "1"}}
    house.sendkit.faults.add(Fault(text=json.dumps(body)), "GET", "/v1/inbox", times=None)
    async with house.bot(sendkit_poll_seconds=0):
        await house.typed("inbox", number=2)
        assert house.told()[1].startswith(
            "SendKit’s answer was not understood (a list without an end), so there may be more"
        )


async def test_a_channel_that_closed_does_not_undo_the_decision(house: House) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        await _shown(house)
        card = await house.card()
        house.slack.faults.error("chat.postMessage", error="is_archived")
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: house.told())
        (told,) = house.told()
        assert told.startswith("It is done in SendKit, but not shown here.")
        assert len(house.sendkit.patches) == 1


async def _shown(house: House) -> None:
    """Polling is off in these stories: the card comes by the command."""
    (conversation,) = house.sendkit.inbox.conversations
    await house.slack.command("/sendkit", f"show {conversation}", channel=TRIAGE)


@pytest.mark.parametrize(
    ("channel", "status", "sentence"),
    [
        (TRIAGE, 404, "SendKit no longer has this conversation."),
        ("#random", 200, "I cannot post in that channel (not_in_channel). Add me there with"),
    ],
)
async def test_no_card_is_explained(house: House, channel: str, status: int, sentence: str) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0, triage_members=ADA_IS_NAMED):
        if status != 200:
            house.sendkit.faults.add(Fault(status), "GET", ONE)
        await house.typed(f"show {conversation.id}", channel=channel)
        assert house.told(channel)[0].startswith(sentence)


async def test_work_that_a_revoked_token_holds_up_goes_on_with_a_good_one(house: House) -> None:
    house.reply()
    async with house.bot():
        house.slack.faults.error("chat.postMessage", error="token_revoked", times=1000)
        await house.slack.until(lambda: _posted(house))
        house.slack.faults.clear()
    async with house.bot():
        card = await house.card()
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [DONE]


# Later than the first try of what was put off, and as late as a service may be.
LATE = HUNG_UP_SECONDS - 0.5


async def test_a_late_patch_is_not_repeated_and_no_later_click_overtakes_it(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(hangs_up=True, seconds=LATE), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: " is saved. " in house.text(card))
        await house.slack.click(card, "Not interested", user="U0BEN")
        lines = await house.lines(card, 2)
    assert lines == [DONE, "Ben set Not interested (was Interested)"]
    bodies = [patch.body for patch in house.sendkit.patches]
    assert bodies == [{"aiTag": "interested"}, {"aiTag": "not_interested"}]


@every_combination
async def test_a_patch_that_comes_through_late_is_waited_for_after_a_restart(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(hangs_up=True, seconds=LATE), "PATCH", ONE)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: " is saved. " in house.text(card))
    async with house.bot():
        await house.slack.until(lambda: house.thread(card) == [DONE])
    assert len(house.sendkit.patches) == 1


async def test_a_late_card_and_a_late_line_are_not_repeated(house: House) -> None:
    late = SlackFault(drop="first", seconds=LATE)
    house.slack.faults.add("chat.postMessage", late)
    async with house.bot_with_card() as card:
        house.slack.faults.add("chat.postMessage", late)
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == [DONE]
        # A repeat of the line would come before the next decision's.
        await house.slack.click(card, "Mark read")
        assert await house.lines(card, 2) == [DONE, "Ada marked this as read · Interested"]
    assert len(house.slack.messages("#triage")) == 1


async def test_what_sendkit_does_not_have_is_never_said_to_be_done(house: House) -> None:
    """Of an unknown conversation the bot knows nothing, so it looks read already."""
    async with house.bot_with_card():
        await house.slack.command("/sendkit", "read nosuch-lead1", channel=TRIAGE)
        asked = [("PATCH", "/v1/inbox/nosuch-lead1")]
        await house.sendkit.until(
            lambda: [(e.method, e.path) for e in house.sendkit.requests].count(asked[0]) > 2
        )
        assert len(house.slack.messages(TRIAGE)) == 1
        assert not any("Done" in each for each in house.told())
