"""The kinds of entries: their payloads, their lanes, and what makes two of them the same. Payloads
are a published format; see bot.codec. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot import answer_entries, codec, dates
from bot.acts import (
    Act,
    AnswerWasNotSent,
    AnswerWasSent,
    AskUntil,
    Back,
    ById,
    Confirm,
    Decide,
    Give,
    ListInbox,
    Log,
    Open,
    PutOff,
    Release,
    Reply,
    Show,
    TagNamed,
    Take,
    TakeBackAnswer,
    Undo,
    Whole,
)
from bot.codec import decode, encode
from bot.journal import Entry
from bot.later_entries import Wish, put_off
from bot.owner_entries import Wanted, own
from bot.triage import (
    NOBODY,
    ChannelId,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    Origin,
    Place,
    Revert,
    UserId,
)

JSON = Mapping[str, Any]

CARRY_OUT: Final = "carry_out"
TYPED: Final = "command"
ASK: Final = "ask"
SHOW: Final = "show"
WHOLE: Final = "whole"
TELL: Final = "tell"
REDRAW: Final = "redraw"
TURN: Final = "turn"
DIGEST: Final = "digest"
NOTICE: Final = "notice"
REMIND: Final = "remind"
HOME: Final = "home"

FAILED: Final = (
    "Something went wrong, and your change may not be saved. Check the conversation in SendKit, "
    "and tell the person who runs this bot."
)

# The kinds of reactions: an emoji that is added, and one that is removed.
REACTED: Final = "reacted"
UNREACTED: Final = "unreacted"

# Prefix of the ids of webhook deliveries.
DELIVERED: Final = "webhook:"

# Prefix of the lanes of cards that Slack did not let the bot redraw.
REDRAW_LANE: Final = "redraw:"

# More unread replies at the first sync come in one summary.
MOST_AT_FIRST: Final = 12


@dataclass(frozen=True, slots=True)
class Notice:
    """A direct message to a person, who may not have asked for it. `about`: None if it is about no
    conversation."""

    person: UserId
    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    about: ConversationId | None = None


def lane_of(conversation: ConversationId) -> str:
    """All work about one conversation keeps its order."""
    return f"conversation:{conversation}"


def carry_out(decision: Decision) -> Entry:
    """A double click is one decision, and so is a command that is typed twice."""
    payload = {name: part for name, part in encode(decision).items() if name != "id"}
    where = decision.origin.message or decision.origin.channel
    return Entry(
        id=decision.id,
        kind=CARRY_OUT,
        lane=lane_of(decision.conversation),
        payload=payload,
        dedup_key=f"{decision.person.id} {payload['change']} {where}",
    )


def asked(identity: str, act: Act, origin: Origin, at: float) -> Entry | None:
    """The entry for an act whose conversation is known; None for any other."""
    match act:
        case Decide(ById(conversation), change, reason) if not isinstance(change, TagNamed):
            decision = Decision(DecisionId(identity), conversation, change, origin, at)
            return carry_out(replace(decision, reason=reason))
        case Undo(ById(conversation), undone) if undone:
            change = Revert(undone)
            return carry_out(Decision(DecisionId(identity), conversation, change, origin, at))
        case (
            Show(ById(conversation))
            | Open(ById(conversation))
            | Confirm(ById(conversation))
            | AskUntil(ById(conversation))
            | Reply(ById(conversation))
        ):
            # A button that opens a form comes here only if its id was lost.
            return ask(identity, conversation, origin)
        case Whole(ById(conversation)):
            return whole(identity, conversation, origin)
        case Take(ById(conversation), over):
            me = origin.person.id
            return own(identity, Wanted(conversation, me, over or NOBODY, origin))
        case Release(ById(conversation)):
            return own(identity, Wanted(conversation, NOBODY, origin.person.id, origin))
        case Give(ById(conversation), owner):
            return own(identity, Wanted(conversation, owner, None, origin))
        case PutOff(ById(conversation), until):
            return put_off(identity, Wish(conversation, until, origin))
        case Back(ById(conversation)):
            return put_off(identity, Wish(conversation, "", origin))
        case TakeBackAnswer(_, answer):
            return answer_entries.take_back(identity, answer, origin)
        case AnswerWasSent(_, answer) | AnswerWasNotSent(_, answer):
            was_sent = isinstance(act, AnswerWasSent)
            return answer_entries.settle(identity, answer, origin, was_sent=was_sent)
        case Log(after=(_, _)):
            return older(identity, act, origin)
        case ListInbox(after=(conversation, replied_at)):
            return more(identity, conversation, replied_at, origin)
        case _:
            return None


def reaction(kind: str, *which: str, at: str) -> str:
    """The identity of a reaction: REACTED or UNREACTED, a digest of where it is, whose and which
    emoji, and when. The record keeps it after a person is forgotten."""
    digest = hashlib.sha256(json.dumps(which).encode()).hexdigest()[:32]
    return f"{kind}:{digest}:{at}"


def alike(identity: str) -> DecisionId:
    """The beginning that the identities of such reactions share: the same person's, of the same
    kind, with the same emoji to the same message."""
    return DecisionId(f"{identity.rpartition(':')[0]}:")


def opposite(identity: str) -> DecisionId:
    """The same for reactions of the other kind."""
    kind, _, rest = alike(identity).partition(":")
    return DecisionId(f"{REACTED if kind == UNREACTED else UNREACTED}:{rest}")


def reacted_at(identity: str) -> float:
    """The time, in seconds since the epoch; 0 if Slack did not say."""
    return dates.from_slack(identity.rpartition(":")[2]) or 0.0


def decision(entry: Entry) -> Decision:
    return decode({**entry.payload, "id": entry.id}, Decision)


def origin(entry: Entry) -> Origin:
    """The place of the person who asked."""
    return decode(entry.payload["origin"], Origin)


def announce(conversation: Conversation, again: str = "") -> Entry:
    """A reply from a list, identified by its conversation and time. `again` tells this entry from
    earlier ones that ended without a card."""
    identity = f"reply:{conversation.id}:{conversation.replied_at}"
    entry = refresh(_once_more(identity, again), conversation.id, reply=True)
    return replace(entry, payload={**entry.payload, "told": conversation.replied_at})


def refresh(
    identity: str, conversation: ConversationId, *, reply: bool, positive: bool = False
) -> Entry:
    """Something happened to the conversation in SendKit: a reply came, or it changed."""
    return Entry(
        id=identity,
        kind=codec.ANNOUNCE,
        lane=lane_of(conversation),
        payload={"conversation": conversation, "reply": reply, "positive": positive},
    )


def delivery(identity: str, conversation: ConversationId, *, reply: bool, positive: bool) -> Entry:
    """A refresh for a webhook delivery. If it has not begun yet, it also covers a repeated
    delivery."""
    entry = refresh(f"{DELIVERED}{identity}", conversation, reply=reply, positive=positive)
    return replace(entry, merges=True)


def turn(identity: str, conversation: ConversationId) -> Entry:
    """Somebody may have answered the lead. Decisions do not wait for it."""
    return Entry(identity, TURN, f"{TURN}:{conversation}", {"conversation": conversation})


def sent(identity: str, conversation: ConversationId) -> Entry:
    """The same for a webhook delivery about a mail of ours."""
    return replace(turn(f"{DELIVERED}{identity}", conversation), merges=True)


def reminder(
    conversation: ConversationId, since: float, channel: ChannelId, seconds: int, at: float
) -> Entry:
    """Reminds a channel `at` this time of a lead who waits `since` then, after `seconds` of working
    time. While the lead waits, each such reminder has one entry."""
    identity = f"{REMIND}:{conversation}:{int(since)}:{channel}:{seconds}"
    payload = {
        "conversation": conversation,
        "since": since,
        "channel": channel,
        "seconds": seconds,
    }
    return Entry(identity, REMIND, identity, payload, not_before=at)


def digest(channel: ChannelId, at: float) -> Entry:
    """A channel's digest, which is due `at` this time."""
    identity = f"{DIGEST}:{channel}:{at:.0f}"
    return Entry(identity, DIGEST, identity, {"channel": channel, "at": at}, not_before=at)


def home(identity: str, person: UserId, show: str = "", *, opened: bool = False) -> Entry:
    """A person's App Home is to be drawn: they `opened` it, want to see something else (`show`, a
    value of bot.home), or decided about something in it."""
    payload = {"person": person, **({"show": show} if show else {})}
    if opened:
        payload["opened"] = "yes"
    return Entry(identity, HOME, f"{HOME}:{person}", payload, merges=True)


def is_delivery(entry: Entry) -> bool:
    return entry.id.startswith(DELIVERED)


def first_sync(unread: Mapping[ConversationId, str], again: str = "") -> Entry:
    """The unread replies from before the bot's first start, the newest first, each with its
    bot.store.channels.stamp. `again` as for `announce`."""
    return Entry(
        id=_once_more("first look", again),
        kind=codec.FIRST_SYNC,
        lane="first look",
        payload={"unread": list(unread), "stamps": list(unread.values())},
    )


def _once_more(identity: str, again: str) -> str:
    return f"{identity}#{again}" if again else identity


def is_again(entry: Entry) -> bool:
    return codec.first_id(entry.id) != entry.id


def redraw(identity: str, place: Place, lane: str, *, urgent: bool) -> Entry:
    """A redraw of a message that Slack refused when its cards changed. `lane`: what it waits for, a
    channel or the message alone. `urgent`: people decided it."""
    return Entry(
        id=identity,
        kind=REDRAW,
        lane=f"{REDRAW_LANE}{lane}",
        payload={"place": encode(place), **({"urgent": True} if urgent else {})},
    )


def more(identity: str, after: ConversationId, replied_at: str, origin: Origin) -> Entry:
    """The inbox after this conversation and its reply."""
    entry = question(identity, "inbox", origin)
    following = {"conversation": after, "replied_at": replied_at}
    return replace(entry, payload={**entry.payload, "after": following})


def older(identity: str, log: Log, origin: Origin) -> Entry:
    """The log before a decision: of its conversation, or of the channel."""
    entry = question(identity, "log", origin)
    conversation, decision = log.after or ("", "")
    about = conversation if log.reference else ""
    return replace(entry, payload={**entry.payload, "log": {"about": about, "before": decision}})


def log_of(entry: Entry) -> tuple[ConversationId | None, DecisionId | None]:
    """The subject of the log, if it is one conversation, and the decision before which it goes
    on."""
    wanted = entry.payload.get("log", {})
    about, before = wanted.get("about", ""), wanted.get("before", "")
    return ConversationId(about) if about else None, DecisionId(before) if before else None


def after(entry: Entry) -> tuple[str, str] | None:
    """The position at which the inbox continues: the time stamp and the id of the last conversation
    on the page before."""
    following = entry.payload.get("after")
    return None if following is None else (following["replied_at"], following["conversation"])


def ask(identity: str, conversation: ConversationId, origin: Origin) -> Entry:
    """A request for a card. It is checked outside of the conversation's lane, so that the person
    gets an answer even while decisions wait; `show` follows."""
    return _about(identity, ASK, questions_of(origin), conversation, origin)


def show(identity: str, conversation: ConversationId, origin: Origin) -> Entry:
    """A request to post the conversation's card."""
    return _about(identity, SHOW, lane_of(conversation), conversation, origin)


def whole(identity: str, conversation: ConversationId, origin: Origin) -> Entry:
    """A request to post the lead's whole last email."""
    # Two requests at once post it once.
    return _about(identity, WHOLE, f"{WHOLE}:{conversation}", conversation, origin)


def _about(
    identity: str, kind: str, lane: str, conversation: ConversationId, origin: Origin
) -> Entry:
    return Entry(identity, kind, lane, {"conversation": conversation, "origin": encode(origin)})


def command(identity: str, text: str, origin: Origin) -> Entry:
    """A typed decision for which SendKit must be asked which conversation is meant. One person's
    commands keep their order."""
    at = origin.mentioned_at
    return Entry(
        id=identity,
        kind=TYPED,
        lane=f"person:{origin.person.id}",
        payload={"text": text, "origin": encode(origin)},
        dedup_key=f"{at.ts if at else origin.channel} {text}",
    )


def question(identity: str, text: str, origin: Origin) -> Entry:
    """A command that is answered now or never. It does not wait behind delayed decisions."""
    return replace(command(identity, text, origin), lane=questions_of(origin), dedup_key=None)


def questions_of(origin: Origin) -> str:
    return f"questions:{origin.person.id}"


def unknown_ai_tag(identity: str, text: str, origin: Origin) -> Entry:
    """A command whose aiTag was unknown, to look whether SendKit has it now."""
    entry = question(identity, text, origin)
    return replace(entry, payload={**entry.payload, "unknown": True})


def untold(entry: Entry, sentence: str) -> Entry:
    """The entry with a sentence that the person is told first, where no ack tells it."""
    return replace(entry, payload={**entry.payload, "sentence": sentence})


def to_tell(entry: Entry) -> str:
    sentence: str = entry.payload.get("sentence", "")
    return sentence


def is_unknown(entry: Entry) -> bool:
    return entry.payload.get("unknown") is True


def hint(identity: str, sentence: str, origin: Origin) -> Entry:
    """A sentence for a person, without a reference since nothing went wrong."""
    entry = tell(identity, sentence, origin)
    return replace(entry, payload={**entry.payload, "reference": ""})


def tell(identity: str, sentence: str, origin: Origin, reference: str = "") -> Entry:
    """A sentence for a person. `reference`: of the entry that it is about, if that is another
    one."""
    about = {"reference": reference} if reference else {}
    return Entry(
        id=identity,
        kind=TELL,
        lane=f"tell:{origin.person.id}",
        payload={"sentence": sentence, "origin": encode(origin), **about},
    )


def notice(identity: str, told: Notice) -> Entry:
    """A direct message. `identity`: of the entry that it comes of."""
    person = told.person
    return Entry(f"notice:{identity}:{person}", NOTICE, notices_of(person), encode(told))


def notices_of(person: UserId) -> str:
    return f"notice:{person}"


def failure(failed: Entry) -> Entry | None:
    """A sentence for the person whose work raised an unexpected error. None if the entry was itself
    a sentence, or has no person."""
    if failed.kind == TELL or "origin" not in failed.payload:
        return None
    try:
        who = origin(failed)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # the origin may be what the error was about
    return tell(f"{failed.id}/failed", FAILED, who, failed.reference)
