"""What is said about subscriptions, in sentences."""

from collections.abc import Sequence
from typing import Final, Protocol

from bot.slack.views.card import title
from bot.slack.views.message import short
from bot.triage import ChannelId, Conversation

RULE_LIMIT: Final = 300
SHOWN: Final = 20
NOT_SUBSCRIBED: Final = "This channel has no subscription. Make one with subscribe."
OLDER: Final = "This card is older than my notes of why cards are where they are."


class Subscribed(Protocol):
    """A channel's subscription."""

    @property
    def channel(self) -> ChannelId: ...

    @property
    def filters(self) -> object: ...

    @property
    def broken(self) -> str | None: ...


def subscribed(name: str, filters: object) -> str:
    return f"{name} subscribed this channel to {_which(filters)}."


def unsubscribed(name: str) -> str:
    return f"{name} ended this channel's subscription."


def why(rule: str) -> str:
    if not rule:
        return OLDER
    return f"This card is here because of: {short(rule, RULE_LIMIT)}."


def listed(routes: Sequence[Subscribed], triage_channel: ChannelId) -> str:
    """A line for each channel; the triage channel takes what is left."""
    lines = []
    for route in routes:
        state = f" (I cannot post there: {route.broken})" if route.broken else ""
        lines.append(f"{route.channel}: {_which(route.filters)}{state}")
    rest = "what no channel takes" if routes else "all replies"
    return "\n".join([*lines, f"{triage_channel}: {rest}"])


def rehearsal(filters: object, taken: Sequence[Conversation], looked_at: int) -> str:
    """Which of the last conversations the filters would have taken."""
    opening = f"Of the last {looked_at} conversations it would have taken {len(taken)}"
    if not taken:
        return f"{opening}: {_which(filters)}."
    names = [f"{title(each)} ({each.ai_tag or 'no aiTag'})" for each in taken[:SHOWN]]
    more = f", and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
    return f"{opening}: {'; '.join(names)}{more}."


def _which(filters: object) -> str:
    return f"replies with {short(str(filters), RULE_LIMIT)}" if str(filters) else "all replies"
