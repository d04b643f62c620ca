"""The form of an answer, its preview, and what cards say about it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.acts import AnswerWasNotSent, AnswerWasSent, Reply, TakeBackAnswer
from bot.answered import Answered
from bot.answers import State
from bot.playground.slack_objects import unfolded
from bot.triage import Card, Mail
from bot.views import answer, form, queue, reply_form
from bot.views.card import card
from bot.views.form import View
from bot.views.message import SECTION_LIMIT
from bot.written import TEXT_LIMIT, Written
from tests import strategies
from tests.strategies import calm, hostile
from tests.test_form_views import check, labels, mail, mails, sent, texts
from tests.view_asserts import AT, CHOICES, JANE, changed, elements, shown_text
from tests.view_asserts import check as check_message
from tests.view_asserts import labels as card_labels

MAILS = (mail(0, ours=True), mail(1, words="Yes, please."))
ALL = Written("Hi Jane,\n\nhere you are.", "ann@x.example, bob@x.example", 1_764_003_600, "Asked.")
QUEUED = Answered("form:V1:ab", "Ada", State.QUEUED, AT + 90_000)
ANSWERING = replace(CHOICES, replies=True)

written = st.builds(
    Written,
    text=hostile.map(lambda text: text[:TEXT_LIMIT]),
    cc=hostile.map(lambda text: text[:500]),
    at=st.none() | st.integers(10**9, 10**10 - 1),
    reason=hostile.map(lambda text: text[:300]),
)


def inputs(view: View) -> dict[str, Any]:
    return {
        each["element"]["action_id"]: each
        for each in unfolded(sent(view)["blocks"])
        if each["type"] == "input"
    }


@calm
@given(
    strategies.conversations,
    st.lists(mails, max_size=3),
    written,
    hostile,
    st.booleans(),
    st.booleans(),
    hostile,
)
@pytest.mark.slow
def test_any_answer_is_taken_by_slack(
    conversation: Any,
    found: list[Mail],
    said: Written,
    notice: str,
    asks: bool,
    opens: bool,
    text: str,
) -> None:
    view = reply_form.form(
        conversation, found, said, "{}", key="c1.0", notice=notice, asks_reason=asks, opens=opens
    )
    check(view)
    assert (acts.REASON in inputs(view)) == asks
    assert opens or "Whole email" not in labels(view)
    check(reply_form.filled(view, text))


@calm
@given(strategies.conversations, written, hostile, hostile)
@pytest.mark.slow
def test_any_preview_is_taken_by_slack(
    conversation: Any, said: Written, mailbox: str, notice: str
) -> None:
    check(reply_form.preview(conversation, said, "{}", mailbox=mailbox, notice=notice))


@calm
@given(strategies.conversations, strategies.answers, hostile)
def test_any_state_of_an_answer_is_taken_by_slack(
    conversation: Any, given: Answered, name: str
) -> None:
    check_message(card(Card(conversation, answer=given, writing=name), ANSWERING))
    check(reply_form.underway(conversation, given))


def test_the_fields_show_what_was_begun() -> None:
    view = reply_form.form(JANE, MAILS, ALL, "{}", key="c1.0", asks_reason=True)
    first = {
        name: each["element"].get("initial_value", each["element"].get("initial_date_time"))
        for name, each in inputs(view).items()
    }
    assert first == {
        acts.TEXT: ALL.text,
        acts.CC: ALL.cc,
        acts.SEND_AT: ALL.at,
        acts.REASON: ALL.reason,
    }
    assert all(each["dispatch_action"] for each in inputs(view).values())
    assert inputs(view)[acts.TEXT]["element"]["multiline"]
    assert view["notify_on_close"]
    assert "Yes, please." in texts(view)


def test_a_form_above_two_others_says_how_to_read_the_whole_email() -> None:
    long = (mail(0, words="x" * 5000),)
    assert "Whole email" in labels(reply_form.form(JANE, long, Written(), "{}", key="k"))
    view = reply_form.form(JANE, long, Written(), "{}", key="k", opens=False)
    assert "Whole email" not in labels(view)
    assert any("close this form" in each for each in texts(view))


def test_a_text_fills_the_field_in_place_of_what_was_typed() -> None:
    view = reply_form.form(JANE, MAILS, ALL, "{}", key="c1.0")
    field = inputs(reply_form.filled(view, "A draft"))[acts.TEXT]
    assert field["element"]["initial_value"] == "A draft"
    assert field["block_id"] != inputs(view)[acts.TEXT]["block_id"]
    assert inputs(reply_form.filled(view, "A draft"))[acts.CC] == inputs(view)[acts.CC]
    assert "initial_value" not in inputs(reply_form.filled(view, ""))[acts.TEXT]["element"]


def test_the_preview_names_everybody_and_shows_the_whole_text() -> None:
    long = replace(ALL, text="word " * (TEXT_LIMIT // 5))
    view = reply_form.preview(JANE, long, "{}", mailbox="ada@us.example")
    said = "\n".join(texts(view))
    for part in ("jane@example.com", "ann@x.example, bob@x.example", "ada@us.example", "Asked."):
        assert part in said
    assert "".join(each for each in texts(view) if each.startswith("word")) == long.text
    assert view["submit"]["text"] == "Send"
    assert labels(view) == ["Change"]


def test_a_preview_without_a_time_says_that_it_can_be_taken_back() -> None:
    view = reply_form.preview(JANE, Written("Hi"), "{}")
    said = "\n".join(texts(view))
    assert "take it back" in said
    assert "Cc" not in said
    assert "mailbox in SendKit" in said


def test_a_preview_of_a_lead_without_a_name_or_an_address_says_so() -> None:
    nobody = changed(lead=replace(JANE.lead, name="", email=""))
    assert "the address that SendKit has" in texts(reply_form.preview(nobody, ALL, "{}"))


def test_a_preview_shows_a_text_of_any_length_in_sections() -> None:
    long = Written("x" * (SECTION_LIMIT + 10))
    assert "x" * 10 in texts(reply_form.preview(JANE, long, "{}"))


STATES = {
    State.WAITING: ("is saved, and not at SendKit yet", [TakeBackAnswer]),
    State.QUEUED: ("goes out", [TakeBackAnswer]),
    State.CHECKING: ("checking with SendKit", [TakeBackAnswer]),
    State.SENT: ("was sent", []),
    State.FAILED: ("was not sent: no mailbox is connected. Its text", []),
    State.TAKEN_BACK: ("was taken back", []),
    State.STALE: ("was not sent: no mailbox is connected.", []),
    State.UNSETTLED: ("may have been sent", [AnswerWasSent, AnswerWasNotSent]),
}


@pytest.mark.parametrize("state", State)
def test_the_card_says_the_state_and_has_the_buttons_for_it(state: State) -> None:
    reason = "" if state in (State.QUEUED, State.SENT) else "no mailbox is connected."
    shown = Card(JANE, answer=replace(QUEUED, state=state, reason=reason))
    view = card(shown, ANSWERING)
    said, pressed = STATES[state]
    assert f"Ada’s answer{':' if state is State.CHECKING else ''} " in view.text
    assert said in view.text
    assert said in shown_text(view)
    values = [acts.parse(each["value"]) for each in elements(view, "button")]
    about = TakeBackAnswer | AnswerWasSent | AnswerWasNotSent
    assert [type(each) for each in values if isinstance(each, about)] == pressed


def test_what_lets_an_answer_be_sent_again_asks_first() -> None:
    view = card(Card(JANE, answer=replace(QUEUED, state=State.UNSETTLED)), ANSWERING)
    pressed = {each["text"]["text"]: each for each in elements(view, "button")}
    assert "Look in SendKit first" in pressed["It was not sent"]["confirm"]["text"]["text"]


def test_an_answer_that_somebody_wants_back_has_no_button() -> None:
    view = card(Card(JANE, answer=replace(QUEUED, wished_by="Ben")), ANSWERING)
    assert "Ben takes Ada’s answer back." in view.text
    assert "Take back" not in card_labels(view)


def test_an_answer_whose_id_no_button_can_hold_has_none() -> None:
    assert answer.buttons(JANE, replace(QUEUED, id="x" * 600)) == ()


def test_the_card_says_who_writes() -> None:
    assert "Ana is writing an answer." in card(Card(JANE, writing="Ana"), ANSWERING).text


@pytest.mark.parametrize(
    ("state", "is_shown"),
    [(State.SENT, False), (State.TAKEN_BACK, False), (State.STALE, False), (State.FAILED, True)],
)
def test_an_answer_that_is_over_goes_when_the_lead_writes_again(
    state: State, is_shown: bool
) -> None:
    again = changed(replied_at="2025-11-26T16:00:00.000Z")
    shown = Card(again, answer=replace(QUEUED, state=state))
    assert ("Ada’s answer" in card(shown, ANSWERING).text) == is_shown
    before = Card(changed(replied_at="2025-11-24T16:00:00.000Z"), answer=shown.answer)
    assert "Ada’s answer" in card(before, ANSWERING).text


def test_only_cards_of_a_bot_that_answers_have_the_button() -> None:
    assert "Reply" not in card_labels(card(Card(JANE), CHOICES))
    view = card(Card(JANE), ANSWERING)
    assert card_labels(view).index("Reply") + 1 == card_labels(view).index("Open")
    (found,) = [each for each in elements(view, "button") if each["action_id"] == acts.REPLY]
    assert acts.parse(found["value"]) == Reply(acts.ById(JANE.id))


def test_our_newest_mail_is_shown_if_the_lead_has_not_answered_it() -> None:
    view = reply_form.form(JANE, (*MAILS, mail(2, ours=True)), Written(), "{}", key="k")
    assert "Words 2" in texts(view)
    assert "Words 2" not in texts(reply_form.form(JANE, (), Written(), "{}", key="k"))


def test_after_send_a_person_without_the_card_is_told_how_to_take_it_back() -> None:
    view = reply_form.saved(JANE)
    check(view)
    assert any(f"/sendkit show {JANE.id}" in each for each in texts(view))


@pytest.mark.parametrize("found", [MAILS, ()])
def test_only_forms_of_a_bot_that_answers_have_the_button(found: tuple[Mail, ...]) -> None:
    view = form.conversation(JANE, found, None, "{}", replies=True)
    check(view)
    assert "Reply" in labels(view)
    assert "Reply" not in labels(form.conversation(JANE, found, None, "{}"))
    one = queue.one(JANE, None, "{}", position=0, total=1, replies=True)
    assert labels(one)[0] == "Reply"
    assert "Reply" not in labels(queue.one(JANE, None, "{}", position=0, total=1))


def test_a_mention_is_answered_with_the_button() -> None:
    view = answer.offer(JANE)
    check_message(view)
    assert card_labels(view) == ["Reply"]
