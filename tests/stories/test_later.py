"""Later: what people put off comes back once, with what happened since."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.playground.sample_data import CAST, Tag
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message, View
from tests.conftest import House
from tests.fast_clock import FastClock
from tests.form_asserts import filled, said
from tests.stories.conftest import every_combination
from tests.stories.test_home import opened as home_of
from tests.stories.test_home import rows
from tests.timings import QUICK

FAST = replace(QUICK, due_look=0.05, clock_check=0.05)
LEAD = CAST[0].lead
NAME = f"{LEAD.first_name} {LEAD.last_name}"
TRIAGE = "#triage"
WHEN, DAY, TIME = "form.when", "form.day", "form.time"
# A Friday.
BEGINS = "2026-03-27 10:00"


async def card_of(house: House) -> Message:
    """The card of the first reply."""

    def found() -> list[Message]:
        return [each for each in house.slack.messages(TRIAGE) if NAME in each.text]

    await house.slack.until(found)
    (card, *_) = found()
    await house.until_stored("SELECT 1 FROM cards WHERE ts = :ts", ts=card.ts)
    return card


async def asked(house: House, card: Message) -> View:
    """The form that *Later…* in the card's menu brings."""
    assert (await house.slack.choose(card, "Later…")).ok
    return await filled(house, "Comes back")


async def shows(house: House, card: Message, part: str) -> None:
    await house.slack.until(lambda: part in house.text(card))


async def shows_no(house: House, card: Message, part: str) -> None:
    await house.slack.until(lambda: part not in house.text(card))


@every_combination
async def test_a_card_is_put_off_in_a_form_and_comes_back_with_what_happened(
    house: House,
) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        form = await asked(house, card)
        assert "Monday 9:00" in said(form)
        assert "Times are in the time zone Europe/Berlin." in said(form)
        assert (await house.slack.submit(form, {WHEN: "Monday 9:00"})).ok
        # The clocks are put forward on Sunday.
        await shows(house, card, "Later: until 2026-03-30 07:00 UTC, set by Ada.")
        assert house.slack.modal() is None
        view = await home_of(house, "Later 1")
        assert rows(view) == []
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card)
        assert "Later: until" in house.text(card)
        clock.put_to("2026-03-30 08:59")
        assert "Later: until" in house.text(card)
    clock.put_to("2026-03-30 09:05")
    async with house.bot(FAST, clocks=clock.clocks):
        line = (await house.lines(card, 2))[1]
        assert line.startswith(f"{NAME} is back from later: Ada put this off, 2026-03-27 09:00 UTC")
        assert line.endswith("Since then: Ben set Interested.")
        await shows_no(house, card, "Later: until")
        view = await home_of(house, "Back since")
        assert len(rows(view)) == 1
        await house.slack.click(view, "Done")
        await house.slack.until(lambda: "Back since" not in said(house.slack.home("U0ADA") or view))
    clock.put_to("2026-04-03 09:05")
    async with house.bot(FAST, clocks=clock.clocks):
        await house.until_stored("SELECT 1 FROM entries WHERE kind = 'back' AND state = 'done'")
    assert len(house.thread(card)) == 2


async def replied(house: House, card: Message) -> None:
    house.sendkit.reply(LEAD, "One more thing.")
    await house.slack.until(lambda: len(house.slack.messages(TRIAGE)) > 1)


async def answered(house: House, card: Message) -> None:
    inbox = house.sendkit.inbox
    inbox.send(inbox.queue_reply(next(iter(inbox.conversations)), "Thanks").id)


async def refused(house: House, card: Message) -> None:
    await house.slack.click(card, "Not interested")


async def ended(house: House, card: Message) -> None:
    await house.slack.click(card, "Back now")


@pytest.mark.parametrize("happens", [replied, answered, refused, ended])
async def test_new_mail_a_negative_ai_tag_and_back_now_end_it(
    house: House, happens: Callable[[House, Message], Awaitable[None]]
) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        await house.slack.submit(await asked(house, card), {WHEN: "In an hour"})
        await shows(house, card, "Later: until 2026-03-27 10:00 UTC")
        assert "Back now" in house.labels(card)
        await happens(house, card)
        await shows_no(house, card, "Later: until")
        clock.put_to("2026-03-27 12:00")
        view = await home_of(house, "Later 0")
        assert "Back since" not in said(view)
    assert not any("back from later" in each for each in house.thread(card))


async def test_a_day_of_ones_own_is_picked_and_one_that_has_passed_is_refused(
    house: House,
) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        await house.slack.command("/sendkit", "hours 9-17 America/New_York", channel=TRIAGE)
        await house.until_stored("SELECT 1 FROM schedules WHERE hours LIKE '%New_York'")
        form = await asked(house, card)
        assert "Times are in the time zone America/New_York." in said(form)
        ack = await house.slack.submit(form, {DAY: "2026-03-26", TIME: "14:30"})
        assert "This time has passed." in str(ack.body)
        await house.slack.submit(form, {DAY: "2026-03-31", TIME: "14:30"})
        await shows(house, card, "Later: until 2026-03-31 18:30 UTC, set by Ada.")


async def test_a_time_is_typed_and_who_types_none_is_asked_until_when(house: House) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        told = await house.typed(f"later {LEAD.email} tomorrow 14:00")
        assert told[-1] == f"The conversation with {NAME} comes back 2026-03-28 13:00 UTC."
        await shows(house, card, "Later: until 2026-03-28 13:00 UTC, set by Ada.")
        told = await house.typed(f"later {NAME} off", number=2)
        assert told[-1].startswith(f"The conversation with {NAME} is back")
        await shows_no(house, card, "Later: until")
        told = await house.typed(f"later {LEAD.email}", number=3)
        assert told[-1].startswith("Until when? For example: /sendkit later")
        told = await house.typed("later monday", number=4)
        assert told[-1].startswith("Which conversation? Type it again")
        house.slack.say(TRIAGE, "<@U0TRIAGE> later in 2 hours", thread_ts=card.ts)
        await shows(house, card, "Later: until 2026-03-27 11:00 UTC")


async def test_an_ai_tag_that_begins_with_later_is_set(house: House) -> None:
    house.sendkit.inbox.tags["later_this_year"] = Tag("later_this_year", "They said so.")
    house.reply()
    async with house.bot(FAST):
        card = await card_of(house)
        await house.slack.command("/sendkit", f"later this year {LEAD.email}", channel=TRIAGE)
        (line,) = await house.lines(card)
        assert line.startswith("Ada set Later this year")


async def test_in_a_round_what_is_put_off_is_passed_and_the_next_one_shown(house: House) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.leads(3)
    async with house.bot(FAST, clocks=clock.clocks):
        await house.slack.command("/sendkit", "next", channel=TRIAGE)
        first = await filled(house, "1 of 3")
        await house.slack.command("/sendkit", "next", channel=TRIAGE, user="U0BEN")
        bens = await filled(house, "1 of 3", user="U0BEN")
        assert (await house.slack.click(first, "Skip")).ok
        assert (await house.slack.click(await filled(house, "2 of 3"), "Later")).ok
        form = await filled(house, "Comes back")
        await house.slack.submit(form, {WHEN: "In an hour"})
        await filled(house, "3 of 3")
        await house.until_stored("SELECT 1 FROM conversations WHERE later_at IS NOT NULL")
        assert (await house.slack.click(bens, "Skip", user="U0BEN")).ok
        await filled(house, "3 of 3", user="U0BEN")
        await house.slack.command("/sendkit", "next", channel=TRIAGE, user="U0CHLOE")
        assert (await filled(house, user="U0CHLOE")).body["title"]["text"] == "1 of 2"
        assert house.told() == []


async def test_home_puts_off_and_ends_it(house: House) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks):
        await card_of(house)
        view = await home_of(house, "All 1")
        assert (await house.slack.click(view, "Later")).ok
        await house.slack.submit(await filled(house, "Comes back"), {WHEN: "Tomorrow 9:00"})
        await house.slack.until(lambda: "Later 1" in said(house.slack.home("U0ADA") or view))
        view = await home_of(house, "Later 1")
        await house.slack.click(view, "Later 1")
        await house.slack.until(lambda: "Put off until" in said(house.slack.home("U0ADA") or view))
        view = house.slack.home("U0ADA") or view
        await house.slack.click(view, "Back now")
        await house.slack.until(lambda: "Later 0" in said(house.slack.home("U0ADA") or view))


async def test_the_day_that_an_automatic_reply_names_is_offered(house: House) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    words = "I am out of the office and back on 16 April."
    house.sendkit.reply(LEAD, words, auto=True)
    async with house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        assert "The automatic reply says: back on 16 April 2026." in house.text(card)
        assert "Later: until" not in house.text(card), "it is never done by itself"
        assert (await house.slack.click(card, "Remind me 16 Apr")).ok
        await shows(house, card, "Later: until 2026-04-16 07:00 UTC, set by Ada.")
        assert "Remind me 16 Apr" not in house.labels(card)
        # Another one does not end it.
        house.sendkit.reply(LEAD, words, auto=True)
        await house.slack.until(lambda: len(house.slack.messages(TRIAGE)) > 1)
        clock.put_to("2026-04-16 09:05")
        await house.until_stored("SELECT 1 FROM conversations WHERE back_at IS NOT NULL")
        view = await home_of(house, "Back since")
        assert len(rows(view)) == 1


async def test_without_any_list_of_ai_tags_who_types_no_time_is_asked(house: House) -> None:
    house.sendkit.faults.add(Fault(status=404), "GET", "/v1/tags", times=None)
    house.reply()
    async with house.bot(FAST):
        await card_of(house)
        told = await house.typed(f"later {LEAD.email}")
        assert told[-1].startswith("Until when? For example: /sendkit later")


async def test_two_processes_bring_it_back_once(house: House) -> None:
    clock = FastClock(BEGINS, house.sendkit)
    if house.settings.database_url.startswith("sqlite"):
        return  # it serves one process
    house.reply()
    async with house.bot(FAST, clocks=clock.clocks), house.bot(FAST, clocks=clock.clocks):
        card = await card_of(house)
        await house.slack.submit(await asked(house, card), {WHEN: "In an hour"})
        await shows(house, card, "Later: until")
        clock.put_to("2026-03-27 11:30")
        await house.lines(card)
        await house.until_stored("SELECT 1 FROM entries WHERE kind = 'back' AND state = 'done'")
        await shows_no(house, card, "Later: until")
    assert len(house.thread(card)) == 1
