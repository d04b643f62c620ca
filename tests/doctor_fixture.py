"""The surroundings of the doctor: both services, with the settings that lead to them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import build, running
from bot.connect import connect
from bot.doctor import checks
from bot.filters import Filters, Route
from bot.findings import Finding
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as SendKitServer
from bot.playground.slack import Slack
from bot.settings import Settings
from bot.triage import ChannelId, UserId
from tests import canned_server
from tests.clients import environ, sendkit_of

HUSH = "hush-5f0c9e1d-5f0c9e1d"


@dataclass
class Practice:
    """Both services, and the settings that lead to them."""

    slack: Slack
    sendkit: SendKitServer
    environ: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environ)

    @property
    def path(self) -> Path:
        return Path(self.settings.database_url.removeprefix("sqlite:///"))

    def files(self) -> list[Path]:
        """The files of the database."""
        return list(self.path.parent.iterdir())

    async def examine(self, **environ: str) -> Sequence[Finding]:
        return await checks.examine(*Settings.read({**self.environ, **environ}))

    async def find(self, name: str, **environ: str) -> Finding:
        (found,) = (each for each in await self.examine(**environ) if each.name == name)
        return found

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[str]:
        """The bot while it runs, with HTTP; its address, which the settings then name."""
        self.environ |= {"SLACK_APP_TOKEN": "", "PORT": "0"}
        async with running(self.settings) as port:
            self.environ["PORT"] = str(port)
            yield f"http://127.0.0.1:{port}"

    async def connected(self, host: str, secret: str = HUSH) -> dict[str, Any]:
        """SendKit's webhook for a bot at that address."""
        self.sendkit.faults.add(Fault(text='{"success": true}'), "POST", "*/test")
        async with sendkit_of(self.sendkit) as client:
            await connect(client, host, secret)
        (hook,) = self.sendkit.hooks.values()
        return hook

    async def subscribe(self, *channels: str) -> None:
        async with build(self.settings) as bot:
            for channel in channels:
                route = Route(ChannelId(channel), Filters(), UserId("U0ADA"))
                await bot.channels.subscribe(route, 1.0)


@asynccontextmanager
async def opened(
    folder: Path, slack: Slack | None = None, sendkit: SendKitServer | None = None
) -> AsyncIterator[Practice]:
    async with slack or Slack() as slack, sendkit or SendKitServer() as sendkit:
        # Nobody listens at the port.
        more = {"SLACK_APP_TOKEN": slack.app_token, "PORT": "9"}
        yield Practice(slack, sendkit, environ(folder, slack, sendkit, **more))


@asynccontextmanager
async def answering(text: str, kind: str, status: int = 200) -> AsyncIterator[str]:
    """A server with one answer to everything; its host and port."""
    async with canned_server.answering(text, status, kind) as url:
        yield url.removeprefix("http://").rstrip("/")
