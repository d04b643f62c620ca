"""The commands about channels: subscribe, unsubscribe, subscriptions and why."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.acts import ListSubscriptions, Routing, Subscribe, Unsubscribe, Why
from bot.errors import ChannelClosed, Later, NotUnderstood, Refused
from bot.filters import Filters, Route, unknown
from bot.sendkit.ai_tags import AiTags
from bot.sendkit.client import SendKit
from bot.slack.grammar import NOT_A_CARD, WHICH_CARD
from bot.slack.messenger import SlackThreads
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.triage import ChannelId, Conversation, Origin, is_direct
from bot.views import subscriptions as views

log = logging.getLogger(__name__)

REHEARSED: Final = 50


# How many conversations are searched for a campaign's name.
MOST_FOR_NAMES: Final = 1_000
NOT_IN_CHANNEL: Final = "I’m not in this channel yet. Type /invite with my name, and try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """Answers these commands."""

    inbox: SendKit
    ai_tags: AiTags
    ledger: Ledger
    channels: Channels
    threads: SlackThreads
    triage_channel: ChannelId
    clock: Callable[[], float] = time.time

    async def answer(self, command: Routing, origin: Origin) -> None:
        match command:
            case Subscribe() if is_direct(origin.channel):
                raise NotUnderstood(views.NOT_A_CHANNEL)
            case Subscribe(filters, rehearse) if rehearse:
                taken, looked_at = await self._rehearse(filters)
                await self.threads.tell(origin, views.rehearsal(filters, taken, looked_at))
                await self._tell_unknown(filters, origin, subscribed=False)
            case Subscribe(filters, _):
                await self._subscribe(filters, origin)
            case Unsubscribe():
                await self._unsubscribe(origin)
            case ListSubscriptions():
                subscribed = await self.channels.routes()
                await self.threads.show(origin, views.listed(subscribed, self.triage_channel))
            case Why(card):
                if card is None:
                    raise NotUnderstood(WHICH_CARD)
                rules = await self.channels.rules(card.place)
                if not rules:
                    raise NotUnderstood(NOT_A_CARD)
                why = [
                    ((await self.ledger.known(each)).lead.label, rule)
                    for each, rule in rules.items()
                ]
                await self.threads.tell(origin, views.why(why))
            case _:
                raise AssertionError(command)

    async def filters_of(self, channel: ChannelId) -> Filters:
        """The filters of lists in this channel; in the triage channel, lists show everything."""
        route = await self.channels.route(channel)
        return Filters() if route is None or channel == self.triage_channel else route.filters

    async def _subscribe(self, filters: Filters, origin: Origin) -> None:
        """Subscribes the channel, and tells everybody in it: this also proves that the bot may post
        there."""
        name = await self.threads.name(origin.person)
        before = await self.channels.route(origin.channel)
        said = views.subscribed(
            name,
            filters,
            before.filters if before else None,
            is_triage=origin.channel == self.triage_channel,
        )
        try:
            await self.threads.announce(origin.channel, said)
        except ChannelClosed as error:
            if error.error in ("not_in_channel", "channel_not_found"):
                raise NotUnderstood(NOT_IN_CHANNEL) from error
            raise NotUnderstood(f"{error}") from error
        route = Route(origin.channel, filters, origin.person.id)
        await self.channels.subscribe(route, self.clock())
        await self._tell_unknown(filters, origin, subscribed=True)

    async def _tell_unknown(self, filters: Filters, origin: Origin, *, subscribed: bool) -> None:
        """Tells the person which campaigns and aiTags are unknown: most are typing errors. They are
        allowed, since a campaign's first reply may still come."""
        try:
            said = [await self._unknown_campaigns(filters), await self._unknown_ai_tags(filters)]
            if subscribed and any(said):
                waits = said[0] or (
                    filters.ai_tags and unknown(filters.ai_tags, await self.ai_tags.get())
                )
                said.append(views.COMES_LATER if waits else views.ANYWAY)
        except (Later, Refused) as error:
            log.info("could not check the names in filters: %s", type(error).__name__)
            said = [views.UNCHECKED]
        if sentence := " ".join(filter(None, said)):
            await self.threads.tell(origin, sentence)

    async def _unknown_campaigns(self, filters: Filters) -> str:
        if not filters.campaigns:
            return ""
        seen = await self.ledger.newest(MOST_FOR_NAMES)
        known = dict.fromkeys(each.campaign for each in seen if each.campaign)
        if unknown(filters.campaigns, known):
            looked_at = 0
            async for each in self.inbox.conversations():
                if each.campaign:
                    known.setdefault(each.campaign)
                looked_at += 1
                if looked_at >= MOST_FOR_NAMES:
                    break
        return views.unknown_campaigns(unknown(filters.campaigns, known), list(known))

    async def _unknown_ai_tags(self, filters: Filters) -> str:
        names = [*filters.ai_tags, *filters.not_ai_tags]
        if not names:
            return ""
        known = await self.ai_tags.get()
        if unknown(names, known):
            known = await self.ai_tags.get(fresh=True)
        return views.unknown_ai_tags(unknown(names, known), known)

    async def _unsubscribe(self, origin: Origin) -> None:
        if not await self.channels.unsubscribe(origin.channel):
            said = views.NOT_SUBSCRIBED
            if is_direct(origin.channel):
                said = views.NOT_A_CHANNEL
            elif origin.channel == self.triage_channel:
                said = views.ONLY_TRIAGE
            await self.threads.tell(origin, said)
            return
        name = await self.threads.name(origin.person)
        said = views.unsubscribed(name, is_triage=origin.channel == self.triage_channel)
        try:
            await self.threads.announce(origin.channel, said)
        except ChannelClosed:
            await self.threads.tell(origin, said)

    async def _rehearse(self, filters: Filters) -> tuple[Sequence[Conversation], int]:
        """The last conversations that the filters take, and how many were tried. Only a webhook
        says that a reply is positive, so here the aiTag decides."""
        found = [each async for each in self.inbox.conversations()]
        last = sorted(found, key=lambda each: each.replied_at, reverse=True)[:REHEARSED]
        return [each for each in last if filters.take(each, positive=False)], len(last)
