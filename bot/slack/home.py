"""App Home: the conversations that wait for us, in the app's own tab.

Slack shows what was published last, and tells the bot when somebody opens the tab. An entry draws
it, so that draws of one person's Home follow each other, also in several processes.
https://docs.slack.dev/surfaces/app-home
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import entries, home, logs
from bot.acts import ListInbox
from bot.errors import ContentRefused, NotAllowed, NotUnderstood, SlackRefused
from bot.findings import Finding, State, worst_first
from bot.home import Chosen
from bot.journal import Attempt, Entry, Journal
from bot.ports import Authorizer
from bot.slack.api import SlackApi, mapping, text
from bot.slack.payloads import from_click
from bot.store.channels import Channels
from bot.store.home import HomeStore, Share
from bot.store.record import Record
from bot.triage import ChannelId, Conversation, Origin, Outcome, Person, UserId
from bot.views import home as views
from bot.views.card import Palette
from bot.views.form import View
from bot.views.home import MOST, Board, Row, Subscribed
from bot.views.subscriptions import ALL, which

log = logging.getLogger(__name__)

# How long Home offers to undo the person's last decision.
LAST_SECONDS: Final = 600.0
REFUSED: Final = (
    "Slack does not take this page of Home. Type inbox in the Messages tab for the list, and ask "
    "the person who runs this bot to look at its log."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """`show` handles entries of the kind `home`. `health` returns the findings of the vital checks;
    Home waits `check_seconds` for it. `clock` is in seconds since the epoch."""

    api: SlackApi
    journal: Journal
    authorizer: Authorizer
    store: HomeStore
    channels: Channels
    record: Record
    choices: Callable[[], Awaitable[Palette]]
    health: Callable[[], Awaitable[Mapping[str, Finding]]]
    triage_channel: ChannelId
    check_seconds: float
    clock: Callable[[], float] = time.time

    async def opened(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody opened one of the app's tabs.

        https://docs.slack.dev/reference/events/app_home_opened
        """
        event = mapping(body.get("event"))
        if event.get("tab") == "home" and (user := text(event.get("user"))):
            identity = f"home:{body.get('event_id') or uuid4().hex}"
            await self.journal.write(entries.home(identity, UserId(user), opened=True))
        await ack()

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button or a menu of Home's own: another list, another page, or all checks."""
        try:
            click = from_click(body, self.clock())
            identity, origin = f"home:{click.identity}", click.origin
            if click.value == home.DOCTOR:
                entry = entries.question(identity, "doctor", replace(origin, door="message"))
            else:
                home.unpacked(click.value)
                entry = entries.home(identity, origin.person.id, click.value)
        except NotUnderstood as error:
            log.warning("a button of Home was not understood: %s", error)
        else:
            await self.journal.write(entry)
        await ack()

    async def redraw(self, origin: Origin) -> bool:
        """Whether somebody decided in Home, which then shows what came of it."""
        is_home = home.at_home(origin)
        if is_home:
            await self.journal.write(entries.home(f"home:{uuid4().hex}", origin.person.id))
        return is_home

    async def show(self, attempt: Attempt) -> None:
        payload = attempt.entry.payload
        person = UserId(payload["person"])
        # Its rules are those of a direct message: both show every reply.
        origin = Origin(ChannelId(person), Person(person, "Somebody"), door="message")
        try:
            await self.authorizer.authorize(origin, ListInbox())
        except NotAllowed as error:
            view = views.sentence(str(error))
        else:
            board = await self._board(person, payload.get("show", ""), first="opened" in payload)
            view = views.view(board, await self.choices())
        await self._publish(person, view, attempt.entry)

    async def _board(self, person: UserId, show: str, *, first: bool) -> Board:
        """The content of a person's Home. `show`: what they want to see from now on. `first`: from
        the first page on."""
        now = self.clock()
        counts, campaigns, channels, problems, last = await asyncio.gather(
            self.store.counts(person, now),
            self.store.campaigns(now),
            self._channels(now),
            self._problems(),
            self._last(person, now),
        )
        chosen, campaign = await self._chosen(person, show, campaigns)
        if first:
            chosen = replace(chosen, after=None)
        of = campaign if chosen.what == "campaign" else chosen.of
        found = await self.store.page(chosen, of, person, now, MOST + 1)
        if not found and chosen.after:
            # The rest of the list was handled meanwhile.
            chosen = replace(chosen, after=None)
            found = await self.store.page(chosen, of, person, now, MOST + 1)
        following = None
        if len(found) > MOST:
            end = found[MOST - 1]
            following = replace(chosen, after=(end.at, end.conversation.id))
        return Board(
            chosen=chosen,
            rows=[
                Row(
                    *(each.conversation, each.since, each.later_at, each.owner),
                    *(each.barred, each.is_saved, each.is_back),
                )
                for each in found[:MOST]
            ],
            at=now,
            every=counts.every,
            mine=counts.mine,
            unclaimed=counts.unclaimed,
            later=counts.later,
            campaign=campaign,
            following=following,
            campaigns=[(each.name, each.count) for each in campaigns],
            channels=channels,
            health=problems,
            last=last,
        )

    async def _chosen(
        self, person: UserId, show: str, campaigns: Sequence[Share]
    ) -> tuple[Chosen, str]:
        """The list that the person chose, and the campaign's name."""
        kept = await self.store.chosen(person)
        chosen, campaign = kept or (Chosen(), "")
        if show:
            chosen = home.unpacked(show)
            if chosen.what == "campaign":
                names = [campaign, *(each.name for each in campaigns)]
                campaign = next((each for each in names if home.key(each) == chosen.of), "")
                chosen = chosen if campaign else Chosen()
            await self.store.choose(person, chosen, campaign)
        return chosen, campaign

    async def _channels(self, now: float) -> Sequence[Subscribed]:
        """The channels with most first; subscribed ones in which nothing waits last."""
        shares = {each.name: each for each in await self.store.channels(now)}
        routes = {route.channel: route for route in await self.channels.routes()}
        names = [ChannelId(name) for name in dict.fromkeys([*shares, *routes, self.triage_channel])]
        found = []
        for channel in names:
            route, share = routes.get(channel), shares.get(channel)
            gets = which(route.filters) if route else ""
            if channel == self.triage_channel and gets != ALL:
                rest = "what no other channel takes" if len(routes) > bool(route) else ALL
                gets = f"{gets}, and {rest}" if gets else rest
            found.append(
                Subscribed(
                    channel,
                    gets,
                    share.count if share else 0,
                    share.since if share else None,
                    (route.broken or "") if route else "",
                )
            )
        return found

    async def _problems(self) -> Sequence[str] | None:
        """The problems, the worst first; None while the checks have no answer."""
        try:
            async with asyncio.timeout(self.check_seconds):
                found = worst_first([*(await self.health()).values()])
        except TimeoutError:
            return None
        return [str(each) for each in found if each.state is not State.GOOD]

    async def _last(self, person: UserId, now: float) -> tuple[Outcome, Conversation] | None:
        """The person's last decision, while it is recent and the last one about its
        conversation."""
        decided = await self.record.newest_of(person, now - LAST_SECONDS)
        last = await self.record.last(decided.conversation) if decided else None
        if decided is None or last is None or last.outcome.decision != decided.id:
            return None
        (found,) = await self.record.log(1, about=[decided.conversation])
        return last.outcome, found.conversation

    async def _publish(self, person: UserId, view: View, entry: Entry) -> None:
        """https://docs.slack.dev/reference/methods/views.publish"""
        try:
            await self.api.call("views.publish", user_id=person, view=view)
        except ContentRefused as error:
            log.warning("Slack does not take a page of Home: %s", error.error)
            with logs.about(entry.reference):
                said = views.sentence(f"{REFUSED} ({entry.reference})")
                await self.api.call("views.publish", user_id=person, view=said)
        except SlackRefused as error:
            log.warning("App Home is not shown: %s", error.error)
