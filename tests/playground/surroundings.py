"""A browser on the playground's page, with an app of the test's own in place of the bot."""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.bot_process import BotProcess
from bot.playground.controls import Controls
from bot.playground.events import SUBSCRIPTIONS
from bot.playground.page import Page as PageServer
from bot.playground.page_state import Scene
from bot.playground.people import SCOPES
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack
from bot.playground.traffic_log import TrafficLog
from bot.playground.workspace import Json, Message
from tests import servers
from tests.canned_server import Handler, serving

# More than the bot asks for: an app may read, write and react everywhere.
EVERY_SCOPE = SCOPES | {
    *("im:history", "im:read", "im:write", "mpim:write"),
    *("files:read", "reactions:read", "reactions:write", "team:read"),
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# All tests of a page share their worker's browser, and so its event loop.
in_browser = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
OFFERED: Json = {
    "channel": "triage",
    "commands": [],
    "app_home": {"home_tab_enabled": True},
    "shortcuts": [
        {"type": "global", "name": "Write a note", "callback_id": "note"},
        {"type": "message", "name": "Forward to sales", "callback_id": "forward"},
    ],
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


def options(*texts: str) -> list[Json]:
    return [option(text) for text in texts]


async def refusal(call: Awaitable[Any]) -> str:
    """The error that Slack refuses a call with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser that is on this machine. Without one, tests are skipped; in CI they fail."""
    if CHROMIUM is None:
        servers.missing("Chromium", os.environ)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def watched(browser: Browser, **context: Any) -> AsyncIterator[Page]:
    """A page of which nothing may complain, and which may ask nobody but its own server."""
    troubles: list[str] = []
    asked: list[str] = []
    page = await browser.new_page(**{"locale": "en-GB"} | context)
    page.set_default_timeout(90_000)
    page.on("console", lambda told: troubles.append(f"{told.type}: {told.text}"))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    home = page.url.rstrip("/")
    await page.close()
    assert troubles == []
    assert [url for url in asked if not url.startswith(home)] == []


@dataclass
class App:
    """A Bolt app that keeps what it is sent; each of `answers` replaces an empty acknowledgement.

    A key of `answers` is a `callback_id`, an `action_id` or a command, or `home` for the
    Home tab.
    """

    slack: Slack
    client: AsyncWebClient
    seen: list[Json] = field(default_factory=list)
    answers: dict[str, Callable[[Json], Awaitable[Json]]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Json]:
        """The payloads of one kind: an interaction's type or an event's."""
        return [each for each in self.seen if kind in (each["type"], _event(each))]

    async def until(self, kind: str) -> Json:
        """The last payload of a kind, as soon as there is one."""
        return (await self.slack.until(lambda: self.of(kind)))[-1]

    async def take(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        view, actions = body.get("view") or {}, body.get("actions") or [{}]
        name = body.get("callback_id") or body.get("action_id") or actions[0].get("action_id")
        name = name or body.get("command")
        if _event(body) == "app_home_opened":
            name = "home"
        answer = self.answers.get(name or view.get("callback_id") or "")
        await ack(**(await answer(body) if answer is not None else {}))
        self.slack.workspace.changes.tell()

    async def post(self, *blocks: Json, **more: Any) -> Message:
        told = await self.client.chat_postMessage(
            channel="C0TRIAGE", text="Choose", blocks=list(blocks), **more
        )
        return self.slack.message("C0TRIAGE", told["ts"])


def _event(body: Json) -> str:
    kind: str = body.get("event", {}).get("type", "")
    return kind


@asynccontextmanager
async def listening(answer: Handler | web.Application) -> AsyncIterator[str]:
    """The request URL of an app that answers in this way."""
    async with serving(answer) as address:
        yield f"{address}/slack/events"


@asynccontextmanager
async def connected(slack: Slack, transport: str = "socket") -> AsyncIterator[App]:
    """A Bolt app that takes every payload there is."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        app = App(slack, client)
        bolt = AsyncApp(
            client=client,
            signing_secret=slack.signing_secret,
            process_before_response=True,
            logger=logging.getLogger("bolt"),
        )
        bolt.use(_everything(app))
        if transport == "http":
            served = bolt.web_app(path="/slack/events")
            slack.request_url = await stack.enter_async_context(listening(served))
        else:
            handler = AsyncSocketModeHandler(bolt, slack.app_token)
            before = len(slack.sockets)
            await handler.connect_async()  # type: ignore[no-untyped-call]
            stack.push_async_callback(handler.close_async)
            await slack.until(lambda: len(slack.sockets) > before)
        yield app


def _everything(app: App) -> Callable[..., Awaitable[Any]]:
    async def take(ack: Any, body: Json) -> Any:
        await app.take(ack, body)
        return ack.response

    return take


@dataclass
class Room:
    """A browser's page, the app behind it, and the Slack between them."""

    slack: Slack
    app: App
    page: Page
    scene: Scene
    server: PageServer

    @property
    def last(self) -> Locator:
        return self.page.locator("[data-list=channel] .message").last

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page.locator("body")).get_by_role("button", name=name, exact=True)

    async def pick(self, menu: str, *choices: str) -> None:
        """Open a menu and choose by typing and Enter, as people without a mouse do."""
        await self.page.get_by_role("button", name=menu, exact=True).focus()
        await self.page.keyboard.press("Enter")
        search = self.page.get_by_role("combobox", name=f"Search: {menu}")
        for choice in choices:
            await search.fill(choice)
            await expect(self.page.locator(".menu-option", has_text=choice)).to_be_visible()
            await self.page.keyboard.press("Enter")
        if await search.count():
            await self.page.keyboard.press("Escape")


@asynccontextmanager
async def visited(
    browser: Browser, tmp_path: Path, offered: Json = OFFERED, **context: Any
) -> AsyncIterator[Room]:
    """A page on a Slack whose app is the test's own; the bot itself never starts."""
    async with (
        Slack(events=SUBSCRIPTIONS, scopes=EVERY_SCOPE) as slack,
        SendKit() as sendkit,
        connected(slack) as app,
    ):
        space = slack.workspace
        for user in [each for each in space.users.values() if not each.is_bot]:
            space.direct(user.id)
        child = BotProcess({}, tmp_path, space.changes.next, space.changes.tell)
        tape = TrafficLog(space.changes.tell)
        slack.on_wire.append(lambda each: tape.from_slack(each, slack.calls[-1:]))
        scene = Scene(space, child, Controls(slack, sendkit, iter(())), tape, offered)
        async with (
            PageServer(slack, scene, host="127.0.0.1", port=0) as server,
            watched(browser, **context) as page,
        ):
            await page.goto(server.address)
            yield Room(slack, app, page, scene, server)
