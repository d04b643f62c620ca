"""SendKit's JSON: conversations, pages, replies and webhook bodies.

These functions change nothing: each describes a part of the inbox.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.playground.inbox import Event, Generation, Inbox, Json, RefusalError, Reply
from bot.playground.sample_data import Conversation, Lead, Message

Page = tuple[Sequence[str], Json]

OUR_ADDRESS = "sales@mycompany.example.com"
PREVIEW = 200
FIRST_CURSOR = "f" * 24


def iso(moment: datetime) -> str:
    """A time in SendKit's format: UTC, milliseconds, `Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def lead_shape(conversation: Conversation) -> Json:
    lead = conversation.lead
    names = {"firstName": lead.first_name, "lastName": lead.last_name, "companyName": lead.company}
    return {"_id": conversation.lead_id, "email": lead.email} | names


def row_shape(conversation: Conversation, generation: Generation = "new") -> Json:
    """A conversation in a list. The old generation has no read state at the top level."""
    lead, last, unread = conversation.lead, conversation.messages[-1], conversation.unread
    replies = [message for message in conversation.messages if message.from_lead]
    preview = last.text if len(last.text) <= PREVIEW else f"{last.text[:PREVIEW]}…"
    last_message: Json = {
        "content": preview,
        "from": lead.email if last.from_lead else OUR_ADDRESS,
        "receivedAt": iso(last.at),
        # The real lists are unreliable here, so clients must not depend on it.
        "isFromLead": True,
    }
    row = {
        "id": conversation.id,
        "lead": lead_shape(conversation),
        "campaign": {"_id": conversation.campaign_id, "name": conversation.campaign.name},
        "status": "active",
        "aiTag": conversation.ai_tag,
        "tags": list(conversation.tags),
        "repliedAt": iso(replies[-1].at),
        "lastMessage": last_message,
        "messageCount": len(conversation.messages),
    }
    if generation == "old":
        last_message["read"] = not unread
        return row
    return row | {"isRead": not unread, "unreadCount": unread}


def cursor_page(ids: Sequence[str], query: Mapping[str, str], limit: int, ragged: bool) -> Page:
    """The newest `limit` ids before a cursor. With `ragged`, an empty page comes before every
    page."""
    cursor = query.get("cursor", FIRST_CURSOR)
    if not re.fullmatch(r"[0-9a-f]{24}\.?", cursor):
        raise RefusalError(400, "There is no such cursor")
    end = bisect_left(ids, cursor[:24])
    empty = ragged and not cursor.endswith(".")
    start = end if empty else max(0, end - limit)
    following = f"{cursor}." if empty else ids[start] if start else None
    more = {"hasMore": start > 0, "nextCursor": following if start else None}
    return ids[start:end][::-1], {"limit": limit, "total": len(ids)} | more


def numbered_page(ids: Sequence[str], page: int, limit: int, ragged: bool) -> Page:
    """A page by number, as in the old generation."""
    times = 2 if ragged else 1
    end = max(0, len(ids) - (page - 1) // times * limit)
    start = end if page % times else max(0, end - limit)
    pages = -(-len(ids) // limit) * times
    return ids[start:end][::-1], {"limit": limit, "total": len(ids), "page": page, "pages": pages}


def reply_shape(reply: Reply) -> Json:
    """A queued reply. That `error` says why it failed is our guess."""
    shape = {"id": reply.id, "status": reply.status, "message": reply.text}
    due = {"scheduledFor": iso(reply.due), "isScheduled": reply.scheduled}
    return shape | due | ({} if reply.error is None else {"error": reply.error})


def message_shape(message: Message, lead: Lead) -> Json:
    """A mail of a thread. The two directions share only `type` and `subject`."""
    if not message.from_lead:
        ours = {"type": "sent", "subject": message.subject, "body": message.text}
        step = {} if message.step is None else {"sequenceStep": message.step}
        return ours | {"sentAt": iso(message.at)} | step | {"opened": True, "clicked": False}
    sender = message.sender or lead.email
    reply = {"type": "reply", "from": sender, "to": OUR_ADDRESS, "subject": message.subject}
    texts = {"content": message.text, "htmlContent": message.html, "receivedAt": iso(message.at)}
    flags = {"isFromLead": True, "isAutoReply": message.auto, "read": message.read}
    return reply | texts | flags


def detail_shape(found: Conversation, waiting: Iterable[Reply], generation: Generation) -> Json:
    """A conversation by its id: the list's row, the thread and the unsent replies."""
    row, lead = row_shape(found, generation), found.lead
    row["lead"]["jobTitle"] = lead.job_title
    replies = [reply_shape(reply) for reply in waiting if reply.status == "pending"]
    messages = [message_shape(message, lead) for message in found.messages]
    return row | {"messages": messages, "scheduledReplies": replies}


def before_last(detail: Any) -> Any:
    """A conversation by its id as it was before the lead's last mail; any other body unchanged."""
    if not isinstance(detail, dict) or "messages" not in detail:
        return detail
    messages = detail["messages"]
    last = max(n for n, message in enumerate(messages) if message["type"] == "reply")
    kept = messages[:last]
    earlier = [message["receivedAt"] for message in kept if message["type"] == "reply"]
    return {**detail, "messages": kept, "repliedAt": earlier[-1] if earlier else None}


def event_payload(event: Event, inbox: Inbox) -> Json:
    """The body of a delivery. The real shape is not documented, so this is a guess."""
    found = inbox.get(event.conversation_id)
    data = {"conversationId": found.id, "lead": lead_shape(found), "aiTag": found.ai_tag}
    return {"event": event.name, "timestamp": iso(inbox.clock()), "data": data}
