"""Messages on their way to Slack: at once where nothing waits, in turn where a rate asks for it."""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.errors import ChannelClosed, SlackBusy, SlackDown
from bot.slack.outbox import KEPT_FOR_PEOPLE, UPDATES, Outbox, Pace
from bot.slack.sender import Sender, Views
from bot.timing import Timing
from bot.triage import Card, ChannelId, Conversation, ConversationId, Lead, MessageTs, Place
from bot.views import Message
from bot.views.batch import MOST
from tests.log_asserts import written
from tests.strategies import calm

SALES, TRIAGE = ChannelId("C0SALES"), ChannelId("C0TRIAGE")
SHORT, FOR_EVER = 0.005, 1e6


def card(number: int) -> Card:
    return Card(Conversation(ConversationId(f"c{number}"), Lead("jane@example.com")))


class Door(Sender):
    """Slack's side: notes each message, and lets it through while its channel is not shut."""

    def __init__(self, seconds: float = SHORT, most_given: float = FOR_EVER) -> None:
        self.timing = Timing(message_slot=seconds, most_given=most_given)
        self.outbox = Outbox(self, self.timing)
        self.messages: list[tuple[ChannelId, list[str]]] = []
        self.cards: list[Card] = []
        self.errors: dict[str, Exception] = {}
        self.came = asyncio.Event()
        self.shut: dict[ChannelId, asyncio.Event] = {}
        self.inside: dict[ChannelId, int] = {}

    async def post(
        self,
        channel: ChannelId,
        cards: Sequence[Card],
        marks: Sequence[str],
        opening: str = "",
        whole: Sequence[str] = (),
    ) -> Sequence[Place]:
        # One message after another is what keeps them in order.
        assert not self.inside.get(channel)
        self.inside[channel] = 1
        self.messages.append((channel, list(marks)))
        self.cards.extend(cards)
        self.came.set()
        if channel in self.shut:
            await self.shut[channel].wait()
        self.inside[channel] = 0
        for mark in marks:
            if mark in self.errors:
                raise self.errors.pop(mark)
        return [Place(channel, MessageTs(marks[0]))] * len(marks)

    async def reply(self, place: Place, view: Message, mark: str) -> MessageTs:
        self.messages.append((place.channel, [mark]))
        if mark in self.errors:
            raise self.errors.pop(mark)
        return MessageTs(mark)

    async def update(self, place: Place, views: Views) -> None:
        self.messages.append((place.channel, [place.ts]))

    def line(self, mark: str, channel: ChannelId = TRIAGE) -> "asyncio.Task[MessageTs]":
        place = Place(channel, MessageTs("1"))
        return asyncio.create_task(self.outbox.reply(place, Message("Done"), mark, 0))

    def bring(self, number: int, channel: ChannelId = TRIAGE) -> "asyncio.Task[Place]":
        return asyncio.create_task(self.outbox.post(channel, card(number), str(number), 0))

    async def busy(self, channel: ChannelId = TRIAGE) -> "asyncio.Task[Place]":
        """A message of one card is on its way into the channel until `shut` is set."""
        self.shut[channel] = asyncio.Event()
        self.came.clear()
        first = self.bring(0, channel)
        await self.came.wait()
        return first

    async def waiting(
        self, *numbers: int, channel: ChannelId = TRIAGE
    ) -> list["asyncio.Task[Place]"]:
        tasks = [self.bring(number, channel) for number in numbers]
        await asyncio.sleep(0)  # each of them has begun
        return tasks


async def places(tasks: Sequence["asyncio.Task[Place]"]) -> list[str]:
    return [place.ts for place in await asyncio.gather(*tasks)]


async def test_an_idle_channel_waits_for_nothing() -> None:
    door = Door(FOR_EVER)
    assert await door.bring(1) == Place(TRIAGE, MessageTs("1"))
    assert await door.bring(2, SALES) == Place(SALES, MessageTs("2"))
    assert door.messages == [(TRIAGE, ["1"]), (SALES, ["2"])]


async def test_a_channel_that_just_had_a_message_waits_while_another_does_not() -> None:
    door = Door(FOR_EVER)
    await door.bring(1)
    (second,) = await door.waiting(2)
    await door.bring(3, SALES)
    assert not second.done()
    assert door.messages == [(TRIAGE, ["1"]), (SALES, ["3"])]


async def test_cards_leave_a_decision_its_message() -> None:
    door = Door(FOR_EVER)
    await door.line("line")
    waiting = door.bring(1)
    assert await places([door.bring(2, SALES)]) == ["2"]
    assert not waiting.done()
    assert door.messages == [(TRIAGE, ["line"]), (SALES, ["2"])]
    waiting.cancel()


async def test_cards_give_way_to_decisions_for_so_long_and_no_longer() -> None:
    door = Door(FOR_EVER, most_given=SHORT)
    await door.line("line")
    assert await places([door.bring(1)]) == ["1"]
    await door.line("another line")
    assert await places([door.bring(2)]) == ["2"]


async def test_a_channel_is_free_again_after_its_time() -> None:
    door = Door()
    for number in range(4):
        await door.bring(number)
    assert door.messages == [(TRIAGE, [str(number)]) for number in range(4)]


@pytest.mark.parametrize(
    ("cards", "messages"),
    [
        (1, [1]),
        (2, [2]),
        (MOST, [MOST]),
        (MOST + 1, [MOST, 1]),
        (2 * MOST, [MOST] * 2),
        (30, [12, 12, 6]),
    ],
)
async def test_cards_gather_while_a_message_is_on_its_way(cards: int, messages: list[int]) -> None:
    door = Door()
    first = await door.busy()
    rest = await door.waiting(*range(1, cards + 1))
    door.shut[TRIAGE].set()
    found = await places([first, *rest])
    assert [len(marks) for _, marks in door.messages] == [1, *messages]
    order = [mark for _, marks in door.messages for mark in marks]
    assert order == [str(number) for number in range(cards + 1)]
    assert door.cards == [card(number) for number in range(cards + 1)]
    expected = [marks[0] for _, marks in door.messages for _ in marks]
    assert found == expected


async def test_cards_that_come_at_once_go_out_at_once_and_together() -> None:
    door = Door(FOR_EVER)
    assert await places([door.bring(number) for number in range(5)]) == ["0"] * 5
    assert door.messages == [(TRIAGE, ["0", "1", "2", "3", "4"])]


async def test_two_channels_go_side_by_side() -> None:
    door = Door()
    stuck = await door.busy(TRIAGE)
    (behind,) = await door.waiting(1)
    assert (await door.bring(2, SALES)).channel == SALES
    assert (await door.bring(3, SALES)).channel == SALES
    assert not stuck.done()
    assert not behind.done()
    door.shut[TRIAGE].set()
    await places([stuck, behind])
    assert door.messages == [(TRIAGE, ["0"]), (SALES, ["2"]), (SALES, ["3"]), (TRIAGE, ["1"])]


@pytest.mark.parametrize("error", [SlackDown(7.0), ChannelClosed("is_archived"), RuntimeError("?")])
async def test_an_error_reaches_everybody_in_the_message_and_nobody_else(error: Exception) -> None:
    door = Door()
    door.errors = {"5": error}
    first = await door.busy()
    rest = await door.waiting(*range(1, MOST + 3))
    door.shut[TRIAGE].set()
    found = await asyncio.gather(first, *rest, return_exceptions=True)
    assert found[0] == Place(TRIAGE, MessageTs("0"))
    assert all(each is error for each in found[1 : MOST + 1])
    assert found[MOST + 1 :] == [Place(TRIAGE, MessageTs("13"))] * 2


async def test_a_channel_is_as_good_as_new_after_an_error() -> None:
    door = Door()
    door.errors = {"1": ChannelClosed("is_archived")}
    with pytest.raises(ChannelClosed):
        await door.bring(1)
    assert await door.bring(2) == Place(TRIAGE, MessageTs("2"))


async def test_an_error_also_takes_a_slot() -> None:
    door = Door(FOR_EVER)
    door.errors = {"1": SlackDown()}
    with pytest.raises(SlackDown):
        await door.bring(1)
    (second,) = await door.waiting(2)
    await door.bring(3, SALES)
    assert not second.done()


async def test_a_cancelled_card_is_left_out_of_the_message() -> None:
    door = Door()
    first = await door.busy()
    rest = await door.waiting(1, 2, 3)
    rest[1].cancel()
    await asyncio.wait([rest[1]])
    door.shut[TRIAGE].set()
    assert await places([first, rest[0], rest[2]]) == ["0", "1", "1"]
    assert door.messages == [(TRIAGE, ["0"]), (TRIAGE, ["1", "3"])]


async def test_a_message_without_any_card_left_is_not_sent() -> None:
    door = Door()
    first = await door.busy()
    gone = await door.waiting(*range(1, MOST + 1))
    (last,) = await door.waiting(MOST + 1)
    for each in gone:
        each.cancel()
    await asyncio.wait(gone)
    door.shut[TRIAGE].set()
    assert await places([first, last]) == ["0", "13"]
    assert door.messages == [(TRIAGE, ["0"]), (TRIAGE, ["13"])]


@pytest.mark.parametrize("error", [None, SlackDown()], ids=["sent", "refused"])
async def test_a_card_cancelled_during_the_call_does_not_disturb_the_others(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door()
    if error is not None:
        door.errors = {"2": error}
    door.shut[TRIAGE] = asyncio.Event()
    impatient, patient = door.bring(1), door.bring(2)
    await door.came.wait()
    impatient.cancel()
    await asyncio.wait([impatient])
    door.shut[TRIAGE].set()
    await asyncio.wait([patient])
    assert impatient.cancelled()
    assert [patient.exception() or patient.result()] == [error or Place(TRIAGE, MessageTs("1"))]
    assert door.messages == [(TRIAGE, ["1", "2"])]
    assert not caplog.records


async def test_a_card_that_comes_while_a_message_is_on_its_way_is_not_lost() -> None:
    door = Door()
    first = await door.busy()
    sooner = await door.waiting(1)
    later = await door.waiting(2)
    door.shut[TRIAGE].set()
    assert await places([first, *sooner, *later]) == ["0", "1", "1"]


async def test_waiting_cards_can_be_counted() -> None:
    door = Door()
    assert door.outbox.waiting == 0
    posted = [await door.busy(), *await door.waiting(1, 2, 3)]
    posted += [await door.busy(SALES), *await door.waiting(4, channel=SALES)]
    assert door.outbox.waiting == 4
    for shut in door.shut.values():
        shut.set()
    await places(posted)
    assert door.outbox.waiting == 0


async def test_a_log_line_about_many_entries_cards_has_no_reference() -> None:
    class Logging(Door):
        async def post(self, *args: Any, **options: Any) -> Sequence[Place]:
            logging.getLogger("bot.somewhere").info("on its way")
            return await super().post(*args, **options)

    with written() as out, logs.about("ABC234"):
        await Logging().bring(1)
    assert out.lines[0].endswith("INFO bot.somewhere on its way")


async def test_a_short_rate_is_waited_for_and_a_long_one_is_put_off() -> None:
    door = Door()
    wall = time.time
    door.errors = {"line": SlackBusy(wall() + SHORT), "1": SlackBusy(wall() + SHORT)}
    await door.line("line")
    assert (await door.bring(1)).ts == "1"
    door.errors = {"line": SlackBusy(wall() + 3600), "2": SlackBusy(wall() + 3600)}
    with pytest.raises(SlackBusy) as busy:
        await door.line("line")
    assert busy.value.at is not None
    assert wall() + 3500 < busy.value.at <= wall() + 3600
    with pytest.raises(SlackBusy):
        await door.bring(2)
    # Another channel goes on.
    assert (await door.bring(3, SALES)).ts == "3"
    assert (TRIAGE, ["2"]) not in door.messages, "no call that Slack would refuse"


async def test_a_card_cancelled_before_it_is_put_off_does_not_disturb_the_others() -> None:
    door = Door()
    door.errors = {"line": SlackBusy(time.time() + 3600)}
    with pytest.raises(SlackBusy):
        await door.line("line")
    gone, kept = await door.waiting(1, 2)
    gone.cancel()
    await asyncio.wait([gone, kept])
    assert gone.cancelled()
    assert isinstance(kept.exception(), SlackBusy)


async def test_what_was_put_off_unsent_is_known_at_the_next_attempt() -> None:
    door = Door()
    door.errors = {"line": SlackBusy(time.time() + 3600)}
    for mark in ("line", "behind it"):
        with pytest.raises(SlackBusy):
            await door.line(mark)
    assert not door.outbox.is_unsent("line", 2), "another process may have tried"
    assert door.outbox.is_unsent("behind it", 1)
    assert not door.outbox.is_unsent("behind it", 1)
    assert not door.outbox.is_unsent("unknown", 1)


async def test_updates_are_kept_to_slacks_rate() -> None:
    door = Door()

    async def update(number: int, *, urgent: bool = True) -> None:
        place = Place(TRIAGE, MessageTs(str(number)))
        await door.outbox.redraw(place, lambda: [Message("Done")], urgent=urgent)

    for number in range(UPDATES - KEPT_FOR_PEOPLE):
        await update(number, urgent=False)
    with pytest.raises(SlackBusy):
        await update(-1, urgent=False)
    for number in range(KEPT_FOR_PEOPLE):
        await update(number)
    with pytest.raises(SlackBusy) as busy:
        await update(-2)
    assert busy.value.at is not None
    assert 0 < busy.value.at - time.time() <= door.timing.rate_minute
    assert len(door.messages) == UPDATES
    # Lines and cards have rates of their own.
    await door.line("line")
    await door.bring(1)


def turns(**options: Any) -> Pace:
    """Four calls in eight seconds."""
    return Pace(4, 8, 2, **options)


def test_calls_have_turns_in_their_order_and_keep_to_the_rate() -> None:
    order = turns()
    assert [order.wait(str(number), 100) for number in range(7)] == [0, 0, 0, 0, 8, 10, 12]
    assert order.wait("5", 100) == 10, "the same message has the same turn"
    assert order.wait("7", 108) == 6, "nobody overtakes"
    assert order.wait("4", 108) == 0
    assert order.wait("5", 110) == 0
    assert order.wait("6", 112) == 0
    assert order.wait("7", 114) == 0
    assert order.wait("8", 116) == 0
    assert order.wait("9", 116) == 2


def test_urgent_calls_go_before_the_others() -> None:
    order = turns(kept=1)
    assert [order.wait(str(number), 100, urgent=False) for number in range(4)] == [0, 0, 0, 8]
    assert order.wait("a", 100) == 0
    assert order.wait("b", 100) == 8
    assert order.wait("c", 100) == 10
    assert order.wait("b", 108) == 0
    assert order.wait("3", 108, urgent=False) > 0, "an urgent call has a turn yet"
    assert order.wait("c", 110) == 0


def test_turns_move_where_slack_says_no() -> None:
    order = turns()
    for number in range(6):
        order.wait(str(number), 100)
    order.hold(130, 101)
    order.hold(130, 102)  # two calls that went at once
    assert order.wait("4", 108) == 29, "as much later as the hold is long"
    assert order.wait("5", 110) == 29
    assert order.wait("6", 110) == 31
    assert order.wait("4", 137) == 0


def test_calls_without_a_rate_have_turns_only_once_slack_says_no() -> None:
    order = Pace(math.inf, 1, 1)
    assert {order.wait(str(number), 100) for number in range(1000)} == {0}
    order.hold(105, 100)
    assert [order.wait(name, 100) for name in "abc"] == [5, 6, 7]
    assert [order.wait(name, 105) for name in "abcd"] == [0, 1, 2, 3]
    assert [order.wait(name, 108) for name in "bcd"] == [0, 0, 0]
    assert order.wait("e", 109) == 0


@calm
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.integers(0, 40)), max_size=60)
)
def test_no_order_of_calls_breaks_the_rate(calls: list[tuple[str, bool, int]]) -> None:
    order, now, sent = turns(kept=1), 0.0, list[tuple[float, bool]]()
    for key, urgent, pause in calls:
        now += pause / 8
        wait = order.wait(key, now, urgent=urgent)
        assert wait >= 0
        if wait == 0:
            sent.append((now, urgent))
        assert len([at for at, _ in sent if at > now - 8]) <= 4
    last = order.wait("last", now)
    assert last == 0 or order.wait("last", now + last) == 0, "a turn that is waited for is kept"
