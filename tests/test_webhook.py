"""SendKit's deliveries, over a real socket, into a real journal."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotUnderstood
from bot.intake.webhook import CHANGED, PATH, REPLIES, SENT, TEST, Webhook, read
from bot.journal.sqlite import SqliteJournal
from bot.store import Statement
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.store.sqlite import SqliteDatabase
from bot.triage import ConversationId
from bot.web import server
from tests.clients import BOUNDS
from tests.strategies import calm, json_values
from tests.view_asserts import changed

Caplog = pytest.LogCaptureFixture

SECRET = "5f0c9e1d"
ID = "664a1b2c3d4e5f6a7b8c9d0e"
OTHER = "664a1b2c3d4e5f6a7b8c9d0f"
PRIVATE = "jane@example.com"
BODY = {"event": "email.replied", "data": {"conversationId": ID, "lead": {"email": PRIVATE}}}
RAW = json.dumps(BODY).encode()
UNINTERESTING = (
    "email.opened",
    "email.clicked",
    "email.bounced",
    "email.unsubscribed",
    "lead.bounced",
)


def signature(raw: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


@dataclass
class Hook:
    """The route as the bot has it, and the database behind it."""

    port: int
    database: SqliteDatabase

    async def send(
        self, raw: bytes = RAW, *headers: tuple[bytes, bytes], event: str = "email.replied"
    ) -> tuple[int, str]:
        """As SendKit does; `headers` in place of its own."""
        own = [
            (b"X-Webhook-Signature", signature(raw).encode()),
            (b"X-Webhook-Event", event.encode()),
        ]
        fields = [
            (b"Host", b"bot.example.com"),
            (b"Connection", b"close"),
            (b"Content-Length", str(len(raw)).encode()),
            *(headers or own),
        ]
        lines = [f"POST {PATH} HTTP/1.1".encode(), *(b": ".join(field) for field in fields)]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"\r\n".join([*lines, b"", raw]))
        head, _, text = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        return int(head.split()[1]), text

    async def signed(self, given: bytes, raw: bytes = RAW) -> tuple[int, str]:
        return await self.send(raw, (b"X-Webhook-Signature", given))

    async def written(self) -> list[tuple[str, str, Any]]:
        rows = await self.database.read("SELECT kind, lane, payload FROM entries ORDER BY seq")
        return [(row["kind"], row["lane"], json.loads(row["payload"])) for row in rows]


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Hook]:
    async with SqliteDatabase(folder / "triage.db") as database:
        routes = server.application(BOUNDS, count(0, 3600.0).__next__)  # no rate is ever too high
        journal = SqliteJournal(database)
        await journal.stop(0)  # it writes, and begins nothing
        routes.router.add_post(PATH, Webhook(journal, Channels(database), SECRET).deliver)
        async with server.listening(routes, "127.0.0.1", 0) as port:
            yield Hook(port, database)


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[Hook]:
    async with opened(tmp_path) as hook:
        yield hook


def said(caplog: Caplog, level: int) -> list[str]:
    assert PRIVATE not in caplog.text
    assert ID not in caplog.text
    assert signature(RAW) not in caplog.text
    ours = [record for record in caplog.records if record.name.startswith("bot.")]
    assert all(record.levelno == level and record.exc_info is None for record in ours)
    return [record.getMessage() for record in ours]


@pytest.mark.parametrize(
    ("event", "reply", "positive"),
    [
        ("email.replied", True, False),
        ("lead.replied", True, False),
        ("email.positive_reply", True, True),
        ("lead.tag_changed", False, False),
    ],
)
@pytest.mark.parametrize("by", ["header", "event", "type", "eventType"])
async def test_events_are_written_down(
    hook: Hook, event: str, reply: bool, positive: bool, by: str
) -> None:
    body = {"data": {"conversationId": ID}} | ({by: event} if by != "header" else {})
    raw = json.dumps(body).encode()
    assert await hook.send(raw, event=event if by == "header" else "") == (200, "ok")
    assert await hook.written() == [
        (
            "announce",
            f"conversation:{ID}",
            {"conversation": ID, "reply": reply, "positive": positive},
        )
    ]


async def test_the_signed_body_has_the_last_word(hook: Hook) -> None:
    assert await hook.send(event="email.positive_reply") == (200, "ok")
    assert await hook.send(event="test") == (200, "ok")
    ((_, _, payload),) = await hook.written()
    assert payload["positive"] is False


@pytest.mark.parametrize("event", [*UNINTERESTING, "something.new", ""])
async def test_other_events_are_acknowledged(hook: Hook, event: str) -> None:
    raw = json.dumps({"data": {"conversationId": ID}}).encode()
    assert await hook.send(raw, event=event) == (200, "ok")
    assert await hook.written() == []


async def test_our_mails_are_noted_where_the_bot_knows_the_lead(hook: Hook) -> None:
    """A campaign sends thousands of others."""
    raw = json.dumps({"event": SENT, "data": {"conversationId": ID}}).encode()
    assert await hook.send(raw, event=SENT) == (200, "ok")
    assert await hook.written() == []
    await Ledger(hook.database).remember(changed(id=ConversationId(ID)), 1.0)
    for _ in range(2):
        assert await hook.send(raw, event=SENT) == (200, "ok")
    assert await hook.written() == [("turn", f"turn:{ID}", {"conversation": ID})]


async def test_the_test_is_noted_in_the_log(hook: Hook, caplog: Caplog) -> None:
    caplog.set_level(logging.INFO)
    assert await hook.send(b'{"event": "test"}', event="test") == (200, "ok")
    assert said(caplog, logging.INFO) == ["SendKit’s test of the webhook arrived"]
    assert await hook.written() == []


async def test_repeated_deliveries_are_one_refresh_while_none_has_begun(hook: Hook) -> None:
    for _ in range(20):
        assert await hook.send() == (200, "ok")
    assert len(await hook.written()) == 1
    await hook.database.write(Statement("UPDATE entries SET begun = 1"))
    for _ in range(5):
        assert await hook.send() == (200, "ok")
    assert len(await hook.written()) == 2


async def test_a_repeated_delivery_that_says_more_is_another_refresh(hook: Hook) -> None:
    named = [CHANGED, "email.replied", "email.positive_reply"]
    for event in [*named, *reversed(named), *named]:
        raw = json.dumps({"event": event, "data": {"conversationId": ID}}).encode()
        assert await hook.send(raw) == (200, "ok")
    flags = [(each["reply"], each["positive"]) for _, _, each in await hook.written()]
    assert flags == [(False, False), (True, False), (True, True)]


GOOD = {
    "hex": signature(RAW),
    "a prefix": f"sha256={signature(RAW)}",
    "upper case": signature(RAW).upper(),
    "a prefix and upper case": f"sha256={signature(RAW).upper()}",
    "an upper case prefix": f"SHA256={signature(RAW)}",
    "space around it": f"  {signature(RAW)} ",
}


@pytest.mark.parametrize("given", GOOD.values(), ids=GOOD.keys())
async def test_a_signature_is_taken_in_any_encoding(hook: Hook, given: str) -> None:
    assert await hook.signed(given.encode()) == (200, "ok")
    assert len(await hook.written()) == 1


BAD = {
    "nothing": b"",
    "a prefix alone": b"sha256=",
    "another secret's": signature(RAW, "other").encode(),
    "another body's": signature(RAW + b" ").encode(),
    "a part of it": signature(RAW)[:63].encode(),
    "more than it": signature(RAW).encode() + b"0",
    "two prefixes": b"sha256=sha256=" + signature(RAW).encode(),
    "another algorithm": b"sha1=" + signature(RAW).encode(),
    "no ASCII": "ünterschrift".encode(),
    "no UTF-8": b"\xff\xfe" + signature(RAW).encode(),
    "the secret": SECRET.encode(),
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD.keys())
async def test_wrong_signatures(hook: Hook, caplog: Caplog, given: bytes) -> None:
    assert await hook.signed(given) == (401, "not signed with our secret")
    assert said(caplog, logging.WARNING) == [
        "refused a request with 401: not signed with our secret"
    ]
    assert await hook.written() == []


async def test_a_missing_signature_is_refused(hook: Hook) -> None:
    answer = await hook.send(RAW, (b"X-Webhook-Event", b"email.replied"))
    assert answer == (401, "not signed with our secret")
    assert await hook.written() == []


DEEP = b"[" * 100_000
MALFORMED = {
    "nothing": (b"", "not JSON"),
    "a word": (PRIVATE.encode(), "not JSON"),
    "no UTF-8": (b'{"a": "\xff"}', "not JSON"),
    "half of it": (RAW[:-2], "not JSON"),
    "too deep": (DEEP, "not JSON"),
    "too deep objects": (b'{"a":' * 100_000, "not JSON"),
    "a number of any length": (b"9" * 10_000, "not JSON"),
    "a list": (f'["{PRIVATE}"]'.encode(), "JSON, but no object"),
    "a string": (f'"{PRIVATE}"'.encode(), "JSON, but no object"),
    "null": (b"null", "JSON, but no object"),
    "an empty object": (b"{}", "no conversation’s id"),
    "nothing in data": (b'{"data": {}}', "no conversation’s id"),
    "no id": (json.dumps({"data": {"email": PRIVATE}}).encode(), "no conversation’s id"),
    "a path for an id": (b'{"id": "../webhooks"}', "That is not the id of a conversation."),
}


@pytest.mark.parametrize(("raw", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_signed_delivery_that_makes_no_sense_is_refused(
    hook: Hook, caplog: Caplog, raw: bytes, reason: str
) -> None:
    assert await hook.send(raw) == (400, reason)
    assert said(caplog, logging.WARNING) == [f"refused a request with 400: {reason}"]
    assert await hook.written() == []


async def test_too_large_a_delivery_is_refused(hook: Hook, caplog: Caplog) -> None:
    raw = json.dumps({"text": PRIVATE, "conversationId": ID, "more": "x" * 2 * 1024**2}).encode()
    assert await hook.send(raw) == (413, "too large")
    assert said(caplog, logging.WARNING) == ["refused a request with 413: too large"]
    assert await hook.written() == []


async def test_a_delivery_that_is_not_written_down_is_refused_so_that_it_comes_again(
    hook: Hook, caplog: Caplog
) -> None:
    body = "BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    await hook.database.write(Statement(f"CREATE TRIGGER refusing {body}"))
    assert await hook.send() == (503, "")
    (line,) = said(caplog, logging.ERROR)
    assert line.startswith("could not save a delivery: ")
    assert "the disk is full" in line
    await hook.database.write(Statement("DROP TRIGGER refusing"))
    assert await hook.send() == (200, "ok")
    assert len(await hook.written()) == 1


PLACES: dict[str, Any] = {
    "data.conversationId": {"data": {"conversationId": ID}},
    "data.conversation_id": {"data": {"conversation_id": ID}},
    "data.conversation.id": {"data": {"conversation": {"id": ID}}},
    "data.conversation._id": {"data": {"conversation": {"_id": ID}}},
    "data.conversation": {"data": {"conversation": ID}},
    "data.id": {"data": {"id": ID}},
    "data._id": {"data": {"_id": ID}},
    "conversationId": {"conversationId": ID},
    "conversation_id": {"conversation_id": ID},
    "conversation.id": {"conversation": {"id": ID}},
    "conversation._id": {"conversation": {"_id": ID}},
    "conversation": {"conversation": ID},
    "id": {"id": ID},
    "_id": {"_id": ID},
    "named before a message's": {"data": {"conversationId": ID, "id": OTHER, "_id": OTHER}},
    "an object before a message's": {"data": {"conversation": {"_id": ID}, "id": OTHER}},
    "a string before a message's": {"data": {"conversation": ID, "id": OTHER}},
    "data before what is around it": {"id": OTHER, "data": {"id": ID}},
    "named in both": {"conversationId": OTHER, "data": {"conversationId": ID}},
    "named around a message": {"conversationId": ID, "data": {"id": OTHER}},
    "an object around a message": {"conversation": {"id": ID}, "data": {"_id": OTHER}},
    "data that is no object": {"data": [OTHER], "conversationId": ID},
    "data that is a string": {"data": OTHER, "conversationId": ID},
    "empty names": {"data": {"conversationId": "", "conversation_id": None}, "id": ID},
    "names of other types": {"data": {"conversationId": 7, "conversation": [OTHER]}, "id": ID},
    "an object without an id": {"data": {"conversation": {"name": OTHER}, "id": ID}},
}


@pytest.mark.parametrize("body", PLACES.values(), ids=PLACES.keys())
def test_the_conversation_is_found_in_each_place_that_it_may_have(body: Any) -> None:
    assert read("email.replied", json.dumps(body).encode()) == ("email.replied", ID)


@pytest.mark.parametrize(
    ("header", "body", "event"),
    [
        ("email.replied", {"event": "test"}, "test"),
        ("email.opened", {"event": ""}, "email.opened"),
        ("email.opened", {"event": 7}, "email.opened"),
        ("", {"event": "test"}, "test"),
        ("", {"event": "email.opened", "type": "email.replied"}, "email.opened"),
        ("", {"event": None, "type": "email.opened", "eventType": "test"}, "email.opened"),
        ("", {"event": {}, "type": 7, "eventType": "email.opened"}, "email.opened"),
        ("", {"event": ["email.replied"]}, ""),
        ("", {}, ""),
        ("email.opened", {"conversationId": "../webhooks"}, "email.opened"),
    ],
)
def test_an_event_is_named_in_body_or_header(header: str, body: Any, event: str) -> None:
    assert read(header, json.dumps(body).encode()) == (event, None)


events = st.sampled_from([*sorted(REPLIES), CHANGED, SENT, TEST, "email.opened", ""])
bodies = st.dictionaries(
    st.sampled_from(["data", "conversation", "conversationId", "id", "_id", "event", "type"]),
    st.recursive(
        json_values,
        lambda inner: st.dictionaries(
            st.sampled_from(["conversation", "conversationId", "id", "_id"]), inner, max_size=3
        ),
        max_leaves=6,
    ),
)


@calm
@given(events, bodies.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=60))
def test_any_bytes_are_a_delivery_or_not_understood(header: str, raw: bytes) -> None:
    try:
        event, conversation = read(header, raw)
    except NotUnderstood as error:
        reason = str(error)
        assert len(reason) < 60
        return
    body = json.loads(raw)
    named = (body.get(name) for name in ("event", "type", "eventType"))
    assert event == next((each for each in named if isinstance(each, str) and each), header)
    assert (conversation is not None) is (event in {*REPLIES, CHANGED, SENT})
