"""Asks SendKit at an interval for replies that were not announced, and for changes to recent cards.

The webhook is faster. Polling finds what it does not deliver.
"""

import asyncio
import logging
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bot import dates, entries
from bot.errors import AnswerUnclear, Refused, RefusedForNow, TriageError
from bot.journal import Journal
from bot.sendkit.client import SendKit
from bot.store.channels import SINCE, STARTED, Channels, Known, Unannounced, is_news, stamp, state
from bot.store.ledger import Ledger
from bot.timing import CLOCKS, Clocks
from bot.triage import Conversation, ConversationId

log = logging.getLogger(__name__)

# How many conversations are read at once. Clicks have the rest of the client's connections.
SIDE_BY_SIDE: Final = 12
# SendKit lists what is unread, not what changed. Of the other cards, the newest are compared.
RECENT_SECONDS: Final = 24 * 3600.0
RECENT_MOST: Final = 50
# The fact that says when a process refreshed last.
REFRESHED: Final = "last look"
# The list of all conversations has no filter for what is new, and promises no order. A refresh
# reads its first pages while they have new replies, up to this many, then some others in turn.
MOST_NEW_PAGES: Final = 10
PAGES_IN_TURN: Final = 4
# No list says who wrote last. So many of the conversations that wait for us, and of those of which
# it is not known, are read in a minute, in turn.
WAITING_A_MINUTE: Final = 60
UNKNOWN_A_MINUTE: Final = 12
# After this many conversations, other tasks have their turn.
PORTION: Final = 50
# An entry that ended without a card is written again, at most once in this time.
AGAIN_SECONDS: Final = 600


class Polling:
    """Each refresh writes what is new into the journal."""

    def __init__(
        self,
        *,
        inbox: SendKit,
        journal: Journal,
        ledger: Ledger,
        channels: Channels,
        clocks: Clocks = CLOCKS,
    ) -> None:
        self._inbox = inbox
        self._journal = journal
        self._ledger = ledger
        self._channels = channels
        self._clocks = clocks
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        # The query for the page of all conversations whose turn is next; None: the page below those
        # with new replies.
        self._turn: Mapping[str, str] | None = None

    async def run(self, seconds: float) -> None:
        """Refreshes each `seconds`, forever; never if it is 0. Of several processes one refreshes
        each time. A process that starts refreshes at once. Logs each reason for an outage once."""
        is_new = True
        logged: set[str] = set()
        while seconds > 0:
            try:
                # A little less than the interval, so that the next tick is not too early.
                now = self._clocks.wall()
                if await self._channels.claim(REFRESHED, now, 0.9 * seconds) or is_new:
                    is_new = False
                    await self.refresh(seconds)
                    if logged:
                        log.info("unread replies are checked again")
                        logged.clear()
            except TriageError as error:
                if error.in_log not in logged:
                    log.warning("could not check for unread replies: %s", error.in_log)
                    logged.add(error.in_log)
            except Exception:
                # An error that was not foreseen must not end the polling.
                log.exception("could not check for unread replies")
            await self._clocks.sleep(seconds)

    async def refresh(self, seconds: float = 60.0) -> None:
        """Writes an entry for each reply and each change that has none yet. `seconds`: how long it
        is until the next refresh."""
        unread = _oldest_first(await self._unread())
        since = await self._since()
        # Waiting entries are read before known conversations: a reply whose entry ends in between
        # is then both, and not neither.
        waiting = await self._channels.waiting()
        summed = await self._first_sync(unread, waiting)
        known = await self._channels.known([each.id for each in unread])
        news = []
        for number, conversation in enumerate(unread):
            if number % PORTION == 0:
                await asyncio.sleep(0)
            if conversation.id in summed:
                # The summary may still take a newer reply for its own.
                continue
            if _is_unannounced(conversation, known):
                news.append(conversation)
            elif _is_changed(conversation, known):
                await self._write_change(conversation, known[conversation.id].seen_at)
        await self._announce(news, known, waiting)
        seen = {each.id for each in unread}
        seen |= await self._announce_read(seen, since)
        announced = {*summed, *(each.id for each in news)}
        await self._compare_others(seen, announced, seconds / 60)

    async def _unread(self) -> Sequence[Conversation]:
        found, cut = await self._inbox.unread()
        if cut is not None:
            log.warning("only a part of the unread replies was read: %s", cut)
        return found

    async def _since(self) -> float:
        """The time at which the bot was first started, by SendKit's clock."""
        said = await self._channels.fact(SINCE)
        if said is None:
            said = repr(self._inbox.now())
            await self._channels.set_fact(SINCE, said)
        return float(said)

    async def _first_sync(
        self, unread: list[Conversation], waiting: Unannounced
    ) -> Mapping[ConversationId, str]:
        """The replies that one summary announces: at its first start, the bot must not flood the
        channel with a full inbox."""
        if waiting.first is not None:
            return waiting.first
        if await self._channels.fact(STARTED) is not None:
            return {}
        if len(unread) <= entries.MOST_AT_FIRST:
            await self._channels.set_fact(STARTED, str(len(unread)))
            return {}
        await self._ledger.remember_all(unread, self._clocks.wall())
        summed = {each.id: stamp(each) for each in reversed(unread)}
        if not await self._journal.write(entries.first_sync(summed)):
            # The first entry ended without a summary.
            await self._journal.write(entries.first_sync(summed, self._again()))
        return summed

    async def _announce(
        self,
        news: Sequence[Conversation],
        known: Mapping[ConversationId, Known],
        waiting: Unannounced,
    ) -> None:
        """Writes an entry for each reply that has none, or whose entry ended without a card. A
        conversation that is not known was deleted from the database: it had a card unless it is
        marked as unshown."""
        new = [each for each in news if entries.announce(each).id not in waiting.entries]
        if not new:
            return
        written = await self._channels.written([entries.announce(each).id for each in new])
        unshown = await self._channels.unshown()
        for each in new:
            entry_state = written.get(entries.announce(each).id)
            if entry_state is None:
                await self._journal.write(entries.announce(each))
            elif entry_state == "open":
                continue  # written since `waiting` was read
            elif entry_state == "failed" or each.id in known or each.id in unshown:
                await self._journal.write(entries.announce(each, self._again()))

    def _again(self) -> str:
        return str(int(self._clocks.wall() // AGAIN_SECONDS))

    async def _announce_read(
        self, unread: Collection[ConversationId], since: float
    ) -> set[ConversationId]:
        """Announces new replies that somebody has already read in SendKit; their conversations."""
        announced: set[ConversationId] = set()
        following: Mapping[str, str] | None = None
        for _ in range(MOST_NEW_PAGES):
            found, following = await self._inbox.conversations_page(following)
            news = await self._announce_new(found, unread, since)
            announced |= news
            if following is None or not news:
                break
        turn, self._turn = self._turn or following, None
        for _ in range(PAGES_IN_TURN):
            if following is None or turn is None:
                break
            found, turn = await self._inbox.conversations_page(turn)
            announced |= await self._announce_new(found, unread, since)
        self._turn = turn
        return announced

    async def _announce_new(
        self, found: Sequence[Conversation], unread: Collection[ConversationId], since: float
    ) -> set[ConversationId]:
        new = [each for each in found if each.id not in unread and _came_after(each, since)]
        if not new:
            return set()
        waiting = await self._channels.waiting()
        known = await self._channels.known([each.id for each in new])
        news = [each for each in new if _is_unannounced(each, known)]
        await self._announce(_oldest_first(news), known, waiting)
        return {each.id for each in news}

    async def _compare_others(
        self,
        seen: Collection[ConversationId],
        announced: Collection[ConversationId],
        minutes: float,
    ) -> None:
        """Compares the newest cards that no list had, and asks whose turn it is in others."""
        now = self._clocks.wall()
        recent = await self._channels.recent(now - RECENT_SECONDS, RECENT_MOST)
        turns = await self._ledger.turns_to_ask(
            max(round(WAITING_A_MINUTE * minutes), 1),
            max(round(UNKNOWN_A_MINUTE * minutes), 1),
            now,
        )
        asked = {*recent} - {*seen} | {*turns} - {*announced}
        known = await self._channels.known(list(asked))
        await asyncio.gather(
            *(self._compare(each, known, is_listed=each in seen) for each in asked)
        )

    async def _compare(
        self,
        identity: ConversationId,
        known: Mapping[ConversationId, Known],
        *,
        is_listed: bool,
    ) -> None:
        try:
            async with self._places:
                now = await self._inbox.conversation(identity)
        except (Refused, RefusedForNow, AnswerUnclear):
            return  # the others are compared all the same
        if not is_listed and _is_changed(now, known):
            await self._write_change(now, known[identity].seen_at)
        elif identity in known and now.turn not in (None, known[identity].turn):
            # Another time if SendKit does not show it when the entry is carried out.
            turn = f"{now.turn} {self._again()}"
            await self._journal.write(entries.turn(f"turn:{identity}:{_crc(turn)}", identity))

    async def _write_change(self, now: Conversation, seen_at: float) -> None:
        """Writes one entry for a change, even if several refreshes find it before it is shown."""
        identity = f"change:{now.id}:{seen_at}:{_crc(repr(state(now)))}"
        await self._journal.write(entries.refresh(identity, now.id, reply=False))


def _oldest_first(listed: Sequence[Conversation]) -> list[Conversation]:
    """SendKit promises no order, and lists the newest first where several came in one second."""
    found = [*reversed(listed)]
    found.sort(key=lambda each: each.replied_at)
    return found


def _is_unannounced(now: Conversation, known: Mapping[ConversationId, Known]) -> bool:
    before = known.get(now.id)
    return is_news(stamp(now), before.announced if before else "")


def _is_changed(now: Conversation, known: Mapping[ConversationId, Known]) -> bool:
    before = known.get(now.id)
    return before is not None and before.shown != state(now)


def _crc(text: str) -> str:
    return f"{zlib.crc32(text.encode(errors='replace')):08x}"


def _came_after(conversation: Conversation, since: float) -> bool:
    at = dates.from_iso(conversation.replied_at)
    return at is not None and at > since
