"""Channels that take replies, and those that cannot any more."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from dataclasses import replace
from functools import partial

import aiohttp
import pytest

from bot.announcer import DELIVERIES_SECONDS
from bot.connect import connect
from bot.permissions import NOT_OF_TRIAGE
from bot.playground.sample_data import CAST, Campaign
from bot.playground.slack_faults import Fault
from bot.playground.workspace import User
from bot.slack.subscriptions import MOST_FOR_NAMES
from bot.views.subscriptions import NOT_SUBSCRIBED
from tests.clients import sendkit_of
from tests.conftest import ADA_IS_NAMED, House

TRIAGE, DEALS, GENERAL = "#triage", "#deals", "#general"
EVE = User("U0EVE", "eve", "Eve Elsewhere", "Eve")
SECRET = "a long random text"


async def _type(house: House, text: str, channel: str = DEALS) -> None:
    """Types a command and waits for whatever it answers."""
    said = len(house.told(channel)) + len(house.slack.messages(channel))
    await house.slack.command("/sendkit", text, channel=channel)
    await house.slack.until(
        lambda: len(house.told(channel)) + len(house.slack.messages(channel)) > said
    )


def _reply(house: House, number: int, tag: str | None = None, campaign: str = "Q1 Outreach") -> str:
    lead = replace(CAST[0].lead, email=f"lead{number}@example.com", last_name=str(number))
    return house.sendkit.reply(lead, "Hello", tag=tag, campaign=Campaign(campaign)).id


def _link(house: House, channel: str, position: int) -> str:
    card = house.slack.messages(channel)[position]
    return f"https://playground.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"


async def test_a_subscription_takes_what_passes_and_triage_the_rest(house: House) -> None:
    async with house.bot():
        await _type(house, "subscribe campaign:“Q2 Outreach” tag:interested")
        (said,) = house.slack.messages(DEALS)
        assert said.text == (
            "Ada subscribed this channel to replies to the campaign “Q2 Outreach”, with the aiTag "
            "Interested."
        )
        _reply(house, 1, "interested", "Q2 Outreach")
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        _reply(house, 2, "interested")
        assert "lead2@" in (await house.card()).text
        assert len(house.slack.messages(TRIAGE)) == 1

        await _type(house, f"why {_link(house, DEALS, 1)}")
        assert house.told(DEALS)[-1] == (
            "This channel is subscribed to replies to the campaign “Q2 Outreach”, with the aiTag "
            "Interested."
        )
        await _type(house, f"why {_link(house, TRIAGE, 0)}")
        assert house.told(DEALS)[-1].startswith("No channel is subscribed to this reply")


async def test_several_channels_take_one_reply_and_show_the_same_decision(house: House) -> None:
    async with house.bot():
        await _type(house, "subscribe")
        await _type(house, "subscribe positive", GENERAL)
        _reply(house, 1, "meeting_booked")
        await house.slack.until(lambda: len(house.slack.messages(GENERAL)) == 2)
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        assert not house.slack.messages(TRIAGE)
        here, there = house.slack.messages(DEALS)[1], house.slack.messages(GENERAL)[1]
        await house.slack.click(here, "Interested")
        assert await house.lines(here) == ["Ada set Interested (was Meeting booked)"]
        await house.slack.until(lambda: "✓ Interested" in house.labels(there))
        assert house.thread(there) == []


async def test_filters_are_looked_at_again_when_the_tag_changes(house: House) -> None:
    async with house.bot():
        await _type(house, "subscribe tag:interested")
        conversation = _reply(house, 1)
        await house.card()
        house.sendkit.inbox.set_tag(conversation, "interested")
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        assert "lead1@" in house.slack.messages(DEALS)[1].text


async def test_a_decision_brings_a_card_to_a_channel_that_now_takes_it(house: House) -> None:
    async with house.bot():
        await _type(house, "subscribe aitag:interested")
        await _type(house, "subscribe -aitag:not_interested", GENERAL)
        _reply(house, 1)
        await house.slack.until(lambda: len(house.slack.messages(GENERAL)) == 2)
        here = house.slack.messages(GENERAL)[1]
        await house.slack.click(here, "Interested")
        assert await house.lines(here) == ["Ada set Interested"]
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        there = house.slack.messages(DEALS)[1]
        assert "✓ Interested" in house.labels(there)
        assert house.thread(there) == []
        await house.slack.click(there, "Mark read")
        await house.lines(there)
    assert [len(house.slack.messages(channel)) for channel in (DEALS, GENERAL)] == [2, 2]


async def test_a_subscription_is_replaced_listed_and_ended(house: House) -> None:
    async with house.bot():
        await _type(house, "subscriptions", TRIAGE)
        assert house.told(TRIAGE)[-1] == "<#C0TRIAGE>: all replies"
        await _type(house, "subscribe tag:interested")
        await _type(house, "subscribe -aitag:out_of_office auto-replies:off")
        which = "replies without the aiTag Out of office, except automatic ones"
        assert house.slack.messages(DEALS)[-1].text == (
            f"Ada subscribed this channel to {which}. "
            "This replaces its subscription to replies with the aiTag Interested."
        )
        await _type(house, "subscriptions")
        assert house.told(DEALS)[-1] == f"<#C0DEALS>: {which}\n<#C0TRIAGE>: everything else"
        await _type(house, "unsubscribe")
        assert house.slack.messages(DEALS)[-1].text == "Ada ended this channel’s subscription."
        await _type(house, "unsubscribe", TRIAGE)
        assert house.told(TRIAGE)[-1].endswith(" always gets what no other takes.")


async def test_a_channel_without_a_subscription_has_none_to_end(house: House) -> None:
    async with house.bot(triage_members=ADA_IS_NAMED):
        await _type(house, "unsubscribe")
        assert house.told(DEALS)[-1] == NOT_SUBSCRIBED


async def test_a_rehearsal_shows_what_would_have_been_taken(house: House) -> None:
    for number in range(3):
        _reply(house, number, "interested" if number else None)
    async with house.bot(sendkit_poll_seconds=0):
        await _type(house, "subscribe tag:interested --rehearse")
        told = house.told(DEALS)[-1]
        assert told.startswith(
            "This channel would get replies with the aiTag Interested: 2 of the last 3 "
            "conversations.\n• Jane "
        )
        await _type(house, "subscribe tag:meeting_booked —rehearse")
        assert house.told(DEALS)[-1].endswith("Meeting booked: none of the last 3 conversations.")
        await _type(house, "subscriptions", TRIAGE)
        assert house.told(TRIAGE)[-1] == "<#C0TRIAGE>: all replies"


@pytest.mark.parametrize("flag", ["", " --rehearse"])
async def test_names_in_filters_are_checked(house: House, flag: str) -> None:
    _reply(house, 1)
    async with house.bot(sendkit_poll_seconds=0):
        await _type(house, f'subscribe campaign:"Q1 outreech" aitag:vip -aitag:Interested{flag}')
        await house.slack.until(lambda: any("no reply" in told for told in house.told(DEALS)))
        told = house.told(DEALS)[-1]
        assert told.startswith("I have seen no reply to a campaign called “Q1 outreech” yet. ")
        assert 'Did you mean campaign:"Q1 Outreach"?' in told
        assert told.endswith(" Subscribed anyway: replies come once it exists.") == (not flag)
        assert "There is no aiTag called “vip”. The aiTags of this workspace are: int" in told
        before = len(house.told(DEALS))
        await _type(house, f'subscribe campaign:"q1 outreach" aitag:Interested{flag}')
        await _type(house, "subscriptions")
        assert len(house.told(DEALS)) == before + 1 + bool(flag)


async def test_a_campaign_that_the_bot_has_seen_is_not_looked_for(house: House) -> None:
    async with house.bot_with_card(sendkit_poll_seconds=0.05):
        house.sendkit.down = True
        await _type(house, "subscribe campaign:“q1 outreach”")
        await _type(house, "subscriptions")
        (told,) = house.told(DEALS)
        assert told.startswith("<#C0DEALS>: replies to the campaign ")


async def test_a_campaign_is_looked_for_in_the_newest_thousand_conversations(house: House) -> None:
    _reply(house, 0, campaign="Forgotten")
    _reply(house, 1, campaign="Nearly forgotten")
    for number in range(2, MOST_FOR_NAMES + 1):
        _reply(house, number, campaign="")
    async with house.bot(sendkit_poll_seconds=0):
        await _type(house, "subscribe campaign:“Forgotten” campaign:“Nearly forgotten”")
        await house.slack.until(lambda: house.told(DEALS))
        told = house.told(DEALS)[-1]
        assert told.startswith("I have seen no reply to a campaign called “Forgotten” yet. ")


async def test_a_channel_in_which_nobody_may_post_is_not_subscribed(house: House) -> None:
    async with house.bot():
        house.slack.faults.error("chat.postMessage", error="is_archived")
        await _type(house, "subscribe")
        assert house.told(DEALS)[-1] == (
            "I cannot post in that channel (is_archived). Ask somebody to unarchive it, and try "
            "again."
        )
        await _type(house, "subscriptions", TRIAGE)
        assert house.told(TRIAGE)[-1] == "<#C0TRIAGE>: all replies"


async def test_a_subscription_does_not_wait_for_sendkit(house: House) -> None:
    async with house.bot(sendkit_poll_seconds=0):
        house.sendkit.down = True
        await _type(house, "subscribe aitag:vip")
        await house.slack.until(lambda: house.told(DEALS))
        assert house.told(DEALS)[-1].startswith("SendKit does not answer, so I could not check")
        assert house.slack.messages(DEALS)[-1].text.endswith("replies with the aiTag Vip.")
        await _type(house, "subscriptions")
        assert "<#C0DEALS>: replies with the aiTag Vip" in house.told(DEALS)[-1]


@pytest.mark.parametrize(
    ("text", "channel", "answer"),
    [
        ("subscribe nonsense:yes", DEALS, "“nonsense:yes” is not a filter. Filters: "),
        ("subscribe", "#random", "I’m not in this channel yet. Type /invite with my name"),
        ("why", DEALS, "Which card? Copy its link from its ⋯ menu"),
        ("why https://x.slack.com/archives/C0DEALS/p1764000000000100", TRIAGE,
         "That isn’t a link to one of my cards."),
    ],
)  # fmt: skip
async def test_a_channel_command_that_cannot_be_carried_out_is_explained(
    house: House, text: str, channel: str, answer: str
) -> None:
    async with house.bot():
        await _type(house, text, channel)
        assert house.told(channel)[-1].startswith(answer)


async def test_a_closed_channel_is_told_of_once_and_heals_by_itself(house: House) -> None:
    workspace = house.slack.workspace
    async with house.bot():
        await _type(house, "subscribe")
        room = workspace.channel(DEALS)
        workspace.add_channel(replace(room, archived=True))
        for number in (1, 2):
            _reply(house, number)
            await house.card(number - 1)
        direct = house.slack.messages(workspace.direct("U0ADA"))
        (told,) = [each for each in direct if "I can no longer post" in each.text]
        assert told.text.startswith(
            "<#C0DEALS>: I can no longer post in this channel (is_archived)"
        )
        assert "/invite" in told.text
        await _type(house, "subscriptions", TRIAGE)
        assert "(I cannot post there: is_archived)" in house.told(TRIAGE)[-1]

        workspace.add_channel(replace(workspace.channel(DEALS), archived=False))
        for number in (3, 4):
            _reply(house, number)
            await house.slack.until(
                lambda: f"lead{number}@" in house.slack.messages(DEALS)[-1].text  # noqa: B023
            )
        await _type(house, "subscriptions", TRIAGE)
        assert "cannot post" not in house.told(TRIAGE)[-1]
        assert len(house.slack.messages(TRIAGE)) == 2


async def test_a_closed_channel_is_told_of_when_slack_is_down_at_that_moment(house: House) -> None:
    workspace = house.slack.workspace
    async with house.bot():
        await _type(house, "subscribe")
        workspace.add_channel(replace(workspace.channel(DEALS), archived=True))
        house.slack.faults.add("chat.postMessage", Fault())
        house.slack.faults.status("chat.postMessage", status=503)
        for number in (1, 2):
            _reply(house, number)
            # What Slack did not answer is given time to come through before it is repeated.
            await house.slack.until(
                lambda: len(house.slack.messages(TRIAGE)) == number  # noqa: B023
            )
        direct = house.slack.messages(workspace.direct("U0ADA"))
        assert sum("I can no longer post" in each.text for each in direct) == 1


async def _connect(house: House, address: str) -> str:
    async with sendkit_of(house.sendkit) as client:
        return await connect(client, address, SECRET)


async def test_a_reply_by_webhook_is_announced_once_and_at_once(house: House) -> None:
    async with house.bot(sendkit_webhook_secret=SECRET, sendkit_poll_seconds=3600) as address:
        said = await _connect(house, address)
        assert said.startswith(f"The webhook {address}/sendkit/webhook is registered")
        conversation = _reply(house, 1)
        card = await house.card()
        house.sendkit.inbox.set_tag(conversation, "interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        assert "brought up to date" in await _connect(house, address)
        assert len(house.slack.messages(TRIAGE)) == 1
        assert house.thread(card) == []


async def test_a_positive_reply_is_one_that_sendkit_calls_so(house: House) -> None:
    async with house.bot(sendkit_webhook_secret=SECRET, sendkit_poll_seconds=3600) as address:
        await _connect(house, address)
        await _type(house, "subscribe positive")
        _reply(house, 1, "meeting_booked")
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        _reply(house, 2, "not_interested")
        assert "lead2@" in (await house.card()).text
        assert len(house.slack.messages(DEALS)) == 2


async def test_a_flood_of_one_delivery_is_few_looks_and_no_change_is_missed(house: House) -> None:
    conversation = _reply(house, 1)
    raw = json.dumps({"event": "email.replied", "data": {"conversationId": conversation}}).encode()
    digest = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    async with (
        house.bot(sendkit_webhook_secret=SECRET, sendkit_poll_seconds=0) as address,
        aiohttp.ClientSession() as session,
    ):

        async def deliver(times: int) -> None:
            for _ in range(times):
                url, headers = f"{address}/sendkit/webhook", {"X-Webhook-Signature": digest}
                async with session.post(url, data=raw, headers=headers) as answer:
                    assert answer.status == 200

        started = time.monotonic()
        await asyncio.gather(*(deliver(25) for _ in range(8)))
        seconds = time.monotonic() - started
        async with session.get(f"{address}/metrics") as answer:
            found = re.search(r'entries_written_total{kind="announce"} (\S+)', await answer.text())
        assert found is not None
        # One that is done, one that is begun, and one that waits.
        assert float(found[1]) <= 3 + seconds / DELIVERIES_SECONDS
        card = await house.card()
        house.sendkit.inbox.set_tag(conversation, "interested")
        await deliver(1)
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_a_closed_channels_subscription_can_be_ended(house: House) -> None:
    async with house.bot():
        await _type(house, "subscribe")
        house.slack.faults.error("chat.postMessage", error="is_archived")
        await _type(house, "unsubscribe")
        assert house.told(DEALS)[-1] == "Ada ended this channel’s subscription."


def _is_told(house: House, number: int) -> bool:
    return len(house.told(DEALS, EVE.id)) > number


async def test_only_somebody_of_the_triage_channel_shows_a_channel_more(house: House) -> None:
    house.slack.workspace.add_user(EVE, DEALS)
    house.slack.workspace.join(house.slack.workspace.channel(DEALS).id, "U0ADA")
    async with house.bot():
        await _type(house, 'subscribe campaign:"Q2 Outreach"')
        wider = ("subscribe", "subscribe --rehearse", 'subscribe campaign:"Q2 Outreach",Q3')
        for number, text in enumerate(wider):
            await house.slack.command("/sendkit", text, channel=DEALS, user=EVE)
            await house.slack.until(partial(_is_told, house, number))
            assert NOT_OF_TRIAGE in house.told(DEALS, EVE.id)[-1]
        await house.slack.command(
            "/sendkit", 'subscribe campaign:"Q2 Outreach" tag:interested', channel=DEALS, user=EVE
        )
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        assert "Eve subscribed this channel" in house.slack.messages(DEALS)[-1].text


async def test_a_list_in_a_subscribed_channel_shows_what_its_filters_take(house: House) -> None:
    async with house.bot():
        await _type(house, 'subscribe campaign:"Q2 Outreach"')
        _reply(house, 1, campaign="Q2 Outreach")
        _reply(house, 2)
        await house.slack.until(lambda: len(house.slack.messages(TRIAGE)) == 1)
        await house.slack.until(lambda: len(house.slack.messages(DEALS)) == 2)
        for text in ("inbox", "interested"):
            await _type(house, text)
            assert "Doe 1" in house.told(DEALS)[-1] or "Jane 1" in house.told(DEALS)[-1]
            assert "Jane 2" not in house.told(DEALS)[-1]
        await _type(house, "inbox", TRIAGE)
        assert "2 unread" in house.told(TRIAGE)[-1]
        await _type(house, 'subscribe campaign:"Q9 Outreach"')
        await _type(house, "inbox")
        said = "Nothing is unread among what this channel shows. Its filters: /sendkit subscri"
        await house.slack.until(lambda: any(each.startswith(said) for each in house.told(DEALS)))
