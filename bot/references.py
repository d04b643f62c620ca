"""References: the ways in which people name a conversation."""

from dataclasses import dataclass

from bot.triage import ConversationId, Place


@dataclass(frozen=True, slots=True)
class ById:
    id: ConversationId


@dataclass(frozen=True, slots=True)
class ByEmail:
    email: str


@dataclass(frozen=True, slots=True)
class ByName:
    """Words of the lead's name."""

    words: str


@dataclass(frozen=True, slots=True)
class ByLink:
    """A link to a card, or to a message in its thread: the place is the card's."""

    place: Place


Reference = ById | ByEmail | ByName | ByLink
