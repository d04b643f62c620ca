"""Slack's requests, as bytes that are ready to go, so that signing them costs the load nothing."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from bot.intake import webhook
from bot.intake.webhook import REPLIED
from bot.playground import payloads
from bot.playground.delivery import FORM, Delivery, signature
from bot.playground.gestures import Gestures
from bot.playground.menus import find
from bot.playground.people import PEOPLE, furnished
from bot.playground.slack_objects import completed
from bot.playground.wire import Ack
from bot.playground.workspace import Message
from bot.slack import http
from bot.triage import AiTag, Card, Conversation, ConversationId, Lead
from bot.views.card import card, palette

SECRET: Final = "bench-signing-secret"
WEBHOOK_SECRET: Final = "bench-webhook-secret"
CHANNEL: Final = "C0TRIAGE"
AI_TAGS: Final = (
    "interested",
    "not_interested",
    "meeting_booked",
    "meeting_request",
    "information_request",
    "out_of_office",
    "wrong_person",
    "do_not_contact",
)
WORDS: Final = (
    "Hi, thanks for reaching out. We are looking at exactly this for the second quarter, and I "
    "would like to see how it works with our CRM. Could you do Tuesday or Wednesday afternoon, "
    "and could you bring somebody who knows the integration? Please also send the price for "
    "about forty seats. Best, Jane"
)
# What differs from click to click; as many characters as what it becomes.
_CONVERSATION: Final = "c0ffee00c0ffee00c0ffee00"
PERSON: Final = PEOPLE[0].id
_TS: Final = "1764000000.000100"
_TRIGGER: Final = "99999999999.1.bench"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire; `key` is the conversation that it is about."""

    key: str
    raw: bytes


def conversation_id(number: int) -> str:
    return f"{number:024x}"


class Clicks:
    """Clicks on cards, no two alike: each on a message and a conversation of its own."""

    def __init__(self, response_url: str) -> None:
        self._payload = asyncio.run(_pressed(response_url))
        self._form = urlencode({"payload": self._payload}).encode()
        self._numbers = itertools.count(1)
        self._response_url = response_url

    @property
    def size(self) -> int:
        """The bytes of one click's body."""
        return len(self._form)

    def some(self, count: int) -> Iterator[Request]:
        return (self.one() for _ in range(count))

    def one(
        self, conversation: str | None = None, ts: str | None = None, person: str = PERSON
    ) -> Request:
        """A person's click on this conversation's card, on this message."""
        number = next(self._numbers)
        key = conversation or conversation_id(number)
        body = _filled(self._form, number, key, ts).replace(PERSON.encode(), person.encode())
        return Request(key, _post(body))

    def payload(self) -> str:
        """The same for Socket Mode, as JSON."""
        number = next(self._numbers)
        return _filled(self._payload.encode(), number, conversation_id(number)).decode()

    def command(self, text: str) -> Request:
        number = next(self._numbers)
        space = furnished()
        form = payloads.slash_command(space, "/sendkit", text, space.channels[CHANNEL], PEOPLE[0])
        form |= {"trigger_id": f"{number}.command", "response_url": self._response_url}
        return Request(text, _post(urlencode(form).encode()))


def delivery(conversation: str) -> Request:
    """SendKit's webhook says that the conversation has a reply."""
    body = json.dumps({"event": REPLIED, "data": {"conversationId": conversation}}).encode()
    signed = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Webhook-Signature": signed}
    return Request(conversation, _request(webhook.PATH, "application/json", body, headers))


def _filled(template: bytes, number: int, conversation: str, ts: str | None = None) -> bytes:
    return (
        template.replace(_CONVERSATION.encode(), conversation.encode())
        .replace(_TS.encode(), (ts or f"{1_000_000_000 + number}.000100").encode())
        .replace(_TRIGGER.encode(), b"%011d.1.bench" % number)
    )


def _post(body: bytes) -> bytes:
    timestamp = str(int(time.time()))
    return _request(
        http.PATH,
        FORM,
        body,
        {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(SECRET, timestamp, body),
        },
    )


def _request(path: str, content_type: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "Host": "bot.example.com",
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _pressed(response_url: str) -> str:
    """The payload of a press on a card, as the playground's Slack would send it."""
    sent: list[dict[str, Any]] = []

    async def send(delivery: Delivery) -> Ack:
        sent.append(delivery.payload)
        return Ack(200, "", 0.0)

    space = furnished()
    lead = Lead("jane.doe@example.com", "Jane Doe", "Example Industries")
    conversation = Conversation(
        ConversationId(_CONVERSATION), lead, campaign="Q1 Outreach", unread=True, words=WORDS
    )
    view = card(Card(conversation), palette([AiTag(name) for name in AI_TAGS], ()))
    message = space.post(
        Message(CHANNEL, _TS, space.bot.id, view.text, blocks=completed([*map(dict, view.blocks)]))
    )
    gestures = Gestures(space, send, lambda: "")
    await gestures.act(message, find(message.blocks, "Interested", button=True), PEOPLE[0])
    return json.dumps(sent[0] | {"trigger_id": _TRIGGER, "response_url": response_url})
