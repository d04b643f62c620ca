"""Replies that SendKit has taken and not yet sent. Pure.

https://docs.sendkit.ai: inbox, reply and scheduled
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot import dates
from bot.answers import Answer, as_html
from bot.errors import AnswerUnclear
from bot.sendkit.fields import as_line, as_map, as_text, first_of


@dataclass(frozen=True, slots=True)
class ScheduledReply:
    """A reply that SendKit lists as pending or failed. `at`: when it is due, in seconds since the
    epoch; None if unknown. `error`: why it failed, as far as SendKit says."""

    id: str
    status: str
    at: float | None
    text: str = field(repr=False)
    error: str = ""

    @property
    def has_failed(self) -> bool:
        return self.status == "failed"


def asked(answer: Answer) -> Mapping[str, Any]:
    """The body of `POST /v1/inbox/{id}/reply`."""
    body: dict[str, Any] = {"body": as_html(answer.text), "scheduledFor": answer.scheduled_for}
    if answer.cc:
        body["cc"] = list(answer.cc)
    if answer.mailbox:
        body["mailboxId"] = answer.mailbox
    return body


def scheduled(body: object) -> Sequence[ScheduledReply]:
    """The answer to `GET /v1/inbox/{id}/scheduled`. It must be SendKit's own: what the list does
    not have was sent, or never arrived."""
    envelope = as_map(body)
    items = envelope.get("data")
    if envelope.get("success") is not True or not isinstance(items, list):
        raise AnswerUnclear("a list was expected")
    return [
        ScheduledReply(
            id=as_text(first_of(item, "id", "_id")),
            status=as_line(item.get("status")).casefold(),
            at=dates.from_iso(as_text(item.get("scheduledFor"))),
            text=as_text(first_of(item, "message", "body", "content")),
            error=as_line(first_of(item, "error", "failureReason", "reason")),
        )
        for item in map(as_map, items)
    ]


def check_cancelled(body: object) -> None:
    """AnswerUnclear unless the answer to a DELETE is a success of SendKit's own."""
    if as_map(body).get("success") is not True:
        raise AnswerUnclear("no success")
