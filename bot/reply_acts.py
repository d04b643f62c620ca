"""What people can ask for about answers to leads."""

from dataclasses import dataclass
from typing import ClassVar, Final

from bot.answers import AnswerId
from bot.references import ById, Reference


@dataclass(frozen=True, slots=True)
class Reply:
    """Open the form in which an answer is written. None: the conversation was not named."""

    reference: Reference | None


@dataclass(frozen=True, slots=True)
class TakeBackAnswer:
    """Send this answer not at all, if it has not gone out."""

    verb: ClassVar = "take_back_answer"
    reference: ById
    answer: AnswerId


@dataclass(frozen=True, slots=True)
class AnswerWasSent:
    """Say of an answer whose outcome is unknown that the lead got it."""

    verb: ClassVar = "answer_was_sent"
    reference: ById
    answer: AnswerId


@dataclass(frozen=True, slots=True)
class AnswerWasNotSent:
    """Say of an answer whose outcome is unknown that the lead did not get it."""

    verb: ClassVar = "answer_was_not_sent"
    reference: ById
    answer: AnswerId


AboutAnswer = TakeBackAnswer | AnswerWasSent | AnswerWasNotSent
ON_ANSWERS: Final[dict[str, type[AboutAnswer]]] = {
    each.verb: each for each in (TakeBackAnswer, AnswerWasSent, AnswerWasNotSent)
}
