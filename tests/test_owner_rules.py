"""Rules that give new replies to people in turn, in the database."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from bot.filters import Filters
from bot.store import Database
from bot.store.ledger import Ledger
from bot.store.owner_rules import OwnerRule, OwnerRules
from bot.store.owners import OwnerChange, Owners
from bot.triage import NOBODY, ChannelId, ConversationId, UserId
from tests.view_asserts import AT, JANE

ADA, BEN, CYD = (UserId(f"U0{name}") for name in ("ADA", "BEN", "CYD"))
Q1 = Filters(campaigns=("Q1 Outreach",))
DEALS = ChannelId("C0DEALS")


def rule(*people: UserId, filters: Filters | None = Q1) -> OwnerRule:
    channel = None if filters else DEALS
    return OwnerRule(filters, channel, ADA, tuple((each, 0) for each in people))


@pytest.fixture
async def rules(database: Database) -> OwnerRules:
    rules = OwnerRules(database)
    await rules.set(rule(ADA, BEN, CYD), AT)
    return rules


async def conversations(database: Database, number: int) -> list[ConversationId]:
    ids = [ConversationId(f"c{each:02}") for each in range(number)]
    await Ledger(database).remember_all([replace(JANE, id=each) for each in ids], 1.0)
    return ids


async def owners_of(database: Database) -> list[str]:
    rows = await database.read("SELECT owner FROM conversations ORDER BY id")
    return [row["owner"] for row in rows]


async def give(
    rules: OwnerRules, conversation: ConversationId, *here: UserId, identity: str = ""
) -> None:
    (first, *_) = await rules.all()
    await rules.give(identity or f"reply:{conversation}", conversation, first, here, AT)


async def test_people_take_turns_in_the_order_in_which_they_were_named(
    rules: OwnerRules, database: Database
) -> None:
    for each in await conversations(database, 5):
        await give(rules, each, ADA, BEN, CYD)
    assert await owners_of(database) == [ADA, BEN, CYD, ADA, BEN]


async def test_who_is_not_here_is_skipped_and_gets_the_next_one_when_back(
    rules: OwnerRules, database: Database
) -> None:
    for number, each in enumerate(await conversations(database, 6)):
        await give(rules, each, *((ADA, CYD) if number < 3 else (ADA, BEN, CYD)))
    assert await owners_of(database) == [ADA, CYD, ADA, BEN, CYD, ADA]


async def test_replies_at_once_are_shared_evenly_and_a_repeat_gives_nothing(
    rules: OwnerRules, database: Database
) -> None:
    ids = await conversations(database, 12)
    giving = (give(rules, each, ADA, BEN, CYD) for each in [*ids, *ids])
    await asyncio.gather(*giving)
    given = await owners_of(database)
    assert Counter(given) == {ADA: 4, BEN: 4, CYD: 4}
    for each in ids:
        await give(rules, each, ADA, BEN, CYD)
        await give(rules, each, ADA, BEN, CYD, identity=f"another:{each}")
    assert await owners_of(database) == given
    (first, *_) = await rules.all()
    (count,) = await database.read("SELECT COUNT(*) AS changes FROM owner_changes")
    assert count["changes"] == len(ids)
    assert len({given for _, given in first.people}) == 3


async def test_a_repeat_after_later_turns_takes_none_back(
    rules: OwnerRules, database: Database
) -> None:
    one, two, three = await conversations(database, 3)
    await give(rules, one, ADA, BEN)
    await give(rules, two, ADA, BEN)
    owners, release = Owners(database), OwnerChange(id="x", conversation=one, owner=NOBODY, at=AT)
    await owners.change(release, {})
    await give(rules, one, ADA, BEN)
    await give(rules, three, ADA, BEN)
    assert await owners_of(database) == ["", BEN, ADA]


async def test_a_conversation_is_given_on_only_from_who_left(
    rules: OwnerRules, database: Database
) -> None:
    (one,) = await conversations(database, 1)
    (first, *_) = await rules.all()
    await rules.give("1", one, first, [ADA], AT)
    await rules.give("2", one, first, [BEN], AT)
    assert await owners_of(database) == [ADA]
    await rules.give("3", one, first, [], AT, ADA)
    assert await owners_of(database) == [ADA]
    await rules.give("4", one, first, [BEN], AT, ADA)
    assert await owners_of(database) == [BEN]


async def test_a_rule_is_replaced_by_one_of_the_same_replies_and_keeps_turns(
    rules: OwnerRules, database: Database
) -> None:
    one, two, three = await conversations(database, 3)
    await give(rules, one, ADA, BEN, CYD)
    same = Filters(campaigns=("q1 outreach",))
    await rules.set(rule(CYD, ADA, filters=same), AT + 1)
    (again,) = await rules.all()
    assert [person for person, _ in again.people] == [CYD, ADA]
    assert again.in_turn([ADA, CYD]) == [CYD, ADA]
    assert again.in_turn([ADA]) == [ADA]
    await give(rules, two, ADA, CYD)
    await give(rules, three, ADA, CYD)
    assert await owners_of(database) == [ADA, CYD, ADA]


async def test_rules_of_filters_go_before_those_of_channels_and_older_ones_first(
    rules: OwnerRules, database: Database
) -> None:
    await rules.set(rule(BEN, filters=None), AT - 9)
    await rules.set(rule(CYD, filters=Filters(positive=True)), AT + 1)
    found = await rules.all()
    assert [(each.filters, each.channel) for each in found] == [
        (Q1, None),
        (Filters(positive=True), None),
        (None, DEALS),
    ]
    assert await rules.remove(rule(filters=None))
    assert not await rules.remove(rule(filters=None))
    assert len(await rules.all()) == 2
    rows = await database.read("SELECT person FROM owner_rule_people ORDER BY person")
    assert [row["person"] for row in rows] == [ADA, BEN, CYD, CYD]


async def test_only_rules_and_owners_concern_a_reply(database: Database) -> None:
    rules = OwnerRules(database)
    (one,) = await conversations(database, 1)
    assert not await rules.concern(one)
    await Owners(database).change(OwnerChange(id="1", conversation=one, owner=ADA, at=AT), {})
    assert await rules.concern(one)
    assert not await rules.concern(ConversationId("other"))
    await rules.set(rule(ADA), AT)
    assert await rules.concern(ConversationId("other"))
