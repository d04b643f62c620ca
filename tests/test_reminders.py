"""Which reminders are due, by the rows of the database, and what becomes of them."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot import entries
from bot import hours as working
from bot.due import keep_looking
from bot.errors import DatabaseTrouble
from bot.filters import is_negative
from bot.journal import Entry
from bot.lifecycle import ended
from bot.news import TRIES
from bot.playground.sendkit import Fault
from bot.reminders import MISSED_SECONDS, Reminders
from bot.store import Database, Statement
from bot.store.ledger import Ledger
from bot.store.people import PeopleStore
from bot.store.schedules import Schedule, Schedules
from bot.timing import Clocks
from bot.triage import AiTag, ChannelId, ConversationId, MessageTs, Place, Turn, UserId
from tests.fast_clock import berlin
from tests.office import Office
from tests.view_asserts import changed

TRIAGE, DEALS = ChannelId("C0TRIAGE"), ChannelId("C0DEALS")
OFFICE = working.from_text("mon-fri 9:00-17:30 Europe/Berlin")
HOUR = 3600


@dataclass
class Diary:
    """A journal that carries nothing out."""

    entries: dict[str, Entry] = field(default_factory=dict)

    async def write(self, entry: Entry) -> bool:
        return self.entries.setdefault(entry.id, entry) is entry


@dataclass
class Clock:
    now: float

    def __call__(self) -> float:
        return self.now


@dataclass
class Scene:
    database: Database
    clock: Clock
    diary: Diary = field(default_factory=Diary)

    @property
    def schedules(self) -> Schedules:
        return Schedules(self.database)

    async def waits(
        self, name: str, since: str, *, ours: bool = True, channel: ChannelId = TRIAGE
    ) -> None:
        """A conversation with a card, in which somebody waits since then."""
        ledger, identity = Ledger(self.database), ConversationId(name)
        turn = Turn(ours, berlin(since))
        await ledger.remember(changed(id=identity, turn=turn), self.clock())
        await ledger.place(identity, Place(channel, MessageTs(f"1764000000.{since[-2:]}0000")), 0)

    async def due(self, until: str) -> Sequence[tuple[str, str]]:
        """The reminders that are due until then and have no entry yet, with their times."""
        nothing = cast("Any", None)
        reminders = Reminders(
            inbox=nothing,
            ledger=nothing,
            schedules=self.schedules,
            journal=self.diary,
            threads=nothing,
            cards=nothing,
            tell=nothing,
            clock=self.clock,
        )
        before = {*self.diary.entries}
        await reminders.write_due(berlin(until))
        new = [each for each in self.diary.entries.values() if each.id not in before]
        return [
            (
                each.payload["conversation"],
                working.local(each.not_before, "Europe/Berlin").strftime("%H:%M"),
            )
            for each in new
        ]


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database, Clock(berlin("2026-03-30 09:00")))


async def test_who_waits_for_us_is_due_after_working_time(scene: Scene) -> None:
    await scene.schedules.set(Schedule(TRIAGE, OFFICE, (HOUR, 4 * HOUR)))
    await scene.waits("friday", "2026-03-27 17:00")
    await scene.waits("saturday", "2026-03-28 11:00")
    await scene.waits("theirs", "2026-03-28 11:00", ours=False)
    await scene.waits("elsewhere", "2026-03-28 11:00", channel=DEALS)
    assert await scene.due("2026-03-30 09:29") == []
    assert await scene.due("2026-03-30 09:30") == [("friday", "09:30")]
    assert await scene.due("2026-03-30 10:00") == [("saturday", "10:00")]
    assert await scene.due("2026-03-30 12:30") == [("friday", "12:30")]
    assert await scene.due("2026-03-30 13:00") == [("saturday", "13:00")]
    scene.clock.now = berlin("2026-03-30 14:00")
    assert await scene.due("2026-03-30 14:01") == []


async def test_a_longer_wait_is_another_reminder_and_a_new_wait_is_new(scene: Scene) -> None:
    await scene.schedules.set(Schedule(TRIAGE, None, (HOUR,)))
    await scene.waits("jane", "2026-03-30 08:30")
    assert await scene.due("2026-03-30 10:00") == [("jane", "09:30")]
    await scene.schedules.set(Schedule(TRIAGE, OFFICE, (HOUR,)))
    assert await scene.due("2026-03-30 10:00") == [], "an entry that is due earlier looks again"
    await scene.waits("jane", "2026-03-30 08:55")
    assert await scene.due("2026-03-30 10:00") == [("jane", "10:00")]


async def test_what_was_due_before_it_was_switched_on_or_days_ago_is_not_due(scene: Scene) -> None:
    at = berlin("2026-03-30 08:00")
    await scene.schedules.set(Schedule(TRIAGE, None, (HOUR,), at))
    await scene.waits("before", "2026-03-30 06:59")
    await scene.waits("since", "2026-03-30 07:01")
    assert await scene.due("2026-03-30 09:01") == [("since", "08:01")]
    await scene.waits("old", "2026-03-30 07:30")
    scene.clock.now += MISSED_SECONDS
    assert await scene.due("2026-03-30 09:01") == []


async def test_a_schedule_is_kept_and_one_of_a_lost_zone_has_no_hours(database: Database) -> None:
    schedules = Schedules(database)
    assert await schedules.of(TRIAGE) == Schedule(TRIAGE)
    assert await schedules.reminding() == []
    kept = Schedule(TRIAGE, OFFICE, (1800, 2 * HOUR), 17.5)
    await schedules.set(kept)
    await schedules.set(Schedule(DEALS, OFFICE))
    assert await schedules.of(TRIAGE) == kept
    assert await schedules.reminding() == [kept]
    lost = Statement("UPDATE schedules SET hours = 'mon-fri 9:00-17:30 Mars/Base'")
    await database.write(lost)
    assert (await schedules.of(DEALS)).hours is None
    assert await schedules.state(ConversationId("none")) is None
    assert await schedules.unwritten([]) == []


@pytest.mark.parametrize(
    ("ai_tag", "silent"),
    [
        (None, False),
        ("interested", False),
        ("Not Interested", True),
        ("not_interested", True),
        ("Do Not Contact", True),
    ],
)
def test_nobody_needs_to_hear_of_who_is_not_interested(ai_tag: str | None, silent: bool) -> None:
    tagged = changed(ai_tag=AiTag(ai_tag) if ai_tag else None)
    assert is_negative(tagged.ai_tag) is silent


PAYLOAD = {"conversation": "c1", "since": 1764000000.25, "channel": "C0TRIAGE", "seconds": 1800}


def test_an_entry_keeps_its_form() -> None:
    """Frozen: an older version of the bot may have written it."""
    entry = entries.reminder(ConversationId("c1"), 1764000000.25, TRIAGE, 1800, 1764001800.25)
    assert entry.id == "remind:c1:1764000000:C0TRIAGE:1800"
    assert entry.payload == PAYLOAD
    assert (entry.kind, entry.lane, entry.not_before) == ("remind", entry.id, 1764001800.25)


async def remind(
    office: Office, *, has_card: bool = True, owner: str = "", **schedule: Any
) -> tuple[str, list[str]]:
    """A lead has waited for an hour. The state of the entry after one attempt, and what stands in
    the thread."""
    office.sendkit.inbox.clock = lambda: datetime.now(UTC) - timedelta(hours=1)
    conversation, card = await office.shown()
    office.sendkit.inbox.clock = lambda: datetime.now(UTC)
    if not has_card:
        await office.bot.ledger.forget_card(Place(TRIAGE, MessageTs(card.ts)))
    now = await office.bot.sendkit.conversation(conversation)
    assert now.turn is not None
    await office.bot.ledger.remember(now, 0)
    given = Statement("UPDATE conversations SET owner = :owner", {"owner": owner})
    await office.bot.database.write(given)
    wanted = {"remind": (1800,), **schedule}
    await Schedules(office.bot.database).set(Schedule(TRIAGE, **wanted))
    entry = entries.reminder(conversation, now.turn.since, TRIAGE, 1800, 0)
    state = await office.tried(entry)
    return state, office.lines(card)


async def test_a_lead_who_waits_is_named(office: Office) -> None:
    state, (line,) = await remind(office)
    assert state == "done"
    assert line.startswith("Jane Doe has waited 30 minutes for our answer, since ")


@pytest.mark.parametrize(
    ("schedule", "state"),
    [
        ({"remind": ()}, "done"),
        ({"remind": (3600 * 3,)}, "done"),
        ({"remind": (1800, 3000)}, "done"),
        ({"hours": working.Hours((0,), 0, 60, "UTC"), "remind": (1800,)}, "open"),
    ],
    ids=["off", "another time", "a longer wait is due", "other hours"],
)
async def test_what_changed_meanwhile_counts(
    office: Office, schedule: dict[str, Any], state: str
) -> None:
    assert await remind(office, **schedule) == (state, [])


@pytest.mark.parametrize("error", ["thread_not_found", "is_archived"])
async def test_a_channel_that_cannot_be_reminded_is_not(office: Office, error: str) -> None:
    office.slack.faults.error("chat.postMessage", error=error)
    assert await remind(office) == ("done", [])


async def test_the_owner_is_told_once_for_all_channels(office: Office) -> None:
    room = office.slack.workspace.direct("U0ADA")
    await PeopleStore(office.bot.database).set_notify(UserId("U0ADA"), ChannelId(room.id))
    state, lines = await remind(office, owner="U0ADA")
    assert (state, len(lines)) == ("done", 1)
    sql = "SELECT id FROM entries WHERE kind = 'notice'"
    (notice,) = await office.bot.database.read(sql)
    assert "C0TRIAGE" not in notice["id"]
    journal = await office.carry_on()
    await office.slack.until(lambda: office.slack.messages(room))
    await journal.stop(5)
    told = office.slack.messages(room)[0].text
    assert told.startswith("Jane Doe has waited 30 minutes for our answer, since ")
    assert told.endswith("|Open the card>")


async def test_a_lead_without_a_card_in_the_channel_needs_no_line(office: Office) -> None:
    assert await remind(office, has_card=False) == ("done", [])


@pytest.mark.parametrize(
    ("answer", "lines"),
    [({"aiTag": "Not Interested"}, 0), ({"messages": []}, 1)],
    ids=["not interested", "does not say who waits"],
)
async def test_sendkit_has_the_last_word(
    office: Office, answer: dict[str, Any], lines: int
) -> None:
    said = {"id": "c1", "lead": {"email": "jane@example.com"}, "isRead": False, **answer}
    office.sendkit.faults.add(Fault(200, text=json.dumps(said)), "GET", "/v1/inbox/c1", times=None)
    identity = ConversationId("c1")
    card = await office.card(identity)
    await office.bot.ledger.remember(changed(id=identity, turn=Turn(True, 60.0)), 0)
    await Schedules(office.bot.database).set(Schedule(TRIAGE, None, (1800,)))
    state = await office.tried(entries.reminder(identity, 60.0, TRIAGE, 1800, 0))
    assert (state, len(office.lines(card))) == ("done", lines)


async def test_a_database_that_fails_is_asked_again() -> None:
    """Nothing ends the look for reminders."""
    asked, again = list[int](), asyncio.Event()

    class Failing(Schedules):
        async def reminding(self) -> Sequence[Schedule]:
            asked.append(1)
            if len(asked) > 1:
                again.set()
            raise DatabaseTrouble("it is full")

    nothing = cast("Any", None)
    reminders = Reminders(
        inbox=nothing,
        ledger=nothing,
        schedules=Failing(nothing),
        journal=nothing,
        threads=nothing,
        cards=nothing,
        tell=nothing,
    )
    pauses: asyncio.Queue[float] = asyncio.Queue(maxsize=1)
    clocks = Clocks(sleep=pauses.put)
    looking = asyncio.create_task(keep_looking("reminders", reminders.write_due, 20, clocks))
    await again.wait()
    assert await pauses.get() == 20
    await ended(looking)


@pytest.mark.parametrize(("attempts", "state"), [(0, "open"), (TRIES, "done")])
async def test_a_lead_whom_sendkit_does_not_show_is_asked_for_again(
    office: Office, attempts: int, state: str
) -> None:
    conversation, _ = await office.shown()
    await Ledger(office.bot.database).remember(changed(id=conversation, turn=Turn(True, 60.0)), 0)
    await Schedules(office.bot.database).set(Schedule(TRIAGE, None, (1800,)))
    office.sendkit.faults.add(Fault(404), "GET", f"*/{conversation}", times=2)
    entry = entries.reminder(conversation, 60.0, TRIAGE, 1800, 0)
    assert await office.tried(entry, attempts) == state
