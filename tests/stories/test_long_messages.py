"""Messages that Slack finds too long as a whole, and aiTags that no menu holds."""

from itertools import chain

from bot import acts
from bot.playground.sample_data import Tag
from bot.playground.workspace import Message
from tests.conftest import House
from tests.timings import GATHERED

TRIAGE = "#triage"


def _shown_in(message: Message) -> list[str]:
    """The conversations that a message has buttons for."""
    blocks = [each["block_id"] for each in message.blocks if each["type"] == "actions"]
    return [acts.conversation_of(each) for each in blocks]


def _shown(house: House) -> list[str]:
    return sorted(chain.from_iterable(map(_shown_in, house.slack.messages(TRIAGE))))


async def test_a_message_of_many_cards_that_is_too_long_goes_out_in_halves(house: House) -> None:
    replies = [house.reply(0).id]
    async with house.bot(GATHERED):
        await house.card()
        house.slack.faults.error("chat.postMessage", error="msg_blocks_too_long")
        replies += [house.reply(number).id for number in (1, 2, 3)]
        await house.slack.until(lambda: _shown(house) == sorted(replies))
        assert [len(_shown_in(each)) for each in house.slack.messages(TRIAGE)] == [1, 1, 2]
        last = house.slack.messages(TRIAGE)[-1]
        await house.slack.click(last, "Mark read")
        assert "marked this as read" in (await house.lines(last))[0]


async def test_a_card_that_is_too_long_stands_without_its_menu(house: House) -> None:
    house.slack.faults.error("chat.postMessage", error="msg_blocks_too_long")
    async with house.bot():
        house.reply()
        card = await house.card()
        assert "More…" in house.labels(card)
        await house.slack.click(card, "More…")
        await house.slack.until(lambda: house.told())


async def test_cards_in_one_message_offer_their_menu_to_the_person_who_asks(house: House) -> None:
    house.reply(0)
    async with house.bot(GATHERED):
        await house.card()
        house.reply(1)
        house.reply(2)
        await house.slack.until(lambda: len(_shown(house)) == 3)
        many = house.slack.messages(TRIAGE)[-1]
        assert len(_shown_in(many)) == 2
        await house.slack.click(many, "More…")
        (offered,) = await house.slack.until(lambda: house.slack.ephemerals(TRIAGE, "U0ADA"))
        assert "Show card" not in house.slack.labels(offered)
        await house.slack.choose(offered, "Meeting booked")
        assert "set Meeting booked" in (await house.lines(many))[0]


async def test_an_ai_tag_that_no_menu_holds_is_found_by_its_words(house: House) -> None:
    for number in range(150):
        tag = Tag(f"segment {number}", "", "#6b7280")
        house.sendkit.inbox.tags[tag.name] = tag
    async with house.bot():
        house.reply()
        card = await house.card()
        _, offered = await house.slack.suggest(card, "Set aiTag", "segment 14")
        assert [each["text"]["text"] for each in offered][:2] == ["Segment 14", "Segment 140"]
        await house.slack.pick(card, "Set aiTag", "Segment 142")
        assert "set Segment 142" in (await house.lines(card))[0]
