"""The contents of a SendKit workspace: leads, conversations, tags and queued replies.

No network here: the server in `sendkit.py` uses it, and so do tests and the playground.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from bot.playground.sample_data import DEFAULT_TAGS, Campaign, Conversation, Lead, Message, Tag

Generation = Literal["new", "old"]
Clock = Callable[[], datetime]
Json = dict[str, Any]

DEFAULT_CAMPAIGN = Campaign("Q1 Outreach")
# What one draft of an agent costs.
DRAFT_CREDITS = 3
NO_MAILBOX = "no workspace mailbox"


class RefusalError(Exception):
    """SendKit's refusal: an HTTP status and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message


def not_found() -> RefusalError:
    return RefusalError(404, "The requested resource was not found")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of ours: queued, then sent, failed (`error` says why) or cancelled. `text` is
    HTML."""

    id: str
    conversation_id: str
    text: str
    due: datetime
    scheduled: bool
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    status: Literal["pending", "sent", "failed", "cancelled"] = "pending"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An AI agent of the workspace, which drafts replies."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """A change: a webhook's event name, or an internal one that no webhook carries."""

    name: str
    conversation_id: str


class Inbox:
    """The state of one workspace.

    The callbacks in `on_event` hear of every change after it was made. Calls by id take the same
    time with any number of conversations. They raise `RefusalError(404)` for an unknown id and
    `RefusalError(422)` for a tag that the workspace does not have.

    `replies` keeps each reply that was queued: the same text twice is two mails. Without
    `mailbox_connected`, replies fail when they are due. With `cancels_too_late`, the mail server
    already has every pending reply, so none can be cancelled. `agents` draft for `credits`.
    """

    def __init__(self, tags: Sequence[Tag] = DEFAULT_TAGS, *, clock: Clock | None = None) -> None:
        self.tags = {tag.name: tag for tag in tags}
        self.clock = clock or (lambda: datetime.now(UTC))
        self.conversations: dict[str, Conversation] = {}
        self.replies: dict[str, Reply] = {}
        self.drafts: dict[str, str] = {}
        self.do_not_contact: set[str] = set()
        self.mailbox_connected = True
        self.cancels_too_late = False
        self.agents: list[Agent] = []
        self.credits = 0
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
        sender: str = "",
        subject: str = "",
    ) -> Conversation:
        """A mail from a lead, which begins or continues their thread in the campaign.

        `sender` writes in the lead's place. `tag`: SendKit's classification; without it the thread
        keeps its tag.
        """
        self._known_tag(tag)
        thread = self._thread(lead, campaign)
        message = Message(
            text,
            self.clock(),
            subject or f"Re: {campaign.subject}",
            True,
            html,
            auto=auto,
            read=False,
            sender=sender,
        )
        messages = (*thread.messages, message)
        self._store(replace(thread, messages=messages, ai_tag=tag or thread.ai_tag))
        self._tell("email.replied", thread.id)
        if tag is not None and self.tags[tag].positive:
            self._tell("email.positive_reply", thread.id)
        return self.get(thread.id)

    def mark(self, conversation_id: str, *, read: bool) -> bool:
        """Marks all the lead's mails; returns whether that changed any."""
        thread = self.get(conversation_id)
        if all(message.read == read for message in thread.messages if message.from_lead):
            return False
        messages = (replace(one, read=read or not one.from_lead) for one in thread.messages)
        self._store(replace(thread, messages=tuple(messages)))
        self._tell("read", conversation_id)
        return True

    def patch(self, conversation_id: str, asked: Mapping[str, Any]) -> Conversation:
        """Carries out the fields of a PATCH, whose types are checked; none of them if it raises."""
        self.get(conversation_id)
        if "aiTag" in asked:
            self.set_tag(conversation_id, asked["aiTag"])
        if "tags" in asked:
            self.set_custom_tags(conversation_id, asked["tags"])
        # SendKit does not document `markRead: false`; here it does nothing.
        if asked.get("markRead") or "isRead" in asked:
            self.mark(conversation_id, read=asked.get("isRead", True))
        return self.get(conversation_id)

    def bar(self, conversation_ids: Iterable[str]) -> int:
        """Puts the leads on the do-not-contact list; returns how many were not on it."""
        known = (one for one in conversation_ids if one in self.conversations)
        added = {self.conversations[one].lead.email for one in known} - self.do_not_contact
        self.do_not_contact |= added
        return len(added)

    def set_tag(self, conversation_id: str, name: str | None) -> bool:
        """Sets or removes the AI tag, as a colleague in SendKit's own app would."""
        conversation = self.get(conversation_id)
        self._known_tag(name)
        if conversation.ai_tag == name:
            return False
        self._store(replace(conversation, ai_tag=name))
        self._tell("lead.tag_changed", conversation_id)
        return True

    def set_custom_tags(self, conversation_id: str, tags: Iterable[str]) -> bool:
        """Replaces all custom tags, without repetitions."""
        conversation = self.get(conversation_id)
        unique = tuple(dict.fromkeys(tags))
        if conversation.tags == unique:
            return False
        self._store(replace(conversation, tags=unique))
        self._tell("custom_tags", conversation_id)
        return True

    def queue_reply(
        self,
        conversation_id: str,
        text: str,
        due: datetime | None = None,
        *,
        cc: Iterable[str] = (),
        bcc: Iterable[str] = (),
    ) -> Reply:
        """Queues a reply to a lead; `send` sends it."""
        self.get(conversation_id)
        moment = self.clock()
        if due is not None and due <= moment:
            raise RefusalError(400, "scheduledFor must be in the future")
        copies = tuple(cc), tuple(bcc)
        reply = Reply(self.new_id(), conversation_id, text, due or moment, due is not None, *copies)
        self.replies[reply.id] = reply
        self._replies_of.setdefault(conversation_id, []).append(reply.id)
        self._tell("reply", conversation_id)
        return reply

    def send(self, reply_id: str) -> None:
        """Sends a pending reply, or fails it if no mailbox is connected."""
        reply = self.replies[reply_id]
        if reply.status != "pending":
            return
        if not self.mailbox_connected:
            self.replies[reply_id] = replace(reply, status="failed", error=NO_MAILBOX)
            self._tell("reply", reply.conversation_id)
            return
        thread = self.get(reply.conversation_id)
        message = Message(reply.text, self.clock(), f"Re: {thread.campaign.subject}")
        self._store(replace(thread, messages=(*thread.messages, message)))
        self.replies[reply_id] = replace(reply, status="sent")
        self._tell("email.sent", reply.conversation_id)

    def cancel(self, conversation_id: str, reply_id: str) -> None:
        """Cancels a pending reply; 404 if the thread has no such reply, 400 if it is too late."""
        reply = self.replies.get(reply_id)
        if reply is None or reply.conversation_id != conversation_id:
            raise not_found()
        if reply.status != "pending":
            raise RefusalError(400, f"The reply is {reply.status}, only a pending one is cancelled")
        if self.cancels_too_late:
            raise RefusalError(400, "The reply is being sent, only a pending one is cancelled")
        self.replies[reply_id] = replace(reply, status="cancelled")
        self._tell("reply", conversation_id)

    def unsent_replies(self, conversation_id: str) -> list[Reply]:
        """The thread's pending and failed replies."""
        self.get(conversation_id)
        replies = [self.replies[one] for one in self._replies_of.get(conversation_id, ())]
        return [reply for reply in replies if reply.status in ("pending", "failed")]

    def draft(self, agent_id: str, conversation_id: str, context: str) -> str:
        """An agent's draft of a reply, which costs credits. It is not kept, and not sent."""
        thread = self.get(conversation_id)
        agent = next((each for each in self.agents if each.id == agent_id), None)
        if agent is None:
            raise not_found()
        if self.credits < DRAFT_CREDITS:
            raise RefusalError(402, "Insufficient credits")
        self.credits -= DRAFT_CREDITS
        name = thread.lead.first_name or "there"
        about = f" {context.strip()}" if context.strip() else ""
        return f"Hi {name},\n\nthank you for your reply.{about}\n\nBest,\n{agent.name}"

    def find(
        self, unread: bool, tag: str | None, campaign_id: str | None, search: str
    ) -> list[str]:
        """The matching ids, oldest first; at once for `unread` alone, otherwise by a scan."""
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
