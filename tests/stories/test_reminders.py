"""Reminders: a channel hears of leads who wait, in its working hours, and once each."""

from dataclasses import replace

from bot.playground.sample_data import CAST
from bot.playground.workspace import Message
from tests.conftest import House
from tests.fast_clock import FastClock
from tests.timings import QUICK

FAST = replace(QUICK, due_look=0.05, clock_check=0.05)
LEAD = CAST[0].lead
NAME = f"{LEAD.first_name} {LEAD.last_name}"
OFFICE = "hours mon-fri 9:00-17:30 Europe/Berlin"
REMIND = "remind 30m 2h"


async def announced(house: House, typed: str) -> str:
    """What the channel reads after Ada typed this."""
    before = len(house.slack.messages("#triage"))
    await house.slack.command("/sendkit", typed, channel="#triage")
    await house.slack.until(lambda: len(house.slack.messages("#triage")) > before)
    return house.slack.messages("#triage")[-1].text


async def carded(house: House) -> Message:
    """The card of the first reply, wherever it is among the messages."""

    def found() -> list[Message]:
        return [each for each in house.slack.messages("#triage") if NAME in each.text]

    await house.slack.until(found)
    (card, *_) = found()
    await house.until_stored("SELECT 1 FROM cards WHERE ts = :ts", ts=card.ts)
    return card


async def decided(house: House, number: int) -> None:
    """Returns once so many reminders came due and ended."""
    sql = "SELECT 1 FROM entries WHERE kind = 'remind' AND state = 'done'"
    await house.until_stored(sql, number)


async def test_a_channel_is_reminded_early_and_late_across_a_restart(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        said = await announced(house, REMIND)
        assert said.startswith("Ada switched reminders on.")
        assert "after 30 minutes and 2 hours" in said
        house.reply()
        card = await carded(house)
        clock.put_to("2026-03-03 10:45")
        (early,) = await house.lines(card)
        assert early == (
            f"{NAME} has waited 30 minutes for our answer, since 2026-03-03 09:00 UTC."
        )
    clock.put_to("2026-03-03 12:30")
    async with house.bot(FAST, clocks=clock.clocks):
        assert (await house.lines(card, 2))[1].startswith(f"{NAME} has waited 2 hours")
        clock.put_to("2026-03-04 12:00")
        house.reply(1)
        await decided(house, 2)
    assert len(house.thread(card)) == 2


async def test_only_working_hours_count_and_summer_time_changes_nothing(house: House) -> None:
    clock = FastClock("2026-03-27 17:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        assert await announced(house, OFFICE) == (
            "Ada set this channel’s working hours: mon-fri 9:00-17:30 Europe/Berlin."
        )
        assert "Only working hours count" in await announced(house, "remind 1h")
        house.reply()
        card = await carded(house)
        clock.put_to("2026-03-30 09:45")
        (line,) = await house.lines(card)
        assert line.startswith(f"{NAME} has waited 1 hour of working time for our answer, since")


async def test_nobody_is_reminded_of_a_lead_who_has_an_answer(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    theirs = house.reply()
    # There is one look for replies, and so the bot does not notice the answer.
    async with house.bot(FAST, clocks=clock.clocks, sendkit_poll_seconds=3600):
        card = await carded(house)
        await announced(house, REMIND)
        clock.put_to("2026-03-03 10:20")
        house.sendkit.inbox.send(house.sendkit.inbox.queue_reply(theirs.id, "Thanks").id)
        clock.put_to("2026-03-03 10:45")
        await decided(house, 1)
        assert house.thread(card) == []
        # The card did not know of it before.
        await house.slack.until(lambda: f"waiting for {NAME} since" in house.text(card))


async def test_nobody_is_reminded_of_a_lead_who_is_not_interested(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, REMIND)
        house.reply()
        card = await carded(house)
        await house.slack.click(card, "Not interested")
        await house.lines(card)
        clock.put_to("2026-03-03 10:45")
        await decided(house, 1)
        clock.put_to("2026-03-03 12:30")
        await decided(house, 2)
        assert len(house.thread(card)) == 1


async def test_who_was_not_reminded_in_time_is_reminded_of_the_longer_wait(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    async with house.bot(FAST, clocks=clock.clocks):
        await announced(house, REMIND)
        house.reply()
        card = await carded(house)
    clock.put_to("2026-03-03 13:00")
    async with house.bot(FAST, clocks=clock.clocks):
        await decided(house, 2)
        (line,) = await house.lines(card)
        assert line.startswith(f"{NAME} has waited 2 hours")


async def test_reminders_begin_when_they_are_switched_on_and_end_when_off(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await carded(house)
        clock.put_to("2026-03-03 11:00")
        await announced(house, REMIND)
        clock.put_to("2026-03-03 12:30")
        (line,) = await house.lines(card)
        assert line.startswith(f"{NAME} has waited 2 hours"), "30 minutes had passed before"
        assert await announced(house, "remind off") == "Ada switched this channel’s reminders off."
        assert (await house.typed("remind"))[-1].startswith("Reminders in this channel: off")
        clock.put_to("2026-03-05 12:00")
        await announced(house, "remind 1h")
        assert len(house.thread(card)) == 1


async def test_two_processes_remind_once(house: House) -> None:
    clock = FastClock("2026-03-03 10:00", house.sendkit)
    if house.settings.database_url.startswith("sqlite"):
        return  # it serves one process
    async with house.bot(FAST, clocks=clock.clocks), house.bot(FAST, clocks=clock.clocks):
        await announced(house, REMIND)
        house.reply()
        card = await carded(house)
        clock.put_to("2026-03-03 10:45")
        await house.lines(card)
        clock.put_to("2026-03-03 12:30")
        await house.lines(card, 2)
        await decided(house, 2)
    assert len(house.thread(card)) == 2


async def test_a_channel_is_told_what_it_has(house: House) -> None:
    async with house.bot(FAST):
        told = await house.typed("hours")
        assert told[-1].startswith("Reminders in this channel: off (/sendkit remind 30m 2h).")
        said = await announced(house, "hours 8-16")
        assert said.endswith("mon-fri 8:00-16:00 Europe/Berlin."), "as in Ada's profile"
        said = await announced(house, "hours off")
        assert said == "Ada ended this channel’s working hours: now all time counts."
        told = await house.typed("hours whenever", number=2)
        assert told[-1].startswith("Give days, times and a time zone")


async def test_a_direct_message_has_no_hours(house: House) -> None:
    async with house.bot(FAST):
        room = house.slack.workspace.direct("U0ADA")
        await house.slack.command("/sendkit", "remind 1h", channel=room)
        await house.slack.until(lambda: house.slack.ephemerals(room, "U0ADA"))
        told = house.slack.ephemerals(room, "U0ADA")[-1].text
        assert told.startswith("This is a direct message, and only channels have working hours")


async def test_who_cannot_be_heard_in_a_channel_is_told(house: House) -> None:
    async with house.bot(FAST):
        house.slack.faults.error("chat.postMessage", error="is_archived")
        assert (await house.typed("remind 1h"))[-1].startswith("I cannot post in that channel")
        house.slack.faults.error("chat.postMessage", error="not_in_channel")
        told = await house.typed("remind 2h", number=2)
        assert told[-1].startswith("I’m not in this channel yet.")
        house.slack.faults.clear()
        assert "off" in (await house.typed("remind", number=3))[-1]


async def test_who_has_no_time_zone_in_slack_names_one(house: House) -> None:
    ada = house.slack.workspace.users["U0ADA"]
    house.slack.workspace.users["U0ADA"] = replace(ada, tz="")
    async with house.bot(FAST):
        told = await house.typed("hours 9-17")
        assert told[-1].startswith("Slack did not tell me your time zone. Name it: /sendkit hours")
