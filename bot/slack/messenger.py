"""Posts and updates messages in Slack: implements the port Threads."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from bot.errors import (
    MessageGone,
    SlackDown,
    SlackListEndless,
    SlackRefused,
    SlackUnclear,
    UnknownRefusal,
)
from bot.journal import Attempt
from bot.slack.api import SlackApi, text
from bot.slack.messages import is_tombstone, lists_messages, marked
from bot.slack.outbox import Outbox
from bot.slack.sender import Sender
from bot.slack.users import People
from bot.timing import CLOCKS, DEFAULT, Clocks, Timing
from bot.triage import Card, ChannelId, MessageTs, Origin, Person, Place, UserId
from bot.views import Message
from bot.views.card import Palette
from bot.views.message import linked, message, parted
from bot.views.subscriptions import closed
from bot.views.usage import as_said

log = logging.getLogger(__name__)

# The most messages for one long email.
MOST_PARTS: Final = 5

NO_SCOPE: Final = "missing_scope"


class SlackThreads:
    """See bot.ports.Threads. `choices` gives the aiTags that cards offer."""

    def __init__(
        self,
        api: SlackApi,
        people: People,
        choices: Callable[[], Awaitable[Palette]],
        timing: Timing = DEFAULT,
        clocks: Clocks = CLOCKS,
    ) -> None:
        self._api = api
        self._people = people
        self._sender = Sender(api, choices)
        self._outbox = Outbox(self._sender, timing, clocks)

    @property
    def waiting(self) -> int:
        """The number of cards that wait for Slack's rate."""
        return self._outbox.waiting

    async def post(self, channel: ChannelId, shown: Card, mark: str, attempt: Attempt) -> Place:
        may_be_sent = self._may_be_sent(mark, attempt)
        if may_be_sent and (there := await self._posted(channel, mark, attempt)):
            return Place(channel, there)
        return await self._outbox.post(channel, shown, mark, attempt.number)

    async def post_all(
        self,
        channel: ChannelId,
        opening: str,
        cards: Sequence[Card],
        mark: str,
        attempt: Attempt,
    ) -> Sequence[Place]:
        if attempt.may_have_run and (there := await self._posted(channel, mark, attempt)):
            return [Place(channel, there)] * len(cards)
        marks = [f"{mark}/{each.conversation.id}" for each in cards]
        places: dict[str, Place] = {}
        for each in marks if attempt.may_have_run else ():
            # A message that was too long went out in parts, and some may be there.
            if there := await self._posted(channel, each, attempt):
                places[each] = Place(channel, there)
        left = [(card, each) for card, each in zip(cards, marks, strict=True) if each not in places]
        if left:
            whole = [mark] if not places else []
            posted = await self._sender.post(
                channel, [card for card, _ in left], [each for _, each in left], opening, whole
            )
            places.update(zip((each for _, each in left), posted, strict=True))
        return [places[each] for each in marks]

    async def reply(self, place: Place, view: Message, mark: str, attempt: Attempt) -> Place:
        there = None
        if self._may_be_sent(mark, attempt):
            there = await self._replied(place, mark, attempt)
        if there is None:
            there = await self._outbox.reply(place, view, mark, attempt.number)
        return Place(place.channel, there)

    async def delete(self, message: Place) -> None:
        await self._sender.delete(message)

    async def say_words(self, place: Place, text: str, mark: str, attempt: Attempt) -> None:
        for number, part in enumerate(parted(text, MOST_PARTS)):
            each = f"{mark}/{number}"
            if not await self._replied(place, each, attempt):
                await self._outbox.reply(place, message(part), each, attempt.number)

    async def take_back(self, card: Place, mark: str, attempt: Attempt) -> None:
        if astray := await self._posted(card.channel, mark, attempt):
            await self._sender.delete(Place(card.channel, astray))

    async def redraw(
        self,
        place: Place,
        cards: Sequence[Card],
        opening: str,
        response_url: str | None,
        *,
        urgent: bool,
    ) -> None:
        views = await self._sender.views(cards, opening)
        if response_url is None or not await self.replace(response_url, next(iter(views()))):
            await self._outbox.redraw(place, views, urgent=urgent)

    async def send(
        self, person: UserId, im: ChannelId | None, view: Message, mark: str, attempt: Attempt
    ) -> ChannelId:
        if im and attempt.may_have_run and await self._posted(im, mark, attempt):
            return im
        return await self._sender.send(person, view, mark)

    async def say(self, channel: ChannelId, view: Message, mark: str, attempt: Attempt) -> Place:
        there = await self._posted(channel, mark, attempt) if attempt.may_have_run else None
        return Place(channel, there or await self._sender.say(channel, view, mark))

    async def announce(self, channel: ChannelId, sentence: str) -> None:
        """Posts a sentence for everybody in the channel."""
        await self._sender.announce(channel, message(sentence))

    async def tell_of_closed(self, user: UserId, channel: ChannelId, error: str) -> None:
        """Sends a direct message; a refusal is logged."""
        await self._tell_directly(user, closed(channel, error))

    async def tell(self, origin: Origin, sentence: str, card_at: Place | None = None) -> None:
        """Shows a sentence to this person only; a refusal is logged."""
        url = ""
        if card_at:
            with suppress(SlackDown):
                url = await self.link(card_at)
        await self.show(origin, linked(as_said(sentence, origin.door), url, "Open the card"))

    async def replace(self, response_url: str, view: Message) -> bool:
        """Replaces the pressed message; returns whether Slack accepted that."""
        answer = {"replace_original": True, "text": view.text, "blocks": view.blocks}
        return await self._api.respond(response_url, answer)

    async def show(self, origin: Origin, view: Message) -> None:
        """Shows a message to this person only."""
        answer: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": view.text,
            "blocks": view.blocks,
        }
        if origin.thread:
            answer["thread_ts"] = origin.thread
        if origin.response_url and await self._api.respond(origin.response_url, answer):
            return
        try:
            # Only the person reads a direct message.
            if str(origin.channel) == str(origin.person.id):
                await self._sender.announce(origin.channel, view, origin.thread)
            else:
                await self._outbox.whisper(origin.channel, origin.person.id, origin.thread, view)
        except (SlackRefused, UnknownRefusal) as error:
            log.warning("sent a private answer as a direct message: %s", error.error)
            await self._tell_directly(origin.person.id, view)

    async def _tell_directly(self, user: UserId, view: Message) -> None:
        """Sends a direct message; a refusal is logged."""
        try:
            await self._sender.announce(ChannelId(user), view)
        except SlackRefused as refused:
            log.warning("could not send a private answer: %s", refused.error)

    async def name(self, person: Person) -> str:
        return await self._people.name(person)

    def _may_be_sent(self, mark: str, attempt: Attempt) -> bool:
        return attempt.may_have_run and not self._outbox.is_unsent(mark, attempt.number)

    async def _posted(self, channel: ChannelId, mark: str, attempt: Attempt) -> MessageTs | None:
        # https://docs.slack.dev/reference/methods/conversations.history
        history = "conversations.history"
        # Slack's clock and this machine's may differ.
        oldest = f"{attempt.written_at - 300:.6f}"
        return await _twice(
            attempt, partial(self._find, history, mark, channel=channel, oldest=oldest)
        )

    async def _replied(self, place: Place, mark: str, attempt: Attempt) -> MessageTs | None:
        """The line of an earlier attempt, if it is there. MessageGone if the thread no longer
        exists; a line that went astray is then deleted."""
        # https://docs.slack.dev/reference/methods/conversations.replies
        replies = "conversations.replies"
        look = partial(self._find, replies, mark, channel=place.channel, ts=place.ts)
        try:
            return await _twice(attempt, look)
        except MessageGone:
            await self.take_back(place, mark, attempt)
            raise

    async def _find(self, listing: str, mark: str, **arguments: Any) -> MessageTs | None:
        """The message with this mark; None without the scope to look, or in an endless list, so
        that a repeat stays possible. SlackUnclear if an answer has no list of messages. MessageGone
        if the thread's parent was deleted."""
        listed = self._api.pages(listing, include_all_metadata=True, **arguments)
        try:
            async for page in listed:
                if not lists_messages(page):
                    log.warning("Slack’s answer does not say which messages there are")
                    raise SlackUnclear
                if "ts" in arguments and is_tombstone(page):
                    raise MessageGone("tombstone")
                if (found := marked(page, mark)) is not None:
                    return found
        except SlackListEndless as error:
            log.warning("could not look for an earlier message: %s", error)
        except MessageGone:
            raise
        except (SlackRefused, UnknownRefusal) as error:
            if isinstance(error, UnknownRefusal) and not error.error.startswith(NO_SCOPE):
                raise
            log.warning("could not look for an earlier message: %s", error.error)
        return None

    async def link(self, place: Place) -> str:
        # https://docs.slack.dev/reference/methods/chat.getPermalink
        try:
            answer = await self._api.call(
                "chat.getPermalink", channel=place.channel, message_ts=place.ts
            )
        except (SlackRefused, UnknownRefusal):
            return ""
        return text(answer.get("permalink"))


async def _twice(
    attempt: Attempt, look: Callable[[], Awaitable[MessageTs | None]]
) -> MessageTs | None:
    """The result of looking now, or again once the calls of an earlier attempt have ended."""
    found = await look()
    return await look() if found is None and await attempt.wait_for_inflight() else found
