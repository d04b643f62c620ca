"""A small SendKit that refuses what the real one refuses, and records every request.

Where the real behaviour is unknown, it does what lets a client rely on less.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.client import responses
from time import perf_counter
from typing import Any, NamedTuple, Self, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.playground import sendkit_responses
from bot.playground.guard import WRONG_HOST, names_here
from bot.playground.inbox import (
    DRAFT_CREDITS,
    Event,
    Generation,
    Inbox,
    Json,
    RefusalError,
    Reply,
    not_found,
)
from bot.playground.sendkit_faults import DOWN, NO_ANSWERS, NO_FAULT, RANDOM_FAULTS, Fault, Faults
from bot.playground.sendkit_requests import checked, moment
from bot.playground.slack_faults import packed

__all__ = [
    "NO_ANSWERS",
    "NO_FAULT",
    "RANDOM_FAULTS",
    "Exchange",
    "Fault",
    "Faults",
    "Patch",
    "Request",
    "SendKit",
]

T = TypeVar("T")


@dataclass(slots=True)
class Request:
    """An incoming request. `status` is 0 until it is answered, and stays 0 if it never is."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    status: int = 0


class Patch(NamedTuple):
    """A change to a conversation that was carried out."""

    conversation_id: str
    body: Json


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, in either direction. Status 0: there was no response."""

    what: str
    request: Any
    response: Any
    status: int
    ms: float


def _error(status: int, message: str) -> Json:
    return {"error": responses.get(status, "Error"), "message": message, "code": status}


def _without_secret(hook: Json) -> Json:
    return {name: value for name, value in hook.items() if name != "secret"}


def _number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise RefusalError(400, f"{name} must be a whole number from 1 to {most}")
    return int(text)


def _json(request: web.BaseRequest, raw: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(raw) if request.content_type == "application/json" else None


@dataclass(eq=False, kw_only=True)
class SendKit:
    """The server, on 127.0.0.1 for as long as its `async with` lasts.

    `inbox` is its state; `faults`, `down` and `slow` (seconds) are what goes wrong. It keeps all
    `requests`, the `patches` that it carried out, its webhook `deliveries`, and in `tasks` what it
    still has to send; `on_wire` callbacks get each `Exchange`. A key that begins with `sk_user_`
    requires `workspace_id`; `strict=False` accepts either of the two key headers. With
    `overlapping`, each page of a list begins with the last conversation of the page before.
    """

    inbox: Inbox = field(default_factory=Inbox)
    port: int = 0
    api_key: str = field(default_factory=lambda: f"sk_live_{secrets.token_hex(16)}")
    workspace_id: str = "664a1b2c3d4e5f6a7b8c9d00"
    strict: bool = True
    generation: Generation = "new"
    ragged: bool = False
    overlapping: bool = False
    down: bool = False
    slow: float = 0
    sends_after: float = 0.05
    retry_pause: float = 0.05
    payload: Callable[[Event, Inbox], Json] = sendkit_responses.event_payload
    faults: Faults = field(default_factory=Faults)
    hooks: dict[str, Json] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    deliveries: list[Exchange] = field(default_factory=list)
    on_wire: list[Callable[[Exchange], None]] = field(default_factory=list)
    tasks: set[asyncio.Task[object]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inbox.on_event.append(self._changed_in_inbox)
        self.reply = self.inbox.lead_replies
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._client = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self._client.close()

    async def until(self, predicate: Callable[[], T], timeout: float = 100) -> T:
        """Waits for the first true value of `predicate`, which is called after every change."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := predicate()):
                    await self._changed.wait()
                return found
        except TimeoutError as error:
            what = getattr(predicate, "__code__", predicate)
            last = [f"{one.method} {one.path}: {one.status}" for one in self.requests[-10:]]
            raise AssertionError(f"Not true in {timeout} s: {what}. Last asked: {last}") from error

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self.tasks.discard(task)
        self._notify()

    def _log(self, what: str, asked: Any, answer: Any, status: int, began: float) -> Exchange:
        exchange = Exchange(what, asked, answer, status, (perf_counter() - began) * 1000)
        for callback in self.on_wire:
            callback(exchange)
        return exchange

    async def _serve(self, request: web.BaseRequest) -> web.Response:
        if not names_here(request):
            return web.Response(status=403, text=WRONG_HOST)
        began, body = perf_counter(), _json(request, await request.read())
        call = Request(request.method, request.path, request.headers, request.query, body)
        self.requests.append(call)
        self._notify()
        fault = DOWN if self.down else self.faults.take(call.method, call.path)
        late = self.slow + fault.seconds
        if fault.hangs_up and request.transport is not None:
            request.transport.abort()
        if late and not fault.acts:
            await asyncio.sleep(late)
        status, answer = 200, None
        if fault.acts or not fault.spoils:
            status, answer = await self._carry_out(call)
        if late and fault.acts:
            await asyncio.sleep(late)
        headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
        if fault.stale and isinstance(answer, dict):
            answer["data"] = sendkit_responses.before_last(answer.get("data"))
        if fault.spoils:
            status = fault.status or 200
            answer = _error(status, fault.message) if fault.text is None else fault.text
        if fault.drop and request.transport is not None:
            status, answer = 0, None
            request.transport.abort()
        call.status = status = 0 if fault.hangs_up else status
        self._log(f"{call.method} {call.path}", body, answer, status, began)
        self._notify()
        text = answer if isinstance(answer, str) else json.dumps(answer)
        kind = "text/html" if isinstance(answer, str) else "application/json"
        headers["Date"] = format_datetime(self.inbox.clock(), usegmt=True)
        if fault.unpacked:
            headers |= {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return web.Response(body=packed(fault.unpacked), headers=headers)
        return web.Response(text=text, content_type=kind, status=status or 500, headers=headers)

    async def _carry_out(self, call: Request) -> tuple[int, Any]:
        try:
            self._check_key(call.headers)
            return 200, {"success": True} | await self._route(call)
        except RefusalError as refusal:
            return refusal.status, _error(refusal.status, refusal.message)

    def _check_key(self, headers: Mapping[str, str]) -> None:
        kind, _, bearer = headers.get("Authorization", "").partition(" ")
        keys = [headers.get("X-Api-Key", ""), bearer if kind.lower() == "bearer" else ""]
        given = [key for key in keys if key]
        if set(given) != {self.api_key} or (self.strict and len(given) < 2):
            raise RefusalError(401, "Send the right key in both X-Api-Key and Authorization")
        workspace, platform = headers.get("X-Workspace-Id"), self.api_key.startswith("sk_user_")
        if (workspace is not None) != platform:
            raise RefusalError(400, "A platform key needs X-Workspace-Id, no other key takes it")
        if platform and workspace != self.workspace_id:
            raise RefusalError(403, "This key has no access to that workspace")

    async def _route(self, call: Request) -> Json:
        match call.method, *call.path.split("/")[1:]:
            case "GET", "v1", "tags":
                return {"data": [tag.shape() for tag in self.inbox.tags.values()]}
            case "GET", "v1", "inbox":
                return self._page(call.query)
            case "POST", "v1", "inbox", ("mark-read" | "tag" | "dnc") as what:
                return {"data": self._bulk(what, call.body)}
            case method, "v1", "inbox", one, *rest:
                return {"data": self._conversation(method, one, rest, call.body)}
            case "GET", "v1", "agents":
                return {"data": [{"id": one.id, "name": one.name} for one in self.inbox.agents]}
            case "POST", "v1", "agents", agent, "generate-reply":
                return {"data": self._draft(agent, call.body)}
            case method, "v1", "webhooks", *rest:
                return {"data": await self._webhooks(method, rest, call.body)}
        raise not_found()

    def _page(self, query: Mapping[str, str]) -> Json:
        if query.get("status", "unread") != "unread":
            raise RefusalError(400, "status must be unread, or be left out")
        tag, campaign, search = (query.get(name) for name in ("tag", "campaign_id", "search"))
        ids = self.inbox.find("status" in query, tag, campaign, search or "")
        limit = _number(query, "limit", 25, 100)
        if self.generation == "old":
            page = _number(query, "page", 1, 10**9)
            found, pagination = sendkit_responses.numbered_page(ids, page, limit, self.ragged)
        else:
            found, pagination = sendkit_responses.cursor_page(ids, query, limit, self.ragged)
            if self.overlapping and "cursor" in query:
                found = [query["cursor"][:24], *found]
        there = [one for one in found if one in self.inbox.conversations]
        rows = [sendkit_responses.row_shape(self.inbox.get(one), self.generation) for one in there]
        return {"data": rows, "pagination": pagination}

    def _bulk(self, what: str, body: Any) -> dict[str, int]:
        names = ("conversationIds", "tag") if what == "tag" else ("conversationIds",)
        asked = checked(body, names, names)
        ids = [one for one in asked["conversationIds"] if one in self.inbox.conversations]
        if what == "mark-read":
            return {"modified": sum([self.inbox.mark(one, read=True) for one in ids])}
        if what == "tag":
            return {"modified": sum([self.inbox.set_tag(one, asked["tag"]) for one in ids])}
        added, total = self.inbox.bar(ids), len(asked["conversationIds"])
        return {"added": added, "skipped": total - added, "total": total}

    def _conversation(self, method: str, one: str, rest: list[str], body: Any) -> Any:
        found = self.inbox.get(one)
        match method, *rest:
            case ("GET",):
                waiting = self.inbox.unsent_replies(one)
                return sendkit_responses.detail_shape(found, waiting, self.generation)
            case ("PATCH",):
                return self._patch(one, body)
            case "POST", "reply":
                return self._reply(one, body)
            case "GET", "scheduled":
                unsent = self.inbox.unsent_replies(one)
                return [sendkit_responses.reply_shape(reply) for reply in unsent]
            case "DELETE", "scheduled", reply:
                return self.inbox.cancel(one, reply)
            case (("GET" | "POST" | "DELETE"), "drafts"):
                if method != "GET":
                    content = checked(body, ["content"], ["content"]) if method == "POST" else {}
                    self.inbox.drafts[one] = content.get("content", "")
                return {"content": self.inbox.drafts.get(one, "")}
        raise not_found()

    def _patch(self, one: str, body: Any) -> Json:
        asked = checked(body, ("markRead", "isRead", "aiTag", "tags"))
        found = self.inbox.patch(one, asked)
        self.patches.append(Patch(one, asked))
        return {"id": one, "aiTag": found.ai_tag, "tags": list(found.tags)}

    def _reply(self, one: str, body: Any) -> Json:
        names = ("body", "cc", "bcc", "scheduledFor", "mailboxId", "attachments")
        asked = checked(body, names, ["body"])
        due = moment(asked["scheduledFor"]) if "scheduledFor" in asked else None
        copies = {name: asked.get(name, ()) for name in ("cc", "bcc")}
        reply = self.inbox.queue_reply(one, asked["body"], due, **copies)
        self._start(self._send_later(reply))
        shape = sendkit_responses.reply_shape(reply)
        return {key: text for key, text in shape.items() if key != "message"}

    def _draft(self, agent: str, body: Any) -> Json:
        asked = checked(body, ("conversationId", "context"), ["conversationId"])
        text = self.inbox.draft(agent, asked["conversationId"], asked.get("context", ""))
        return {"response": text, "debug": {"creditsCharged": DRAFT_CREDITS}}

    async def _send_later(self, reply: Reply) -> None:
        wait = (reply.due - self.inbox.clock()).total_seconds() if reply.scheduled else 0
        await asyncio.sleep(max(wait, self.sends_after))
        self.inbox.send(reply.id)

    async def _webhooks(self, method: str, rest: list[str], body: Any) -> Any:
        names = ("name", "url", "events", "secret", "retryAttempts", "timeoutMs")
        match method, *rest:
            case ("GET",):
                return [_without_secret(hook) for hook in self.hooks.values()]
            case ("POST",):
                made = {"secret": secrets.token_hex(32), "retryAttempts": 3, "timeoutMs": 10_000}
                # SendKit's reference does not name the field of a disabled webhook.
                made["isActive"] = True
                hook: Json = made | checked(body, names, names[:3]) | {"id": self.inbox.new_id()}
                self.hooks[hook["id"]] = hook
                return hook
            case "GET", one if one in self.hooks:
                return _without_secret(self.hooks[one])
            case "PATCH", one if one in self.hooks:
                self.hooks[one] |= checked(body, names)
                return _without_secret(self.hooks[one])
            case "POST", one, "test" if one in self.hooks:
                status = await self._deliver(self.hooks[one], "test", {"event": "test"}, 0)
                return {"delivered": 200 <= status < 300, "statusCode": status}
        raise not_found()

    def _changed_in_inbox(self, event: Event) -> None:
        for hook in self.hooks.values():
            if hook["isActive"] and event.name in hook["events"]:
                body = self.payload(event, self.inbox)
                self._start(self._deliver(hook, event.name, body, hook["retryAttempts"]))
        self._notify()

    async def _deliver(self, hook: Json, name: str, body: Any, retries: int) -> int:
        """The status of the last try; 0 without an answer."""
        raw, status = json.dumps(body).encode(), 0
        headers = {"Content-Type": "application/json", "X-Webhook-Event": name}
        headers["X-Webhook-Signature"] = hmac.digest(hook["secret"].encode(), raw, "sha256").hex()
        for attempt in range(retries + 1):
            if attempt:
                await asyncio.sleep(self.retry_pause)
            began, timeout = perf_counter(), ClientTimeout(hook["timeoutMs"] / 1000)
            try:
                async with self._client.post(
                    hook["url"], data=raw, headers=headers, timeout=timeout, allow_redirects=False
                ) as response:
                    status, answer = response.status, await response.text()
            except (ClientError, TimeoutError) as error:
                status, answer = 0, type(error).__name__
            self.deliveries.append(self._log(f"webhook {name}", body, answer, status, began))
            self._notify()
            if 200 <= status < 300:
                break
        return status
