"""Slack takes every view, and it is safe to read, whatever leads and workspaces write."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.filters import Filters
from bot.playground.blocks import problems
from bot.slack.grammar import GROUPS
from bot.triage import (
    AiTag,
    Card,
    Change,
    Conversation,
    EditTags,
    Folded,
    Lead,
    Outcome,
    SetAiTag,
    Waiting,
)
from bot.views import Message
from bot.views.batch import batch
from bot.views.card import EARLIER, NO_WORDS, Palette, card, facts
from bot.views.line import confirmation, failed, line, news, unchanged
from bot.views.lists import MOST, candidates, choose, drawn, inbox, one
from bot.views.message import (
    TEXT_LIMIT,
    clock_time,
    escape,
    label,
    link,
    linked,
    message,
    seen,
    wish,
)
from bot.views.subscriptions import rehearsal, subscribed, why
from bot.views.usage import commands, refused, underway
from tests import strategies
from tests.strategies import anything, calm, hostile
from tests.view_asserts import AT, OURS, blocks, changed, check, elements, outcome

ISOLATES = re.compile("[\u2068\u2069]")
SARA = "שרה כהן"
HEBREW = changed(
    lead=Lead("sara@x.y", SARA, "חברה"),
    campaign="קמפיין",
    subject="שאלה",
    words="כן, בבקשה!",
    asked="מתי?",
    writer="דוד",
    ai_tag=AiTag("חם"),
    tags=("חדש", "ישן"),
)
TAGGED = replace(outcome(EditTags(("חדש",), ("ישן",)), "חם", "קר"), person="דוד", tags=("חדש",))
SET = replace(TAGGED, change=SetAiTag(AiTag("חם")))
NO_CHOICES = Palette((), ())


# Long enough to be sure of, short enough to be there whatever stands around it.
def told(view: Message, part: str) -> bool:
    return spelled(part[:10]).strip() in read(view)


def read(view: Message) -> str:
    return ISOLATES.sub("", view.text)


def spelled(text: str) -> str:
    return escape(seen(text))


@calm
@given(strategies.cards, strategies.palettes)
def test_any_card_is_taken_by_slack(shown: Card, choices: Palette) -> None:
    check(card(shown, choices))


@calm
@given(strategies.cards, strategies.palettes)
def test_the_text_of_any_card_tells_all_of_it(shown: Card, choices: Palette) -> None:
    view, conversation, lead = card(shown, choices), shown.conversation, shown.conversation.lead
    assert told(view, lead.label)
    assert told(view, lead.company)
    if shown.folded is not None:
        again = "sent an automatic reply" if conversation.auto_reply else "replied again"
        assert f"{again}. " in f"{view.text} "
        assert ("A newer card has it." in view.text) == bool(shown.folded.newer)
        assert told(view, shown.folded.words)
        return
    assert told(view, lead.email or "no email address")
    assert told(view, conversation.campaign)
    assert told(view, conversation.words or NO_WORDS)
    ai_tag = label(conversation.ai_tag)[:10].rstrip() if conversation.ai_tag else ""
    assert spelled(f"aiTag {ai_tag}".strip()) in read(view)
    assert told(view, conversation.subject)
    assert told(view, conversation.asked)
    assert all(told(view, tag) for tag in conversation.tags[:1])
    assert (" · unread" if conversation.unread else " · read") in view.text
    assert (" · automatic reply" in view.text) >= conversation.auto_reply
    if shown.last is not None:
        assert told(view, shown.last.person)
        assert ("Last decision: " in view.text) != ("Before this reply: " in view.text)
        assert f", {clock_time(shown.last.at)}." in view.text
    if shown.waiting is not None:
        assert told(view, shown.waiting.person)
        assert spelled(wish(shown.waiting.change)) in read(view)
        assert told(view, shown.waiting.reason)
        assert f"Next try: {clock_time(shown.waiting.until)}." in view.text
    assert view.text.endswith(link(shown.earlier, EARLIER))


lists = st.lists(strategies.conversations, max_size=20)


@calm
@given(lists, strategies.palettes, st.integers(0, 10_000), hostile, st.integers(1, 9999))
def test_any_list_is_taken_by_slack(
    found: Sequence[Conversation], choices: Palette, total: int, email: str, dozen: int
) -> None:
    for listing in (inbox(found, total, dozen), choose(found), *map(one, found[:1])):
        check(drawn(replace(listing, key="001764000000-0123456789ab"), choices))
    view = drawn(candidates(email, found), choices)
    check(view)
    assert told(view, email)
    assert "Which one?" in view.text
    first = {each.id: each for each in reversed(found)}
    order = list(dict.fromkeys(each.id for each in found))
    for conversation in (first[identity] for identity in order[:MOST]):
        assert told(view, conversation.lead.label)
        assert told(view, conversation.campaign)
        assert spelled(f": {facts(conversation)[0][:10].rstrip()}") in read(view)


@calm
@given(strategies.outcomes, strategies.changes, hostile, hostile)
def test_slack_takes_any_line(made: Outcome, change: Change, person: str, reason: str) -> None:
    view = line(made, person)
    check(view)
    assert told(view, made.person)
    assert told(view, person)
    ai_tag = spelled(label(made.new_ai_tag)[:10]) if made.new_ai_tag else ""
    assert ai_tag.strip() in read(view)
    assert all(told(view, tag) for tag in made.tags[:1])
    lost = failed(person, wish(change), reason)
    check(lost)
    assert spelled(wish(change)) in read(lost)
    assert " was not carried out." in lost.text
    assert told(lost, reason)


@calm
@given(hostile.filter(bool))
def test_any_news_are_taken_by_slack(said: str) -> None:
    view = news(said)
    check(view)
    assert told(view, said)


@calm
@given(strategies.changes, hostile, anything)
def test_any_answer_to_a_command_is_taken_by_slack(change: Change, whose: str, name: str) -> None:
    said = message(underway(change, whose))
    check(said)
    assert len(said.text) < TEXT_LIMIT
    check(commands(name, GROUPS))
    check(refused(whose, None))
    check(refused(whose, name), names_channels=True)


@calm
@given(hostile, hostile)
def test_only_addresses_of_the_web_become_links(said: str, url: str) -> None:
    view = linked(said, url, "Open the card")
    check(view)
    assert view == message(said)


LINK = "https://acme.slack.com/archives/C1/p1764000000000100?thread_ts=1.2&cid=C1"


@calm
@given(hostile)
def test_a_link_stands_below_what_is_said(said: str) -> None:
    plain, view = message(said), linked(said, LINK, "Open the card")
    assert view.text == f"{plain.text} <{LINK}|Open the card>"
    assert problems(blocks(view), "message") == []
    assert view.blocks[:-1] == plain.blocks
    assert elements(view, "mrkdwn") == [
        {"type": "mrkdwn", "text": f"<{LINK}|Open the card>", "verbatim": True}
    ]


@pytest.mark.parametrize(
    "url",
    [
        *("", "javascript:alert(1)", "mailto:a@b.c", "//evil.example", "ftp://evil.example"),
        *("https://", "slack://channel", "https://a|Safe", "https://a><!channel", "https://a b"),
        "https://a\nb",
    ],
)
def test_a_link_needs_a_web_address(url: str) -> None:
    assert linked("Done.", url, "Open the card") == message("Done.")


@pytest.mark.parametrize(
    "text",
    [
        card(Card(HEBREW, SET, Waiting("דוד", SET.change, AT, "Later")), NO_CHOICES).text,
        card(Card(HEBREW, folded=Folded("", "לא")), NO_CHOICES).text,
        batch([Card(HEBREW, TAGGED)] * 2, NO_CHOICES).text,
        drawn(inbox([HEBREW], 1), NO_CHOICES).text,
        line(TAGGED, SARA).text,
        line(SET, SARA).text,
        failed("דוד", wish(TAGGED.change), "Later.").text,
        confirmation(SET, SARA),
        unchanged(SET.change, SARA),
        underway(SET.change, SARA),
        subscribed("דוד", Filters(("קמפיין",), ("חם",), ("קר",), tags=("חדש",), not_tags=("ישן",))),
        rehearsal(Filters(), [HEBREW], 1),
        why([(SARA, ""), ("Jane", "it takes every reply")]),
    ],
)
def test_names_from_right_to_left_do_not_turn_the_sentence_around_them(text: str) -> None:
    outside = {unicodedata.bidirectional(character) for character in OURS.sub("", text)}
    assert OURS.search(text)
    assert outside.isdisjoint({"R", "AL"})


def test_cutting_such_a_name_does_not_turn_the_text_after_it() -> None:
    cut = message(f"{unchanged(SET.change, SARA * 20)} {'x' * TEXT_LIMIT}").text
    assert len(cut) == TEXT_LIMIT
    check(message(cut))
    check(Message(line(TAGGED, SARA * 100).text, line(TAGGED, SARA * 100).blocks))
