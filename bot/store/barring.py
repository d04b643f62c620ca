"""Whose address is on SendKit's do-not-contact list. SendKit does not say it: this is what the bot
has put there or met there."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from bot.barred import Barred
from bot.store import Row, Rows, Statement
from bot.store.columns import remember
from bot.store.people import named
from bot.text import folded
from bot.triage import NOBODY, Conversation, ConversationId, UserId

# For a query of `conversations`: columns and joins that say it of any conversation with the
# address.
BARRED: Final = "barring.barred_at, barrer.name AS barrer_name"
WITH_BARRED: Final = """
    LEFT JOIN conversations AS barring ON barring.id = (
        SELECT listed.id FROM conversations AS listed
        WHERE listed.email = conversations.email AND listed.barred_at IS NOT NULL
        ORDER BY listed.barred_at, listed.id LIMIT 1
    )
    LEFT JOIN people AS barrer ON barrer.id = barring.barred_by
"""
_OF_ADDRESSES: Final = """
    SELECT conversations.email, conversations.barred_at, people.name AS barrer_name
    FROM conversations LEFT JOIN people ON people.id = conversations.barred_by
    WHERE conversations.barred_at IS NOT NULL
        AND conversations.email IN (SELECT key FROM json_each(:emails))
    ORDER BY conversations.barred_at DESC, conversations.id DESC
"""
_BAR: Final = """
    UPDATE conversations SET barred_at = :at, barred_by = :person
    WHERE id = :id AND barred_at IS NULL
"""


def barring(
    conversation: Conversation, at: float, person: UserId = NOBODY, name: str = ""
) -> Sequence[Statement]:
    """The statements that store the conversation, and that its lead's address is on the list. If
    it is known, `person` put it there."""
    who = [named(person, name)] if person else []
    values = {"id": conversation.id, "at": at, "person": person}
    return [*who, remember(conversation, at), Statement(_BAR, values)]


async def barred(
    rows: Rows, conversations: Sequence[Conversation]
) -> Mapping[ConversationId, Barred]:
    """Those of the conversations whose lead's address is on the list."""
    emails = {each.id: folded(each.lead.email) for each in conversations}
    asked = json.dumps(dict.fromkeys(emails.values()))
    found = {row["email"]: barred_of(row) for row in await rows.read(_OF_ADDRESSES, emails=asked)}
    known = {each: found.get(email) for each, email in emails.items()}
    return {each: one for each, one in known.items() if one is not None}


def barred_of(row: Row) -> Barred | None:
    """What a row with the columns BARRED says."""
    if row["barred_at"] is None:
        return None
    return Barred(row["barrer_name"] or "", row["barred_at"])
