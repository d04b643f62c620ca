"""What a look at SendKit found about one conversation, and what was known of it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.journal import Attempt
from bot.store.channels import Known, is_news, stamp
from bot.triage import Conversation, Place

# How often SendKit is asked for a reply before its list has to do: for about ten seconds.
TRIES: Final = 4
# SendKit delivers twice about a positive reply, and again what was not answered.
DELIVERED_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Before:
    """What the bot knew when a look found something. It is kept in the entry's steps: what this
    entry itself has done before a restart must not look as if it had been there before."""

    fresh: bool
    before: Conversation | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What a look at SendKit found. `fresh`: the reply was not announced before. `places`: where
    the conversation had cards then."""

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
    """Whether the conversation lacks the reply that a list or a delivery told of."""
    payload = attempt.entry.payload
    if told := payload.get("told", ""):
        return is_news(told, stamp(now))
    if not payload.get("reply", True) or attempt.number >= TRIES:
        return False
    if known is None or not known.announced:
        return not now.replied_at
    # A delivery does not name its reply: soon after one was announced, it is about that one.
    late = known.seen_at < attempt.written_at - DELIVERED_SECONDS
    return late and not is_news(stamp(now), known.announced)
