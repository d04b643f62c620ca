"""Queues of conversations that people go through, and the decisions that were made meanwhile."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from bot.store import Database, Row, Statement
from bot.store.record import UNDONE, WITH_UNDONE, outcome_of
from bot.triage import ConversationId, DecisionId, Outcome, UserId

_KEEP: Final = "INSERT INTO facts (name, value) VALUES (:name, :value)"
_CHANGE: Final = "UPDATE facts SET value = :value WHERE name = :name"
_FORGET: Final = "DELETE FROM facts WHERE name LIKE 'queue %' AND name < :name"
_DECIDED: Final = f"""
    SELECT decisions.*, {UNDONE} FROM decisions {WITH_UNDONE}
    WHERE decisions.conversation IN (SELECT key FROM json_each(:ids)) AND decisions.at >= :since
    ORDER BY decisions.seq
"""
_ASKED: Final = """
    SELECT id, lane, state, payload, steps FROM entries
    WHERE kind = 'carry_out' AND written_at >= :since
        AND lane IN (SELECT 'conversation:' || key FROM json_each(:ids))
    ORDER BY seq
"""
_WAITING: Final = """
    SELECT id, waiting_since FROM conversations
    WHERE waiting_since IS NOT NULL AND id IN (SELECT key FROM json_each(:ids))
"""
_PUT_OFF: Final = """
    SELECT id FROM conversations
    WHERE later_at IS NOT NULL AND id IN (SELECT key FROM json_each(:ids))
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision that somebody asked for. `person`: empty once it is over. `waits`: SendKit is
    still to be told."""

    id: DecisionId
    conversation: ConversationId
    person: str
    waits: bool


class QueueStore:
    """Every method raises DatabaseTrouble if the database fails. Keys sort by time; `since` is in
    seconds since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, key: str, queue: str, forgotten: str) -> None:
        """Keeps a queue, and deletes those with keys before `forgotten`."""
        await self._database.write(
            Statement(_FORGET, {"name": f"queue {forgotten}"}),
            Statement(_KEEP, {"name": f"queue {key}", "value": queue}),
        )

    async def change(self, key: str, queue: str) -> None:
        """Keeps this in place of what is kept, if anything is."""
        await self._database.write(Statement(_CHANGE, {"name": f"queue {key}", "value": queue}))

    async def kept(self, key: str) -> str | None:
        sql = "SELECT value FROM facts WHERE name = :name"
        rows = await self._database.read(sql, name=f"queue {key}")
        return str(rows[0]["value"]) if rows else None

    async def decided(
        self, conversations: Sequence[ConversationId], since: float
    ) -> Sequence[tuple[UserId, Outcome]]:
        """The decisions about these conversations since then, in their order, and who made them."""
        rows = await self._database.read(_DECIDED, **_about(conversations, since))
        return [(UserId(row["person"]), outcome_of(row)) for row in rows]

    async def asked(self, conversations: Sequence[ConversationId], since: float) -> Sequence[Asked]:
        """The decisions that people asked for since then, in their order."""
        rows = await self._database.read(_ASKED, **_about(conversations, since))
        return [_asked(row) for row in rows]

    async def waiting_since(
        self, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, float]:
        """Since when these leads wait for us, in seconds since the epoch, where the bot knows."""
        rows = await self._database.read(_WAITING, ids=json.dumps(dict.fromkeys(conversations)))
        return {ConversationId(row["id"]): row["waiting_since"] for row in rows}

    async def put_off(self, conversations: Sequence[ConversationId]) -> Set[ConversationId]:
        """Those of these conversations that are put off."""
        rows = await self._database.read(_PUT_OFF, ids=json.dumps(dict.fromkeys(conversations)))
        return {ConversationId(row["id"]) for row in rows}


def _about(conversations: Sequence[ConversationId], since: float) -> Mapping[str, Any]:
    """The ids are one parameter: SQLite and PostgreSQL both read the keys of a JSON object."""
    return {"ids": json.dumps(dict.fromkeys(conversations)), "since": since}


def _asked(entry: Row) -> Asked:
    # An entry is still open while people are told of the result of its PATCH.
    waits = entry["state"] == "open" and "patch" not in json.loads(entry["steps"])
    person = json.loads(entry["payload"])["origin"]["person"]["id"] if entry["payload"] else ""
    conversation = ConversationId(entry["lane"].partition(":")[2])
    return Asked(DecisionId(entry["id"]), conversation, person, waits)
