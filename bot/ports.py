"""What the product calls of the two services, as it needs them."""

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
    """Who may do what, where."""

    async def authorize(self, origin: Origin, act: Act) -> None:
        """Returns where the person may do this there. NotAllowed says whom to ask: WrongChannel
        where commands do not work there. PermissionUnknown while it cannot be known."""
        ...


class Threads(Protocol):
    """Slack's side. `mark` tells a message from its repeat: a message that an earlier attempt may
    have posted is looked for before it is posted again.

    All raise SlackDown and SlackRefused: ChannelClosed where the bot may not post, MessageGone
    where the card was deleted, ThreadLocked where its thread takes nothing.
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
        """Where each card is: all in one message, in several where Slack refuses it as too long."""
        ...

    async def reply(self, place: Place, view: Message, mark: str, attempt: Attempt) -> Place:
        """Posts a line in the card's thread; where the line is."""
        ...

    async def delete(self, message: Place) -> None:
        """Deletes a line of the bot's; where Slack refuses, it stays."""
        ...

    async def say_words(self, place: Place, text: str, mark: str, attempt: Attempt) -> None:
        """A long text in several messages, unless it is there already."""
        ...

    async def take_back(self, card: Place, mark: str, attempt: Attempt) -> None:
        """Deletes the line with this mark that an earlier attempt posted into the channel, since
        the card was deleted."""
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
        """SlackBusy at once where the card has to wait for Slack's rate. What people decided is
        `urgent`: it goes before what changed elsewhere."""
        ...

    async def link(self, place: Place) -> str:
        """The address of a message; empty where Slack refuses to tell it."""
        ...

    async def tell(self, origin: Origin, sentence: str, card: Place | None = None) -> None: ...

    async def announce(self, channel: ChannelId, sentence: str) -> None: ...

    async def tell_of_closed(self, user: UserId, channel: ChannelId, error: str) -> None: ...

    async def name(self, person: Person) -> str:
        """How the workspace calls this person; their handle where it will not say."""
        ...
