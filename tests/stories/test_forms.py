"""The form with a whole conversation: opened, read, saved, and what happens in between."""

import pytest

from bot.permissions import Members
from bot.playground.sample_data import Tag
from bot.playground.sendkit import Fault
from bot.store.opening import opened as database_of
from bot.timing import DEFAULT
from bot.triage import UserId
from tests.conftest import House
from tests.form_asserts import filled, opened, said, values
from tests.timings import HASTY

TRIAGE = "#triage"
AI_TAG, READ, TAGS = "form.ai_tag", "form.read", "form.tags"


async def test_a_form_shows_the_conversation_and_saves_what_was_changed(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        assert "Thanks for reaching out!" in said(form)
        assert "teams like yours answer 40% faster" in said(form)
        assert values(form) == {AI_TAG: "No aiTag", READ: None, TAGS: None}
        ack = await house.slack.submit(
            form, {AI_TAG: "Interested", READ: ["Read"], TAGS: "vip, hot"}
        )
        assert (ack.ok, ack.body) == (True, "")
        assert house.slack.modal() is None
        assert await house.lines(card) == [
            "Ada set Interested, added the tags vip, hot and marked this as read · tags vip, hot"
        ]
        (patch,) = house.sendkit.patches
        assert patch.body == {"aiTag": "interested", "tags": ["vip", "hot"], "markRead": True}
        form = await opened(house, card)
        assert values(form) == {AI_TAG: "Interested", READ: [_read()], TAGS: "vip, hot"}
        await house.slack.submit(form, {AI_TAG: "No aiTag", READ: [], TAGS: "hot"})
        assert (await house.lines(card, 2))[1] == (
            "Ada cleared the aiTag (was Interested), removed the tag vip and marked this as unread"
            " · tag hot"
        )
    assert "form" in await _doors(house)


def _read() -> dict[str, object]:
    return {"text": {"type": "plain_text", "text": "Read", "emoji": False}, "value": "read"}


async def _doors(house: House) -> set[str]:
    async with database_of(house.settings.database_url, DEFAULT.database) as database:
        return {str(row["door"]) for row in await database.read("SELECT door FROM decisions")}


async def test_a_form_that_was_not_changed_closes_without_a_decision(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        assert (await house.slack.submit(form)).body == ""
        assert house.slack.modal() is None
        await house.slack.click(card, "Interested")
        assert await house.lines(card) == ["Ada set Interested"]
    assert len(house.sendkit.patches) == 1


async def test_a_form_says_who_decided_meanwhile_before_it_overwrites_that(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card)
        await house.slack.submit(form, {AI_TAG: "Not interested", TAGS: "vip"})
        form = await filled(house, "Ben set Interested since you opened the form.")
        assert "Press Save once more to save your choice all the same." in said(form)
        assert values(form) == {AI_TAG: "Not interested", READ: None, TAGS: "vip"}
        assert len(house.sendkit.patches) == 1
        assert (await house.slack.submit(form)).body == ""
        assert (await house.lines(card, 2))[1] == (
            "Ada set Not interested (was Interested) and added the tag vip · tag vip"
        )


async def test_what_nobody_touched_follows_what_happened_meanwhile(house: House) -> None:
    """Otherwise a second *Save* would take back what a colleague did."""
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.slack.click(card, "Mark read", user="U0BEN")
        await house.lines(card, 2)
        await house.slack.submit(form, {AI_TAG: "Not now"})
        form = await filled(house, "Ben set Interested since")
        assert values(form) == {AI_TAG: "Not now", READ: [_read()], TAGS: None}
        await house.slack.submit(form)
        assert (await house.lines(card, 3))[2] == "Ada set Not now (was Interested)"
        assert house.sendkit.patches[-1].body == {"aiTag": "not_now"}


async def test_a_new_reply_is_shown_before_an_older_one_is_decided_about(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        conversation = house.sendkit.inbox.get(_conversation(house))
        house.sendkit.reply(conversation.lead, "Wait, I meant no.")
        await house.slack.submit(form, {READ: ["Read"]})
        form = await filled(house, "Jane Doe has written again since you opened the form")
        assert "Wait, I meant no." in said(form)
        await house.slack.submit(form)
        await house.slack.until(lambda: house.sendkit.patches)
    assert [patch.body for patch in house.sendkit.patches] == [{"markRead": True}]


def _conversation(house: House) -> str:
    (conversation,) = house.sendkit.inbox.conversations
    return conversation


async def test_a_check_that_takes_too_long_is_made_when_the_decision_is(house: House) -> None:
    async with house.bot_with_card(HASTY) as card:
        form = await opened(house, card)
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card)
        house.sendkit.slow = 1
        ack = await house.slack.submit(form, {AI_TAG: "Not interested"})
        house.sendkit.slow = 0
        assert (ack.body, house.slack.modal()) == ("", None)
        await house.slack.until(lambda: house.told())
        assert house.told()[0].startswith(
            "Ben set Interested since you opened the form. I did not save your choice: open the "
            "conversation again. ("
        )
    assert len(house.sendkit.patches) == 1


async def test_a_form_that_is_sent_twice_is_one_decision(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        sent: list[object] = []
        house.slack.on_wire.append(lambda each: sent.append(each.request))
        await house.slack.submit(form, {AI_TAG: "Interested"})
        await house.lines(card)
        (body,) = [each for each in sent if "view_submission" in str(each)]
        assert (await house.slack.deliver("interactive", body)).ok
        await house.slack.click(card, "Mark read")
        assert len(await house.lines(card, 2)) == 2
    assert [patch.body for patch in house.sendkit.patches] == [
        {"aiTag": "interested"},
        {"markRead": True},
    ]


async def test_pages_of_mails_keep_what_was_typed(house: House) -> None:
    async with house.bot_with_card() as card:
        conversation = house.sendkit.inbox.get(_conversation(house))
        for number in range(14):
            house.sendkit.reply(conversation.lead, f"Mail number {number}.")
        card = await house.card(1)
        form = await opened(house, card)
        assert "15 other emails, 1 to 10 of them here" in said(form)
        house.slack.fill(form, {TAGS: "vip"})
        await house.slack.click(form, "Older")
        form = await filled(house, "11 to 15 of them here")
        assert "Mail number 13." in said(form)
        assert "Mail number 3." not in said(form)
        await house.slack.click(form, "Newer")
        form = await filled(house, "1 to 10 of them here")
        await house.slack.submit(form, {AI_TAG: "Interested"})
        await house.sendkit.until(lambda: house.sendkit.patches)
    assert house.sendkit.patches[0].body == {"aiTag": "interested", "tags": ["vip"]}


async def test_a_long_mail_is_read_in_full_on_top_of_the_form(house: House) -> None:
    async with house.bot() as _:
        lead = house.reply().lead
        house.sendkit.reply(lead, "A very long line. " * 1000)
        await house.slack.until(lambda: house.slack.messages(TRIAGE))
        card = house.slack.messages(TRIAGE)[-1]
        form = await opened(house, card)
        house.slack.fill(form, {TAGS: "vip"})
        await house.slack.click(form, "Whole email")
        whole = await filled(house, "Whole email")
        assert whole.body["previous_view_id"] == form.id
        assert said(whole).replace("\n", "").count("A very long line.") == 1000
        await house.slack.close(whole)
        assert house.slack.modal() is not None
        await house.slack.submit(form)
        await house.sendkit.until(lambda: house.sendkit.patches)
    assert house.sendkit.patches[0].body == {"tags": ["vip"]}


async def test_an_error_stands_beside_its_field(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        ack = await house.slack.submit(form, {AI_TAG: "Interested", TAGS: "+vip"})
        (tags,) = [each["block_id"] for each in form.blocks if each["block_id"].startswith(TAGS)]
        assert ack.body == {
            "response_action": "errors",
            "errors": {tags: "Write tags without + or -: this field holds all of them."},
        }
        assert house.sendkit.patches == []
        assert (await house.slack.submit(form, {TAGS: "vip"})).body == ""
        await house.lines(card)


async def test_a_person_who_may_not_decide_is_told_so_in_the_form(house: House) -> None:
    async with house.bot_with_card(triage_members=Members((UserId("U0BEN"),))) as card:
        form = await opened(house, card)
        assert "Only the triage members can do this. Ask Ben" in said(form)
        assert "submit" not in form.body or form.body["submit"] is None
        form = await opened(house, card, "U0BEN")
        assert values(form)[AI_TAG] == "No aiTag"


async def test_the_right_to_decide_is_checked_again_when_the_form_is_saved(house: House) -> None:
    house.reply()
    async with house.bot(sendkit_poll_seconds=0.05):
        card = await house.card()
        form = await opened(house, card)
    async with house.bot(triage_members=Members((UserId("U0BEN"),))):
        assert (await house.slack.submit(form, {AI_TAG: "Interested"})).body == ""
        await house.slack.until(lambda: house.told())
        assert house.told()[0].startswith("Only the triage members can do this.")
    assert house.sendkit.patches == []


async def test_a_conversation_that_is_gone_is_a_sentence_in_the_form(house: House) -> None:
    async with house.bot_with_card() as card:
        del house.sendkit.inbox.conversations[_conversation(house)]
        form = await opened(house, card)
        assert "SendKit no longer has this conversation." in said(form)
        assert house.slack.labels(form) == []


async def test_an_outage_is_a_sentence_in_the_form_until_it_is_over(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.down = True
        form = await opened(house, card)
        assert said(form).startswith("SendKit is not responding. (")
        reference = said(form).split("(")[1][:6]
        assert any(
            getattr(each, "reference", reference) == reference
            for each in caplog.records
            if "a form was not shown" in each.getMessage()
        )
        house.sendkit.down = False
        await house.slack.click(form, "Try again")
        assert values(await filled(house, "Thanks for reaching out!"))[AI_TAG] == "No aiTag"


async def test_a_form_saved_in_an_outage_is_carried_out_after_it(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        house.sendkit.down = True
        assert (await house.slack.submit(form, {AI_TAG: "Interested"})).body == ""
        await house.slack.until(lambda: "is saved" in house.text(card))
        house.sendkit.down = False
        assert await house.lines(card) == ["Ada set Interested"]


async def test_a_form_opens_in_time_while_sendkit_is_slow(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(seconds=1), "GET", "/v1/inbox/*")
        assert (await house.slack.click(card, "Open")).ok
        view = house.slack.modal()
        assert view is not None
        assert "One moment: I’m asking SendKit." in said(view)
        assert "Thanks for reaching out!" in said(await filled(house))


async def test_a_press_is_answered_although_slack_takes_long_to_open_the_form(
    house: House,
) -> None:
    async with house.bot_with_card(HASTY) as card:
        house.slack.faults.slow("views.open", seconds=2)
        ack = await house.slack.click(card, "Open")
        assert ack.ok
        assert house.slack.modal() is None
        await filled(house)


async def test_a_form_that_slack_does_not_open_is_a_sentence_to_the_person(house: House) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.error("views.open", error="expired_trigger_id")
        assert (await house.slack.click(card, "Open")).ok
        await house.slack.until(lambda: house.told())
        (told,) = house.told()
        assert (
            told
            == "Slack refused this (expired_trigger_id). The form did not open: please try again."
        )
        house.slack.faults.status("views.open", status=503)
        assert (await house.slack.click(card, "Open")).ok
        await house.slack.until(lambda: len(house.told()) == 2)
        assert (
            house.told()[1] == "Slack is not responding. The form did not open: please try again."
        )


async def test_a_form_is_filled_although_slack_fails_in_between(house: House) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.status("views.update", status=503, times=2)
        await opened(house, card)


async def test_a_form_that_slack_never_took_is_filled_on_request(house: House) -> None:
    async with house.bot_with_card() as card:
        house.slack.faults.status("views.update", status=503, times=5)
        await house.slack.click(card, "Open")
        calls = house.slack.calls
        await house.slack.until(lambda: [c.method for c in calls].count("views.update") == 5)
        view = house.slack.modal()
        assert view is not None
        await house.slack.click(view, "Try again")
        await filled(house)


async def test_a_form_that_was_closed_before_it_was_filled_is_no_trouble(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(seconds=1), "GET", "/v1/inbox/*")
        await house.slack.click(card, "Open")
        view = house.slack.modal()
        assert view is not None
        await house.slack.close(view)
        await house.slack.until(
            lambda: [each for each in house.slack.calls if each.method == "views.update"]
        )
        await opened(house, card)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_bot_that_stops_does_not_wait_for_a_form(house: House) -> None:
    async with house.bot_with_card() as card:
        house.sendkit.faults.add(Fault(seconds=60), "GET", "/v1/inbox/*")
        before = len(house.sendkit.requests)
        await house.slack.click(card, "Open")
        await house.sendkit.until(lambda: _reads(house, before))
    async with house.bot():
        view = house.slack.modal()
        assert view is not None
        await house.slack.click(view, "Try again")
        assert "Thanks for reaching out!" in said(await filled(house))


def _reads(house: House, before: int) -> list[str]:
    """The conversations that were asked for since so many requests."""
    asked = (each.path for each in house.sendkit.requests[before:] if each.method == "GET")
    return [path for path in asked if path.startswith("/v1/inbox/")]


async def test_a_row_of_a_list_opens_a_form_and_shows_what_came_of_it(house: House) -> None:
    async with house.bot_with_card() as card:
        await house.slack.command("/sendkit", "inbox", channel=TRIAGE)
        await house.slack.until(lambda: house.slack.ephemerals(TRIAGE))
        (inbox,) = house.slack.ephemerals(TRIAGE)
        await house.slack.click(inbox, "Open")
        form = await filled(house)
        await house.slack.submit(form, {AI_TAG: "Interested"})
        assert await house.lines(card) == ["Ada set Interested"]
        await house.slack.until(lambda: "✓ Interested" in house.labels(inbox))
        assert len(house.told()) == 1, "the list says it"


async def test_more_ai_tags_than_a_menu_holds_are_found_by_typing(house: House) -> None:
    for number in range(120):
        name = f"Tag {number}"
        house.sendkit.inbox.tags[name] = Tag(name, f"Meaning {number}")
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        ack, offered = await house.slack.suggest(form, AI_TAG, "tag 11")
        assert ack.ok
        assert [each["text"]["text"] for each in offered] == [
            "No aiTag",
            "Tag 11",
            *(f"Tag 11{each}" for each in range(10)),
        ]
        assert offered[1]["description"]["text"] == "Meaning 11"
        await house.slack.submit(form, {AI_TAG: "Tag 117"})
        assert await house.lines(card) == ["Ada set Tag 117"]


async def test_an_ai_tag_that_may_send_mail_is_asked_about_once_more(house: House) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        form = await opened(house, card)
        await house.slack.submit(form, {AI_TAG: "Interested", TAGS: "vip"})
        form = await filled(house, "Interested: SendKit may enrol the lead in a subsequence")
        assert "Press Save once more to save your choice all the same." in said(form)
        assert values(form) == {AI_TAG: "Interested", READ: None, TAGS: "vip"}
        assert house.sendkit.patches == []
        await house.slack.submit(form)
        assert await house.lines(card) == ["Ada set Interested and added the tag vip · tag vip"]


async def test_an_ai_tag_that_may_send_mail_is_asked_about_in_an_outage_too(house: House) -> None:
    async with house.bot_with_card(confirm_tags=("Interested",)) as card:
        form = await opened(house, card)
        house.sendkit.down = True
        await house.slack.submit(form, {AI_TAG: "Interested"})
        form = await filled(house, "Interested: SendKit may enrol the lead in a subsequence")
        assert "Thanks for reaching out!" in said(form)
        assert values(form)[AI_TAG] == "Interested"
        await house.slack.submit(form)
        house.sendkit.down = False
        assert await house.lines(card) == ["Ada set Interested"]


async def test_a_form_links_to_the_conversation_in_sendkit(house: House) -> None:
    url = "https://app.sendkit.ai/inbox/{id}"
    async with house.bot_with_card(sendkit_app_url=url) as card:
        form = await opened(house, card)
        link = url.replace("{id}", _conversation(house))
        assert f"<{link}|Open in SendKit>" in said(form)


async def test_a_form_of_another_version_is_answered_with_a_way_out(house: House) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        form.body["private_metadata"] = '{"v":2}'
        await house.slack.click(form, "Whole email")
        await house.slack.submit(form, {AI_TAG: "Interested"})
        assert "I don’t know this form. Close it." in said(await filled(house))
    assert house.sendkit.patches == []


async def test_a_mail_that_is_gone_and_a_button_of_another_version_are_no_trouble(
    house: House,
) -> None:
    async with house.bot_with_card() as card:
        form = await opened(house, card)
        button = next(each for each in form.blocks if each["type"] == "actions")["elements"][0]
        button["value"] = "99"
        await house.slack.click(form, "Whole email")
        assert said(await filled(house, "no longer")) == "SendKit no longer has this email."
        old = house.post(
            {
                "type": "button",
                "action_id": "decide.open",
                "value": "1:c1:read",
                "text": {"type": "plain_text", "text": "Old"},
            }
        )
        assert (await house.slack.click(old, "Old")).ok
