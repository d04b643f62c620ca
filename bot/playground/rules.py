"""Small checks of which Block Kit's rules consist.

A check looks at one value at `path`, and adds problems to `found` in the words of Slack's
`response_metadata.messages`.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any, str, list[str]], None]

# For fields without a documented maximum. The request as a whole has one.
NO_LIMIT = 2**53


@dataclass(frozen=True)
class Shape:
    """The fields of an object, which of them are required, and rules across them."""

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    across: tuple[Check, ...] = ()


def wrong(found: list[str], what: str, path: str) -> None:
    """Adds one problem."""
    found.append(f"[ERROR] {what} [json-pointer:{path}]")


def anything(value: Any, path: str, found: list[str]) -> None:
    """Accepts every value, for fields without a known rule."""


def boolean(value: Any, path: str, found: list[str]) -> None:
    """A JSON true or false."""
    if not isinstance(value, bool):
        wrong(found, "must provide a boolean", path)


def nullable(check: Check) -> Check:
    """The same check, or null."""

    def either(value: Any, path: str, found: list[str]) -> None:
        if value is not None:
            check(value, path, found)

    return either


def number(value: Any, path: str, found: list[str]) -> None:
    """A JSON number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        wrong(found, "must provide a number", path)


def integer(least: int, most: int) -> Check:
    """A whole number between two limits, both included."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            wrong(found, "must provide an integer", path)
        elif not least <= value <= most:
            wrong(found, f"must be between {least} and {most}", path)

    return check


def string(most: int, least: int = 0) -> Check:
    """A string with at least `least` and at most `most` characters."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, str):
            wrong(found, "must provide a string", path)
        elif len(value) < least:
            wrong(found, f"must be more than {least - 1} characters", path)
        elif len(value) > most:
            wrong(found, f"must be less than {most + 1} characters", path)

    return check


def pattern(expression: str, what: str) -> Check:
    """A string that matches the whole expression."""
    compiled = re.compile(expression)

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            wrong(found, what, path)

    return check


def calendar_day(value: Any, path: str, found: list[str]) -> None:
    """A real day as YYYY-MM-DD."""
    parts = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", str(value))
    year, month, day = map(int, parts.groups()) if parts else (0, 0, 0)
    if not (year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        wrong(found, "must be a date in the form YYYY-MM-DD", path)


def url(value: Any, path: str, found: list[str]) -> None:
    """An absolute address of at most 3,000 characters."""
    string(3000, 1)(value, path, found)
    if isinstance(value, str) and value and not re.match(r"[a-zA-Z][\w+.-]*:\S+$", value):
        wrong(found, "invalid url", path)


def one_of(*values: str) -> Check:
    """One of these words."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if value not in values:
            wrong(found, f"must be a valid enum value: {', '.join(values)}", path)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list with at least `least` and at most `most` items."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, list):
            wrong(found, "must provide an array", path)
            return
        if len(value) > most:
            wrong(found, f"no more than {most} items allowed", path)
        if len(value) < least:
            wrong(found, f"no less than {least} items allowed", path)
        for index, each in enumerate(value):
            item(each, f"{path}/{index}", found)

    return check


def shaped(shape: Shape) -> Check:
    """An object with these fields and no others."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            wrong(found, "must provide an object", path)
            return
        before = len(found)
        for name in shape.required:
            if value.get(name) is None:
                wrong(found, f"missing required field: {name}", path)
        for name, given in value.items():
            rule = shape.fields.get(name)
            if rule is None:
                wrong(found, f"invalid additional property: {name}", path)
            elif given is not None:
                rule(given, f"{path}/{name}", found)
        if len(found) == before:
            for rule in shape.across:
                rule(value, path, found)

    return check


def by_type(
    kinds: Mapping[str, Shape], allowed: tuple[str, ...] = (), *, name: str = "type"
) -> Check:
    """An object whose field `name` decides its shape. `allowed`: the permitted types, if given."""
    checks = {kind: shaped(kinds[kind]) for kind in (allowed or kinds)}

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            wrong(found, "must provide an object", path)
        elif name not in value:
            wrong(found, f"missing required field: {name}", path)
        elif not isinstance(value[name], str) or value[name] not in checks:
            wrong(found, f"unsupported type: {value[name]}", f"{path}/{name}")
        else:
            checks[value[name]](value, path, found)

    return check


def exactly_one(first: str, second: str) -> Check:
    """Exactly one of two fields."""

    def check(value: Any, path: str, found: list[str]) -> None:
        given = [name for name in (first, second) if value.get(name) is not None]
        if not given:
            wrong(found, f"must define either `{first}` or `{second}`", path)
        if len(given) == 2:
            wrong(found, f"cannot define both `{first}` and `{second}`", path)

    return check


def at_least_one(*names: str) -> Check:
    """One or more of these fields."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if all(value.get(name) in (None, "", []) for name in names):
            wrong(found, f"must define one of {', '.join(f'`{name}`' for name in names)}", path)

    return check
