"""The proof that every unread reply has a card, and what it finds where one has none."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import codec, entries
from bot.audit import FRESH_SECONDS, Audit
from bot.filters import Filters
from bot.playground.inbox import Inbox
from bot.playground.sample_data import Conversation
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.store import Statement
from bot.triage import ConversationId, Lead
from bot.views.audit import NAMED, Missing, Reason, Report, audited, line
from tests.journals import Clock
from tests.polled import Post, opened
from tests.view_asserts import JANE, changed, check

Setup = Callable[[Post, Conversation], Awaitable[object]]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    clock = Clock()
    inbox = Inbox(clock=lambda: datetime.fromtimestamp(clock.now, UTC))
    async with Server(inbox=inbox) as server, opened(tmp_path, server, clock) as post:
        await post.bot.channels.set_fact("replies since", repr(clock.now))
        yield post


def audit(post: Post) -> Audit:
    return Audit(inbox=post.client, channels=post.bot.channels, clock=post.clock)


async def posted(post: Post) -> tuple[list[Reason], list[str]]:
    """Why there are no cards, and the conversations whose cards the audit posts."""
    post.journal.new.clear()
    found = await audit(post).report()
    await audit(post).post(found, post.journal)
    assert all(each.kind == codec.ANNOUNCE for each in post.journal.new)
    told = [each.payload["conversation"] for each in post.journal.new]
    return [each.reason for each in found.missing], told


async def in_database(post: Post, sql: str) -> None:
    await post.bot.database.write(Statement(sql))


async def seen_never(post: Post, theirs: Conversation) -> None:
    """The webhook did not tell of it, and no look has found it yet."""


async def entry_written(post: Post, theirs: Conversation) -> None:
    await post.refresh()


async def refused_often(post: Post, theirs: Conversation) -> None:
    await post.refresh()
    await in_database(post, "UPDATE entries SET attempts = 9")


async def held_aside(post: Post, theirs: Conversation) -> None:
    await post.refresh()
    await in_database(post, "UPDATE entries SET lane = 'aside:' || lane")


async def entry_failed(post: Post, theirs: Conversation) -> None:
    await post.refresh()
    await in_database(post, "UPDATE entries SET state = 'failed'")


async def entry_failed_of_a_known_lead(post: Post, theirs: Conversation) -> None:
    await entry_failed(post, theirs)
    now = await post.client.conversation(ConversationId(theirs.id))
    await post.bot.ledger.remember(now, post.clock.now)


async def not_shown_by_sendkit(post: Post, theirs: Conversation) -> None:
    await was_forgotten(post, theirs)
    await post.bot.channels.mark_unshown(ConversationId(theirs.id))


async def was_forgotten(post: Post, theirs: Conversation) -> None:
    await post.refresh()
    await in_database(post, "UPDATE entries SET state = 'done'")


async def card_deleted(post: Post, theirs: Conversation) -> None:
    await post.refresh()
    await post.announced(theirs)
    await in_database(post, "UPDATE entries SET state = 'done'")
    await in_database(post, "DELETE FROM cards")


async def from_before_the_first_start(post: Post, theirs: Conversation) -> None:
    await card_deleted(post, theirs)
    await post.bot.channels.set_fact("replies since", repr(post.clock.now))


async def first_summary_under_way(post: Post, theirs: Conversation) -> None:
    await post.bot.journal.write(entries.first_sync({ConversationId(theirs.id): ""}))


async def replied_again(post: Post, theirs: Conversation) -> None:
    """The card that is there shows the reply before."""
    await post.announced(theirs)
    post.reply()


@pytest.mark.parametrize(
    ("setup", "reason", "is_owed"),
    [
        (seen_never, Reason.UNSEEN, True),
        (replied_again, Reason.UNSEEN, True),
        (entry_written, Reason.ON_ITS_WAY, False),
        (first_summary_under_way, Reason.ON_ITS_WAY, False),
        (refused_often, Reason.REFUSED, False),
        (held_aside, Reason.REFUSED, False),
        (entry_failed, Reason.FAILED, True),
        (entry_failed_of_a_known_lead, Reason.FAILED, True),
        (not_shown_by_sendkit, Reason.FAILED, True),
        (card_deleted, Reason.DELETED, True),
        (was_forgotten, Reason.FORGOTTEN, False),
        (from_before_the_first_start, Reason.SUMMED_UP, False),
    ],
)
async def test_a_reply_without_a_card_is_named_with_the_reason_and_posted_if_no_rule_forbids_it(
    post: Post, setup: Setup, reason: Reason, is_owed: bool
) -> None:
    theirs = post.reply()
    await setup(post, theirs)
    assert await posted(post) == ([reason], [theirs.id] * is_owed)
    if is_owed:
        assert await posted(post) == ([Reason.ON_ITS_WAY], [])


async def test_all_replies_with_cards_are_counted_and_no_more_is_said(post: Post) -> None:
    for number in range(3):
        await post.announced(post.reply(number))
    report = await audit(post).report()
    assert audited(report).text == "SendKit counts 3 unread, 3 have a card."
    assert report.is_complete


async def test_a_card_that_is_posted_again_is_announced_as_new_and_still_counts_as_positive(
    post: Post,
) -> None:
    theirs = post.reply()
    await card_deleted(post, theirs)
    await in_database(post, "UPDATE conversations SET positive = 1")
    assert await posted(post) == ([Reason.DELETED], [theirs.id])
    assert post.journal.new[0].payload["positive"]
    assert await post.bot.channels.announced(ConversationId(theirs.id)) == ("", True)


async def test_a_channel_is_told_of_the_replies_that_pass_its_filters_alone(post: Post) -> None:
    for number in range(4):
        post.reply(number)
    (away, positive, plain, unseen) = post.server.inbox.conversations.values()
    for each in (away, positive, plain):
        await post.announced(each)
    automatic = replace(await post.client.conversation(ConversationId(away.id)), auto_reply=True)
    await post.bot.ledger.remember(automatic, post.clock.now)
    await in_database(post, f"UPDATE conversations SET positive = 1 WHERE id <> '{plain.id}'")
    report = await audit(post).report(Filters(positive=True, auto_replies=False))
    assert (report.counted, report.listed, report.passing) == (4, 4, 1)
    assert line(report) == (
        "SendKit counts 4 unread, 1 of them pass this channel’s filters, 1 of these have a card."
    )
    assert unseen.id not in audited(report).text
    assert len((await audit(post).report()).missing) == 1


@pytest.mark.parametrize(
    ("pagination", "counted"),
    [({"total": 7}, 7), ({}, 1), ({"total": True}, 1), ({"total": "9"}, 1)],
)
async def test_sendkit_s_own_number_is_compared_with_its_list(
    post: Post, pagination: object, counted: int
) -> None:
    theirs = post.reply()
    await post.announced(theirs)
    now = await post.client.conversation(ConversationId(theirs.id))
    row = {"id": now.id, "repliedAt": now.replied_at, "isRead": False}
    page = {"success": True, "data": [row], "pagination": pagination}
    post.server.faults.add(Fault(text=json.dumps(page)), path="/v1/inbox", times=None)
    report = await audit(post).report()
    assert (report.counted, report.listed) == (counted, 1)
    assert report.is_complete is (counted == 1)
    assert ("SendKit’s list has 1 of the 7." in audited(report).text) is (counted == 7)


LATE, FRESH = [Missing(JANE, Reason.UNSEEN)], [Missing(JANE, Reason.UNSEEN, is_fresh=True)]


@pytest.mark.parametrize(
    ("missing", "is_complete"),
    [
        ([], True),
        (LATE, False),
        (FRESH, True),
        ([Missing(JANE, Reason.ON_ITS_WAY, is_fresh=True)], True),
        ([Missing(JANE, Reason.ON_ITS_WAY)], False),
        ([Missing(JANE, Reason.DELETED, is_fresh=True)], False),
        ([Missing(JANE, Reason.REFUSED, is_fresh=True)], False),
        ([Missing(JANE, Reason.SUMMED_UP), Missing(JANE, Reason.FORGOTTEN)], True),
    ],
)
def test_something_is_missing_unless_a_rule_keeps_it_away_or_it_has_just_come(
    missing: list[Missing], is_complete: bool
) -> None:
    assert Report(9, 9, 9, tuple(missing)).is_complete is is_complete


async def test_a_card_that_failed_again_a_moment_ago_is_not_posted_once_more(post: Post) -> None:
    post.reply()
    assert len((await posted(post))[1]) == 1
    for is_new in (True, False):
        await in_database(post, "UPDATE entries SET state = 'failed'")
        assert len((await posted(post))[1]) == is_new


async def test_a_reply_is_fresh_for_some_minutes(post: Post) -> None:
    post.reply()
    post.clock.now += FRESH_SECONDS - 1
    assert (await audit(post).report()).is_complete
    post.clock.now += 2
    assert not (await audit(post).report()).is_complete


def test_the_audit_looks_like_this() -> None:
    ben = changed(lead=Lead("ben@example.com"), id=ConversationId("c2"))
    report = Report(
        41,
        41,
        41,
        (Missing(JANE, Reason.UNSEEN), Missing(ben, Reason.UNSEEN), Missing(ben, Reason.REFUSED)),
        closed=1,
        posted=True,
    )
    assert audited(report).text == (
        "SendKit counts 41 unread, 38 have a card.\n"
        "Not seen before, posted now (2): Jane Doe · Acme Inc, ben@example.com.\n"
        "Refused by Slack or SendKit for now, see /sendkit doctor (1): ben@example.com.\n"
        "1 channel is subscribed and closed to me, so their replies come to the triage channel. "
        "See /sendkit subscriptions."
    )


def test_many_leads_with_endless_names_fit_into_a_message() -> None:
    endless = changed(lead=Lead("eve@example.com", "<!channel>" * 100))
    missing = [Missing(endless, reason) for reason in Reason for _ in range(NAMED + 5)]
    view = audited(Report(999, 999, 999, tuple(missing), closed=2))
    check(view)
    assert " and 5 more." in view.text


async def test_a_closed_channel_is_told(post: Post) -> None:
    await in_database(post, "INSERT INTO routes VALUES ('C0SALES', '', 'U0ADA', 1, 'is_archived')")
    assert (await audit(post).report()).closed == 1


async def test_a_list_without_an_end_is_no_proof(post: Post) -> None:
    theirs = post.reply()
    await post.announced(theirs)
    now = await post.client.conversation(ConversationId(theirs.id))
    row = {"id": now.id, "repliedAt": now.replied_at, "isRead": False}
    page = {"success": True, "data": [row], "pagination": {"nextCursor": "1", "total": 500}}
    post.server.faults.add(Fault(text=json.dumps(page)), times=None)
    report = await audit(post).report()
    assert (report.counted, report.listed, report.is_complete) == (500, 1, False)
