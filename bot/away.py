"""Until when somebody is away, as people type it. Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.hours import day_of_week, moment
from bot.text import folded


def until(text: str, now: float, zone: str) -> float | None:
    """The beginning of a day: `tomorrow`, a day of the week, or a date such as 2026-03-16. Seconds
    since the epoch, in this time zone; None if it cannot be read or has passed."""
    said, today = folded(text), datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    if said == "tomorrow":
        day = today + timedelta(days=1)
    elif (named := day_of_week(said)) is not None:
        day = today + timedelta(days=(named - today.weekday() - 1) % 7 + 1)
    else:
        try:
            day = date.fromisoformat(said)
        except ValueError:
            return None
    return moment(day, 0, zone) if today < day < date(3000, 1, 1) else None
