"""New replies get owners while processes die and Slack fails."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import codec, owner_entries
from bot.codec import encode
from bot.filters import Filters
from bot.journal import Entry
from bot.owner_entries import Unassigned
from bot.store import Database
from bot.store.owner_rules import OwnerRule, OwnerRules
from bot.store.people import PeopleStore
from bot.triage import ChannelId, ConversationId, UserId
from tests.office import LOOKED, SOON, Office, opened, replied

ADA, BEN = UserId("U0ADA"), UserId("U0BEN")
RULE = OwnerRule(Filters(), None, ADA, ((ADA, 0), (BEN, 0)))
FAR = 4_000_000_000.0


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path, SOON) as office:
        await OwnerRules(office.bot.database).set(RULE, 1.0)
        yield office


def announced(conversation: ConversationId) -> Entry:
    payload = {"conversation": conversation}
    return Entry("reply:1", codec.ANNOUNCE, f"conversation:{conversation}", payload)


async def given(database: Database) -> list[tuple[str, str]]:
    rows = await database.read("SELECT id, new_owner FROM owner_changes ORDER BY seq")
    return [(row["id"], row["new_owner"]) for row in rows]


@pytest.mark.parametrize("died", ["before all", "after the database", "after the step"])
async def test_a_reply_is_given_once_wherever_the_process_died(office: Office, died: str) -> None:
    conversation, database = replied(office), office.bot.database
    im = ChannelId(office.slack.workspace.direct(ADA).id)
    await PeopleStore(database).set_notify(ADA, im)
    steps = {}
    if died != "before all":
        now = await office.bot.sendkit.conversation(conversation)
        await office.bot.ledger.remember(now, 1.0)
        await PeopleStore(database).set_name(ADA, "Ada")
        (rule,) = await OwnerRules(database).all()
        await OwnerRules(database).give("reply:1/owner", conversation, rule, [ADA, BEN], 1.0)
        steps["look"] = LOOKED
    if died == "after the step":
        steps["assign"] = {"owner": ADA, "before": False}
    await office.left(announced(conversation), steps=json.dumps(steps))
    async with office.at_work():
        pass
    assert await given(database) == [("reply:1/owner", ADA)]
    (card,) = office.slack.messages("#triage")
    assert "Owner: Ada" in card.text
    (notice,) = office.slack.messages(im)
    assert notice.text.startswith("You are the owner of a new reply from Jane Doe, Q1 Outreach: “")
    assert notice.text.endswith("|Open the card>")


async def test_a_card_does_not_wait_for_its_owner_while_slack_does_not_say_who_people_are(
    office: Office,
) -> None:
    conversation = replied(office)
    office.slack.faults.status("users.info", status=503, times=4)
    await office.left(announced(conversation))
    async with office.at_work():
        await office.slack.until(lambda: office.slack.messages("#triage"))
    (card,) = office.slack.messages("#triage")
    assert "Owner: Ada" in office.slack.message("#triage", card.ts).text
    assert len(await given(office.bot.database)) == 1


async def test_people_of_whom_slack_is_sure_go_before_the_others(office: Office) -> None:
    conversation = replied(office)
    people = office.bot.database
    await PeopleStore(people).set_away(ADA, FAR)
    await office.left(announced(conversation))
    async with office.at_work():
        pass
    assert [owner for _, owner in await given(office.bot.database)] == [BEN]


@pytest.mark.parametrize("automatic", [False, True])
async def test_nobody_gets_a_reply_while_all_are_away_or_it_is_automatic(
    office: Office, automatic: bool
) -> None:
    for each in () if automatic else (ADA, BEN):
        await PeopleStore(office.bot.database).set_away(each, FAR)
    theirs = office.sendkit.reply(office.lead(1), "I am away.", auto=automatic)
    await office.left(announced(ConversationId(theirs.id)))
    async with office.at_work():
        pass
    assert await given(office.bot.database) == []
    assert "Owner" not in office.slack.messages("#triage")[0].text


async def test_a_reply_of_a_lead_who_was_deleted_meanwhile_needs_no_owner(office: Office) -> None:
    asked = Unassigned(ConversationId("gone"), (ChannelId("C0TRIAGE"),), positive=False)
    entry = owner_entries.assign("reply:1", asked)
    assert entry.payload == encode(asked)
    await office.left(entry)
    async with office.at_work():
        pass
    assert await given(office.bot.database) == []


async def test_a_card_stays_as_it_is_if_all_are_still_away_later(office: Office) -> None:
    conversation, card = await office.shown()
    await office.bot.ledger.remember(await office.bot.sendkit.conversation(conversation), 1.0)
    for each in (ADA, BEN):
        await PeopleStore(office.bot.database).set_away(each, FAR)
    asked = Unassigned(conversation, (ChannelId("C0TRIAGE"),), positive=False)
    await office.left(owner_entries.assign("reply:1", asked))
    async with office.at_work():
        pass
    assert await given(office.bot.database) == []
    assert office.slack.message("#triage", card.ts).text == "A card"


async def test_the_rule_of_another_channel_gives_nothing(office: Office) -> None:
    rules = OwnerRules(office.bot.database)
    for each in await rules.all():
        await rules.remove(each)
    await rules.set(OwnerRule(None, ChannelId("C0DEALS"), ADA, ((ADA, 0),)), 1.0)
    await office.left(announced(replied(office)))
    async with office.at_work():
        pass
    assert await given(office.bot.database) == []


async def test_an_owner_is_waited_for_while_slack_refuses_to_say_who_people_are(
    office: Office,
) -> None:
    conversation = replied(office)
    office.slack.faults.error("users.info", error="missing_scope", times=2)
    await office.left(announced(conversation))
    async with office.at_work():
        pass
    assert len(await given(office.bot.database)) == 1
