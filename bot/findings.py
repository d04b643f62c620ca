"""The finding of a check. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


class State(Enum):
    """The state of a finding, as a mark that needs no colour."""

    GOOD = "✓"
    WARNING = "!"
    BAD = "✗"


# The state's name in /readyz.
Word = Literal["ok", "busy", "down", "late", "refused", "slow"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `sentence` has the next step if there is one, and no secrets or data
    of leads. `numbers` are for /readyz."""

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
    """Problems, then warnings, then the rest, each in the order of the checks."""
    return sorted(findings, key=lambda each: [*reversed(State)].index(each.state))


def summary(findings: Sequence[Finding]) -> str:
    """All findings in one sentence."""
    wrong = sum(each.state is State.BAD for each in findings)
    warnings = sum(each.state is State.WARNING for each in findings)
    if not wrong and not warnings:
        return "All good."
    problems = _counted(wrong, "problem") if wrong else "No problems"
    noted = f", {_counted(warnings, 'warning')}" if warnings else ""
    return f"{problems}{noted}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
