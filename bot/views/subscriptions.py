"""Sentences about subscriptions."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from bot import acts
from bot.filters import Filters, Route, understood
from bot.triage import AiTag, ChannelId, Conversation
from bot.views.card import tagged, title
from bot.views.message import (
    NAME_LIMIT,
    TEXT_LIMIT,
    Message,
    channel_name,
    context,
    isolated,
    label,
    markup,
    phrase,
    safe,
    short,
)

RULE_LIMIT: Final = 300
# Slack takes 50 blocks: one a line, one for the triage channel, and one for how many are left out.
LINES_LIMIT: Final = 48
SHOWN: Final = 20
# How many campaigns or aiTags the answer lists if a filter names an unknown one.
KNOWN: Final = 20
NOT_SUBSCRIBED: Final = (
    f"This channel has no subscription. To make one, type {acts.COMMAND} subscribe."
)
NOT_A_CHANNEL: Final = (
    "This is a direct message, and only channels have subscriptions. Type this in the channel."
)
OLDER: Final = "This card is too old: I no longer know why it was posted here."
UNCHECKED: Final = (
    "SendKit does not answer, so I could not check whether these campaigns and aiTags exist."
)
ONLY_TRIAGE: Final = (
    "This channel has no subscription. As the triage channel, this channel always gets what no "
    "other takes."
)
ALL: Final = "all replies"
ANYWAY: Final = "Subscribed anyway."
COMES_LATER: Final = "Subscribed anyway: replies come once it exists."
_REST: Final = "As the triage channel it still gets what no other channel takes."
# Reasons that databases hold instead of filters.
_REASONS: Final[Mapping[str, str]] = {
    "it takes every reply": "This channel is subscribed to all replies.",
    "no subscription takes it, and this is the triage channel": (
        "No channel is subscribed to this reply, so it came to the triage channel."
    ),
    "somebody decided about it or asked for it here": (
        "Somebody decided about this reply here, or asked for its card."
    ),
}


def subscribed(
    name: str, filters: Filters, before: Filters | None = None, *, is_triage: bool = False
) -> str:
    """Says what the channel gets from now on. `before`: the subscription that this one replaces."""
    said = f"{isolated(name)} subscribed this channel to {which(filters)}."
    if before is not None and before != filters:
        said = f"{said} This replaces its subscription to {which(before)}."
    return f"{said} {_REST}" if is_triage and which(filters) != ALL else said


def unsubscribed(name: str, *, is_triage: bool = False) -> str:
    said = f"{isolated(name)} ended this channel’s subscription."
    return f"{said} {_REST}" if is_triage else said


def why(rules: Sequence[tuple[str, str]]) -> str:
    """Why the cards in a message were posted: pairs of the lead's name and the card's rule."""
    leads: dict[str, list[str]] = {}
    for lead, rule in rules:
        leads.setdefault(_why(rule), []).append(phrase(lead, NAME_LIMIT))
    if len(leads) == 1:
        return next(iter(leads))
    return "\n".join(f"{', '.join(names)}: {reason}" for reason, names in leads.items())


def _why(rule: str) -> str:
    if not rule:
        return OLDER
    if rule in _REASONS:
        return _REASONS[rule]
    if (filters := understood(rule)) is not None:
        return f"This channel is subscribed to {which(filters)}."
    return f"This card was posted here because {short(rule, RULE_LIMIT)}."


def listed(subscriptions: Sequence[Route], triage_channel: ChannelId) -> Message:
    """A line for each channel. The triage channel takes the rest."""
    others = [route for route in subscriptions if route.channel != triage_channel]
    lines = [(route.channel, _takes(route)) for route in others]
    own = next((_takes(route) for route in subscriptions if route not in others), "")
    if not others or own == ALL:
        rest = (triage_channel, ALL)
    else:
        rest = (triage_channel, f"{own}, and everything else" if own else "everything else")
    shown = min(len(lines), LINES_LIMIT)
    while len(text := _text([*lines[:shown], rest], len(lines) - shown)) > TEXT_LIMIT:
        shown -= 1
    blocks = [
        context(markup(channel_name(channel)), what) for channel, what in [*lines[:shown], rest]
    ]
    more = [context(_more(len(lines) - shown))] if shown < len(lines) else []
    return Message(text, [*blocks, *more])


def closed(channel: ChannelId, error: str) -> Message:
    """For the person who subscribed a channel that is now closed to the bot."""
    name, reason = channel_name(channel), short(error, NAME_LIMIT)
    what = (
        f"I can no longer post in this channel ({reason}), which you subscribed. Unarchive it, or "
        "type /invite there with my name. Until then its replies go to the triage channel."
    )
    return Message(f"{name}: {safe(what)}", [context(markup(name), what)])


def rehearsal(filters: Filters, taken: Sequence[Conversation], looked_at: int) -> str:
    """Lists the last conversations, and which of them the filters would have taken."""
    count = len(taken) or "none"
    said = (
        f"This channel would get {which(filters)}: {count} of the last {looked_at} conversations."
    )
    lines = [f"• {title(each)} ({tagged(each)})" for each in taken[:SHOWN]]
    if len(taken) > SHOWN:
        lines.append(f"… and {len(taken) - SHOWN} more.")
    return "\n".join([said, *lines])


def unknown_campaigns(names: Sequence[str], known: Sequence[str]) -> str:
    """No reply came to a campaign with any of these names."""
    if not names:
        return ""
    said = f"I have seen no reply to a campaign called {_or(_quoted(names))} yet."
    meant = _meant("campaign", names, known)
    there = f" Campaigns with replies: {_some(known)}." if known else ""
    return f"{said}{meant}{there}"


def unknown_ai_tags(names: Sequence[str], known: Sequence[str]) -> str:
    """The workspace has no aiTag with any of these names. They may be custom tags."""
    if not names:
        return ""
    said = f"There is no aiTag called {_or(_quoted(names))}."
    meant = _meant("aitag", names, known)
    there = f" The aiTags of this workspace are: {_some(known)}." if known else ""
    return f"{said}{meant}{there} For a custom tag, use tags:NAME."


def which(filters: Filters) -> str:
    """The replies that the filters take, in words."""
    parts = []
    if filters.campaigns:
        parts.append(f"to the campaign {_or(_quoted(filters.campaigns))}")
    for words, names in (
        ("with the aiTag", [label(AiTag(each)) for each in filters.ai_tags]),
        ("without the aiTag", [label(AiTag(each)) for each in filters.not_ai_tags]),
        ("with the tag", filters.tags),
        ("without the tag", filters.not_tags),
    ):
        if names:
            parts.append(f"{words} {_or([*map(isolated, names)])}")
    if not parts and not filters.positive and filters.auto_replies:
        return ALL
    positive = "positive " if filters.positive else ""
    automatic = "" if filters.auto_replies else ["except automatic ones"]
    return short(f"{positive}replies {', '.join([*parts, *automatic])}".rstrip(), RULE_LIMIT)


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _quoted(names: Sequence[str]) -> Sequence[str]:
    return [f"“{phrase(each, NAME_LIMIT)}”" for each in names[:KNOWN]]


def _meant(kind: str, names: Sequence[str], known: Sequence[str]) -> str:
    """The known name that is closest to the first unknown one, as a filter."""
    spelled = {each.casefold(): each for each in known}
    near = get_close_matches(names[0].casefold(), list(spelled), n=1, cutoff=0.6)
    if not near:
        return ""
    meant = (spelled[near[0]],)
    asked = Filters(campaigns=meant) if kind == "campaign" else Filters(ai_tags=meant)
    return f" Did you mean {phrase(str(asked), NAME_LIMIT)}?"


def _some(known: Sequence[str]) -> str:
    names = ", ".join(phrase(each, NAME_LIMIT) for each in known[:KNOWN])
    return f"{names} and {len(known) - KNOWN} more" if len(known) > KNOWN else names


def _takes(route: Route) -> str:
    state = f" (I cannot post there: {route.broken})" if route.broken else ""
    return f"{which(route.filters)}{state}"


def _text(lines: Sequence[tuple[ChannelId, str]], more: int) -> str:
    told = [f"{channel_name(channel)}: {safe(what)}" for channel, what in lines]
    return "\n".join([*told, *([_more(more)] if more else [])])


def _more(count: int) -> str:
    return f"… and {count} more."
