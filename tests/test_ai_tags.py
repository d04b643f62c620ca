"""Requests for the aiTags, and the aiTags that serve while SendKit does not answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from bot.errors import AnswerUnclear, KeyRefused, SendKitBusy, SendKitDown, TriageError
from bot.playground.sample_data import Tag
from bot.playground.sendkit import Fault
from bot.playground.sendkit import SendKit as Server
from bot.sendkit.ai_tags import KEPT, USABLE_SECONDS, AiTags
from bot.store import Database
from bot.store.channels import Channels
from bot.timing import DEFAULT
from tests.clients import sendkit_of
from tests.journals import Clock

TROUBLES: dict[str, tuple[Fault, type[TriageError]]] = {
    "an outage": (Fault(status=503), SendKitDown),
    "a wait": (Fault(status=429), SendKitBusy),
    "a dropped connection": (Fault(drop=True), SendKitDown),
    "a refused key": (Fault(status=401), KeyRefused),
    "an answer without sense": (Fault(text="<html>"), AnswerUnclear),
    "a list that is none": (Fault(text=json.dumps({"data": {"name": "x"}})), AnswerUnclear),
}
every_trouble = pytest.mark.parametrize(("fault", "error"), TROUBLES.values(), ids=TROUBLES.keys())
either = pytest.mark.parametrize("fresh", [False, True], ids=["kept", "fresh"])
Restarted = Callable[[], AiTags]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def restarted(server: Server, clock: Clock, database: Database) -> AsyncIterator[Restarted]:
    """The aiTags with which another process, or one after a restart, begins."""
    async with sendkit_of(server, clock=clock, monotonic=clock) as client:
        yield lambda: AiTags(client.ai_tags, Channels(database), clock)


@pytest.fixture
def ai_tags(restarted: Restarted) -> AiTags:
    return restarted()


async def test_the_ai_tags_are_kept_for_some_minutes_and_then_asked_for_again(
    server: Server, ai_tags: AiTags, clock: Clock
) -> None:
    first = await ai_tags.get()
    assert first == tuple(server.inbox.tags)
    server.inbox.tags["New"] = Tag("New")
    clock.now += DEFAULT.ai_tags_kept - 1
    assert await ai_tags.get() == await ai_tags.known() == first
    assert len(server.requests) == 1
    clock.now += 1
    assert await ai_tags.get() == await ai_tags.known() == (*first, "New")
    assert len(server.requests) == 2


async def test_fresh_ai_tags_are_asked_for(server: Server, ai_tags: AiTags, clock: Clock) -> None:
    first = await ai_tags.get()
    server.inbox.tags["New"] = Tag("New")
    clock.now += 1
    assert await ai_tags.get(fresh=True) == (*first, "New")
    clock.now += DEFAULT.ai_tags_kept - 1
    await ai_tags.get()
    assert len(server.requests) == 2


async def test_no_ai_tags_are_not_asked_for_often(
    server: Server, ai_tags: AiTags, clock: Clock
) -> None:
    server.inbox.tags.clear()
    for _ in range(3):
        assert await ai_tags.get() == ()
        clock.now += 1
    assert len(server.requests) == 1


@either
async def test_requests_for_the_ai_tags_at_one_time_share_an_answer(
    server: Server, ai_tags: AiTags, clock: Clock, fresh: bool
) -> None:
    server.slow = 0.05
    asking = [asyncio.ensure_future(ai_tags.get(fresh=fresh)) for _ in range(20)]
    await server.until(lambda: server.requests)
    clock.now += 0.05
    assert await asyncio.gather(*asking) == [tuple(server.inbox.tags)] * 20
    assert len(server.requests) == 1


@pytest.mark.parametrize("known", [False, True], ids=["none are known", "some are known"])
@either
async def test_requests_for_the_ai_tags_at_one_time_share_a_failure(
    server: Server, ai_tags: AiTags, clock: Clock, fresh: bool, known: bool
) -> None:
    """Else the last of many cards would wait for as many time limits."""
    if known:
        await ai_tags.get()
    clock.now += DEFAULT.ai_tags_kept
    server.faults.add(Fault(drop=True, seconds=0.05), times=None)
    asking = [asyncio.ensure_future(ai_tags.get(fresh=fresh)) for _ in range(20)]
    before = len(server.requests)
    await server.until(lambda: len(server.requests) > before)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert len(server.requests) == before + 1
    if known:
        assert answers == [tuple(server.inbox.tags)] * 20
    else:
        assert [type(each) for each in answers] == [SendKitDown] * 20


@every_trouble
async def test_the_last_known_ai_tags_serve_while_sendkit_does_not_say(
    server: Server, ai_tags: AiTags, clock: Clock, fault: Fault, error: type[TriageError]
) -> None:
    known = await ai_tags.get()
    server.faults.add(fault, times=2)
    server.inbox.tags["New"] = Tag("New")
    clock.now += DEFAULT.ai_tags_kept
    assert await ai_tags.get() == known
    assert len(server.requests) == 2
    clock.now += DEFAULT.ai_tags_pause - 1
    assert tuple(await ai_tags.offered()) == known
    assert len(server.requests) == 2, "it is not asked again at each card"
    assert await ai_tags.get(fresh=True) == known
    assert len(server.requests) == 3, "but where they have to be fresh"
    clock.now += DEFAULT.ai_tags_pause
    assert await ai_tags.get() == (*known, "New")


@every_trouble
@either
async def test_without_known_ai_tags_an_error_is_raised_until_sendkit_says(
    server: Server,
    ai_tags: AiTags,
    clock: Clock,
    fault: Fault,
    error: type[TriageError],
    fresh: bool,
) -> None:
    server.faults.add(fault, times=3)
    assert await ai_tags.offered() == {}
    assert await ai_tags.known() == ()
    for _ in range(2):
        with pytest.raises(error):
            await ai_tags.get(fresh=fresh)
        clock.now += 1
    assert await ai_tags.get(fresh=fresh) == tuple(server.inbox.tags)


async def test_the_ai_tags_are_known_after_a_restart_while_sendkit_is_down(
    server: Server, restarted: Restarted, clock: Clock
) -> None:
    known = await restarted().get()
    server.down = True
    assert await restarted().known() == known
    after = restarted()
    for _ in range(2):
        assert tuple(await after.offered()) == await after.get() == known
    assert len(server.requests) == 2
    server.down = False
    server.inbox.tags["New"] = Tag("New")
    clock.now += DEFAULT.ai_tags_pause
    assert tuple(await after.offered()) == (*known, "New")


async def test_ai_tags_that_an_earlier_version_stored_have_no_descriptions(
    restarted: Restarted, server: Server, database: Database
) -> None:
    await Channels(database).set_fact(KEPT, json.dumps(["Interested", "Not now"]))
    server.down = True
    assert await restarted().offered() == {"Interested": "", "Not now": ""}


async def test_a_new_description_is_stored(
    restarted: Restarted, server: Server, clock: Clock
) -> None:
    here, there = restarted(), restarted()
    for tags in ([Tag("a"), Tag("b")], [Tag("b"), Tag("a")], [Tag("b"), Tag("a", "First")]):
        server.inbox.tags = {tag.name: tag for tag in tags}
        clock.now += DEFAULT.ai_tags_kept
        assert list(await here.get()) == [tag.name for tag in tags]
        assert await there.known(again=True) == await here.known()
    assert await here.offered() == {"b": "", "a": "First"}


async def test_another_process_ai_tags_are_read(server: Server, restarted: Restarted) -> None:
    here, there = restarted(), restarted()
    known = await here.get()
    server.inbox.tags["New"] = Tag("New")
    await there.get()
    assert await here.known() == known
    assert await here.known(again=True) == await here.known() == (*known, "New")


async def test_a_card_does_not_wait_for_ai_tags_that_are_asked_for_again(
    server: Server, ai_tags: AiTags, clock: Clock
) -> None:
    first = await ai_tags.offered()
    server.inbox.tags["New"] = Tag("New")
    server.slow = 0.05
    clock.now += DEFAULT.ai_tags_kept
    for _ in range(2):
        assert await ai_tags.offered() == first
    assert "New" in await ai_tags.get()
    assert len(server.requests) == 2
    assert "New" in await ai_tags.offered()


async def test_a_card_waits_for_new_ai_tags_if_it_knows_those_of_an_hour_ago(
    server: Server, ai_tags: AiTags, clock: Clock
) -> None:
    await ai_tags.offered()
    server.inbox.tags["New"] = Tag("New")
    clock.now += USABLE_SECONDS
    assert "New" in await ai_tags.offered()
