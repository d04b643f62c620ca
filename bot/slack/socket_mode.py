"""Socket Mode: clicks and commands over a connection that the bot keeps open.

slack_sdk's own client is not used. After a failed handshake it calls the same single-use address
forever, it closes the old connection before it has a new one, drops unsent answers when it closes,
and depends on the wall clock.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import logging
import time
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from slack_bolt.response import BoltResponse

from bot.errors import NotUnderstood, SlackBusy, SlackDown, SlackRefused
from bot.lifecycle import ended, lasting
from bot.proxies import proxy_for
from bot.slack.api import DEAD_TOKEN, LONGEST_HOLD, SlackApi, text
from bot.slack.http import Dispatch
from bot.slack.socket_connection import JSON, SocketConnection
from bot.timing import SocketTiming

log = logging.getLogger(__name__)

UNREACHABLE: Final = "Slack is not responding, so clicks do not arrive. The bot keeps trying."
_TOKEN: Final = DEAD_TOKEN | {"missing_scope", "no_permission", "not_allowed_token_type"}


class SocketMode:
    """Keeps a connection open for as long as its `async with` lasts. While Slack moves the bot to
    another connection there are two, so that no click is lost in between."""

    def __init__(
        self,
        dispatch: Dispatch,
        app_token: str,
        api: SlackApi,
        session: aiohttp.ClientSession,
        timing: SocketTiming,
    ) -> None:
        self._dispatch = dispatch
        self._token = app_token
        self._api = api
        self._session = session
        self._timing = timing
        self._connections: dict[SocketConnection, asyncio.Task[None]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._relieving: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None

    def is_connected(self) -> bool:
        """Whether Slack can deliver."""
        return any(each.stands for each in self._connections)

    @property
    def heard_at(self) -> float | None:
        """The time of the last frame, by the monotonic clock; None without a connection."""
        return max((each.heard_at for each in self._connections), default=None)

    async def __aenter__(self) -> Self:
        """Returns without waiting for Slack, since the journal's work needs no connection."""
        self._keeping = lasting(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Accepts nothing new, sends the answers that it owes, and makes Slack deliver
        elsewhere."""
        connections = dict(self._connections)
        for task in (self._keeping, *self._relieving, *connections.values()):
            await ended(task)
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=self._timing.closing)
            for task in late:
                await ended(task)
        await asyncio.gather(*(each.close() for each in connections))

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pauses = self._timing.pauses
        attempts, hold = 0, 0.0
        while True:
            await asyncio.sleep(max(pauses[min(attempts, len(pauses) - 1)], hold))
            attempts, hold = attempts + 1, 0.0
            try:
                async with asyncio.timeout(self._timing.opening):
                    connection = await self._open()
            except (SlackDown, SlackRefused) as error:
                if isinstance(error, SlackBusy):
                    # Slack may ask for a longer pause than ours.
                    hold = min(max((error.at or 0.0) - time.time(), 0.0), LONGEST_HOLD)
                self._tell(_sentence(error.error) if error.error else UNREACHABLE)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
                self._tell(UNREACHABLE)
            else:
                if connection is None:
                    continue
                since = loop.time()
                await connection.leaving.wait()
                log.info("reconnecting to Slack: %s", connection.reason)
                if loop.time() - since > pauses[-1]:
                    attempts = 0

    async def _open(self) -> SocketConnection | None:
        """An open connection; None if Slack sent `disconnect`."""
        # https://docs.slack.dev/reference/methods/apps.connections.open
        answer = await self._api.call("apps.connections.open", token=self._token)
        url = text(answer.get("url"))
        socket = await self._session.ws_connect(url, autoping=False, proxy=proxy_for(url))
        connection = SocketConnection(socket, self._timing, self._take)
        try:
            greeted = await connection.greeted()
        finally:
            if not connection.stands:
                await connection.close()
        if not greeted:
            self._tell(_sentence(connection.reason))
            return None
        self._tell("")
        self._use(connection)
        return connection

    def _use(self, connection: SocketConnection) -> None:
        for old, hearing in self._connections.items():
            relieving = asyncio.create_task(self._relieve(old, hearing))
            self._relieving.add(relieving)
            relieving.add_done_callback(self._relieving.discard)
        listening = asyncio.create_task(connection.listen())
        self._connections[connection] = listening
        listening.add_done_callback(lambda _: self._connections.pop(connection))

    async def _relieve(self, old: SocketConnection, listening: "asyncio.Task[None]") -> None:
        """Takes what Slack still sends over the old connection, until Slack or the bot closes
        it."""
        await asyncio.wait([listening], timeout=self._timing.parting)
        await ended(listening)
        await old.close()

    def _take(self, connection: SocketConnection, envelope: JSON) -> None:
        answering = asyncio.create_task(self._answer(connection, envelope))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    async def _answer(self, connection: SocketConnection, envelope: JSON) -> None:
        """Answers once the entry is saved. Without an answer, the person sees a failure."""
        try:
            answer = await self._dispatch(envelope.get("payload"), {})
        except NotUnderstood as error:
            log.warning("ignored an envelope: %s", error)
            return
        if answer.status == 200 and not await connection.send(_acknowledged(envelope, answer)):
            log.warning("an answer came too late: its connection was gone")

    def _tell(self, trouble: str) -> None:
        """Logs a problem once, however often it occurs."""
        if trouble != self._trouble:
            log.log(logging.WARNING if trouble else logging.INFO, trouble or "connected to Slack")
        self._trouble = trouble


def _acknowledged(envelope: JSON, answer: BoltResponse) -> dict[str, Any]:
    acknowledged = {"envelope_id": envelope.get("envelope_id")}
    if answer.body:
        kind = answer.first_headers_without_set_cookie().get("content-type", "")
        is_json = kind.startswith("application/json")
        acknowledged["payload"] = json.loads(answer.body) if is_json else {"text": answer.body}
    return acknowledged


def _sentence(error: str) -> str:
    """The advice on what to do about the problem. `error`: Slack's error code, or the reason in
    `disconnect`."""
    if error in _TOKEN:
        return (
            f"Slack refused SLACK_APP_TOKEN ({error}), so clicks do not arrive. Make a new one "
            "with the scope connections:write (Basic Information, App-Level Tokens), and "
            "restart the bot."
        )
    match error:
        case "link_disabled":
            return (
                "Socket Mode is switched off for this app, so clicks do not arrive. Switch it on "
                "in the app’s settings at api.slack.com/apps."
            )
        case "too_many_websockets":
            return (
                "This app has as many connections as Slack allows, so clicks do not arrive here. "
                "Stop the extra copies of the bot."
            )
        case _:
            return (
                f"Slack opens no connection ({error}), so clicks do not arrive. "
                "The bot keeps trying."
            )
