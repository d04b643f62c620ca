"""Until when people put something off, in their words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.later import apart, read, until

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday, 23:30 in Berlin. On Sunday, the clocks are put forward.
NOW = datetime(2026, 3, 25, 23, 30, tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("in an hour", "2026-03-26 00:30"),
        ("1 hour", "2026-03-26 00:30"),
        ("in 90 minutes", "2026-03-26 01:00"),
        ("1h30m", "2026-03-26 01:00"),
        ("30m", "2026-03-26 00:00"),
        ("in 0 minutes", None),
        ("in 0 days", None),
        ("tomorrow", "2026-03-26 09:00"),
        ("Tomorrow 14:30", "2026-03-26 14:30"),
        ("tomorrow, at 3 pm", "2026-03-26 15:00"),
        ("9:00 tomorrow", "2026-03-26 09:00"),
        ("today", None),
        ("today 23:50", "2026-03-25 23:50"),
        ("23:50", "2026-03-25 23:50"),
        ("9am", "2026-03-26 09:00"),
        ("9", None),
        ("Thu", "2026-03-26 09:00"),
        ("WEDNESDAY", "2026-04-01 09:00"),
        ("next monday 8:30", "2026-03-30 08:30"),
        ("Monday 2:30", "2026-03-30 02:30"),
        ("sunday 2:30", "2026-03-29 03:30"),
        ("in 3 days", "2026-03-28 09:00"),
        ("2 weeks 17:00", "2026-04-08 17:00"),
        ("2 hours 9:00", None),
        ("2026-04-01", "2026-04-01 09:00"),
        ("2026-04-01 24:00", "2026-04-02 00:00"),
        ("2026-03-25", None),
        ("2026-02-30", None),
        ("9999-01-01", None),
        ("16 April", "2026-04-16 09:00"),
        ("April 16th 2027", "2027-04-16 09:00"),
        ("16. apr 8:00", "2026-04-16 08:00"),
        ("16.4.", "2026-04-16 09:00"),
        ("16.4.2027", "2027-04-16 09:00"),
        ("24 March", "2027-03-24 09:00"),
        ("25 March", None),
        ("29 February", "2028-02-29 09:00"),
        ("29 Feb 2027", None),
        ("31.13.", None),
        ("31 april", None),
        ("4/5", None),
        ("m", None),
        ("soon", None),
        ("this year", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_type_it(text: str, at: str | None) -> None:
    found = until(text, NOW, "Europe/Berlin")
    said = None if found is None else f"{datetime.fromtimestamp(found, BERLIN):%Y-%m-%d %H:%M}"
    assert said == at


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", "2026-03-26 00:00"),
        ("Wednesday", "2026-04-01 00:00"),  # after the change to summer time
        ("2026-04-01", "2026-04-01 00:00"),
        ("monday 9:00", "2026-03-30 09:00"),
    ],
)
def test_a_person_is_away_until_a_day_begins(text: str, day: str) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp()
    assert until(text, NOW, "Europe/Berlin", 0) == at


@pytest.mark.parametrize("text", ["9", "soon", "31 april", "this year", "0h", ""])
def test_other_words_are_no_time(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("said", "time", "rest"),
    [
        ("jane doe tomorrow 9:00", "tomorrow 9:00", "jane doe"),
        ("in 2 hours jane", "in 2 hours", "jane"),
        ("conv-12 16 march", "16 march", "conv-12"),
        ("2h", "2h", ""),
        ("this year", "", "this year"),
        ("", "", ""),
    ],
)
def test_a_time_stands_before_or_after_other_words(said: str, time: str, rest: str) -> None:
    found, others = apart(said.split())
    assert (found, " ".join(others)) == (time, rest)
