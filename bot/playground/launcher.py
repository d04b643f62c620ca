"""The playground: the real bot between a small Slack and a small SendKit, with a page to use it.

await play(host="127.0.0.1", port=3000)
"""

import asyncio
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, Literal

from bot.playground.bot_process import BotProcess
from bot.playground.controls import Controls
from bot.playground.inbox import Agent
from bot.playground.page import Page
from bot.playground.page_state import Scene
from bot.playground.people import GUEST, OUTSIDER
from bot.playground.sample_data import Arrival, arrivals, plan
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack
from bot.playground.traffic_log import TrafficLog
from bot.playground.workspace import Json

Transport = Literal["http", "socket"]

ROOT: Final = Path(__file__).parents[2]
CHANNEL: Final = "#triage"
# What Slack would know from the app's manifest. The page offers it while somebody types.
APP: Final[Json] = {
    "channel": CHANNEL.removeprefix("#"),
    "commands": [
        {
            "command": "/sendkit",
            "description": "Triage replies to your cold emails",
            "usage_hint": "inbox | interested ID | read ID | tags ID +vip | help",
            "examples": [
                ["inbox", "unread conversations, newest first"],
                ["next FILTERS", "one unread conversation after another, oldest first"],
                ["show ID", "post the card here"],
                ["interested ID", "set an aiTag: any aiTag of your workspace"],
                ["read ID", "mark as read"],
                ["unread ID", "mark as unread"],
                ["dnc ID", "put the lead on SendKit’s do-not-contact list"],
                ["undo ID", "take back the last decision; without ID, yours, one by one"],
                ["find WORDS", "conversations by a lead’s name, company or address"],
                ["later ID tomorrow 9:00", "let it come back then; or off"],
                ["reply ID", "answer the lead, and look at it before it is sent"],
                ["log ID", "who decided what; without ID, in this channel"],
                ["take ID", "become the owner of a conversation"],
                ["release ID", "no longer be the owner"],
                ["mine", "your conversations that wait for us"],
                ["owner ID @ana", "make somebody the owner of a conversation"],
                [
                    'owner campaign:"Q1 Outreach" @ana @ben',
                    "give new replies to people in turn; off in place of people ends it",
                ],
                ["owner", "who gets which new replies"],
                ["away until Monday", "give you no new replies until then; or off"],
                ["notify on", "send you direct messages about your conversations; or off"],
                ["tag ID AITAG", "set an aiTag: the lead, then the aiTag"],
                ["untag ID", "clear the aiTag"],
                ["tags ID +vip -cold", "add and remove custom tags"],
                ["subscribe FILTERS", "announce replies in this channel, all or some"],
                ["subscribe FILTERS --rehearse", "show which of the last 50 it would have taken"],
                ["unsubscribe", "stop announcing replies here"],
                ["subscriptions", "what each channel gets"],
                ["why LINK", "why a card was posted"],
                ["remind 30m 2h", "remind this channel when a lead has waited this long; or off"],
                ["digest 17:30", "each day, what was decided here and what waits; or off"],
                ["hours mon-fri 9:00-17:30", "this channel’s working hours, with a time zone"],
                ["audit", "prove that every unread reply has a card, and post what has none"],
                ["doctor", "check every credential, channel and setting, and say what to do"],
                ["help", "this list"],
            ],
        }
    ],
    "shortcuts": [
        {
            "name": "Triage this reply",
            "type": "message",
            "callback_id": "triage_message",
            "description": "Decide about this reply",
        },
        {
            "name": "Triage inbox",
            "type": "global",
            "callback_id": "triage_inbox",
            "description": "One unread reply after another",
        },
    ],
    "events": [
        "app_home_opened",
        "app_mention",
        "message.im",
        "reaction_added",
        "reaction_removed",
    ],
    "app_home": {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    },
}
# Other variables of this machine are meant for another bot, or for proxies.
INHERITED: Final = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
INHERITED_PREFIXES: Final = ("LC_", "COVERAGE_")


@dataclass(frozen=True)
class Stage:
    """All running parts. `address`: the page's address."""

    address: str
    slack: Slack
    sendkit: SendKit
    child: BotProcess


async def play(
    *, host: str, port: int, environ: Mapping[str, str], transport: Transport = "socket"
) -> None:
    """Runs the playground until SIGINT or SIGTERM; OSError if the port is taken.

    Opens a browser if there is a screen. The bot gets only those variables of `environ` that every
    program needs.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with staged(host=host, port=port, environ=environ, transport=transport) as stage:
        sys.stdout.write(
            f"The playground is at {stage.address}\n"
            "It uses no credential of Slack or SendKit. Ctrl-C ends it.\n"
        )
        sys.stdout.flush()
        if _has_screen(environ):
            await asyncio.to_thread(webbrowser.open, stage.address)
        await stopping.wait()


@asynccontextmanager
async def staged(
    *,
    host: str,
    port: int,
    environ: Mapping[str, str],
    transport: Transport = "socket",
    seed: int | None = None,
) -> AsyncIterator[Stage]:
    """Runs both services, the page and the bot. After the first reply, others arrive while the page
    is open.

    With a `seed`, the same people reply in the same order.
    """
    async with AsyncExitStack() as stack:
        kept = stack.enter_context(tempfile.TemporaryDirectory(prefix="playground-"))
        slack = await stack.enter_async_context(Slack(events=frozenset(APP["events"])))
        sendkit = await stack.enter_async_context(SendKit())
        space, planned = slack.workspace, plan(Random(seed))
        space.messages_tab = APP["app_home"]["messages_tab_enabled"]
        space.home_tab = APP["app_home"]["home_tab_enabled"]
        for user in [each for each in space.users.values() if not each.is_bot]:
            space.direct(user.id)
        for user in (GUEST, OUTSIDER):
            space.add_user(user, CHANNEL)
        space.direct(GUEST.id)

        bot_port = _free_port()
        # In Socket Mode nothing listens there, as for a bot without a connection.
        slack.request_url = f"http://127.0.0.1:{bot_port}/slack/events"
        settings = _settings(slack, sendkit, transport, Path(kept), bot_port)
        ready = _connected(slack) if transport == "socket" else _listening(bot_port)
        child = BotProcess(_inherited(environ) | settings, Path(kept), ready, space.changes.tell)

        tape = TrafficLog(space.changes.tell)
        slack.on_wire.append(lambda each: tape.from_slack(each, slack.calls[-1:]))
        sendkit.on_wire.append(tape.from_sendkit)
        sendkit.inbox.agents.append(Agent(sendkit.inbox.new_id(), "Nina"))
        switches = Controls(slack, sendkit, planned)
        switches.turn_mail("well")
        scene = Scene(space, child, switches, tape, APP)
        page = await stack.enter_async_context(Page(slack, scene, host=host, port=port))
        stack.push_async_callback(child.close)
        await child.start()
        # The page shows a card at once.
        switches.arrive(next(planned).part)
        arriving = asyncio.create_task(_arrive(page, switches, planned))
        stack.push_async_callback(_cancel, arriving)
        yield Stage(page.address, slack, sendkit, child)


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }


def _settings(
    slack: Slack, sendkit: SendKit, transport: Transport, kept: Path, port: int
) -> dict[str, str]:
    """All the bot's settings. It runs in a folder without .env."""
    if transport == "socket":
        way = {"SLACK_APP_TOKEN": slack.app_token}
    else:
        way = {"SLACK_SIGNING_SECRET": slack.signing_secret}
    return way | {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SENDKIT_API_KEY": sendkit.api_key,
        "TRIAGE_CHANNEL": slack.workspace.channel(CHANNEL).id,
        "SENDKIT_POLL_SECONDS": "2",
        "EMOJI": "white_check_mark:read,tada:interested",
        "CONFIRM_TAGS": "meeting_booked",
        "REPLIES": "on",
        "SENDKIT_APP_URL": "https://app.sendkit.ai/inbox/{id}",
        "DATABASE_URL": f"sqlite:///{kept / 'triage.db'}",
        "SLACK_API_URL": slack.api_url,
        "SENDKIT_API_URL": sendkit.url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _connected(slack: Slack) -> Callable[[], Awaitable[None]]:
    async def connected() -> None:
        while not len(slack.sockets):
            await slack.workspace.changes.next()

    return connected


def _listening(port: int) -> Callable[[], Awaitable[None]]:
    async def listening() -> None:
        while True:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)

    return listening


async def _arrive(page: Page, switches: Controls, planned: Iterable[Arrival]) -> None:
    await page.watched.wait()
    async for part in arrivals(planned):
        # No replies arrive while no page is open.
        if page.watched.is_set():
            switches.arrive(part)


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _has_screen(environ: Mapping[str, str]) -> bool:
    """Whether a browser would open a window, and not use the terminal."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(environ.get(name) for name in screens)
