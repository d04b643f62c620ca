"""Handles requests about answers that are under way: to take one back, to say whether SendKit sent
one, and to show how far one is."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot import answer_entries, entries
from bot.acts import ById, Reply
from bot.answers import PENDING, State
from bot.cards import Cards
from bot.errors import PermissionUnknown, Refused
from bot.journal import Attempt, Handler, Journal
from bot.ports import Authorizer, Threads
from bot.store.answers import Answers
from bot.store.ledger import Ledger
from bot.triage import ConversationId, Origin
from bot.unchecked import is_unchecked
from bot.views import answer_lines as views


class AnswerWishes:
    """Handles entries of the kinds `take_back_answer`, `settle_answer` and `show_answer`.
    bot.answering, which watches answers, acts on what is stored here."""

    def __init__(
        self,
        ledger: Ledger,
        answers: Answers,
        journal: Journal,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._answers = answers
        self._journal = journal
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._clock = clock
        self.kinds: Mapping[str, Handler] = {
            answer_entries.TAKE_BACK: self.take_back,
            answer_entries.SETTLE: self.settle,
            answer_entries.SHOW: self.show,
        }

    async def take_back(self, attempt: Attempt) -> None:
        """Notes that a person wants an answer back, if they may: their own, or any if they are of
        the triage. The entry that watches the answer takes it back."""
        origin = entries.origin(attempt.entry)
        answer = await self._answers.get(answer_entries.which_in(attempt.entry))
        if answer is None:
            await self._threads.tell(origin, views.GONE)
            return
        is_own = origin.person.id == answer.writer.id
        if not is_own and not await self._may(attempt, origin, answer.conversation):
            return
        name = await self._threads.name(origin.person)
        if await self._answers.wish_back(answer.id, name) or (
            answer.wished_by and answer.state in PENDING
        ):
            identity = f"{attempt.entry.id}/watch"
            await self._journal.write(answer_entries.watch(identity, answer.id))
        else:
            await self._threads.tell(origin, views.not_pending(answer))

    async def settle(self, attempt: Attempt) -> None:
        """Stores what a person found in SendKit about an answer of which nothing is known."""
        origin = entries.origin(attempt.entry)
        answer = await self._answers.get(answer_entries.which_in(attempt.entry))
        if answer is None:
            await self._threads.tell(origin, views.GONE)
            return
        if not await self._may(attempt, origin, answer.conversation):
            return
        was_sent = answer_entries.was_sent(attempt.entry)
        name = await self._threads.name(origin.person)
        found = f"{name} looked in SendKit"
        if answer.state is State.UNSETTLED:
            state = State.SENT if was_sent else State.FAILED
            settled = replace(answer, state=state, reason=found, told=False)
            await self._answers.change(answer, settled, self._clock())
        elif answer.reason != found:
            await self._threads.tell(origin, views.settled_already(answer))
            return
        identity = f"{attempt.entry.id}/watch"
        await self._journal.write(answer_entries.watch(identity, answer.id))

    async def show(self, attempt: Attempt) -> None:
        """Redraws the cards of a conversation."""
        conversation = await self._ledger.conversation(
            answer_entries.conversation_in(attempt.entry)
        )
        if conversation is not None:
            await self._cards.forget(await self._cards.redraw(conversation))

    async def _may(self, attempt: Attempt, origin: Origin, conversation: ConversationId) -> bool:
        try:
            await self._authorizer.authorize(origin, Reply(ById(conversation)))
        except PermissionUnknown as later:
            await is_unchecked(attempt, self._threads, origin, later)
            raise
        except Refused as error:
            await self._threads.tell(origin, f"{error} ({attempt.entry.reference})")
            return False
        return True
