"""Slack, as the product calls it."""

from collections.abc import Sequence
from typing import Protocol

from bot.acts import Act
from bot.journal import Attempt
from bot.triage import (
    Card,
    ChannelId,
    Origin,
    Person,
    Place,
    UserId,
)
from bot.views import Message


class Authorizer(Protocol):
    """Decides who may do what, and where."""

    async def authorize(self, origin: Origin, act: Act) -> None:
        """Returns if the person may do this there. NotAllowed says whom to ask; WrongChannel if
        commands do not work there; PermissionUnknown while Slack does not answer."""
        ...


class Threads(Protocol):
    """Posts to Slack. `mark` tells a message from its repeat: before a repeat, the bot looks for
    the message of an earlier attempt.

    Methods that post or redraw raise SlackDown and SlackRefused: ChannelClosed if the bot may not
    post, MessageGone if the card was deleted, ThreadLocked if its thread takes no replies.
    """

    async def post(self, channel: ChannelId, card: Card, mark: str, attempt: Attempt) -> Place: ...

    async def post_all(
        self,
        channel: ChannelId,
        opening: str,
        cards: Sequence[Card],
        mark: str,
        attempt: Attempt,
    ) -> Sequence[Place]:
        """Posts the cards in one message, or in several if Slack refuses it as too long; returns
        where each is."""
        ...

    async def reply(self, place: Place, view: Message, mark: str, attempt: Attempt) -> Place:
        """Posts a line in the card's thread; where the line is."""
        ...

    async def delete(self, message: Place) -> None:
        """Deletes a line of the bot's; where Slack refuses, it stays."""
        ...

    async def say_words(self, place: Place, text: str, mark: str, attempt: Attempt) -> None:
        """Posts a long text in several messages, unless it is already there."""
        ...

    async def take_back(self, card: Place, mark: str, attempt: Attempt) -> None:
        """Deletes the line with this mark that an earlier attempt posted, after its card was
        deleted."""
        ...

    async def redraw(
        self,
        place: Place,
        cards: Sequence[Card],
        opening: str,
        response_url: str | None,
        *,
        urgent: bool,
    ) -> None:
        """SlackBusy at once if the redraw exceeds Slack's rate. `urgent`: people decided it, so it
        goes before changes from elsewhere."""
        ...

    async def link(self, place: Place) -> str:
        """The address of a message; empty if Slack refuses."""
        ...

    async def tell(self, origin: Origin, sentence: str, card: Place | None = None) -> None: ...

    async def show(self, origin: Origin, view: Message) -> None: ...

    async def send(
        self, person: UserId, im: ChannelId | None, view: Message, mark: str, attempt: Attempt
    ) -> ChannelId:
        """Sends a direct message; the channel that it is in. `im`: that of earlier ones, in which
        the bot looks before a repeat; None if there were none."""
        ...

    async def say(self, channel: ChannelId, view: Message, mark: str, attempt: Attempt) -> Place:
        """Posts a message for everybody in the channel, once."""
        ...

    async def announce(self, channel: ChannelId, sentence: str) -> None: ...

    async def tell_of_closed(self, user: UserId, channel: ChannelId, error: str) -> None: ...

    async def name(self, person: Person) -> str:
        """The person's name in the workspace; their handle if Slack does not answer."""
        ...
