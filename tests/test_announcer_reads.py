"""What the announcer makes of a conversation that SendKit does not show, or not as it was told."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import entries
from bot.announcer import GONE_SECONDS, TRIES, Announcer
from bot.cards import Cards
from bot.channels import Channels
from bot.database import Statement
from bot.database.sqlite import SqliteDatabase
from bot.journal import Entry
from bot.journal.sqlite import SqliteJournal
from bot.ledger import Ledger
from bot.playground.cast import CAST, Conversation
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.playground.slack import Slack
from bot.playground.workspace import Message
from bot.sendkit.client import SendKit
from bot.slack.people import People
from bot.slack.threads import SlackThreads
from bot.slack.views.card import Palette, palette
from bot.triage import ChannelId, ConversationId, MessageTs, Place
from tests.clients import sendkit_of, slack_at
from tests.journals import Clock

TRIAGE = ChannelId("C0TRIAGE")
ONE = "/v1/inbox/*"


@dataclass
class Desk:
    slack: Slack
    server: Server
    database: SqliteDatabase
    sendkit: SendKit
    ledger: Ledger
    channels: Channels
    announcer: Announcer

    def reply(self, text: str = "Hello") -> Conversation:
        return self.server.reply(CAST[0].lead, text, campaign=CAST[0].campaign)

    async def announce(
        self, entry: Entry, clock: Callable[[], float] = time.monotonic, tries: int = 0
    ) -> SqliteJournal:
        """Begins with the entry, which was tried so often before."""
        earlier = SqliteJournal(self.database)
        await earlier.stop(0)  # it writes, and begins nothing
        await earlier.write(entry)
        await self.database.write(Statement("UPDATE entries SET attempts = :n", {"n": tries}))
        journal = SqliteJournal(self.database, monotonic=clock)
        await journal.start({entries.ANNOUNCE: self.announcer.announce})
        return journal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async def choices() -> Palette:
        return palette((), ())

    async with (
        Slack() as slack,
        Server() as server,
        SqliteDatabase(tmp_path / "triage.db") as database,
        slack_at(slack.api_url, slack.bot_token) as (client, session),
        sendkit_of(server) as sendkit,
    ):
        ledger, channels = Ledger(database), Channels(database)
        threads = SlackThreads(client, session, People(client), choices)
        announcer = Announcer(
            inbox=sendkit,
            ledger=ledger,
            channels=channels,
            threads=threads,
            cards=Cards(
                ledger, channels, threads, SqliteJournal(database), asyncio.sleep, time.time
            ),
            triage_channel=TRIAGE,
        )
        yield Desk(slack, server, database, sendkit, ledger, channels, announcer)


async def test_a_reply_is_over_when_neither_sendkit_nor_its_list_has_had_it_for_a_minute(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = desk.reply()
    there = desk.server.inbox.conversations.pop(theirs.id)
    told_of_it = asyncio.Event()

    def hear(record: logging.LogRecord) -> bool:
        told_of_it.set()
        return True

    log = logging.getLogger("bot.announcer")
    log.addFilter(hear)
    clock = Clock()
    listed = await desk.sendkit.some_conversations(None)
    assert listed == ([], None)
    entry = entries.look("webhook:1", ConversationId(theirs.id), reply=True)
    journal = await desk.announce(entry, clock, TRIES)
    # It has asked the whole list, and asks once more.
    await desk.server.until(lambda: [each for each in desk.server.requests if not each.query])
    assert (await desk.channels.waiting()).entries
    clock.now += GONE_SECONDS
    await told_of_it.wait()
    await journal.stop(5)
    log.removeFilter(hear)
    assert not (await desk.channels.waiting()).entries
    assert "SendKit no longer has a reply: ConversationGone" in caplog.text
    assert await desk.channels.unshown() == {there.id}, "a look writes it again"


async def test_a_reply_that_has_its_card_after_all_is_no_longer_unshown(desk: Desk) -> None:
    theirs = ConversationId(desk.reply().id)
    await desk.channels.mark_unshown(theirs)
    now = await desk.sendkit.conversation(theirs)
    journal = await desk.announce(entries.announce(now, again="1"))
    await desk.slack.until(lambda: desk.slack.messages("#triage"))
    await journal.stop(5)
    assert await desk.channels.unshown() == frozenset()


async def test_a_reply_that_a_delivery_told_of_is_waited_for(desk: Desk) -> None:
    theirs = ConversationId(desk.reply().id)
    now = await desk.sendkit.conversation(theirs)
    card = desk.slack.workspace.post(
        Message(TRIAGE, desk.slack.workspace.next_ts(), desk.slack.workspace.bot.id, "A card")
    )
    await desk.ledger.remember(now, time.time() - 3600)
    await desk.ledger.place(theirs, Place(TRIAGE, MessageTs(card.ts)), 0)
    await desk.channels.mark_announced(now, positive=False)
    desk.reply("Are you there?")
    desk.server.faults.add(Fault(stale=True), "GET", ONE)
    journal = await desk.announce(entries.look("webhook:2", theirs, reply=True))
    await desk.slack.until(lambda: desk.slack.thread(TRIAGE, card.ts))
    await journal.stop(5)
    assert "Are you there?" in desk.slack.thread(TRIAGE, card.ts)[-1].text


@pytest.mark.parametrize("status", [402, 404, 409, 422])
async def test_a_conversation_that_sendkit_only_lists_has_a_card_as_it_is_listed(
    desk: Desk, status: int
) -> None:
    theirs = desk.reply()
    desk.server.faults.add(Fault(status), "GET", ONE, times=None)
    entry = entries.look("webhook:1", ConversationId(theirs.id), reply=True)
    journal = await desk.announce(entry, tries=TRIES)
    await desk.slack.until(lambda: desk.slack.messages("#triage"))
    await journal.stop(5)
    assert theirs.lead.email in desk.slack.messages("#triage")[0].text
