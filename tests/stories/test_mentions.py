"""Mentions of the bot: in a card's thread, and elsewhere."""

from collections.abc import Callable

import pytest

from bot.permissions import ELSEWHERE
from bot.playground.sample_data import CAST
from bot.playground.sendkit import Fault
from bot.playground.slack_faults import Fault as SlackFault
from bot.playground.workspace import Message, User
from tests.conftest import ADA_IS_NAMED, House
from tests.stories.conftest import every_combination

TRIAGE, GENERAL = "#triage", "#general"
GUS = User("U0GUS", "gus", "Gus Guest", "Gus", guest="channels")
BOT = "<@U0TRIAGE>"
DONE = "Ada set Interested"


def mention(house: House, text: str, thread: Message | None = None, **how: str) -> Message:
    """Somebody mentions the bot, in the triage channel if not elsewhere."""
    ts = thread.thread_ts or thread.ts if thread else ""
    return house.slack.say(how.pop("channel", TRIAGE), text, thread_ts=ts, **how)


async def told(
    house: House, number: int = 1, channel: str = TRIAGE, user: str = "U0ADA"
) -> Message:
    """The last of so many messages for this person alone."""
    await house.slack.until(lambda: len(house.told(channel, user)) >= number)
    said = house.slack.ephemerals(channel, user)
    assert len(said) == number, house.told(channel, user)
    return said[-1]


def replies(house: House, card: Message) -> list[str]:
    """The bot's lines in the card's thread."""
    return [
        each.text for each in house.slack.thread(card.channel, card.ts) if each.user == "U0TRIAGE"
    ]


@every_combination
async def test_a_mention_in_a_cards_thread_decides_about_that_card(house: House) -> None:
    house.reply()
    async with house.bot():
        await house.recorded()
        house.reply(1)
        await house.recorded(1)
        for number, card in enumerate(house.slack.messages(TRIAGE)):
            mention(house, f"{BOT} interested", card)
            await house.slack.until(lambda card=card: replies(house, card) == [DONE])  # type: ignore[misc]
            assert len(house.sendkit.patches) == number + 1
        assert len({each.conversation_id for each in house.sendkit.patches}) == 2
        assert house.told() == []
        assert not [each for each in house.slack.messages(TRIAGE) if each.user == "U0ADA"]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (f"{BOT} Interested.", {"aiTag": "interested"}),
        (f"{BOT}: “meeting booked”!", {"aiTag": "meeting_booked"}),
        (f"read {BOT}", {"markRead": True}),
        (f"not now, {BOT}", {"aiTag": "not_now"}),
        (f"{BOT} thanks a lot!", None),
        (f"<@U0BEN> {BOT} untag", {"aiTag": None}),
        (f"{BOT} tags +vip -cold", {"tags": ["vip"]}),
        (f"{BOT} tag wrong person", {"aiTag": "wrong_person"}),
        (f"{BOT} Mark as read", {"markRead": True}),
        (f"{BOT} clear aiTag", {"aiTag": None}),
        (f"{BOT} `interested`", {"aiTag": "interested"}),
        (f"{BOT} /sendkit interested", {"aiTag": "interested"}),
        (f"{BOT}\n*interested*", {"aiTag": "interested"}),
    ],
)
async def test_the_words_around_a_mention_are_a_command(
    house: House, text: str, body: object
) -> None:
    conversation = house.reply()
    house.sendkit.inbox.set_custom_tags(conversation.id, ["cold"])
    house.sendkit.inbox.set_tag(conversation.id, "out_of_office")
    async with house.bot():
        card = await house.recorded()
        mention(house, text, card)
        if body is None:
            said = await told(house)
            assert said.text.startswith("I read commands only, and “thanks a lot” is none. To see ")
            assert "/sendkit" not in said.text
        else:
            await house.slack.until(lambda: replies(house, card))
            assert [each.body for each in house.sendkit.patches] == [body]
            assert house.told() == []


async def test_a_lead_whom_the_mention_names_goes_before_the_cards(house: House) -> None:
    name = CAST[1].lead
    house.reply()
    async with house.bot():
        janes = await house.recorded()
        other = house.reply(1)
        theirs = await house.recorded(1)
        for number, whom in enumerate((name.first_name, name.email)):
            mention(house, f"{BOT} {('interested', 'read')[number]} {whom}", janes)
            said = await told(house, number + 1)
            assert said.thread_ts == janes.ts
            assert said.text.startswith("Done: ")
            assert "|Open the card>" in said.text
        assert len(replies(house, theirs)) == 2
        assert replies(house, janes) == []
        assert {each.conversation_id for each in house.sendkit.patches} == {other.id}


async def test_a_thread_of_several_leads_asks_which_one_privately(house: House) -> None:
    house.leads(13)
    async with house.bot():
        card = await house.recorded()
        mention(house, f"{BOT} interested", card)
        listed = await told(house)
        assert listed.thread_ts == card.ts
        assert listed.text.startswith("Several conversations match that message. Which one?")
        await house.slack.click(listed, "Interested", nth=1)
        await house.slack.until(lambda: replies(house, card))
        assert replies(house, card)[0].endswith(DONE)
        assert len(house.sendkit.patches) == 1


async def test_outside_of_cards_threads_a_mention_is_a_command(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        mention(house, f"{BOT} inbox")
        listed = await told(house)
        assert (listed.thread_ts, listed.text[:9]) == ("", "1 unread.")
        mention(house, f"{BOT} interested jane")
        said = await told(house, 2)
        assert said.text.startswith("Done: Jane Doe is now Interested.")
        assert replies(house, card) == [DONE]
        # A thread that is no card's has no default.
        parent = house.slack.say(TRIAGE, "Look at Jane")
        mention(house, f"{BOT} read", parent)
        choice = await told(house, 3)
        assert choice.thread_ts == parent.ts
        assert choice.text.startswith("Which conversation? Most recent:")
        mention(house, f"{BOT} next")
        said = await told(house, 4)
        assert said.text.startswith("I can’t open a form from a message.")
        # Nothing of it was for everybody.
        assert {each.user for each in house.slack.messages(TRIAGE)} == {"U0TRIAGE", "U0ADA"}
        assert house.thread(parent) == [f"{BOT} read"]


async def test_show_and_help_are_answered_in_the_thread(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        mention(house, f"{BOT} show", card)
        said = await told(house)
        assert said.text.startswith("Jane Doe’s card is already in this channel.")
        for number, text in enumerate((f"{BOT} help", BOT, f"{BOT}!"), 2):
            mention(house, text, card)
            said = await told(house, number)
            assert said.thread_ts == card.ts
            assert "\ninbox – unread conversations, newest first\n" in said.text
            assert "/sendkit inbox" not in said.text


@pytest.mark.parametrize("text", ["why", "why?", "Why!"])
async def test_why_in_a_cards_thread_is_about_that_card(house: House, text: str) -> None:
    async with house.bot_with_recorded_card() as card:
        mention(house, f"{BOT} {text}", card)
        said = await told(house)
        assert said.thread_ts == card.ts
        assert said.text.startswith("No channel is subscribed to this reply, so it came to")


async def test_why_in_another_thread_asks_which_card(house: House) -> None:
    async with house.bot_with_recorded_card():
        mention(house, f"{BOT} why", house.slack.say(TRIAGE, "Hello"))
        assert (await told(house)).text == (
            "Which card? Copy its link from its ⋯ menu: why LINK. Or mention me in its thread with "
            "the word why."
        )


async def test_a_channel_without_subscription_takes_no_mentions(house: House) -> None:
    async with house.bot_with_card():
        parent = house.slack.say(GENERAL, "Hello")
        mention(house, f"{BOT} interested jane", parent, channel=GENERAL)
        said = await told(house, channel=GENERAL)
        assert said.thread_ts == parent.ts
        assert said.text.startswith(ELSEWHERE)
        assert said.text.endswith("<#C0TRIAGE>")
        assert house.sendkit.patches == []


async def test_a_guest_is_refused_in_the_thread_and_may_read_the_help(house: House) -> None:
    house.slack.workspace.add_user(GUS, TRIAGE)
    async with house.bot_with_recorded_card() as card:
        mention(house, f"{BOT} interested", card, user=GUS.id)
        assert (await told(house, user=GUS.id)).thread_ts == card.ts
        mention(house, f"{BOT} help", card, user=GUS.id)
        assert "\ninbox – " in (await told(house, 2, user=GUS.id)).text


async def test_people_who_are_named_mention_the_bot_everywhere(house: House) -> None:
    async with house.bot_with_recorded_card(triage_members=ADA_IS_NAMED) as card:
        mention(house, f"{BOT} interested jane", channel=GENERAL)
        said = await told(house, channel=GENERAL)
        assert said.text.startswith("Done: Jane Doe is now Interested.")
        assert replies(house, card) == [DONE]


async def test_a_message_that_slack_sends_as_several_events_counts_once(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        said = {
            "user": "U0ADA",
            "text": f"{BOT} read",
            "ts": house.slack.workspace.next_ts(),
            "thread_ts": card.ts,
            "channel": card.channel,
        }
        mentioned, message = {"type": "app_mention"}, {"type": "message"}
        for kind in (mentioned, message | {"channel_type": "channel"}, mentioned):
            assert (await house.slack.event(said | kind)).ok
        await house.slack.until(lambda: replies(house, card))
        # The next decision's line is the second.
        mention(house, f"{BOT} unread", card)
        await house.slack.until(lambda: len(replies(house, card)) > 1)
        assert replies(house, card) == ["Ada marked this as read", "Ada marked this as unread"]
        assert house.told() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B0OTHER"},
        {"user": None},
        {"channel": None},
        {"ts": None},
        {"type": "message", "channel_type": "channel"},
        {"type": "message", "channel_type": "channel", "subtype": "message_changed"},
        {"type": "message", "channel_type": "channel", "subtype": "message_deleted"},
    ],
    ids=str,
)
async def test_events_that_are_no_persons_mention_are_ignored(
    house: House, fields: dict[str, object]
) -> None:
    async with house.bot_with_recorded_card() as card:
        event = {"type": "app_mention", "user": "U0ADA", "text": f"{BOT} interested", "ts": "1.2"}
        where = {"channel": card.channel, "thread_ts": card.ts}
        assert (await house.slack.event(event | where | fields)).ok
        mention(house, f"{BOT} read", card)
        await house.slack.until(lambda: replies(house, card))
        assert [each.body for each in house.sendkit.patches] == [{"markRead": True}]
        assert house.told() == []


async def test_in_the_thread_of_an_earlier_card_the_reply_there_is_meant(house: House) -> None:
    house.reply()
    async with house.bot():
        old = await house.recorded()
        part = CAST[0]
        house.sendkit.reply(part.lead, "One more thing.", campaign=part.campaign)
        new = await house.recorded(1)
        await house.slack.until(lambda: "Open the newer card" in house.text(old))
        mention(house, f"{BOT} read", old)
        assert (await told(house)).text.startswith("A newer reply has come in since")
        mention(house, f"{BOT} interested", old)
        said = await told(house, 2)
        assert said.text.startswith("Done: Jane Doe is now Interested.")
        assert said.thread_ts == old.ts
        assert replies(house, new) == [DONE]


async def test_a_mention_waits_for_sendkit_and_keeps_its_order(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        house.sendkit.down = True
        mention(house, f"{BOT} interested", card)
        await house.slack.until(lambda: "Ada’s decision (Interested) is saved." in house.text(card))
        await house.slack.click(card, "Mark read")
        house.sendkit.down = False
        await house.slack.until(lambda: len(replies(house, card)) == 2)
        assert replies(house, card) == [DONE, "Ada marked this as read · Interested"]
        assert house.told() == []


@pytest.mark.parametrize(
    "trouble",
    [
        # The listener asks, and then whoever carries it out.
        lambda house: house.slack.faults.add("users.info", SlackFault(503), times=2),
        lambda house: house.sendkit.faults.add(Fault(503), "GET", "/v1/tags", times=None),
    ],
    ids=["Slack does not say who it is", "SendKit does not list its aiTags"],
)
async def test_a_mention_that_cannot_be_understood_at_once_is_saved(
    house: House, trouble: Callable[[House], None]
) -> None:
    async with house.bot_with_recorded_card() as card:
        trouble(house)
        mention(house, f"{BOT} interested", card)
        await house.slack.until(lambda: replies(house, card) == [DONE])


async def test_the_same_words_in_two_threads_are_two_commands(house: House) -> None:
    """Nothing is known of aiTags, so both are looked up."""
    house.sendkit.faults.add(Fault(status=404), "GET", "/v1/tags", times=None)
    house.reply()
    async with house.bot():
        await house.recorded()
        house.reply(1)
        await house.recorded(1)
        cards = house.slack.messages(TRIAGE)
        for card in cards:
            mention(house, f"{BOT} interested", card)
        for card in cards:
            await house.slack.until(lambda card=card: replies(house, card) == [DONE])  # type: ignore[misc]


async def test_an_unknown_ai_tag_is_answered_in_the_thread(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        mention(house, f"{BOT} tag intrested", card)
        said = await told(house)
        assert said.text == "There is no aiTag “intrested”. Did you mean tag interested?"
        assert said.thread_ts == card.ts


async def test_a_deleted_card_is_replaced(house: House) -> None:
    """Its thread is still there."""
    async with house.bot_with_recorded_card() as card:
        house.slack.say(TRIAGE, "A reply keeps the thread.", thread_ts=card.ts)
        house.slack.workspace.remove(house.slack.message(TRIAGE, card.ts))
        mention(house, f"{BOT} interested", card)
        await house.slack.until(lambda: house.slack.messages(TRIAGE)[-1].user == "U0TRIAGE")
        new = house.slack.messages(TRIAGE)[-1]
        await house.slack.until(lambda: replies(house, new) == [DONE])
