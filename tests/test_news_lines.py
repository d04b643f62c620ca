"""Changes in SendKit are told in the thread of a card that somebody decided about."""

from dataclasses import replace

import pytest

from bot import entries
from bot.codec import encode
from bot.journal import Entry
from bot.playground.sample_data import CAST
from bot.store import Statement
from bot.triage import (
    AiTag,
    ChannelId,
    ConversationId,
    DecisionId,
    MessageTs,
    Origin,
    Outcome,
    Place,
)
from tests.office import ADA, INTERESTED, TRIAGE, Office, replied

TOLD = "Jane Doe was changed in SendKit: Interested → Meeting booked"


async def _touched(office: Office) -> ConversationId:
    """A conversation that Ada set Interested, and that SendKit has another aiTag of now."""
    conversation = replied(office)
    office.sendkit.inbox.set_tag(conversation, "interested")
    seen = await office.bot.sendkit.conversation(conversation)
    outcome = Outcome(
        DecisionId("click:0"), conversation, "Ada", INTERESTED, 1.0, None, AiTag("interested"), ()
    )
    origin = Origin(TRIAGE, ADA)
    await office.bot.database.write(*office.bot.ledger.recording(outcome, origin, seen, seen))
    await office.bot.channels.mark_announced(seen, positive=False)
    office.sendkit.inbox.set_tag(conversation, "meeting_booked")
    return conversation


def _change(conversation: ConversationId) -> Entry:
    return entries.refresh("webhook:3", conversation, reply=False)


async def test_a_change_in_sendkit_is_told_below_the_card(office: Office) -> None:
    conversation = await _touched(office)
    card = await office.card(conversation)
    assert await office.tried(_change(conversation)) == "done"
    assert office.lines(card) == [TOLD]


@pytest.mark.parametrize(
    ("error", "state", "cards"),
    [
        ("message_not_found", "done", 0),
        ("restricted_action_thread_locked", "done", 1),
        ("is_archived", "open", 1),
        ("accesslimited", "open", 1),
    ],
)
async def test_a_refused_line_waits_or_ends(
    office: Office, error: str, state: str, cards: int
) -> None:
    conversation = await _touched(office)
    card = await office.card(conversation)
    office.slack.faults.error("chat.postMessage", error=error, times=9)
    assert await office.tried(_change(conversation)) == state
    assert office.lines(card) == []
    assert len(await office.bot.ledger.cards(conversation)) == cards


async def test_a_card_that_is_deleted_before_its_line_is_forgotten(office: Office) -> None:
    conversation = await _touched(office)
    await office.card(conversation)
    office.slack.faults.error("chat.postMessage", error="message_not_found")
    await office.bot.journal.start(office.bot.kinds)
    await office.bot.journal.write(_change(conversation))
    await office.slack.until(lambda: any("post" in each.method for each in office.slack.calls))
    await office.bot.journal.stop(5)
    assert await office.bot.ledger.cards(conversation) == []


async def test_a_line_in_another_channel_that_is_closed_is_given_up(office: Office) -> None:
    conversation = await _touched(office)
    general = office.slack.workspace.channel("#general")
    card = await office.card(conversation, ChannelId(general.id))
    office.slack.faults.error("chat.postMessage", error="is_archived")
    assert await office.tried(_change(conversation)) == "done"
    assert office.slack.thread(general.id, card.ts) == []


async def test_a_line_that_went_astray_is_taken_back(office: Office) -> None:
    """The card was deleted while a process that died posted the line: it is in the channel."""
    conversation = await _touched(office)
    before = await office.bot.ledger.known(conversation)
    gone = Place(TRIAGE, MessageTs("1.000001"))
    await office.bot.ledger.place(conversation, gone, 0)
    entry = _change(conversation)
    office.post(TOLD, f"{entry.id}/line")
    look = {"fresh": False, "before": encode(before), "places": [encode(gone)]}
    assert await office.tried(entry, steps={"look": look}) == "done"
    assert office.slack.messages("#triage") == []


async def test_a_line_that_was_refused_tells_of_the_change_and_not_of_what_people_did_since(
    office: Office,
) -> None:
    conversation = await _touched(office)
    card = await office.card(conversation)
    office.slack.faults.error("chat.postMessage", error="accesslimited")
    assert await office.tried(_change(conversation)) == "open"
    seen = await office.bot.sendkit.conversation(conversation)
    await office.bot.ledger.remember(replace(seen, ai_tag=AiTag("not_now")), 1)
    await office.bot.database.write(Statement("UPDATE entries SET due_at = 0"))
    async with office.at_work():
        await office.slack.until(lambda: office.lines(card))
    assert office.lines(card) == [TOLD]


async def test_a_deleted_card_gets_no_line(office: Office) -> None:
    conversation = await _touched(office)
    gone = Place(TRIAGE, MessageTs("1.000001"))
    await office.bot.ledger.place(conversation, gone, 0)
    async with office.at_work():
        await office.bot.journal.write(_change(conversation))
    assert "chat.postMessage" not in [call.method for call in office.slack.calls]


async def test_a_lead_who_wrote_again_keeps_the_newer_card(office: Office) -> None:
    """The first summary does not take its place."""
    conversation, card = await office.shown()
    stamp = (await office.bot.sendkit.conversation(conversation)).replied_at
    assert await office.tried(entries.first_sync({conversation: stamp})) == "done"
    assert await office.bot.ledger.cards(conversation) == [Place(TRIAGE, MessageTs(card.ts))]


@pytest.mark.parametrize("asked_for", [True, False])
async def test_a_card_that_slack_refused_needs_no_second_look(
    office: Office, asked_for: bool
) -> None:
    """Beside a decision, a second look could be older than what that decision recorded."""
    conversation = replied(office)
    office.slack.faults.error("chat.postMessage", error="accesslimited")
    entry = entries.show("command:1", conversation, Origin(TRIAGE, ADA))
    if not asked_for:
        entry = entries.refresh("webhook:3", conversation, reply=True)
    assert await office.tried(entry) == "open"
    office.sendkit.down = True
    await office.bot.database.write(Statement("UPDATE entries SET due_at = 0"))
    async with office.at_work():
        await office.slack.until(lambda: office.slack.messages("#triage"))


@pytest.mark.parametrize("attempts", [0, 1])
async def test_a_person_is_told_once_that_their_card_comes(office: Office, attempts: int) -> None:
    conversation = replied(office)
    office.sendkit.down = True
    entry = entries.show("command:1", conversation, Origin(TRIAGE, ADA))
    assert await office.tried(entry, attempts) == "open"
    told = [each.text for each in office.slack.ephemerals(TRIAGE, "U0ADA")]
    assert len(told) == (attempts == 0)
    assert all(each.endswith(". I’ll post the card as soon as I can.") for each in told)


async def test_the_whole_email_is_shown_in_a_direct_message(office: Office) -> None:
    conversation = replied(office)
    direct = office.slack.workspace.direct("U0ADA")
    entry = entries.whole("click:1", conversation, Origin(ChannelId(direct.id), ADA))
    assert await office.tried(entry) == "done"
    assert "Thanks for reaching out!" in office.slack.ephemerals(direct.id, "U0ADA")[-1].text


async def test_the_whole_email_of_a_conversation_that_is_gone_is_refused(office: Office) -> None:
    conversation = replied(office)
    office.sendkit.inbox.conversations.pop(conversation)
    entry = entries.whole("click:1", conversation, Origin(TRIAGE, ADA))
    assert await office.tried(entry) == "done"
    (told,) = office.slack.ephemerals(TRIAGE, "U0ADA")
    assert told.text.startswith("SendKit no longer has this conversation.")


async def test_the_whole_email_stands_below_an_unknown_message(office: Office) -> None:
    conversation, card = await office.shown()
    await office.bot.ledger.forget_card(Place(TRIAGE, MessageTs(card.ts)))
    entry = entries.whole("click:1", conversation, Origin(TRIAGE, ADA, MessageTs(card.ts)))
    assert await office.tried(entry) == "done"
    (line,) = office.lines(card)
    assert line.startswith("The whole email from Jane Doe:")


@pytest.mark.parametrize("method", ["users.info", "chat.postMessage"])
async def test_requests_to_see_something_wait_for_slack(office: Office, method: str) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.slack.faults.status(method, status=503, times=9)
    entry = entries.whole("click:1", conversation, Origin(TRIAGE, ADA))
    assert await office.tried(entry) == "open"


async def test_a_card_that_is_asked_for_waits_for_the_permission(office: Office) -> None:
    conversation = replied(office)
    office.slack.faults.status("users.info", status=503, times=9)
    entry = entries.show("command:1", conversation, Origin(TRIAGE, ADA))
    assert await office.tried(entry) == "open"
    assert office.slack.messages("#triage") == []


async def test_a_further_reply_that_is_looked_at_first_has_a_card(office: Office) -> None:
    conversation = replied(office)
    old = await office.card(conversation)
    seen = await office.bot.sendkit.conversation(conversation)
    await office.bot.ledger.remember(seen, 0)
    await office.bot.channels.mark_announced(seen, positive=False)
    office.sendkit.reply(CAST[0].lead, "Are you there?", campaign=CAST[0].campaign)
    await office.bot.journal.start(office.bot.kinds)
    await office.bot.journal.write(entries.show("c:1", conversation, Origin(TRIAGE, ADA)))
    await office.slack.until(lambda: "replied again" in office.slack.message(TRIAGE, old.ts).text)
    await office.bot.journal.stop(5)
    assert "Are you there?" in office.slack.messages("#triage")[-1].text


async def test_a_reply_that_no_channel_takes_comes_into_the_triage_channel(office: Office) -> None:
    conversation = replied(office)
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 0)
    general = office.slack.workspace.channel("#general")
    card = await office.card(conversation, ChannelId(general.id))
    assert await office.tried(entries.refresh("reply:1", conversation, reply=True)) == "done"
    (posted,) = office.slack.messages("#triage")
    assert "Jane Doe" in posted.text
    assert office.slack.thread(general.id, card.ts) == []
