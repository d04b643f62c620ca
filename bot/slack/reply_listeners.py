"""Bolt's listeners for the form of an answer to a lead: its fields, its preview, and *Send*.

Only a press on *Send* writes an answer into the journal, before it is acked. It has the identity of
the form and of the text, so that a double press is one answer.
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import acts, answer_entries
from bot.answers import Answer, AnswerId
from bot.errors import Later, NotAllowed, NotUnderstood
from bot.forms import Form, written
from bot.journal import Journal
from bot.slack.api import mapping
from bot.slack.forms import Forms
from bot.slack.payloads import Sent, from_click, sent
from bot.slack.reply_forms import ReplyForms, about, where
from bot.triage import Person
from bot.views import reply_form as views
from bot.views.answer import OFF
from bot.views.form import sentence
from bot.written import copies, digest, has_passed, wrong

log = logging.getLogger(__name__)

Ack = AsyncAck
Body = dict[str, Any]
UNKNOWN: Final = f"I don’t know this form. Close it. {acts.INSTEAD}"
NOT_SENT: Final = "I did not send it. Your text is kept."


@dataclass(frozen=True, slots=True)
class ReplyListeners:
    """`check_seconds` as in bot.slack.listeners; `clock` is in seconds since the epoch."""

    journal: Journal
    forms: Forms
    replies: ReplyForms
    check_seconds: float
    clock: Callable[[], float] = time.time

    async def typed(self, ack: Ack, body: Body) -> None:
        """Somebody types into a field: what they began is kept."""
        if (what := _understood(body)) is not None:
            at = from_click(body, self.clock()).at
            await self.replies.keep(what.form, written(what.values), at)
        await ack()

    async def closed(self, ack: Ack, body: Body) -> None:
        """Somebody closed the form or the preview. Slack may leave out what was in the fields.

        https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_closed
        """
        if (what := _understood(body)) is not None:
            if (said := written(what.values)).text:
                await self.replies.keep(what.form, said)
            self.forms.start(self.replies.stops(what.form))
        await ack()

    async def preview(self, ack: Ack, body: Body) -> None:
        """The form, before anything is sent."""
        what, began = await self._read(ack, body), time.monotonic()
        if what is None:
            return
        said, fields = written(what.values), _blocks(what.values)
        await self.replies.keep(what.form, said)
        if found := wrong(said, self.clock(), asks_reason=acts.REASON in fields):
            errors = {fields[name]: sentence for name, sentence in found.items()}
            await ack(response_action="errors", errors=errors)
            return
        form = replace(
            what.form, kind="preview", digest=digest(said), send_at=said.at, reason=said.reason
        )
        drawing = self.forms.start(self.forms.view(form))
        view = await self.forms.answer(drawing, form, began)
        await ack(response_action="update", view=view)

    async def change(self, ack: Ack, body: Body) -> None:
        """The button of a preview that goes back to the form."""
        await ack()
        if (what := _understood(body)) is not None:
            form = replace(what.form, kind="reply")
            self.forms.start(self.forms.fill(form, view_id=what.view_id))

    async def send(self, ack: Ack, body: Body) -> None:
        """The preview: its answer is sent."""
        what, began = await self._read(ack, body), time.monotonic()
        if what is None:
            return
        form, said = what.form, await self.replies.written(what.form)
        if not self.replies.choices.replies:
            await ack(response_action="update", view=sentence(OFF))
            return
        if digest(said) != form.digest or has_passed(said, self.clock()):
            # In place of the preview, the form is drawn, which says why.
            drawing = self.forms.start(self.forms.view(form))
            view = await self.forms.answer(drawing, form, began)
            await ack(response_action="update", view=view)
            return
        if (refusal := await self._refusal(form)) is not None:
            await ack(response_action="update", view=sentence(f"{refusal} {NOT_SENT}"))
            return
        answer = Answer(
            id=AnswerId(f"form:{what.view_id}:{form.digest}"),
            conversation=about(form),
            answered=form.answered,
            writer=await self._named(form.origin.person),
            text=said.text,
            origin=where(form),
            cc=tuple(copies(said)),
            send_at=float(said.at or 0),
            because=said.reason,
        )
        await self.journal.write(answer_entries.answer(answer))
        self.forms.start(self.replies.stops(form))
        if form.origin.card is not None and not form.queue:
            await ack()
            return
        shown = await self.replies.ledger.known(about(form))
        await ack(response_action="update", view=views.saved(shown))

    async def _refusal(self, form: Form) -> str | None:
        """Why the person may not answer. If Slack does not say in time, the bot asks it again
        before it sends anything."""
        try:
            async with asyncio.timeout(self.check_seconds):
                await self.replies.authorize(form)
        except NotAllowed as error:
            return str(error)
        except (Later, TimeoutError):
            log.info("Slack has not said yet whether the person may answer")
        return None

    async def _named(self, person: Person) -> Person:
        """The person with their name in the workspace, for the card, if Slack says it in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.check_seconds):
                return replace(person, handle=await self.replies.name_of(person))
        return person

    async def _read(self, ack: Ack, body: Body) -> Sent | None:
        """What the person sent; None if it was answered because it makes no sense."""
        if (what := _understood(body)) is None:
            await ack(response_action="update", view=sentence(UNKNOWN))
        return what


def _understood(body: Body) -> Sent | None:
    """What happened in the form; None if it is none of this version's."""
    try:
        what = sent(body)
    except NotUnderstood as error:
        log.warning("the form of an answer was not understood: %s", error)
        return None
    return what if what.form.conversation else None


def _blocks(values: Any) -> Mapping[str, str]:
    """The ids of the blocks with the fields, by the fields' action ids."""
    found = values if isinstance(values, Mapping) else {}
    return {name: block for block, fields in found.items() for name in mapping(fields)}
