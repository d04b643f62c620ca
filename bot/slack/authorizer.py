"""Asks Slack for the facts that the rules in bot.permissions need.

A person may do nothing until Slack has confirmed their right.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from bot import permissions
from bot.acts import Act, Help
from bot.errors import (
    Later,
    NotAllowed,
    PermissionUnknown,
    Refused,
    SlackDown,
    SlackRefused,
)
from bot.permissions import Members
from bot.slack.users import People
from bot.store.channels import Channels
from bot.triage import ChannelId, Origin, UserId
from bot.views.message import NAME_LIMIT, phrase

log = logging.getLogger(__name__)

MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """See bot.ports.Authorizer."""

    members: Members
    people: People
    channels: Channels
    triage_channel: ChannelId

    async def authorize(self, origin: Origin, act: Act) -> None:
        person = origin.person.id
        if person in self.members.people or isinstance(act, Help):
            return
        with _asking_slack():
            is_open = self.members.open
            objection = await (self._objection(person) if is_open else self._unnamed(person))
        if objection is not None:
            raise NotAllowed(objection)
        if not is_open or not permissions.is_by_channel(origin):
            return
        route = await self.channels.route(origin.channel)
        refusal = permissions.needs_triage(
            act, origin.channel, route.filters if route else None, self.triage_channel
        )
        if refusal is None:
            return
        with _asking_slack():
            if not await self.people.is_in(self.triage_channel, person):
                raise NotAllowed(refusal)

    async def _objection(self, user: UserId) -> str | None:
        return permissions.objection(await self.people.profile(user), await self.people.own())

    async def _unnamed(self, user: UserId) -> str | None:
        asked = (self.people.group(group) for group in self.members.groups)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        groups = [answer for answer in answers if not isinstance(answer, BaseException)]
        if any(user in group for group in groups):
            return None
        # The person could be in a group that is unknown now, so wait for errors that may pass.
        problems = [answer for answer in answers if isinstance(answer, BaseException)]
        if problems:
            raise min(problems, key=lambda each: not isinstance(each, Later))
        return permissions.unnamed(await self._names(groups))

    async def _names(self, groups: Sequence[Sequence[UserId]]) -> Sequence[str]:
        """The names of some people who may be asked; not of those who left or have no name."""
        named = dict.fromkeys(chain(self.members.people, *groups))
        names = []
        for user in islice(named, MOST_NAMES):
            try:
                profile = await self.people.profile(user)
            except (Later, Refused):
                continue
            if profile.name and not profile.inactive:
                names.append(phrase(profile.name, NAME_LIMIT))
        return names


@contextmanager
def _asking_slack() -> Iterator[None]:
    try:
        yield
    except SlackDown as error:
        raise PermissionUnknown(error) from error
    except SlackRefused as error:
        log.warning("Slack did not say who may decide: %s", error.error)
        raise NotAllowed(permissions.untold(error.error)) from error
