"""The database is in trouble while the bot runs: people who press see Slack's error, nothing is
half-done, and when the trouble is over the next click works."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests import servers
from tests.conftest import House
from tests.full_disk import filled, small
from tests.timings import LOCKED, PATIENT_SLACK

Trouble = Callable[[], AbstractContextManager[None]]
TOLD = "Ada set Interested"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """By the trouble that it is going to have."""
    kind: str = request.getfixturevalue("kind")
    if kind == "a server that goes away":
        postgres: servers.OwnPostgres = request.getfixturevalue("own_postgres")
        with postgres.database() as url:
            yield url
    elif kind == "a full disk":
        with small(tmp_path / "disk") as disk:
            yield f"sqlite:///{disk}/triage.db"
    else:
        yield f"sqlite:///{tmp_path}/triage.db"


@pytest.fixture
def trouble(request: pytest.FixtureRequest, kind: str, database_url: str) -> Trouble:
    @contextmanager
    def gone() -> Iterator[None]:
        postgres: servers.OwnPostgres = request.getfixturevalue("own_postgres")
        postgres.stop()
        try:
            yield
        finally:
            postgres.start()

    @contextmanager
    def moved() -> Iterator[None]:
        path = Path(database_url.removeprefix("sqlite:///"))
        path.rename(path.with_suffix(".away"))
        yield
        path.with_suffix(".away").rename(path)

    match kind:
        case "a server that goes away":
            return gone
        case "a full disk":
            return lambda: filled(Path(database_url.removeprefix("sqlite:///")).parent)
        case "a file that is moved":
            return moved
        case _:
            return lambda: servers.locked(database_url)


@pytest.mark.parametrize(
    "kind",
    ["a full disk", "a file that is moved", "a file that is locked", "a server that goes away"],
)
async def test_the_person_sees_the_full_disk_and_the_next_click_works(
    house: House, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    house.reply()
    async with house.bot(LOCKED, sendkit_poll_seconds=0):
        (conversation,) = house.sendkit.inbox.conversations
        await house.slack.command("/sendkit", f"show {conversation}", channel="#triage")
        card = await house.card()
        await house.slack.click(card, "Mark read", user="U0BEN")
        (marked,) = await house.lines(card)
        with trouble(), caplog.at_level(logging.ERROR):
            house.slack.ack_seconds = 3
            ack = await house.slack.click(card, "Interested")
            assert not ack.ok
            house.slack.ack_seconds = PATIENT_SLACK
        assert house.slack.message(card.channel, card.ts).warning
        assert [patch.body for patch in house.sendkit.patches] == [{"markRead": True}]
        (said,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert said.getMessage().startswith("not acknowledged: The bot could not save this (")
        assert said.exc_info is None
        assert (await house.slack.click(card, "Interested")).ok
        assert await house.lines(card, 2) == [marked, TOLD]
    assert [patch.body for patch in house.sendkit.patches[1:]] == [{"aiTag": "interested"}]
