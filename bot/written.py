"""An answer as a person writes it in a form: what they entered, and what is wrong with it. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts
from bot.text import cut, folded

# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
TEXT_LIMIT: Final = 3000
CC_LIMIT: Final = 500
REASON_LIMIT: Final = 300
MOST_COPIES: Final = 10
QUOTED: Final = 40

NO_TEXT: Final = "Write your answer first."
PASSED: Final = "This time has passed. Choose a later one, or none to send it in 30 seconds."
NO_REASON: Final = "Say why: this lead asks to be left alone."

_ADDRESS: Final = re.compile(r"[^@\s<>()\"“”]+@[^@\s<>()\"“”.]+(?:\.[^@\s<>()\"“”.]+)+")
_BETWEEN: Final = re.compile(r"[,;\s]+")
# A name between braces, as in snippets and in SendKit's campaigns.
_PLACEHOLDER: Final = re.compile(r"\{\{?[^\S\n]*[^\W\d_][\w .-]{0,39}\}?\}")


@dataclass(frozen=True, slots=True)
class Written:
    """What a person entered. `cc`: as they typed it. `at`: when it should go out, in seconds since
    the epoch; None for as soon as it may. `reason`: why they write to a lead who asks to be left
    alone."""

    text: str = ""
    cc: str = ""
    at: int | None = None
    reason: str = ""


def copies(written: Written) -> Sequence[str]:
    """The addresses that get a copy, each once, whether or not they are any."""
    parts = [each for each in _BETWEEN.split(written.cc) if each]
    return [*{folded(each): each for each in reversed(parts)}.values()][::-1]


def wrong(written: Written, now: float, *, asks_reason: bool = False) -> Mapping[str, str]:
    """What the person has to mend, as a sentence for each field, by its action id."""
    found: dict[str, str] = {}
    if not written.text:
        found[acts.TEXT] = NO_TEXT
    elif (unfilled := _PLACEHOLDER.search(written.text)) is not None:
        name = cut(unfilled.group(), QUOTED)
        found[acts.TEXT] = f"Replace {name} or take it out: it would be sent as it stands."
    addresses = copies(written)
    no_address = next((each for each in addresses if not _ADDRESS.fullmatch(each)), None)
    if no_address is not None:
        found[acts.CC] = f"“{cut(no_address, QUOTED)}” is not an email address."
    elif len(addresses) > MOST_COPIES:
        found[acts.CC] = f"At most {MOST_COPIES} addresses can get a copy."
    if has_passed(written, now):
        found[acts.SEND_AT] = PASSED
    if asks_reason and not written.reason:
        found[acts.REASON] = NO_REASON
    return found


def has_passed(written: Written, now: float) -> bool:
    """Whether the time at which it should go out has passed."""
    return written.at is not None and written.at <= now


def digest(written: Written) -> str:
    """Equal for the same input."""
    said = json.dumps([written.text, copies(written), written.at, written.reason])
    return hashlib.sha256(said.encode()).hexdigest()[:16]
