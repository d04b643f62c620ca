"""Commands, and their results."""

import re
from dataclasses import replace

import pytest

from bot.playground.sample_data import CAST, Campaign, Tag
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store.channels import Channels
from bot.store.opening import opened
from bot.views.usage import BEHIND
from tests.clients import PATIENT
from tests.conftest import ADA_IS_NAMED, House
from tests.timings import QUICK

TRIAGE = "#triage"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("interested {id}", {"aiTag": "interested"}),
        ("tag {id} Meeting-Booked", {"aiTag": "meeting_booked"}),
        ("“Meeting Booked” {id}", {"aiTag": "meeting_booked"}),
        ("untag {id}", {"aiTag": None}),
        ("read {id}", {"markRead": True}),
        ("unread {id}", {"isRead": False}),
        ("tags {id} +vip -cold", {"tags": ["warm", "vip"]}),
        ("tags {id} +beta.io -COLD +🔥", {"tags": ["warm", "beta.io", "🔥"]}),
        ("interested <mailto:jane.doe@acme.example.com|jane.doe@acme.example.com>", None),
        ("INTERESTED   jane.doe@ACME.example.com", None),
    ],
)
async def test_a_command_becomes_a_patch(house: House, text: str, body: object) -> None:
    conversation = house.reply()
    house.sendkit.inbox.set_custom_tags(conversation.id, ["cold", "warm"])
    house.sendkit.inbox.set_tag(conversation.id, "not_interested")
    async with house.bot():
        card = await house.card()
        if text.startswith("unread"):
            house.sendkit.inbox.mark(conversation.id, read=True)
        await house.slack.command("/sendkit", text.format(id=conversation.id), channel=TRIAGE)
        assert house.told()[0].endswith(" You’ll see the result in the thread or here.")
        await house.lines(card)
        assert [patch.body for patch in house.sendkit.patches] == [body or {"aiTag": "interested"}]


async def test_a_line_names_only_the_tags_that_changed(house: House) -> None:
    lead = CAST[0].lead.email
    async with house.bot_with_card() as card:
        await house.slack.command("/sendkit", f"tags {lead} +vip -cold", channel=TRIAGE)
        assert await house.lines(card) == ["Ada added the tag vip · tag vip"]
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1] == "Jane Doe did not have the tag cold."


async def test_a_link_to_the_card_names_its_conversation(house: House) -> None:
    async with house.bot_with_card(triage_members=ADA_IS_NAMED) as card:
        link = f"<https://playground.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}>"
        await house.slack.command("/sendkit", f"read {link}", channel="#general")
        assert await house.lines(card) == ["Ada marked this as read"]
        other = link.replace(card.ts[:4], "1600")
        await house.slack.command("/sendkit", f"unread {other}", channel="#general")
        await house.slack.until(
            lambda: "isn’t a link to one of my cards" in house.told("#general")[-1]
        )
        assert [patch.body for patch in house.sendkit.patches] == [{"markRead": True}]


async def test_a_decision_without_a_card_posts_the_card_here(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0, triage_members=ADA_IS_NAMED):
        await house.slack.command("/sendkit", f"interested {conversation.id}", channel="#general")
        await house.slack.until(lambda: house.slack.messages("#general"))
        (card,) = house.slack.messages("#general")
        assert await house.lines(card) == ["Ada set Interested"]
        assert "aiTag Interested" in house.slack.message("#general", card.ts).text


async def test_a_card_goes_to_triage_if_the_bot_may_not_post_here(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0, triage_members=ADA_IS_NAMED):
        await house.slack.command("/sendkit", f"read {conversation.id}", channel="#random")
        card = await house.card()
        assert await house.lines(card) == ["Ada marked this as read"]


async def test_show_posts_the_card_once_in_a_channel(house: House) -> None:
    conversation = house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        for _ in range(2):
            await house.slack.command("/sendkit", f"show {conversation.id}", channel=TRIAGE)
            await house.card()
        await house.slack.until(lambda: house.told())
        (told,) = house.told()
        assert told.startswith("Jane Doe’s card is already in this channel. <https://")
        assert len(house.slack.messages(TRIAGE)) == 1


async def _inbox(house: House, channel: str = TRIAGE) -> Message:
    """The answer to Ada's `inbox`."""
    before = len(house.told(channel))
    await house.slack.command("/sendkit", "inbox", channel=channel)
    await house.slack.until(lambda: len(house.told(channel)) > before)
    return house.slack.ephemerals(channel, "U0ADA")[-1]


def _many(house: House, count: int) -> list[str]:
    """Leads who wrote one after another, the newest first."""
    leads = [replace(CAST[0].lead, email=f"l{n}@x.y", first_name=f"N{n:02}") for n in range(count)]
    for lead in leads:
        house.sendkit.reply(lead, "Hello")
    return [f"N{n:02}" for n in reversed(range(count))]


def _names(listed: Message) -> list[str]:
    return re.findall(r"\bN\d\d\b", listed.text)


async def test_inbox_lists_what_is_unread_to_one_person_with_buttons(house: House) -> None:
    names = _many(house, 14)
    async with house.bot(sendkit_poll_seconds=0):
        listed = await _inbox(house)
        assert listed.text.startswith("14 unread, newest 12 shown. ")
        assert _names(listed) == names[:12]
        assert house.slack.labels(listed).count("Mark read") == 12
        assert not house.slack.messages(TRIAGE)

        ack = await house.slack.click(listed, "Mark read", nth=11)
        assert ack.ok
        card = await house.card()
        assert await house.lines(card) == ["Ada marked this as read"]


async def _shows(house: House, listed: Message, label: str, count: int) -> Message:
    """The list, once it has been drawn with so many of these buttons."""
    await house.slack.until(
        lambda: house.slack.labels(house.slack.message(TRIAGE, listed.ts)).count(label) == count
    )
    return house.slack.message(TRIAGE, listed.ts)


async def test_a_pressed_row_shows_what_came_of_it_and_the_others_stay(house: House) -> None:
    names = _many(house, 14)
    async with house.bot(sendkit_poll_seconds=0):
        listed = await _inbox(house)
        await house.slack.click(listed, "Mark read", nth=3)
        once = await _shows(house, listed, "Mark unread", 1)
        assert _names(once) == names[:12]
        assert "N10 Doe · Acme Inc, Q1 Outreach: No aiTag, read" in once.text
        assert once.text.count(", read") == 1
    # Also after a restart, with what was pressed before it.
    async with house.bot(sendkit_poll_seconds=0):
        await house.slack.click(once, "Interested", nth=5)
        await house.slack.click(once, "Mark read", nth=0)
        twice = await _shows(house, listed, "Mark unread", 2)
        await _shows(house, listed, "✓ Interested", 1)
        assert _names(twice) == names[:12]
        assert house.slack.labels(twice)[-1] == "Next 2"
        assert house.told() == [house.slack.message(TRIAGE, listed.ts).text]


async def test_a_choice_among_the_last_ones_shows_what_came_of_it(house: House) -> None:
    _many(house, 3)
    async with house.bot(sendkit_poll_seconds=0):
        await house.typed("interested")
        (listed,) = house.slack.ephemerals(TRIAGE, "U0ADA")
        await house.slack.click(listed, "Interested", nth=1)
        await _shows(house, listed, "✓ Interested", 1)


async def test_a_sentence_tells_the_result_if_the_list_cannot_be_redrawn(house: House) -> None:
    _many(house, 2)
    async with house.bot(sendkit_poll_seconds=0):
        listed = await _inbox(house)
        house.slack.faults.status("response_url", status=404, times=2)
        await house.slack.click(listed, "Mark read")
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1].startswith("Done: N01 Doe is marked as read. <https://")
        assert house.slack.message(TRIAGE, listed.ts).text == listed.text


async def test_a_press_in_a_forgotten_list_is_answered_in_a_sentence(house: House) -> None:
    _many(house, 2)
    async with house.bot(sendkit_poll_seconds=0):
        listed = await _inbox(house)
    async with opened(house.settings.database_url, PATIENT.database) as database:
        await Channels(database).forget_lists("9")
    async with house.bot(sendkit_poll_seconds=0):
        await house.slack.click(listed, "Mark read")
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1].startswith("Done: N01 Doe is marked as read. <https://")


async def test_a_press_in_a_list_says_when_it_waits_and_shows_the_result(house: House) -> None:
    house.reply()
    async with house.bot():
        await house.card()
        listed = await _inbox(house)
        house.sendkit.down = True
        await house.slack.click(listed, "Mark read")
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1].startswith("SendKit is not responding. Your decision is saved")
        house.sendkit.down = False
        await _shows(house, listed, "Mark unread", 1)


async def test_the_next_page_goes_on_after_the_last_one_shown(house: House) -> None:
    names = _many(house, 30)
    async with house.bot(sendkit_poll_seconds=0):
        first = await _inbox(house)
        for position in range(5):
            await house.slack.click(first, "Mark read", nth=position)
        await house.slack.until(lambda: len(house.sendkit.patches) == 5)
        await house.slack.click(first, "Next 12")
        await house.slack.until(lambda: len(house.told()) == 2)
        second = house.slack.ephemerals(TRIAGE, "U0ADA")[-1]
        assert second.text.startswith("25 unread, 8 to 19 shown. ")
        assert _names(second) == names[12:24]
        house.sendkit.reply(CAST[1].lead, "Newer")
        await house.slack.click(second, "Next 6")
        await house.slack.until(lambda: len(house.told()) == 3)
        assert _names(house.slack.ephemerals(TRIAGE, "U0ADA")[-1]) == names[24:]


async def test_inbox_says_when_nothing_is_unread(house: House) -> None:
    async with house.bot():
        await house.typed("inbox")
        assert house.told() == ["Inbox zero: nothing is unread."]


async def test_a_list_shows_a_card_on_request(house: House) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        await house.typed("inbox")
        await house.slack.click(house.slack.ephemerals(TRIAGE, "U0ADA")[0], "Show card")
        assert "Jane Doe" in (await house.card()).text


@pytest.mark.parametrize(
    ("polling", "text", "said"),
    [
        (0, "interested", "Which conversation? Most recent: "),
        (0.05, "read", "Which conversation? Most recent: "),
        (0.05, "tags +vip", "Which conversation? Type it again with one of these addresses. "),
    ],
)
async def test_a_list_offers_five(house: House, polling: float, text: str, said: str) -> None:
    for number in range(7):
        house.reply(number)
    async with house.bot(sendkit_poll_seconds=polling):
        if polling:
            await house.card(1)
        await house.typed(text)
        (listed,) = house.slack.ephemerals(TRIAGE, "U0ADA")
        assert house.slack.labels(listed).count("Show card") == 5
        assert listed.text.startswith(said)


async def test_without_a_list_of_ai_tags_the_one_that_was_typed_is_set(house: House) -> None:
    house.sendkit.faults.add(Fault(status=404), "GET", "/v1/tags", times=None)
    async with house.bot_with_card(sendkit_poll_seconds=0.05) as card:
        await house.slack.command("/sendkit", "read Jane Doe", channel=TRIAGE)
        assert await house.lines(card) == ["Ada marked this as read"]
        # The bot has seen the address.
        house.sendkit.faults.add(Fault(503), "GET", "/v1/inbox", times=None)
        await house.slack.command("/sendkit", f"interested {CAST[0].lead.email}", channel=TRIAGE)
        assert (await house.lines(card, 2))[1].startswith("Ada set Interested")
    assert house.sendkit.patches[-1].body == {"aiTag": "interested"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("intrested {who}", "I don’t know “intrested”. Did you mean /sendkit interested {who}?"),
        ("tag {who} intrested", "There is no aiTag “intrested”. Did you mean /sendkit tag {who} "),
        ("inbocks", "I don’t know “inbocks”. Did you mean /sendkit inbox?"),
        ("snooze {who}", "I don’t know “snooze”. For example: /sendkit show {who}."),
    ],
)
async def test_nothing_is_promised_of_what_is_not_understood(
    house: House, text: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    house.reply()
    lead = CAST[0].lead.email
    async with house.bot():
        await house.card()
        house.sendkit.down = True
        ack = await house.slack.command("/sendkit", text.format(who=lead), channel=TRIAGE)
        # Slack has it with the ack, so no call to SendKit stood before it.
        assert ack.ok
        (told,) = house.told()
        assert told.startswith(said.format(who=lead))
        assert "Saved" not in told
    commands = [
        each for each in caplog.records if each.name in ("bot.slack.answers", "bot.slack.listeners")
    ]
    assert [each.getMessage() for each in commands if each.levelname == "WARNING"] == []


async def test_an_ai_tag_that_is_new_in_sendkit_is_known_the_next_time(house: House) -> None:
    house.reply()
    lead = CAST[0].lead.email
    async with house.bot():
        card = await house.card()
        house.sendkit.inbox.tags["Later this year"] = Tag("Later this year", "", "#6b7280")
        await house.typed(f"later this year {lead}", number=2)
        assert house.told()[0].startswith("Until when? For example: /sendkit later")
        assert house.told()[1] == (
            "The aiTag “Later this year” is new in SendKit, and I know it now. Type that again."
        )
        await house.slack.command("/sendkit", f"later this year {lead}", channel=TRIAGE)
        await house.lines(card)
        assert [patch.body for patch in house.sendkit.patches] == [{"aiTag": "Later this year"}]


async def test_show_is_answered_while_a_decision_waits_for_sendkit(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        house.sendkit.down = True
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "Next try" in house.text(card))
        await house.typed(f"show {conversation.id}")
        assert house.told()[0].startswith(
            "SendKit is not responding. I’ll post the card as soon as"
        )
        house.sendkit.down = False
        await house.lines(card)
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[1].startswith("Jane Doe’s card is already in this channel.")


async def test_the_command_may_have_another_name(house: House) -> None:
    async with house.bot():
        await house.slack.command("/replies", "help", channel=TRIAGE)
        assert house.told()[0].startswith("Every day:\n/replies inbox – ")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("read nobody@example.com", "nobody@example.com"),
        ("interested jan", "“jan”; give the whole first name or the address"),
        ("show Jane Dough", "“Jane Dough”; give the whole first name or the address"),
    ],
)
async def test_a_lead_who_never_replied_is_no_match(house: House, text: str, who: str) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        # The same command is no double of one that came to nothing.
        for number in (1, 2):
            await house.slack.command("/sendkit", text, channel=TRIAGE)
            await house.slack.until(lambda: len(house.told()) == number)  # noqa: B023
        assert house.told() == [f"No conversation with {who}. See who wrote: /sendkit inbox."] * 2


@pytest.mark.parametrize(
    ("text", "polling"),
    [
        ("interested jane", 0),
        ("tag Doe Jane interested", 0),
        ("interested jane.doe", 0),
        ("interested acme inc", 0.05),
    ],
)
async def test_a_lead_can_be_called_by_name(house: House, text: str, polling: float) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=polling):
        if polling:
            await house.card()
        await house.slack.command("/sendkit", text, channel=TRIAGE)
        assert await house.lines(await house.card()) == ["Ada set Interested"]
        (told,) = await house.slack.until(lambda: house.told())
        assert told.endswith(" to Interested. You’ll see the result in the thread or here.")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(429, retry_after=1), "SendKit is busy (rate limit)"),
        (Fault(seconds=2.0), "SendKit has not answered yet"),
    ],
)
async def test_a_decision_about_a_name_may_wait(house: House, fault: Fault, said: str) -> None:
    async with house.bot_with_card(replace(QUICK, check=0.1)) as card:
        house.sendkit.faults.add(fault, "GET", "/v1/inbox", times=None)
        await house.typed("read jane")
        assert house.told()[0] == (
            f"{said}. Your decision is saved, and I’ll carry it out as soon as I can."
        )
        await house.slack.command("/sendkit", "unread jane", channel=TRIAGE)
        assert house.told()[1] == BEHIND
        house.sendkit.faults.clear()
        assert await house.lines(card, 2) == [
            "Ada marked this as read",
            "Ada marked this as unread",
        ]


async def test_a_command_typed_twice_is_answered_and_carried_out_once(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        for verb in ("read", "read", "unread"):
            await house.slack.command("/sendkit", f"{verb} {conversation.id}", channel=TRIAGE)
        await house.lines(card, 2)
        assert len(house.sendkit.patches) == 2
        assert house.told()[1] == "You typed that a moment ago, so it counts once."
        assert len(house.told()) == 3


@pytest.mark.parametrize("verb", ["read", "show"])
async def test_a_lead_in_two_campaigns_is_asked_about(house: House, verb: str) -> None:
    lead = CAST[0].lead
    for name in ("Q1 Outreach", "Q2 Outreach"):
        house.sendkit.reply(lead, "Hello", campaign=Campaign(name))
    async with house.bot(sendkit_poll_seconds=0):
        await house.slack.command("/sendkit", f"{verb} {lead.email}", channel=TRIAGE)
        await house.slack.until(lambda: any("Which one?" in told for told in house.told()))
        listed = house.slack.ephemerals(TRIAGE, "U0ADA")[-1]
        await house.slack.click(listed, "Mark read", nth=1)
        assert await house.lines(await house.card()) == ["Ada marked this as read"]
        assert len(house.sendkit.patches) == 1


async def test_an_address_that_was_seen_before_needs_no_search(house: House) -> None:
    async with house.bot_with_card(sendkit_poll_seconds=0.05) as card:
        house.sendkit.faults.add(Fault(503), "GET", "/v1/inbox", times=None)
        await house.slack.command("/sendkit", f"read {CAST[0].lead.email}", channel=TRIAGE)
        assert await house.lines(card) == ["Ada marked this as read"]


async def test_inbox_shows_what_it_can_of_a_conversation_that_went_away(house: House) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0):
        house.sendkit.faults.add(Fault(404), "GET", "/v1/inbox/*")
        await house.typed("inbox")
        assert house.told()[0].startswith("1 unread. Jane Doe · Acme Inc")


async def test_without_a_permalink_the_sentence_still_comes(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        await house.card()
        house.slack.faults.error("chat.getPermalink", error="message_not_found")
        await house.typed(f"show {conversation.id}")
        assert house.told() == ["Jane Doe’s card is already in this channel."]
