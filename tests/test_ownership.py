"""Changes of owners while processes die and services fail."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import owner_entries
from bot.codec import encode
from bot.journal import Entry
from bot.owner_entries import Wanted
from bot.playground.workspace import Message
from bot.store.owners import OwnerChange, Owners
from bot.store.people import PeopleStore
from bot.triage import NOBODY, ChannelId, ConversationId, Origin, UserId
from tests.office import ADA, SOON, TRIAGE, Office, opened

BEN = UserId("U0BEN")
AT = 1_764_000_000.0


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, SOON) as office:
        yield office


def asked(conversation: ConversationId, **more: object) -> Entry:
    """Ada takes it."""
    wanted = Wanted(conversation, ADA.id, NOBODY, Origin(TRIAGE, ADA))
    return owner_entries.own("click:1", replace(wanted, **more))  # type: ignore[arg-type]


def change(conversation: ConversationId, owner: UserId, identity: str) -> OwnerChange:
    return OwnerChange(id=identity, conversation=conversation, owner=owner, at=AT, person=owner)


async def bens(office: Office) -> tuple[ConversationId, Message]:
    """A conversation that Ben has, who wants notices; its card."""
    conversation, card = await office.shown()
    now = await office.bot.sendkit.conversation(conversation)
    await office.bot.ledger.remember(now, AT)
    database = office.bot.database
    await Owners(database).change(change(conversation, BEN, "before"), {BEN: "Ben"})
    await PeopleStore(database).set_notify(BEN, ChannelId(office.slack.workspace.direct(BEN).id))
    return conversation, card


def noticed(office: Office) -> list[str]:
    workspace = office.slack.workspace
    return [each.text for each in workspace.top(workspace.direct(BEN).id)]


@pytest.mark.parametrize("died", ["before all", "after the database", "after the step"])
async def test_a_process_that_died_anywhere_leaves_one_change_and_one_notice(
    office: Office, died: str
) -> None:
    conversation, card = await bens(office)
    owners, entry = Owners(office.bot.database), asked(conversation, only_from=BEN)
    steps = {}
    if died != "before all":
        made = change(conversation, ADA.id, entry.id)
        owned = await owners.change(made, {ADA.id: "Ada"})
        steps = {"own": encode(owned)} if died == "after the step" else {}
    await office.left(entry, steps=json.dumps(steps))
    async with office.at_work():
        pass
    assert "Owner: Ada" in office.slack.message(TRIAGE, card.ts).text
    (notice,) = noticed(office)
    assert notice.startswith("Ada made Ada the owner of the conversation with Jane Doe.")
    assert notice.endswith("|Open the card>")
    rows = await office.bot.database.read("SELECT id FROM owner_changes ORDER BY seq")
    assert [row["id"] for row in rows] == ["before", "click:1"]


async def test_a_change_that_was_carried_out_is_not_carried_out_again_after_a_later_one(
    office: Office,
) -> None:
    conversation, _ = await bens(office)
    owners, entry = Owners(office.bot.database), asked(conversation, only_from=BEN)
    await owners.change(change(conversation, ADA.id, entry.id), {})
    await owners.change(change(conversation, BEN, "click:2"), {})
    await office.left(entry)
    async with office.at_work():
        pass
    owner = await owners.owner(conversation)
    assert owner is not None
    assert owner.id == BEN


async def test_a_conversation_that_sendkit_does_not_show_yet_is_taken_when_it_does(
    office: Office,
) -> None:
    conversation = ConversationId(office.sendkit.reply(office.lead(0), "Yes.").id)
    office.sendkit.down = True
    async with office.at_work():
        await office.bot.journal.write(asked(conversation))
        await office.slack.until(lambda: office.slack.ephemerals("#triage", ADA.id))
        (told,) = office.slack.ephemerals("#triage", ADA.id)
        assert told.text.startswith("SendKit is not responding. Your decision is saved")
        office.sendkit.down = False
    assert (await Owners(office.bot.database).owner(conversation)) is not None


async def test_a_change_waits_while_slack_does_not_say_who_somebody_is(office: Office) -> None:
    conversation, card = await bens(office)
    office.slack.faults.status("users.info", status=503, times=2)
    async with office.at_work():
        await office.bot.journal.write(asked(conversation, only_from=BEN))
    assert "Owner: Ada" in office.slack.message(TRIAGE, card.ts).text


@pytest.mark.parametrize(
    ("before", "only_from", "owner", "told"),
    [
        (
            BEN,
            NOBODY,
            ADA.id,
            "Ben is the owner of the conversation with Jane Doe, since",
        ),
        (ADA.id, NOBODY, ADA.id, "You are already the owner of the conversation with Jane Doe."),
        (NOBODY, ADA.id, NOBODY, "The conversation with Jane Doe already has no owner."),
    ],
)
async def test_a_change_that_is_none_is_told_privately_and_may_be_asked_for_again(
    office: Office, before: UserId, only_from: UserId, owner: UserId, told: str
) -> None:
    conversation, _ = await bens(office)
    owners = Owners(office.bot.database)
    await owners.change(change(conversation, before, "now"), {})
    entry = asked(conversation, only_from=only_from, owner=owner)
    async with office.at_work():
        await office.bot.journal.write(entry)
        await office.until_done()
        (said,) = office.slack.ephemerals("#triage", ADA.id)
        assert said.text.startswith(told)
        assert await office.bot.journal.write(replace(entry, id="click:2"))
