"""Answers that a process left behind, that wait for long, or that nothing shows any more."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import answer_entries
from bot.answers import AnswerId, Draft, State, in_time
from bot.playground.inbox import Event
from bot.playground.sendkit import Exchange, Fault
from bot.playground.workspace import Message
from bot.store import Statement
from bot.triage import ConversationId
from bot.views import answer_lines as views
from tests import servers
from tests.answer_desk import BEN, HERE, LONG, TEXT, Desk, desk_at
from tests.office import ADA, TRIAGE
from tests.written import answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path) as desk:
        yield desk


async def test_without_a_card_the_writer_is_told(desk: Desk) -> None:
    await desk.office.bot.database.write(Statement("DELETE FROM cards"))
    async with desk.office.at_work():
        await desk.sent()
    assert desk.told() == ["Ada’s answer was sent."]


LEFT = (
    (State.WAITING, False),
    (State.CHECKING, False),
    (State.CHECKING, True),
    (State.QUEUED, True),
)


@servers.both_databases
@pytest.mark.parametrize(("state", "is_there"), LEFT)
async def test_the_next_process_sends_nothing_twice(
    database_url: str, state: State, is_there: bool
) -> None:
    async with desk_at(database_url) as desk:
        inbox, office = desk.office.sendkit.inbox, desk.office
        written = await desk.written()
        claimed = await desk.answers.claim(replace(written, made_at=inbox.clock().timestamp()))
        at = inbox.clock().timestamp() + 1.5
        mark = "" if state is State.WAITING else in_time(at)
        identity = ""
        if is_there:
            identity = await office.bot.sendkit.reply(replace(written, scheduled_for=mark))
        queued = identity if state is State.QUEUED else ""
        left = replace(claimed, state=state, scheduled_for=mark, reply_id=queued)
        if left != claimed:
            assert await desk.answers.change(claimed, left, 2.0)
        if "sqlite" in database_url:
            await office.left(answer_entries.answer(written))
        else:
            await office.bot.journal.write(answer_entries.answer(written))
        await office.bot.journal.start(office.bot.kinds)
        ended = State.SENT if is_there or state is State.WAITING else State.UNSETTLED
        await desk.reaches(ended)
        if ended is State.SENT:
            await office.until_done()
            assert desk.lines == ["Ada’s answer was sent."]
        await office.bot.journal.stop(5)
        assert desk.posts == (ended is State.SENT)


@pytest.mark.parametrize("told", [False, True])
async def test_its_end_is_told_once(desk: Desk, told: bool) -> None:
    written = await desk.written()
    claimed = await desk.answers.claim(written)
    assert await desk.answers.change(claimed, replace(claimed, state=State.SENT), 2.0)
    if told:
        place = desk.card
        mark = {"event_type": "sendkit_triage", "event_payload": {"entry": "view:1/line"}}
        space = desk.office.slack.workspace
        space.post(
            Message(
                TRIAGE, space.next_ts(), space.bot.id, "Sent", thread_ts=place.ts, metadata=mark
            )
        )
    await desk.office.left(answer_entries.answer(written))
    async with desk.office.at_work():
        pass
    assert desk.lines == (["Sent"] if told else ["Ada’s answer was sent."])


async def test_an_unwatched_answer_is_taken_up(desk: Desk) -> None:
    claimed = await desk.answers.claim(await desk.written())
    async with desk.office.at_work():
        for _ in range(2):
            await desk.office.bot.due["unwatched answers"](0.0)
        rows = await desk.office.bot.database.read(
            "SELECT lane FROM entries WHERE kind = 'watch_answer'"
        )
        assert rows == [{"lane": f"answer:{claimed.id}"}]
        await desk.reaches(State.SENT)


async def test_nothing_is_left_of_a_forgotten_answer(desk: Desk) -> None:
    which = AnswerId("view:9")
    async with desk.office.at_work():
        await desk.write(answer_entries.watch("w", which))
        await desk.write(answer_entries.take_back("click:1", which, HERE))
        await desk.write(answer_entries.settle("click:2", which, HERE, was_sent=True))
        await desk.write(answer_entries.show(ConversationId("0" * 24)))
    assert desk.told() == ["I don’t know this answer any more."] * 2


async def test_an_answer_that_is_forgotten_on_its_way_ends(desk: Desk) -> None:
    def forget(event: Event) -> None:
        if event.name == "reply":
            forgotten.set()

    forgotten = asyncio.Event()
    desk.office.sendkit.inbox.on_event.append(forget)
    desk.fault(Fault(seconds=0.5, acts=True), "POST")
    async with desk.office.at_work():
        await desk.sent()
        await forgotten.wait()
        await desk.office.bot.database.write(Statement("DELETE FROM answers"))


@pytest.mark.parametrize("kind", ["gone", "refused"])
async def test_a_thread_may_take_no_line(desk: Desk, kind: str) -> None:
    error = "thread_not_found" if kind == "gone" else "restricted_action_read_only_channel"
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        desk.office.slack.faults.error("chat.postMessage", error=error)
        await desk.reaches(State.SENT)
    assert desk.lines == []


async def test_another_text_that_was_begun_meanwhile_stays(tmp_path: Path) -> None:
    async with desk_at(tmp_path, LONG) as desk, desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        await desk.answers.keep_draft(Draft(ADA.id, desk.conversation, "Also", at=9e9))
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), HERE))
        await desk.office.until_done()
        assert await desk.draft() == "Also"
        assert any("This was the text of your answer" in each for each in desk.told())
        assert any("Dear Jane" in each for each in desk.told())


AGES: dict[str, tuple[State, float, Fault | None, State]] = {
    "sendkit is down": (State.WAITING, 3601, Fault(status=503), State.FAILED),
    "the conversation is gone": (State.WAITING, 301, Fault(status=404), State.FAILED),
    "nothing shows it": (State.QUEUED, 3601, Fault(status=503), State.UNSETTLED),
    "sendkit lost the conversation": (State.QUEUED, 3601, Fault(status=404), State.UNSETTLED),
}


@pytest.mark.parametrize(("state", "age", "fault", "ends"), AGES.values(), ids=AGES.keys())
async def test_it_waits_not_for_ever(
    desk: Desk, state: State, age: float, fault: Fault, ends: State
) -> None:
    then = desk.office.sendkit.inbox.clock().timestamp() - age
    written = await desk.written()
    claimed = await desk.answers.claim(replace(written, made_at=then))
    mark = "" if state is State.WAITING else in_time(then)
    left = replace(claimed, state=state, scheduled_for=mark)
    if left != claimed:
        assert await desk.answers.change(claimed, left, then)
    desk.fault(fault, "GET", f"*/{desk.conversation}*", times=None)
    await desk.office.bot.journal.start(desk.office.bot.kinds)
    await desk.write(answer_entries.answer(written))
    await desk.reaches(ends)
    await desk.office.bot.journal.stop(5)
    assert desk.posts == 0


@pytest.mark.parametrize("age", [60.0, 90_000.0])
async def test_a_doubt_is_looked_at_for_a_day(desk: Desk, age: float) -> None:
    then = desk.office.sendkit.inbox.clock().timestamp() - age
    claimed = await desk.answers.claim(replace(await desk.written(), made_at=then))
    left = replace(claimed, state=State.UNSETTLED, scheduled_for=in_time(then))
    assert await desk.answers.change(claimed, left, then)
    state = await desk.office.tried(answer_entries.watch("w", claimed.id))
    assert state == ("open" if age < 86_400 else "done")
    assert await desk.state() is State.UNSETTLED


async def test_an_answer_in_doubt_may_still_go_out(desk: Desk) -> None:
    claimed = await desk.answers.claim(
        replace(await desk.written(), made_at=desk.office.sendkit.inbox.clock().timestamp())
    )
    at = desk.office.sendkit.inbox.clock().timestamp() + 1
    left = replace(claimed, state=State.UNSETTLED, scheduled_for=in_time(at))
    assert await desk.answers.change(claimed, left, 2.0)
    await desk.office.bot.sendkit.reply(left)
    async with desk.office.at_work():
        await desk.write(answer_entries.watch("w", claimed.id))
        await desk.reaches(State.SENT)


async def test_of_two_processes_one_asks(desk: Desk) -> None:
    """The other one finds the answer in the first one's state."""
    written = await desk.written()
    claimed = await desk.answers.claim(written)
    asked = replace(claimed, state=State.CHECKING, scheduled_for=in_time(2e9))

    desk.fault(Fault(seconds=0.3, acts=True), "GET", f"*/{desk.conversation}")
    await desk.office.bot.journal.start(desk.office.bot.kinds)
    await desk.write(answer_entries.answer(written))
    await desk.office.sendkit.until(lambda: len(desk.office.sendkit.requests) > 2)
    assert await desk.answers.change(claimed, asked, 2.0)
    await desk.reaches(State.UNSETTLED)
    assert desk.posts == 0
    await desk.office.bot.journal.stop(5)


def test_a_payload_has_what_the_writer_wrote() -> None:
    entry = answer_entries.answer(answer(reply_id="r1", state=State.SENT))
    assert json.loads(json.dumps(entry.payload)) == {
        "conversation": answer().conversation,
        "answered": answer().answered,
        "writer": {"id": "U0ADA", "handle": "ada"},
        "text": TEXT,
        "origin": entry.payload["origin"],
        "cc": [],
        "mailbox": None,
        "send_at": 0.0,
        "because": "",
    }
    assert answer_entries.answer_in(entry, 5.0) == answer(made_at=5.0)
    assert TEXT not in repr(entry)


@pytest.mark.parametrize(
    ("state", "second", "settled"),
    [
        (State.QUEUED, "their answer is about to go out", "is under way"),
        (State.SENT, "their answer was sent", "was sent"),
        (State.UNSETTLED, "it is not known yet whether their answer was sent", ""),
        (State.FAILED, "You can send yours now", "was not sent"),
    ],
)
def test_people_are_told_where_another_answer_stands(
    state: State, second: str, settled: str
) -> None:
    other = answer(state=state)
    assert second in views.second(other, "Ada")
    assert "I kept the text" in views.second(other, "Ada")
    assert settled in views.settled_already(other)


async def test_a_wish_waits_until_slack_says_who_it_is(tmp_path: Path) -> None:
    async with desk_at(tmp_path, LONG) as desk, desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        desk.office.slack.faults.error("users.info", times=2)
        by_ben = replace(HERE, person=BEN)
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), by_ben))
        await desk.reaches(State.TAKEN_BACK)


async def test_what_a_person_found_is_told_by_the_next_process(desk: Desk) -> None:
    claimed = await desk.answers.claim(await desk.written())
    settled = replace(claimed, state=State.SENT, reason="Ada looked in SendKit")
    assert await desk.answers.change(claimed, settled, 2.0)
    await desk.office.left(answer_entries.settle("click:1", claimed.id, HERE, was_sent=True))
    async with desk.office.at_work():
        pass
    assert desk.lines == ["Ada’s answer was sent: Ada looked in SendKit."]
    assert desk.told() == []


@pytest.mark.parametrize("acts", [True, False])
async def test_a_refused_cancellation_is_looked_at(desk: Desk, acts: bool) -> None:
    def not_found(exchange: Exchange) -> None:
        if exchange.what.startswith("DELETE") and not acts:
            desk.fault(Fault(status=404), "GET", "*/scheduled")

    desk.office.sendkit.on_wire.append(not_found)
    desk.fault(Fault(status=400, acts=acts), "DELETE")
    async with desk.office.at_work():
        await desk.sent()
        await desk.reaches(State.QUEUED)
        await desk.write(answer_entries.take_back("click:1", AnswerId("view:1"), HERE))
        await desk.reaches(State.TAKEN_BACK)
    assert desk.mails == []
