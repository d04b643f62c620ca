"""What a SendKit workspace holds: its leads, conversations, tags and queued replies.

Nothing here touches the network: the server in `sendkit.py` speaks for it, and tests and the
playground drive it directly.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot.playground.cast import DEFAULT_TAGS, Campaign, Conversation, Lead, Message, Tag

Generation = Literal["new", "old"]
Clock = Callable[[], datetime]
Json = dict[str, Any]
Page = tuple[Sequence[str], Json]

OUR_ADDRESS = "sales@mycompany.example.com"
DEFAULT_CAMPAIGN = Campaign("Q1 Outreach")
PREVIEW = 200
FIRST_CURSOR = "f" * 24
EVENTS = {f"email.{what}" for what in ("replied", "positive_reply", "sent", "opened", "clicked")}
EVENTS |= {"email.bounced", "email.unsubscribed", "lead.tag_changed"}


class RefusalError(Exception):
    """What SendKit answers when it does not do as asked: an HTTP status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message


def not_found() -> RefusalError:
    return RefusalError(404, "The requested resource was not found")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of ours: queued, then sent, failed (`error` says why) or cancelled."""

    id: str
    conversation_id: str
    text: str
    due: datetime
    scheduled: bool
    status: Literal["pending", "sent", "failed", "cancelled"] = "pending"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: a webhook's event name, or one of our own that no webhook carries."""

    name: str
    conversation_id: str


def iso(moment: datetime) -> str:
    """A time as SendKit writes it: UTC, milliseconds, `Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise RefusalError(400, "scheduledFor must be an ISO 8601 time") from error


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("markRead", "isRead"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("tags", "conversationIds", "cc", "bcc"), _texts),
    **dict.fromkeys(("tag", "content", "scheduledFor", "mailboxId"), _text),
    **dict.fromkeys(("body", "name", "secret"), lambda value: _text(value) and bool(value.strip())),
    "aiTag": lambda value: value is None or _text(value),
    "attachments": lambda value: isinstance(value, list),
    "url": lambda value: _text(value) and bool(re.match(r"https?://\w", value)),
    "events": lambda value: _texts(value) and bool(value) and EVENTS.issuperset(value),
    "retryAttempts": lambda value: type(value) is int and 0 <= value <= 10,
    "timeoutMs": lambda value: type(value) is int and 1000 <= value <= 30_000,
}


def checked(body: Any, known: Collection[str], required: Collection[str] = ()) -> Json:
    """A request's body, if it is an object of known fields of the right types; else 400."""
    if not isinstance(body, dict):
        raise RefusalError(400, "The body must be a JSON object, sent as application/json")
    if unknown := [name for name in body if name not in known]:
        raise RefusalError(400, f"Unknown field: {', '.join(unknown)}")
    if wrong := [name for name, value in body.items() if not FIELDS[name](value)]:
        raise RefusalError(400, f"Wrong type or value: {', '.join(wrong)}")
    if missing := [name for name in required if name not in body]:
        raise RefusalError(400, f"Required: {', '.join(missing)}")
    return body


class Inbox:
    """The state of one workspace.

    Every change is told to the callbacks in `on_event`, after it was made. Calls by id take the
    same time however many conversations there are; they raise `RefusalError(404)` for an unknown
    id and `RefusalError(422)` for a tag the workspace does not have.
    """

    def __init__(self, tags: Sequence[Tag] = DEFAULT_TAGS, *, clock: Clock | None = None) -> None:
        self.tags = {tag.name: tag for tag in tags}
        self.clock = clock or (lambda: datetime.now(UTC))
        self.conversations: dict[str, Conversation] = {}
        self.replies: dict[str, Reply] = {}
        self.drafts: dict[str, str] = {}
        self.do_not_contact: set[str] = set()
        self.mailbox_connected = True
        self.on_event: list[Callable[[Event], None]] = []
        self._ids_made = 0
        self._ids: dict[tuple[str, str], str] = {}
        self._threads: dict[tuple[str, str], str] = {}
        self._replies_of: dict[str, list[str]] = {}
        self._all: list[str] = []
        self._unread: list[str] = []

    def new_id(self) -> str:
        """24 hex digits: the second, a fixed machine, a counter (the same on every run)."""
        self._ids_made += 1
        return f"{int(self.clock().timestamp()):08x}5e4dc1de00{self._ids_made:06x}"

    def get(self, conversation_id: str) -> Conversation:
        found = self.conversations.get(conversation_id)
        if found is None:
            raise not_found()
        return found

    def lead_replies(
        self,
        lead: Lead,
        text: str,
        *,
        auto: bool = False,
        html: str | None = None,
        tag: str | None = None,
        campaign: Campaign = DEFAULT_CAMPAIGN,
    ) -> Conversation:
        """A mail from a lead comes in: it starts their thread in the campaign or continues it.

        `tag` is what SendKit's classifier makes of it; without one the thread keeps its own.
        """
        self._known_tag(tag)
        thread = self._thread(lead, campaign)
        message = Message(
            text, self.clock(), f"Re: {campaign.subject}", True, html, auto=auto, read=False
        )
        messages = (*thread.messages, message)
        self._store(replace(thread, messages=messages, ai_tag=tag or thread.ai_tag))
        self._tell("email.replied", thread.id)
        if tag is not None and self.tags[tag].positive:
            self._tell("email.positive_reply", thread.id)
        return self.get(thread.id)

    def mark(self, conversation_id: str, *, read: bool) -> bool:
        """Mark all the lead's mails; whether there was anything left to mark."""
        thread = self.get(conversation_id)
        if all(message.read == read for message in thread.messages if message.from_lead):
            return False
        messages = (replace(one, read=read or not one.from_lead) for one in thread.messages)
        self._store(replace(thread, messages=tuple(messages)))
        self._tell("read", conversation_id)
        return True

    def patch(self, conversation_id: str, asked: Mapping[str, Any]) -> Conversation:
        """Carry out the fields of a PATCH, whose types are right; nothing at all if it raises."""
        self.get(conversation_id)
        if "aiTag" in asked:
            self.set_tag(conversation_id, asked["aiTag"])
        if "tags" in asked:
            self.set_custom_tags(conversation_id, asked["tags"])
        # Nobody knows what `markRead: false` does, so here it does nothing.
        if asked.get("markRead") or "isRead" in asked:
            self.mark(conversation_id, read=asked.get("isRead", True))
        return self.get(conversation_id)

    def bar(self, conversation_ids: Iterable[str]) -> int:
        """Put the leads on the do-not-contact list; how many were not on it yet."""
        known = (one for one in conversation_ids if one in self.conversations)
        added = {self.conversations[one].lead.email for one in known} - self.do_not_contact
        self.do_not_contact |= added
        return len(added)

    def set_tag(self, conversation_id: str, name: str | None) -> bool:
        """Set or remove the one AI tag, as a colleague in SendKit's own app would."""
        conversation = self.get(conversation_id)
        self._known_tag(name)
        if conversation.ai_tag == name:
            return False
        self._store(replace(conversation, ai_tag=name))
        self._tell("lead.tag_changed", conversation_id)
        return True

    def set_custom_tags(self, conversation_id: str, tags: Iterable[str]) -> bool:
        """Replace all custom tags; one named twice is kept once."""
        conversation = self.get(conversation_id)
        unique = tuple(dict.fromkeys(tags))
        if conversation.tags == unique:
            return False
        self._store(replace(conversation, tags=unique))
        self._tell("custom_tags", conversation_id)
        return True

    def queue_reply(self, conversation_id: str, text: str, due: datetime | None = None) -> Reply:
        """Take an answer to a lead; nothing is sent before `send`."""
        self.get(conversation_id)
        moment = self.clock()
        if due is not None and due <= moment:
            raise RefusalError(400, "scheduledFor must be in the future")
        reply = Reply(self.new_id(), conversation_id, text, due or moment, due is not None)
        self.replies[reply.id] = reply
        self._replies_of.setdefault(conversation_id, []).append(reply.id)
        self._tell("reply", conversation_id)
        return reply

    def send(self, reply_id: str) -> None:
        """Send a pending reply, or fail it when no mailbox is connected."""
        reply = self.replies[reply_id]
        if reply.status != "pending":
            return
        if not self.mailbox_connected:
            self.replies[reply_id] = replace(reply, status="failed", error="no workspace mailbox")
            self._tell("reply", reply.conversation_id)
            return
        thread = self.get(reply.conversation_id)
        message = Message(reply.text, self.clock(), f"Re: {thread.campaign.subject}")
        self._store(replace(thread, messages=(*thread.messages, message)))
        self.replies[reply_id] = replace(reply, status="sent")
        self._tell("email.sent", reply.conversation_id)

    def cancel(self, conversation_id: str, reply_id: str) -> None:
        """Take back a pending reply; 404 when the thread has none such, 400 when it is too late."""
        reply = self.replies.get(reply_id)
        if reply is None or reply.conversation_id != conversation_id:
            raise not_found()
        if reply.status != "pending":
            raise RefusalError(400, f"The reply is {reply.status}, only a pending one is cancelled")
        self.replies[reply_id] = replace(reply, status="cancelled")
        self._tell("reply", conversation_id)

    def unsent_replies(self, conversation_id: str) -> list[Reply]:
        """The replies of a thread that wait or have failed."""
        self.get(conversation_id)
        replies = [self.replies[one] for one in self._replies_of.get(conversation_id, ())]
        return [reply for reply in replies if reply.status in ("pending", "failed")]

    def find(
        self, unread: bool, tag: str | None, campaign_id: str | None, search: str
    ) -> list[str]:
        """The ids that fit, oldest first; at once for `unread` alone, else by looking at each."""
        ids = self._unread if unread else self._all
        if tag is None and campaign_id is None and not search:
            return ids
        return [one for one in ids if self._fits(one, tag, campaign_id, search.casefold())]

    def _fits(self, one: str, tag: str | None, campaign_id: str | None, search: str) -> bool:
        found = self.conversations[one]
        person = f"{found.lead.email} {found.lead.first_name} {found.lead.last_name}".casefold()
        right_place = tag in (None, found.ai_tag) and campaign_id in (None, found.campaign_id)
        return right_place and search in person

    def _thread(self, lead: Lead, campaign: Campaign) -> Conversation:
        key = (lead.email, campaign.name)
        if key in self._threads:
            return self.conversations[self._threads[key]]
        opener = Message(campaign.opener, self.clock(), campaign.subject, step=1)
        lead_id = self._ids.setdefault(("lead", lead.email), self.new_id())
        campaign_id = self._ids.setdefault(("campaign", campaign.name), self.new_id())
        self._threads[key] = made = self.new_id()
        return Conversation(made, lead, lead_id, campaign, campaign_id, (opener,))

    def _known_tag(self, name: str | None) -> None:
        if name is not None and name not in self.tags:
            raise RefusalError(422, f"There is no tag named {name!r} in this workspace")

    def _store(self, conversation: Conversation) -> None:
        if conversation.id not in self.conversations:
            insort(self._all, conversation.id)
        before = self.conversations.get(conversation.id)
        was_unread = before is not None and before.unread > 0
        self.conversations[conversation.id] = conversation
        if conversation.unread and not was_unread:
            insort(self._unread, conversation.id)
        if was_unread and not conversation.unread:
            del self._unread[bisect_left(self._unread, conversation.id)]

    def _tell(self, name: str, conversation_id: str) -> None:
        event = Event(name, conversation_id)
        for callback in self.on_event:
            callback(event)


def lead_shape(conversation: Conversation) -> Json:
    lead = conversation.lead
    names = {"firstName": lead.first_name, "lastName": lead.last_name, "companyName": lead.company}
    return {"_id": conversation.lead_id, "email": lead.email} | names


def row_shape(conversation: Conversation, generation: Generation = "new") -> Json:
    """A conversation as a list shows it; the old generation has no read state at its top."""
    lead, last, unread = conversation.lead, conversation.messages[-1], conversation.unread
    replies = [message for message in conversation.messages if message.from_lead]
    preview = last.text if len(last.text) <= PREVIEW else f"{last.text[:PREVIEW]}…"
    last_message: Json = {
        "content": preview,
        "from": lead.email if last.from_lead else OUR_ADDRESS,
        "receivedAt": iso(last.at),
        # Lists of the real one cannot be trusted here, so nothing may come to rely on it.
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
    """The newest `limit` ids before a cursor; ragged, every page comes after an empty one."""
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
    """The same by number, as the old generation had it."""
    times = 2 if ragged else 1
    end = max(0, len(ids) - (page - 1) // times * limit)
    start = end if page % times else max(0, end - limit)
    pages = -(-len(ids) // limit) * times
    return ids[start:end][::-1], {"limit": limit, "total": len(ids), "page": page, "pages": pages}


def reply_shape(reply: Reply) -> Json:
    """A queued reply; why it failed stands in `error`, a guess of ours."""
    shape = {"id": reply.id, "status": reply.status, "message": reply.text}
    due = {"scheduledFor": iso(reply.due), "isScheduled": reply.scheduled}
    return shape | due | ({} if reply.error is None else {"error": reply.error})


def message_shape(message: Message, lead: Lead) -> Json:
    """A mail of a thread; the two directions share no more than `type` and `subject`."""
    if not message.from_lead:
        ours = {"type": "sent", "subject": message.subject, "body": message.text}
        step = {} if message.step is None else {"sequenceStep": message.step}
        return ours | {"sentAt": iso(message.at)} | step | {"opened": True, "clicked": False}
    reply = {"type": "reply", "from": lead.email, "to": OUR_ADDRESS, "subject": message.subject}
    texts = {"content": message.text, "htmlContent": message.html, "receivedAt": iso(message.at)}
    flags = {"isFromLead": True, "isAutoReply": message.auto, "read": message.read}
    return reply | texts | flags


def detail_shape(found: Conversation, waiting: Iterable[Reply], generation: Generation) -> Json:
    """A conversation by its id: the list's row, the thread and the replies still to be sent."""
    row, lead = row_shape(found, generation), found.lead
    row["lead"]["jobTitle"] = lead.job_title
    replies = [reply_shape(reply) for reply in waiting if reply.status == "pending"]
    messages = [message_shape(message, lead) for message in found.messages]
    return row | {"messages": messages, "scheduledReplies": replies}


def event_payload(event: Event, inbox: Inbox) -> Json:
    """The body of a delivery; the real one's shape is not known, so this is only one guess."""
    found = inbox.get(event.conversation_id)
    data = {"conversationId": found.id, "lead": lead_shape(found), "aiTag": found.ai_tag}
    return {"event": event.name, "timestamp": iso(inbox.clock()), "data": data}
