"""Work that Slack or SendKit refused, taken up again: what comes of it, and who is told."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot import codec, entries
from bot.announcer import GONE_SECONDS
from bot.codec import encode
from bot.filters import Route, from_text
from bot.journal import Entry
from bot.news import TRIES
from bot.playground.sample_data import CAST
from bot.playground.sendkit import Fault
from bot.playground.slack_faults import Fault as SlackFault
from bot.store import Statement
from bot.triage import (
    AiTag,
    Card,
    ChannelId,
    ConversationId,
    DecisionId,
    EditTags,
    MessageTs,
    Origin,
    Outcome,
    Place,
    SetAiTag,
    UserId,
)
from tests.journals import Clock, attempt
from tests.office import ADA, LOOKED, TRIAGE, Office, a_day_later, decided, replied

ONE = "/v1/inbox/*"


async def _states(office: Office) -> list[tuple[str, str]]:
    rows = await office.bot.database.read("SELECT kind, state FROM entries ORDER BY seq")
    return [(row["kind"], row["state"]) for row in rows]


async def _remember(office: Office, conversation: ConversationId) -> None:
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 0)


async def _until_open_is(office: Office, kind: str) -> None:
    query = "SELECT kind FROM entries WHERE state = 'open'"
    while True:
        if [row["kind"] for row in await office.bot.database.read(query)] == [kind]:
            return
        await asyncio.sleep(0.01)


def _owed(place: Place) -> Entry:
    return entries.redraw("redraw:1", place, f"{place.channel}:{place.ts}", urgent=True)


async def test_a_card_that_was_owed_shows_what_is_true_now(office: Office) -> None:
    conversation, card = await office.shown()
    await _remember(office, conversation)
    await office.tried(_owed(Place(TRIAGE, MessageTs(card.ts))))
    assert "Jane Doe" in office.slack.message(TRIAGE, card.ts).text


async def test_a_card_that_was_owed_and_is_nobodys_any_more_is_left_alone(office: Office) -> None:
    _, card = await office.shown()
    place = Place(TRIAGE, MessageTs(card.ts))
    await office.bot.ledger.forget_card(place)
    await office.tried(_owed(place))
    assert office.slack.message(TRIAGE, card.ts).text == "A card"
    assert await _states(office) == [("redraw", "done")]


@pytest.mark.parametrize(
    ("error", "state", "cards"),
    [
        ("message_not_found", "done", 0),
        ("cant_update_message", "done", 1),
        ("is_archived", "open", 1),
        ("accesslimited", "open", 1),
    ],
)
async def test_a_card_that_is_owed_is_redrawn_again_until_that_can_never_work(
    office: Office, error: str, state: str, cards: int
) -> None:
    conversation, card = await office.shown()
    office.slack.faults.error("chat.update", error=error, times=9)
    await office.tried(_owed(Place(TRIAGE, MessageTs(card.ts))))
    assert await _states(office) == [("redraw", state)]
    assert len(await office.bot.ledger.cards(conversation)) == cards


async def test_a_card_is_owed_once_for_all_its_changes(office: Office) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.slack.faults.error("chat.update", error="accesslimited", times=9)
    first, second = decided(conversation), decided(conversation)
    await office.left(entries.carry_out(first))
    await office.left(replace(entries.carry_out(second), id="click:2"))
    async with office.carrying_on():
        await office.slack.until(
            lambda: len([c for c in office.slack.calls if "post" in c.method]) > 1
        )
    assert [kind for kind, _ in await _states(office)].count("redraw") == 1


async def test_a_card_that_slack_never_lets_the_bot_change_gets_its_line(office: Office) -> None:
    conversation, card = await office.shown()
    office.slack.faults.error("chat.update", error="cant_update_message", times=9)
    await office.tried(entries.carry_out(decided(conversation)))
    assert office.lines(card) == ["Ada set Interested"]


async def _told_after_a_day(office: Office, entry: Entry, what: str) -> None:
    office.slack.faults.error("chat.postMessage", error="accesslimited", times=1000)
    journal = await a_day_later(office, entry)
    await office.slack.until(
        lambda: any(c.method == what and not c.answer.get("ok") for c in office.slack.calls)
    )
    await journal.stop(5)


async def test_subscribers_are_told_after_a_day_of_a_closed_triage_channel(office: Office) -> None:
    conversation = replied(office)
    route = Route(ChannelId("C0DEALS"), from_text(""), UserId("U0BEN"))
    await office.bot.channels.subscribe(route, 0)
    entry = entries.refresh("reply:9", conversation, reply=True)
    # Each form of the card is refused, and the sentence too; a direct message is not.
    office.slack.faults.error("chat.postMessage", error="accesslimited", times=2)
    journal = await a_day_later(office, entry)
    direct = office.slack.workspace.direct("U0BEN")
    (told,) = await office.slack.until(lambda: office.slack.messages(direct))
    await journal.stop(5)
    assert told.text.startswith("For a day I could not post a reply. Slack refused this")


async def test_a_reply_waits_on_where_nobody_can_be_told_after_a_day(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    entry = entries.refresh("reply:9", replied(office), reply=True)
    await _told_after_a_day(office, entry, "chat.postMessage")
    assert await _states(office) == [("announce", "open")]
    assert "could not tell people that a reply is late: Slack refused this" in caplog.text


async def test_a_decision_waits_on_where_its_person_cannot_be_told_after_a_day(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.slack.faults.error("chat.postEphemeral", error="accesslimited", times=1000)
    await _told_after_a_day(office, entries.carry_out(decided(conversation)), "chat.postEphemeral")
    assert ("carry_out", "open") in await _states(office)
    assert "could not tell a person that a decision is shown late" in caplog.text


async def test_tags_are_not_changed_while_sendkit_shows_no_old_ones(office: Office) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.sendkit.faults.add(Fault(409), "GET", ONE, times=None)
    change = EditTags(("vip",), ())
    await office.tried(entries.carry_out(decided(conversation, change)))
    assert office.sendkit.patches == []


async def test_a_lead_that_is_only_listed_is_in_the_first_summary(office: Office) -> None:
    conversation = replied(office)
    await _remember(office, conversation)
    office.sendkit.faults.add(Fault(404), "GET", ONE, times=None)
    await office.tried(entries.first_sync({conversation: "2026"}), TRIES)
    (summary,) = office.slack.messages("#triage")
    assert "Jane Doe" in summary.text


async def test_a_reply_that_sendkit_never_shows_is_announced_as_it_is_after_a_minute(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = replied(office)
    entry = entries.refresh("reply:1", conversation, reply=True)
    told: Mapping[str, Any] = {**entry.payload, "told": "2999-01-01T00:00:00.000Z"}
    await office.left(replace(entry, payload=told))
    await office.bot.database.write(Statement("UPDATE entries SET attempts = :n", {"n": TRIES}))
    clock = Clock()
    async with office.carrying_on(clock):
        await office.until_tried(TRIES)
        assert office.slack.messages("#triage") == []
        clock.now += GONE_SECONDS
        await office.slack.until(lambda: office.slack.messages("#triage"))
    assert "SendKit no longer has a reply: it lacks the reply" in caplog.text


@pytest.mark.parametrize("error", ["restricted_action_thread_locked", "cannot_reply_to_message"])
async def test_a_further_reply_below_a_locked_thread_has_a_card(office: Office, error: str) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.slack.faults.error("chat.update", error=error)
    await office.tried(entries.refresh("reply:2", conversation, reply=True))
    assert len(office.slack.messages("#triage")) == 2


async def test_a_card_that_is_deleted_before_it_is_folded_is_forgotten(office: Office) -> None:
    conversation, card = await office.shown()
    office.slack.faults.error("chat.update", error="message_not_found")
    await office.tried(entries.refresh("reply:2", conversation, reply=True))
    new = office.slack.messages("#triage")[-1]
    assert new.ts != card.ts
    assert await office.bot.ledger.cards(conversation) == [Place(TRIAGE, MessageTs(new.ts))]
    assert await office.bot.ledger.at(Place(TRIAGE, MessageTs(card.ts))) == []


async def test_a_further_reply_waits_while_the_triage_channel_is_closed(office: Office) -> None:
    conversation, card = await office.shown()
    office.slack.faults.error("chat.postMessage", error="is_archived", times=9)
    await office.tried(entries.refresh("reply:2", conversation, reply=True))
    assert await _states(office) == [("announce", "open")]
    assert office.lines(card) == []


async def test_a_line_without_news_does_not_follow_a_card_that_was_deleted(office: Office) -> None:
    conversation = replied(office)
    await office.bot.ledger.place(conversation, Place(TRIAGE, MessageTs("1.000001")), 0)
    await office.tried(entries.refresh("webhook:3", conversation, reply=False))
    assert office.slack.messages("#triage") == []
    assert await office.bot.ledger.cards(conversation) == []


async def test_a_further_reply_is_told_below_a_card_elsewhere(office: Office) -> None:
    conversation = replied(office)
    room = office.slack.workspace.channel("#general")
    card = await office.card(conversation, ChannelId(room.id))
    await office.tried(entries.refresh("reply:2", conversation, reply=True))
    (new,) = office.slack.messages("#triage")
    assert "Jane Doe" in new.text
    (line,) = [each.text for each in office.slack.thread(room.id, card.ts) if each.is_reply]
    assert line.startswith("Jane Doe replied again: ")


async def test_a_card_that_was_deleted_is_posted_again_for_who_asks(office: Office) -> None:
    conversation = replied(office)
    await office.bot.ledger.place(conversation, Place(TRIAGE, MessageTs("1.000001")), 0)
    await office.tried(entries.show("command:1", conversation, Origin(TRIAGE, ADA)))
    (new,) = office.slack.messages("#triage")
    assert "Jane Doe" in new.text


async def test_the_new_card_that_a_dead_process_posted_is_found_again(office: Office) -> None:
    """Killed after a card that was deleted was replaced, and before that was written down."""
    conversation = replied(office)
    await _remember(office, conversation)
    gone = Place(TRIAGE, MessageTs("1.000001"))
    await office.bot.ledger.place(conversation, gone, 0)
    entry = entries.carry_out(decided(conversation))
    new = office.post("The new card", f"{entry.id}/card")
    change = SetAiTag(AiTag("interested"))
    outcome = Outcome(
        DecisionId(entry.id), conversation, "Ada", change, time.time(), None, change.ai_tag, ()
    )
    steps = {"patch": encode(outcome), "card": encode(gone)}
    await office.tried(entry, steps=steps)
    assert [each.ts for each in office.slack.messages("#triage")] == [new.ts]
    assert await office.bot.ledger.cards(conversation) == [Place(TRIAGE, MessageTs(new.ts))]
    assert office.lines(new) == ["Ada set Interested"]


@pytest.mark.parametrize("odd", ["", ', "messages": null', ', "messages": [{}]'])
async def test_a_card_is_posted_once_though_slack_says_nothing(office: Office, odd: str) -> None:
    conversation = replied(office)
    entry = Entry(
        "reply:9", codec.ANNOUNCE, f"conversation:{conversation}", {"conversation": conversation}
    )
    posted = office.post("The card of a process that died", f"{entry.id}/card")
    office.slack.faults.add("conversations.history", SlackFault(text=f'{{"ok": true{odd}}}'))
    await office.tried(entry, steps={"look": LOOKED})
    assert await _states(office) == [("announce", "open")]
    assert await office.bot.ledger.cards(conversation) == []
    await office.bot.database.write(Statement("UPDATE entries SET due_at = 0"))
    async with office.carrying_on():
        await office.until_tried(99)
    assert await _states(office) == [("announce", "done")]
    assert [each.ts for each in office.slack.messages("#triage")] == [posted.ts]


async def test_a_decision_waits_for_sendkit_while_slack_is_down_too(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = replied(office)
    await office.card(conversation)
    await _remember(office, conversation)
    office.sendkit.faults.add(Fault(503), times=None)
    office.slack.faults.status("chat.update", status=503, times=9)
    await office.tried(entries.carry_out(decided(conversation)))
    assert await _states(office) == [("carry_out", "open")]
    assert "could not show that a decision waits" in caplog.text


async def test_a_card_that_cannot_show_soon_that_a_decision_waits_is_left_alone(
    office: Office,
) -> None:
    conversation = replied(office)
    await office.card(conversation)
    await _remember(office, conversation)
    office.sendkit.down = True
    office.slack.faults.ratelimit("chat.update", seconds=60)
    await office.tried(entries.carry_out(decided(conversation)))
    assert await _states(office) == [("carry_out", "open")], "a later redraw would come too late"


def _typed(conversation: ConversationId) -> Entry:
    here = Origin(TRIAGE, ADA)
    # As the version before doors wrote it.
    entry = entries.command("command:1", f"interested {conversation}", here)
    return replace(entry, lane=entries.lane_of(conversation))


def _typed_by_address(conversation: ConversationId) -> Entry:
    here = Origin(TRIAGE, ADA)
    return entries.command("command:1", f"interested {CAST[0].lead.email}", here)


def _pressed(conversation: ConversationId) -> Entry:
    return entries.carry_out(decided(conversation))


@pytest.mark.parametrize("made", [_pressed, _typed, _typed_by_address])
async def test_a_decision_waits_beyond_a_day_until_slack_says_who_somebody_is(
    office: Office, made: Callable[[ConversationId], Entry]
) -> None:
    conversation, card = await office.shown()
    office.slack.faults.status("users.info", status=503, times=99)
    entry = made(conversation)
    journal = await a_day_later(office, entry)
    (told,) = await office.slack.until(lambda: office.slack.ephemerals(TRIAGE, "U0ADA"))
    await office.until_tried(9)
    await journal.stop(5)
    assert "Your request is saved, and I keep trying" in told.text
    assert await _states(office) == [(entry.kind, "open")]
    (row,) = await office.bot.database.read("SELECT lane FROM entries")
    assert row["lane"] == f"aside:{entry.lane}", "others need not wait any longer"
    assert office.sendkit.patches == []
    office.slack.faults.clear()
    await office.bot.database.write(Statement("UPDATE entries SET due_at = 0"))
    async with office.carrying_on():
        await office.until_tried(99)
    # A command that names an address has written the decision as an entry of its own.
    async with office.carrying_on():
        (line,) = await office.slack.until(lambda: office.lines(card))
    assert line == "Ada set Interested"
    assert office.slack.ephemerals(TRIAGE, "U0ADA") == [told]


async def test_a_decision_waits_where_its_person_cannot_be_told_of_the_check(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.slack.faults.status("users.info", status=503, times=9)
    office.slack.faults.status("chat.postEphemeral", status=503, times=9)
    await office.tried(entries.carry_out(decided(conversation)), 1)
    assert await _states(office) == [("carry_out", "open")]
    assert "could not tell a person that a permission is not checked" in caplog.text
    assert office.sendkit.patches == []


async def test_a_card_shows_again_that_its_neighbours_decision_left_out(office: Office) -> None:
    """The process died when one card of a message was recorded, and the other was not."""
    jane = replied(office)
    john = ConversationId(office.sendkit.reply(CAST[1].lead, CAST[1].text).id)
    known = [await office.bot.sendkit.conversation(each) for each in (jane, john)]
    for each in known:
        await office.bot.ledger.remember(each, 0)
    place, same = await asyncio.gather(
        office.bot.threads.post(TRIAGE, Card(known[0]), "reply:1/card", attempt()),
        office.bot.threads.post(TRIAGE, Card(known[1]), "reply:2/card", attempt()),
    )
    assert place == same
    await office.bot.ledger.place(jane, place, 0)
    await office.tried(entries.carry_out(decided(jane)))
    await office.left(
        Entry("reply:2", codec.ANNOUNCE, f"conversation:{john}", {"conversation": john}),
        steps=json.dumps({"look": LOOKED}),
    )
    # What is to be redrawn is an entry of its own.
    async with office.carrying_on():
        await _until_open_is(office, "redraw")
    async with office.carrying_on():
        lead = known[1].lead.label
        await office.slack.until(lambda: lead in office.slack.message(TRIAGE, place.ts).text)
    assert len(office.slack.messages("#triage")) == 1


async def test_an_address_with_several_known_conversations_waits_for_sendkit(
    office: Office,
) -> None:
    conversation = replied(office)
    seen = await office.bot.sendkit.conversation(conversation)
    for each in (seen, replace(seen, id=ConversationId("another"))):
        await office.bot.ledger.remember(each, 0)
    office.sendkit.down = True
    await office.tried(_typed_by_address(conversation))
    assert await _states(office) == [("command", "open")]
