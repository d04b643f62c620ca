"""Notices when somebody answers a lead, wherever they do: then it is the lead's turn to write."""

import logging
import time
from collections.abc import Callable
from typing import Final

from bot import entries
from bot.cards import Cards
from bot.errors import AnswerUnclear, Later, Refused, RefusedForNow
from bot.journal import Attempt, Journal
from bot.news import TRIES
from bot.sendkit.client import SendKit
from bot.store.channels import Channels, state
from bot.store.ledger import Ledger
from bot.triage import ConversationId

log = logging.getLogger(__name__)

NOT_SHOWN: Final = "SendKit does not show the answer yet"


class Turns:
    """`look` handles entries of the kind `turn`."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        channels: Channels,
        journal: Journal,
        cards: Cards,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._channels = channels
        self._journal = journal
        self._cards = cards
        self._clock = clock

    async def look(self, attempt: Attempt) -> None:
        """Shows on the cards whose turn it is. It posts no card. It has a lane of its own, so that
        no decision waits for it, and writes nothing if the conversation has changed meanwhile."""
        identity = ConversationId(attempt.entry.payload["conversation"])
        known = (await self._channels.known([identity])).get(identity)
        if known is None:
            return  # deleted from the database
        try:
            now = await self._inbox.conversation(identity)
        except (Refused, RefusedForNow, AnswerUnclear) as error:
            if attempt.number < TRIES:
                raise Later(NOT_SHOWN) from error
            log.info("whose turn it is stays unknown: %s", type(error).__name__)
            return
        is_late = entries.is_delivery(attempt.entry) and now.turn is not None and now.turn.ours
        if is_late and attempt.number < TRIES:
            raise Later(NOT_SHOWN)
        if state(now) != known.shown:
            again = entries.refresh(f"{attempt.entry.id}/refresh", identity, reply=False)
            await self._journal.write(again)
        elif now.turn not in (None, known.turn):
            shown = await self._ledger.turned(identity, now.turn, known.seen_at, self._clock())
            if shown is None:
                raise Later("the conversation has changed meanwhile")
            await self._cards.forget(await self._cards.redraw(shown, urgent=False))
