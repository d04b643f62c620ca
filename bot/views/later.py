"""Texts about conversations that are put off."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from bot import acts
from bot.later import Until
from bot.returns import Return
from bot.triage import Conversation, Outcome
from bot.views.line import sentence
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    Block,
    Message,
    button,
    clock_time,
    context,
    cut,
    markup,
    message,
    moment,
    phrase,
    safe,
)
from bot.views.owner import about

LATER: Final = "Later…"
BACK_NOW: Final = "Back now"
# In App Home, for what has come back and needs no decision.
DONE: Final = "Done"
# What is known of a conversation that came back.
MOST_DECISIONS: Final = 5
WHEN: Final = (
    "I can’t read that time, or it has passed. For example: "
    f"{acts.COMMAND} later jane@example.com tomorrow 9:00, or Monday, in 2 hours, 2027-03-16 14:30."
)
UNTIL_WHEN: Final = (
    "Until when? For example: "
    f"{acts.COMMAND} later jane@example.com tomorrow 9:00. {acts.COMMAND} later jane@example.com "
    "off ends it."
)
REPLIED: Final = (
    "A newer reply has come in since, so I did not put this off. "
    "Read the new reply on its own card."
)


def facts(later: Until) -> Sequence[str | Block]:
    """Until when a conversation is put off, in parts of a context block."""
    return "Later: until", markup(moment(later.at)), f"set by {phrase(later.by, NAME_LIMIT)}"


def spoken(later: Until) -> str:
    """The same for `text`."""
    return f"Later: until {clock_time(later.at)}, set by {phrase(later.by, NAME_LIMIT)}"


def back_now(shown: Conversation, label: str = BACK_NOW) -> Block:
    """The button that ends it."""
    value = acts.pack(acts.Back(acts.ById(shown.id)))
    return button(label, acts.action_id(6), value, about=shown.lead.label)


def said_back(back: Return) -> str:
    """When a lead is back, as their automatic reply says."""
    what = "away until" if back.until else "back on"
    return f"The automatic reply says: {what} {_day(back.day)}."


def begins(back: Return) -> float:
    """When the day begins on which a lead is back."""
    return datetime.combine(back.first, time(), UTC).timestamp()


def remind(shown: Conversation, back: Return) -> Block:
    """The button that puts the conversation off until the lead is back."""
    act = acts.PutOff(acts.ById(shown.id), back.first.isoformat())
    label = f"Remind me {back.first.day} {back.first:%b}"
    return button(label, acts.action_id(6), acts.pack(act), about=shown.lead.label)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def later_button(shown: Conversation) -> Block:
    """The button that opens the form that asks until when."""
    value = acts.pack(acts.AskUntil(acts.ById(shown.id)))
    return button("Later", acts.LATER, value, about=shown.lead.label)


def put_off(shown: Conversation, at: float) -> Message:
    """For the person who put it off elsewhere than on its card."""
    said = f"The {about(shown)} comes back"
    return Message(f"{safe(said)} {clock_time(at)}.", [context(said, markup(moment(at)))])


def ended(shown: Conversation, *, was: bool) -> str:
    """For the person who ended it elsewhere than on its card."""
    if was:
        return f"The {about(shown)} is back: it is put off no longer."
    return f"The {about(shown)} is not put off."


def back(
    shown: Conversation,
    by: str,
    set_at: float,
    decided: Sequence[Outcome],
    wrote_at: float | None,
) -> Message:
    """A conversation that `by` put off comes back, with what happened since `set_at`: the
    decisions, the oldest first, and when we last wrote to the lead."""
    lead = phrase(shown.lead.label, NAME_LIMIT)
    said = f"{lead} is back from later: {phrase(by, NAME_LIMIT)} put this off"
    shown_last = decided[-MOST_DECISIONS:]
    since = [sentence(each) for each in shown_last]
    if left := len(decided) - len(shown_last):
        since.insert(0, f"{left} earlier decision{'s' * (left > 1)}")
    spoken_mail = [f"our side wrote, {clock_time(wrote_at)}"] if wrote_at is not None else []
    happened = f"Since then: {'; '.join([*since, *spoken_mail])}." if since or spoken_mail else ""
    nothing = "Since then nothing has happened."
    text = f"{said}, {clock_time(set_at)}. {happened or nothing}"
    blocks = [context(said, markup(moment(set_at)))]
    if since:
        blocks.append(context(cut(f"Since then: {'; '.join(since)}.", CONTEXT_LIMIT)))
    if wrote_at is not None:
        blocks.append(context("Our side wrote", markup(moment(wrote_at))))
    if not happened:
        blocks.append(context(nothing))
    return message(text, blocks)
