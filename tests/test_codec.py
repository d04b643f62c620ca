"""Every later version of the bot reads the forms in a journal or a ledger."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bot import codec, entries, owner_entries
from bot.codec import decode, encode
from bot.journal import Entry
from bot.journal.sqlite import SqliteJournal
from bot.store.sqlite import SqliteDatabase
from bot.triage import (
    NOBODY,
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    DoNotContact,
    EditTags,
    Lead,
    MarkRead,
    MarkUnread,
    MessageTs,
    Origin,
    Outcome,
    Person,
    Place,
    Revert,
    Seen,
    SetAiTag,
    Several,
    Turn,
    UserId,
)
from tests import strategies
from tests.conftest import House
from tests.strategies import calm, hostile

JANE = ConversationId("664a1b2c3d4e5f6a7b8c9d0e")
ADA = Person(UserId("U0ADA"), "ada")

# FROZEN: every form that was ever written, and what it means. Lines are added, never changed.
CHANGES: list[tuple[str, Change]] = [
    ('{"markRead": true}', MarkRead()),
    ('{"isRead": false}', MarkUnread()),
    ('{"aiTag": "Meeting Request"}', SetAiTag(AiTag("Meeting Request"))),
    ('{"aiTag": null}', ClearAiTag()),
    ('{"addTags": ["vip"], "removeTags": ["cold", "old"]}', EditTags(("vip",), ("cold", "old"))),
    ('{"addTags": [], "removeTags": []}', EditTags()),
    (
        '{"changes": [{"aiTag": "hot"}, {"markRead": true}]}',
        Several((SetAiTag(AiTag("hot")), MarkRead())),
    ),
    ('{"doNotContact": true}', DoNotContact()),
    ('{"undo": "click:1"}', Revert(DecisionId("click:1"))),
    (
        '{"undo": "click:1", "changes": [{"aiTag": null}, {"isRead": false}],'
        ' "made": {"changes": [{"aiTag": "hot"}, {"markRead": true}]}}',
        Revert(
            DecisionId("click:1"),
            (ClearAiTag(), MarkUnread()),
            Several((SetAiTag(AiTag("hot")), MarkRead())),
        ),
    ),
    (
        '{"undo": "click:2", "changes": [{"aiTag": "hot"}], "made": {"undo": "click:1"}}',
        Revert(DecisionId("click:2"), (SetAiTag(AiTag("hot")),), Revert(DecisionId("click:1"))),
    ),
]
PRESSED = (
    '{"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"},'
    ' "message": "1764000000.000100", "thread": "1763999999.000200", "private": true,'
    ' "response_url": "https://hooks.slack.com/actions/x"}'
)
TYPED = (
    '{"channel": "C0TRIAGE", "person": {"id": "U0ADA", "handle": "ada"},'
    ' "message": null, "thread": null, "private": false, "response_url": null}'
)
ORIGINS = [
    (
        PRESSED,
        Origin(
            channel=ChannelId("C0TRIAGE"),
            person=ADA,
            message=MessageTs("1764000000.000100"),
            thread=MessageTs("1763999999.000200"),
            private=True,
            response_url="https://hooks.slack.com/actions/x",
        ),
    ),
    (TYPED, Origin(channel=ChannelId("C0TRIAGE"), person=ADA)),
    (
        f'{TYPED[:-1]}, "listed": "173400000000-0123456789ab", "door": "button",'
        ' "beside": ["c1", "c2"]}',
        Origin(
            channel=ChannelId("C0TRIAGE"),
            person=ADA,
            listed="173400000000-0123456789ab",
            door="button",
            beside=(ConversationId("c1"), ConversationId("c2")),
        ),
    ),
]
DECISIONS = [
    (
        f'{{"conversation": "{JANE}", "change": {form}, "origin": {TYPED}, "at": 1764000000.25}}',
        Decision(DecisionId("click:1.2"), JANE, change, ORIGINS[1][1], 1764000000.25),
    )
    for form, change in CHANGES
]
DECISIONS.append(
    (
        f'{{"conversation": "{JANE}", "change": {{"aiTag": "hot"}}, "origin": {TYPED}, "at": 1.5,'
        ' "reason": "She called."}',
        Decision(
            DecisionId("click:1.2"),
            JANE,
            SetAiTag(AiTag("hot")),
            ORIGINS[1][1],
            1.5,
            reason="She called.",
        ),
    )
)
DECISIONS.append(
    (
        f'{{"conversation": "{JANE}", "change": {{"aiTag": null}}, "origin": {TYPED}, "at": 1.5,'
        ' "seen": {"ai_tag": "hot", "tags": ["vip"], "unread": true,'
        ' "replied_at": "2026-03-03T09:12:00.000Z"}}',
        Decision(
            DecisionId("click:1.2"),
            JANE,
            ClearAiTag(),
            ORIGINS[1][1],
            1.5,
            Seen(AiTag("hot"), ("vip",), unread=True, replied_at="2026-03-03T09:12:00.000Z"),
        ),
    )
)
CONVERSATIONS = [
    (
        '{"id": "c1", "lead": {"email": "jane@example.com", "name": "Jane Doe", "company": "Acme"},'
        ' "campaign": "Q1", "ai_tag": "interested", "tags": ["vip", "hot"], "unread": true,'
        ' "words": "Yes.", "replied_at": "2026-03-03T09:12:00.000Z", "auto_reply": true}',
        Conversation(
            id=ConversationId("c1"),
            lead=Lead("jane@example.com", "Jane Doe", "Acme"),
            campaign="Q1",
            ai_tag=AiTag("interested"),
            tags=("vip", "hot"),
            unread=True,
            words="Yes.",
            replied_at="2026-03-03T09:12:00.000Z",
            auto_reply=True,
        ),
    ),
    (
        '{"id": "c1", "lead": {"email": "", "name": "", "company": ""}, "campaign": "",'
        ' "ai_tag": null, "tags": [], "unread": false, "words": "", "replied_at": "",'
        ' "auto_reply": false}',
        Conversation(id=ConversationId("c1"), lead=Lead("")),
    ),
    (
        '{"id": "c1", "lead": {"email": "", "name": "", "company": ""}, "campaign": "",'
        ' "ai_tag": null, "tags": [], "unread": false, "words": "", "replied_at": "",'
        ' "auto_reply": false, "writer": "Bob <bob@example.com>"}',
        Conversation(id=ConversationId("c1"), lead=Lead(""), writer="Bob <bob@example.com>"),
    ),
    (
        '{"id": "c1", "lead": {"email": "", "name": "", "company": ""}, "campaign": "",'
        ' "ai_tag": null, "tags": [], "unread": false, "words": "", "replied_at": "",'
        ' "auto_reply": false, "subject": "Re: A question", "asked": "Shall we talk?"}',
        Conversation(
            id=ConversationId("c1"), lead=Lead(""), subject="Re: A question", asked="Shall we talk?"
        ),
    ),
    (
        '{"id": "c1", "lead": {"email": "", "name": "", "company": ""}, "campaign": "",'
        ' "ai_tag": null, "tags": [], "unread": false, "words": "", "replied_at": "",'
        ' "auto_reply": false, "turn": {"ours": true, "since": 1764000000.25}}',
        Conversation(id=ConversationId("c1"), lead=Lead(""), turn=Turn(True, 1764000000.25)),
    ),
]
OUTCOMES = [
    (
        f'{{"decision": "click:1.2", "conversation": "c1", "person": "Ada L.", "change": {form},'
        ' "at": 1764000000.25, "old_ai_tag": null, "new_ai_tag": "interested", "tags": ["vip"]}',
        Outcome(
            decision=DecisionId("click:1.2"),
            conversation=ConversationId("c1"),
            person="Ada L.",
            change=change,
            at=1764000000.25,
            old_ai_tag=None,
            new_ai_tag=AiTag("interested"),
            tags=("vip",),
        ),
    )
    for form, change in CHANGES
]
OUTCOMES.append(
    (
        '{"decision": "click:1.2", "conversation": "c1", "person": "Ada L.",'
        ' "change": {"aiTag": null}, "at": 1.5, "old_ai_tag": "hot", "new_ai_tag": null,'
        ' "tags": [], "reason": "She called."}',
        Outcome(
            decision=DecisionId("click:1.2"),
            conversation=ConversationId("c1"),
            person="Ada L.",
            change=ClearAiTag(),
            at=1.5,
            old_ai_tag=AiTag("hot"),
            new_ai_tag=None,
            tags=(),
            reason="She called.",
        ),
    )
)
PLACES = [
    (
        '{"channel": "C0TRIAGE", "ts": "1764000000.000100"}',
        Place(ChannelId("C0TRIAGE"), MessageTs("1764000000.000100")),
    )
]
FROZEN: list[tuple[Any, str, Any]] = [
    *((Change, *row) for row in CHANGES),
    *((Origin, *row) for row in ORIGINS),
    *((Conversation, *row) for row in CONVERSATIONS),
    *((Outcome, *row) for row in OUTCOMES),
    *((Place, *row) for row in PLACES),
]


def stored(payload: Any) -> Any:
    """The payload as it comes back from a database."""
    return json.loads(json.dumps(payload))


@pytest.mark.parametrize(("kind", "form", "means"), FROZEN, ids=[row[1] for row in FROZEN])
def test_a_form_that_was_ever_written_is_read_and_written(kind: Any, form: str, means: Any) -> None:
    assert decode(json.loads(form), kind) == means
    assert stored(encode(means)) == json.loads(form)
    assert decode({**json.loads(form), "newer": 1}, kind) == means


@pytest.mark.parametrize(("form", "means"), DECISIONS, ids=[form for form, _ in DECISIONS])
def test_a_decision_that_was_ever_written_is_carried_out(form: str, means: Decision) -> None:
    entry = Entry("click:1.2", "carry_out", f"conversation:{JANE}", json.loads(form))
    assert entries.decision(entry) == means
    written = entries.carry_out(means)
    assert (written.id, written.kind, written.lane) == (entry.id, entry.kind, entry.lane)
    assert stored(written.payload) == json.loads(form)


def test_the_kinds_never_change() -> None:
    kinds = (entries.CARRY_OUT, codec.ANNOUNCE, entries.TYPED, entries.SHOW, entries.TELL)
    assert kinds == ("carry_out", "announce", "command", "show", "tell")
    assert codec.FIRST_SYNC == "first_look"


AT = "2026-03-03T09:12:00.000Z"


@pytest.mark.parametrize(
    ("payload", "stamps"),
    [
        ({"unread": ["a", "b"]}, {}),
        ({"unread": ["a", "b"], "stamps": [AT, "undated"]}, {"a": AT, "b": "undated"}),
    ],
)
def test_a_first_sync_of_any_version_is_read(payload: Any, stamps: Any) -> None:
    assert codec.stamps(payload) == stamps


def test_entries_of_every_kind_have_a_frozen_form() -> None:
    jane, pressed = CONVERSATIONS[0][1], ORIGINS[0][1]
    mentioned = replace(pressed, thread=MessageTs("1.1"), door="mention")
    written = [
        entries.announce(jane),
        entries.refresh("webhook:1", JANE, reply=True, positive=True),
        entries.refresh("change:1", JANE, reply=False),
        entries.announce(jane, again="7"),
        entries.first_sync({JANE: "undated", jane.id: AT}),
        entries.first_sync({}, again="7"),
        entries.show("click:1", JANE, pressed),
        entries.ask("click:1", JANE, pressed),
        entries.question("command:1", "inbox", pressed),
        entries.unknown_ai_tag("command:1", "hott c1", pressed),
        entries.untold(entries.unknown_ai_tag("said:C1:1.2", "hott c1", pressed), "No."),
        entries.command("command:1", "read c1", pressed),
        entries.command("said:C1:1.2", "read", mentioned),
        entries.tell("unknown:1", "No.", pressed),
        entries.tell("click:1/failed", "No.", pressed, "ABCDEF"),
        owner_entries.own("click:1", owner_entries.Wanted(JANE, ADA.id, NOBODY, pressed)),
        owner_entries.own("click:1", owner_entries.Wanted(JANE, NOBODY, None, pressed)),
        entries.notice("click:1", entries.Notice(ADA.id, "Hi.", ({"type": "divider"},), JANE)),
    ]
    origin = json.loads(PRESSED)
    assert [(each.kind, stored(each.payload)) for each in written] == [
        ("announce", {"conversation": "c1", "reply": True, "positive": False, "told": AT}),
        ("announce", {"conversation": JANE, "reply": True, "positive": True}),
        ("announce", {"conversation": JANE, "reply": False, "positive": False}),
        ("announce", {"conversation": "c1", "reply": True, "positive": False, "told": AT}),
        ("first_look", {"unread": [JANE, "c1"], "stamps": ["undated", AT]}),
        ("first_look", {"unread": [], "stamps": []}),
        ("show", {"conversation": JANE, "origin": origin}),
        ("ask", {"conversation": JANE, "origin": origin}),
        ("command", {"text": "inbox", "origin": origin}),
        ("command", {"text": "hott c1", "origin": origin, "unknown": True}),
        ("command", {"text": "hott c1", "origin": origin, "unknown": True, "sentence": "No."}),
        ("command", {"text": "read c1", "origin": origin}),
        ("command", {"text": "read", "origin": origin | {"thread": "1.1", "door": "mention"}}),
        ("tell", {"sentence": "No.", "origin": origin}),
        ("tell", {"sentence": "No.", "origin": origin, "reference": "ABCDEF"}),
        (
            "own",
            {"conversation": JANE, "owner": "U0ADA", "only_from": "", "origin": origin},
        ),
        ("own", {"conversation": JANE, "owner": "", "only_from": None, "origin": origin}),
        (
            "notice",
            {"person": "U0ADA", "text": "Hi.", "blocks": [{"type": "divider"}], "about": JANE},
        ),
    ]
    assert [(each.id, each.lane, each.dedup_key) for each in written] == [
        (f"reply:c1:{AT}", "conversation:c1", None),
        ("webhook:1", f"conversation:{JANE}", None),
        ("change:1", f"conversation:{JANE}", None),
        (f"reply:c1:{AT}#7", "conversation:c1", None),
        ("first look", "first look", None),
        ("first look#7", "first look", None),
        ("click:1", f"conversation:{JANE}", None),
        ("click:1", "questions:U0ADA", None),
        ("command:1", "questions:U0ADA", None),
        ("command:1", "questions:U0ADA", None),
        ("said:C1:1.2", "questions:U0ADA", None),
        ("command:1", "person:U0ADA", "C0TRIAGE read c1"),
        ("said:C1:1.2", "person:U0ADA", "1.1 read"),
        ("unknown:1", "tell:U0ADA", None),
        ("click:1/failed", "tell:U0ADA", None),
        ("click:1", f"owner:{JANE}", "U0ADA U0ADA "),
        ("click:1", f"owner:{JANE}", "U0ADA  None"),
        ("notice:click:1:U0ADA", "notice:U0ADA", None),
    ]


def test_a_reply_is_announced_once_and_the_next_one_again() -> None:
    jane = CONVERSATIONS[0][1]
    later = Conversation(jane.id, jane.lead, replied_at="2026-03-04T09:12:00.000Z")
    same = Conversation(jane.id, jane.lead, replied_at=jane.replied_at, words="Changed.")
    assert entries.announce(jane) == entries.announce(same)
    assert entries.announce(jane).id != entries.announce(later).id


def test_a_double_click_is_a_twin_and_anything_else_is_none() -> None:
    def twin(
        change: Change, person: Person = ADA, click: str = "1", message: str = "1.1"
    ) -> str | None:
        origin = Origin(ChannelId("C1"), person, MessageTs(message))
        return entries.carry_out(Decision(DecisionId(click), JANE, change, origin, 0.0)).dedup_key

    ben = Person(UserId("U0BEN"), "ben")
    assert twin(MarkRead()) == twin(MarkRead(), Person(ADA.id, "ada.l"), "2")
    assert twin(MarkRead()) != twin(MarkRead(), message="1.2"), "a card of another reply"
    others = [twin(change, ben) for _, change in CHANGES] + [twin(change) for _, change in CHANGES]
    assert len(set(others)) == 2 * len(CHANGES)


# FROZEN: lines are added, never changed.
@pytest.mark.parametrize(
    "payload",
    [
        '{{"conversation": "{id}"}}',
        '{{"conversation": "{id}", "reply": true, "positive": false}}',
        '{{"conversation": "{id}", "reply": true, "positive": true}}',
        '{{"conversation": "{id}", "reply": true, "positive": false, "told": ""}}',
    ],
)
@pytest.mark.parametrize("transport", ["http"])
async def test_a_reply_that_was_ever_written_down_is_announced(house: House, payload: str) -> None:
    theirs = house.reply()
    path = Path(house.settings.database_url.removeprefix("sqlite:///"))
    async with SqliteDatabase(path) as database:
        written = json.loads(payload.format(id=theirs.id))
        entry = Entry("reply:1", "announce", f"conversation:{theirs.id}", written)
        await SqliteJournal(database).write(entry)
    async with house.bot(sendkit_poll_seconds=0.0):
        card = await house.card()
    assert theirs.lead.email in card.text


@calm
@given(strategies.decisions)
def test_every_decision_is_read_as_it_was_written(decision: Decision) -> None:
    entry = entries.carry_out(decision)
    assert entries.decision(Entry(entry.id, "", "", stored(entry.payload))) == decision


@calm
@given(strategies.conversations, strategies.outcomes, strategies.places)
def test_everything_remembered_is_read_as_it_was_written(
    conversation: Conversation, outcome: Outcome, place: Place
) -> None:
    written = stored(encode(conversation))
    assert decode(written, Conversation) == conversation
    assert decode(stored(encode(outcome)), Outcome) == outcome
    assert decode(stored(encode(place)), Place) == place


@calm
@given(hostile, strategies.origins)
def test_any_typed_or_told_text_survives_storage(text: str, origin: Origin) -> None:
    for entry in (entries.command("i", text, origin), entries.tell("i", text, origin)):
        payload = stored(entry.payload)
        assert text in payload.values()
        assert decode(payload["origin"], Origin) == origin


def test_an_earlier_version_reads_a_change_in_the_record_that_it_does_not_know() -> None:
    written = stored(codec.recorded(DoNotContact()))
    assert decode(written, Change) == DoNotContact()
    assert written == {"doNotContact": True, "addTags": [], "removeTags": []}
    assert codec.recorded(MarkRead()) == {"markRead": True}
