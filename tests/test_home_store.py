"""The lists and counts of App Home, on each database."""

from dataclasses import replace
from typing import Any

from bot import home
from bot.home import Chosen
from bot.store import Database, Statement
from bot.store.home import Counts, HomeStore, Share
from bot.store.ledger import Ledger
from bot.store.retention import forget_person
from bot.triage import AiTag, ChannelId, ConversationId, MessageTs, Owner, Place, Turn, UserId
from tests.view_asserts import changed

ADA, BEN = UserId("U0ADA"), UserId("U0BEN")
NOW = 1_764_000_000.0
MANY = 50


async def remembered(database: Database, name: str, since: float | None, **fields: Any) -> None:
    """A conversation that waits for us since then, or for the lead."""
    turn = Turn(since is not None, since if since is not None else NOW)
    ours = {key: fields.pop(key) for key in ("owner", "later_at", "back_at") if key in fields}
    fields = {"ai_tag": None, "turn": turn, "id": ConversationId(name), **fields}
    await Ledger(database).remember(changed(**fields), NOW)
    for column, value in ours.items():
        sql = f"UPDATE conversations SET {column} = :value WHERE id = :id"
        await database.write(Statement(sql, {"id": name, "value": value}))


async def card(database: Database, name: str, channel: str) -> None:
    place = Place(ChannelId(channel), MessageTs(f"{len(name)}.{name[-1]}"))
    await Ledger(database).place(ConversationId(name), place, NOW)


async def names(database: Database, chosen: Chosen, of: str = "", most: int = MANY) -> list[str]:
    found = await HomeStore(database).page(chosen, of, ADA, NOW, most)
    return [each.conversation.id for each in found]


async def furnished(database: Database) -> None:
    await remembered(database, "c-second", NOW - 50, owner=ADA)
    await remembered(database, "c-first", NOW - 90, campaign="Spring")
    await remembered(database, "c-answered", None)
    await remembered(database, "c-negative", NOW - 99, ai_tag=AiTag("Not_Interested"))
    await remembered(database, "c-later", NOW - 70, later_at=NOW + 10, owner=ADA)
    await remembered(database, "c-back", None, back_at=NOW - 10, owner=BEN)
    await remembered(database, "c-back-first", NOW - 60, later_at=NOW - 20, campaign="Spring")


async def test_what_waits_longest_comes_first_after_what_came_back(database: Database) -> None:
    await furnished(database)
    assert await names(database, Chosen()) == ["c-back-first", "c-back", "c-first", "c-second"]
    assert await names(database, Chosen("mine")) == ["c-second"]
    assert await names(database, Chosen("unclaimed")) == ["c-back-first", "c-first"]
    assert await names(database, Chosen("later")) == ["c-later"]
    assert await names(database, Chosen("campaign", "x"), "Spring") == ["c-back-first", "c-first"]


async def test_the_counts_are_those_of_the_lists(database: Database) -> None:
    store = HomeStore(database)
    assert await store.counts(ADA, NOW) == Counts(0, 0, 0, 0, None)
    await furnished(database)
    assert await store.counts(ADA, NOW) == Counts(4, 1, 2, 1, NOW - 90)
    assert await store.campaigns(NOW) == [Share("Q1 Outreach", 2), Share("Spring", 2)]


async def test_a_channel_has_what_has_a_card_there(database: Database) -> None:
    await furnished(database)
    for name in ("c-first", "c-second", "c-later"):
        await card(database, name, "C0TRIAGE")
    await card(database, "c-second", "C0DEALS")
    assert await HomeStore(database).channels(NOW) == [
        Share("C0TRIAGE", 2, NOW - 90),
        Share("C0DEALS", 1, NOW - 50),
    ]
    assert await names(database, Chosen("channel", "C0DEALS"), "C0DEALS") == ["c-second"]


async def test_pages_follow_each_other_while_rows_are_handled(database: Database) -> None:
    for number in range(5):
        await remembered(database, f"c{number}", NOW - 100 + number // 2 + 0.123457)
    await remembered(database, "b", None, later_at=NOW - 10.123457)
    store = HomeStore(database)
    first = await store.page(Chosen(), "", ADA, NOW, 3)
    assert [each.conversation.id for each in first] == ["b", "c0", "c1"]
    following = Chosen("all", "", (first[-1].at, first[-1].conversation.id))
    await remembered(database, "c0", None)
    assert await names(database, home.unpacked(home.packed(following)), most=2) == ["c2", "c3"]
    following = Chosen("all", "", (first[0].at, first[0].conversation.id))
    assert (await names(database, home.unpacked(home.packed(following))))[0] == "c1"


async def test_a_row_says_since_when_until_when_whose_and_what_waits(database: Database) -> None:
    await furnished(database)
    entry = """
        INSERT INTO entries
            (id, kind, lane, payload, written_at, due_at, attempts, begun, state, steps)
        VALUES (:lane, 'carry_out', :lane, '', 0, 0, 0, 0, 'open', '{}')
    """
    lanes = ("conversation:c-second", "aside:conversation:c-back")
    await database.write(*(Statement(entry, {"lane": lane}) for lane in lanes))
    rows = {
        each.conversation.id: each
        for each in await HomeStore(database).page(Chosen(), "", ADA, NOW, MANY)
    }
    found = rows[ConversationId("c-back")]
    assert (found.since, found.later_at) == (None, NOW - 10)
    assert found.owner == Owner(BEN, "Somebody", 0.0)
    saved = {name for name, row in rows.items() if row.is_saved}
    assert saved == {"c-second", "c-back"}
    assert rows[ConversationId("c-first")].owner is None


async def test_what_a_person_chose_is_kept_until_they_are_forgotten(database: Database) -> None:
    store = HomeStore(database)
    assert await store.chosen(ADA) is None
    await store.choose(ADA, Chosen("mine"))
    chosen = Chosen("campaign", home.key("Spring"), (NOW, ConversationId("c1")))
    await store.choose(ADA, chosen, "Spring")
    assert await store.chosen(ADA) == (chosen, "Spring")
    assert (await forget_person(database, ADA)).counts["list"] == 1
    assert await store.chosen(ADA) is None


async def test_a_decision_takes_a_lead_who_is_owed_no_answer_off_the_list(
    database: Database,
) -> None:
    await furnished(database)
    known = await Ledger(database).known(ConversationId("c-first"))
    for ai_tag, listed in (("do not-contact", False), ("interested", True), ("Negative", False)):
        await Ledger(database).remember(replace(known, ai_tag=AiTag(ai_tag)), NOW)
        assert ("c-first" in await names(database, Chosen())) is listed
