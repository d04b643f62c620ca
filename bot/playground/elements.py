"""The elements of Block Kit and what each may hold.

Left out: `file_input`, `rich_text_input` and `workflow_button`.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from typing import Any

from bot.playground.rules import (
    Check,
    Shape,
    anything,
    array,
    boolean,
    by_type,
    exactly_one,
    integer,
    one_of,
    pattern,
    shaped,
    string,
    url,
    wrong,
)

MOST = 2**31


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
    """What is chosen from the start must be among what can be chosen."""
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
MULTI: dict[str, Check] = {**SELECT, "max_selected_items": integer(1, MOST)}
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
LISTED: dict[str, Check] = {
    "options": array(shaped(PLAIN_OPTION), 100),
    "option_groups": array(shaped(GROUP), 100),
}
ONE_OPTION = shaped(PLAIN_OPTION)
IDS = array(string(255), 100, 0)
PICTURE = {
    "type": anything,
    "image_url": url,
    "slack_file": anything,
    "alt_text": string(2000),
}
ONE_PICTURE = exactly_one("image_url", "slack_file")
STATIC = (exactly_one("options", "option_groups"), initial_is_an_option)

ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        {
            **BASE,
            "text": plain(75),
            "url": url,
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
        ("text",),
    ),
    "static_select": Shape({**SELECT, **LISTED, "initial_option": ONE_OPTION}, (), STATIC),
    "multi_static_select": Shape(
        {**MULTI, **LISTED, "initial_options": array(ONE_OPTION, 100)}, (), STATIC
    ),
    "external_select": Shape(
        {**SELECT, "initial_option": ONE_OPTION, "min_query_length": integer(0, MOST)}
    ),
    "users_select": Shape({**SELECT, "initial_user": string(255)}),
    "conversations_select": Shape(
        {
            **SELECT,
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": anything,
        }
    ),
    "channels_select": Shape(
        {**SELECT, "initial_channel": string(255), "response_url_enabled": boolean}
    ),
    "multi_external_select": Shape(
        {
            **MULTI,
            "initial_options": array(ONE_OPTION, 100),
            "min_query_length": integer(0, MOST),
        }
    ),
    "multi_users_select": Shape({**MULTI, "initial_users": IDS}),
    "multi_conversations_select": Shape(
        {
            **MULTI,
            "initial_conversations": IDS,
            "default_to_current_conversation": boolean,
            "filter": anything,
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
        }
    ),
    "email_text_input": Shape(TYPED),
    "url_text_input": Shape(TYPED),
    "number_input": Shape(
        {
            **TYPED,
            "is_decimal_allowed": boolean,
            "min_value": string(255),
            "max_value": string(255),
        },
        ("is_decimal_allowed",),
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
    "datepicker": Shape(
        {
            **SELECT,
            "initial_date": pattern(r"\d{4}-\d\d-\d\d", "must be a date in the form YYYY-MM-DD"),
        }
    ),
    "timepicker": Shape(
        {
            **SELECT,
            "initial_time": pattern(r"[0-2]\d:[0-5]\d", "must be a time in the form HH:mm"),
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
    "datetimepicker",
)
IN_ACTIONS = ("button", "overflow", *MENUS)
IN_SECTION = ("button", "overflow", "image", *MENUS)
IN_INPUT = ("plain_text_input", "email_text_input", "url_text_input", "number_input", *MENUS)
