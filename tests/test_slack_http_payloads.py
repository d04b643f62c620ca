"""Payloads of any kind: everything that is JSON gets an answer, and never a 500."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.acts import SEARCH
from bot.errors import NotUnderstood
from bot.slack.http import decode
from tests.slack_http import FORM, JSON, PRIVATE, Door, form, opened
from tests.strategies import anything, json_values

# Each kind of payload, with everything in it that anybody looks at on its way to a listener.
PAYLOADS: dict[str, dict[str, Any]] = {
    "a click": {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada", "name": "Ada"},
        "channel": {"id": "C1"},
        "container": {"channel_id": "C1", "message_ts": "1.2", "is_ephemeral": True},
        "message": {"ts": "1.2", "thread_ts": "1.1"},
        "actions": [
            {
                "type": "static_select",
                "action_id": "decide.menu",
                "block_id": "b",
                "action_ts": "1.2",
                "selected_option": {"value": "1:c1:read"},
            }
        ],
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/actions/x",
        "view": {"type": "home", "callback_id": "x"},
    },
    "an event": {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "user_id": "U1", "enterprise_id": "E1"}],
        "is_ext_shared_channel": True,
        "event": {
            "type": "message",
            "subtype": "message_changed",
            "channel_type": "im",
            "user": "U1",
            "channel": "C1",
            "bot_id": "B1",
            "thread_ts": "1.1",
            "message": {"user": "U1", "thread_ts": "1.1"},
            "previous_message": {"user": "U1"},
            "item": {"channel": "C1"},
            "view": {"type": "home", "callback_id": ""},
        },
    },
    "a function": {
        "type": "event_callback",
        "event": {
            "type": "function_executed",
            "function": {"callback_id": "x"},
            "function_execution_id": "Fx1",
            "bot_access_token": "xwfp",
            "inputs": {},
        },
        "function_data": {"execution_id": "Fx1", "inputs": {}},
    },
    "a form": {
        "type": "view_submission",
        "user": {"id": "U1"},
        "view": {"type": "modal", "callback_id": "x", "state": {"values": {}}, "id": "V1"},
        "response_urls": [{"response_url": "https://hooks.slack.com/app/x"}],
    },
    "a form that was closed": {
        "type": "view_closed",
        "view": {"type": "modal", "callback_id": "x"},
        "user": {"id": "U1"},
    },
    "a button of old": {
        "type": "interactive_message",
        "callback_id": "x",
        "actions": [{"name": "a", "type": "button", "value": "v"}],
        "user": {"id": "U1"},
    },
    "a dialog": {"type": "dialog_submission", "callback_id": "x", "submission": {}, "state": ""},
    "a menu": {"type": "block_suggestion", "action_id": "x", "block_id": "b", "value": "v"},
    "a message's menu": {"type": "message_action", "callback_id": "x", "user": {"id": "U1"}},
    "a shortcut": {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}},
    "a step": {"type": "workflow_step_edit", "callback_id": "x", "workflow_step": {}},
    "a limit": {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1},
}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1.5, float("nan"), 2**70, "", "x", "\ud83d", [], [1], ["x"], [None], [[]]),
    *([{}], {}, {"id": None}, {"id": []}, {"id": {}}, {"type": 1}, {"type": "message"}, {"": ""}),
)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


def places(value: Any, *before: Any) -> Iterator[tuple[Any, ...]]:
    """The paths to all values in a payload."""
    named = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in named:
        yield (*before, name)
        if isinstance(part, dict | list):
            yield from places(part, *before, name)


def changed(payload: Any, place: tuple[Any, ...], *odd: Any) -> Any:
    """The payload with something odd in this place, or with nothing there."""
    copy = part = deepcopy(payload)
    for name in place[:-1]:
        part = part[name]
    if odd:
        part[place[-1]] = odd[0]
    else:
        del part[place[-1]]
    return copy


@pytest.mark.parametrize("payload", [{"type": "url_verification"}, {"ssl_check": "1"}])
async def test_a_check_of_the_address_gets_an_answer(door: Door, payload: Any) -> None:
    assert (await door.interact(payload)).status in (200, 400)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
async def test_a_payload_of_each_kind_is_acknowledged(door: Door, payload: Any) -> None:
    assert (await door.interact(payload)).status == 200
    assert (await door.send(json.dumps(payload).encode(), JSON)).status == 200


async def test_a_menu_of_another_version_offers_nothing(door: Door) -> None:
    answer = await door.interact(PAYLOADS["a menu"] | {"action_id": SEARCH})
    assert (answer.status, json.loads(answer.text)) == (200, {"options": []})


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
@pytest.mark.slow
async def test_odd_or_missing_fields_of_a_payload_raise_no_error(
    door: Door, payload: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for place in places(payload):
        for odd in (changed(payload, place), *(changed(payload, place, each) for each in ODD)):
            answer = await door.interact(odd)
            assert answer.status in (200, 400), odd
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


@pytest.mark.parametrize("name", ["event", "view", "user", "message", "authorizations"])
async def test_a_deep_payload_gets_an_answer(door: Door, name: str) -> None:
    """The depth that Python and Bolt can read differs between versions of both."""
    before, after = ("[", "]") if name == "authorizations" else ("", "")
    opening, closing = f'{{"type": "x", "{name}": {before}', f"{after}}}"
    for depth in (100, 500, *range(950, 1000, 3), 2_000, 8_000, 20_000):
        payload = f"{opening * depth}{{}}{closing * depth}"
        assert (await door.send(payload.encode(), JSON)).status in (200, 400), depth


@pytest.mark.parametrize(
    "payload",
    [
        {"event": {"type": PRIVATE, "event": [PRIVATE]}},
        {"type": "block_actions", "actions": [{"value": PRIVATE}]},
        {"type": "event_callback", "event": PRIVATE},
        {"command": [PRIVATE]},
        {"type": "view_submission", "view": {"callback_id": {"id": PRIVATE}}},
        {"type": "event_callback", "event": {"type": "x"}, "authorizations": [PRIVATE]},
    ],
)
async def test_a_body_unlike_any_payload_is_refused_in_one_line(
    door: Door, caplog: pytest.LogCaptureFixture, payload: Any
) -> None:
    answer = await door.interact(payload)
    assert (answer.status, answer.text) == (400, "no payload of Slack’s")
    (record,) = caplog.records
    assert record.getMessage() == "refused a request with 400: no payload of Slack’s"
    assert PRIVATE not in caplog.text


async def test_half_a_character_stops_no_click(door: Door) -> None:
    click = changed(PAYLOADS["a click"], ("user", "id"), "U1\ud83d")
    assert (await door.interact(click)).status == 200
    page = await door.entries.get()
    assert page.entry.payload["origin"]["person"]["id"] == "U1?"


texts = st.text(max_size=40)
objects = st.dictionaries(texts, json_values, max_size=4)


def same(value: Any) -> Any:
    """As JSON says it: a number that is none is not equal to itself."""
    return json.dumps(value, sort_keys=True)


def without_halves(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


@given(value=objects)
def test_json_comes_out_as_it_went_in(value: Any) -> None:
    raw = json.dumps(value).encode()
    assert same(decode(JSON.decode(), raw)) == same(without_halves(value))


@given(value=objects)
def test_a_payload_in_a_form_comes_out_as_it_went_in(value: Any) -> None:
    assert same(decode(FORM.decode(), form(value))) == same(without_halves(value))


@given(fields=st.dictionaries(texts.filter(lambda name: name != "payload"), texts, min_size=1))
def test_a_form_comes_out_as_it_went_in(fields: dict[str, str]) -> None:
    assert decode(FORM.decode(), urlencode(fields).encode()) == fields


REASONS = (
    *("not UTF-8", "neither a form nor JSON", "not a form", "an empty form", "not JSON"),
    "JSON, but no object",
)
bodies = (
    st.binary(max_size=200)
    | st.text('{}[]",:\\ud83=&%+payload123', max_size=60).map(str.encode)
    | json_values.map(lambda value: json.dumps(value).encode())
    | json_values.map(form)
    | anything.map(lambda text: f"payload={text}".encode("utf-8", "replace"))
)


@given(kind=st.sampled_from([FORM.decode(), JSON.decode()]) | texts, raw=bodies)
def test_anything_is_understood_or_refused_with_a_word_of_ours(kind: str, raw: bytes) -> None:
    try:
        found = decode(kind, raw)
    except NotUnderstood as error:
        assert str(error) in REASONS  # noqa: PT017 — either may be
    else:
        assert isinstance(found, dict)
        json.dumps(found, ensure_ascii=False).encode()
