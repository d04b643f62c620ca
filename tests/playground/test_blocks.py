"""Each case is a list of blocks that Slack refuses, and the words it refuses it with."""

import pytest

from bot.playground.blocks import problems
from bot.playground.elements import Surface
from tests.playground.block_kit import (
    RICH,
    Json,
    actions,
    asking,
    button,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    section,
    select,
)

CONFIRM = {
    "title": plain("Sure?"),
    "text": mrkdwn("This cannot be undone."),
    "confirm": plain("Do it"),
    "deny": plain("Stop"),
}
FINE: list[Json] = [
    {"type": "header", "text": plain("x" * 150)},
    section(text=mrkdwn("x" * 3000, verbatim=True), accessory=button(style="primary")),
    {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10, "block_id": "b" * 255},
    {"type": "divider"},
    {"type": "context", "elements": [plain("x", emoji=False)] * 10},
    actions(
        *[button(action_id=f"b{n}", value="x" * 2000, confirm=CONFIRM) for n in range(21)],
        select(options=options(100), initial_option=option("o7", "v7")),
        select(
            action_id="grouped",
            option_groups=[{"label": plain("all"), "options": options(100)}],
            initial_option=option("o9", "v9"),
        ),
        {"type": "overflow", "action_id": "more", "options": options(5)},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-23"},
    ),
    asking({"type": "plain_text_input", "action_id": "a", "max_length": 3000, "multiline": True}),
    asking({"type": "checkboxes", "action_id": "a", "options": options(10)}),
    asking({"type": "radio_buttons", "action_id": "a", "options": options(2)}),
    asking({"type": "timepicker", "action_id": "a", "initial_time": "09:30"}),
    asking({"type": "external_select", "action_id": "a", "min_query_length": 0}),
    asking({"type": "users_select", "action_id": "a"}),
    asking({"type": "conversations_select", "action_id": "a"}),
    asking({"type": "channels_select", "action_id": "a", "initial_channel": "C1"}),
    asking(
        {
            "type": "multi_static_select",
            "action_id": "a",
            "options": options(3),
            "initial_options": options(2),
        }
    ),
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart"},
    RICH,
]


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_blocks_up_to_every_limit_are_fine_on_every_surface(surface: Surface) -> None:
    assert problems(FINE, surface) == []


LONG = "x" * 3001
EMPTY, E = "no less than 1 items allowed", "/elements/0"


def fewer(limit: int) -> str:
    return f"must be less than {limit} characters"


def most(limit: int) -> str:
    return f"no more than {limit} items allowed"


def lacks(field: str) -> str:
    return f"missing required field: {field}"


def odd(kind: str) -> str:
    return f"unsupported type: {kind}"


REFUSED: list[tuple[Json, str, str]] = [
    (section(text=mrkdwn(LONG)), fewer(3001), "/text/text"),
    (section(text=mrkdwn("")), "must be more than 0 characters", "/text/text"),
    (section(text=mrkdwn("x", emoji=True)), "invalid additional property: emoji", "/text"),
    (section(text=plain("x", verbatim=True)), "invalid additional property: verbatim", "/text"),
    (section(text="x"), "must provide an object", "/text"),
    (section(text={"type": "mrkdwn"}), lacks("text"), "/text"),
    (section(text={"text": "x"}), lacks("type"), "/text"),
    (section(text=mrkdwn(5)), "must provide a string", "/text/text"),  # type: ignore[arg-type]
    ({"type": "section"}, "must define either `text` or `fields`", ""),
    (section(fields=[mrkdwn("x")] * 11), most(10), "/fields"),
    (section(fields=[mrkdwn("x" * 2001)]), fewer(2001), "/fields/0/text"),
    (section(color="red"), "invalid additional property: color", ""),
    (section(block_id="b" * 256), fewer(256), "/block_id"),
    (section(accessory={"type": "plain_text_input", "action_id": "a"}), odd("plain_text_input"),
     "/accessory/type"),
    ({"type": "header", "text": plain("x" * 151)}, fewer(151), "/text/text"),
    ({"type": "header", "text": mrkdwn("x")}, odd("mrkdwn"), "/text/type"),
    ({"type": "header"}, lacks("text"), ""),
    ({"type": "banner"}, odd("banner"), "/type"),
    ({"text": plain("x")}, lacks("type"), ""),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, most(10), "/elements"),
    ({"type": "context", "elements": []}, EMPTY, "/elements"),
    ({"type": "context", "elements": [button()]}, odd("button"), E + "/type"),
    (actions(*[button(action_id=f"b{n}") for n in range(26)]), most(25), "/elements"),
    (actions(button(), button()), '`action_id` "yes" already exists', "/elements/1/action_id"),
    (actions({"type": "image", "image_url": "https://a.b", "alt_text": "x"}), odd("image"),
     E + "/type"),
    (actions(button(text=plain("x" * 76))), fewer(76), E + "/text/text"),
    (actions(button(text=mrkdwn("x"))), odd("mrkdwn"), E + "/text/type"),
    (actions(button(value="x" * 2001)), fewer(2001), E + "/value"),
    (actions(button(style="default")), "must be a valid enum value: primary, danger", E + "/style"),
    (actions(button(url="https://a.b/" + LONG)), fewer(3001), E + "/url"),
    (actions(button(url="no address")), "invalid url", E + "/url"),
    (actions(button(action_id="a" * 256)), fewer(256), E + "/action_id"),
    (actions(button(confirm=CONFIRM | {"title": plain("x" * 101)})), fewer(101),
     E + "/confirm/title/text"),
    (actions(button(confirm=CONFIRM | {"text": plain("x" * 301)})), fewer(301),
     E + "/confirm/text/text"),
    (actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)})), fewer(31),
     E + "/confirm/deny/text"),
    (actions(button(confirm={**CONFIRM, "title": None})), lacks("title"), E + "/confirm"),
    (actions(select(options=options(101))), most(100), E + "/options"),
    (actions(select(options=[])), EMPTY, E + "/options"),
    (actions(select()), "must define either `options` or `option_groups`", E),
    (
        actions(
            select(options=options(1), option_groups=[{"label": plain("g"), "options": options(1)}])
        ),
        "cannot define both `options` and `option_groups`",
        E,
    ),
    (actions(select(options=[option("x" * 76)])), fewer(76), E + "/options/0/text/text"),
    (actions(select(options=[option("x", "v" * 151)])), fewer(151), E + "/options/0/value"),
    (actions(select(options=[option("x", url="https://a.b")])), "invalid additional property: url",
     E + "/options/0"),
    (actions(select(options=options(2), initial_option=option("o1", "v0"))),
     "initial_option must match one of the options", E + "/initial_option"),
    (actions(select(options=options(2), placeholder=plain("x" * 151))), fewer(151),
     E + "/placeholder/text"),
    (actions({"type": "overflow", "action_id": "m", "options": options(6)}), most(5),
     E + "/options"),
    (actions({"type": "overflow", "action_id": "m", "options": []}), EMPTY, E + "/options"),
    (asking(button()), odd("button"), "/element/type"),
    (asking({"type": "plain_text_input", "max_length": 3001}), "must be between 1 and 3000",
     "/element/max_length"),
    (asking({"type": "checkboxes", "options": options(11)}), most(10), "/element/options"),
    (asking({"type": "datepicker", "initial_date": "23.11.2026"}),
     "must be a date in the form YYYY-MM-DD", "/element/initial_date"),
    ({"type": "image", "alt_text": "x"}, "must define either `image_url` or `slack_file`", ""),
    ({"type": "image", "image_url": "https://a.b"}, lacks("alt_text"), ""),
    (rich({"type": "rich_text_list", "elements": [], "style": "dots"}),
     "must be a valid enum value: bullet, ordered", E + "/style"),
    (rich({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}),
     "must be more than 0 characters", E + "/elements/0/text"),
    (rich({"type": "rich_text_preformatted", "elements": [{"type": "user", "user_id": "U1"}]}),
     odd("user"), E + "/elements/0/type"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "why", "where"), REFUSED)
def test_a_block_outside_the_rules_is_refused_with_where(block: Json, why: str, where: str) -> None:
    assert problems([block], "message") == [f"[ERROR] {why} [json-pointer:/blocks/0{where}]"]


def test_a_message_holds_50_blocks_and_a_modal_100() -> None:
    many = [{"type": "divider"}] * 51
    assert problems(many, "message") == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]
    assert problems(many, "home") == []
    assert problems(many * 2, "modal") == [
        "[ERROR] no more than 100 items allowed [json-pointer:/blocks]"
    ]


def test_a_block_id_names_one_block_of_a_message() -> None:
    twice = [{"type": "divider", "block_id": "line"}] * 2
    assert problems(twice, "message") == [
        '[ERROR] `block_id` "line" already exists [json-pointer:/blocks/1/block_id]'
    ]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert problems([actions(button()), actions(button())], "message") == []


def test_a_block_of_another_surface_is_unsupported() -> None:
    assert problems([{"type": "alert", "text": plain("x")}], "modal") == []
    assert problems([{"type": "alert"}], "message") == [
        "[ERROR] unsupported type: alert [json-pointer:/blocks/0/type]"
    ]


def test_every_violation_is_listed() -> None:
    found = problems([section(text=mrkdwn("")), {"type": "header"}, 5], "message")
    assert len(found) == 3


@pytest.mark.parametrize("junk", [None, "blocks", {"type": "divider"}, 5])
def test_blocks_must_be_a_list(junk: object) -> None:
    assert problems(junk, "message") == ["[ERROR] must provide an array [json-pointer:/blocks]"]


@pytest.mark.parametrize("junk", [None, [], {"type": []}, {"type": "actions", "elements": 5}, "x"])
def test_junk_in_place_of_a_block_is_a_violation_not_a_crash(junk: object) -> None:
    assert problems([junk], "message")
