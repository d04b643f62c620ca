"""Until when somebody is away."""

from datetime import UTC, datetime

import pytest

from bot.away import until

# A Wednesday, 23:30 in Berlin.
NOW = datetime(2026, 3, 25, 22, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", "2026-03-25T23:00"),
        ("Thu", "2026-03-25T23:00"),
        ("Wednesday", "2026-03-31T22:00"),  # after the change to summer time
        ("MONDAY", "2026-03-29T22:00"),
        ("2026-04-01", "2026-03-31T22:00"),
        ("2026-03-25", None),
        ("9999-01-01", None),
        ("m", None),
        ("soon", None),
    ],
)
def test_a_person_is_away_until_a_day_begins_where_they_are(text: str, day: str | None) -> None:
    at = datetime.fromisoformat(f"{day}+00:00").timestamp() if day else None
    assert until(text, NOW, "Europe/Berlin") == at
