"""The composition root: `build` puts the bot together."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.web import Application
from slack_bolt.app.async_app import AsyncApp

from bot import (
    __version__,
    bounded_read,
    codec,
    entries,
    later_entries,
    logs,
    opt_outs,
    owner_entries,
    returns,
)
from bot.announcer import Announcer
from bot.answer_wishes import AnswerWishes
from bot.answering import Answering
from bot.assigning import Assigning
from bot.audit import Audit
from bot.barring import Barring
from bot.cards import Cards
from bot.clients import bolt, sendkit_of
from bot.desk import Desk
from bot.digests import Digests
from bot.doctor import checks
from bot.doctor.kept import KeptFindings
from bot.due import keep_looking
from bot.intake import webhook
from bot.intake.polling import Polling
from bot.journal import Attempt, Entry, Handler, OnFailure, RunningJournal
from bot.journal.opening import journal as journal_of
from bot.laters import Delays
from bot.lifecycle import Together, ended, lasting, stop_signal
from bot.notices import Notices
from bot.ownership import Ownership
from bot.reminders import Reminders
from bot.sendkit.ai_tags import AiTags
from bot.sendkit.client import SendKit
from bot.settings import Settings
from bot.slack import register
from bot.slack.answers import Answers
from bot.slack.api import SlackApi
from bot.slack.authorizer import Authorizer
from bot.slack.form_listeners import FormListeners
from bot.slack.forms import Forms
from bot.slack.history import History
from bot.slack.home import Home
from bot.slack.http import PATH, Dispatch, SlackHttp
from bot.slack.listeners import Listeners
from bot.slack.listings import Listings
from bot.slack.messenger import SlackThreads
from bot.slack.owner_commands import OwnerCommands
from bot.slack.queues import Queues
from bot.slack.reply_forms import WRITING, ReplyForms
from bot.slack.reply_listeners import ReplyListeners
from bot.slack.socket_mode import SocketMode
from bot.slack.subscriptions import Subscriptions
from bot.slack.timetable import Timetable
from bot.slack.users import People
from bot.store import Database, columns, opening
from bot.store.answers import Answers as AnswerStore
from bot.store.channels import Channels
from bot.store.digests import Digests as DigestStore
from bot.store.home import HomeStore
from bot.store.laters import Laters
from bot.store.ledger import Ledger
from bot.store.owner_rules import OwnerRules
from bot.store.owners import Owners
from bot.store.people import PeopleStore
from bot.store.queues import QueueStore
from bot.store.record import Record
from bot.store.schedules import Schedules
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing
from bot.triage import AiTag, ConversationId, Origin
from bot.turns import Turns
from bot.undo import Undo
from bot.viewer import Viewer
from bot.views.palette import Palette, named, palette
from bot.web import health, metrics, server
from bot.web.limits import Bounds

log = logging.getLogger(__name__)


@asynccontextmanager
async def running(
    settings: Settings, timing: Timing = DEFAULT, *, clocks: Clocks = CLOCKS
) -> AsyncIterator[int]:
    """Runs the bot. Yields the port on which it listens.

    On exit, no new request is taken, and running work finishes. SettingsWrong if the database
    cannot be opened or the port is taken.
    """
    async with build(settings, timing, clocks=clocks) as bot, aclosing(Together()) as ends:
        bot.counts.expect(bot.kinds)
        await bot.journal.start(bot.kinds, bot.failed)
        ends.at_end(bot.journal.stop, timing.drain)
        for lasts in (
            bot.polling.run(settings.sendkit_poll_seconds),
            columns.keep_filled(bot.database),
            *(
                keep_looking(what, write_due, timing.due_look, clocks)
                for what, write_due in bot.due.items()
            ),
        ):
            ends.at_end(ended, lasting(lasts))
        ends.at_end(bot.forms.stop)

        routes = server.application(Bounds(answer_seconds=timing.answer))
        is_connected = await _ways_in(settings, timing, bot, routes, ends)
        _observability(settings, timing, bot, routes, is_connected)
        listening = server.listening(routes, settings.host, settings.port, timing.http_drain)
        port = await ends.enter(listening)
        way = "Socket Mode" if settings.slack_app_token else f"HTTP at {PATH}"
        log.info("listening on %s:%d, clicks arrive over %s", settings.host, port, way)
        yield port


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The parts of a bot. Its journal has still to be started with the handlers in `kinds`. `due`:
    what bot.due keeps looking for."""

    counts: metrics.Metrics
    database: Database
    journal: RunningJournal
    ledger: Ledger
    channels: Channels
    sendkit: SendKit
    slack: SlackApi
    session: aiohttp.ClientSession
    app: AsyncApp
    dispatch: Dispatch
    kinds: Mapping[str, Handler]
    failed: OnFailure
    polling: Polling
    due: Mapping[str, Callable[[float], Awaitable[None]]]
    threads: SlackThreads
    forms: Forms


@asynccontextmanager
async def build(
    settings: Settings,
    timing: Timing = DEFAULT,
    *,
    clocks: Clocks = CLOCKS,
) -> AsyncIterator[Bot]:
    """The only place that puts the bot together. SettingsWrong if the database cannot be opened."""
    clock = clocks.wall
    counts = metrics.Metrics(__version__)
    limit = aiohttp.ClientTimeout(total=timing.slack_call)
    async with (
        opening.opened(settings.database_url, timing.database) as database,
        bounded_read.session(timeout=limit) as session,
        sendkit_of(settings, counts.sendkit_call, timing, clocks) as sendkit,
    ):
        token, url = settings.slack_bot_token, settings.slack_api_url
        slack = SlackApi(session, token, url, counts.slack_call, clock)
        journal = journal_of(database, timing, clocks, counts.entry)
        triage_channel = settings.triage_channel
        ledger, record, channels = Ledger(database), Record(database), Channels(database)
        schedules = Schedules(database)
        people = People(slack, clocks.monotonic)
        ai_tags = AiTags(sendkit.ai_tags, channels, clocks.monotonic, timing)

        def offering(known: Iterable[AiTag]) -> Palette:
            return palette(
                tuple(known),
                settings.quick_tags,
                settings.confirm_tags,
                settings.sendkit_app_url,
                at=clock(),
                replies=settings.replies,
            )

        async def choices() -> Palette:
            return offering(await ai_tags.offered())

        async def known_choices() -> Palette:
            """Without a call to SendKit."""
            return offering(await ai_tags.known())

        threads = SlackThreads(slack, people, choices, timing, clocks)
        listings = Listings(
            ledger=ledger, channels=channels, threads=threads, choices=choices, clock=clock
        )
        subscriptions = Subscriptions(
            inbox=sendkit,
            ai_tags=ai_tags,
            ledger=ledger,
            channels=channels,
            threads=threads,
            triage_channel=triage_channel,
        )
        cards = Cards(ledger, channels, threads, journal, clock)
        authorizer = Authorizer(
            members=settings.triage_members,
            people=people,
            channels=channels,
            triage_channel=triage_channel,
        )
        colleagues = PeopleStore(database)
        notices = Notices(colleagues, ledger, threads, journal)
        undo = Undo(record, threads, authorizer, named(settings.confirm_tags))
        digest_store = DigestStore(database)
        timetable = Timetable(schedules, digest_store, people, threads, clock)
        answer_store = AnswerStore(database)
        url, confirmed = settings.sendkit_app_url or "", named(settings.confirm_tags)
        in_forms = Palette((), (), confirmed, url, settings.replies)
        replies = ReplyForms(
            *(journal, sendkit, ledger, answer_store, authorizer, threads.name, in_forms, clocks)
        )
        forms = Forms(
            api=slack,
            journal=journal,
            inbox=sendkit,
            ledger=ledger,
            authorizer=authorizer,
            ai_tags=ai_tags,
            queues=Queues(
                *(sendkit, ledger, QueueStore(database), subscriptions.filters_of, clock)
            ),
            choices=in_forms,
            undo=undo,
            zone_of=timetable.zone,
            reply=replies.view,
            clocks=clocks,
            timing=timing,
        )

        vital = checks.Checks(
            settings=settings, slack_api=slack, sendkit=sendkit, database=database
        ).vital
        home_store = HomeStore(database)
        home = Home(
            api=slack,
            journal=journal,
            authorizer=authorizer,
            store=home_store,
            channels=channels,
            record=record,
            choices=known_choices,
            health=KeptFindings(vital, clocks.monotonic, timing).all,
            triage_channel=triage_channel,
            check_seconds=timing.home_check,
            clock=clock,
        )

        async def redraw_list(origin: Origin, decided: ConversationId) -> bool:
            return (
                await home.redraw(origin)
                or await forms.redraw(origin)
                or await listings.redraw(origin, decided)
            )

        desk = Desk(
            inbox=sendkit,
            ledger=ledger,
            undo=undo,
            barring=Barring(sendkit, ledger, undo, threads, cards, authorizer),
            threads=threads,
            cards=cards,
            authorizer=authorizer,
            redraw_list=redraw_list,
            triage_channel=triage_channel,
            made=counts.decision,
            clock=clock,
            timing=timing,
        )
        owners, rules = Owners(database), OwnerRules(database)
        ownership = Ownership(
            sendkit, ledger, owners, threads, cards, authorizer, notices, home.redraw, clock
        )
        viewer = Viewer(
            *(sendkit, ledger, channels, journal, threads, cards, authorizer),
            *(listings.offer, clock),
        )
        assigning = Assigning(
            rules, owners, colleagues, ledger, threads, cards, authorizer, notices, journal, clock
        )
        announcer = Announcer(
            *(sendkit, ledger, channels, threads, cards, assigning, triage_channel, clock)
        )
        turns = Turns(sendkit, ledger, channels, journal, cards, clock)
        audit = Audit(inbox=sendkit, channels=channels, clock=clock)
        digests = Digests(
            store=digest_store,
            home=home_store,
            schedules=schedules,
            journal=journal,
            threads=threads,
            audit=audit,
            filters_of=subscriptions.filters_of,
            triage_channel=triage_channel,
            clock=clock,
        )
        reminders = Reminders(
            sendkit, ledger, schedules, journal, threads, cards, notices.tell, clock
        )
        laters = Delays(
            *(sendkit, ledger, record, owners, Laters(database), journal, threads, cards),
            *(authorizer, notices, timetable.zone, home.redraw, clock),
        )
        answering = Answering(
            *(sendkit, ledger, answer_store, journal, threads, cards, authorizer),
            *(settings.replies, timing, clock),
        )
        wishes = AnswerWishes(ledger, answer_store, journal, threads, cards, authorizer, clock)
        answers = Answers(
            journal=journal,
            inbox=sendkit,
            ledger=ledger,
            authorizer=authorizer,
            threads=threads,
            listings=listings,
            history=History(
                journal=journal,
                inbox=sendkit,
                ledger=ledger,
                record=record,
                listings=listings,
                threads=threads,
                triage_channel=triage_channel,
                taking_back=undo,
                clock=clock,
            ),
            subscriptions=subscriptions,
            timetable=timetable,
            ai_tags=ai_tags,
            decide=desk.decide,
            audit=audit,
            owning=OwnerCommands(
                *(owners, home_store, rules, colleagues, people, authorizer, listings),
                *(threads, clock),
            ),
            examine=lambda: checks.examine(settings, database=database),
            check_seconds=timing.check,
            emoji=settings.emoji,
            replies=settings.replies,
        )
        app = bolt(session, settings)
        listeners = Listeners(
            *(journal, ledger, authorizer, ai_tags, timing.check, forms.open),
            *(settings.emoji, settings.replies),
        )
        replying = ReplyListeners(journal, forms, replies, timing.check, clock)
        register(app, listeners, FormListeners(journal, forms, clock), replying, home)

        async def carry_out(attempt: Attempt) -> None:
            decision = await undo.meant(attempt, entries.decision(attempt.entry))
            if decision is not None:
                await desk.decide(attempt, decision)

        async def failed(entry: Entry) -> None:
            if (told := entries.failure(entry)) is not None:
                await journal.write(told)

        yield Bot(
            counts=counts,
            database=database,
            journal=journal,
            ledger=ledger,
            channels=channels,
            sendkit=sendkit,
            slack=slack,
            session=session,
            app=app,
            dispatch=Dispatch(app, counts.ack),
            kinds={
                entries.CARRY_OUT: carry_out,
                codec.ANNOUNCE: answering.hearing(announcer.announce),
                codec.FIRST_SYNC: announcer.first_sync,
                entries.REDRAW: cards.redraw_owed,
                entries.TURN: answering.hearing(turns.look),
                entries.REMIND: reminders.remind,
                entries.HOME: home.show,
                entries.DIGEST: digests.post,
                entries.SHOW: viewer.show,
                entries.WHOLE: viewer.whole,
                entries.ASK: answers.ask,
                entries.TYPED: answers.command,
                entries.TELL: answers.tell,
                entries.NOTICE: notices.send,
                later_entries.LATER: laters.change,
                later_entries.BACK: laters.come_back,
                **answering.kinds,
                **wishes.kinds,
                WRITING: replies.writing_ends,
                owner_entries.OWN: ownership.change,
                owner_entries.ASSIGN: assigning.assign,
            },
            polling=Polling(
                inbox=sendkit, journal=journal, ledger=ledger, channels=channels, clocks=clocks
            ),
            due={
                "reminders": reminders.write_due,
                "what comes back": laters.write_due,
                "digests": digests.write_due,
                "unwatched answers": answering.write_due,
            },
            threads=threads,
            forms=forms,
            failed=failed,
        )


async def _ways_in(
    settings: Settings, timing: Timing, bot: Bot, routes: Application, ends: Together
) -> Callable[[], bool] | None:
    """Connects clicks and deliveries to the journal. Returns a function that says whether Socket
    Mode is connected; None over HTTP."""
    if settings.sendkit_webhook_secret:
        deliveries = webhook.Webhook(bot.journal, bot.channels, settings.sendkit_webhook_secret)
        routes.router.add_post(webhook.PATH, deliveries.deliver)
    if not settings.slack_app_token:
        front = SlackHttp(bot.dispatch, settings.slack_signing_secret or "")
        routes.router.add_post(PATH, front.events)
        return None
    socket = SocketMode(
        bot.dispatch, settings.slack_app_token, bot.slack, bot.session, timing.socket
    )
    return (await ends.enter(socket)).is_connected


def _observability(
    settings: Settings,
    timing: Timing,
    bot: Bot,
    routes: Application,
    is_connected: Callable[[], bool] | None,
) -> None:
    """Adds the routes for health and metrics."""
    vital = checks.Checks(
        settings=settings,
        slack_api=bot.slack,
        sendkit=bot.sendkit,
        database=bot.database,
        is_connected=is_connected,
    ).vital
    routes.router.add_get(health.PATH, health.Health(vital, timing=timing).answer)
    bot.counts.outbox.set_function(lambda: bot.threads.waiting)
    page = metrics.MetricsPage(
        bot.counts, database=bot.database, is_connected=is_connected, timing=timing
    )
    routes.router.add_get(metrics.PATH, page.answer)
    bot.counts.count_requests(routes)


async def serve(settings: Settings, timing: Timing = DEFAULT) -> None:
    """Runs until SIGTERM or SIGINT; see bot.lifecycle for the time limits."""
    asyncio.get_running_loop().set_exception_handler(logs.unforeseen)
    opt_outs.asks("Hello")  # compiles the patterns, for which the first card would wait
    # Otherwise each full garbage collection scans all imported modules, and delays clicks by about
    # 50 ms.
    gc.collect()
    gc.freeze()
    stop = stop_signal(last_seconds=timing.last)
    async with running(settings, timing):
        looking = lasting(checks.at_start(settings, timing))
        # Beside the first clicks, which do not need it.
        loading = lasting(asyncio.to_thread(returns.warm_up))
        await stop.wait()
        await ended(looking)
        await ended(loading)
        log.info("stopping: running work finishes, waiting work stays in the journal")
