"""The commands about a channel's time: hours, remind and digest."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.acts import Scheduling, SetHours, SetReminders
from bot.errors import ChannelClosed, NotUnderstood
from bot.hours import Hours, SetDigest
from bot.slack.messenger import SlackThreads
from bot.slack.subscriptions import NOT_IN_CHANNEL
from bot.slack.users import People
from bot.store.digests import Digests, DigestSetting
from bot.store.schedules import Schedules
from bot.triage import Origin, is_direct
from bot.views import schedules as views
from bot.views.digest import set_to, switched


@dataclass(frozen=True, slots=True)
class Timetable:
    """Answers these commands."""

    schedules: Schedules
    digests: Digests
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
            case SetDigest(minute):
                await self._set_digest(minute, before.hours, origin)
                return
            case _:
                digest = await self.digests.setting(origin.channel)
                said = views.schedule(before.remind, before.hours)
                minute, zone = (digest.minute, digest.zone) if digest else (None, "")
                zone = (before.hours.zone if before.hours else "") or zone
                await self.threads.tell(origin, f"{said}\n{set_to(minute, zone)}")
                return
        await self._announce(said, origin)
        await self.schedules.set(now)

    async def zone(self, origin: Origin) -> str:
        """The time zone in which people name times there: the channel's, or else their own."""
        hours = (await self.schedules.of(origin.channel)).hours
        if hours is not None and hours.zone:
            return hours.zone
        return (await self.people.profile(origin.person.id)).zone or "UTC"

    async def _set_digest(self, minute: int | None, hours: Hours | None, origin: Origin) -> None:
        zone = (
            (hours.zone if hours else "") or await self._zone(origin) if minute is not None else ""
        )
        await self._announce(switched(await self._name(origin), minute, zone), origin)
        if minute is None:
            await self.digests.switch_off(origin.channel)
        else:
            who, now = origin.person.id, self.clock()
            setting = DigestSetting(origin.channel, minute, zone, who, now)
            await self.digests.switch_on(setting)

    async def _announce(self, said: str, origin: Origin) -> None:
        """Tells everybody in the channel: this also proves that the bot may post there."""
        try:
            await self.threads.announce(origin.channel, said)
        except ChannelClosed as error:
            is_outside = error.error in ("not_in_channel", "channel_not_found")
            raise NotUnderstood(NOT_IN_CHANNEL if is_outside else str(error)) from error

    async def _name(self, origin: Origin) -> str:
        return await self.threads.name(origin.person)

    async def _placed(self, hours: Hours, origin: Origin) -> Hours:
        """The hours in the person's own time zone if they named none."""
        return hours if hours.zone else replace(hours, zone=await self._zone(origin))

    async def _zone(self, origin: Origin) -> str:
        """The person's own time zone."""
        if not (zone := (await self.people.profile(origin.person.id)).zone):
            raise NotUnderstood(views.NO_ZONE)
        return zone
