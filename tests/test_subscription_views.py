"""What is said about subscriptions."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.routes import Filters, Route, from_text
from bot.slack.views.message import TEXT_LIMIT, message
from bot.slack.views.subscriptions import (
    NOT_SUBSCRIBED,
    SHOWN,
    closed,
    listed,
    rehearsal,
    subscribed,
    unsubscribed,
    why,
)
from bot.triage import ChannelId, Conversation, ConversationId, Lead, UserId
from tests import strategies
from tests.strategies import calm, hostile, some
from tests.view_asserts import JANE, changed, check, elements

TRIAGE = ChannelId("C0TRIAGE")
HOT = from_text('tag:hot,"R&D" positive')
routes = st.builds(
    Route,
    channel=some.map(ChannelId),
    filters=st.builds(
        Filters,
        campaigns=strategies.tags,
        ai_tags=strategies.tags,
        not_ai_tags=strategies.tags,
        positive=st.booleans(),
        auto_replies=st.booleans(),
    ),
    made_by=st.just(UserId("U0ADA")),
    broken=st.none() | some,
)


def route(channel: str, filters: str = "", broken: str | None = None) -> Route:
    return Route(ChannelId(channel), from_text(filters), UserId("U0ADA"), broken)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(), "Ada subscribed this channel to all replies."),
        (HOT, "Ada subscribed this channel to replies that match tag:hot,R&D positive."),
        (
            Filters(auto_replies=False),
            "Ada subscribed this channel to replies that match auto-replies:off.",
        ),
    ],
)
def test_a_subscription_says_who_made_it_and_what_it_takes(filters: Filters, said: str) -> None:
    assert subscribed("Ada", filters) == said


def test_an_end_of_a_subscription_says_who_made_it() -> None:
    assert unsubscribed("Ada") == "Ada ended this channel's subscription."
    assert NOT_SUBSCRIBED.startswith("This channel has no subscription.")


def test_a_rule_is_said_as_it_was_typed() -> None:
    assert why(str(HOT)) == "This card is here because of: tag:hot,R&D positive."
    assert len(why("x" * 9000)) < 400


def test_a_card_from_before_rules_were_noted_says_so() -> None:
    assert why("") == "This card is older than my notes of why cards are where they are."


@pytest.mark.parametrize(
    ("subscriptions", "said"),
    [
        ([], ["<#C0TRIAGE>: all replies"]),
        (
            [route("C1", "tag:hot"), route("C2")],
            [
                "<#C1>: replies that match tag:hot",
                "<#C2>: all replies",
                "<#C0TRIAGE>: what no channel takes",
            ],
        ),
        (
            [route("C1", "positive", "is_archived")],
            [
                "<#C1>: replies that match positive (I cannot post there: is_archived)",
                "<#C0TRIAGE>: what no channel takes",
            ],
        ),
    ],
)
def test_each_channel_has_a_line_and_the_triage_channel_takes_the_rest(
    subscriptions: Sequence[Route], said: list[str]
) -> None:
    view = listed(subscriptions, TRIAGE)
    assert view.text.split("\n") == said
    shown = [": ".join(part["text"] for part in block["elements"]) for block in view.blocks]
    assert shown == said


@pytest.mark.parametrize(
    ("count", "filters", "shown"),
    [(48, "", 48), (49, "", 48), (40, f"tag:{'x' * 200}", 17)],
    ids=["all that fit", "one too many", "too long for the text"],
)
def test_of_many_subscriptions_the_rest_is_counted(count: int, filters: str, shown: int) -> None:
    view = listed([route(f"C{number:02}", filters) for number in range(count)], TRIAGE)
    check(view, names_channels=True)
    assert view.text.count("<#C") == len(elements(view, "mrkdwn")) == shown + 1
    if shown < count:
        assert view.text.endswith(f"… and {count - shown} more.")
        assert elements(view, "plain_text")[-1]["text"] == f"… and {count - shown} more."


def test_whoever_subscribed_a_channel_is_told_that_it_closed() -> None:
    view = closed(ChannelId("C1"), "is_archived")
    check(view, names_channels=True)
    assert view.text.startswith("<#C1>: I can no longer post in this channel (is_archived)")


COLD = changed(id=ConversationId("c2"), lead=Lead("tom@x.y"), ai_tag=None)


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (
            [],
            "Of the last 50 conversations it would have taken 0: "
            "replies that match tag:hot,R&D positive.",
        ),
        (
            [JANE],
            "Of the last 50 conversations it would have taken 1: Jane Doe · Acme Inc (interested).",
        ),
        (
            [COLD, JANE],
            "Of the last 50 conversations it would have taken 2: "
            "tom@x.y (no aiTag); Jane Doe · Acme Inc (interested).",
        ),
    ],
)
def test_a_rehearsal_names_whom_it_would_have_taken(
    taken: Sequence[Conversation], said: str
) -> None:
    assert rehearsal(HOT, taken, 50) == said


@pytest.mark.parametrize(
    ("count", "more"), [(SHOWN, ""), (SHOWN + 1, ", and 1 more"), (50, ", and 30 more")]
)
def test_a_long_rehearsal_counts_the_rest(count: int, more: str) -> None:
    said = rehearsal(Filters(), [JANE] * count, 50)
    assert said.startswith(f"Of the last 50 conversations it would have taken {count}: Jane Doe")
    assert said.count("Jane Doe") == SHOWN
    assert said.endswith(f"(interested){more}.")


@calm
@given(st.lists(routes, max_size=4), hostile, st.lists(strategies.conversations, max_size=30))
def test_any_of_it_is_taken_by_slack(
    subscriptions: Sequence[Route], name: str, taken: Sequence[Conversation]
) -> None:
    filters = subscriptions[0].filters if subscriptions else Filters()
    for said in (
        subscribed(name, filters),
        unsubscribed(name),
        why(str(filters)),
        rehearsal(filters, taken, 50),
    ):
        check(message(said))
        assert len(message(said).text) <= TEXT_LIMIT
    check(listed(subscriptions, TRIAGE), names_channels=True)
    check(closed(ChannelId(name), name), names_channels=True)
