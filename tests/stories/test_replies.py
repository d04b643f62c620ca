"""Replies arrive, and what happens to them elsewhere shows."""

import re
from dataclasses import replace

import pytest

from bot.playground.sample_data import CAST
from bot.playground.sendkit import NO_ANSWERS, Fault
from bot.playground.slack_faults import PAGE
from bot.playground.workspace import Message
from bot.slack.payloads import conversations_in
from bot.store import Statement, opening
from tests.conftest import House
from tests.stories.conftest import every_combination
from tests.timings import RATED

TRIAGE = "#triage"


def _calls(house: House, method: str) -> list[int]:
    return [call.status for call in house.slack.calls if call.method == method]


async def _polled(house: House, times: int = 2) -> None:
    """Returns after this number of whole looks at SendKit."""
    seen = len(_looks(house))
    await house.sendkit.until(lambda: len(_looks(house)) >= seen + times + 1)


def _looks(house: House) -> list[object]:
    return [each for each in house.sendkit.requests if each.query.get("status") == "unread"]


async def test_a_full_inbox_is_summed_up_at_the_first_start(house: House) -> None:
    ids = house.leads(30)
    async with house.bot():
        summary = await house.card()
        opening = (
            "30 replies were unread when I started. The newest 12 are here, /sendkit inbox has "
            "them all:"
        )
        assert summary.text.startswith(opening)
        assert house.slack.labels(summary).count("Mark read") == 12
        named = {each for each in range(30) if f"lead{each}@example.com" in summary.text}
        assert len(named) == 12
        await _polled(house)
        assert len(house.slack.messages(TRIAGE)) == 1
        first = house.sendkit.inbox.get(next(ids[each] for each in range(30) if each not in named))
        house.sendkit.reply(first.lead, "Are you there?", campaign=first.campaign)
        later = await house.card(1)
        assert "Are you there?" in later.text
        await house.slack.click(summary, "Interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(summary))
        assert house.text(summary).startswith(opening)


async def test_the_first_summary_waits_for_a_key_that_is_mended(house: House) -> None:
    house.leads(13)
    house.sendkit.faults.add(Fault(401), "GET", "/v1/inbox/*")
    async with house.bot():
        summary = await house.card()
        assert house.slack.labels(summary).count("Mark read") == 12


async def test_the_first_summary_waits_until_the_bot_is_let_into_the_channel(house: House) -> None:
    house.leads(13)
    workspace = house.slack.workspace
    room = workspace.channel(TRIAGE)
    others = tuple(each for each in room.members if each != workspace.bot.id)
    workspace.add_channel(replace(room, members=others))
    async with house.bot():
        await house.slack.until(lambda: _calls(house, "chat.postMessage"))
        workspace.add_channel(room)
        summary = await house.card()
        assert house.slack.labels(summary).count("Mark read") == 12


async def test_a_press_on_a_message_that_the_bot_does_not_know_keeps_all_its_cards(
    house: House,
) -> None:
    house.leads(14)
    async with house.bot():
        summary = await house.card()
        await house.until_stored("SELECT 1 FROM cards", 12)
        # As before Slack's answer to the post.
        async with opening.beside(house.settings.database_url) as database:
            await database.write(Statement("DELETE FROM cards"))
        before = conversations_in(summary.blocks)
        await house.slack.click(summary, "Interested", nth=3)
        await house.slack.until(lambda: "✓ Interested" in house.labels(summary))
        assert conversations_in(house.slack.message(summary.channel, summary.ts).blocks) == before
        await house.typed(f"read {_link(summary)}")
        assert house.told()[0].startswith("Several conversations match that message.")


async def test_a_link_to_a_message_of_several_leads_is_asked_about(house: House) -> None:
    house.leads(14)
    async with house.bot():
        summary = await house.card()
        await house.slack.click(summary, "Interested")
        await house.lines(summary)
        await house.typed(f"read {_link(summary)}")
        assert house.told()[0].startswith("Several conversations match that message.")
        assert len(house.sendkit.patches) == 1


def _link(message: Message) -> str:
    return f"https://x.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"


def _cards_of(message: Message) -> int:
    return sum(block["type"] == "actions" for block in message.blocks)


@every_combination
async def test_a_further_reply_has_its_own_card_and_folds_the_one_before(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.click(card, "Interested")
        await house.lines(card)
        part = CAST[0]
        house.sendkit.reply(part.lead, "One more question", campaign=part.campaign)
        new = await house.card(1)
        await house.slack.until(lambda: house.labels(card) == [])
        assert "One more question" in house.text(new)
        assert "Before this reply: Ada set Interested" in house.text(new)
        assert f"{house.text(card)}".startswith("Jane Doe · Acme Inc replied again.")
        for one, other in ((card, new), (new, card)):
            shown = str(house.slack.message(one.channel, one.ts).blocks)
            assert f"/archives/{other.channel}/p{other.ts.replace('.', '')}|" in shown
        await house.slack.click(new, "Mark read")
        assert await house.lines(new) == ["Ada marked this as read · Interested"]
        assert len(house.thread(card)) == 1
        await house.slack.until(lambda: "Last decision: Ada marked" in house.text(new))
        assert house.labels(card) == []
        await _polled(house)
        assert len(house.slack.messages(TRIAGE)) == 2


async def test_one_of_several_leads_in_a_message_replies_again(house: House) -> None:
    house.leads(14)
    async with house.bot():
        summary = await house.card()
        shown = len(house.labels(summary))
    async with house.bot():
        # The newest are shown, and several came in the same moment.
        number = re.findall(r"Jane (\d+) ·", house.text(summary))[2]
        again = replace(CAST[0].lead, email=f"lead{number}@example.com", last_name=number)
        house.sendkit.reply(again, "Once more")
        assert "Once more" in (await house.card(1)).text
        await house.slack.until(lambda: len(house.labels(summary)) < shown)
        assert house.text(summary).count("replied again") == 1
        await house.slack.click(summary, "Interested")
        await house.lines(summary)
        assert house.text(summary).count("replied again") == 1


async def test_the_whole_email_is_posted_below_the_card_once(house: House) -> None:
    async with house.bot():
        quoted = "> We wrote this.\n" * 300
        house.sendkit.reply(CAST[0].lead, f"Yes, please.\n\nOn Monday Ada wrote:\n{quoted}")
        card = await house.card()
        for times in (1, 2):
            await house.slack.choose(card, "Whole email")
            await house.slack.until(lambda: len(house.told()) == times)  # noqa: B023
        first, second = house.thread(card)
        assert first.startswith("The whole email from Jane Doe:\n\nYes, please.")
        assert (first + second).count("We wrote this.") == 300
        assert house.told()[0].startswith("The whole email from Jane Doe is in the card’s thread.")
        house.sendkit.down = True
        await house.slack.choose(card, "Whole email")
        await house.slack.until(lambda: len(house.told()) == 3)
        assert "SendKit" in house.told()[2]
        assert "Try again in a minute." in house.told()[2]
        assert len(house.thread(card)) == 2


async def test_a_burst_comes_in_few_messages_and_a_click_goes_before_it(house: House) -> None:
    house.reply()
    house.slack.limits = True
    async with house.bot(RATED):
        first = await house.card()
        ids = house.leads(40)
        await house.slack.until(lambda: len(house.slack.messages(TRIAGE)) > 1)
        ack = await house.slack.click(first, "Interested")
        assert ack.ok
        await house.lines(first)
        assert sum(map(_cards_of, house.slack.messages(TRIAGE))) < 41
        await house.slack.until(lambda: sum(map(_cards_of, house.slack.messages(TRIAGE))) == 41)
        assert len(house.slack.messages(TRIAGE)) <= 20
        assert 429 not in _calls(house, "chat.postMessage")
        texts = " ".join(each.text for each in house.slack.messages(TRIAGE))
        assert all(f"lead{each}@example.com" in texts for each in range(len(ids)))


async def test_a_press_in_a_message_of_many_cards_changes_that_card_alone(house: House) -> None:
    house.reply()
    async with house.bot():
        await house.card()
        house.leads(3)
        many = await house.card(1)
        await house.slack.until(lambda: sum(map(_cards_of, house.slack.messages(TRIAGE))) == 4)
        many = next(each for each in house.slack.messages(TRIAGE) if _cards_of(each) > 1)
        before = house.slack.labels(many)
        await house.slack.click(many, "Interested", nth=1)
        (line,) = await house.lines(many)
        assert line.startswith("Jane ")
        assert line.endswith(" · Ada set Interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(many))
        now = house.labels(many)
        assert now.count("✓ Interested") == 1
        assert len(now) == len(before)
        assert (
            now.index("✓ Interested")
            == [place for place, each in enumerate(before) if each == "Interested"][1]
        )


async def test_a_read_mark_of_sendkit_shows_without_a_line(house: House) -> None:
    conversation = house.reply()
    async with house.bot():
        card = await house.card()
        house.sendkit.inbox.mark(conversation.id, read=True)
        await house.slack.until(lambda: "Mark unread" in house.labels(card))
        house.sendkit.inbox.set_tag(conversation.id, "interested")
        await house.slack.until(lambda: "✓ Interested" in house.labels(card))
        assert house.thread(card) == []


@pytest.mark.parametrize(
    "fault",
    [Fault(404), NO_ANSWERS["empty data"], Fault(stale=True), Fault(401), Fault(text=PAGE)],
    ids=["not found", "empty data", "without the reply", "a refused key", "a page"],
)
async def test_a_reply_that_is_shown_late_is_announced_once(house: House, fault: Fault) -> None:
    async with house.bot():
        house.sendkit.faults.add(fault, "GET", "/v1/inbox/*")
        reply = house.reply()
        assert reply.lead.email in (await house.card()).text
        await _polled(house)
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_a_summary_that_was_posted_without_an_answer_is_not_repeated(house: House) -> None:
    house.leads(13)
    house.sendkit.faults.add(Fault(404), "GET", "/v1/inbox/*")
    house.slack.faults.drop("chat.postMessage", acted=True)
    async with house.bot():
        summary = await house.card()
        await house.slack.until(lambda: _calls(house, "conversations.history"))
        await house.slack.click(summary, "Interested")
        await house.lines(summary)
        assert len(house.slack.messages(TRIAGE)) == 1


async def test_a_mail_made_to_stop_parsers_is_a_card_and_stops_nobody(house: House) -> None:
    """quotequail needed 38 seconds for the text; libxml2 needed two for the HTML."""
    text = "2020/1/1 " + " <" * 900 + "@" * 1800 + ">" * 900 + "x"
    lead = CAST[0].lead
    async with house.bot():
        house.sendkit.reply(lead, text)
        house.sendkit.reply(replace(lead, email="b@example.com"), "", html="<b></i>" * 100_000)
        house.sendkit.reply(replace(lead, email="c@example.com"), "Yes, please.")
        shown = ("2020/1/1", "b@example.com", "Yes, please.")
        await house.slack.until(lambda: all(each in _said(house) for each in shown))


def _said(house: House) -> str:
    return "\n".join(message.text for message in house.slack.messages(TRIAGE))


async def test_a_decision_does_not_wait_for_a_look_at_its_conversation(house: House) -> None:
    async with house.bot_with_recorded_card() as card:
        (theirs,) = house.sendkit.inbox.conversations
        house.sendkit.faults.add(Fault(503), "GET", f"/v1/inbox/{theirs}", times=None)
        house.sendkit.inbox.patch(theirs, {"aiTag": "not_now"})
        await house.until_stored("SELECT 1 FROM entries WHERE state = 'open' AND attempts > 0")
        await house.slack.click(card, "Interested")
        await house.slack.until(lambda: "decision (Interested) is saved" in house.text(card))
