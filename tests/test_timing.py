"""The order among the times that the bot waits for."""

import pytest

from bot.errors import HUNG_UP_SECONDS, STALLED_SECONDS
from bot.timing import DEFAULT, Timing
from tests.timings import KILLED, QUICK

# Platforms kill a process that was told to stop after this time.
KILLED_AFTER = 10.0
# Slack waits this long for an answer to a click.
ACKNOWLEDGED_WITHIN = 3.0


every_timing = pytest.mark.parametrize(
    "timing", [DEFAULT, KILLED, QUICK], ids=["production", "kills", "stories"]
)


@pytest.mark.parametrize("timing", [DEFAULT, KILLED], ids=["production", "kills"])
def test_calls_of_a_dead_process_have_ended_when_they_count_as_settled(timing: Timing) -> None:
    """Otherwise the next process could look before an effect, and bring it about once more."""
    assert max(timing.sendkit_connect, timing.sendkit_read) < timing.sendkit_call
    assert max(timing.sendkit_call, timing.slack_call) < timing.settling


def test_a_call_without_an_answer_settles_before_a_dead_process() -> None:
    assert HUNG_UP_SECONDS < STALLED_SECONDS < DEFAULT.settling


def test_the_end_of_a_process_fits_before_it_is_killed() -> None:
    side_by_side = (DEFAULT.drain, 2 * DEFAULT.http_drain, 2 * DEFAULT.socket.closing)
    assert max(side_by_side) + DEFAULT.database.busy < DEFAULT.last < KILLED_AFTER


@every_timing
def test_a_dead_process_is_noticed_before_its_calls_have_settled(timing: Timing) -> None:
    assert timing.silence < timing.settling


@every_timing
def test_a_process_is_dead_only_after_several_heartbeats_have_failed(timing: Timing) -> None:
    assert timing.heartbeat * 6 <= timing.silence


def test_a_click_that_cannot_be_written_is_answered_in_time() -> None:
    refused = max(DEFAULT.database.busy, DEFAULT.database.lock)
    assert refused < DEFAULT.answer < ACKNOWLEDGED_WITHIN


@every_timing
def test_the_database_server_gives_up_before_the_bot_stops_waiting_for_it(timing: Timing) -> None:
    database = timing.database
    assert database.lock < database.statement
    assert database.lock + database.statement < database.answer < database.migrating
    assert database.reconnect < database.answer


def test_a_probe_is_answered_before_what_it_found_is_old() -> None:
    assert DEFAULT.health_check < DEFAULT.findings_kept


@every_timing
def test_a_probe_is_answered_before_the_server_gives_up(timing: Timing) -> None:
    assert timing.health_check < timing.answer


def test_a_list_of_ai_tags_that_cannot_be_read_is_tried_again_before_a_new_one_is_due() -> None:
    assert DEFAULT.sendkit_call < DEFAULT.ai_tags_pause < DEFAULT.ai_tags_kept


def test_a_slack_that_is_back_is_noticed_within_half_a_minute() -> None:
    assert max(DEFAULT.socket.pauses) + DEFAULT.socket.opening < 30


def test_work_is_tried_again_soon_at_first_and_at_last_each_longest_pause() -> None:
    assert DEFAULT.pause(0, 0) == DEFAULT.shortest_pause
    assert DEFAULT.pause(86_400, 99) == DEFAULT.longest_pause
