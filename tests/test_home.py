"""App Home as Slack takes it and as people read it, and what its buttons mean for ever."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import acts, home
from bot.errors import NotUnderstood
from bot.home import Chosen, unpacked
from bot.playground.people import furnished
from bot.playground.views import checked_view
from bot.triage import AiTag, ChannelId, ConversationId, Owner, SetAiTag, UserId
from bot.views import home as views
from bot.views.form import View
from bot.views.home import MOST, MOST_CHANNELS, Board, Row, Subscribed
from bot.views.message import BUTTON_LIMIT
from tests import strategies
from tests.strategies import calm, hostile, json_values
from tests.view_asserts import AT, CHANNEL, CHOICES, DATE, JANE, OURS, UNSEEN, objects, outcome

# FROZEN: every form that the value of a button in Home ever had. Lines are added, never changed.
VALUES: list[tuple[str, Chosen]] = [
    ("home:1:all", Chosen()),
    ("home:1:mine", Chosen("mine")),
    ("home:1:unclaimed", Chosen("unclaimed")),
    ("home:1:later", Chosen("later")),
    ("home:1:channel:C0TRIAGE", Chosen("channel", "C0TRIAGE")),
    ("home:1:campaign:0123456789abcdef", Chosen("campaign", "0123456789abcdef")),
    ("home:1:all::1764000000.25:c1", Chosen("all", "", (1764000000.25, ConversationId("c1")))),
    (
        "home:1:channel:C0TRIAGE:-8236000000.0:c_1-a",
        Chosen("channel", "C0TRIAGE", (-8236000000.0, ConversationId("c_1-a"))),
    ),
]
# FROZEN: every form that an action_id of Home ever had.
ACTION_IDS = (
    *("home.0", "home.1", "home.2", "home.3", "home.5", "home.6", "home.7", "home.8", "home.9"),
    "home.campaigns",
)
# FROZEN: every form of what Slack keeps with a Home.
METADATA = '{"v":1,"replies":{"c1":"2026-03-04T09:12:00.000Z","c2":""}}'
BEN = Owner(UserId("U0BEN"), "Ben", AT)
OWNED = Row(JANE, AT, owner=BEN)


@pytest.mark.parametrize(("value", "chosen"), VALUES, ids=[value for value, _ in VALUES])
def test_a_value_that_was_ever_shipped_is_read_for_ever(value: str, chosen: Chosen) -> None:
    assert unpacked(value) == chosen
    assert home.packed(chosen) == value


@pytest.mark.parametrize(
    "value",
    [
        "", "home", "home:1", "home:1:", "home:2:all", "home:1:every", "home:1:all:C 1",
        "1:c1:read", "home:1:all::1", "home:1:all::x:c1", "home:1:all::1:c 1", "home:1:all:\n",
        "home:1:doctor",
    ],
)  # fmt: skip
def test_a_value_that_never_was_is_not_understood(value: str) -> None:
    with pytest.raises(NotUnderstood):
        unpacked(value)


@calm
@example(Chosen(after=(1e-05, ConversationId("c1"))))
@given(
    st.builds(
        Chosen,
        st.sampled_from(["all", "channel"]),
        st.from_regex(r"[A-Z0-9]{0,20}", fullmatch=True),
        st.none() | st.tuples(st.floats(-2e10, 2e10).map(lambda at: round(at, 6)), strategies.ids),
    )
)
def test_a_packed_value_is_read(chosen: Chosen) -> None:
    assert unpacked(home.packed(chosen)) == chosen


def test_slack_keeps_which_reply_each_row_shows() -> None:
    replies = [(ConversationId("c1"), "2026-03-04T09:12:00.000Z"), (ConversationId("c2"), "")]
    assert home.metadata(replies) == METADATA
    assert home.listed(METADATA, "c1") == "home.2026-03-04T09:12:00.000Z"
    assert home.listed(METADATA, "c3") == "home."


@calm
@given(hostile | json_values.map(json.dumps))
def test_what_slack_may_send_instead_names_no_reply(said: str) -> None:
    assert home.listed(said, "c1") == "home."


def check(view: View) -> View:
    """Slack takes it, nothing in it is markup that is not ours, and it can be read aloud."""
    wire: View = json.loads(json.dumps(view))
    checked_view(furnished(lambda: AT), wire, "home")
    for each in objects(wire["blocks"]):
        if each.get("type") == "mrkdwn":
            said = CHANNEL.sub("", DATE.sub("", each["text"]))
            assert not any(mark in said for mark in "<>*_~`")
            assert each["verbatim"] is True
        if each.get("type") == "plain_text":
            assert each["emoji"] is False
        if isinstance(each.get("text"), str):
            assert not UNSEEN.search(OURS.sub(r"\1", each["text"]))
        if each.get("type") == "button":
            assert len(each["text"]["text"]) <= BUTTON_LIMIT
            assert ":" in each["accessibility_label"]
        if "value" in each and "text" in each:
            understood(each)
    return wire


def understood(element: Any) -> None:
    if element.get("action_id", home.CAMPAIGNS).startswith("home."):
        if element["value"] != home.DOCTOR:
            unpacked(element["value"])
    else:
        acts.parse(element["value"])


def shown(view: View) -> str:
    """All that somebody reads, or hears read aloud."""
    blocks = objects(view["blocks"])
    return "\n".join(each["text"] for each in blocks if isinstance(each.get("text"), str))


def buttons(view: View) -> list[str]:
    return [
        each["text"]["text"] for each in objects(view["blocks"]) if each.get("type") == "button"
    ]


def board(rows: Sequence[Row] = (), **fields: Any) -> Board:
    return replace(Board(Chosen(), rows, AT), **fields)


def rows(count: int) -> list[Row]:
    return [
        Row(replace(JANE, id=ConversationId(f"c{each}")), AT + each, owner=BEN)
        for each in range(count)
    ]


def test_a_row_has_the_lead_their_words_the_wait_the_owner_and_the_buttons_of_a_card() -> None:
    view = check(views.view(board([OWNED]), CHOICES))
    said = shown(view)
    for part in ("Jane Doe", "Acme Inc", "Yes, please.", "Waiting for us since", "Owner: Ben"):
        assert part in said
    assert "Owner: Ben · jane@example.com · Q1 Outreach · tags" in said
    assert buttons(view)[5:8] == ["✓ Interested", "Meeting Request", "Mark read"]
    assert buttons(view)[8:] == ["Open", "Release", "Later", "Check everything"]


def test_what_is_mine_needs_no_owner_and_what_is_put_off_says_until_when() -> None:
    mine = shown(check(views.view(board([OWNED], chosen=Chosen("mine")), CHOICES)))
    assert "Owner" not in mine
    assert mine.startswith("Yours, longest wait first")
    later = Row(replace(JANE, unread=False, ai_tag=AiTag("hot")), None, later_at=AT, is_saved=True)
    said = shown(check(views.view(board([later], chosen=Chosen("later")), CHOICES)))
    assert "Put off until" in said
    assert "Waiting for us since" not in said
    assert "aiTag Hot · tags vip, hot" in said.replace("\u2068", "").replace("\u2069", "")
    assert "read · a decision is saved and waits for SendKit" in said


def test_what_is_put_off_ends_and_what_came_back_is_done_or_put_off_again() -> None:
    later = Row(JANE, AT, later_at=AT)
    for row, labels in ((later, ["Back now"]), (replace(later, is_back=True), ["Later", "Done"])):
        view = check(views.view(board([row]), CHOICES))
        offered = [each for each in buttons(view) if each in ("Later", "Back now", "Done")]
        assert offered == labels
        assert ("Back since" in shown(view)) is row.is_back


@pytest.mark.parametrize(
    ("chosen", "title", "nothing"),
    [
        (Chosen(), "Waiting for us, longest wait first", "Nothing waits for an answer."),
        (Chosen("mine"), "Yours, longest", "Nothing of yours waits"),
        (Chosen("unclaimed"), "Without an owner", "Everything that waits for an answer has an"),
        (Chosen("later"), "Put off until later", "Nothing is put off"),
        (Chosen("channel", "C1"), "One channel", "Nothing in this channel waits"),
        (Chosen("campaign", "0f"), "Q1 Outreach, longest", "Nothing of this campaign waits"),
    ],
)
def test_each_list_has_a_title_and_a_sentence_for_when_it_is_empty(
    chosen: Chosen, title: str, nothing: str
) -> None:
    view = check(views.view(board(chosen=chosen, campaign="Q1 Outreach"), CHOICES))
    assert shown(view).startswith(title)
    assert nothing in shown(view)


def test_the_buttons_say_how_long_each_list_is_and_which_one_is_shown() -> None:
    counts: dict[str, Any] = {"every": 100_000, "mine": 3, "unclaimed": 99_997, "later": 0}
    view = check(views.view(board(chosen=Chosen("unclaimed"), **counts), CHOICES))
    assert buttons(view)[:5] == [
        *("All 100000", "Mine 3", "✓ Unclaimed 99997", "Later 0", "Refresh")
    ]


def test_a_campaign_is_chosen_in_a_menu_that_says_how_much_of_each_waits() -> None:
    campaigns = [("Q1 Outreach", 12), ("Ü" * 200, 3)]
    chosen = Chosen("campaign", home.key("Ü" * 200))
    fields: dict[str, Any] = {"campaigns": campaigns, "chosen": chosen, "campaign": "Ü" * 200}
    view = check(views.view(board(**fields), CHOICES))
    (menu,) = [each for each in objects(view["blocks"]) if each.get("type") == "static_select"]
    assert menu["options"][0]["text"]["text"] == "Q1 Outreach (12)"
    assert menu["initial_option"] == menu["options"][1]
    assert unpacked(menu["options"][1]["value"]) == chosen
    others = check(views.view(board(campaigns=campaigns), CHOICES))
    assert "initial_option" not in json.dumps(others)
    assert "static_select" not in json.dumps(views.view(board(campaigns=campaigns[:1]), CHOICES))


def test_pages_go_on_and_back_to_the_first() -> None:
    following = Chosen("mine", "", (AT, JANE.id))
    first = views.view(board(rows(2), chosen=Chosen("mine"), following=following), CHOICES)
    assert buttons(check(first))[-2] == "Next page"
    last = views.view(board(rows(2), chosen=following), CHOICES)
    assert buttons(check(last))[-2] == "First page"


def test_each_channel_says_what_it_gets_and_how_much_of_that_waits() -> None:
    channels = [
        Subscribed(ChannelId("C0TRIAGE"), "all replies", 41, AT),
        Subscribed(ChannelId("C0DEALS"), "positive replies", closed="is_archived"),
        Subscribed(ChannelId("C0GENERAL"), "", 1, AT),
    ]
    view = check(views.view(board(channels=channels), CHOICES))
    said = shown(view)
    assert "<#C0TRIAGE>: 41 waiting, longest since <!date" in said
    assert "Gets all replies." in said
    assert "<#C0DEALS>: nothing waits" in said
    assert "Gets positive replies. I cannot post there (is_archived)." in said
    assert "It has no subscription." in said
    assert buttons(view).count("Show") == 2
    many = channels * 5
    assert f"… and {15 - MOST_CHANNELS} more" in shown(views.view(board(channels=many), CHOICES))


def test_home_says_how_the_bot_is_and_offers_to_check_everything() -> None:
    assert "I am checking." in shown(check(views.view(board(), CHOICES)))
    assert "are all good" in shown(check(views.view(board(health=()), CHOICES)))
    problems = [f"✗ Slack {each}: no." for each in range(5)]
    said = shown(check(views.view(board(health=problems), CHOICES)))
    assert "✗ Slack 2: no." in said
    assert "✗ Slack 3" not in said


def test_the_last_decision_can_be_undone_above_the_list_that_it_left() -> None:
    last = outcome(SetAiTag(AiTag("not_interested")), "not_interested"), JANE
    view = check(views.view(board(last=last), CHOICES))
    assert "Your last decision, Jane Doe · Acme Inc: Ada set Not interested" in shown(view).replace(
        "\u2068", ""
    ).replace("\u2069", "")
    assert "Undo" in buttons(view)
    odd = replace(last[0], decision=type(last[0].decision)("a b"))
    assert "Undo" not in buttons(views.view(board(last=(odd, JANE)), CHOICES))


def test_somebody_who_hears_home_hears_whose_each_button_is() -> None:
    """A view has no text: a screen reader reads its blocks in their order."""
    people = [
        replace(JANE, id=ConversationId(f"c{each}"), lead=replace(JANE.lead, name=name))
        for each, name in enumerate(["Jane Doe", "Omar Haddad"])
    ]
    view = check(views.view(board([Row(each, AT) for each in people], every=2), CHOICES))
    heard = [
        each["accessibility_label"]
        for each in objects(view["blocks"])
        if each.get("type") == "button"
    ]
    assert heard[:2] == ["All 2, set: what waits", "Mine 0: what waits"]
    assert heard[5:11] == [
        *("Interested, set: Jane Doe", "Meeting Request: Jane Doe", "Mark read: Jane Doe"),
        *("Open: Jane Doe", "I’ll take it: Jane Doe", "Later: Jane Doe"),
    ]
    assert heard[11] == "Interested, set: Omar Haddad"
    assert len(heard) == len({*heard})


def test_this_version_writes_action_ids_in_a_frozen_form() -> None:
    channels = [Subscribed(ChannelId("C0TRIAGE"), "all replies", 41, AT)]
    after = Chosen("all", "", (AT, JANE.id))
    full = board(
        rows(1), chosen=after, following=after, channels=channels, campaigns=[("a", 1), ("b", 2)]
    )
    written = {
        str(each["action_id"])
        for each in objects(views.view(full, CHOICES)["blocks"])
        if str(each.get("action_id", "")).startswith("home.")
    }
    assert written == {*ACTION_IDS}
    assert all(home.ACTIONS.match(each) for each in ACTION_IDS)


def test_a_full_page_is_within_slacks_limits() -> None:
    channels = [Subscribed(ChannelId(f"C{each}"), "x" * 5000, 1, AT) for each in range(20)]
    after = Chosen("all", "", (AT, JANE.id))
    view = views.view(
        board(
            rows(MOST),
            chosen=after,
            following=after,
            channels=channels,
            campaigns=[(f"{each}" * 200, 10**9) for each in range(100)],
            health=["x" * 5000] * 9,
            last=(outcome(SetAiTag(AiTag("hot"))), JANE),
        ),
        CHOICES,
    )
    check(view)
    assert 80 < len(view["blocks"]) <= 100


built = st.builds(
    Row, strategies.conversations, st.none() | strategies.times, st.none() | strategies.times
)


@calm
@given(st.lists(built, max_size=3, unique_by=lambda row: row.conversation.id), hostile, hostile)
@pytest.mark.slow
def test_any_home_is_taken_by_slack_and_says_what_it_shows(
    found: list[Row], campaign: str, gets: str
) -> None:
    channels = [Subscribed(ChannelId("C0TRIAGE"), gets, 1, AT, closed=gets)]
    last = (outcome(SetAiTag(AiTag("hot"))), found[0].conversation) if found else None
    chosen = Chosen("campaign", home.key(campaign))
    campaigns = [(campaign, 1), (f"{campaign}!", 2)] if campaign else []
    full = board(
        found,
        chosen=chosen,
        campaign=campaign,
        campaigns=campaigns,
        channels=channels,
        health=[gets] if gets else [],
        last=last,
    )
    check(views.view(full, CHOICES))


def test_a_home_that_cannot_be_shown_is_a_sentence() -> None:
    view = views.sentence("Ask somebody.")
    checked_view(furnished(lambda: AT), view, "home")
    assert shown(view) == "Ask somebody."
