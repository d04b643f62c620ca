"""What cards offer when SendKit cannot say, also after a restart."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import SendKitDown
from bot.slack.ai_tag_menu import Choices
from bot.store.channels import Channels
from bot.store.sqlite import SqliteDatabase
from bot.triage import AiTag

HOT, COLD, NEW = AiTag("Hot"), AiTag("Cold"), AiTag("New")


class Inbox:
    """SendKit's side: what it says, or that it cannot."""

    def __init__(self, *ai_tags: AiTag) -> None:
        self.ai_tags_now: tuple[AiTag, ...] | None = ai_tags

    async def ai_tags(self) -> tuple[AiTag, ...]:
        if self.ai_tags_now is None:
            raise SendKitDown
        return self.ai_tags_now


@pytest.fixture
async def channels(tmp_path: Path) -> AsyncIterator[Channels]:
    async with SqliteDatabase(tmp_path / "triage.db") as database:
        yield Channels(database)


async def test_cards_offer_what_sendkit_says_now(channels: Channels) -> None:
    inbox = Inbox(HOT, COLD)
    choices = Choices(inbox, channels, ("cold",))
    palette = await choices()
    assert (palette.ai_tags, palette.quick) == ((HOT, COLD), (COLD,))
    inbox.ai_tags_now = (HOT, COLD, NEW)
    assert (await choices()).ai_tags == (HOT, COLD, NEW)


async def test_cards_offer_what_sendkit_said_last(channels: Channels) -> None:
    inbox = Inbox(HOT, COLD)
    choices = Choices(inbox, channels, ())
    await choices()
    inbox.ai_tags_now = None
    assert (await choices()).ai_tags == (HOT, COLD)
    restarted = Choices(inbox, channels, ())
    for _ in range(2):
        assert (await restarted()).ai_tags == (HOT, COLD)
    inbox.ai_tags_now = (NEW,)
    assert (await restarted()).ai_tags == (NEW,)


async def test_what_another_process_kept_is_read_when_asked_again(channels: Channels) -> None:
    here, there = Choices(Inbox(HOT), channels, ()), Choices(Inbox(HOT, NEW), channels, ())
    await here()
    await there()
    assert (await here.known()).ai_tags == (HOT,)
    assert (await here.known(again=True)).ai_tags == (HOT, NEW)
    assert (await here.known()).ai_tags == (HOT, NEW)


async def test_a_first_start_without_sendkit_offers_no_aitags(channels: Channels) -> None:
    inbox = Inbox()
    inbox.ai_tags_now = None
    assert (await Choices(inbox, channels, ())()).ai_tags == ()
