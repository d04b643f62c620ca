"""Fields of JSON that may be missing or of an unexpected type. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from bot.text import visible

JSON = Mapping[str, Any]
# Names, subjects and addresses are cut to this length before any other work.
LINE_LIMIT: Final = 1_000


def first_of(mapping: JSON, *names: str) -> Any:
    for name in names:
        value = mapping.get(name)
        if value not in (None, ""):
            return value
    return None


def as_map(value: object) -> JSON:
    return value if isinstance(value, Mapping) else {}


def as_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def as_line(value: object) -> str:
    """A name on one line, without invisible characters."""
    return " ".join(visible(as_text(value)[:LINE_LIMIT]).split())
