"""Texts about subscriptions."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcer import NO_RULE
from bot.cards import ASKED_FOR
from bot.filters import Filters, Route, from_text
from bot.triage import ChannelId, Conversation, ConversationId, Lead, UserId
from bot.views.message import TEXT_LIMIT, message
from bot.views.subscriptions import (
    NOT_SUBSCRIBED,
    SHOWN,
    closed,
    listed,
    rehearsal,
    subscribed,
    unknown_ai_tags,
    unknown_campaigns,
    unsubscribed,
    which,
    why,
)
from tests import strategies
from tests.strategies import calm, hostile, some
from tests.view_asserts import JANE, changed, check, elements

TRIAGE = ChannelId("C0TRIAGE")
HOT = from_text('tag:hot,"R&D" positive')
IN_WORDS = "positive replies with the aiTag Hot or R&D"
routes = st.builds(
    Route,
    channel=some.map(ChannelId),
    filters=st.builds(
        Filters,
        campaigns=strategies.tags,
        ai_tags=strategies.tags,
        not_ai_tags=strategies.tags,
        tags=strategies.tags,
        not_tags=strategies.tags,
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
        (HOT, f"Ada subscribed this channel to {IN_WORDS}."),
        (
            Filters(auto_replies=False),
            "Ada subscribed this channel to replies except automatic ones.",
        ),
    ],
)
def test_a_subscription_says_who_made_it_and_what_it_takes(filters: Filters, said: str) -> None:
    assert subscribed("Ada", filters) == subscribed("Ada", filters, filters) == said


def test_a_subscription_says_what_it_replaces() -> None:
    assert subscribed("Ada", HOT, Filters()) == (
        f"Ada subscribed this channel to {IN_WORDS}. This replaces its subscription to all replies."
    )


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ("", "all replies"),
        ("campaign:Q1", "replies to the campaign “Q1”"),
        ("campaign:Q1,Q2,Q3", "replies to the campaign “Q1”, “Q2” or “Q3”"),
        ("aitag:meeting_booked,hot", "replies with the aiTag Meeting booked or Hot"),
        ("campaign:Q1 -aitag:cold", "replies to the campaign “Q1”, without the aiTag Cold"),
        ("tags:vip,x -tags:y", "replies with the tag vip or x, without the tag y"),
        ("positive auto-replies:off", "positive replies except automatic ones"),
    ],
)
def test_filters_are_said_in_words(filters: str, said: str) -> None:
    assert which(from_text(filters)) == said


def test_an_end_of_a_subscription_says_who_made_it() -> None:
    assert unsubscribed("Ada") == "Ada ended this channel’s subscription."
    assert NOT_SUBSCRIBED.startswith("This channel has no subscription.")


def test_the_triage_channel_still_gets_the_rest() -> None:
    rest = "As the triage channel it still gets what no other channel takes."
    assert unsubscribed("Ada", is_triage=True).endswith(f"subscription. {rest}")
    assert subscribed("Ada", HOT, is_triage=True).endswith(f". {rest}")
    assert subscribed("Ada", Filters(), is_triage=True).endswith(" to all replies.")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (str(HOT), f"This channel is subscribed to {IN_WORDS}."),
        # FROZEN: what databases have as a rule. Lines are added, never changed.
        ("tag:hot,R&D positive", f"This channel is subscribed to {IN_WORDS}."),
        ("it takes every reply", "This channel is subscribed to all replies."),
        ("no subscription takes it, and this is the triage channel",
         "No channel is subscribed to this reply, so it came to the triage channel."),
        ("somebody decided about it or asked for it here",
         "Somebody decided about this reply here, or asked for its card."),
        ("of something else", "This card was posted here because of something else."),
        ("", "This card is too old: I no longer know why it was posted here."),
    ],
)  # fmt: skip
def test_a_card_says_why_it_was_posted(rule: str, said: str) -> None:
    assert why([("Jane", rule)]) == why([("Jane", rule), ("Tom", rule)]) == said


def test_each_lead_of_a_message_has_its_own_reason() -> None:
    rules = [("Jane", ""), ("Tom", "it takes every reply"), ("Ann", "")]
    assert why(rules) == (
        "Jane, Ann: This card is too old: I no longer know why it was posted here.\n"
        "Tom: This channel is subscribed to all replies."
    )


def test_the_rules_that_this_version_writes_are_said_in_words() -> None:
    assert not why([("Jane", NO_RULE)]).endswith(f"{NO_RULE}.")
    assert not why([("Jane", ASKED_FOR)]).endswith(f"{ASKED_FOR}.")
    assert len(why([("Jane", "x" * 9000)])) < 400


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (
            ["Nope"],
            "I have seen no reply to a campaign called “Nope” yet. Campaigns with replies: "
            "Q1 Outreach, Q2.",
        ),
        (
            ["q1 outreech", "X"],
            "I have seen no reply to a campaign called “q1 outreech” or “X” yet. Did you mean "
            'campaign:"Q1 Outreach"? Campaigns with replies: Q1 Outreach, Q2.',
        ),
    ],
)
def test_an_unknown_campaign_is_told_with_known_ones(names: Sequence[str], said: str) -> None:
    assert unknown_campaigns(names, ["Q1 Outreach", "Q2"]) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (
            ["vip"],
            "There is no aiTag called “vip”. The aiTags of this workspace are: interested, hot. "
            "For a custom tag, use tags:NAME.",
        ),
        (["intrested"], "Did you mean aitag:interested?"),
    ],
)
def test_an_unknown_ai_tag_is_told_with_known_ones(names: Sequence[str], said: str) -> None:
    assert said in unknown_ai_tags(names, ["interested", "hot"])
    assert len(unknown_ai_tags(["x" * 900] * 99, ["y" * 900] * 99)) < TEXT_LIMIT


@pytest.mark.parametrize(
    ("subscriptions", "said"),
    [
        ([], ["<#C0TRIAGE>: all replies"]),
        (
            [route("C1", "tag:hot"), route("C2")],
            [
                "<#C1>: replies with the aiTag Hot",
                "<#C2>: all replies",
                "<#C0TRIAGE>: everything else",
            ],
        ),
        ([route("C0TRIAGE")], ["<#C0TRIAGE>: all replies"]),
        ([route("C0TRIAGE", "positive")], ["<#C0TRIAGE>: all replies"]),
        (
            [route("C0TRIAGE"), route("C1", "positive")],
            ["<#C1>: positive replies", "<#C0TRIAGE>: all replies"],
        ),
        (
            [route("C0TRIAGE", "positive"), route("C1", "tags:vip")],
            [
                "<#C1>: replies with the tag vip",
                "<#C0TRIAGE>: positive replies, and everything else",
            ],
        ),
        (
            [route("C1", "positive", "is_archived")],
            [
                "<#C1>: positive replies (I cannot post there: is_archived)",
                "<#C0TRIAGE>: everything else",
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


def test_the_subscriber_of_a_channel_is_told_that_it_closed() -> None:
    view = closed(ChannelId("C1"), "is_archived")
    check(view, names_channels=True)
    assert view.text.startswith("<#C1>: I can no longer post in this channel (is_archived)")


COLD = changed(id=ConversationId("c2"), lead=Lead("tom@x.y"), ai_tag=None)


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ([], f"This channel would get {IN_WORDS}: none of the last 50 conversations."),
        (
            [COLD, JANE],
            f"This channel would get {IN_WORDS}: 2 of the last 50 conversations.\n"
            "• tom@x.y (no aiTag)\n• Jane Doe · Acme Inc (Interested)",
        ),
    ],
)
def test_a_rehearsal_names_whom_it_would_take(taken: Sequence[Conversation], said: str) -> None:
    assert rehearsal(HOT, taken, 50) == said


@pytest.mark.parametrize(
    ("count", "more"), [(SHOWN, ""), (SHOWN + 1, "\n… and 1 more."), (50, "\n… and 30 more.")]
)
def test_a_long_rehearsal_counts_the_rest(count: int, more: str) -> None:
    said = rehearsal(Filters(), [JANE] * count, 50)
    assert said.startswith(
        f"This channel would get all replies: {count} of the last 50 conversations.\n"
    )
    assert said.count("Jane Doe") == SHOWN
    assert said.endswith(f"(Interested){more}")


@calm
@given(st.lists(routes, max_size=4), hostile, st.lists(strategies.conversations, max_size=30))
def test_any_of_it_is_taken_by_slack(
    subscriptions: Sequence[Route], name: str, taken: Sequence[Conversation]
) -> None:
    filters = subscriptions[0].filters if subscriptions else Filters()
    for said in (
        subscribed(name, filters, Filters(), is_triage=True),
        unsubscribed(name),
        why([(name, str(filters)), (name, "")]),
        rehearsal(filters, taken, 50),
    ):
        check(message(said))
        assert len(message(said).text) <= TEXT_LIMIT
    check(listed(subscriptions, TRIAGE), names_channels=True)
    check(closed(ChannelId(name), name), names_channels=True)
