"""The acts that put conversations off."""

from dataclasses import dataclass

from bot.references import ById, Reference


@dataclass(frozen=True, slots=True)
class AskUntil:
    """Open the form that asks until when."""

    reference: ById


@dataclass(frozen=True, slots=True)
class PutOff:
    """Let a conversation come back then, in words of bot.later. None: it was not named."""

    reference: Reference | None
    until: str


@dataclass(frozen=True, slots=True)
class Back:
    """Put the conversation off no longer."""

    reference: Reference | None
