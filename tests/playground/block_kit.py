"""Pieces of Block Kit, so that a case is the one thing that it is about."""

from typing import Any

Json = dict[str, Any]


def plain(text: str, **more: Any) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str, **more: Any) -> Json:
    return {"type": "mrkdwn", "text": text, **more}


def option(text: str, value: str = "v", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(f"o{n}", f"v{n}") for n in range(count)]


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Yes"), "action_id": "yes", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "menu", **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn("hello"), **more}


def asking(element: Json) -> Json:
    return {"type": "input", "label": plain("Name"), "element": element}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def video(**more: Any) -> Json:
    urls = {name: f"https://example.com/{name}" for name in ("thumbnail_url", "video_url")}
    return {"type": "video", "alt_text": "x", "title": plain("x"), **urls, **more}


def number(**more: Any) -> Json:
    return asking({"type": "number_input", "is_decimal_allowed": True, **more})


def inline(*elements: Json) -> Json:
    return rich({"type": "rich_text_section", "elements": list(elements)})


def table(*rows: list[Json], **more: Any) -> Json:
    return {"type": "table", "rows": list(rows), **more}


def data_table(*rows: list[Json], **more: Any) -> Json:
    return {"type": "data_table", "caption": "x", "rows": list(rows), **more}


def container(*children: Json, **more: Any) -> Json:
    return {"type": "container", "title": plain("x"), "child_blocks": list(children), **more}


def plan(*tasks: Json, **more: Any) -> Json:
    return {"type": "plan", "title": "x", "tasks": list(tasks), **more}


def chart(kind: str, **more: Any) -> Json:
    return {"type": "data_visualization", "title": "x", "chart": {"type": kind, **more}}


def series(name: str, *labels: str) -> Json:
    return {"name": name, "data": [{"label": each, "value": 1.5} for each in labels]}


def bars(*names: str, categories: tuple[str, ...] = ("Mon",)) -> Json:
    plotted = [series(name, "Mon") for name in names]
    return chart("bar", series=plotted, axis_config={"categories": list(categories)})


def picture(**more: Any) -> Json:
    return {"type": "image", "alt_text": "x", **more}


def filtered(given: Json) -> Json:
    return asking({"type": "conversations_select", "filter": given})


def workflow(**more: Any) -> Json:
    trigger = {
        "url": "https://slack.com/shortcuts/Ft1/xyz",
        "customizable_input_parameters": [{"name": "lead", "value": "Jane"}],
    }
    button = {"type": "workflow_button", "text": plain("Run"), "workflow": {"trigger": trigger}}
    return button | {"action_id": "run"} | more


RICH = rich(
    {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": "bold", "style": {"bold": True}},
            {"type": "link", "url": "https://example.com", "text": "there"},
            {"type": "user", "user_id": "U1"},
            {"type": "emoji", "name": "wave"},
        ],
    },
    {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
    },
    {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}], "border": 1},
    {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
)
