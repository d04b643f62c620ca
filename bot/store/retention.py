"""Deletes a lead, or old data. The bot may run meanwhile, so each write is small, and entries are
cancelled before the rows that they would bring back."""

import asyncio
import json
import math
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from bot.errors import Later
from bot.store import Database, Rows, Statement, containing, statement
from bot.text import folded
from bot.triage import ChannelId, ConversationId, MessageTs, Place, UserId

# Between two writes, the bot can save clicks.
PAUSE_SECONDS: Final = 0.05
PORTION: Final = 100
# The bot's current work about a lead has ended by then, unless its services hang.
PATIENCE_SECONDS: Final = 30.0

_STILL: Final = "EXISTS (SELECT 1 FROM conversations WHERE id = :id AND seen_at < :before)"
# The entry of the last announced reply stays, so that the reply is not announced again.
_KEEP_ANNOUNCED: Final = """
    INSERT INTO entries
        (id, kind, lane, payload, written_at, due_at, attempts, begun, state, steps)
    SELECT 'reply:' || id || ':' || REPLACE(announced, 'undated', ''), 'announce',
        'conversation:' || id, '', :now, :now, 0, 0, 'done', '{}'
    FROM conversations WHERE id = :id AND announced <> '' AND seen_at < :before
    ON CONFLICT (id) DO NOTHING
"""
_FORGET_UNSHOWN: Final = f"DELETE FROM facts WHERE name = :unshown AND {_STILL}"
_CANCEL: Final = """
    UPDATE entries SET state = 'done', payload = '', steps = '{}'
    WHERE id = :id AND (begun = 0 OR state = 'failed')
"""
_MENTIONS: Final = """
    SELECT id, kind, state, LOWER(payload) AS payload FROM entries
    WHERE state <> 'done' AND LOWER(payload) LIKE :pattern ESCAPE '!'
"""
_MESSAGES: Final = """
    SELECT channel, ts, posted_at FROM cards WHERE conversation = :id
    UNION SELECT channel, ts, 0 FROM folded WHERE conversation = :id
"""
_DISOWN: Final = """
    UPDATE conversations SET owned_at = CASE WHEN owner = :person THEN NULL ELSE owned_at END,
        owner = CASE WHEN owner = :person THEN '' ELSE owner END,
        later_by = CASE WHEN later_by = :person THEN '' ELSE later_by END,
        barred_by = CASE WHEN barred_by = :person THEN '' ELSE barred_by END
    WHERE :person IN (owner, later_by, barred_by)
"""
# A rule without people goes too.
_FORGET_PERSON: Final = (
    "DELETE FROM people WHERE id = :person",
    """
    UPDATE owner_changes SET person = CASE WHEN person = :person THEN '' ELSE person END,
        old_owner = CASE WHEN old_owner = :person THEN '' ELSE old_owner END,
        new_owner = CASE WHEN new_owner = :person THEN '' ELSE new_owner END
    WHERE :person IN (person, old_owner, new_owner)
    """,
    # An answer that is under way keeps its writer, who is told of its end.
    "UPDATE answers SET person = '', handle = '', origin = '' WHERE person = :person AND told = 1",
    "DELETE FROM drafts WHERE person = :person",
    "DELETE FROM writers WHERE person = :person",
    "UPDATE owner_rules SET made_by = '' WHERE made_by = :person",
    "DELETE FROM owner_rule_people WHERE person = :person",
    """
    DELETE FROM owner_rules WHERE NOT EXISTS (
        SELECT 1 FROM owner_rule_people WHERE rule = owner_rules.id
    )
    """,
)
# The summary of a first start is about other leads too.
_SHARED: Final = "first_look"
_OTHERS: Final = """
    SELECT 1 FROM cards WHERE channel = :channel AND ts = :ts
    UNION SELECT 1 FROM folded WHERE channel = :channel AND ts = :ts
"""
_OLD: Final = """
    SELECT id FROM conversations WHERE seen_at < :before AND NOT EXISTS (
        SELECT 1 FROM entries WHERE state = 'open' AND lane = 'conversation:' || conversations.id
    ) LIMIT :most
"""
# The conversation's own row comes last, since the others are found through it.
_ROWS: Final[Mapping[str, str]] = {
    "decision": f"DELETE FROM decisions WHERE conversation = :id AND {_STILL}",
    "owner change": f"DELETE FROM owner_changes WHERE conversation = :id AND {_STILL}",
    "answer": f"DELETE FROM answers WHERE conversation = :id AND {_STILL}",
    "draft": f"DELETE FROM drafts WHERE conversation = :id AND {_STILL}",
    "writer": f"DELETE FROM writers WHERE conversation = :id AND {_STILL}",
    "card": f"DELETE FROM cards WHERE conversation = :id AND {_STILL}",
    "folded card": f"DELETE FROM folded WHERE conversation = :id AND {_STILL}",
    "list": f"""
        DELETE FROM facts WHERE name LIKE 'list %' AND value LIKE :quoted ESCAPE '!' AND {_STILL}
    """,
    "queue": f"""
        DELETE FROM facts WHERE name LIKE 'queue %' AND value LIKE :quoted ESCAPE '!' AND {_STILL}
    """,
    "conversation": "DELETE FROM conversations WHERE id = :id AND seen_at < :before",
}
# Old rows of other conversations, a portion at a time.
_OLD_ROWS: Final[Mapping[str, str]] = {
    "decision": """
        DELETE FROM decisions WHERE seq IN (
            SELECT seq FROM decisions WHERE at < :before ORDER BY seq LIMIT :most
        )
    """,
    "owner change": """
        DELETE FROM owner_changes WHERE seq IN (
            SELECT seq FROM owner_changes WHERE at < :before ORDER BY seq LIMIT :most
        )
    """,
    "answer": """
        DELETE FROM answers WHERE seq IN (
            SELECT seq FROM answers WHERE changed_at < :before AND told = 1 ORDER BY seq LIMIT :most
        )
    """,
    "draft": "DELETE FROM drafts WHERE at < :before",
    "writer": "DELETE FROM writers WHERE writes_until < :before",
    "journal entry": """
        DELETE FROM entries WHERE seq IN (
            SELECT seq FROM entries WHERE state = 'failed' AND written_at < :before LIMIT :most
        )
    """,
    "list": "DELETE FROM facts WHERE name LIKE 'list %' AND name < :list",
    "queue": "DELETE FROM facts WHERE name LIKE 'queue %' AND name < :queue",
}


@dataclass(frozen=True, slots=True)
class Erased:
    """The number of deleted rows of each kind. `messages` are still in Slack; True if they show
    other leads too."""

    counts: Mapping[str, int]
    messages: Mapping[Place, bool]

    def __str__(self) -> str:
        kinds = ((kind, number) for kind, number in self.counts.items() if number)
        return ", ".join(_counted(number, kind) for kind, number in kinds) or "nothing"


def _counted(number: int, kind: str) -> str:
    kinds = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    return f"{number} {kind if number == 1 else kinds}"


async def forget(
    database: Database, email: str, patience: float = PATIENCE_SECONDS
) -> Erased | None:
    """Deletes the lead with this address; None if the database has nothing. Later if the bot works
    on one of their conversations for longer than `patience` seconds."""
    if not re.fullmatch(r"\S+@\S+", email):
        return None
    counts: Counter[str] = Counter()
    places: dict[Place, bool] = {}
    while True:
        leads = await _conversations(database, email)
        ids = list(leads)
        # Work that waits may mean another lead of this name.
        names = [_small(each)[1:-1] for each in leads.values() if " " in each]
        counts["journal entry"] += await _cancel(database, names, ["failed"], 0)
        texts = [_small(folded(email))[1:-1], *map(_small, ids)]
        counts["journal entry"] += await _cancel(database, texts, ["open", "failed"], patience)
        if not ids:
            break
        for each in ids:
            places |= dict.fromkeys(await _messages(database, each), False)
        counts += await _delete(database, ids, math.inf)
        # Once more, for the work of a press at this moment.
    if not counts.total():
        return None
    for place in places:
        others = await database.read(_OTHERS, channel=place.channel, ts=place.ts)
        places[place] = bool(others)
    return Erased(counts, places)


async def forget_person(database: Database, person: UserId) -> Erased:
    """Removes a team member's name and id from their decisions and requests."""
    lanes = [f"{kind}:{person}" for kind in ("person", "questions", "tell", "notice", "home")]
    decisions, owned, homes, *entries = await database.write(
        Statement(
            "UPDATE decisions SET person = '', name = 'Somebody' WHERE person = :person",
            {"person": person},
        ),
        Statement(_DISOWN, {"person": person}),
        Statement("DELETE FROM facts WHERE name = :name", {"name": f"home {person}"}),
        Statement(
            "UPDATE entries SET twin = NULL WHERE state = 'done' AND twin LIKE :twin",
            {"twin": f"{person} %"},
        ),
        *(
            Statement("DELETE FROM entries WHERE lane = :lane AND state <> 'open'", {"lane": each})
            for each in lanes
        ),
    )
    await database.write(*(statement(sql, {"person": person}) for sql in _FORGET_PERSON))
    counts = {"decision": decisions, "conversation": owned, "list": homes}
    counts["journal entry"] = sum(entries)
    return Erased(counts, {})


async def drop_open(database: Database) -> Erased:
    """Cancels all waiting work."""
    sql = "UPDATE entries SET state = 'done', payload = '', steps = '{}' WHERE state = 'open'"
    return Erased({"journal entry": (await database.write(Statement(sql)))[0]}, {})


async def prune(database: Database, before: float) -> Erased:
    """Deletes conversations that were not seen since `before` (seconds since the epoch), and other
    data that is older."""
    counts: Counter[str] = Counter()
    values = {"before": before, "most": PORTION, "list": f"list {int(before):012d}"}
    values["queue"] = f"queue {int(before):012d}"
    while rows := await database.read(_OLD, before=before, most=PORTION):
        counts += await _delete(database, [ConversationId(row["id"]) for row in rows], before)
        await asyncio.sleep(PAUSE_SECONDS)
    for kind, sql in _OLD_ROWS.items():
        while deleted := (await database.write(statement(sql, values)))[0]:
            counts[kind] += deleted
            await asyncio.sleep(PAUSE_SECONDS)
    return Erased(counts, {})


async def _conversations(rows: Rows, email: str) -> Mapping[ConversationId, str]:
    """This lead's, each with the name that it has for them."""
    sql = "SELECT id, snapshot FROM conversations WHERE email = :email"
    found = await rows.read(sql, email=folded(email))
    names = (json.loads(row["snapshot"])["lead"]["name"] for row in found)
    return {ConversationId(row["id"]): name for row, name in zip(found, names, strict=True)}


async def _cancel(
    database: Database, texts: Sequence[str], states: Sequence[str], patience: float
) -> int:
    """Ends the entries in these states whose payload has one of the texts (small JSON), and waits
    for those under way. Returns how many."""
    give_up_at = time.monotonic() + patience
    cancelled = 0
    while True:
        left = False
        for text in texts:
            # No other address that only ends or begins like this one.
            whole = re.compile(rf"(?<![\w.+-]){re.escape(text)}(?![\w-]|\.\w)")
            for row in await database.read(_MENTIONS, pattern=containing(text)):
                said = re.sub(r"\\[bfnrt]", " ", row["payload"])
                if row["state"] not in states or not whole.search(said):
                    continue
                cancelling = Statement(_CANCEL, {"id": row["id"]})
                done = 0 if row["kind"] == _SHARED else (await database.write(cancelling))[0]
                cancelled += done
                left = left or not done
        if not left:
            return cancelled
        if time.monotonic() > give_up_at:
            raise Later(
                "The bot is working on this lead’s conversation, so not everything was deleted "
                "yet. If the bot was killed at it, start it first"
            )
        await asyncio.sleep(PAUSE_SECONDS)


async def _messages(rows: Rows, conversation: ConversationId) -> Sequence[Place]:
    found = await rows.read(_MESSAGES, id=conversation)
    return [Place(ChannelId(row["channel"]), MessageTs(row["ts"])) for row in found]


async def _delete(
    database: Database, conversations: Sequence[ConversationId], before: float
) -> Counter[str]:
    """Deletes everything about those of these conversations that were not seen since."""
    statements = []
    for each in conversations:
        values = {
            "id": each,
            "before": before,
            "now": time.time(),
            "unshown": f"unshown {each}",
            "quoted": containing(json.dumps(each)),
        }
        sql = (_KEEP_ANNOUNCED, _FORGET_UNSHOWN, *_ROWS.values())
        statements += [statement(one, values) for one in sql]
    touched, counts = await database.write(*statements), Counter[str]()
    for kind, number in zip(cycle(["", "", *_ROWS]), touched, strict=False):
        counts[kind] += number
    del counts[""]
    return counts


def _small(text: str) -> str:
    return json.dumps(text).lower()
