"""Bolt's listeners. Each writes what a person did into the journal before it acks, so an ack means
that the entry is durable."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot import acts, entries, logs
from bot.acts import (
    PLAIN,
    Act,
    Back,
    ByEmail,
    ById,
    ByLink,
    Choose,
    Decide,
    Examine,
    Give,
    Help,
    Next,
    PutOff,
    Reference,
    Release,
    Reply,
    Show,
    TagNamed,
    Take,
    Undo,
    Why,
)
from bot.errors import Later, NotAllowed, NotUnderstood, TriageError, WrongChannel
from bot.forms import FILTERS_LIMIT, Form
from bot.journal import Entry, Journal
from bot.permissions import NOT_A_MEMBER
from bot.ports import Authorizer
from bot.sendkit.ai_tags import AiTags
from bot.slack.grammar import WHICH_CARD, about, from_text, offered
from bot.slack.payloads import (
    Gesture,
    from_click,
    from_command,
    from_message,
    from_reaction,
    origin_of,
)
from bot.slack.understanding import or_ai_tag, understood
from bot.store.ledger import Ledger
from bot.text import folded
from bot.triage import Change, Conversation, Decision, DecisionId, Origin, Revert, SetAiTag
from bot.views import Message, usage
from bot.views.answer import OFF
from bot.views.card import palette, suggestions
from bot.views.message import message

log = logging.getLogger(__name__)

# The form of Slack's payload types. Other values stay out of the log.
_TYPE: Final = re.compile(r"[a-z_]{1,40}")

# What can be asked for about one conversation beside a decision.
_ON_ONE = Take | Release | Give | PutOff | Back

# How many of the newest leads an answer can name.
LEADS: Final = 200

Ack = AsyncAck


@dataclass(frozen=True, slots=True)
class Listeners:
    """Each listener writes at most one entry. `check_seconds` is how long a command waits for Slack
    to say whether the person may use it. `open_form` takes a trigger_id. `emoji` and `replies`
    as in bot.settings."""

    journal: Journal
    ledger: Ledger
    authorizer: Authorizer
    ai_tags: AiTags
    check_seconds: float
    open_form: Callable[[str, Form], Awaitable[None]]
    emoji: Mapping[str, str] = field(default_factory=dict)
    replies: bool = False
    clock: Callable[[], float] = time.time

    async def press(self, ack: Ack, body: dict[str, Any]) -> None:
        """A press on a button or a menu, also of an older version of the bot."""
        try:
            click = from_click(body, self.clock())
        except NotUnderstood as error:
            log.warning("a click was not understood: %s", error)
        else:
            if (entry := _entry(click)) is not None:
                await self.journal.write(entry)
        await ack()

    async def suggest(self, ack: Ack, body: dict[str, Any]) -> None:
        """The options for a menu in which a person types: the known aiTags. SendKit may take longer
        than the three seconds that Slack waits.

        https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
        """
        try:
            conversation = acts.conversation_of(str(body.get("block_id")))
        except NotUnderstood as error:
            log.warning("a menu was not understood: %s", error)
            await ack(options=[])
        else:
            typed = str(body.get("value") or "")
            offered = suggestions(conversation, await self.ai_tags.known(), typed)
            await ack(options=[dict(each) for each in offered])

    async def command(self, ack: Ack, body: dict[str, Any]) -> None:
        """/sendkit, or the name that the workspace gave it."""
        name, said = str(body.get("command")), from_command(body, self.clock())
        try:
            act = from_text(said.value)
            if isinstance(act, Help):
                verbs = offered(replies=self.replies)
                await _answer(ack, usage.commands(name, verbs, self.emoji))
                return
            if isinstance(act, Next):
                form = Form("next", said.origin, filters=str(act.filters))
                if len(form.filters) > FILTERS_LIMIT:
                    raise NotUnderstood("These filters are too long. Leave some out.")
                await self.open_form(str(body.get("trigger_id")), form)
                await ack()
                return
            if isinstance(act, Reply) and await self._opened(act, said, body):
                await ack()
                return
            entry, sentence = await self._taken(act, said)
        except NotUnderstood as error:
            await _answer(ack, _message(f"{error} See {acts.COMMAND} help.", name))
            return
        except NotAllowed as error:
            await _answer(ack, _refused(error, said.identity))
            return
        if not await self.journal.write(entry):
            # Without a dedup key, it is one command that Slack sent twice.
            sentence = usage.REPEATED if entry.dedup_key is not None else None
        elif entry.kind == entries.TYPED and entry.dedup_key is not None:
            # While SendKit is busy, the one before it may wait for long.
            sentence = usage.BEHIND if await self.ledger.is_behind(entry.id) else None
        if sentence is not None:
            await _answer(ack, _message(sentence, name))
        else:
            await ack()

    async def _opened(self, act: Reply, said: Gesture, body: Mapping[str, Any]) -> bool:
        """Opens the form of an answer, if the bot knows which conversation is meant. SendKit may
        take longer than Slack lets a form open."""
        if not self.replies:
            raise NotUnderstood(OFF)
        seen = await self._seen(act.reference) if act.reference else ()
        if len(seen) != 1:
            return False
        form = Form("reply", said.origin, seen[0].id)
        await self.open_form(str(body.get("trigger_id")), form)
        return True

    async def said(self, ack: Ack, body: dict[str, Any]) -> None:
        """A mention, or a direct message: a command without its name. All answers come later."""
        if (said := from_message(body, self.clock())) is not None:
            entry, sentence = entries.question(said.identity, said.value, said.origin), None
            with suppress(NotUnderstood, NotAllowed):  # the question's answer says why
                entry, sentence = await self._taken(from_text(said.value), said)
            if sentence is not None and entries.is_unknown(entry):
                entry = entries.untold(entry, sentence)
            await self.journal.write(entry)
        await ack()

    async def _taken(self, act: Act, said: Gesture) -> tuple[Entry, str | None]:
        """The entry for a command, and the immediate answer, if one is certain without a call to
        SendKit. NotAllowed if the person may not use the command."""
        identity, words, origin = said.identity, said.value, said.origin
        question = entries.question(identity, words, origin)
        here = origin.mentioned_at
        if act == Why() and here is None:
            raise NotUnderstood(WHICH_CARD)
        try:
            may = await self._may(act, origin)
        except WrongChannel:
            # The channel's subscription may still be open: the answer comes after it.
            return question, None
        if isinstance(act, Examine):
            return question, usage.EXAMINING if may else None
        if isinstance(act, Decide | Choose | PutOff) and may:
            try:
                act = await self._understood(act)
            except NotUnderstood as error:
                return entries.unknown_ai_tag(identity, words, origin), str(error)
        if here and await self.ledger.at(here):
            act = about(act, ByLink(here))
        if isinstance(act, Undo):
            # It follows what the same person typed before, since that may be what it takes back.
            return entries.command(identity, words, origin), None
        if not isinstance(act, Decide | Show | _ON_ONE) or act.reference is None:
            return question, None
        seen = await self._seen(act.reference)
        if len(seen) == 1:
            act = replace(act, reference=ById(seen[0].id))
        entry = entries.asked(identity, act, origin, said.at)
        if isinstance(act, Show | _ON_ONE):
            return entry or question, None
        if entry is None or isinstance(act.wish, TagNamed):
            return entries.command(identity, words, origin), None
        return entry, usage.underway(act.wish, seen[0].lead.label) if may and seen else None

    async def _may(self, act: Act, origin: Origin) -> bool:
        """Whether Slack confirms in time that the person may do this. NotAllowed if they may not.
        Before anything is done, Slack is asked again."""
        try:
            async with asyncio.timeout(self.check_seconds):
                await self.authorizer.authorize(origin, act)
        except (Later, TimeoutError):
            return False
        return True

    async def _understood(self, act: Decide | Choose | PutOff) -> Decide | Choose | PutOff:
        """The act with the workspace's own aiTag, if aiTags are known. NotUnderstood if it is none
        of them."""
        if not (known := await self.ai_tags.known()):
            return act
        if isinstance(act, PutOff):
            return or_ai_tag(act, known)
        try:
            return understood(act, known)
        except NotUnderstood:
            leads = [each.lead for each in await self.ledger.newest(LEADS)]
            return understood(act, await self.ai_tags.known(again=True), leads)

    async def _seen(self, reference: Reference) -> Sequence[Conversation]:
        """The conversations that the person may mean, among those that the bot has seen."""
        match reference:
            case ById(identity):
                return list(filter(None, [await self.ledger.conversation(identity)]))
            case ByEmail(email):
                return await self.ledger.by_email(email)
            case ByLink(place):
                return [await self.ledger.known(each) for each in await self.ledger.at(place)]
            case _:
                return []

    async def unknown(self, ack: Ack, body: dict[str, Any]) -> None:
        """A shortcut or a form that this version does not have."""
        try:
            origin = origin_of(body)
        except NotUnderstood as error:
            log.warning("an interaction was not understood: %s", error)
        else:
            identity = f"unknown:{body.get('trigger_id') or uuid4().hex}"
            sentence = f"I don’t know this one. {acts.INSTEAD}"
            await self.journal.write(entries.tell(identity, sentence, origin))
        await ack()

    async def reacted(self, ack: Ack, body: dict[str, Any]) -> None:
        """A reaction that is a decision, if EMOJI gives it a meaning and it is on a card; or one
        that is taken away, which takes back what that person decided with it."""
        reaction = from_reaction(body, self.clock())
        if reaction is not None and (meaning := self.emoji.get(reaction.value)):
            entry = await self._reacted(reaction, meaning)
            if entry is not None:
                await self.journal.write(entry)
        await ack()

    async def _reacted(self, reaction: Gesture, meaning: str) -> Entry | None:
        """The entry for a reaction; None if it is not on a card, or a program's."""
        origin, place = reaction.origin, reaction.origin.card
        assert place is not None  # it is on a message
        found = await self.ledger.at(place)
        identity, is_removed = (
            DecisionId(reaction.identity),
            reaction.identity.startswith(entries.UNREACTED),
        )
        if not found or (is_removed and len(found) > 1):
            return None
        if len(found) > 1:
            several = f"several:{place.channel}:{place.ts}:{origin.person.id}"
            return entries.hint(several, usage.SEVERAL_LEADS, origin)
        conversation = found[0]
        if is_removed:
            change: Change = Revert(entries.opposite(identity))
            return entries.carry_out(Decision(identity, conversation, change, origin, reaction.at))
        known = await self.ai_tags.known()
        change = PLAIN.get(folded(meaning)) or SetAiTag(palette(known, [meaning]).quick[0])
        try:
            await self._may(Decide(ById(conversation), change), origin)
        except NotAllowed as error:
            if str(error) == NOT_A_MEMBER:
                return None
            # Once a day, since people who may not decide rarely mean a decision.
            once = f"reacted:{origin.person.id}:{int(reaction.at // 86_400)}"
            return entries.tell(once, f"{usage.EMOJI_DECIDES} {error}", origin)
        return entries.carry_out(Decision(identity, conversation, change, origin, reaction.at))

    async def ignore(self, ack: Ack) -> None:
        """An event that the bot does not use, such as an edited message."""
        await ack()


async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Handles all other errors. With a status other than 200, Slack tells the person that it
    failed."""
    if isinstance(error, BoltUnhandledRequestError):
        kind = body.get("type")
        known = isinstance(kind, str) and _TYPE.fullmatch(kind)
        log.warning("ignored a payload of type %s", kind if known else "unknown")
        return BoltResponse(status=200)
    foreseen = isinstance(error, TriageError)
    log.error("not acknowledged: %s", error, exc_info=None if foreseen else error)
    return BoltResponse(status=500)


def _refused(error: NotAllowed, identity: str) -> Message:
    """The refusal, with a reference that is also in the log."""
    reference = Entry(identity, entries.TYPED, "", {}).reference
    with logs.about(reference):
        log.warning("a command was refused: %s", type(error).__name__)
    return message(f"{error} ({reference})")


async def _answer(ack: Ack, view: Message) -> None:
    await ack(view.text, blocks=[dict(block) for block in view.blocks])


def _message(sentence: str, name: str) -> Message:
    """The sentence, with the command's name in this workspace."""
    return message(sentence.replace(acts.COMMAND, name))


def _entry(click: Gesture) -> Entry | None:
    """None if there is nothing to do."""
    try:
        act = acts.parse(click.value)
    except NotUnderstood as error:
        return entries.tell(click.identity, str(error), click.origin)
    return entries.asked(click.identity, act, click.origin, click.at)
