"""Slack refuses something, once or for long: nothing that belongs to a reply is lost."""

from dataclasses import replace

import pytest

from bot.playground.sample_data import CAST
from bot.playground.workspace import Message
from tests.conftest import House
from tests.timings import QUICK

TRIAGE = "#triage"
DONE = "Ada set Interested"
# One for each kind of error that is on no list, and one that has yet to be invented.
PASSING = ["is_archived", "missing_scope", "invalid_blocks", "not_yet_invented"]


def _write_again(house: House) -> None:
    house.sendkit.reply(CAST[0].lead, "Once more", campaign=CAST[0].campaign)


def _delete(house: House, card: Message) -> None:
    """Somebody deletes the card."""
    house.slack.workspace.remove(house.slack.message(card.channel, card.ts))


def _cards(house: House) -> list[Message]:
    """The cards in the channel. What is left of deleted messages is none, nor is the line of a
    decision that finds its card deleted and is about to be deleted too."""
    posted = house.slack.messages(TRIAGE)
    return [each for each in posted if each.subtype != "tombstone" and each.text != DONE]


def _link(card: Message) -> str:
    return f"/archives/{card.channel}/p{card.ts.replace('.', '')}|"


@pytest.mark.parametrize("error", PASSING)
async def test_a_reply_that_slack_refuses_to_show_is_shown_later(house: House, error: str) -> None:
    async with house.bot():
        house.slack.faults.error("chat.postMessage", error=error)
        house.reply()
        card = await house.card()
        assert "Interested" in house.labels(card)
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_a_reply_that_waits_and_a_decision_meanwhile_share_one_card(house: House) -> None:
    house.slack.faults.error("chat.postMessage", error="accesslimited")
    async with house.bot(replace(QUICK, shortest_pause=2.0)):
        conversation = house.reply()
        path = f"/v1/inbox/{conversation.id}"

        def looks() -> int:
            return sum(each.path == path for each in house.sendkit.requests if each.method == "GET")

        await house.slack.until(
            lambda: house.slack.calls and house.slack.calls[-1].method == "chat.postMessage"
        )
        await house.slack.command("/sendkit", f"interested {conversation.id}", channel=TRIAGE)
        card = await house.card()
        assert await house.lines(card) == [DONE]
        # The reply's two tries, and the decision.
        await house.sendkit.until(lambda: looks() >= 3)
    # What the bot had in hand is done.
    assert len(house.slack.messages(TRIAGE)) == 1


@pytest.mark.parametrize("error", ["team_added_to_org", "is_inactive", "not_in_channel"])
async def test_a_card_that_slack_refuses_to_fold_is_folded_later(house: House, error: str) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.error("chat.update", error=error)
        _write_again(house)
        assert "Once more" in (await house.card(1)).text
        await house.slack.until(lambda: house.labels(card) == [])


async def test_a_line_that_slack_refuses_holds_up_no_later_decision(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        house.slack.faults.error("chat.postMessage", error="accesslimited", times=1000)
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        await house.slack.command("/sendkit", f"read {conversation.id}", channel=TRIAGE)
        await house.slack.until(lambda: "Mark unread" in house.labels(card))
        await house.slack.click(card, "Mark unread")
        await house.slack.until(lambda: "Mark read" in house.labels(card))
    house.slack.faults.clear()
    async with house.bot():
        lines = await house.lines(card, 3)
    marked = [f"Ada marked this as {state} · Interested" for state in ("read", "unread")]
    assert sorted(lines) == [*marked, DONE]
    bodies = [patch.body for patch in house.sendkit.patches]
    assert bodies == [{"aiTag": "interested"}, {"markRead": True}, {"isRead": False}]


@pytest.mark.parametrize("talked", [False, True], ids=["alone", "with a thread"])
@pytest.mark.parametrize("news", ["a further reply", "a decision"])
async def test_news_of_a_deleted_card_has_a_new_card(house: House, talked: bool, news: str) -> None:
    async with house.bot_with_card() as card:
        (conversation,) = house.sendkit.inbox.conversations
        if talked:
            house.slack.say(TRIAGE, "Who takes this one?", thread_ts=card.ts)
        _delete(house, card)
        if news == "a decision":
            await house.slack.command("/sendkit", f"interested {conversation}", channel=TRIAGE)
            (new,) = await house.slack.until(lambda: _cards(house))
        else:
            _write_again(house)
            (new,) = await house.slack.until(lambda: _cards(house))
            assert "Once more" in new.text
            await house.slack.click(new, "Interested")
        assert await house.lines(new) == [DONE]
        assert _cards(house) == [house.slack.message(TRIAGE, new.ts)]
        assert len(house.sendkit.patches) == 1


async def test_a_folded_card_does_not_link_to_a_newer_card_that_was_deleted(house: House) -> None:
    async with house.bot_with_card() as card:
        (conversation,) = house.sendkit.inbox.conversations
        _write_again(house)
        second = await house.card(1)
        await house.slack.until(lambda: _link(second) in house.text(card))
        _delete(house, second)
        await house.slack.command("/sendkit", f"interested {conversation}", channel=TRIAGE)
        await house.slack.until(lambda: len(_cards(house)) == 2)
        third = _cards(house)[1]
        await house.slack.until(lambda: _link(third) in house.text(card))
        assert _link(second) not in house.text(card)


async def test_a_channel_that_was_archived_for_a_while_keeps_its_cards(house: House) -> None:
    conversation = house.reply()
    workspace = house.slack.workspace
    room = workspace.channel(TRIAGE)
    async with house.bot(sendkit_poll_seconds=0.2):
        card = await house.card()
        workspace.add_channel(replace(room, archived=True))
        house.sendkit.inbox.set_tag(conversation.id, "interested")
        await house.slack.until(
            lambda: any(call.answer.get("error") == "is_inactive" for call in house.slack.calls)
        )
        workspace.add_channel(room)
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        _write_again(house)
        assert "Once more" in (await house.card(1)).text
        await house.slack.until(lambda: house.labels(card) == [])


@pytest.mark.parametrize("reached", ["in the channel", "in a direct message"])
async def test_a_decision_that_its_thread_refuses_is_told(house: House, reached: str) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.error("chat.postMessage", error="restricted_action_thread_locked")
        direct = house.slack.workspace.direct("U0ADA")
        if reached == "in a direct message":
            house.slack.faults.status("response_url", status=404, times=9)
            house.slack.faults.error("chat.postEphemeral", error="user_not_in_channel")
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        (told,) = await house.slack.until(
            lambda: [each.text for each in house.slack.messages(direct)] + house.told()
        )
        assert bool(house.told()) == (reached == "in the channel")
        assert told.startswith("It is done in SendKit, and the card shows it. The card’s thread")
        assert house.thread(card) == []


async def test_each_lead_of_a_message_that_was_deleted_has_a_new_card(house: House) -> None:
    for number in range(13):
        lead = replace(CAST[0].lead, email=f"lead{number}@example.com", first_name=f"N{number}")
        house.sendkit.reply(lead, "Hello")
    async with house.bot():
        joined = await house.card()
        _delete(house, joined)
        for number in (11, 12):
            lead = replace(CAST[0].lead, email=f"lead{number}@example.com")
            house.sendkit.reply(lead, f"Once more from {number}")
        await house.slack.until(
            lambda: all(
                any(f"Once more from {number}" in each.text for each in _cards(house))
                for number in (11, 12)
            )
        )
        assert all("Interested" in house.labels(each) for each in _cards(house))
