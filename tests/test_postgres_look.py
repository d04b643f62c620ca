"""A look at a database on PostgreSQL, whether the bot runs on it or not."""

from collections.abc import Iterator

import psycopg
import pytest

from bot.errors import DatabaseTrouble, SettingsWrong
from bot.filters import Filters, Route
from bot.store import opening
from bot.store.channels import Channels, subscriptions
from bot.store.migrations import MIGRATIONS
from bot.triage import ChannelId, UserId
from tests import servers

ROUTE = Route(ChannelId("C0DEALS"), Filters(positive=True), UserId("U0ADA"))
READ_ONLY = "?options=-cdefault_transaction_read_only%3Don"


@pytest.fixture
def url(postgres: servers.Postgres) -> Iterator[str]:
    with postgres.database(empty=True) as url:
        yield url


async def tables(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
        return len(await cursor.fetchall())


async def test_a_new_database_is_left_as_it_is(url: str) -> None:
    look = opening.look(url)
    said = "PostgreSQL answers: the bot makes what its tables lack when it starts."
    assert await look.state() == said
    assert await subscriptions(look) == []
    assert await tables(url) == 0


async def test_a_running_bot_is_not_disturbed(url: str) -> None:
    look = opening.look(url)
    async with opening.opened(url) as (database, _):
        await Channels(database).subscribe(ROUTE, 1.0)
        assert await look.state() == "PostgreSQL answers and can be written to."
        assert await subscriptions(look) == [ROUTE]
        await Channels(database).unsubscribe(ROUTE.channel)
    assert await subscriptions(look) == []


async def test_a_database_of_a_newer_version_is_told(url: str) -> None:
    async with opening.opened(url):
        pass
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("UPDATE schema_version SET version = %s", [len(MIGRATIONS) + 1])
    with pytest.raises(SettingsWrong, match=r"written by a newer version .* Run that version"):
        await opening.look(url).state()


@pytest.mark.parametrize("made", [True, False])
async def test_a_database_that_takes_no_writing_is_told(url: str, made: bool) -> None:
    if made:
        async with opening.opened(url):
            pass
    with pytest.raises(SettingsWrong, match="cannot be opened: it may not be written to"):
        await opening.look(f"{url}{READ_ONLY}").state()


async def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    look = opening.look("postgresql://ada:hush@127.0.0.1:9/triage")
    with pytest.raises(SettingsWrong, match=r"cannot be opened: no connection\. See") as caught:
        await look.state()
    assert "hush" not in str(caught.value)
    with pytest.raises(DatabaseTrouble, match="no connection"):
        await subscriptions(look)
