"""Opens forms in Slack, fills them, and draws them again.

A form opens with a loading view, within the three seconds of its trigger, before anything else is
asked. A task fills it. A form may be lost: its loading view has a button to try again.
https://docs.slack.dev/surfaces/modals
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar
from uuid import uuid4

from bot import acts, entries, logs
from bot.acts import QUEUE, ById, Decide, Next, Open, Pressed, TagNamed, Undo
from bot.changes import is_overtaken
from bot.errors import (
    DatabaseTrouble,
    Later,
    NotAllowed,
    NotUnderstood,
    Refused,
    SlackDown,
    SlackRefused,
    TriageError,
    UnknownRefusal,
    WrongChannel,
)
from bot.filters import from_text
from bot.forms import TAGS_ROOM, Form, packed, seen, spelled
from bot.journal import Entry, Journal
from bot.later import choices
from bot.opt_outs import objection
from bot.ports import Authorizer
from bot.reasons import asks_why, sent_by
from bot.sendkit.ai_tags import AiTags
from bot.sendkit.client import SendKit
from bot.slack.api import SlackApi, mapping, text
from bot.slack.queues import Queue, Queues
from bot.store.channels import is_news, stamp
from bot.store.ledger import Ledger
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing
from bot.triage import (
    AiTag,
    Change,
    Conversation,
    ConversationId,
    Decision,
    DecisionId,
    Mail,
    MessageTs,
    Origin,
    Place,
    Revert,
    SetAiTag,
    single,
)
from bot.undo import Undo as Undoing
from bot.views import form as views
from bot.views import later_form as later_views
from bot.views import queue as queue_views
from bot.views.form import Fields, View
from bot.views.line import overtaken
from bot.views.menu import matching
from bot.views.message import NAME_LIMIT, phrase
from bot.views.palette import Palette, warning
from bot.views.reasons import ASKS, SAY_WHY, asking_why

log = logging.getLogger(__name__)

T = TypeVar("T")

NOT_A_CARD: Final = (
    "This message is not one of my cards. Use the shortcut on a card, or on a message in its "
    f"thread. To go through all unread replies, type {acts.COMMAND} next."
)
BARRING: Final = "Do not contact: your decision is saved. You’ll see the result in the thread."
# After the last conversation of any queue.
END: Final = 10**6
# Seconds before each further attempt to send a view.
PAUSES: Final = (0.3, 0.6, 1.2, 2.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """`choices`: which aiTags are confirmed, and the address of a conversation in SendKit.
    `zone_of` as in bot.laters. `reply` draws the form of an answer."""

    api: SlackApi
    journal: Journal
    inbox: SendKit
    ledger: Ledger
    authorizer: Authorizer
    ai_tags: AiTags
    queues: Queues
    choices: Palette
    undo: Undoing
    zone_of: Callable[[Origin], Awaitable[str]]
    reply: Callable[[Form], Awaitable[View]]
    clocks: Clocks = CLOCKS
    timing: Timing = DEFAULT
    _tasks: "set[asyncio.Task[Any]]" = field(default_factory=set, init=False)

    async def stop(self) -> None:
        """Ends the tasks that still fill forms."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Does this beside everything else, until the bot stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a form was not filled", exc_info=error)

    async def open(self, trigger: str, form: Form, *, push: bool = False) -> None:
        """Opens the form, or stacks it on the one that the trigger came from. Returns when Slack
        has opened it, or when the listener has to answer; a task fills it."""
        opened = asyncio.Event()
        self.start(self._open(trigger, form, opened, "views.push" if push else "views.open"))
        try:
            async with asyncio.timeout(self.timing.form):
                await opened.wait()
        except TimeoutError:
            log.info("Slack takes long to open a form")

    async def _open(self, trigger: str, form: Form, opened: asyncio.Event, method: str) -> None:
        shown = views.loading(packed(form))
        try:
            answer = await self.api.call(method, trigger_id=trigger, view=shown)
        except (SlackDown, SlackRefused) as error:
            log.warning("a form was not opened: %s", error.error or error)
            sentence = f"{_as_sentence(error)} The form did not open: please try again."
            identity = f"form:{uuid4().hex}"
            await self.journal.write(entries.hint(identity, sentence, form.origin))
        else:
            opened.set()
            await self.fill(form, view_id=text(mapping(answer.get("view")).get("id")))
        finally:
            opened.set()

    async def fill(self, form: Form, **which: str) -> None:
        """Shows the form's content in the view with this `view_id` or `external_id`. A queue shows
        a loading view while that takes long; another form would lose what was typed."""
        drawing = self.start(self.view(form))
        if form.kind == "next":
            await asyncio.wait({drawing}, timeout=self.timing.form)
            if not drawing.done():
                # With its external_id, so that the next update finds it too.
                named = {name: each for name, each in which.items() if name == "external_id"}
                await self._update({**views.loading(packed(form)), **named}, **which)
        await self._update(await drawing, **which)

    async def _update(self, view: View, **which: str) -> None:
        pauses = iter(PAUSES)
        while True:
            pause = next(pauses, None)
            try:
                await self.api.call("views.update", view=view, **which)
            except (SlackRefused, UnknownRefusal) as error:
                # The view that answers a submission may not be there yet.
                if "external_id" not in which or error.error != "not_found" or pause is None:
                    log.info("a form was not updated: %s", error.error)
                    return
            except SlackDown as error:
                if pause is None:
                    log.warning("a form was not updated: %s", error)
                    return
            else:
                return
            await self.clocks.sleep(pause)

    async def answer(self, drawing: "asyncio.Task[View]", form: Form, began: float) -> View:
        """The answer to a submission: what the form shows next, or a loading view if SendKit takes
        too long. Then a task follows with an update. Slack would lose one that came before the
        answer, so the loading view has an external_id, by which the update finds it.

        `drawing` is a task for the form's `view`. `began`: of the submission, by a clock that never
        goes back.
        """
        left = self.timing.form - (self.clocks.monotonic() - began)
        await asyncio.wait({drawing}, timeout=max(left, 0.0))
        if drawing.done():
            return drawing.result()
        once = uuid4().hex
        self.start(self._show(drawing, external_id=once))
        return {**views.loading(packed(form)), "external_id": once}

    async def _show(self, drawing: "asyncio.Task[View]", **which: str) -> None:
        await self._update(await drawing, **which)

    async def options(self, typed: str) -> list[View]:
        """The options of a search among the known aiTags. SendKit may take longer than the three
        seconds that Slack waits."""
        meanings = await self.ai_tags.meanings()
        return [dict(each) for each in views.suggestions(meanings, matching(meanings, typed))]

    async def redraw(self, origin: Origin) -> bool:
        """Whether the end of a queue shows what came of a decision. It is drawn again if it was
        shown before: somebody pressed a button there, or a decision was still to be carried
        out."""
        match origin.listed.split("."):
            case [listed, key, *is_end] if listed == QUEUE:
                if is_end or await self.queues.has_ended(key):
                    form = Form("next", origin, queue=key, position=END)
                    self.start(self.fill(form, external_id=f"{QUEUE}.{key}"))
                return True
            case _:
                return False

    async def view(
        self, form: Form, before: str = "", decided: asyncio.Event | None = None
    ) -> View:
        """The view of the form now: its content, or a sentence that says why it cannot, with words
        `before` it. The end of a queue waits until the last decision is saved, if `decided` says
        so."""
        try:
            return await self._content(form, decided)
        except TriageError as error:
            return _refused(form, error, before)

    async def _content(self, form: Form, decided: asyncio.Event | None) -> View:
        match form:
            case Form(kind="next", queue=""):
                await self.authorizer.authorize(form.origin, Next(from_text(form.filters)))
                queue = await self.queues.begin(form.origin.channel, form.filters)
                return await self._next(replace(form, queue=queue.key, filters=""), queue, decided)
            case Form(kind="next"):
                await self._authorize(form)
                return await self._next(form, await self.queues.kept(form.queue), decided)
            case Form(kind="later"):
                await self._authorize(form)
                return await self._until(form)
            case Form(kind="why"):
                return await self._asked_why(form)
            case Form(kind="reply" | "preview"):
                return await self.reply(form)
            case Form(kind="undo"):
                return await self._asked_back(form)
            case Form(kind="choose", origin=origin):
                await self._authorize(form)
                place = Place(origin.channel, origin.thread or origin.message or MessageTs(""))
                known = [await self.ledger.known(each) for each in await self.ledger.at(place)]
                if not known:
                    raise NotUnderstood(NOT_A_CARD)
                if len(known) > 1:
                    return views.choice(known, packed(form))
                return await self._whole(replace(form, kind="open", conversation=known[0].id))
            case _:
                await self._authorize(form)
                return await self._whole(form)

    async def _until(self, form: Form) -> View:
        """Asks until when the conversation is put off."""
        assert form.conversation is not None
        shown, zone = await self.ledger.known(form.conversation), await self.zone_of(form.origin)
        offered = choices(self.clocks.wall(), zone)
        return later_views.ask(shown, offered, zone, packed(replace(form, zone=zone)))

    async def _asked_why(self, form: Form) -> View:
        """Asks why, before an aiTag that may send mail is set."""
        assert form.conversation is not None
        assert form.warned is not None
        wanted = SetAiTag(form.warned)
        await self.authorizer.authorize(form.origin, Decide(ById(form.conversation), wanted))
        shown = await self.ledger.known(form.conversation)
        return asking_why(shown, form.warned, packed(form))

    def sends(self, change: Change) -> bool:
        """Whether the change sets an aiTag that may send mail."""
        return sent_by(change, self.choices.confirmed) is not None

    async def wants_reason(self, act: Pressed) -> bool:
        """Whether the act is a decision that needs a reason, so that a form has to ask for it."""
        confirmed, identity, sets = self.choices.confirmed, ConversationId(""), None
        match act:
            case Decide(ById(identity), change) if not isinstance(change, TagNamed):
                sets = sent_by(change, confirmed)
            case Undo(ById(identity), decision) if decision is not None:
                sets = await self.undo.asks_before(decision)
        return sets is not None and objection(await self.ledger.known(identity))

    async def _asked_back(self, form: Form) -> View:
        """Asks before a decision is taken back, or says why it cannot be."""
        assert form.conversation is not None
        assert form.decision is not None
        wanted = Revert(form.decision)
        decision = Decision(
            DecisionId(""), form.conversation, wanted, form.origin, self.clocks.wall()
        )
        await self.authorizer.authorize(form.origin, Decide(ById(form.conversation), wanted))
        change, undone = await self.undo.understood(decision, wanted)
        shown, sets = await self.ledger.known(form.conversation), _set_by(change)
        warned = warning(sets, self.choices.confirmed) if sets else ""
        why = asks_why(shown, change, self.choices.confirmed) is not None
        return views.take_back(shown, undone.outcome, warned, packed(form), asks_why=why)

    async def _authorize(self, form: Form) -> None:
        conversation = form.conversation or ConversationId("")
        listed = f"{QUEUE}.{form.queue}" if form.queue else form.origin.listed
        origin = replace(form.origin, door="form", listed=listed)
        await self.authorizer.authorize(origin, Open(ById(conversation)))

    async def _whole(self, form: Form) -> View:
        assert form.conversation is not None
        shown, mails = await self.inbox.thread(form.conversation)
        if form.kind == "mail":
            if not 0 <= form.mail < len(mails):
                raise NotUnderstood("SendKit no longer has this email.")
            return views.mail(shown, mails[form.mail], packed(form), page=form.page)
        first = form.seen or seen(shown)
        return await self.drawn(replace(form, seen=first), shown, mails)

    async def _next(self, form: Form, queue: Queue, decided: asyncio.Event | None) -> View:
        position, shown = await self.queues.following(queue, form.position)
        form = Form("next", form.origin, queue=queue.key, position=position, total=len(queue.ids))
        if shown is not None:
            form = replace(form, conversation=shown.id, seen=seen(shown))
            return await self.drawn(form, shown, ())
        if decided is not None:
            await decided.wait()
        # Before it is counted, since a decision may be carried out meanwhile.
        await self.queues.end(queue)
        tally = await self.queues.tally(queue, form.origin.person.id)
        view = queue_views.done(tally, packed(form), self.choices.confirmed)
        return {**view, "external_id": f"{QUEUE}.{queue.key}"}

    async def drawn(
        self,
        form: Form,
        shown: Conversation,
        mails: Sequence[Mail],
        *,
        after: Conversation | None = None,
        notice: str = "",
    ) -> View:
        """The form with these facts. Its fields show the conversation as the person saw it first,
        or `after` their change."""
        fields = None
        if form.seen is not None:
            first = form.seen
            now = after or replace(shown, ai_tag=first.ai_tag, tags=first.tags, unread=first.unread)
            is_queue = form.kind == "next"
            fields = Fields(
                ai_tags=await self.ai_tags.offered(),
                ai_tag=now.ai_tag,
                read=None if is_queue and after is None else not now.unread,
                tags=spelled(now.tags) if len(spelled(shown.tags)) <= TAGS_ROOM else None,
                key=f"{shown.id}.{form.drawn}",
                focused=is_queue,
                asks_why=form.warned is not None and objection(shown),
            )
        metadata, url = packed(form), self.choices.link(shown.id)
        card = await self.ledger.card(shown)
        barred = card.barred or form.barred
        if form.barred and card.barred is None:
            notice = f"{BARRING} {notice}".rstrip()
        if form.kind == "next":
            return queue_views.one(
                shown,
                fields,
                metadata,
                position=form.position,
                total=form.total,
                notice=notice,
                url=url,
                owner=card.owner,
                barred=barred,
                replies=self.choices.replies,
            )
        return views.conversation(
            shown,
            mails,
            fields,
            metadata,
            page=form.page,
            notice=notice,
            url=url,
            owner=card.owner,
            barred=barred,
            replies=self.choices.replies,
        )

    async def objection(self, form: Form, change: Change) -> View | None:
        """The form again, with what the person should know before they save the change: what
        happened since they opened it, or what the aiTag brings about. If SendKit does not say in
        time, that waits until the decision is carried out."""
        assert form.conversation is not None
        assert form.seen is not None
        mails: Sequence[Mail] = ()
        try:
            async with asyncio.timeout(self.timing.form / 2):
                now, mails = await self.inbox.thread(form.conversation)
        except (Later, Refused, TimeoutError):
            first, known = form.seen, await self.ledger.known(form.conversation)
            now = replace(known, ai_tag=first.ai_tag, tags=first.tags, unread=first.unread)
            now = replace(now, replied_at=first.replied_at)
            mails = (Mail(ours=False, sender="", at=None, words=known.words),)
        said, again = [], "Next" if form.kind == "next" else "Save"
        if form.seen.replied_at and is_news(stamp(now), form.seen.replied_at):
            who = phrase(now.lead.label, NAME_LIMIT)
            said.append(f"{who} has written again since you opened the form: see above.")
        if is_overtaken(change, form.seen, now):
            said.append(overtaken(now, await self.ledger.outcome(now.id)))
        warned = _set_by(change)
        if warned and warned != form.warned:
            said += filter(None, [warning(warned, self.choices.confirmed)])
        if not said:
            return None
        if asks_why(now, change, self.choices.confirmed) is not None:
            said.append(f"{phrase(now.lead.label, NAME_LIMIT)} {ASKS}. {SAY_WHY}")
        asked = replace(form, seen=seen(now), drawn=form.drawn + 1, warned=warned)
        notice = f"{' '.join(said)} Press {again} once more to save your choice all the same."
        return await self.drawn(asked, now, mails, after=change.after(now), notice=notice)


def _set_by(change: Change) -> AiTag | None:
    """The aiTag that the change sets."""
    return next((each.ai_tag for each in single(change) if isinstance(each, SetAiTag)), None)


def _refused(form: Form, error: TriageError, before: str) -> View:
    """The sentence, with a reference that is also in the log if something went wrong."""
    if isinstance(error, NotUnderstood):
        return views.sentence(f"{before}{error}")
    reference = Entry(f"form:{uuid4().hex}", "", "", {}).reference
    with logs.about(reference):
        log.warning("a form was not shown: %s", type(error).__name__)
    passes = isinstance(error, Later | DatabaseTrouble)
    channel = error.instead if isinstance(error, WrongChannel) else ""
    # A decision without permission is refused, too.
    said = "" if isinstance(error, NotAllowed) else before
    said = f"{said}{_as_sentence(error)} ({reference})"
    return views.sentence(said, packed(form) if passes else "", channel)


def _as_sentence(error: TriageError) -> str:
    return f"{error}." if isinstance(error, Later) else str(error)
