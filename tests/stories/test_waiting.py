"""Every card says who owes the next mail, and changes by itself."""

from bot.connect import connect
from bot.playground.sample_data import CAST
from tests.clients import sendkit_of
from tests.conftest import House

SECRET = "a webhook's long secret"
LEAD = CAST[0].lead
NAME = f"{LEAD.first_name} {LEAD.last_name}"


def answer(house: House, conversation: str) -> None:
    """Somebody answers in SendKit's own inbox."""
    house.sendkit.inbox.send(house.sendkit.inbox.queue_reply(conversation, "Thanks").id)


async def test_a_card_says_who_is_waited_for_and_changes_when_somebody_answers_anywhere(
    house: House,
) -> None:
    theirs = house.reply()
    async with house.bot():
        card = await house.card()
        assert "waiting for us since" in house.text(card)
        answer(house, theirs.id)
        await house.slack.until(lambda: f"waiting for {NAME} since" in house.text(card))
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == ["Ada set Interested"]
        assert f"waiting for {NAME} since" in house.text(card)
        assert len(house.slack.messages("#triage")) == 1


async def test_the_webhook_tells_at_once_that_somebody_answered(house: House) -> None:
    theirs = house.reply()
    async with (
        house.bot(sendkit_webhook_secret=SECRET, sendkit_poll_seconds=3600) as address,
        sendkit_of(house.sendkit) as client,
    ):
        card = await house.card()
        await connect(client, address, SECRET)
        answer(house, theirs.id)
        await house.slack.until(lambda: f"waiting for {NAME} since" in house.text(card))
        house.sendkit.reply(LEAD, "I am away.", auto=True, campaign=CAST[0].campaign)
        newer = await house.card(1)
        assert f"waiting for {NAME} since" in house.text(newer), "a program does not count"
        house.reply()
        assert "waiting for us since" in house.text(await house.card(2))


async def test_an_answer_brings_no_card_to_a_channel_that_was_subscribed_since(
    house: House,
) -> None:
    theirs = house.reply()
    async with house.bot():
        card = await house.card()
        await house.slack.command("/sendkit", "subscribe", channel="#deals")
        await house.slack.until(lambda: house.slack.messages("#deals"))
        answer(house, theirs.id)
        await house.slack.until(lambda: f"waiting for {NAME} since" in house.text(card))
        assert len(house.slack.messages("#deals")) == 1
