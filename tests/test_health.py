"""The findings of /readyz, against honest services."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.doctor.checks import LATE_SECONDS, Check, Checks
from bot.errors import Later, UnknownRefusal
from bot.findings import Finding, good
from bot.journal import Attempt
from bot.journal.backlog import Backlog, backlog
from bot.journal.sqlite import SqliteJournal
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.playground.slack import Slack
from bot.playground.slack_faults import Fault as SlackFault
from bot.settings import Settings
from bot.store import Statement
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT, Clocks, Timing
from bot.web import health, server
from bot.web.health import WELL, Health
from tests.clients import BOUNDS, environ, sendkit_of, slack_at
from tests.journals import KIND, Clock, entry, forever

Json = dict[str, Any]
PATIENT = Timing(health_check=60)
FINE = good("it", "It is well.")


async def asked(checks: health.Health, path: str = health.PATH, method: str = "GET") -> Any:
    """Status and body of one probe, over a real socket."""
    routes = server.application(BOUNDS)
    routes.router.add_get(health.PATH, checks.answer)
    async with server.listening(routes, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
        response = await client.request(method, f"http://127.0.0.1:{port}{path}")
        assert response.content_type == "application/json"
        assert response.headers["Cache-Control"] == "no-store"
        return response.status, await response.json() if method == "GET" else await response.read()


@dataclass
class Bench:
    """All that the bot lives on; `clock` is both clocks."""

    slack: Slack
    sendkit: Server
    database: SqliteDatabase
    health: Health
    clock: Clock
    connected: bool = True

    def is_connected(self) -> bool:
        return self.connected

    async def ready(self) -> tuple[int, Json]:
        status, body = await asked(self.health)
        return status, body

    async def state(self, name: str) -> Json:
        """The finding of one check, when it is the only one that is not well."""
        status, body = await self.ready()
        wrong = {each for each in body if each != "ready" and body[each]["word"] != "ok"}
        assert (status, body["ready"]) == ((503, False) if wrong else (200, True))
        assert wrong <= {name}
        found: Json = body[name]
        return found


@asynccontextmanager
async def benched(folder: Path) -> AsyncIterator[Bench]:
    clock = Clock()
    async with (
        Slack() as slack,
        Server() as server,
        SqliteDatabase(folder / "triage.db") as database,
        sendkit_of(server) as client,
        slack_at(slack.api_url, slack.bot_token, clock=clock) as slack_client,
    ):
        bench = Bench(slack, server, database, Health({}), clock)
        checks = Checks(
            settings=Settings.from_env(environ(folder)),
            slack_api=slack_client,
            sendkit=client,
            database=database,
            is_connected=bench.is_connected,
            clock=clock,
        )
        bench.health = Health(checks.vital, clock, PATIENT)
        yield bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path) as bench:
        yield bench


async def test_when_all_is_well_it_says_so_of_each(bench: Bench) -> None:
    assert await bench.ready() == (
        200,
        {
            "ready": True,
            "database": {"word": "ok", "sentence": WELL},
            "slack": {"word": "ok", "sentence": WELL},
            "sendkit": {"word": "ok", "sentence": WELL},
            "journal": {
                "word": "ok",
                "sentence": WELL,
                "open": 0,
                "refused": 0,
                "oldest_seconds": 0.0,
                "overdue_seconds": 0.0,
            },
        },
    )


async def test_head_has_the_status_alone(bench: Bench) -> None:
    assert await asked(bench.health, method="HEAD") == (200, b"")
    bench.sendkit.down = True
    bench.clock.now += DEFAULT.findings_kept
    assert await asked(bench.health, method="HEAD") == (503, b"")


@pytest.mark.parametrize(
    ("fault", "word", "sentence"),
    [
        (Fault(503), "down", "SendKit: It cannot be reached."),
        (Fault(429), "busy",
         "SENDKIT_API_KEY: SendKit is busy (rate limit). Try again in a minute."),
        (Fault(401), "refused", "SENDKIT_API_KEY: SendKit rejects it (401). Create a new key"),
        (Fault(422, "jane@example.com"), "refused", "SENDKIT_API_KEY: SendKit refuses to answer"),
        (Fault(text="<p>"), "refused", "SendKit: The answer is not SendKit’s. Check"),
    ],
)  # fmt: skip
async def test_sendkits_trouble_is_seen(
    bench: Bench, fault: Fault, word: str, sentence: str
) -> None:
    bench.sendkit.faults.add(fault)
    found = await bench.state("sendkit")
    assert (found["word"], found["sentence"].startswith(sentence)) == (word, True), found
    assert "jane" not in found["sentence"]
    bench.clock.now += DEFAULT.findings_kept
    assert (await bench.state("sendkit"))["word"] == "ok"


@pytest.mark.parametrize(
    ("fault", "word", "sentence"),
    [
        (SlackFault(500), "down", "Slack: It has an internal error (service_unavailable)."),
        (SlackFault(drop="before"), "down", "Slack: It cannot be reached."),
        (SlackFault(429, "ratelimited", retry_after=1), "busy",
         "SLACK_BOT_TOKEN: Slack is busy (rate limit). Try again in a minute."),
        (SlackFault(error="token_revoked"), "refused",
         "SLACK_BOT_TOKEN: Slack refuses it (token_revoked). Copy the Bot User OAuth Token"),
        (SlackFault(error="xoxb-1 jane@example.com"), "down", "Slack: The answer is not Slack’s."),
    ],
)  # fmt: skip
async def test_slacks_trouble_is_seen(
    bench: Bench, fault: SlackFault, word: str, sentence: str
) -> None:
    bench.slack.faults.add("auth.test", fault)
    found = await bench.state("slack")
    assert (found["word"], found["sentence"].startswith(sentence)) == (word, True), found
    bench.clock.now += DEFAULT.findings_kept
    assert (await bench.state("slack"))["word"] == "ok"


async def test_socket_mode_that_is_not_connected_is_slacks_trouble(bench: Bench) -> None:
    bench.connected = False
    found = await bench.state("slack")
    assert found["word"] == "down"
    assert found["sentence"].startswith("Socket Mode: Slack answers, but no connection is open")


async def test_a_read_only_database_is_found_out(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    full = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    await bench.database.write(Statement(f"CREATE TRIGGER full BEFORE INSERT ON facts {full}"))
    found = await bench.state("database")
    assert found["word"] == "down"
    assert found["sentence"].startswith("Database: It takes no writes, so clicks are refused.")
    assert "the database takes no writes: the disk is full" in caplog.text


async def test_a_journal_that_cannot_be_read_is_said_to_be_so(bench: Bench) -> None:
    await bench.database.write(Statement("ALTER TABLE entries RENAME TO lost"))
    assert await bench.state("journal") == {
        "word": "down",
        "sentence": "Journal: It cannot be read. The log has the reason.",
    }


async def test_work_that_is_due_and_not_done_is_late(bench: Bench) -> None:
    journal = SqliteJournal(bench.database, Clocks(bench.clock))
    await journal.start({KIND: forever})
    await journal.write(entry("1"))
    bench.clock.now += LATE_SECONDS
    found = await bench.state("journal")
    assert (found["word"], found["open"], found["overdue_seconds"]) == ("ok", 1, LATE_SECONDS)
    bench.clock.now += DEFAULT.findings_kept
    found = await bench.state("journal")
    assert found["sentence"].startswith("Journal: Work is overdue.")
    assert found["word"] == "late"
    assert (
        found["oldest_seconds"] == found["overdue_seconds"] == LATE_SECONDS + DEFAULT.findings_kept
    )
    await journal.stop(0)


async def test_work_that_slack_refuses_is_told_of(bench: Bench) -> None:
    tried = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        later = UnknownRefusal("missing_scope")
        later.aside = True
        tried.set()
        raise later

    journal = SqliteJournal(bench.database, Clocks(bench.clock))
    await journal.start({KIND: act})
    await journal.write(entry("1", lane="a"))
    await tried.wait()
    await journal.stop(10)
    found = await bench.state("journal")
    assert (found["word"], found["refused"]) == ("refused", 1)
    assert (
        found["sentence"]
        == "Journal: Some work fails again and again, and the bot keeps trying. The log says why."
    )


async def test_work_that_waits_for_its_time_is_not_late_nor_is_what_is_behind(bench: Bench) -> None:
    tried = asyncio.Event()

    async def act(attempt: Attempt) -> None:
        tried.set()
        raise Later("not now", bench.clock.now + 3000)

    journal = SqliteJournal(bench.database, Clocks(bench.clock))
    await journal.start({KIND: act})
    await journal.write(entry("1", lane="a"))
    await tried.wait()
    await journal.stop(10)
    await journal.write(entry("2", lane="a"))
    bench.clock.now += 2900
    assert await backlog(bench.database, bench.clock.now) == Backlog(2, 0, 2900.0, 0.0)
    assert await backlog(bench.database, bench.clock.now + 150) == Backlog(2, 0, 3050.0, 50.0)
    await journal.write(entry("3", lane="b"))
    assert await backlog(bench.database, bench.clock.now + 70) == Backlog(3, 0, 2970.0, 70.0)
    await bench.database.write(Statement("UPDATE entries SET state = 'done'"))
    await journal.write(replace(entry("4", lane="d"), not_before=bench.clock.now + 3000))
    assert await backlog(bench.database, bench.clock.now + 2999) == Backlog(1, 0, 0.0, 0.0)
    assert await backlog(bench.database, bench.clock.now + 3010) == Backlog(1, 0, 10.0, 10.0)


async def test_a_check_without_an_answer_is_slow_and_the_others_are_told_all_the_same() -> None:
    async def silent() -> Finding:
        await asyncio.Event().wait()
        return FINE

    async def fine() -> Finding:
        return FINE

    status, body = await asked(
        Health({"one": silent, "other": fine}, timing=Timing(health_check=0.01))
    )
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert body["one"] == {"word": "slow", "sentence": "one: No answer within 0.01 s."}
    assert body["other"]["word"] == "ok"


def counting(answer: Callable[[], Awaitable[None]]) -> tuple[list[int], Check]:
    calls: list[int] = []

    async def check() -> Finding:
        calls.append(1)
        await answer()
        return FINE

    return calls, check


async def test_many_probes_are_one_check_and_its_answer_is_kept_for_a_while() -> None:
    clock, began, go = Clock(), asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        began.set()
        await go.wait()

    calls, check = counting(answer)
    kept = Health({"it": check}, clock, PATIENT)
    routes = server.application(BOUNDS)
    routes.router.add_get(health.PATH, kept.answer)
    async with server.listening(routes, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:

        async def probe() -> int:
            async with client.get(f"http://127.0.0.1:{port}{health.PATH}") as response:
                return response.status

        probes = [asyncio.create_task(probe()) for _ in range(50)]
        await began.wait()
        go.set()
        assert await asyncio.gather(*probes) == [200] * 50
        clock.now += DEFAULT.findings_kept - 1
        assert await probe() == 200
        assert len(calls) == 1
        clock.now += 1
        assert await probe() == 200
        assert len(calls) == 2
