"""Figures that must not grow: with a long thread, with a large database, with time."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from bot.store.sqlite import SqliteDatabase
from tests.bench.acks import BOLT, PAUSE_SECONDS, quantile
from tests.bench.clicks import Request, conversation_id
from tests.bench.drive import drive
from tests.bench.ground import Ground, Server, ground
from tests.bench.services import LONG, LONG_THREAD
from tests.bench.sizes import Sizes
from tests.bench.table import Row

WITHIN: Final = 1.3
CHUNK: Final = 500


def thread(sizes: Sizes) -> list[Row]:
    """A card whose conversation has many mails, beside one that has few."""
    mine, peer = [], []
    with ground() as here, here.bot() as bot:
        for number in range(sizes.rounds + 1):
            taken = {}
            for start in ("0", LONG):
                # Nobody's second press in ten seconds, which would be no decision of its own.
                keys = [f"{start}{number:011x}{each:012x}" for each in range(sizes.clicks)]
                taken[start] = [_to_card(here, bot, here.clicks.one(key)) for key in keys]
            if number:
                mine.append(quantile(taken[LONG], 0.5))
                peer.append(quantile(taken["0"], 0.5))
    title = f"click → card, a thread of {LONG_THREAD} mails"
    return [Row(title, "ms", mine, "a thread of two", peer, WITHIN)]


def large(sizes: Sizes) -> list[Row]:
    """A click and two commands on a large database, beside an empty one."""
    taken: dict[tuple[str, str], list[float]] = {}
    with ground() as here:
        path = here.folder / "large.db"
        fill(path, sizes.conversations, sizes.decisions)
        with here.bot(f"sqlite:///{path}") as big, here.bot() as empty:
            for number in range(sizes.rounds + 1):
                for name, server in (("large", big), ("empty", empty)):
                    for what, values in _looks(here, server, number, sizes):
                        if number:
                            taken.setdefault((what, name), []).append(quantile(values, 0.5))
    kinds = list(dict.fromkeys(what for what, _ in taken))
    size = f"{sizes.conversations:,} conversations, {sizes.decisions:,} decisions"
    return [
        Row(
            f"{what}, large database",
            "ms",
            taken[what, "large"],
            "an empty one",
            taken[what, "empty"],
            WITHIN,
            note=size if what == kinds[0] else "",
        )
        for what in kinds
    ]


def start(sizes: Sizes) -> list[Row]:
    """From nothing to the first ack, and what memory that takes."""
    seconds: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    with ground() as here:
        for _ in range(sizes.rounds):
            for who in ("bot", BOLT):
                began = time.monotonic()
                with here.bot() if who == "bot" else here.peer("bolt") as server:
                    drive(server.port, here.clicks.some(1))
                    seconds.setdefault(who, []).append(time.monotonic() - began)
                    drive(server.port, here.clicks.some(5), pause=PAUSE_SECONDS)
                    memory.setdefault(who, []).append(server.megabytes)
    return [
        Row("start to first ack", "s", seconds["bot"], BOLT, seconds[BOLT], 1.5),
        Row("idle memory", "MB", memory["bot"], BOLT, memory[BOLT], 1.5),
    ]


def memory(sizes: Sizes) -> list[Row]:
    """The memory that the bot has grown by after many clicks that were carried through."""
    with ground() as here, here.bot() as bot:
        _carry_through(here, bot, CHUNK)
        before = bot.megabytes
        _carry_through(here, bot, sizes.endurance)
        grown = bot.megabytes - before
    title = f"memory grown by, {sizes.endurance:,} clicks"
    return [Row(title, "MB", [max(grown, 0.0)], "the limit", [5.0], 1.0)]


def fill(path: Path, conversations: int, decisions: int) -> None:
    """A database as the bot would have left it, written at once."""
    asyncio.run(_create(path))
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO conversations (id, email, replied_at, seen_at, filled_at, snapshot,"
            " ai_tag, campaign, lead, turn_known)"
            " VALUES (?1, ?2, ?3, ?4, ?4, ?5, 'interested', 'Q1 Outreach', ?2, 1)",
            _conversations(conversations),
        )
        database.executemany(
            "INSERT INTO cards (channel, conversation, ts, posted_at) VALUES (?, ?, ?, ?)",
            (
                ("C0TRIAGE", conversation_id(number), _ts(number), number)
                for number in range(conversations)
            ),
        )
        made = [
            (
                f"click:{number}",
                conversation_id(number % conversations),
                "U0ADA",
                "Ada",
                '{"aiTag": "interested"}',
                float(number),
                "interested",
                "[]",
            )
            for number in range(decisions)
        ]
        database.executemany(
            "INSERT INTO decisions (id, conversation, person, name, change, at, new_ai_tag, tags)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            made,
        )
        database.executemany(
            "INSERT INTO entries (id, kind, lane, payload, written_at, due_at, attempts, begun,"
            " state, steps) VALUES (?, 'carry_out', ?, '', ?, 0, 0, 1, 'done', '{}')",
            ((made_by, f"conversation:{of}", at) for made_by, of, _, _, _, at, _, _ in made),
        )


async def _create(path: Path) -> None:
    async with SqliteDatabase(path):
        return


def _conversations(count: int) -> Iterator[tuple[str, str, str, float, str]]:
    for number in range(count):
        snapshot = {
            "id": conversation_id(number),
            "lead": {"email": f"lead{number}@example.com", "name": "Jane", "company": "Example"},
            "campaign": "Q1 Outreach",
            "ai_tag": "interested",
            "tags": [],
            "unread": False,
            "words": "Thanks, that sounds interesting. " * 10,
            "replied_at": f"2026-01-01T00:00:00.{number}Z",
            "auto_reply": False,
        }
        email = f"lead{number}@example.com"
        yield conversation_id(number), email, "", float(number), json.dumps(snapshot)


def _looks(
    here: Ground, server: Server, number: int, sizes: Sizes
) -> Iterator[tuple[str, list[float]]]:
    """Milliseconds, by what somebody did, to conversations that the large database has."""
    count = max(sizes.clicks // 5, 1)
    first, second = (
        [(number * 2 + part) * count + each for each in range(count)] for part in range(2)
    )
    clicks = [here.clicks.one(conversation_id(each), _ts(each)) for each in first]
    here.services.log()
    yield "click → 200", [each.ms for each in drive(server.port, clicks, pause=PAUSE_SECONDS)]
    here.services.until("card", count)
    clicks = [here.clicks.one(conversation_id(each), _ts(each)) for each in second]
    yield "click → card", [_to_card(here, server, each) for each in clicks]
    # These have a card by now in either database.
    texts = [f"read {conversation_id(each)}" for each in second]
    yield "command → line", [_to_line(here, server, text, "line") for text in texts]
    asked = (_to_line(here, server, "interested", "card") for _ in second)
    yield "command, which one? → list", list(asked)


def _ts(number: int) -> str:
    """The message that the conversation's card is in."""
    return f"{500_000_000 + number:010d}.000100"


def _to_card(here: Ground, server: Server, click: Request) -> float:
    here.services.log()
    (answered,) = drive(server.port, [click])
    here.services.until("card", 1)
    (card,) = [each for each in here.services.log() if each.kind == "card"]
    return (card.at - answered.began) / 1e6


def _to_line(here: Ground, server: Server, text: str, kind: str) -> float:
    here.services.log()
    (answered,) = drive(server.port, [here.clicks.command(text)])
    here.services.until(kind, 1)
    first = next(each for each in here.services.log() if each.kind == kind)
    return (first.at - answered.began) / 1e6


def _carry_through(here: Ground, bot: Server, count: int) -> None:
    """In parts, so that what waits is never many."""
    for begun in range(0, count, CHUNK):
        part = min(CHUNK, count - begun)
        here.services.log()
        drive(bot.port, here.clicks.some(part), in_flight=16)
        here.services.until("card", part)
