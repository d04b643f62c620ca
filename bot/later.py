"""Until when people put something off, as they type it. Pure.

Days begin and times are read in one time zone; seconds are since the epoch.
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.dates import LAST
from bot.hours import day_of_week, local, minutes, moment, seconds_of
from bot.text import folded

# A day without a time begins then.
MORNING: Final = 9 * 60

_SMALL: Final = re.compile(r"\b(?:at|on|until|till|the)\b|(?<=\d)(?:st|nd|rd|th)\b|,")
_HALF: Final = re.compile(r"(\d) ([ap]m)\b")
_SPAN: Final = re.compile(
    r"(?:in )?(?:(?P<one>an?|one) |(?P<count>\d{1,3}) ?)(?P<unit>m(?:in(?:ute)?s?)?|h(?:ours?)?|"
    r"d(?:ays?)?|w(?:eeks?)?)"
)
_DAYS: Final = {"today": 0, "tomorrow": 1}
_UNITS: Final = {"m": 60, "h": 3600}
_NAMED: Final = re.compile(r"(?P<day>\d{1,2})\.? (?P<month>[a-z]+)\.?(?: (?P<year>\d{4}))?")
_MONTH_FIRST: Final = re.compile(r"(?P<month>[a-z]+)\.? (?P<day>\d{1,2})(?: (?P<year>\d{4}))?")
_DOTTED: Final = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})?")
# A number alone is no time of the day.
_CLOCK: Final = re.compile(r"\d{1,2}[:.h]\d{2}(?:[ap]m)?|\d{1,2}[ap]m")


@dataclass(frozen=True, slots=True)
class Until:
    """A conversation is put off until this time, by the person of this name in the workspace."""

    at: float
    by: str


@dataclass(frozen=True, slots=True)
class When:
    """A time as somebody typed it: in so many `seconds`, or else at a `minute` of a day, None if
    they named none. The day: in so many `days`, a day of the week from Monday, 0, or a date, of the
    next year that has it if `year` is 0; without any, the next time that a clock shows it."""

    seconds: int | None = None
    minute: int | None = None
    days: int | None = None
    weekday: int | None = None
    year: int = 0
    month: int = 0
    day: int = 0

    def after(self, now: float, zone: str, minute: int = MORNING) -> float | None:
        """The time, if it is still to come. `minute`: of a day for which no time was named."""
        if self.seconds is not None:
            at = now + self.seconds
        else:
            today = local(now, zone).date()
            if self.minute is not None:
                minute = self.minute
            day = self._date(today)
            at = moment(day, minute, zone)
            if at <= now and not (self.month or self.weekday is not None or self.days is not None):
                at = moment(day + timedelta(days=1), minute, zone)
        return at if now < at < LAST else None

    def _date(self, today: date) -> date:
        if self.weekday is not None:
            return today + timedelta(days=(self.weekday - today.weekday() - 1) % 7 + 1)
        if not self.month:
            return today + timedelta(days=self.days or 0)
        # A leap day may be eight years away.
        years = [self.year] if self.year else range(today.year, today.year + 9)
        found = filter(None, (_dated(year, self.month, self.day) for year in years))
        return next(day for day in found if self.year or day >= today)


def until(text: str, now: float, zone: str, minute: int = MORNING) -> float | None:
    """The time that this names, in seconds since the epoch; None if it cannot be read or has
    passed."""
    when = read(text)
    return None if when is None else when.after(now, zone, minute)


def read(text: str) -> When | None:
    """A time such as `in an hour`, `tomorrow 9:00`, `Monday`, `16 March` or `2027-03-16 14:30`;
    None if it is none."""
    said = " ".join(_SMALL.sub(" ", _HALF.sub(r"\1\2", folded(text))).split())
    if (seconds := seconds_of(said)) is not None:
        return When(seconds=seconds)
    *first, last = said.split() or [""]
    if (day := _day(said)) is not None:
        return day
    for clock, rest in ((last, first), (first[0] if first else "", [*first[1:], last])):
        minute = minutes(clock)
        if minute is None:
            continue
        if not rest:
            return When(minute=minute % 1440) if _CLOCK.fullmatch(clock) else None
        day = _day(" ".join(rest))
        if day is not None and day.seconds is None:
            return _at(day, minute)
    return None


def _at(day: When, minute: int) -> When:
    return When(None, minute, day.days, day.weekday, day.year, day.month, day.day)


def _day(said: str) -> When | None:
    """The day without a time, or a span of time."""
    if (found := _SPAN.fullmatch(said)) is not None:
        count, unit = 1 if found["one"] else int(found["count"]), found["unit"][0]
        if unit in _UNITS:
            return When(seconds=count * _UNITS[unit]) if count else None
        return When(days=count * (7 if unit == "w" else 1)) if count else None
    if said in _DAYS:
        return When(days=_DAYS[said])
    if (weekday := day_of_week(said.removeprefix("next "))) is not None:
        return When(weekday=weekday)
    try:
        iso = date.fromisoformat(said)
    except ValueError:
        pass
    else:
        return When(year=iso.year, month=iso.month, day=iso.day)
    for form in (_NAMED, _MONTH_FIRST, _DOTTED):
        if (found := form.fullmatch(said)) is not None:
            month = _month(found["month"])
            day, year = int(found["day"]), int(found["year"] or 0)
            if _dated(year or 2000, month, day) is not None:
                return When(year=year, month=month, day=day)
    return None


def _month(name: str) -> int:
    """The number of a month by its name, a beginning of three letters or its number; 0 if it is
    none."""
    if name.isdecimal():
        return int(name) if 1 <= int(name) <= 12 else 0
    names = [*calendar.month_name]
    return next(
        (at for at in range(1, 13) if len(name) >= 3 and names[at].casefold().startswith(name)), 0
    )


def _dated(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def choices(now: float, zone: str) -> Sequence[tuple[str, str]]:
    """Times that many people choose, each with the words that mean it from now on."""
    today = local(now, zone).date()
    tomorrow = today + timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    said = [("In an hour", "1h"), ("Tomorrow 9:00", f"{tomorrow} 9:00")]
    return said if monday == tomorrow else [*said, ("Monday 9:00", f"{monday} 9:00")]


def apart(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The time in these words, at their end or at their beginning, and the other words; empty if
    there is none."""
    for count in range(len(words), 0, -1):
        for said, rest in ((words[-count:], words[:-count]), (words[:count], words[count:])):
            if read(" ".join(said)) is not None:
                return " ".join(said), rest
    return "", words
