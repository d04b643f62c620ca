"""Conversations that are put off: what the database keeps, and how they come back."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import later_entries
from bot.codec import encode
from bot.journal import Entry
from bot.later import Until
from bot.later_entries import Due, Wish
from bot.news import TRIES
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store import Database, Statement
from bot.store.columns import fill
from bot.store.home import HomeStore
from bot.store.laters import Laters, PuttingOff
from bot.store.ledger import Ledger
from bot.store.owners import OwnerChange, Owners
from bot.store.people import PeopleStore
from bot.triage import (
    AiTag,
    ChannelId,
    Conversation,
    ConversationId,
    DecisionId,
    MessageTs,
    Origin,
    Outcome,
    Place,
    SetAiTag,
    Turn,
    UserId,
)
from tests.office import ADA, SOON, TRIAGE, Office, opened
from tests.view_asserts import AT, JANE, changed, outcome

BEN = UserId("U0BEN")
FIRST, SECOND = "2025-11-24T15:00:00.000Z", "2025-11-24T16:30:00.000Z"
OURS, THEIRS = Turn(True, AT - 3600), Turn(False, AT - 7200)
PUT_OFF = PuttingOff(
    id="click:1",
    conversation=JANE.id,
    until=AT + 60,
    person=ADA.id,
    channel=TRIAGE,
    replied_at=FIRST,
    at=AT,
)


def seen(**fields: Any) -> Conversation:
    return changed(**{"replied_at": FIRST, "turn": OURS, **fields})


async def put_off(database: Database, before: Conversation, **more: Any) -> Laters:
    laters = Laters(database)
    await Ledger(database).remember(before, AT - 10)
    await laters.put_off(replace(PUT_OFF, **more), "Ada")
    return laters


async def until(database: Database) -> float | None:
    """Until when it is put off; on its card, too."""
    delay = await Laters(database).delay(JANE.id)
    assert delay is not None
    shown = (await Ledger(database).card(JANE)).later
    assert shown == (None if delay.until is None else Until(delay.until, "Ada"))
    return delay.until


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ({}, {}, False),
        ({}, {"unread": False}, False),
        ({}, {"ai_tag": AiTag("Meeting Request")}, False),
        ({}, {"ai_tag": AiTag("Not Interested")}, True),
        ({"ai_tag": AiTag("Not Interested")}, {"ai_tag": AiTag("Not Interested")}, False),
        ({}, {"turn": THEIRS}, True),
        ({}, {"turn": None}, False),
        ({}, {"replied_at": SECOND}, True),
        ({}, {"replied_at": SECOND, "turn": None}, True),
        ({}, {"replied_at": SECOND, "auto_reply": True}, False),
        ({"turn": THEIRS}, {"turn": THEIRS}, False),
        ({"turn": THEIRS}, {"turn": Turn(True, AT + 5)}, True),
        ({"turn": None}, {"turn": OURS}, False),
        ({"turn": None}, {"turn": THEIRS}, False),
        ({"turn": None}, {"turn": Turn(False, AT + 5)}, True),
    ],
)
async def test_new_mail_ends_it_and_little_else(
    database: Database, before: dict[str, Any], after: dict[str, Any], ends: bool
) -> None:
    await put_off(database, seen(**before))
    assert await until(database) == AT + 60
    await Ledger(database).remember(seen(**before | after), AT + 10)
    assert await until(database) == (None if ends else AT + 60)


async def test_our_answer_alone_ends_it_and_so_does_what_an_older_version_stored(
    database: Database,
) -> None:
    laters, ledger = await put_off(database, seen()), Ledger(database)
    await ledger.turned(JANE.id, Turn(False, AT + 5), AT - 10, AT + 10)
    assert await until(database) is None
    await laters.put_off(replace(PUT_OFF, id="click:2", at=AT + 20), "Ada")
    assert await until(database) == AT + 60
    newer = seen(replied_at=SECOND)
    sql = "UPDATE conversations SET snapshot = :snapshot, replied_at = :at, seen_at = 7"
    values = {"snapshot": json.dumps(encode(newer)), "at": SECOND}
    await database.write(Statement(sql, values))
    await fill(database)
    assert await until(database) is None


async def test_a_repeat_changes_nothing_and_the_newest_wish_counts(database: Database) -> None:
    laters = await put_off(database, seen())
    assert await laters.end(JANE.id, AT - 1) is False, "it was asked for before"
    assert await laters.end(JANE.id, AT + 1) is True
    assert await laters.end(JANE.id, AT + 1) is False
    await laters.put_off(PUT_OFF, "Ada")
    assert await until(database) is None
    await laters.put_off(replace(PUT_OFF, id="click:2", at=AT + 5, until=AT + 99), "")
    await laters.put_off(replace(PUT_OFF, id="click:3", at=AT + 2), "Ada")
    assert await until(database) == AT + 99
    unseen = replace(PUT_OFF, id="click:4", at=AT + 9, replied_at="2025-11-24T14:00:00.000Z")
    await laters.put_off(unseen, "Ada")
    assert await until(database) == AT + 99
    assert await laters.delay(ConversationId("none")) is None


async def test_it_comes_back_once_and_is_handled_by_a_decision(database: Database) -> None:
    laters, ledger = await put_off(database, seen(turn=THEIRS)), Ledger(database)
    assert await laters.due(AT + 59) == []
    assert await laters.due(AT + 60) == [(JANE.id, "click:1", AT + 60)]
    other = laters.coming_back(JANE.id, "click:0", AT + 61)
    coming = laters.coming_back(JANE.id, "click:1", AT + 61)
    assert await database.write(other, coming, coming) == [0, 1, 0]
    assert await laters.due(AT + 99) == []
    made = Outcome(**{**encode_fields(outcome(SetAiTag(AiTag("hot")))), "at": AT + 60})
    origin = Origin(TRIAGE, ADA)
    await database.write(*ledger.recording(made, origin, None, seen(turn=THEIRS)))
    assert await back_at(database) == AT + 61, "it was decided before"
    later = replace(made, at=AT + 62)
    await database.write(*ledger.recording(later, origin, None, seen(turn=THEIRS)))
    assert await back_at(database) is None


def encode_fields(made: Outcome) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__slots__}


async def back_at(database: Database) -> float | None:
    (row,) = await database.read("SELECT back_at FROM conversations")
    return row["back_at"]  # type: ignore[no-any-return]


async def test_what_is_put_off_is_not_among_a_persons_own_that_wait(database: Database) -> None:
    await put_off(database, seen())
    owners = Owners(database)
    change = OwnerChange(id="own", conversation=JANE.id, owner=ADA.id, at=AT)
    await owners.change(change, {ADA.id: "Ada"})
    assert await owners.number(ADA.id) == 1
    assert (await HomeStore(database).counts(ADA.id, AT)).mine == 0


def test_entries_keep_their_form() -> None:
    """Frozen: an older version of the bot may have written them."""
    wish = Wish(JANE.id, "tomorrow 9:00", Origin(TRIAGE, ADA))
    entry = later_entries.put_off("click:1", wish)
    origin = {
        "channel": "C0TRIAGE",
        "person": {"id": "U0ADA", "handle": "ada"},
        "message": None,
        "thread": None,
        "private": False,
        "response_url": None,
    }
    payload = {"conversation": JANE.id, "until": "tomorrow 9:00", "origin": origin, "zone": ""}
    assert entry == Entry(
        "click:1", "later", f"later:{JANE.id}", payload, dedup_key="U0ADA tomorrow 9:00"
    )
    del payload["zone"]
    assert later_entries.wanted_in(replace(entry, payload=payload)) == wish
    back = later_entries.back(Due(JANE.id, "click:1"), 7.5)
    payload = {"conversation": JANE.id, "which": "click:1"}
    assert back == Entry("back:click:1", "back", "back:click:1", payload, not_before=7.5)
    assert later_entries.due_in(back) == Due(JANE.id, "click:1")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, SOON) as office:
        yield office


async def known(office: Office) -> tuple[Conversation, Message]:
    """A conversation that waits for us, and its card."""
    identity, card = await office.shown()
    now = await office.bot.sendkit.conversation(identity)
    await office.bot.ledger.remember(now, AT)
    return now, card


async def due(office: Office, **more: Any) -> tuple[Conversation, Message, Entry]:
    """The same, put off until a moment ago."""
    now, card = await known(office)
    wanted = replace(PUT_OFF, conversation=now.id, replied_at=now.replied_at, until=AT, **more)
    await Laters(office.bot.database).put_off(wanted, "Ada")
    return now, card, later_entries.back(Due(now.id, wanted.id), AT)


def wish(conversation: Conversation, said: str, **more: Any) -> Entry:
    where = replace(Origin(TRIAGE, ADA, door="command"), **more)
    return later_entries.put_off("click:2", Wish(conversation.id, said, where))


def told(office: Office) -> list[str]:
    return [each.text for each in office.slack.ephemerals("#triage", ADA.id)]


async def test_a_wish_is_carried_out_and_the_card_shows_it(office: Office) -> None:
    now, card = await known(office)
    async with office.at_work():
        await office.bot.journal.write(wish(now, "2099-03-16 10:00"))
    assert (
        "Later: until 2099-03-16 09:00 UTC, set by Ada."
        in office.slack.message(TRIAGE, card.ts).text
    )
    assert told(office) == ["The conversation with Jane Doe comes back 2099-03-16 09:00 UTC."]
    assert office.lines(card) == []


@pytest.mark.parametrize("was", [True, False])
async def test_it_is_ended_on_request(office: Office, was: bool) -> None:
    now, card, _ = await due(office)
    if not was:
        await Laters(office.bot.database).end(now.id, AT)
    async with office.at_work():
        await office.bot.journal.write(wish(now, ""))
    assert "Later" not in office.slack.message(TRIAGE, card.ts).text
    said = "is back: it is put off no longer." if was else "is not put off."
    assert told(office)[0].startswith(f"The conversation with Jane Doe {said}")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("2020-01-01", "I can’t read that time, or it has passed."),
        ("soon", "I can’t read that time, or it has passed."),
    ],
)
async def test_a_time_that_is_none_is_answered(office: Office, said: str, answer: str) -> None:
    now, _ = await known(office)
    async with office.at_work():
        await office.bot.journal.write(wish(now, said))
    assert told(office)[0].startswith(answer)
    assert (await Laters(office.bot.database).delay(now.id)).until is None  # type: ignore[union-attr]


async def test_a_press_on_the_card_of_an_earlier_reply_is_refused(office: Office) -> None:
    now, card = await known(office)
    await office.bot.ledger.show_reply(now.id, "2000-01-01T00:00:00.000Z")
    async with office.at_work():
        pressed = MessageTs(card.ts)
        await office.bot.journal.write(wish(now, "1h", message=pressed, door="button"))
    assert told(office)[0].startswith("A newer reply has come in since")


async def test_a_lead_who_writes_at_this_moment_is_not_put_off(office: Office) -> None:
    now, _ = await known(office)
    # The name is noted just before, in the same transaction.
    written = "UPDATE conversations SET replied_at = '2099-01-01T00:00:00.000Z'"
    trigger = f"CREATE TRIGGER writes AFTER INSERT ON people BEGIN {written}; END"
    await office.bot.database.write(Statement(trigger))
    async with office.at_work():
        await office.bot.journal.write(wish(now, "1h"))
    assert told(office)[0].startswith("A newer reply has come in since")


async def test_home_is_drawn_again_for_a_person_who_pressed_there(office: Office) -> None:
    now, _ = await known(office)
    pressed = {"channel": ChannelId(ADA.id), "private": True, "listed": f"home.{now.replied_at}"}
    async with office.at_work():
        await office.bot.journal.write(wish(now, "1h", door="button", **pressed))
    assert "Later 1" in json.dumps(office.slack.workspace.homes[ADA.id].body)


async def test_a_conversation_that_the_bot_has_not_seen_is_asked_for(office: Office) -> None:
    identity = ConversationId(office.sendkit.reply(office.lead(0), "Yes.").id)
    office.sendkit.down = True
    async with office.at_work():
        await office.bot.journal.write(wish(changed(id=identity), "1h"))
        await office.slack.until(lambda: told(office))
        assert told(office)[0].startswith("SendKit is not responding. Your decision is saved")
        office.sendkit.down = False
    delay = await Laters(office.bot.database).delay(identity)
    assert delay is not None
    assert delay.until is not None


async def test_a_wish_waits_while_slack_does_not_say_who_somebody_is(office: Office) -> None:
    now, card = await known(office)
    office.slack.faults.status("users.info", status=503, times=2)
    async with office.at_work():
        await office.bot.journal.write(wish(now, "1h"))
    assert "Later: until" in office.slack.message(TRIAGE, card.ts).text


@pytest.mark.parametrize("died", ["before all", "after the database", "after the line"])
async def test_a_process_that_died_anywhere_leaves_one_line_and_one_notice(
    office: Office, died: str
) -> None:
    now, card, entry = await due(office)
    database, room = office.bot.database, office.slack.workspace.direct(BEN)
    await Owners(database).change(
        OwnerChange(id="own", conversation=now.id, owner=BEN, at=AT), {BEN: "Ben"}
    )
    await PeopleStore(database).set_notify(BEN, ChannelId(room.id))
    steps: dict[str, Any] = {}
    if died != "before all":
        await database.write(Laters(database).coming_back(now.id, "click:1", AT + 5))
        steps = {"back": {"came": True, "wrote_at": None}}
    if died == "after the line":
        reply = office.slack.workspace.post(
            Message(
                TRIAGE,
                office.slack.workspace.next_ts(),
                office.slack.workspace.bot.id,
                "Jane Doe is back from later",
                thread_ts=card.ts,
                metadata={"event_type": "sendkit_triage", "event_payload": {"entry": entry.id}},
            )
        )
        assert reply.thread_ts == card.ts
    await office.left(entry, steps=json.dumps(steps))
    async with office.at_work():
        pass
    (line,) = office.lines(card)
    assert line.startswith("Jane Doe is back from later")
    (notice,) = [each.text for each in office.slack.messages(room)]
    assert notice.startswith("Jane Doe is back from later: Ada put this off, 2025-11-24 16:00 UTC.")
    assert notice.endswith("|Open the card>")
    delay = await Laters(database).delay(now.id)
    assert delay is not None
    assert delay.until is None
    assert "Later" not in office.slack.message(TRIAGE, card.ts).text
    rows = await database.read("SELECT back_at FROM conversations")
    assert rows[0]["back_at"] is not None


async def test_it_says_what_happened_since(office: Office) -> None:
    now, card, entry = await due(office)
    ledger, database = office.bot.ledger, office.bot.database
    for number in range(7):
        made = replace(
            outcome(SetAiTag(AiTag("hot"))),
            decision=DecisionId(f"click:a{number}"),
            conversation=now.id,
            at=AT + number - 1,
            person="Ben",
            tags=(),
        )
        await database.write(*ledger.recording(made, Origin(TRIAGE, ADA), None, now))
    assert await office.tried(entry) == "done"
    (line,) = office.lines(card)
    assert line.startswith("Jane Doe is back from later: Ada put this off, 2025-11-24 16:00 UTC. ")
    assert line.count("set Hot") == 5
    assert await office.bot.database.read("SELECT 1 FROM conversations WHERE back_at > 0")


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        ({"messages": []}, True),
        ({"lastReplyAt": "2099-01-01T00:00:00Z"}, False),
    ],
)
async def test_sendkit_has_the_last_word(
    office: Office, answer: dict[str, Any], came: bool
) -> None:
    now, card, entry = await due(office)
    said = {"id": now.id, "lead": {"email": "jane@example.com"}, "isRead": False, **answer}
    fault = Fault(200, text=json.dumps(said))
    office.sendkit.faults.add(fault, "GET", f"/v1/inbox/{now.id}", times=None)
    assert await office.tried(entry) == "done"
    assert len(office.lines(card)) == came
    assert "Later" not in office.slack.message(TRIAGE, card.ts).text
    kinds = await office.bot.database.read("SELECT kind FROM entries ORDER BY seq")
    assert [row["kind"] for row in kinds] == ["back"] if came else ["back", "announce"]


async def test_an_answer_that_the_bot_has_not_noticed_ends_it(office: Office) -> None:
    now, card, entry = await due(office)
    office.sendkit.inbox.send(office.sendkit.inbox.queue_reply(now.id, "Thanks").id)
    assert await office.tried(entry) == "done"
    assert office.lines(card) == []
    rows = await office.bot.database.read("SELECT id FROM entries WHERE kind = 'turn'")
    assert [row["id"] for row in rows] == ["back:click:1/turn"]
    delay = await Laters(office.bot.database).delay(now.id)
    assert delay is not None
    assert delay.until is None


async def test_what_was_put_off_before_sendkit_said_whose_turn_it_is_comes_back(
    office: Office,
) -> None:
    now, card = await known(office)
    await office.bot.ledger.remember(replace(now, turn=None), AT)
    wanted = replace(PUT_OFF, conversation=now.id, replied_at=now.replied_at, until=AT)
    database = office.bot.database
    await Laters(database).put_off(replace(wanted, at=AT + 10**9), "Ada")
    assert await office.tried(later_entries.back(Due(now.id, "click:1"), AT)) == "done"
    assert len(office.lines(card)) == 1


async def test_our_mail_to_a_lead_whose_turn_it_was_is_named(office: Office) -> None:
    now, card = await known(office)
    inbox = office.sendkit.inbox
    inbox.send(inbox.queue_reply(now.id, "Thanks").id)
    now = await office.bot.sendkit.conversation(now.id)
    await office.bot.ledger.remember(now, AT)
    wanted = replace(PUT_OFF, conversation=now.id, replied_at=now.replied_at, until=AT)
    await Laters(office.bot.database).put_off(wanted, "Ada")
    assert await office.tried(later_entries.back(Due(now.id, "click:1"), AT)) == "done"
    (line,) = office.lines(card)
    assert "Since then: our side wrote, 20" in line


@pytest.mark.parametrize(("attempts", "state"), [(0, "open"), (TRIES, "done")])
async def test_it_comes_back_even_if_sendkit_does_not_answer(
    office: Office, attempts: int, state: str
) -> None:
    _, card, entry = await due(office)
    office.sendkit.down = True
    assert await office.tried(entry, attempts) == state
    assert len(office.lines(card)) == (state == "done")


@pytest.mark.parametrize("error", ["thread_not_found", "is_archived", ""])
async def test_who_put_it_off_is_told_where_no_thread_can_be(office: Office, error: str) -> None:
    _, card, entry = await due(office)
    if error:
        office.slack.faults.error("chat.postMessage", error=error, times=1)
    else:
        await office.bot.ledger.forget_card(Place(TRIAGE, MessageTs(card.ts)))
    assert await office.tried(entry) == "done"
    room = office.slack.workspace.direct(ADA.id)
    (told,) = office.slack.messages(room)
    assert told.text.startswith("Jane Doe is back from later")
    assert office.lines(card) == []


async def test_a_person_who_was_forgotten_is_not_told(office: Office) -> None:
    _, card, entry = await due(office)
    await office.bot.ledger.forget_card(Place(TRIAGE, MessageTs(card.ts)))
    await office.bot.database.write(Statement("UPDATE conversations SET later_by = ''"))
    assert await office.tried(entry) == "done"
    assert office.slack.messages(office.slack.workspace.direct(ADA.id)) == []


@pytest.mark.parametrize("what", ["put off again", "ended", "deleted"])
async def test_what_is_put_off_no_longer_does_not_come_back(office: Office, what: str) -> None:
    now, card, entry = await due(office)
    laters, database = Laters(office.bot.database), office.bot.database
    if what == "put off again":
        again = replace(PUT_OFF, id="click:9", conversation=now.id, until=AT + 10**9)
        await laters.put_off(replace(again, replied_at=now.replied_at), "Ada")
    elif what == "ended":
        await laters.end(now.id, AT)
    else:
        await database.write(Statement("DELETE FROM conversations"))
    assert await office.tried(entry) == "done"
    assert office.lines(card) == []


async def test_an_entry_that_is_early_waits(office: Office) -> None:
    now, card = await known(office)
    wanted = replace(PUT_OFF, conversation=now.id, replied_at=now.replied_at, until=AT + 10**9)
    await Laters(office.bot.database).put_off(wanted, "Ada")
    assert await office.tried(later_entries.back(Due(now.id, "click:1"), 0)) == "open"
    assert office.lines(card) == []


async def test_a_look_writes_one_entry_for_each(office: Office) -> None:
    *_, entry = await due(office)
    for _ in range(2):
        await office.bot.due["what comes back"](AT + 5)
    rows = await office.bot.database.read("SELECT id, not_before FROM entries")
    assert [(row["id"], row["not_before"]) for row in rows] == [(entry.id, AT)]
    assert await Laters(office.bot.database).due(AT + 5) == []
