"""Sentences about the rules that give new replies to owners, and about direct
messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts
from bot.filters import Filters
from bot.triage import ChannelId
from bot.views.message import (
    NAME_LIMIT,
    PHRASE_LIMIT,
    TEXT_LIMIT,
    Message,
    channel_name,
    clock_time,
    context,
    escape,
    joined,
    markup,
    message,
    moment,
    phrase,
    safe,
    section,
    short,
)
from bot.views.subscriptions import which

MOST_RULES: Final = 40
# Of the names of a rule's people.
PEOPLE_LIMIT: Final = 600
OPENING: Final = "Who gets which new replies:"
LISTED: Final = f"See who gets what: {acts.COMMAND} owner."
EXAMPLE: Final = (
    "To give those of a campaign to people in turn: "
    f'{acts.COMMAND} owner campaign:"Q1 Outreach" @ana @ben.'
)
NOTIFIED: Final = (
    "I’ll write to you here when a conversation becomes yours, when its lead writes again, and "
    "when it comes back from later. "
    f"To end this: {acts.COMMAND} notify off."
)
NOTIFY_ON: Final = (
    "I’ll send you a direct message when a conversation becomes yours, when its lead writes again, "
    f"and when it comes back from later. To end this: {acts.COMMAND} notify off."
)
WHEN: Final = (
    "I can’t read that day, or it has passed. Type a day of the week, tomorrow or a date: "
    f"{acts.COMMAND} away until Monday, {acts.COMMAND} away until 2027-03-16."
)
NOTIFY_OFF: Final = "I no longer send you direct messages about your conversations."


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that gives new replies to people in turn: their names, and whether each is away.
    `following`: the next one; empty if all are away."""

    filters: Filters | None
    channel: ChannelId | None
    people: Sequence[tuple[str, bool]]
    following: str


def away(until: float | None) -> Message:
    if until is None:
        return message("Welcome back: rules give you new replies again.")
    said = "Until then, rules give you no new replies. Your conversations stay yours."
    blocks = [section(said), context("Until", markup(moment(until)))]
    return message(f"You are away until {clock_time(until)}. {said}", blocks)


def no_owner(names: Sequence[str]) -> str:
    """For a person who named others that may not decide."""
    who = _listed(names)
    return (
        f"{who} can’t decide about replies here, and so can’t be the owner of one. "
        "Name somebody who can."
    )


def rule_set(filters: Filters | None, channel: ChannelId | None, names: Sequence[str]) -> Message:
    turns = " They take turns, and I skip people who are away." if len(names) > 1 else ""
    said = f"{_listed(names)} will own new {_replies(filters)}"
    return _sentence(said, channel, f".{turns}")


def rule_ended(filters: Filters | None, channel: ChannelId | None, *, ended: bool) -> Message:
    no_longer = "I no longer give" if ended else "No rule gives"
    said = f"{no_longer} new {_replies(filters)}"
    return _sentence(said, channel, f" to anybody.{'' if ended else f' {LISTED}'}")


def rules(found: Sequence[Rule]) -> Message:
    """Says who gets which new replies."""
    if not found:
        return message(f"New replies have no owner until somebody takes them. {EXAMPLE}")
    shown = min(len(found), MOST_RULES)
    while True:
        lines = [_rule(each) for each in found[:shown]]
        more = f"… and {len(found) - shown} more." if shown < len(found) else ""
        text = "\n".join([OPENING, *(each.text for each in lines), *filter(None, [more])])
        if len(text) <= TEXT_LIMIT:
            break
        shown -= 1
    rest = [context(more)] if more else []
    return Message(text, [context(OPENING), *(each.blocks[0] for each in lines), *rest])


def _rule(rule: Rule) -> Message:
    names = [f"{phrase(name, NAME_LIMIT)}{' (away)' * away}" for name, away in rule.people]
    who = short(joined(names), PEOPLE_LIMIT)
    if not rule.following:
        who = f"{who}: none of them is here now"
    elif len(names) > 1:
        who = f"{who}. Next: {phrase(rule.following, NAME_LIMIT)}"
    said = _replies(rule.filters)
    return _sentence(f"{said[:1].upper()}{said[1:]}", rule.channel, f": {who}.")


def _sentence(said: str, channel: ChannelId | None, rest: str) -> Message:
    """A sentence in which a channel may stand."""
    said = short(said, PHRASE_LIMIT)
    if channel is None:
        return message(f"{said}{rest}", [context(f"{said}{rest}")])
    name = channel_name(channel)
    parts = context(said, markup(name), rest.lstrip(":. ") or "–")
    return Message(f"{safe(said)} {name}{escape(rest)}", [parts])


def _replies(filters: Filters | None) -> str:
    """`None`: a channel follows."""
    return "replies in" if filters is None else which(filters)


def _listed(names: Sequence[str]) -> str:
    return short(joined([phrase(each, NAME_LIMIT) for each in names]), PHRASE_LIMIT)
