"""What Slack says of people: their names, where they belong, and who is in a group or a channel."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackDown, SlackRefused
from bot.members import GroupId, Profile, TeamId
from bot.slack.api import Method, call, pages
from bot.slack.wire import mapping
from bot.triage import ChannelId, Person, UserId

# Whoever loses the right to decide has lost it after this time.
RIGHTS_KEPT_SECONDS: Final = 300.0
NAMES_KEPT_SECONDS: Final = 3600.0

K = TypeVar("K")
V = TypeVar("V")


class People:
    """All but `name` raise SlackDown and SlackRefused. `ticks` is any clock in seconds that never
    goes back; `clock` is in seconds since the epoch."""

    def __init__(
        self,
        client: AsyncWebClient,
        ticks: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._clock = clock
        self._profiles = _Kept(self._ask_profile, ticks)
        self._groups = _Kept(self._ask_group, ticks)
        self._own = _Kept(self._ask_own, ticks)

    async def profile(self, user: UserId) -> Profile:
        return await self._profiles.get(user, RIGHTS_KEPT_SECONDS)

    async def name(self, person: Person) -> str:
        """How the workspace calls this person; their handle where it will not say."""
        try:
            profile = await self._profiles.get(person.id, NAMES_KEPT_SECONDS)
        except (SlackDown, SlackRefused):
            profile = self._profiles.last(person.id) or Profile()
        return profile.name or person.handle

    async def own(self) -> frozenset[TeamId]:
        """The bot's own workspace, and the organisation that it belongs to."""
        return await self._own.get("", NAMES_KEPT_SECONDS)

    async def group(self, group: GroupId) -> Sequence[UserId]:
        """Who is in a user group."""
        return await self._groups.get(group, RIGHTS_KEPT_SECONDS)

    async def is_in(self, channel: ChannelId, user: UserId) -> bool:
        """Whether somebody is in a channel, as it is now.

        https://docs.slack.dev/reference/methods/conversations.members
        """
        members = pages(self._client.conversations_members, self._clock, channel=channel)
        async for page in members:
            if user in _ids(page.get("members")):
                return True
        return False

    async def _ask_profile(self, user: UserId) -> Profile:
        # https://docs.slack.dev/reference/methods/users.info
        answer = await self._call(self._client.users_info, user=user)
        return profile(mapping(answer.get("user")))

    async def _ask_own(self, _: str) -> frozenset[TeamId]:
        # https://docs.slack.dev/reference/methods/auth.test
        answer = await self._call(self._client.auth_test)
        return _teams(answer.get("team_id"), answer.get("enterprise_id"))

    async def _ask_group(self, group: GroupId) -> Sequence[UserId]:
        # https://docs.slack.dev/reference/methods/usergroups.users.list
        answer = await self._call(self._client.usergroups_users_list, usergroup=group)
        return [UserId(user) for user in _ids(answer.get("users"))]

    async def _call(self, method: Method, **arguments: Any) -> Mapping[str, Any]:
        return mapping((await call(method, self._clock, **arguments)).data)


class _Kept(Generic[K, V]):
    """Answers that are kept for a while. Who asks while somebody else does gets the same one."""

    def __init__(self, ask: Callable[[K], Awaitable[V]], ticks: Callable[[], float]) -> None:
        self._ask = ask
        self._ticks = ticks
        self._kept: dict[K, tuple[float, V]] = {}
        self._asking: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, seconds: float) -> V:
        """An answer that is no older than this."""
        if key in self._kept:
            asked_at, value = self._kept[key]
            if self._ticks() - asked_at < seconds:
                return value
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._answer(key))
        return await self._asking[key]

    def last(self, key: K) -> V | None:
        """The last answer, however old."""
        return self._kept[key][1] if key in self._kept else None

    async def _answer(self, key: K) -> V:
        asked_at = self._ticks()
        try:
            value = await self._ask(key)
        finally:
            del self._asking[key]
        self._kept[key] = (asked_at, value)
        return value


def profile(user: Mapping[str, Any]) -> Profile:
    """A user object. https://docs.slack.dev/reference/objects/user-object"""
    described, enterprise = mapping(user.get("profile")), mapping(user.get("enterprise_user"))
    names = (described.get("display_name"), described.get("real_name"), user.get("real_name"))
    workspaces = enterprise.get("teams")
    return Profile(
        name=next((name for name in names if isinstance(name, str) and name), ""),
        teams=_teams(user.get("team_id"), enterprise.get("enterprise_id"), *_ids(workspaces)),
        guest=_is(user, "is_restricted", "is_ultra_restricted"),
        stranger=_is(user, "is_stranger"),
        nobody=_is(user, "deleted", "is_bot"),
    )


def _is(user: Mapping[str, Any], *flags: str) -> bool:
    return any(user.get(flag) is True for flag in flags)


def _teams(*ids: object) -> frozenset[TeamId]:
    return frozenset(TeamId(each) for each in ids if isinstance(each, str) and each)


def _ids(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
