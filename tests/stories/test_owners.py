"""People take conversations, give them back, and see whose they are."""

import asyncio
import re
from dataclasses import replace

import pytest

from bot.playground.people import GUEST
from bot.playground.sample_data import CAST, Campaign
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


async def test_mine_leaves_out_what_home_leaves_out(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE)
        await owned(house, card, "Ada")
        assert (await house.typed("mine"))[0].startswith("You own 1 conversation. It waits for us")
        await house.slack.click(card, "Not interested")
        await house.lines(card)
        said = await house.typed("mine", number=2)
        assert said[-1] == "You own 1 conversation. It does not wait for us."
        house.slack.open_home()
        await house.slack.until(lambda: "Mine 0" in str(house.slack.home("U0ADA")))


async def test_a_guest_takes_nothing(house: House) -> None:
    house.slack.workspace.add_user(GUEST, TRIAGE)
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE, user=GUEST)
        assert (await told(house, user=GUEST.id)).startswith("Guests can’t decide here.")
        assert "Owner" not in house.text(card)


async def typed(house: House, text: str, *, user: str = "U0ADA", channel: str = TRIAGE) -> str:
    """The answer to this person, who types this after the bot's name. Slack marks whom they
    choose from its lists."""
    text = re.sub(r"(?<!\S)@(\w+)", lambda who: f"<@U0{who[1].upper()}|{who[1]}>", text)
    text = text.replace("#triage", "<#C0TRIAGE|triage>")
    before = len(house.told(channel, user))
    await house.slack.command("/sendkit", text, channel=channel, user=user)
    await house.slack.until(lambda: len(house.told(channel, user)) > before)
    return house.told(channel, user)[before]


def deactivate(house: House, user: str) -> None:
    """They leave the workspace. A process may know that some minutes later."""
    users = house.slack.workspace.users
    users[user] = replace(users[user], deleted=True)


@every_combination
async def test_new_replies_go_to_people_in_turn_and_skip_who_left(house: House) -> None:
    async with house.bot():
        said = await typed(house, "owner positive auto-replies:off @ada @ben @chloe")
        assert said == (
            "Ada, Ben and Chloé will own new positive replies except automatic ones. They take "
            "turns, and I skip people who are away."
        )
        await typed(house, 'owner campaign:"Q1 Outreach","Q2 Outreach" @ada @ben @chloe')
    deactivate(house, "U0BEN")
    async with house.bot():
        campaigns = [Campaign(f"Q{number % 2 + 1} Outreach") for number in range(4)]
        for number, campaign in enumerate(campaigns):
            lead = replace(CAST[0].lead, email=f"lead{number}@example.com")
            house.sendkit.reply(lead, "Hello.", campaign=campaign)
            await house.card(number)
        cards = house.slack.messages(TRIAGE)
        shown = [each.text.partition("Owner: ")[2].partition(".")[0] for each in cards]
        assert shown == ["Ada", "Chloé", "Ada", "Chloé"]
        house.sendkit.reply(CAST[0].lead, "Elsewhere.", campaign=Campaign("Other"))
        assert "Owner" not in (await house.card(4)).text
        assert house.slack.workspace.top(house.slack.workspace.direct("U0ADA").id) == []


async def test_replies_of_a_channel_go_to_its_people_and_rules_are_listed_and_ended(
    house: House,
) -> None:
    async with house.bot():
        assert (await typed(house, "owner")).startswith("New replies have no owner until somebody")
        said = await typed(house, "owner @ben")
        assert said.startswith("Ben will own new replies in <#C0TRIAGE>.")
        await typed(house, "owner tags:vip @ada @ben")
        said = await typed(house, "owner")
        assert said == (
            "Who gets which new replies:\n"
            "Replies with the tag vip: Ada and Ben. Next: Ada.\n"
            "Replies in <#C0TRIAGE>: Ben."
        )
        house.reply()
        card = await house.card()
        assert "Owner: Ben" in card.text
        assert (await typed(house, "owner #triage off")).startswith("I no longer give new replies")
        assert (await typed(house, "owner off")).startswith("No rule gives new replies in <#C0TRI")
        house.reply(1)
        assert "Owner" not in (await house.card(1)).text


async def test_people_who_may_not_decide_own_nothing(house: House) -> None:
    house.slack.workspace.add_user(GUEST, TRIAGE)
    async with house.bot_with_recorded_card() as card:
        for what in ("campaign:x @ada @gil", f"{JANE} @gil"):
            said = await typed(house, f"owner {what}")
            assert said.startswith("Gil can’t decide about replies here, and so can’t be the owner")
        assert "Owner" not in house.text(card)


async def test_only_people_of_the_triage_channel_say_who_owns_replies_elsewhere(
    house: House,
) -> None:
    triage = house.slack.workspace.channel(TRIAGE)
    house.slack.workspace.channels[triage.id] = replace(triage, members=("U0ADA", "U0TRIAGE"))
    async with house.bot():
        await house.slack.command("/sendkit", "subscribe", channel="#deals")
        await house.slack.until(lambda: house.slack.messages("#deals"))
        for text in ("owner positive @ben", "owner #triage @ben"):
            said = await typed(house, text, user="U0BEN", channel="#deals")
            assert said.startswith("Only people in the triage channel can say who owns replies")
        said = await typed(house, "owner @ben", user="U0BEN", channel="#deals")
        assert said.startswith("Ben will own new replies in <#C0DEALS>.")


async def test_a_colleague_is_made_the_owner_and_told_if_they_wish(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        direct = house.slack.workspace.direct("U0BEN").id
        said = await typed(house, "notify on", user="U0BEN")
        assert said.startswith("I’ll send you a direct message when a conversation becomes yours")
        house.slack.say(TRIAGE, "<@U0TRIAGE> owner <@U0BEN>", thread_ts=card.ts)
        await owned(house, card, "Ben")
        assert (await told(house)).startswith("Ben is the owner of the conversation with Jane Doe")
        await house.slack.until(lambda: len(house.slack.messages(direct)) == 2)
        notice = house.slack.messages(direct)[1].text
        assert notice.startswith("Ada made you the owner of the conversation with Jane Doe. <http")
        await typed(house, f"owner {JANE} off")
        await owned(house, card)
        await house.slack.until(lambda: len(house.slack.messages(direct)) == 3)
        assert house.slack.messages(direct)[2].text.startswith("Ada released the conversation with")
        await typed(house, f"owner {JANE} @ben")
        await house.slack.until(lambda: len(house.slack.messages(direct)) == 4)
        house.sendkit.reply(CAST[0].lead, "One more thing.", campaign=CAST[0].campaign)
        await house.card(1)
        await house.slack.until(lambda: len(house.slack.messages(direct)) == 5)
        said = house.slack.messages(direct)[4].text
        assert said.startswith("A new reply in a conversation of yours, from Jane Doe, Q1 Outreach")
        assert "“One more thing.” <http" in said
        house.slack.say(direct, "notify on", user="U0BEN")
        await house.slack.until(
            lambda: house.slack.messages(direct)[-1].text == house.slack.messages(direct)[0].text
        )
        house.slack.say(direct, "notify off", user="U0BEN")
        await house.slack.until(
            lambda: house.slack.messages(direct)[-1].text.startswith("I no longer send you direct")
        )


async def test_a_lead_of_somebody_who_left_gets_another_owner_when_they_write_again(
    house: House,
) -> None:
    async with house.bot_with_card() as card:
        await house.slack.choose(card, TAKE, user="U0BEN")
        await owned(house, card, "Ben")
    deactivate(house, "U0BEN")
    async with house.bot():
        house.sendkit.reply(CAST[0].lead, "Again.", campaign=CAST[0].campaign)
        assert "Owner" not in (await house.card(1)).text
        await typed(house, "owner @chloe")
        house.sendkit.reply(CAST[0].lead, "And again.", campaign=CAST[0].campaign)
        assert "Owner: Chloé" in (await house.card(2)).text


async def test_rules_skip_people_who_are_away(house: House) -> None:
    async with house.bot():
        await typed(house, "owner @ben @chloe")
        said = await typed(house, "away until tomorrow", user="U0BEN")
        assert said.startswith("You are away until 2")
        assert "Ben (away) and Chloé. Next: Chloé." in await typed(house, "owner")
        house.reply()
        assert "Owner: Chloé" in (await house.card()).text
        assert (await typed(house, "away until soon", user="U0BEN")).startswith("I can’t read that")
        assert (await typed(house, "away off", user="U0BEN")).startswith("Welcome back")
        house.reply(1)
        assert "Owner: Ben" in (await house.card(1)).text


async def test_a_rule_without_a_channel_needs_one_in_a_direct_message(house: House) -> None:
    async with house.bot():
        direct = house.slack.workspace.direct("U0ADA")
        await house.slack.command("/sendkit", "owner <@U0BEN|ben>", channel=direct.id)
        await house.slack.until(lambda: house.slack.messages(direct) or house.told(direct.id))
        said = [each.text for each in house.slack.messages(direct)] + house.told(direct.id)
        assert said[0].startswith("Which replies? Here I can’t tell: name filters or a channel")
