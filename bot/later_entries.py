"""Entries about conversations that are put off; their payloads are a published format, as in
bot.entries. Pure."""

from dataclasses import dataclass
from typing import Final

from bot.codec import decode, encode
from bot.journal import Entry
from bot.triage import ConversationId, Origin

LATER: Final = "later"
BACK: Final = "back"


@dataclass(frozen=True, slots=True)
class Wish:
    """A person wants a conversation to be put off `until` then, in words of bot.later; empty: no
    longer. `zone`: the time zone in which they chose it; empty if it is not known yet."""

    conversation: ConversationId
    until: str
    origin: Origin
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A conversation comes back: `which` of the times that it was put off."""

    conversation: ConversationId
    which: str


def put_off(identity: str, wanted: Wish) -> Entry:
    """A change of the time until which a conversation is put off. A double click counts once."""
    return Entry(
        id=identity,
        kind=LATER,
        lane=f"{LATER}:{wanted.conversation}",
        payload=encode(wanted),
        dedup_key=f"{wanted.origin.person.id} {wanted.until}",
    )


def back(due: Due, at: float) -> Entry:
    """A conversation comes back `at` this time, once for each time that it was put off."""
    identity = f"{BACK}:{due.which}"
    return Entry(identity, BACK, identity, encode(due), not_before=at)


def wanted_in(entry: Entry) -> Wish:
    return decode(entry.payload, Wish)


def due_in(entry: Entry) -> Due:
    return decode(entry.payload, Due)
