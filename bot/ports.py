"""What the product calls of the two services, as it needs them."""

from collections.abc import Sequence
from typing import Protocol

from bot.sendkit.wire import Patched
from bot.triage import (
    Card,
    Change,
    ChannelId,
    Conversation,
    ConversationId,
    Origin,
    Outcome,
    Person,
    Place,
    UserId,
)


class Inbox(Protocol):
    """SendKit's side; see bot.sendkit.client for the errors."""

    async def conversation(self, conversation: ConversationId) -> Conversation: ...

    async def patch(self, change: Change, before: Conversation) -> Patched: ...


class Admission(Protocol):
    """Who may decide."""

    async def admit(self, person: Person) -> None:
        """Returns where they may. NotAllowed, or SlackDown while that cannot be known."""
        ...


class Threads(Protocol):
    """Slack's side. `mark` tells a message from its repeat; with `since`, a time, it may have
    been posted since then: it is looked for first. `whose` names the lead where the thread is
    several leads'.

    All raise SlackDown and SlackRefused, and ChannelClosed where the bot may not post.
    """

    async def post(
        self, channel: ChannelId, card: Card, mark: str, since: float | None
    ) -> Place: ...

    async def post_all(
        self,
        channel: ChannelId,
        opening: str,
        cards: Sequence[Card],
        mark: str,
        since: float | None,
    ) -> Place: ...

    async def say(
        self, place: Place, outcome: Outcome, whose: str, mark: str, since: float | None
    ) -> None: ...

    async def say_failed(
        self, place: Place, person: str, change: Change, reason: str, mark: str, since: float | None
    ) -> None: ...

    async def say_news(self, place: Place, news: str, mark: str, since: float | None) -> None: ...

    async def redraw(
        self, place: Place, cards: Sequence[Card], response_url: str | None
    ) -> None: ...

    async def tell(self, origin: Origin, sentence: str, card: Place | None = None) -> None: ...

    async def announce(self, channel: ChannelId, sentence: str) -> None: ...

    async def tell_directly(self, user: UserId, sentence: str) -> None: ...

    async def name(self, person: Person) -> str:
        """How the workspace calls this person; their handle where it will not say."""
        ...
