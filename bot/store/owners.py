"""The owners of conversations. SendKit knows no owners, so this is the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.store import Database, Row, statement
from bot.store.people import named
from bot.triage import NOBODY, ChannelId, ConversationId, Door, Owner, UserId

# The owner is that of the last change, so that a repeat of an earlier one changes nothing. The
# first statement locks the row on PostgreSQL.
LOCK: Final = "UPDATE conversations SET owned_at = owned_at WHERE id = :conversation"
_CHANGE: Final = """
    INSERT INTO owner_changes (id, conversation, old_owner, new_owner, person, rule, at, door,
        channel)
    SELECT :id, id, owner, :owner, :person, :rule, :at, :door, :channel FROM conversations
    WHERE id = :conversation AND owner <> :owner AND (:is_certain = 1 OR owner IN ('', :only_from))
    ON CONFLICT (id) DO NOTHING
"""
OWN: Final = """
    UPDATE conversations SET owner = :owner, owned_at = CASE WHEN :owner = '' THEN NULL ELSE :at END
    WHERE id = :conversation AND (
        SELECT id FROM owner_changes WHERE conversation = :conversation ORDER BY seq DESC LIMIT 1
    ) = :id
"""
_OWNER: Final = """
    SELECT conversations.owner, conversations.owned_at, people.name AS owner_name
    FROM conversations LEFT JOIN people ON people.id = conversations.owner
    WHERE conversations.id = :id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """A conversation gets another `owner`, or NOBODY. `id` identifies the change: a repeat changes
    nothing. `only_from`: it changes only if this person has it, or nobody; None: in any case.
    `person`: who did it; NOBODY for a `rule`. `at` is in seconds since the epoch."""

    id: str
    conversation: ConversationId
    owner: UserId
    at: float
    only_from: UserId | None = None
    person: UserId = NOBODY
    rule: str = ""
    door: Door = ""
    channel: ChannelId | None = None


@dataclass(frozen=True, slots=True)
class Owned:
    """The result of an OwnerChange: whether it was `made`, who had the conversation `before` it,
    and who has it `now`."""

    made: bool
    before: UserId
    now: Owner | None


class Owners:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(self, wanted: OwnerChange, names: Mapping[UserId, str]) -> Owned:
        """Makes the change, once. `names`: what people are called in the workspace."""
        values = {
            "id": wanted.id,
            "conversation": wanted.conversation,
            "owner": wanted.owner,
            "is_certain": int(wanted.only_from is None),
            "only_from": wanted.only_from or NOBODY,
            "person": wanted.person,
            "rule": wanted.rule,
            "at": wanted.at,
            "door": wanted.door,
            "channel": wanted.channel or "",
        }
        await self._database.write(
            *(named(each, name) for each, name in names.items() if name),
            *(statement(sql, values) for sql in (LOCK, _CHANGE, OWN)),
        )
        return await self.came_of(wanted.id, wanted.conversation)

    async def came_of(self, identity: str, conversation: ConversationId) -> Owned:
        """The result of a change."""
        made = await self._database.read(
            "SELECT old_owner FROM owner_changes WHERE id = :id", id=identity
        )
        before = UserId(made[0]["old_owner"]) if made else NOBODY
        return Owned(bool(made), before, await self.owner(conversation))

    async def owner(self, conversation: ConversationId) -> Owner | None:
        """The owner of the conversation."""
        rows = await self._database.read(_OWNER, id=conversation)
        return owner_of(rows[0]) if rows else None

    async def number(self, person: UserId) -> int:
        """The number of conversations of which the person is the owner."""
        sql = "SELECT COUNT(*) AS number FROM conversations WHERE owner = :person"
        (row,) = await self._database.read(sql, person=person)
        return int(row["number"])


def owner_of(row: Row) -> Owner | None:
    """The owner in a row with `owner`, `owned_at` and `owner_name`."""
    if not row["owner"]:
        return None
    return Owner(UserId(row["owner"]), row["owner_name"] or "Somebody", row["owned_at"] or 0.0)
