"""Clicks, in every shape in which Slack delivers them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import entries
from bot.errors import NotUnderstood
from bot.slack.payloads import Gesture, from_click, from_message, from_reaction, origin_of
from bot.triage import ChannelId, MessageTs, Origin, Person, UserId
from tests.strategies import calm, json_values

Json = dict[str, Any]

NOW = 1_764_009_999.0
TS = "1764000000.000100"
PARENT = "1763999999.000200"
URL = "https://hooks.slack.com/actions/T0/1/x"
ADA = Person(UserId("U0ADA"), "ada")
USER = {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0"}
CONTAINER = {"type": "message", "message_ts": TS, "channel_id": "C0TRIAGE", "is_ephemeral": False}
OPTION = {"text": {"type": "plain_text", "text": "Hot", "emoji": True}, "value": "1:c1:tag:hot"}
PRESS = {
    "action_id": "decide.0",
    "block_id": "decide.c1.00000000",
    "text": {"type": "plain_text", "text": "Mark read", "emoji": False},
    "value": "1:c1:read",
    "type": "button",
    "action_ts": "1764000123.456789",
}
CHOICE = {
    "type": "static_select",
    "action_id": "decide.menu",
    "block_id": "decide.c1.00000000",
    "selected_option": OPTION,
    "initial_option": OPTION | {"value": "1:c1:tag:cold"},
    "placeholder": {"type": "plain_text", "text": "Set aiTag", "emoji": True},
    "action_ts": "1764000123.456789",
}
# https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
ON_MESSAGE: Json = {
    "type": "block_actions",
    "user": USER,
    "api_app_id": "A0",
    "token": "deprecated",
    "container": CONTAINER,
    "trigger_id": "12466734323.1395872398",
    "team": {"id": "T0", "domain": "acme"},
    "enterprise": None,
    "is_enterprise_install": False,
    "channel": {"id": "C0TRIAGE", "name": "triage"},
    "message": {"type": "message", "bot_id": "B0", "ts": TS, "text": "Reply", "blocks": []},
    "state": {"values": {}},
    "response_url": URL,
    "actions": [PRESS],
}
HERE = Origin(ChannelId("C0TRIAGE"), ADA, message=MessageTs(TS), response_url=URL)
PRESSED = replace(HERE, door="button")
LIST = "001764000000-0123456789ab"
GONE = object()


def body(**fields: Any) -> Json:
    """The documented payload with other fields; GONE leaves one out."""
    return {name: value for name, value in (ON_MESSAGE | fields).items() if value is not GONE}


def acted(**fields: Any) -> Json:
    """The documented payload with another action."""
    action = {name: value for name, value in (PRESS | fields).items() if value is not GONE}
    return body(actions=[action])


def test_a_press_on_a_message_says_who_where_what_and_when() -> None:
    click = from_click(ON_MESSAGE, NOW)
    assert click == Gesture(click.identity, "1:c1:read", PRESSED, 1764000123.456789)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        (PRESS, "1:c1:read"),
        (CHOICE, "1:c1:tag:hot"),
        (CHOICE | {"type": "overflow"}, "1:c1:tag:hot"),
        (CHOICE | {"type": "radio_buttons"}, "1:c1:tag:hot"),
        (CHOICE | {"selected_option": None, "value": "1:c1:read"}, "1:c1:read"),
        (CHOICE | {"selected_option": {"text": {}}}, ""),
        ({"type": "checkboxes", "selected_options": [OPTION]}, ""),
        ({"type": "datepicker", "selected_date": "2026-03-03"}, ""),
        (PRESS | {"value": None}, ""),
        (PRESS | {"value": {"a": 1}}, ""),
        ({"type": "button"}, ""),
    ],
    ids=lambda part: part.get("type") if isinstance(part, dict) else part,
)
def test_the_value_is_the_button_s_or_the_option_s(action: Json, value: str) -> None:
    click = from_click(body(actions=[action]), NOW)
    assert click.value == value
    assert click.origin.door == ("menu" if action.get("selected_option") else "button")


WITHOUT_MESSAGE = {"message": GONE, "container": CONTAINER | {"is_ephemeral": True}}


@pytest.mark.parametrize(
    ("fields", "origin"),
    [
        ({}, HERE),
        (WITHOUT_MESSAGE,
         Origin(ChannelId("C0TRIAGE"), ADA, MessageTs(TS), private=True, response_url=URL)),
        ({"container": CONTAINER | {"thread_ts": PARENT}},
         Origin(ChannelId("C0TRIAGE"), ADA, MessageTs(TS), MessageTs(PARENT), response_url=URL)),
        ({"message": {"ts": TS, "thread_ts": PARENT}},
         Origin(ChannelId("C0TRIAGE"), ADA, MessageTs(TS), MessageTs(PARENT), response_url=URL)),
        ({"container": CONTAINER | {"thread_ts": TS}}, HERE),
        ({"message": {"ts": TS, "thread_ts": TS, "reply_count": 3}}, HERE),
        ({"container": GONE}, HERE),
        ({"channel": GONE}, HERE),
        ({"channel": None, "message": None}, HERE),
        (
            {
                "container": {"type": "view", "view_id": "V1"},
                "view": {"id": "V1", "type": "modal", "blocks": []},
                "channel": GONE,
                "message": GONE,
                "response_url": GONE,
            },
            Origin(ChannelId("U0ADA"), ADA),
        ),
        (
            {
                "channel": {"id": "D0ADA", "name": "directmessage"},
                "container": CONTAINER | {"channel_id": "D0ADA"},
            },
            Origin(ChannelId("D0ADA"), ADA, message=MessageTs(TS), response_url=URL),
        ),
        (
            {"actions": [PRESS | {"block_id": f"decide.c1.0.{LIST}"}]},
            replace(HERE, private=True, listed=LIST),
        ),
        ({"response_url": ""}, Origin(ChannelId("C0TRIAGE"), ADA, message=MessageTs(TS))),
        ({"response_url": 5}, Origin(ChannelId("C0TRIAGE"), ADA, message=MessageTs(TS))),
    ],
    ids=[
        "on a message",
        "on what only one person sees",
        "in a thread",
        "in a thread, by its message",
        "on the first message of a thread",
        "on the first message of a thread, by its message",
        "without a container",
        "without a channel",
        "with nothing but a container",
        "in a modal",
        "in a direct message",
        "in a list, which is an ordinary message in a direct message",
        "with an empty response_url",
        "with a response_url that is none",
    ],
)  # fmt: skip
def test_a_person_is_answered_where_they_acted(fields: Json, origin: Origin) -> None:
    assert from_click(body(**fields), NOW).origin == replace(origin, door="button")


@pytest.mark.parametrize(
    ("user", "handle"),
    [
        (USER, "ada"),
        ({"id": "U0ADA", "name": "ada.l"}, "ada.l"),
        ({"id": "U0ADA", "username": "", "name": ""}, "Somebody"),
        ({"id": "U0ADA"}, "Somebody"),
    ],
)
def test_a_person_has_a_handle(user: Json, handle: str) -> None:
    assert origin_of(body(user=user)).person == Person(UserId("U0ADA"), handle)


@pytest.mark.parametrize("user", [GONE, None, {}, {"id": ""}, {"id": None}, {"id": 5}, "U0ADA", []])
def test_a_click_of_nobody_is_not_understood(user: object) -> None:
    with pytest.raises(NotUnderstood, match="names no person"):
        from_click(body(user=user), NOW)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("1764000123.456789", 1764000123.456789),
        ("1764000123", 1764000123.0),
        (GONE, NOW),
        (None, NOW),
        ("", NOW),
        ("soon", NOW),
        ("nan", NOW),
        ("inf", NOW),
        ("-5", NOW),
        ("1e300", NOW),
        ("9" * 400, NOW),
        (1764000123, NOW),
        (["1764000123"], NOW),
    ],
    ids=lambda part: str(part)[:20],
)
def test_a_click_has_a_time_even_where_slack_gives_none(said: object, at: float) -> None:
    assert from_click(acted(action_ts=said), NOW).at == at


@pytest.mark.parametrize("trigger", ["12466734323.1395872398", "", GONE])
def test_a_click_delivered_again_is_the_same_click(trigger: object) -> None:
    first = from_click(body(trigger_id=trigger), NOW)
    again = from_click(body(trigger_id=trigger, response_url=URL + "2", token="x"), NOW + 60)
    assert again.identity == first.identity
    assert first.identity.startswith("click:")


@pytest.mark.parametrize("trigger", ["12466734323.1395872398", GONE])
def test_clicks_differ_by_who_where_what_and_when(trigger: object) -> None:
    def identity(fields: Json) -> str:
        return from_click(body(trigger_id=trigger) | fields, NOW).identity

    different: list[Json] = [
        {},
        {"trigger_id": "another"},
        {"user": USER | {"id": "U0BEN"}},
        {"container": CONTAINER | {"message_ts": "1764000000.000101"}},
        {"actions": [PRESS | {"block_id": "decide.c2.00000000"}]},
        {"actions": [PRESS | {"action_id": "decide.1"}]},
        {"actions": [PRESS | {"action_ts": "1764000124.456789"}]},
        {"actions": [PRESS | {"value": "1:c1:unread"}]},
        {"actions": [CHOICE]},
        {"actions": [CHOICE | {"selected_option": OPTION | {"value": "1:c1:untag"}}]},
    ]
    assert len({identity(fields) for fields in different}) == len(different)


@pytest.mark.parametrize("actions", [GONE, None, [], {}, "x", [None], ["x"], [[]]])
def test_a_click_without_an_action_has_no_value(actions: object) -> None:
    click = from_click(body(actions=actions), NOW)
    assert (click.value, click.at, click.origin) == ("", NOW, PRESSED)


# https://docs.slack.dev/reference/events/app_mention
MENTION: Json = {
    "type": "app_mention",
    "user": "U0ADA",
    "text": "<@U0TRIAGE> interested",
    "ts": TS,
    "channel": "C0TRIAGE",
    "event_ts": TS,
}
# https://docs.slack.dev/reference/events/message.im
DIRECT = MENTION | {"type": "message", "channel": "D0ADA", "channel_type": "im", "text": "inbox"}
SOMEBODY = Person(UserId("U0ADA"), "Somebody")
MENTIONED = Origin(ChannelId("C0TRIAGE"), SOMEBODY, door="mention")
# Only the person reads what stands there, so it need not be ephemeral.
WRITTEN = Origin(ChannelId("U0ADA"), SOMEBODY, door="message")


@pytest.mark.parametrize(
    ("event", "words", "origin"),
    [
        (MENTION, "interested", MENTIONED),
        (
            MENTION | {"thread_ts": PARENT},
            "interested",
            replace(MENTIONED, thread=MessageTs(PARENT)),
        ),
        (MENTION | {"thread_ts": TS}, "interested", MENTIONED),
        (MENTION | {"channel": "D0ADA"}, "interested", WRITTEN),
        (MENTION | {"text": None}, "", MENTIONED),
        (DIRECT, "inbox", WRITTEN),
        (DIRECT | {"thread_ts": PARENT}, "inbox", replace(WRITTEN, thread=MessageTs(PARENT))),
        (DIRECT | {"channel_type": "channel"}, None, None),
        (DIRECT | {"channel_type": "mpim"}, None, None),
        (MENTION | {"bot_id": "B0"}, None, None),
        (MENTION | {"user": ""}, None, None),
        (MENTION | {"ts": 5}, None, None),
        (MENTION | {"channel": {}}, None, None),
        ({}, None, None),
    ],
)
def test_words_to_the_bot_are_read(event: Json, words: str | None, origin: Origin | None) -> None:
    said = from_message({"type": "event_callback", "event": event}, NOW)
    if words is None:
        assert said is None
    else:
        identity = f"said:{event['channel']}:{TS}"
        assert said == Gesture(identity, words, origin, 1764000000.0001)  # type: ignore[arg-type]


@calm
@given(st.dictionaries(st.sampled_from([*DIRECT, "thread_ts", "bot_id"]), json_values))
def test_any_event_is_words_to_the_bot_or_none(fields: Json) -> None:
    for event in (MENTION, DIRECT):
        said = from_message({"event": event | fields}, NOW)
        assert said is None or (said.origin.channel and said.origin.person.id)


# https://docs.slack.dev/reference/events/reaction_added
REACTION: Json = {
    "type": "reaction_added",
    "user": "U0ADA",
    "reaction": "star",
    "item": {"type": "message", "channel": "C0TRIAGE", "ts": TS},
    "item_user": "U0TRIAGE",
    "event_ts": "1764000123.456789",
}
OURS = {"authorizations": [{"team_id": "T0", "user_id": "U0TRIAGE", "is_bot": True}]}


@pytest.mark.parametrize(
    ("event", "identity", "name"),
    [
        (REACTION, "reacted", "star"),
        (REACTION | {"type": "reaction_removed"}, "unreacted", "star"),
        (REACTION | {"reaction": "thumbsup::skin-tone-3"}, "reacted", "+1"),
        (REACTION | {"reaction": "our-logo"}, "reacted", "our-logo"),
        (REACTION | {"user": "U0TRIAGE"}, None, None),
        (REACTION | {"item": {"type": "file", "file": "F1"}}, None, None),
        (REACTION | {"item": None}, None, None),
        ({}, None, None),
    ],
)
def test_a_reaction_is_read(event: Json, identity: str | None, name: str | None) -> None:
    found = from_reaction({"type": "event_callback", "event": event} | OURS, NOW)
    if identity is None or name is None:
        assert found is None
    else:
        which = ("C0TRIAGE", TS, "U0ADA", name)
        whole = entries.reaction(identity, *which, at="1764000123.456789")
        origin = Origin(ChannelId("C0TRIAGE"), SOMEBODY, MessageTs(TS), door="emoji")
        assert found == Gesture(whole, name, origin, 1764000123.456789)
        assert found.identity.startswith(f"{identity}:")
        assert "U0ADA" not in found.identity, "the record outlives whom it names"


@calm
@given(st.dictionaries(st.sampled_from([*REACTION]), json_values), json_values)
def test_any_event_is_a_reaction_or_none(fields: Json, ours: object) -> None:
    found = from_reaction({"event": REACTION | fields, "authorizations": ours}, NOW)
    assert found is None or (found.origin.message and found.origin.person.id)


parts = st.sampled_from([*USER, *CONTAINER, *PRESS, *CHOICE, "thread_ts", "ts"])
whole = st.dictionaries(parts, json_values)
fields = st.dictionaries(
    st.sampled_from([*ON_MESSAGE]), json_values | whole | st.lists(whole, max_size=2)
)


@calm
@given(fields)
@pytest.mark.slow
def test_any_payload_is_a_click_or_not_understood(said: Json) -> None:
    try:
        click = from_click(ON_MESSAGE | said, NOW)
    except NotUnderstood:
        return
    assert len(click.identity) < 50
    assert isinstance(click.value, str)
    assert 0 <= click.at < 1e10
    assert click.origin.channel
    assert click.origin.person.id
    assert click.origin.person.handle
