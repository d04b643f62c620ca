"""Answers to leads, pure: a text that a person wrote in Slack becomes one mail, or none."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NewType

from bot.triage import ConversationId, Mail, Origin, Person, UserId

AnswerId = NewType("AnswerId", str)


class State(StrEnum):
    """WAITING: not yet given to SendKit. QUEUED: SendKit has it and sends it at `scheduled_for`.
    CHECKING: whether SendKit has it is not known yet. STALE: refused, since a newer mail came
    first. UNSETTLED: a person has to look in SendKit whether it was sent."""

    WAITING = "waiting"
    QUEUED = "queued"
    CHECKING = "checking"
    SENT = "sent"
    FAILED = "failed"
    TAKEN_BACK = "taken back"
    STALE = "stale"
    UNSETTLED = "unsettled"


# It may still go out, and can be taken back.
PENDING: Final = frozenset({State.WAITING, State.CHECKING, State.QUEUED})
# It was not sent: its text is a draft again.
UNSENT: Final = frozenset({State.FAILED, State.TAKEN_BACK, State.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a lead.

    `answered`: `newest_seen` of the mails that the writer saw. `send_at`: when they want it to go
    out, in seconds since the epoch; 0 for as soon as it may. `scheduled_for`: the time that SendKit
    was asked for, in its format, by which the bot finds the answer there again; empty before that.
    `reply_id`: SendKit's id of it, if it said one. `wished_by`: who wants it back. `too_late`:
    SendKit refused to cancel it. `told`: its end was told in Slack. `because`: why its writer
    answers a lead who asks to be left alone.
    """

    id: AnswerId
    conversation: ConversationId
    answered: str
    writer: Person
    text: str = field(repr=False)
    origin: Origin
    cc: tuple[str, ...] = field(default=(), repr=False)
    mailbox: str | None = None
    send_at: float = 0.0
    scheduled_for: str = ""
    state: State = State.WAITING
    reason: str = ""
    made_at: float = 0.0
    reply_id: str = ""
    wished_by: str = ""
    too_late: bool = False
    told: bool = False
    because: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that a person began to write. `at`: seconds since the epoch."""

    person: UserId
    conversation: ConversationId
    text: str = field(repr=False)
    cc: tuple[str, ...] = field(default=(), repr=False)
    at: float = 0.0


def newest_seen(mails: Sequence[Mail]) -> str:
    """The identity of the newest mail of a thread: SendKit's mails have no id. Equal only if no
    mail was added. `mails`: all of them, the oldest first."""
    if not mails:
        return "0"
    newest = mails[-1]
    at = "" if newest.at is None else f"{newest.at:.3f}"
    return f"{len(mails)}:{'us' if newest.ours else 'them'}:{at}"


def seen_number(answered: str) -> int:
    """How many mails the writer had seen, by `newest_seen`."""
    return int(answered.partition(":")[0])


def as_html(text: str) -> str:
    """The body of a mail. People type plain text; SendKit takes HTML."""
    lines = html.escape(text.strip(), quote=False).splitlines()
    return "<br>".join(lines)


def same_text(text: str, mail: str) -> bool:
    """Whether a mail has this text, before a signature that SendKit may add. Blanks and signs do
    not count, unless there is nothing else."""
    wanted, found = (re.sub(r"[\W_]+", "", each).casefold() for each in (text, mail))
    if not wanted:
        wanted, found = ("".join(each.split()) for each in (text, mail))
    return bool(wanted) and found.startswith(wanted)


def in_time(at: float) -> str:
    """A time in SendKit's format, to the millisecond."""
    seconds, milliseconds = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"
