"""What work may cost: commits, queries, and waits for calls that could run at the same time."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot import entries
from bot.intake.polling import Polling
from bot.lifecycle import beside
from bot.playground.people import GUEST
from bot.playground.sample_data import CAST
from bot.store import Database, Row, Statement
from bot.store.channels import STARTED, Channels, stamp
from bot.store.ledger import Ledger
from bot.triage import ConversationId, DecisionId, MessageTs, Person, UserId
from tests.office import TRIAGE, Office, decided, opened, replied


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


def commits(path: Path) -> int:
    """How many commits the write-ahead log holds: the last frame of each says the new size.

    https://www.sqlite.org/fileformat2.html#walformat
    """
    log = path.with_name(path.name + "-wal").read_bytes()
    (page,) = struct.unpack_from(">I", log, 8)
    frames = range(32, len(log), 24 + page)
    return sum(struct.unpack_from(">I", log, start + 4) != (0,) for start in frames)


@pytest.mark.parametrize("recorded", [True, False], ids=["a card", "an unknown message"])
async def test_a_decision_is_three_commits(office: Office, tmp_path: Path, recorded: bool) -> None:
    """When it is pressed, when it is made, and when it is shown."""
    path, journal = tmp_path / "triage.db", await office.carry_on()
    conversation = replied(office)
    pressed = await office.card(conversation) if recorded else office.post("A card")
    decision = decided(conversation)
    origin = replace(decision.origin, message=MessageTs(pressed.ts))
    # The first decision also saves what the bot asks once.
    other = ConversationId(office.sendkit.reply(CAST[1].lead, CAST[1].text).id)
    await office.card(other)
    await journal.write(entries.carry_out(replace(decided(other), id=DecisionId("click:0"))))
    await office.until_done()
    before = commits(path)
    await journal.write(entries.carry_out(replace(decision, origin=origin)))
    await office.until_done()
    assert commits(path) - before == 3
    await journal.stop(5)
    assert office.lines(pressed) == ["Ada set Interested"]
    assert [each.ts for each in await office.bot.ledger.cards(conversation)] == [pressed.ts]


@dataclass
class CountingDatabase:
    """A database that counts how often it is read."""

    database: Database
    reads: int = 0

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        self.reads += 1
        return await self.database.read(sql, **values)

    async def write(self, *statements: Statement) -> Sequence[int]:
        return await self.database.write(*statements)


async def test_a_refresh_asks_the_database_as_often_for_many_conversations_as_for_few(
    office: Office,
) -> None:
    database = CountingDatabase(office.bot.database)
    polling = Polling(
        inbox=office.bot.sendkit,
        journal=office.bot.journal,
        ledger=Ledger(database),
        channels=Channels(database),
    )
    await office.bot.channels.set_fact(STARTED, "0")
    numbers = []
    for many in (1, 40):
        for number in range(many):
            lead = replace(CAST[0].lead, email=f"lead{number}@example.com")
            office.sendkit.reply(lead, "Hello")
        unread = [each async for each in office.bot.sendkit.conversations(status="unread")]
        await office.bot.ledger.remember_all(unread, 0.0)
        await office.bot.channels.mark_all_announced({each.id: stamp(each) for each in unread})
        await polling.refresh()
        before = database.reads
        await polling.refresh()
        numbers.append(database.reads - before)
    assert numbers[0] == numbers[1] > 0


async def test_somebody_who_may_not_decide_is_told_while_sendkit_does_not_answer(
    office: Office,
) -> None:
    conversation = replied(office)
    await office.card(conversation)
    office.sendkit.slow = 3600
    decision = decided(conversation)
    office.slack.workspace.add_user(GUEST, TRIAGE)
    guest = replace(decision.origin, person=Person(UserId(GUEST.id), GUEST.handle))
    journal = await office.carry_on()
    await journal.write(entries.carry_out(replace(decision, origin=guest)))
    await office.slack.until(lambda: office.slack.ephemerals(TRIAGE, GUEST.id))
    await journal.stop(5)
    assert office.sendkit.patches == []


async def test_work_beside_a_block_ends_with_it() -> None:
    async def waits() -> None:
        await asyncio.Event().wait()

    async def fails() -> None:
        raise KeyError

    with pytest.raises(LookupError, match="the block"):
        async with beside(waits()) as task:
            raise LookupError("the block")
    assert task.cancelled()
    async with beside(fails()) as task:
        await asyncio.sleep(0)
    assert task.done()
