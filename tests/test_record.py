"""The record of decisions that were carried out, and of those that wait."""

from dataclasses import replace
from typing import Any

import pytest

from bot import entries
from bot.journal import Entry
from bot.journal.attempt import WRITE, values_of
from bot.store import Database, Statement
from bot.store.ledger import Ledger
from bot.store.owners import OwnerChange, Owners
from bot.store.record import Decided, Record
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    Lead,
    MarkRead,
    MessageTs,
    Origin,
    Person,
    Place,
    Recorded,
    Revert,
    Seen,
    SetAiTag,
    UserId,
)
from tests.view_asserts import AT, JANE, changed, outcome

ADA, BEN = (Person(UserId(user), user) for user in ("U0ADA", "U0BEN"))
HOT = SetAiTag(AiTag("hot"))


def origin(person: Person) -> Origin:
    return Origin(ChannelId("C1"), person, MessageTs("1.1"), door="button")


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


async def made(
    database: Database,
    identity: str,
    change: Change = HOT,
    person: Person = ADA,
    before: Conversation | None = JANE,
    **more: Any,
) -> Recorded:
    """A decision that was carried out; what the record should say of it."""
    done = replace(outcome(change), decision=DecisionId(identity), person=person.handle, **more)
    now = change.after(changed(tags=done.tags))
    await database.write(*Ledger(database).recording(done, origin(person), before, now))
    seen = None if before is None else Seen(done.old_ai_tag, before.tags, before.unread)
    after = Seen(done.new_ai_tag, done.tags, now.unread)
    return Recorded(done, person.id, "button", seen, after)


async def waits(
    database: Database, identity: str, change: Change = HOT, person: Person = ADA, at: float = AT
) -> Decision:
    decision = Decision(DecisionId(identity), JANE.id, change, origin(person), at)
    await put(database, entries.carry_out(decision))
    return decision


async def put(database: Database, entry: Entry) -> None:
    await database.write(Statement(WRITE, values_of(entry, AT, begun=False)))


def decided(recorded: Recorded) -> Decided:
    done = recorded.outcome
    return Decided(done.decision, done.conversation, done.change, done.at)


async def test_a_decision_comes_back_with_what_was_before_and_after_it(
    database: Database, record: Record
) -> None:
    first = await made(database, "1", MarkRead(), old_ai_tag=AiTag("cold"))
    unknown = await made(database, "2", before=None)
    assert first.before == Seen(AiTag("cold"), ("vip", "hot"), unread=True)
    assert first.after == Seen(AiTag("hot"), ("vip",))
    assert await record.get(DecisionId("1")) == first
    assert await record.get(DecisionId("2")) == unknown
    assert await record.get(DecisionId("3")) is None
    assert await record.last(JANE.id) == unknown
    assert await record.last(ConversationId("c2")) is None


async def test_a_decision_of_an_earlier_version_has_nothing_before_it(
    database: Database, record: Record
) -> None:
    first = await made(database, "1")
    sql = "UPDATE decisions SET old_tags = NULL, old_unread = NULL, new_unread = NULL, door = ''"
    await database.write(Statement(sql))
    after = Seen(AiTag("hot"), ("vip",))
    assert await record.get(DecisionId("1")) == replace(first, before=None, after=after, door="")


async def test_an_undo_says_whose_decision_it_took_back(database: Database, record: Record) -> None:
    await made(database, "1", person=BEN)
    for number, (person, undone) in enumerate([(ADA, "U0BEN"), (ADA, ""), (BEN, "U0ADA")], 1):
        change = Revert(DecisionId(f"{number}"), (ClearAiTag(),), HOT)
        await made(database, f"{number + 1}", change, person, undone="anything")
        found = await record.last(JANE.id)
        assert found is not None
        assert (found.outcome.change, found.outcome.undone) == (change, undone)
        shown = await Ledger(database).outcome(JANE.id)
        assert shown == found.outcome


async def test_the_newest_decision_about_a_conversation_may_still_wait(
    database: Database, record: Record
) -> None:
    assert await record.newest(JANE.id) is None
    first = await made(database, "1")
    assert await record.newest(JANE.id) == decided(first)
    await waits(database, "2", MarkRead())
    await waits(database, "3", ClearAiTag())
    await put(database, entries.show("4", JANE.id, origin(ADA)))
    assert await record.newest(JANE.id) == Decided(DecisionId("3"), JANE.id, ClearAiTag(), AT)


async def test_a_person_s_newest_decision_is_the_last_one_they_made_anywhere(
    database: Database, record: Record
) -> None:
    assert await record.newest_of(ADA.id, 0) is None
    await made(database, "2", at=AT + 2, conversation=ConversationId("c2"))
    await made(database, "1", at=AT + 1)
    await made(database, "3", at=AT + 3, person=BEN)
    newest = await record.newest_of(ADA.id, AT)
    assert newest is not None
    assert (newest.id, newest.conversation) == ("2", "c2")
    assert await record.newest_of(ADA.id, AT + 2.5) is None
    await waits(database, "4", MarkRead(), person=BEN, at=AT + 9)
    await waits(database, "5", MarkRead(), at=AT + 1.5)
    assert await record.newest_of(ADA.id, AT) == newest
    waiting = await waits(database, "6", at=AT + 4)
    assert await record.newest_of(ADA.id, AT) == Decided(waiting.id, JANE.id, HOT, AT + 4)


async def test_decisions_wait_in_the_order_in_which_they_were_written(
    database: Database, record: Record
) -> None:
    lane = entries.lane_of(JANE.id)
    first = await waits(database, "1")
    second = await waits(database, "2", Revert(DecisionId("1")), BEN)
    await put(database, entries.show("3", JANE.id, origin(ADA)))
    third = await waits(database, "4", MarkRead())
    assert await record.waiting(lane) == [first, second, third]
    assert await record.waiting(lane, behind="1") == [second, third]
    assert await record.waiting(lane, behind="4") == []
    await database.write(Statement("UPDATE entries SET state = 'done', payload = ''"))
    assert await record.waiting(lane) == []


async def test_conversations_are_found_by_words_of_their_lead(database: Database) -> None:
    ledger = Ledger(database)
    leads = [
        Lead("jane@acme.example", "Jane Müller", "Straße & Söhne"),
        Lead("bob_1@acme.example", "Bob", "Acme 100%"),
        Lead("wei@x.y", "张伟", "ACME"),
        Lead("x@x.y", 'Joe "Quote" \\ Smith', ""),
    ]
    for number, lead in enumerate(leads):
        each = changed(id=ConversationId(f"c{number}"), lead=lead, replied_at=f"2026-01-0{number}")
        await ledger.remember(replace(each, words="jane bob everywhere"), AT)

    async def found(*words: str, most: int = 9) -> list[str]:
        return [each.id for each in await ledger.search(words, most)]

    assert await found("acme") == ["c2", "c1", "c0"]
    assert await found("acme", most=2) == ["c2", "c1"]
    assert await found("jane", "müller") == ["c0"]
    assert await found("strasse") == ["c0"]
    assert await found("ss") == ["c0"]
    assert await found("张伟") == ["c2"]
    assert await found("100%") == ["c1"]
    assert await found("b_1") == ["c1"]
    assert await found('"quote"', "\\") == ["c3"]
    assert await found("everywhere") == []
    assert await found() == ["c3", "c2", "c1", "c0"]
    assert await found("%") == ["c1"]
    assert await found(*["acme", "wei"] * 700) == ["c2"]
    assert await found("acme", *(f"w{number}" for number in range(1200))) == []
    # What an older version of the bot wrote beside this one.
    await database.write(Statement("UPDATE conversations SET lead = '', filled_at = -1"))
    assert await found("acme", "wei") == ["c2"]


async def test_a_search_goes_on_until_it_has_found_enough(database: Database) -> None:
    """More conversations than are read at a time mention the word without being meant."""
    known = []
    for number in range(450):
        lead = Lead("x@x.y", "Acme" if number % 200 == 7 else "")
        known.append(Conversation(ConversationId(f"c{number:03}"), lead, campaign="acme"))
    await Ledger(database).remember_all(known, AT)
    found = await Ledger(database).search(["acme"], 9)
    assert [each.id for each in found] == ["c407", "c207", "c007"]
    # What an older version of the bot wrote is read a portion at a time.
    await database.write(Statement("UPDATE conversations SET filled_at = -1"))
    assert await Ledger(database).search(["acme"], 9) == found
    assert await Ledger(database).search(["acme"], 2) == found[:2]


async def test_a_person_takes_back_what_stands_and_is_no_undo(
    database: Database, record: Record
) -> None:
    assert await record.to_undo(ADA.id, 0) is None
    first = await made(database, "1", at=AT)
    await made(database, "2", MarkRead(), at=AT + 1)
    await made(database, "3", at=AT + 9, person=BEN, conversation=ConversationId("c2"))
    await made(database, "4", Revert(DecisionId("2")), at=AT + 2)
    assert await record.to_undo(ADA.id, 0) == decided(first)
    assert await record.to_undo(ADA.id, AT + 1) is None
    assert await record.standing(JANE.id) == "1"
    await waits(database, "5", MarkRead(), at=AT + 3)
    assert await record.to_undo(ADA.id, 0) == Decided(DecisionId("5"), JANE.id, MarkRead(), AT + 3)
    await waits(database, "6", Revert(DecisionId("5")), person=BEN, at=AT + 4)
    assert await record.to_undo(ADA.id, 0) == decided(first)
    await waits(database, "7", Revert(DecisionId("1")), at=AT + 5)
    assert await record.to_undo(ADA.id, 0) is None
    assert await record.standing(ConversationId("c9")) is None


async def test_the_log_has_the_newest_decisions_first_and_goes_on(
    database: Database, record: Record
) -> None:
    ledger = Ledger(database)
    other = ConversationId("c2")
    first = await made(database, "1", at=AT)
    second = await made(database, "2", MarkRead(), BEN, at=AT + 1)
    third = await made(database, "3", at=AT + 2, conversation=other)
    late = await made(database, "4", at=AT + 0.5)
    await database.write(Statement("DELETE FROM conversations WHERE id = 'c2'"))
    await ledger.place(other, Place(ChannelId("C1"), MessageTs("1.0")), AT)
    await ledger.place(other, Place(ChannelId("C2"), MessageTs("1.1")), AT)

    async def log(most: int = 9, **about: Any) -> list[Recorded]:
        return [each.recorded for each in await record.log(most, **about)]

    assert await log() == [third, second, late, first]
    assert await log(2) == [third, second]
    assert await log(before=DecisionId("2")) == [late, first]
    assert await log(before=DecisionId("x")) == []
    assert await log(about=[JANE.id]) == [second, late, first]
    assert await log(about=[JANE.id, other], before=DecisionId("3")) == [second, late, first]
    assert await log(channel=ChannelId("C1")) == [third]
    assert await log(channel=ChannelId("C3")) == []
    await ledger.place(JANE.id, Place(ChannelId("C1"), MessageTs("1.1")), AT)
    await ledger.place(JANE.id, Place(ChannelId("C1"), MessageTs("1.2")), AT)
    assert await log(channel=ChannelId("C1")) == [third, second, late, first]
    for number, who in ((1, "U0ADA"), (2, "U0BEN"), (3, "")):
        at, owner, by = second.outcome.at, UserId(who), UserId("U0ADA")
        change = OwnerChange(id=f"own{number}", conversation=JANE.id, owner=owner, at=at, person=by)
        await Owners(database).change(change, {UserId("U0ADA"): "Ada"})
    owned = await record.owners(9)
    assert [(each.id, each.by, each.before, each.owner) for each in owned] == [
        ("own3", ("U0ADA", "Ada"), ("U0BEN", ""), ("", "")),
        ("own2", ("U0ADA", "Ada"), ("U0ADA", "Ada"), ("U0BEN", "")),
        ("own1", ("U0ADA", "Ada"), ("", ""), ("U0ADA", "Ada")),
    ]
    assert await record.owners(9, before=DecisionId("2")) == owned
    assert await record.owners(9, before=DecisionId("own2")) == owned[2:]
    assert await record.owners(9, before=DecisionId("4")) == []
    assert await record.owners(9, channel=ChannelId("C3")) == []
    assert await record.owners(1, about=[JANE.id]) == owned[:1]
    assert await log(before=DecisionId("own1")) == [late, first]
    found = await record.log(9)
    assert [each.is_last for each in found] == [True, False, True, False]
    assert [each.conversation.lead.label for each in found] == ["Unknown lead", *["Jane Doe"] * 3]
