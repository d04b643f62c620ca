"""Input from outside may be anything: nothing in it is an error of ours, and nothing of
it stands in the log."""

import asyncio
import hashlib
import hmac
import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp import web as aiohttp_web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import TriageError
from bot.sendkit.client import SendKit
from bot.slack.messenger import SlackThreads
from bot.slack.users import People
from bot.triage import (
    AiTag,
    Card,
    ChannelId,
    Conversation,
    ConversationId,
    Lead,
    MarkRead,
    Origin,
    Person,
    UserId,
)
from bot.views.card import Palette
from bot.views.line import news
from bot.web.limits import Bounds
from tests.canned_server import serving
from tests.clients import sendkit_at, slack_at
from tests.conftest import House
from tests.journals import attempt
from tests.slack_http import FORM, JSON, PATH, Door, form, opened
from tests.sockets import Socket, asked, request
from tests.strategies import json_values
from tests.test_parsing import ITEM, REPLY, SENT
from tests.test_slack_http_payloads import ODD, PAYLOADS, changed, places

Caplog = pytest.LogCaptureFixture

# Nothing that is planted may come up in the log.
MAIL = "planted.address@acme.example.com"
WORDS = "planted words of a lead"
TOKEN = "xoxb-planted-token"
PLANTED = (MAIL, WORDS, TOKEN, "sk_planted_key")

WHOLE = {
    **ITEM,
    "lead": {**ITEM["lead"], "email": MAIL},  # type: ignore[dict-item]
    "messages": [SENT, {**REPLY, "from": MAIL, "content": WORDS, "htmlContent": f"<p>{WORDS}"}],
}
few = settings(deadline=None)


def mutated(whole: Any) -> st.SearchStrategy[Any]:
    """The whole with something odd, or nothing, in up to three places of it."""
    odd = st.sampled_from([*ODD, MAIL, WORDS, 10**400, -(10**400), 1e308, "9" * 5000]) | json_values

    @st.composite
    def draws(draw: st.DrawFn) -> Any:
        copy = deepcopy(whole)
        for _ in range(draw(st.integers(1, 3))):
            there = list(places(copy))
            if there:
                place = draw(st.sampled_from(there))
                copy = changed(copy, place, *([draw(odd)] if draw(st.booleans()) else []))
        return copy

    return draws()


def quiet(caplog: Caplog) -> None:
    """Nothing unforeseen was logged, and nothing that came in."""
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR], caplog.text
    assert not [each for each in PLANTED if each in caplog.text], caplog.text
    caplog.clear()


class Answering:
    """A server that has one answer to everything."""

    def __init__(self) -> None:
        self.says: Any = {}
        self.headers: dict[str, str] = {}
        self.status = 200

    async def __call__(self, asked: aiohttp_web.Request) -> aiohttp_web.Response:
        text = self.says if isinstance(self.says, str) else json.dumps(self.says)
        return aiohttp_web.Response(
            body=text.encode("utf-8", "replace"),
            status=self.status,
            content_type="application/json",
            headers=self.headers,
        )


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[Answering, str]]:
    server = Answering()
    async with serving(server.__call__) as address:
        yield server, address


FOUND = {
    "a conversation": {"success": True, "data": WHOLE},
    "a list": {
        "success": True,
        "data": [WHOLE, {"name": "interested"}],
        "pagination": {"limit": 1, "total": 2, "page": 1, "pages": 1, "nextCursor": None},
    },
    "a refusal": {"error": "Bad Request", "message": WORDS, "code": 400},
}


@pytest.mark.parametrize("answer", FOUND.values(), ids=FOUND.keys())
def test_any_answer_of_sendkits_is_parsed_or_a_declared_error(
    answer: Mapping[str, Any], caplog: Caplog
) -> None:
    caplog.set_level(logging.DEBUG, "bot")

    @few
    @given(mutated(answer) | json_values, st.sampled_from([200, 201, 400, 404, 422, 429, 500]))
    def ask(says: Any, status: int) -> None:
        asyncio.run(ask_all(says, status))
        quiet(caplog)

    async def ask_all(says: Any, status: int) -> None:
        async with (
            answering() as (server, url),
            sendkit_at(url, api_key="sk_planted_key") as sendkit,
        ):
            server.says, server.status = says, status
            server.headers = {"Retry-After": "0"} if status == 429 else {}
            before = Conversation(ConversationId("c1"), Lead(MAIL))
            for asking in (
                sendkit.conversation(ConversationId("c1")),
                sendkit.patch(MarkRead(), before),
                sendkit.ai_tags(),
                sendkit.webhooks(),
                sendkit.save_webhook(None, {}),
                sendkit.test_webhook("w1"),
                listed(sendkit),
            ):
                with suppress(TriageError):
                    await asking

    async def listed(sendkit: SendKit) -> list[Conversation]:
        return [each async for each in sendkit.conversations()]

    ask()


AGAIN = attempt(repeats=True)


async def _choices() -> Palette:
    return Palette((AiTag("interested"),), (AiTag("interested"),))


POSTED = {
    "ok": True,
    "channel": "C0TRIAGE",
    "ts": "1764000000.000100",
    "permalink": "https://acme.slack.com/archives/C0TRIAGE/p1764000000000100",
    "user": {"id": "U0ADA", "real_name": "Ada", "profile": {"display_name": "ada"}},
    "messages": [
        {
            "ts": "1764000000.000100",
            "text": WORDS,
            "metadata": {
                "event_type": "sendkit_triage",
                "event_payload": {"entry": "mark", "entries": ["other"]},
            },
        }
    ],
    "response_metadata": {"next_cursor": ""},
}


def test_any_answer_of_slacks_is_taken_or_an_error(caplog: Caplog) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    shown = Card(Conversation(ConversationId("c1"), Lead(MAIL), words=WORDS))

    @settings(deadline=None)
    @given(mutated(POSTED) | mutated({"ok": False, "error": "is_archived"}) | json_values)
    def ask(says: Any) -> None:
        asyncio.run(ask_all(says))
        quiet(caplog)

    async def ask_all(says: Any) -> None:
        async with answering() as (server, url), slack_at(f"{url}/", TOKEN) as api:
            server.says = says
            threads = SlackThreads(api, People(api), _choices)
            channel, ada = ChannelId("C0TRIAGE"), Person(UserId("U0ADA"), "ada")
            origin = Origin(channel, ada, response_url=f"{url}/hook")
            try:
                place = await threads.post(channel, shown, "mark", attempt())
            except TriageError:
                pass
            else:
                assert place.ts
                await told(threads.tell(Origin(channel, ada), WORDS, place))
                await told(threads.reply(place, news(WORDS), "mark", AGAIN))
            await told(threads.post(ChannelId("C0OTHER"), shown, "other", AGAIN))
            await told(threads.tell(origin, WORDS))
            await told(threads.tell_of_closed(ada.id, ChannelId("C0DEALS"), "is_archived"))
            assert isinstance(await threads.name(ada), str)

    async def told(telling: Any) -> None:
        try:
            await telling
        except TriageError:
            return

    ask()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


with_door = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@with_door
@given(payload=st.one_of([mutated(each) for each in PAYLOADS.values()]), as_json=st.booleans())
async def test_any_payload_is_taken_or_refused(
    door: Door, caplog: Caplog, payload: Any, as_json: bool
) -> None:
    raw = json.dumps(payload).encode()
    answer = await (door.send(raw, JSON) if as_json else door.interact(payload))
    assert answer.status in (200, 400)
    quiet(caplog)


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
HEADERS = (
    *("Content-Type", "Content-Encoding", "Transfer-Encoding", "Content-Length", "Expect"),
    *("Connection", "Upgrade", "X-Slack-Signature", "X-Slack-Request-Timestamp", "Accept", "Host"),
)
VALUES = (
    *("", FORM.decode(), JSON.decode(), "gzip", "chunked", "100-continue", "close", "keep-alive"),
    *("websocket", "v0=0", "1764000000", "-1", "text/html", "9" * 30, MAIL, TOKEN),
)


# Clients that send too little are cut off, and the tests wait for that. A busy machine may need a
# while to read a whole head.
HASTY = Bounds(idle_seconds=0.05, head_seconds=0.5, body_seconds=0.05, lingering_seconds=0.05)
paths = st.sampled_from([PATH, "/healthz", "/", "*", "//", "/%00", f"{PATH}?{MAIL}", f"/{TOKEN}"])


@pytest.fixture
async def hasty_door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path, HASTY) as door:
        yield door


@with_door
@given(
    method=st.sampled_from(METHODS),
    path=paths | st.text("/abc%.?#", max_size=12).map(lambda text: f"/{text}"),
    body=st.binary(max_size=60) | json_values.map(form),
    headers=st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(VALUES), max_size=4),
    signed=st.booleans(),
)
async def test_any_request_on_any_route_is_answered_and_leaves_the_others_alone(
    hasty_door: Door,
    caplog: Caplog,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    signed: bool,
) -> None:
    if signed:
        own = {name.decode(): value.decode() for name, value in hasty_door.signed(body)}
        headers = {**headers, **own}
    async with Socket.open(hasty_door.port) as socket:
        await socket.send(request(method, path, body, headers))
        came = await socket.rest()
    statuses = [int(each) for each in re.findall(r"HTTP/1\.1 (\d{3})", came)]
    assert all(status < 500 for status in statuses), statuses
    assert "<" not in came
    assert not re.search("aiohttp|python", came, re.IGNORECASE)
    assert await _health(hasty_door.port) == "ok"
    quiet(caplog)


async def _health(port: int) -> str:
    """Asks again if it took this machine too long to send the request."""
    while True:
        with suppress(ConnectionError, EOFError):
            return (await asked(port, request())).text


EVENTS = ("email.replied", "email.positive_reply", "lead.replied", "lead.tag_changed", "test", "")
DELIVERY = {
    "event": "email.replied",
    "type": "email.replied",
    "data": {
        "conversationId": ITEM["id"],
        "conversation": {"_id": ITEM["id"]},
        "lead": {"email": MAIL},
        "content": WORDS,
    },
}


@pytest.mark.parametrize("transport", ["http"])
async def test_any_delivery_is_carried_out(house: House, caplog: Caplog) -> None:
    """A delivery, and what SendKit says when it is asked: the journal keeps nothing that failed."""
    drawn: list[tuple[Any, str, Any]] = []

    @settings(deadline=None, database=None)
    @given(
        st.just(DELIVERY) | mutated(DELIVERY),
        st.sampled_from(EVENTS),
        mutated({"data": WHOLE}) | json_values,
    )
    def draw(delivery: Any, event: str, says: Any) -> None:
        drawn.append((delivery, event, says))

    draw()
    last = {"data": {**WHOLE, "repliedAt": "2031-01-01T00:00:00.000Z", "campaign": "the last"}}
    caplog.set_level(logging.DEBUG, "bot")
    async with (
        answering() as (sendkit, url),
        ClientSession() as session,
        house.bot(
            sendkit_api_url=url, sendkit_webhook_secret=TOKEN, sendkit_poll_seconds=0.0
        ) as address,
    ):
        for delivery, event, says in [*drawn, (DELIVERY, "email.replied", last)]:
            sendkit.says = says
            raw = json.dumps(delivery).encode()
            signed = hmac.new(TOKEN.encode(), raw, hashlib.sha256).hexdigest()
            headers = {"X-Webhook-Event": event, "X-Webhook-Signature": signed}
            hook = f"{address}/sendkit/webhook"
            async with session.post(hook, data=raw, headers=headers) as response:
                assert response.status in (200, 400, 429)
        await house.slack.until(lambda: bool(house.slack.messages("#triage")), timeout=60)
    quiet(caplog)
