"""The acts that people can ask for about owners."""

from dataclasses import dataclass

from bot.filters import Filters
from bot.references import Reference
from bot.triage import ChannelId, UserId


@dataclass(frozen=True, slots=True)
class Take:
    """Become the owner of a conversation that nobody has, or that this person has. None: the
    conversation was not named."""

    reference: Reference | None
    over: UserId | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """No longer be the owner."""

    reference: Reference | None


@dataclass(frozen=True, slots=True)
class Give:
    """Make somebody else the owner, or NOBODY."""

    reference: Reference
    owner: UserId


@dataclass(frozen=True, slots=True)
class SetOwners:
    """Give new replies to these people in turn: those that pass the filters, or those of a channel;
    without either, those of this channel. Without people, end that."""

    people: tuple[UserId, ...]
    filters: Filters | None = None
    channel: ChannelId | None = None

    @property
    def is_here(self) -> bool:
        return self.filters is None and self.channel is None


@dataclass(frozen=True, slots=True)
class ListOwners:
    """List the rules by which new replies get owners."""


@dataclass(frozen=True, slots=True)
class SetNotify:
    """Send the person direct messages about their conversations, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetAway:
    """Give the person no new replies until this day, as they typed it; empty: they are here."""

    until: str


@dataclass(frozen=True, slots=True)
class Mine:
    """List the conversations of the person who asks."""


Owning = Mine | SetAway | SetOwners | ListOwners | SetNotify
