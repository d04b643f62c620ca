"""An answer to a lead, as cards show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """The newest answer to a lead. `state`: one of bot.answers.State. `at`: when it goes out, or
    when it reached its state, in seconds since the epoch. `reason`: why it did not go out.
    `wished_by`: who wants it back."""

    id: str
    person: str
    state: str
    at: float
    reason: str = ""
    wished_by: str = ""
