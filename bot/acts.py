"""The acts that a press, a text or a form asks for, and the ids and values of buttons. Buttons stay
in old messages for years, so these are a published format: the bot parses every form that it ever
wrote.

A value is `1:<conversation>:<verb>[:<argument>]`. The verbs are `read`, `unread`, `tag` (argument:
the aiTag), `untag`, `dnc`, `undo` and `confirm` (a decision's id), `show`, `open`, `whole`, `link`,
`next` (SendKit's time stamp of the reply; the inbox continues after this conversation), `log` and
`logs` (a decision's id; the log of the conversation, or of the channel, continues after it), `take`
(with or without the id of the person who has it and may lose it), `release`, `later` (with the
time, in words of bot.later; without it, a form asks), `back`, `reply`, and `take_back_answer`,
`answer_was_sent` and `answer_was_not_sent` (an answer's id). `link` means nothing: Slack opens it.

The block with a conversation's buttons is `decide.<conversation>.<state>[.<list>]`. The last part
names the list that only one person sees.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.answers import AnswerId
from bot.errors import NotUnderstood
from bot.filters import EVERYTHING, Filters
from bot.hours import Hours, SetDigest
from bot.later_acts import AskUntil as AskUntil
from bot.later_acts import Back as Back
from bot.later_acts import PutOff as PutOff
from bot.owner_acts import Give as Give
from bot.owner_acts import ListOwners as ListOwners
from bot.owner_acts import Mine as Mine
from bot.owner_acts import Owning as Owning
from bot.owner_acts import Release as Release
from bot.owner_acts import SetAway as SetAway
from bot.owner_acts import SetNotify as SetNotify
from bot.owner_acts import SetOwners as SetOwners
from bot.owner_acts import Take as Take
from bot.references import ByEmail as ByEmail
from bot.references import ById as ById
from bot.references import ByLink as ByLink
from bot.references import ByName as ByName
from bot.references import Reference as Reference
from bot.reply_acts import ON_ANSWERS
from bot.reply_acts import AboutAnswer as AboutAnswer
from bot.reply_acts import AnswerWasNotSent as AnswerWasNotSent
from bot.reply_acts import AnswerWasSent as AnswerWasSent
from bot.reply_acts import Reply as Reply
from bot.reply_acts import TakeBackAnswer as TakeBackAnswer
from bot.triage import (
    AiTag,
    Change,
    ClearAiTag,
    ConversationId,
    DecisionId,
    DoNotContact,
    MarkRead,
    MarkUnread,
    Revert,
    SetAiTag,
    UserId,
)

COMMAND: Final = "/sendkit"

# The action ids of buttons are `decide.<n>`, where n only keeps them apart within a block.
# Older cards have a menu `decide.menu` or a search `decide.search` of all aiTags; the button below
# a list is `decide.next`. Only the value says what a press means. `decide.open`, `decide.later` and
# `decide.reply` have ids of their own, since a form must open within three seconds.
BUTTONS: Final = re.compile(r"decide\.")
OPEN: Final = "decide.open"
MORE: Final = "decide.more"
LATER: Final = "decide.later"
REPLY: Final = "decide.reply"
SEARCH: Final = "decide.search"
NEXT: Final = "decide.next"

# The callback_ids of shortcuts, as in the app's manifest.
ON_MESSAGE: Final = "triage_message"
ON_INBOX: Final = "triage_inbox"

# The callback_ids of forms, and the action ids of their fields and buttons.
SAVE: Final = "form.save"
FORWARD: Final = "form.next"
LOOK: Final = "form.look"
TAKE_BACK: Final = "form.undo"
BECAUSE: Final = "form.because"
PUT_OFF: Final = "form.later"
WRITE: Final = "form.reply"
PREVIEW: Final = "form.preview"
IN_FORMS: Final = re.compile(r"form\.")
AI_TAG: Final = "form.ai_tag"
READ: Final = "form.read"
TAGS: Final = "form.tags"
PAGE: Final = "form.page"
MAIL: Final = "form.mail"
SKIP: Final = "form.skip"
AGAIN: Final = "form.again"
WHEN: Final = "form.when"
DAY: Final = "form.day"
TIME: Final = "form.time"
BAR: Final = "form.dnc"
TEXT: Final = "form.text"
CC: Final = "form.cc"
SEND_AT: Final = "form.send_at"
REASON: Final = "form.reason"
CHANGE: Final = "form.change"
OF_REPLIES: Final = re.compile(r"form\.(text|cc|send_at|reason)")
# The options for the read state in a queue. The first one: read if the aiTag changes.
IF_DECIDED: Final = "decided"
AS_READ: Final = "read"
AS_UNREAD: Final = "unread"
# The value of the option for no aiTag, and the beginning of the others.
NO_AI_TAG: Final = "untag"
AN_AI_TAG: Final = "tag:"

# The type of a message's metadata, and its field that tells a message from a repeat.
EVENT: Final = "sendkit_triage"
MARK: Final = "entry"
MARKS: Final = "entries"

# The list that a queue stands for, in bot.triage.Origin: `queue.<key>`, or `queue.<key>.end` for a
# press at its end.
QUEUE: Final = "queue"

# Advice for people who press a button that this version does not know.
INSTEAD: Final = f"Use a newer card, or type {COMMAND} help."

# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_VALUE_LIMIT: Final = 150
BUTTON_VALUE_LIMIT: Final = 2000

_CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIST = re.compile(r"[0-9]{12}-[0-9a-f]{12}")
# SendKit's are ISO 8601; any other text only has to be distinct.
_STAMP = re.compile(r"[^\s\x00-\x1f\x7f]{0,64}")
_PERSON = re.compile(r"[A-Za-z0-9]{1,64}")
_UNTIL = re.compile(r"[0-9A-Za-z:. -]{1,64}")
_DECISION = re.compile(r"[^\s\x00-\x1f\x7f]{1,500}")


@dataclass(frozen=True, slots=True)
class TagNamed:
    """An aiTag as a person spells it. `after_verb`: it stood behind the verb `tag`."""

    words: str
    after_verb: bool


@dataclass(frozen=True, slots=True)
class Decide:
    """`reason`: why, as in bot.triage.Decision."""

    reference: Reference
    wish: Change | TagNamed
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back a decision: this one, the last one about the conversation, or the person's own last
    one."""

    reference: Reference | None = None
    decision: DecisionId | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Open a form that asks before this decision is taken back."""

    reference: ById
    decision: DecisionId


@dataclass(frozen=True, slots=True)
class Choose:
    """A decision for which no conversation was named."""

    wish: Change | TagNamed | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """Post the conversation's card."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Open:
    """Open a form with the whole conversation."""

    reference: ById


@dataclass(frozen=True, slots=True)
class Next:
    """Open a form that shows one unread conversation after another."""

    filters: Filters = EVERYTHING


@dataclass(frozen=True, slots=True)
class Whole:
    """Post the lead's whole last email in the card's thread."""

    reference: ById


@dataclass(frozen=True, slots=True)
class Visit:
    """Open the conversation in SendKit. Slack does that itself, and tells the bot."""

    reference: ById


@dataclass(frozen=True, slots=True)
class ListInbox:
    """List unread conversations: one page, counted from 1, or what comes `after` a conversation
    and the time stamp of its reply, which may be empty."""

    page: int = 1
    after: tuple[ConversationId, str] | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """List conversations whose lead has these words."""

    words: str


@dataclass(frozen=True, slots=True)
class Log:
    """List decisions about a conversation, or about those of this channel. The list continues
    `after` a decision and its conversation."""

    reference: Reference | None = None
    after: tuple[ConversationId, DecisionId] | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Subscribes this channel to the replies that pass. `rehearse`: only show what it would have
    taken."""

    filters: Filters
    rehearse: bool = False


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    pass


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    pass


@dataclass(frozen=True, slots=True)
class Why:
    """Say which rule brought this card here. `card`: None if none was named."""

    card: ByLink | None = None


@dataclass(frozen=True, slots=True)
class SetHours:
    """Sets this channel's working hours; None ends them."""

    hours: Hours | None


@dataclass(frozen=True, slots=True)
class SetReminders:
    """Reminds this channel of leads who wait, `after` these numbers of seconds of working
    time; of none if it is empty."""

    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShowSchedule:
    """Say when this channel works, is reminded, and gets a digest."""


@dataclass(frozen=True, slots=True)
class Examine:
    """Try everything that the bot lives on."""


@dataclass(frozen=True, slots=True)
class Prove:
    """Compare SendKit's unread conversations with the cards."""


@dataclass(frozen=True, slots=True)
class Help:
    pass


About = Show | Open | Whole | Visit | Release | AskUntil | Back | Reply
Pressed = About | AboutAnswer | Decide | Undo | Confirm | ListInbox | Log | Take | PutOff
Routing = Subscribe | Unsubscribe | ListSubscriptions | Why
Scheduling = SetHours | SetReminders | SetDigest | ShowSchedule
Act = Pressed | Find | Next | Choose | Give | Owning | Routing | Scheduling | Examine | Prove | Help


# Acts about a conversation and nothing else, by their verbs.
_Acts = dict[str, type[About]]
_ACTS: _Acts = {
    "show": Show,
    "open": Open,
    "whole": Whole,
    "link": Visit,
    "release": Release,
    "later": AskUntil,
    "back": Back,
    "reply": Reply,
}
_VERBS: Final = {act: verb for verb, act in _ACTS.items()}
# Changes without an argument, by their verbs.
PLAIN: Final = {each.verb: each for each in (MarkRead(), MarkUnread(), ClearAiTag())}
# The same for buttons, which also have what no emoji may do, since it cannot be taken back.
_PRESSED: Final[Mapping[str, Change]] = {**PLAIN, DoNotContact.verb: DoNotContact()}


def conversation_id(text: str) -> ConversationId:
    """A conversation's id as SendKit and buttons write it; NotUnderstood for anything else."""
    if not _CONVERSATION.fullmatch(text):
        raise NotUnderstood("That is not the id of a conversation.")
    return ConversationId(text)


def block_id(conversation: ConversationId, state: str, listed: str = "") -> str:
    """The id of the block with a conversation's buttons. `state` keeps it apart; `listed` names
    the list that it is a row of."""
    return with_list(f"decide.{conversation}.{state}", listed)


def with_list(block: str, listed: str) -> str:
    return f"{block}.{listed}" if listed else block


def list_of(block: object) -> str:
    """The list in a block's id; empty if there is none."""
    match block.split(".") if isinstance(block, str) else ():
        case ["decide", _, _, listed] if _LIST.fullmatch(listed):
            return listed
        case _:
            return ""


def conversation_of(block: str) -> ConversationId:
    """The conversation in a block's id; NotUnderstood for another block."""
    if not (found := conversation_in(block)):
        raise NotUnderstood(f"I don’t know this menu. {INSTEAD}")
    return conversation_id(found)


def conversation_in(block: object) -> str:
    """The same, without a check; empty for another block."""
    match block.split(".") if isinstance(block, str) else ():
        case ["decide", conversation, _] | ["decide", conversation, _, _]:
            return conversation
        case _:
            return ""


def is_stamp(text: str) -> bool:
    """Whether a button's value can hold this time stamp."""
    return _STAMP.fullmatch(text) is not None


def is_decision(text: str) -> bool:
    """Whether a button's value can hold this id of a decision."""
    return _DECISION.fullmatch(text) is not None


def action_id(position: int) -> str:
    return f"decide.{position}"


def pack_change(conversation: ConversationId, change: Change) -> str:
    """The value of the button or the option that means this change; not every change has one."""
    return pack(Decide(ById(conversation), change))


def pack(act: Pressed) -> str:
    """The value of the button or the option that means this act."""
    if isinstance(act, About) and isinstance(act.reference, ById):
        return f"1:{act.reference.id}:{_VERBS[type(act)]}"
    match act:
        case Decide(
            ById(conversation), MarkRead() | MarkUnread() | ClearAiTag() | DoNotContact() as change
        ):
            return f"1:{conversation}:{change.verb}"
        case Decide(ById(conversation), SetAiTag(ai_tag) as change):
            return f"1:{conversation}:{change.verb}:{ai_tag}"
        case Undo(ById(conversation), decision) if decision and is_decision(decision):
            return f"1:{conversation}:{Revert.verb}:{decision}"
        case Confirm(ById(conversation), decision) if is_decision(decision):
            return f"1:{conversation}:confirm:{decision}"
        case Log(reference, (conversation, decision)) if is_decision(decision):
            return f"1:{conversation}:{'log' if reference else 'logs'}:{decision}"
        case ListInbox(after=(conversation, replied_at)):
            return f"1:{conversation}:next:{replied_at}"
        case Take(ById(conversation), over):
            return f"1:{conversation}:take:{over}" if over else f"1:{conversation}:take"
        case TakeBackAnswer() | AnswerWasSent() | AnswerWasNotSent() if is_decision(act.answer):
            return f"1:{act.reference.id}:{act.verb}:{act.answer}"
        case PutOff(ById(conversation), until) if until:
            return f"1:{conversation}:later:{until}"
        case _:
            raise TypeError(f"no button means {act}")


def parse(value: str) -> Pressed:
    """The meaning of a button's or an option's value; NotUnderstood for an unknown form."""
    match value.split(":", 3):
        case ["1", conversation, verb] if verb in _PRESSED:
            return Decide(ById(conversation_id(conversation)), _PRESSED[verb])
        case ["1", conversation, SetAiTag.verb, ai_tag] if ai_tag.strip():
            return Decide(ById(conversation_id(conversation)), SetAiTag(AiTag(ai_tag)))
        case ["1", conversation, "undo" | "confirm" as verb, decision] if is_decision(decision):
            whose, made = ById(conversation_id(conversation)), DecisionId(decision)
            return Undo(whose, made) if verb == Revert.verb else Confirm(whose, made)
        case ["1", conversation, verb] if verb in _ACTS:
            return _ACTS[verb](ById(conversation_id(conversation)))
        case ["1", conversation, "log" | "logs" as verb, decision] if is_decision(decision):
            about = ById(conversation_id(conversation))
            return Log(about if verb == "log" else None, (about.id, DecisionId(decision)))
        case ["1", conversation, "next", replied_at] if is_stamp(replied_at):
            return ListInbox(after=(conversation_id(conversation), replied_at))
        case ["1", conversation, "take", *over] if all(map(_PERSON.fullmatch, over)):
            return Take(ById(conversation_id(conversation)), UserId(over[0]) if over else None)
        case ["1", conversation, "later", until] if _UNTIL.fullmatch(until):
            return PutOff(ById(conversation_id(conversation)), until)
        case ["1", conversation, verb, answer] if verb in ON_ANSWERS and is_decision(answer):
            return ON_ANSWERS[verb](ById(conversation_id(conversation)), AnswerId(answer))
        case _:
            raise NotUnderstood(f"I don’t know this button. {INSTEAD}")
