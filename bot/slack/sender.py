"""Calls that write messages, and what goes out if Slack refuses a message."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from bot import acts
from bot.errors import (
    STALLED_SECONDS,
    ContentRefused,
    MessageGone,
    SlackBusy,
    SlackDown,
    SlackRefused,
    UnknownRefusal,
)
from bot.slack.api import JSON, SlackApi, text
from bot.slack.messages import is_astray, ts
from bot.triage import Card, ChannelId, MessageTs, Place, UserId
from bot.views import Message
from bot.views.batch import batch
from bot.views.card import Palette, card

log = logging.getLogger(__name__)

# A lead's links are not unfolded, and nothing in a text becomes a link or a mention.
_PLAIN: Final[Mapping[str, Any]] = {"parse": "none"}
_QUIET: Final[Mapping[str, Any]] = {**_PLAIN, "unfurl_links": False, "unfurl_media": False}

# A message, and then shorter ones that say the same.
Views = Callable[[], Iterable[Message]]

# Only a shorter message can pass.
TOO_LONG: Final = frozenset(["msg_blocks_too_long", "msg_too_long"])


class Sender:
    """All methods raise SlackDown and SlackRefused; after SlackBusy nothing was done. `choices`
    returns the aiTags for cards."""

    def __init__(self, api: SlackApi, choices: Callable[[], Awaitable[Palette]]) -> None:
        self._api = api
        self._choices = choices

    async def post(
        self,
        channel: ChannelId,
        cards: Sequence[Card],
        marks: Sequence[str],
        opening: str = "",
        whole: Sequence[str] = (),
    ) -> Sequence[Place]:
        """Posts the cards; returns where each is. A message that is too long goes out in halves,
        each with the marks of its cards only. `whole`: marks of the message as a whole."""
        views = await self.views(cards, opening)
        # Several cards that are too long go out in halves.
        longest = views if len(cards) == 1 else lambda: islice(views(), 1)
        try:
            answer = await self._post(channel, longest, [*whole, *marks])
        except ContentRefused as error:
            if error.error not in TOO_LONG or len(cards) == 1:
                raise
            log.warning("posting a message of %d cards in halves: %s", len(cards), error.error)
            half = len(cards) // 2
            first = await self.post(channel, cards[:half], marks[:half], opening)
            try:
                return [*first, *await self.post(channel, cards[half:], marks[half:])]
            except SlackBusy as busy:
                raise SlackDown(busy.at) from busy  # the first half is there
        return [Place(channel, MessageTs(ts(answer)))] * len(cards)

    async def reply(self, place: Place, view: Message, mark: str) -> MessageTs:
        """Posts a line in a thread. MessageGone if the thread's parent was deleted."""
        answer = await self._post(place.channel, lambda: [view], [mark], thread_ts=place.ts)
        if is_astray(answer):
            try:
                await self.delete(Place(place.channel, MessageTs(ts(answer))))
            except SlackBusy as busy:
                raise SlackDown(busy.at) from busy  # the line is there
            raise MessageGone("no thread")
        return MessageTs(ts(answer))

    async def update(self, place: Place, views: Views) -> None:
        # https://docs.slack.dev/reference/methods/chat.update
        await self._write("chat.update", views, channel=place.channel, ts=place.ts, **_PLAIN)

    async def announce(
        self, channel: ChannelId, view: Message, thread: MessageTs | None = None
    ) -> None:
        """Posts for everybody in the channel, or for the person of a direct message."""
        await self._write_at("chat.postMessage", channel, thread, view, **_QUIET)

    async def send(self, person: UserId, view: Message, mark: str) -> ChannelId:
        """Sends a direct message; the channel that Slack says it is in."""
        answer = await self._post(ChannelId(person), lambda: (view, Message(view.text)), [mark])
        return ChannelId(text(answer.get("channel")))

    async def say(self, channel: ChannelId, view: Message, mark: str) -> MessageTs:
        """Posts a message of its own in the channel."""
        answer = await self._post(channel, lambda: (view, Message(view.text)), [mark])
        return MessageTs(ts(answer))

    async def whisper(
        self, channel: ChannelId, user: UserId, thread: MessageTs | None, view: Message
    ) -> None:
        """Posts for this person only."""
        # https://docs.slack.dev/reference/methods/chat.postEphemeral
        await self._write_at("chat.postEphemeral", channel, thread, view, user=user, **_PLAIN)

    async def delete(self, place: Place) -> None:
        """Deletes a line whose card is gone."""
        # https://docs.slack.dev/reference/methods/chat.delete
        try:
            await self._api.call("chat.delete", channel=place.channel, ts=place.ts)
        except SlackRefused as error:
            log.warning("could not delete a line without a card: %s", error.error)

    async def views(self, cards: Sequence[Card], opening: str) -> Views:
        """The message of these cards, and shorter ones in case Slack refuses it."""
        return partial(_drawn, cards, await self._choices(), opening)

    async def _post(
        self, channel: ChannelId, views: Views, marks: Sequence[str], **arguments: Any
    ) -> JSON:
        # https://docs.slack.dev/reference/methods/chat.postMessage
        payload = {acts.MARK: marks[0], acts.MARKS: list(marks[1:])}
        answer = await self._write(
            "chat.postMessage",
            views,
            channel=channel,
            metadata={"event_type": acts.EVENT, "event_payload": payload},
            **_QUIET,
            **arguments,
        )
        if not ts(answer):
            raise UnknownRefusal("an answer without ts", STALLED_SECONDS)
        return answer

    async def _write_at(
        self, method: str, channel: ChannelId, thread: MessageTs | None, view: Message, **more: Any
    ) -> None:
        where = {"thread_ts": thread} if thread else {}
        views = (view, Message(view.text))
        await self._write(method, lambda: views, channel=channel, **where, **more)

    async def _write(self, method: str, views: Views, **arguments: Any) -> JSON:
        """Posts or updates with the first of `views` that is not too long for Slack.

        If Slack refuses a view twice for another reason, its text goes out alone: it is complete,
        and a plain message is better than a late one.
        """
        refused: ContentRefused | None = None
        for view in views():
            for blocks in (view.blocks, view.blocks, ()) if view.blocks else ((),):
                try:
                    return await self._api.call(method, text=view.text, blocks=blocks, **arguments)
                except ContentRefused as error:
                    log.warning("Slack refused a message as it is: %s", error.error)
                    refused = error
                    if error.error in TOO_LONG:
                        break
        assert refused is not None
        raise refused


def _drawn(cards: Sequence[Card], choices: Palette, opening: str) -> Iterator[Message]:
    """Draws each view only if the one before it was refused."""
    yield card(cards[0], choices) if len(cards) == 1 else batch(cards, choices, opening)
    view = batch(cards, choices, opening, shortest=True)
    yield view
    yield Message(view.text)
