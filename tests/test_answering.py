"""Answers on their way: at most one mail of each, none over a newer mail, and no text is lost."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import answer_entries, entries
from bot.answers import AnswerId, State, as_html
from bot.playground.sendkit import Fault
from bot.triage import Person
from tests import servers
from tests.answer_desk import BEN, HERE, LONG, TEXT, Desk, desk_at
from tests.office import ADA
from tests.written import answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path) as desk:
        yield desk


@servers.both_databases
async def test_an_answer_goes_out_once_and_is_told(database_url: str) -> None:
    async with desk_at(database_url) as desk:
        async with desk.office.at_work():
            await desk.sent(cc=("ben@example.com",))
        assert desk.mails == [as_html(TEXT)]
        (reply,) = desk.office.sendkit.inbox.replies.values()
        assert (reply.cc, reply.scheduled) == (("ben@example.com",), True)
        assert await desk.state() is State.SENT
        assert desk.lines == ["Ada’s answer was sent."]
        assert desk.told() == []
        assert await desk.draft() is None


async def test_it_goes_out_at_the_time_that_was_wanted(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        at = 2_000_000_000.0
        await desk.office.bot.journal.start(desk.office.bot.kinds)
        await desk.sent(send_at=at)
        await desk.reaches(State.QUEUED)
        (reply,) = desk.office.sendkit.inbox.replies.values()
        assert at < reply.due.timestamp() < at + 1
        await desk.office.bot.journal.stop(5)


@pytest.mark.parametrize(
    ("happens", "reason", "shown"),
    [
        (Desk.lead_writes, "the lead wrote again", "The lead wrote: “One more thing: STOP”"),
        (
            Desk.colleague_answers,
            "our side has answered already",
            "Our side wrote: “I am on it.”",
        ),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_newer_mail_keeps_it_from_going_out(
    tmp_path: Path, happens: Callable[[Desk], None], reason: str, shown: str, moment: str
) -> None:
    async with desk_at(tmp_path) as desk, desk.office.at_work():
        written = await desk.written()
        if moment == "before":
            happens(desk)
        await desk.write(answer_entries.answer(written))
        if moment == "after":
            await desk.reaches(State.QUEUED)
            happens(desk)
        ended = State.STALE if moment == "before" else State.TAKEN_BACK
        await desk.reaches(ended)
        await desk.office.until_done()
        assert as_html(TEXT) not in desk.mails
        how = "not sent" if moment == "before" else "taken back"
        (said,) = desk.told()
        assert said.startswith(f"Your answer was {how}: {reason}. I kept the text: Reply has it")
        assert shown in said
        assert await desk.draft() == TEXT
        lines = [f"Ada’s answer was taken back: {reason}."]
        assert desk.lines == (lines if moment == "after" else [])


async def test_news_make_it_look_at_once(tmp_path: Path) -> None:
    async with desk_at(tmp_path, LONG) as desk, desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        desk.lead_writes()
        for entry in (
            entries.refresh("webhook:1", desk.conversation, reply=True),
            entries.turn("webhook:2", desk.conversation),
        ):
            await desk.write(entry)
        await desk.reaches(State.TAKEN_BACK)


@pytest.mark.parametrize("who", [ADA, BEN])
async def test_a_person_takes_it_back(tmp_path: Path, who: Person) -> None:
    async with desk_at(tmp_path, LONG) as desk, desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        origin = replace(HERE, person=who, door="button")
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), origin))
        await desk.reaches(State.TAKEN_BACK)
        await desk.office.until_done()
        assert desk.mails == []
        assert desk.lines == [f"{who.handle.title()} took Ada’s answer back."]
        assert await desk.draft() == TEXT
        await desk.write(answer_entries.take_back("click:2", AnswerId("view:1"), origin))
        await desk.office.until_done()
        assert desk.told(who.id)[-1] == (
            "This answer was not sent, so there is nothing to take back."
        )


async def test_it_is_taken_back_before_sendkit_has_it(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk, desk.office.at_work():
        desk.office.sendkit.down = True
        await desk.write(answer_entries.answer(answer(conversation=desk.conversation)))
        await desk.reaches(State.WAITING)
        for number in range(2):
            await desk.write(answer_entries.take_back(f"click:{number}", AnswerId("view:1"), HERE))
        await desk.reaches(State.TAKEN_BACK)
        assert desk.posts == 0


async def test_only_who_may_decides(tmp_path: Path) -> None:
    async with desk_at(tmp_path, LONG, TRIAGE_MEMBERS="U0ADA") as desk, desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        origin = replace(HERE, person=BEN, door="button")
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), origin))
        await desk.write(
            answer_entries.settle("click:2", AnswerId("view:1"), origin, was_sent=True)
        )
        await desk.office.slack.until(lambda: len(desk.told(BEN.id)) == 2)
        assert "Only the triage members can do this" in desk.told(BEN.id)[0]
        assert await desk.state() is State.QUEUED
        await desk.write(answer_entries.take_back("click:3", AnswerId("view:1"), HERE))
        await desk.reaches(State.TAKEN_BACK)
        await desk.sent(id=AnswerId("view:2"), writer=BEN)
        await desk.office.until_done()
        assert await desk.state("view:2") is State.FAILED
        assert desk.posts == 1


async def test_nobody_may_until_slack_says_so(desk: Desk) -> None:
    async with desk.office.at_work():
        desk.office.slack.faults.error("users.info", times=3)
        await desk.sent()
        await desk.reaches(State.SENT)
    assert desk.posts == 1


async def test_the_second_person_is_told_who_was_first(desk: Desk) -> None:
    async with desk.office.at_work():
        written = await desk.written()
        await desk.write(answer_entries.answer(written))
        await desk.reaches(State.QUEUED)
        bens = replace(written, id=AnswerId("view:2"), writer=BEN, text="No.")
        bens = replace(bens, origin=replace(HERE, person=BEN))
        await desk.write(answer_entries.answer(bens))
        await desk.reaches(State.SENT)
        await desk.write(answer_entries.answer(replace(bens, id=AnswerId("view:3"))))
    first, then = desk.told(BEN.id)
    assert first.startswith("Ada was first: their answer is about to go out.")
    assert then.startswith("Ada was first: their answer was sent.")
    assert await desk.draft(BEN.id) == "No."
    assert desk.posts == 1


async def test_it_is_not_sent_while_answers_are_off(tmp_path: Path) -> None:
    async with desk_at(tmp_path, REPLIES="off") as desk:
        async with desk.office.at_work():
            await desk.sent()
        assert desk.posts == 0
        (line,) = desk.lines
        assert "answers from Slack are switched off (REPLIES)" in line
        assert await desk.draft() == TEXT


async def test_why_it_failed_is_told(desk: Desk) -> None:
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        desk.office.sendkit.inbox.mailbox_connected = False
    reason = "no mailbox is connected in SendKit (“no workspace mailbox”)"
    assert desk.lines == [f"Ada’s answer was not sent: {reason}."]
    assert desk.told() == [
        f"Your answer was not sent: {reason}. I kept the text: Reply has it again."
    ]
    assert await desk.draft() == TEXT


@pytest.mark.parametrize("status", [401, 402, 404, 409, 429])
async def test_what_sendkit_did_not_take_is_sent_again(desk: Desk, status: int) -> None:
    desk.fault(Fault(status=status, retry_after=0), "POST", times=2)
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.SENT)
    assert desk.posts == 1
    assert sum("is saved" in each for each in desk.told()) == 1


async def test_what_sendkit_refuses_is_told(desk: Desk) -> None:
    desk.fault(Fault(status=422, message="cc is not allowed"), "POST")
    async with desk.office.at_work():
        await desk.sent()
    assert desk.posts == 0
    (line,) = desk.lines
    assert "SendKit refused this: “cc is not allowed”" in line


TAKEN = {
    "502 after it took it": Fault(status=502, acts=True),
    "503 after it took it": Fault(status=503, acts=True),
    "no answer": Fault(drop=True, acts=True),
    "a page": Fault(text="<html>", acts=True),
    "no id": Fault(text='{"success": true, "data": {}}', acts=True),
}


@pytest.mark.parametrize("fault", TAKEN.values(), ids=TAKEN.keys())
async def test_what_sendkit_took_without_saying_so_is_found(desk: Desk, fault: Fault) -> None:
    desk.fault(fault, "POST")
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.SENT)
    assert desk.posts == 1
    assert desk.lines == ["Ada’s answer was sent."]


async def test_it_is_found_in_the_thread_once_it_went_out(desk: Desk) -> None:
    desk.fault(Fault(status=503, acts=True), "POST")
    desk.fault(Fault(status=503), "GET", "*/scheduled", times=6)
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.SENT)
    assert desk.posts == 1


@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_person_decides_what_nothing_shows(desk: Desk, was_sent: bool) -> None:
    desk.fault(Fault(status=503), "POST")
    await desk.office.bot.journal.start(desk.office.bot.kinds)
    await desk.sent()
    await desk.reaches(State.UNSETTLED)
    await desk.office.slack.until(lambda: desk.told())
    assert desk.told()[0].startswith("I don’t know whether your answer was sent")
    which = AnswerId("view:1")
    await desk.write(answer_entries.take_back("click:0", which, HERE))
    by_ben = replace(HERE, person=BEN)
    await desk.write(answer_entries.settle("click:1", which, by_ben, was_sent=was_sent))
    await desk.office.until_done()
    assert await desk.state() is (State.SENT if was_sent else State.FAILED)
    how = "was sent" if was_sent else "was not sent"
    (line,) = desk.lines
    assert f"Ada’s answer {how}: " in line
    assert line.endswith(" looked in SendKit.")
    assert desk.posts == 0
    assert await desk.draft() == (None if was_sent else TEXT)
    assert "Look in SendKit first" in desk.told()[1]
    await desk.write(answer_entries.settle("click:2", which, HERE, was_sent=True))
    await desk.office.until_done()
    assert desk.told()[-1] == f"There is no doubt about this answer any more: it {how}."
    await desk.office.bot.journal.stop(5)


async def test_it_may_be_too_late_to_take_it_back(desk: Desk) -> None:
    async with desk.office.at_work():
        desk.office.sendkit.inbox.cancels_too_late = True
        await desk.sent()
        await desk.reaches(State.QUEUED)
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), HERE))
        await desk.reaches(State.SENT)
        await desk.write(answer_entries.take_back("click:2", AnswerId("view:1"), HERE))
    late, sent = desk.told()
    assert late.startswith("Your answer can no longer be taken back")
    assert sent == "This answer was sent already, so it cannot be taken back."
    assert desk.lines == ["Ada’s answer was sent."]
    assert len(desk.mails) == 1


@pytest.mark.parametrize(
    "fault", [Fault(status=503, acts=True), Fault(status=404, acts=False), Fault(drop=True)]
)
async def test_a_cancellation_without_an_answer_is_seen_through(desk: Desk, fault: Fault) -> None:
    async with desk.office.at_work():
        desk.fault(fault, "DELETE")
        await desk.sent()
        await desk.reaches(State.QUEUED)
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), HERE))
        await desk.reaches(State.TAKEN_BACK)
    assert desk.mails == []


async def test_what_was_cancelled_elsewhere_is_in_doubt(desk: Desk) -> None:
    await desk.office.bot.journal.start(desk.office.bot.kinds)
    await desk.sent()
    await desk.reaches(State.QUEUED)
    inbox = desk.office.sendkit.inbox
    inbox.cancel(desk.conversation, *inbox.replies)
    await desk.reaches(State.UNSETTLED)
    await desk.office.bot.journal.stop(5)
    assert desk.mails == []


async def test_an_old_answer_of_sendkit_is_not_believed(desk: Desk) -> None:
    desk.lead_writes()
    written = await desk.written()
    desk.fault(Fault(stale=True), "GET", f"*/{desk.conversation}", times=2)
    async with desk.office.at_work():
        await desk.write(answer_entries.answer(written))
        await desk.reaches(State.SENT)
    assert desk.posts == 1


async def test_a_reply_that_the_bot_knows_counts_though_sendkit_does_not_show_it(
    desk: Desk,
) -> None:
    written = await desk.written()
    desk.lead_writes()
    newer = await desk.office.bot.sendkit.conversation(desk.conversation)
    # Both replies may have come in one millisecond.
    await desk.office.bot.ledger.remember(replace(newer, replied_at="2999"), 2.0)
    desk.fault(Fault(stale=True), "GET", f"*/{desk.conversation}", times=None)
    await desk.office.bot.journal.start(desk.office.bot.kinds)
    await desk.write(answer_entries.answer(written))
    await desk.office.slack.until(lambda: desk.told())
    assert "SendKit does not show the whole conversation" in desk.told()[0]
    assert desk.posts == 0
    await desk.office.bot.journal.stop(5)
