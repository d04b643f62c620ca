"""SendKit's do-not-contact list: the decision that puts a lead on it, and what the bot knows of
it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DoNotContact:
    """Puts the lead's address on SendKit's do-not-contact list. That is no PATCH, so it has no body
    and changes nothing in the conversation; no call of SendKit's API takes an address off."""

    verb: ClassVar = "dnc"
    changes: ClassVar[tuple[()]] = ()

    def patch(self, before: object) -> Mapping[str, Any]:
        return {}

    def after(self, before: T) -> T:
        return before


@dataclass(frozen=True, slots=True)
class Barred:
    """The lead's address is on SendKit's do-not-contact list. `person`: the name of the person who
    put it there; empty if unknown. `at`: since when, as far as known, in seconds since the
    epoch."""

    person: str
    at: float
