"""The order among the times that the bot waits for."""

import pytest

from bot.database.sqlite import BUSY_SECONDS
from bot.errors import HUNG_UP_SECONDS, STALLED_SECONDS
from bot.timing import DEFAULT, Timing
from tests.conftest import KILLED

# Platforms kill a process that was told to stop after this time.
KILLED_AFTER = 10.0


@pytest.mark.parametrize("timing", [DEFAULT, KILLED], ids=["production", "kills"])
def test_calls_of_a_dead_process_have_ended_when_they_count_as_settled(timing: Timing) -> None:
    """Otherwise the next process could look before an effect, and bring it about once more."""
    assert max(timing.sendkit_connect, timing.sendkit_read) < timing.sendkit_call
    assert max(timing.sendkit_call, timing.slack_call) < timing.settling


def test_a_call_without_an_answer_settles_before_a_dead_process() -> None:
    assert HUNG_UP_SECONDS < STALLED_SECONDS < DEFAULT.settling


def test_the_end_of_a_process_fits_before_it_is_killed() -> None:
    side_by_side = (DEFAULT.drain, 2 * DEFAULT.http_drain, 2 * DEFAULT.socket.closing)
    assert max(side_by_side) + BUSY_SECONDS < DEFAULT.last < KILLED_AFTER


def test_a_dead_process_is_noticed_before_its_calls_have_settled() -> None:
    assert DEFAULT.silence < DEFAULT.settling


def test_a_slack_that_is_back_is_noticed_within_half_a_minute() -> None:
    assert max(DEFAULT.socket.pauses) + DEFAULT.socket.opening < 30


def test_work_is_tried_again_soon_at_first_and_at_last_each_longest_pause() -> None:
    assert DEFAULT.pause(0, 0) == DEFAULT.shortest_pause
    assert DEFAULT.pause(86_400, 99) == DEFAULT.longest_pause
