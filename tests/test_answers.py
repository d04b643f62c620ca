"""Answers to leads: what tells one mail from another, and what SendKit is asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.answers import as_html, in_time, newest_seen, same_text, seen_number
from bot.errors import AnswerUnclear, ChangeRefused, ConversationGone
from bot.playground.sample_data import Lead
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.sendkit import replies
from bot.sendkit.client import SendKit
from bot.triage import ConversationId, Mail
from tests.clients import sendkit_of
from tests.written import answer

JANE = Lead("jane@example.com", "Jane", "Doe", "Acme Inc")
LATER = "2031-01-01T09:00:00.123Z"
FIRST, SECOND = Mail(True, "", 100.0), Mail(False, "jane@example.com", 100.25)


@pytest.fixture
async def client(server: Server) -> AsyncIterator[SendKit]:
    async with sendkit_of(server) as client:
        yield client


def test_the_newest_mail_is_known_by_its_position_side_and_time() -> None:
    threads: tuple[list[Mail], ...] = (
        [],
        [FIRST],
        [FIRST, SECOND],
        [FIRST, Mail(False, "", 100.251)],
        [FIRST, Mail(True, "", 100.25)],
        [FIRST, Mail(False, "", None)],
        [FIRST, FIRST, SECOND],
    )
    seen = [newest_seen(mails) for mails in threads]
    assert len(set(seen)) == len(threads)
    assert [*map(seen_number, seen)] == [*map(len, threads)]
    assert newest_seen([FIRST, SECOND]) == "2:them:100.250"


@pytest.mark.parametrize(
    ("text", "mail", "same"),
    [
        ("Yes.\n\nAda", "Yes. Ada", True),
        ("Yes & <no>", "Yes &amp; no", False),
        ("Yes", "YES!\n-- \nAda Lovelace, Acme", True),
        ("Yes, please", "Yes", False),
        ("👍", "👍\n", True),
        ("👍", "👎", False),
        ("…", "Yes", False),
        ("", "Yes", False),
    ],
)
def test_a_mail_is_known_by_its_text(text: str, mail: str, same: bool) -> None:
    assert same_text(text, mail) is same


def test_the_text_that_was_typed_is_no_markup() -> None:
    assert as_html("  Dear <b>Jane</b>,\n\n\"a\" & 'b' ") == (
        "Dear &lt;b&gt;Jane&lt;/b&gt;,<br><br>\"a\" &amp; 'b'"
    )


def test_a_time_has_milliseconds() -> None:
    at = datetime(2031, 1, 1, 9, 0, 0, tzinfo=UTC).timestamp()
    for seconds, said in ((0.007, "00.007"), (0.9994, "00.999"), (0.9996, "01.000")):
        assert in_time(at + seconds) == f"2031-01-01T09:00:{said}Z"


async def test_an_answer_waits_is_listed_and_is_cancelled(server: Server, client: SendKit) -> None:
    theirs = ConversationId(server.reply(JANE, "Hello").id)
    sent = answer(conversation=theirs, scheduled_for=LATER, cc=("ben@example.com",))
    identity = await client.reply(sent)
    (asked,) = server.requests
    assert (asked.method, asked.path) == ("POST", f"/v1/inbox/{theirs}/reply")
    assert asked.body == {
        "body": as_html(sent.text),
        "scheduledFor": LATER,
        "cc": ["ben@example.com"],
    }
    (listed,) = await client.scheduled(theirs)
    assert (listed.id, listed.has_failed, listed.error) == (identity, False, "")
    assert listed.at is not None
    assert in_time(listed.at) == LATER
    await client.cancel(theirs, identity)
    assert await client.scheduled(theirs) == []
    with pytest.raises(ChangeRefused, match="cancelled"):
        await client.cancel(theirs, identity)
    with pytest.raises(ConversationGone):
        await client.cancel(theirs, "../x")
    assert server.requests[-1].path == f"/v1/inbox/{theirs}/scheduled/..%2Fx"


async def test_a_mailbox_is_named_and_why_an_answer_failed(server: Server, client: SendKit) -> None:
    theirs = ConversationId(server.reply(JANE, "Hello").id)
    server.inbox.mailbox_connected = False
    identity = await client.reply(
        answer(conversation=theirs, scheduled_for=LATER, mailbox="664a1b2c3d4e5f6a7b8c9d0e")
    )
    assert server.requests[-1].body["mailboxId"] == "664a1b2c3d4e5f6a7b8c9d0e"
    server.inbox.send(identity)
    (failed,) = await client.scheduled(theirs)
    assert failed.has_failed
    assert failed.error == "no workspace mailbox"


@pytest.mark.parametrize("text", ['{"success": true, "data": {}}', '{"data": []}', "[]", "7"])
async def test_another_list_is_unclear(server: Server, client: SendKit, text: str) -> None:
    theirs = ConversationId(server.reply(JANE, "Hello").id)
    server.faults.add(Fault(text=text))
    with pytest.raises(AnswerUnclear):
        await client.scheduled(theirs)


async def test_only_a_success_says_that_an_answer_was_cancelled(
    server: Server, client: SendKit
) -> None:
    for text in ("{}", "[]", '{"success": false}'):
        server.faults.add(Fault(text=text))
        with pytest.raises(AnswerUnclear):
            await client.cancel(ConversationId("0" * 24), "r1")


def test_fields_may_be_missing() -> None:
    (found, nothing) = replies.scheduled({"success": True, "data": [{"_id": 7, "body": "x"}, 5]})
    assert (found.id, found.status, found.at, found.text) == ("7", "", None, "x")
    assert nothing.id == ""
