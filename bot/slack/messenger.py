"""Posts and updates in Slack: implements the port Threads."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from bot import acts
from bot.errors import (
    STALLED_SECONDS,
    ContentRefused,
    MessageGone,
    SlackDown,
    SlackListEndless,
    SlackRefused,
    SlackUnclear,
    UnknownRefusal,
)
from bot.journal import Attempt
from bot.slack.api import JSON, SlackApi, text
from bot.slack.messages import is_astray, is_tombstone, lists_messages, marked, ts
from bot.slack.outbox import Outbox, Parcel
from bot.slack.users import People
from bot.timing import DEFAULT, Timing
from bot.triage import (
    Card,
    ChannelId,
    MessageTs,
    Origin,
    Person,
    Place,
    UserId,
)
from bot.views import Message
from bot.views.batch import batch
from bot.views.card import Palette, card
from bot.views.message import linked, message, parted
from bot.views.subscriptions import closed

log = logging.getLogger(__name__)

# A lead's links never unfold, and nothing in a text becomes a link or a mention by itself.
_PLAIN: Final[Mapping[str, Any]] = {"parse": "none"}
_QUIET: Final[Mapping[str, Any]] = {**_PLAIN, "unfurl_links": False, "unfurl_media": False}


# The messages of a long email.
MOST_PARTS: Final = 5

NO_SCOPE: Final = "missing_scope"
# What only a shorter message helps against.
TOO_LONG: Final = frozenset(["msg_blocks_too_long", "msg_too_long"])


class SlackThreads:
    """See bot.ports.Threads. `choices` gives the aiTags that cards offer."""

    def __init__(
        self,
        api: SlackApi,
        people: People,
        choices: Callable[[], Awaitable[Palette]],
        timing: Timing = DEFAULT,
    ) -> None:
        self._api = api
        self._people = people
        self._choices = choices
        self._outbox = Outbox(self._send, timing.message_slot, timing.most_given)

    @property
    def waiting(self) -> int:
        """How many cards wait for Slack's rate."""
        return self._outbox.waiting

    async def post(self, channel: ChannelId, shown: Card, mark: str, attempt: Attempt) -> Place:
        if attempt.may_have_run and (there := await self._posted(channel, mark, attempt)):
            return Place(channel, there)
        return await self._outbox.post(channel, shown, mark)

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
            # A message that was too long went out in parts, and some of them may stand.
            if there := await self._posted(channel, each, attempt):
                places[each] = Place(channel, there)
        left = [(card, each) for card, each in zip(cards, marks, strict=True) if each not in places]
        if left:
            whole = [mark] if not places else []
            posted = await self._post_cards(
                channel, [card for card, _ in left], [each for _, each in left], opening, whole
            )
            places.update(zip((each for _, each in left), posted, strict=True))
        return [places[each] for each in marks]

    async def reply(self, place: Place, view: Message, mark: str, attempt: Attempt) -> None:
        if attempt.may_have_run and await self._replied(place, mark, attempt):
            return
        await self._reply(place, view, mark)

    async def say_words(self, place: Place, text: str, mark: str, attempt: Attempt) -> None:
        for number, part in enumerate(parted(text, MOST_PARTS)):
            if not await self._replied(place, f"{mark}/{number}", attempt):
                await self._reply(place, message(part), f"{mark}/{number}")

    async def take_back(self, card: Place, mark: str, attempt: Attempt) -> None:
        if astray := await self._posted(card.channel, mark, attempt):
            await self._delete(Place(card.channel, astray))

    async def redraw(
        self, place: Place, cards: Sequence[Card], opening: str, response_url: str | None
    ) -> None:
        view, *shorter = await self._views(cards, opening)
        if response_url is not None and await self.replace(response_url, view):
            return
        # https://docs.slack.dev/reference/methods/chat.update
        await self._write(
            "chat.update", view, *shorter, channel=place.channel, ts=place.ts, **_PLAIN
        )

    async def announce(self, channel: ChannelId, sentence: str) -> None:
        """A sentence for everybody in the channel."""
        await self._announce(channel, message(sentence))

    async def tell_of_closed(self, user: UserId, channel: ChannelId, error: str) -> None:
        """A direct message; what cannot be told is logged."""
        await self._tell_directly(user, closed(channel, error))

    async def _announce(self, channel: ChannelId, view: Message) -> None:
        await self._write("chat.postMessage", view, Message(view.text), channel=channel, **_QUIET)

    async def tell(self, origin: Origin, sentence: str, card_at: Place | None = None) -> None:
        """A sentence that only this person sees; what cannot be told is logged."""
        url = ""
        if card_at:
            with suppress(SlackDown):
                url = await self.link(card_at)
        await self.show(origin, linked(sentence, url, "Open the card"))

    async def replace(self, response_url: str, view: Message) -> bool:
        """Whether the message in which somebody pressed is this one now."""
        answer = {"replace_original": True, "text": view.text, "blocks": view.blocks}
        return await self._api.respond(response_url, answer)

    async def show(self, origin: Origin, view: Message) -> None:
        """A message that only this person sees."""
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
            await self._post_for_one(origin, view)
        except (SlackRefused, UnknownRefusal) as error:
            log.warning("sent a private answer as a direct message: %s", error.error)
            await self._tell_directly(origin.person.id, view)

    async def _tell_directly(self, user: UserId, view: Message) -> None:
        """A direct message; what cannot be told is logged."""
        try:
            await self._announce(ChannelId(user), view)
        except SlackRefused as refused:
            log.warning("could not send a private answer: %s", refused.error)

    async def _post_for_one(self, origin: Origin, view: Message) -> None:
        method: str = "chat.postMessage"
        arguments: dict[str, Any] = {"channel": origin.channel, **_PLAIN}
        if origin.thread:
            arguments["thread_ts"] = origin.thread
        # Only the person reads a direct message; elsewhere the message has to be for their eyes.
        if str(origin.channel) != str(origin.person.id):
            # https://docs.slack.dev/reference/methods/chat.postEphemeral
            method, arguments["user"] = "chat.postEphemeral", origin.person.id
        await self._write(method, view, Message(view.text), **arguments)

    async def name(self, person: Person) -> str:
        return await self._people.name(person)

    async def _reply(self, place: Place, view: Message, mark: str) -> None:
        self._outbox.give_way(place.channel)
        answer = await self._post(place.channel, [view], [mark], thread_ts=place.ts)
        if is_astray(answer):
            await self._delete(Place(place.channel, MessageTs(ts(answer))))
            raise MessageGone("no thread")

    async def _delete(self, place: Place) -> None:
        """Deletes a line that belongs to a card that is gone."""
        # https://docs.slack.dev/reference/methods/chat.delete
        try:
            await self._api.call("chat.delete", channel=place.channel, ts=place.ts)
        except SlackRefused as error:
            log.warning("could not delete a line without a card: %s", error.error)

    async def _send(self, channel: ChannelId, parcels: Sequence[Parcel]) -> Sequence[Place]:
        """The outbox's cards of one slot."""
        marks = [each.mark for each in parcels]
        return await self._post_cards(channel, [each.card for each in parcels], marks)

    async def _post_cards(
        self,
        channel: ChannelId,
        cards: Sequence[Card],
        marks: Sequence[str],
        opening: str = "",
        whole: Sequence[str] = (),
    ) -> Sequence[Place]:
        """Where each card is. What Slack refuses as too long goes out again in halves, which carry
        their cards' marks alone; `whole` are marks of the message as one."""
        views = await self._views(cards, opening)
        try:
            answer = await self._post(
                channel, views if len(cards) == 1 else views[:1], [*whole, *marks]
            )
        except ContentRefused as error:
            if error.error not in TOO_LONG or len(cards) == 1:
                raise
            log.warning("posting a message of %d cards in halves: %s", len(cards), error.error)
            half = len(cards) // 2
            first = await self._post_cards(channel, cards[:half], marks[:half], opening)
            return [*first, *await self._post_cards(channel, cards[half:], marks[half:])]
        return [Place(channel, MessageTs(ts(answer)))] * len(cards)

    async def _views(self, cards: Sequence[Card], opening: str) -> Sequence[Message]:
        """What a message of these cards looks like, and shorter ones for when Slack refuses it."""
        choices = await self._choices()
        if len(cards) == 1:
            views = [card(cards[0], choices), card(cards[0], choices, menu=False)]
        else:
            views = [batch(cards, choices, opening), batch(cards, choices, opening, shortest=True)]
        return [*views, Message(views[-1].text)]

    async def _post(
        self, channel: ChannelId, views: Sequence[Message], marks: Sequence[str], **arguments: Any
    ) -> JSON:
        # https://docs.slack.dev/reference/methods/chat.postMessage
        payload = {acts.MARK: marks[0], acts.MARKS: list(marks[1:])}
        answer = await self._write(
            "chat.postMessage",
            *views,
            channel=channel,
            metadata={"event_type": acts.EVENT, "event_payload": payload},
            **_QUIET,
            **arguments,
        )
        if not ts(answer):
            raise UnknownRefusal("an answer without ts", STALLED_SECONDS)
        return answer

    async def _write(self, method: str, *views: Message, **arguments: Any) -> JSON:
        """Posts or updates: the first of `views` that Slack does not find too long.

        A view that Slack refuses twice for another reason goes out as its text alone, which is
        complete: what is shown plainly is better than what waits.
        """
        view, *shorter = views
        for blocks in (view.blocks, view.blocks, ()):
            try:
                return await self._api.call(method, text=view.text, blocks=blocks, **arguments)
            except ContentRefused as error:
                is_long = error.error in TOO_LONG
                if not shorter and (is_long or not blocks):
                    raise
                log.warning("Slack refused a message as it is: %s", error.error)
                if is_long:
                    break
        return await self._write(method, *shorter, **arguments)

    async def _posted(self, channel: ChannelId, mark: str, attempt: Attempt) -> MessageTs | None:
        # https://docs.slack.dev/reference/methods/conversations.history
        history = "conversations.history"
        # Slack's clock and this machine's may differ.
        oldest = f"{attempt.written_at - 300:.6f}"
        return await _twice(
            attempt, partial(self._find, history, mark, channel=channel, oldest=oldest)
        )

    async def _replied(self, place: Place, mark: str, attempt: Attempt) -> bool:
        """MessageGone where there is no thread any more; a line that went astray is deleted."""
        # https://docs.slack.dev/reference/methods/conversations.replies
        replies = "conversations.replies"
        look = partial(self._find, replies, mark, channel=place.channel, ts=place.ts)
        try:
            return await _twice(attempt, look) is not None
        except MessageGone:
            await self.take_back(place, mark, attempt)
            raise

    async def _find(self, listing: str, mark: str, **arguments: Any) -> MessageTs | None:
        """The message that carries the mark. Without the scope to look, or in a list without an
        end, there is none to be found: then a repeat stays possible. SlackUnclear where an answer
        does not say which messages there are. MessageGone where the message was deleted whose
        thread this is."""
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
    """What a look finds now, or once the calls of an earlier attempt have ended."""
    found = await look()
    return await look() if found is None and await attempt.wait_for_inflight() else found
