"""What /metrics shows, and under which names."""

import asyncio
import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import counted
from bot.journal.sqlite import SqliteJournal
from bot.store import Row, Statement
from bot.store.sqlite import SqliteDatabase
from bot.timing import DEFAULT
from bot.web import metrics, server
from bot.web.metrics import Metrics
from tests.clients import BOUNDS
from tests.journals import KIND, Clock, entry, forever
from tests.metrics_asserts import labelled, number


@pytest.fixture
def counts() -> Metrics:
    return Metrics("1.2.3")


def test_the_version_is_the_projects() -> None:
    root = Path(__file__).parent.parent
    assert (
        tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
        == metrics.VERSION
    )


def test_what_runs_is_told(counts: Metrics) -> None:
    assert number(counts, "build_info", version="1.2.3") == 1
    assert counts.registry.get_sample_value("process_resident_memory_bytes")


def test_two_bots_in_one_process_count_apart(counts: Metrics) -> None:
    counts.sendkit.labels("ok").inc()
    assert number(Metrics("2"), "sendkit_calls_total", result="ok") is None


async def page(counts: Metrics, database: SqliteDatabase, clock: Clock, **headers: str) -> str:
    routes = server.application(BOUNDS)
    served = metrics.Page(counts, database=database, is_connected=None, clock=clock)
    routes.router.add_get(metrics.PATH, served.answer)
    counted.routes(counts, routes)
    async with server.listening(routes, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{port}"
        for path in ("/healthz", "/healthz?a=1", "/jane@example.com", "/x"):
            await client.get(url + path)
        async with client.get(url + metrics.PATH, headers=headers) as response:
            assert response.status == 200
            kind = "application/openmetrics-text" if headers else "text/plain"
            assert response.content_type == kind
            return await response.text()


async def test_routes_are_counted_by_their_names_and_strangers_have_none(
    tmp_path: Path, counts: Metrics
) -> None:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        text = await page(counts, database, Clock())
    assert labelled(counts, "http_requests_total") == {
        ("/healthz", "200"): 2,
        ("none", "404"): 2,
        ("/metrics", "200"): 1,
    }
    assert "jane" not in text


async def test_whoever_asks_for_openmetrics_gets_it(tmp_path: Path, counts: Metrics) -> None:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        accept = "application/openmetrics-text; version=1.0.0"
        text = await page(counts, database, Clock(), Accept=accept)
    assert text.endswith("# EOF\n")


async def test_the_backlog_is_read_when_it_is_asked_for(tmp_path: Path, counts: Metrics) -> None:
    clock = Clock()
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        journal = SqliteJournal(database, clock)
        await journal.start({KIND: forever})
        await journal.write(entry("1"))
        clock.now += 30
        await journal.write(entry("2"))
        await page(counts, database, clock)
        assert number(counts, "entries_open") == 2
        assert number(counts, "entry_oldest_seconds") == 30
        assert number(counts, "entry_overdue_seconds") == 30
        await database.write(Statement("ALTER TABLE entries RENAME TO lost"))
        other = Metrics("3")
        await page(other, database, clock)
        for name in ("entries_open", "entry_oldest_seconds", "entry_overdue_seconds"):
            assert math.isnan(number(other, name) or 0)
        await journal.stop(0)


class Counting(SqliteDatabase):
    """Counts its reads."""

    reads = 0

    async def read(self, sql: str, **values: Any) -> Sequence[Row]:
        self.reads += 1
        return await super().read(sql, **values)


async def test_whoever_asks_within_seconds_gets_what_was_read_once(
    tmp_path: Path, counts: Metrics
) -> None:
    ticks = Clock()
    async with Counting(tmp_path / "triage.db") as database:
        served = metrics.Page(counts, database=database, is_connected=None, ticks=ticks)
        routes = server.application(BOUNDS)
        routes.router.add_get(metrics.PATH, served.answer)

        async def ask(client: aiohttp.ClientSession, url: str) -> int:
            async with client.get(url) as response:
                return response.status

        listening = server.listening(routes, "127.0.0.1", 0)
        async with listening as port, aiohttp.ClientSession() as client:
            url = f"http://127.0.0.1:{port}{metrics.PATH}"
            before = database.reads
            assert await asyncio.gather(*(ask(client, url) for _ in range(60))) == [200] * 60
            ticks.now += DEFAULT.findings_kept - 1
            await ask(client, url)
            assert database.reads == before + 1
            ticks.now += 1
            await ask(client, url)
            assert database.reads == before + 2
            # A database that fails is asked as seldom.
            await database.write(Statement("ALTER TABLE entries RENAME TO lost"))
            ticks.now += DEFAULT.findings_kept
            assert await asyncio.gather(*(ask(client, url) for _ in range(60))) == [200] * 60
            assert database.reads == before + 3


def test_metrics_are_named_as_prometheus_asks(counts: Metrics) -> None:
    for family in counts.registry.collect():
        if family.name.startswith("sendkit_triage"):
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", family.name)
            assert family.documentation.endswith(".")
