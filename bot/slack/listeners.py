"""The listeners: whatever people do ends here, is written into the journal, and only then
acknowledged. So an ack means that it is written down."""

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot import acts, entries
from bot.errors import NotUnderstood, TriageError
from bot.journal import Entry, Journal
from bot.sendkit.ai_tags import AiTags
from bot.slack.api import mapping, text
from bot.slack.authorizer import Admission
from bot.slack.commands import (
    Asked,
    ByEmail,
    ById,
    Choose,
    Decide,
    Examine,
    Help,
    Reference,
    TagNamed,
    ai_tag,
    as_typed,
    from_text,
    named,
)
from bot.slack.payloads import Click, from_click, origin_of
from bot.store.ledger import Ledger
from bot.triage import (
    Change,
    ChannelId,
    ConversationId,
    Decision,
    DecisionId,
    Origin,
    Person,
    SetAiTag,
    UserId,
    is_direct,
)
from bot.views import Message, usage
from bot.views.card import suggestions
from bot.views.message import message

log = logging.getLogger(__name__)

# What Slack names its payloads; anything else is not for the log.
_TYPE: Final = re.compile(r"[a-z_]{1,40}")

Ack = AsyncAck
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Bolt's listeners; each writes at most one entry."""

    journal: Journal
    ledger: Ledger
    admission: Admission
    ai_tags: AiTags
    clock: Callable[[], float] = time.time

    async def click(self, ack: Ack, body: dict[str, Any]) -> None:
        """A button or a menu, of this version of the bot or of any before it."""
        try:
            click = from_click(body, self.clock())
        except NotUnderstood as error:
            log.warning("a click was not understood: %s", error)
        else:
            await self.journal.write(_entry(click))
        await ack()

    async def suggest(self, ack: Ack, body: dict[str, Any]) -> None:
        """The options of a menu that is searched, from the aiTags that are known: SendKit may need
        longer than the three seconds that Slack waits.

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
        """/sendkit, under whatever name the workspace gave it."""
        name, text = str(body.get("command")), str(body.get("text") or "")
        try:
            command = from_text(text)
        except NotUnderstood as error:
            await _answer(ack, _message(f"{error} See {acts.COMMAND} help.", name))
            return
        if isinstance(command, Help):
            await _answer(ack, usage.commands(name))
            return
        identity = f"command:{body.get('trigger_id') or uuid4().hex}"
        entry, sentence = await self._taken(command, text, identity, _origin_of_command(body))
        await self.journal.write(entry)
        if sentence is None:
            await ack()
        else:
            await _answer(ack, _message(sentence, name))

    async def _taken(
        self, command: Asked, text: str, identity: str, origin: Origin
    ) -> tuple[Entry, str | None]:
        """What is written down of a command, and what is answered at once: only what is certain
        without a call to SendKit."""
        entry = entries.question(identity, text, origin)
        if await self.admission.foresees_refusal(origin):
            return entry, None
        if isinstance(command, Examine):
            return entry, usage.EXAMINING
        try:
            if isinstance(command, Decide):
                return await self._decided(command, text, identity, origin)
            if isinstance(command, Choose):
                await self._change(command.wish, None, origin)
        except NotUnderstood as error:
            return entries.unknown_ai_tag(identity, text, origin), str(error)
        return entry, None

    async def _decided(
        self, command: Decide, text: str, identity: str, origin: Origin
    ) -> tuple[Entry, str]:
        reference, wish = command.reference, command.wish
        change = await self._change(wish, reference, origin)
        seen = await self._seen(reference)
        likely = reference.id if isinstance(reference, ById) else _only(seen)
        entry = entries.command(identity, text, origin)
        if likely is not None:
            entry = entries.typed(identity, text, origin, likely, change or as_typed(wish))
        if isinstance(wish, TagNamed) and change is None:
            return entry, usage.looking(f"the aiTag “{wish.words}”")
        # In a direct message only Slack knows whether they may.
        if change is None or len(seen) != 1 or is_direct(origin.channel):
            return entry, usage.looking(named(reference))
        return entry, usage.underway(change, named(reference))

    async def _change(
        self, wish: Change | TagNamed | None, reference: Reference | None, origin: Origin
    ) -> Change | None:
        """The change that is wanted; None where that is not certain yet. NotUnderstood where the
        aiTags are known, and it is none of them."""
        if not isinstance(wish, TagNamed):
            return wish
        known = await self.ai_tags.known()
        # The answer to a typo names aiTags.
        if not known or not await self.admission.sees_cards(origin):
            return None
        try:
            return SetAiTag(ai_tag(wish, known, reference))
        except NotUnderstood:
            again = await self.ai_tags.known(again=True)
            return SetAiTag(ai_tag(wish, again, reference))

    async def _seen(self, reference: Reference) -> Sequence[ConversationId]:
        """Which conversations that the bot has seen are meant."""
        match reference:
            case ById(identity):
                known = await self.ledger.conversation(identity)
                return [] if known is None else [identity]
            case ByEmail(email):
                return [each.id for each in await self.ledger.by_email(email)]
            case _:
                return await self.ledger.at(reference.place)

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

    async def event(self, ack: Ack, body: dict[str, Any]) -> None:
        """A message in the bot's own direct message is answered with what can be done; no other
        event is what this bot lives on.

        https://docs.slack.dev/reference/events/message.im
        """
        event = mapping(body.get("event"))
        user, ts = text(event.get("user")), text(event.get("ts"))
        is_message = (event.get("type"), event.get("channel_type")) == ("message", "im")
        # What is edited or deleted has a subtype, and so has what no person wrote.
        is_said = event.get("subtype") in (None, "file_share") and not event.get("bot_id")
        if is_message and is_said and user and ts:
            origin = Origin(ChannelId(user), Person(UserId(user), "Somebody"))
            identity = f"said:{text(event.get('channel'))}:{ts}"
            await self.journal.write(entries.hint(identity, usage.HELLO, origin))
        await ack()


async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Bolt's last resort. A status other than 200 makes Slack tell the person that it failed."""
    if isinstance(error, BoltUnhandledRequestError):
        kind = body.get("type")
        known = isinstance(kind, str) and _TYPE.fullmatch(kind)
        log.warning("ignored a payload of type %s", kind if known else "unknown")
        return BoltResponse(status=200)
    foreseen = isinstance(error, TriageError)
    log.error("not acknowledged: %s", error, exc_info=None if foreseen else error)
    return BoltResponse(status=500)


async def _answer(ack: Ack, view: Message) -> None:
    await ack(view.text, blocks=[dict(block) for block in view.blocks])


def _message(sentence: str, name: str) -> Message:
    """`name` is what the workspace calls the bot's command."""
    return message(sentence.replace(acts.COMMAND, name))


def _only(found: Sequence[ConversationId]) -> ConversationId | None:
    return found[0] if len(found) == 1 else None


def _entry(click: Click) -> Entry:
    try:
        conversation, choice = acts.parse(click.value)
    except NotUnderstood as error:
        return entries.tell(click.identity, str(error), click.origin)
    if isinstance(choice, acts.Show):
        return entries.ask(click.identity, conversation, click.origin)
    if isinstance(choice, acts.Whole):
        return entries.whole(click.identity, conversation, click.origin)
    if isinstance(choice, acts.Next):
        return entries.more(click.identity, conversation, choice.replied_at, click.origin)
    identity = DecisionId(click.identity)
    return entries.carry_out(Decision(identity, conversation, choice, click.origin, click.at))


def _origin_of_command(body: Body) -> Origin:
    """https://docs.slack.dev/interactivity/implementing-slash-commands"""
    person = Person(UserId(str(body.get("user_id"))), str(body.get("user_name") or "Somebody"))
    url = body.get("response_url")
    return Origin(
        channel=ChannelId(str(body.get("channel_id") or person.id)),
        person=person,
        response_url=str(url) if url else None,
        door="command",
    )
