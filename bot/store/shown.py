"""The content of a message's cards, in one query."""

from typing import Final

from bot import dates
from bot.answered import Answered
from bot.answers import State
from bot.store import Row
from bot.store.barring import BARRED, WITH_BARRED, barred_of
from bot.store.columns import snapshot
from bot.store.laters import until_of
from bot.store.owners import owner_of
from bot.store.record import UNDONE, WITH_UNDONE, outcome_of
from bot.triage import Card, Conversation, ConversationId, Folded, Lead

# The lead of a conversation that could not be read and was never seen. A card would lose facts with
# it.
UNKNOWN_LEAD: Final = Lead(email="")

# The cards in a message, folded ones too.
PLACED: Final = """
    SELECT conversation AS shown, position, earlier, NULL AS newer, '' AS words
    FROM cards WHERE channel = :channel AND ts = :ts
    UNION ALL
    SELECT conversation, position, '', newer, words
    FROM folded WHERE channel = :channel AND ts = :ts
"""
_SHOWN: Final = f"""
    SELECT placed.*, conversations.snapshot, conversations.owner, conversations.owned_at,
        people.name AS owner_name, conversations.later_at, putting.name AS later_name,
        {BARRED}, answers.id AS answer_id, answers.state AS answer_state,
        COALESCE(NULLIF(answering.name, ''), answers.handle) AS answer_by,
        answers.scheduled_for AS answer_due, answers.changed_at AS answer_changed,
        answers.reason AS answer_reason, answers.wished_by, (
            SELECT COALESCE(NULLIF(people.name, ''), writers.handle)
            FROM writers LEFT JOIN people ON people.id = writers.person
            WHERE writers.conversation = placed.shown
            ORDER BY writes_until DESC, writers.person LIMIT 1
        ) AS writing,
        decisions.*, {UNDONE}
    FROM ({{0}}) AS placed
    LEFT JOIN conversations ON conversations.id = placed.shown
    LEFT JOIN people ON people.id = conversations.owner
    LEFT JOIN people AS putting ON putting.id = conversations.later_by
    {WITH_BARRED}
    LEFT JOIN answers ON answers.seq = (
        SELECT MAX(seq) FROM answers AS newest WHERE newest.conversation = placed.shown
    )
    LEFT JOIN people AS answering ON answering.id = answers.person
    LEFT JOIN decisions ON decisions.seq = (
        SELECT MAX(seq) FROM decisions AS last WHERE last.conversation = placed.shown
    )
    {WITH_UNDONE}
    ORDER BY placed.position, placed.shown
"""
SHOWN: Final = _SHOWN.format(PLACED)
# One conversation, wherever its cards are.
SHOWN_ALONE: Final = _SHOWN.format(
    "SELECT CAST(:id AS TEXT) AS shown, 0 AS position, '' AS earlier, NULL AS newer, '' AS words"
)


def card_of(row: Row) -> Card:
    """The card in a row of SHOWN or SHOWN_ALONE."""
    unseen = Conversation(ConversationId(row["shown"]), UNKNOWN_LEAD)
    return Card(
        snapshot(row) if row["snapshot"] else unseen,
        outcome_of(row) if row["id"] else None,
        earlier=row["earlier"],
        folded=None if row["newer"] is None else Folded(row["newer"], row["words"]),
        owner=owner_of(row),
        later=until_of(row),
        barred=barred_of(row),
        answer=answered_of(row),
        writing=row["writing"] or "",
    )


def answered_of(row: Row) -> Answered | None:
    """The newest answer. One that SendKit has goes out when the bot asked it to."""
    if row["answer_id"] is None:
        return None
    due = dates.from_iso(row["answer_due"]) if row["answer_state"] == State.QUEUED else None
    return Answered(
        id=row["answer_id"],
        person=row["answer_by"],
        state=row["answer_state"],
        at=row["answer_changed"] if due is None else due,
        reason=row["answer_reason"],
        wished_by=row["wished_by"],
    )
