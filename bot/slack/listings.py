"""Lists that only one person sees, and how they are redrawn after a press on one of their rows.

Slack sends no `message` with such a press, and lets the bot edit the list only at the press's own
response_url, within 30 minutes. The database keeps the rows for that time.
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4
from weakref import WeakValueDictionary

from bot.codec import decode, encode
from bot.opt_outs import objection
from bot.slack.messenger import SlackThreads
from bot.store.channels import Channels
from bot.store.ledger import Ledger
from bot.triage import Conversation, ConversationId, Origin, as_shown, is_direct
from bot.views import lists
from bot.views.card import Palette
from bot.views.lists import Listing

KEPT_SECONDS: Final = 1800
# Slack's clock, which times presses, and this machine's may differ.
SKEW_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """`choices` returns the aiTags for rows; `clock` is in seconds since the epoch."""

    ledger: Ledger
    channels: Channels
    threads: SlackThreads
    choices: Callable[[], Awaitable[Palette]]
    clock: Callable[[], float] = time.time
    # Held while a list is drawn, so that the newest state comes last.
    _drawing: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    async def show(self, origin: Origin, listing: Listing) -> None:
        """Shows the list to one person, and keeps it while its buttons can edit it."""
        if listing.rows:
            key = f"{int(self.clock()):012d}-{uuid4().hex[:12]}"
            # In a direct message, *Show card* shows a single row too.
            is_whole = listing.is_whole or (is_direct(origin.channel) and len(listing.rows) == 1)
            listing = replace(listing, key=key, is_whole=is_whole)
            await self.channels.forget_lists(f"{int(self.clock()) - KEPT_SECONDS:012d}")
            await self.channels.keep_list(listing.key, _to_json(listing))
        await self.threads.show(
            origin,
            lists.drawn(listing, await self.choices(), await self.ledger.barred(listing.rows)),
        )

    async def offer(self, origin: Origin, conversation: Conversation) -> None:
        """Shows one person the conversation with its buttons."""
        await self.show(origin, lists.one(conversation))

    async def redraw(self, origin: Origin, pressed: ConversationId) -> bool:
        """Redraws the list in which a person pressed a row. Returns whether Slack took it."""
        if not origin.listed or not origin.response_url:
            return False
        lock = self._drawing.setdefault(origin.listed, asyncio.Lock())
        async with lock:
            kept = await self.channels.list_kept(origin.listed)
            if kept is None:
                return False
            listing = _from_json(origin.listed, kept)
            since = int(origin.listed.partition("-")[0]) - SKEW_SECONDS
            rows = [await self._now(row, 0 if row.id == pressed else since) for row in listing.rows]
            barred = await self.ledger.barred(rows)
            view = lists.drawn(replace(listing, rows=tuple(rows)), await self.choices(), barred)
            return await self.threads.replace(origin.response_url, view)

    async def _now(self, row: Conversation, since: float) -> Conversation:
        """The row as it was listed, with the decisions since then."""
        outcome = await self.ledger.outcome(row.id)
        if outcome is None or outcome.at < since:
            return row
        return as_shown(row, await self.ledger.known(row.id))


def _to_json(listing: Listing) -> str:
    # Only as many of the lead's words as the list shows, or as say that it marks the lead.
    rows = tuple(
        row if objection(row) else replace(row, words=lists.briefly(row)) for row in listing.rows
    )
    return json.dumps(encode(replace(listing, rows=rows)))


def _from_json(key: str, text: str) -> Listing:
    listing = decode({"key": key, **json.loads(text)}, Listing)
    return replace(listing, last_at=listing.last_at or listing.rows[-1].replied_at)
