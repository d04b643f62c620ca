"""Polling a small SendKit, and what it writes into a real journal."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import codec, entries
from bot.errors import KeyRefused, RefusedForNow, SendKitDown
from bot.intake.polling import (
    AGAIN_SECONDS,
    MOST_NEW_PAGES,
    PAGES_IN_TURN,
    RECENT_MOST,
    RECENT_SECONDS,
    SIDE_BY_SIDE,
)
from bot.journal import Entry
from bot.lifecycle import ended
from bot.playground.inbox import Generation, Inbox
from bot.playground.sample_data import Conversation, Lead
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.store import Database, Row, Statement
from bot.store.channels import STARTED
from bot.triage import ChannelId, ConversationId, MessageTs, Place
from tests.journals import Clock
from tests.polled import Post, opened

MOST = entries.MOST_AT_FIRST


@dataclass
class Counting:
    """A database that counts what it is asked."""

    database: Database
    asked: int = 0

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        self.asked += 1
        return await self.database.read(sql, **values)

    async def write(self, *statements: Statement) -> Sequence[int]:
        self.asked += 1
        return await self.database.write(*statements)


@dataclass
class Overtaken(Counting):
    """A database whose answer about what was written comes after `first`."""

    first: Callable[[], Awaitable[object]] | None = None

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        if self.first is not None and "SELECT id, state FROM entries" in sql:
            first, self.first = self.first, None
            await first()
        return await super().read(sql, **values)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[Server]:
    async with Server(inbox=Inbox(clock=lambda: datetime.fromtimestamp(clock.now, UTC))) as server:
        yield server


@pytest.fixture
async def post(tmp_path: Path, server: Server, clock: Clock) -> AsyncIterator[Post]:
    async with opened(tmp_path, server, clock) as post:
        yield post


def announced(*theirs: Conversation) -> list[tuple[str, str, bool]]:
    """The entries for replies, and for nothing else."""
    return [(codec.ANNOUNCE, each.id, True) for each in theirs]


def told(written: list[Entry]) -> list[tuple[str, str, bool]]:
    return [(each.kind, each.payload["conversation"], each.payload["reply"]) for each in written]


async def test_unread_replies_are_written_in_the_order_in_which_they_came(post: Post) -> None:
    first, second, third = (post.reply(number) for number in range(3))
    post.reply(1)  # and so the second is now the last
    assert told(await post.refresh()) == announced(first, third, second)
    assert [dict(each.query) for each in post.server.requests] == [
        {"status": "unread", "limit": "100"},
        {"limit": "100"},
    ]


async def test_replies_of_one_second_are_written_in_their_order(post: Post) -> None:
    cards = [post.server.reply(Lead(f"lead{each}@example.com"), "Hello") for each in range(3)]
    assert told(await post.refresh()) == announced(*cards)


async def test_a_reply_is_written_once_while_its_entry_waits(post: Post) -> None:
    theirs = post.reply()
    assert told(await post.refresh()) == announced(theirs)
    assert await post.refresh() == []
    post.clock.now += AGAIN_SECONDS
    assert await post.refresh() == []


async def test_a_reply_deleted_from_the_database_is_not_announced_again(post: Post) -> None:
    post.entries_wait = False
    theirs = post.reply()
    assert told(await post.refresh()) == announced(theirs)
    await post.idle()
    assert await post.refresh() == []


async def test_of_two_refreshes_at_once_one_writes_a_reply(post: Post) -> None:
    theirs = post.reply()
    await was_seen(post, ConversationId(theirs.id))
    overtaken = Overtaken(post.bot.database, first=post.polling.refresh)
    await post.another(post.clock, overtaken).refresh()
    assert overtaken.first is None
    assert told(post.journal.new) == announced(theirs)


async def test_a_reply_with_a_card_is_not_written_again(post: Post) -> None:
    theirs = post.reply()
    assert told(await post.refresh()) == announced(theirs)
    await post.announced(theirs)
    post.clock.now += AGAIN_SECONDS
    assert await post.refresh() == []


async def is_over(post: Post, identity: ConversationId) -> None:
    """SendKit's list lacked it for a while."""
    await post.bot.channels.mark_unshown(identity)


async def failed(post: Post, identity: ConversationId) -> None:
    await post.bot.database.write(Statement("UPDATE entries SET state = 'failed'"))


async def was_seen(post: Post, identity: ConversationId) -> None:
    """As by an older version of the bot, to which a refusal was final."""
    await post.bot.ledger.remember(await post.client.conversation(identity), post.clock.now)


@pytest.mark.parametrize("how", [is_over, failed, was_seen])
async def test_a_reply_whose_entry_ended_without_a_card_is_written_again_now_and_then(
    post: Post, how: Callable[[Post, ConversationId], Awaitable[None]]
) -> None:
    post.entries_wait = False
    theirs = post.reply()
    for _ in range(2):
        assert told(await post.refresh()) == announced(theirs)
        await post.idle()
        await how(post, ConversationId(theirs.id))
    assert await post.refresh() == []
    post.clock.now += AGAIN_SECONDS
    assert told(await post.refresh()) == announced(theirs)


async def test_the_next_reply_of_a_conversation_is_written_too(post: Post) -> None:
    theirs = post.reply()
    await post.refresh()
    await post.announced(theirs)
    post.reply()
    assert told(await post.refresh()) == announced(theirs)


async def test_a_reply_that_was_read_before_the_first_sync_is_not_written(post: Post) -> None:
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=True)
    assert await post.refresh() == []
    assert await post.refresh() == []


@pytest.mark.parametrize("known", [False, True], ids=["a new lead", "a lead with a card"])
async def test_a_reply_that_was_read_before_a_refresh_is_written(post: Post, known: bool) -> None:
    if known:
        await post.announced(post.reply())
    await post.refresh()
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=True)
    assert told(await post.refresh()) == announced(theirs)
    await post.announced(theirs)
    assert await post.refresh() == []


@pytest.mark.slow
@pytest.mark.parametrize("generation", ["new", "old"])
async def test_a_reply_that_is_read_is_found_on_any_page(
    post: Post, generation: Generation
) -> None:
    """The list is by the conversations' age, and the reply is the oldest one's."""
    post.server.generation = generation
    for number in range(1_200):
        theirs = post.reply(number)
        post.server.inbox.mark(theirs.id, read=True)
    await post.refresh()
    theirs = post.reply(0)
    post.server.inbox.mark(theirs.id, read=True)
    written: list[Entry] = []
    for _ in range(3):
        written += await post.refresh()
        assert len(post.server.requests) <= 2 + PAGES_IN_TURN, "of 13 pages"
    assert told(written) == announced(theirs)


@pytest.mark.slow
async def test_one_refresh_writes_replies_that_were_read_on_many_pages(post: Post) -> None:
    await post.refresh()
    cards = [post.reply(number) for number in range(100 * MOST_NEW_PAGES + 1)]
    for theirs in cards:
        post.server.inbox.mark(theirs.id, read=True)
    assert sorted(told(await post.refresh())) == sorted(announced(*cards))


async def test_a_reply_without_a_time_that_was_read_is_not_written(post: Post) -> None:
    row = {"id": "a" * 24, "isRead": True, "repliedAt": "yesterday"}
    for data in ([], [row]):
        post.server.faults.add(Fault(text=json.dumps({"success": True, "data": data})))
    assert await post.refresh() == []


async def test_a_page_in_turn_that_fails_is_not_asked_for_again(post: Post) -> None:
    for number in range(250):
        post.server.inbox.mark(post.reply(number).id, read=True)
    post.server.faults.add(Fault(400), path="/v1/inbox", times=None)
    with pytest.raises(RefusedForNow):
        await post.refresh()
    post.server.faults.clear()
    assert await post.refresh() == []


async def test_a_refresh_of_many_makes_as_many_queries_as_of_one(post: Post) -> None:
    asked = []
    for many in (range(1), range(1, 300)):
        for each in many:
            await post.announced(post.reply(each))
        await post.refresh()
        counting = Counting(post.bot.database)
        await post.another(post.clock, counting).refresh()
        asked.append(counting.asked)
    assert asked[0] == asked[1] <= 9


async def test_a_refresh_at_a_list_without_an_end_writes_what_it_found(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"id": "a" * 24, "repliedAt": "2025-11-24T16:00:00.000Z"}
    pagination = {"nextCursor": "1"}
    page = json.dumps({"success": True, "data": [row], "pagination": pagination})
    post.server.faults.add(Fault(text=page), times=2)
    (written,) = await post.refresh()
    assert written.payload["conversation"] == "a" * 24
    assert "only a part of the unread replies was read" in caplog.text


async def test_an_inbox_that_was_full_before_the_first_sync_is_one_entry(post: Post) -> None:
    waiting = [post.reply(number) for number in range(MOST + 1)]
    (summary,) = await post.refresh()
    assert summary.kind == codec.FIRST_SYNC
    assert summary.payload["unread"] == [each.id for each in reversed(waiting)]
    assert await post.refresh() == []
    post.reply(3)
    assert await post.refresh() == [], "the summary that is under way may take it for its own"
    post.entries_wait = False
    await post.bot.channels.mark_all_announced(codec.stamps(summary.payload))
    await post.bot.channels.set_fact(STARTED, "1")
    await post.bot.database.write(Statement("UPDATE entries SET state = 'done'"))
    written = await post.refresh()
    assert told([each for each in written if each.kind == codec.ANNOUNCE]) == announced(waiting[3])


async def test_a_first_sync_that_ended_without_a_summary_is_written_again(post: Post) -> None:
    post.entries_wait = False
    for number in range(MOST + 1):
        post.reply(number)
    for _ in range(2):
        (summary,) = await post.refresh()
        assert summary.kind == codec.FIRST_SYNC
        await post.idle()


async def test_a_conversation_on_two_pages_is_summed_up_once(post: Post) -> None:
    post.server.overlapping = True
    for number in range(150):
        post.reply(number)
    (summary,) = await post.refresh()
    assert len(set(summary.payload["unread"])) == len(summary.payload["unread"]) == 150


async def test_an_inbox_that_was_not_full_is_announced_one_by_one(post: Post) -> None:
    waiting = [post.reply(number) for number in range(MOST)]
    assert told(await post.refresh()) == announced(*waiting)


@pytest.mark.parametrize("first", [0, 1, MOST + 1])
async def test_a_first_sync_is_once(
    tmp_path: Path, server: Server, clock: Clock, first: int
) -> None:
    async with opened(tmp_path, server, clock) as post:
        for number in range(first):
            post.reply(number)
        await post.refresh()
    async with opened(tmp_path, server, clock) as post:
        more = [post.reply(100 + number) for number in range(MOST + 1)]
        assert told(await post.refresh())[-len(more) :] == announced(*more)


async def test_a_first_sync_that_fails_is_not_the_first(post: Post) -> None:
    for number in range(MOST + 1):
        post.reply(number)
    post.server.faults.add(Fault(status=503))
    with pytest.raises(SendKitDown):
        await post.refresh()
    (summary,) = await post.refresh()
    assert summary.kind == codec.FIRST_SYNC


CHANGES: dict[str, Any] = {
    "the aiTag": lambda inbox, one, unread: inbox.set_tag(one, "interested"),
    "the tags": lambda inbox, one, unread: inbox.set_custom_tags(one, ["vip"]),
    "the read state": lambda inbox, one, unread: inbox.mark(one, read=unread),
}


@pytest.mark.parametrize("unread", [True, False], ids=["an unread one", "one that was read"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_in_sendkit_is_written_once_though_several_refreshes_find_it(
    post: Post, change: Any, unread: bool
) -> None:
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=not unread)
    await post.announced(theirs)
    assert await post.refresh() == []
    change(post.server.inbox, theirs.id, unread)
    assert told(await post.refresh()) == [(codec.ANNOUNCE, theirs.id, False)]
    assert await post.refresh() == []
    await post.announced(theirs)
    assert await post.refresh() == []


async def test_other_cards_are_compared_for_a_day(post: Post) -> None:
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=True)
    post.answer(theirs)
    await post.announced(theirs)
    post.server.inbox.set_tag(theirs.id, "interested")
    post.clock.now += RECENT_SECONDS - 1
    assert len(await post.refresh()) == 1
    assert post.read() == [theirs.id]
    post.clock.now += 1
    assert await post.refresh() == []
    assert post.read() == []


async def test_an_unread_conversation_is_read_while_it_waits_for_us(post: Post) -> None:
    theirs = post.reply()
    await post.announced(theirs)
    assert await post.refresh() == []
    assert post.read() == [theirs.id]
    post.answer(theirs)
    await post.announced(theirs)
    assert await post.refresh() == []
    assert post.read() == []


async def test_of_many_cards_the_newest_are_compared_a_few_at_a_time(post: Post) -> None:
    most = 0

    def watch(_: object) -> None:
        nonlocal most
        most = max(most, sum(each.status == 0 for each in post.server.requests) + 1)

    cards = [post.reply(number) for number in range(RECENT_MOST + 2)]
    for theirs in cards:
        post.server.inbox.mark(theirs.id, read=True)
        post.answer(theirs)
        await post.announced(theirs)
    post.server.slow = 0.1
    post.server.on_wire.append(watch)
    assert await post.refresh() == []
    assert sorted(post.read()) == sorted(each.id for each in cards[2:])
    assert most == SIDE_BY_SIDE


async def test_other_cards_are_compared_when_one_conversation_is_gone(post: Post) -> None:
    cards = [post.reply(number) for number in range(3)]
    for theirs in cards:
        post.server.inbox.mark(theirs.id, read=True)
        await post.announced(theirs)
        post.server.inbox.set_tag(theirs.id, "interested")
    del post.server.inbox.conversations[cards[1].id]
    assert sorted(told(await post.refresh())) == [
        (codec.ANNOUNCE, each.id, False) for each in (cards[0], cards[2])
    ]


async def test_a_card_that_was_never_compared_with_sendkit_has_not_changed(post: Post) -> None:
    """As one that was posted before this database was there."""
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=True)
    place = Place(ChannelId("C1"), MessageTs("1764000000.000100"))
    await post.bot.ledger.place(ConversationId(theirs.id), place, post.clock.now)
    assert await post.refresh() == []
    assert post.read() == [theirs.id]


async def test_an_outage_on_the_way_is_an_outage_of_the_refresh(post: Post) -> None:
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=True)
    await post.announced(theirs)
    post.server.faults.add(Fault(status=503), path="/v1/inbox/*")
    with pytest.raises(SendKitDown):
        await post.refresh()


@asynccontextmanager
async def running(post: Post) -> AsyncIterator[None]:
    time = asyncio.get_running_loop().time
    task = asyncio.create_task(post.another(lambda: post.clock.now + time()).run(0.01))
    yield
    await ended(task)


async def test_one_refresh_is_followed_by_another(post: Post) -> None:
    async with running(post):
        for number in range(3):
            theirs = post.reply(number)
            await post.journal.changed.wait()
            post.journal.changed.clear()
            assert told(post.journal.new)[-1:] == announced(theirs)


async def test_the_pause_between_two_refreshes_is_by_the_bots_clocks(post: Post) -> None:
    pauses: asyncio.Queue[float] = asyncio.Queue()
    task = asyncio.create_task(post.another(post.clock, sleep=pauses.put).run(60))
    assert [await pauses.get() for _ in range(3)] == [60] * 3
    await ended(task)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=503), "SendKit is not responding"),
        (Fault(drop=True), "SendKit is not responding"),
        (Fault(status=429), "SendKit is busy (rate limit)"),
        (Fault(status=401), str(KeyRefused())),
    ],
    ids=["an outage", "a dropped connection", "a rate limit", "a refused key"],
)
async def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends(
    post: Post, caplog: pytest.LogCaptureFixture, fault: Fault, reason: str
) -> None:
    caplog.set_level(logging.INFO)
    post.server.faults.add(fault, times=None)
    theirs = post.reply()
    async with running(post):
        await post.server.until(lambda: len(post.server.requests) >= 3)
        post.server.faults.clear()
        await post.journal.changed.wait()
        # The refresh after the one that found the reply.
        seen = len(post.server.requests)
        await post.server.until(lambda: len(post.server.requests) > seen + 3)
    assert told(post.journal.new) == announced(theirs)
    records = [each for each in caplog.records if each.name == "bot.intake.polling"]
    assert [(each.levelno, each.getMessage(), each.exc_info) for each in records] == [
        (logging.WARNING, f"could not check for unread replies: {reason}", None),
        (logging.INFO, "unread replies are checked again", None),
    ]


async def test_an_unforeseen_error_of_a_refresh_is_logged_and_polling_goes_on(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    """Here: a snapshot that cannot be read."""
    theirs = post.reply()
    await post.announced(theirs)
    await post.bot.database.write(Statement("UPDATE conversations SET snapshot = 'x'"))
    told_of_it = asyncio.Event()

    def hear(record: logging.LogRecord) -> bool:
        told_of_it.set()
        return True

    log = logging.getLogger("bot.intake.polling")
    log.addFilter(hear)
    async with running(post):
        await told_of_it.wait()
        await post.announced(theirs)
        post.reply()
        await post.journal.changed.wait()
    log.removeFilter(hear)
    assert told(post.journal.new) == announced(theirs)
    assert caplog.records[0].exc_info


async def test_zero_seconds_switch_polling_off(post: Post) -> None:
    await post.polling.run(0)
    assert post.server.requests == []


async def test_of_several_processes_one_refreshes_each_time(post: Post) -> None:
    both = (post.polling, post.another(post.clock))
    polling = [asyncio.create_task(each.run(0.01)) for each in both]
    # Each refreshes once when it starts, and then one of them at each tick of the clock.
    for refreshes in range(2, 6):
        await post.server.until(lambda: len(post.server.requests) >= refreshes)  # noqa: B023
        post.clock.now += 1
    for task in polling:
        await ended(task)
    assert len(post.server.requests) <= 6
