"""The doctor's findings, for the person who asked."""

from collections.abc import Sequence
from typing import Final

from bot.views.message import TEXT_LIMIT, Message, escape, message, short

LINE_LIMIT: Final = 600


def findings(summary: str, lines: Sequence[str]) -> Message:
    """The summary and as many lines as one message holds, and how many are left out."""
    told = [summary, *(short(line, LINE_LIMIT) for line in lines)]
    shown = len(told)
    while len(escape(_text(told, shown))) > TEXT_LIMIT:
        shown -= 1
    return message(_text(told, shown))


def _text(told: Sequence[str], shown: int) -> str:
    rest = len(told) - shown
    more = [f"… and {rest} more, which python -m bot doctor shows to the person who runs the bot."]
    return "\n".join([*told[:shown], *(more if rest else [])])
