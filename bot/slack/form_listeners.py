"""Bolt's listeners for forms: what opens them, their buttons, and what people send in them.

A decision is in the journal before its form is answered, so it may be sent twice and counts once.
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

from bot import acts, entries, home
from bot.acts import AskUntil, ById, Confirm, Decide, Open, Reply, Undo
from bot.errors import NotUnderstood
from bot.forms import Form, chosen_until, entered, unpacked, wanted
from bot.journal import Journal
from bot.later import until
from bot.later_entries import Wish, put_off
from bot.slack.api import mapping, text
from bot.slack.forms import Forms
from bot.slack.payloads import Sent, from_click, origin_of, sent
from bot.slack.queues import decision_in
from bot.triage import Change, Decision, DecisionId, DoNotContact, Origin, Revert, SetAiTag
from bot.views import form as views
from bot.views.reasons import SAY_WHY

log = logging.getLogger(__name__)

PASSED: Final = "This time has passed. Choose a later one."
SAVED: Final = "Your decision is saved. "

Ack = AsyncAck
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FormListeners:
    """`clock` is in seconds since the epoch."""

    journal: Journal
    forms: Forms
    clock: Callable[[], float] = time.time

    async def open(self, ack: Ack, body: Body) -> None:
        """A press on *Open*, on a card, in a list or in another form; the choice of what opens a
        form in a card's menu; or a press that needs a reason."""
        try:
            click = from_click(body, self.clock())
            origin = replace(click.origin, door="form")
            match acts.parse(click.value):
                case Open(reference):
                    form = replace(_round(body, origin), kind="open", conversation=reference.id)
                case AskUntil(reference):
                    form = replace(_round(body, origin), kind="later", conversation=reference.id)
                case Reply(ById() as reference):
                    form = replace(_round(body, origin), kind="reply", conversation=reference.id)
                    form = replace(form, stacked=_stacked(body))
                case Confirm(reference, decision):
                    form = Form("undo", origin, reference.id, decision=decision)
                case Undo(ById(identity), decision):
                    form = Form("undo", origin, identity, decision=decision)
                case Decide(ById(identity), SetAiTag(ai_tag)):
                    form = Form("why", origin, identity, warned=ai_tag)
                case _:
                    raise NotUnderstood("another button has the id of Open")
        except NotUnderstood as error:
            log.warning("a click was not understood: %s", error)
        else:
            # A form is stacked on another one, and Home is none.
            in_form = "view" in body and not home.at_home(origin)
            await self.forms.open(_trigger(body), form, push=in_form)
        await ack()

    async def shortcut_on_message(self, ack: Ack, body: Body) -> None:
        """The shortcut in the menu of any message.

        https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
        """
        try:
            origin = origin_of(body)
        except NotUnderstood as error:
            log.warning("a shortcut was not understood: %s", error)
        else:
            # Its response_url cannot change the message, nor answer in a thread.
            origin = replace(origin, door="form", response_url=None)
            if origin.thread:
                # Not the card itself.
                origin = replace(origin, message=None)
            await self.forms.open(_trigger(body), Form("choose", origin))
        await ack()

    async def shortcut(self, ack: Ack, body: Body) -> None:
        """The global shortcut: it has no channel."""
        try:
            origin = replace(origin_of(body), door="shortcut")
        except NotUnderstood as error:
            log.warning("a shortcut was not understood: %s", error)
        else:
            await self.forms.open(_trigger(body), Form("next", origin))
        await ack()

    async def press(self, ack: Ack, body: Body) -> None:
        """A button in a form that changes what it shows."""
        try:
            what = sent(body)
        except NotUnderstood as error:
            log.warning("a button in a form was not understood: %s", error)
            await ack()
            return
        form, number = what.form, int(what.value) if what.value.isdecimal() else 0
        if what.action.startswith(acts.MAIL):
            seen = Form("mail", form.origin, form.conversation, mail=number)
            await self.forms.open(_trigger(body), seen, push=True)
            await ack()
            return
        if what.action == acts.BAR and form.conversation is not None:
            await self._save(what, DoNotContact(), f"{what.digest}:{DoNotContact.verb}")
            form = replace(form, barred=True)
        await ack()
        if what.action.startswith(acts.PAGE):
            form = replace(form, page=number)
        elif what.action == acts.SKIP:
            form = replace(form, position=number + 1)
        self.forms.start(self.forms.fill(form, view_id=what.view_id))

    async def suggest(self, ack: Ack, body: Body) -> None:
        """The options for a field in which a person types: the known aiTags."""
        await ack(options=await self.forms.options(text(body.get("value"))))

    async def save(self, ack: Ack, body: Body) -> None:
        """The form with a whole conversation. It closes when the decision is saved; a queue below
        it goes on."""
        if (read := await self._read(ack, body)) is None:
            return
        what, change = read
        if change is None:
            await ack()
        elif await self._decided(ack, what, change):
            await ack()
            self._go_on(body, what.form)

    def _go_on(self, body: Body, form: Form) -> None:
        """Draws the queue below the form again, if there is one."""
        below = text(mapping(body.get("view")).get("previous_view_id"))
        if below and form.queue:
            form = replace(form, kind="next", conversation=None, seen=None)
            self.forms.start(self.forms.fill(form, view_id=below))

    async def put_off(self, ack: Ack, body: Body) -> None:
        """The form that asks until when. It closes when the time is saved; a queue below it goes on
        to the next conversation."""
        if (read := await self._read(ack, body)) is None:
            return
        (what, _), said = read, chosen_until(read[0].values)
        form = what.form
        assert form.conversation is not None
        if until(said, self.clock(), form.zone) is None:
            await ack(response_action="errors", errors={acts.DAY: PASSED})
            return
        origin = replace(form.origin, door="form")
        if form.queue:
            origin = replace(origin, listed=f"{acts.QUEUE}.{form.queue}")
        wish = Wish(form.conversation, said, origin, form.zone)
        await self.journal.write(put_off(f"form:{what.view_id}:{what.digest}", wish))
        await ack()
        self._go_on(body, replace(form, position=form.position + 1))

    async def take_back(self, ack: Ack, body: Body) -> None:
        """The form that asked before a decision is taken back."""
        if (read := await self._read(ack, body)) is None:
            return
        what, _ = read
        assert what.form.decision is not None
        if await self._saved(ack, what, Revert(what.form.decision)):
            await ack()

    async def because(self, ack: Ack, body: Body) -> None:
        """The form that asked why, before an aiTag is set that may send mail."""
        if (read := await self._read(ack, body)) is None:
            return
        what, _ = read
        assert what.form.warned is not None
        if await self._saved(ack, what, SetAiTag(what.form.warned)):
            await ack()

    async def wants_reason(self, body: Body) -> bool:
        """Whether a press needs a reason, so that it opens a form; a matcher of Bolt's."""
        try:
            act = acts.parse(from_click(body, self.clock()).value)
        except NotUnderstood:
            return False
        return await self.forms.wants_reason(act)

    async def forward(self, ack: Ack, body: Body) -> None:
        """The form with a queue. It shows the next conversation when the decision is saved; a
        person who changed nothing skips this one."""
        if (read := await self._read(ack, body)) is None:
            return
        (what, change), began = read, time.monotonic()
        form = replace(what.form, position=what.form.position + 1)
        # Beside the check of this one, since a person waits for both.
        decided = asyncio.Event()
        drawing = self.forms.start(self.forms.view(form, SAVED if change else "", decided))
        is_saved = False
        try:
            is_saved = change is None or await self._decided(ack, what, change)
        finally:
            if not is_saved:
                drawing.cancel()  # it would wait for the decision
        if not is_saved:
            return
        decided.set()
        view = await self.forms.answer(drawing, form, began)
        await ack(response_action="update", view=view)

    async def _read(self, ack: Ack, body: Body) -> tuple[Sent, Change | None] | None:
        """The input that the person sent, and the change; None if the form was answered because it
        makes no sense."""
        try:
            what = sent(body)
        except NotUnderstood as error:
            log.warning("a form was not understood: %s", error)
            await ack(response_action="update", view=views.sentence(str(error)))
            return None
        if what.form.seen is None:
            return what, None  # a form without fields
        try:
            return what, wanted(entered(what.values), what.form.seen)
        except NotUnderstood as error:
            key = f"{what.form.conversation}.{what.form.drawn}"
            errors = {views.field_id(acts.TAGS, key): str(error)}
            await ack(response_action="errors", errors=errors)
            return None

    async def _decided(self, ack: Ack, what: Sent, change: Change) -> bool:
        """Saves the decision, unless the person should know something first: then the form is
        answered with that."""
        form = what.form
        assert form.conversation is not None
        if (objection := await self.forms.objection(form, change)) is not None:
            await ack(response_action="update", view=objection)
            return False
        return await self._saved(ack, what, change)

    async def _saved(self, ack: Ack, what: Sent, change: Change) -> bool:
        """Saves the decision, unless a field asks for the reason and is empty: then the form is
        answered with that."""
        form, reason = what.form, entered(what.values).reason
        # A form with other fields needs none if the person has chosen something else.
        is_needed = form.seen is None or self.forms.sends(change)
        if reason == "" and is_needed:
            key = f"{form.conversation}.{form.drawn}" if form.seen else f"{form.conversation}"
            errors = {views.field_id(acts.REASON, key): SAY_WHY}
            await ack(response_action="errors", errors=errors)
            return False
        await self._save(what, change, what.digest, reason or "")
        return True

    async def _save(self, what: Sent, change: Change, digest: str, reason: str = "") -> None:
        """Saves a decision. `digest` tells it from others in the same form."""
        form = what.form
        assert form.conversation is not None
        origin = replace(form.origin, door="form")
        identity = DecisionId(f"form:{what.view_id}:{digest}")
        if form.queue:
            origin = replace(origin, listed=f"{acts.QUEUE}.{form.queue}")
            identity = decision_in(form.queue, form.conversation, digest)
        decision = Decision(
            identity, form.conversation, change, origin, self.clock(), form.seen, reason
        )
        await self.journal.write(entries.carry_out(decision))


def _round(body: Body, origin: Origin) -> Form:
    """The place in a queue from which a person opens a form; if there is none, only where they
    are."""
    form = Form("next", origin)
    with suppress(NotUnderstood):
        shown = unpacked(text(mapping(body.get("view")).get("private_metadata")), origin.person)
        if shown.kind == "next":
            return replace(form, queue=shown.queue, position=shown.position, total=shown.total)
    return form


def _stacked(body: Body) -> int:
    """How many forms there will be below one that is stacked on the form of this button."""
    view = mapping(body.get("view"))
    if not view:
        return 0
    below = text(view.get("previous_view_id"))
    return 1 if not below else 2


async def opens_form(body: Body) -> bool:
    """Whether the chosen option of a card's menu opens a form; a matcher of Bolt's."""
    try:
        return isinstance(acts.parse(from_click(body, 0.0).value), Open | Confirm | AskUntil)
    except NotUnderstood:
        return False


def _trigger(body: Mapping[str, Any]) -> str:
    return text(body.get("trigger_id"))
