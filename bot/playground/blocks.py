"""Block Kit's rules: everything that Slack refuses in a list of blocks.

https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Iterator, Set
from typing import Any

from bot.playground.elements import (
    ELEMENT_SURFACES,
    ELEMENTS,
    GROUP,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    ONE_PICTURE,
    PICTURE,
    PLAIN_OPTION,
    Surface,
    either,
    plain,
)
from bot.playground.rich_text import ONE_RICH_TEXT, RICH_TEXT
from bot.playground.rules import (
    Check,
    Shape,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    integer,
    one_of,
    shaped,
    string,
    wrong,
)
from bot.playground.uncommon_blocks import RARE

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
EVERYWHERE: tuple[Surface, ...] = ("message", "modal", "home")
# How many blocks of a type one payload may hold. For a second plan Slack uses these words; for
# charts only the number is documented.
MOST_OF: dict[str, int] = {"plan": 1, "data_visualization": 2}
TABLES = ("table", "data_table")
# The field that holds a block's elements, or its only element.
WORKED_WITH = {
    **dict.fromkeys(("actions", "context_actions"), "elements"),
    "card": "actions",
    "section": "accessory",
    "input": "element",
}


COMMON: dict[str, Check] = {"type": anything, "block_id": string(255)}
IN_CONTEXT_IMAGE = by_type(ELEMENTS, ("image",))
IN_CONTEXT_TEXT = either(3000)


def _text_or_fields(section: Any, path: str, found: list[str]) -> None:
    if not section.get("text") and not section.get("fields"):
        wrong(found, "must define either `text` or `fields`", path)


def _files_send_nothing(block: Any, path: str, found: list[str]) -> None:
    if block["element"]["type"] == "file_input" and block.get("dispatch_action"):
        wrong(found, "`dispatch_action` cannot be used with file_input", f"{path}/dispatch_action")


def _folds(block: Any, path: str, found: list[str]) -> None:
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        wrong(found, "`default_collapsed` needs `is_collapsible`", f"{path}/default_collapsed")


def _in_context(value: Any, path: str, found: list[str]) -> None:
    image = isinstance(value, dict) and value.get("type") == "image"
    (IN_CONTEXT_IMAGE if image else IN_CONTEXT_TEXT)(value, path, found)


BLOCKS: dict[str, Shape] = {
    "section": Shape(
        {
            **COMMON,
            "text": either(3000),
            "fields": array(either(2000), 10),
            "accessory": by_type(ELEMENTS, IN_SECTION),
            "expand": boolean,
        },
        (),
        (_text_or_fields,),
    ),
    "header": Shape({**COMMON, "text": plain(150), "level": integer(1, 4)}, ("text",)),
    "divider": Shape(COMMON),
    "context": Shape({**COMMON, "elements": array(_in_context, 10)}, ("elements",)),
    "actions": Shape(
        {**COMMON, "elements": array(by_type(ELEMENTS, IN_ACTIONS), 25)}, ("elements",)
    ),
    "input": Shape(
        {
            **COMMON,
            "label": plain(2000),
            "element": by_type(ELEMENTS, IN_INPUT),
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
        (_files_send_nothing,),
    ),
    "image": Shape({**COMMON, **PICTURE, "title": plain(2000)}, ("alt_text",), (ONE_PICTURE,)),
    "rich_text": RICH_TEXT,
}
# The surfaces of blocks that are not allowed everywhere.
SURFACES: dict[str, tuple[Surface, ...]] = {
    "alert": ("modal",),
    "markdown": ("message",),
    "card": ("message", "home"),
    "container": ("message", "home"),
    "context_actions": ("message",),
    "task_card": ("message",),
    "plan": ("message",),
    "table": ("message", "home"),
    "data_table": ("message", "home"),
    "data_visualization": ("message",),
    "carousel": ("message", "home"),
}
# Without `file`, though it is documented: no app can post one.
IN_CONTAINER = (
    *("actions", "context", "divider", "header", "image", "input", "rich_text", "section"),
    *("table", "video"),
)
CONTAINER = Shape(
    {
        **COMMON,
        "title": plain(150),
        "rich_text_title": ONE_RICH_TEXT,
        "subtitle": either(150),
        "child_blocks": array(by_type(BLOCKS | RARE, IN_CONTAINER), 10),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": IN_CONTEXT_IMAGE,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    ("child_blocks",),
    (at_least_one("title", "rich_text_title"), _folds),
)
BLOCK = by_type(BLOCKS | RARE | {"container": CONTAINER})
OFFERED = shaped(
    Shape(
        {
            "options": array(shaped(PLAIN_OPTION), 100, 0),
            "option_groups": array(shaped(GROUP), 100, 0),
        },
        (),
        (exactly_one("options", "option_groups"),),
    )
)


def problems(blocks: object, surface: Surface) -> list[str]:
    """All violations of Block Kit in a list of blocks, in Slack's words; empty if there are none.

    Not checked: whether a picture can be loaded, and whether preselected people and channels exist.
    https://docs.slack.dev/reference/block-kit
    """
    if not isinstance(blocks, list):
        return ["[ERROR] must provide an array [json-pointer:/blocks]"]
    found: list[str] = []
    if len(blocks) > MOST_BLOCKS[surface]:
        wrong(found, f"no more than {MOST_BLOCKS[surface]} items allowed", "/blocks")
    for index, block in enumerate(blocks):
        _check_block(block, surface, f"/blocks/{index}", found)
    _check_together(list(placed(blocks)), surface, found)
    return found


def _check_together(
    blocks: list[tuple[dict[str, Any], str]], surface: Surface, found: list[str]
) -> None:
    """Checks rules across blocks: types that are allowed once, and elements that this surface
    lacks."""
    ids: set[str] = set()
    focused = False
    for block, path in blocks:
        _once(block.get("block_id"), ids, "block_id", path, found)
        action_ids: set[str] = set()
        for element, where in _elements(block, path):
            _once(element.get("action_id"), action_ids, "action_id", where, found)
            if surface not in ELEMENT_SURFACES.get(_kind(element), EVERYWHERE):
                wrong(found, f"unsupported type: {_kind(element)}", f"{where}/type")
            if element.get("focus_on_load") is True:
                if focused:  # that is documented, the words are a guess
                    told = "only one element can have `focus_on_load` set to true"
                    wrong(found, told, f"{where}/focus_on_load")
                focused = True
    kinds = [_kind(block) for block, _ in blocks]
    for kind, most in MOST_OF.items():
        if kinds.count(kind) > most:
            wrong(found, f"Cannot have more than {most} {kind} block", "/blocks")


def placed(blocks: list[Any], path: str = "/blocks") -> Iterator[tuple[dict[str, Any], str]]:
    """Every block that is an object, with its path; a container's blocks follow it."""
    for index, block in enumerate(blocks):
        if isinstance(block, dict):
            where = f"{path}/{index}"
            yield block, where
            inside = block.get("child_blocks")
            if _kind(block) == "container" and isinstance(inside, list):
                yield from placed(inside, f"{where}/child_blocks")


def _elements(block: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The interactive elements of one block, with their paths."""
    field = WORKED_WITH.get(_kind(block), "")
    held = block.get(field)
    if isinstance(held, dict):
        yield held, f"{path}/{field}"
    for index, element in enumerate(held if isinstance(held, list) else []):
        if isinstance(element, dict):
            yield element, f"{path}/{field}/{index}"


def _kind(part: dict[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""


def ungranted(blocks: list[Any], scopes: Set[str], domains: Set[str]) -> list[str]:
    """Valid blocks for which the app lacks the scope or the unfurl domain.

    https://docs.slack.dev/reference/block-kit/blocks/video-block
    https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
    """
    found: list[str] = []
    for block, path in placed(blocks):
        if block["type"] == "video":
            # Slack was seen to use both wordings.
            if "links.embed:write" not in scopes:
                told = "Video validation failed: Bot scopes missing: [links.embed:write]"
                wrong(found, told, path)
            elif not _is_under(block["video_url"], domains):
                told = "Domain is not a valid unfurl domain claimed by your app"
                wrong(found, f"Video validation failed: {told}", path)
        element = block.get("element") or {}
        if element.get("type") == "file_input" and "files:read" not in scopes:
            # The scope is documented, the wording is a guess.
            wrong(found, "Bot scopes missing: [files:read]", f"{path}/element")
    return found


def _is_under(address: str, domains: Set[str]) -> bool:
    """Whether an https address lies in one of the domains, or below one, which is a guess."""
    host = re.split("[/:?#]", address)[3]
    return any(f".{host}".endswith(f".{domain}") for domain in domains)


def offered_problems(answer: dict[str, Any]) -> list[str]:
    """Problems with the options that an app offers for an external menu.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    found: list[str] = []
    OFFERED(answer, "", found)
    return found


def _check_block(block: object, surface: Surface, path: str, found: list[str]) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if isinstance(kind, str) and surface not in SURFACES.get(kind, EVERYWHERE):
        wrong(found, f"unsupported type: {kind}", f"{path}/type")
    else:
        BLOCK(block, path, found)


def _once(value: object, seen: set[str], name: str, path: str, found: list[str]) -> None:
    if not isinstance(value, str) or not value:
        return
    if value in seen:
        wrong(found, f'`{name}` "{value}" already exists', f"{path}/{name}")
    seen.add(value)
