"""The announcer meets conversations that SendKit does not show, or not as it was told."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import entries
from bot.announcer import GONE_SECONDS
from bot.journal import Entry
from bot.journal.sqlite import SqliteJournal
from bot.news import TRIES
from bot.playground.sample_data import CAST, Conversation
from bot.playground.sendkit import Fault
from bot.store import Statement
from bot.triage import AiTag, ConversationId, DecisionId, SetAiTag
from tests.journals import Clock
from tests.office import SOON, TRIAGE, Office, decided, opened

ONE = "/v1/inbox/*"


async def announce(
    office: Office, entry: Entry, clock: Callable[[], float] = time.monotonic, tries: int = 0
) -> SqliteJournal:
    """Begins with the entry, which was tried so often before."""
    await office.left(entry)
    await office.bot.database.write(Statement("UPDATE entries SET attempts = :n", {"n": tries}))
    return await office.carry_on(clock)


def reply(office: Office, text: str = "Hello") -> Conversation:
    return office.sendkit.reply(CAST[0].lead, text, campaign=CAST[0].campaign)


async def test_a_reply_is_over_when_neither_sendkit_nor_its_list_has_had_it_for_a_minute(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = reply(office)
    there = office.sendkit.inbox.conversations.pop(theirs.id)
    told_of_it = asyncio.Event()

    def hear(record: logging.LogRecord) -> bool:
        told_of_it.set()
        return True

    log = logging.getLogger("bot.announcer")
    log.addFilter(hear)
    clock = Clock()
    listed = await office.bot.sendkit.conversations_page(None)
    assert listed == ([], None)
    entry = entries.refresh("webhook:1", ConversationId(theirs.id), reply=True)
    journal = await announce(office, entry, clock, TRIES)
    # It has asked the whole list, and asks once more.
    await office.sendkit.until(lambda: [each for each in office.sendkit.requests if not each.query])
    assert (await office.bot.channels.waiting()).entries
    clock.now += GONE_SECONDS
    await told_of_it.wait()
    await journal.stop(5)
    log.removeFilter(hear)
    assert not (await office.bot.channels.waiting()).entries
    assert "SendKit no longer has a reply: ConversationGone" in caplog.text
    assert await office.bot.channels.unshown() == {there.id}, "a look writes it again"


async def test_a_reply_that_has_its_card_after_all_is_no_longer_unshown(office: Office) -> None:
    theirs = ConversationId(reply(office).id)
    await office.bot.channels.mark_unshown(theirs)
    now = await office.bot.sendkit.conversation(theirs)
    journal = await announce(office, entries.announce(now, again="1"))
    await office.slack.until(lambda: office.slack.messages("#triage"))
    await journal.stop(5)
    assert await office.bot.channels.unshown() == frozenset()


async def test_a_reply_that_a_delivery_told_of_is_waited_for(office: Office) -> None:
    theirs = ConversationId(reply(office).id)
    now = await office.bot.sendkit.conversation(theirs)
    card = await office.card(theirs)
    await office.bot.ledger.remember(now, time.time() - 3600)
    await office.bot.channels.mark_announced(now, positive=False)
    reply(office, "Are you there?")
    office.sendkit.faults.add(Fault(stale=True), "GET", ONE)
    journal = await announce(office, entries.refresh("webhook:2", theirs, reply=True))
    await office.slack.until(lambda: len(office.slack.messages(TRIAGE)) == 2)
    await journal.stop(5)
    assert "Are you there?" in office.slack.messages(TRIAGE)[-1].text
    assert "replied again" in office.slack.message(TRIAGE, card.ts).text


@pytest.mark.parametrize("status", [402, 404, 409, 422])
async def test_a_conversation_that_is_only_listed_has_a_card(office: Office, status: int) -> None:
    theirs = reply(office)
    office.sendkit.reply(CAST[1].lead, "Hello")  # the list has others too
    office.sendkit.faults.add(Fault(status), "GET", ONE, times=None)
    entry = entries.refresh("webhook:1", ConversationId(theirs.id), reply=True)
    journal = await announce(office, entry, tries=TRIES)
    await office.slack.until(lambda: office.slack.messages("#triage"))
    await journal.stop(5)
    assert theirs.lead.email in office.slack.messages("#triage")[0].text


async def test_a_look_that_let_a_decision_pass_takes_nothing_back(tmp_path: Path) -> None:
    async with opened(tmp_path, SOON) as office:
        theirs, card = await office.shown()
        await office.bot.ledger.remember(await office.bot.sendkit.conversation(theirs), time.time())
        office.sendkit.requests.clear()
        office.sendkit.faults.add(Fault(503), "GET", ONE)
        # This answers what SendKit had before the decision.
        office.sendkit.faults.add(Fault(seconds=1, acts=True), "GET", ONE)
        async with office.at_work():
            await office.bot.journal.write(entries.refresh("change:1", theirs, reply=False))
            await office.sendkit.until(lambda: len(office.sendkit.requests) == 2)
            await office.bot.journal.write(entries.carry_out(decided(theirs)))
            await office.until_done()
            assert (await office.bot.ledger.known(theirs)).ai_tag == "interested"
        assert office.lines(card) == ["Ada set Interested"]


async def test_a_decision_being_carried_out_is_no_change_made_in_sendkit(office: Office) -> None:
    """A look that went aside while SendKit was down comes back in the middle of a decision."""
    theirs, card = await office.shown()
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(theirs), time.time())
    await office.carry_out(entries.carry_out(decided(theirs)), card)
    second = replace(decided(theirs, SetAiTag(AiTag("not_now"))), id=DecisionId("click:2"))
    decision = entries.carry_out(second)
    await office.left(decision, steps='{"untouched": 0}')
    # Its PATCH took effect, and its answer was lost.
    office.sendkit.inbox.patch(theirs, {"aiTag": "not_now"})
    look = entries.refresh("change:1", theirs, reply=False)
    await office.left(look)
    await in_hand(office, look, lane=f"aside:{look.lane}")
    await in_hand(office, decision, due_at=time.time() + 1)  # the look comes before it
    async with office.at_work():
        pass
    assert office.lines(card) == ["Ada set Interested", "Ada set Not now (was Interested)"]


async def in_hand(office: Office, entry: Entry, **columns: object) -> None:
    """The entry was tried once, and waits as these columns say."""
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    sql = f"UPDATE entries SET begun = 0, attempts = 1, {sets} WHERE id = :id"
    await office.bot.database.write(Statement(sql, {"id": entry.id, **columns}))


async def test_two_entries_of_one_conversation_post_one_card(tmp_path: Path) -> None:
    """The first one lets the second one pass, since Slack has refused its card once."""
    async with opened(tmp_path, SOON) as office:
        theirs = ConversationId(reply(office).id)
        office.slack.faults.error("chat.postMessage", error="accesslimited")
        office.slack.faults.slow("chat.postMessage", seconds=1, times=2)
        entry = entries.refresh("webhook:1", theirs, reply=True)
        async with office.at_work():
            await office.bot.journal.write(entry)
            await office.until_tried(0)
            await office.bot.journal.write(replace(entry, id="webhook:2"))
        assert len(office.slack.messages(TRIAGE)) == 1
