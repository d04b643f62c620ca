"""The times of digests, their counts, and their texts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import entries
from bot.digests import MISSED_SECONDS, Digests, due, tally
from bot.due import keep_looking
from bot.errors import DatabaseTrouble
from bot.lifecycle import ended
from bot.store import Database
from bot.store.digests import Counted, DigestSetting, First, Made
from bot.store.digests import Digests as DigestStore
from bot.store.ledger import Ledger
from bot.store.schedules import Schedule, Schedules
from bot.timing import CLOCKS
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    Conversation,
    ConversationId,
    DecisionId,
    MarkRead,
    MessageTs,
    Origin,
    Outcome,
    Person,
    Place,
    Revert,
    SetAiTag,
    Several,
    UserId,
)
from bot.views import digest as views
from bot.views.audit import Missing, Reason, Report
from bot.views.digest import MOST_PEOPLE, NO_ANSWER, Digest, PersonTally, Tally, digest
from bot.views.message import TEXT_LIMIT, escape
from tests import strategies
from tests.fast_clock import berlin
from tests.office import Office
from tests.strategies import calm, hostile
from tests.test_reminders import Clock, Diary
from tests.view_asserts import JANE, blocks, changed, check, shown_text

TRIAGE, DEALS = ChannelId("C0TRIAGE"), ChannelId("C0DEALS")
ADA, BEN = UserId("U0ADA"), UserId("U0BEN")
ZONE = "Europe/Berlin"
HALF_PAST_FIVE = 17 * 60 + 30
HOT, COLD = AiTag("hot"), AiTag("cold")
NOW = berlin("2026-03-03 18:00")

# What the clock shows in Berlin, and the last digest of 17:30, or of 2:30, until then.
DUE = [
    (HALF_PAST_FIVE, "2026-03-03 18:00", "2026-03-03 17:30"),
    (HALF_PAST_FIVE, "2026-03-03 17:30", "2026-03-03 17:30"),
    (HALF_PAST_FIVE, "2026-03-03 17:29", "2026-03-02 17:30"),
    (0, "2026-03-03 00:00", "2026-03-03 00:00"),
    # Summer time begins on 29 March at 2:00 and ends on 25 October at 3:00.
    (HALF_PAST_FIVE, "2026-03-29 18:00", "2026-03-29 17:30"),
    (150, "2026-03-29 12:00", "2026-03-29 03:30"),
    (150, "2026-03-29 01:59", "2026-03-28 02:30"),
    (150, "2026-10-25 12:00", "2026-10-25 02:30"),
]


@pytest.mark.parametrize(("minute", "until", "at"), DUE)
def test_each_day_has_one_digest_at_the_time_that_its_clocks_show(
    minute: int, until: str, at: str
) -> None:
    assert due(minute, ZONE, berlin(until)) == berlin(at)


@pytest.mark.parametrize("minute", [0, 119, 120, 150, 179, 180, HALF_PAST_FIVE])
@pytest.mark.parametrize("month", [3, 10])
def test_a_change_of_the_clocks_neither_skips_a_digest_nor_repeats_one(
    minute: int, month: int
) -> None:
    begins = berlin(f"2026-{month:02d}-20 12:00")
    found = {due(minute, ZONE, begins + hour * 3600) for hour in range(24 * 10)}
    days = sorted(found)
    assert len(days) == 11
    assert all(22 * 3600 < later - one < 26 * 3600 for one, later in pairwise(days))


async def written(database: Database, clock: Clock, diary: Diary, until: str) -> Sequence[float]:
    """The times of the digests that are due until then and have no entry yet."""
    nothing = cast("Any", None)
    diary.entries.clear()
    digests = Digests(
        store=DigestStore(database),
        home=nothing,
        schedules=Schedules(database),
        journal=diary,
        threads=nothing,
        audit=nothing,
        filters_of=nothing,
        triage_channel=TRIAGE,
        clock=clock,
    )
    await digests.write_due(berlin(until))
    return [each.not_before for each in diary.entries.values()]


def setting(made_at: str, **fields: Any) -> DigestSetting:
    on = DigestSetting(TRIAGE, HALF_PAST_FIVE, ZONE, ADA, berlin(made_at))
    return replace(on, **fields)


async def test_a_digest_is_due_once_it_was_switched_on_and_for_half_a_day(
    database: Database,
) -> None:
    store, clock, diary = DigestStore(database), Clock(berlin("2026-03-03 18:00")), Diary()
    assert await written(database, clock, diary, "2026-03-03 18:00") == []
    await store.switch_on(setting("2026-03-03 17:40"))
    assert await written(database, clock, diary, "2026-03-03 18:00") == []
    await store.switch_on(setting("2026-03-03 17:20"))
    due_at = berlin("2026-03-03 17:30")
    assert await written(database, clock, diary, "2026-03-03 18:00") == [due_at]
    clock.now = due_at + MISSED_SECONDS
    assert await written(database, clock, diary, "2026-03-04 06:00") == []
    assert await store.setting(TRIAGE) == setting("2026-03-03 17:20")
    assert await store.setting(DEALS) is None
    await store.switch_off(TRIAGE)
    assert await store.settings() == []


async def test_working_hours_give_the_digest_their_time_zone(database: Database) -> None:
    from bot.hours import from_text  # noqa: PLC0415

    clock, diary = Clock(NOW), Diary()
    await DigestStore(database).switch_on(setting("2026-03-01 12:00", zone="Asia/Kolkata"))
    assert await written(database, clock, diary, "2026-03-03 18:00") == [berlin("2026-03-03 13:00")]
    hours = from_text("mon-fri 9:00-17:30 Europe/Berlin")
    await Schedules(database).set(Schedule(TRIAGE, hours))
    assert await written(database, clock, diary, "2026-03-03 18:00") == [berlin("2026-03-03 17:30")]


async def test_looks_for_digests_go_on_after_a_trouble(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    troubles, looked = [DatabaseTrouble("disk full")], asyncio.Event()

    class Troubled(DigestStore):
        async def settings(self) -> Sequence[DigestSetting]:
            if troubles:
                raise troubles.pop()
            looked.set()
            return []

    nothing = cast("Any", None)
    digests = Digests(
        store=Troubled(database),
        home=nothing,
        schedules=nothing,
        journal=nothing,
        threads=nothing,
        audit=nothing,
        filters_of=nothing,
        triage_channel=TRIAGE,
    )
    looking = asyncio.create_task(keep_looking("digests", digests.write_due, 0.01, CLOCKS))
    await looked.wait()
    await ended(looking)
    assert "could not look for digests: disk full" in caplog.text


def test_the_entry_of_a_digest_is_named_after_its_channel_and_time() -> None:
    entry = entries.digest(TRIAGE, 1772555400.0)
    assert (entry.id, entry.lane) == ("digest:C0TRIAGE:1772555400",) * 2
    assert (entry.payload, entry.not_before) == (
        {"channel": "C0TRIAGE", "at": 1772555400.0},
        1772555400.0,
    )


async def recorded(
    database: Database,
    name: str,
    change: Change,
    *,
    at: float = NOW - 60,
    person: UserId = ADA,
    old: AiTag | None = None,
    new: AiTag | None = None,
    about: str = "c1",
    replied_at: str = "",
) -> None:
    """A decision, with the aiTag before and after it."""
    conversation = changed(id=ConversationId(about), ai_tag=new)
    outcome = Outcome(
        decision=DecisionId(name),
        conversation=conversation.id,
        person="Ada" if person == ADA else "Ben",
        change=change,
        at=at,
        old_ai_tag=old,
        new_ai_tag=new,
        tags=(),
        replied_at=replied_at,
    )
    origin = Origin(TRIAGE, Person(person, "x"))
    await database.write(*Ledger(database).recording(outcome, origin, conversation, conversation))


async def counted(database: Database, channel: ChannelId | None = None, after: int = 0) -> Tally:
    store = DigestStore(database)
    wanted = channel, after, await store.last(), 0.0
    return tally(await store.made(*wanted), await store.first(*wanted))


def people(found: Tally) -> list[tuple[str, dict[AiTag, int], int]]:
    return [(each.name, dict(each.ai_tags), each.other) for each in found.people]


async def test_decisions_are_counted_by_person_and_aitag(database: Database) -> None:
    await recorded(database, "1", SetAiTag(HOT), new=HOT)
    await recorded(database, "2", SetAiTag(HOT), new=HOT, about="c2")
    await recorded(database, "3", MarkRead(), person=BEN, new=HOT, about="c2")
    both = Several((SetAiTag(COLD), MarkRead()))
    await recorded(database, "4", both, person=BEN, new=COLD, about="c3")
    await recorded(database, "5", ClearAiTag(), person=BEN, old=COLD, about="c3")
    found = await counted(database)
    assert people(found) == [("Ben", {COLD: 1}, 2), ("Ada", {HOT: 2}, 0)]
    assert (found.leads, found.undone, dict(found.ai_tags)) == (3, 0, {HOT: 2, COLD: 1})


async def test_what_was_undone_does_not_count_unless_the_undo_was(database: Database) -> None:
    await recorded(database, "1", SetAiTag(HOT), new=HOT)
    await recorded(database, "2", SetAiTag(COLD), new=COLD, about="c2")
    await recorded(database, "3", Revert(DecisionId("1")))
    await recorded(database, "4", Revert(DecisionId("2")), about="c2")
    await recorded(database, "5", Revert(DecisionId("4")), new=COLD, about="c2")
    found = await counted(database)
    assert people(found) == [("Ada", {COLD: 1}, 0)]
    assert (found.leads, found.undone) == (1, 1)


async def test_a_digest_goes_on_after_the_last_one_and_keeps_to_its_channel(
    database: Database,
) -> None:
    store = DigestStore(database)
    assert await store.last() == 0
    assert await store.counted(TRIAGE) == Counted()
    await recorded(database, "1", SetAiTag(HOT), new=HOT)
    await database.write(store.counting(TRIAGE, Counted(await store.last(), NOW)))
    # It waited for SendKit, so it has an earlier time.
    await recorded(database, "2", SetAiTag(COLD), new=COLD, about="c2", at=NOW - 9999)
    before = await store.counted(TRIAGE)
    assert before.at == NOW
    assert people(await counted(database, after=before.seq)) == [("Ada", {COLD: 1}, 0)]
    assert people(await counted(database, DEALS)) == []
    place = Place(DEALS, MessageTs("1.2"))
    await Ledger(database).place(ConversationId("c2"), place, NOW)
    assert people(await counted(database, DEALS)) == [("Ada", {COLD: 1}, 0)]


async def test_the_median_is_of_the_first_decisions_about_replies(database: Database) -> None:
    reply = "2026-03-03T16:00:00.000Z"
    at = berlin("2026-03-03 17:00")
    for number, seconds in enumerate((60, 600, 120)):
        name = f"c{number}"
        await recorded(database, name, MarkRead(), at=at + seconds, about=name, replied_at=reply)
        await recorded(database, f"{name}b", MarkRead(), at=at + 9999, about=name, replied_at=reply)
    found = await counted(database)
    assert (found.median, found.first) == (120, 3)
    last = await DigestStore(database).last()
    await recorded(database, "later", MarkRead(), about="c0", replied_at=reply)
    assert (await counted(database, after=last)).median is None
    odd = [First("yesterday", 1.0), First(reply, at - 60)]
    assert (tally([], odd).median, tally([], odd).first) == (0.0, 1)


# What the decisions before left, the aiTag before and after this one, and whether it was SendKit's
# own and was overruled.
OWN: list[tuple[AiTag | None, AiTag | None, AiTag | None, tuple[int, int]]] = [
    (None, HOT, COLD, (1, 1)),
    (None, HOT, None, (1, 1)),
    (None, HOT, HOT, (1, 0)),
    (None, HOT, AiTag("Hot"), (1, 0)),
    (None, None, HOT, (0, 0)),
    (HOT, HOT, COLD, (0, 0)),
    (COLD, HOT, COLD, (1, 1)),
]


@pytest.mark.parametrize(("prior", "old", "new", "expected"), OWN)
def test_an_aitag_that_no_decision_left_is_sendkits_own(
    prior: AiTag | None, old: AiTag | None, new: AiTag | None, expected: tuple[int, int]
) -> None:
    one = Made(
        DecisionId("1"), ConversationId("c1"), ADA, "Ada", MarkRead(), old, new, prior, undoes=""
    )
    found = tally([one], [])
    assert (found.judged, found.overruled) == expected


async def test_sendkit_is_overruled_once_for_each_lead(database: Database) -> None:
    await recorded(database, "1", MarkRead(), old=HOT, new=HOT)
    await recorded(database, "2", SetAiTag(COLD), old=HOT, new=COLD)
    await recorded(database, "3", SetAiTag(HOT), old=COLD, new=HOT)
    await recorded(database, "4", MarkRead(), old=COLD, new=COLD, about="c2")
    found = await counted(database)
    assert (found.judged, found.overruled) == (2, 1)


async def test_an_aitag_stays_sendkits_own_after_decisions_that_left_it(
    database: Database,
) -> None:
    await recorded(database, "1", MarkRead(), old=HOT, new=HOT)
    await recorded(database, "2", SetAiTag(COLD), old=HOT, new=COLD, about="c2")
    await recorded(database, "3", Revert(DecisionId("2")), old=COLD, new=HOT, about="c2")
    await recorded(database, "4", SetAiTag(COLD), old=HOT, new=COLD, about="c3")
    await recorded(database, "5", Revert(DecisionId("4")), old=COLD, new=HOT, about="c3")
    await recorded(database, "6", Revert(DecisionId("5")), old=HOT, new=COLD, about="c3")
    last = await DigestStore(database).last()
    for about, old in (("c1", HOT), ("c2", HOT), ("c3", COLD)):
        await recorded(database, f"{about}b", ClearAiTag(), old=old, about=about)
    found = await counted(database, after=last)
    # In c3, the aiTag is a person's: their undo was undone.
    assert (found.judged, found.overruled) == (2, 2)


TALLY = Tally(
    people=[
        PersonTally("Ada", {HOT: 5, COLD: 2}, 1),
        PersonTally("Ben", {COLD: 3}),
    ],
    leads=9,
    undone=2,
    median=4330.0,
    first=7,
    judged=14,
    overruled=3,
)
REPORT = Report(41, 41, 41)
FULL = Digest(
    at=berlin("2026-03-03 17:30"),
    zone=ZONE,
    tally=TALLY,
    waiting=7,
    longest=[(JANE, berlin("2026-03-01 16:15")), (JANE, berlin("2026-03-03 17:29"))],
    since=berlin("2026-03-02 17:30"),
    report=REPORT,
)


def test_the_text_says_everything_and_ends_in_the_audit() -> None:
    view = digest(FULL)
    check(view)
    said = view.text.replace("\u2068", "").replace("\u2069", "")
    assert said.split("\n") == [
        "From Monday 2 March, 17:30 to Tuesday 3 March, 17:30. 11 decisions about 9 leads by 2 "
        "people. 2 more were undone.",
        "Ada 8: Cold 2, Hot 5, other 1.",
        "Ben 3: Cold 3.",
        "Median time to the first decision: 1 hour 12 minutes, for 7 replies.",
        "SendKit’s own aiTag was overruled for 3 of 14 leads that had one (21 %).",
        "7 leads wait for an answer, the longest: Jane Doe · Acme Inc (2 days 1 hour), "
        "Jane Doe · Acme Inc (1 minute).",
        "SendKit counts 41 unread, 41 have a card.",
    ]


def test_a_table_and_a_chart_show_who_decided_what() -> None:
    (table,) = [each for each in blocks(digest(FULL)) if each["type"] == "table"]
    assert [[cell["text"] for cell in row] for row in table["rows"]] == [
        ["Person", "Cold", "Hot", "Other", "All"],
        ["Ada", "2", "5", "1", "8"],
        ["Ben", "3", "–", "–", "3"],
    ]
    (chart,) = [each for each in blocks(digest(FULL)) if each["type"] == "data_visualization"]
    assert chart["chart"]["series"][0]["data"] == [
        {"label": "Cold", "value": 5},
        {"label": "Hot", "value": 5},
    ]
    last = blocks(digest(FULL))[-1]
    assert last["elements"][0]["text"] == "SendKit counts 41 unread, 41 have a card."


def test_a_day_without_decisions_says_so_and_has_no_table() -> None:
    view = digest(replace(FULL, tally=Tally(), waiting=0, longest=(), since=None, report=None))
    check(view)
    assert view.text.split("\n") == [
        "The 24 hours until Tuesday 3 March, 17:30. Nothing was decided.",
        "No lead waits for an answer.",
        NO_ANSWER,
    ]
    assert {each["type"] for each in view.blocks} == {"header", "context", "section"}


def test_what_has_no_card_is_named_before_the_last_line() -> None:
    missing = tuple(Missing(JANE, Reason.FAILED) for _ in range(7))
    report = Report(42, 42, 42, missing, posted=True)
    lines = digest(replace(FULL, report=report)).text.split("\n")
    assert lines[-1] == "SendKit counts 42 unread, 35 have a card."
    assert lines[-2].startswith("Posting failed, posted now (7): ")
    assert lines[-2].endswith(" and 2 more.")


def test_many_people_and_aitags_fit_into_one_message() -> None:
    tags = {AiTag(f"tag {each}"): each + 1 for each in range(30)}
    many = [PersonTally(f"Person {each} &&&&&&&&&&&&&", tags, 1) for each in range(40)]
    view = digest(replace(FULL, tally=replace(TALLY, people=many)))
    check(view)
    assert "30 others" in view.text
    (table,) = [each for each in blocks(view) if each["type"] == "table"]
    assert len(table["rows"]) == MOST_PEOPLE + 2
    assert view.text.endswith("SendKit counts 41 unread, 41 have a card.")
    (chart,) = [each for each in blocks(view) if each["type"] == "data_visualization"]
    assert "Other" in chart["chart"]["axis_config"]["categories"]


tallies = st.builds(
    PersonTally,
    hostile,
    st.dictionaries(strategies.ai_tags, st.integers(1, 10**6), max_size=9),
    st.integers(0, 9),
)


@calm
@given(
    st.lists(tallies, max_size=4),
    st.lists(strategies.conversations, max_size=6),
    strategies.times,
    st.floats(0, 1e8),
)
@pytest.mark.slow
def test_any_digest_is_taken_by_slack_and_ends_in_the_audit(
    found: list[PersonTally], leads: list[Conversation], at: float, seconds: float
) -> None:
    counted = [each for each in found if each.total]
    longest = [(each, at - seconds) for each in leads]
    shown = Tally(counted, len(counted), 1, seconds, 1, 1, 1)
    missing = tuple(Missing(each, Reason.UNSEEN) for each in leads)
    report = Report(41, 41, 41, missing)
    view = digest(Digest(at, ZONE, shown, len(leads), longest, at, report))
    check(view)
    assert len(escape(view.text)) >= len(view.text)
    assert len(view.text) <= TEXT_LIMIT
    assert view.text.split("\n")[-1].startswith("SendKit counts 41 unread")


def test_people_without_a_name_are_named_by_their_id_or_as_somebody() -> None:
    assert views.person_of("", ADA) == "U0ADA"
    assert views.person_of("", UserId("")) == "Somebody"


def test_a_channel_that_is_closed_is_named_to_the_person_who_wanted_the_digest() -> None:
    view = views.stopped(TRIAGE, "is_archived")
    check(view, names_channels=True)
    assert view.text.startswith("<#C0TRIAGE>: I can no longer post the digest in this channel (is_")
    assert "switched it off" in shown_text(view)


def test_times_that_passed_are_told_in_two_units_at_most() -> None:
    told = {
        seconds: digest(replace(FULL, tally=replace(TALLY, median=seconds, first=1))).text
        for seconds in (5.0, 60.0, 86_400.0, 180_000.0)
    }
    said = [text.split("decision: ")[1].split(", for 1 reply")[0] for text in told.values()]
    assert said == ["less than a minute", "1 minute", "1 day", "2 days 2 hours"]


async def test_a_digest_for_a_time_that_was_changed_since_is_not_posted(office: Office) -> None:
    setting = DigestSetting(TRIAGE, HALF_PAST_FIVE, ZONE, ADA, NOW)
    await DigestStore(office.bot.database).switch_on(setting)
    assert await office.tried(entries.digest(TRIAGE, berlin("2026-03-03 17:00"))) == "done"
    assert office.slack.messages(TRIAGE) == []
