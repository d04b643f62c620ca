"""Messages that Slack finds too long as a whole, and what older versions left in messages."""

from dataclasses import replace
from itertools import chain

from bot import acts
from bot.playground.sample_data import Tag
from bot.playground.workspace import Message
from bot.triage import AiTag, ConversationId, SetAiTag
from bot.views.message import Block, button, plain
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


async def test_a_card_that_is_too_long_goes_out_in_its_shortest_form(house: House) -> None:
    house.slack.faults.error("chat.postMessage", error="msg_blocks_too_long")
    async with house.bot():
        house.reply()
        card = await house.card()
        assert card.text.startswith("One reply: Jane Doe")
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == ["Ada set Interested"]


async def test_more_below_an_older_message_of_many_cards_points_to_it(house: House) -> None:
    house.reply(0)
    async with house.bot(GATHERED):
        await house.card()
        house.reply(1)
        house.reply(2)
        await house.slack.until(lambda: len(_shown(house)) == 3)
        many = house.slack.messages(TRIAGE)[-1]
        assert len(_shown_in(many)) == 2
        value = acts.pack(acts.Show(acts.ById(ConversationId(_shown_in(many)[0]))))
        _as_before(house, many, button("More…", "decide.4", value, about="Lead"))
        await house.slack.click(many, "More…")
        await house.slack.until(lambda: house.told())
        assert "card is already in this channel" in house.told()[0]
        assert len(house.slack.messages(TRIAGE)) == 2


def _as_before(house: House, message: Message, element: Block) -> None:
    """Adds to the message's first buttons what older versions had there."""
    changed = [dict(each) for each in message.blocks]
    block = next(each for each in changed if each["type"] == "actions")
    block["elements"] = [*block["elements"], element]
    house.slack.workspace.change(replace(message, blocks=changed))


async def test_the_menu_of_an_older_card_sets_an_ai_tag(house: House) -> None:
    async with house.bot():
        conversation = house.reply()
        card = await house.card()
        value = acts.pack_change(ConversationId(conversation.id), SetAiTag(AiTag("not_now")))
        options = [{"text": plain("Not now", 75), "value": value}]
        menu = {"type": "static_select", "action_id": "decide.menu", "options": options}
        _as_before(house, card, {**menu, "placeholder": plain("Set aiTag", 75)})
        await house.slack.choose(card, "Not now")
        assert await house.lines(card) == ["Ada set Not now"]


async def test_the_search_of_an_older_card_finds_ai_tags_by_their_words(house: House) -> None:
    for number in range(150):
        tag = Tag(f"segment {number}", "", "#6b7280")
        house.sendkit.inbox.tags[tag.name] = tag
    async with house.bot():
        house.reply()
        card = await house.card()
        search = {"type": "external_select", "action_id": "decide.search", "min_query_length": 0}
        _as_before(house, card, {**search, "placeholder": plain("Set aiTag", 75)})
        _, offered = await house.slack.suggest(card, "Set aiTag", "segment 14")
        assert [each["text"]["text"] for each in offered][:2] == ["Segment 14", "Segment 140"]
        await house.slack.pick(card, "Set aiTag", "Segment 142")
        assert await house.lines(card) == ["Ada set Segment 142"]
