"""The log, as people see it and as a screen reader reads it."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.triage import AiTag, ConversationId, DecisionId, Lead, MarkRead, SetAiTag
from bot.views.log import MOST, OwnerRow, Row, log
from tests import strategies
from tests.strategies import calm, hostile
from tests.view_asserts import AT, JANE, TIME, changed, check, elements, labels, outcome

KEY = "001764000000-0123456789ab"
HOT = Row(outcome(SetAiTag(AiTag("hot")), "hot", "cold"), JANE, "button", can_undo=True)
READ = Row(replace(outcome(MarkRead(), None), person="Ben", tags=()), JANE, "", can_undo=False)


def test_a_log_says_who_did_what_when_and_how() -> None:
    view = log("Decisions, newest first:", [HOT, READ], key=KEY)
    check(view)
    assert view.text == (
        f"Decisions, newest first: {TIME} Jane Doe · Acme Inc: Ada set Hot (was Cold) · tag vip, "
        f"with a button; {TIME} Jane Doe · Acme Inc: Ben marked this as read"
    )
    (undo,) = elements(view, "button")
    assert acts.parse(undo["value"]) == acts.Undo(acts.ById(JANE.id), DecisionId("click:1"))
    (row, _) = elements(view, "section")
    assert acts.list_of(row["block_id"]) == KEY


def test_a_log_says_who_had_a_conversation_and_who_has_it() -> None:
    made = OwnerRow(DecisionId("1"), JANE, AT, "menu", "Ada", "", "Ada", is_own=True)
    rows = {
        "Ada became the owner, in a menu": made,
        "Ada became the owner (was Ben), in a menu": replace(made, before="Ben"),
        "Ada released this, in a menu": replace(made, before="Ada", owner=""),
        "Ada released this (was Ben), in a menu": replace(
            made, before="Ben", owner="", is_own=False
        ),
        "Ada changed the owner, in a menu": replace(made, owner=""),
        "A rule made Ben the owner": replace(made, by="A rule", owner="Ben", is_own=False, door=""),
    }
    view = log("Decisions, newest first:", [*rows.values()], key=KEY, has_older=True)
    check(view)
    said = "; ".join(f"{TIME} Jane Doe · Acme Inc: {each}" for each in rows)
    assert view.text == f"Decisions, newest first: {said}"
    (older,) = elements(view, "button")
    assert acts.parse(older["value"]) == acts.Log(None, (JANE.id, DecisionId("1")))


def test_a_log_goes_on_about_one_conversation_or_about_all() -> None:
    after = JANE.id, DecisionId("click:1")
    for about, wanted in (
        (None, acts.Log(None, after)),
        (JANE.id, acts.Log(acts.ById(JANE.id), after)),
    ):
        view = log("Decisions:", [READ], key=KEY, about=about, has_older=True)
        check(view)
        (older,) = elements(view, "button")
        assert acts.parse(older["value"]) == wanted
    unknown = replace(READ, outcome=replace(READ.outcome, decision=DecisionId("a b")))
    assert labels(log("Decisions:", [unknown], key=KEY, has_older=True)) == []


def test_an_undo_in_the_log_asks_where_it_may_send_email() -> None:
    (undo,) = elements(log("Decisions:", [HOT], key=KEY, confirmed=frozenset({"cold"})), "button")
    assert undo["confirm"]["title"]["text"] == "Set Cold?"


def test_a_log_without_decisions_is_a_sentence() -> None:
    assert log("There are no decisions yet.", [], key=KEY).text == "There are no decisions yet."


def test_the_longest_log_is_taken_by_slack() -> None:
    endless = "&<" * 2000
    made = replace(outcome(SetAiTag(AiTag(endless)), endless, endless * 2), person=endless)
    made = replace(made, tags=(endless,), undone=endless)
    shown = [
        Row(made, changed(id=ConversationId(f"c{number}"), lead=Lead(endless)), "emoji", True)
        for number in range(MOST)
    ]
    check(log(endless, shown, key=KEY, has_older=True))


rows = st.builds(
    Row,
    strategies.outcomes,
    strategies.conversations,
    st.sampled_from(["", "button", "emoji"]),
    st.booleans(),
)


@calm
@given(
    st.lists(rows, min_size=1, max_size=2, unique_by=lambda each: each.conversation.id),
    hostile,
    st.booleans(),
)
def test_any_log_is_taken_by_slack(shown: Sequence[Row], opening: str, has_older: bool) -> None:
    check(
        log(
            f"Decisions {opening}",
            shown,
            key=KEY,
            has_older=has_older,
            about=shown[0].conversation.id,
        )
    )
