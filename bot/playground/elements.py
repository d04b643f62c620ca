"""Block Kit's elements and their fields.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from bot.playground.rich_text import ONE_RICH_TEXT
from bot.playground.rules import (
    NO_LIMIT,
    Check,
    Shape,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    calendar_day,
    exactly_one,
    integer,
    one_of,
    pattern,
    shaped,
    string,
    url,
    wrong,
)

Surface = Literal["message", "modal", "home"]


def text(most: int, *kinds: str) -> Check:
    """A text object with 1 to `most` characters, of the kinds given.

    https://docs.slack.dev/reference/block-kit/composition-objects/text-object
    """
    body = string(most, 1)
    kind = {
        "plain_text": Shape({"type": anything, "text": body, "emoji": boolean}, ("text",)),
        "mrkdwn": Shape({"type": anything, "text": body, "verbatim": boolean}, ("text",)),
    }
    return by_type(kind, kinds)


def plain(most: int) -> Check:
    """A text object that must be plain_text."""
    return text(most, "plain_text")


def either(most: int) -> Check:
    """A text object of either kind."""
    return text(most, "plain_text", "mrkdwn")


CONFIRM = shaped(
    Shape(
        {
            "title": plain(100),
            "text": either(300),
            "confirm": plain(30),
            "deny": plain(30),
            "style": one_of("primary", "danger"),
        },
        ("title", "text", "confirm", "deny"),
    )
)
PLAIN_OPTION = Shape(
    {"text": plain(75), "value": string(150), "description": plain(75)}, ("text", "value")
)
LINK_OPTION = Shape({**PLAIN_OPTION.fields, "url": url}, ("text", "value"))
RICH_OPTION = Shape(
    {"text": either(75), "value": string(150), "description": either(75)}, ("text", "value")
)
GROUP = Shape(
    {"label": plain(75), "options": array(shaped(PLAIN_OPTION), 100)}, ("label", "options")
)


def _said(option: Any) -> tuple[str, str]:
    return option["text"]["text"], option["value"]


def initial_is_an_option(element: Any, path: str, found: list[str]) -> None:
    """The initial choice must be one of the options."""
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    known = [_said(option) for group in groups for option in group["options"]]
    if element.get("initial_option") and _said(element["initial_option"]) not in known:
        wrong(found, "initial_option must match one of the options", f"{path}/initial_option")
    for index, option in enumerate(element.get("initial_options") or ()):
        if _said(option) not in known:
            where = f"{path}/initial_options/{index}"
            wrong(found, "initial_options must match the options", where)


BASE: dict[str, Check] = {"type": anything, "action_id": string(255)}
FOCUS: dict[str, Check] = {**BASE, "confirm": CONFIRM, "focus_on_load": boolean}
SELECT: dict[str, Check] = {**FOCUS, "placeholder": plain(150)}
MULTI: dict[str, Check] = {**SELECT, "max_selected_items": integer(1, NO_LIMIT)}
TYPED: dict[str, Check] = {
    **BASE,
    "placeholder": plain(150),
    "initial_value": string(3000),
    "focus_on_load": boolean,
    "dispatch_action_config": shaped(
        Shape(
            {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2, 1)}
        )
    ),
}
NUMBER = pattern(r"-?[0-9]+(\.[0-9]+)?", "must be a number")
LISTED: dict[str, Check] = {
    "options": array(shaped(PLAIN_OPTION), 100),
    "option_groups": array(shaped(GROUP), 100),
}
ONE_OPTION = shaped(PLAIN_OPTION)
IDS = array(string(255), 100, 0)
SLACK_FILE = shaped(Shape({"id": string(255, 1), "url": url}, (), (exactly_one("id", "url"),)))
PICTURE = {
    "type": anything,
    "image_url": url,
    "slack_file": SLACK_FILE,
    "alt_text": string(2000),
}
ONE_PICTURE = exactly_one("image_url", "slack_file")
STATIC = (exactly_one("options", "option_groups"), initial_is_an_option)
FILTER = shaped(
    Shape(
        {
            "include": array(one_of("im", "mpim", "private", "public"), 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        },
        (),
        (at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),),
    )
)
WORKFLOW = shaped(
    Shape(
        {
            "trigger": shaped(
                Shape(
                    {
                        "url": url,
                        "customizable_input_parameters": array(
                            shaped(
                                Shape(
                                    {"name": string(NO_LIMIT, 1), "value": anything},
                                    ("name", "value"),
                                )
                            ),
                            NO_LIMIT,
                            0,
                        ),
                    },
                    ("url",),
                )
            )
        },
        ("trigger",),
    )
)
LABELLED: dict[str, Check] = {
    **BASE,
    "text": plain(75),
    "style": one_of("primary", "danger"),
    "confirm": CONFIRM,
    "accessibility_label": string(75),
}


def _whole(element: Any, path: str, found: list[str]) -> None:
    """Without decimals, every number must be whole; the wording is a guess."""
    for name in ("initial_value", "min_value", "max_value"):
        if not element["is_decimal_allowed"] and "." in (element.get(name) or ""):
            wrong(found, "must be an integer", f"{path}/{name}")


def _ordered(least: str, most: str) -> Check:
    """The minimum must not exceed the maximum; the wording is a guess."""

    def check(element: Any, path: str, found: list[str]) -> None:
        low, high = element.get(least), element.get(most)
        if low is not None and high is not None and Decimal(low) > Decimal(high):
            wrong(found, f"`{least}` cannot be greater than `{most}`", f"{path}/{least}")

    return check


ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        {
            **LABELLED,
            "url": url,
            "value": string(2000),
            # Slack accepts it; its fields are not documented.
            "agent_prompt": anything,
        },
        ("text",),
    ),
    "workflow_button": Shape({**LABELLED, "workflow": WORKFLOW}, ("text", "workflow", "action_id")),
    "static_select": Shape({**SELECT, **LISTED, "initial_option": ONE_OPTION}, (), STATIC),
    "multi_static_select": Shape(
        {**MULTI, **LISTED, "initial_options": array(ONE_OPTION, 100)}, (), STATIC
    ),
    "external_select": Shape(
        {**SELECT, "initial_option": ONE_OPTION, "min_query_length": integer(0, NO_LIMIT)}
    ),
    "users_select": Shape({**SELECT, "initial_user": string(255)}),
    "conversations_select": Shape(
        {
            **SELECT,
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        }
    ),
    "channels_select": Shape(
        {**SELECT, "initial_channel": string(255), "response_url_enabled": boolean}
    ),
    "multi_external_select": Shape(
        {
            **MULTI,
            "initial_options": array(ONE_OPTION, 100),
            "min_query_length": integer(0, NO_LIMIT),
        }
    ),
    "multi_users_select": Shape({**MULTI, "initial_users": IDS}),
    "multi_conversations_select": Shape(
        {
            **MULTI,
            "initial_conversations": IDS,
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        }
    ),
    "multi_channels_select": Shape({**MULTI, "initial_channels": IDS}),
    "overflow": Shape(
        {**BASE, "options": array(shaped(LINK_OPTION), 5), "confirm": CONFIRM}, ("options",)
    ),
    "plain_text_input": Shape(
        {
            **TYPED,
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        (),
        (_ordered("min_length", "max_length"),),
    ),
    "rich_text_input": Shape(
        {
            **TYPED,
            "initial_value": ONE_RICH_TEXT,
            "min_lines": integer(1, 100),
            "max_lines": integer(1, 100),
        },
        ("action_id",),
        (_ordered("min_lines", "max_lines"),),
    ),
    "file_input": Shape(
        {**BASE, "filetypes": array(string(255, 1), NO_LIMIT), "max_files": integer(1, 10)}
    ),
    "email_text_input": Shape(TYPED),
    "url_text_input": Shape(TYPED),
    "number_input": Shape(
        {
            **TYPED,
            "is_decimal_allowed": boolean,
            "initial_value": NUMBER,
            "min_value": NUMBER,
            "max_value": NUMBER,
        },
        ("is_decimal_allowed",),
        (_ordered("min_value", "max_value"), _whole),
    ),
    "checkboxes": Shape(
        {
            **FOCUS,
            "options": array(shaped(RICH_OPTION), 10),
            "initial_options": array(shaped(RICH_OPTION), 10),
        },
        ("options",),
        (initial_is_an_option,),
    ),
    "radio_buttons": Shape(
        {
            **FOCUS,
            "options": array(shaped(RICH_OPTION), 10),
            "initial_option": shaped(RICH_OPTION),
        },
        ("options",),
        (initial_is_an_option,),
    ),
    "datepicker": Shape({**SELECT, "initial_date": calendar_day}),
    "timepicker": Shape(
        {
            **SELECT,
            "initial_time": pattern(
                r"([01][0-9]|2[0-3]):[0-5][0-9]", "must be a time in the form HH:mm"
            ),
            "timezone": string(255),
        }
    ),
    "datetimepicker": Shape({**FOCUS, "initial_date_time": integer(10**9, 10**10 - 1)}),
    "image": Shape(PICTURE, ("alt_text",), (ONE_PICTURE,)),
}

MENUS = (
    "static_select",
    "multi_static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
    "checkboxes",
    "radio_buttons",
    "datepicker",
    "timepicker",
)
IN_SECTION = ("button", "workflow_button", "overflow", "image", *MENUS)
IN_ACTIONS = ("button", "workflow_button", "overflow", "datetimepicker", *MENUS)
IN_INPUT = (
    *("plain_text_input", "email_text_input", "url_text_input", "number_input"),
    *("rich_text_input", "file_input", "datetimepicker"),
    *MENUS,
)
# The surfaces of elements that are not allowed everywhere, from "available in surfaces" on their
# pages.
ELEMENT_SURFACES: Mapping[str, tuple[Surface, ...]] = {
    "workflow_button": ("message",),
    "email_text_input": ("modal",),
    "url_text_input": ("modal",),
    "number_input": ("modal",),
    "file_input": ("modal",),
    "rich_text_input": ("modal", "home"),
    "datetimepicker": ("message", "modal"),
}
