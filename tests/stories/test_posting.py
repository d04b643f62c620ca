"""Two processes want to post the same card."""

from dataclasses import replace

import pytest

from bot import entries
from bot.app import Bot, build
from bot.triage import ConversationId
from tests.conftest import House
from tests.timings import QUICK


async def _open(bot: Bot) -> int:
    (row,) = await bot.database.read("SELECT COUNT(*) AS open FROM entries WHERE state = 'open'")
    return int(row["open"])


@pytest.mark.parametrize("combination", [("http", "postgres")], indirect=True, ids="-".join)
async def test_an_entry_that_lets_others_pass_posts_no_second_card(house: House) -> None:
    conversation = ConversationId(house.reply().id)
    async with build(house.settings, QUICK) as one, build(house.settings, QUICK) as two:
        house.slack.faults.error("chat.postMessage", error="accesslimited")
        house.slack.faults.slow("chat.postMessage", seconds=1, times=2)
        await one.journal.start(one.kinds)
        await two.journal.start(two.kinds)
        entry = entries.refresh("a", conversation, reply=True)
        await one.journal.write(entry)
        await house.until_stored("SELECT 1 FROM entries WHERE lane LIKE 'aside:%'")
        await two.journal.write(replace(entry, id="b"))
        await house.slack.until(lambda: house.slack.messages("#triage"))
        while await _open(one):
            await house.sendkit.until(lambda: True)
        for each in (one, two):
            await each.journal.stop(5)
    assert len(house.slack.messages("#triage")) == 1
