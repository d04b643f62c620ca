"""What a visitor of the playground can let happen: replies, and trouble on either side."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from bot.playground.sample_data import Arrival, Part
from bot.playground.sendkit import Fault, SendKit
from bot.playground.slack import Slack
from bot.playground.workspace import Json

SendKitState = Literal["well", "slow", "limited", "down"]
SlackState = Literal["well", "limited", "down"]

# Below the time-out of the bot, so that each call succeeds in the end.
SLOW_SECONDS = 4.0
RETRY_AFTER = 5
# Slack's faults are counted; nobody waits for so many calls to fail.
ENDLESS = 100_000
MOST_REPLIES = 1000
T = TypeVar("T", bound=str)


@dataclass
class Switches:
    """Both services and the leads; `planned` says who writes next."""

    slack: Slack
    sendkit: SendKit
    planned: Iterator[Arrival]
    slack_state: SlackState = "well"
    sendkit_state: SendKitState = "well"
    arrived: int = 0

    def shown(self) -> Json:
        """How the switches stand."""
        return {"slack": self.slack_state, "sendkit": self.sendkit_state}

    def turn_sendkit(self, state: str) -> None:
        """Let SendKit be well, slow, limited (429) or down (503); ValueError for anything else."""
        self.sendkit_state = known = _one_of(state, get_args(SendKitState))
        self.sendkit.faults.clear()
        self.sendkit.down = known == "down"
        self.sendkit.slow = SLOW_SECONDS if known == "slow" else 0
        if known == "limited":
            fault = Fault(status=429, message="Too many requests", retry_after=RETRY_AFTER)
            self.sendkit.faults.add(fault, times=None)

    def turn_slack(self, state: str) -> None:
        """Let Slack be well, hold the bot to its rates, or be down (500)."""
        self.slack_state = known = _one_of(state, get_args(SlackState))
        self.slack.faults.clear()
        self.slack.limits = known == "limited"
        if known == "down":
            self.slack.faults.status(times=ENDLESS)

    def arrive(self, part: Part) -> None:
        """Somebody answers."""
        self.sendkit.reply(
            part.lead,
            part.text,
            auto=part.auto,
            html=part.html,
            tag=part.tag,
            campaign=part.campaign,
        )
        self.arrived += 1

    def replies(self, count: int) -> None:
        """So many answer at once; from the second on, each under an address of their own."""
        if not 1 <= count <= MOST_REPLIES:
            raise ValueError(f"count must be from 1 to {MOST_REPLIES}")
        for arrival in (next(self.planned) for _ in range(count)):
            part = arrival.part
            if count > 1:
                name, _, domain = part.lead.email.partition("@")
                address = f"{name}+{self.arrived}@{domain}"
                part = replace(part, lead=replace(part.lead, email=address))
            self.arrive(part)


def _one_of(state: str, known: tuple[T, ...]) -> T:
    for name in known:
        if name == state:
            return name
    raise ValueError(f"{state!r} is none of {', '.join(known)}")
