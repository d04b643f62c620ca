"""A Decision becomes a Patch, and what a Patch makes of a Conversation."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given

from bot.changes import changed_since, is_made, is_overtaken, narrowed, restoring
from bot.text import folded
from bot.triage import (
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
    Origin,
    Person,
    Revert,
    Seen,
    SetAiTag,
    Several,
    UserId,
    same_name,
)
from tests import strategies
from tests.strategies import calm

JANE = Conversation(
    id=ConversationId("c1"),
    lead=Lead("jane@example.com", "Jane Doe"),
    ai_tag=AiTag("interested"),
    tags=("VIP", "cold"),
    unread=True,
    words="Yes.",
)
# A change, the body of its PATCH, and the fields that are different afterwards.
CHANGES: list[tuple[Change, dict[str, Any], dict[str, Any]]] = [
    (MarkRead(), {"markRead": True}, {"unread": False}),
    (MarkUnread(), {"isRead": False}, {}),
    (SetAiTag(AiTag("not_now")), {"aiTag": "not_now"}, {"ai_tag": "not_now"}),
    (SetAiTag(AiTag("interested")), {"aiTag": "interested"}, {}),
    (ClearAiTag(), {"aiTag": None}, {"ai_tag": None}),
    (DoNotContact(), {}, {}),
    (EditTags(("hot", "Vip"), ("COLD",)), {"tags": ["VIP", "hot"]}, {"tags": ("VIP", "hot")}),
    (EditTags(remove=("vip", "cold")), {"tags": []}, {"tags": ()}),
    (EditTags(add=("vip",)), {"tags": ["VIP", "cold"]}, {}),
    (
        Several((SetAiTag(AiTag("hot")), EditTags(("a",)), EditTags(("b",), ("vip",)), MarkRead())),
        {"aiTag": "hot", "tags": ["cold", "a", "b"], "markRead": True},
        {"ai_tag": "hot", "tags": ("cold", "a", "b"), "unread": False},
    ),
]


@pytest.mark.parametrize(("change", "body", "_"), CHANGES, ids=[str(row[0]) for row in CHANGES])
def test_a_change_patches_its_own_fields(change: Change, body: dict[str, Any], _: object) -> None:
    assert change.patch(JANE) == body


@pytest.mark.parametrize(("change", "_", "new"), CHANGES, ids=[str(row[0]) for row in CHANGES])
def test_a_change_touches_its_own_fields(change: Change, _: object, new: dict[str, Any]) -> None:
    now = change.after(JANE)
    assert {name: getattr(now, name) for name in new} == new
    untouched = {each.name for each in fields(Conversation)} - set(new)
    assert all(getattr(now, name) == getattr(JANE, name) for name in untouched)
    assert is_made(change, JANE) is (not new)


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (EditTags(("hot", "vip"), ("Cold", "old")), EditTags(("hot",), ("cold",))),
        (EditTags(("vip",), ("old",)), EditTags()),
        (
            Several((EditTags(("a",)), EditTags(("A", "b"), ("a", "VIP")), MarkRead())),
            Several((EditTags(("a",)), EditTags(("b",), ("VIP",)), MarkRead())),
        ),
        (MarkRead(), MarkRead()),
    ],
)
def test_a_narrowed_change_names_only_its_own_tags(change: Change, made: Change) -> None:
    assert narrowed(change, JANE) == made


A, B = AiTag("interested"), AiTag("not_now")


@pytest.mark.parametrize(
    ("change", "before", "after", "back"),
    [
        (SetAiTag(B), Seen(A), Seen(B), (SetAiTag(A),)),
        (SetAiTag(B), Seen(), Seen(B), (ClearAiTag(),)),
        (ClearAiTag(), Seen(A), Seen(), (SetAiTag(A),)),
        (SetAiTag(A), Seen(AiTag("Interested")), Seen(A), ()),
        (MarkRead(), Seen(unread=True), Seen(), (MarkUnread(),)),
        (MarkUnread(), Seen(), Seen(unread=True), (MarkRead(),)),
        (MarkRead(), Seen(A), Seen(B), ()),
        (
            EditTags(("new",), ("old",)),
            Seen(tags=("old", "Kept")),
            Seen(tags=("kept", "new")),
            (EditTags(("old",), ("new",)),),
        ),
        (
            Several((SetAiTag(B), EditTags(("x",)), MarkRead())),
            Seen(A, (), unread=True),
            Seen(B, ("x",)),
            (SetAiTag(A), EditTags((), ("x",)), MarkUnread()),
        ),
        (Several((SetAiTag(B), MarkRead())), Seen(A), Seen(B), (SetAiTag(A),)),
        (Revert(DecisionId("1"), (SetAiTag(B),)), Seen(A), Seen(B), (SetAiTag(A),)),
    ],
)
def test_an_undo_brings_back_only_what_the_decision_changed(
    change: Change, before: Seen, after: Seen, back: tuple[Change, ...]
) -> None:
    assert restoring(change, before, after) == back


@pytest.mark.parametrize(
    ("change", "seen", "now", "changed"),
    [
        (SetAiTag(B), Seen(A), Seen(A), set()),
        (SetAiTag(B), Seen(A), Seen(AiTag("Not_Now")), set()),
        (SetAiTag(B), Seen(A), Seen(), {"aiTag"}),
        (SetAiTag(B), Seen(A), Seen(A, ("x",), unread=True), set()),
        (MarkRead(), Seen(unread=True), Seen(), set()),
        (MarkRead(), Seen(), Seen(unread=True), {"markRead"}),
        (EditTags((), ("x",)), Seen(tags=("x", "y")), Seen(tags=("Y", "X")), set()),
        (EditTags((), ("x",)), Seen(tags=("x", "y")), Seen(tags=("y",)), set()),
        (EditTags((), ("x",)), Seen(tags=("x", "y")), Seen(tags=("x", "z")), {"tags"}),
        (Several((SetAiTag(B), EditTags(("x",)))), Seen(A), Seen(None, ("z",)), {"aiTag", "tags"}),
    ],
)
def test_a_field_is_changed_meanwhile_if_it_is_neither_as_seen_nor_as_wanted(
    change: Change, seen: Seen, now: Seen, changed: set[str]
) -> None:
    conversation = replace(JANE, ai_tag=now.ai_tag, tags=now.tags, unread=now.unread)
    assert changed_since(change, seen, conversation) == changed


def test_a_read_conversation_can_be_marked_unread_again() -> None:
    read = MarkRead().after(JANE)
    assert not is_made(MarkUnread(), read)
    assert MarkUnread().after(read) == JANE


@pytest.mark.parametrize(
    ("tags", "add", "remove", "then"),
    [
        ((), ("a",), (), ("a",)),
        (("a",), (), ("a",), ()),
        (("b", "a"), ("c",), (), ("b", "a", "c")),
        (("a",), ("A",), (), ("a",)),
        (("a", "b"), ("A",), ("a",), ("a", "b")),
        ((), ("a",), ("A",), ("a",)),
        (("Straße",), (), ("STRASSE",), ()),
        ((), ("x", "X", "y", "x"), (), ("x", "y")),
        ((), ("X", "x"), (), ("X",)),
        (("a",), (), ("b",), ("a",)),
        (("a", "A"), (), (), ("a", "A")),
        (("a", "A"), (), ("A",), ()),
        ((), (), (), ()),
    ],
)
def test_tags_come_and_go_without_regard_to_case(
    tags: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], then: tuple[str, ...]
) -> None:
    assert EditTags(add, remove).after(replace(JANE, tags=tags)).tags == then


@calm
@given(strategies.changes, strategies.conversations)
def test_a_change_that_was_made_is_made_and_stays_so(change: Change, before: Conversation) -> None:
    now = change.after(before)
    assert is_made(change, now)
    assert change.after(now) == now


@calm
@given(strategies.tags, strategies.tags, strategies.tags)
def test_tags_that_are_not_named_stay_in_their_order(
    tags: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...]
) -> None:
    then = EditTags(add, remove).after(replace(JANE, tags=tags)).tags
    gone = {*map(folded, remove)} - {*map(folded, add)}
    kept = [tag for tag in tags if folded(tag) not in gone]
    assert list(then[: len(kept)]) == kept
    assert {*map(folded, add)} <= {*map(folded, then)}
    assert {*then} <= {*kept, *add}


@pytest.mark.parametrize(
    ("change", "then", "now", "overtaken"),
    [
        (SetAiTag(AiTag("hot")), None, "cold", True),
        (SetAiTag(AiTag("hot")), "cold", None, True),
        (ClearAiTag(), "hot", "cold", True),
        (Several((MarkRead(), SetAiTag(AiTag("hot")))), None, "cold", True),
        # unchanged, but for its spelling
        (SetAiTag(AiTag("hot")), "cold", "Cold", False),
        # somebody else made the same choice
        (SetAiTag(AiTag("hot")), None, "Hot", False),
        (ClearAiTag(), "hot", None, False),
        # the change does not touch it
        (MarkRead(), None, "cold", False),
        (EditTags(("a",), ("b",)), None, "cold", False),
    ],
)
def test_a_change_is_overtaken_by_an_ai_tag_that_nobody_saw(
    change: Change, then: str | None, now: str | None, overtaken: bool
) -> None:
    seen = Seen(AiTag(then) if then else None, (), unread=True)
    there = replace(JANE, ai_tag=AiTag(now) if now else None)
    assert is_overtaken(change, seen, there) is overtaken


@pytest.mark.parametrize(
    ("lead", "label"),
    [
        (Lead("jane@example.com", "Jane Doe", "Acme"), "Jane Doe"),
        (Lead("jane@example.com", "", "Acme"), "jane@example.com"),
        (Lead("", "", "Acme"), "Unknown lead"),
    ],
)
def test_a_lead_is_called_by_what_is_known(lead: Lead, label: str) -> None:
    assert lead.label == label


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meeting_booked", "Meeting Booked"),
        ("meeting-booked", "  MEETING   booked "),
        ("Straße", "STRASSE"),
        ("do_not__contact", "Do Not Contact"),
    ],
)
def test_spellings_of_one_ai_tag_are_the_same_name(one: str, other: str) -> None:
    assert same_name(one) == same_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("interested", "not interested"), ("tier 1", "tier1"), ("a", "")]
)
def test_different_ai_tags_are_different_names(one: str, other: str) -> None:
    assert same_name(one) != same_name(other)


def test_a_response_url_stays_out_of_logs() -> None:
    ada = Person(UserId("U1"), "ada")
    origin = Origin(ChannelId("C1"), ada, response_url="https://hooks.example/secret")
    decision = Decision(DecisionId("d"), JANE.id, MarkRead(), origin, 0.0)
    assert "secret" not in repr(decision)
    assert decision.person == ada
