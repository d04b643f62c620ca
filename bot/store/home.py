"""The lists and counts of App Home: conversations that wait for us, the longest wait first.

All of it comes from columns and their indexes; only the rows of a page are read whole.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.barred import Barred
from bot.home import Chosen, packed, unpacked
from bot.store import Database, Row, Statement
from bot.store.barring import BARRED, WITH_BARRED, barred_of
from bot.store.columns import snapshot
from bot.store.owners import owner_of
from bot.triage import Conversation, ConversationId, Owner, UserId

# Slack's menus take 100 options.
MOST_CAMPAIGNS: Final = 100

# Those that were put off until a time that has come stand before all others.
_BEFORE_ALL: Final = 10_000_000_000
_OPEN: Final = f"""
    (
        SELECT id, waiting_since AS at, waiting_since AS since, owner, campaign
        FROM conversations
        WHERE waiting_since IS NOT NULL AND negative = 0
            AND later_at IS NULL AND back_at IS NULL
        UNION ALL
        SELECT id, later_at - {_BEFORE_ALL} AS at, waiting_since AS since, owner, campaign
        FROM conversations WHERE later_at <= :now
        UNION ALL
        SELECT id, back_at - {_BEFORE_ALL} AS at, waiting_since AS since, owner, campaign
        FROM conversations WHERE back_at IS NOT NULL AND later_at IS NULL
    ) AS found
"""
_PUT_OFF: Final = """
    (
        SELECT id, later_at AS at, waiting_since AS since, owner, campaign
        FROM conversations WHERE later_at > :now
    ) AS found
"""
_COUNTS: Final = f"""
    SELECT COUNT(*) AS every, COALESCE(SUM(CASE WHEN owner = :person THEN 1 ELSE 0 END), 0) AS mine,
        COALESCE(SUM(CASE WHEN owner = '' THEN 1 ELSE 0 END), 0) AS unclaimed, MIN(since) AS since,
        (SELECT COUNT(*) FROM conversations WHERE later_at > :now) AS later
    FROM {_OPEN}
"""
_CAMPAIGNS: Final = f"""
    SELECT campaign, COUNT(*) AS count FROM {_OPEN} WHERE campaign <> ''
    GROUP BY campaign ORDER BY COUNT(*) DESC, campaign LIMIT {MOST_CAMPAIGNS}
"""
_CHANNELS: Final = f"""
    SELECT cards.channel, COUNT(*) AS count, MIN(found.since) AS since
    FROM {_OPEN} JOIN cards ON cards.conversation = found.id
    GROUP BY cards.channel ORDER BY COUNT(*) DESC, cards.channel
"""
_WHICH: Final[Mapping[str, str]] = {
    "all": "",
    "later": "",
    "mine": "AND found.owner = :person",
    "unclaimed": "AND found.owner = ''",
    "channel": "AND found.id IN (SELECT conversation FROM cards WHERE channel = :of)",
    "campaign": "AND found.campaign = :of",
}
_PAGE: Final = f"""
    SELECT page.at, page.since, page.owner, people.name AS owner_name, conversations.owned_at,
        {BARRED},
        conversations.snapshot, COALESCE(conversations.later_at, conversations.back_at) AS later_at,
        conversations.back_at IS NOT NULL AS is_back,
        EXISTS (
        SELECT 1 FROM entries WHERE state = 'open' AND kind = 'carry_out'
            AND lane IN (
                'conversation:' || page.id, 'aside:' || 'conversation:' || page.id
            )
    ) AS is_saved
    FROM (
        SELECT * FROM {{0}} WHERE (found.at, found.id) > (:at, :after) {{1}}
        ORDER BY found.at, found.id LIMIT :most
    ) AS page JOIN conversations ON conversations.id = page.id
    LEFT JOIN people ON people.id = page.owner
    {WITH_BARRED}
    ORDER BY page.at, page.id
"""
_KEEP: Final = """
    INSERT INTO facts (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of conversations that wait for us: in `every`, of a person, without an owner; and
    how many are put off. `since`: of the one that waits longest."""

    every: int
    mine: int
    unclaimed: int
    later: int
    since: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """The number of them in one channel, or of one campaign."""

    name: str
    count: int
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """A conversation of a page. `at`: its position. `since`: when it began to wait for us; None if
    it does not. `later_at`: until when it was put off. `is_saved`: a decision about it waits for
    SendKit. `is_back`: it came back, and nothing has happened since."""

    conversation: Conversation
    at: float
    since: float | None
    later_at: float | None
    owner: Owner | None
    barred: Barred | None
    is_saved: bool
    is_back: bool


class HomeStore:
    """Every method raises DatabaseTrouble if the database fails. `now` is in seconds since the
    epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, person: UserId, now: float) -> Counts:
        (row,) = await self._database.read(_COUNTS, person=person, now=now)
        every, mine, unclaimed, later = (
            int(row[name]) for name in ("every", "mine", "unclaimed", "later")
        )
        return Counts(every, mine, unclaimed, later, row["since"])

    async def campaigns(self, now: float) -> Sequence[Share]:
        """The campaigns with most first."""
        rows = await self._database.read(_CAMPAIGNS, now=now)
        return [Share(row["campaign"], int(row["count"])) for row in rows]

    async def channels(self, now: float) -> Sequence[Share]:
        rows = await self._database.read(_CHANNELS, now=now)
        return [Share(row["channel"], int(row["count"]), row["since"]) for row in rows]

    async def page(
        self, chosen: Chosen, of: str, person: UserId, now: float, most: int
    ) -> Sequence[Waits]:
        """The conversations that a person looks at. `of`: the channel's id, or the campaign's
        name."""
        at, after = chosen.after or (-2.0 * _BEFORE_ALL, ConversationId(""))
        which, values = _WHICH[chosen.what], dict[str, Any]()
        if ":of" in which:
            values["of"] = of
        if ":person" in which:
            values["person"] = person
        sql = _PAGE.format(_PUT_OFF if chosen.what == "later" else _OPEN, which)
        rows = await self._database.read(sql, now=now, at=at, after=after, most=most, **values)
        return [_waits(row) for row in rows]

    async def chosen(self, person: UserId) -> tuple[Chosen, str] | None:
        """The list that the person chose last, and the campaign's name; None if they never opened
        Home."""
        sql = "SELECT value FROM facts WHERE name = :name"
        rows = await self._database.read(sql, name=_name(person))
        if not rows:
            return None
        said = json.loads(rows[0]["value"])
        return unpacked(said["chosen"]), said["campaign"]

    async def choose(self, person: UserId, chosen: Chosen, campaign: str = "") -> None:
        """Keeps it, for all processes."""
        value = json.dumps({"chosen": packed(chosen), "campaign": campaign})
        await self._database.write(Statement(_KEEP, {"name": _name(person), "value": value}))


def _name(person: UserId) -> str:
    return f"home {person}"


def _waits(row: Row) -> Waits:
    return Waits(
        conversation=snapshot(row),
        at=float(row["at"]),
        since=row["since"],
        later_at=row["later_at"],
        owner=owner_of(row),
        barred=barred_of(row),
        is_saved=bool(row["is_saved"]),
        is_back=bool(row["is_back"]),
    )
