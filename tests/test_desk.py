"""The Desk takes up work that an earlier process left behind."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import codec, entries
from bot.changes import is_made
from bot.desk import GONE_SECONDS
from bot.journal import PATIENCE_SECONDS, Entry
from bot.playground.sample_data import CAST
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store import Statement
from bot.timing import DEFAULT
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    EditTags,
    MarkRead,
    MessageTs,
    Origin,
    Place,
    Seen,
    Several,
)
from tests.clients import sendkit_of
from tests.journals import Clock
from tests.office import (
    ADA,
    INTERESTED,
    LOOKED,
    SOON,
    TRIAGE,
    Office,
    a_day_later,
    decided,
    opened,
    replied,
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, SOON) as office:
        yield office


async def test_a_patch_that_a_dead_process_made_is_not_repeated(office: Office) -> None:
    conversation, card = await office.shown()
    office.sendkit.inbox.set_tag(conversation, "interested")
    assert await office.carry_out(entries.carry_out(decided(conversation)), card) == [
        "Ada set Interested"
    ]
    assert office.sendkit.patches == []


@pytest.mark.parametrize("status", [404, 409])
async def test_a_patch_is_not_repeated_before_sendkit_said_whether_it_was_made(
    office: Office, status: int
) -> None:
    conversation, card = await office.shown()
    office.sendkit.inbox.set_tag(conversation, "interested")
    office.sendkit.faults.add(Fault(status), "GET", f"*/{conversation}", times=2)
    assert await office.carry_out(entries.carry_out(decided(conversation)), card) == [
        "Ada set Interested"
    ]
    assert office.sendkit.patches == []


async def test_values_that_a_patch_replaced_are_remembered_across_a_death(office: Office) -> None:
    conversation, card = await office.shown()
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 0)
    office.sendkit.inbox.set_tag(conversation, "interested")
    assert await office.carry_out(entries.carry_out(decided(conversation)), card) == [
        "Ada set Interested"
    ]


async def test_a_patch_that_a_dead_process_may_have_sent_is_waited_for(office: Office) -> None:
    conversation, card = await office.shown()
    await office.carry_out(entries.carry_out(decided(conversation)), card)
    assert [patch.body for patch in office.sendkit.patches] == [{"aiTag": "interested"}]
    (pause,) = office.pauses
    assert 0 < pause <= DEFAULT.settling


async def test_a_card_that_a_dead_process_posted_is_found_again(office: Office) -> None:
    conversation = replied(office)
    entry = Entry(
        id="reply:1",
        kind=codec.ANNOUNCE,
        lane=f"conversation:{conversation}",
        payload={"conversation": conversation},
    )
    mark = f"{entry.id}/card"
    metadata = {"event_type": "sendkit_triage", "event_payload": {"entry": mark}}
    workspace = office.slack.workspace
    earlier = workspace.post(
        Message(TRIAGE, workspace.next_ts(), workspace.bot.id, "A card", metadata=metadata)
    )
    await office.left(entry, steps=json.dumps({"look": LOOKED}))
    async with office.carrying_on():
        await office.slack.until(
            lambda: [call for call in office.slack.calls if call.method == "conversations.history"]
        )
    assert office.slack.messages("#triage") == [earlier]
    assert await office.bot.ledger.cards(conversation) == [Place(TRIAGE, MessageTs(earlier.ts))]


async def test_after_a_day_of_silence_a_decision_is_given_up_before_all(office: Office) -> None:
    conversation, card = await office.shown()
    office.sendkit.down = True
    entry = entries.carry_out(decided(conversation))
    journal = await a_day_later(office, entry)
    await office.slack.until(lambda: office.lines(card))
    await journal.stop(5)
    (line,) = office.lines(card)
    assert line.startswith(
        "Ada’s decision (Interested) was not carried out. SendKit is not responding. I tried for "
    )
    assert entry.reference in line


@pytest.mark.parametrize(
    "found", [False, True, None], ids=["never again", "by a GET", "a GET does not say"]
)
async def test_a_conversation_is_gone_after_minutes(office: Office, found: bool | None) -> None:
    conversation, card = await office.shown()
    office.sendkit.faults.add(Fault(404), "PATCH", times=None)
    if found is None:
        office.sendkit.faults.add(Fault(422), "GET", times=None)
    if found is False:
        del office.sendkit.inbox.conversations[conversation]
    await office.left(entries.carry_out(decided(conversation)))
    clock = Clock()
    journal = await office.carry_on(clock)

    def shows(text: str) -> bool:
        return text in office.slack.message(TRIAGE, card.ts).text

    await office.slack.until(lambda: shows("does not find this conversation right now. Next try"))
    tries = len([each for each in office.sendkit.requests if each.method == "PATCH"])
    clock.now += GONE_SECONDS
    if found is not False:
        await office.sendkit.until(
            lambda: (
                len([each for each in office.sendkit.requests if each.method == "PATCH"]) > tries
            )
        )
    else:
        await office.slack.until(lambda: office.lines(card))
    await journal.stop(5)
    lines = [
        "Ada’s decision (Interested) was not carried out. SendKit no longer has this conversation."
    ]
    assert [each[: len(lines[0])] for each in office.lines(card)] == (
        lines if found is False else []
    )


@pytest.mark.parametrize(
    ("change", "echo", "acts"),
    [
        (INTERESTED, {}, True),
        (INTERESTED, {"aiTag": None}, False),
        (INTERESTED, {"aiTag": "not_interested"}, False),
        (ClearAiTag(), {"aiTag": "not_interested"}, False),
        (EditTags(("vip",)), {}, True),
        (EditTags(("vip",)), {"tags": ["cold"]}, False),
        (EditTags(("vip",)), {"tags": ["vip"]}, False),
        (EditTags((), ("cold",)), {"tags": ["cold"]}, False),
    ],
)
async def test_a_change_is_told_once_it_is_made_whatever_the_answer_says(
    office: Office, change: Change, echo: dict[str, object], acts: bool
) -> None:
    conversation = replied(office)
    office.sendkit.inbox.set_tag(conversation, "not_interested")
    office.sendkit.inbox.set_custom_tags(conversation, ["cold"])
    card = await office.card(conversation)
    said = {"success": True, "data": {"id": conversation, **echo}}
    office.sendkit.faults.add(Fault(text=json.dumps(said), acts=acts), "PATCH")
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    assert len(office.sendkit.patches) == 1
    assert is_made(change, await office.bot.ledger.known(conversation))


@pytest.mark.parametrize(
    ("change", "echo"),
    [
        (INTERESTED, {"aiTag": "Interested"}),
        (EditTags(("vip", "hot")), {"tags": ["hot", "cold", "vip", "hot"]}),
    ],
)
async def test_letter_case_of_an_ai_tag_and_order_of_tags_are_sendkits(
    office: Office, change: Change, echo: dict[str, object]
) -> None:
    conversation = replied(office)
    office.sendkit.inbox.set_custom_tags(conversation, ["cold"])
    card = await office.card(conversation)
    said = {"success": True, "data": {"id": conversation, **echo}}
    office.sendkit.faults.add(Fault(text=json.dumps(said), acts=True), "PATCH")
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    asked = [each.method for each in office.sendkit.requests if conversation in each.path]
    assert asked[-1] == "PATCH", "it is not asked what is true"


async def test_several_changes_go_out_in_one_patch(office: Office) -> None:
    conversation, card = await office.shown()
    wanted = Several((INTERESTED, EditTags(("vip",)), MarkRead()))
    await office.carry_out(entries.carry_out(decided(conversation, wanted)), card)
    (patch,) = office.sendkit.patches
    assert patch.body == {"aiTag": "interested", "tags": ["vip"], "markRead": True}
    assert office.lines(card) == [
        "Ada set Interested, added the tag vip and marked this as read · tag vip"
    ]
    assert is_made(wanted, await office.bot.ledger.known(conversation))


SEEN = Seen(ai_tag=AiTag("not_interested"), tags=(), unread=True)


@pytest.mark.parametrize(
    ("seen", "now", "patched"),
    [
        (SEEN, "not_interested", True),
        (SEEN, "meeting_booked", False),
        (replace(SEEN, ai_tag=None), "", True),
        (replace(SEEN, ai_tag=None), "meeting_booked", False),
    ],
)
async def test_a_choice_in_a_form_overwrites_only_what_the_person_saw(
    office: Office, seen: Seen, now: str, patched: bool
) -> None:
    conversation = replied(office)
    if now:
        office.sendkit.inbox.set_tag(conversation, now)
    decision = replace(decided(conversation), seen=seen)
    await office.bot.journal.write(entries.carry_out(decision))
    async with office.carrying_on():
        await office.slack.until(lambda: office.slack.messages(TRIAGE) or _told(office))
    assert len(office.sendkit.patches) == patched
    if not patched:
        (told,) = _told(office)
        assert told.startswith(
            "Since you opened the form, the aiTag has changed in SendKit: it is Meeting booked now."
            " I did not save your choice"
        )


async def test_a_choice_in_a_form_is_made_if_sendkit_shows_no_state(office: Office) -> None:
    conversation, card = await office.shown()
    office.sendkit.inbox.set_tag(conversation, "meeting_booked")
    office.sendkit.faults.add(Fault(422), "GET", times=None)
    await office.bot.journal.write(entries.carry_out(replace(decided(conversation), seen=SEEN)))
    async with office.carrying_on():
        await office.slack.until(lambda: office.lines(card))
    assert len(office.sendkit.patches) == 1


async def test_a_form_that_showed_an_older_reply_leaves_a_newer_one_unread(office: Office) -> None:
    conversation = replied(office)
    await office.card(conversation)
    older = replace(SEEN, replied_at="2001-03-04T09:12:00.000Z")
    decision = replace(decided(conversation, MarkRead()), seen=older)
    await office.bot.journal.write(entries.carry_out(decision))
    async with office.carrying_on():
        await office.slack.until(lambda: _told(office))
    assert _told(office)[0].startswith("A newer reply has come in since")
    assert office.sendkit.patches == []


def _told(office: Office) -> list[str]:
    return [each.text for each in office.slack.ephemerals(TRIAGE, ADA.id)]


async def test_a_clock_that_was_put_forward_gives_no_decision_up(office: Office) -> None:
    """A week has gone by, says the clock; nobody knows whether it is true."""
    conversation, card = await office.shown()
    office.sendkit.down = True
    await office.left(
        entries.carry_out(decided(conversation)), written_at=time.time() - 7 * PATIENCE_SECONDS
    )
    async with office.carrying_on():
        await office.slack.until(lambda: "is saved" in office.slack.message(TRIAGE, card.ts).text)
    assert office.lines(card) == []


@pytest.mark.parametrize("text", ["later this year", "read"])
async def test_an_unknown_ai_tag_is_answered_once_and_never_set(office: Office, text: str) -> None:
    """Also where a newer version of the bot reads it as another command."""
    origin, conversation = Origin(TRIAGE, ADA), replied(office)
    await office.left(entries.unknown_ai_tag("command:1", f"{text} {conversation}", origin))
    await office.left(entries.question("command:2", "subscriptions", origin))
    async with office.carrying_on():
        await office.slack.until(lambda: office.slack.ephemerals("#triage", ADA.id))
    told = [each.text for each in office.slack.ephemerals("#triage", ADA.id)]
    assert told == ["<#C0TRIAGE>: all replies"]
    assert office.sendkit.patches == []


async def test_a_card_that_is_gone_is_forgotten(office: Office) -> None:
    conversation, card = await office.shown()
    await office.bot.ledger.place(
        conversation, Place(ChannelId("C0DEALS"), MessageTs("1.000001")), 1
    )
    await office.carry_out(entries.carry_out(decided(conversation)), card)
    assert await office.bot.ledger.cards(conversation) == [Place(TRIAGE, MessageTs(card.ts))]


async def test_an_unknown_lead_does_not_replace_a_card(office: Office) -> None:
    conversation = replied(office)
    office.sendkit.faults.add(Fault(404), "GET", "/v1/inbox/*", times=None)
    card = await office.card(conversation)
    assert await office.carry_out(entries.carry_out(decided(conversation)), card) == [
        "Ada set Interested"
    ]
    assert office.slack.message(TRIAGE, card.ts).text == "A card"


async def test_a_reply_with_a_card_redraws_it(office: Office) -> None:
    conversation, card = await office.shown()
    async with sendkit_of(office.sendkit) as client:
        await office.bot.ledger.remember(await client.conversation(conversation), 0)
    entry = Entry("reply:2", codec.ANNOUNCE, "conversation:x", {"conversation": conversation})
    await office.left(entry)
    async with office.carrying_on():
        await office.slack.until(lambda: "Jane Doe" in office.slack.message(TRIAGE, card.ts).text)
    assert len(office.slack.messages("#triage")) == 1


async def test_a_press_on_an_earlier_replys_card_is_told_below_the_newer(office: Office) -> None:
    """The client had not shown yet that the card is folded."""
    conversation = replied(office)
    old, new = await office.card(conversation), await office.card(conversation)
    decision = decided(conversation)
    pressed = replace(decision.origin, message=MessageTs(old.ts))
    await office.left(entries.carry_out(replace(decision, origin=pressed)))
    async with office.carrying_on():
        await office.slack.until(lambda: office.lines(new))
    assert (office.lines(old), office.lines(new)) == ([], ["Ada set Interested"])


@pytest.mark.parametrize("change", [INTERESTED, MarkRead()])
async def test_a_press_is_about_the_reply_on_its_card(office: Office, change: Change) -> None:
    """The lead wrote again, and the card of that reply is not posted yet."""
    conversation = replied(office)
    seen = await office.bot.sendkit.conversation(conversation)
    card = await office.card(conversation)
    place = Place(TRIAGE, MessageTs(card.ts))
    await office.bot.ledger.place(conversation, place, 0, replied_at=seen.replied_at)
    part = CAST[0]
    office.sendkit.reply(part.lead, "One more question", campaign=part.campaign)
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 0)
    pressed = replace(decided(conversation, change).origin, message=place.ts)
    decision = replace(decided(conversation, change), origin=pressed)
    assert await office.tried(entries.carry_out(decision)) == "done"
    outcome = await office.bot.ledger.outcome(conversation)
    if change == INTERESTED:
        assert outcome is not None
        assert outcome.replied_at == seen.replied_at
    else:
        assert (outcome, office.sendkit.patches) == (None, [])
        (told,) = office.slack.ephemerals(TRIAGE, "ada")
        assert told.text.startswith("A newer reply has come in since, so I left the conversation")


async def test_a_card_of_its_own_is_no_earlier_card_after_a_death(office: Office) -> None:
    """Killed between the card and the end of the entry, the reply is not told a second time."""
    conversation, card = await office.shown()
    entry = Entry("reply:3", codec.ANNOUNCE, "conversation:x", {"conversation": conversation})
    steps = {"look": LOOKED, "card": {"channel": TRIAGE, "ts": card.ts}}
    await office.left(entry, steps=json.dumps(steps))
    async with office.carrying_on():
        await office.sendkit.until(lambda: office.sendkit.requests)
    assert office.lines(card) == []
    assert len(office.slack.messages("#triage")) == 1


async def test_a_decision_waits_for_sendkit_though_slack_will_not_show_it(office: Office) -> None:
    conversation, card = await office.shown()
    office.sendkit.faults.add(Fault(503), "*", "/v1/inbox/*", times=2)
    office.slack.faults.error("chat.update", error="invalid_blocks")
    assert await office.carry_out(entries.carry_out(decided(conversation)), card) == [
        "Ada set Interested"
    ]


async def test_a_failed_decision_that_slack_does_not_show_is_told(office: Office) -> None:
    conversation, card = await office.shown()
    office.sendkit.faults.add(Fault(422, "No such tag"), "PATCH")
    office.slack.faults.error("chat.postMessage", error="is_archived")
    entry = entries.carry_out(decided(conversation))
    await office.left(entry)
    await office.bot.database.write(Statement("UPDATE entries SET attempts = 1"))
    async with office.carrying_on():
        told = await office.slack.until(lambda: office.slack.ephemerals(TRIAGE, "U0ADA"))
    assert [each.text for each in told] == [
        f"SendKit refused this: “No such tag”. Change it and try again. ({entry.reference})"
    ]
    assert office.lines(card) == []


async def test_a_person_is_told_after_a_day_that_a_decision_is_not_shown(office: Office) -> None:
    conversation, card = await office.shown()
    office.slack.faults.error("chat.postMessage", error="accesslimited", times=1000)
    entry = entries.carry_out(decided(conversation))
    journal = await a_day_later(office, entry)
    (told,) = await office.slack.until(lambda: office.slack.ephemerals(TRIAGE, "U0ADA"))
    await journal.stop(5)
    assert told.text.startswith("For a day I could not show the result of your decision. Slack")
    assert entry.reference in told.text
    (row,) = await office.bot.database.read("SELECT state, lane FROM entries")
    assert (row["state"], row["lane"]) == ("open", f"aside:{entry.lane}"), "it goes on waiting"
    assert office.lines(card) == []
    assert len(office.sendkit.patches) == 1


async def test_the_triage_channel_is_told_of_a_reply_not_shown_for_a_day(office: Office) -> None:
    conversation = replied(office)
    entry = Entry(
        "reply:9", codec.ANNOUNCE, f"conversation:{conversation}", {"conversation": conversation}
    )
    office.slack.faults.error("chat.postMessage", error="accesslimited")
    journal = await a_day_later(office, entry)
    (told,) = await office.slack.until(lambda: office.slack.messages("#triage"))
    await journal.stop(5)
    assert told.text.startswith("For a day I could not post a reply. Slack refused this")
    assert entry.reference in told.text
    (row,) = await office.bot.database.read("SELECT state FROM entries")
    assert row["state"] == "open"
