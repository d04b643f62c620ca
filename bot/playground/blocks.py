"""Block Kit's rules: everything that Slack would refuse in a list of blocks.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any, Literal

from bot.playground.elements import (
    ELEMENTS,
    GROUP,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    ONE_PICTURE,
    PICTURE,
    PLAIN_OPTION,
    either,
    plain,
)
from bot.playground.rare import RARE
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
    shaped,
    string,
    url,
    wrong,
)

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
EVERYWHERE: tuple[Surface, ...] = ("message", "modal", "home")
MANY = 10_000


def _text_or_fields(section: Any, path: str, found: list[str]) -> None:
    if not section.get("text") and not section.get("fields"):
        wrong(found, "must define either `text` or `fields`", path)


STYLE = shaped(
    Shape(
        dict.fromkeys(
            ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"),
            boolean,
        )
    )
)
RICH: dict[str, Check] = {"type": anything, "style": STYLE}
NAMED = string(255, 1)
INLINE: dict[str, Shape] = {
    "text": Shape({**RICH, "text": string(MANY, 1)}, ("text",)),
    "link": Shape({**RICH, "url": url, "text": string(MANY), "unsafe": boolean}, ("url",)),
    "emoji": Shape(
        {**RICH, "name": NAMED, "unicode": NAMED, "skin_tone": integer(1, 6)}, ("name",)
    ),
    "user": Shape({**RICH, "user_id": NAMED}, ("user_id",)),
    "usergroup": Shape({**RICH, "usergroup_id": NAMED}, ("usergroup_id",)),
    "channel": Shape({**RICH, "channel_id": NAMED}, ("channel_id",)),
    "broadcast": Shape({**RICH, "range": one_of("here", "channel", "everyone")}, ("range",)),
    "color": Shape({**RICH, "value": NAMED}, ("value",)),
    "date": Shape(
        {
            **RICH,
            "timestamp": integer(0, 2**53),
            "format": NAMED,
            "url": url,
            "fallback": string(MANY),
        },
        ("timestamp", "format"),
    ),
}
WORDS = array(by_type(INLINE), MANY, 0)
SECTION_OF_TEXT = Shape({"type": anything, "elements": WORDS}, ("elements",))
BORDER = integer(0, 1)
RICH_PARTS: dict[str, Shape] = {
    "rich_text_section": SECTION_OF_TEXT,
    "rich_text_list": Shape(
        {
            "type": anything,
            "elements": array(by_type({"rich_text_section": SECTION_OF_TEXT}), MANY, 0),
            "style": one_of("bullet", "ordered"),
            "indent": integer(0, 8),
            "offset": integer(0, MANY),
            "border": BORDER,
        },
        ("elements", "style"),
    ),
    "rich_text_quote": Shape({**SECTION_OF_TEXT.fields, "border": BORDER}, ("elements",)),
    "rich_text_preformatted": Shape(
        {
            "type": anything,
            "elements": array(by_type(INLINE, ("text", "link")), MANY, 0),
            "border": BORDER,
            "language": string(255),
        },
        ("elements",),
    ),
}
COMMON: dict[str, Check] = {"type": anything, "block_id": string(255)}
IN_CONTEXT_IMAGE = by_type(ELEMENTS, ("image",))
IN_CONTEXT_TEXT = either(MANY)


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
    "header": Shape({**COMMON, "text": plain(150)}, ("text",)),
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
    ),
    "image": Shape({**COMMON, **PICTURE, "title": plain(2000)}, ("alt_text",), (ONE_PICTURE,)),
    "rich_text": Shape({**COMMON, "elements": array(by_type(RICH_PARTS), MANY)}, ("elements",)),
}
# Where a block may stand that may not stand everywhere.
SURFACES: dict[str, tuple[Surface, ...]] = {
    "alert": ("modal",),
    "markdown": ("message",),
    "card": ("message", "home"),
    "container": ("message",),
    "context_actions": ("message",),
    "task_card": ("message",),
    "plan": ("message",),
    "table": ("message", "home"),
    "data_table": ("message", "home"),
    "carousel": ("message", "home"),
}
# Blocks that exist but whose content is not looked into here.
UNKNOWN_INSIDE = ("container", "plan")
BLOCK = by_type(BLOCKS | RARE)
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
    """All violations of Block Kit in a list of blocks, as Slack words them; empty when it is fine.

    Not looked into: the blocks of UNKNOWN_INSIDE, whether a picture's address answers, and whether
    preselected people and channels exist. https://docs.slack.dev/reference/block-kit
    """
    if not isinstance(blocks, list):
        return ["[ERROR] must provide an array [json-pointer:/blocks]"]
    found: list[str] = []
    if len(blocks) > MOST_BLOCKS[surface]:
        wrong(found, f"no more than {MOST_BLOCKS[surface]} items allowed", "/blocks")
    ids: set[str] = set()
    for index, block in enumerate(blocks):
        path = f"/blocks/{index}"
        _check_block(block, surface, path, found)
        if isinstance(block, dict):
            _once(block.get("block_id"), ids, "block_id", path, found)
            _action_ids(block, path, found)
    return found


def offered_problems(answer: dict[str, Any]) -> list[str]:
    """What is wrong with the options that an app gives for an external menu.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    found: list[str] = []
    OFFERED(answer, "", found)
    return found


def _check_block(block: object, surface: Surface, path: str, found: list[str]) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if isinstance(kind, str) and surface not in SURFACES.get(kind, EVERYWHERE):
        wrong(found, f"unsupported type: {kind}", f"{path}/type")
    elif kind not in UNKNOWN_INSIDE:
        BLOCK(block, path, found)


def _action_ids(block: dict[str, Any], path: str, found: list[str]) -> None:
    elements = block.get("elements")
    if block.get("type") not in ("actions", "context_actions") or not isinstance(elements, list):
        return
    ids: set[str] = set()
    for index, element in enumerate(elements):
        if isinstance(element, dict):
            _once(element.get("action_id"), ids, "action_id", f"{path}/elements/{index}", found)


def _once(value: object, seen: set[str], name: str, path: str, found: list[str]) -> None:
    if not isinstance(value, str) or not value:
        return
    if value in seen:
        wrong(found, f'`{name}` "{value}" already exists', f"{path}/{name}")
    seen.add(value)
