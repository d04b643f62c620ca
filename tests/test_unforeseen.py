"""Whoever asked is told what nobody foresaw."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from bot import codec
from bot.errors import Later
from bot.journal import Entry, Handler, Page
from bot.journal.attempt import WRITE, OpenPage, values_of
from bot.store import Statement
from bot.store.sqlite import SqliteDatabase
from bot.triage import ChannelId, ConversationId, Origin, Person, UserId
from bot.unforeseen import SENTENCE, told
from tests.conftest import House
from tests.log_asserts import written

ORIGIN = Origin(ChannelId("C0TRIAGE"), Person(UserId("U0ADA"), "ada"))
SHOW = codec.show("click:1", ConversationId("c1"), ORIGIN)


class Notebook:
    """A journal that keeps what is written, and carries nothing out."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def write(self, entry: Entry) -> bool:
        self.entries.append(entry)
        return True


async def boom(page: Page) -> None:
    raise RuntimeError("boom")


async def well(page: Page) -> None:
    return


async def not_now(page: Page) -> None:
    raise Later("Not now")


async def _kept(page: OpenPage) -> None:
    return


async def _told(entry: Entry, handler: Handler) -> list[Entry]:
    """What is written when an entry is carried out so."""
    journal = Notebook()
    page = OpenPage(entry, 0.0, 0.0, begun=True, keep=_kept, waiting=lambda: 0)
    with suppress(RuntimeError, Later):
        await told(journal, {entry.kind: handler})[entry.kind](page)
    return journal.entries


async def test_who_asked_is_told_with_the_reference_of_what_failed() -> None:
    assert await _told(SHOW, boom) == [
        codec.tell("click:1/failed", SENTENCE, ORIGIN, SHOW.reference)
    ]


@pytest.mark.parametrize("handler", [well, not_now])
async def test_what_was_foreseen_is_told_by_whoever_foresaw_it(handler: Handler) -> None:
    assert await _told(SHOW, handler) == []


@pytest.mark.parametrize(
    "entry",
    [
        codec.look("webhook:1", ConversationId("c1"), reply=True),
        codec.tell("unknown:1", "No.", ORIGIN),
    ],
    ids=["a reply", "what only tells"],
)
async def test_where_nobody_can_be_told_the_log_has_it_alone(entry: Entry) -> None:
    assert await _told(entry, boom) == []


async def test_somebody_is_told_in_slack_with_the_reference_of_the_log(house: House) -> None:
    path = Path(house.settings.database_url.removeprefix("sqlite:///"))
    payload = {"origin": codec.origin_to_json(ORIGIN)}
    damaged = Entry("command:1", codec.COMMAND, "person:U0ADA", payload)
    async with SqliteDatabase(path) as database:
        await database.write(Statement(WRITE, values_of(damaged, time.time(), begun=False)))
    with written("ERROR") as log:
        async with house.bot(sendkit_poll_seconds=0):
            await house.slack.until(lambda: house.told(user="U0ADA"))
    assert house.told(user="U0ADA") == [f"{SENTENCE} ({damaged.reference})"]
    assert f"[{damaged.reference}] command failed and is kept" in log.getvalue()
