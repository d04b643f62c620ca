"""The content of a message's cards, in one query."""

from typing import Final

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
        {BARRED}, decisions.*, {UNDONE}
    FROM ({{0}}) AS placed
    LEFT JOIN conversations ON conversations.id = placed.shown
    LEFT JOIN people ON people.id = conversations.owner
    LEFT JOIN people AS putting ON putting.id = conversations.later_by
    {WITH_BARRED}
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
    )
