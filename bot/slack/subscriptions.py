"""Which channel takes which replies: what /sendkit says and does about it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, Protocol

from bot.channels import Channels
from bot.errors import ChannelClosed, NotUnderstood
from bot.routes import Filters, Route
from bot.slack.commands import (
    NOT_A_CARD,
    ListSubscriptions,
    Routing,
    Subscribe,
    Unsubscribe,
)
from bot.slack.threads import SlackThreads
from bot.slack.views import subscriptions as views
from bot.triage import ChannelId, Conversation, Origin

REHEARSED: Final = 50


class Inbox(Protocol):
    """SendKit's side; see bot.sendkit.client for the errors."""

    def conversations(self, **query: str) -> AsyncIterator[Conversation]: ...


class Subscriptions:
    """Answers what people type about the channels' subscriptions."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        channels: Channels,
        threads: SlackThreads,
        triage_channel: ChannelId,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._channels = channels
        self._threads = threads
        self._triage_channel = triage_channel
        self._clock = clock

    async def answer(self, command: Routing, origin: Origin) -> None:
        match command:
            case Subscribe(filters, rehearse) if rehearse:
                taken, looked_at = await self._rehearse(filters)
                await self._threads.tell(origin, views.rehearsal(filters, taken, looked_at))
            case Subscribe(filters, _):
                await self._subscribe(filters, origin)
            case Unsubscribe():
                await self._unsubscribe(origin)
            case ListSubscriptions():
                routes = await self._channels.routes()
                await self._threads.show(origin, views.listed(routes, self._triage_channel))
            case _:
                rule = await self._channels.rule(command.card.place)
                if rule is None:
                    raise NotUnderstood(NOT_A_CARD)
                await self._threads.tell(origin, views.why(rule))

    async def filters_of(self, channel: ChannelId) -> Filters:
        """Which conversations lists in this channel show: in the triage channel all of them."""
        route = await self._channels.route(channel)
        return Filters() if route is None or channel == self._triage_channel else route.filters

    async def _subscribe(self, filters: Filters, origin: Origin) -> None:
        """Everybody in the channel sees it, which also shows whether the bot may post there."""
        name = await self._threads.name(origin.person)
        try:
            await self._threads.announce(origin.channel, views.subscribed(name, filters))
        except ChannelClosed as error:
            raise NotUnderstood(
                f"I cannot post in this channel ({error.error}). Add me with /invite, and "
                "subscribe again."
            ) from error
        route = Route(origin.channel, filters, origin.person.id)
        await self._channels.subscribe(route, self._clock())

    async def _unsubscribe(self, origin: Origin) -> None:
        if not await self._channels.unsubscribe(origin.channel):
            await self._threads.tell(origin, views.NOT_SUBSCRIBED)
            return
        name = await self._threads.name(origin.person)
        try:
            await self._threads.announce(origin.channel, views.unsubscribed(name))
        except ChannelClosed:
            await self._threads.tell(origin, views.unsubscribed(name))

    async def _rehearse(self, filters: Filters) -> tuple[Sequence[Conversation], int]:
        """What the filters take of the last conversations. What only a webhook says, that a reply
        is positive, is not known of them: their aiTag decides."""
        found = [each async for each in self._inbox.conversations()]
        last = sorted(found, key=lambda each: each.replied_at, reverse=True)[:REHEARSED]
        return [each for each in last if filters.take(each, positive=False)], len(last)
