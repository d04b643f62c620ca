"""Data that leaves the database on request, and data that stays; and the log of decisions."""

import asyncio
import csv
import io
import json
from dataclasses import replace

import pytest

from bot.errors import Later
from bot.store import Database, Statement, decision_log, retention
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.store.owners import OwnerChange, Owners
from bot.triage import (
    NOBODY,
    AiTag,
    ChannelId,
    ClearAiTag,
    ConversationId,
    DecisionId,
    DoNotContact,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Origin,
    Person,
    Place,
    Revert,
    SetAiTag,
    Several,
    UserId,
)
from tests.view_asserts import AT, JANE, changed, outcome

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1")
FROM = Origin(ChannelId("C1"), Person(UserId("U0ADA"), "ada"), door="button")
HOT = AiTag("hot")
TYPED = (
    ("unread", MarkUnread()),
    ("read, tag hot", Several((MarkRead(), SetAiTag(HOT)))),
    ("untag", ClearAiTag()),
    ("dnc", DoNotContact()),
    ("tags +a -b", EditTags(add=("a",), remove=("b",))),
    (
        "undo: untag, unread",
        Revert(DecisionId("click:1"), (ClearAiTag(), MarkUnread()), SetAiTag(HOT)),
    ),
)
OWNED = OwnerChange(
    id="click:2",
    conversation=JANE.id,
    owner=UserId("U0ADA"),
    at=AT,
    person=UserId("U0ADA"),
)
RULE = """
    INSERT INTO owner_rules (id, channel, filters, made_by, made_at)
    VALUES (:id, '', '', :by, 1)
"""
OF_RULE = "INSERT INTO owner_rule_people (rule, person, position) VALUES (:rule, :person, 0)"
ENTRY = """
    INSERT INTO entries (id, kind, lane, payload, written_at, due_at, attempts, begun, state, steps)
    VALUES (:id, :kind, :lane, :payload, 1, 1, 0, :begun, :state, '{"patch": {"name": "Jane"}}')
"""


async def put(
    database: Database, identity: str, payload: object, kind: str = "command", **more: object
) -> None:
    values = {
        "id": identity,
        "kind": kind,
        "lane": "person:U0ADA",
        "payload": json.dumps(payload),
        "begun": 0,
        "state": "failed",
        **more,
    }
    await database.write(Statement(ENTRY, values))


async def written(database: Database, since: float = 0.0) -> str:
    out = io.StringIO()
    await decision_log.write(database, since, "json", out)
    return out.getvalue()


async def states(database: Database) -> dict[str, tuple[str, str]]:
    rows = await database.read("SELECT id, state, payload, steps FROM entries ORDER BY id")
    return {row["id"]: (row["state"], row["payload"] + row["steps"]) for row in rows}


async def test_entries_that_name_a_lead_are_emptied_and_others_stay(database: Database) -> None:
    jane = changed(id=ConversationId("c_1"), lead=Lead("jane_d@example.com", "Jane Doé"))
    await Ledger(database).remember(jane, 1.0)
    await put(database, "typed", {"text": "interested <mailto:Jane_D@Example.com|jane>"})
    await put(database, "asked", {"conversation": "c_1"}, "ask", state="open")
    await put(database, "told", {"sentence": "Done:\njane_d@example.com."}, "tell")
    for number, other in enumerate(("janexd@example.com", "a.jane_d@example.com", "c_11")):
        other_s = {"text": other, "conversation": other}
        await put(database, f"other {number}", other_s, state="open")
    await put(database, "by name", {"text": "interested jane doé"})
    await put(database, "by name, to do", {"text": "interested Jane Doé"}, state="open")
    await put(database, "longer", {"text": "read jane_d@example.com.au"})
    erased = await retention.forget(database, "Jane_D@example.com")
    assert str(erased) == "4 journal entries, 1 conversation"
    assert erased is not None
    assert erased.messages == {}
    found = await states(database)
    done = {name for name, kept in found.items() if kept == ("done", "{}")}
    assert done == {"typed", "asked", "told", "by name"}
    for nobody in ("jane_d@example.com", "", " ", "@", "a", "example.com", "%@%"):
        assert await retention.forget(database, nobody) is None
    assert await states(database) == found


@pytest.mark.parametrize("kind", ["carry_out", "first_look"])
async def test_running_work_about_the_lead_is_waited_for(database: Database, kind: str) -> None:
    await Ledger(database).remember(JANE, 1.0)
    begun = int(kind != "first_look")
    payload = {"conversation": JANE.id, "unread": [JANE.id]}
    await put(database, "begun", payload, kind, begun=begun, state="open")
    with pytest.raises(Later, match="working on this lead’s conversation"):
        await retention.forget(database, JANE.lead.email, patience=0)
    assert await Ledger(database).conversation(JANE.id) == JANE
    waiting = asyncio.create_task(retention.forget(database, JANE.lead.email, patience=60))
    await asyncio.wait([waiting], timeout=4 * retention.PAUSE_SECONDS)
    assert not waiting.done()
    await database.write(Statement("UPDATE entries SET state = 'done'"))
    assert str(await waiting) == "1 conversation"


async def test_a_message_that_shows_other_leads_too_is_told(database: Database) -> None:
    ledger, place = Ledger(database), Place(ChannelId("C1"), MessageTs("1.2"))
    other = changed(id=ConversationId("other"), lead=Lead("bob@example.com"))
    for each in (JANE, other):
        await ledger.remember(each, 1.0)
        await ledger.place(each.id, place, 1.0)
    erased = await retention.forget(database, JANE.lead.email)
    assert erased is not None
    assert erased.messages == {place: True}
    assert await ledger.at(place) == [other.id]


async def test_only_what_is_old_is_pruned(database: Database) -> None:
    ledger, channels = Ledger(database), Channels(database)
    names = {"old": 1.0, "busy": 1.0, "new": 9.0}
    for name, seen_at in names.items():
        conversation = changed(id=ConversationId(name), lead=Lead(f"{name}@example.com"))
        await ledger.remember(conversation, seen_at)
        await channels.mark_announced(conversation, positive=False)
    await put(database, "busy", {}, lane="conversation:busy", state="open")
    await put(database, "failed long ago", {})
    await channels.keep_list("000000000001-a", "{}")
    await channels.keep_list("000000000009-a", "{}")
    for name, at in (("old", 1.0), ("busy", 1.0), ("new", 9.0)):
        change = replace(OWNED, id=name, conversation=ConversationId(name), at=at)
        await Owners(database).change(change, {})
    pruned = await retention.prune(database, 5.0)
    assert str(pruned) == "2 owner changes, 1 conversation, 1 journal entry, 1 list"
    known = await channels.known([ConversationId(each) for each in names])
    assert set(known) == {"busy", "new"}
    # Its reply is known as announced, also where the summary of a first start had it.
    assert list(await channels.written([f"reply:old:{JANE.replied_at}"])) == (
        [f"reply:old:{JANE.replied_at}"]
    )
    assert str(await retention.prune(database, 5.0)) == "nothing"


async def test_no_cell_of_the_log_is_a_formula(database: Database) -> None:
    ledger = Ledger(database)
    for number, text in enumerate(FORMULAS):
        decided = outcome(EditTags(add=(text,)), old=text)
        made = replace(decided, decision=DecisionId(str(number)), person=text, tags=(text, "b"))
        await database.write(*ledger.recording(made, FROM, JANE, changed(unread=False)))
    out = io.StringIO()
    await decision_log.write(database, 0.0, "csv", out)
    names, *rows = csv.reader(io.StringIO(out.getvalue()))
    assert names == list(decision_log.COLUMNS)
    for text, row in zip(FORMULAS, rows, strict=True):
        decision = dict(zip(names, row, strict=True))
        assert decision["name"] == decision["ai_tag_before"] == f"'{text}"
        assert decision["tags_after"] == f"'{text}, b"
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


async def test_the_log_in_json_has_every_value_in_order_of_time(database: Database) -> None:
    """Decisions that waited are recorded after newer ones; some were made at the same time."""
    ledger = Ledger(database)
    assert json.loads(await written(database)) == []
    recorded = range(decision_log.PORTION, -1, -1)
    for number in recorded:
        decided = outcome(TYPED[number % len(TYPED)][1], "hot", "cold")
        identity, tags = DecisionId(str(number)), ("vip", str(number))
        at = AT + number // 2
        made = replace(decided, decision=identity, at=at, tags=tags, reason="She called.")
        await database.write(*ledger.recording(made, FROM, JANE, changed(unread=False)))
    found = json.loads(await written(database))
    in_time = sorted(recorded, key=lambda number: number // 2)
    assert [each["tags_after"][1] for each in found] == [str(number) for number in in_time]
    typed = [TYPED[number % len(TYPED)][0] for number in in_time]
    assert [each["decision"] for each in found] == typed
    assert {
        "at": "2025-11-24T16:00:00+00:00",
        "person": "U0ADA",
        "name": "Ada",
        "lead": "jane@example.com",
        "conversation": JANE.id,
        "ai_tag_before": "cold",
        "ai_tag_after": "hot",
        "tags_after": ["vip", "1"],
        "unread_before": True,
        "unread_after": False,
        "door": "button",
        "channel": "C1",
        "reason": "She called.",
    }.items() <= found[0].items()
    assert len(json.loads(await written(database, AT + decision_log.PORTION // 2))) == 1


async def test_the_log_has_the_changes_of_owners_among_the_decisions(database: Database) -> None:
    ada, ben = UserId("U0ADA"), UserId("U0BEN")
    for number in range(3):
        made = replace(outcome(TYPED[0][1], None), decision=DecisionId(str(number)), at=AT + number)
        await database.write(*Ledger(database).recording(made, FROM, JANE, JANE))
    for number, owner in enumerate((ada, ben, NOBODY)):
        change = OwnerChange(
            id=f"own{number}", conversation=JANE.id, owner=owner, at=AT + number, person=ada
        )
        await Owners(database).change(change, {ada: "Ada"})
    found = json.loads(await written(database, AT))
    keys = ("decision", "owner_before", "owner_after")
    assert [tuple(each[key] for key in keys) for each in found[::2]] == [
        ("take", None, "U0ADA"),
        ("owner @U0BEN", "U0ADA", "U0BEN"),
        ("release", "U0BEN", None),
    ]
    assert {each["name"] for each in found} == {"Ada"}
    assert [each["decision"] for each in found[1::2]] == [TYPED[0][0]] * 3


async def test_one_of_the_team_is_taken_out_of_what_they_did(database: Database) -> None:
    made = outcome(SetAiTag(HOT))
    await database.write(*Ledger(database).recording(made, FROM, JANE, JANE))
    await put(database, "typed", {}, lane="person:U0ADA")
    await put(database, "waits", {}, lane="tell:U0ADA", state="open")
    await database.write(
        Statement("UPDATE conversations SET later_by = 'U0ADA', barred_by = 'U0ADA'")
    )
    await Owners(database).change(OWNED, {UserId("U0ADA"): "Ada"})
    await database.write(
        *(
            Statement(RULE, {"id": name, "by": "U0ADA" if name == "hers" else "U0BEN"})
            for name in ("hers", "ours")
        ),
        *(
            Statement(OF_RULE, {"rule": rule, "person": person})
            for rule, person in (("hers", "U0ADA"), ("ours", "U0ADA"), ("ours", "U0BEN"))
        ),
    )
    erased = await retention.forget_person(database, UserId("U0ADA"))
    assert str(erased) == "1 decision, 1 conversation, 1 journal entry"
    for table, column in (
        ("people", "id"),
        ("owner_changes", "person"),
        ("owner_changes", "new_owner"),
        ("owner_rules", "made_by"),
        ("owner_rule_people", "person"),
    ):
        rows = await database.read(f"SELECT {column} AS who FROM {table}")
        assert "U0ADA" not in [row["who"] for row in rows]
    (rule,) = await database.read("SELECT id FROM owner_rules")
    assert rule["id"] == "ours", "a rule without people is none"
    (kept,) = await database.read("SELECT owner, owned_at, later_by, barred_by FROM conversations")
    assert kept == {"owner": "", "owned_at": None, "later_by": "", "barred_by": ""}
    owned, decision = sorted(json.loads(await written(database)), key=lambda each: each["name"])
    assert (owned["decision"], owned["person"], owned["name"]) == ("owner", "", "")
    assert (decision["person"], decision["name"]) == ("", "Somebody")
    assert list(await states(database)) == ["waits"]
    assert str(await retention.drop_open(database)) == "1 journal entry"
    assert (await states(database))["waits"] == ("done", "{}")
