"""Lines that remind people of leads who wait, and sentences about a channel's hours."""

from collections.abc import Sequence
from typing import Final

from bot.acts import COMMAND
from bot.hours import Hours, duration
from bot.triage import Conversation
from bot.views.message import (
    NAME_LIMIT,
    Message,
    clock_time,
    context,
    isolated,
    joined,
    markup,
    moment,
    phrase,
    safe,
)

NOT_A_CHANNEL: Final = (
    "This is a direct message, and only channels have working hours and reminders. Type this in "
    "the channel."
)
NO_ZONE: Final = (
    "Slack did not tell me your time zone. Name it: "
    f"{COMMAND} hours mon-fri 9:00-17:30 Europe/Berlin."
)


def reminder(conversation: Conversation, since: float, seconds: int, *, in_hours: bool) -> Message:
    """Says that the lead has waited for us `since` then, for `seconds`: of working time if the
    channel has hours."""
    who = phrase(conversation.lead.label, NAME_LIMIT)
    working = " of working time" * in_hours
    said = f"{who} has waited {duration(seconds)}{working} for our answer, since"
    return Message(f"{safe(said)} {clock_time(since)}.", [context(said, markup(moment(since)))])


def hours_set(name: str, hours: Hours | None) -> str:
    """Says who changed the channel's working hours, and what they are now."""
    who = isolated(name)
    if hours is None:
        return f"{who} ended this channel’s working hours: now all time counts."
    return f"{who} set this channel’s working hours: {hours}."


def reminders_set(name: str, after: Sequence[int], hours: Hours | None) -> str:
    """Says who switched reminders on or off, and what they do."""
    who = isolated(name)
    if not after:
        return f"{who} switched this channel’s reminders off."
    return (
        f"{who} switched reminders on. If a lead waits for our answer, I write a line in the "
        f"thread of their card after {_listed(after)}, and tell the owner. {_counted(hours)}"
    )


def schedule(after: Sequence[int], hours: Hours | None) -> str:
    """The channel's setting, in a sentence."""
    reminds = f"after {_listed(after)}" if after else f"off ({COMMAND} remind 30m 2h)"
    return f"Reminders in this channel: {reminds}. {_counted(hours)}"


def _listed(after: Sequence[int]) -> str:
    return joined([duration(each) for each in after])


def _counted(hours: Hours | None) -> str:
    if hours is None:
        example = f"{COMMAND} hours mon-fri 9:00-17:30 Europe/Berlin"
        return f"All time counts, as no working hours are set ({example})."
    return f"Only working hours count: {hours}."
