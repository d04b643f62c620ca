"""The PostgreSQL of the tests is one on which a test of durability means something."""

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from bot.store.migrations import MIGRATIONS
from tests import servers


def _asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_database_has_the_bots_tables(postgres: servers.Postgres) -> None:
    with postgres.database() as url:
        assert _asked(url, "SELECT MAX(version) FROM schema_version") == len(MIGRATIONS)


@pytest.mark.slow
def test_a_durable_server_has_committed_data_on_the_disk() -> None:
    with servers.own(os.environ, durable=True) as durable:
        for setting in servers.DURABILITY:
            assert _asked(durable.url, f"SHOW {setting}") == "on"


def test_a_server_that_runs_already_is_taken(postgres: servers.Postgres) -> None:
    with (
        servers.running({servers.RUNNING_ALREADY: f"{postgres.url}?connect_timeout=10"}) as same,
        same.database() as url,
    ):
        assert url.endswith("?connect_timeout=10")
        assert _asked(url, "SELECT current_database()") != "postgres"


@pytest.mark.parametrize(
    ("environ", "outcome"),
    [({}, pytest.skip.Exception), ({"CI": "true"}, pytest.fail.Exception)],
    ids=["skipped", "failed in CI"],
)
def test_tests_without_a_server_are(
    tmp_path: Path, environ: Mapping[str, str], outcome: type[BaseException]
) -> None:
    with (
        pytest.raises(outcome, match="this machine has no PostgreSQL"),
        servers.running({"PATH": str(tmp_path), **environ}, debian=tmp_path),
    ):
        raise AssertionError("there is one")
