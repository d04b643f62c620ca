"""The composition root: the one file that knows everyone."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp.web import Application
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import checkup, counted, entries, health, limited, logs, metrics, store, unforeseen, web
from bot.announcer import Announcer
from bot.cards import Cards
from bot.channels import Channels
from bot.connect import connect
from bot.database import Database
from bot.desk import Desk
from bot.intake import webhook
from bot.intake.polling import Polling
from bot.journal import Handler, Journal, RunningJournal
from bot.ledger import Ledger
from bot.proxies import proxy_for
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.slack import register
from bot.slack.admission import Admission
from bot.slack.answers import Answers
from bot.slack.choices import Choices
from bot.slack.connection import Limits
from bot.slack.decide import Listeners
from bot.slack.front import PATH, Front
from bot.slack.people import People
from bot.slack.socket import SocketMode
from bot.slack.subscriptions import Subscriptions
from bot.slack.threads import SlackThreads
from bot.stopping import Stopping
from bot.tasks import Together, ended, lasting

log = logging.getLogger(__name__)

SLACK_SECONDS: Final = 10.0
# All that has an end of its own ends side by side: the journal in these seconds, the HTTP server in
# twice web.DRAIN_SECONDS (4), Socket Mode in twice Limits.closing (2), polling at once. Then the
# database may wait for whoever holds it (1). That makes 8, and stopping.LAST_SECONDS is 9.
DRAIN_SECONDS: Final = 7.0


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[int]:
    """The bot, from the first request that it takes to the last entry that it finishes.

    Gives the port on which it listens. SettingsWrong when the database cannot be opened or the
    port is taken.
    """
    async with _ground(settings) as ground, Together() as ends:
        product = _product(settings, ground)
        kinds = counted.handlers(ground.counts, unforeseen.told(ground.journal, product.kinds))
        await ground.lanes.start(kinds)
        ends.at_end(ground.lanes.stop, DRAIN_SECONDS)
        looking = lasting(product.polling.run(settings.sendkit_poll_seconds))
        ends.at_end(ended, looking)

        routes = web.application()
        is_connected = await _ways_in(settings, ground, product, routes, ends)
        _windows(ground, product, routes, is_connected)
        port = await ends.enter(web.listening(routes, settings.host, settings.port))
        way = "Socket Mode" if settings.slack_app_token else f"HTTP at {PATH}"
        log.info("listening on %s:%d, clicks come by %s", settings.host, port, way)
        yield port


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the bot stands on: its database, the two services, and where all of it is counted.
    `journal` is what is written to, `lanes` carry it out."""

    counts: metrics.Metrics
    database: Database
    lanes: RunningJournal
    journal: Journal
    sendkit: SendKit
    slack: AsyncWebClient
    session: aiohttp.ClientSession


@asynccontextmanager
async def _ground(settings: Settings) -> AsyncIterator[_Ground]:
    counts = metrics.Metrics(metrics.VERSION)
    limit = aiohttp.ClientTimeout(total=SLACK_SECONDS)
    traces = [counted.response_urls(counts, settings.slack_api_url)]
    async with (
        store.opened(settings.database_url) as (database, lanes),
        limited.session(timeout=limit, trace_configs=traces) as session,
        _sendkit(settings, counted.sendkit(counts)) as sendkit,
    ):
        slack = counted.CountedSlack(
            counts,
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            session=session,
            retry_handlers=[],
        )
        slack.proxy = proxy_for(settings.slack_api_url)
        yield _Ground(
            counts=counts,
            database=database,
            lanes=lanes,
            journal=counted.CountedJournal(lanes, counts),
            sendkit=sendkit,
            slack=slack,
            session=session,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """What the bot does. `kinds` has the handler of each kind of entry."""

    kinds: Mapping[str, Handler]
    polling: Polling
    listeners: Listeners
    threads: SlackThreads


def _product(settings: Settings, ground: _Ground) -> _Product:
    sendkit, triage_channel = ground.sendkit, settings.triage_channel
    ledger, channels = Ledger(ground.database), Channels(ground.database)
    people = People(ground.slack)
    choices = Choices(sendkit, channels, settings.quick_tags)
    threads = SlackThreads(ground.slack, ground.session, people, choices)
    cards = Cards(ledger, channels, threads, asyncio.sleep, time.time)
    admission = Admission(
        members=settings.triage_members,
        people=people,
        channels=channels,
        triage_channel=triage_channel,
    )
    desk = Desk(
        inbox=sendkit,
        ledger=ledger,
        threads=threads,
        cards=cards,
        admission=admission,
        triage_channel=triage_channel,
        made=counted.decisions(ground.counts),
    )
    announcer = Announcer(
        inbox=sendkit,
        ledger=ledger,
        channels=channels,
        threads=threads,
        cards=cards,
        triage_channel=triage_channel,
    )
    subscriptions = Subscriptions(
        inbox=sendkit, channels=channels, threads=threads, triage_channel=triage_channel
    )
    answers = Answers(
        journal=ground.journal,
        inbox=sendkit,
        ledger=ledger,
        admission=admission,
        threads=threads,
        subscriptions=subscriptions,
        choices=choices,
        decide=desk.decide,
        examine=lambda: checkup.from_inside(settings, ground.database),
    )
    return _Product(
        kinds={
            entries.CARRY_OUT: desk.carry_out,
            entries.ANNOUNCE: announcer.announce,
            entries.FIRST_LOOK: announcer.first_look,
            entries.SHOW: desk.show,
            entries.COMMAND: answers.command,
            entries.TELL: answers.tell,
        },
        polling=Polling(inbox=sendkit, journal=ground.journal, ledger=ledger, channels=channels),
        listeners=Listeners(ground.journal, ledger, admission),
        threads=threads,
    )


async def _ways_in(
    settings: Settings, ground: _Ground, product: _Product, routes: Application, ends: Together
) -> Callable[[], bool] | None:
    """How clicks and deliveries reach the journal; whether Socket Mode is connected, where that is
    the way."""
    if settings.sendkit_webhook_secret:
        deliveries = webhook.Webhook(ground.journal, settings.sendkit_webhook_secret)
        routes.router.add_post(webhook.PATH, deliveries.deliver)
    app = bolt(ground.slack, settings, ground.counts)
    register(app, product.listeners)
    if not settings.slack_app_token:
        front = Front(app, settings.slack_signing_secret or "")
        routes.router.add_post(PATH, front.events)
        return None
    socket = SocketMode(app, settings.slack_app_token, ground.slack, ground.session, Limits())
    return (await ends.enter(socket)).is_connected


def _windows(
    ground: _Ground, product: _Product, routes: Application, is_connected: Callable[[], bool] | None
) -> None:
    """What is seen of the bot from outside."""
    checks = health.checks(
        database=ground.database,
        slack=ground.slack,
        is_connected=is_connected,
        sendkit=ground.sendkit,
    )
    routes.router.add_get(health.PATH, health.Health(checks).answer)
    ground.counts.outbox.set_function(lambda: product.threads.waiting)
    page = metrics.Page(ground.counts, database=ground.database, is_connected=is_connected)
    routes.router.add_get(metrics.PATH, page.answer)
    counted.routes(ground.counts, routes)


def bolt(client: AsyncWebClient, settings: Settings, counts: metrics.Metrics) -> AsyncApp:
    """Bolt, with its answer leaving when the listener returns, and without a call to Slack before
    the first click."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=settings.slack_bot_token)

    return counted.CountedApp(
        counts,
        # Bolt would look for a name in the source of everything that is under way.
        name="triage",
        # Bolt would ask auth.test in the first click's three seconds if its client had the token.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=[]),
        authorize=authorize,
        signing_secret=settings.slack_signing_secret or "",
        process_before_response=True,
        request_verification_enabled=False,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("slack_bolt"),
    )


async def connected(settings: Settings, host: str) -> str:
    """Has SendKit call the bot's webhook; see bot.connect."""
    async with _sendkit(settings) as sendkit:
        return await connect(sendkit, host, settings.sendkit_webhook_secret)


@asynccontextmanager
async def _sendkit(
    settings: Settings, answered: Callable[[int], None] = lambda status: None
) -> AsyncIterator[SendKit]:
    sendkit = SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        answered=answered,
    )
    try:
        yield sendkit
    finally:
        await sendkit.close()


async def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT, and not much longer; see bot.stopping."""
    asyncio.get_running_loop().set_exception_handler(logs.unforeseen)
    stopping = Stopping()
    stopping.listen()
    async with running(settings):
        await stopping.told()
        log.info("stopping: what is running finishes, the rest stays in the journal")
