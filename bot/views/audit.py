"""The audit: which unread replies have a card, and why the others have none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.acts import COMMAND
from bot.triage import Conversation
from bot.views.card import title
from bot.views.message import NAME_LIMIT, Message, message, phrase

# How many leads a reason names.
NAMED: Final = 20


class Reason(Enum):
    """Why a reply has no card."""

    UNSEEN = "Not seen before"
    ON_ITS_WAY = "On the way"
    REFUSED = f"Refused by Slack or SendKit for now, see {COMMAND} doctor"
    FAILED = "Posting failed"
    DELETED = "Card deleted in Slack"
    SUMMED_UP = f"Unread before my first start, see {COMMAND} inbox"
    FORGOTTEN = "Deleted from my database by the person who runs me"


# No rule keeps these away: the audit posts them.
OWED: Final = frozenset([Reason.UNSEEN, Reason.FAILED, Reason.DELETED])
# A rule keeps these away.
RULED_OUT: Final = frozenset([Reason.SUMMED_UP, Reason.FORGOTTEN])


@dataclass(frozen=True, slots=True)
class Missing:
    """An unread reply without a card. `is_fresh`: it came in the last minutes."""

    conversation: Conversation
    reason: Reason
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`counted`: SendKit's own number of unread conversations; `listed`: how many its list has, of
    which `passing` are for the channel of the audit; the `missing` ones have no card. `closed`: how
    many subscribed channels are closed to the bot. `posted`: the audit posts what is owed."""

    counted: int
    listed: int
    passing: int
    missing: tuple[Missing, ...] = ()
    closed: int = 0
    posted: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every reply that should have a card has one, or will in a moment."""
        late = (each for each in self.missing if each.reason not in RULED_OUT)
        return self.counted == self.listed and all(
            each.is_fresh and each.reason in (Reason.UNSEEN, Reason.ON_ITS_WAY) for each in late
        )


def line(report: Report) -> str:
    """The proof in one sentence."""
    carded = report.passing - len(report.missing)
    if report.passing == report.listed:
        return f"SendKit counts {report.counted} unread, {carded} have a card."
    return (
        f"SendKit counts {report.counted} unread, {report.passing} of them pass this channel’s "
        f"filters, {carded} of these have a card."
    )


def reasons(report: Report) -> Iterator[tuple[str, Sequence[Conversation]]]:
    """Each reason why replies have no card, and which."""
    for reason in Reason:
        found = [each.conversation for each in report.missing if each.reason is reason]
        if found:
            done = ", posted now" if report.posted and reason in OWED else ""
            yield f"{reason.value}{done}", found


def notes(report: Report) -> Iterator[str]:
    if report.counted != report.listed:
        yield (
            f"SendKit’s list has {report.listed} of the {report.counted}. Try again in a minute; "
            "if that stays so, ask SendKit."
        )
    if report.closed:
        closed = "1 channel is" if report.closed == 1 else f"{report.closed} channels are"
        yield (
            f"{closed} subscribed and closed to me, so their replies come to the triage channel. "
            f"See {COMMAND} subscriptions."
        )


def audited(report: Report) -> Message:
    """The proof, and what has no card, by reason."""
    told = [line(report)]
    for reason, found in reasons(report):
        names = [phrase(title(each), NAME_LIMIT) for each in found[:NAMED]]
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        told.append(f"{reason} ({len(found)}): {', '.join(names)}{more}.")
    return message("\n".join([*told, *notes(report)]))
