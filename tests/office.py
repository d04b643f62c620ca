"""The desk with both services, and work that an earlier process left behind."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from bot.acts import EVENT, MARK
from bot.app import Bot, build
from bot.journal import PATIENCE_SECONDS, Entry
from bot.journal.sqlite import OLDEST_AT_START, SqliteJournal
from bot.playground.sample_data import CAST, Lead
from bot.playground.sendkit import SendKit as SmallSendKit
from bot.playground.slack import Slack
from bot.playground.workspace import Message
from bot.settings import Settings
from bot.store import Statement
from bot.timing import DEFAULT, Clocks, Timing
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ConversationId,
    Decision,
    DecisionId,
    MessageTs,
    Origin,
    Person,
    Place,
    SetAiTag,
    UserId,
)
from tests.clients import environ

TRIAGE = ChannelId("C0TRIAGE")
ADA = Person(UserId("U0ADA"), "ada")
LOOKED: dict[str, Any] = {"fresh": True, "before": None, "places": []}
INTERESTED = SetAiTag(AiTag("interested"))
# Work that was put off is tried again soon, for tests that do not count the tries.
SOON = Timing(shortest_pause=0.1)


@dataclass
class Office:
    """The desk with both services, and a journal whose earlier process was killed."""

    slack: Slack
    sendkit: SmallSendKit
    bot: Bot
    timing: Timing
    pauses: list[float] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def left(
        self, entry: Entry, *, written_at: float | None = None, steps: str = "{}"
    ) -> None:
        """An entry that was begun, and whose process then died after these steps."""
        at = time.time() if written_at is None else written_at
        values: dict[str, Any] = {
            "id": entry.id,
            "kind": entry.kind,
            "lane": entry.lane,
            "payload": json.dumps(entry.payload),
            "at": at,
            "steps": steps,
        }
        await self.bot.database.write(
            Statement(
                "INSERT INTO entries (id, kind, lane, payload, written_at, due_at, attempts, begun,"
                " state, steps)"
                " VALUES (:id, :kind, :lane, :payload, :at, :at, 0, 1, 'open', :steps)",
                values,
            )
        )

    async def carry_on(self, monotonic: Callable[[], float] = time.monotonic) -> SqliteJournal:
        journal = SqliteJournal(
            self.bot.database, Clocks(time.time, monotonic, self.pause), self.timing
        )
        await journal.start(self.bot.kinds)
        return journal

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The next process, with the bot's own journal; it ends once no entry is open."""
        await self.bot.journal.start(self.bot.kinds)
        yield
        await self.until_done()
        await self.bot.journal.stop(5)

    @asynccontextmanager
    async def carrying_on(
        self, monotonic: Callable[[], float] = time.monotonic
    ) -> AsyncIterator[None]:
        """The next process, while this lasts."""
        journal = await self.carry_on(monotonic)
        yield
        await journal.stop(5)

    async def carry_out(self, entry: Entry, card: Message, **left: Any) -> list[str]:
        """Takes the entry up until its card's thread has a line; the lines."""
        await self.left(entry, **left)
        journal = await self.carry_on()
        await self.slack.until(lambda: self.lines(card))
        await journal.stop(5)
        return self.lines(card)

    async def tried(
        self, entry: Entry, attempts: int = 0, steps: Mapping[str, Any] | None = None
    ) -> str:
        """One attempt at the entry, after earlier ones that did these steps; its state then."""
        await self.left(entry, steps=json.dumps(steps or {}))
        await self.bot.database.write(
            Statement("UPDATE entries SET attempts = :n", {"n": attempts})
        )
        journal = await self.carry_on()
        state = await self.until_tried(attempts)
        await journal.stop(5)
        return state

    async def until_tried(self, attempts: int) -> str:
        """The first entry's state, once it is done or was tried once more than so often."""
        query = "SELECT state, attempts FROM entries ORDER BY seq LIMIT 1"
        while True:
            (row,) = await self.bot.database.read(query)
            if row["state"] != "open" or row["attempts"] > attempts:
                return str(row["state"])
            await asyncio.sleep(0.01)

    async def until_done(self) -> None:
        """Returns once no entry is open."""
        query = "SELECT 1 FROM entries WHERE state = 'open'"
        while await self.bot.database.read(query):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def lead(self, number: int) -> Lead:
        return CAST[number].lead

    def post(self, text: str, mark: str = "", channel: str = TRIAGE) -> Message:
        """A message of the bot's, with the mark of what it came of."""
        workspace = self.slack.workspace
        metadata = {"event_type": EVENT, "event_payload": {MARK: mark}} if mark else None
        ts = workspace.next_ts()
        return workspace.post(Message(channel, ts, workspace.bot.id, text, metadata=metadata))

    async def card(self, conversation: ConversationId, channel: ChannelId = TRIAGE) -> Message:
        """A card that was posted before."""
        shown = self.post("A card", channel=channel)
        await self.bot.ledger.place(conversation, Place(channel, MessageTs(shown.ts)), 0)
        return shown

    async def shown(self) -> tuple[ConversationId, Message]:
        """A conversation whose lead has replied, and its card."""
        conversation = replied(self)
        return conversation, await self.card(conversation)

    def lines(self, card: Message) -> list[str]:
        return [each.text for each in self.slack.thread(TRIAGE, card.ts)]


@asynccontextmanager
async def opened(path: Path | str, timing: Timing = DEFAULT, **more: str) -> AsyncIterator[Office]:
    async with Slack() as slack, SmallSendKit() as small:
        settings = Settings.from_env(environ(path, slack, small, **more))
        async with build(settings, timing) as bot:
            yield Office(slack, small, bot, timing)


def replied(office: Office) -> ConversationId:
    part = CAST[0]
    return ConversationId(office.sendkit.reply(part.lead, part.text).id)


def decided(conversation: ConversationId, change: Change = INTERESTED) -> Decision:
    return Decision(DecisionId("click:1"), conversation, change, Origin(TRIAGE, ADA), time.time())


async def a_day_later(office: Office, entry: Entry) -> SqliteJournal:
    """The entry was written a day ago and was put off since then."""
    await office.left(entry, written_at=time.time() - PATIENCE_SECONDS - 1)
    await office.bot.database.write(Statement("UPDATE entries SET attempts = 9"))
    # The entry is taken up at the first reading, and tried after it.
    readings = chain([0.0], repeat(PATIENCE_SECONDS - OLDEST_AT_START + 1))
    return await office.carry_on(lambda: next(readings))
