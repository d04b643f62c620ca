"""Proves that no unread reply was forgotten: compares SendKit's inbox with the cards."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot import dates, entries
from bot.filters import Filters
from bot.journal import Journal
from bot.journal.backlog import MOST_TRIES
from bot.sendkit.client import SendKit
from bot.store.channels import SINCE, Channels, Known, is_news, stamp
from bot.triage import Conversation, ConversationId
from bot.views.audit import OWED, Missing, Reason, Report

log = logging.getLogger(__name__)

# A reply that came in this time may still be on its way.
FRESH_SECONDS: Final = 300.0
# What was posted in vain is posted again at most once in this time.
AGAIN_SECONDS: Final = 600
EVERYTHING: Final = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    inbox: SendKit
    channels: Channels
    clock: Callable[[], float] = time.time

    async def report(self, filters: Filters = EVERYTHING) -> Report:
        """The unread replies of SendKit, and those without a card. `filters`: of a channel that may
        know of nothing else. SendKit says only later which reply is automatic: what the bot knows
        counts.

        Raises SendKit's errors, and DatabaseTrouble.
        """
        unread, counted = await self._unread()
        known = await self.channels.known([each.id for each in unread])
        passing = [each for each in unread if _passes(each, filters, known.get(each.id))]
        missing = await self._missing(passing, known)
        closed = sum(route.broken is not None for route in await self.channels.routes())
        return Report(counted, len(unread), len(passing), tuple(missing), closed)

    async def post(self, report: Report, journal: Journal) -> Report:
        """Posts what should have a card and has none."""
        for each in report.missing:
            if each.reason in OWED:
                await self._post(each.conversation, journal)
        return replace(report, posted=True)

    async def _post(self, conversation: Conversation, journal: Journal) -> None:
        _, positive = await self.channels.announced(conversation.id)
        await self.channels.forget_announced(conversation.id)
        again = str(int(self.clock() // AGAIN_SECONDS))
        for entry in (entries.announce(conversation), entries.announce(conversation, again)):
            payload = {**entry.payload, "positive": positive}
            if await journal.write(replace(entry, payload=payload)):
                return

    async def _unread(self) -> tuple[Sequence[Conversation], int]:
        """The unread conversations, and SendKit's number of them. Both are asked for again if they
        differ: a reply may have come in between."""
        found, counted = await self._listed(), await self.inbox.unread_count()
        if counted not in (None, len(found)):
            found, counted = await self._listed(), await self.inbox.unread_count()
        return found, len(found) if counted is None else counted

    async def _listed(self) -> Sequence[Conversation]:
        found, cut = await self.inbox.unread()
        if cut is not None:
            log.warning("an audit read only a part of the unread replies: %s", cut)
        return found

    async def _missing(
        self, unread: Sequence[Conversation], known: Mapping[ConversationId, Known]
    ) -> Sequence[Missing]:
        ids = [each.id for each in unread]
        carded = await self.channels.carded(ids)
        without = [
            each
            for each in unread
            if each.id not in carded or _is_unannounced(each, known.get(each.id))
        ]
        if not without:
            return []
        under_way = await self.channels.under_way(MOST_TRIES)
        written = await self.channels.written([entries.announce(each).id for each in without])
        unshown = await self.channels.unshown()
        since = await self.channels.fact(SINCE)
        missing = []
        for each in without:
            at = dates.from_iso(each.replied_at)
            if each.id in under_way:
                reason = Reason.REFUSED if under_way[each.id] else Reason.ON_ITS_WAY
            elif each.id not in known:
                reason = _of_unknown(written.get(entries.announce(each).id), each.id in unshown)
            elif _is_unannounced(each, known[each.id]):
                state = written.get(entries.announce(each).id)
                reason = Reason.UNSEEN if state is None else Reason.FAILED
            elif at is None or since is None or at <= float(since):
                reason = Reason.SUMMED_UP
            else:
                reason = Reason.DELETED
            is_fresh = at is not None and at > self.clock() - FRESH_SECONDS
            missing.append(Missing(each, reason, is_fresh))
        return missing


def _of_unknown(state: str | None, is_unshown: bool) -> Reason:
    """The reason for a conversation that the database does not have. `state`: of its entry."""
    if state is None:
        return Reason.UNSEEN
    return Reason.FAILED if state == "failed" or is_unshown else Reason.FORGOTTEN


def _is_unannounced(now: Conversation, known: Known | None) -> bool:
    return is_news(stamp(now), known.announced if known else "")


def _passes(conversation: Conversation, filters: Filters, known: Known | None) -> bool:
    is_automatic = known is not None and known.auto_reply
    positive = known is not None and known.positive
    return filters.take(replace(conversation, auto_reply=is_automatic), positive)
