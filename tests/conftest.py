"""The bot as it is, between a small Slack and a small SendKit."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from bot.app import running
from bot.permissions import Members
from bot.playground.launcher import APP
from bot.playground.sample_data import CAST, Conversation
from bot.playground.sendkit import SendKit
from bot.playground.slack import Slack
from bot.playground.workspace import Message
from bot.settings import Settings
from bot.store import Database
from bot.store.opening import opened, read_only
from bot.timing import CLOCKS, Clocks, Timing
from bot.triage import UserId
from tests import servers
from tests.clients import PATIENT, environ
from tests.journals import Store, store
from tests.office import Office
from tests.office import opened as opened_office
from tests.timings import PATIENT_SLACK, QUICK

SHARED = "postgres"
SERVER = pytest.StashKey[servers.Postgres | None]()
# What a test can need, and how to install it.
PROGRAMS = {
    "PostgreSQL": "apt install postgresql (Debian, Ubuntu), brew install postgresql (macOS).",
    "Chromium": "apt install chromium (Debian), brew install chromium (macOS).",
    "OpenSSL": "apt install openssl (Debian, Ubuntu), brew install openssl (macOS).",
}
# Who is named may type commands in every channel.
ADA_IS_NAMED = Members((UserId("U0ADA"),))


@dataclass
class House:
    """Both servers, and the bot between them for as long as its `async with` lasts."""

    slack: Slack
    sendkit: SendKit
    settings: Settings

    @asynccontextmanager
    async def bot(
        self, timing: Timing = QUICK, *, clocks: Clocks = CLOCKS, **settings: Any
    ) -> AsyncIterator[str]:
        """The bot while it runs; its address."""
        async with running(replace(self.settings, **settings), timing, clocks=clocks) as port:
            address = f"http://127.0.0.1:{port}"
            self.slack.request_url = f"{address}/slack/events"
            if self.settings.slack_app_token:
                await self.slack.until(lambda: len(self.slack.sockets))
            yield address

    @asynccontextmanager
    async def bot_with_card(self, *timing: Timing, **settings: Any) -> AsyncIterator[Message]:
        """The bot while it runs, after somebody answered; the card of that reply."""
        self.reply()
        async with self.bot(*timing, **settings):
            yield await self.card()

    @asynccontextmanager
    async def bot_with_recorded_card(self, **settings: Any) -> AsyncIterator[Message]:
        """The same, once the bot has written down which card it posted."""
        self.reply()
        async with self.bot(**settings):
            yield await self.recorded()

    def reply(self, number: int = 0) -> Conversation:
        """Somebody of the cast answers."""
        part = CAST[number]
        return self.sendkit.reply(part.lead, part.text, html=part.html, campaign=part.campaign)

    def leads(self, number: int) -> list[str]:
        """Leads answer; the ids of their conversations in the order in which they came.
        More than 12 before the bot's first start share a message."""
        lead = CAST[0].lead
        people = [
            replace(lead, email=f"lead{each}@example.com", last_name=str(each))
            for each in range(number)
        ]
        return [self.sendkit.reply(person, f"Hello from {person.email}").id for person in people]

    async def card(self, position: int = 0) -> Message:
        """The card at this position, as soon as it is there."""
        await self.slack.until(lambda: len(self.slack.messages("#triage")) > position)
        return self.slack.messages("#triage")[position]

    async def recorded(self, position: int = 0) -> Message:
        """The same, as soon as the bot has recorded it too: people need longer to type."""
        card = await self.card(position)
        await self.until_stored("SELECT 1 FROM cards WHERE ts = :ts", ts=card.ts)
        return card

    async def until_stored(self, sql: str, number: int = 1, **values: Any) -> None:
        """Returns once the bot has stored so many rows."""
        async with read_only(self.settings.database_url) as rows:
            while len(await rows.read(sql, **values)) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def post(self, element: Mapping[str, Any], *, thread: str = "") -> Message:
        """A message of the bot's that it did not post today, with one button."""
        workspace = self.slack.workspace
        button = {"action_id": "old", **element}
        blocks = [{"type": "actions", "block_id": "old", "elements": [button]}]
        channel, ts = workspace.channel("#triage").id, workspace.next_ts()
        message = Message(channel, ts, workspace.bot.id, "Old", blocks=blocks, thread_ts=thread)
        return workspace.post(message)

    def labels(self, card: Message) -> list[str]:
        """The labels of a card now."""
        return self.slack.labels(self.slack.message(card.channel, card.ts))

    async def lines(self, card: Message, number: int = 1) -> list[str]:
        """The thread of a card, as soon as it has so many lines."""
        # What a process left in the middle is given time to come through.
        await self.slack.until(lambda: len(self.thread(card)) >= number)
        return self.thread(card)

    def text(self, card: Message) -> str:
        """The text of a card now, as a screen reader reads it."""
        return self.slack.message(card.channel, card.ts).text

    def thread(self, card: Message) -> list[str]:
        return [each.text for each in self.slack.thread(card.channel, card.ts) if each.is_reply]

    async def typed(self, text: str, *, channel: str = "#triage", number: int = 1) -> list[str]:
        """Ada types this after the bot's name; what she was told, once it is so many sentences."""
        await self.slack.command("/sendkit", text, channel=channel)
        await self.slack.until(lambda: len(self.told(channel)) >= number)
        return self.told(channel)

    def told(self, channel: str = "#triage", user: str | None = None) -> list[str]:
        """The messages that only this person sees."""
        return [each.text for each in self.slack.ephemerals(channel, user)]


# `make quick` takes `few`, `make nightly` the last one, which alone tries other examples each time:
# no change fails by what it did not touch.
hypothesis.settings.register_profile("few", max_examples=5, deadline=None, derandomize=True)
hypothesis.settings.register_profile("quick", max_examples=30, deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", max_examples=500, deadline=None)
hypothesis.settings.load_profile("quick")


def pytest_configure(config: pytest.Config) -> None:
    """Test files go to memory; several workers share one PostgreSQL."""
    if (memory := servers.memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    config: pytest.Config = node.config
    if SERVER not in config.stash:
        server = servers.found(os.environ)
        config.stash[SERVER] = None if server is None else started(server, config)
    if postgres := config.stash[SERVER]:
        node.workerinput[SHARED] = (postgres.url, postgres.template)


def started(
    server: AbstractContextManager[servers.Postgres], config: pytest.Config
) -> servers.Postgres:
    things = ExitStack()
    config.add_cleanup(things.close)
    return things.enter_context(server)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs PostgreSQL: by a fixture, or by a parameter that fixtures act on."""
    for item in items:
        if isinstance(item, pytest.Function):
            chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
            if {"postgres", "own_postgres"} & {*item.fixturenames} or any(
                each == "postgres" or (isinstance(each, tuple) and "postgres" in each)
                for each in chosen
            ):
                item.add_marker("postgres")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how to install the programs whose tests were skipped."""
    for program, packages in PROGRAMS.items():
        reason = servers.NOT_HERE + program
        reports = terminalreporter.stats.get("skipped", ())
        if number := sum(reason in str(report.longrepr) for report in reports):
            terminalreporter.write_line(
                f"{number} tests were skipped: {reason}. To install it: {packages}", yellow=True
            )


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[servers.Postgres]:
    """One for all tests: the controller's, where several workers share the tests."""
    if shared := getattr(request.config, "workerinput", {}).get(SHARED):
        yield servers.Postgres(*shared)
    else:
        with servers.running(os.environ) as postgres:
            yield postgres


@pytest.fixture
def own_postgres() -> Iterator[servers.OwnPostgres]:
    with servers.own(os.environ) as postgres:
        yield postgres


@contextmanager
def new_database(request: pytest.FixtureRequest, kind: str, path: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{path}/triage.db"
    else:
        server: servers.Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that is new: a file, or with `servers.both_databases` one on PostgreSQL too."""
    with new_database(request, getattr(request, "param", "sqlite"), tmp_path) as url:
        yield url


@pytest.fixture(params=servers.DATABASES)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The store of a journal's entries, for tests that must hold on each database."""
    with new_database(request, request.param, tmp_path) as url:
        yield store(url)


@pytest.fixture(params=servers.DATABASES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database that is open, of each kind."""
    with new_database(request, request.param, tmp_path) as url:
        async with opened(url, PATIENT.database) as database:
            yield database


@asynccontextmanager
async def built(transport: str, database_url: str) -> AsyncIterator[House]:
    async with Slack(events=frozenset(APP["events"])) as slack, SendKit() as sendkit:
        slack.ack_seconds = PATIENT_SLACK
        given = environ(database_url, slack, sendkit, SENDKIT_POLL_SECONDS="0.05", PORT="0")
        if transport == "socket":
            given |= {"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": slack.app_token}
        yield House(slack, sendkit, Settings.from_env(given))


@pytest.fixture
async def house(transport: str, database_url: str) -> AsyncIterator[House]:
    async with built(transport, database_url) as house:
        yield house


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as slack:
        yield slack


@pytest.fixture
async def server() -> AsyncIterator[SendKit]:
    async with SendKit() as server:
        yield server


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(tmp_path) as office:
        yield office
