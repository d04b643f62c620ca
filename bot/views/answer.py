"""Answers to leads, as cards and threads show them."""

from collections.abc import Sequence
from typing import Final

from bot import acts, dates
from bot.answered import Answered
from bot.answers import PENDING, AnswerId, State
from bot.triage import Card, Conversation
from bot.views.message import (
    NAME_LIMIT,
    PHRASE_LIMIT,
    Block,
    Message,
    button,
    clock_time,
    markup,
    message,
    moment,
    phrase,
    plain,
    section,
    short,
)

OFF: Final = (
    "Answering from Slack is off. Answer in SendKit, or ask the person who runs this bot to set "
    "REPLIES=on."
)
# An answer in one of these states is past once the lead has written again.
_OVER: Final = (State.SENT, State.TAKEN_BACK, State.STALE)


def open_reply(shown: Conversation) -> Block:
    """The button that opens the form."""
    value = acts.pack(acts.Reply(acts.ById(shown.id)))
    return button("Reply", acts.REPLY, value, about=shown.lead.label)


def offer(shown: Conversation) -> Message:
    """The button for a person who asked for the form where none can open."""
    said = f"Press Reply to answer {phrase(shown.lead.label, NAME_LIMIT)}."
    return message(said, [section(said), {"type": "actions", "elements": [open_reply(shown)]}])


def of(shown: Card) -> Answered | None:
    """The answer that a card shows: none that the lead has answered since."""
    answer = shown.answer
    if answer is None or answer.state not in _OVER:
        return answer
    replied = dates.from_iso(shown.conversation.replied_at)
    return None if replied is not None and replied > answer.at else answer


def facts(answer: Answered) -> Sequence[str | Block]:
    """The state of an answer, in parts of a context block."""
    said, has_time = _said(answer)
    return (said, markup(moment(answer.at, exact=True))) if has_time else (said,)


def spoken(answer: Answered) -> str:
    """The same for `text`."""
    said, has_time = _said(answer)
    return f"{said} {clock_time(answer.at, exact=True)}." if has_time else said


def _said(answer: Answered) -> tuple[str, bool]:
    """The state in words, and whether its time follows them."""
    whose = f"{phrase(answer.person, NAME_LIMIT)}’s answer"
    why = short(answer.reason, PHRASE_LIMIT).rstrip(".")
    because = f": {why}" if why else ""
    if answer.wished_by and answer.state in PENDING:
        return f"{phrase(answer.wished_by, NAME_LIMIT)} takes {whose} back.", False
    match answer.state:
        case State.QUEUED:
            return f"{whose} goes out", True
        case State.SENT:
            return f"{whose} was sent", True
        case State.TAKEN_BACK:
            return f"{whose} was taken back, and not sent{because}.", False
        case State.FAILED | State.STALE:
            return f"{whose} was not sent{because}. Its text is kept: press Reply.", False
        case State.CHECKING:
            return f"{whose}: I’m checking with SendKit whether it was sent{because}.", False
        case State.UNSETTLED:
            look = "Look in SendKit, then press what is true."
            return f"{whose} may have been sent, and SendKit does not say{because}. {look}", False
        case _:
            return f"{whose} is saved, and not at SendKit yet{because}.", False


def writes(name: str) -> str:
    """Who writes an answer; empty if nobody does."""
    return f"{phrase(name, NAME_LIMIT)} is writing an answer" if name else ""


def buttons(shown: Conversation, answer: Answered | None) -> Sequence[Block]:
    """The buttons that the state of an answer asks for. Their ids stay apart from others in a
    card's row."""
    if answer is None or not acts.is_decision(answer.id):
        return ()
    which, identity = acts.ById(shown.id), AnswerId(answer.id)
    whose = f"{answer.person}, {shown.lead.label}"
    if answer.state in PENDING:
        if answer.wished_by:
            return ()
        value = acts.pack(acts.TakeBackAnswer(which, identity))
        return [button("Take back", acts.action_id(10), value, about=whose)]
    if answer.state != State.UNSETTLED:
        return ()
    not_sent = acts.pack(acts.AnswerWasNotSent(which, identity))
    was_sent = acts.pack(acts.AnswerWasSent(which, identity))
    return [
        button("It was sent", acts.action_id(11), was_sent, about=whose),
        button("It was not sent", acts.action_id(12), not_sent, about=whose, confirm=_SURE),
    ]


_SURE: Final = {
    "title": plain("Was it not sent?", 100),
    "text": plain("Look in SendKit first. After this, Reply can send it again.", 300),
    "confirm": plain("It was not sent", 30),
    "deny": plain("Cancel", 30),
}


def actions(shown: Conversation, pressed: Sequence[Block]) -> Block:
    """The block with these buttons about an answer."""
    return {
        "type": "actions",
        "block_id": acts.block_id(shown.id, "answer"),
        "elements": list(pressed),
    }
