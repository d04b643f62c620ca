"""Cards show whose turn it is, wherever somebody answers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import codec, entries
from bot.intake.polling import AGAIN_SECONDS, UNKNOWN_A_MINUTE, WAITING_A_MINUTE
from bot.journal import Entry
from bot.news import TRIES
from bot.playground.inbox import Inbox
from bot.playground.sample_data import CAST, Conversation
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.triage import ConversationId
from tests.journals import Clock
from tests.office import Office
from tests.polled import Post, opened


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    clock = Clock()
    inbox = Inbox(clock=lambda: datetime.fromtimestamp(clock.now, UTC))
    async with Server(inbox=inbox) as server, opened(tmp_path, server, clock) as post:
        yield post


def told(written: list[Entry]) -> list[tuple[str, str]]:
    return [(each.kind, each.payload["conversation"]) for each in written]


@pytest.mark.parametrize("read", [True, False], ids=["read", "unread"])
async def test_an_answer_in_sendkit_is_noticed_once(post: Post, read: bool) -> None:
    theirs = post.reply()
    post.server.inbox.mark(theirs.id, read=read)
    await post.announced(theirs)
    assert await post.refresh() == []
    post.answer(theirs)
    assert told(await post.refresh()) == [(entries.TURN, theirs.id)]
    assert await post.refresh() == []


async def test_an_answer_that_sendkit_did_not_show_is_looked_at_again(post: Post) -> None:
    post.entries_wait = False
    theirs = post.reply()
    await post.announced(theirs)
    post.answer(theirs)
    for _ in range(2):
        assert told(await post.refresh()) == [(entries.TURN, theirs.id)]
        post.clock.now += AGAIN_SECONDS


@pytest.mark.parametrize("minutes", [1.0, 0.5])
async def test_those_that_wait_are_read_in_turn_so_many_in_a_minute(
    post: Post, minutes: float
) -> None:
    await post.refresh()
    for number in range(WAITING_A_MINUTE + 10):
        await post.announced(post.reply(number))
    post.clock.now += 1
    read: list[str] = []
    most = int(WAITING_A_MINUTE * minutes)
    rounds = int(1 / minutes) + 1
    for _ in range(rounds):
        post.server.requests.clear()
        await post.polling.refresh(60 * minutes)
        assert len(post.read()) == most
        read += post.read()
        post.clock.now += 60 * minutes
    assert len(set(read)) == WAITING_A_MINUTE + 10, "each was read before one was read again"


async def test_whose_turn_it_is_is_asked_where_it_is_unknown_the_newest_first(post: Post) -> None:
    """As after an upgrade."""
    listed = [post.reply(number) for number in range(UNKNOWN_A_MINUTE + 3)]
    for theirs in listed:
        post.server.inbox.mark(theirs.id, read=True)
        now = await post.client.conversation(ConversationId(theirs.id))
        await post.bot.ledger.remember(replace(now, turn=None), post.clock.now)
        await post.bot.channels.mark_announced(now, positive=False)
    newest = [(entries.TURN, each.id) for each in listed[3:]]
    assert sorted(told(await post.refresh())) == sorted(newest)
    post.clock.now += 60
    await post.refresh()
    assert set(post.read()) >= {each.id for each in listed[:3]}


async def test_a_reply_that_is_being_announced_is_not_asked_about(post: Post) -> None:
    theirs = post.reply()
    await post.announced(theirs)
    post.answer(theirs)
    post.reply()
    assert told(await post.refresh()) == [(codec.ANNOUNCE, theirs.id)]
    assert post.read() == []


def replied(office: Office) -> Conversation:
    return office.sendkit.reply(CAST[0].lead, CAST[0].text)


def answer(office: Office, theirs: Conversation) -> None:
    office.sendkit.inbox.send(office.sendkit.inbox.queue_reply(theirs.id, "Thanks").id)


async def known(office: Office, theirs: Conversation) -> ConversationId:
    """The bot has seen the conversation as it is now."""
    now = await office.bot.sendkit.conversation(ConversationId(theirs.id))
    await office.bot.ledger.remember(now, 1.0)
    return now.id


async def is_ours(office: Office, identity: ConversationId) -> bool:
    conversation = await office.bot.ledger.conversation(identity)
    assert conversation is not None
    assert conversation.turn is not None
    return conversation.turn.ours


async def test_the_card_is_redrawn_and_nothing_else_is_said(office: Office) -> None:
    theirs = replied(office)
    identity = await known(office, theirs)
    card = await office.card(identity)
    answer(office, theirs)
    assert await office.tried(entries.turn("turn:1", identity)) == "done"
    await office.slack.until(lambda: "waiting for Jane Doe since" in card_text(office, card.ts))
    assert not await is_ours(office, identity)
    assert [each.ts for each in office.slack.messages("#triage")] == [card.ts]
    (row,) = await office.bot.database.read("SELECT seen_at, waiting_since FROM conversations")
    assert row == {"seen_at": 1.0, "waiting_since": None}, "nothing but the turn is new"


def card_text(office: Office, ts: str) -> str:
    return office.slack.message("C0TRIAGE", ts).text


async def test_another_change_is_left_to_the_announcer(office: Office) -> None:
    theirs = replied(office)
    identity = await known(office, theirs)
    answer(office, theirs)
    office.sendkit.inbox.set_tag(theirs.id, "interested")
    assert await office.tried(entries.turn("turn:1", identity)) == "done"
    written = await office.bot.database.read(
        "SELECT id, kind FROM entries WHERE kind = :kind", kind=codec.ANNOUNCE
    )
    assert written == [{"id": "turn:1/refresh", "kind": codec.ANNOUNCE}]


async def test_a_conversation_that_changes_meanwhile_is_looked_at_again(office: Office) -> None:
    theirs = replied(office)
    identity = await known(office, theirs)
    answer(office, theirs)
    now = await office.bot.sendkit.conversation(identity)
    assert now.turn is not None
    assert await office.bot.ledger.turned(identity, now.turn, 0.5, 2.0) is None
    assert await is_ours(office, identity)
    missing = ConversationId("c9")
    assert await office.bot.ledger.turned(missing, now.turn, 0.5, 2.0) is None


@pytest.mark.parametrize(("tries", "state"), [(0, "open"), (TRIES, "done")])
@pytest.mark.parametrize("fault", [Fault(404), Fault(400), Fault(text="{}")])
async def test_a_conversation_that_sendkit_does_not_show_is_asked_for_some_more_times(
    office: Office, fault: Fault, tries: int, state: str
) -> None:
    identity = await known(office, replied(office))
    office.sendkit.faults.add(fault, path="/v1/inbox/*", times=None)
    assert await office.tried(entries.turn("turn:1", identity), tries) == state
    assert await is_ours(office, identity)


@pytest.mark.parametrize(("tries", "state"), [(0, "open"), (TRIES, "done")])
async def test_a_delivery_about_our_answer_waits_until_sendkit_shows_it(
    office: Office, tries: int, state: str
) -> None:
    identity = await known(office, replied(office))
    assert await office.tried(entries.sent("1", identity), tries) == state
    assert await is_ours(office, identity)


async def test_a_conversation_that_was_deleted_meanwhile_is_not_asked_for(office: Office) -> None:
    theirs = replied(office)
    assert await office.tried(entries.turn("turn:1", ConversationId(theirs.id))) == "done"
    assert office.sendkit.requests == []
