"""Slack's HTTP side: the Web API and response URLs, with their limits and faults.

https://docs.slack.dev/apis/web-api
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

from aiohttp import web

from bot.playground import chat
from bot.playground.guard import only_named
from bot.playground.methods import METHODS, Method, Sent, Tokens, admit, arguments, within_rates
from bot.playground.slack_faults import Fault, Faults, RateLimiter, packed
from bot.playground.wire import Call, Exchange, from_json
from bot.playground.workspace import Json, Refused, Workspace

MOST_BYTES = 4 * 1024 * 1024
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
FORMS = (URLENCODED, "multipart/form-data")
CHARSETS = ("utf-8", "iso-8859-1")
ARGUMENT = re.compile(r"[A-Za-z0-9_]{1,100}")


@dataclass(frozen=True)
class Answer:
    """An answer: the body as JSON, or else `text`, or `packed` as gzip."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    kind: str = "text/plain"
    packed: bytes = b""

    def response(self) -> web.Response:
        """The answer as an HTTP response."""
        if self.packed:
            headers = {"Content-Encoding": "gzip", "Content-Type": JSON}
            return web.Response(body=self.packed, headers=headers)
        if self.text is not None:
            return web.Response(
                text=self.text, status=self.status, headers=self.headers, content_type=self.kind
            )
        return web.Response(
            text=json.dumps(self.body),
            status=self.status,
            headers=self.headers,
            content_type=JSON,
            charset="utf-8",
        )


DROPPED = Answer({"ok": False, "error": "connection_dropped"})


class WebApi:
    """Answers the bot's requests. Each is recorded in `calls` and passed to `tell`."""

    def __init__(
        self,
        space: Workspace,
        tokens: Tokens,
        scopes: frozenset[str],
        app_scopes: frozenset[str],
        tell: Callable[[Exchange], None],
    ) -> None:
        self.space = space
        self.tokens = tokens
        self.scopes = scopes
        self.app_scopes = app_scopes
        self.methods: dict[str, Method] = dict(METHODS)
        self.faults = Faults()
        self.limits = RateLimiter(lambda: space.clock() * self.hurry)
        self.limited = False
        # How many minutes of Slack's rates pass in one.
        self.hurry = 1.0
        self.calls: list[Call] = []
        self._tell = tell

    def application(self) -> web.Application:
        """The routes of the Web API and of response URLs."""
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[only_named])
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{token}", self._respond)
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        args: Json = {}

        async def act() -> Answer:
            try:
                sent = await _sent(request)
                args.update({**sent.form, **sent.body})
                args.pop("token", None)
                return self._call(name, sent)
            except Refused as refused:
                return _refusal(refused)

        return await self._answer(request, name, args, act)

    def _call(self, name: str, sent: Sent) -> Answer:
        method = admit(name, self.methods.get(name), sent, self.tokens)
        app = sent.token == self.tokens.app
        scopes = self.app_scopes if app else self.scopes
        headers = {"X-OAuth-Scopes": ",".join(sorted(scopes))}
        if method.scopes:
            headers["X-Accepted-OAuth-Scopes"] = ",".join(method.scopes)
        try:
            args = arguments(method, sent, scopes, app=app)
            wait = within_rates(self.limits, name, method, args) if self.limited else 0
            if wait:
                return _too_many(wait)
            return Answer({"ok": True, **method.act(self.space, args)}, headers=headers)
        except Refused as refused:
            return replace(_refusal(refused), headers=headers)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        args: Json = {}

        async def act() -> Answer:
            try:
                body = _parsed(await request.read())
                args.update(body if isinstance(body, dict) else {"body": body})
                chat.respond(self.space, request.match_info["token"], body)
            except Refused as refused:
                gone = refused.error in ("used_url", "expired_url", "invalid_url")
                missing = gone or refused.error == "message_not_found"
                return _refusal(refused, 404 if missing else 400)
            return Answer({"ok": True}, text="ok")

        return await self._answer(request, "response_url", args, act)

    async def _answer(
        self, request: web.Request, name: str, args: Json, act: Callable[[], Awaitable[Answer]]
    ) -> web.StreamResponse:
        """Carries out the call unless a fault comes first, and records the call and its answer."""
        started = time.perf_counter()
        # A complete request is carried out, even if the client has left.
        if request.content_type in (JSON, URLENCODED):
            await request.read()
        fault = self.faults.take(name)
        if fault is not None and fault.drop == "first" and request.transport is not None:
            request.transport.abort()
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        answer = _faulty(fault) if fault is not None else None
        if answer is None or (fault is not None and fault.acts):
            acted = await act()
            answer = answer or acted
            if fault is not None and fault.lingers:
                await asyncio.sleep(fault.lingers)
        self._record(name, args, answer, started)
        if answer is DROPPED and request.transport is not None:
            request.transport.abort()
        response = answer.response()
        response.headers["Date"] = formatdate(self.space.clock(), usegmt=True)
        return response

    def _record(self, name: str, args: Json, answer: Answer, started: float) -> None:
        self.calls.append(Call(name, args, answer.body, answer.status, time.monotonic()))
        ms = (time.perf_counter() - started) * 1000
        self._tell(Exchange("to_slack", name, args, answer.body, ms))
        self.space.changes.tell()


async def _sent(request: web.Request) -> Sent:
    form: dict[str, Any] = dict(request.query)
    body: Any = {}
    if request.method == "POST" and request.body_exists:
        if "Content-Type" not in request.headers:
            raise Refused("missing_post_type")
        if (request.charset or "utf-8").lower() not in CHARSETS:
            raise Refused("invalid_charset")
        if request.content_type in FORMS:
            form.update(await _form(request))
        elif request.content_type == JSON:
            body = _parsed(await request.read())
        elif request.content_type != "text/plain":  # taken, and not looked into
            raise Refused("invalid_post_type")
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    for name in form:
        if name.endswith("]"):
            raise Refused("invalid_array_arg")
        if not ARGUMENT.fullmatch(name):
            raise Refused("invalid_arg_name")
    return Sent(form, body, _token(request.headers, form), request.method)


async def _form(request: web.Request) -> Mapping[str, Any]:
    try:
        return await request.post()
    except ValueError:
        raise Refused("invalid_form_data") from None


def _token(headers: Mapping[str, str], form: Mapping[str, Any]) -> str:
    kind, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if kind == "Bearer" else str(form.get("token", ""))


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        raise Refused("invalid_json") from None


def _refusal(refused: Refused, status: int = 200) -> Answer:
    return Answer({"ok": False, "error": refused.error, **refused.extra}, status)


def _too_many(seconds: int) -> Answer:
    body = {"ok": False, "error": "ratelimited"}
    return Answer(body, 429, headers={"Retry-After": str(seconds)})


def _faulty(fault: Fault) -> Answer | None:
    """The answer that a fault substitutes; None without one."""
    if fault.drop:
        return DROPPED
    if fault.unpacked:
        return Answer({}, packed=packed(fault.unpacked))
    if fault.retry_after:
        return _too_many(fault.retry_after)
    if fault.error:
        return _refusal(Refused(fault.error), fault.status)
    if fault.status != 200 or fault.text:
        body = {"ok": False, "error": f"status {fault.status}"}
        kinds = {"<": "text/html", "{": JSON}
        kind = kinds.get(fault.text[:1], "text/plain")
        return Answer(body, fault.status, text=fault.text, kind=kind)
    return None
