"""The columns for lists and counts, beside each conversation's snapshot."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.codec import encode
from bot.errors import DatabaseTrouble
from bot.lifecycle import ended
from bot.store import Database, Row, Statement, opening
from bot.store.columns import CAMPAIGN_LIMIT, PORTION, fill, keep_filled
from bot.store.ledger import Ledger
from bot.triage import AiTag, Conversation, ConversationId, Turn
from tests.servers import both_databases
from tests.view_asserts import JANE, changed

DATA = Path(__file__).parent / "data"
REPLIED_AT, REPLIED = "2025-11-24T16:00:00.000Z", 1764000000.0
NOW, EARLIER = 1764000500.25, 1763990000.0
COLUMNS = "unread, ai_tag, campaign, waiting_since, turn_known, turn_asked_at"
# As every version of the bot before these columns writes.
OLDER = """
    INSERT INTO conversations (id, email, replied_at, seen_at, snapshot)
    VALUES (:id, :email, :replied_at, :seen_at, :snapshot)
    ON CONFLICT (id) DO UPDATE SET email = excluded.email, replied_at = excluded.replied_at,
        seen_at = excluded.seen_at, snapshot = excluded.snapshot
"""


def replied(**fields: Any) -> Conversation:
    return changed(replied_at=REPLIED_AT, **fields)


def older(conversation: Conversation, seen_at: float) -> Statement:
    """A row as a version of the bot writes it that knows no turns."""
    body = encode(replace(conversation, turn=None))
    values = {
        "id": conversation.id,
        "email": conversation.lead.email,
        "replied_at": conversation.replied_at,
        "seen_at": seen_at,
        "snapshot": json.dumps(body),
    }
    return Statement(OLDER, values)


async def row(database: Database, columns: str = COLUMNS) -> Row:
    (found,) = await database.read(f"SELECT {columns} FROM conversations")
    return found


async def waiting(database: Database) -> tuple[float | None, bool]:
    """Since when the lead waits, and whether SendKit said so."""
    found = await row(database)
    return found["waiting_since"], bool(found["turn_known"])


WAITING = [
    (replied(turn=Turn(True, EARLIER)), (EARLIER, True)),
    (replied(turn=Turn(False, EARLIER)), (None, True)),
    (replied(), (REPLIED, False)),
    (replied(unread=False), (None, False)),
    (replied(auto_reply=True), (None, False)),
    (changed(replied_at="yesterday"), (None, False)),
]


@pytest.mark.parametrize(("conversation", "known"), WAITING)
async def test_a_lead_waits_for_us_as_sendkit_says_or_else_while_the_reply_is_unread(
    database: Database, conversation: Conversation, known: tuple[float | None, bool]
) -> None:
    await Ledger(database).remember(conversation, NOW)
    assert await waiting(database) == known


async def test_the_columns_say_what_the_snapshot_says(database: Database) -> None:
    ledger = Ledger(database)
    conversation = replied(turn=Turn(True, REPLIED))
    await ledger.remember(replace(conversation, unread=True, ai_tag=None), NOW)
    await ledger.remember(replace(conversation, unread=False, ai_tag=AiTag("hot")), NOW + 1)
    assert await row(database) == {
        "unread": 0,
        "ai_tag": "hot",
        "campaign": "Q1 Outreach",
        "waiting_since": REPLIED,
        "turn_known": 1,
        "turn_asked_at": NOW + 1,
    }
    assert await fill(database) == 0


async def test_a_list_which_knows_no_turns_does_not_end_or_postpone_a_wait(
    database: Database,
) -> None:
    ledger = Ledger(database)
    await ledger.remember(replied(turn=Turn(True, EARLIER)), NOW)
    await ledger.remember(replied(unread=False), NOW + 1)
    assert await waiting(database) == (EARLIER, False)
    assert (await row(database))["turn_asked_at"] == NOW
    await ledger.remember(replied(turn=Turn(False, NOW)), NOW + 2)
    await ledger.remember(replied(), NOW + 3)
    assert await waiting(database) == (REPLIED, False)


async def test_an_owner_stays_when_the_conversation_changes(
    database: Database,
) -> None:
    ledger = Ledger(database)
    await ledger.remember(JANE, NOW)
    ours = "owner = 'U0ADA', owned_at = 1.5, later_by = 'U0BEN'"
    await database.write(Statement(f"UPDATE conversations SET {ours}"))
    await ledger.remember(replied(), NOW + 1)
    await database.write(older(replied(), NOW + 2))
    await fill(database)
    assert await row(database, "owner, owned_at, later_by") == {
        "owner": "U0ADA",
        "owned_at": 1.5,
        "later_by": "U0BEN",
    }


async def test_names_of_any_length_and_with_half_characters_are_kept(database: Database) -> None:
    endless = "".join(chr(0x4E00 + each) for each in range(5_000))
    await Ledger(database).remember(changed(campaign=endless, ai_tag="h\ud83dt"), NOW)
    found = await row(database)
    assert found["campaign"] == f"{endless[: CAMPAIGN_LIMIT - 1]}…"
    assert found["ai_tag"] == "h?t"


@pytest.mark.parametrize(("conversation", "known"), WAITING[2:])
async def test_what_an_older_version_writes_is_filled_in(
    database: Database, conversation: Conversation, known: tuple[float | None, bool]
) -> None:
    await database.write(older(conversation, NOW))
    assert await fill(database) == 1
    assert await waiting(database) == known
    found = await row(database)
    assert (found["unread"], found["ai_tag"]) == (int(conversation.unread), conversation.ai_tag)
    assert await fill(database) == 0


async def test_what_an_older_version_writes_beside_this_one_counts(database: Database) -> None:
    """As in a rolling upgrade. The older version drops the turn, but not what is known of it."""
    ledger = Ledger(database)
    await ledger.remember(replied(turn=Turn(True, EARLIER)), NOW)
    await database.write(older(replied(ai_tag=AiTag("hot"), unread=False), NOW + 1))
    assert (await row(database))["ai_tag"] == "interested"
    assert await fill(database) == 1
    found = await row(database)
    assert (found["ai_tag"], found["unread"]) == ("hot", 0)
    assert await waiting(database) == (EARLIER, False)


async def test_a_newer_snapshot_is_not_overwritten_while_columns_are_filled(
    database: Database,
) -> None:
    class Overtaken:
        """A database in which the conversation changes between the reading and the writing."""

        async def read(self, sql: str, **values: Any) -> Sequence[Row]:
            found = await database.read(sql, **values)
            await Ledger(database).remember(replied(turn=Turn(False, NOW), unread=False), NOW + 1)
            return found

        async def write(self, *statements: Statement) -> Sequence[int]:
            return await database.write(*statements)

    await database.write(older(replied(), NOW))
    await fill(Overtaken())
    assert await waiting(database) == (None, True)
    assert (await row(database))["unread"] == 0


async def test_conversations_are_filled_in_portions_and_after_a_trouble(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    idle, troubles = asyncio.Event(), [DatabaseTrouble("disk full")]

    class Troubled:
        """A database that fails once. `idle` is set when nothing is left to fill."""

        async def read(self, sql: str, **values: Any) -> Sequence[Row]:
            found = await database.read(sql, **values)
            if not found:
                idle.set()
            return found

        async def write(self, *statements: Statement) -> Sequence[int]:
            if troubles:
                raise troubles.pop()
            return await database.write(*statements)

    many = [replied(id=ConversationId(f"c{each}")) for each in range(PORTION + 1)]
    await database.write(*(older(each, NOW) for each in many))
    filling = asyncio.create_task(keep_filled(Troubled(), 0.01))
    await idle.wait()
    unread = "SELECT COUNT(*) AS count FROM conversations WHERE unread = 1"
    assert await database.read(unread) == [{"count": len(many)}]
    # An older version goes on to write.
    await database.write(older(replace(many[0], unread=False), NOW + 1))
    idle.clear()
    while await database.read(unread) == [{"count": len(many)}]:
        idle.clear()
        await idle.wait()
    await ended(filling)
    assert "could not prepare conversations for lists: disk full" in caplog.text


@both_databases
async def test_a_database_with_five_migrations_is_filled_from_its_snapshots(
    database_url: str,
) -> None:
    kind = "sqlite" if database_url.startswith(opening.SQLITE) else "postgres"
    dump = (DATA / f"schema5.{kind}.sql").read_text()
    dump = re.sub(r"@(?:at|before) \w+@", REPLIED_AT, dump)
    if kind == "sqlite":
        with closing(sqlite3.connect(database_url.removeprefix(opening.SQLITE))) as file:
            file.executescript(dump)
    else:
        with psycopg.connect(database_url) as server:
            server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            server.execute(dump.encode())
    async with opening.opened(database_url) as database:
        while await fill(database):
            pass
        rows = await database.read(f"SELECT snapshot, {COLUMNS} FROM conversations")
    assert len(rows) > 20
    for found in rows:
        known = json.loads(found["snapshot"])
        assert found["ai_tag"] == known["ai_tag"]
        assert found["campaign"] == known["campaign"]
        assert found["unread"] == int(known["unread"])
        assert found["waiting_since"] == (REPLIED if known["unread"] else None)
        assert (found["turn_known"], found["turn_asked_at"]) == (0, 0)
