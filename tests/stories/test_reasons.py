"""A lead asks to be left alone, and people set an aiTag that may send mail: they say why first."""

from typing import Any

import pytest

from bot.playground.sample_data import CAST
from bot.playground.workspace import Message
from bot.store.opening import opened as database_of
from bot.timing import DEFAULT
from tests.conftest import House
from tests.form_asserts import filled, opened, said
from tests.stories.conftest import every_combination
from tests.stories.test_home import opened as home_of
from tests.stories.test_queue import begun

TRIAGE = "#triage"
DAN = 7
ADDRESS = CAST[DAN].lead.email
AI_TAG, REASON = "form.ai_tag", "form.reason"
WHY = "They called us, and want an offer"
LINE = f"Ada set Interested · because “{WHY}”"
ASKED = "Dan Ortiz asks to be left alone. Set Interested all the same?"
MISSING = "Dan Ortiz asks to be left alone, and Interested may send them email."
CONFIRMED: dict[str, Any] = {"confirm_tags": ("Interested",)}


async def reasons(house: House) -> list[str]:
    async with database_of(house.settings.database_url, DEFAULT.database) as database:
        rows = await database.read("SELECT reason FROM decisions ORDER BY seq")
    return [row["reason"] for row in rows]


def dialog(card: Message) -> object:
    """What Slack asks before somebody presses *Interested*."""
    (row,) = (each for each in card.blocks if each["type"] == "actions")
    faces = {each["text"]["text"]: each for each in row["elements"] if "text" in each}
    return faces["Interested"].get("confirm")


@every_combination
async def test_a_press_asks_why_and_the_reason_is_kept(house: House) -> None:
    house.reply(DAN)
    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        assert dialog(card) is None, "the form asks"
        await house.slack.click(card, "Interested")
        form = await filled(house, ASKED)
        assert "SendKit may enrol the lead" in said(form)
        ack = await house.slack.submit(form, {REASON: "  "})
        assert "Say why" in str(ack.body)
        assert house.sendkit.patches == []
        ack = await house.slack.submit(form, {REASON: f" {WHY} "})
        assert (ack.ok, ack.body) == (True, "")
        assert await house.lines(card) == [LINE]
        await house.slack.until(lambda: WHY in house.text(card))
        assert WHY in (await house.typed("log"))[-1]
    assert await reasons(house) == [WHY]
    assert [each.body for each in house.sendkit.patches] == [{"aiTag": "interested"}]


async def test_other_leads_and_other_ai_tags_need_no_reason(house: House) -> None:
    house.reply(DAN)
    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        await house.slack.click(card, "Not interested")
        assert await house.lines(card) == ["Ada set Not interested"]
        house.reply()
        other = await house.recorded(1)
        assert dialog(other) is not None
        await house.slack.click(other, "Interested")
        assert await house.lines(other) == ["Ada set Interested"]
    assert await reasons(house) == ["", ""]


async def test_rows_of_home_and_of_lists_ask_too(house: House) -> None:
    house.reply(DAN)
    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        await house.slack.click(await home_of(house, "Dan Ortiz"), "Interested")
        await filled(house, ASKED)
        await house.typed("inbox")
        listed = house.slack.ephemerals(TRIAGE)[-1]
        await house.slack.click(listed, "Interested")
        form = await filled(house, ASKED)
        await house.slack.submit(form, {REASON: WHY})
        assert await house.lines(card) == [LINE]


@pytest.mark.parametrize("door", ["command", "thread"])
async def test_words_have_the_reason_behind_them_or_are_refused(house: House, door: str) -> None:
    house.reply(DAN)

    async def type_(because: str) -> None:
        if door == "thread":
            house.slack.say(TRIAGE, f"<@U0TRIAGE> interested{because}", thread_ts=card.ts)
        else:
            words = f"interested {ADDRESS}{because}"
            await house.slack.command("/sendkit", words, channel=TRIAGE)

    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        await type_("")
        await house.slack.until(lambda: any(MISSING in each for each in house.told()))
        assert house.sendkit.patches == []
        await type_(f" because {WHY}")
        await house.slack.until(lambda: LINE in house.thread(card))
    assert await reasons(house) == [WHY]


async def test_the_form_of_a_conversation_asks_once_it_matters(house: House) -> None:
    house.reply(DAN)
    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        form = await opened(house, card)
        await house.slack.submit(form, {AI_TAG: "Interested"})
        form = await filled(house, "Say why")
        ack = await house.slack.submit(form, {AI_TAG: "Interested"})
        assert "Say why" in str(ack.body)
        # Something else needs no reason.
        ack = await house.slack.submit(form, {AI_TAG: "Not interested"})
        assert ack.body == ""
        assert await house.lines(card) == ["Ada set Not interested"]
        form = await opened(house, card)
        await house.slack.submit(form, {AI_TAG: "Interested"})
        form = await filled(house, "Say why")
        await house.slack.submit(form, {AI_TAG: "Interested", REASON: WHY})
        assert (await house.lines(card, 2))[1].endswith(f"because “{WHY}”")
    assert await reasons(house) == ["", WHY]


async def test_a_round_asks_too(house: House) -> None:
    house.reply(DAN)
    async with house.bot(**CONFIRMED):
        form = await begun(house)
        await house.slack.submit(form, {AI_TAG: "Interested"})
        form = await filled(house, "Say why")
        await house.slack.submit(form, {AI_TAG: "Interested", REASON: WHY})
        assert WHY in said(await filled(house, "You decided 1 of 1."))


async def test_an_undo_that_sets_it_again_asks_too(house: House) -> None:
    dan = house.reply(DAN)
    house.sendkit.inbox.set_tag(dan.id, "interested")
    async with house.bot(**CONFIRMED):
        card = await house.recorded()
        await house.slack.click(card, "Not interested")
        await house.lines(card)
        (line,) = (each for each in house.slack.thread(card.channel, card.ts) if each.is_reply)
        await house.slack.click(line, "Undo")
        form = await filled(house, "Undo “Not interested” for Dan Ortiz?")
        assert "Say why" in str((await house.slack.submit(form)).body)
        await house.slack.submit(form, {REASON: WHY})
        assert (await house.lines(card, 2))[1].endswith(f"because “{WHY}”")
    assert await reasons(house) == ["", WHY]


async def test_a_lead_who_asks_after_the_press_is_not_written_to(house: House) -> None:
    """The card does not know it yet, so SendKit's answer before the change does."""
    jane = house.reply()
    async with house.bot(sendkit_poll_seconds=0, **CONFIRMED):
        await house.slack.command("/sendkit", f"show {jane.id}", channel=TRIAGE)
        card = await house.recorded()
        house.sendkit.reply(CAST[0].lead, "Please remove me from your list.")
        await house.slack.click(card, "Interested")
        await house.slack.until(
            lambda: any("Jane Doe asks to be left alone, and" in each for each in house.told())
        )
    assert house.sendkit.patches == []
