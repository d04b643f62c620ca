"""The owners of conversations, in the database."""

import asyncio
from dataclasses import replace

import pytest

from bot.store import Database, Statement
from bot.store.ledger import Ledger
from bot.store.owners import Owned, OwnerChange, Owners
from bot.store.people import PeopleStore
from bot.triage import NOBODY, ChannelId, ConversationId, Owner, UserId
from tests.view_asserts import AT, JANE

ADA, BEN, CYD = (UserId(f"U0{name}") for name in ("ADA", "BEN", "CYD"))
NAMES = {ADA: "Ada", BEN: "Ben", CYD: "Cyd"}


def taken(person: UserId, identity: str = "", **more: object) -> OwnerChange:
    """The person takes what nobody has."""
    change = OwnerChange(
        id=identity or f"click:{person}",
        conversation=JANE.id,
        owner=person,
        at=AT,
        only_from=NOBODY,
        person=person,
    )
    return replace(change, **more)  # type: ignore[arg-type]


@pytest.fixture
async def owners(database: Database) -> Owners:
    await Ledger(database).remember(JANE, 1.0)
    return Owners(database)


async def recorded(database: Database) -> list[tuple[str, str, str]]:
    rows = await database.read("SELECT * FROM owner_changes ORDER BY seq")
    return [(row["old_owner"], row["new_owner"], row["person"]) for row in rows]


async def test_one_of_several_who_take_it_at_once_has_it(
    owners: Owners, database: Database
) -> None:
    taking = (owners.change(taken(each), NAMES) for each in NAMES)
    came_of = dict(zip(NAMES, await asyncio.gather(*taking), strict=True))
    (one,) = (each for each, owned in came_of.items() if owned.made)
    assert {owned.now for owned in came_of.values()} == {Owner(one, NAMES[one], AT)}
    assert await recorded(database) == [("", one, one)]


async def test_a_repeat_changes_nothing_even_after_others(
    owners: Owners, database: Database
) -> None:
    first = await owners.change(taken(ADA), NAMES)
    assert first == Owned(True, NOBODY, Owner(ADA, "Ada", AT))
    assert await owners.change(taken(ADA), NAMES) == first
    over = taken(BEN, only_from=ADA, at=AT + 1)
    second = await owners.change(over, NAMES)
    assert second == Owned(True, ADA, Owner(BEN, "Ben", AT + 1))
    assert await owners.change(taken(ADA), NAMES) == replace(first, now=second.now)
    assert await owners.change(over, NAMES) == second
    assert await recorded(database) == [("", ADA, ADA), (ADA, BEN, BEN)]


@pytest.mark.parametrize(
    ("only_from", "made"), [(NOBODY, False), (CYD, False), (ADA, True), (None, True)]
)
async def test_a_conversation_is_taken_from_the_person_that_was_meant(
    owners: Owners, only_from: UserId | None, made: bool
) -> None:
    await owners.change(taken(ADA), NAMES)
    owned = await owners.change(taken(BEN, only_from=only_from), NAMES)
    assert owned == Owned(
        made, ADA if made else NOBODY, Owner(*((BEN, "Ben") if made else (ADA, "Ada")), AT)
    )


async def test_a_release_leaves_no_owner_and_only_its_owner_makes_it(owners: Owners) -> None:
    await owners.change(taken(ADA), NAMES)
    release = taken(BEN, "click:2", owner=NOBODY, only_from=BEN)
    assert await owners.change(release, NAMES) == Owned(False, NOBODY, Owner(ADA, "Ada", AT))
    release = taken(ADA, "click:3", owner=NOBODY, only_from=ADA)
    assert await owners.change(release, NAMES) == Owned(True, ADA, None)
    assert await owners.change(replace(release, id="click:4"), NAMES) == Owned(False, NOBODY, None)


async def test_an_unknown_conversation_gets_no_owner(database: Database) -> None:
    owners = Owners(database)
    assert await owners.change(taken(ADA), NAMES) == Owned(False, NOBODY, None)


async def test_the_owner_stays_when_the_conversation_is_seen_again(
    owners: Owners, database: Database
) -> None:
    ledger = Ledger(database)
    await owners.change(taken(ADA), NAMES)
    await ledger.remember(replace(JANE, words="Hello again.", ai_tag=None), 2.0)
    assert (await ledger.card(JANE)).owner == Owner(ADA, "Ada", AT)
    await database.write(Statement("DELETE FROM people"))
    assert (await ledger.card(JANE)).owner == Owner(ADA, "Somebody", AT)


async def test_a_persons_own_are_counted(owners: Owners, database: Database) -> None:
    for name in ("a", "b"):
        await Ledger(database).remember(replace(JANE, id=ConversationId(name)), 1.0)
        await owners.change(taken(ADA, name, conversation=ConversationId(name)), NAMES)
    assert [await owners.number(each) for each in (ADA, BEN)] == [2, 0]


async def test_people_say_whether_they_want_messages_and_until_when_they_are_away(
    database: Database,
) -> None:
    people = PeopleStore(database)
    ada = await people.get(ADA)
    assert (ada.notify, ada.away_until, ada.im) == (False, None, None)
    await people.set_away(ADA, AT)
    await people.set_notify(ADA, ChannelId("D0ADA"))
    await people.set_im(BEN, ChannelId("D0BEN"))
    found = await people.all([ADA, BEN, CYD])
    assert [each.notify for each in found.values()] == [True, False, False]
    assert [each.im for each in found.values()] == ["D0ADA", "D0BEN", None]
    assert [found[ADA].is_away(AT - 1), found[ADA].is_away(AT)] == [True, False]
    await people.unset_notify(ADA)
    await people.set_away(ADA, None)
    ada = await people.get(ADA)
    assert (ada.notify, ada.is_away(0), ada.im) == (False, False, "D0ADA")
    assert await people.all([]) == {}


async def test_a_person_without_a_name_is_not_noted(database: Database) -> None:
    people = PeopleStore(database)
    await people.set_name(ADA, "")
    assert await database.read("SELECT * FROM people") == []
