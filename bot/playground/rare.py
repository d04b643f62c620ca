"""The blocks that few apps use, and the elements of `context_actions`.

Left unlooked into, for their rules are not all known: `container` and `plan`.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any

from bot.playground.elements import BASE, CONFIRM, ELEMENTS, either, plain
from bot.playground.rules import (
    Check,
    Shape,
    anything,
    array,
    boolean,
    by_type,
    integer,
    one_of,
    shaped,
    string,
    url,
    wrong,
)

COMMON: dict[str, Check] = {"type": anything, "block_id": string(255)}
MOST_CELLS = 20
# A number that no rule of Slack's gives, high enough for everything that fits into a message.
MANY = 10_000


def https(value: Any, path: str, found: list[str]) -> None:
    """An address with TLS."""
    url(value, path, found)
    if isinstance(value, str) and not value.startswith("https://"):
        wrong(found, "must be a valid HTTPS URL", path)


def _something_shown(card: Any, path: str, found: list[str]) -> None:
    if not any(card.get(name) for name in ("hero_image", "title", "actions", "body")):
        wrong(found, "must define one of `hero_image`, `title`, `actions`, `body`", path)


def _even(table: Any, path: str, found: list[str]) -> None:
    if len({len(row) for row in table["rows"]}) > 1:
        wrong(found, "all rows must have the same number of cells", f"{path}/rows")


RATED = shaped(
    Shape(
        {"text": plain(75), "value": string(2000), "accessibility_label": string(75)},
        ("text", "value"),
    )
)
CONTEXT_ELEMENTS: dict[str, Shape] = {
    "feedback_buttons": Shape(
        {**BASE, "positive_button": RATED, "negative_button": RATED},
        ("positive_button", "negative_button"),
    ),
    "icon_button": Shape(
        {
            **BASE,
            "icon": one_of("trash"),
            "text": plain(75),
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": array(string(255), MANY),
        },
        ("icon", "text"),
    ),
}
IMAGE = by_type(ELEMENTS, ("image",))
CARD = Shape(
    {
        **COMMON,
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": either(150),
        "subtitle": either(150),
        "body": either(200),
        "actions": array(by_type(ELEMENTS, ("button",)), 25),
    },
    (),
    (_something_shown,),
)
RAW_TEXT = Shape({"type": anything, "text": string(MANY)}, ("text",))
RAW_NUMBER = Shape({"type": anything, "value": anything, "text": string(MANY)}, ("value",))
RICH_CELL = Shape({**COMMON, "elements": array(anything, MANY)}, ("elements",))
CELL = by_type({"raw_text": RAW_TEXT, "rich_text": RICH_CELL})
DATA_CELL = by_type({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_CELL})
COLUMN = shaped(
    Shape({"align": one_of("left", "center", "right"), "is_wrapped": boolean}),
)
SOURCE = shaped(Shape({"type": one_of("url"), "url": url, "text": string(MANY)}, ("url", "text")))

RARE: dict[str, Shape] = {
    "alert": Shape(
        {
            **COMMON,
            "text": either(200),
            "level": one_of("default", "info", "warning", "error", "success"),
        },
        ("text",),
    ),
    "card": CARD,
    "carousel": Shape({**COMMON, "elements": array(by_type({"card": CARD}), 10)}, ("elements",)),
    "context_actions": Shape(
        {**COMMON, "elements": array(by_type(CONTEXT_ELEMENTS), 5)}, ("elements",)
    ),
    "data_table": Shape(
        {
            **COMMON,
            "caption": string(MANY),
            "rows": array(array(DATA_CELL, MOST_CELLS), 101, 2),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, MOST_CELLS - 1),
        },
        ("rows", "caption"),
        (_even,),
    ),
    "markdown": Shape({**COMMON, "text": string(12_000, 1)}, ("text",)),
    "table": Shape(
        {
            **COMMON,
            "rows": array(array(CELL, MOST_CELLS), 100),
            "column_settings": array(COLUMN, MOST_CELLS, 0),
        },
        ("rows",),
    ),
    "task_card": Shape(
        {
            **COMMON,
            "task_id": string(255, 1),
            "title": string(MANY, 1),
            "status": one_of("pending", "in_progress", "complete", "error"),
            "details": shaped(RICH_CELL),
            "output": shaped(RICH_CELL),
            "sources": array(SOURCE, MANY),
        },
        ("task_id", "title"),
    ),
    "video": Shape(
        {
            **COMMON,
            "alt_text": string(2000, 1),
            "title": plain(199),
            "title_url": https,
            "thumbnail_url": url,
            "video_url": https,
            "description": plain(199),
            "author_name": string(49),
            "provider_name": string(MANY),
            "provider_icon_url": url,
        },
        ("alt_text", "title", "thumbnail_url", "video_url"),
    ),
}
