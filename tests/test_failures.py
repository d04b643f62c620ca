"""A person is told when their work raised an unexpected error."""

import time
from pathlib import Path

import pytest

from bot import entries
from bot.codec import encode
from bot.entries import FAILED
from bot.journal import Entry
from bot.journal.attempt import WRITE, values_of
from bot.store import Statement
from bot.store.sqlite import SqliteDatabase
from bot.triage import ChannelId, ConversationId, Origin, Person, UserId
from tests.conftest import House
from tests.log_asserts import written

ORIGIN = Origin(ChannelId("C0TRIAGE"), Person(UserId("U0ADA"), "ada"))
SHOW = entries.show("click:1", ConversationId("c1"), ORIGIN)


def test_a_failure_is_told_with_the_reference_of_what_failed() -> None:
    told = entries.tell("click:1/failed", FAILED, ORIGIN, SHOW.reference)
    assert entries.failure(SHOW) == told


@pytest.mark.parametrize(
    "entry",
    [
        entries.refresh("webhook:1", ConversationId("c1"), reply=True),
        entries.tell("unknown:1", "No.", ORIGIN),
        Entry("1", "show", "lane", {"origin": None}),
        Entry("1", "show", "lane", {"origin": {"channel": "C1"}}),
    ],
    ids=["a reply", "a sentence", "no origin", "an origin without a person"],
)
def test_a_failure_that_concerns_no_person_is_only_logged(entry: Entry) -> None:
    assert entries.failure(entry) is None


async def test_a_failure_is_told_in_slack_with_the_reference_of_the_log(house: House) -> None:
    path = Path(house.settings.database_url.removeprefix("sqlite:///"))
    payload = {"origin": encode(ORIGIN)}
    damaged = Entry("command:1", entries.TYPED, "person:U0ADA", payload)
    async with SqliteDatabase(path) as database:
        await database.write(Statement(WRITE, values_of(damaged, time.time(), begun=False)))
    with written("ERROR") as log:
        async with house.bot(sendkit_poll_seconds=0):
            await house.slack.until(lambda: house.told(user="U0ADA"))
    assert house.told(user="U0ADA") == [f"{FAILED} ({damaged.reference})"]
    assert f"[{damaged.reference}] command failed and is kept" in log.getvalue()
