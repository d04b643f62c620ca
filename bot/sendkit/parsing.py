"""Reads SendKit's JSON, also where the API leaves out, renames or changes a field. Pure.

https://docs.sendkit.ai
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile
from typing import Any

from bot import dates
from bot.acts import conversation_id
from bot.changes import fields, is_same
from bot.errors import AnswerUnclear, NotUnderstood
from bot.sendkit.fields import JSON, as_line, as_map, as_text, first_of
from bot.sendkit.mail.text import (
    WHOLE_LIMIT,
    attached,
    files_named,
    newest_words,
    question,
    sent_texts,
    whole_text,
)
from bot.triage import (
    AiTag,
    Change,
    Conversation,
    ConversationId,
    Lead,
    Mail,
    Turn,
    changed,
)

MESSAGES_LIMIT = 2_000
# A reply is compared with this many of our newest mails.
OURS_COMPARED = 5
ATTACHMENTS_LIMIT = 20
UNDATED = float("-inf")

_ADDRESS = re.compile(r"(?<![^\s<>()\",;:@])[^\s<>()\",;:@]++@[^\s<>()\",;:@]++")


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, and the query for the next one; None: this is the last. `total`: the
    number of items on all pages; None if SendKit does not say it."""

    items: tuple[JSON, ...]
    following: Mapping[str, str] | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Patched:
    """The answer to a PATCH; None for what it leaves out."""

    says_ai_tag: bool
    ai_tag: AiTag | None
    tags: tuple[str, ...] | None

    @property
    def as_json(self) -> str:
        """The answer in SendKit's words, for the record."""
        said: dict[str, Any] = {"aiTag": self.ai_tag} if self.says_ai_tag else {}
        return json.dumps(said if self.tags is None else {**said, "tags": self.tags})

    def confirms(self, change: Change, wanted: Conversation) -> bool:
        """Whether the answer shows the wanted values. It never has the read state."""
        asked = fields(change)
        says_all = (self.says_ai_tag or "aiTag" not in asked) and (
            self.tags is not None or "tags" not in asked
        )
        return says_all and is_same(self.over(wanted), wanted)

    def over(self, wanted: Conversation) -> Conversation:
        """The conversation with the answer's values; the wanted ones for what it leaves out."""
        return changed(
            wanted,
            ai_tag=self.ai_tag if self.says_ai_tag else wanted.ai_tag,
            tags=wanted.tags if self.tags is None else self.tags,
        )


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook in SendKit's list. The id is empty if SendKit leaves it out."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    enabled: bool


def conversation(body: object, asked: ConversationId | None = None) -> Conversation:
    """A conversation from an item of a list, or from the answer to a GET of the one `asked` for."""
    item = _data(body)
    identity = first_of(item, "id", "_id", "conversationId")
    try:
        known = conversation_id(as_text(identity))
    except NotUnderstood:
        raise AnswerUnclear("a conversation without an id") from None
    if asked not in (None, known):
        raise AnswerUnclear("another conversation")
    last, ours = _last_from_lead(item), _ours(item)
    lead = _lead(as_map(item.get("lead")), last)
    replied_at = as_line(first_of(item, "repliedAt", "lastReplyAt")) or as_line(
        first_of(last, "receivedAt", "sentAt")
    )
    return Conversation(
        id=known,
        lead=lead,
        campaign=as_line(first_of(as_map(item.get("campaign")), "name", "title"))
        or as_line(item.get("campaignName")),
        ai_tag=ai_tag(item.get("aiTag")),
        tags=tags(item.get("tags")) or (),
        unread=_unread(item),
        words=partial(_words, last, ours),
        replied_at=replied_at,
        auto_reply=_is_automatic(last),
        subject=as_line(last.get("subject")),
        asked=partial(_asked, last, ours),
        writer=_writer(lead, last) if isinstance(item.get("messages"), list) else "",
        turn=_turn(item, dates.from_iso(replied_at)),
    )


def email(body: object) -> str:
    """The whole text of the lead's newest message with the history that it quotes, and the names
    of its attachments."""
    last = _last_from_lead(_data(body))
    parts = whole_text(_content(last), _markup(last)), files_named(_attachments(last))
    return "\n\n".join(filter(None, parts))


def mails(body: object) -> Sequence[Mail]:
    """All mails of a conversation, the oldest first."""
    item = _data(body)
    messages = [message for _, message in _in_order(item)] or [as_map(item.get("lastMessage"))]
    return [_mail(message, messages[:each]) for each, message in enumerate(messages)]


def patched(body: object, asked: ConversationId) -> Patched:
    """The answer to `PATCH /v1/inbox/{id}`: it has the aiTag and the tags, never the read state.

    AnswerUnclear unless it is a success and about this conversation.
    """
    data = as_map(as_map(body).get("data"))
    if as_map(body).get("success") is not True or as_text(first_of(data, "id", "_id")) != asked:
        raise AnswerUnclear("no success")
    return Patched("aiTag" in data, ai_tag(data.get("aiTag")), tags(data.get("tags")))


def added(body: object) -> bool:
    """Whether the do-not-contact list has one address more. SendKit does not document why it skips
    a conversation; one that it has just shown can only be listed already."""
    data = as_map(as_map(body).get("data"))
    counts = data.get("added"), data.get("skipped")
    if as_map(body).get("success") is not True or counts not in ((1, 0), (0, 1)):
        raise AnswerUnclear("no success")
    return counts == (1, 0)


def identity(body: object) -> str:
    """The id in an answer about a single object."""
    found = as_text(first_of(_data(body), "id", "_id"))
    if not found:
        raise AnswerUnclear("an answer without an id")
    return found


def webhook(item: JSON) -> RegisteredWebhook:
    """A webhook from an item of the list. It is enabled unless the item says otherwise."""
    said = [item.get(name) for name in ("isActive", "active", "isEnabled", "enabled")]
    off = False in said or item.get("status") in ("disabled", "inactive", "paused")
    events = item.get("events")
    return RegisteredWebhook(
        id=as_text(first_of(item, "id", "_id")),
        name=as_line(item.get("name")),
        url=as_text(item.get("url")),
        events=tuple(map(as_text, events)) if isinstance(events, list) else (),
        enabled=not off,
    )


def is_delivered(body: object) -> bool:
    """Whether a webhook's test arrived, which it did unless the answer says otherwise."""
    envelope = as_map(body)
    said = as_map(envelope.get("data")) or envelope
    return said.get("delivered") is not False and envelope.get("success") is not False


def inbox_page(body: object) -> ListPage:
    """A page of conversations. It must be SendKit's own: the bot forgets a conversation that the
    list does not have."""
    if as_map(body).get("success") is not True:
        raise AnswerUnclear("no success")
    return list_page(body)


def list_page(body: object) -> ListPage:
    """A page of a list, with cursors or with page numbers as in the older API."""
    envelope = as_map(body)
    data: object = envelope.get("data", body)
    if isinstance(data, Mapping):
        data = first_of(data, "items", "conversations", "inbox", "tags")
    if not isinstance(data, list):
        raise AnswerUnclear("a list was expected")
    items = tuple(item for item in data if isinstance(item, Mapping))
    pagination = as_map(envelope.get("pagination"))
    total = pagination.get("total")
    is_number = isinstance(total, int) and not isinstance(total, bool)
    return ListPage(items, _following(pagination), total if is_number else None)


def ai_tags(items: Sequence[JSON]) -> Mapping[AiTag, str]:
    """The workspace's aiTags in SendKit's order, each once, with their descriptions."""
    found: dict[AiTag, str] = {}
    for item in items:
        if name := ai_tag(first_of(item, "name", "tag", "label")):
            found.setdefault(name, as_line(item.get("description")))
    return found


def ai_tag(value: object) -> AiTag | None:
    """An aiTag: a string, or an object with a name. Null and the empty string mean no aiTag."""
    if isinstance(value, Mapping):
        value = first_of(value, "name", "tag")
    return AiTag(as_line(value)) if as_line(value) else None


def tags(value: object) -> tuple[str, ...] | None:
    """The custom tags; None if the field is missing or is no list."""
    if not isinstance(value, list):
        return None
    names = (as_line(as_map(item).get("name")) or as_line(item) for item in value)
    return tuple(dict.fromkeys(name for name in names if name))


def _following(pagination: JSON) -> Mapping[str, str] | None:
    cursor = as_text(pagination.get("nextCursor"))
    if cursor:
        return {"cursor": cursor}
    number, pages = pagination.get("page"), pagination.get("pages")
    if isinstance(number, int) and isinstance(pages, int) and number < pages:
        return {"page": str(number + 1)}
    return None


def _data(body: object) -> JSON:
    envelope = as_map(body)
    if envelope.get("success", True) is not True:
        raise AnswerUnclear("no success")
    return as_map(envelope.get("data")) or envelope


def _lead(lead: JSON, last: JSON) -> Lead:
    parts = (as_line(lead.get("firstName")), as_line(lead.get("lastName")))
    return Lead(
        email=as_line(lead.get("email")) or _sender(last)[1],
        name=" ".join(part for part in parts if part)
        or as_line(first_of(lead, "name", "fullName")),
        company=as_line(first_of(lead, "companyName", "company")),
    )


def _sender(message: JSON) -> tuple[str, str]:
    """The name and the address of a message's sender, as far as the message has them."""
    said = message.get("from")
    if isinstance(said, Mapping):
        named, written = as_line(said.get("name")), as_line(first_of(said, "email", "address"))
    else:
        named, written = as_line(first_of(message, "fromName", "senderName")), as_line(said)
    address = _ADDRESS.search(written)
    if address is None:
        return named or written, ""
    return named or written[: address.start()].strip(" \"<('"), address.group()


def _writer(lead: Lead, message: JSON) -> str:
    """The writer of the message, if it was not the lead: colleagues answer, too."""
    name, address = _sender(message)
    if address.casefold() in ("", lead.email.casefold()) or not _is_from_lead(message):
        return ""
    return f"{name} <{address}>" if name else address


def _is_automatic(message: JSON) -> bool:
    """Whether a program answered, or a mail server that says that a mail did not arrive."""
    by_server = _sender(message)[1].partition("@")[0].casefold() in ("mailer-daemon", "postmaster")
    return message.get("isAutoReply") is True or by_server


def _asked(message: JSON, ours: Sequence[JSON]) -> str:
    """The question of our newest mail before the message."""
    at = _when(message)
    before = islice((each for each in ours if not _when(each) > at > UNDATED), 1)
    return question("".join(_sent_texts(before)))


def _mail(message: JSON, before: Sequence[JSON]) -> Mail:
    is_ours = not _is_from_lead(message)
    earlier = (each for each in reversed(before) if not _is_from_lead(each))
    name, address = _sender(message)
    at = _when(message)
    return Mail(
        ours=is_ours,
        sender=f"{name} <{address}>" if name and address else name or address,
        at=at if at > UNDATED else None,
        subject=as_line(message.get("subject")),
        words=lambda: newest_words(
            _content(message), _markup(message), _sent_texts(islice(earlier, OURS_COMPARED))
        ),
        whole=lambda: whole_text(_content(message), _markup(message), WHOLE_LIMIT),
        attachments=tuple(_attachments(message)),
        to=as_line(message.get("to")),
    )


def _messages(item: JSON) -> Iterator[JSON]:
    """The conversation's messages, the newest first. A list of conversations leaves them out."""
    messages = item.get("messages")
    return map(as_map, reversed(messages[-MESSAGES_LIMIT:] if isinstance(messages, list) else []))


def _in_order(item: JSON) -> Sequence[tuple[float, JSON]]:
    """The conversation's messages with their times, the oldest first. One without a time stays
    behind the one before it, with that one's time."""
    timed: list[tuple[float, JSON]] = []
    for message in [*_messages(item)][::-1]:
        at = _when(message)
        timed.append((timed[-1][0] if timed and at == UNDATED else at, message))
    return sorted(timed, key=lambda each: each[0])


def _turn(item: JSON, replied_at: float | None) -> Turn | None:
    """Lists do not reliably say who wrote last, so only `messages` tell. `replied_at` is about the
    time if they have none."""
    written = [
        (at, is_theirs)
        for at, message in _in_order(item)
        if not ((is_theirs := _is_from_lead(message)) and _is_automatic(message))
    ]
    if not written:
        return None
    ours = written[-1][1]
    unanswered = takewhile(lambda each: each[1] == ours, reversed(written))
    since = min((at for at, _ in unanswered if at > UNDATED), default=replied_at)
    return None if since is None else Turn(ours, since)


def _ours(item: JSON) -> tuple[JSON, ...]:
    """Our newest mails to the lead."""
    sent = (each for each in _messages(item) if not _is_from_lead(each))
    return tuple(islice(sent, OURS_COMPARED))


def _last_from_lead(item: JSON) -> JSON:
    """The lead's newest message: from `messages`, which name the sender, or else `lastMessage`."""
    # Of those without a time, `max` takes the first, which is the newest.
    theirs = filter(_is_from_lead, _messages(item))
    return max(theirs, key=_when, default=as_map(item.get("lastMessage")))


def _is_from_lead(message: JSON) -> bool:
    said = message.get("isFromLead")
    return said if isinstance(said, bool) else message.get("type") == "reply"


def _when(message: JSON) -> float:
    at = dates.from_iso(as_text(first_of(message, "receivedAt", "sentAt")))
    return UNDATED if at is None else at


def _unread(item: JSON) -> bool:
    """`isRead`; in older answers `unreadCount`, or `read` in the last message."""
    is_read = item.get("isRead")
    if isinstance(is_read, bool):
        return not is_read
    count = item.get("unreadCount")
    if isinstance(count, int):
        return count > 0
    return as_map(item.get("lastMessage")).get("read") is False


def _words(message: JSON, ours: Sequence[JSON]) -> str:
    """The text of a message on a card, and the names of its attached files."""
    words = newest_words(_content(message), _markup(message), _sent_texts(ours))
    return attached(words, _attachments(message))


def _sent_texts(ours: Iterable[JSON]) -> list[str]:
    return sent_texts(_content(each) or _markup(each) for each in ours)


def _content(message: JSON) -> str:
    return as_text(first_of(message, "content", "text", "body", "message"))


def _markup(message: JSON) -> str:
    return as_text(first_of(message, "htmlContent", "html"))


def _attachments(message: JSON) -> list[str]:
    """The names of attached files; one without a name is called "file"."""
    attachments = message.get("attachments")
    if not isinstance(attachments, list):
        return []
    return [
        as_line(
            first_of(each, "filename", "fileName", "name", "originalName")
            if isinstance(each, Mapping)
            else each
        )
        or "file"
        for each in attachments[:ATTACHMENTS_LIMIT]
    ]
