"""People look for conversations, and at what was decided about them."""

import pytest

from bot.playground.sample_data import CAST, Campaign
from bot.playground.workspace import Message
from bot.views.log import MOST
from bot.views.owner import TAKE
from tests.conftest import House

TRIAGE = "#triage"


async def asked(house: House, text: str, number: int = 1, channel: str = TRIAGE) -> Message:
    """The answer to a command, the last of so many messages for Ada alone."""
    await house.slack.command("/sendkit", text, channel=channel)
    await house.slack.until(lambda: len(house.told(channel)) >= number)
    return house.slack.ephemerals(channel, "U0ADA")[number - 1]


async def test_the_log_shows_who_decided_what_and_undoes_it(house: House) -> None:
    async with house.bot_with_card() as card:
        assert (await asked(house, "log")).text == "There are no decisions yet."
        await house.slack.click(card, "Interested")
        await house.lines(card)
        await house.slack.click(card, "Meeting booked", user="U0BEN")
        await house.lines(card, 2)
        shown = await asked(house, "log ", 2)
        assert "Ben set Meeting booked (was Interested), with a button; " in shown.text
        assert "Jane Doe · Acme Inc: Ada set Interested, with a button" in shown.text
        assert house.slack.labels(shown) == ["Undo"]
        await house.slack.click(shown, "Undo")
        assert (await house.lines(card, 3))[
            2
        ] == "Ada undid Ben’s “Meeting booked”: back to Interested"
        await house.slack.until(lambda: len(house.told()) == 3)
        assert house.told()[2].startswith("Done: Jane Doe is now Interested. <https://")
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_the_log_has_who_took_a_conversation(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE)
        await house.slack.until(lambda: "Owner: Ada" in house.text(card))
        await house.slack.click(card, "Interested")
        await house.lines(card)
        for number, text in ((1, "log"), (2, "log Jane")):
            shown = (await asked(house, text, number)).text
            assert "Ada became the owner, in a menu" in shown.partition("Ada set Interested")[2]


async def test_a_long_log_goes_on_with_a_button(house: House) -> None:
    async with house.bot_with_card() as card:
        for number in range(MOST + 1):
            label = "Mark unread" if number % 2 else "Mark read"
            await house.slack.until(lambda label=label: label in house.labels(card))  # type: ignore[misc]
            await house.slack.click(card, label)
        await house.lines(card, MOST + 1)
        for number, text in ((1, "log"), (3, f"log {CAST[0].lead.email}")):
            shown = await asked(house, text, number)
            assert shown.text.count("Ada marked this as") == MOST
            await house.slack.click(shown, "Older")
            await house.slack.until(lambda number=number: len(house.told()) == number + 1)  # type: ignore[misc]
            older = house.slack.ephemerals(TRIAGE, "U0ADA")[-1]
            assert older.text.count("Ada marked this as") == 1
            assert house.slack.labels(older) == []


async def test_the_log_of_another_channel_is_about_its_cards(house: House) -> None:
    house.reply()
    async with house.bot():
        card = await house.recorded()
        await house.slack.click(card, "Mark read")
        await house.lines(card)
        await house.slack.command("/sendkit", "subscribe campaign:x", channel="#deals")
        await house.slack.until(
            lambda: house.slack.messages("#deals") and "campaign" in "".join(house.told("#deals"))
        )
        before = len(house.told("#deals"))
        shown = await asked(house, "log", before + 1, "#deals")
        assert shown.text == "There are no decisions yet."
        whose = await asked(house, "log Jane Doe", before + 2, "#deals")
        assert "Ada marked this as read" in whose.text
        nobody = await asked(house, "log nobody@x.y", before + 3, "#deals")
        assert nobody.text.startswith("No conversation with nobody@x.y is known.")


@pytest.mark.parametrize("is_down", [False, True])
async def test_find_lists_conversations_by_name_company_or_address(
    house: House, is_down: bool
) -> None:
    lead = CAST[0].lead
    async with house.bot_with_card():
        house.sendkit.reply(lead, "And here?", campaign=Campaign("Q2 Outreach"))
        await house.recorded(1)
        house.sendkit.down = is_down
        only = " SendKit is not responding, so these are only those that I have seen." * is_down
        shown = await asked(house, "find doe")
        for number, words in enumerate([lead.company[:4], "JANE doe", lead.email], 2):
            shown = await asked(house, f"find {words}", number)
            named = words.lower() if "@" in words else words
            assert shown.text.startswith(f"2 conversations match “{named}”.{only} Jane Doe · Acme")
            assert house.slack.labels(shown).count("Mark read") == 2
        none = await asked(house, "find Nobody", 5)
        assert none.text.startswith("No conversation matches “Nobody”. I look at leads’ names")
        assert ("SendKit is not responding, so I looked only" in none.text) == is_down
        house.sendkit.down = False
        await house.slack.click(shown, "Mark read", nth=1)
        await house.slack.until(lambda: len(house.sendkit.patches) == 1)


async def test_find_lists_only_conversations_with_all_words(house: House) -> None:
    async with house.bot_with_card():
        shown = await asked(house, "find jane xyz")
        assert shown.text.startswith("No conversation matches “jane xyz”.")
        shown = await asked(house, "find jane doe", 2)
        assert shown.text.startswith("1 conversation matches “jane doe”.")


async def test_of_many_matches_the_newest_are_shown(house: House) -> None:
    lead = CAST[0].lead
    for number in range(MOST + 1):
        house.sendkit.reply(lead, "Hello", campaign=Campaign(f"Q{number}"))
    async with house.bot(sendkit_poll_seconds=0):
        shown = await asked(house, "find jane")
        assert shown.text.startswith(f"{MOST + 1} conversations match “jane”, newest {MOST} shown.")
