"""The product's types, pure: a Decision becomes a Patch, which comes back as a Conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, NewType

from bot.answered import Answered
from bot.barred import Barred
from bot.barred import DoNotContact as DoNotContact
from bot.later import Until
from bot.mails import Mail as Mail
from bot.mails import Turn as Turn
from bot.text import LazyText, folded

ConversationId = NewType("ConversationId", str)
AiTag = NewType("AiTag", str)
DecisionId = NewType("DecisionId", str)

# Slack's own ids: U…, C…/D…/G…, and a message's "1764000000.000100".
UserId = NewType("UserId", str)
ChannelId = NewType("ChannelId", str)
MessageTs = NewType("MessageTs", str)
Patch = Mapping[str, Any]

NOBODY: Final = UserId("")  # in place of an owner

# How somebody acted; empty if an older version of the bot recorded it. A message is a direct one.
Door = Literal["", "button", "menu", "command", "form", "shortcut", "mention", "message", "emoji"]


@dataclass(frozen=True, slots=True)
class Lead:
    """The person to whom a campaign wrote. Unknown parts are empty."""

    email: str
    name: str = ""
    company: str = ""

    @property
    def label(self) -> str:
        return self.name or self.email or "Unknown lead"


@dataclass(frozen=True)
class Conversation:
    """A lead of a campaign who has replied, as SendKit last showed the conversation.

    `words`: the newest text without quoted history. It is computed when it is first read, since
    polling reads thousands of conversations and shows few. `asked`: the question in our last mail.
    `writer`: the reply's writer, if it was not the lead. `replied_at`: SendKit's time stamp, which
    identifies the reply and sorts as text. `turn`: None if unknown, as in a list.
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
    turn: Turn | None = None


def changed(conversation: Conversation, **values: object) -> Conversation:
    """A copy with these values. Unlike dataclasses.replace, it computes no text."""
    copy = object.__new__(Conversation)
    copy.__dict__.update(conversation.__dict__, **values)
    return copy


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Marks all replies of the lead as read."""

    verb: ClassVar = "read"

    def patch(self, before: Conversation) -> Patch:
        """The body of `PATCH /v1/inbox/{id}` with the fields that the change touches."""
        return {"markRead": True}

    def after(self, before: Conversation) -> Conversation:
        """The conversation after the change."""
        return changed(before, unread=False)


@dataclass(frozen=True, slots=True)
class MarkUnread:
    """Marks the lead's replies as unread."""

    verb: ClassVar = "unread"

    def patch(self, before: Conversation) -> Patch:
        return {"isRead": False}

    def after(self, before: Conversation) -> Conversation:
        return changed(before, unread=True)


@dataclass(frozen=True, slots=True)
class SetAiTag:
    """Sets the conversation's only aiTag."""

    verb: ClassVar = "tag"
    ai_tag: AiTag

    def patch(self, before: Conversation) -> Patch:
        return {"aiTag": self.ai_tag}

    def after(self, before: Conversation) -> Conversation:
        return changed(before, ai_tag=self.ai_tag)


@dataclass(frozen=True, slots=True)
class ClearAiTag:
    """Removes the conversation's aiTag."""

    verb: ClassVar = "untag"

    def patch(self, before: Conversation) -> Patch:
        return {"aiTag": None}

    def after(self, before: Conversation) -> Conversation:
        return changed(before, ai_tag=None)


@dataclass(frozen=True, slots=True)
class EditTags:
    """Adds and removes custom tags; the others stay."""

    verb: ClassVar = "tags"
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def patch(self, before: Conversation) -> Patch:
        # SendKit replaces the whole array.
        return {"tags": list(self.after(before).tags)}

    def after(self, before: Conversation) -> Conversation:
        """The tags keep their order. Another spelling is the same tag."""
        # A tag that is both added and removed stays, so that a repeat changes nothing.
        gone = {*map(folded, self.remove)} - {*map(folded, self.add)}
        kept = [tag for tag in before.tags if folded(tag) not in gone]
        there = {*map(folded, kept)}
        for tag in self.add:
            if folded(tag) not in there:
                there.add(folded(tag))
                kept.append(tag)
        return changed(before, tags=tuple(kept))


@dataclass(frozen=True, slots=True)
class Several:
    """Several changes in one PATCH."""

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


@dataclass(frozen=True, slots=True)
class Revert:
    """Takes back an earlier decision. The bot fills in the rest from the record when it carries
    this out: the `changes` that bring back what was there before, and what had been `made`."""

    verb: ClassVar = "undo"
    decision: DecisionId
    changes: tuple["SingleChange", ...] = ()
    made: "Change | None" = None

    def patch(self, before: Conversation) -> Patch:
        return Several(self.changes).patch(before)

    def after(self, before: Conversation) -> Conversation:
        return Several(self.changes).after(before)


SingleChange = MarkRead | MarkUnread | SetAiTag | ClearAiTag | EditTags
Change = SingleChange | Several | Revert | DoNotContact


@dataclass(frozen=True, slots=True)
class Seen:
    """The values that a decision can change, as a person saw it in a form, or as the record has it.
    `replied_at`: of the newest reply that the person saw."""

    ai_tag: AiTag | None = None
    tags: tuple[str, ...] = ()
    unread: bool = False
    replied_at: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """The person who decides. `handle` came with the click; the display name is looked up by id."""

    id: UserId
    handle: str


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a message."""

    channel: ChannelId
    ts: MessageTs


@dataclass(frozen=True, slots=True)
class Origin:
    """The place where a person acted, and so where the bot answers.

    `message`: the message whose button was pressed; None for a command. `private`: only the person
    sees this message. `response_url` works for 30 minutes and 5 times; as a capability it stays out
    of repr. `listed`: the list of the pressed row; see bot.acts.block_id, and bot.home.listed.
    `beside`: the conversations of the pressed message in their order, if it has several cards.
    """

    channel: ChannelId
    person: Person
    message: MessageTs | None = None
    thread: MessageTs | None = None
    private: bool = False
    response_url: str | None = field(default=None, repr=False)
    listed: str = ""
    door: Door = ""
    beside: tuple[ConversationId, ...] = ()

    @property
    def mentioned_at(self) -> Place | None:
        """The message in whose thread the person mentioned the bot."""
        if self.door != "mention" or self.thread is None:
            return None
        return Place(self.channel, self.thread)

    @property
    def card(self) -> Place | None:
        """The pressed card, or the card in whose thread a button was pressed."""
        if self.message is None or self.private:
            return None
        return Place(self.channel, self.thread or self.message)

    def is_at(self, place: Place) -> bool:
        """Whether the person sees the thread of this message, and no list."""
        if self.door == "mention":
            return place == self.mentioned_at
        return not self.private and not self.listed and not is_direct(self.channel)


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's choice about one conversation. `at` is in seconds since the epoch. `seen`: None if
    it was not made in a form. `reason`: why, in the person's words; see bot.reasons."""

    id: DecisionId
    conversation: ConversationId
    change: Change
    origin: Origin
    at: float
    seen: Seen | None = None
    reason: str = ""

    @property
    def person(self) -> Person:
        return self.origin.person


def label(ai_tag: AiTag) -> str:
    """An aiTag for people: `meeting_booked` is “Meeting booked”."""
    words = " ".join(ai_tag.replace("_", " ").split()) or ai_tag
    return words[:1].upper() + words[1:]


def is_direct(channel: ChannelId) -> bool:
    """Whether it is a direct message: of two people, of the bot and a person, or a person's own id.
    https://docs.slack.dev/reference/objects/conversation-object
    """
    return channel.startswith(("D", "U", "W"))


def same_name(name: str) -> str:
    """An aiTag's name without differences of spelling; SendKit ignores letter case."""
    return folded(name.replace("_", " ").replace("-", " "))


def single(change: Change) -> tuple[SingleChange, ...]:
    """The single changes of which a change of the conversation consists."""
    if isinstance(change, Several | Revert | DoNotContact):
        return change.changes
    return (change,)


def as_shown(shown: Conversation | None, now: Conversation) -> Conversation:
    """The current conversation with the reply that its cards show; a newer one is announced."""
    if shown is None:
        return now
    turn = now.turn or shown.turn
    return changed(shown, ai_tag=now.ai_tag, tags=now.tags, unread=now.unread, turn=turn)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision that was carried out: who, what, and the aiTags and tags before and after.
    `replied_at`: of the reply that it was about; empty if unknown. `undone`: whose decision it took
    back; empty for their own. `reason` as in Decision."""

    decision: DecisionId
    conversation: ConversationId
    person: str
    change: Change
    at: float
    old_ai_tag: AiTag | None
    new_ai_tag: AiTag | None
    tags: tuple[str, ...]
    replied_at: str = ""
    undone: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision in the record. `before`: None if it is unknown."""

    outcome: Outcome
    person: UserId
    door: Door
    before: Seen | None
    after: Seen


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that is saved and not carried out yet. `until`: when the next try is due. `others`
    wait behind it. `decision`: its id."""

    person: str
    change: Change
    until: float
    reason: str
    others: int = 0
    decision: DecisionId | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """A card whose lead wrote again: a link to the newer one, maybe empty, and what it showed."""

    newer: str
    words: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The person who takes care of a conversation, and since when, in seconds since the epoch."""

    id: UserId
    name: str
    since: float


@dataclass(frozen=True, slots=True)
class Card:
    """The facts on a card. `earlier`: a link to the card before it. `writing`: who answers now."""

    conversation: Conversation
    last: Outcome | None = None
    waiting: Waiting | None = None
    earlier: str = ""
    folded: Folded | None = None
    owner: Owner | None = None
    later: Until | None = None
    barred: Barred | None = None
    answer: Answered | None = None
    writing: str = ""
