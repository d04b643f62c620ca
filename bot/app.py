"""The composition root: the one file that knows everyone."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import checkup, counted, entries, health, logs, metrics, store, web
from bot.announcer import Announcer
from bot.cards import Cards
from bot.channels import Channels
from bot.connect import connect
from bot.desk import Desk
from bot.intake import webhook
from bot.intake.polling import Polling
from bot.ledger import Ledger
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
from bot.tasks import Together, ended

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
    async with AsyncExitStack() as stack:
        counts = metrics.Metrics(metrics.VERSION)
        database, lanes = await stack.enter_async_context(store.opened(settings.database_url))
        journal = counted.CountedJournal(lanes, counts)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SLACK_SECONDS),
                trace_configs=[counted.response_urls(counts, settings.slack_api_url)],
            )
        )
        sendkit = _sendkit(settings, counted.sendkit(counts))
        stack.push_async_callback(sendkit.close)

        client = counted.CountedSlack(
            counts,
            token=settings.slack_bot_token,
            base_url=settings.slack_api_url,
            session=session,
            retry_handlers=[],
        )
        ledger = Ledger(database)
        people = People(client)
        channels = Channels(database)
        choices = Choices(sendkit, channels, settings.quick_tags)
        threads = SlackThreads(client, session, people, choices)
        admission = Admission(
            members=settings.triage_members,
            people=people,
            channels=channels,
            triage_channel=settings.triage_channel,
        )
        cards = Cards(ledger, channels, threads, asyncio.sleep, time.time)
        desk = Desk(
            inbox=sendkit,
            ledger=ledger,
            threads=threads,
            cards=cards,
            admission=admission,
            triage_channel=settings.triage_channel,
        )
        announcer = Announcer(
            inbox=sendkit,
            ledger=ledger,
            channels=channels,
            threads=threads,
            cards=cards,
            triage_channel=settings.triage_channel,
        )
        subscriptions = Subscriptions(
            inbox=sendkit,
            channels=channels,
            threads=threads,
            triage_channel=settings.triage_channel,
        )
        answers = Answers(
            journal=journal,
            inbox=sendkit,
            ledger=ledger,
            admission=admission,
            threads=threads,
            subscriptions=subscriptions,
            choices=choices,
            examine=lambda: checkup.from_inside(settings, database),
        )
        kinds = {
            entries.CARRY_OUT: desk.carry_out,
            entries.ANNOUNCE: announcer.announce,
            entries.FIRST_LOOK: announcer.first_look,
            entries.SHOW: desk.show,
            entries.COMMAND: answers.command,
            entries.TELL: answers.tell,
        }
        await lanes.start(counted.handlers(counts, kinds))
        ends = await stack.enter_async_context(Together())
        ends.at_end(lanes.stop, DRAIN_SECONDS)

        app = bolt(client, settings, counts)
        register(app, Listeners(journal, admission))
        polling = Polling(inbox=sendkit, journal=journal, ledger=ledger, channels=channels)
        looking = asyncio.create_task(polling.run(settings.sendkit_poll_seconds))
        ends.at_end(ended, looking)
        routes = web.application()
        if settings.sendkit_webhook_secret:
            deliveries = webhook.Webhook(journal, settings.sendkit_webhook_secret)
            routes.router.add_post(webhook.PATH, deliveries.deliver)
        is_connected = None
        if settings.slack_app_token:
            connection = await ends.enter(
                SocketMode(app, settings.slack_app_token, client, session, Limits())
            )
            is_connected = connection.is_connected
        else:
            front = Front(app, settings.slack_signing_secret or "")
            routes.router.add_post(PATH, front.events)
        counts.outbox.set_function(lambda: threads.waiting)
        checks = health.checks(
            database=database, slack=client, is_connected=is_connected, sendkit=sendkit
        )
        routes.router.add_get(health.PATH, health.Health(checks).answer)
        page = metrics.Page(counts, database=database, is_connected=is_connected)
        routes.router.add_get(metrics.PATH, page.answer)
        counted.routes(counts, routes)
        port = await ends.enter(web.listening(routes, settings.host, settings.port))
        way = "Socket Mode" if settings.slack_app_token else f"HTTP at {PATH}"
        log.info("listening on %s:%d, clicks come by %s", settings.host, port, way)
        yield port


def bolt(client: AsyncWebClient, settings: Settings, counts: metrics.Metrics) -> AsyncApp:
    """Bolt, with its answer leaving when the listener returns, and without a call to Slack before
    the first click."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=settings.slack_bot_token)

    return counted.CountedApp(
        counts,
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
    sendkit = _sendkit(settings)
    try:
        return await connect(sendkit, host, settings.sendkit_webhook_secret)
    finally:
        await sendkit.close()


def _sendkit(settings: Settings, answered: Callable[[int], None] = lambda status: None) -> SendKit:
    return SendKit(
        url=settings.sendkit_api_url,
        api_key=settings.sendkit_api_key,
        workspace_id=settings.sendkit_workspace_id,
        answered=answered,
    )


async def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT, and not much longer; see bot.stopping."""
    asyncio.get_running_loop().set_exception_handler(logs.unforeseen)
    stopping = Stopping()
    stopping.listen()
    async with running(settings):
        await stopping.told()
        log.info("stopping: what is running finishes, the rest stays in the journal")
