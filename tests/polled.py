"""A small SendKit, and the polling of it into a real journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot import codec, entries
from bot.app import Bot, build
from bot.errors import Later
from bot.intake.polling import Polling
from bot.journal import Attempt, Entry, Journal
from bot.playground.sample_data import Conversation, Lead
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.store import Database
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.timing import Clocks
from bot.triage import ChannelId, ConversationId, MessageTs, Place
from tests.clients import environ, sendkit_of
from tests.journals import Clock


@dataclass
class Noting:
    """A journal that notes what was new to it."""

    journal: Journal
    new: list[Entry] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, entry: Entry) -> bool:
        if written := await self.journal.write(entry):
            self.new.append(entry)
            self.changed.set()
        return written


@dataclass
class Post:
    """A SendKit, and the polling of it."""

    server: Server
    clock: Clock
    bot: Bot
    client: SendKit
    journal: Noting
    polling: Polling = field(init=False)
    entries_wait: bool = True

    def __post_init__(self) -> None:
        self.polling = self.another(self.clock)

    async def carry_out(self, attempt: Attempt) -> None:
        """An entry waits, or ends without a card."""
        if self.entries_wait:
            raise Later("not now", attempt.written_at + 3600)

    async def idle(self) -> None:
        """Until no entry waits."""
        while True:
            waiting = await self.bot.channels.waiting()
            if not waiting.entries:
                return

    def reply(self, number: int = 0) -> Conversation:
        """A lead writes, a second after the one before."""
        self.clock.now += 1
        return self.server.reply(Lead(f"lead{number}@example.com"), "Hello")

    def answer(self, theirs: Conversation) -> None:
        """Somebody answers the lead in SendKit."""
        self.clock.now += 1
        self.server.inbox.send(self.server.inbox.queue_reply(theirs.id, "Thanks").id)

    def another(
        self,
        clock: Callable[[], float],
        database: Database | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> Polling:
        """The polling of another process, by another clock, or with another database."""
        return Polling(
            inbox=self.client,
            journal=self.journal,
            ledger=Ledger(database) if database else self.bot.ledger,
            channels=Channels(database) if database else self.bot.channels,
            clocks=Clocks(clock, sleep=sleep),
        )

    async def refresh(self) -> list[Entry]:
        """The new entries that one refresh writes."""
        self.journal.new.clear()
        self.server.requests.clear()
        await self.polling.refresh()
        return list(self.journal.new)

    async def announced(self, theirs: Conversation) -> None:
        """The conversation has a card that shows it as it is now."""
        now = await self.client.conversation(ConversationId(theirs.id))
        await self.bot.ledger.remember(now, self.clock.now)
        await self.bot.channels.mark_announced(now, positive=False)
        place = Place(ChannelId("C1"), MessageTs(theirs.id))
        await self.bot.ledger.place(now.id, place, self.clock.now)

    def read(self) -> list[str]:
        """The conversations that a refresh has read one by one."""
        asked = (each.path.removeprefix("/v1/inbox") for each in self.server.requests)
        return [path.removeprefix("/") for path in asked if path]


@asynccontextmanager
async def opened(folder: Path, server: Server, clock: Clock) -> AsyncIterator[Post]:
    async with (
        sendkit_of(server, clock=clock) as client,
        build(Settings.from_env(environ(folder, sendkit=server))) as bot,
    ):
        post = Post(server, clock, bot, client, Noting(bot.journal))
        kinds = (codec.ANNOUNCE, codec.FIRST_SYNC, entries.TURN)
        await bot.journal.start(dict.fromkeys(kinds, post.carry_out))
        yield post
        await bot.journal.stop(10)
