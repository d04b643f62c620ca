"""The digest: each day at a channel's time, once, whatever happens to the bot."""

from dataclasses import replace

import pytest

from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store import Statement
from bot.store.opening import beside
from bot.views.digest import NO_ANSWER
from tests.conftest import House
from tests.fast_clock import FastClock
from tests.timings import QUICK

FAST = replace(QUICK, due_look=0.05, clock_check=0.05)
TRIAGE = "#triage"


def digests(house: House, channel: str = TRIAGE) -> list[Message]:
    """The digests in a channel."""
    return [
        each
        for each in house.slack.messages(channel)
        if "until " in each.text[:20] or each.text.startswith("From ")
    ]


async def announced(house: House, typed: str, channel: str = TRIAGE) -> str:
    """The message in the channel after Ada typed this."""
    before = len(house.slack.messages(channel))
    await house.slack.command("/sendkit", typed, channel=channel)
    await house.slack.until(lambda: len(house.slack.messages(channel)) > before)
    # The channel hears of it first.
    waits = "SELECT 1 FROM entries WHERE state = 'open' AND kind = 'command'"
    await house.until_stored(f"SELECT 1 WHERE NOT EXISTS ({waits})")
    return house.slack.messages(channel)[-1].text


async def over(house: House, number: int) -> None:
    """Returns once so many digests came due and ended."""
    sql = "SELECT 1 FROM entries WHERE kind = 'digest' AND state = 'done'"
    await house.until_stored(sql, number)


async def test_a_channel_gets_its_digest_each_day_across_restarts_and_summer_time(
    house: House,
) -> None:
    clock = FastClock("2026-03-27 17:00", house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await house.recorded()
        said = await announced(house, "digest 17:30")
        assert said == (
            "Ada switched the digest on: each day at 17:30 (Europe/Berlin) I post here what was "
            "decided and what still waits."
        )
        await house.slack.click(card, "Interested")
        await house.lines(card)
        clock.put_to("2026-03-27 17:31")
        await house.slack.until(lambda: digests(house))
        await over(house, 1)
        first = digests(house)[0]
        assert first.text.startswith(
            "The 24 hours until Friday 27 March, 17:30. 1 decision about 1 lead by 1 person.\n"
            "Ada 1: Interested 1.\n"
        )
        assert "1 lead waits for an answer, the longest: " in first.text
        assert first.text.endswith("\nSendKit counts 1 unread, 1 have a card.")
        assert {"table", "data_visualization"} <= {each["type"] for each in first.blocks}
    clock.put_to("2026-03-28 21:00")
    async with house.bot(FAST, clocks=clock.clocks):
        await over(house, 2)
        clock.put_to("2026-03-29 17:29")
        await house.slack.click(card, "Mark read", user="U0BEN")
        await house.lines(card, 2)
        assert len(digests(house)) == 2
        clock.put_to("2026-03-29 17:31")
        await over(house, 3)
    second, third = digests(house)[1:]
    assert second.text.startswith(
        "From Friday 27 March, 17:30 to Saturday 28 March, 17:30. Nothing was decided."
    )
    assert "to Sunday 29 March, 17:30. 1 decision about 1 lead by 1 person.\nBen 1: other 1." in (
        third.text
    )


async def test_two_processes_post_one_digest(house: House) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "digest 17:30")
        if house.settings.database_url.startswith("sqlite"):
            clock.put_to("2026-03-03 17:31")
            await over(house, 1)
        else:
            async with house.bot(FAST, clocks=clock.clocks):
                clock.put_to("2026-03-03 17:31")
                await over(house, 1)
        clock.put_to("2026-03-03 23:00")
        await house.typed("digest")
    assert len(digests(house)) == 1


async def test_a_digest_that_was_switched_off_or_put_to_another_time_does_not_come(
    house: House,
) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        assert (
            "Digest of this channel: off (/sendkit digest 17:30)."
            in (await house.typed("digest"))[0]
        )
        await announced(house, "digest 17:30")
        assert (await announced(house, "digest off")) == "Ada switched this channel’s digest off."
        clock.put_to("2026-03-03 17:45")
        await announced(house, "hours mon-fri 9:00-17:30 Europe/London")
        assert "(Europe/London)" in await announced(house, "digest 5 pm")
        assert (
            "Digest of this channel: each day at 17:00 (Europe/London)."
            in (await house.typed("digest", number=2))[1]
        )
        clock.put_to("2026-03-03 18:01")
        await over(house, 1)
        assert "until Tuesday 3 March, 17:00." in digests(house)[0].text
    assert len(digests(house)) == 1


async def test_a_digest_that_came_due_after_its_time_was_changed_ends_silently(
    house: House,
) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "digest 17:30")
        house.slack.faults.error("chat.postMessage", error="fatal_error", times=1000)
        clock.put_to("2026-03-03 17:31")
        await house.until_stored("SELECT 1 FROM entries WHERE kind = 'digest'")
        async with beside(house.settings.database_url) as database:
            off = "DELETE FROM facts WHERE name LIKE 'digest %'"
            await database.write(Statement(off))
        await over(house, 1)
        house.slack.faults.clear()
    assert digests(house) == []


async def test_a_digest_does_not_wait_for_sendkit_for_long(house: House) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "digest 17:30")
        house.sendkit.faults.add(Fault(status=503), times=None)
        clock.put_to("2026-03-03 17:31")
        await house.until_stored("SELECT 1 FROM entries WHERE kind = 'digest' AND attempts > 0")
    clock.put_to("2026-03-03 18:00")
    async with house.bot(FAST, clocks=clock.clocks):
        await over(house, 1)
    assert digests(house)[0].text.endswith(NO_ANSWER)


async def test_a_channel_that_is_closed_gets_no_more_digests_and_its_person_hears_of_it(
    house: House,
) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "subscribe", "#deals")
        await announced(house, "digest 17:30", "#deals")
        space = house.slack.workspace
        space.add_channel(replace(space.channel("#deals"), archived=True))
        clock.put_to("2026-03-03 17:31")
        await over(house, 1)
        direct = house.slack.messages(space.direct("U0ADA"))
        assert "I can no longer post the digest in this channel" in direct[-1].text
        async with beside(house.settings.database_url) as database:
            kept = "SELECT 1 FROM facts WHERE name LIKE 'digest %'"
            assert not await database.read(kept)


async def test_digests_are_for_channels(house: House) -> None:
    async with house.bot():
        direct = house.slack.workspace.direct("U0ADA")
        await house.slack.command("/sendkit", "digest 17:30", channel=direct)
        await house.slack.until(lambda: house.told(direct.id))
        assert "Type this in the channel." in house.told(direct.id)[0]
        said = await house.typed("digest noon")
        assert said[0].startswith("Give a time of the day: /sendkit digest 17:30.")


async def test_a_digest_that_slack_refuses_for_good_is_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "digest 17:30")
        house.slack.faults.error("chat.postMessage", error="user_not_visible")
        clock.put_to("2026-03-03 17:31")
        await over(house, 1)
    assert "a digest was not posted: user_not_visible" in caplog.text
    assert digests(house) == []


async def test_a_digest_goes_without_an_audit_that_sendkit_refuses(house: House) -> None:
    clock = FastClock("2026-03-03 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, "digest 17:30")
        house.sendkit.faults.add(Fault(status=404), times=None)
        clock.put_to("2026-03-03 17:31")
        await over(house, 1)
    assert digests(house)[0].text.endswith(NO_ANSWER)
