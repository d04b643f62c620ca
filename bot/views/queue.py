"""The form that shows one unread conversation after another, and what came of it at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot import acts, dates
from bot.barred import Barred
from bot.triage import Conversation, Outcome, Owner, Revert
from bot.views.answer import open_reply
from bot.views.card import NO_WORDS, QUESTION_LIMIT, SUBJECT_LIMIT, title
from bot.views.form import (
    Fields,
    View,
    ai_tag_field,
    form_view,
    head,
    open_form,
    reading_field,
    reason_field,
)
from bot.views.later import later_button
from bot.views.line import sentence, undoable
from bot.views.message import (
    SECTION_LIMIT,
    TITLE_LIMIT,
    Block,
    button,
    context,
    cut,
    isolated,
    markup,
    moment,
    phrase,
    plain,
    section,
    short,
)

WORDS_LIMIT: Final = 1000
# Slack takes 100 blocks.
MOST_MADE: Final = 90
NOTHING_LEFT: Final = "Inbox zero: nothing is unread."


@dataclass(frozen=True, slots=True)
class Made:
    """A conversation about which the person decided. `outcome`: None while the decision `waits`, or
    if nothing came of it. `is_last`: it can still be undone. `since`: what a colleague decided
    after it."""

    conversation: Conversation
    outcome: Outcome | None
    waits: bool = False
    is_last: bool = False
    since: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The result of a queue of `total` conversations. `others`: about how many colleagues decided.
    `filters`: the ones that somebody typed. `more`: how many did not fit in."""

    total: int
    made: Sequence[Made]
    others: int
    filters: str = ""
    more: int = 0


def one(
    shown: Conversation,
    fields: Fields | None,
    metadata: str,
    *,
    position: int,
    total: int,
    notice: str = "",
    url: str = "",
    owner: Owner | None = None,
    barred: Barred | bool = False,
    replies: bool = False,
) -> View:
    """One conversation of the queue. `position` is counted from 0; the rest as in a form."""
    blocks = [*head(shown, url, owner, barred), *_mail(shown)]
    if notice:
        blocks.append(section(notice))
    if fields is None:
        blocks.append(context(f"Its aiTag is too long for a form. Use {acts.COMMAND}."))
    else:
        asked = [reason_field(fields.key)] if fields.asks_why else []
        blocks += [ai_tag_field(fields), *asked, reading_field(fields)]
    skip = button("Skip", acts.SKIP, str(position), about=shown.lead.label)
    reply = [open_reply(shown)] if replies else []
    buttons = [*reply, open_form(shown, "Open whole"), later_button(shown), skip]
    blocks.append({"type": "actions", "elements": buttons})
    view = form_view(f"{position + 1} of {total}", blocks, metadata, close="Stop")
    return {**view, "callback_id": acts.FORWARD, "submit": plain("Next", TITLE_LIMIT)}


def _mail(shown: Conversation) -> Iterator[Block]:
    at = dates.from_iso(shown.replied_at)
    about: list[str | Block] = [] if at is None else [markup(moment(at))]
    if subject := phrase(shown.subject, SUBJECT_LIMIT):
        about.append(subject)
    if about:
        yield context(*about)
    if shown.asked:
        yield context(f"We wrote: “{isolated(short(shown.asked, QUESTION_LIMIT))}”")
    yield section(cut(shown.words, WORDS_LIMIT) or NO_WORDS)


def done(tally: Tally, metadata: str, confirmed: frozenset[str] = frozenset()) -> View:
    """The decisions of a queue, each with a button that takes it back. `confirmed` as in
    Palette."""
    if not tally.total:
        filtered = f"Nothing unread passes these filters: {short(tally.filters, SUBJECT_LIMIT)}"
        said = section(filtered if tally.filters else NOTHING_LEFT)
        return form_view("All done", [said], metadata)
    shown = tally.made[:MOST_MADE]
    blocks: list[Block] = [section(_summary(tally)), *(_made(each, confirmed) for each in shown)]
    if left := len(tally.made) - len(shown):
        blocks.append(context(f"And {left} more: each card’s thread has its decision."))
    return form_view("All done", blocks, metadata)


def _summary(tally: Tally) -> str:
    decided = sum(each.outcome is not None and not _is_undone(each) for each in tally.made)
    waiting = sum(each.waits for each in tally.made)
    rest = tally.total - decided - waiting - tally.others
    facts = [f"You decided {decided} of {tally.total}."]
    if waiting:
        facts.append(f"{waiting} more {_are(waiting)} saved and not carried out yet.")
    if tally.others:
        facts.append(f"Colleagues decided {tally.others} meanwhile.")
    if rest > 0:
        facts.append(f"{rest} {_are(rest)} left.")
    if tally.more:
        again = f"type {acts.COMMAND} next again"
        facts.append(f"{tally.more} more were unread at the start: {again}.")
    return " ".join(facts)


def _is_undone(made: Made) -> bool:
    change = made.outcome.change if made.outcome else None
    # An undo can be undone, too.
    return isinstance(change, Revert) and not isinstance(change.made, Revert)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _made(made: Made, confirmed: frozenset[str]) -> Block:
    if made.outcome is None:
        nothing = "nothing was changed. See my message about it"
        what = "your decision is saved and waits" if made.waits else nothing
        return section(f"{title(made.conversation)}: {what}.")
    since = f" Since then: {sentence(made.since)}." if made.since else ""
    said = cut(f"{title(made.conversation)}: {sentence(made.outcome)}.{since}", SECTION_LIMIT)
    return (made.is_last and undoable(made.outcome, said, confirmed)) or section(said)
