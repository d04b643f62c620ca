"""A lead asks to be left alone: people put the address on SendKit's do-not-contact list."""

import signal

import pytest

from bot.permissions import Members
from bot.playground.sample_data import CAST, WEBINAR
from bot.playground.sendkit import NO_ANSWERS, Fault, SendKit
from bot.playground.workspace import Message
from bot.store.opening import opened as database_of
from bot.timing import DEFAULT
from bot.triage import UserId
from tests.conftest import House
from tests.form_asserts import filled, opened, said
from tests.processes import Process
from tests.stories.conftest import every_combination
from tests.stories.test_home import home
from tests.stories.test_home import opened as home_of
from tests.stories.test_queue import begun

TRIAGE = "#triage"
BAR = "Do not contact"
DAN = 7
ADDRESS = CAST[DAN].lead.email
MARK = "⚠ asks to be left alone"
LINE = "Ada put the lead on SendKit’s do-not-contact list"
LISTED = "On the do-not-contact list, by Ada"
ALREADY = "Dan Ortiz is already on SendKit’s do-not-contact list."
DNC = "/v1/inbox/dnc"


def barred(house: House) -> set[str]:
    return house.sendkit.inbox.do_not_contact


def asked(sendkit: SendKit) -> list[object]:
    return [each.body for each in sendkit.requests if each.path == DNC]


async def reads(house: House, card: Message, words: str = LISTED) -> None:
    """Returns once the card says this."""
    await house.slack.until(lambda: words in house.text(card))


async def doors(house: House) -> list[str]:
    """How people put leads on the list, by the record."""
    async with database_of(house.settings.database_url, DEFAULT.database) as database:
        rows = await database.read("SELECT door, change FROM decisions ORDER BY seq")
    return [row["door"] for row in rows if "doNotContact" in row["change"]]


@every_combination
async def test_one_press_puts_the_address_on_the_list(house: House) -> None:
    dan = house.reply(DAN)
    async with house.bot():
        card = await house.recorded()
        assert MARK in card.text
        assert house.labels(card)[0] == BAR
        (row,) = (each for each in card.blocks if each["type"] == "actions")
        dialog = row["elements"][0]["confirm"]
        assert ADDRESS in dialog["text"]["text"]
        assert "can’t take it off again" in dialog["text"]["text"]
        await house.slack.click(card, BAR)
        assert await house.lines(card) == [LINE]
        await reads(house, card)
        assert BAR not in house.labels(card)
        assert not any(each.startswith("Undo") for each in house.labels(card))
        (line,) = (each for each in house.slack.thread(card.channel, card.ts) if each.is_reply)
        assert house.slack.labels(line) == []
    assert barred(house) == {ADDRESS}
    assert asked(house.sendkit) == [{"conversationIds": [dan.id]}]
    assert house.sendkit.patches == []
    assert await doors(house) == ["button"]


@pytest.mark.parametrize("door", ["command", "mention", "message", "thread"])
async def test_words_put_any_lead_on_the_list(house: House, door: str) -> None:
    async with house.bot_with_recorded_card() as card:
        words, who = "dnc jane.doe@acme.example.com", "<@U0TRIAGE>"
        match door:
            case "command":
                told = await house.typed(words)
                assert told[0].startswith("Putting Jane Doe on SendKit’s do-not-contact list.")
            case "mention":
                house.slack.say(TRIAGE, f"{who} {words}")
            case "thread":
                house.slack.say(TRIAGE, f"{who} dnc", thread_ts=card.ts)
            case _:
                house.slack.say(house.slack.workspace.direct("U0ADA"), words)
        await reads(house, card)
        await house.slack.until(lambda: LINE in house.thread(card))
    assert barred(house) == {CAST[0].lead.email}
    assert await doors(house) == ["mention" if door == "thread" else door]


async def test_without_a_lead_people_choose_one_and_type_again(house: House) -> None:
    async with house.bot_with_recorded_card():
        (told,) = await house.typed("dnc")
        assert told.startswith("Which conversation? Type it again with one of these addresses.")
    assert barred(house) == set()


@every_combination
async def test_forms_have_the_button_too(house: House) -> None:
    house.reply(DAN)
    async with house.bot():
        card = await house.recorded()
        form = await opened(house, card)
        assert MARK in said(form)
        await house.slack.click(form, BAR)
        form = await filled(house, "Do not contact: your decision is saved.")
        # What is left is the aiTag of this name.
        assert house.slack.labels(form).count(BAR) == 1
        assert await house.lines(card) == [LINE]
        # The same form still saves what was chosen in it.
        await house.slack.submit(form, {"form.ai_tag": "Do not contact"})
        assert (await house.lines(card, 2))[1] == "Ada set Do not contact"
        assert LISTED in said(await opened(house, card))
    assert await doors(house) == ["form"]


async def test_a_round_goes_on_after_it(house: House) -> None:
    house.reply(DAN)
    house.reply()
    async with house.bot():
        form = await begun(house)
        await house.slack.click(form, BAR)
        form = await filled(house, "2 of 2")
        assert MARK not in said(form)
        await house.slack.submit(form, {"form.read": "Read"})
        end = await filled(house, "You decided 2 of 2.")
        assert f"Dan Ortiz · Harbor Dental: {LINE}" in said(end)
    assert barred(house) == {ADDRESS}


async def test_home_has_it(house: House) -> None:
    house.reply(DAN)
    async with house.bot():
        await house.recorded()
        view = await home_of(house, MARK)
        await house.slack.click(view, BAR)
        view = await home(house, LISTED)
        assert f"Your last decision, Dan Ortiz · Harbor Dental: {LINE}" in said(view)
        assert BAR not in house.slack.labels(view)
    assert barred(house) == {ADDRESS}


async def test_a_list_has_it(house: House) -> None:
    lead = CAST[DAN].lead
    house.sendkit.reply(lead, f"{'Hello again. ' * 20}Please remove me from your list.")
    async with house.bot():
        await house.recorded()
        (told,) = await house.typed("inbox")
        assert MARK in told
        listed = house.slack.ephemerals(TRIAGE)[-1]
        await house.slack.click(listed, BAR)
        await house.slack.until(lambda: LISTED in house.told()[-1])
        assert MARK in house.told()[-1]
        assert BAR not in house.slack.labels(house.slack.ephemerals(TRIAGE)[-1])


async def test_all_cards_of_the_address_say_it(house: House) -> None:
    house.reply(DAN)
    part = CAST[DAN]
    async with house.bot():
        first = await house.recorded()
        house.sendkit.reply(part.lead, "Remove me there too.", campaign=WEBINAR)
        second = await house.recorded(1)
        await house.slack.click(second, BAR)
        await reads(house, second)
        await reads(house, first)
        assert BAR not in house.labels(first)
        # So does a reply that comes later.
        house.sendkit.reply(part.lead, "I said: remove me.")
        await reads(house, await house.recorded(2))


async def test_an_address_that_was_listed_in_sendkit_is_no_news_in_the_thread(house: House) -> None:
    dan = house.reply(DAN)
    house.sendkit.inbox.bar([dan.id])
    async with house.bot():
        card = await house.recorded()
        await house.slack.click(card, BAR)
        await house.slack.until(lambda: house.told() == [ALREADY])
        await reads(house, card, "On the do-not-contact list.")
        assert house.thread(card) == []
        assert await house.typed(f"dnc {ADDRESS}", number=3) == [
            *(ALREADY, house.told()[1], ALREADY)
        ]
    assert await doors(house) == []


async def test_it_cannot_be_undone_and_the_bot_says_where_it_can(house: House) -> None:
    house.reply(DAN)
    async with house.bot():
        card = await house.recorded()
        await house.slack.click(card, BAR)
        await house.lines(card)
        await house.slack.command("/sendkit", f"undo {ADDRESS}", channel=TRIAGE)
        await house.slack.until(
            lambda: any("SendKit’s API cannot take an address off" in each for each in house.told())
        )
        log = (await house.typed("log", number=len(house.told()) + 1))[-1]
        assert LINE in log
        assert "Undo" not in house.slack.labels(house.slack.ephemerals(TRIAGE)[-1])
    assert barred(house) == {ADDRESS}


async def test_it_waits_for_sendkit_and_can_be_taken_back_until_then(house: House) -> None:
    house.reply(DAN)
    async with house.bot():
        card = await house.recorded()
        house.sendkit.down = True
        await house.slack.click(card, BAR)
        await reads(house, card, "Ada’s decision (do not contact) is saved.")
        await house.slack.choose(card, "Undo “do not contact”")
        house.sendkit.down = False
        await house.slack.until(lambda: "undid this decision" in "".join(house.thread(card)))
    assert barred(house) == set()
    assert asked(house.sendkit) == []


@pytest.mark.parametrize("name", sorted(NO_ANSWERS))
async def test_an_unclear_answer_is_asked_again(house: House, name: str) -> None:
    house.reply(DAN)
    house.sendkit.faults.add(NO_ANSWERS[name], "POST", DNC)
    async with house.bot():
        card = await house.recorded()
        await house.slack.click(card, BAR)
        assert await house.lines(card) == [LINE]
        await reads(house, card)
    assert barred(house) == {ADDRESS}
    assert len(asked(house.sendkit)) == 2


@every_combination
async def test_an_answer_that_is_lost_is_told_once(house: House) -> None:
    house.reply(DAN)
    house.sendkit.faults.add(Fault(drop=True, acts=True), "POST", DNC)
    async with house.bot():
        card = await house.recorded()
        await house.slack.click(card, BAR)
        assert await house.lines(card) == [LINE]
        await reads(house, card)
    assert await doors(house) == ["button"]


async def test_a_conversation_that_is_gone_is_not_counted_as_listed(house: House) -> None:
    dan = house.reply(DAN)
    async with house.bot():
        card = await house.recorded()
        del house.sendkit.inbox.conversations[dan.id]
        await house.slack.click(card, BAR)
        await reads(house, card, "Ada’s decision (do not contact) is saved.")
    assert asked(house.sendkit) == []


async def test_a_lead_without_an_address_cannot_be_listed(house: House) -> None:
    lead = CAST[DAN].lead
    nameless = house.sendkit.reply(type(lead)(""), "Remove me.")
    async with house.bot():
        await house.recorded()
        (told,) = await house.typed(f"dnc {nameless.id}", number=1)
        await house.slack.until(
            lambda: any("names no email address" in each for each in house.told())
        )
        assert told
    assert asked(house.sendkit) == []


async def test_people_who_may_not_decide_may_not_do_this(house: House) -> None:
    house.reply(DAN)
    async with house.bot(triage_members=Members(people=(UserId("U0BEN"),))):
        card = await house.recorded()
        await house.slack.click(card, BAR)
        await house.slack.until(lambda: house.told() != [])
        assert "Only the triage members can do this." in house.told()[0]
        assert house.thread(card) == []
    assert asked(house.sendkit) == []


@pytest.mark.kill
@every_combination
async def test_a_kill_at_any_moment_lists_the_address_and_tells_it_once(house: House) -> None:
    house.reply(DAN)
    bot = Process(house)
    await bot.start()
    try:
        card = await house.recorded()
        # Killed while SendKit has the request, and again before Slack has the line.
        house.sendkit.faults.add(Fault(seconds=1, acts=True), "POST", DNC)
        assert (await house.slack.click(card, BAR)).ok
        await house.sendkit.until(lambda: barred(house))
        await bot.end(signal.SIGKILL)
        house.slack.faults.slow("chat.postMessage", seconds=1)
        await bot.start()
        await house.sendkit.until(lambda: len(asked(house.sendkit)) == 2)
        await bot.end(signal.SIGKILL)
        await bot.start()
        assert await house.lines(card) == [LINE]
        await reads(house, card)
    finally:
        await bot.end(signal.SIGTERM)
    assert house.thread(card) == [LINE]
    assert await doors(house) == ["button"]
