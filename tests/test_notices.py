"""Direct messages to people who want them."""

import pytest

from bot import entries
from bot.notices import Notices
from bot.store.people import PeopleStore
from bot.triage import ChannelId, ConversationId, UserId
from bot.views.message import message
from tests.office import Office

ADA = UserId("U0ADA")
SAID = message("Jane Doe wrote.")


def told(office: Office) -> list[str]:
    workspace = office.slack.workspace
    return [each.text for each in workspace.top(workspace.direct(ADA).id)]


def notices(office: Office) -> Notices:
    bot = office.bot
    return Notices(PeopleStore(bot.database), bot.ledger, bot.threads, bot.journal)


async def wished(office: Office, im: str) -> PeopleStore:
    people = PeopleStore(office.bot.database)
    await people.set_notify(ADA, ChannelId(im))
    return people


async def test_only_people_who_want_direct_messages_get_them_and_each_once(office: Office) -> None:
    await notices(office).tell(ADA, SAID, "reply:0")
    people = await wished(office, "")
    theirs = ConversationId(office.sendkit.reply(office.lead(0), "Yes.").id)
    card = await office.card(theirs)
    async with office.at_work():
        for _ in range(2):
            await notices(office).tell(ADA, SAID, "reply:1", theirs)
        await office.until_done()
        await notices(office).tell(ADA, SAID, "reply:2")
    first, second = told(office)
    link = f"/archives/{card.channel}/p{card.ts.replace('.', '')}"
    assert first.startswith("Jane Doe wrote. <http")
    assert first.endswith(f"{link}|Open the card>")
    assert second == "Jane Doe wrote."
    assert (await people.get(ADA)).im == office.slack.workspace.direct(ADA).id


async def test_a_notice_is_not_sent_to_a_person_who_changed_their_mind(office: Office) -> None:
    people = await wished(office, "")
    await office.left(entries.notice("reply:1", entries.Notice(ADA, SAID.text)))
    await people.unset_notify(ADA)
    async with office.at_work():
        pass
    assert told(office) == []


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_process_that_died_while_it_sent_a_notice_leaves_one(
    office: Office, arrived: bool
) -> None:
    im = office.slack.workspace.direct(ADA).id
    await wished(office, im)
    entry = entries.notice("reply:1", entries.Notice(ADA, SAID.text))
    if arrived:
        office.post(SAID.text, entry.id, im)
    await office.left(entry)
    async with office.at_work():
        pass
    assert told(office) == [SAID.text]


async def test_a_person_whom_slack_does_not_let_the_bot_write_to_ends_the_notice(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await wished(office, "")
    office.slack.faults.error("chat.postMessage", error="user_not_found")
    async with office.at_work():
        await notices(office).tell(ADA, SAID, "reply:1")
    assert told(office) == []
    assert "a notice was not sent: user_not_found" in caplog.text
