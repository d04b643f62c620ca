"""Finds buttons, menus and fields on the screen, and turns a person's choice into a value.

https://docs.slack.dev/reference/block-kit/block-elements
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from bot.playground.slack_objects import parts, unfolded
from bot.playground.workspace import Channel, Json, Workspace

# Menus with several choices at once.
LISTS: Final = ("multi_static_select", "multi_external_select", "checkboxes")
ONE_OPTION: Final = ("static_select", "external_select", "radio_buttons", "overflow")
TYPED: Final = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Found:
    """A button or menu in a block, and the chosen option."""

    block: Json
    element: Json
    option: Json


def labels(blocks: list[Json]) -> list[str]:
    """The texts of all buttons and options, in screen order."""
    return [label for _, label, _ in _offers(blocks)]


def _offers(blocks: list[Json]) -> Iterator[tuple[int, str, Found]]:
    for index, outer in enumerate(blocks):
        for block in unfolded([outer]):
            for element in parts(block):
                for button in buttons(element):
                    yield index, button["text"]["text"], Found(block, element | button, {})
                for option in options(element):
                    yield index, option["text"]["text"], Found(block, element, option)


def buttons(element: Json) -> list[Json]:
    """The buttons of an element: itself, or the two feedback buttons."""
    if element["type"] == "feedback_buttons":
        return [element["positive_button"], element["negative_button"]]
    return [element] if element["type"] in ("button", "icon_button") else []


def options(element: Json) -> list[Json]:
    """All options of a menu, with those in groups."""
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options") or ()]


def find(
    blocks: list[Json], label: str, *, button: bool, block: int | str | None = None, nth: int = 0
) -> Found:
    """The nth button (or option) with this label. `block`: only in the block with this index or
    id."""
    found = [
        offer
        for index, text, offer in _offers(blocks)
        if text == label
        and bool(offer.option) is not button
        and block in (None, index, offer.block["block_id"])
    ]
    if nth >= len(found):
        what = "button" if button else "option"
        raise LookupError(f"no {what} {label!r} (number {nth}) among {labels(blocks)}")
    return found[nth]


def named(blocks: list[Json], name: str, block: str | None = None) -> Found:
    """The menu or field with this name: its action_id, its placeholder or its input's label."""
    known: list[str] = []
    for each in unfolded(blocks):
        for element in parts(each):
            names = names_of(each, element)
            if name in names and block in (None, each["block_id"]):
                return Found(each, element, {})
            known.append(names[0])
    raise LookupError(f"no menu or field {name!r} among {known}")


def names_of(block: Json, element: Json) -> list[str]:
    """The names of an element, the most certain one last."""
    said = [block.get("label"), element.get("placeholder")]
    texts = [each["text"] for each in said if each]
    return [*texts, element["action_id"]]


def value_of(space: Workspace, element: Json, given: Any, offered: Iterable[Json] = ()) -> Any:
    """Slack's value for a choice: options for labels, ids for names.

    `offered`: the app's options for an external menu. ValueError for a choice that Slack's client
    would not allow.
    """
    kind = element["type"]
    if kind.startswith("multi_") or kind == "checkboxes":
        return _several(space, element, given, list(offered))
    if given is None:
        return None
    if kind in ONE_OPTION:
        return _option([*options(element), *offered], given)
    if kind in TYPED:
        return _typed(element, str(given))
    if kind == "rich_text_input":
        line = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(given)}]}
        return {"type": "rich_text", "elements": [line]} if given else None
    if kind == "file_input":
        raise ValueError("there are no files in the playground")
    if kind == "datepicker":
        return date.fromisoformat(given).isoformat()
    if kind == "timepicker":
        return time.fromisoformat(given).isoformat("minutes")
    if kind == "datetimepicker":
        return int(given)
    return _id(space, element, given)


def _several(space: Workspace, element: Json, given: Any, offered: list[Json]) -> list[Any]:
    most = element.get("max_selected_items")
    if not isinstance(given, list | tuple):
        raise ValueError("choose a list")
    if most is not None and len(given) > most:
        raise ValueError(f"no more than {most} can be chosen")
    if element["type"] in LISTS:
        return [_option([*options(element), *offered], label) for label in given]
    return [_id(space, element, each) for each in given]


def _option(known: list[Json], label: str) -> Json:
    by_label = {option["text"]["text"]: option for option in known}
    if label not in by_label:
        raise ValueError(f"no option {label!r} among {list(by_label)}")
    return by_label[label]


def _id(space: Workspace, element: Json, given: str) -> str:
    kind = element["type"]
    try:
        if "users" in kind:
            return space.user(given).id
        room = space.channel(given)
    except KeyError as error:
        raise ValueError(error.args[0]) from error
    if "channels" in kind and room.private:
        raise ValueError(f"only public channels can be chosen, not {given!r}")
    if not _passes(space, element.get("filter") or {}, room):
        raise ValueError(f"the menu’s filter leaves {given!r} out")
    return room.id


def _passes(space: Workspace, chosen_from: Json, room: Channel) -> bool:
    """Whether the menu's filter admits a conversation.

    https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
    """
    kind = "im" if room.with_user else "private" if room.private else "public"
    if kind not in (chosen_from.get("include") or (kind,)):
        return False
    if chosen_from.get("exclude_external_shared_channels") and len(space.teams(room)) > 1:
        return False
    bot = room.with_user in space.users and space.users[room.with_user].is_bot
    return not (chosen_from.get("exclude_bot_users") and bot)


def _typed(element: Json, text: str) -> str:
    kind = element["type"]
    if kind == "email_text_input" and not MAIL.fullmatch(text):
        raise ValueError(f"{text!r} is no mail address")
    if kind == "url_text_input" and not re.match(r"https?://\S+$", text):
        raise ValueError(f"{text!r} is no address")
    if kind == "number_input":
        _check_number(element, text)
    if not element.get("min_length", 0) <= len(text) <= element.get("max_length", 3000):
        raise ValueError("the text is too short or too long")
    return text


def _check_number(element: Json, text: str) -> None:
    if not NUMBER.fullmatch(text) or ("." in text and not element["is_decimal_allowed"]):
        raise ValueError(f"{text!r} is no such number")
    least, most = element.get("min_value", text), element.get("max_value", text)
    if not float(least) <= float(text) <= float(most):
        raise ValueError(f"{text!r} is too small or too large")
