"""Working hours: how people type them, and when working time has passed, also when the clocks
change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hours import (
    Hours,
    after,
    before,
    duration,
    from_text,
    is_zone,
    local,
    minutes,
    seconds_of,
    short_duration,
    zone_named,
)

BERLIN = "Europe/Berlin"
OFFICE = "mon-fri 9:00-17:30 Europe/Berlin"
NIGHTS = "sat,sun 22:00-6:00 Europe/Berlin"
HOUR = 3600


def hours(text: str) -> Hours:
    found = from_text(text)
    assert found is not None
    return found


def at(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float, zone: str = BERLIN) -> str:
    return local(moment, zone).strftime("%a %Y-%m-%d %H:%M %Z")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mon-fri 9:00-17:30 Europe/Berlin", OFFICE),
        ("Mon to Fri 9am to 5:30 pm berlin", OFFICE),
        ("9 - 17.30 europe/berlin", OFFICE),
        ("Europe/Berlin monday-friday 09:00-17:30", OFFICE),
        ("mon, tue, wed 8-12 UTC", "mon-wed 8:00-12:00 UTC"),
        ("fri-mon 22:00-6:00 America/New York", "mon,fri-sun 22:00-6:00 America/New_York"),
        ("sat,sun 0:00-24:00 utc", "sat,sun 0:00-24:00 UTC"),
        ("mon-fri 9-17", "mon-fri 9:00-17:00"),
        ("12am-12pm utc", "mon-fri 0:00-12:00 UTC"),
        ("mon,wed,fri 9-17 asia/kolkata", "mon,wed,fri 9:00-17:00 Asia/Kolkata"),
        ("9-9 utc", "mon-fri 9:00-9:00 UTC"),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, kept: str) -> None:
    assert str(hours(typed)) == kept
    assert hours(kept) == hours(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "mon-fri", "Europe/Berlin", "9-25 utc", "9-17:60 utc", "13pm-2pm utc", "0am-5pm utc"),
        *("9-9:30 utc", "9-17 Atlantis", "xyz 9-17 utc", "mon-tue-wed 9-17 utc", "mo 9-17 utc"),
        *("9-17 10-18 utc", "9-a utc", "9-17 utc berlin", "9-17 Louisville"),
    ],
)
def test_other_words_are_no_hours(typed: str) -> None:
    assert from_text(typed) is None


@pytest.mark.parametrize(
    ("rule", "since", "seconds", "due"),
    [
        (OFFICE, "2026-03-03 10:00", HOUR, "Tue 2026-03-03 11:00 CET"),
        (OFFICE, "2026-03-03 17:00", HOUR, "Wed 2026-03-04 09:30 CET"),
        (OFFICE, "2026-03-03 17:00", HOUR // 2, "Tue 2026-03-03 17:30 CET"),
        (OFFICE, "2026-03-03 03:00", HOUR, "Tue 2026-03-03 10:00 CET"),
        (OFFICE, "2026-03-03 23:00", 10 * HOUR, "Thu 2026-03-05 10:30 CET"),
        # Over a weekend in which summer time begins, and one in which it ends.
        (OFFICE, "2026-03-27 17:00", HOUR, "Mon 2026-03-30 09:30 CEST"),
        (OFFICE, "2026-03-28 12:00", 2 * HOUR, "Mon 2026-03-30 11:00 CEST"),
        (OFFICE, "2026-10-23 17:00", HOUR, "Mon 2026-10-26 09:30 CET"),
        # A night with an hour less, and one with an hour more.
        (NIGHTS, "2026-03-28 22:00", 6 * HOUR, "Sun 2026-03-29 05:00 CEST"),
        (NIGHTS, "2026-03-28 22:00", 7 * HOUR, "Sun 2026-03-29 06:00 CEST"),
        (NIGHTS, "2026-03-28 22:00", 8 * HOUR, "Sun 2026-03-29 23:00 CEST"),
        (NIGHTS, "2026-10-24 22:00", 9 * HOUR, "Sun 2026-10-25 06:00 CET"),
        (NIGHTS, "2026-10-24 22:00", 6 * HOUR, "Sun 2026-10-25 03:00 CET"),
        # Work that begins in the hour that is left out, and in the hour that comes twice.
        ("sun 2:30-8:00 Europe/Berlin", "2026-03-28 12:00", HOUR, "Sun 2026-03-29 04:30 CEST"),
        ("sun 2:30-8:00 Europe/Berlin", "2026-10-24 12:00", HOUR, "Sun 2026-10-25 02:30 CET"),
        ("sun 2:00-3:00 Europe/Berlin", "2026-03-28 12:00", HOUR, "Sun 2026-04-05 03:00 CEST"),
        # Over the turn of a year, and where it is another day.
        (OFFICE, "2026-12-31 17:15", HOUR, "Fri 2027-01-01 09:45 CET"),
        ("mon-fri 9:00-17:00 Asia/Tokyo", "2026-03-02 10:00", HOUR, "Tue 2026-03-03 02:00 CET"),
        ("mon 0:00-24:00 Europe/Berlin", "2026-03-02 23:30", HOUR, "Mon 2026-03-09 00:30 CET"),
        (None, "2026-03-28 22:00", 8 * HOUR, "Sun 2026-03-29 07:00 CEST"),
    ],
)
def test_working_time_passes_in_working_hours(
    rule: str | None, since: str, seconds: int, due: str
) -> None:
    kept = hours(rule) if rule else None
    found = after(at(since), seconds, kept)
    assert shown(found) == due
    assert after(before(found, seconds, kept), seconds, kept) == found


RULES = st.sampled_from([OFFICE, NIGHTS, "mon,wed 7:00-7:00 America/St_Johns", "sun 1:15-3:10 UTC"])


@given(
    RULES.map(hours) | st.none(),
    st.floats(1_764_000_000, 1_800_000_000),
    st.floats(0, 1_800_000_000 - 1_764_000_000),
    st.integers(1, 48 * HOUR),
)
def test_who_waits_longer_is_due_earlier(
    rule: Hours | None, since: float, more: float, seconds: int
) -> None:
    due = after(since, seconds, rule)
    assert since + seconds <= due + 0.001
    assert due <= after(since + more, seconds, rule)
    last = before(due, seconds, rule)
    assert last >= since - 0.001, "the last of all that are due at that time"
    assert abs(after(last, seconds, rule) - due) < 0.001


@pytest.mark.parametrize(
    ("typed", "seconds", "words", "kept"),
    [
        ("30m", 1800, "30 minutes", "30m"),
        ("1m", 60, "1 minute", "1m"),
        ("90min", 5400, "1 hour 30 minutes", "1h30m"),
        ("2h", 7200, "2 hours", "2h"),
        ("1h30m", 5400, "1 hour 30 minutes", "1h30m"),
        ("168h", 604800, "168 hours", "168h"),
    ],
)
def test_durations_are_read_and_said(typed: str, seconds: int, words: str, kept: str) -> None:
    assert seconds_of(typed) == seconds
    assert duration(seconds) == words
    assert short_duration(seconds) == kept


@pytest.mark.parametrize("typed", ["", "0m", "h", "2", "169h", "2d", "-2h", "2h2h", "2 h"])
def test_other_words_are_no_durations(typed: str) -> None:
    assert seconds_of(typed) is None


@pytest.mark.parametrize(("typed", "minute"), [("9", 540), ("24:00", 1440), ("24:01", None)])
def test_a_day_ends_at_24(typed: str, minute: int | None) -> None:
    assert minutes(typed) == minute


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("europe/berlin", BERLIN),
        ("Berlin", BERLIN),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("", None),
        ("Atlantis", None),
        ("../../etc/passwd", None),
    ],
)
def test_zones_have_the_names_of_the_iana_database(typed: str, zone: str | None) -> None:
    assert zone_named(typed) == zone


@pytest.mark.parametrize("name", [None, 7, "europe/berlin", "", "/etc/passwd"])
def test_other_things_are_no_zones(name: object) -> None:
    assert not is_zone(name)
    assert is_zone(BERLIN)
