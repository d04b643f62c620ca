"""The rules of who may do what, where: from TRIAGE_MEMBERS and what Slack says about a person.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NewType

from bot.acts import Act, SetOwners, Subscribe
from bot.errors import WrongChannel
from bot.filters import Filters, widens
from bot.home import at_home_or_in_queue
from bot.triage import ChannelId, Door, Origin, UserId, is_direct

GroupId = NewType("GroupId", str)
# The id of a workspace, or of the organisation that several workspaces belong to.
TeamId = NewType("TeamId", str)

RUNNER: Final = "the person who runs this bot"
_LISTED: Final = f"can’t decide here. Ask {RUNNER} to add you to TRIAGE_MEMBERS."
GUEST: Final = f"Guests {_LISTED}"
FOREIGNER: Final = f"People from other organisations {_LISTED}"
NOT_A_MEMBER: Final = (
    f"Bots and deactivated accounts can’t do this. Ask {RUNNER} to look at its log."
)
ELSEWHERE: Final = (
    "Please use commands in the triage channel, in a subscribed channel, or in a direct message "
    "with me."
)
NOT_OF_TRIAGE: Final = (
    "Only people in the triage channel can subscribe a new channel, or show a channel more replies "
    f"than before. Ask one of them, or {RUNNER}."
)
NOT_WHO_OWNS: Final = (
    "Only people in the triage channel can say who owns replies beyond this channel. "
    f"Ask one of them, or {RUNNER}."
)
NOT_IN_TRIAGE: Final = (
    "In direct messages, commands work for people who are in the triage channel. "
    f"Ask one of them to add you, or ask {RUNNER} which channel that is."
)

# Doors that work in some channels, by `needs_triage`. The others need a card or a form: people who
# see it may use it.
BY_CHANNEL: Final = frozenset[Door]({"command", "mention", "message", "shortcut"})


def is_by_channel(origin: Origin) -> bool:
    """Whether the channel decides what the person may do there. Home, as a direct message, shows
    every reply, also to people who have left the triage channel since they opened it. So does a
    queue."""
    return origin.door in BY_CHANNEL or at_home_or_in_queue(origin)


@dataclass(frozen=True, slots=True)
class Members:
    """The people and groups in TRIAGE_MEMBERS. `open`: there are none, so everybody who sees a card
    may decide."""

    people: tuple[UserId, ...] = ()
    groups: tuple[GroupId, ...] = ()

    @property
    def open(self) -> bool:
        return not self.people and not self.groups


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as Slack describes them.

    `teams`: all their workspaces and organisations. `stranger`: shares no channel with the bot.
    `inactive`: a program, or deactivated. `zone`: their time zone; empty if unknown.
    """

    name: str = ""
    teams: frozenset[TeamId] = frozenset()
    guest: bool = False
    stranger: bool = False
    inactive: bool = False
    zone: str = ""


def objection(profile: Profile, own: frozenset[TeamId]) -> str | None:
    """Why a person that TRIAGE_MEMBERS does not list may not decide; None if they may. `own`: the
    bot's workspace and organisation. People who share none of them are external, even if Slack
    names none of their teams.

    Workspaces of one organisation have different ids and the organisation's id in common.
    """
    if profile.inactive:
        return NOT_A_MEMBER
    if profile.stranger or own.isdisjoint(profile.teams):
        return FOREIGNER
    return GUEST if profile.guest else None


def needs_triage(
    act: Act, channel: ChannelId, filters: Filters | None, triage_channel: ChannelId
) -> str | None:
    """The refusal for a person outside the triage channel who asks for this in a channel with these
    filters, or without a subscription. The triage channel shows every reply already.

    None if everybody in the channel may; WrongChannel if no one may.
    """
    if channel == triage_channel:
        return None
    if is_direct(channel):
        return NOT_IN_TRIAGE
    if isinstance(act, SetOwners):
        is_here = act.filters is None and act.channel in (None, channel)
        return None if is_here and filters is not None else NOT_WHO_OWNS
    if isinstance(act, Subscribe):
        # Otherwise no channel could be the first.
        return NOT_OF_TRIAGE if filters is None or widens(filters, act.filters) else None
    if filters is None:
        raise WrongChannel(ELSEWHERE, triage_channel)
    return None


def unnamed(names: Sequence[str]) -> str:
    """The refusal for people that TRIAGE_MEMBERS does not list. `names`: some of the listed
    people."""
    if not names:
        whom = f"{RUNNER} to add you to TRIAGE_MEMBERS"
    elif len(names) == 1:
        whom = names[0]
    else:
        whom = f"{', '.join(names[:-1])} or {names[-1]}"
    return f"Only the triage members can do this. Ask {whom}."


def untold(error: str) -> str:
    """The refusal if Slack does not say who may decide. `error`: Slack's error code."""
    match error.split(":")[0]:
        case "missing_scope":
            task = "install it again with all scopes of its manifest"
        case "no_such_subteam" | "plan_upgrade_required":
            task = "check the user groups in TRIAGE_MEMBERS"
        case _:
            task = "look at its log"
    return f"Slack did not tell me whether you may do this ({error}). Ask {RUNNER} to {task}."
