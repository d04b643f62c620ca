"""POST /sendkit/webhook: SendKit tells of a reply. The bot checks the delivery, writes an entry
into the journal, and reads the conversation from SendKit afterwards.

https://docs.sendkit.ai: webhooks
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import chain
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from bot import entries
from bot.acts import conversation_id
from bot.errors import DatabaseTrouble, NotUnderstood
from bot.journal import Journal
from bot.store.channels import Channels
from bot.triage import ConversationId

log = logging.getLogger(__name__)

PATH: Final = "/sendkit/webhook"
REPLIED: Final = "email.replied"
POSITIVE: Final = "email.positive_reply"
# Webhooks of a single campaign use another name.
REPLIES: Final = frozenset([REPLIED, POSITIVE, "lead.replied"])
CHANGED: Final = "lead.tag_changed"
# Mails of ours. Most are to leads who have not replied, and whom the bot does not know.
SENT: Final = "email.sent"
TEST: Final = "test"

# The payload's shape is not documented. Receivers find the id under these names.
_CALLED: Final = ("conversationId", "conversation_id")
_IDS: Final = ("id", "_id")


class Webhook:
    """Receives SendKit's deliveries."""

    def __init__(self, journal: Journal, channels: Channels, secret: str) -> None:
        self._journal = journal
        self._channels = channels
        self._secret = secret.encode()

    async def deliver(self, request: web.Request) -> web.Response:
        """Answers 200 once the delivery is written down, or does not concern the bot. A 4xx is
        logged; bot.web.server does that, and holds the limits."""
        raw = await request.read()
        if not self._is_signed(request.headers.get("X-Webhook-Signature", ""), raw):
            return _refuse(HTTPStatus.UNAUTHORIZED, "not signed with our secret")
        try:
            event, conversation = read(request.headers.get("X-Webhook-Event", ""), raw)
        except NotUnderstood as error:
            return _refuse(HTTPStatus.BAD_REQUEST, str(error))
        if event == TEST:
            log.info("SendKit’s test of the webhook arrived")
        elif conversation is not None:
            reply, positive = event in REPLIES, event == POSITIVE
            entry = entries.delivery(uuid4().hex, conversation, reply=reply, positive=positive)
            if event == SENT:
                entry = entries.sent(uuid4().hex, conversation)
            try:
                if event != SENT or await self._channels.known([conversation]):
                    await self._journal.write(entry)
            except DatabaseTrouble as error:
                # SendKit repeats a delivery that is not answered with 200.
                log.error("could not save a delivery: %s", error)
                return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response(text="ok")

    def _is_signed(self, signature: str, raw: bytes) -> bool:
        expected = hmac.new(self._secret, raw, hashlib.sha256).hexdigest()
        sent = signature.strip().lower().removeprefix("sha256=")
        return hmac.compare_digest(expected.encode(), sent.encode("utf-8", "surrogateescape"))


def read(header: str, raw: bytes) -> tuple[str, ConversationId | None]:
    """The event, and the conversation if the event concerns the bot. The body names the event: the
    header is not signed, and counts only where the body names none."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotUnderstood("not JSON") from None
    if not isinstance(body, Mapping):
        raise NotUnderstood("JSON, but no object")
    named = (body.get(name) for name in ("event", "type", "eventType"))
    event = next((name for name in named if isinstance(name, str) and name), header)
    if event not in (*REPLIES, CHANGED, SENT):
        return event, None
    data = body.get("data")
    levels = [data, body] if isinstance(data, Mapping) else [body]
    candidates = [*chain(*map(_named, levels)), *chain(*map(_bare, levels))]
    found = next((each for each in candidates if isinstance(each, str) and each), None)
    if found is None:
        raise NotUnderstood("no conversation’s id")
    return event, conversation_id(found)


def _named(body: Mapping[str, Any]) -> Iterator[object]:
    """Values of fields that are named after a conversation."""
    yield from (body.get(name) for name in _CALLED)
    nested = body.get("conversation")
    yield from _bare(nested) if isinstance(nested, Mapping) else [nested]


def _bare(body: Mapping[str, Any]) -> Iterator[object]:
    """Values of fields that may also be the id of something else."""
    yield from (body.get(name) for name in _IDS)


def _refuse(status: HTTPStatus, reason: str) -> web.Response:
    return web.Response(status=status, text=reason)
