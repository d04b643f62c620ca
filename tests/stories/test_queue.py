"""One unread conversation after another, in one form."""

import json
from datetime import timedelta

import pytest

from bot.playground.sample_data import Conversation, Lead, Tag
from bot.playground.sendkit import Fault
from bot.playground.workspace import View
from bot.store import Statement
from bot.store.opening import opened as database_of
from bot.store.retention import forget, prune
from bot.timing import DEFAULT
from tests.conftest import House
from tests.form_asserts import LOADING, filled, said, values
from tests.stories.conftest import every_combination
from tests.timings import HASTY

TRIAGE = "#triage"
AI_TAG, READ = "form.ai_tag", "form.read"
IF_DECIDED = "Read if I change the aiTag"


def backlog(house: House, number: int) -> list[Conversation]:
    """So many unread replies, the oldest first."""
    return [
        house.sendkit.reply(Lead(f"lead{each}@example.com", f"Lead{each}", "X"), f"Reply {each}.")
        for each in range(number)
    ]


async def begun(house: House, filters: str = "", user: str = "U0ADA") -> View:
    """The form that `/sendkit next` brings."""
    ack = await house.slack.command("/sendkit", f"next {filters}", channel=TRIAGE, user=user)
    assert (ack.ok, ack.body) == (True, "")
    return await filled(house, user=user)


def bodies(house: House) -> list[object]:
    return [patch.body for patch in house.sendkit.patches]


@every_combination
async def test_a_queue_goes_from_the_oldest_reply_to_all_done(house: House) -> None:
    replies = backlog(house, 3)
    async with house.bot():
        form = await begun(house)
        assert form.body["title"]["text"] == "1 of 3"
        assert "Reply 0." in said(form)
        first_ids = {block["block_id"] for block in form.blocks}
        await house.slack.submit(form, {AI_TAG: "Interested", READ: "Read"})
        form = await filled(house, "2 of 3")
        assert "Reply 1." in said(form)
        assert values(form) == {AI_TAG: "No aiTag", READ: IF_DECIDED}
        fields = {each["block_id"] for each in form.blocks if each["type"] == "input"}
        assert fields.isdisjoint(first_ids), "no input is carried over"
        await house.slack.submit(form)
        form = await filled(house, "3 of 3")
        await house.slack.submit(form, {AI_TAG: "Not interested"})
        end = await filled(house, "You decided 2 of 3. 1 is left.")
        assert end.body["title"]["text"] == "All done"
        assert "Lead0 X: Ada set Interested and marked this as read." in said(end)
        assert "Lead2 X: Ada set Not interested and marked this as read." in said(end)
        assert {patch.conversation_id for patch in house.sendkit.patches} == {
            replies[0].id,
            replies[2].id,
        }
        assert {"aiTag": "interested", "markRead": True} in bodies(house)
        await house.slack.until(lambda: _lines(house) == 2)


def _lines(house: House) -> int:
    return sum(len(house.thread(card)) for card in house.slack.messages(TRIAGE))


async def test_skipped_conversations_are_left_as_they_are(house: House) -> None:
    backlog(house, 3)
    async with house.bot():
        form = await begun(house)
        await house.slack.click(form, "Skip")
        form = await filled(house, "2 of 3")
        await house.slack.submit(form)
        form = await filled(house, "3 of 3")
        await house.slack.click(form, "Skip")
        assert "You decided 0 of 3. 3 are left." in said(await filled(house, "All done"))
    assert house.sendkit.patches == []


async def test_a_form_that_is_closed_midway_loses_nothing(house: House) -> None:
    backlog(house, 3)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, {READ: "Read"})
        await house.slack.close(await filled(house, "2 of 3"))
        await house.sendkit.until(lambda: house.sendkit.patches)
        form = await begun(house)
        assert form.body["title"]["text"] == "1 of 2"
        assert "Reply 1." in said(form)
    assert bodies(house) == [{"markRead": True}]


async def test_what_colleagues_did_meanwhile_is_skipped(house: House) -> None:
    replies = backlog(house, 5)
    async with house.bot():
        form = await begun(house)
        # Ben decides about the second, somebody reads the third in SendKit, the fourth is deleted.
        ack = await house.slack.command(
            "/sendkit", f"interested {replies[1].lead.email}", channel=TRIAGE, user="U0BEN"
        )
        assert ack.ok
        await house.sendkit.until(lambda: house.sendkit.patches)
        await house.slack.until(lambda: _lines(house))
        house.sendkit.inbox.mark(replies[2].id, read=True)
        del house.sendkit.inbox.conversations[replies[3].id]
        await house.slack.submit(form)
        form = await filled(house, "5 of 5")
        assert "Reply 4." in said(form)
        await house.slack.submit(form, {READ: "Read"})
        end = await filled(house, "All done")
        assert "Colleagues decided 1 meanwhile." in said(end)


async def test_a_colleagues_decision_that_waits_for_sendkit_is_skipped(house: House) -> None:
    backlog(house, 3)
    async with house.bot():
        ada, ben = await begun(house), await begun(house, user="U0BEN")
        await house.slack.click(ben, "Skip")
        ben = await filled(house, "2 of 3", "U0BEN")
        house.sendkit.faults.add(Fault(status=503), "PATCH", times=None)
        await house.slack.submit(ben, {READ: "Read"})
        await house.slack.submit(ada)
        assert "Reply 2." in said(await filled(house, "3 of 3"))
        assert house.sendkit.patches == []
        house.sendkit.faults.clear()
        await house.sendkit.until(lambda: house.sendkit.patches)


async def test_a_conversation_whose_ai_tag_fits_no_field_is_read_and_passed(house: House) -> None:
    replies = backlog(house, 2)
    house.sendkit.inbox.tags["x" * 147] = Tag("x" * 147, "Long")
    house.sendkit.inbox.set_tag(replies[0].id, "x" * 147)
    async with house.bot():
        form = await begun(house)
        assert "Reply 0." in said(form)
        assert values(form) == {}
        await house.slack.submit(form)
        form = await filled(house, "2 of 2")
        assert "Reply 1." in said(form)
        assert values(form) == {AI_TAG: "No aiTag", READ: IF_DECIDED}
    assert house.sendkit.patches == []


async def test_a_queue_of_another_version_is_answered_with_a_way_out(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        form = await begun(house)
        form.body["private_metadata"] = '{"v":2}'
        await house.slack.submit(form, {READ: "Read"})
        assert "I don’t know this form. Close it." in said(await filled(house, "know"))
    assert house.sendkit.patches == []


async def test_two_people_in_one_queue_do_not_decide_twice(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        ada, ben = await begun(house), await begun(house, user="U0BEN")
        await house.slack.submit(ben, {AI_TAG: "Interested"})
        await house.sendkit.until(lambda: house.sendkit.patches)
        await house.slack.until(lambda: _lines(house))
        # The same choice changes nothing, another one asks first.
        await house.slack.submit(ada, {AI_TAG: "Not interested", READ: "Unread"})
        form = await filled(house, "Ben set Interested since you opened the form.")
        assert "Press Next once more" in said(form)
        assert form.body["title"]["text"] == "1 of 2"
        await house.slack.submit(form, {AI_TAG: "Interested", READ: IF_DECIDED})
        form = await filled(house, "2 of 2")
        assert "Reply 1." in said(form)
    assert bodies(house) == [{"aiTag": "interested", "markRead": True}]


async def test_two_windows_of_one_person_do_not_decide_twice(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        one = await begun(house)
        other = await begun(house)
        assert one.id != other.id
        for form in (one, other):
            await house.slack.submit(form, {AI_TAG: "Interested"})
        await house.slack.until(lambda: _lines(house))
        await house.sendkit.until(lambda: house.sendkit.patches)
        await house.slack.command("/sendkit", "inbox", channel=TRIAGE)
        await house.slack.until(lambda: house.told())
    assert bodies(house) == [{"aiTag": "interested", "markRead": True}]


async def test_the_whole_conversation_opens_on_top_and_may_be_saved_there(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        form = await begun(house)
        await house.slack.click(form, "Open whole")
        whole = await filled(house, "newest first")
        assert whole.body["previous_view_id"] == form.id
        await house.slack.submit(whole, {"form.tags": "vip"})
        below = await filled(house, "2 of 2")
        assert below.id == form.id, "it goes on"
        await house.slack.submit(below)
        end = await filled(house, "You decided 1 of 2. 1 is left.")
        assert "Lead0 X: Ada added the tag vip · tag vip." in said(end)
        assert house.slack.labels(end) == ["Undo"]
        assert house.told() == [], "the form shows it"
    assert bodies(house) == [{"tags": ["vip"]}]


async def test_what_a_person_decided_at_another_door_is_theirs_at_the_end(house: House) -> None:
    backlog(house, 3)
    async with house.bot():
        await house.slack.until(lambda: house.slack.messages(TRIAGE))
        form = await begun(house)
        for number, user in (("1", "U0ADA"), ("2", "U0BEN")):
            text = f"interested lead{number}@example.com"
            await house.slack.command("/sendkit", text, channel=TRIAGE, user=user)
        await house.slack.until(lambda: _lines(house) == 2)
        await house.slack.submit(form)
        end = await filled(house, "You decided 1 of 3. Colleagues decided 1 meanwhile. 1 is left.")
        assert "Lead1 X: Ada set Interested." in said(end)


async def test_an_undo_that_is_refused_at_the_end_shows_why(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, {READ: "Read"})
        end = await filled(house, "You decided 1 of 1.")
        (card,) = house.slack.messages(TRIAGE)
        await house.lines(card)
        await house.slack.click(card, "Interested", user="U0BEN")
        await house.lines(card, 2)
        await house.slack.click(end, "Undo")
        end = await filled(house, "Ada marked this as read. Since then: Ben set Interested.")
        assert house.slack.labels(end) == []


async def test_a_lead_who_wrote_twice_waits_since_the_first_time(house: House) -> None:
    inbox = house.sendkit.inbox
    now = inbox.clock()
    people = [Lead(f"lead{each}@example.com", f"Lead{each}", "X") for each in range(2)]
    for minutes, person in ((3, people[0]), (2, people[1]), (1, people[0])):
        inbox.clock = lambda minutes=minutes: now - timedelta(minutes=minutes)  # type: ignore[misc]
        house.sendkit.reply(person, f"Written {minutes} minutes ago.")
    async with house.bot():
        await house.recorded()
        assert "Written 1 minutes ago." in said(await begun(house))


async def test_a_channels_own_filters_are_named_if_nothing_passes_them(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        await house.slack.command("/sendkit", "subscribe tags:vip", channel="#deals")
        await house.slack.until(lambda: house.slack.messages("#deals"))
    async with house.bot():
        await house.slack.command("/sendkit", "next aitag:interested", channel="#deals")
        assert said(await filled(house)) == (
            "Nothing unread passes these filters: aitag:interested tags:vip"
        )


async def test_a_slow_sendkit_shows_a_loading_view_and_then_the_next_one(house: House) -> None:
    backlog(house, 3)
    async with house.bot(HASTY, sendkit_poll_seconds=0):
        form = await begun(house)
        house.sendkit.slow = 1
        ack = await house.slack.submit(form, {READ: "Read"})
        assert LOADING in str(ack.body)
        assert "external_id" in str(ack.body)
        form = await filled(house, "2 of 3")
        await house.slack.click(form, "Skip")
        view = await house.slack.until(
            lambda: (now := house.slack.modal()) and LOADING in said(now) and now
        )
        assert view
        await filled(house, "3 of 3")
        house.sendkit.slow = 0
        await house.sendkit.until(lambda: house.sendkit.patches)


async def test_the_next_conversation_is_shown_although_slack_lacks_the_view_at_first(
    house: House,
) -> None:
    backlog(house, 2)
    async with house.bot(HASTY, sendkit_poll_seconds=0):
        form = await begun(house)
        house.slack.faults.error("views.update", error="not_found", times=2)
        house.sendkit.slow = 1
        before = _updates(house)
        assert LOADING in str((await house.slack.submit(form)).body)
        house.sendkit.slow = 0
        assert "Reply 1." in said(await filled(house, "2 of 2"))
        assert _updates(house) - before == 3


def _updates(house: House) -> int:
    return [each.method for each in house.slack.calls].count("views.update")


async def test_an_outage_keeps_the_decision_and_the_place_in_the_queue(house: House) -> None:
    backlog(house, 3)
    async with house.bot(sendkit_poll_seconds=0):
        form = await begun(house)
        house.sendkit.down = True
        await house.slack.submit(form, {READ: "Read"})
        view = await filled(house, "Try again")
        assert said(view).startswith("Your decision is saved. SendKit is not responding. (")
        house.sendkit.down = False
        await house.slack.click(view, "Try again")
        await filled(house, "2 of 3")
        await house.sendkit.until(lambda: house.sendkit.patches)
    assert bodies(house) == [{"markRead": True}]


async def test_a_queue_survives_a_restart(house: House) -> None:
    backlog(house, 3)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, {READ: "Read"})
        form = await filled(house, "2 of 3")
        await house.sendkit.until(lambda: house.sendkit.patches)
    async with house.bot():
        await house.slack.submit(form, {READ: "Read"})
        form = await filled(house, "3 of 3")
        await house.slack.submit(form)
        end = await filled(house, "All done")
        assert "You decided" in said(end)
        assert "Lead0" in said(end)


async def test_a_queue_that_is_no_longer_kept_still_takes_the_decision(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        form = await begun(house)
    async with database_of(house.settings.database_url, DEFAULT.database) as database:
        await database.write(Statement("DELETE FROM facts WHERE name LIKE 'queue %'", {}))
    async with house.bot():
        await house.slack.submit(form, {READ: "Read"})
        assert said(await filled(house, "round")) == (
            "Your decision is saved. This round is over. Type /sendkit next for a new one."
        )
        await house.sendkit.until(lambda: house.sendkit.patches)


async def test_a_decision_that_cannot_be_saved_is_not_acknowledged(house: House) -> None:
    """Half a character is none that a database can hold."""
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        before = form.body["private_metadata"]
        form.body["private_metadata"] = before.replace('"channel":"', r'"channel":"\ud800')
        assert not (await house.slack.submit(form, {READ: "Read"})).ok
        form.body["private_metadata"] = before
        await house.slack.submit(form, {READ: "Read"})
        await filled(house, "You decided 1 of 1.")


async def test_an_empty_inbox_says_so(house: House) -> None:
    async with house.bot():
        assert said(await begun(house)) == "Inbox zero: nothing is unread."
        backlog(house, 1)
        assert said(await begun(house, "aitag:interested")) == (
            "Nothing unread passes these filters: aitag:interested"
        )


async def test_filters_choose_who_is_in_the_queue(house: House) -> None:
    replies = backlog(house, 4)
    for position in (1, 3):
        house.sendkit.inbox.set_tag(replies[position].id, "interested")
    house.sendkit.inbox.set_custom_tags(replies[3].id, ["vip"])
    async with house.bot():
        form = await begun(house, "aitag:interested")
        assert form.body["title"]["text"] == "1 of 2"
        assert values(form)[AI_TAG] == "Interested"
        ack = await house.slack.command("/sendkit", "subscribe tags:vip", channel="#deals")
        assert ack.ok
        await house.slack.until(lambda: house.slack.messages("#deals"))
    # What people see of a subscription comes before it is stored.
    async with house.bot():
        ack = await house.slack.command("/sendkit", "next positive", channel="#deals")
        form = await filled(house, "1 of 1")
        assert "Reply 3." in said(form)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("next aitag:a -aitag:a", "No reply can pass “aitag:a” and “-aitag:a” together."),
        ("next everything", "“everything” is not a filter."),
        (f"next campaign:{'x' * 600}", "These filters are too long. Leave some out."),
    ],
)
async def test_filters_that_make_no_sense_are_answered_at_once(
    house: House, text: str, answer: str
) -> None:
    async with house.bot():
        ack = await house.slack.command("/sendkit", text, channel=TRIAGE)
        assert str(ack.body).count(answer)
        assert house.slack.modal() is None


async def test_a_queue_begins_only_where_commands_work(house: House) -> None:
    async with house.bot_with_card():
        await house.slack.command("/sendkit", "next", channel="#random")
        view = await filled(house)
        assert "Please use commands in the triage channel" in said(view)
        assert "<#C0TRIAGE>" in said(view)


async def test_a_list_without_an_end_is_gone_through_as_far_as_it_was_read(house: House) -> None:
    (reply,) = backlog(house, 1)
    async with house.bot(sendkit_poll_seconds=0):
        for rows in ([{"id": reply.id, "isRead": False}], []):
            page = {"success": True, "data": rows, "pagination": {"nextCursor": "c"}}
            fault = Fault(text=json.dumps(page))
            house.sendkit.faults.add(fault, "GET", "/v1/inbox", times=2 if rows else None)
            form = await begun(house)
            if rows:
                assert form.body["title"]["text"] == "1 of 1"
                await house.slack.close(form)
            else:
                why = "SendKit’s answer was not understood (a list without an end)."
                assert said(form).startswith(why)


async def test_the_end_of_a_queue_follows_what_is_carried_out(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        house.sendkit.faults.add(Fault(status=503), "PATCH", times=2)
        await house.slack.submit(form, {READ: "Read"})
        end = await filled(house, "1 more is saved and not carried out yet.")
        assert "Lead0 X: your decision is saved and waits." in said(end)
        end = await filled(house, "You decided 1 of 1.")
        assert "Lead0 X: Ada marked this as read." in said(end)


async def test_the_end_of_a_queue_says_what_came_to_nothing(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        house.sendkit.faults.add(Fault(status=503), "PATCH", times=2)
        house.sendkit.faults.add(Fault(status=422, message="No"), "PATCH")
        await house.slack.submit(form, {READ: "Read"})
        await filled(house, "Lead0 X: your decision is saved and waits.")
        end = await filled(house, "Lead0 X: nothing was changed. See my message about it.")
        assert "You decided 0 of 1." in said(end)
        (card,) = house.slack.messages(TRIAGE)
        (line,) = await house.lines(card)
        assert "SendKit refused this: “No”." in line


async def test_the_end_of_a_queue_follows_another_process(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        house.sendkit.faults.add(Fault(status=503), "PATCH", times=None)
        await house.slack.submit(form, {READ: "Read"})
        await filled(house, "Lead0 X: your decision is saved and waits.")
    house.sendkit.faults.clear()
    async with house.bot():
        await filled(house, "Lead0 X: Ada marked this as read.")


@pytest.mark.parametrize(
    ("chosen", "body"),
    [
        ({AI_TAG: "Interested"}, {"aiTag": "interested", "markRead": True}),
        ({AI_TAG: "Interested", READ: "Unread"}, {"aiTag": "interested"}),
        ({READ: "Read"}, {"markRead": True}),
        ({READ: "Unread"}, None),
        ({}, None),
    ],
    ids=str,
)
async def test_an_ai_tag_is_read_with_it_and_a_skip_is_a_skip(
    house: House, chosen: dict[str, str], body: object
) -> None:
    backlog(house, 2)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, chosen)
        form = await filled(house, "2 of 2")
        await house.slack.submit(form, {READ: "Read"})
        await filled(house, f"You decided {2 if body else 1} of 2.")
    assert sorted(map(str, bodies(house))) == sorted(
        map(str, filter(None, [body, {"markRead": True}]))
    )


async def test_what_was_chosen_stays_where_the_form_asks_once_more(house: House) -> None:
    backlog(house, 1)
    async with house.bot(confirm_tags=("Interested",)):
        form = await begun(house)
        for kept, after in (("Unread", "Unread"), (IF_DECIDED, "Read")):
            await house.slack.submit(form, {AI_TAG: "Interested", READ: kept})
            form = await filled(house, "Press Next once more to save your choice all the same.")
            assert values(form) == {AI_TAG: "Interested", READ: after}
            await house.slack.close(form)
            form = await begun(house)
    assert house.sendkit.patches == []


async def test_what_was_done_can_be_undone_at_the_end(house: House) -> None:
    backlog(house, 2)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, {AI_TAG: "Interested", READ: "Read"})
        await house.slack.submit(await filled(house, "2 of 2"))
        end = await filled(house, "You decided 1 of 2.")
        assert house.slack.labels(end) == ["Undo"]
        await house.slack.click(end, "Undo")
        end = await filled(
            house, "Lead0 X: Ada undid “Interested and mark as read”: no aiTag again"
        )
        assert "You decided 0 of 2. 2 are left." in said(end)
        assert house.slack.labels(end) == ["Undo"], "an undo can be undone"
        assert house.told() == [], "the form says it"
        await house.slack.until(lambda: _lines(house) == 2)
    assert bodies(house)[1:] == [{"aiTag": None, "isRead": False}]


async def test_a_refused_undo_is_told_where_the_queue_began(house: House) -> None:
    backlog(house, 1)
    async with house.bot():
        form = await begun(house)
        await house.slack.submit(form, {AI_TAG: "Interested"})
        end = await filled(house, "You decided 1 of 1.")
        (card,) = house.slack.messages(TRIAGE)
        await house.lines(card)
        await house.slack.click(card, "Not interested", user="U0BEN")
        await house.lines(card, 2)
        await house.slack.click(end, "Undo")
        await house.slack.until(lambda: house.told())
        assert house.told()[0].startswith("Ben decided since: Not interested. I changed nothing.")


async def test_a_message_cannot_open_a_form_and_says_what_can(house: House) -> None:
    async with house.bot():
        direct = house.slack.workspace.direct("U0ADA")
        house.slack.say(direct, "next")
        found = await house.slack.until(
            lambda: [
                each.text for each in house.slack.messages(direct) if "open a form" in each.text
            ]
        )
        assert found[0].startswith("I can’t open a form from a message. Use the shortcut")


async def test_a_forgotten_lead_and_old_data_take_their_queues_along(house: House) -> None:
    (reply,) = backlog(house, 1)
    async with house.bot():
        await begun(house)
        await house.card()
    async with database_of(house.settings.database_url, DEFAULT.database) as database:
        sql = "SELECT name FROM facts WHERE name LIKE 'queue %'"
        assert len(await database.read(sql)) == 1
        erased = await forget(database, reply.lead.email)
        assert erased is not None
        assert erased.counts["queue"] == 1
        assert await database.read(sql) == []
        name = {"name": "queue 000000000001-0123456789ab"}
        await database.write(
            Statement("INSERT INTO facts (name, value) VALUES (:name, '{}')", name)
        )
        assert (await prune(database, 2.0)).counts["queue"] == 1


async def test_a_list_that_sendkit_never_ends_and_that_is_empty_is_an_outage(house: House) -> None:
    async with house.bot(sendkit_poll_seconds=0):
        page = {"success": True, "data": [], "pagination": {"nextCursor": "c"}}
        fault = Fault(text=json.dumps(page))
        house.sendkit.faults.add(fault, "GET", "/v1/inbox", times=None)
        assert "a list without an end" in said(await begun(house))


async def test_a_backlog_of_thirty_takes_few_calls(house: House) -> None:
    backlog(house, 30)
    async with house.bot(sendkit_poll_seconds=0):
        form = await begun(house)
        before = len(house.sendkit.requests)
        for number in range(30):
            await house.slack.submit(form, {AI_TAG: "Interested", READ: "Read"})
            form = await filled(house, f"{number + 2} of 30" if number < 29 else "All done")
        await filled(house, "You decided 30 of 30.")
        asked = [each.method for each in house.sendkit.requests[before:]]
        assert asked.count("PATCH") == 30
        # The check, the next conversation, and the look before the PATCH.
        assert asked.count("GET") <= 3 * 30
        views = [call.method for call in house.slack.calls if call.method.startswith("views.")]
        assert views[:2] == ["views.open", "views.update"]
        # An answer to what is sent needs none, unless SendKit was slow.
        assert len(views) < 30
