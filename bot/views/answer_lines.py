"""What people read about answers to leads, outside of forms and cards."""

from collections.abc import Sequence
from typing import Final

from bot.answers import PENDING, Answer, State
from bot.triage import Mail
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    PHRASE_LIMIT,
    Message,
    context,
    cut,
    message,
    phrase,
    short,
)

KEPT: Final = "I kept the text: Reply has it again."
OFF: Final = "answers from Slack are switched off (REPLIES)"
GONE: Final = "I don’t know this answer any more."
NOT_SENT_YET: Final = "Your answer is saved, and I send it as soon as I can."
LOST: Final = "SendKit took it, and shows it neither as scheduled nor in the conversation"
UNKNOWN: Final = "SendKit did not say whether it took it, and shows it nowhere"
# Characters of a new mail.
WORDS_LIMIT: Final = 1000


def line(answer: Answer, writer: str) -> Message | None:
    """The line in the card's thread at an answer's end; None for one that only its writer has to
    know of."""
    who = phrase(writer, NAME_LIMIT)
    reason = f": {short(answer.reason, PHRASE_LIMIT)}" if answer.reason else ""
    match answer.state:
        case State.SENT:
            because = f", because “{phrase(answer.because, PHRASE_LIMIT)}”" * bool(answer.because)
            said = f"{who}’s answer was sent{reason}{because}."
        case State.TAKEN_BACK if answer.wished_by:
            said = f"{phrase(answer.wished_by, NAME_LIMIT)} took {who}’s answer back."
        case State.TAKEN_BACK:
            said = f"{who}’s answer was taken back{reason}."
        case State.FAILED:
            said = f"{who}’s answer was not sent{reason}."
        case _:
            return None
    said = cut(said, CONTEXT_LIMIT)
    return message(said, [context(said)])


def ended(answer: Answer) -> str:
    """For the writer of an answer that was not sent."""
    reason = f": {short(answer.reason, PHRASE_LIMIT)}" if answer.reason else ""
    how = "was taken back" if answer.state is State.TAKEN_BACK else "was not sent"
    return f"Your answer {how}{reason}. {KEPT}"


def unkept(answer: Answer) -> str:
    """For a writer who has begun another text since, or sent it."""
    return f"This was the text of your answer that was not sent:\n{answer.text}"


def news(added: Sequence[Mail]) -> str:
    """Why an answer is not sent after these mails, as the reason of its end."""
    if any(not each.ours for each in added):
        return "the lead wrote again"
    return "our side has answered already"


def newer(answer: Answer, added: Sequence[Mail]) -> str:
    """For the writer, with the newest of the mails that they had not seen."""
    words = cut(" ".join(str(added[-1].words).split()), WORDS_LIMIT)
    whose = "Our side wrote" if added[-1].ours else "The lead wrote"
    return f"{ended(answer)} {whose}: “{words}”"


def too_late(reason: str) -> str:
    """For the writer of an answer that SendKit no longer takes back."""
    why = short(reason, PHRASE_LIMIT)
    return f"Your answer can no longer be taken back ({why}): SendKit is sending it."


def unsettled(answer: Answer) -> str:
    """For the writer of an answer of which nothing says whether it was sent."""
    return (
        f"I don’t know whether your answer was sent: {short(answer.reason, PHRASE_LIMIT)}. "
        "Look in SendKit, and then press on the card what you found. I send nothing meanwhile."
    )


def second(first: Answer, writer: str) -> str:
    """For a person whose answer came after another one."""
    who = phrase(writer, NAME_LIMIT)
    if first.state in PENDING:
        said = f"{who} was first: their answer is about to go out."
    elif first.state is State.SENT:
        said = f"{who} was first: their answer was sent."
    elif first.state is State.UNSETTLED:
        said = f"{who} was first, and it is not known yet whether their answer was sent."
    else:
        said = f"{who} was first, but their answer was not sent. You can send yours now."
    return f"{said} I did not send your answer. {KEPT}"


def not_pending(answer: Answer) -> str:
    """For a person who wants an answer back that is not under way."""
    match answer.state:
        case State.SENT:
            return "This answer was sent already, so it cannot be taken back."
        case State.UNSETTLED:
            return "I don’t know whether this answer was sent. Look in SendKit first."
        case _:
            return "This answer was not sent, so there is nothing to take back."


def settled_already(answer: Answer) -> str:
    """For a person who says what became of an answer that is not in doubt."""
    return f"There is no doubt about this answer any more: it {_is(answer)}."


def _is(answer: Answer) -> str:
    if answer.state in PENDING:
        return "is under way"
    return "was sent" if answer.state is State.SENT else "was not sent"
