"""Requests to POST /slack/events over HTTP, down to their bytes."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.playground.delivery import signature
from bot.slack.http import FIELDS_LIMIT, TOLERANCE_SECONDS
from bot.store import Statement
from bot.web.limits import SIZE_LIMIT
from tests.clients import SECRET
from tests.slack_http import (
    CLICK,
    FORM,
    JSON,
    PRIVATE,
    Answer,
    Door,
    Headers,
    form,
    opened,
    refused,
    request,
)

Caplog = pytest.LogCaptureFixture


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


async def test_a_click_is_written_down_and_acknowledged(door: Door) -> None:
    assert await door.interact(CLICK) == Answer(200, "text/plain", "")
    page = await door.entries.get()
    assert page.entry.id.startswith("click:")
    assert page.entry.payload["conversation"] == "c1"
    assert page.entry.payload["change"] == {"markRead": True}


async def test_a_command_is_answered(door: Door) -> None:
    fields = {"command": "/sendkit", "text": "help", "user_id": "U0ADA", "trigger_id": "1"}
    answer = await door.send(urlencode(fields).encode())
    assert answer.status == 200
    assert "/sendkit" in answer.text


async def test_a_command_is_taken_in_the_words_in_which_it_was_typed(door: Door) -> None:
    text = "tags c1 +“ä & b” +100% +👍"
    fields = {"command": "/sendkit", "text": text, "user_id": "U0ADA", "trigger_id": "1"}
    assert (await door.send(urlencode(fields).encode())).status == 200
    change = (await door.entries.get()).entry.payload["change"]
    assert change == {"addTags": ["ä & b", "100%", "👍"], "removeTags": []}


async def test_an_event_is_acknowledged_and_bolt_knows_how_often_it_was_sent(door: Door) -> None:
    event = {"type": "event_callback", "event": {"type": "app_mention", "user": "U0ADA"}}
    again = ((b"X-Slack-Retry-Num", b"2"), (b"X-Slack-Retry-Reason", b"http_timeout"))
    answer = await door.send(json.dumps(event).encode(), JSON, *again, (b"X-Other", b"no"))
    assert answer.status == 200
    assert [each.headers for each in door.requests] == [
        {"x-slack-retry-num": ["2"], "x-slack-retry-reason": ["http_timeout"]}
    ]


async def test_the_address_is_verified_with_its_challenge(door: Door) -> None:
    """https://docs.slack.dev/reference/events/url_verification"""
    body = {"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}
    answer = await door.send(json.dumps(body).encode(), JSON)
    assert (answer.status, answer.kind) == (200, "application/json")
    assert json.loads(answer.text) == {"challenge": "3eZbrw1aBm2rZgRNFdxV"}


async def test_the_certificate_is_checked_with_an_empty_answer(door: Door) -> None:
    """https://docs.slack.dev/interactivity/implementing-slash-commands"""
    assert await door.send(b"ssl_check=1&token=x") == Answer(200, "text/plain", "")
    assert door.entries.empty()


async def test_the_certificate_is_checked_without_a_signature(door: Door, caplog: Caplog) -> None:
    """Bolt takes it before it looks at signatures, and Slack promises none for it."""
    answer = await door.post(b"token=x&ssl_check=1", [(b"Content-Type", FORM)])
    assert answer.status == 200
    assert (answer.text, door.requests, caplog.messages) == ("", [], [])


@pytest.mark.parametrize(
    "body", [b"ssl_check=0", b"ssl_check=1&=&", b"ssl_check", b"x=ssl_check=1"]
)
async def test_a_lookalike_of_that_check_is_refused(door: Door, body: bytes) -> None:
    assert (await door.post(body, [(b"Content-Type", FORM)])).status == 401


@pytest.mark.parametrize(
    "kind",
    [b"application/x-www-form-urlencoded; charset=utf-8", b"Application/X-WWW-Form-Urlencoded"],
)
async def test_a_content_type_may_be_written_in_several_ways(door: Door, kind: bytes) -> None:
    assert (await door.send(form(CLICK), kind)).status == 200
    await door.entries.get()


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
async def test_a_request_may_be_five_minutes_off(door: Door, seconds: int) -> None:
    headers = door.signed(form(CLICK), at=str(int(door.clock.now) + seconds))
    answer = await door.post(form(CLICK), [*headers, (b"Content-Type", FORM)])
    assert answer.status == 200


async def test_a_press_that_cannot_be_saved_is_not_acknowledged(door: Door, caplog: Caplog) -> None:
    await door.database.write(Statement("DROP TABLE entries"))
    assert (await door.interact(CLICK)).status == 500
    (record,) = caplog.records
    assert "not acknowledged" in record.getMessage()
    assert PRIVATE not in caplog.text


NOW = "1764000000"  # where the clock begins
GOOD = signature(SECRET, NOW, form(CLICK)).encode()
STAMP, SIGNATURE = b"X-Slack-Request-Timestamp", b"X-Slack-Signature"
UNSIGNED: dict[str, Headers] = {
    "nothing": [],
    "no signature": [(STAMP, NOW.encode())],
    "no time stamp": [(SIGNATURE, GOOD)],
    "an empty signature": [(STAMP, NOW.encode()), (SIGNATURE, b"")],
    "an empty time stamp": [(STAMP, b""), (SIGNATURE, GOOD)],
    "half a signature": [(STAMP, NOW.encode()), (SIGNATURE, GOOD[:20])],
    "no version": [(STAMP, NOW.encode()), (SIGNATURE, GOOD.removeprefix(b"v0="))],
    "another version": [(STAMP, NOW.encode()), (SIGNATURE, GOOD.replace(b"v0", b"v1"))],
    "another time": [(STAMP, b"1764000001"), (SIGNATURE, GOOD)],
    "another body": [(STAMP, NOW.encode()), (SIGNATURE, signature(SECRET, NOW, form({})).encode())],
    "another secret": [
        (STAMP, NOW.encode()),
        (SIGNATURE, signature("other", NOW, form(CLICK)).encode()),
    ],
    "no secret": [(STAMP, NOW.encode()), (SIGNATURE, signature("", NOW, form(CLICK)).encode())],
    "a signature that is no UTF-8": [(STAMP, NOW.encode()), (SIGNATURE, b"v0=\xff\xfe")],
    "a signature that is no ASCII": [(STAMP, NOW.encode()), (SIGNATURE, "v0=ü".encode())],
}


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=UNSIGNED.keys())
async def test_an_unsigned_request_is_refused(door: Door, caplog: Caplog, headers: Headers) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await door.post(form(CLICK), [*headers, (b"Content-Type", FORM)])
    await refused(door, caplog, answer, 401, "not signed by Slack, or too old")


@pytest.mark.parametrize(
    "stamp",
    [
        *(str(int(NOW) + seconds) for seconds in (-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1)),
        *("0", "-1764000000", "+1764000000", "1764000000.0", "1.764e9", "0x69246700", "now"),
        *("1_764_000_000", "１７６４００００００", "١٧٦٤", "²", "9" * 40, "9" * 4000),
    ],
)
async def test_a_time_that_is_off_or_none_is_refused_though_it_is_signed(
    door: Door, caplog: Caplog, stamp: str
) -> None:
    headers = door.signed(form(CLICK), at=stamp)
    answer = await door.post(form(CLICK), [*headers, (b"Content-Type", FORM)])
    await refused(door, caplog, answer, 401, "not signed by Slack, or too old")


async def test_a_time_in_odd_bytes_is_refused(door: Door, caplog: Caplog) -> None:
    headers = [(STAMP, b"17640\xff"), (SIGNATURE, GOOD), (b"Content-Type", FORM)]
    answer = await door.post(form(CLICK), headers)
    await refused(door, caplog, answer, 401, "not signed by Slack, or too old")


DEEP = 100_000
MANY = "&".join(f"field{number}=1" for number in range(FIELDS_LIMIT + 1))
MALFORMED: dict[str, tuple[bytes, bytes, str]] = {
    "an empty form": (FORM, b"", "an empty form"),
    "empty JSON": (JSON, b"", "not JSON"),
    "nothing of no kind": (b"", b"", "neither a form nor JSON"),
    "a text": (b"text/plain", form(CLICK), "neither a form nor JSON"),
    "a form in parts": (b"multipart/form-data; boundary=x", b"--x--", "neither a form nor JSON"),
    "no kind at all": (b"", form(CLICK), "neither a form nor JSON"),
    "an odd kind": (b";;/=\xff", form(CLICK), "neither a form nor JSON"),
    "a form that is no UTF-8": (FORM, b"command=\xff\xfe", "not UTF-8"),
    "JSON that is no UTF-8": (JSON, b'{"type": "\xff"}', "not UTF-8"),
    "JSON in UTF-16": (JSON, json.dumps(CLICK).encode("utf-16"), "not UTF-8"),
    "JSON with a byte order mark": (JSON, json.dumps({}).encode("utf-8-sig"), "not JSON"),
    "a word": (FORM, PRIVATE.encode(), "not a form"),
    "JSON that says it is a form": (FORM, json.dumps(CLICK).encode(), "not a form"),
    "a form that says it is JSON": (JSON, form(CLICK), "not JSON"),
    "a form with a gap": (FORM, b"command=x&&text=y", "not a form"),
    "a form of too many fields": (FORM, MANY.encode(), "not a form"),
    "an empty payload": (FORM, b"payload=", "not JSON"),
    "a payload that is no JSON": (FORM, b"payload={" + PRIVATE.encode(), "not JSON"),
    "a payload that is a list": (FORM, form([CLICK]), "JSON, but no object"),
    "a payload that is a number": (FORM, form(1), "JSON, but no object"),
    "a payload that is a text": (FORM, form(PRIVATE), "JSON, but no object"),
    "a payload that is null": (FORM, form(None), "JSON, but no object"),
    "JSON that is a list": (JSON, json.dumps([CLICK]).encode(), "JSON, but no object"),
    "JSON that is a number": (JSON, b"1", "JSON, but no object"),
    "a number of many digits": (JSON, b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
    "deep lists": (JSON, b"[" * DEEP + b"]" * DEEP, "not JSON"),
    "deep objects": (JSON, b'{"a":' * DEEP + b"1" + b"}" * DEEP, "not JSON"),
    "a deep payload": (FORM, b"payload=" + b"[" * DEEP, "not JSON"),
}


@pytest.mark.parametrize(("kind", "body", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_request_is_refused_though_it_is_signed(
    door: Door, caplog: Caplog, kind: bytes, body: bytes, reason: str
) -> None:
    caplog.set_level(logging.DEBUG)
    await refused(door, caplog, await door.send(body, kind), 400, reason)


HUGE = b"payload=" + PRIVATE.encode() * (2 * 1024 * 1024 // len(PRIVATE))


async def test_too_large_a_request_is_refused(door: Door, caplog: Caplog) -> None:
    await refused(door, caplog, await door.send(HUGE), 413, "too large")


async def test_a_chunked_request_that_grows_too_large_is_refused(
    door: Door, caplog: Caplog
) -> None:
    whole = request(b"", [(b"Transfer-Encoding", b"chunked")])
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HUGE), HUGE)
    answer = await door.raw(whole.replace(b"Content-Length: 0\r\n", b"") + chunked)
    await refused(door, caplog, answer, 413, "too large")


async def test_the_largest_request_is_taken(door: Door) -> None:
    rest = SIZE_LIMIT - len(form({**CLICK, "rest": ""}))
    assert (await door.interact({**CLICK, "rest": "x" * rest})).status == 200
    await door.entries.get()


async def test_packed_requests_are_not_unpacked(door: Door, caplog: Caplog) -> None:
    """However much would come out of it."""
    packed = gzip.compress(HUGE)
    answer = await door.send(packed, FORM, (b"Content-Encoding", b"gzip"))
    await refused(door, caplog, answer, 400, "not UTF-8")


async def test_a_request_that_is_cut_short_is_a_line_in_the_log(door: Door, caplog: Caplog) -> None:
    body, heard = form(CLICK), asyncio.Event()

    def hear(record: logging.LogRecord) -> bool:
        heard.set()
        return True

    log = logging.getLogger("bot.web.limits")
    log.addFilter(hear)
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    headers = [*door.signed(body), (b"Content-Type", FORM)]
    writer.write(request(body[:-10], headers, length=len(body)))
    writer.close()
    await heard.wait()
    log.removeFilter(hear)
    (record,) = caplog.records
    assert record.getMessage() == "refused a request with 400: garbled, or cut short"
    assert door.requests == []
