"""What is said about subscriptions, in sentences."""

from collections.abc import Sequence
from typing import Final, Protocol

from bot.slack.views.card import title
from bot.slack.views.message import (
    NAME_LIMIT,
    TEXT_LIMIT,
    Message,
    channel_name,
    context,
    markup,
    safe,
    short,
)
from bot.triage import ChannelId, Conversation

RULE_LIMIT: Final = 300
# A block each, of the 50 that Slack takes; one for the triage channel, one for how many are left.
LINES_LIMIT: Final = 48
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


def listed(routes: Sequence[Subscribed], triage_channel: ChannelId) -> Message:
    """A line for each channel; the triage channel takes what is left."""
    lines = [(route.channel, _takes(route)) for route in routes]
    rest = (triage_channel, "what no channel takes" if routes else "all replies")
    shown = min(len(lines), LINES_LIMIT)
    while len(text := _text([*lines[:shown], rest], len(lines) - shown)) > TEXT_LIMIT:
        shown -= 1
    blocks = [
        context(markup(channel_name(channel)), what) for channel, what in [*lines[:shown], rest]
    ]
    more = [context(_more(len(lines) - shown))] if shown < len(lines) else []
    return Message(text, [*blocks, *more])


def closed(channel: ChannelId, error: str) -> Message:
    """For whoever subscribed a channel in which the bot may not post any more."""
    name, reason = channel_name(channel), short(error, NAME_LIMIT)
    what = (
        f"I can no longer post in this channel ({reason}), which you subscribed. Unarchive it, or "
        "type /invite there with my name: until then its replies go to the triage channel."
    )
    return Message(f"{name}: {safe(what)}", [context(markup(name), what)])


def rehearsal(filters: object, taken: Sequence[Conversation], looked_at: int) -> str:
    """Which of the last conversations the filters would have taken."""
    opening = f"Of the last {looked_at} conversations it would have taken {len(taken)}"
    if not taken:
        return f"{opening}: {_which(filters)}."
    names = [f"{title(each)} ({each.ai_tag or 'no aiTag'})" for each in taken[:SHOWN]]
    more = f", and {len(taken) - SHOWN} more" if len(taken) > SHOWN else ""
    return f"{opening}: {'; '.join(names)}{more}."


def _takes(route: Subscribed) -> str:
    state = f" (I cannot post there: {route.broken})" if route.broken else ""
    return f"{_which(route.filters)}{state}"


def _text(lines: Sequence[tuple[ChannelId, str]], more: int) -> str:
    told = [f"{channel_name(channel)}: {safe(what)}" for channel, what in lines]
    return "\n".join([*told, *([_more(more)] if more else [])])


def _more(count: int) -> str:
    return f"… and {count} more."


def _which(filters: object) -> str:
    return (
        f"replies that match {short(str(filters), RULE_LIMIT)}" if str(filters) else "all replies"
    )
