"""Each case is a list of blocks that Slack takes on a surface, or what it refuses them with."""

import pytest

from bot.playground.blocks import problems, ungranted
from bot.playground.elements import Surface
from bot.playground.people import furnished
from bot.playground.views import checked_view
from bot.playground.workspace import Refused
from tests.playground.block_kit import (
    RICH,
    Json,
    actions,
    asking,
    bars,
    button,
    chart,
    container,
    data_table,
    filtered,
    inline,
    mrkdwn,
    number,
    picture,
    plain,
    plan,
    raw,
    rich,
    section,
    table,
    video,
    workflow,
)

LONG = "x" * 3001
CARD: Json = {"type": "card", "body": plain("x")}
ICON: Json = {"type": "icon_button", "icon": "trash", "text": plain("Delete")}
DIVIDER: Json = {"type": "divider"}
FIELD = asking({"type": "plain_text_input"})
TASK: Json = {"task_id": "1", "title": "x"}
FOCUSED: Json = {"type": "plain_text_input", "focus_on_load": True}
SLICE: Json = {"label": "x", "value": 1}
LONG_TEXT: Json = {"type": "text", "text": "x" * 10_001}
EVERY_INLINE: list[Json] = [
    {"type": "text", "text": "x", "style": {"code": True, "underline": True}},
    {"type": "link", "url": "https://a.b", "unsafe": True, "is_slack_url": False},
    {"type": "emoji", "name": "wave", "unicode": "1f44b", "skin_tone": 2},
    {"type": "user", "user_id": "U1", "from_llm": True},
    {"type": "usergroup", "usergroup_id": "S1"},
    {"type": "team", "team_id": "T1"},
    {"type": "channel", "channel_id": "C1", "tab_id": "Ct1"},
    {"type": "broadcast", "range": "here"},
    {"type": "color", "value": "#ff0000"},
    {"type": "date", "timestamp": 1720710212, "format": "{date_num}", "timezone": "UTC"},
    {"type": "tag", "text": "x", "color": "red"},
    {
        "type": "citation",
        "url": "https://a.b",
        "text": "x",
        "index": 1,
        "details": {"citation_type": "web", "title": "x"},
    },
    {"type": "canvas", "file_id": "F1", "label": "x"},
    {"type": "canvas_message_unfurl", "root_message_ts": "1.5", "root_message_channel": "C1"},
    {"type": "canvas_user_mention", "user_id": "U1"},
    {"type": "file", "file_id": "F1"},
    {"type": "list_record", "file_id": "F1", "record_id": "Rec1"},
    {"type": "message_mention", "channel_id": "C1", "message_ts": "1.5"},
    {"type": "attachment_mention", "url": "https://a.b", "app_id": "A1"},
    {"type": "salesforce_data_field", "salesforce_record_id": "001"},
    {
        "type": "work_object_mention",
        "entity_id": "1",
        "app_id": "A1",
        "text": "x",
        "url": "https://a.b",
    },
    {"type": "workflow_mention", "workflow_id": "Wf1", "function_trigger_id": "Ft1", "text": "x"},
]


@pytest.mark.parametrize(
    ("blocks", "surface", "why"),
    [
        # Elements that stand only on some surfaces.
        ([number()], "modal", ""),
        ([number()], "message", "unsupported type: number_input"),
        ([asking({"type": "email_text_input"})], "modal", ""),
        ([asking({"type": "email_text_input"})], "home", "unsupported type: email_text_input"),
        ([asking({"type": "url_text_input"})], "modal", ""),
        ([asking({"type": "url_text_input"})], "message", "unsupported type: url_text_input"),
        ([asking({"type": "file_input", "filetypes": ["pdf"], "max_files": 10})], "modal", ""),
        ([asking({"type": "file_input"})], "message", "unsupported type: file_input"),
        ([asking({"type": "file_input"})], "home", "unsupported type: file_input"),
        ([asking({"type": "file_input", "max_files": 11})], "modal", "between 1 and 10"),
        ([asking({"type": "file_input", "max_files": 0})], "modal", "between 1 and 10"),
        ([asking({"type": "file_input", "filetypes": []})], "modal", "no less than 1 items"),
        ([asking({"type": "file_input"}) | {"dispatch_action": True}], "modal",
         "`dispatch_action` cannot be used with file_input"),
        ([asking({"type": "rich_text_input", "action_id": "a", "initial_value": RICH})], "modal",
         ""),
        ([asking({"type": "rich_text_input", "action_id": "a", "min_lines": 3})], "message",
         "unsupported type: rich_text_input"),
        ([asking({"type": "rich_text_input"})], "modal", "missing required field: action_id"),
        ([asking({"type": "rich_text_input", "action_id": "a", "initial_value": "x"})], "modal",
         "must provide an object"),
        ([actions({"type": "datetimepicker", "initial_date_time": 1628633820})], "message", ""),
        ([actions({"type": "datetimepicker"})], "home", "unsupported type: datetimepicker"),
        ([section(accessory={"type": "datetimepicker"})], "modal", "unsupported type"),
        ([actions({"type": "datetimepicker", "initial_date_time": 1})], "modal", "between"),
        ([actions(workflow()), section(accessory=workflow(style="danger"))], "message", ""),
        ([actions(workflow())], "modal", "unsupported type: workflow_button"),
        ([actions(workflow(workflow={}))], "message", "missing required field: trigger"),
        ([actions(workflow(workflow={"trigger": {"url": "x"}}))], "message", "invalid url"),
        ([actions(workflow(action_id=None))], "message", "missing required field: action_id"),
        ([actions(button(agent_prompt="Summarize it"))], "message", ""),
        ([container(asking({"type": "file_input"}))], "message", "unsupported type: file_input"),
        # Fields that contradict each other, or themselves.
        ([number(min_value="-1.5", max_value="10", initial_value="3")], "modal", ""),
        ([number(min_value="10", max_value="10")], "modal", ""),
        ([number(min_value="10", max_value="9")], "modal", "`min_value` cannot be greater"),
        ([number(min_value="9", max_value="10.5")], "modal", ""),
        ([number(min_value=1)], "modal", "must be a number"),
        ([number(max_value="1.5", is_decimal_allowed=False)], "modal", "must be an integer"),
        ([number(initial_value="ten")], "modal", "must be a number"),
        ([asking({"type": "number_input"})], "modal", "required field: is_decimal_allowed"),
        ([asking({"type": "plain_text_input", "min_length": 9, "max_length": 8})], "modal",
         "`min_length` cannot be greater"),
        ([asking(FOCUSED), asking({"type": "plain_text_input"})], "modal", ""),
        ([asking(FOCUSED), asking({**FOCUSED, "focus_on_load": False})], "modal", ""),
        ([asking(FOCUSED), asking(FOCUSED)], "modal", "only one element"),
        ([asking(FOCUSED), section(accessory={**FOCUSED, "type": "users_select"})], "home", "one"),
        ([actions({**FOCUSED, "type": "datepicker"}, {**FOCUSED, "type": "timepicker"})], "message",
         "only one element"),
        ([picture(slack_file={"id": "F1"})], "home", ""),
        ([picture(slack_file={"url": "https://files.slack.com/x"})], "message", ""),
        ([picture(slack_file={"id": "F1", "url": "https://files.slack.com/x"})], "message",
         "cannot define both `id` and `url`"),
        ([picture(slack_file={})], "message", "must define either `id` or `url`"),
        ([picture(slack_file="F1")], "message", "must provide an object"),
        ([picture(slack_file={"id": "F1"}, image_url="https://a.b")], "message",
         "cannot define both `image_url` and `slack_file`"),
        ([filtered({"include": ["im", "public"], "exclude_bot_users": True})], "modal", ""),
        ([filtered({"exclude_external_shared_channels": False})], "modal", ""),
        ([filtered({"include": []})], "modal", "no less than 1 items allowed"),
        ([filtered({"include": ["dm"]})], "modal", "valid enum value"),
        ([filtered({})], "modal", "must define one of `include`"),
        ([filtered({"exclude_bot_users": "yes"})], "modal", "must provide a boolean"),
        # Days and times that there are not.
        *[
            ([asking({"type": "datepicker", "initial_date": day})], "modal", why)
            for day, why in (
                ("2028-02-29", ""),
                ("2026-13-01", "YYYY-MM-DD"),
                ("2026-00-01", "YYYY-MM-DD"),
                ("2026-02-29", "YYYY-MM-DD"),
                ("2026-04-31", "YYYY-MM-DD"),
                ("0000-01-01", "YYYY-MM-DD"),
                ("2026-1-1", "YYYY-MM-DD"),
                (20260101, "YYYY-MM-DD"),
            )
        ],
        *[
            ([asking({"type": "timepicker", "initial_time": at})], "modal", why)
            for at, why in (
                ("00:00", ""),
                ("23:59", ""),
                ("24:00", "HH:mm"),
                ("25:00", "HH:mm"),
                ("12:60", "HH:mm"),
                ("9:30", "HH:mm"),
                ("09:30:00", "HH:mm"),
            )
        ],
        # Texts.
        ([{"type": "context", "elements": [mrkdwn("x" * 3000)]}], "message", ""),
        ([{"type": "context", "elements": [mrkdwn(LONG)]}], "message", "less than 3001"),
        ([{"type": "header", "text": plain("x"), "level": 4}], "message", ""),
        ([{"type": "header", "text": plain("x"), "level": 5}], "message", "between 1 and 4"),
        ([rich()], "message", ""),
        ([inline(*EVERY_INLINE)], "home", ""),
        ([inline(LONG_TEXT)], "modal", ""),
        ([inline({"type": "team"})], "message", "missing required field: team_id"),
        ([inline({"type": "tag", "text": "x", "color": "pink"})], "message", "enum"),
        ([inline({"type": "list"})], "message", "unsupported type: list"),
        # Blocks that few apps use.
        ([{"type": "markdown", "text": "x" * 12_000}], "message", ""),
        ([{"type": "markdown", "text": "x" * 12_001}], "message", "less than 12001"),
        ([{"type": "markdown", "text": "x"}], "modal", "unsupported type: markdown"),
        ([{"type": "alert", "text": plain("x"), "level": "info"}], "modal", ""),
        ([{"type": "alert", "text": plain("x"), "level": "loud"}], "modal", "valid enum"),
        ([{"type": "alert", "text": plain("x" * 201)}], "modal", "less than 201"),
        ([table(*[[raw("x")] * 20] * 100)], "message", ""),
        ([table([raw("x"), RICH], column_settings=[None, {"align": "right"}])], "home", ""),
        ([table([raw("x")], column_settings=[{"align": "top"}])], "home", "enum"),
        ([table([raw("x")], column_settings=[None] * 21)], "home", "no more than 20"),
        ([table(*[[raw("x")]] * 101)], "message", "no more than 100 items"),
        ([table([raw("x")] * 21)], "message", "no more than 20 items"),
        ([table([raw("x" * 5000)] * 2)], "message", ""),
        ([table([raw("x" * 5000), raw("x" * 5001)])], "message", "less than 10001"),
        ([table([raw("")])], "message", "more than 0 characters"),
        ([table([inline({"type": "text", "text": ""})])], "message", "more than 0 characters"),
        ([table(["x"])], "message", "must provide an object"),  # type: ignore[list-item]
        ([data_table([raw("x")], [{"type": "raw_number", "value": 1.5}])], "home", ""),
        ([data_table([raw("x")], [{"type": "raw_number", "value": "1"}])], "home", "a number"),
        ([data_table([raw("x")], [{"type": "action_cell", "element": button()}])], "home", ""),
        ([data_table(*[[raw("x")]] * 201)], "message", ""),
        ([data_table(*[[raw("x")]] * 202)], "message", "no more than 201"),
        ([data_table([raw("x")])], "home", "no less than 2"),
        ([data_table([raw("x")], [raw("x")] * 2)], "home", "the same number of cells"),
        ([data_table([RICH], [RICH])], "home", "unsupported type: rich_text"),
        ([data_table([raw("x")], [raw("x" * 20_000)])], "home", "less than 20001"),
        ([data_table([raw("x")], [raw("x")], row_header_column_index=1)], "home",
         "between 0 and 0"),
        ([{"type": "data_table", "rows": [[raw("x")]] * 2}], "home", "missing required field"),
        ([video()], "home", ""),
        ([video(title=plain("x" * 200))], "message", "less than 200"),
        ([video(video_url="http://example.com")], "message", "HTTPS"),
        ([CARD | {"subtext": mrkdwn("x" * 200), "actions": [button()] * 3}], "home", "exists"),
        ([CARD | {"actions": [button(action_id=each) for each in "abc"]}], "message", ""),
        ([CARD | {"actions": [button(action_id=each) for each in "abcd"]}], "message", "than 3"),
        ([CARD | {"slack_icon": {"type": "icon", "name": "sparkle"}}], "message", ""),
        (
            [
                CARD
                | {"slack_icon": {"type": "icon", "name": "sparkle"}}
                | {"icon": picture(image_url="https://a.b")}
            ],
            "message",
            "cannot define both",
        ),
        ([{"type": "card", "subtitle": plain("x")}], "message", "must define one of"),
        ([{"type": "card", "body": plain("x" * 201)}], "message", "less than 201"),
        ([CARD], "modal", "unsupported type: card"),
        ([{"type": "carousel", "elements": [CARD] * 10}], "message", ""),
        ([{"type": "carousel", "elements": [CARD] * 11}], "message", "no more than 10"),
        ([{"type": "carousel", "elements": [DIVIDER]}], "message", "unsupported type"),
        ([{"type": "context_actions", "elements": [ICON] * 5}], "message", ""),
        ([{"type": "context_actions", "elements": [ICON] * 6}], "message", "no more than 5"),
        ([{"type": "context_actions", "elements": [ICON | {"icon": "x"}]}], "message", "enum"),
        ([actions(ICON)], "message", "unsupported type: icon_button"),
        ([TASK | {"type": "task_card", "details": RICH}], "message", ""),
        ([TASK | {"type": "task_card", "status": "?"}], "message", "enum"),
        ([TASK | {"type": "task_card", "output": {"type": "divider"}}], "message", "unsupported"),
        ([plan(TASK, TASK | {"type": "task_card", "status": "pending"})], "message", ""),
        ([plan(TASK)], "home", "unsupported type: plan"),
        ([plan(title=plain("x"))], "message", "must provide a string"),
        ([plan({"title": "x"})], "message", "missing required field: task_id"),
        ([plan(), plan()], "message", "Cannot have more than 1 plan block"),
        ([container(*[DIVIDER] * 10, is_collapsible=True, default_collapsed=True)], "home", ""),
        ([container(*[DIVIDER] * 11)], "message", "no more than 10 items"),
        ([container(DIVIDER)], "modal", "unsupported type: container"),
        ([container()], "message", "no less than 1 items"),
        ([container(container(DIVIDER))], "message", "unsupported type: container"),
        ([container(DIVIDER, title=plain("x" * 151))], "message", "less than 151"),
        ([container(DIVIDER, title=None)], "message", "must define one of `title`"),
        ([container(DIVIDER, title=None, rich_text_title=RICH)], "message", ""),
        ([container(DIVIDER, default_collapsed=True)], "message", "needs `is_collapsible`"),
        ([container(section(text=mrkdwn("")))], "message", "more than 0 characters"),
        ([container(DIVIDER | {"block_id": "x"}, block_id="x")], "message", "already exists"),
        ([chart("pie", segments=[SLICE] * 6)] * 2, "message", ""),
        ([chart("pie", segments=[SLICE])], "home", "unsupported type: data_visualization"),
        ([chart("pie", segments=[SLICE])] * 3, "message", "Cannot have more than 2"),
        ([chart("pie", segments=[SLICE] * 7)], "message", "no more than 6"),
        ([chart("pie", segments=[SLICE | {"value": 0}])], "message", "more than 0"),
        ([chart("pie", segments=[SLICE | {"label": "x" * 21}])], "message", "less than 21"),
        ([chart("ring", segments=[SLICE])], "message", "unsupported type: ring"),
        ([bars("a", "b")], "message", ""),
        ([bars("a", "a")], "message", "already exists"),
        ([bars("a", categories=("Mon", "Tue"))], "message", "one data point for each category"),
        ([bars(*"abcdefg")], "message", "no more than 6"),
    ],
)  # fmt: skip
def test_each_rule_of_block_kit_has_a_limit(blocks: list[Json], surface: Surface, why: str) -> None:
    found = problems(blocks, surface)
    assert bool(found) is bool(why)
    assert all(why in each for each in found[:1])


@pytest.mark.parametrize(
    ("surface", "more", "error"),
    [
        ("modal", {}, ""),
        ("modal", {"private_metadata": "x" * 3000, "callback_id": "x" * 255}, ""),
        ("modal", {"private_metadata": "x" * 3001}, "invalid_arguments"),
        ("modal", {"title": plain("x" * 25)}, "invalid_arguments"),
        ("modal", {"title": mrkdwn("x")}, "invalid_arguments"),
        ("modal", {"blocks": [FIELD]}, "invalid_arguments"),
        ("modal", {"blocks": [video()]}, "invalid_arguments"),
        ("modal", {"blocks": [FIELD], "submit": plain("OK")}, ""),
        ("modal", {"type": "home"}, "invalid_arguments"),
        ("modal", {"blocks": [{"type": "markdown", "text": "x"}]}, "invalid_arguments"),
        ("modal", {"blocks": [section(text=mrkdwn("x" * 3000))] * 80}, ""),
        ("modal", {"blocks": [section(text=mrkdwn("x" * 3000))] * 84}, "view_too_large"),
        ("modal", {"blocks": [section(text=mrkdwn("ü" * 3000))] * 42}, "view_too_large"),
        ("home", {"title": ""}, ""),
        ("home", {"title": "", "blocks": [section(text=mrkdwn("x" * 3000))] * 84},
         "view_too_large"),
        ("home", {"title": "", "blocks": [FIELD]}, ""),
    ],
)  # fmt: skip
def test_a_view_is_taken_or_refused_by_name(surface: Surface, more: Json, error: str) -> None:
    whole: Json = {"type": surface, "title": plain("x" * 24), "blocks": [DIVIDER]} | more
    view = {name: value for name, value in whole.items() if value != ""}
    if error:
        with pytest.raises(Refused, match=f"^{error}$"):
            checked_view(furnished(), view, surface)
    else:
        assert checked_view(furnished(), view, surface) == view


CLIP = video(video_url="https://videos.example.com/1")
FILES = asking({"type": "file_input"})
EMBED = "links.embed:write"


@pytest.mark.parametrize(
    ("block", "scopes", "domains", "why"),
    [
        (CLIP, {EMBED}, {"videos.example.com"}, ""),
        (CLIP, set(), {"videos.example.com"}, "Bot scopes missing: [links.embed:write]"),
        (CLIP, {EMBED}, {"example.com"}, ""),
        (CLIP, {EMBED}, {"example.org", "os.example.com"},
         "Domain is not a valid unfurl domain claimed by your app"),
        (container(CLIP), set(), set(), "Bot scopes missing: [links.embed:write]"),
        (FILES, {"files:read"}, set(), ""),
        (FILES, set(), set(), "Bot scopes missing: [files:read]"),
    ],
)  # fmt: skip
def test_some_blocks_need_a_scope_or_a_domain_of_the_app(
    block: Json, scopes: set[str], domains: set[str], why: str
) -> None:
    found = ungranted([block], scopes, domains)
    assert bool(found) is bool(why)
    assert all(why in each for each in found)
