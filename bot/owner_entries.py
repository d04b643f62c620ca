"""Entries about owners; their payloads are a published format, as in bot.entries. Pure."""

from dataclasses import dataclass
from typing import Final

from bot.codec import decode, encode
from bot.journal import Entry
from bot.triage import ChannelId, ConversationId, Origin, UserId

OWN: Final = "own"
ASSIGN: Final = "assign"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person wants a conversation to have this `owner`, or NOBODY. `only_from`: if this person
    has it, or NOBODY does; None: in any case."""

    conversation: ConversationId
    owner: UserId
    only_from: UserId | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A reply whose owner is not known yet: the `channels` that take it, and whether SendKit calls
    it `positive`."""

    conversation: ConversationId
    channels: tuple[ChannelId, ...]
    positive: bool


def own(identity: str, wanted: Wanted) -> Entry:
    """A change of owner. It does not wait behind decisions, which need SendKit. A double click
    counts once."""
    return Entry(
        id=identity,
        kind=OWN,
        lane=f"owner:{wanted.conversation}",
        payload=encode(wanted),
        dedup_key=f"{wanted.origin.person.id} {wanted.owner} {wanted.only_from}",
    )


def assign(identity: str, asked: Unassigned) -> Entry:
    """A reply that still needs an owner. `identity`: of the entry that announces it."""
    lane = f"owner:{asked.conversation}"
    return Entry(f"{identity}/assign", ASSIGN, lane, encode(asked))


def unassigned(entry: Entry) -> Unassigned:
    return decode(entry.payload, Unassigned)


def wanted_in(entry: Entry) -> Wanted:
    return decode(entry.payload, Wanted)
