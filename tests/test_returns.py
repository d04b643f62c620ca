"""The day on which an automatic reply says that its lead is back."""

from datetime import date
from typing import Any

import pytest

from bot.returns import Return, named, offered, warm_up
from tests.view_asserts import changed

# A Monday.
WRITTEN = date(2026, 3, 2)
FRIDAY, SUNDAY = date(2026, 3, 13), date(2026, 3, 15)
NEXT_MONDAY, MONDAY = date(2026, 3, 9), date(2026, 3, 16)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office and will be back on 16 March.", MONDAY),
        ("I'm back on Monday, March 16th. For urgent matters call 555-1234.", MONDAY),
        ("I am away from 2 March to 15 March, and\nback on 16 March.", MONDAY),
        ("I will be back at 9:30 on 16 March", MONDAY),
        ("I will return 2026-03-16", MONDAY),
        ("On leave. I return on 3/16/2026", MONDAY),
        ("On leave. I return on 16/03/26", MONDAY),
        ("I'll be back on Monday.", NEXT_MONDAY),
        ("Returning to the office on Wednesday", date(2026, 3, 4)),
        ("I am back on 5 January 2027", date(2027, 1, 5)),
        ("I am back on May 1", date(2026, 5, 1)),
        ("Ich bin ab dem 16. März wieder erreichbar.", MONDAY),
        ("Wieder im Büro ab 16.3.", MONDAY),
        ("Bin am Montag wieder da.", NEXT_MONDAY),
        ("Je serai de retour le 16 mars 2026.", MONDAY),
        ("Je reviens le 3/4/2026", date(2026, 4, 3)),
        ("Estaré de vuelta el 16 de marzo.", MONDAY),
        ("Tornerò il 16 marzo", MONDAY),
        ("Regresso no dia 16 de março", MONDAY),
        ("Ik ben terug op 16 maart", MONDAY),
        ("Jag är tillbaka den 16 mars", MONDAY),
        ("Jeg er tilbage den 16. marts", MONDAY),
        ("Jeg er tilbake 16. mars", MONDAY),
        ("Palaan 16. maaliskuuta", MONDAY),
        ("Wracam 16 marca", MONDAY),
        ("Budu zpět 16. března", MONDAY),
        ("Вернусь 16 марта", MONDAY),
        ("16 Mart'ta döneceğim", MONDAY),
        ("3月16日に戻ります", MONDAY),
        ("3월 16일에 복귀합니다", MONDAY),
        ("我将于2026年3月16日返回", MONDAY),
    ],
)
def test_the_day_is_read_on_which_they_are_back(text: str, day: date) -> None:
    found = named(text, WRITTEN)
    assert found == Return(day)
    assert found.first == day


@pytest.mark.parametrize(
    ("text", "until", "first"),
    [
        ("I am out of the office until March 15.", SUNDAY, MONDAY),
        ("I am on leave through 13 March", FRIDAY, MONDAY),
        ("I am on leave until 12 March", date(2026, 3, 12), FRIDAY),
        ("I am away until Saturday, 14 March", date(2026, 3, 14), MONDAY),
        ("Ich bin bis einschließlich 13.03.2026 im Urlaub.", FRIDAY, MONDAY),
        ("Je suis absent jusqu’au 15 mars inclus", SUNDAY, MONDAY),
        ("Estoy fuera de la oficina hasta el 15 de marzo", SUNDAY, MONDAY),
        ("Sono in ferie fino al 15 marzo", SUNDAY, MONDAY),
        ("Jestem na urlopie do 15 marca", SUNDAY, MONDAY),
        ("Я в отпуске до 15 марта", SUNDAY, MONDAY),
        ("15 Mart'a kadar izindeyim", SUNDAY, MONDAY),
        ("3月15日まで休暇です", SUNDAY, MONDAY),
        ("我休假至3月15日", SUNDAY, MONDAY),
    ],
)
def test_who_is_away_until_a_day_is_there_on_the_next_working_day(
    text: str, until: date, first: date
) -> None:
    found = named(text, WRITTEN)
    assert found == Return(until, until=True)
    assert found.first == first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you for your email.",
        "Yes, let's talk on 16 March.",
        "Our offer is valid until 16 March.",
        "I am out of the office until further notice.",
        "I am on leave through 3/4/2026",  # in April, or in March
        "We were back on 1 March",
        "I am back on 5 January",  # an old message
        "I am back on 5.1.",
        "I am back on 16 March 2036",
        "Thanks, I'll get back to you on Monday.",
        "I return in May",
        "I return your call at 10 or 12",
        "I am back on 30 February or 31.4.2026 or 16-3",
        "Back in 2 weeks, second quarter 2026, version 2.1.3",
        "we return and I am back to work " * 100,
    ],
)
def test_nothing_else_is_taken_for_such_a_day(text: str) -> None:
    assert named(text, WRITTEN) is None


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({}, MONDAY),
        ({"auto_reply": False}, None),
        ({"replied_at": ""}, None),
        ({"replied_at": "2026-03-16T08:00:00Z"}, None),
        ({"words": "x" * 2000 + " I am back on 16 March"}, None),
    ],
)
def test_only_an_automatic_reply_of_before_that_day_counts(
    fields: dict[str, Any], day: date | None
) -> None:
    warm_up()
    known = {
        "auto_reply": True,
        "replied_at": "2026-03-02T08:00:00Z",
        "words": "I am back on 16 March.",
    }
    assert offered(changed(**known | fields)) == (Return(day) if day else None)
