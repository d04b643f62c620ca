"""Reads the record: which decisions were carried out, and which wait."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.codec import decode
from bot.store import Row, Rows, containing
from bot.store.columns import snapshot
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    Door,
    Lead,
    Outcome,
    Recorded,
    Revert,
    Seen,
    UserId,
)

# For a query of `decisions`: whose decision an undo took back; empty for their own.
UNDONE: Final = "CASE WHEN undone.person <> decisions.person THEN undone.name ELSE '' END AS undone"
WITH_UNDONE: Final = "LEFT JOIN decisions AS undone ON undone.id = decisions.undoes"
_RECORDED: Final = f"SELECT decisions.*, {UNDONE} FROM decisions {WITH_UNDONE}"
_CARDS: Final = """
    EXISTS (SELECT 1 FROM {0} WHERE {0}.conversation = {1}.conversation
        AND {0}.channel = :channel)
"""
_LAST: Final = """
    SELECT MAX(seq) FROM decisions AS last WHERE last.conversation = decisions.conversation
"""
# The place of a decision or a change of owner in the log. Of the same time, decisions come last.
_PLACE: Final = """
    SELECT at, kind, seq FROM (
        SELECT at, 1 AS kind, seq FROM decisions WHERE id = :before
        UNION ALL SELECT at, 0 AS kind, seq FROM owner_changes WHERE id = :before
    ) AS place
"""
_WAITING: Final = "SELECT id, payload FROM entries WHERE state = 'open' AND kind = 'carry_out'"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was carried out or still waits. `at` is in seconds since the epoch."""

    id: DecisionId
    conversation: ConversationId
    change: Change
    at: float


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision in the record, with its conversation as last seen. `is_last`: no other came after
    it."""

    recorded: Recorded
    conversation: Conversation
    is_last: bool


@dataclass(frozen=True, slots=True)
class LoggedOwner:
    """A change of owner in the record: the ids and names of the person who made it, of the owner
    `before`, and of the new `owner`. An id is empty for a rule, for nobody, and for somebody who
    was forgotten; a name where it is not known."""

    id: DecisionId
    conversation: Conversation
    at: float
    door: Door
    is_rule: bool
    by: tuple[UserId, str]
    before: tuple[UserId, str]
    owner: tuple[UserId, str]


class Record:
    """Every method raises DatabaseTrouble on failure."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, decision: DecisionId) -> Recorded | None:
        return await self._first("WHERE decisions.id = :id", id=decision)

    async def last(self, conversation: ConversationId) -> Recorded | None:
        """The last decision about the conversation."""
        where = "WHERE decisions.conversation = :id ORDER BY decisions.seq DESC LIMIT 1"
        return await self._first(where, id=conversation)

    async def newest(self, conversation: ConversationId) -> Decided | None:
        """The last decision about the conversation, also one that waits."""
        if waiting := await self.waiting(f"conversation:{conversation}"):
            return _decided(waiting[-1])
        last = await self.last(conversation)
        return _decided(last.outcome) if last else None

    async def newest_of(self, person: UserId, since: float) -> Decided | None:
        """A person's last decision since then, in seconds since the epoch, also one that waits."""
        sql = f"{_WAITING} AND payload LIKE :person ESCAPE '!'"
        waiting = map(_waiting, await self._rows.read(sql, person=containing(f'"{person}"')))
        found = [_decided(each) for each in waiting if each.person.id == person]
        where = """
            WHERE decisions.person = :person AND decisions.at >= :since
            ORDER BY decisions.at DESC, decisions.seq DESC LIMIT 1
        """
        if (last := await self._first(where, person=person, since=since)) is not None:
            found.append(_decided(last.outcome))
        return max(found, key=lambda each: each.at, default=None)

    async def to_undo(self, person: UserId, since: float) -> Decided | None:
        """A person's last decision since then that stands and is no undo, also one that waits."""
        made = """
            SELECT * FROM decisions WHERE conversation IN (
                SELECT conversation FROM decisions WHERE person = :person AND at >= :since
            ) ORDER BY seq
        """
        rows = await self._rows.read(made, person=person, since=since)
        sql = f"{_WAITING} AND (payload LIKE :person ESCAPE '!' OR payload LIKE :undo ESCAPE '!')"
        about = {"person": containing(f'"{person}"'), "undo": containing('"undo"')}
        waiting = [_waiting(row) for row in await self._rows.read(f"{sql} ORDER BY seq", **about)]
        order = [(DecisionId(row["id"]), row["undoes"]) for row in rows]
        order += [
            (each.id, each.change.decision if isinstance(each.change, Revert) else "")
            for each in waiting
        ]
        gone = undone(reversed(order))
        theirs = [row for row in rows if row["person"] == person and row["at"] >= since]
        found = {DecisionId(row["id"]): row["at"] for row in theirs}
        found |= {each.id: each.at for each in waiting if each.person.id == person}
        undos = {each for each, undoes in order if undoes}
        stands = [each for each in found if each not in gone and each not in undos]
        newest = max(reversed(stands), key=found.__getitem__, default=None)
        for each in waiting:
            if each.id == newest:
                return _decided(each)
        known = await self.get(newest) if newest else None
        return _decided(known.outcome) if known else None

    async def standing(self, conversation: ConversationId) -> DecisionId | None:
        """The last decision about the conversation that is no undo and was not undone."""
        sql = "SELECT id, undoes FROM decisions WHERE conversation = :id ORDER BY seq DESC"
        rows = await self._rows.read(sql, id=conversation)
        order = [(DecisionId(row["id"]), row["undoes"]) for row in rows]
        gone = undone(order)
        return next((each for each, undoes in order if not undoes and each not in gone), None)

    async def written(self, conversation: ConversationId, beginning: str) -> Sequence[DecisionId]:
        """The ids with this beginning of all that was ever decided about the conversation, also of
        what waits and of what came to nothing."""
        sql = "SELECT id FROM entries WHERE lane IN (:lane, :aside) AND substr(id, 1, :size) = :id"
        lane = f"conversation:{conversation}"
        values = {"lane": lane, "aside": f"aside:{lane}", "size": len(beginning), "id": beginning}
        return [DecisionId(row["id"]) for row in await self._rows.read(sql, **values)]

    async def is_open(self, decision: DecisionId) -> bool:
        """Whether a decision still waits."""
        sql = "SELECT seq FROM entries WHERE id = :id AND state = 'open'"
        return bool(await self._rows.read(sql, id=decision))

    async def log(
        self,
        most: int,
        *,
        about: Sequence[ConversationId] = (),
        channel: ChannelId | None = None,
        before: DecisionId | None = None,
        only_last: bool = False,
    ) -> Sequence[Logged]:
        """The newest decisions: `about` these conversations, or those with cards in a channel, or
        all; those `before` another one; of each conversation, `only_last`."""
        where, values = _where("decisions", 1, about, channel, before)
        if only_last:
            where += f" AND decisions.seq = ({_LAST})"
        sql = f"""
            SELECT decisions.*, {UNDONE}, conversations.snapshot,
                decisions.seq = ({_LAST}) AS is_last
            FROM decisions {WITH_UNDONE}
            LEFT JOIN conversations ON conversations.id = decisions.conversation
            WHERE {where}
            ORDER BY decisions.at DESC, decisions.seq DESC LIMIT :most
        """
        return [_logged(row) for row in await self._rows.read(sql, most=most, **values)]

    async def owners(
        self,
        most: int,
        *,
        about: Sequence[ConversationId] = (),
        channel: ChannelId | None = None,
        before: DecisionId | None = None,
    ) -> Sequence[LoggedOwner]:
        """The newest changes of owners, as in `log`."""
        where, values = _where("owner_changes", 0, about, channel, before)
        sql = f"""
            SELECT owner_changes.*, conversations.snapshot, maker.name AS by_name,
                former.name AS before_name, present.name AS owner_name
            FROM owner_changes
            LEFT JOIN conversations ON conversations.id = owner_changes.conversation
            LEFT JOIN people AS maker ON maker.id = owner_changes.person
            LEFT JOIN people AS former ON former.id = owner_changes.old_owner
            LEFT JOIN people AS present ON present.id = owner_changes.new_owner
            WHERE {where}
            ORDER BY owner_changes.at DESC, owner_changes.seq DESC LIMIT :most
        """
        return [_logged_owner(row) for row in await self._rows.read(sql, most=most, **values)]

    async def _first(self, where: str, **values: object) -> Recorded | None:
        rows = await self._rows.read(f"{_RECORDED} {where}", **values)
        return _recorded(rows[0]) if rows else None

    async def waiting(self, lane: str, behind: str = "") -> Sequence[Decision]:
        """The decisions that wait in a lane, those `behind` an entry, in their order."""
        sql = f"""
            {_WAITING} AND lane = :lane
                AND seq > COALESCE((SELECT seq FROM entries WHERE id = :behind), 0)
            ORDER BY seq
        """
        return [_waiting(row) for row in await self._rows.read(sql, lane=lane, behind=behind)]


def undone(decisions: Iterable[tuple[DecisionId, str]]) -> Collection[str]:
    """The decisions that do not stand, of ids with what each undoes, the newest first. One whose
    undo was undone stands."""
    gone: set[str] = set()
    for identity, undoes in decisions:
        if undoes and identity not in gone:
            gone.add(undoes)
    return gone


def outcome_of(row: Row) -> Outcome:
    """A row of `decisions`, with UNDONE."""
    return Outcome(
        decision=DecisionId(row["id"]),
        conversation=ConversationId(row["conversation"]),
        person=row["name"],
        change=decode(json.loads(row["change"]), Change),
        at=row["at"],
        old_ai_tag=AiTag(row["old_ai_tag"]) if row["old_ai_tag"] else None,
        new_ai_tag=AiTag(row["new_ai_tag"]) if row["new_ai_tag"] else None,
        tags=tuple(json.loads(row["tags"])),
        replied_at=row["replied_at"],
        undone=row["undone"],
        reason=row["reason"],
    )


def _recorded(row: Row) -> Recorded:
    outcome, before = outcome_of(row), None
    if row["old_unread"] is not None:
        tags = tuple(json.loads(row["old_tags"]))
        before = Seen(outcome.old_ai_tag, tags, bool(row["old_unread"]))
    after = Seen(outcome.new_ai_tag, outcome.tags, bool(row["new_unread"]))
    return Recorded(outcome, UserId(row["person"]), row["door"], before, after)


def _where(
    table: str,
    kind: int,
    about: Sequence[ConversationId],
    channel: ChannelId | None,
    before: DecisionId | None,
) -> tuple[str, Mapping[str, object]]:
    """The condition for rows of this table, and its values."""
    conditions, values = ["TRUE"], dict[str, object]()
    if about:
        names = {"about" + "_" * number: each for number, each in enumerate(about)}
        wanted = ", ".join(f":{each}" for each in names)
        conditions.append(f"{table}.conversation IN ({wanted})")
        values |= names
    elif channel is not None:
        cards = (_CARDS.format(each, table) for each in ("cards", "folded"))
        conditions.append(f"({' OR '.join(cards)})")
        values["channel"] = channel
    if before is not None:
        conditions.append(f"({table}.at, {kind}, {table}.seq) < ({_PLACE})")
        values["before"] = before
    return " AND ".join(conditions), values


def _logged(row: Row) -> Logged:
    return Logged(_recorded(row), _known(row), bool(row["is_last"]))


def _logged_owner(row: Row) -> LoggedOwner:
    return LoggedOwner(
        id=DecisionId(row["id"]),
        conversation=_known(row),
        at=row["at"],
        door=row["door"],
        is_rule=bool(row["rule"]),
        by=(UserId(row["person"]), row["by_name"] or ""),
        before=(UserId(row["old_owner"]), row["before_name"] or ""),
        owner=(UserId(row["new_owner"]), row["owner_name"] or ""),
    )


def _known(row: Row) -> Conversation:
    unseen = Conversation(ConversationId(row["conversation"]), Lead(""))
    return snapshot(row) if row["snapshot"] else unseen


def _waiting(row: Row) -> Decision:
    return decode({**json.loads(row["payload"]), "id": row["id"]}, Decision)


def _decided(made: Decision | Outcome) -> Decided:
    identity = made.decision if isinstance(made, Outcome) else made.id
    return Decided(identity, made.conversation, made.change, made.at)
