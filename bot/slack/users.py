"""People in Slack: their names and teams, and the members of groups and channels."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from bot.errors import SlackDown, SlackRefused, SlackUnclear
from bot.hours import is_zone
from bot.permissions import GroupId, Profile, TeamId
from bot.slack.api import SlackApi, mapping
from bot.triage import ChannelId, Person, UserId
from bot.ttl_cache import TtlCache

log = logging.getLogger(__name__)

# Losing the right to decide takes effect within this time.
RIGHTS_KEPT_SECONDS: Final = 300.0
NAMES_KEPT_SECONDS: Final = 3600.0
NO_ID: Final = object()

V = TypeVar("V")


class People:
    """All methods except `name` raise SlackDown and SlackRefused, and SlackUnclear if the answer
    lacks the facts; such an answer is not cached. `ticks` is a clock in seconds that never goes
    back."""

    def __init__(
        self,
        api: SlackApi,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._profiles = TtlCache(self._ask_profile, ticks)
        self._groups = TtlCache(self._ask_group, ticks)
        self._own = TtlCache(self._ask_own, ticks)

    async def profile(self, user: UserId) -> Profile:
        return await self._profiles.get(user, RIGHTS_KEPT_SECONDS)

    async def name(self, person: Person) -> str:
        """The person's name in the workspace; their handle if Slack does not answer."""
        try:
            profile = await self._profiles.get(person.id, NAMES_KEPT_SECONDS)
        except (SlackDown, SlackRefused):
            profile = self._profiles.last(person.id) or Profile()
        return profile.name or person.handle

    async def own(self) -> frozenset[TeamId]:
        """The ids of the bot's own workspace and of its organisation."""
        return await self._own.get("", NAMES_KEPT_SECONDS)

    async def group(self, group: GroupId) -> Sequence[UserId]:
        """The members of a user group."""
        return await self._groups.get(group, RIGHTS_KEPT_SECONDS)

    async def is_in(self, channel: ChannelId, user: UserId) -> bool:
        """Whether the person is in the channel now.

        https://docs.slack.dev/reference/methods/conversations.members
        """
        async for page in self._api.pages("conversations.members", channel=channel):
            if user in _understood("conversations.members", _users(page.get("members"))):
                return True
        return False

    async def _ask_profile(self, user: UserId) -> Profile:
        # https://docs.slack.dev/reference/methods/users.info
        answer = await self._api.call("users.info", user=user)
        return _understood("users.info", profile(answer.get("user"), user))

    async def _ask_own(self, _: str) -> frozenset[TeamId]:
        # https://docs.slack.dev/reference/methods/auth.test
        answer = await self._api.call("auth.test")
        own = _teams(answer.get("team_id"), answer.get("enterprise_id"))
        return _understood("auth.test", own or None)

    async def _ask_group(self, group: GroupId) -> Sequence[UserId]:
        # https://docs.slack.dev/reference/methods/usergroups.users.list
        answer = await self._api.call("usergroups.users.list", usergroup=group)
        return _understood("usergroups.users.list", _users(answer.get("users")))


def profile(user: object, asked: UserId) -> Profile | None:
    """The profile in a user object. None if the object is about another person, or does not say
    whether they may decide. A single flag that forbids it is enough.

    Slack leaves out the guest flags for deactivated people, and may do so for people of other
    organisations, who have `is_stranger`. https://docs.slack.dev/reference/objects/user-object
    """
    if not isinstance(user, Mapping) or user.get("id") != asked:
        return None
    deleted, is_bot = user.get("deleted"), user.get("is_bot")
    stranger = user.get("is_stranger", False)
    unsaid = False if "is_stranger" in user else None
    guests = [user.get(flag, unsaid) for flag in ("is_restricted", "is_ultra_restricted")]
    flags = [deleted, is_bot, stranger, *guests]
    enterprise = user.get("enterprise_user")
    teams = _teams(user.get("team_id"), *_workspaces(enterprise))
    is_refused = any(flag is True for flag in flags)
    if not is_refused and not (teams and all(flag is False for flag in flags)):
        return None
    described = mapping(user.get("profile"))
    names = (described.get("display_name"), described.get("real_name"), user.get("real_name"))
    return Profile(
        name=next((name for name in names if isinstance(name, str) and name), ""),
        teams=teams or frozenset(),
        guest=any(flag is True for flag in guests),
        stranger=stranger is True,
        inactive=deleted is True or is_bot is True,
        zone=zone if is_zone(zone := user.get("tz")) else "",
    )


def _understood(method: str, answer: V | None) -> V:
    """The answer; SlackUnclear if it lacks the facts."""
    if answer is None:
        log.warning("Slack’s answer to %s does not say what was asked", method)
        raise SlackUnclear
    return answer


def _workspaces(enterprise: object) -> Sequence[object]:
    """The ids of the person's organisation and of their workspaces in it; NO_ID for anything
    unexpected."""
    if enterprise is None:
        return ()
    if not isinstance(enterprise, Mapping):
        return (NO_ID,)
    workspaces = enterprise.get("teams") or []
    listed = workspaces if isinstance(workspaces, list) else [NO_ID]
    return (enterprise.get("enterprise_id"), *(NO_ID if each is None else each for each in listed))


def _teams(*ids: object) -> frozenset[TeamId] | None:
    """The ids that are there; None if one is not an id."""
    said = [each for each in ids if each is not None and each != ""]
    teams = [TeamId(each) for each in said if isinstance(each, str)]
    return frozenset(teams) if len(teams) == len(said) else None


def _users(value: object) -> Sequence[UserId] | None:
    """A list of people's ids; None if it is something else."""
    if not isinstance(value, list):
        return None
    users = [UserId(each) for each in value if isinstance(each, str) and each]
    return users if len(users) == len(value) else None
