"""The columns of a conversation that lists and counts ask for, filled from its snapshot."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from bot import dates
from bot.codec import decode, encode
from bot.errors import DatabaseTrouble
from bot.filters import is_negative
from bot.store import Database, Row, Statement
from bot.text import cut, folded
from bot.triage import Conversation, Lead

log = logging.getLogger(__name__)

# PostgreSQL's indexes take rows of about 2,700 bytes.
CAMPAIGN_LIMIT: Final = 200
PORTION: Final = 200
# Between two writes, the bot can save clicks.
PAUSE_SECONDS: Final = 0.01
# During a rolling upgrade, an older version of the bot goes on to write snapshots alone.
AGAIN_SECONDS: Final = 30.0

# Without SendKit's word on whose turn it is, a time that is known stays.
_WAITING_SINCE: Final = """
    CASE WHEN {0}turn_known = 1 THEN {0}waiting_since
    ELSE COALESCE(conversations.waiting_since, {0}waiting_since) END
"""
# New mail ends that a conversation is put off, and so does an aiTag by which no answer is owed. An
# automatic reply of the lead does not.
_ENDS: Final = """
    (:is_person = 1 AND :replied_at > conversations.later_reply)
    OR (:turn_known = 1 AND conversations.later_since >= 0
        AND :waits <> conversations.later_since)
    OR (:turn_known = 1 AND conversations.later_since < 0
        AND :turned_at > conversations.later_set_at)
    OR :negative > conversations.negative
"""
_LATER: Final = f"""
    later_at = CASE WHEN {_ENDS} THEN NULL ELSE conversations.later_at END,
    back_at = CASE WHEN {_ENDS} THEN NULL ELSE conversations.back_at END
"""
REMEMBER: Final = f"""
    INSERT INTO conversations (id, email, replied_at, seen_at, snapshot, filled_at, unread, ai_tag,
        negative, campaign, lead, waiting_since, turn_known, turn_asked_at)
    VALUES (:id, :email, :replied_at, :seen_at, :snapshot, :seen_at, :unread, :ai_tag,
        :negative, :campaign, :lead, :waiting_since, :turn_known,
        CASE WHEN :turn_known = 1 THEN :seen_at ELSE 0 END)
    ON CONFLICT (id) DO UPDATE SET email = excluded.email, replied_at = excluded.replied_at,
        seen_at = excluded.seen_at, snapshot = excluded.snapshot, filled_at = excluded.filled_at,
        unread = excluded.unread, ai_tag = excluded.ai_tag, negative = excluded.negative,
        campaign = excluded.campaign, lead = excluded.lead,
        waiting_since = {_WAITING_SINCE.format("excluded.")},
        turn_known = excluded.turn_known,
        turn_asked_at = CASE WHEN excluded.turn_known = 1 THEN excluded.turn_asked_at
            ELSE conversations.turn_asked_at END,
        {_LATER}
"""
_FILL: Final = f"""
    UPDATE conversations SET filled_at = seen_at, unread = :unread, ai_tag = :ai_tag,
        negative = :negative, campaign = :campaign, lead = :lead, turn_known = :turn_known,
        waiting_since = {_WAITING_SINCE.format(":")}, {_LATER}
    WHERE id = :id AND seen_at = :seen_at AND filled_at <> seen_at
"""
_TURNED: Final = f"""
    UPDATE conversations SET snapshot = :snapshot, filled_at = seen_at, unread = :unread,
        ai_tag = :ai_tag, negative = :negative, campaign = :campaign, turn_known = :turn_known,
        waiting_since = {_WAITING_SINCE.format(":")}, turn_asked_at = :at, {_LATER}
    WHERE id = :id AND seen_at = :seen_at
"""


def remember(conversation: Conversation, seen_at: float) -> Statement:
    """Stores the conversation, and fills its columns."""
    values = {
        **_columns(conversation),
        "email": folded(conversation.lead.email),
        "seen_at": seen_at,
        "snapshot": json.dumps(encode(conversation)),
    }
    return Statement(REMEMBER, values)


def turned(conversation: Conversation, seen_at: float, at: float) -> Statement:
    """Stores whose turn it is, unless the conversation was seen again since `seen_at`."""
    values = {
        **_columns(conversation),
        "seen_at": seen_at,
        "snapshot": json.dumps(encode(conversation)),
        "at": at,
    }
    return Statement(_TURNED, values)


async def fill(database: Database) -> int:
    """Fills the columns of some conversations that an older version of the bot wrote. Returns how
    many there were. DatabaseTrouble on failure."""
    rows = await database.read(
        "SELECT id, seen_at, snapshot FROM conversations WHERE filled_at <> seen_at"
        " ORDER BY id LIMIT :most",
        most=PORTION,
    )
    if rows:
        await database.write(
            *(
                Statement(_FILL, {**_columns(snapshot(row)), "seen_at": row["seen_at"]})
                for row in rows
            )
        )
    return len(rows)


async def keep_filled(database: Database, again_seconds: float = AGAIN_SECONDS) -> None:
    """Fills them all, and looks again for others, for ever."""
    while True:
        pause = again_seconds
        try:
            if await fill(database):
                pause = PAUSE_SECONDS
        except DatabaseTrouble as error:
            log.warning("could not prepare conversations for lists: %s", error.reason)
        await asyncio.sleep(pause)


def snapshot(row: Row) -> Conversation:
    return decode(json.loads(row["snapshot"]), Conversation)


def named(lead: Lead) -> str:
    """The words by which people find a lead, `folded`."""
    return folded(f"{lead.name} {lead.company} {lead.email}")


def _columns(conversation: Conversation) -> Mapping[str, Any]:
    """Until SendKit says whose turn it is, an unread reply waits for us."""
    turn = conversation.turn
    if turn is not None:
        waiting_since = turn.since if turn.ours else None
    else:
        is_guess = conversation.unread and not conversation.auto_reply
        waiting_since = dates.from_iso(conversation.replied_at) if is_guess else None
    return {
        "id": conversation.id,
        "replied_at": conversation.replied_at,
        "is_person": int(not conversation.auto_reply),
        "turned_at": turn.since if turn else 0.0,
        "waits": waiting_since if turn and turn.ours else 0.0,
        "unread": int(conversation.unread),
        "ai_tag": _text(conversation.ai_tag) if conversation.ai_tag else None,
        "negative": int(is_negative(conversation.ai_tag)),
        "lead": _text(named(conversation.lead)),
        "campaign": cut(_text(conversation.campaign), CAMPAIGN_LIMIT),
        "waiting_since": waiting_since,
        "turn_known": int(turn is not None),
    }


def _text(text: str) -> str:
    """The text without half characters, which JSON holds and a column does not."""
    return text.encode(errors="replace").decode()
