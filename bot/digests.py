"""Digests: each day at a channel's time, what was decided there and what still waits.

A digest is an entry of the journal that begins at its time. Its id has that time, so that several
processes and restarts post it once, also when the clocks are changed.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from statistics import median
from typing import Final

from bot import dates, entries
from bot.audit import Audit
from bot.errors import ChannelClosed, Later, Refused, SlackRefused
from bot.filters import Filters
from bot.home import Chosen
from bot.hours import local, moment
from bot.journal import Attempt, Journal
from bot.ports import Threads
from bot.store.digests import Counted, DigestSetting, First, Made
from bot.store.digests import Digests as DigestStore
from bot.store.home import HomeStore
from bot.store.record import undone
from bot.store.schedules import Schedules
from bot.triage import (
    NOBODY,
    AiTag,
    ChannelId,
    Conversation,
    Origin,
    Person,
    Place,
    SetAiTag,
    UserId,
    same_name,
    single,
)
from bot.views.audit import Report
from bot.views.digest import MOST_LEADS, Digest, PersonTally, Tally, digest, person_of, stopped

log = logging.getLogger(__name__)

DAY_SECONDS: Final = 86_400.0
# A digest that no process could post for longer is of no use: the next one has what it would have
# had.
MISSED_SECONDS: Final = 12 * 3600.0
# How long a digest waits for SendKit's number of unread replies.
AUDIT_SECONDS: Final = 900.0


class Digests:
    """`write_due` writes an entry for each digest that is due soon, and `post` handles it. The
    database says what is due. `filters_of` returns the filters of a channel's lists. `clock` is in
    seconds since the epoch."""

    def __init__(
        self,
        *,
        store: DigestStore,
        home: HomeStore,
        schedules: Schedules,
        journal: Journal,
        threads: Threads,
        audit: Audit,
        filters_of: Callable[[ChannelId], Awaitable[Filters]],
        triage_channel: ChannelId,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._home = home
        self._schedules = schedules
        self._journal = journal
        self._threads = threads
        self._audit = audit
        self._filters_of = filters_of
        self._triage_channel = triage_channel
        self._clock = clock

    async def write_due(self, until: float) -> None:
        """Writes an entry for the last digest of each channel that is due until then, and has
        none."""
        for setting in await self._store.settings():
            at = due(setting.minute, await self._zone(setting), until)
            if at <= max(setting.made_at, self._clock() - MISSED_SECONDS):
                continue
            entry = entries.digest(setting.channel, at)
            if not await self._store.is_written(entry.id):
                await self._journal.write(entry)

    async def _zone(self, setting: DigestSetting) -> str:
        """The time zone of the channel's working hours, or of the person who switched the digest
        on."""
        hours = (await self._schedules.of(setting.channel)).hours
        return hours.zone if hours and hours.zone else setting.zone

    async def post(self, attempt: Attempt) -> None:
        """Posts a digest, unless it was switched off since, or is due at another time."""
        channel, at = ChannelId(attempt.entry.payload["channel"]), attempt.entry.payload["at"]
        setting = await self._store.setting(channel)
        if setting is None:
            return
        zone = await self._zone(setting)
        if due(setting.minute, zone, at) != at or attempt.age > MISSED_SECONDS:
            return
        report = await self._report(attempt, channel)
        # If the process dies after it posted, the next digest goes on after what this one has.
        last = await attempt.step("last", lambda _: self._store.last(), int)

        async def posted(_: Attempt) -> Place:
            shown = await self._digest(channel, at, zone, last, report)
            place = await self._threads.say(channel, digest(shown), attempt.entry.id, attempt)
            attempt.unwritten.append(self._store.counting(channel, Counted(last, at)))
            return place

        try:
            await attempt.step("posted", posted, Place)
        except ChannelClosed as error:
            await self._stop(setting, error)
        except SlackRefused as error:
            log.warning("a digest was not posted: %s", error.error)

    async def _report(self, attempt: Attempt, channel: ChannelId) -> Report | None:
        """The audit, which also posts what has no card. None if SendKit does not answer for a
        while: the digest does not wait for long."""
        try:
            report = await self._audit.report(await self._filters_of(channel))
        except Later as later:
            if attempt.age < AUDIT_SECONDS:
                raise
            log.warning("a digest has no audit: %s", later.in_log)
            return None
        except Refused as error:
            log.warning("a digest has no audit: %s", error.in_log)
            return None
        return await self._audit.post(report, self._journal)

    async def _digest(
        self, channel: ChannelId, at: float, zone: str, last: int, report: Report | None
    ) -> Digest:
        # The triage channel shows every reply.
        where = None if channel == self._triage_channel else channel
        before = await self._store.counted(channel)
        since = at - DAY_SECONDS if before.at is None else 0.0
        made = await self._store.made(where, before.seq, last, since)
        first = await self._store.first(where, before.seq, last, since)
        waiting, longest = await self._waiting(where, at)
        return Digest(at, zone, tally(made, first), waiting, longest, before.at, report)

    async def _waiting(
        self, channel: ChannelId | None, now: float
    ) -> tuple[int, Sequence[tuple[Conversation, float]]]:
        """The number of leads who wait for us, and those who wait longest."""
        if channel is None:
            count = (await self._home.counts(NOBODY, now)).every
            found = await self._home.page(Chosen(), "", NOBODY, now, MOST_LEADS)
        else:
            shares = {each.name: each.count for each in await self._home.channels(now)}
            count = shares.get(channel, 0)
            chosen = Chosen("channel", channel)
            found = await self._home.page(chosen, channel, NOBODY, now, MOST_LEADS)
        return count, [(each.conversation, each.since) for each in found if each.since is not None]

    async def _stop(self, setting: DigestSetting, error: ChannelClosed) -> None:
        """Switches the digest of a closed channel off, and tells the person who wanted it."""
        log.warning("a digest was switched off: %s", error.error)
        await self._store.switch_off(setting.channel)
        person = setting.made_by
        origin = Origin(ChannelId(person), Person(person, "Somebody"), door="message")
        await self._threads.show(origin, stopped(setting.channel, error.error))


def due(minute: int, zone: str, until: float) -> float:
    """The last time, not after this one, at which the clocks there show this minute of the day.
    Each day has one: of two the first, and if the clocks jump over it the time after that."""
    day = local(until, zone).date() + timedelta(days=1)
    while (at := moment(day, minute, zone)) > until:
        day -= timedelta(days=1)
    return at


def tally(made: Sequence[Made], first: Sequence[First]) -> Tally:
    """Counts decisions, in the order of the record. What was undone does not count, nor does the
    undo; one that undoes an undo lets the first decision count."""
    gone = undone((each.id, each.undoes) for each in reversed(made))
    counted = [each for each in made if not each.undoes and each.id not in gone]
    people: dict[UserId, PersonTally] = {}
    for each in counted:
        name = person_of(each.name, each.person)
        before = people.get(each.person, PersonTally(name))
        ai_tag = _set(each)
        tags = dict(before.ai_tags)
        if ai_tag is not None:
            tags[ai_tag] = tags.get(ai_tag, 0) + 1
        people[each.person] = PersonTally(name, tags, before.other + (ai_tag is None))
    judged: dict[str, bool] = {}
    for each in counted:
        if each.conversation not in judged and _is_sendkits(each):
            judged[each.conversation] = False
        if each.conversation in judged and _is_sendkits(each) and _differs(each):
            judged[each.conversation] = True
    replied = ((dates.from_iso(each.replied_at), each.at) for each in first)
    waits = [max(at - since, 0.0) for since, at in replied if since is not None]
    return Tally(
        people=sorted(people.values(), key=lambda each: (-each.total, each.name)),
        leads=len({each.conversation for each in counted}),
        undone=sum(not each.undoes for each in made) - len(counted),
        median=median(waits) if waits else None,
        first=len(waits),
        judged=len(judged),
        overruled=sum(judged.values()),
    )


def _set(made: Made) -> AiTag | None:
    """The aiTag that the decision set."""
    is_set = any(isinstance(each, SetAiTag) for each in single(made.change))
    return made.new_ai_tag if is_set else None


def _is_sendkits(made: Made) -> bool:
    """Whether the aiTag before the decision was SendKit's own: no decision set it."""
    if made.old_ai_tag is None:
        return False
    return made.prior_ai_tag is None or same_name(made.prior_ai_tag) != same_name(made.old_ai_tag)


def _differs(made: Made) -> bool:
    return same_name(made.new_ai_tag or "") != same_name(made.old_ai_tag or "")
