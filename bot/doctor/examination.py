"""The doctor's rounds: asks both services and the machine, side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from bot.doctor import Finding, State, bad, good, machine, sendkit, slack
from bot.doctor.slack import Answer, Door
from bot.errors import SendKitDown, TriageError
from bot.permissions import GroupId
from bot.sendkit.parsing import Webhook
from bot.settings import Settings
from bot.triage import AiTag, ChannelId, UserId

SECONDS: Final = 15.0
T = TypeVar("T")


class Slack(Protocol):
    """Slack's side, one call each. None of them raises."""

    async def identity(self) -> Answer: ...

    async def connection(self) -> Answer: ...

    async def channel(self, channel: ChannelId) -> Answer: ...

    async def user(self, user: UserId) -> Answer: ...

    async def group(self, group: GroupId) -> Answer: ...


class SendKit(Protocol):
    """SendKit's side; see bot.sendkit.client for the errors."""

    @property
    def ahead(self) -> float | None: ...

    async def ai_tags(self) -> tuple[AiTag, ...]: ...

    async def webhooks(self) -> Sequence[Webhook]: ...

    async def test_webhook(self, identity: str) -> None: ...


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """A sentence about the database, and the channels that are subscribed in it."""

    sentence: str
    subscribed: Sequence[ChannelId] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Tries everything once. `problems` are the settings', which may be incomplete: what they do
    not name is not tried.

    `database` raises TriageError where the bot could not use it; `door` knocks at the bot's own
    Request URL, at `address`. One question to SendKit may take so many `seconds`, whatever calls
    it comes down to.
    """

    settings: Settings
    problems: Sequence[str]
    slack: Slack
    sendkit: SendKit
    database: Callable[[], Awaitable[DatabaseState]]
    door: Callable[[], Awaitable[Door]]
    address: str
    seconds: float = SECONDS

    async def examine(self) -> Sequence[Finding]:
        """Always the same order: what later findings rest on comes first."""
        (kept, database), identity = await asyncio.gather(self._database(), self._identity())
        channels, members, ways_in, inbox = await asyncio.gather(
            self._channels(identity, kept.subscribed),
            self._members(identity),
            self._ways_in(),
            self._inbox(),
        )
        time = machine.clock({"Slack": identity.ahead, "SendKit": self.sendkit.ahead})
        found = [
            *machine.settings(self.problems),
            *database,
            *self._token(identity),
            *ways_in,
            *channels,
            *members,
            *inbox,
            time,
        ]
        # A service that cannot be reached is found so by each question.
        return list(dict.fromkeys(found))

    async def _database(self) -> tuple[DatabaseState, Sequence[Finding]]:
        if not self.settings.database_url:
            return DatabaseState(""), []
        try:
            kept = await self.database()
        except TriageError as error:
            return DatabaseState(""), [bad("Database", str(error))]
        return kept, [good("Database", kept.sentence)]

    async def _identity(self) -> Answer:
        return await self.slack.identity() if self.settings.slack_bot_token else Answer()

    def _token(self, identity: Answer) -> Sequence[Finding]:
        if not self.settings.slack_bot_token:
            return []
        found = slack.bot_token(identity)
        return [found, slack.scopes(identity.scopes)] if found.state is State.GOOD else [found]

    async def _ways_in(self) -> Sequence[Finding]:
        if self.settings.slack_app_token:
            return [slack.app_token(await self.slack.connection())]
        if self.settings.slack_signing_secret:
            secret = self.settings.slack_signing_secret
            return [slack.signing_secret(secret, await self.door(), self.address)]
        return []

    async def _channels(
        self, identity: Answer, subscribed: Sequence[ChannelId]
    ) -> Sequence[Finding]:
        triage = self.settings.triage_channel
        if not self.settings.slack_bot_token or identity.error is not None:
            return [slack.not_tried(slack.TRIAGE_CHANNEL, identity)] if triage else []
        others = [each for each in subscribed if each != triage]
        bot = slack.bot_name(identity) or slack.APP
        named = [(slack.TRIAGE_CHANNEL, triage)] if triage else []
        named += [(slack.SUBSCRIBED, each) for each in others]
        answers = await asyncio.gather(*(self.slack.channel(each) for _, each in named))
        found = [
            slack.channel(name, each, answer, bot)
            for (name, each), answer in zip(named, answers, strict=True)
        ]
        return slack.with_subscribed_in_one(found)

    async def _members(self, identity: Answer) -> Sequence[Finding]:
        members = self.settings.triage_members
        if members.open:
            return []
        if not self.settings.slack_bot_token or identity.error is not None:
            return [slack.not_tried(slack.TRIAGE_MEMBERS, identity)]
        people, groups = await asyncio.gather(
            asyncio.gather(*map(self.slack.user, members.people)),
            asyncio.gather(*map(self.slack.group, members.groups)),
        )
        return slack.members(
            dict(zip(members.people, people, strict=True)),
            dict(zip(members.groups, groups, strict=True)),
        )

    async def _inbox(self) -> Sequence[Finding]:
        settings = self.settings
        if not settings.sendkit_api_key:
            return []
        tags, listed = await asyncio.gather(
            self._tried(self.sendkit.ai_tags()), self._tried(self.sendkit.webhooks())
        )
        found = [sendkit.api_key(tags, settings.sendkit_workspace_id)]
        if settings.quick_tags and not isinstance(tags, TriageError):
            found.append(sendkit.quick_tags(settings.quick_tags, tags))
        poll_seconds = settings.sendkit_poll_seconds
        if not settings.sendkit_webhook_secret:
            return [*found, sendkit.unused_webhook(listed, poll_seconds)]
        ours = [] if isinstance(listed, TriageError) else sendkit.to_test(listed)
        tests = await asyncio.gather(
            *(self._tried(self.sendkit.test_webhook(each)) for each in ours)
        )
        tested = dict(zip(ours, tests, strict=True))
        return [*found, sendkit.webhook(listed, tested, poll_seconds)]

    async def _tried(self, question: Awaitable[T]) -> T | TriageError:
        try:
            async with asyncio.timeout(self.seconds):
                return await question
        except TimeoutError:
            return SendKitDown()
        except TriageError as error:
            return error
