"""Undo of decisions, also after a death in the middle."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import entries
from bot.journal import Entry
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store import Statement
from bot.timing import DEFAULT
from bot.triage import (
    Change,
    ClearAiTag,
    ConversationId,
    DecisionId,
    EditTags,
    MarkRead,
    MarkUnread,
    MessageTs,
    Person,
    Revert,
    Several,
    UserId,
)
from bot.undo import PERIOD_SECONDS
from tests.office import ADA, INTERESTED, SOON, TRIAGE, Office, decided, opened, replied

BEN = Person(UserId("U0BEN"), "ben")
FIRST = DecisionId("click:1")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, SOON) as office:
        yield office


def undo(
    conversation: ConversationId, of: str = FIRST, number: int = 2, person: Person = ADA
) -> Entry:
    made = decided(conversation, Revert(DecisionId(of)))
    origin = replace(made.origin, person=person)
    return entries.carry_out(replace(made, id=DecisionId(f"click:{number}"), origin=origin))


async def done(office: Office, entry: Entry) -> list[str]:
    """Carries the entry out; what its person alone is told."""
    person = entries.origin(entry).person.id
    before = len(office.slack.ephemerals("#triage", person))
    await office.left(entry)
    async with office.carrying_on():
        await office.until_done()
    return [each.text for each in office.slack.ephemerals("#triage", person)][before:]


async def made(office: Office, change: Change = INTERESTED) -> tuple[ConversationId, Message]:
    """A conversation about which Ada decided this."""
    conversation, card = await office.shown()
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    return conversation, card


@pytest.mark.parametrize(
    ("change", "body", "line"),
    [
        (INTERESTED, {"aiTag": "not_now"}, "Ada undid “Interested”: back to Not now · tag cold"),
        (ClearAiTag(), {"aiTag": "not_now"},
         "Ada undid “clear the aiTag”: back to Not now · tag cold"),
        (MarkRead(), {"isRead": False},
         "Ada undid “mark as read”: unread again · Not now · tag cold"),
        (EditTags(("vip",), ("cold",)), {"tags": ["cold"]},
         "Ada undid “tags +vip -cold”: added the tag cold and removed the tag vip · Not now"
         " · tag cold"),
        (Several((INTERESTED, EditTags(("vip",)), MarkRead())),
         {"aiTag": "not_now", "tags": ["cold"], "isRead": False},
         "Ada undid “Interested, tag +vip and mark as read”: back to Not now, removed the tag vip"
         " and unread again · tag cold"),
    ],
)  # fmt: skip
async def test_an_undo_is_one_patch_with_only_what_the_decision_changed(
    office: Office, change: Change, body: dict[str, object], line: str
) -> None:
    conversation = replied(office)
    office.sendkit.inbox.set_tag(conversation, "not_now")
    office.sendkit.inbox.set_custom_tags(conversation, ["cold"])
    before = await office.bot.sendkit.conversation(conversation)
    card = await office.card(conversation)
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    assert await done(office, undo(conversation)) == []
    assert office.sendkit.patches[1].body == body
    assert len(office.sendkit.patches) == 2
    assert office.lines(card)[1] == line
    assert await office.bot.sendkit.conversation(conversation) == before
    outcome = await office.bot.ledger.outcome(conversation)
    assert outcome is not None
    assert isinstance(outcome.change, Revert)


async def test_an_undo_can_be_undone_and_names_the_other_person(office: Office) -> None:
    conversation, card = await made(office)
    await done(office, undo(conversation, person=BEN))
    await done(office, undo(conversation, of="click:2", number=3))
    await done(office, undo(conversation, of="click:3", number=4))
    assert [each.body["aiTag"] for each in office.sendkit.patches] == [
        *("interested", None, "interested", None)
    ]
    assert office.lines(card)[1:] == [
        "Ben undid Ada’s “Interested”: no aiTag again",
        "Ada undid Ben’s “undo”: back to Interested",
        "Ada undid “undo”: no aiTag again",
    ]


async def test_a_patch_of_an_undo_that_a_dead_process_made_is_not_repeated(
    office: Office,
) -> None:
    conversation, card = await made(office, EditTags(("vip",)))
    office.sendkit.inbox.set_custom_tags(conversation, [])
    assert await done(office, undo(conversation)) == []
    assert office.lines(card)[1] == "Ada undid “tag +vip”: removed the tag vip · no tags"
    assert len(office.sendkit.patches) == 1


async def test_a_patch_of_an_undo_that_a_dead_process_may_have_sent_is_waited_for(
    office: Office,
) -> None:
    conversation, card = await made(office)
    office.pauses.clear()
    assert await done(office, undo(conversation)) == []
    assert office.lines(card)[1] == "Ada undid “Interested”: no aiTag again"
    assert len(office.sendkit.patches) == 2
    (pause,) = office.pauses
    assert 0 < pause <= DEFAULT.settling


async def test_what_a_dead_process_changed_is_undone_to_what_the_card_showed(
    office: Office,
) -> None:
    """After the PATCH, SendKit no longer says what was there before it."""
    conversation = replied(office)
    office.sendkit.inbox.set_custom_tags(conversation, ["cold"])
    card = await office.card(conversation)
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 0)
    office.sendkit.inbox.set_custom_tags(conversation, ["cold", "vip"])
    office.sendkit.inbox.mark(conversation, read=True)
    change = Several((EditTags(("vip",)), MarkRead()))
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    await done(office, undo(conversation))
    assert [each.body for each in office.sendkit.patches] == [{"tags": ["cold"], "isRead": False}]


UNKNOWN = "I don’t know what was there before that decision. Decide again instead."


async def test_what_a_dead_process_changed_of_an_unknown_conversation_stays(
    office: Office,
) -> None:
    conversation = replied(office)
    office.sendkit.inbox.set_tag(conversation, "interested")
    card = await office.card(conversation)
    await office.carry_out(entries.carry_out(decided(conversation)), card)
    (told,) = await done(office, undo(conversation))
    assert told.startswith(UNKNOWN)
    assert office.sendkit.patches == []


async def test_a_decision_of_an_earlier_version_cannot_be_undone(office: Office) -> None:
    conversation, _ = await made(office)
    await office.bot.database.write(
        Statement("UPDATE decisions SET old_tags = NULL, old_unread = NULL, new_unread = NULL")
    )
    entry = undo(conversation)
    assert await done(office, entry) == [f"{UNKNOWN} ({entry.reference})"]
    assert len(office.sendkit.patches) == 1


async def test_a_decision_that_changed_nothing_of_what_it_touched_stays(office: Office) -> None:
    conversation, _ = await made(office)
    await office.bot.database.write(Statement("UPDATE decisions SET old_ai_tag = 'Interested'"))
    (told,) = await done(office, undo(conversation))
    assert told.startswith("That decision changed nothing in SendKit, so there is nothing to undo.")


async def test_only_the_last_decision_can_be_undone(office: Office) -> None:
    conversation, card = await made(office)
    second = decided(conversation, MarkRead())
    origin = replace(second.origin, person=BEN)
    await done(office, entries.carry_out(replace(second, id=DecisionId("click:2"), origin=origin)))
    for number, (person, who) in enumerate([(ADA, "Ben"), (BEN, "You")], 3):
        (told,) = await done(office, undo(conversation, number=number, person=person))
        assert told.startswith(f"{who} decided since: mark as read. I changed nothing. (")
    await done(office, undo(conversation, of="click:2", number=5))
    for number, (person, who) in enumerate([(BEN, "Ada has"), (ADA, "You have")], 6):
        (told,) = await done(office, undo(conversation, of="click:2", number=number, person=person))
        assert told.startswith(f"{who} undone that already.")
    assert len(office.lines(card)) == 3


async def test_a_decision_about_another_conversation_is_none_about_this_one(
    office: Office,
) -> None:
    conversation, _ = await made(office)
    other = ConversationId(office.sendkit.reply(office.lead(1), "Hello").id)
    await done(office, entries.carry_out(replace(decided(other), id=DecisionId("click:9"))))
    (told,) = await done(office, undo(conversation, of="click:9"))
    assert told.startswith("That decision has not changed SendKit")
    assert len(office.sendkit.patches) == 2


@pytest.mark.parametrize(("seconds", "is_late"), [(-60.0, False), (60.0, True)])
async def test_a_decision_can_be_undone_for_a_day(
    office: Office, seconds: float, is_late: bool
) -> None:
    conversation, _ = await made(office)
    at = time.time() - PERIOD_SECONDS - seconds
    await office.bot.database.write(Statement("UPDATE decisions SET at = :at", {"at": at}))
    told = await done(office, undo(conversation))
    late = ["That decision is more than a day old. Decide again instead."] if is_late else []
    assert [each.partition(" (")[0] for each in told] == late
    assert len(office.sendkit.patches) == 2 - is_late


@pytest.mark.parametrize(
    ("ai_tag", "tags", "why"),
    [
        ("not_now", ["vip"], "the aiTag is Not now"),
        (None, ["vip", "hot"], "it has the tags vip, hot"),
        ("not_now", ["vip", "hot"], "the aiTag is Not now and it has the tags vip, hot"),
        ("not_now", ["hot"], "the aiTag is Not now"),
    ],
)
async def test_what_sendkit_changed_since_stays(
    office: Office, ai_tag: str | None, tags: list[str], why: str
) -> None:
    conversation, _ = await made(office, Several((INTERESTED, EditTags(("vip",)))))
    office.sendkit.inbox.set_tag(conversation, ai_tag)
    office.sendkit.inbox.set_custom_tags(conversation, tags)
    entry = undo(conversation)
    assert await done(office, entry) == [
        f"Somebody changed this in SendKit since: {why}. I left it so. ({entry.reference})"
    ]
    assert len(office.sendkit.patches) == 1


async def test_tags_and_ai_tags_that_are_gone_since_are_told(office: Office) -> None:
    conversation = replied(office)
    office.sendkit.inbox.set_tag(conversation, "not_now")
    office.sendkit.inbox.set_custom_tags(conversation, ["cold"])
    card = await office.card(conversation)
    change = Several((INTERESTED, EditTags(("vip",))))
    await office.carry_out(entries.carry_out(decided(conversation, change)), card)
    office.sendkit.inbox.set_tag(conversation, None)
    office.sendkit.inbox.set_custom_tags(conversation, [])
    (told,) = await done(office, undo(conversation))
    assert told.startswith("Somebody changed this in SendKit since: there is no aiTag. I left")


async def test_an_undo_of_what_sendkit_undid_already_changes_nothing(office: Office) -> None:
    conversation, card = await made(office, Several((INTERESTED, MarkRead())))
    office.sendkit.inbox.set_tag(conversation, None)
    office.sendkit.inbox.mark(conversation, read=False)
    await office.bot.journal.start(office.bot.kinds)
    await office.bot.journal.write(undo(conversation))
    (told,) = await office.slack.until(lambda: office.slack.ephemerals("#triage"))
    await office.bot.journal.stop(5)
    assert told.text == "Jane Doe is already as before that decision. I changed nothing."
    assert len(office.sendkit.patches) == len(office.lines(card)) == 1


async def test_an_undo_does_not_mark_a_newer_reply_as_read(office: Office) -> None:
    conversation = replied(office)
    office.sendkit.inbox.mark(conversation, read=True)
    card = await office.card(conversation)
    await office.carry_out(entries.carry_out(decided(conversation, MarkUnread())), card)
    seen = await office.bot.sendkit.conversation(conversation)
    await office.bot.ledger.show_reply(conversation, seen.replied_at)
    office.sendkit.reply(office.lead(0), "One more question")
    entry = undo(conversation)
    (told,) = await done(office, entry)
    assert told.startswith("A newer reply has come in since, so I left the conversation unread.")
    assert len(office.sendkit.patches) == 1


async def test_an_undo_waits_until_sendkit_says_what_is_there(office: Office) -> None:
    """Without the current values, it could overwrite somebody's change."""
    conversation, card = await made(office)
    office.sendkit.faults.add(Fault(422, "Not now"), "GET", "/v1/inbox/*")
    await done(office, undo(conversation))
    assert office.lines(card)[1] == "Ada undid “Interested”: no aiTag again"


async def test_a_line_of_a_press_in_the_thread_stands_below_the_card(office: Office) -> None:
    conversation, card = await made(office)
    line = office.slack.thread(TRIAGE, card.ts)[-1]
    entry = undo(conversation)
    pressed = {**entry.payload["origin"], "message": line.ts, "thread": MessageTs(card.ts)}
    await done(office, replace(entry, payload={**entry.payload, "origin": pressed}))
    assert len(office.lines(card)) == 2
    assert [each.ts for each in await office.bot.ledger.cards(conversation)] == [card.ts]


WHERE = ("C0TRIAGE", "1764000000.000100", "U0ADA", "star")


def emoji(conversation: ConversationId, kind: str, at: str, change: Change) -> Entry:
    identity = entries.reaction(kind, *WHERE, at=at)
    made = decided(conversation, change)
    origin = replace(made.origin, message=MessageTs(WHERE[1]), door="emoji")
    return entries.carry_out(replace(made, id=DecisionId(identity), origin=origin))


def removed(conversation: ConversationId) -> Entry:
    added = entries.reaction(entries.REACTED, *WHERE, at="")
    return emoji(conversation, entries.UNREACTED, "3.5", Revert(DecisionId(added)))


async def test_an_emoji_is_taken_back_only_after_it_was_carried_out(office: Office) -> None:
    """It lets later decisions pass, as long as nothing is known about its person."""
    conversation = replied(office)
    added = emoji(conversation, entries.REACTED, "2.5", INTERESTED)
    await office.left(removed(conversation))
    await office.left(replace(added, lane=f"aside:{added.lane}"))
    later = {"due": time.time() + 3600, "id": added.id}
    sql = "UPDATE entries SET due_at = :due, begun = 0, attempts = 1 WHERE id = :id"
    await office.bot.database.write(Statement(sql, later))
    journal = await office.carry_on()
    assert await office.until_tried(0) == "open"
    await journal.stop(5)
    assert office.sendkit.patches == []


async def test_a_message_does_not_become_a_card_because_of_an_emoji(office: Office) -> None:
    """Its card was forgotten meanwhile."""
    conversation = replied(office)
    added = emoji(conversation, entries.REACTED, "2.5", INTERESTED)
    assert await done(office, added) == []
    (card,) = await office.bot.ledger.cards(conversation)
    assert card.ts != WHERE[1]
    assert office.slack.thread(TRIAGE, card.ts)[0].text == "Ada set Interested"


def test_reactions_of_one_person_with_one_emoji_are_alike() -> None:
    added = entries.reaction(entries.REACTED, *WHERE, at="1764000123.456789")
    gone = entries.reaction(entries.UNREACTED, *WHERE, at="1764000124.000001")
    assert entries.opposite(added) == entries.alike(gone)
    assert entries.opposite(gone) == entries.alike(added)
    assert added.startswith(entries.alike(added))
    assert entries.reacted_at(added) == 1764000123.456789
    assert entries.reacted_at(added) < entries.reacted_at(gone)
    assert entries.reacted_at(entries.alike(added)) == 0.0
