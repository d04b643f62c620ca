"""Rules that give new replies to people in turn."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import filters as of_replies
from bot.filters import Filters
from bot.store import Database, Row, Statement, statement
from bot.store.owners import LOCK, OWN
from bot.text import folded
from bot.triage import NOBODY, ChannelId, ConversationId, UserId

_SET: Final = """
    INSERT INTO owner_rules (id, channel, filters, made_by, made_at)
    VALUES (:id, :channel, :filters, :by, :at)
    ON CONFLICT (id) DO UPDATE SET made_by = excluded.made_by
"""
_LEAVE: Final = """
    DELETE FROM owner_rule_people
    WHERE rule = :id AND person NOT IN (SELECT key FROM json_each(:people))
"""
# Somebody who stays keeps their turn.
_JOIN: Final = """
    INSERT INTO owner_rule_people (rule, person, position) VALUES (:id, :person, :position)
    ON CONFLICT (rule, person) DO UPDATE SET position = excluded.position
"""
_CONCERN: Final = """
    SELECT EXISTS (SELECT 1 FROM owner_rules)
        OR EXISTS (SELECT 1 FROM conversations WHERE id = :id AND owner <> '') AS ruled
"""
# Two replies at once must not both see the same person's turn.
_LOCK_RULE: Final = "UPDATE owner_rules SET given = given WHERE id = :rule"
_GIVE: Final = """
    INSERT INTO owner_changes (id, conversation, old_owner, new_owner, rule, at)
    SELECT :id, conversations.id, conversations.owner, chosen.person, :why, :at
    FROM conversations, (
        SELECT person FROM owner_rule_people
        WHERE rule = :rule AND person IN (SELECT key FROM json_each(:people))
        ORDER BY given, position LIMIT 1
    ) AS chosen
    WHERE conversations.id = :conversation AND conversations.owner IN ('', :only_from)
    ON CONFLICT (id) DO NOTHING
"""
_MADE: Final = "(SELECT {0} FROM owner_changes WHERE id = :id)"
_TURN: Final = f"""
    UPDATE owner_rule_people SET given = {_MADE.format("seq")}
    WHERE rule = :rule AND person = {_MADE.format("new_owner")} AND given < {_MADE.format("seq")}
"""


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Gives new replies to its people in turn: those that pass the filters, or those of a channel.
    `people`: each with the number of the change of owner that was their last turn."""

    filters: Filters | None
    channel: ChannelId | None
    made_by: UserId
    people: tuple[tuple[UserId, int], ...]

    @property
    def id(self) -> str:
        return f"channel {self.channel}" if self.channel else f"filters {folded(str(self.filters))}"

    def in_turn(self, here: Collection[UserId]) -> Sequence[UserId]:
        """The people who are here, the next one first."""
        turns = {person: (given, at) for at, (person, given) in enumerate(self.people)}
        return sorted((each for each in turns if each in here), key=lambda each: turns[each])


class OwnerRules:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[OwnerRule]:
        """All rules: those with filters first, then those of channels, each the oldest first."""
        people = await self._database.read("SELECT * FROM owner_rule_people ORDER BY position")
        rules = await self._database.read(
            "SELECT * FROM owner_rules ORDER BY channel <> '', made_at, id"
        )
        return [_rule(row, [each for each in people if each["rule"] == row["id"]]) for row in rules]

    async def concern(self, conversation: ConversationId) -> bool:
        """Whether a new reply may get an owner, or has one: there are rules, or somebody owns the
        conversation."""
        (row,) = await self._database.read(_CONCERN, id=conversation)
        return bool(row["ruled"])

    async def set(self, rule: OwnerRule, at: float) -> None:
        """Makes the rule, or gives the one of the same replies other people."""
        ids = [person for person, _ in rule.people]
        values: dict[str, Any] = {
            "id": rule.id,
            "channel": rule.channel or "",
            "filters": "" if rule.filters is None else rule.filters.stored,
            "by": rule.made_by,
            "at": at,
            "people": json.dumps(dict.fromkeys(ids)),
        }
        await self._database.write(
            statement(_SET, values),
            statement(_LEAVE, values),
            *(
                Statement(_JOIN, {"id": rule.id, "person": person, "position": position})
                for position, person in enumerate(ids)
            ),
        )

    async def remove(self, rule: OwnerRule) -> bool:
        """Ends the rule of these replies; returns whether there was one."""
        removed, _ = await self._database.write(
            Statement("DELETE FROM owner_rules WHERE id = :id", {"id": rule.id}),
            Statement("DELETE FROM owner_rule_people WHERE rule = :id", {"id": rule.id}),
        )
        return bool(removed)

    async def give(
        self,
        identity: str,
        conversation: ConversationId,
        rule: OwnerRule,
        people: Collection[UserId],
        at: float,
        only_from: UserId = NOBODY,
    ) -> None:
        """Gives the conversation to the one of these people whose turn it is, once for this
        `identity`, if nobody has it or this person does. `at` is in seconds since the epoch."""
        values: dict[str, Any] = {
            "id": identity,
            "conversation": conversation,
            "rule": rule.id,
            "why": str(rule.filters) if rule.channel is None else rule.id,
            "people": json.dumps(dict.fromkeys(people)),
            "at": at,
            "only_from": only_from,
        }
        own = OWN.replace(":owner", _MADE.format("new_owner"))
        await self._database.write(
            *(statement(sql, values) for sql in (LOCK, _LOCK_RULE, _GIVE, _TURN, own))
        )


def _rule(row: Row, people: Sequence[Row]) -> OwnerRule:
    return OwnerRule(
        filters=None if row["channel"] else of_replies.from_text(row["filters"]),
        channel=ChannelId(row["channel"]) if row["channel"] else None,
        made_by=UserId(row["made_by"]),
        people=tuple((UserId(each["person"]), each["given"]) for each in people),
    )
