"""The news of one conversation in SendKit, beside what the bot knew before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.journal import Attempt
from bot.store.channels import Known, is_news, stamp
from bot.triage import Conversation, Place

# How often the bot asks SendKit for a reply, over about ten seconds, before it relies on the list.
TRIES: Final = 4
# SendKit delivers twice about a positive reply, and repeats deliveries that were not answered.
DELIVERED_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Before:
    """The bot's knowledge before. It is stored in the entry's steps, so that the entry's own work
    before a restart does not look older."""

    fresh: bool
    before: Conversation | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class News:
    """The bot's findings in SendKit. `fresh`: the reply was not announced before. `places`: the
    conversation's cards at that time."""

    before: Conversation | None
    now: Conversation
    fresh: bool
    positive: bool
    places: Sequence[Place]

    @property
    def is_further(self) -> bool:
        """Whether the cards show an earlier reply."""
        shown = stamp(self.before) if self.before else ""
        return self.fresh and bool(self.places) and is_news(stamp(self.now), shown)


def lacks_reply(attempt: Attempt, now: Conversation, known: Known | None) -> bool:
    """Whether the conversation lacks the reply that a list or a delivery announced."""
    payload = attempt.entry.payload
    if told := payload.get("told", ""):
        return is_news(told, stamp(now))
    if not payload.get("reply", True) or attempt.number >= TRIES:
        return False
    if known is None or not known.announced:
        return not now.replied_at
    # A delivery does not name its reply. Soon after a reply was announced, it is about that one.
    late = known.seen_at < attempt.written_at - DELIVERED_SECONDS
    return late and not is_news(stamp(now), known.announced)
