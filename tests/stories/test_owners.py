"""People take conversations, give them back, and see whose they are."""

import asyncio

import pytest

from bot.playground.people import GUEST
from bot.playground.sample_data import CAST
from bot.playground.workspace import Message
from bot.views.owner import RELEASE, TAKE, TAKE_OVER
from tests.conftest import House
from tests.stories.conftest import every_combination

TRIAGE = "#triage"
JANE = CAST[0].lead.email
NAMES = {"U0ADA": "Ada", "U0BEN": "Ben", "U0CHLOE": "Chloé"}


async def owned(house: House, card: Message, name: str = "") -> None:
    """Returns once the card says that this person is the owner, or that nobody is."""
    shown = f"Owner: {name}" if name else "Owner: "
    await house.slack.until(lambda: (shown in house.text(card)) is bool(name))


async def told(house: House, number: int = 1, user: str = "U0ADA") -> str:
    """The last of so many things that this person was told."""
    await house.slack.until(lambda: len(house.told(user=user)) >= number)
    return house.told(user=user)[number - 1]


@every_combination
async def test_a_card_says_who_took_it_until_they_release_it(house: House) -> None:
    async with house.bot_with_card() as card:
        ack = await house.slack.choose(card, TAKE)
        assert ack.ok
        await owned(house, card, "Ada")
        assert RELEASE in house.labels(card)
        assert TAKE not in house.labels(card)
        await house.slack.choose(card, RELEASE)
        await owned(house, card)
        assert TAKE in house.labels(card)
        assert house.thread(card) == []
        assert house.told() == []
        assert len(house.slack.messages(TRIAGE)) == 1
        assert house.sendkit.patches == []


@every_combination
async def test_of_people_who_take_it_at_once_one_has_it_and_the_others_may_take_it_over(
    house: House,
) -> None:
    async with house.bot_with_card() as card:
        taking = (house.slack.choose(card, TAKE, user=each) for each in NAMES)
        await asyncio.gather(*taking)
        await house.slack.until(lambda: "Owner: " in house.text(card))
        (first,) = (each for each in NAMES if f"Owner: {NAMES[each]}" in house.text(card))
        second, third = (each for each in NAMES if each != first)
        for each in (second, third):
            said = await told(house, user=each)
            assert said.startswith(f"{NAMES[first]} is the owner of the conversation with Jane Doe")
        assert house.told(user=first) == []
        for each in (second, third):
            (answer,) = house.slack.ephemerals(TRIAGE, each)
            await house.slack.click(answer, TAKE_OVER, user=each)
        # The third one was asked about the first, who no longer has it.
        assert (await told(house, 2, second)).startswith(
            "You are the owner of the conversation with Jane Doe now."
        )
        assert (await told(house, 2, third)).startswith(f"{NAMES[second]} is the owner of the")
        await owned(house, card, NAMES[second])


async def test_a_double_click_takes_it_once_and_a_late_one_says_so(house: House) -> None:
    async with house.bot_with_card() as card:
        for _ in range(2):
            await house.slack.choose(card, TAKE, deliveries=2)
        await owned(house, card, "Ada")
        assert house.told() == []
        await house.slack.command("/sendkit", f"take {JANE}", channel=TRIAGE)
        await house.slack.choose(card, RELEASE, user="U0BEN")
        assert (await told(house, user="U0BEN")).startswith("Ada is the owner of the conversation")
        await owned(house, card, "Ada")


@pytest.mark.parametrize("who", [JANE, "Jane Doe", "{id}"])
async def test_take_and_release_are_commands(house: House, who: str) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.recorded()
        which = who.format(id=conversation.id)
        await house.slack.command("/sendkit", f"take {which}", channel=TRIAGE)
        assert (await told(house)).startswith("You are the owner of the conversation with Jane Doe")
        await owned(house, card, "Ada")
        await house.slack.command("/sendkit", f"release {which}", channel=TRIAGE)
        said = await told(house, 2)
        assert said.startswith("The conversation with Jane Doe has no owner now. <http")
        await owned(house, card)
        await house.slack.command("/sendkit", f"release {which} ", channel=TRIAGE, user="U0BEN")
        said = await told(house, user="U0BEN")
        assert said == "The conversation with Jane Doe already has no owner."


async def test_a_conversation_that_the_bot_never_saw_can_be_taken(house: House) -> None:
    async with house.bot():
        conversation = house.reply()
        await house.slack.command("/sendkit", f"take {conversation.id}", channel=TRIAGE)
        assert (await told(house)).startswith("You are the owner of the conversation with Jane Doe")
        await owned(house, await house.card(), "Ada")
        await house.slack.command("/sendkit", "take 664a1b2c3d4e5f6a7b8c9d0e", channel=TRIAGE)
        assert (await told(house, 2)).startswith("SendKit no longer has this conversation.")


async def test_a_mention_in_the_thread_and_a_direct_message_take_and_release(house: House) -> None:
    house.reply()
    async with house.bot():
        card = await house.recorded()
        house.slack.say(TRIAGE, "<@U0TRIAGE> take", thread_ts=card.ts, user="U0BEN")
        await owned(house, card, "Ben")
        direct = house.slack.workspace.direct("U0BEN").id
        house.slack.say(direct, "mine", user="U0BEN")
        await house.slack.until(lambda: house.slack.messages(direct)[1:])
        assert house.slack.messages(direct)[-1].text.startswith(
            "You own 1 conversation. It waits for us, longest first: Jane Doe"
        )
        house.slack.say(direct, "release Jane", user="U0BEN")
        await owned(house, card)


async def test_a_lead_who_writes_again_keeps_the_owner(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE)
        await owned(house, card, "Ada")
        house.sendkit.reply(CAST[0].lead, "One more thing.", campaign=CAST[0].campaign)
        assert "Owner: Ada" in (await house.card(1)).text


async def test_forms_show_the_owner(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE)
        await owned(house, card, "Ada")
        await house.slack.click(card, "Open")
        await house.slack.until(lambda: "Owner: Ada" in str(house.slack.modal("U0ADA")))
        await house.slack.command("/sendkit", "next", channel=TRIAGE, user="U0BEN")
        await house.slack.until(lambda: "Owner: Ada" in str(house.slack.modal("U0BEN")))


async def test_mine_lists_what_waits_for_us_longest_first(house: House) -> None:
    for number in (0, 1, 2):
        house.reply(number)
    async with house.bot():
        await house.recorded()
        assert (await house.typed("mine"))[0].startswith("You own no conversation. Choose I’ll")
        for number in (1, 0):
            lead = CAST[number].lead
            await house.typed(f"take {lead.email}", number=len(house.told()) + 1)
        said = (await house.typed("mine", number=4))[-1]
        assert said.startswith("You own 2 conversations. 2 of them wait for us, longest first: ")
        assert said.index(CAST[0].lead.first_name) < said.index(CAST[1].lead.first_name)
        await house.typed("take", number=5)
        assert house.told()[-1].startswith("Which conversation? Type it again with one of these")


async def test_a_guest_takes_nothing(house: House) -> None:
    house.slack.workspace.add_user(GUEST, TRIAGE)
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE, user=GUEST)
        assert (await told(house, user=GUEST.id)).startswith("Guests can’t decide here.")
        assert "Owner" not in house.text(card)
