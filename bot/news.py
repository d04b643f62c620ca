"""What a look at SendKit found about one conversation, and what was known of it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot import codec
from bot.journal import Page, Payload
from bot.store.channels import Known, is_news, stamp
from bot.triage import Conversation, Place

# How often SendKit is asked for a reply before its list has to do: for about ten seconds.
TRIES: Final = 4
# SendKit delivers twice about a positive reply, and again what was not answered.
DELIVERED_SECONDS: Final = 60.0


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


def lacks_reply(page: Page, now: Conversation, known: Known | None) -> bool:
    """Whether the conversation lacks the reply that a list or a delivery told of."""
    payload = page.entry.payload
    if told := payload.get("told", ""):
        return is_news(told, stamp(now))
    if not payload.get("reply", True) or page.attempt >= TRIES:
        return False
    if known is None or not known.announced:
        return not now.replied_at
    # A delivery does not name its reply: soon after one was announced, it is about that one.
    late = known.seen_at < page.written_at - DELIVERED_SECONDS
    return late and not is_news(stamp(now), known.announced)


async def as_found(
    fresh: bool, before: Conversation | None, places: Sequence[Place], again: bool
) -> Payload:
    return {
        "fresh": fresh,
        "before": None if before is None else codec.conversation_to_json(before),
        "places": [codec.place_to_json(place) for place in places],
    }


def from_found(found: Payload, now: Conversation, positive: bool) -> News:
    """The same, out of the entry's steps."""
    before = found["before"]
    return News(
        None if before is None else codec.conversation_from_json(before),
        now,
        bool(found["fresh"]),
        positive,
        [codec.place_from_json(each) for each in found["places"]],
    )
