"""The mails of a conversation, and whose turn it is."""

from dataclasses import dataclass

from bot.text import LazyText


@dataclass(frozen=True, slots=True)
class Turn:
    """The side that writes the next mail of a conversation, we (`ours`) or the lead, and since
    when, in seconds since the epoch: since the first mail that the other side has not answered.
    Automatic replies do not count."""

    ours: bool
    since: float


@dataclass(frozen=True)
class Mail:
    """One mail of a conversation, `ours` or of somebody on the lead's side. `at`: seconds since the
    epoch; None if unknown. `words`: without quoted history; `whole`: with it."""

    ours: bool
    sender: str
    at: float | None
    subject: str = ""
    words: LazyText = LazyText()
    whole: LazyText = LazyText()
    attachments: tuple[str, ...] = ()
    to: str = ""
