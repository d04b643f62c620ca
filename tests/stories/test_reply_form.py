"""Answers to leads: the form, its preview, and what becomes of them on the card."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.playground.sample_data import CAST
from bot.playground.workspace import Message, View
from bot.views.answer import OFF
from bot.written import NO_REASON, NO_TEXT, PASSED
from tests.conftest import ADA_IS_NAMED, House
from tests.form_asserts import filled, opened, said, values
from tests.stories.conftest import every_combination
from tests.timings import QUICK

TRIAGE: Final = "#triage"
TEXT, CC, SEND_AT, REASON = "form.text", "form.cc", "form.send_at", "form.reason"
ON: Final[Mapping[str, Any]] = {"replies": True}
# Long enough to be taken back; and soon over.
HELD: Final = replace(QUICK, answer_held=600.0)
SOON: Final = replace(QUICK, answer_held=2.0, answer_shown=30.0)


async def reply_form(house: House, card: Message, user: str = "U0ADA") -> View:
    """The form that *Reply* on the card brings."""
    assert (await house.slack.click(card, "Reply", user=user)).ok
    return await titled(house, "Reply", user)


async def titled(house: House, title: str, user: str = "U0ADA") -> View:
    def there() -> View | None:
        view = house.slack.modal(user)
        return view if view and view.body["title"]["text"] == title else None

    found = await house.slack.until(there)
    assert found is not None
    return found


async def previewed(
    house: House, form: View, fields: Mapping[str, Any], user: str = "U0ADA"
) -> View:
    assert (await house.slack.submit(form, fields, user=user)).ok
    return await titled(house, "Send this answer?", user)


async def sends(house: House, card: Message, text: str, user: str = "U0ADA") -> View:
    """Somebody sends an answer; the preview that they pressed."""
    preview = await previewed(house, await reply_form(house, card, user), {TEXT: text}, user)
    assert (await house.slack.submit(preview, {}, user=user)).ok
    return preview


async def shows(house: House, card: Message, part: str) -> None:
    await house.slack.until(lambda: part in house.text(card))


async def shows_no(house: House, card: Message, part: str) -> None:
    await house.slack.until(lambda: part not in house.text(card))


async def offered(house: House) -> Message:
    """The message with the button for a person who asked for the form in words."""

    def found() -> list[Message]:
        return [each for each in house.slack.ephemerals(TRIAGE) if "Press Reply" in each.text]

    await house.slack.until(found)
    return found()[0]


def mails(house: House) -> list[str]:
    """The texts of what left the mailbox."""
    return [each.text for each in house.sendkit.inbox.replies.values() if each.status == "sent"]


def text_of(view: View) -> object:
    return values(view)[TEXT]


@every_combination
async def test_an_answer_is_written_looked_at_and_sent_once(house: House) -> None:
    async with house.bot_with_card(SOON, **ON) as card:
        form = await reply_form(house, card)
        preview = await previewed(house, form, {TEXT: "Hi Jane,\n\nyes.", CC: "ann@x.example"})
        for part in ("Hi Jane,", "ann@x.example", "take it back", CAST[0].lead.email, "sales@"):
            assert part in said(preview)
        assert house.sendkit.inbox.replies == {}
        await house.slack.submit(preview, {})
        assert house.slack.modal() is None
        await shows(house, card, "Ada’s answer was sent")
        assert mails(house) == ["Hi Jane,<br><br>yes."]
        (sent,) = house.sendkit.inbox.replies.values()
        assert sent.cc == ("ann@x.example",)
        assert text_of(await reply_form(house, card)) is None


async def test_a_double_press_of_send_is_one_answer(house: House) -> None:
    async with house.bot_with_card(SOON, **ON) as card:
        preview = await previewed(house, await reply_form(house, card), {TEXT: "Yes."})
        again = replace(preview, body={**preview.body})
        await house.slack.submit(preview, {})
        await house.slack.submit(again, {})
        await shows(house, card, "Ada’s answer was sent")
        assert len(house.sendkit.inbox.replies) == 1


async def test_an_answer_is_taken_back_on_the_card_and_its_text_is_kept(house: House) -> None:
    async with house.bot_with_card(HELD, **ON) as card:
        await sends(house, card, "Yes.")
        await shows(house, card, "Ada’s answer goes out")
        assert "goes out" in said(await reply_form(house, card, "U0BEN"))
        await house.slack.click(card, "Take back", user="U0BEN")
        await shows(house, card, "was taken back")
        assert mails(house) == []
        assert text_of(await reply_form(house, card)) == "Yes."
        assert text_of(await reply_form(house, card, "U0BEN")) is None


async def test_a_started_text_survives_closing_the_form_for_each_person(house: House) -> None:
    async with house.bot_with_card(**ON) as card:
        form = await reply_form(house, card)
        await house.slack.pick(form, TEXT, "Hi")
        await house.slack.pick(form, CC, "ann@x.example, bob@")
        await house.slack.close(form)
        form = await reply_form(house, card)
        assert (text_of(form), values(form)[CC]) == ("Hi", "ann@x.example, bob@")
        assert text_of(await reply_form(house, card, "U0BEN")) is None
        # Slack tells of the text when the form is closed, too.
        house.slack.fill(form, {TEXT: "Hi Jane"})
        await house.slack.close(form)
        assert text_of(await reply_form(house, card)) == "Hi Jane"


async def test_the_card_says_who_writes_until_the_form_is_closed_or_sent(house: House) -> None:
    async with house.bot_with_card(SOON, **ON) as card:
        form = await reply_form(house, card)
        await shows(house, card, "Ada is writing an answer.")
        await house.slack.close(form)
        await shows_no(house, card, "is writing")
        preview = await previewed(house, await reply_form(house, card), {TEXT: "Yes."})
        await shows(house, card, "Ada is writing an answer.")
        await house.slack.submit(preview, {})
        await shows_no(house, card, "is writing")


async def test_a_preview_can_be_changed(house: House) -> None:
    at = int(time.time()) + 86_400
    async with house.bot_with_card(**ON) as card:
        form = await reply_form(house, card)
        preview = await previewed(house, form, {TEXT: "Yes.", SEND_AT: at})
        assert "take it back" not in said(preview)
        await house.slack.click(preview, "Change")
        form = await titled(house, "Reply")
        assert text_of(form) == "Yes."
        preview = await previewed(house, form, {TEXT: "Yes, please."})
        assert "Yes, please." in said(preview)
        assert "take it back" not in said(preview)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({TEXT: " "}, TEXT, NO_TEXT),
        ({TEXT: "Hi {firstName}"}, TEXT, "{firstName}"),
        ({TEXT: "Hi", CC: "ann"}, CC, "not an email address"),
        ({TEXT: "Hi", SEND_AT: 1_700_000_000}, SEND_AT, PASSED),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    house: House, fields: Mapping[str, Any], field: str, sentence: str
) -> None:
    async with house.bot_with_card(**ON) as card:
        ack = await house.slack.submit(await reply_form(house, card), fields)
        assert isinstance(ack.body, dict)
        ((block, told),) = ack.body["errors"].items()
        assert block.startswith(field)
        assert sentence in told


async def test_a_lead_who_asks_to_be_left_alone_gets_an_answer_only_for_a_reason(
    house: House,
) -> None:
    house.sendkit.inbox.lead_replies(CAST[0].lead, "Please remove me from your list.")
    async with house.bot(SOON, **ON):
        card = await house.card()
        form = await reply_form(house, card)
        with pytest.raises(ValueError, match="Reason"):
            await house.slack.submit(form, {TEXT: "Sorry."})
        ack = await house.slack.submit(form, {TEXT: "Sorry.", REASON: " "})
        assert isinstance(ack.body, dict)
        assert NO_REASON in ack.body["errors"].values()
        preview = await previewed(house, form, {TEXT: "Sorry.", REASON: "They asked why."})
        assert "They asked why." in said(preview)
        await house.slack.submit(preview, {})
        assert await house.lines(card) == ["Ada’s answer was sent, because “They asked why.”."]


@pytest.mark.parametrize("ours", [False, True])
async def test_a_mail_that_came_since_the_form_was_opened_is_shown_before_the_preview(
    house: House, ours: bool
) -> None:
    async with house.bot_with_card(**ON) as card:
        form = await reply_form(house, card)
        (conversation,) = house.sendkit.inbox.conversations
        if ours:
            house.sendkit.inbox.send(
                house.sendkit.inbox.queue_reply(conversation, "From SendKit").id
            )
        else:
            house.sendkit.inbox.lead_replies(CAST[0].lead, "Never mind!")
        await house.slack.submit(form, {TEXT: "Yes."})
        part = "We have written to" if ours else "has written again"
        form = await filled(house, part)
        assert ("From SendKit" if ours else "Never mind!") in said(form)
        assert text_of(form) == "Yes."
        assert "Yes." in said(await previewed(house, form, {}))


async def test_a_text_that_changed_in_another_form_is_looked_at_again(house: House) -> None:
    async with house.bot_with_card(**ON) as card:
        preview = await previewed(house, await reply_form(house, card), {TEXT: "Yes."})
        other = await reply_form(house, card)
        await house.slack.pick(other, TEXT, "No.")
        await house.slack.submit(preview, {})
        changed = house.slack.workspace.views[preview.id]
        assert "has changed since" in said(changed)
        assert text_of(changed) == "No."
        assert house.sendkit.inbox.replies == {}


async def test_reply_is_in_the_forms_with_the_whole_conversation(house: House) -> None:
    async with house.bot_with_card(SOON, **ON) as card:
        await house.slack.click(await opened(house, card), "Reply")
        preview = await previewed(house, await titled(house, "Reply"), {TEXT: "Yes."})
        await house.slack.submit(preview, {})
        await shows(house, card, "Ada’s answer was sent")
        assert mails(house) == ["Yes."]


async def test_reply_is_in_a_queue_and_says_how_to_take_it_back(house: House) -> None:
    async with house.bot_with_card(HELD, **ON) as card:
        await house.slack.shortcut("triage_inbox")
        await house.slack.click(await titled(house, "1 of 1"), "Open whole")
        await house.slack.click(await filled(house, "Tags"), "Reply")
        preview = await previewed(house, await titled(house, "Reply"), {TEXT: "Yes."})
        await house.slack.submit(preview, {})
        assert "take it back on its card" in said(await titled(house, "Your answer"))
        await shows(house, card, "Ada’s answer goes out")


async def test_reply_is_typed_as_a_command_and_in_a_mention(house: House) -> None:
    async with house.bot_with_card(**ON) as card:
        name = CAST[0].lead.email
        assert (await house.slack.command("/sendkit", f"reply {name}", channel=TRIAGE)).ok
        await house.slack.close(await titled(house, "Reply"))
        house.slack.say(TRIAGE, "<@U0TRIAGE> reply", thread_ts=card.ts)
        await house.slack.click(await offered(house), "Reply")
        await titled(house, "Reply")
        await house.slack.command("/sendkit", "reply", channel=TRIAGE)
        await house.slack.until(lambda: len(house.slack.ephemerals(TRIAGE)) > 1)


async def test_a_lead_whom_the_bot_has_not_seen_is_offered_with_a_button(house: House) -> None:
    async with house.bot(**ON):
        lead = house.reply(1).lead
        house.sendkit.inbox.mark(next(iter(house.sendkit.inbox.conversations)), read=True)
        await house.slack.command("/sendkit", f"reply {lead.email}", channel=TRIAGE)
        await offered(house)


async def test_words_in_the_thread_are_never_sent(house: House) -> None:
    async with house.bot_with_card(**ON) as card:
        await reply_form(house, card)
        house.slack.say(TRIAGE, "Hi Jane, here is our secret price.", thread_ts=card.ts)
        await shows(house, card, "Ada is writing")
        assert house.sendkit.inbox.replies == {}


async def test_without_the_setting_there_is_no_button_and_an_old_one_gets_a_sentence(
    house: House,
) -> None:
    async with house.bot_with_card(**ON) as card:
        form = await reply_form(house, card)
        preview = await previewed(house, form, {TEXT: "Yes."})
    async with house.bot():
        await house.slack.submit(preview, {})
        assert OFF in said(await filled(house, "off"))
        await house.slack.click(card, "Reply", user="U0BEN")
        assert OFF in said(await filled(house, "off", user="U0BEN"))
        ack = await house.slack.command("/sendkit", "reply jane", channel=TRIAGE)
        assert OFF in str(ack.body)
        assert "reply ID" not in str(
            (await house.slack.command("/sendkit", "help", channel=TRIAGE)).body
        )
        house.slack.say(TRIAGE, "<@U0TRIAGE> reply", thread_ts=card.ts)
        await house.slack.until(lambda: OFF in "".join(house.told(TRIAGE)))
        house.reply(1)
        await house.slack.until(lambda: len(house.slack.messages(TRIAGE)) > 1)
        assert "Reply" not in house.labels(house.slack.messages(TRIAGE)[-1])
    assert house.sendkit.inbox.replies == {}


async def test_a_person_who_may_not_decide_any_more_cannot_send(house: House) -> None:
    async with house.bot_with_card(**ON) as card:
        preview = await previewed(
            house, await reply_form(house, card, "U0BEN"), {TEXT: "Yes."}, "U0BEN"
        )
    async with house.bot(triage_members=ADA_IS_NAMED, **ON):
        await house.slack.submit(preview, {}, user="U0BEN")
        assert "I did not send it." in said(await filled(house, "Ask", user="U0BEN"))
        await house.slack.click(card, "Reply", user="U0BEN")
        await filled(house, "Only the triage members", user="U0BEN")
    assert house.sendkit.inbox.replies == {}


@every_combination
async def test_an_answer_that_was_sent_before_the_bot_died_is_one_mail(house: House) -> None:
    async with house.bot_with_card(SOON, **ON) as card:
        await sends(house, card, "Yes.")
    async with house.bot(SOON, **ON):
        await shows(house, card, "Ada’s answer was sent")
    assert mails(house) == ["Yes."]
    assert len(house.sendkit.inbox.replies) == 1
