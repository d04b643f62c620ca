"""The doctor: tries everything that the bot lives on, and says for each what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How something is, as the mark that tells it without colour."""

    GOOD = "✓"
    WARNING = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `sentence` has the next step wherever there is one to take, and
    never a secret or anything of a lead's."""

    name: str
    state: State
    sentence: str

    def __str__(self) -> str:
        return f"{self.state.value} {self.name}: {self.sentence}"


def good(name: str, sentence: str) -> Finding:
    return Finding(name, State.GOOD, sentence)


def warning(name: str, sentence: str) -> Finding:
    return Finding(name, State.WARNING, sentence)


def bad(name: str, sentence: str) -> Finding:
    return Finding(name, State.BAD, sentence)


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
