"""The turn to write, by the mails of a conversation."""

import time
from pathlib import Path
from typing import Any

import pytest

from bot import entries
from bot.playground.sendkit import Fault
from bot.sendkit import parsing
from bot.triage import Turn
from tests.office import SOON, opened

Json = dict[str, Any]

EARLY, LATE = "2024-06-01T08:00:00Z", "2024-06-01T09:00:00+00:00"


def sent(at: str | None) -> Json:
    return {"type": "sent", "body": "<p>Hi</p>", "sentAt": at}


def from_jane(at: str | None, **fields: Any) -> Json:
    return {"type": "reply", "content": "Yes.", "receivedAt": at, "isFromLead": True, **fields}


def turn(messages: object, replied_at: str = "2024-06-01T14:30:00.000Z") -> Turn | None:
    body = {"id": "c1", "repliedAt": replied_at, "messages": messages}
    return parsing.conversation(body).turn


EIGHT, NINE, TEN, HALF_PAST_TWO = 1717228800.0, 1717232400.0, 1717236000.0, 1717252200.0
AT_TEN = "2024-06-01T10:00:00.000Z"
OURS, JANES = True, False


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([sent(EARLY), from_jane(LATE)], (OURS, NINE)),
        ([from_jane(EARLY), sent(LATE)], (JANES, NINE)),
        ([sent(EARLY), from_jane(LATE), from_jane(AT_TEN)], (OURS, NINE)),
        ([from_jane(EARLY), sent(LATE), sent(AT_TEN)], (JANES, NINE)),
        ([from_jane(EARLY), sent(LATE), from_jane(AT_TEN)], (OURS, TEN)),
        ([from_jane(AT_TEN), sent(LATE)], (OURS, TEN)),
        ([from_jane(LATE), sent(LATE)], (JANES, NINE)),
        ([sent(EARLY), from_jane(LATE, isAutoReply=True)], (JANES, EIGHT)),
        ([sent(EARLY), from_jane(LATE, **{"from": "MAILER-DAEMON@mx.example"})], (JANES, EIGHT)),
        ([sent(EARLY), from_jane(LATE), from_jane(AT_TEN, isAutoReply=True)], (OURS, NINE)),
        ([sent(EARLY), from_jane(LATE, **{"from": "bob@buyer.example"})], (OURS, NINE)),
        ([sent(EARLY) | {"isFromLead": False, "type": "manual"}], (JANES, EIGHT)),
        ([from_jane(EARLY), sent(None)], (JANES, EIGHT)),
        ([sent(None), from_jane(None)], (OURS, HALF_PAST_TWO)),
        ([from_jane(None), sent(None)], (JANES, HALF_PAST_TWO)),
        ([from_jane(EARLY, isAutoReply=True)], None),
        ([], None),
        (None, None),
    ],
)
def test_the_next_mail_is_from_those_who_did_not_write_last(
    messages: object, expected: tuple[bool, float] | None
) -> None:
    assert turn(messages) == (expected and Turn(*expected))


def test_since_when_somebody_waits_is_unknown_where_there_is_no_time() -> None:
    assert turn([from_jane(None)], "yesterday") is None


async def test_a_turn_is_asked_again_if_the_conversation_was_seen_meanwhile(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, SOON) as office:
        conversation, _ = await office.shown()
        seen = await office.bot.sendkit.conversation(conversation)
        await office.bot.ledger.remember(seen, time.time())
        inbox = office.sendkit.inbox
        inbox.send(inbox.queue_reply(conversation, "Thanks").id)
        office.sendkit.requests.clear()
        office.sendkit.faults.add(Fault(seconds=1), "GET")
        async with office.at_work():
            await office.bot.journal.write(entries.turn("turn:1", conversation))
            await office.sendkit.until(lambda: office.sendkit.requests)
            await office.bot.ledger.remember(seen, time.time() + 1)
            await office.until_done()
            known = await office.bot.ledger.known(conversation)
        assert (seen.turn and seen.turn.ours) is True
        assert (known.turn and known.turn.ours) is False
        assert len(office.sendkit.requests) > 1
