"""People take back what they or their colleagues decided."""

import re

import pytest

from bot.playground.people import GUEST
from bot.playground.sample_data import CAST, Campaign
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store import opening
from bot.triage import ConversationId
from bot.views.log import MOST
from tests.conftest import House
from tests.form_asserts import filled, said
from tests.stories.conftest import every_combination

TRIAGE = "#triage"
JANE = CAST[0].lead.email


async def line(house: House, card: Message, number: int = 1) -> Message:
    """The last line of the card's thread, once it has so many."""
    await house.lines(card, number)
    return house.slack.thread(card.channel, card.ts)[-1]


async def told(house: House, number: int = 1, user: str | None = None) -> str:
    """The last of so many things that this person was told."""
    await house.slack.until(lambda: len(house.told(user=user)) >= number)
    return house.told(user=user)[number - 1]


def patches(house: House) -> list[object]:
    return [patch.body for patch in house.sendkit.patches]


@every_combination
async def test_a_press_below_a_decision_takes_it_back(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        decided = await line(house, card)
        ack = await house.slack.click(decided, "Undo", user="U0BEN", deliveries=2)
        assert ack.ok
        undone = await line(house, card, 2)
        assert undone.text == "Ben undid Ada’s “Interested”: no aiTag again"
        said = "Last decision: Ben undid Ada’s “Interested”"
        await house.slack.until(lambda: said in house.text(card))
        await house.slack.click(undone, "Undo")
        assert (await line(house, card, 3)).text == "Ada undid Ben’s “undo”: back to Interested"
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        assert patches(house) == [{"aiTag": each} for each in ("interested", None, "interested")]
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_the_cards_own_menu_undoes_the_last_decision_or_one_that_waits(
    house: House,
) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "Undo “Interested”" in house.labels(card))
        await house.slack.choose(card, "Undo “Interested”", user="U0BEN")
        assert (await line(house, card, 2)).text == "Ben undid Ada’s “Interested”: no aiTag again"
        await house.slack.until(lambda: "Undo “undo”" in house.labels(card))
        house.sendkit.down = True
        await house.slack.click(card, "Mark read")
        await house.slack.until(lambda: "Undo “mark as read”" in house.labels(card))
        await house.slack.choose(card, "Undo “mark as read”")
        assert (await line(house, card, 3)).text.startswith("Ada’s decision (mark as read) was not")
        await house.slack.until(lambda: "Undo “undo”" in house.labels(card))
        assert len(house.sendkit.patches) == 2


async def test_the_cards_menu_asks_before_an_undo_that_may_send_email(house: House) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Not interested", user="U0BEN")
        await house.lines(card, 2)
        await house.slack.until(lambda: "Undo “Not interested”…" in house.labels(card))
        await house.slack.choose(card, "Undo “Not interested”…")
        form = await filled(house, "Undo “Not interested” for Jane Doe?")
        assert "Interested: SendKit may enrol the lead in a subsequence" in said(form)
        await house.slack.close(form)
        await house.slack.choose(card, "Undo “Not interested”…")
        form = await filled(house)
        assert len(house.sendkit.patches) == 2, "it only asks"
        assert (await house.slack.submit(form)).ok
        assert house.slack.modal() is None
        assert (await line(house, card, 3)).text == (
            "Ada undid Ben’s “Not interested”: back to Interested"
        )
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
    assert patches(house)[2:] == [{"aiTag": "interested"}]


async def test_a_form_that_asks_of_another_version_undoes_nothing(house: House) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Not interested")
        await house.lines(card, 2)
        await house.slack.until(lambda: "Undo “Not interested”…" in house.labels(card))
        await house.slack.choose(card, "Undo “Not interested”…")
        form = await filled(house, "Undo “Not interested” for Jane Doe?")
        form.body["private_metadata"] = '{"v":2}'
        await house.slack.submit(form)
        assert "I don’t know this form. Close it." in said(await filled(house))
    assert len(house.sendkit.patches) == 2


async def test_the_form_that_asks_says_if_nothing_can_be_undone(house: House) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Not interested")
        await house.lines(card, 2)
        await house.slack.until(lambda: "Undo “Not interested”…" in house.labels(card))
        house.slack.faults.status("chat.update", status=503, times=99)
        house.slack.faults.status("response_url", status=503, times=99)
        await house.slack.click(card, "Mark read", user="U0BEN")
        await house.sendkit.until(lambda: len(house.sendkit.patches) == 3)
        await house.lines(card, 3)
        await house.slack.choose(card, "Undo “Not interested”…")
        assert "Ben decided since: mark as read. I changed nothing." in said(await filled(house))


async def test_an_option_from_before_ai_tags_were_confirmed_sends_no_email(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Not interested")
        await house.lines(card, 2)
        await house.slack.until(lambda: "Undo “Not interested”" in house.labels(card))
    async with house.bot(confirm_tags=("Interested",)):
        await house.slack.choose(card, "Undo “Not interested”")
        assert (await told(house)).startswith(
            "That would set Interested, which may send email, so I ask first. Press Undo in the "
        )
        assert len(house.sendkit.patches) == 2


@pytest.mark.parametrize("text", ["undo", f"undo {JANE}"])
async def test_an_undo_that_is_typed_asks_before_it_may_send_email(house: House, text: str) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        await house.slack.click(card, "Interested")
        await house.slack.click(card, "Not interested")
        await house.lines(card, 2)
        await house.slack.command("/sendkit", text, channel=TRIAGE)
        assert (await told(house)).startswith(
            "Undo “Not interested”? Interested: SendKit may enrol the lead in a subsequence, which "
            "sends email. "
        )
        assert len(house.sendkit.patches) == 2, "it only asks"
        (asked,) = house.slack.ephemerals(TRIAGE, "U0ADA")
        await house.slack.click(asked, "Undo")
        assert (await line(house, card, 3)).text == "Ada undid “Not interested”: back to Interested"


async def test_a_way_into_sendkit_is_left_to_slack(house: House) -> None:
    async with house.bot_with_card(sendkit_app_url="https://app.sendkit.ai/inbox/{id}") as card:
        ack = await house.slack.choose(card, "Open in SendKit")
        assert ack.ok
        async with opening.read_only(house.settings.database_url) as rows:
            assert await rows.read("SELECT id FROM entries WHERE id LIKE 'click:%'") == []
        (link,) = [
            option["url"]
            for block in card.blocks
            for element in block.get("elements", ())
            for option in element.get("options", ())
            if "url" in option
        ]
        (conversation,) = house.sendkit.inbox.conversations
        assert link == f"https://app.sendkit.ai/inbox/{conversation}"


async def test_a_decision_is_undone_once_whoever_presses_and_however_often(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        decided = await line(house, card)
        await house.slack.click(decided, "Undo")
        await house.slack.click(decided, "Undo")
        await house.slack.click(decided, "Undo", user="U0BEN")
        assert (await told(house, user="U0BEN")).startswith(
            "Ada has undone that already. I changed nothing. ("
        )
        assert len(house.thread(card)) == 2
        assert house.told() == []
        assert patches(house) == [{"aiTag": "interested"}, {"aiTag": None}]


@pytest.mark.parametrize("who", ["", JANE, "Jane Doe", "{id}", "<{link}>"])
async def test_undo_is_a_command(house: House, who: str) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        link = f"https://playground.slack.com/archives/{card.channel}/p{card.ts.replace('.', '')}"
        await house.slack.click(card, "Mark read", user="U0BEN" if who else "U0ADA")
        await house.lines(card)
        text = f"undo {who}".strip().format(id=conversation.id, link=link)
        await house.slack.command("/sendkit", text, channel=TRIAGE)
        assert await told(house) == (
            "Undoing “mark as read” for Jane Doe. You’ll see the result in the thread or here."
        )
        whose = "Ben’s " if who else ""
        last = await line(house, card, 2)
        assert last.text == f"Ada undid {whose}“mark as read”: unread again"
        assert patches(house) == [{"markRead": True}, {"isRead": False}]


async def test_a_mention_in_the_thread_undoes_the_last_decision_about_that_card(
    house: House,
) -> None:
    house.reply()
    async with house.bot():
        jane = await house.recorded()
        await house.slack.click(jane, "Interested", user="U0BEN")
        await house.lines(jane)
        house.reply(1)
        other = await house.recorded(1)
        await house.slack.click(other, "Interested")
        await house.lines(other)
        house.slack.say(TRIAGE, "<@U0TRIAGE> undo", thread_ts=jane.ts)
        said = "Ada undid Ben’s “Interested”: no aiTag again"
        await house.slack.until(lambda: said in house.thread(jane))
        assert len(house.thread(other)) == 1
        assert house.told() == []


async def test_undo_without_a_lead_is_about_the_person_s_own_last_decision(house: House) -> None:
    house.reply(0)
    async with house.bot():
        jane = await house.card()
        await house.slack.command("/sendkit", "undo", channel=TRIAGE)
        assert (await told(house)).startswith("You have decided nothing for a day, so there is ")
        await house.slack.click(jane, "Interested")
        await house.lines(jane)
        house.reply(1)
        other = await house.card(1)
        await house.slack.click(other, "Interested", user="U0BEN")
        await house.lines(other)
        await house.slack.command("/sendkit", "undo ", channel=TRIAGE)
        assert (await line(house, jane, 2)).text == "Ada undid “Interested”: no aiTag again"
        assert len(house.thread(other)) == 1


async def test_undo_typed_again_takes_back_the_decision_before(house: House) -> None:
    async with house.bot_with_card() as card:
        for number, label in enumerate(("Interested", "Meeting booked", "Mark read"), 1):
            await house.slack.click(card, label)
            await house.lines(card, number)
        for number, undone in enumerate(("mark as read", "Meeting booked", "Interested"), 4):
            await house.slack.command("/sendkit", f"undo{' ' * number}", channel=TRIAGE)
            assert f"Ada undid “{undone}”" in (await house.lines(card, number))[-1]
        before = len(house.told())
        await house.slack.command("/sendkit", "undo", channel=TRIAGE)
        said = await told(house, before + 1)
        assert said.startswith("All that you decided in the last day is undone: there is nothing")


async def test_undo_of_nothing_known_says_so(house: House) -> None:
    async with house.bot_with_card():
        for number, who in enumerate([JANE, "Nobody Known", "nobody@known.example"], 1):
            await house.slack.command("/sendkit", f"undo {who}", channel=TRIAGE)
            said = await told(house, number)
            assert re.match(r"No decision about .* is known, so there is nothing to undo\.", said)


async def test_of_several_conversations_the_one_to_undo_is_chosen(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Mark read")
        await house.lines(card)
        lead = CAST[0].lead
        house.sendkit.reply(lead, "And here?", campaign=Campaign("Q2 Outreach"))
        other = await house.card(1)
        await house.slack.click(other, "Mark read")
        await house.lines(other)
        await house.slack.command(
            "/sendkit", f"undo {lead.first_name} {lead.last_name}", channel=TRIAGE
        )
        assert (await told(house)).startswith("Several conversations match Jane Doe. Undo which? ")
        assert len(house.sendkit.patches) == 2
        listed = house.slack.ephemerals(TRIAGE, "U0ADA")[-1]
        await house.slack.click(listed, "Undo", nth=1)
        assert (await line(house, card, 2)).text == "Ada undid “mark as read”: unread again"


async def test_of_several_conversations_each_is_offered_however_much_was_decided(
    house: House,
) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        house.sendkit.reply(CAST[0].lead, "And here?", campaign=Campaign("Q2 Outreach"))
        other = await house.card(1)
        for number in range(MOST):
            label = "Mark unread" if number % 2 else "Mark read"
            await house.slack.until(lambda label=label: label in house.labels(other))  # type: ignore[misc]
            await house.slack.click(other, label)
            await house.lines(other, number + 1)
        before = len(house.told())
        await house.slack.command("/sendkit", "undo Jane Doe", channel=TRIAGE)
        assert "Ada set Interested" in await told(house, before + 1)
        await house.slack.command("/sendkit", "log Jane Doe", channel=TRIAGE)
        said = await told(house, before + 2)
        assert said.startswith(f"Decisions, newest first: Only the newest {MOST} are shown. ")


@every_combination
async def test_a_decision_that_waits_is_undone_before_it_reaches_sendkit(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.down = True
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.slack.until(lambda: "is saved" in house.text(card))
        await house.slack.command("/sendkit", f"undo {JANE}", channel=TRIAGE)
        last = await line(house, card)
        assert last.text.startswith(
            "Ben’s decision (Interested) was not carried out. Ada undid this decision before it "
        )
        await house.slack.until(lambda: len(house.told()) == 2)
        assert house.told()[0].startswith("Undoing “Interested” for Jane Doe.")
        assert house.told()[1].startswith("That decision has not changed SendKit, and no longer")
        await house.slack.until(lambda: "is saved" not in house.text(card))
        house.sendkit.down = False
        await house.slack.click(card, "Mark read")
        await house.lines(card, 2)
        assert patches(house) == [{"markRead": True}]


async def test_an_undo_that_was_undone_while_it_waited_is_none(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        house.sendkit.down = True
        await house.slack.command("/sendkit", "undo", channel=TRIAGE)
        await house.slack.until(lambda: "decision (undo) is saved" in house.text(card))
        await house.slack.command("/sendkit", f"undo {JANE}", channel=TRIAGE)
        last = await line(house, card, 2)
        assert last.text.startswith("Ada’s decision (undo) was not carried out. Ada undid this")
        house.sendkit.down = False
        assert patches(house) == [{"aiTag": "interested"}]
        assert "aiTag Interested" in house.text(card)


async def test_somebody_who_may_not_decide_withdraws_nothing(house: House) -> None:
    house.slack.workspace.add_user(GUEST, TRIAGE)
    async with house.bot_with_card() as card:
        (conversation,) = house.sendkit.inbox.conversations
        house.sendkit.down = True
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "is saved" in house.text(card))
        async with opening.read_only(house.settings.database_url) as rows:
            (row,) = await rows.read("SELECT id FROM entries WHERE kind = 'carry_out'")
        value = f"1:{conversation}:undo:{row['id']}"
        text = {"type": "plain_text", "text": "Undo"}
        button = house.post({"type": "button", "text": text, "value": value})
        await house.slack.click(button, "Undo", user=GUEST)
        house.sendkit.down = False
        assert await house.lines(card) == ["Ada set Interested"]
        assert (await told(house, user=GUEST.id)).startswith("Guests can’t decide here.")


@every_combination
async def test_what_sendkit_changed_since_is_not_overwritten(house: House) -> None:
    async with house.bot_with_card() as card:
        (conversation,) = map(ConversationId, house.sendkit.inbox.conversations)
        await house.slack.click(card, "Interested")
        decided = await line(house, card)
        house.sendkit.inbox.set_tag(conversation, "meeting_booked")
        await house.slack.click(decided, "Undo")
        said = "Somebody changed this in SendKit since: the aiTag is Meeting booked. I left it so."
        assert (await told(house)).startswith(said)
        assert len(house.sendkit.patches) == 1


async def test_an_undo_waits_for_sendkit_as_other_decisions_do(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        decided = await line(house, card)
        house.sendkit.faults.add(Fault(503), "PATCH", "/v1/inbox/*", times=2)
        await house.slack.click(decided, "Undo")
        assert (await line(house, card, 2)).text == "Ada undid “Interested”: no aiTag again"
        assert patches(house)[1:] == [{"aiTag": None}]
