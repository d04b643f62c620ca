"""The grammar of `hours`, `digest` and `remind`. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.acts import COMMAND, Act, SetHours, SetReminders, ShowSchedule
from bot.errors import NotUnderstood
from bot.hours import DAY_MINUTES, SetDigest, minutes, seconds_of
from bot.hours import from_text as hours_from_text
from bot.text import folded

MOST_REMINDERS: Final = 2


def hours(words: Sequence[str], text: str) -> Act:
    if not words:
        return ShowSchedule()
    if [*map(folded, words)] == ["off"]:
        return SetHours(None)
    if (hours := hours_from_text(" ".join(words))) is None:
        raise NotUnderstood(
            f"Give days, times and a time zone: {COMMAND} hours mon-fri 9:00-17:30 Europe/Berlin. "
            f"{COMMAND} hours off ends them."
        )
    return SetHours(hours)


def digest(words: Sequence[str], text: str) -> Act:
    if not words:
        return ShowSchedule()
    if folded(" ".join(words)) == "off":
        return SetDigest(None)
    if (minute := minutes("".join(words).casefold())) is None:
        raise NotUnderstood(
            f"Give a time of the day: {COMMAND} digest 17:30. {COMMAND} digest off ends it."
        )
    return SetDigest(minute % DAY_MINUTES)


def remind(words: Sequence[str], text: str) -> Act:
    if not words:
        return ShowSchedule()
    if [*map(folded, words)] == ["off"]:
        return SetReminders(())
    after = {seconds_of(folded(word)) for word in words}
    if None in after or len(after) > MOST_REMINDERS:
        raise NotUnderstood(
            f"Give one time or two, an early and a late one: {COMMAND} remind 30m 2h. "
            f"{COMMAND} remind off ends them."
        )
    return SetReminders(tuple(sorted(filter(None, after))))
