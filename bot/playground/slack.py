"""A small Slack, honest about its limits and errors, to run the bot against.

async with Slack() as slack:
    slack.request_url = "http://127.0.0.1:3000/slack/events"
    ...
    await slack.click(slack.messages("#triage")[-1], "Interested")
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self, TypeVar

import aiohttp
from aiohttp import web

from bot.playground.delivery import Delivery, Http, Sockets
from bot.playground.events import Events
from bot.playground.gestures import Gestures
from bot.playground.menus import labels
from bot.playground.methods import Method, Tokens
from bot.playground.people import APP_SCOPES, SCOPES, furnished
from bot.playground.people_actions import PeopleActions
from bot.playground.slack_faults import Faults, Rate
from bot.playground.web_api import WebApi
from bot.playground.wire import Ack, Args, Call, Exchange, Watcher
from bot.playground.workspace import Channel, Clock, Json, Message, User, View, Workspace

HOST = "127.0.0.1"
ACK_SECONDS = 3.0
# https://docs.slack.dev/apis/events-api/#retries
RETRY_SECONDS = (0.0, 60.0, 300.0)
T = TypeVar("T")


class Slack(PeopleActions):
    """One workspace with its Web API, Socket Mode and people.

    `events`: the app's subscriptions, such as `message.channels` or `reaction_added`; without them
    the app gets only events sent with `event`. `request_url`: where the bot listens; not used while
    a socket is connected. `limits` enforces Slack's rates, `faults` holds its faults.
    `ack_seconds`: how long Slack waits for an answer; `retry_seconds`: how long before each retry.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        scopes: frozenset[str] = SCOPES,
        app_scopes: frozenset[str] = APP_SCOPES,
        clock: Clock = time.time,
        request_url: str = "",
        events: frozenset[str] = frozenset(),
    ) -> None:
        self.bot_token = f"xoxb-playground-{secrets.token_hex(16)}"
        self.app_token = f"xapp-playground-{secrets.token_hex(16)}"
        self.signing_secret = secrets.token_hex(16)
        self.request_url = request_url
        self.ack_seconds = ACK_SECONDS
        self.retry_seconds = RETRY_SECONDS
        self.workspace: Workspace = furnished(clock)
        self.workspace.scopes = scopes
        self.on_wire: list[Watcher] = []
        self.sockets = Sockets(self.workspace.app_id, self.workspace.changes.tell)
        self._port = port
        tokens = Tokens(self.bot_token, self.app_token)
        self._web_api = WebApi(self.workspace, tokens, scopes, app_scopes, self._tell)
        self._web_api.methods["apps.connections.open"] = Method(
            self._connections_open,
            Rate(50, 50),
            scopes=("connections:write",),
            post_only=True,
            token="app",
        )
        self._gestures = Gestures(self.workspace, self._send, lambda: self.base_url)
        self._announcer = Events(self.workspace, events, self._announce)
        self._runner: web.AppRunner | None = None
        self._http: Http | None = None

    async def __aenter__(self) -> Self:
        app = self._web_api.application()
        app.router.add_get("/link", self.sockets.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = self._runner.addresses[0][1]
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._http = Http(session, self.signing_secret)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._announcer.close()
        await self.sockets.close()
        if self._http is not None:
            await self._http.session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """The address of this server."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """The `base_url` for slack_sdk."""
        return f"{self.base_url}/api/"

    def _connections_open(self, space: Workspace, args: Args) -> Json:
        return {"url": self.sockets.invite(self.base_url.replace("http", "ws", 1))}

    def _tell(self, exchange: Exchange) -> None:
        for watcher in self.on_wire:
            watcher(exchange)

    async def _send(self, delivery: Delivery) -> Ack:
        started = time.perf_counter()
        if len(self.sockets) and not isinstance(delivery.payload, bytes):
            ack = await self.sockets.send(delivery, self.ack_seconds)
        elif self._http is None or not self.request_url:
            raise RuntimeError("no bot listens: set request_url, or connect with Socket Mode")
        else:
            ack = await self._http.send(self.request_url, delivery, self.ack_seconds)
        seconds = time.perf_counter() - started
        answer = {"status": ack.status, "body": ack.body}
        exchange = Exchange("to_bot", delivery.kind, delivery.payload, answer, seconds * 1000)
        self._tell(exchange)
        self.workspace.changes.tell()
        return replace(ack, seconds=seconds)

    async def _announce(self, event: Json) -> None:
        if len(self.sockets) or self.request_url:
            waits = self.retry_seconds
            await self._gestures.event(event, retries=len(waits), waits=waits)

    @property
    def faults(self) -> Faults:
        """The faults of the bot's next calls."""
        return self._web_api.faults

    @property
    def limits(self) -> bool:
        """Whether Slack's rates are enforced. https://docs.slack.dev/apis/web-api/rate-limits"""
        return self._web_api.limited

    @limits.setter
    def limits(self, on: bool) -> None:
        self._web_api.limited = on

    def hurry(self, times: float) -> None:
        """Multiplies Slack's rates, and enforces them."""
        self._web_api.limited, self._web_api.hurry = True, times

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Sends `disconnect` over every socket. They end, except for the reason `warning`."""
        await self.sockets.disconnect(reason)

    @property
    def calls(self) -> list[Call]:
        """Every request of the bot, oldest first."""
        return self._web_api.calls

    def messages(self, channel: str | Channel) -> list[Message]:
        """The top-level messages of a channel, oldest first."""
        return self.workspace.top(self.workspace.channel(channel).id)

    def message(self, channel: str | Channel, ts: str) -> Message:
        """The current state of a message, ephemeral ones included; KeyError if it is gone."""
        found = self.workspace.message(self.workspace.channel(channel).id, ts)
        if found is None:
            raise KeyError(f"no message {ts} in {channel}")
        return found

    def thread(self, channel: str | Channel, ts: str) -> list[Message]:
        """The replies to a message, oldest first, without the message itself."""
        return self.workspace.replies(self.workspace.channel(channel).id, ts)

    def ephemerals(self, channel: str | Channel, user: str | User | None = None) -> list[Message]:
        """The ephemeral messages for this person in a channel, oldest first."""
        return self.workspace.ephemerals(self.workspace.channel(channel).id, self._person(user).id)

    def labels(self, place: Message | View) -> list[str]:
        """The texts of all buttons and options on a message or view."""
        return labels(place.blocks)

    def modal(self, user: str | User | None = None) -> View | None:
        """A person's top modal, if one is open."""
        mine = [v for v in self.workspace.views.values() if v.user == self._person(user).id]
        return mine[-1] if mine else None

    def home(self, user: str | User | None = None) -> View | None:
        """The Home tab that the bot published for a person."""
        return self.workspace.homes.get(self._person(user).id)

    async def until(self, met: Callable[[], T], *, timeout: float = 100) -> T:
        """Waits until `met` returns a true value, and returns it. It is called after every change.

        AssertionError with the state of the workspace after the timeout.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (value := met()):
                    await self.workspace.changes.next()
                return value
        except TimeoutError:
            raise AssertionError(f"not within {timeout} s; {self.state()}") from None

    def state(self) -> str:
        """The last messages of every channel and the last calls, for debugging."""
        lines = [f"sockets: {len(self.sockets)}"]
        for channel in self.workspace.channels.values():
            for message in self.workspace.top(channel.id)[-3:]:
                replies = f", {message.reply_count} replies" if message.reply_count else ""
                lines.append(f"#{channel.name} {message.ts}{replies}: {message.text[:100]!r}")
            for user in self.workspace.users.values():
                told = self.workspace.ephemerals(channel.id, user.id)[-3:]
                lines += [f"#{channel.name} only {user.handle}: {m.text[:100]!r}" for m in told]
        for call in self.calls[-5:]:
            outcome = "ok" if call.answer.get("ok") else call.answer.get("error", call.status)
            lines.append(f"call {call.method}: {outcome}")
        return "\n  ".join(["the workspace:", *lines])
