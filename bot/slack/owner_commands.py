"""The commands about owners: mine, owner without a conversation, and notify."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.acts import ListOwners, Mine, Owning, SetAway, SetNotify, SetOwners
from bot.errors import NotAllowed, NotUnderstood
from bot.home import Chosen
from bot.journal import Attempt
from bot.later import until
from bot.ports import Authorizer
from bot.slack.listings import Listings
from bot.slack.messenger import SlackThreads
from bot.slack.users import People
from bot.store.home import HomeStore
from bot.store.owner_rules import OwnerRule, OwnerRules
from bot.store.owners import Owners
from bot.store.people import PeopleStore
from bot.triage import Origin, Person, UserId, is_direct
from bot.views import lists
from bot.views import owner_rules as views
from bot.views.message import message

WHICH_CHANNEL: Final = (
    "Which replies? Here I can’t tell: name filters or a channel, for example "
    'owner campaign:"Q1 Outreach" @ana.'
)


@dataclass(frozen=True, slots=True)
class OwnerCommands:
    """Answers these commands. `clock` is in seconds since the epoch."""

    owners: Owners
    home: HomeStore
    rules: OwnerRules
    people: PeopleStore
    slack_people: People
    authorizer: Authorizer
    listings: Listings
    threads: SlackThreads
    clock: Callable[[], float]

    async def answer(self, attempt: Attempt, act: Owning, origin: Origin) -> None:
        match act:
            case Mine():
                await self._mine(origin)
            case ListOwners():
                await self._list(origin)
            case SetOwners():
                await self._set(act, origin)
            case SetAway(said):
                await self._away(said, origin)
            case SetNotify(on):
                await (self._notify(attempt, origin) if on else self._stop(origin))
            case _:
                raise AssertionError(act)

    async def _mine(self, origin: Origin) -> None:
        """The same conversations as *Mine* in Home, in its order."""
        person, now = origin.person.id, self.clock()
        waiting = (await self.home.counts(person, now)).mine
        found = await self.home.page(Chosen("mine"), "", person, now, lists.MOST)
        first, total = [each.conversation for each in found], await self.owners.number(person)
        await self.listings.show(origin, lists.mine(first, waiting, total))

    async def _set(self, act: SetOwners, origin: Origin) -> None:
        if act.is_here and is_direct(origin.channel):
            raise NotUnderstood(WHICH_CHANNEL)
        channel = None if act.filters is not None else act.channel or origin.channel
        people = tuple((each, 0) for each in act.people)
        rule = OwnerRule(act.filters, channel, origin.person.id, people)
        if not people:
            ended = await self.rules.remove(rule)
            await self.threads.show(origin, views.rule_ended(act.filters, channel, ended=ended))
            return
        names = await self._names(act.people)
        if refused := await self._refused(act.people, origin):
            raise NotUnderstood(views.no_owner([names[each] for each in refused]))
        await self.rules.set(rule, self.clock())
        for each, name in names.items():
            await self.people.set_name(each, name)
        said = [names[each] for each in act.people]
        await self.threads.show(origin, views.rule_set(act.filters, channel, said))

    async def _refused(self, people: Sequence[UserId], origin: Origin) -> Sequence[UserId]:
        """The people who may not decide, and so can own nothing. Later if Slack does not say."""
        refused = []
        for each in people:
            theirs = replace(origin, person=Person(each, ""), door="button")
            try:
                await self.authorizer.authorize(theirs, Mine())
            except NotAllowed:
                refused.append(each)
        return refused

    async def _names(self, people: Sequence[UserId]) -> dict[UserId, str]:
        return {each: await self.threads.name(Person(each, "")) or "Somebody" for each in people}

    async def _list(self, origin: Origin) -> None:
        now, rows = self.clock(), []
        for rule in await self.rules.all():
            ids = [person for person, _ in rule.people]
            known, names = await self.people.all(ids), await self._names(ids)
            here = [each for each in ids if not known[each].is_away(now)]
            turn = rule.in_turn(here)
            rows.append(
                views.Rule(
                    rule.filters,
                    rule.channel,
                    [(names[each], each not in here) for each in ids],
                    names[turn[0]] if turn else "",
                )
            )
        await self.threads.show(origin, views.rules(rows))

    async def _away(self, said: str, origin: Origin) -> None:
        back_at = None
        if said:
            zone = (await self.slack_people.profile(origin.person.id)).zone or "UTC"
            if (back_at := until(said, self.clock(), zone, 0)) is None:
                raise NotUnderstood(views.WHEN)
        await self.people.set_away(origin.person.id, back_at)
        await self.threads.show(origin, views.away(back_at))

    async def _notify(self, attempt: Attempt, origin: Origin) -> None:
        """The first direct message proves that the bot may write them. Its channel is where it
        looks for later ones after a crash."""
        person = origin.person.id
        im = (await self.people.get(person)).im
        mark = f"{attempt.entry.id}/notify"
        found = await self.threads.send(person, im, message(views.NOTIFIED), mark, attempt)
        await self.people.set_notify(person, found)
        if not is_direct(origin.channel):
            await self.threads.tell(origin, views.NOTIFY_ON)

    async def _stop(self, origin: Origin) -> None:
        await self.people.unset_notify(origin.person.id)
        await self.threads.tell(origin, views.NOTIFY_OFF)
