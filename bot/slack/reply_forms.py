"""Draws the form of an answer to a lead, and its preview.

A started text is in the database, for each person, so closing the form loses nothing. While
somebody writes, the lead's cards say so, for ten minutes at most.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.acts import QUEUE, ById, Reply
from bot.answer_entries import show
from bot.answers import PENDING, Draft, State, newest_seen
from bot.forms import Form, packed
from bot.journal import Attempt, Entry, Journal
from bot.opt_outs import objection
from bot.ports import Authorizer
from bot.sendkit.client import SendKit
from bot.store.answers import Answers
from bot.store.ledger import Ledger
from bot.timing import CLOCKS, Clocks
from bot.triage import Conversation, ConversationId, Mail, Origin, Person, UserId
from bot.views import reply_form as views
from bot.views.answer import OFF
from bot.views.form import View, sentence
from bot.views.message import NAME_LIMIT, phrase
from bot.views.palette import Palette
from bot.written import PASSED, Written, copies, digest, has_passed

WRITING: Final = "writing"
# How long the cards say that somebody writes.
WRITING_SECONDS: Final = 600.0
# Slack stacks three forms.
STACK: Final = 2
CHANGED: Final = "Your text has changed since this preview, in another form. Check it again."
AGAIN: Final = "Your text is kept. Check it, and press Preview once more."


@dataclass(frozen=True, slots=True)
class ReplyForms:
    """`writing_ends` handles entries of the kind `writing`. `choices` as in bot.slack.forms.
    `name_of` as in bot.ports.Threads."""

    journal: Journal
    inbox: SendKit
    ledger: Ledger
    answers: Answers
    authorizer: Authorizer
    name_of: Callable[[Person], Awaitable[str]]
    choices: Palette
    clocks: Clocks = CLOCKS

    async def authorize(self, form: Form) -> None:
        await self.authorizer.authorize(where(form), Reply(ById(about(form))))

    async def view(self, form: Form) -> View:
        """The form, or its preview if nothing has happened since the person opened the form."""
        if not self.choices.replies:
            return sentence(OFF)
        await self.authorize(form)
        shown, mails = await self.inbox.thread(about(form))
        card, written = await self.ledger.card(shown), await self.written(form)
        if card.answer and (card.answer.state in PENDING or card.answer.state == State.UNSETTLED):
            return views.underway(shown, card.answer)
        notice = ""
        if form.kind == "preview":
            if form.answered != newest_seen(mails):
                notice = f"{_news(shown, mails)} {AGAIN}"
            elif digest(written) != form.digest:
                notice = CHANGED
            elif has_passed(written, self.clocks.wall()):
                notice = PASSED
            else:
                mailbox = next((each.to for each in reversed(mails) if not each.ours), "")
                return views.preview(shown, written, packed(form), mailbox=mailbox)
        await self._writes(form)
        return self._form(form, shown, mails, written, notice)

    def _form(
        self,
        form: Form,
        shown: Conversation,
        mails: Sequence[Mail],
        written: Written,
        notice: str = "",
    ) -> View:
        drawn = form.drawn + 1
        form = replace(form, kind="reply", answered=newest_seen(mails), drawn=drawn, digest="")
        return views.form(
            shown,
            mails,
            written,
            packed(form),
            key=f"{shown.id}.{drawn}",
            notice=notice,
            url=self.choices.link(shown.id),
            asks_reason=bool(objection(shown)),
            opens=form.stacked < STACK,
        )

    async def written(self, form: Form) -> Written:
        """What the person began to write."""
        draft = await self.answers.draft(form.origin.person.id, about(form))
        text, cc = (draft.text, ", ".join(draft.cc)) if draft else ("", "")
        return Written(text, cc, form.send_at, form.reason)

    async def keep(self, form: Form, written: Written, at: float | None = None) -> None:
        """Keeps a started text. `at`: when Slack says that it was typed; None for the last word
        about it, whatever the clocks of Slack and of this machine say."""
        person, conversation = form.origin.person.id, about(form)
        if at is None:
            before = await self.answers.draft(person, conversation)
            at = max(self.clocks.wall(), before.at if before else 0.0)
        await self.answers.keep_draft(
            Draft(person, conversation, written.text, tuple(copies(written)), at)
        )

    async def _writes(self, form: Form) -> None:
        """Lets the cards say that the person writes, and end that in time."""
        person, conversation = form.origin.person, about(form)
        until = self.clocks.wall() + WRITING_SECONDS
        named = replace(person, handle=await self.name_of(person))
        await self.answers.note_writing(conversation, named, until)
        await self.journal.write(_ends(conversation, person, until))
        await self.journal.write(show(conversation))

    async def stops(self, form: Form) -> None:
        """The person has closed the form, or sent the answer."""
        until = self.clocks.wall() + WRITING_SECONDS
        await self._stops(about(form), form.origin.person.id, until)

    async def writing_ends(self, attempt: Attempt) -> None:
        """The person has had the form open for long."""
        said = attempt.entry.payload
        await self._stops(
            ConversationId(said["conversation"]), UserId(said["person"]), said["until"]
        )

    async def _stops(self, conversation: ConversationId, person: UserId, until: float) -> None:
        if await self.answers.stop_writing(conversation, person, until):
            await self.journal.write(show(conversation))


def about(form: Form) -> ConversationId:
    assert form.conversation is not None
    return form.conversation


def where(form: Form) -> Origin:
    """The place of a person who answers. In a queue, they may be in no channel with the lead."""
    return replace(form.origin, listed=f"{QUEUE}.{form.queue}") if form.queue else form.origin


def _ends(conversation: ConversationId, person: Person, until: float) -> Entry:
    identity = f"{WRITING}:{conversation}:{person.id}:{until:.3f}"
    payload: dict[str, Any] = {"conversation": conversation, "person": person.id, "until": until}
    return Entry(identity, WRITING, identity, payload, not_before=until)


def _news(shown: Conversation, mails: Sequence[Mail]) -> str:
    """What has happened since the form was opened."""
    lead = phrase(shown.lead.label, NAME_LIMIT)
    if mails and mails[-1].ours:
        return f"We have written to {lead} since you opened the form: see above."
    return f"{lead} has written again since you opened the form: see above."
