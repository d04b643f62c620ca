"""Today's bot works with the database of an older version."""

import hashlib
import json
import sqlite3
from pathlib import Path

from bot.codec import encode
from bot.filters import Filters, Route
from bot.journal import Attempt
from bot.journal.sqlite import SqliteJournal
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.store.migrations import MIGRATIONS
from bot.store.sqlite import SqliteDatabase
from bot.triage import ChannelId, ConversationId, MarkRead, MessageTs, Origin, Person, Place, UserId
from tests.journals import Worker
from tests.view_asserts import JANE, changed, outcome

# FROZEN: a digest of each step that was ever committed. Lines are added, never changed.
DIGESTS = [
    "5966bd1b08bc8e87", "8f362554a2131651", "b5c71557a3709581", "3197816c3ec1a3ce",
    "9311d31d18ceee29", "c43e122ae9dc6ccb", "c15cbb8dafa0bfec", "81efd110a106cbb9",
    "b3a6de054af3d83b", "730c90567b4325e1", "062109a4307b62b2", "2046036adec289a1",
    "92d8861dec84cccb", "093163b32cc46157",
    "25634629d8d5190b", "c17b4cd63df0d39d", "4ebbd64209a2fe25",
    "a850866e18b8e5ed",
]  # fmt: skip

ANNOUNCED = changed(replied_at="2026-03-03T09:12:00.000Z")
SEEN = changed(id=ConversationId("c2"), replied_at="2026-03-04T09:12:00.000Z")
PLACE = Place(ChannelId("C0TRIAGE"), MessageTs("1764000000.000100"))
DECIDED = outcome(MarkRead(), "hot", "cold")


def test_a_step_that_was_ever_committed_is_never_changed() -> None:
    steps = [" ".join(" ; ".join(step).split()) for step in MIGRATIONS]
    assert [hashlib.sha256(step.encode()).hexdigest()[:16] for step in steps] == DIGESTS


def first_version(path: Path) -> None:
    """A database as the first version left it: an open entry, two conversations, one card."""
    older = sqlite3.connect(path)
    for statement in MIGRATIONS[0]:
        older.execute(statement)
    older.execute(
        """
        INSERT INTO entries VALUES (1, 'reply:1', 'work', 'conversation:c2',
            '{"conversation": "c2"}', NULL, 1.5, 1.5, 0, 0, 'open', '{}')
        """
    )
    for each in (ANNOUNCED, SEEN):
        snapshot = json.dumps(encode(each))
        row = (each.id, each.lead.email, each.replied_at, 2.5, snapshot)
        older.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", row)
    older.execute(
        "INSERT INTO cards VALUES (?, ?, ?, ?)", (PLACE.channel, ANNOUNCED.id, PLACE.ts, 3.5)
    )
    older.execute(
        "INSERT INTO decisions VALUES (1, ?, ?, 'U0ADA', 'Ada', ?, ?, 'cold', 'hot', '[\"vip\"]')",
        (DECIDED.decision, JANE.id, '{"markRead": true}', DECIDED.at),
    )
    older.execute("PRAGMA user_version = 1")
    older.commit()
    older.close()


async def test_data_of_the_first_version_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    first_version(path)
    async with SqliteDatabase(path) as database:
        ledger = Ledger(database)
        assert await ledger.conversation(ANNOUNCED.id) == ANNOUNCED
        assert await ledger.conversation(SEEN.id) == SEEN
        assert await ledger.cards(ANNOUNCED.id) == [PLACE]
        assert await ledger.at(PLACE) == [ANNOUNCED.id]
        assert await ledger.outcome(ANNOUNCED.id) == DECIDED
        origin = Origin(PLACE.channel, Person(UserId("U0ADA"), "ada"), PLACE.ts)
        posted = await ledger.posted(ANNOUNCED.id)
        assert await ledger.reply_seen(ANNOUNCED.id, origin, posted) == ANNOUNCED.replied_at


async def test_a_reply_with_a_card_of_the_first_version_has_no_other(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    first_version(path)
    async with SqliteDatabase(path) as database:
        channels = Channels(database)
        assert await channels.announced(ANNOUNCED.id) == (ANNOUNCED.replied_at, False)
        assert await channels.announced(SEEN.id) == ("", False)
        assert await channels.rules(PLACE) == {ANNOUNCED.id: ""}
        assert await channels.recent(3.0, 9) == [ANNOUNCED.id]
        assert await channels.fact("first look") is None


async def test_the_first_version_s_database_takes_what_is_new_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    first_version(path)
    route = Route(ChannelId("C0SALES"), Filters(positive=True), UserId("U0ADA"))
    async with SqliteDatabase(path) as database:
        channels, ledger = Channels(database), Ledger(database)
        await channels.subscribe(route, 4.0)
        await channels.mark_announced(SEEN, True)
        await ledger.place(SEEN.id, PLACE, 5.0, "positive")
        assert await ledger.at(PLACE) == [ANNOUNCED.id, SEEN.id]
    async with SqliteDatabase(path) as database:
        channels = Channels(database)
        assert await channels.routes() == [route]
        assert await channels.announced(SEEN.id) == (SEEN.replied_at, True)
        assert await channels.announced(ANNOUNCED.id) == (ANNOUNCED.replied_at, False)


async def test_open_work_of_the_first_version_is_done(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    first_version(path)
    payloads = []

    async def act(attempt: Attempt) -> None:
        payloads.append(attempt.entry.payload)

    worker = Worker(**{"reply:1": act})
    async with SqliteDatabase(path) as database:
        journal = SqliteJournal(database)
        await journal.start({"work": worker})
        await worker.until_done("reply:1")
        await journal.stop(10)
    assert payloads == [{"conversation": "c2"}]
