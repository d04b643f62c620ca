"""The sizes of the measurements."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sizes:
    """`clicks` of a round that measures latency, `many` of one that measures throughput, `felt` of
    each kind in one with distances."""

    rounds: int
    felt_rounds: int
    felt: int
    clicks: int
    many: int
    open: int
    replies: int
    conversations: int
    decisions: int
    endurance: int
    backlog: int
    unread: int
    waiting: int


FULL: Final = Sizes(
    rounds=3,
    felt_rounds=2,
    felt=3,
    clicks=40,
    many=200,
    open=50,
    replies=96,
    conversations=50_000,
    decisions=200_000,
    endurance=2_000,
    backlog=5_000,
    unread=5_000,
    waiting=100_000,
)
LONG_ENDURANCE: Final = 100_000
# To see that every figure comes about; what it says means nothing.
TINY: Final = Sizes(
    rounds=1,
    felt_rounds=1,
    felt=1,
    clicks=3,
    many=20,
    open=10,
    replies=13,
    conversations=100,
    decisions=1_000,
    endurance=20,
    backlog=50,
    unread=250,
    waiting=1_100,
)
