"""Subscriptions and announcements, as a real database keeps them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import DatabaseTrouble
from bot.filters import Filters, Route, from_text
from bot.store import Database
from bot.store.channels import Channels, Known, state
from bot.store.ledger import Ledger
from bot.store.sqlite import SqliteDatabase
from bot.triage import ChannelId, ConversationId, MessageTs, Place, UserId
from tests.view_asserts import JANE, changed

SALES, EMEA = ChannelId("C0SALES"), ChannelId("C0EMEA")
ADA, BEN = UserId("U0ADA"), UserId("U0BEN")
EVERYTHING = from_text('campaign:"Q1, EMEA" tag:hot -tag:"out of office" positive auto-replies:off')
PLACE = Place(SALES, MessageTs("1764000000.000100"))
TOM = changed(id=ConversationId("c2"), replied_at="2026-03-03T09:12:00.000Z")


@pytest.fixture
def channels(database: Database) -> Channels:
    return Channels(database)


async def test_subscriptions_are_kept_the_oldest_first(channels: Channels) -> None:
    assert await channels.routes() == []
    await channels.subscribe(Route(SALES, EVERYTHING, ADA), 2.0)
    await channels.subscribe(Route(EMEA, Filters(), BEN), 1.0)
    assert await channels.routes() == [Route(EMEA, Filters(), BEN), Route(SALES, EVERYTHING, ADA)]


async def test_subscriptions_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "triage.db"
    async with SqliteDatabase(path) as first:
        await Channels(first).subscribe(Route(SALES, EVERYTHING, ADA), 1.0)
        await Channels(first).mark_broken(SALES, "is_archived")
    async with SqliteDatabase(path) as second:
        (route,) = await Channels(second).routes()
        assert route == Route(SALES, EVERYTHING, ADA, "is_archived")


async def test_a_channel_has_one_subscription_and_a_new_one_is_fresh(channels: Channels) -> None:
    await channels.subscribe(Route(SALES, EVERYTHING, ADA), 1.0)
    await channels.subscribe(Route(EMEA, Filters(), ADA), 2.0)
    await channels.mark_broken(SALES, "is_archived")
    await channels.mark_broken(EMEA, "not_in_channel")
    await channels.subscribe(Route(SALES, Filters(positive=True), BEN), 3.0)
    assert await channels.routes() == [
        Route(EMEA, Filters(), ADA, "not_in_channel"),
        Route(SALES, Filters(positive=True), BEN),
    ]


async def test_a_subscription_ends_once(channels: Channels) -> None:
    await channels.subscribe(Route(SALES, EVERYTHING, ADA), 1.0)
    await channels.subscribe(Route(EMEA, Filters(), ADA), 2.0)
    assert await channels.unsubscribe(SALES) is True
    assert await channels.unsubscribe(SALES) is False
    assert [route.channel for route in await channels.routes()] == [EMEA]


async def test_a_broken_channel_is_news_once_until_it_is_healed(channels: Channels) -> None:
    await channels.subscribe(Route(SALES, Filters(), ADA), 1.0)
    await channels.subscribe(Route(EMEA, Filters(), ADA), 2.0)
    assert await channels.mark_broken(SALES, "is_archived") is True
    assert await channels.mark_broken(SALES, "not_in_channel") is False
    assert [route.broken for route in await channels.routes()] == ["is_archived", None]
    await channels.mark_healed(SALES)
    assert [route.broken for route in await channels.routes()] == [None, None]
    assert await channels.mark_broken(SALES, "not_in_channel") is True


async def test_a_channel_without_a_subscription_cannot_break(channels: Channels) -> None:
    assert await channels.mark_broken(SALES, "is_archived") is False
    await channels.mark_healed(SALES)
    assert await channels.routes() == []


async def test_a_cards_rule_is_found_by_its_message(channels: Channels, database: Database) -> None:
    ledger = Ledger(database)
    assert await channels.rules(PLACE) == {}
    await ledger.place(JANE.id, PLACE, 1.0, "tag:hot")
    await ledger.place(JANE.id, Place(EMEA, PLACE.ts), 1.0, "positive")
    assert await channels.rules(PLACE) == {JANE.id: "tag:hot"}
    assert await channels.rules(Place(EMEA, PLACE.ts)) == {JANE.id: "positive"}
    assert await channels.rules(Place(SALES, MessageTs("1.2"))) == {}


async def test_each_card_in_a_message_says_why(channels: Channels, database: Database) -> None:
    ledger = Ledger(database)
    await ledger.place(TOM.id, Place(SALES, MessageTs("1.2")), 0.0, "elsewhere")
    await ledger.place(JANE.id, PLACE, 2.0, "first")
    await ledger.place(TOM.id, PLACE, 1.0, "second")
    assert await channels.rules(PLACE) == {JANE.id: "first", TOM.id: "second"}


async def test_an_announced_reply_is_known_until_the_next(
    channels: Channels, database: Database
) -> None:
    ledger = Ledger(database)
    assert await channels.announced(TOM.id) == ("", False)
    for each in (JANE, TOM):
        await ledger.remember(each, 1.0)
    assert await channels.announced(TOM.id) == ("", False)
    await channels.mark_announced(TOM, True)
    assert await channels.announced(TOM.id) == (TOM.replied_at, True)
    assert await channels.announced(JANE.id) == ("", False)
    # Whatever is remembered later, only an announcement changes it.
    await ledger.remember(replace(TOM, replied_at="2026-03-04"), 2.0)
    assert await channels.announced(TOM.id) == (TOM.replied_at, True)
    await channels.mark_announced(replace(TOM, replied_at="2026-03-04"), False)
    assert await channels.announced(TOM.id) == ("2026-03-04", False)


async def test_thousands_are_read_by_any_id(channels: Channels, database: Database) -> None:
    ids = [ConversationId(f'c{number} "é\\ 🏴') for number in range(5_000)]
    found = [changed(id=each, tags=("hot",)) for each in ids]
    await Ledger(database).remember_all(found, 1.0)
    assert await channels.known([]) == {}
    known = await channels.known([*ids, *ids, ConversationId("unknown")])
    assert known == dict.fromkeys(ids, Known("", state(found[0]), 1.0))
    assert await channels.written([*ids, "reply:unknown"]) == {}


async def test_a_fact_has_the_value_that_was_set_last(channels: Channels) -> None:
    assert await channels.fact("started") is None
    await channels.set_fact("started", "0")
    await channels.set_fact("other", "x")
    assert await channels.fact("started") == "0"
    await channels.set_fact("started", "12")
    assert (await channels.fact("started"), await channels.fact("other")) == ("12", "x")


async def test_the_newest_cards_are_recent(channels: Channels, database: Database) -> None:
    ledger = Ledger(database)
    assert await channels.recent(0.0, 10) == []
    for number, posted_at in ((1, 10.0), (2, 30.0), (3, 20.0), (4, 5.0)):
        place = Place(SALES, MessageTs(str(number)))
        await ledger.place(ConversationId(f"c{number}"), place, posted_at)
    await ledger.place(ConversationId("c1"), Place(EMEA, MessageTs("9")), 25.0)
    assert await channels.recent(4.9, 10) == ["c2", "c1", "c3", "c4"]
    assert await channels.recent(5.0, 10) == ["c2", "c1", "c3"]
    assert await channels.recent(5.0, 2) == ["c2", "c1"]
    assert await channels.recent(30.0, 10) == []


CALLS: dict[str, Callable[[Channels], Awaitable[object]]] = {
    "routes": lambda channels: channels.routes(),
    "subscribe": lambda channels: channels.subscribe(Route(SALES, Filters(), ADA), 1.0),
    "unsubscribe": lambda channels: channels.unsubscribe(SALES),
    "broken": lambda channels: channels.mark_broken(SALES, "x"),
    "healed": lambda channels: channels.mark_healed(SALES),
    "rules": lambda channels: channels.rules(PLACE),
    "announced": lambda channels: channels.announced(JANE.id),
    "mark announced": lambda channels: channels.mark_announced(JANE, False),
    "fact": lambda channels: channels.fact("x"),
    "set fact": lambda channels: channels.set_fact("x", "y"),
    "recent": lambda channels: channels.recent(0.0, 1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_every_method_raises_database_trouble(
    call: Callable[[Channels], Awaitable[object]], tmp_path: Path
) -> None:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        channels = Channels(database)
    with pytest.raises(DatabaseTrouble):
        await call(channels)


async def test_odd_names_are_read_as_they_were_written(
    channels: Channels, database: Database
) -> None:
    """One subscription that could not be read would stop all announcements."""
    texts = ['tag:a"b c" positive', 'tag:"a""b" -tag:x', 'campaign:"x', "tag:„a“b,c", "campaign:é–"]
    for number, text in enumerate(texts):
        await channels.subscribe(Route(ChannelId(f"C{number}"), from_text(text), ADA), number)
    assert [route.filters for route in await channels.routes()] == [*map(from_text, texts)]
    rows = await database.read("SELECT filters FROM routes ORDER BY made_at")
    assert [row["filters"] for row in rows] == [from_text(text).stored for text in texts]


async def test_a_list_is_kept_until_it_is_too_old(channels: Channels) -> None:
    old, new = "001764000000-0123456789ab", "001764001800-0123456789ab"
    for key in (old, new):
        await channels.keep_list(key, f'"{key}"')
    await channels.set_fact("something else", "kept")
    await channels.forget_lists("001764000001")
    assert await channels.list_kept(old) is None
    assert await channels.list_kept(new) == f'"{new}"'
    assert await channels.fact("something else") == "kept"


CLAIMS = {
    "never before": ([], True),
    "just now": ([0.0], False),
    "a moment ago": ([-8.9], False),
    "long ago": ([-9.1], True),
    "by a clock that was wrong": ([3600.0], True),
    "by the last one who did it": ([-20.0, -8.0, -5.0], False),
}


@pytest.mark.parametrize(("before", "claimed"), CLAIMS.values(), ids=CLAIMS.keys())
async def test_one_of_several_processes_does_it_within_an_interval(
    channels: Channels, before: list[float], claimed: bool
) -> None:
    now = 1_764_000_000.0
    for seconds in before:
        await channels.claim("it", now + seconds, 9)
    assert await channels.claim("something else", now, 9)
    assert await channels.claim("it", now, 9) is claimed
