"""The page's controls: replies, and faults of SendKit, its mail and Slack."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from bot.playground.sample_data import Arrival, Part
from bot.playground.sendkit import Fault, SendKit
from bot.playground.slack import Slack
from bot.playground.workspace import Json

SendKitState = Literal["well", "slow", "limited", "down"]
SlackState = Literal["well", "limited", "down"]
MailState = Literal["well", "unsure", "late", "disconnected", "broke"]

# Below the bot's timeout, so that each call succeeds in the end.
SLOW_SECONDS = 4.0
RETRY_AFTER = 5
# Slack's faults are counted, so that many calls fail.
ENDLESS = 100_000
# What the workspace has for its agents.
CREDITS = 30
MOST_REPLIES = 1000
ANSWER = "<p>Thanks for your reply! I’ll come back to you with the details today.</p>"
T = TypeVar("T", bound=str)


@dataclass
class Controls:
    """The controls of both services and of the leads. `planned` yields the next writer."""

    slack: Slack
    sendkit: SendKit
    planned: Iterator[Arrival]
    slack_state: SlackState = "well"
    sendkit_state: SendKitState = "well"
    mail_state: MailState = "well"
    arrived: int = 0

    def shown(self) -> Json:
        """The state of the controls."""
        return {
            "slack": self.slack_state,
            "sendkit": self.sendkit_state,
            "mail": self.mail_state,
            "do_not_contact": sorted(self.sendkit.inbox.do_not_contact),
        }

    def mails(self) -> list[Json]:
        """Every reply of ours that SendKit took, the newest first: the same text twice is two
        mails."""
        inbox = self.sendkit.inbox
        return [
            {
                "id": each.id,
                "to": inbox.get(each.conversation_id).lead.email,
                "cc": list(each.cc),
                "text": each.text,
                "due": each.due.timestamp(),
                "status": each.status,
                "error": each.error or "",
            }
            for each in reversed(inbox.replies.values())
        ]

    def turn_sendkit(self, state: str) -> None:
        """Makes SendKit work, answer slowly, limit (429) or fail (503); ValueError for another
        state."""
        self.sendkit_state = known = _one_of(state, get_args(SendKitState))
        self._clear()
        self.sendkit.down = known == "down"
        self.sendkit.slow = SLOW_SECONDS if known == "slow" else 0
        if known == "limited":
            fault = Fault(status=429, message="Too many requests", retry_after=RETRY_AFTER)
            self.sendkit.faults.add(fault, times=None)

    def turn_mail(self, state: str) -> None:
        """Makes SendKit send what the bot gives it; take each mail and answer 502; have sent it
        already when it is to be cancelled; have no mailbox, or no credits."""
        self.mail_state = known = _one_of(state, get_args(MailState))
        inbox = self.sendkit.inbox
        inbox.cancels_too_late = known == "late"
        inbox.mailbox_connected = known != "disconnected"
        inbox.credits = 0 if known == "broke" else CREDITS
        self.turn_sendkit(self.sendkit_state)

    def _clear(self) -> None:
        self.sendkit.faults.clear()
        if self.mail_state == "unsure":
            unsure = Fault(status=502, message="Bad gateway", acts=True)
            self.sendkit.faults.add(unsure, "POST", "/v1/inbox/*/reply", times=None)

    def turn_slack(self, state: str) -> None:
        """Makes Slack work, enforce its rates, or fail (500)."""
        self.slack_state = known = _one_of(state, get_args(SlackState))
        self.slack.faults.clear()
        self.slack.limits = known == "limited"
        if known == "down":
            self.slack.faults.status(times=ENDLESS)

    def arrive(self, part: Part) -> None:
        """Lets this lead reply."""
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
        """Lets `count` leads reply at once, each but the first from an address of their own."""
        if not 1 <= count <= MOST_REPLIES:
            raise ValueError(f"count must be from 1 to {MOST_REPLIES}")
        for arrival in (next(self.planned) for _ in range(count)):
            part = arrival.part
            if count > 1:
                name, _, domain = part.lead.email.partition("@")
                address = f"{name}+{self.arrived}@{domain}"
                part = replace(part, lead=replace(part.lead, email=address))
            self.arrive(part)

    def answer(self) -> str:
        """Somebody answers the newest lead who waits, in SendKit; the lead's name. LookupError if
        no one waits."""
        inbox = self.sendkit.inbox
        waiting = [
            each
            for each in inbox.conversations.values()
            if each.messages[-1].from_lead and not each.messages[-1].auto
        ]
        if not waiting:
            raise LookupError("No lead waits for an answer")
        newest = max(waiting, key=lambda each: each.messages[-1].at)
        inbox.send(inbox.queue_reply(newest.id, ANSWER).id)
        return f"{newest.lead.first_name} {newest.lead.last_name}".strip()


def _one_of(state: str, known: tuple[T, ...]) -> T:
    for name in known:
        if name == state:
            return name
    raise ValueError(f"{state!r} is not one of {', '.join(known)}")
