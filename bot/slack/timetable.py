"""The commands about a channel's time: hours and remind."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.acts import Scheduling, SetHours, SetReminders
from bot.errors import ChannelClosed, NotUnderstood
from bot.hours import Hours
from bot.slack.messenger import SlackThreads
from bot.slack.subscriptions import NOT_IN_CHANNEL
from bot.slack.users import People
from bot.store.schedules import Schedules
from bot.triage import Origin, is_direct
from bot.views import schedules as views


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Answers these commands."""

    schedules: Schedules
    people: People
    threads: SlackThreads
    clock: Callable[[], float] = time.time

    async def answer(self, command: Scheduling, origin: Origin) -> None:
        if is_direct(origin.channel):
            raise NotUnderstood(views.NOT_A_CHANNEL)
        before = await self.schedules.of(origin.channel)
        match command:
            case SetHours(hours):
                hours = None if hours is None else await self._placed(hours, origin)
                said = views.hours_set(await self._name(origin), hours)
                now = replace(before, hours=hours)
            case SetReminders(after):
                said = views.reminders_set(await self._name(origin), after, before.hours)
                # Leads who waited that long before are none of its business.
                now = replace(before, remind=after, since=self.clock())
            case _:
                said = views.schedule(before.remind, before.hours)
                await self.threads.tell(origin, said)
                return
        try:
            # This also proves that the bot may post there.
            await self.threads.announce(origin.channel, said)
        except ChannelClosed as error:
            is_outside = error.error in ("not_in_channel", "channel_not_found")
            raise NotUnderstood(NOT_IN_CHANNEL if is_outside else str(error)) from error
        await self.schedules.set(now)

    async def _name(self, origin: Origin) -> str:
        return await self.threads.name(origin.person)

    async def _placed(self, hours: Hours, origin: Origin) -> Hours:
        """The hours in the person's own time zone if they named none."""
        if hours.zone:
            return hours
        zone = (await self.people.profile(origin.person.id)).zone
        if not zone:
            raise NotUnderstood(views.NO_ZONE)
        return replace(hours, zone=zone)
