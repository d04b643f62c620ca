"""Changes who owns a conversation, as people ask for it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.acts import ById, Take
from bot.cards import Cards
from bot.errors import Later, NotAllowed, Refused
from bot.journal import Attempt
from bot.notices import Notices
from bot.owner_entries import Wanted, wanted_in
from bot.ports import Authorizer, Threads
from bot.sendkit.client import SendKit
from bot.store.ledger import Ledger
from bot.store.owners import Owned, OwnerChange, Owners
from bot.triage import NOBODY, Conversation, Origin, Person, UserId
from bot.unchecked import tell_saved
from bot.views.message import message
from bot.views.owner import given, held, now
from bot.views.owner_rules import no_owner

log = logging.getLogger(__name__)


class Ownership:
    """`change` handles entries of the kind `own`. `clock` is in seconds since the epoch."""

    def __init__(
        self,
        inbox: SendKit,
        ledger: Ledger,
        owners: Owners,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        notices: Notices,
        redraw_home: Callable[[Origin], Awaitable[bool]],
        clock: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._ledger = ledger
        self._owners = owners
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._notices = notices
        self._redraw_home = redraw_home
        self._clock = clock

    async def change(self, attempt: Attempt) -> None:
        """Changes the owner, once. The database decides between people who ask at once; the others
        are told privately who has it."""
        wanted = wanted_in(attempt.entry)
        try:
            owned = await attempt.step("own", lambda _: self._made(attempt, wanted), Owned)
        except Later as later:
            await tell_saved(attempt, self._threads, wanted.origin, later)
            raise
        except Refused as error:
            await attempt.refuse()
            log.warning("an owner was not changed: %s", type(error).__name__)
            await self._threads.tell(wanted.origin, f"{error} ({attempt.entry.reference})")
            return
        conversation = await self._ledger.known(wanted.conversation)
        if owned.made:
            await self._show(attempt, conversation, owned, wanted.origin)
        else:
            # The same press a moment later may find it free.
            await attempt.refuse()
            await self._tell(conversation, owned, wanted)

    async def _made(self, attempt: Attempt, wanted: Wanted) -> Owned:
        origin, act = wanted.origin, Take(ById(wanted.conversation))
        await self._authorizer.authorize(origin, act)
        if wanted.owner not in (NOBODY, origin.person.id):
            await self._check(wanted.owner, origin)
        names = {}
        for person in {origin.person, Person(wanted.owner, "")}:
            if person.id != NOBODY:
                names[person.id] = await self._threads.name(person)
        if await self._ledger.conversation(wanted.conversation) is None:
            found = await self._inbox.conversation(wanted.conversation)
            await self._ledger.remember(found, self._clock())
        change = OwnerChange(
            id=attempt.entry.id,
            conversation=wanted.conversation,
            owner=wanted.owner,
            at=attempt.written_at,
            only_from=wanted.only_from,
            person=origin.person.id,
            door=origin.door,
            channel=origin.channel,
        )
        return await self._owners.change(change, names)

    async def _check(self, owner: UserId, origin: Origin) -> None:
        """NotAllowed if this person may not take care of conversations."""
        theirs = replace(origin, person=Person(owner, ""), door="button")
        try:
            await self._authorizer.authorize(theirs, Take(None))
        except NotAllowed as error:
            name = await self._threads.name(theirs.person)
            raise NotAllowed(no_owner([name])) from error

    async def _show(
        self, attempt: Attempt, conversation: Conversation, owned: Owned, origin: Origin
    ) -> None:
        """Redraws the cards, and tells those whom it concerns."""
        me, owner = origin.person.id, owned.now
        await self._cards.forget(await self._cards.redraw(conversation, None, origin))
        places = await self._ledger.cards(conversation.id)
        here = origin.card
        if not await self._redraw_home(origin) and (here is None or not origin.is_at(here)):
            said = now(conversation, owner, mine=owner is not None and owner.id == me)
            await self._threads.tell(origin, said, places[-1] if places else None)
        by = await self._threads.name(origin.person)
        others: set[UserId] = {owned.before, owner.id if owner else NOBODY} - {me, NOBODY}
        for each in others:
            mine = owner is not None and owner.id == each
            said = given(conversation, by, owner, mine=mine)
            await self._notices.tell(each, message(said), attempt.entry.id, conversation.id)

    async def _tell(self, conversation: Conversation, owned: Owned, wanted: Wanted) -> None:
        """Tells the person, and only them, why nothing was changed."""
        origin, owner = wanted.origin, owned.now
        if owner is not None and owner.id != wanted.owner:
            await self._threads.show(origin, held(conversation, owner))
            return
        mine = owner is not None and owner.id == origin.person.id
        await self._threads.tell(origin, now(conversation, owner, mine=mine, already=True))
