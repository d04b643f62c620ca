"""The bot's memory, in a real database."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.errors import DatabaseTrouble
from bot.journal import Entry
from bot.journal.attempt import WRITE, values_of
from bot.store import Database, Statement
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.store.sqlite import SqliteDatabase
from bot.triage import (
    AiTag,
    Card,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    DecisionId,
    EditTags,
    Folded,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Origin,
    Outcome,
    Person,
    Place,
    SetAiTag,
    UserId,
)
from tests import strategies

JANE = Conversation(
    id=ConversationId("c1"),
    lead=Lead("Jane@Example.com", "Jane Doe", "Acme Inc"),
    campaign="Q1 Outreach",
    ai_tag=AiTag("interested"),
    tags=("vip",),
    unread=True,
    words="Yes, please.",
    replied_at="2026-03-03T09:12:00.000Z",
)
ADA_PRESSED, BEN_PRESSED = (
    Origin(ChannelId("C1"), Person(UserId(user), "somebody"), MessageTs("1.1"), door="button")
    for user in ("U0ADA", "U0BEN")
)
BEN = Conversation(ConversationId("c2"), Lead("ben@example.com"), words="No.")
LINK = "https://acme.slack.com/archives/C1/p1"
NOW = 1_764_000_000.25

RECORDED = "id, person, name, change, at, tags, old_tags, old_unread, new_unread, door, answer"

# One database serves all examples: what is remembered is told apart by its id.
many = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


Recorder = Callable[..., Awaitable[None]]


@pytest.fixture
def record(database: Database, ledger: Ledger) -> Recorder:
    async def write(*made: Any) -> None:
        await database.write(*ledger.recording(*made))

    return write


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def outcome(identity: str, change: Change | None = None, **more: Any) -> Outcome:
    made = Outcome(
        decision=DecisionId(identity),
        conversation=JANE.id,
        person="Ada L.",
        change=change or SetAiTag(AiTag("interested")),
        at=NOW,
        old_ai_tag=None,
        new_ai_tag=AiTag("interested"),
        tags=("vip", "hot"),
    )
    return replace(made, **more)


def place(channel: str, ts: str) -> Place:
    return Place(ChannelId(channel), MessageTs(ts))


def whole(conversation: Conversation) -> bool:
    """No half characters in what is written as it is: SendKit's client lets none through."""
    try:
        f"{conversation.lead.email}{conversation.replied_at}".encode()
    except UnicodeEncodeError:
        return False
    return True


async def test_nothing_is_known_at_first(ledger: Ledger) -> None:
    assert await ledger.conversation(JANE.id) is None
    assert await ledger.outcome(JANE.id) is None
    for found in (
        await ledger.by_email("jane@example.com"),
        await ledger.newest(5),
        await ledger.cards(JANE.id),
        await ledger.at(place("C1", "1.1")),
    ):
        assert found == []


@many
@given(conversation=strategies.conversations.filter(whole))
async def test_a_conversation_comes_back_as_seen(
    ledger: Ledger, conversation: Conversation
) -> None:
    await ledger.remember(BEN, NOW)
    await ledger.remember(replace(BEN, id=conversation.id), NOW)
    await ledger.remember(conversation, NOW)
    assert await ledger.conversation(conversation.id) == conversation
    assert conversation in await ledger.by_email(conversation.lead.email)


async def test_a_failed_write_changes_nothing(ledger: Ledger, record: Recorder) -> None:
    await ledger.remember(JANE, NOW)
    with pytest.raises(DatabaseTrouble):
        await ledger.remember(replace(JANE, id=ConversationId("\ud83d")), NOW)
    with pytest.raises(DatabaseTrouble):
        await record(outcome("1"), ADA_PRESSED, JANE, replace(JANE, replied_at="\ud83d"))
    assert await ledger.conversation(JANE.id) == JANE
    assert await ledger.outcome(JANE.id) is None


async def test_a_lead_is_found_by_any_spelling_of_the_address_newest_first(ledger: Ledger) -> None:
    older = replace(JANE, id=ConversationId("c0"), lead=Lead("JANE@example.com"))
    await ledger.remember(JANE, NOW)
    await ledger.remember(older, NOW - 1)
    await ledger.remember(BEN, NOW + 1)
    for spelling in ("jane@example.com", "Jane@Example.com", "JANE@EXAMPLE.COM"):
        assert await ledger.by_email(spelling) == [JANE, older]
    assert await ledger.by_email("jane@example") == []
    assert await ledger.by_email("%") == []


async def test_a_lead_with_a_new_address_is_found_by_that_one_only(ledger: Ledger) -> None:
    moved = replace(JANE, lead=Lead("jane@elsewhere.example"))
    await ledger.remember(JANE, NOW)
    await ledger.remember(moved, NOW + 1)
    assert await ledger.by_email("jane@example.com") == []
    assert await ledger.by_email("jane@elsewhere.example") == [moved]


async def test_the_newest_are_those_that_were_seen_last(ledger: Ledger) -> None:
    seen = [replace(BEN, id=ConversationId(f"c{number}")) for number in range(5)]
    for number, conversation in enumerate(seen):
        await ledger.remember(conversation, NOW + number)
    assert await ledger.newest(2) == [seen[4], seen[3]]
    assert await ledger.newest(9) == seen[::-1]
    await ledger.remember(seen[0], NOW + 9)
    assert await ledger.newest(2) == [seen[0], seen[4]]


@pytest.mark.parametrize(
    ("change", "old", "new", "tags"),
    [
        (SetAiTag(AiTag("Meeting Request")), None, AiTag("Meeting Request"), ()),
        (ClearAiTag(), AiTag("interested"), None, ("vip",)),
        (MarkRead(), AiTag("interested"), AiTag("interested"), ("vip", "hot")),
        (MarkUnread(), None, None, ("“vip”", "☎")),
        (EditTags(("a", "b"), ("c",)), None, None, ("a", "b")),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_outcome_comes_back_as_it_was(
    ledger: Ledger,
    record: Recorder,
    change: Change,
    old: AiTag | None,
    new: AiTag | None,
    tags: tuple[str, ...],
) -> None:
    made = outcome("1", change, old_ai_tag=old, new_ai_tag=new, tags=tags)
    await record(made, ADA_PRESSED, JANE, JANE)
    assert await ledger.outcome(JANE.id) == made
    assert await ledger.outcome(BEN.id) is None


async def test_the_outcome_is_the_one_recorded_last(ledger: Ledger, record: Recorder) -> None:
    """Whatever its time says: a decision that waited comes after those that did not."""
    await record(outcome("2", MarkRead()), ADA_PRESSED, JANE, JANE)
    await record(outcome("1", MarkUnread(), at=NOW - 60), BEN_PRESSED, JANE, JANE)
    await record(outcome("3", conversation=BEN.id), BEN_PRESSED, BEN, BEN)
    found = await ledger.outcome(JANE.id)
    assert found is not None
    assert found.decision == "1"


async def test_a_decision_stands_in_the_audit_once_and_as_it_was_first(
    ledger: Ledger, database: Database, record: Recorder
) -> None:
    await record(outcome("1", MarkRead()), ADA_PRESSED, JANE, JANE, '{"aiTag": "hot"}')
    changed = replace(JANE, unread=False)
    await record(outcome("1", MarkRead(), person="Somebody"), BEN_PRESSED, JANE, changed)
    assert await database.read(f"SELECT {RECORDED} FROM decisions") == [
        {
            "id": "1",
            "person": "U0ADA",
            "name": "Ada L.",
            "change": '{"markRead": true}',
            "at": NOW,
            "tags": '["vip", "hot"]',
            "old_tags": '["vip"]',
            "old_unread": 1,
            "new_unread": 1,
            "door": "button",
            "answer": '{"aiTag": "hot"}',
        }
    ]
    assert await ledger.conversation(JANE.id) == changed


async def test_a_decision_and_what_it_left_are_recorded_together_or_not_at_all(
    ledger: Ledger, database: Database, record: Recorder
) -> None:
    await ledger.remember(JANE, NOW)
    await database.write(Statement("ALTER TABLE conversations RENAME COLUMN snapshot TO gone"))
    with pytest.raises(DatabaseTrouble):
        await record(outcome("1"), ADA_PRESSED, JANE, replace(JANE, unread=False))
    await database.write(Statement("ALTER TABLE conversations RENAME COLUMN gone TO snapshot"))
    assert await ledger.outcome(JANE.id) is None
    assert await ledger.conversation(JANE.id) == JANE


async def test_cards_are_kept_one_for_each_channel_the_oldest_first(ledger: Ledger) -> None:
    here, there = place("C1", "1764000000.000100"), place("C2", "1763000000.000100")
    await ledger.place(JANE.id, here, NOW)
    await ledger.place(JANE.id, there, NOW - 1)
    await ledger.place(BEN.id, place("C1", "1764000000.000200"), NOW)
    assert await ledger.cards(JANE.id) == [there, here]
    newer = place("C2", "1765000000.000100")
    await ledger.place(JANE.id, newer, NOW + 1)
    assert await ledger.cards(JANE.id) == [here, newer]
    assert await ledger.at(newer) == [JANE.id]


async def test_a_folded_card_is_found_from_the_card_after_it(ledger: Ledger) -> None:
    first, second, third = (place("C1", f"1.{each}") for each in range(3))
    elsewhere = place("C2", "1.0")
    await ledger.remember(JANE, NOW)
    for each in (first, elsewhere, second, third):
        await ledger.place(JANE.id, each, NOW)
    await ledger.fold(JANE.id, second, Folded(LINK, "Yes."))
    assert await ledger.folded_before(third) == [(JANE.id, second)]
    assert await ledger.folded_before(second) == [(JANE.id, first)]
    assert await ledger.folded_before(first) == []
    assert await ledger.folded_before(elsewhere) == []
    await ledger.relink(JANE.id, second, "")
    (shown,) = await ledger.shown(second)
    assert shown.folded == Folded("", "Yes.")


async def test_only_decisions_count_behind_one(ledger: Ledger, database: Database) -> None:
    lane = f"conversation:{JANE.id}"
    kinds = ["carry_out", "announce", "carry_out", "show", "command"]
    for number, kind in enumerate(kinds):
        entry = Entry(str(number), kind, lane, {})
        await database.write(Statement(WRITE, values_of(entry, NOW, begun=False)))
    assert await ledger.decisions_behind("0") == 2
    assert await ledger.decisions_behind("4") == 0


async def test_the_card_before_a_newer_one_is_folded(ledger: Ledger) -> None:
    old, new = place("C1", "1.1"), place("C1", "1.2")
    await ledger.remember(JANE, NOW)
    for conversation in (JANE, BEN):
        await ledger.place(conversation.id, old, NOW, "a rule")
    await ledger.place(JANE.id, new, NOW + 1, "another rule", LINK)
    assert await ledger.cards(JANE.id) == [new]
    assert await ledger.at(old) == [JANE.id, BEN.id]
    folded = [[each.folded for each in await ledger.posted(who.id)] for who in (JANE, BEN)]
    assert folded == [[True, False], [False]]
    await ledger.fold(JANE.id, old, Folded(LINK, "Yes."))
    jane, ben = await ledger.shown(old)
    assert (jane.folded, ben.folded) == (Folded(LINK, "Yes."), None)
    (shown,) = await ledger.shown(new)
    assert (shown.conversation, shown.earlier, shown.folded) == (JANE, LINK, None)
    await ledger.forget_card(old)
    assert await ledger.at(old) == []


async def test_a_person_saw_the_reply_of_their_message(ledger: Ledger, database: Database) -> None:
    old, new = place("C1", "1.1"), place("C1", "1.2")

    async def seen(conversation: Conversation, origin: Origin) -> str:
        posted = await ledger.posted(conversation.id)
        return await ledger.reply_seen(conversation.id, origin, posted)

    typed = replace(ADA_PRESSED, message=None, door="command")
    listed = replace(ADA_PRESSED, private=True, listed="000000000001-0123456789ab")
    assert await seen(JANE, ADA_PRESSED) == ""
    await ledger.place(JANE.id, old, NOW, replied_at="2026-03-03")
    assert await seen(JANE, ADA_PRESSED) == "2026-03-03"
    await ledger.place(JANE.id, new, NOW + 1, replied_at="2026-03-04")
    assert await seen(JANE, ADA_PRESSED) == "2026-03-03"
    assert await seen(JANE, typed) == "2026-03-04"
    assert await seen(JANE, listed) == ""
    rows = [{"id": BEN.id, "replied_at": "x"}, {"id": JANE.id, "replied_at": "y"}]
    await Channels(database).keep_list(listed.listed, json.dumps({"rows": rows}))
    assert await seen(JANE, listed) == "y"
    await ledger.show_reply(JANE.id, "2026-03-05")
    assert await seen(JANE, typed) == "2026-03-05"
    assert await seen(BEN, typed) == ""


async def test_a_message_may_be_the_card_of_several_conversations(ledger: Ledger) -> None:
    shared, own = place("C1", "1.1"), place("C2", "1.1")
    for conversation in (JANE, BEN):
        await ledger.place(conversation.id, shared, NOW)
    await ledger.place(BEN.id, own, NOW + 1)
    assert await ledger.at(shared) == [JANE.id, BEN.id]
    await ledger.forget_card(shared)
    assert await ledger.at(shared) == []
    assert await ledger.cards(JANE.id) == []
    assert await ledger.cards(BEN.id) == [own]


async def test_a_messages_cards_show_what_is_known(ledger: Ledger, record: Recorder) -> None:
    shared, nobody = place("C1", "1.1"), ConversationId("c0")
    for identity in (JANE.id, BEN.id, nobody):
        await ledger.place(identity, shared, NOW)
    await ledger.remember(BEN, NOW)
    await record(outcome("1", MarkRead()), ADA_PRESSED, JANE, JANE)
    await record(outcome("2"), BEN_PRESSED, JANE, replace(JANE, unread=False))
    assert await ledger.shown(shared) == [
        Card(replace(JANE, unread=False), outcome("2")),
        Card(BEN),
        Card(Conversation(nobody, Lead(""))),
    ]
    assert await ledger.shown(place("C2", "1.1")) == []


async def test_forgetting_a_card_that_is_not_known_is_no_trouble(ledger: Ledger) -> None:
    await ledger.place(JANE.id, place("C1", "1.1"), NOW)
    await ledger.forget_card(place("C1", "1.2"))
    await ledger.forget_card(place("C2", "1.1"))
    assert await ledger.cards(JANE.id) == [place("C1", "1.1")]


async def test_all_is_there_after_a_restart(tmp_path: Path) -> None:
    path, card = tmp_path / "triage.db", place("C1", "1.1")
    async with SqliteDatabase(path) as database:
        ledger = Ledger(database)
        await database.write(*ledger.recording(outcome("1"), ADA_PRESSED, JANE, JANE))
        await ledger.place(JANE.id, card, NOW)
    async with SqliteDatabase(path) as database:
        ledger = Ledger(database)
        assert await ledger.conversation(JANE.id) == JANE
        assert await ledger.outcome(JANE.id) == outcome("1")
        assert await ledger.cards(JANE.id) == [card]


async def test_every_question_has_its_index(tmp_path: Path) -> None:
    async with SqliteDatabase(tmp_path / "triage.db"):
        connection = sqlite3.connect(tmp_path / "triage.db")
        for question in (
            "conversations WHERE email = ''",
            "conversations WHERE id = ''",
            "cards WHERE conversation = ''",
            "cards WHERE channel = '' AND ts = ''",
            "decisions WHERE conversation = '' ORDER BY seq DESC",
            "entries WHERE lane = '' ORDER BY seq DESC",
            "entries WHERE state = 'open' ORDER BY seq",
        ):
            plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {question}").fetchall()
            assert len(plan) == 1, question
            assert "USING INDEX" in plan[0][-1], question
        connection.close()
