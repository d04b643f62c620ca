"""Until when somebody is away, as people type it. Pure."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.hours import moment
from bot.text import folded

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def until(text: str, now: float, zone: str) -> float | None:
    """The beginning of a day: `tomorrow`, a day of the week, or a date such as 2026-03-16. Seconds
    since the epoch, in this time zone; None if it cannot be read or has passed."""
    said, today = folded(text), datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    named = [at for at, day in enumerate(_DAYS) if len(said) >= 3 and day.startswith(said)]
    if said == "tomorrow":
        day = today + timedelta(days=1)
    elif named:
        day = today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1)
    else:
        try:
            day = date.fromisoformat(said)
        except ValueError:
            return None
    return moment(day, 0, zone) if today < day < date(3000, 1, 1) else None
