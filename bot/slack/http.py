"""POST /slack/events: refuses malformed requests with a 4xx, and hands the others to Bolt as dicts,
as Bolt's Socket Mode adapter does.

Bolt's own HTTP adapter answers malformed input with a 500, and logs bodies.
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeGuard

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from yarl import URL

from bot.errors import NotUnderstood

# https://docs.slack.dev/authentication/verifying-requests-from-slack
PATH: Final = "/slack/events"
TOLERANCE_SECONDS: Final = 300
FIELDS_LIMIT: Final = 100
SSL_CHECK_LIMIT: Final = 1000

# The headers that Bolt reads: the number and the reason of an event's retry.
_KEPT_HEADERS: Final = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")

# The types of fields that Bolt takes for granted, in a payload and in these parts of it.
_TRUSTED: Final[Mapping[str, type]] = {
    "type": str,
    "command": str,
    "callback_id": str,
    "action_id": str,
    "event": dict,
    "view": dict,
    "actions": list,
}


# The `type` of each kind of payload; a command has none. https://docs.slack.dev/interactivity
SURFACES: Final[Mapping[object, str]] = {
    None: "command",
    "block_actions": "action",
    "event_callback": "event",
    "message_action": "shortcut",
    "shortcut": "shortcut",
    "view_submission": "form",
    "view_closed": "form",
}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Hands payloads from HTTP and Socket Mode to Bolt. `count` is called with the surface, `ok` or
    `failed`, and the seconds that Bolt took."""

    app: AsyncApp
    count: Callable[[str, str, float], None]

    async def __call__(
        self, body: object, headers: Mapping[str, str | Sequence[str]]
    ) -> BoltResponse:
        """NotUnderstood if it is not one of Slack's payloads."""
        if not _is_trusted(body):
            raise NotUnderstood("no payload of Slack’s")
        began, outcome = time.perf_counter(), "failed"
        try:
            answer = await self.app.async_dispatch(
                AsyncBoltRequest(mode="socket_mode", body=body, headers=dict(headers))
            )
            if answer.status == HTTPStatus.OK:
                outcome = "ok"
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            # Bolt reads payloads before any listener does, and trusts their shape.
            raise NotUnderstood("no payload of Slack’s") from None
        finally:
            self.count(surface(body), outcome, time.perf_counter() - began)
        return answer


class SlackHttp:
    """The HTTP way in."""

    def __init__(
        self, dispatch: Dispatch, signing_secret: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._dispatch = dispatch
        self._secret = signing_secret.encode()
        self._clock = clock

    async def events(self, request: web.Request) -> web.Response:
        """A 4xx is logged; bot.web.server does that, and holds the limits."""
        raw = await request.read()
        if not self._is_signed(request.headers, raw):
            if _is_ssl_check(request.content_type, raw):
                return web.Response(text="")
            return _refuse(HTTPStatus.UNAUTHORIZED, "not signed by Slack, or too old")
        try:
            body = decode(request.content_type, raw)
            headers = {
                name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers
            }
            answer = await self._dispatch(body, headers)
        except NotUnderstood as error:
            return _refuse(HTTPStatus.BAD_REQUEST, str(error))
        kind = answer.first_headers_without_set_cookie().get("content-type", "text/plain")
        return web.Response(
            status=answer.status, text=answer.body or "", content_type=kind.split(";")[0]
        )

    def _is_signed(self, headers: Mapping[str, str], raw: bytes) -> bool:
        sent_at = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not sent_at.isascii() or not sent_at.isdigit() or len(sent_at) > 12:
            return False
        if abs(self._clock() - int(sent_at)) > TOLERANCE_SECONDS:
            return False
        expected = hmac.digest(self._secret, b"v0:%b:%b" % (sent_at.encode(), raw), "sha256")
        return hmac.compare_digest(
            f"v0={expected.hex()}".encode(), signature.encode("utf-8", "surrogateescape")
        )


def surface(body: Mapping[str, Any]) -> str:
    """The surface that the person used, as one of a few words."""
    kind = body.get("type")
    return SURFACES.get(kind, "other") if isinstance(kind, str | None) else "other"


def decode(content_type: str, raw: bytes) -> dict[str, Any]:
    """The payload of a request: JSON for events, a form for commands, and a form with one JSON
    field for everything else. NotUnderstood says what is wrong."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise NotUnderstood("not UTF-8") from None
    if content_type == "application/json":
        return _object(text)
    if content_type != "application/x-www-form-urlencoded":
        raise NotUnderstood("neither a form nor JSON")
    form = _form(text)
    return _object(form["payload"]) if "payload" in form else form


def _form(text: str) -> dict[str, Any]:
    if not text:
        raise NotUnderstood("an empty form")
    fields = text.split("&", FIELDS_LIMIT)
    if len(fields) > FIELDS_LIMIT or not all("=" in field for field in fields):
        raise NotUnderstood("not a form")
    # Written in C. The standard library takes six times as long, which was a third of an ack.
    return dict(URL.build(query_string=text, encoded=True).query)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
        if "\\ud" in text.lower():
            # JSON can escape surrogates, which cannot be saved later.
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise NotUnderstood("not JSON") from None
    if not isinstance(value, dict):
        raise NotUnderstood("JSON, but no object")
    return value


def _is_trusted(body: object) -> TypeGuard[dict[str, Any]]:
    if not _fits(body):
        return False
    actions = body.get("actions", [])
    if not all(_fits(part) for part in (body.get("event", {}), body.get("view", {}), *actions)):
        return False
    return body.get("type") != "block_actions" or all("action_id" in action for action in actions)


def _fits(part: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(part, dict) and all(
        isinstance(part[name], kind) for name, kind in _TRUSTED.items() if name in part
    )


def _is_ssl_check(content_type: str, raw: bytes) -> bool:
    """Whether Slack checks the address and certificate of a command. It does not sign this request,
    which has no content and no effect.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    try:
        return decode(content_type, raw[:SSL_CHECK_LIMIT]).get("ssl_check") == "1"
    except NotUnderstood:
        return False


def _refuse(status: HTTPStatus, reason: str) -> web.Response:
    return web.Response(status=status, text=reason)
