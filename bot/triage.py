"""The words of triage, as types: a Decision becomes a Patch, and the Patch comes back as a
Conversation. Pure; imports nothing of ours."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, NewType

from bot.text import folded

ConversationId = NewType("ConversationId", str)
AiTag = NewType("AiTag", str)
DecisionId = NewType("DecisionId", str)

# Slack's own ids: U…, C…/D…/G…, and a message's "1764000000.000100".
UserId = NewType("UserId", str)
ChannelId = NewType("ChannelId", str)
MessageTs = NewType("MessageTs", str)

Patch = Mapping[str, Any]

# How somebody acted; empty where an older version of the bot wrote it down.
Door = Literal["", "button", "menu", "command"]


@dataclass(frozen=True, slots=True)
class Lead:
    """Who was written to. A part that SendKit does not know is empty."""

    email: str
    name: str = ""
    company: str = ""

    @property
    def label(self) -> str:
        return self.name or self.email or "Unknown lead"


class LazyText:
    """A field of a dataclass that may be given as a function, which is called at most once: when
    the text is first read. https://docs.python.org/3/library/dataclasses.html#descriptor-typed-fields
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> str:
        if instance is None:
            return ""
        value: str | Callable[[], str] = instance.__dict__[self._name]
        if not isinstance(value, str):
            value = instance.__dict__[self._name] = value()
        return value

    def __set__(self, instance: object, value: str | Callable[[], str]) -> None:
        instance.__dict__[self._name] = value


@dataclass(frozen=True)
class Conversation:
    """A campaign's lead that has replied, as SendKit last told of it.

    `words` is what was written last, without quoted history: it is worked out when it is first
    read, because a look reads thousands of conversations and shows few. `asked` is what our last
    mail asks. `writer` is who wrote the reply where that is not the lead. `replied_at` is SendKit's
    own time stamp: another one is another reply, and as texts they are in the order of time.
    """

    id: ConversationId
    lead: Lead
    campaign: str = ""
    ai_tag: AiTag | None = None
    tags: tuple[str, ...] = ()
    unread: bool = False
    words: LazyText = LazyText()
    replied_at: str = ""
    auto_reply: bool = False
    writer: str = ""
    subject: str = ""
    asked: LazyText = LazyText()


@dataclass(frozen=True, slots=True)
class MarkRead:
    """All replies of the lead are read."""

    verb: ClassVar = "read"

    def patch(self, before: Conversation) -> Patch:
        """The body of `PATCH /v1/inbox/{id}`: only the fields that the change touches."""
        return {"markRead": True}

    def after(self, before: Conversation) -> Conversation:
        """The conversation as it is once the change has been made."""
        return replace(before, unread=False)


@dataclass(frozen=True, slots=True)
class MarkUnread:
    """The lead's replies are unread again."""

    verb: ClassVar = "unread"

    def patch(self, before: Conversation) -> Patch:
        return {"isRead": False}

    def after(self, before: Conversation) -> Conversation:
        return replace(before, unread=True)


@dataclass(frozen=True, slots=True)
class SetAiTag:
    """The conversation's one aiTag becomes this one."""

    verb: ClassVar = "tag"
    ai_tag: AiTag

    def patch(self, before: Conversation) -> Patch:
        return {"aiTag": self.ai_tag}

    def after(self, before: Conversation) -> Conversation:
        return replace(before, ai_tag=self.ai_tag)


@dataclass(frozen=True, slots=True)
class ClearAiTag:
    """The conversation has no aiTag any more."""

    verb: ClassVar = "untag"

    def patch(self, before: Conversation) -> Patch:
        return {"aiTag": None}

    def after(self, before: Conversation) -> Conversation:
        return replace(before, ai_tag=None)


@dataclass(frozen=True, slots=True)
class EditTags:
    """Custom tags come and go; those that are not named stay."""

    verb: ClassVar = "tags"
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def patch(self, before: Conversation) -> Patch:
        # SendKit replaces the whole array.
        return {"tags": list(self.after(before).tags)}

    def after(self, before: Conversation) -> Conversation:
        """The order of the tags is kept, and another spelling is no other tag."""
        # What both comes and goes stays, so that doing it again changes nothing.
        gone = {*map(folded, self.remove)} - {*map(folded, self.add)}
        kept = [tag for tag in before.tags if folded(tag) not in gone]
        there = {*map(folded, kept)}
        for tag in self.add:
            if folded(tag) not in there:
                there.add(folded(tag))
                kept.append(tag)
        return replace(before, tags=tuple(kept))


@dataclass(frozen=True, slots=True)
class Several:
    """Changes that go out in one PATCH."""

    changes: tuple["SingleChange", ...]

    def patch(self, before: Conversation) -> Patch:
        body: dict[str, Any] = {}
        for change in self.changes:
            body |= change.patch(before)
            before = change.after(before)
        return body

    def after(self, before: Conversation) -> Conversation:
        for change in self.changes:
            before = change.after(before)
        return before


SingleChange = MarkRead | MarkUnread | SetAiTag | ClearAiTag | EditTags
Change = SingleChange | Several


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides. `handle` is what the click carried; the display name is looked up by id."""

    id: UserId
    handle: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody acted, and so where they are answered.

    `message` is the message whose button was pressed, None for a command. `private` tells that
    this message is visible to the person only. `response_url` works for 30 minutes and 5 times;
    it is a capability and so stays out of repr. `listed` is the list in which was pressed; see
    bot.acts.block_id.
    """

    channel: ChannelId
    person: Person
    message: MessageTs | None = None
    thread: MessageTs | None = None
    private: bool = False
    response_url: str | None = field(default=None, repr=False)
    listed: str = ""
    door: Door = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    channel: ChannelId
    ts: MessageTs


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody's choice for one conversation. `at` is in seconds since the epoch."""

    id: DecisionId
    conversation: ConversationId
    change: Change
    origin: Origin
    at: float

    @property
    def person(self) -> Person:
        return self.origin.person


def label(ai_tag: AiTag) -> str:
    """An aiTag as people read it: `meeting_booked` is “Meeting booked”."""
    words = " ".join(ai_tag.replace("_", " ").split()) or ai_tag
    return words[:1].upper() + words[1:]


def is_direct(channel: ChannelId) -> bool:
    """Whether it is a direct message of two people, or of the bot and a person, whose own id does
    for it too. https://docs.slack.dev/reference/objects/conversation-object
    """
    return channel.startswith(("D", "U", "W"))


def same_name(name: str) -> str:
    """What all spellings of one aiTag have in common: SendKit knows no letter case."""
    return folded(name.replace("_", " ").replace("-", " "))


def single(change: Change) -> tuple[SingleChange, ...]:
    """The changes of which it consists."""
    return change.changes if isinstance(change, Several) else (change,)


def fields(change: Change) -> Set[str]:
    """The names of SendKit's fields that the change touches."""
    return change.patch(Conversation(ConversationId(""), Lead(""))).keys()


def is_made(change: Change, conversation: Conversation) -> bool:
    """Whether the conversation already is as the change wants it."""
    return is_same(change.after(conversation), conversation)


def is_same(one: Conversation, other: Conversation) -> bool:
    """Whether they are the same to SendKit, which knows no letter case in an aiTag, and neither
    order nor doubles in tags."""
    return (
        folded(one.ai_tag or "") == folded(other.ai_tag or "")
        and {*map(folded, one.tags)} == {*map(folded, other.tags)}
        and one.unread == other.unread
    )


def as_shown(shown: Conversation | None, now: Conversation) -> Conversation:
    """The conversation as it is now, with the reply that its cards show: a newer one is yet to be
    announced."""
    if shown is None:
        return now
    return replace(shown, ai_tag=now.ai_tag, tags=now.tags, unread=now.unread)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision that was carried out: who, what, and the aiTag and tags around it. `replied_at`
    is of the reply that it was about, empty where that is not known."""

    decision: DecisionId
    conversation: ConversationId
    person: str
    change: Change
    at: float
    old_ai_tag: AiTag | None
    new_ai_tag: AiTag | None
    tags: tuple[str, ...]
    replied_at: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Decisions that are saved and not yet carried out; `until` is when the next try is due."""

    person: str
    change: Change
    until: float
    reason: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class Folded:
    """What is left of a card once its lead has written again: a link to the newer card, empty where
    Slack gave none, and the words that it showed."""

    newer: str
    words: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows of one conversation. `earlier` is a link to the card before it."""

    conversation: Conversation
    last: Outcome | None = None
    waiting: Waiting | None = None
    earlier: str = ""
    folded: Folded | None = None
