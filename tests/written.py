"""An answer to a lead, for tests."""

from typing import Any

from bot.answers import Answer, AnswerId
from bot.triage import Origin
from tests.office import ADA, TRIAGE
from tests.view_asserts import AT, JANE


def answer(**fields: Any) -> Answer:
    given: dict[str, Any] = {
        "id": AnswerId("view:1"),
        "conversation": JANE.id,
        "answered": "2:them:1764000000.123",
        "writer": ADA,
        "text": "Dear Jane,\n\nyes & no <3\n\nAda",
        "origin": Origin(TRIAGE, ADA, door="form"),
        "made_at": AT,
    }
    return Answer(**(given | fields))
