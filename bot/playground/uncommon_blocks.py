"""Rarely used blocks, and the elements of `context_actions`.

https://docs.slack.dev/reference/block-kit/blocks
"""

from typing import Any

from bot.playground.elements import BASE, CONFIRM, ELEMENTS, either, plain
from bot.playground.rich_text import NAMED, ONE_RICH_TEXT, RICH_TEXT
from bot.playground.rules import (
    NO_LIMIT,
    Check,
    Shape,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    integer,
    nullable,
    number,
    one_of,
    shaped,
    string,
    url,
    wrong,
)

COMMON: dict[str, Check] = {"type": anything, "block_id": string(255)}
MOST_CELLS = 20
TABLE_MOST = 10_000
DATA_TABLE_MOST = 20_000


def https(value: Any, path: str, found: list[str]) -> None:
    """An https address."""
    url(value, path, found)
    if isinstance(value, str) and not value.startswith("https://"):
        wrong(found, "must be a valid HTTPS URL", path)


def text_length(part: object) -> int:
    """The characters of every text in a block or a part of one."""
    if isinstance(part, dict):
        text = part.get("text")
        own = len(text) if isinstance(text, str) else 0
        return own + sum(map(text_length, part.values()))
    return sum(map(text_length, part)) if isinstance(part, list) else 0


def _short(most: int) -> Check:
    """A limit on the characters of all cells together. It is documented, the wording is a guess."""

    def check(table: Any, path: str, found: list[str]) -> None:
        if text_length(table["rows"]) > most:
            wrong(found, f"must be less than {most + 1} characters", f"{path}/rows")

    return check


def _even(table: Any, path: str, found: list[str]) -> None:
    if len({len(row) for row in table["rows"]}) > 1:
        wrong(found, "all rows must have the same number of cells", f"{path}/rows")


def _plain_header(table: Any, path: str, found: list[str]) -> None:
    for index, cell in enumerate(table["rows"][0]):
        if cell["type"] == "rich_text":
            wrong(found, "unsupported type: rich_text", f"{path}/rows/0/{index}/type")


def _header_column(table: Any, path: str, found: list[str]) -> None:
    last = len(table["rows"][0]) - 1
    if (table.get("row_header_column_index") or 0) > last:
        wrong(found, f"must be between 0 and {last}", f"{path}/row_header_column_index")


def _one_icon(card: Any, path: str, found: list[str]) -> None:
    if card.get("icon") and card.get("slack_icon"):
        wrong(found, "cannot define both `icon` and `slack_icon`", path)


def _positive(value: Any, path: str, found: list[str]) -> None:
    number(value, path, found)
    if isinstance(value, int | float) and value <= 0:
        wrong(found, "must be more than 0", path)


def _plotted(chart: Any, path: str, found: list[str]) -> None:
    """Every series has a distinct name, and one point for each category."""
    categories = chart["axis_config"]["categories"]
    names = [series["name"] for series in chart["series"]]
    for index, series in enumerate(chart["series"]):
        where = f"{path}/series/{index}"
        if names.index(series["name"]) != index:
            wrong(found, f'`name` "{series["name"]}" already exists', f"{where}/name")
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            wrong(found, "must have one data point for each category", f"{where}/data")


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
            "visible_to_user_ids": array(string(255), NO_LIMIT, 0),
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
        # Its names are a closed list that is not documented in full.
        "slack_icon": by_type(
            {"icon": Shape({"type": anything, "name": string(255, 1)}, ("name",))}
        ),
        "title": either(150),
        "subtitle": either(150),
        "body": either(200),
        "subtext": either(200),
        "actions": array(by_type(ELEMENTS, ("button",)), 3),
    },
    (),
    (at_least_one("hero_image", "title", "actions", "body"), _one_icon),
)
RAW: dict[str, Shape] = {
    "raw_text": Shape({"type": anything, "text": string(NO_LIMIT, 1)}, ("text",)),
    "raw_number": Shape(
        {"type": anything, "value": number, "text": string(NO_LIMIT, 1)}, ("value",)
    ),
}
CELLS = RAW | {"rich_text": RICH_TEXT}
ACTION_CELL = Shape(
    {"type": anything, "element": by_type(ELEMENTS, ("button",)), "fallback": by_type(RAW)},
    ("element",),
)
COLUMN = shaped(
    Shape({"align": one_of("left", "center", "right"), "is_wrapped": boolean}),
)
SOURCE = by_type({"url": Shape({"type": anything, "url": url, "text": NAMED}, ("url", "text"))})
TASK: dict[str, Check] = {
    **COMMON,
    "task_id": NAMED,
    "title": NAMED,
    "status": one_of("pending", "in_progress", "complete", "error"),
    "details": ONE_RICH_TEXT,
    "output": ONE_RICH_TEXT,
    "sources": array(SOURCE, NO_LIMIT, 0),
}
SHORT_LABEL = string(20, 1)
PLOT = Shape(
    {
        "type": anything,
        "series": array(
            shaped(
                Shape(
                    {
                        "name": SHORT_LABEL,
                        "data": array(
                            shaped(
                                Shape({"label": SHORT_LABEL, "value": number}, ("label", "value"))
                            ),
                            20,
                        ),
                    },
                    ("name", "data"),
                )
            ),
            6,
        ),
        "axis_config": shaped(
            Shape(
                {
                    "categories": array(SHORT_LABEL, 20),
                    "x_label": string(50),
                    "y_label": string(50),
                },
                ("categories",),
            )
        ),
    },
    ("series", "axis_config"),
    (_plotted,),
)
PIE = Shape(
    {
        "type": anything,
        "segments": array(
            shaped(Shape({"label": SHORT_LABEL, "value": _positive}, ("label", "value"))), 6
        ),
    },
    ("segments",),
)

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
            "caption": string(NO_LIMIT, 1),
            "rows": array(array(by_type(CELLS | {"action_cell": ACTION_CELL}), MOST_CELLS), 201, 2),
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, MOST_CELLS - 1),
        },
        ("rows", "caption"),
        (_even, _plain_header, _header_column, _short(DATA_TABLE_MOST)),
    ),
    "data_visualization": Shape(
        {
            **COMMON,
            "title": string(50, 1),
            "chart": by_type({"pie": PIE} | dict.fromkeys(("bar", "area", "line"), PLOT)),
        },
        ("title", "chart"),
    ),
    "markdown": Shape({**COMMON, "text": string(12_000, 1)}, ("text",)),
    "plan": Shape(
        {
            **COMMON,
            "title": NAMED,
            # Slack accepts it and shows the state of the tasks.
            "status": TASK["status"],
            "tasks": array(shaped(Shape(TASK, ("task_id", "title"))), NO_LIMIT, 0),
        },
        ("title",),
    ),
    "table": Shape(
        {
            **COMMON,
            "rows": array(array(by_type(CELLS), MOST_CELLS), 100),
            "column_settings": array(nullable(COLUMN), MOST_CELLS, 0),
        },
        ("rows",),
        (_short(TABLE_MOST),),
    ),
    "task_card": Shape(TASK, ("task_id", "title")),
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
            "provider_name": string(NO_LIMIT),
            "provider_icon_url": url,
        },
        ("alt_text", "title", "thumbnail_url", "video_url"),
    ),
}
