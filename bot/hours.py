"""Working hours, and when a time of work has passed in them. Pure.

Times are in seconds since the epoch. A clock that is put forward or back changes how long a working
day takes, and never when it begins: that is what the wall clock shows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, TypeGuard
from zoneinfo import ZoneInfo, available_timezones

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS: Final[tuple[int, ...]] = (0, 1, 2, 3, 4)
DAY_MINUTES: Final = 24 * 60
# Shorter ones are mistakes; and a week of work would take years.
SHORTEST_MINUTES: Final = 60
# A reminder after this much work at most.
LONGEST_SECONDS: Final = 7 * 86_400

_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"(?P<opens>[^-]+)-(?P<closes>[^-]+)")
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(am|pm)?")
_DURATION: Final = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m(?:in)?)?")


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours in which a team works. `days` of the week: 0 is Monday. `opens` and `closes` are
    minutes since midnight; hours that close before they open do so on the next day. `zone`: a name
    of the IANA database; empty for that of the person who asks."""

    days: tuple[int, ...]
    opens: int
    closes: int
    zone: str

    def __str__(self) -> str:
        """As people type them, and as the database keeps them."""
        span = f"{clock(self.opens)}-{clock(self.closes)}"
        return f"{_listed(self.days)} {span} {self.zone}".rstrip()

    @property
    def minutes(self) -> int:
        """The length of a usual working day."""
        return self.closes - self.opens + (0 if self.closes > self.opens else DAY_MINUTES)

    def shift(self, day: date) -> tuple[float, float]:
        """Begin and end of the work that begins on this day."""
        begins = moment(day, self.opens, self.zone)
        return begins, max(begins, moment(day, self.opens + self.minutes, self.zone))


@dataclass(frozen=True, slots=True)
class SetDigest:
    """An act of bot.acts: posts a digest in this channel each day, at this minute of the day; None
    ends that."""

    minute: int | None


def from_text(text: str) -> Hours | None:
    """Hours such as `mon-fri 9:00-17:30 Europe/Berlin`; None if it cannot be read. Days that are
    not named are those from Monday to Friday."""
    days, span, zone = WORKDAYS, None, list[str]()
    for word in _joined(text).split():
        if (named := _days(word)) is not None:
            days = named
        elif span is None and (found := _SPAN.fullmatch(word)):
            opens, closes = minutes(found["opens"]), minutes(found["closes"])
            if opens is None or closes is None:
                return None
            span = opens % DAY_MINUTES, closes
        else:
            zone.append(word)
    known = zone_named(" ".join(zone)) if zone else ""
    if span is None or known is None:
        return None
    hours = Hours(days, *span, known)
    return hours if hours.minutes >= SHORTEST_MINUTES else None


def after(since: float, seconds: float, hours: Hours | None) -> float:
    """The moment at which this much working time has passed. Without hours, all time counts."""
    if hours is None:
        return since + seconds
    left, shifts = seconds, _shifts(hours, since, forward=True)
    while True:
        begins, ends = next(shifts)
        worked = ends - max(begins, since)
        if worked >= left and worked > 0:
            return max(begins, since) + left
        left -= max(worked, 0.0)


def before(until: float, seconds: float, hours: Hours | None) -> float:
    """The last time since which this much working time has passed."""
    if hours is None:
        return until - seconds
    left, shifts = seconds, _shifts(hours, until, forward=False)
    while True:
        begins, ends = next(shifts)
        worked = min(ends, until) - begins
        if worked >= left and worked > 0:
            return min(ends, until) - left
        left -= max(worked, 0.0)


def _shifts(hours: Hours, at: float, *, forward: bool) -> Iterator[tuple[float, float]]:
    """Working days from the one before this time on, or back from the one after it."""
    step = timedelta(days=1 if forward else -1)
    # A shift of the day before may end today.
    day = local(at, hours.zone).date() - step
    while True:
        if day.weekday() in hours.days:
            yield hours.shift(day)
        day += step


def moment(day: date, minute: int, zone: str) -> float:
    """The moment at which the clock shows this minute of the day there: the first time of two if it
    is put back, and the time after the change if it jumps over that minute. `minute` may be on the
    next day."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    return wall.replace(tzinfo=ZoneInfo(zone or "UTC")).timestamp()


def local(at: float, zone: str) -> datetime:
    """The time on the clocks there."""
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone or "UTC"))


def minutes(text: str) -> int | None:
    """The minute of the day of a time such as 9, 9:00, 17.30 or 5:30pm; None if it is none. 24:00
    ends a day."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half == "pm")
    at = hour * 60 + minute
    return at if minute < 60 and at <= DAY_MINUTES else None


def clock(minute: int) -> str:
    """The minute of a day as people write it."""
    return f"{minute // 60}:{minute % 60:02d}"


def seconds_of(text: str) -> int | None:
    """A duration such as 30m, 2h or 1h30m in seconds; None if it is none, or too long."""
    found = _DURATION.fullmatch(text)
    total = 0 if found is None else int(found[1] or 0) * 3600 + int(found[2] or 0) * 60
    return total if 0 < total <= LONGEST_SECONDS else None


def short_duration(seconds: int) -> str:
    """A duration as people type it, and as the database keeps it."""
    hours, rest = divmod(seconds // 60, 60)
    return f"{f'{hours}h' if hours else ''}{f'{rest}m' if rest else ''}"


def duration(seconds: int) -> str:
    """A duration in words."""
    hours, rest = divmod(seconds // 60, 60)
    parts = [_counted(hours, "hour")] * bool(hours) + [_counted(rest, "minute")] * bool(rest)
    return " ".join(parts)


def zone_named(text: str) -> str | None:
    """The time zone with this name, in any spelling; also by its city alone. None if there is none,
    or several."""
    wanted = "_".join(text.replace("_", " ").split()).casefold()
    zones = _zones()
    if wanted in zones:
        return zones[wanted]
    cities = {name for key, name in zones.items() if key.rpartition("/")[2] == wanted}
    return cities.pop() if len(cities) == 1 else None


def is_zone(name: object) -> TypeGuard[str]:
    """Whether it is the exact name of a time zone."""
    return isinstance(name, str) and _zones().get(name.casefold()) == name


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _joined(text: str) -> str:
    """The text with one word for each fact."""
    said = re.sub(r"\s*(?:-|\bto\b|\buntil\b)\s*", "-", text.casefold())
    said = re.sub(r"(\d)\s+([ap]m)\b", r"\1\2", said)
    return re.sub(r"\s*,\s*", ",", said)


def _days(word: str) -> tuple[int, ...] | None:
    """Days such as mon-fri, or mon,wed,fri; None if one of them is no day."""
    found: set[int] = set()
    for part in word.split(","):
        ends = [day_of_week(each) for each in part.split("-")]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:
            return None
        found |= {each % 7 for each in range(first, last + 1 + 7 * (last < first))}
    return tuple(sorted(found))


def day_of_week(word: str) -> int | None:
    """The day with this name, or a beginning of three letters: 0 is Monday. None if it is none."""
    matching = [at for at, name in enumerate(_NAMES) if len(word) >= 3 and name.startswith(word)]
    return matching[0] if matching else None


def _listed(days: Sequence[int]) -> str:
    """The days, with three or more in a row as a span."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    said = []
    for run in runs:
        names = [DAYS[each] for each in run]
        said.append(f"{names[0]}-{names[-1]}" if len(run) > 2 else ",".join(names))
    return ",".join(said)
