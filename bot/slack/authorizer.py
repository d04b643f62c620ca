"""Who may decide, and where commands work: asks Slack for what the rule of bot.permissions needs.

A person whose right Slack has not confirmed may not."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Final

from bot import permissions
from bot.errors import (
    Later,
    NotAllowed,
    PermissionUnknown,
    Refused,
    SlackDown,
    SlackRefused,
    WrongChannel,
)
from bot.filters import widens
from bot.permissions import Members
from bot.slack.commands import Asked, Subscribe
from bot.slack.users import People
from bot.store.channels import Channels
from bot.triage import ChannelId, Origin, Person, UserId, is_direct
from bot.views.message import NAME_LIMIT, phrase

log = logging.getLogger(__name__)

MOST_NAMES: Final = 3


class Admission:
    """See bot.ports.Admission."""

    def __init__(
        self,
        *,
        members: Members,
        people: People,
        channels: Channels,
        triage_channel: ChannelId,
    ) -> None:
        self._members = members
        self._people = people
        self._channels = channels
        self._triage_channel = triage_channel

    async def admit(self, person: Person) -> None:
        """NotAllowed says whom to ask. PermissionUnknown while it cannot be known."""
        if person.id in self._members.people:
            return
        with _asking_slack():
            objection = await (
                self._objection(person.id) if self._members.open else self._unnamed(person.id)
            )
        if objection is not None:
            raise NotAllowed(objection)

    async def admit_command(self, command: Asked, origin: Origin) -> None:
        """As `admit`; commands of people who are not named work only in the bot's channels and in
        direct messages. There, and for a subscription that shows a channel more, they have to be
        in the triage channel."""
        await self.admit(origin.person)
        if not self._members.open or origin.channel == self._triage_channel:
            return
        if is_direct(origin.channel):
            # Nobody else is there; the triage channel shows them every reply already.
            if not await self._is_of_triage(origin.person):
                raise NotAllowed(permissions.NOT_IN_TRIAGE)
            return
        route = await self._channels.route(origin.channel)
        if not isinstance(command, Subscribe):
            if route is None:
                raise WrongChannel(permissions.ELSEWHERE, self._triage_channel)
            return
        if route is not None and not widens(route.filters, command.filters):
            return
        # The triage channel shows them every reply already; else no channel could be the first.
        if not await self._is_of_triage(origin.person):
            raise NotAllowed(permissions.NOT_OF_TRIAGE)

    async def _is_of_triage(self, person: Person) -> bool:
        with _asking_slack():
            return await self._people.is_in(self._triage_channel, person.id)

    async def foresees_refusal(self, origin: Origin) -> bool:
        """Whether a command is certain to be refused, as far as that is known without Slack."""
        if self._members.open:
            return not is_direct(origin.channel) and not await self._is_ours(origin.channel)
        return not self._members.groups and origin.person.id not in self._members.people

    async def sees_cards(self, origin: Origin) -> bool:
        """Whether somebody may be told the workspace's aiTags without Slack being asked: they are
        named, or type where cards show them."""
        return origin.person.id in self._members.people or await self._is_ours(origin.channel)

    async def _is_ours(self, channel: ChannelId) -> bool:
        return channel == self._triage_channel or await self._channels.route(channel) is not None

    async def _objection(self, user: UserId) -> str | None:
        return permissions.objection(await self._people.profile(user), await self._people.own())

    async def _unnamed(self, user: UserId) -> str | None:
        asked = (self._people.group(group) for group in self._members.groups)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        groups = [answer for answer in answers if not isinstance(answer, BaseException)]
        if any(user in group for group in groups):
            return None
        # One group that is not known could be the one: what passes is waited for first.
        problems = [answer for answer in answers if isinstance(answer, BaseException)]
        if problems:
            raise min(problems, key=lambda each: not isinstance(each, Later))
        return permissions.unnamed(await self._names(groups))

    async def _names(self, groups: Sequence[Sequence[UserId]]) -> Sequence[str]:
        """Some whom one can ask; who has left, or has no name, is of no help."""
        named = dict.fromkeys(chain(self._members.people, *groups))
        names = []
        for user in islice(named, MOST_NAMES):
            try:
                profile = await self._people.profile(user)
            except (Later, Refused):
                continue
            if profile.name and not profile.nobody:
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
