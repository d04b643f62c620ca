"""Entries about answers to leads; their payloads are a published format, as in bot.entries.
Pure."""

from typing import Final
from uuid import uuid4

from bot.answers import Answer, AnswerId
from bot.codec import decode, encode
from bot.journal import Entry
from bot.triage import ConversationId, Origin

ANSWER: Final = "answer"
WATCH: Final = "watch_answer"
TAKE_BACK: Final = "take_back_answer"
SETTLE: Final = "settle_answer"
SHOW: Final = "show_answer"

# The rest of an answer comes of its entry.
_WRITTEN: Final = (
    *("conversation", "answered", "writer", "text", "origin", "cc", "mailbox", "send_at"),
    "because",
)


def lane_of(answer: AnswerId) -> str:
    """Each answer has its own, since its entry is open until the answer is over."""
    return f"{ANSWER}:{answer}"


def answer(written: Answer) -> Entry:
    """A person sends an answer."""
    body = encode(written)
    payload = {name: body[name] for name in _WRITTEN}
    return Entry(written.id, ANSWER, lane_of(written.id), payload)


def answer_in(entry: Entry, made_at: float) -> Answer:
    return decode({**entry.payload, "id": entry.id, "made_at": made_at}, Answer)


def watch(identity: str, which: AnswerId) -> Entry:
    """Something may have happened to an answer: the entry that watches it looks at once."""
    return Entry(identity, WATCH, lane_of(which), {"answer": which})


def take_back(identity: str, which: AnswerId, origin: Origin) -> Entry:
    """A person wants an answer back."""
    payload = {"answer": which, "origin": encode(origin)}
    return Entry(identity, TAKE_BACK, f"{TAKE_BACK}:{which}", payload)


def settle(identity: str, which: AnswerId, origin: Origin, *, was_sent: bool) -> Entry:
    """A person has looked in SendKit whether an answer was sent."""
    payload = {"answer": which, "origin": encode(origin), "was_sent": was_sent}
    return Entry(identity, SETTLE, f"{TAKE_BACK}:{which}", payload)


def show(conversation: ConversationId) -> Entry:
    """The cards are to show how far an answer is. Nothing that is still to be sent waits for it."""
    lane = f"{SHOW}:{conversation}"
    return Entry(f"{SHOW}:{uuid4().hex}", SHOW, lane, {"conversation": conversation}, merges=True)


def which_in(entry: Entry) -> AnswerId:
    return AnswerId(entry.payload["answer"])


def conversation_in(entry: Entry) -> ConversationId:
    return ConversationId(entry.payload["conversation"])


def was_sent(entry: Entry) -> bool:
    return entry.payload["was_sent"] is True
