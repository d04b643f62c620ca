"""What a check of the bot finds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


class State(Enum):
    """How something is, as the mark that tells it without colour."""

    GOOD = "✓"
    WARNING = "!"
    BAD = "✗"


# How /readyz names it.
Word = Literal["ok", "busy", "down", "late", "refused", "slow"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `sentence` has the next step wherever there is one to take, and
    never a secret or anything of a lead's. `numbers` are for /readyz."""

    name: str
    state: State
    sentence: str
    word: Word = "ok"
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.state.value} {self.name}: {self.sentence}"


def good(name: str, sentence: str) -> Finding:
    return Finding(name, State.GOOD, sentence)


def warning(name: str, sentence: str, word: Word = "busy") -> Finding:
    return Finding(name, State.WARNING, sentence, word)


def bad(name: str, sentence: str, word: Word = "refused") -> Finding:
    return Finding(name, State.BAD, sentence, word)


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether the bot works; warnings do not stop it."""
    return all(each.state is not State.BAD for each in findings)


def worst_first(findings: Sequence[Finding]) -> Sequence[Finding]:
    """What is wrong, then warnings, then what is well; each in the order of the rounds."""
    return sorted(findings, key=lambda each: [*reversed(State)].index(each.state))


def summary(findings: Sequence[Finding]) -> str:
    """All of it in one sentence."""
    wrong = sum(each.state is State.BAD for each in findings)
    warnings = sum(each.state is State.WARNING for each in findings)
    if not wrong and not warnings:
        return "All good."
    problems = _counted(wrong, "problem") if wrong else "No problems"
    noted = f", {_counted(warnings, 'warning')}" if warnings else ""
    return f"{problems}{noted}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
