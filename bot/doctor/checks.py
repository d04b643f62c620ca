"""All checks: `python -m bot doctor` and `/sendkit doctor` run every one, /readyz those in
`vital`."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import uuid4

import aiohttp

from bot import bounded_read, dates
from bot.acts import PLAIN
from bot.doctor import machine, sendkit, slack
from bot.doctor.slack import NO_ANSWER, ODD_ANSWER, CallResult, Knock
from bot.errors import DatabaseTrouble, SendKitDown, SlackBusy, SlackUnclear, TriageError
from bot.findings import Finding, State, bad, good, warning
from bot.journal.backlog import backlog
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.slack import api
from bot.slack.api import SlackApi
from bot.slack.http import PATH
from bot.store import Condition, Database, Rows, Statement, opening
from bot.store.channels import subscriptions
from bot.text import folded
from bot.timing import DEFAULT, Timing
from bot.triage import ChannelId

log = logging.getLogger(__name__)

T = TypeVar("T")
Check = Callable[[], Awaitable[Finding]]

DATABASE: Final = "Database"
JOURNAL: Final = "Journal"

CALL_SECONDS: Final = 5.0
# One question to SendKit may be several calls.
QUESTION_SECONDS: Final = 15.0
# A burst of replies waits about this long for Slack’s rates.
LATE_SECONDS: Final = 120.0

# A server that listens on all addresses is reached at the loopback address.
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_PROBE: Final = """
    INSERT INTO facts (name, value) VALUES ('last probe', :at)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """`problems` are what is wrong with the settings; missing ones are not checked. `database` is
    the one of the running bot; without it, the checks open the database from outside.
    `is_connected` says whether Socket Mode is connected, if it is used."""

    settings: Settings
    slack_api: SlackApi
    sendkit: SendKit | None = None
    database: Database | None = None
    problems: Sequence[str] = ()
    is_connected: Callable[[], bool] | None = None
    clock: Callable[[], float] = time.time
    seconds: float = QUESTION_SECONDS

    @property
    def vital(self) -> Mapping[str, Check]:
        """Without these, nothing works."""
        return {
            "database": self.check_database,
            "slack": self.check_slack,
            "sendkit": self.check_sendkit,
            "journal": self.check_journal,
        }

    async def check_database(self) -> Finding:
        """Writes, as a click does, since a full or read-only disk can still be read."""
        if self.database is None:
            try:
                name, condition = await opening.condition(self.settings.database_url)
            except TriageError as error:
                return bad(DATABASE, str(error), "down")
            return good(DATABASE, f"{name} {condition.value}")
        try:
            await self.database.write(Statement(_PROBE, {"at": str(int(self.clock()))}))
        except DatabaseTrouble as error:
            log.warning("the database takes no writes: %s", error.reason)
            said = "It takes no writes, so clicks are refused. The log has the reason."
            return bad(DATABASE, said, "down")
        return good(DATABASE, "Open and writable.")

    async def check_slack(self) -> Finding:
        return self._token(await self._identity())

    async def check_sendkit(self) -> Finding:
        assert self.sendkit is not None
        tags = await self._tried(self.sendkit.ai_tags())  # every key may ask for them
        return sendkit.api_key(tags, self.settings.sendkit_workspace_id)

    async def check_journal(self) -> Finding:
        assert self.database is not None
        try:
            found = await backlog(self.database, self.clock())
        except DatabaseTrouble:
            return bad(JOURNAL, "It cannot be read. The log has the reason.", "down")
        if found.overdue_seconds > LATE_SECONDS:
            said = "Work is overdue. Look at the log, or restart the bot."
            finding = bad(JOURNAL, said, "late")
        elif found.refused:
            said = "Some work fails again and again, and the bot keeps trying. The log says why."
            finding = warning(JOURNAL, said, "refused")
        else:
            finding = good(JOURNAL, "Nothing is overdue.")
        numbers = {
            "open": found.open,
            "refused": found.refused,
            "oldest_seconds": round(found.oldest_seconds, 1),
            "overdue_seconds": round(found.overdue_seconds, 1),
        }
        return replace(finding, numbers=numbers)

    async def all(self) -> Sequence[Finding]:
        """Runs every check. The findings are always in the same order."""
        kept, identity = await asyncio.gather(self._kept(), self._identity())
        subscribed, database = kept
        channels, members, ways_in, inbox = await asyncio.gather(
            self._channels(identity, subscribed),
            self._members(identity),
            self._ways_in(),
            self._inbox(),
        )
        sendkit_ahead = None if self.sendkit is None else self.sendkit.ahead
        found = [
            *machine.settings(self.problems),
            *database,
            *self._scopes(identity),
            *ways_in,
            *channels,
            *members,
            *inbox,
            *([sendkit.app_url(url)] if (url := self.settings.sendkit_app_url) else []),
            machine.clock({"Slack": identity.ahead, "SendKit": sendkit_ahead}),
        ]
        # Each question finds that a service cannot be reached.
        told = {(each.name, each.sentence): each for each in found}
        return list(told.values())

    async def word_of_slack(self) -> Finding | None:
        """On the token, or on the triage channel if the token works; None without a clear answer
        of Slack's."""
        identity = await self._identity()
        if identity.error is not None:
            return None if slack.is_unknown(identity) else slack.bot_token(identity)
        answer = await self._ask("conversations.info", channel=self.settings.triage_channel)
        if slack.is_unknown(answer):
            return None
        return self._channel(answer, identity, self.settings.triage_channel)

    async def workspace(self) -> str:
        """The workspace's address in Slack; empty if Slack does not answer."""
        url = api.text((await self._identity()).body.get("url"))
        return url if url.startswith("https://") else ""

    async def _kept(self) -> tuple[Sequence[ChannelId], Sequence[Finding]]:
        """The channels that are subscribed in the database, and how it is."""
        url = self.settings.database_url
        if not url:
            return (), ()
        found = [await self.check_database()]
        try:
            if self.database is not None:
                found.append(await self.check_journal())
                return await _subscribed(self.database), found
            if (await opening.condition(url))[1] in (Condition.READY, Condition.IN_USE):
                async with opening.read_only(url) as rows:
                    return await _subscribed(rows), found
        except TriageError as error:
            found += [bad(DATABASE, str(error))] if found[0].state is State.GOOD else []
        return (), found

    async def _identity(self) -> CallResult:
        # https://docs.slack.dev/reference/methods/auth.test
        return await self._ask("auth.test") if self.settings.slack_bot_token else CallResult()

    def _token(self, identity: CallResult) -> Finding:
        found = slack.bot_token(identity)
        lost = self.is_connected is not None and not self.is_connected()
        return slack.socket_mode() if lost and found.state is State.GOOD else found

    def _scopes(self, identity: CallResult) -> Sequence[Finding]:
        if not self.settings.slack_bot_token:
            return []
        found = self._token(identity)
        if found.state is not State.GOOD:
            return [found]
        emoji = bool(self.settings.emoji)
        return [found, slack.scopes(identity.scopes, emoji=emoji), slack.manifest(emoji=emoji)]

    async def _ways_in(self) -> Sequence[Finding]:
        if app_token := self.settings.slack_app_token:
            # It asks for the address of a connection, and opens none.
            # https://docs.slack.dev/reference/methods/apps.connections.open
            answer = await self._ask("apps.connections.open", token=app_token)
            return [slack.app_token(answer)]
        if secret := self.settings.slack_signing_secret:
            address = _address(self.settings)
            knocked = Knock.USED if self.database is not None else await knock(address, secret)
            return [slack.signing_secret(secret, knocked, address)]
        return []

    async def _channels(
        self, identity: CallResult, subscribed: Sequence[ChannelId]
    ) -> Sequence[Finding]:
        triage = self.settings.triage_channel
        if not self.settings.slack_bot_token or identity.error is not None:
            return [slack.not_tried(slack.TRIAGE_CHANNEL, identity)] if triage else []
        named = [triage] if triage else []
        named += [each for each in subscribed if each != triage]
        answers = await asyncio.gather(
            # https://docs.slack.dev/reference/methods/conversations.info
            *(self._ask("conversations.info", channel=each) for each in named)
        )
        found = [
            self._channel(answer, identity, each)
            for each, answer in zip(named, answers, strict=True)
        ]
        return slack.with_subscribed_in_one(found)

    def _channel(self, answer: CallResult, identity: CallResult, channel: ChannelId) -> Finding:
        is_triage = channel == self.settings.triage_channel
        name = slack.TRIAGE_CHANNEL if is_triage else slack.SUBSCRIBED
        return slack.channel(name, channel, answer, slack.bot_name(identity) or slack.APP)

    async def _members(self, identity: CallResult) -> Sequence[Finding]:
        members = self.settings.triage_members
        if members.open:
            return []
        if not self.settings.slack_bot_token or identity.error is not None:
            return [slack.not_tried(slack.TRIAGE_MEMBERS, identity)]
        # https://docs.slack.dev/reference/methods/users.info
        people = [self._ask("users.info", user=each) for each in members.people]
        # https://docs.slack.dev/reference/methods/usergroups.users.list
        groups = [self._ask("usergroups.users.list", usergroup=each) for each in members.groups]
        of_people, of_groups = await asyncio.gather(
            asyncio.gather(*people), asyncio.gather(*groups)
        )
        return slack.members(
            dict(zip(members.people, of_people, strict=True)),
            dict(zip(members.groups, of_groups, strict=True)),
        )

    async def _inbox(self) -> Sequence[Finding]:
        settings = self.settings
        if not settings.sendkit_api_key or self.sendkit is None:
            return []
        tags, listed = await asyncio.gather(
            self._tried(self.sendkit.ai_tags()), self._tried(self.sendkit.webhooks())
        )
        found = [sendkit.api_key(tags, settings.sendkit_workspace_id)]
        by_emoji = [each for each in settings.emoji.values() if folded(each) not in PLAIN]
        by_setting = {
            "QUICK_TAGS": settings.quick_tags,
            "CONFIRM_TAGS": settings.confirm_tags,
            "EMOJI": by_emoji,
        }
        for setting, wanted in by_setting.items():
            if wanted and not isinstance(tags, TriageError):
                found.append(sendkit.named_tags(setting, wanted, tags))
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

    async def _ask(self, method: str, **arguments: Any) -> CallResult:
        answer = await self.slack_api.ask(method, **arguments)
        granted = answer.headers.get("x-oauth-scopes")
        return CallResult(
            body=answer.body,
            error=_error(answer),
            scopes=None if granted is None else frozenset(map(str.strip, granted.split(","))),
            ahead=dates.ahead(answer.headers.get("Date"), self.clock()),
        )


def _error(answer: api.Answer) -> str | None:
    if answer.problem is None:
        return None
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "service_unavailable"
    if isinstance(answer.problem, SlackBusy):
        return answer.problem.error
    if api.is_slacks_no(answer.body):
        return api.error_name(answer.body) or ODD_ANSWER
    return ODD_ANSWER if isinstance(answer.problem, SlackUnclear) else NO_ANSWER


@asynccontextmanager
async def of_slack(settings: Settings) -> AsyncIterator[Checks]:
    """Checks of Slack alone: a client of SendKit takes 40 ms to make."""
    limit = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with bounded_read.session(timeout=limit) as session:
        slack_api = SlackApi(session, settings.slack_bot_token, settings.slack_api_url)
        yield Checks(settings=settings, slack_api=slack_api)


async def examine(
    settings: Settings, problems: Sequence[str] = (), database: Database | None = None
) -> Sequence[Finding]:
    """Runs every check on these settings, complete or not, with clients of its own, which do not
    wait for the bot's calls; see Checks."""
    client = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        timing=replace(DEFAULT, sendkit_read=CALL_SECONDS),
    )
    try:
        async with of_slack(settings) as checks:
            every = replace(checks, problems=problems, sendkit=client, database=database)
            return await every.all()
    finally:
        await client.close()


async def at_start(settings: Settings, timing: Timing) -> None:
    """Logs why the bot's token does not work, or why the bot cannot post in the triage channel;
    and, not as a warning, that the channel is shared, which may be meant. Asks again, after growing
    pauses, until Slack answers."""
    started, attempt = time.monotonic(), 0
    async with of_slack(settings) as checks:
        while (found := await checks.word_of_slack()) is None:
            attempt += 1
            await asyncio.sleep(timing.pause(time.monotonic() - started, attempt))
    if found.state is not State.GOOD:
        level = logging.WARNING if found.state is State.BAD else logging.INFO
        log.log(level, "%s: %s", found.name, found.sentence)


async def knock(address: str, secret: str) -> Knock:
    """Sends the bot the request with which Slack verifies a Request URL. It changes nothing, and
    only the bot returns the challenge.

    https://docs.slack.dev/reference/events/url_verification
    """
    challenge, sent_at = uuid4().hex, str(int(time.time()))
    raw = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    digest = hmac.new(secret.encode(), b"v0:%b:%b" % (sent_at.encode(), raw), hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }
    url = f"http://{address}{PATH}"
    try:
        async with (
            bounded_read.session(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as session,
            session.post(url, data=raw, headers=headers, allow_redirects=False) as answer,
        ):
            text = await answer.text(errors="replace")
    except (aiohttp.ClientConnectionError, TimeoutError):
        return Knock.NO_BOT
    except aiohttp.ClientError:
        return Knock.STRANGER
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Knock.SHUT
    return Knock.OPEN if challenge in text else Knock.STRANGER


async def _subscribed(rows: Rows) -> Sequence[ChannelId]:
    return [route.channel for route in await subscriptions(rows)]


def _address(settings: Settings) -> str:
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
