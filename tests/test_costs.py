"""The costs of work: commits, and waits for calls that could run at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import entries
from bot.lifecycle import beside
from bot.playground.people import GUEST
from bot.playground.sample_data import CAST
from bot.triage import ConversationId, DecisionId, MessageTs, Person, UserId
from tests.office import TRIAGE, Office, decided, opened, replied
from tests.things import commits


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


@pytest.mark.parametrize("recorded", [True, False], ids=["a card", "an unknown message"])
async def test_a_decision_is_three_commits(office: Office, tmp_path: Path, recorded: bool) -> None:
    """One when it is pressed, one when it is made, and one when it is shown."""
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
