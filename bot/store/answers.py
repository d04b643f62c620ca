"""Answers to leads: who answers which mail, how far it is, and the texts that people began."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.answers import UNSENT, Answer, AnswerId, Draft, State
from bot.codec import decode, encode
from bot.store import Database, Row, Statement
from bot.triage import ChannelId, ConversationId, Origin, Person, UserId

_PENDING: Final = "'waiting', 'checking', 'queued'"
# Either unique index may already have a row: then somebody was first.
_CLAIM: Final = """
    INSERT INTO answers (id, conversation, answered, person, handle, text, cc, mailbox, send_at,
        state, origin, made_at, changed_at, because)
    VALUES (:id, :conversation, :answered, :person, :handle, :text, :cc, :mailbox, :send_at,
        'waiting', :origin, :made_at, :made_at, :because)
    ON CONFLICT DO NOTHING
"""
# It may have ended a moment ago.
_FIRST: Final = f"""
    SELECT * FROM answers WHERE conversation = :conversation
    ORDER BY CASE
        WHEN state IN ({_PENDING}) THEN 0
        WHEN answered = :answered AND state IN ('sent', 'unsettled') THEN 1
        ELSE 2
    END, seq DESC LIMIT 1
"""
# Only from the state in which the answer was read, so that of several processes one goes on.
_CHANGE: Final = """
    UPDATE answers SET state = :state, reason = :reason, scheduled_for = :scheduled_for,
        reply_id = :reply_id, too_late = :too_late, told = :told, changed_at = :at
    WHERE id = :id AND state = :was AND scheduled_for = :was_for
"""
_WISH: Final = f"""
    UPDATE answers SET wished_by = :name
    WHERE id = :id AND state IN ({_PENDING}) AND wished_by = ''
"""
# An answer that is over or was never recorded again leaves its text, unless a newer one is there.
_KEEP: Final = """
    INSERT INTO drafts (person, conversation, text, cc, at)
    SELECT person, conversation, text, cc, :at FROM answers WHERE id = :id AND state = :state
    ON CONFLICT (person, conversation) DO NOTHING
"""
_DROP_SENT: Final = """
    DELETE FROM drafts WHERE person = :person AND conversation = :conversation
        AND EXISTS (
            SELECT 1 FROM answers WHERE id = :id AND state = 'sent' AND text = drafts.text
        )
"""
_KEEP_DRAFT: Final = """
    INSERT INTO drafts (person, conversation, text, cc, at)
    VALUES (:person, :conversation, :text, :cc, :at)
    ON CONFLICT (person, conversation) DO UPDATE SET text = excluded.text, cc = excluded.cc,
        at = excluded.at
    WHERE drafts.at <= excluded.at
"""
_DROP: Final = "DELETE FROM drafts WHERE person = :person AND conversation = :conversation"
_WRITES: Final = """
    INSERT INTO writers (conversation, person, handle, writes_until)
    VALUES (:conversation, :person, :handle, :until)
    ON CONFLICT (conversation, person) DO UPDATE SET writes_until = excluded.writes_until
"""
_STOPS: Final = """
    DELETE FROM writers
    WHERE conversation = :conversation AND person = :person AND writes_until <= :until
"""
_WRITING: Final = """
    SELECT person, handle FROM writers WHERE conversation = :conversation AND writes_until > :now
    ORDER BY writes_until DESC, person LIMIT 1
"""
# Their entries have ended in a way that was not foreseen, so no entry watches them.
_UNWATCHED: Final = """
    SELECT * FROM answers WHERE told = 0 AND NOT EXISTS (
        SELECT 1 FROM entries WHERE lane = 'answer:' || answers.id AND state = 'open'
    )
    ORDER BY seq LIMIT :most
"""
_UNTOLD: Final = "SELECT * FROM answers WHERE conversation = :conversation AND told = 0"
MOST: Final = 200


class Answers:
    """Every method raises DatabaseTrouble if the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, answer: Answer) -> Answer:
        """Records the answer as WAITING, unless another one is under way or has answered the same
        mail. Returns it as recorded, or the other one. A repeat changes nothing."""
        origin = replace(answer.origin, response_url=None)
        values = {
            "id": answer.id,
            "conversation": answer.conversation,
            "answered": answer.answered,
            "person": answer.writer.id,
            "handle": answer.writer.handle,
            "text": answer.text,
            "cc": json.dumps(answer.cc),
            "mailbox": answer.mailbox,
            "send_at": answer.send_at,
            "origin": json.dumps(encode(origin)),
            "made_at": answer.made_at,
            "because": answer.because,
        }
        which = {"conversation": answer.conversation, "answered": answer.answered}
        await self._database.write(Statement(_CLAIM, values))
        if (mine := await self.get(answer.id)) is not None:
            return mine
        (first,) = await self._database.read(_FIRST, **which)
        return _answer(first)

    async def get(self, answer: AnswerId) -> Answer | None:
        rows = await self._database.read("SELECT * FROM answers WHERE id = :id", id=answer)
        return _answer(rows[0]) if rows else None

    async def of(self, conversation: ConversationId) -> Answer | None:
        """The newest answer of a conversation."""
        sql = "SELECT * FROM answers WHERE conversation = :id ORDER BY seq DESC LIMIT 1"
        rows = await self._database.read(sql, id=conversation)
        return _answer(rows[0]) if rows else None

    async def untold(self, conversation: ConversationId) -> Sequence[Answer]:
        """The answers of a conversation that are still watched."""
        rows = await self._database.read(_UNTOLD, conversation=conversation)
        return [_answer(row) for row in rows]

    async def unwatched(self) -> Sequence[Answer]:
        """The answers whose end is not told and that no entry of the journal watches."""
        return [_answer(row) for row in await self._database.read(_UNWATCHED, most=MOST)]

    async def change(self, before: Answer, now: Answer, at: float) -> bool:
        """Stores how far the answer is; False, and nothing is stored, if it was changed since it
        was read. An answer that was not sent becomes a draft, unless its writer has begun another
        text; the draft of one that was sent is deleted."""
        values: dict[str, Any] = {
            "id": before.id,
            "was": before.state,
            "was_for": before.scheduled_for,
            "state": now.state,
            "reason": now.reason,
            "scheduled_for": now.scheduled_for,
            "reply_id": now.reply_id,
            "too_late": int(now.too_late),
            "told": int(now.told),
            "at": at,
        }
        statements = [Statement(_CHANGE, values)]
        if now.state in UNSENT and now.state != before.state:
            kept = {"id": before.id, "state": now.state, "at": at}
            statements.append(Statement(_KEEP, kept))
        if now.state is State.SENT:
            whose = {"person": before.writer.id, "conversation": before.conversation}
            statements.append(Statement(_DROP_SENT, {"id": before.id, **whose}))
        changed, *_ = await self._database.write(*statements)
        return bool(changed)

    async def wish_back(self, answer: AnswerId, name: str) -> bool:
        """Notes who wants the answer back; False if it is no longer pending, or somebody wants it
        back already."""
        wished = Statement(_WISH, {"id": answer, "name": name})
        return bool((await self._database.write(wished))[0])

    async def keep_draft(self, draft: Draft) -> None:
        """Keeps a text that a person began, in place of an older one."""
        values = {
            "person": draft.person,
            "conversation": draft.conversation,
            "text": draft.text,
            "cc": json.dumps(draft.cc),
            "at": draft.at,
        }
        await self._database.write(Statement(_KEEP_DRAFT, values))

    async def draft(self, person: UserId, conversation: ConversationId) -> Draft | None:
        sql = "SELECT * FROM drafts WHERE person = :person AND conversation = :conversation"
        rows = await self._database.read(sql, person=person, conversation=conversation)
        if not rows:
            return None
        (row,) = rows
        return Draft(person, conversation, row["text"], tuple(json.loads(row["cc"])), row["at"])

    async def drop_draft(self, person: UserId, conversation: ConversationId) -> None:
        values = {"person": person, "conversation": conversation}
        await self._database.write(Statement(_DROP, values))

    async def note_writing(
        self, conversation: ConversationId, person: Person, until: float
    ) -> None:
        """Notes that a person writes an answer `until` then, in seconds since the epoch; a time in
        the past: no longer."""
        values = {
            "conversation": conversation,
            "person": person.id,
            "handle": person.handle,
            "until": until,
        }
        await self._database.write(Statement(_WRITES, values))

    async def stop_writing(
        self, conversation: ConversationId, person: UserId, until: float
    ) -> bool:
        """Forgets that a person writes an answer, if they would have done so `until` then at most;
        whether that was noted."""
        values = {"conversation": conversation, "person": person, "until": until}
        (stopped,) = await self._database.write(Statement(_STOPS, values))
        return bool(stopped)

    async def writing(self, conversation: ConversationId, now: float) -> Person | None:
        """Who writes an answer now; the last one to begin, of several."""
        rows = await self._database.read(_WRITING, conversation=conversation, now=now)
        return Person(UserId(rows[0]["person"]), rows[0]["handle"]) if rows else None


def _answer(row: Row) -> Answer:
    return Answer(
        id=AnswerId(row["id"]),
        conversation=ConversationId(row["conversation"]),
        answered=row["answered"],
        writer=Person(UserId(row["person"]), row["handle"]),
        text=row["text"],
        origin=_origin(row),
        cc=tuple(json.loads(row["cc"])),
        mailbox=row["mailbox"],
        send_at=row["send_at"],
        scheduled_for=row["scheduled_for"],
        state=State(row["state"]),
        reason=row["reason"],
        made_at=row["made_at"],
        reply_id=row["reply_id"],
        wished_by=row["wished_by"],
        too_late=bool(row["too_late"]),
        told=bool(row["told"]),
        because=row["because"],
    )


def _origin(row: Row) -> Origin:
    """Where the writer sent it; nowhere once they are forgotten."""
    if not row["origin"]:
        return Origin(ChannelId(""), Person(UserId(""), ""))
    return decode(json.loads(row["origin"]), Origin)
