"""Several cards in one message: what a burst of replies looks like."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import acts
from bot.triage import AiTag, Card, ConversationId, Lead, MarkRead, SetAiTag, Waiting
from bot.views.batch import MOST, batch
from bot.views.card import ONE_LINE_LIMIT, Palette
from bot.views.message import WEIGHT_LIMIT, escape, seen, weight
from tests import strategies
from tests.strategies import calm, hostile
from tests.view_asserts import (
    AT,
    CHOICES,
    JANE,
    TIME,
    blocks,
    changed,
    check,
    elements,
    labels,
    outcome,
    shown_text,
)

several = st.lists(
    strategies.cards, min_size=1, max_size=MOST, unique_by=lambda each: each.conversation.id
)


def numbered(count: int) -> list[Card]:
    return [
        Card(changed(id=ConversationId(f"c{number}"), lead=Lead(f"lead{number}@example.com")))
        for number in range(count)
    ]


@calm
@given(several, strategies.palettes, hostile)
@pytest.mark.slow
def test_any_batch_is_taken_by_slack_and_tells_of_every_lead(
    cards: Sequence[Card], choices: Palette, opening: str
) -> None:
    view = batch(cards, choices, opening)
    check(view)
    assert view.text.startswith(escape(seen(opening[:10]).rstrip()))
    assert weight(view.blocks) <= WEIGHT_LIMIT
    assert not elements(view, "static_select")
    for each in cards:
        assert escape(seen(each.conversation.lead.label[:8]).strip()) in view.text


@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_the_longest_batch_fits_and_tells_of_every_lead(count: int) -> None:
    """Whatever has to be escaped becomes longer, and must push nobody out of the text."""
    last, waiting = (
        outcome(SetAiTag(AiTag("&" * 900))),
        Waiting("&" * 900, MarkRead(), AT, "<" * 900),
    )
    cards = [
        Card(
            changed(
                id=ConversationId(f"{number:024}"),
                lead=Lead("&" * 900, f"<{number}>{'&' * 900}", "&" * 900),
                words="&" * 9000,
                tags=("&" * 900,) * 9,
            ),
            last,
            waiting,
        )
        for number in range(count)
    ]
    many = Palette(tuple(AiTag(f"{number}" * 20) for number in range(150)), (AiTag("a"),) * 3)
    view = batch(cards, many, "&" * 9000)
    check(view)
    assert weight(view.blocks) <= WEIGHT_LIMIT
    for number in range(count):
        assert f"&lt;{number}&gt;" in view.text


def test_the_fullest_batch_is_what_an_outbox_puts_into_a_message() -> None:
    view = batch(numbered(MOST), CHOICES)
    check(view)
    assert len(blocks(view)) == 4 * MOST


def test_a_batch_has_all_that_each_card_has() -> None:
    tom = changed(id=ConversationId("c2"), lead=Lead("tom@x.y"), ai_tag=None, tags=(), unread=False)
    view = batch([Card(JANE), Card(tom)], CHOICES)
    check(view)
    assert shown_text(view).split("\n")[:4] == [
        "2 replies:",
        "Jane Doe · Acme Inc",
        *("", "Yes, please."),
    ]
    assert blocks(view)[2]["elements"][0]["text"] == (
        "jane@example.com · Q1 Outreach · unread · tags vip, hot"
    )
    assert labels(view) == [
        *("✓ Interested", "Meeting Request", "Mark read", "Open"),
        *("Interested", "Meeting Request", "Mark unread", "Open"),
    ]
    pressed = [each["value"].split(":")[1] for each in elements(view, "button")]
    assert pressed == [JANE.id] * 4 + [tom.id] * 4
    assert view.text == (
        "2 replies: "
        "Jane Doe · Acme Inc, aiTag Interested, tags vip, hot, "
        "jane@example.com · Q1 Outreach · unread: Yes, please. "
        "tom@x.y, No aiTag, tom@x.y · Q1 Outreach · read: Yes, please."
    )


def test_long_words_leave_the_facts_of_each_card_in_the_text() -> None:
    """A screen reader reads nothing else."""
    cards = [
        Card(replace(each.conversation, words="word " * 500), outcome(SetAiTag(AiTag("hot"))))
        for each in numbered(MOST)
    ]
    view = batch(cards, CHOICES)
    check(view)
    assert view.text.count("aiTag Interested, tags vip, hot, lead") == MOST
    assert view.text.count(f"{TIME} Ada set Hot") == MOST
    assert view.text.count("Ada set Hot · tag vip: word word") == MOST


def test_a_batch_tells_what_was_decided_and_what_waits() -> None:
    waiting = Waiting("Ben", MarkRead(), AT, "SendKit is not responding", 2)
    view = batch([Card(JANE, outcome(SetAiTag(AiTag("hot"))), waiting), *numbered(1)], CHOICES)
    check(view)
    context = blocks(view)[2]["elements"]
    assert [each["text"] for each in context] == [
        "jane@example.com · Q1 Outreach · unread · tags vip, hot",
        "Ada set Hot · tag vip",
        f"<!date^{int(AT)}^{{date_short_pretty}} {{time}}|{TIME}>",
        "Ben’s decision (mark as read, and 2 more) is saved. SendKit is not responding. Next try:",
        f"<!date^{int(AT)}^{{date_short_pretty}} {{time}}|{TIME}>",
    ]
    assert f"{TIME} Ada set Hot · tag vip" in view.text
    assert "Ben’s decision (mark as read, and 2 more) is saved. SendKit is not" in view.text


def test_an_opening_stands_above_the_cards() -> None:
    view = batch(numbered(2), CHOICES, "31 replies were unread. The newest 2:")
    assert view.text.startswith("31 replies were unread. The newest 2: lead0@example")
    assert blocks(view)[0]["elements"][0]["text"] == "31 replies were unread. The newest 2:"


def test_the_cards_stand_in_their_order() -> None:
    view = batch(numbered(MOST), CHOICES)
    told = [view.text.index(f" lead{number}@") for number in range(MOST)]
    assert told == sorted(told)
    shown = [each["text"] for each in elements(view, "text") if each.get("style") == {"bold": True}]
    assert [each.split("@")[0] for each in shown] == [f"lead{number}" for number in range(MOST)]


def test_an_automatic_reply_is_one_line_until_somebody_decides() -> None:
    away = changed(id=ConversationId("c2"), words="I am away " * 50, auto_reply=True)
    view = batch([Card(JANE), Card(away)], CHOICES)
    check(view)
    line = blocks(view)[-1]
    assert line["text"]["text"].startswith("Jane Doe · Acme Inc · automatic reply: I am away")
    assert len(line["text"]["text"]) <= ONE_LINE_LIMIT
    assert acts.parse(line["accessory"]["value"]) == acts.Show(acts.ById(away.id))
    decided = batch([Card(JANE), Card(away, outcome(MarkRead()))], CHOICES)
    assert labels(decided)[-4:] == labels(decided)[:4]
