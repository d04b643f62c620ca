"""Gives new replies to owners: people of a rule take turns, and a lead who writes again keeps
theirs."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.acts import Take
from bot.cards import Cards
from bot.errors import Later, NotAllowed, PermissionUnknown, SlackDown, SlackRefused
from bot.journal import Attempt, Journal
from bot.notices import Notices
from bot.owner_entries import Unassigned, assign, unassigned
from bot.ports import Authorizer, Threads
from bot.store.ledger import Ledger
from bot.store.owner_rules import OwnerRule, OwnerRules
from bot.store.owners import OwnerChange, Owners
from bot.store.people import PeopleStore
from bot.triage import NOBODY, ChannelId, Conversation, Origin, Person, UserId
from bot.views.message import message
from bot.views.owner import assigned, wrote_again

log = logging.getLogger(__name__)

# Why somebody lost a conversation whose lead wrote again.
LEFT = "its owner has left"


@dataclass(frozen=True, slots=True)
class Assigned:
    """The owner of a new reply, or NOBODY, and whether they had the conversation before it."""

    owner: UserId
    before: bool


class Assigning:
    """`assign` handles entries of the kind `assign`. `clock` is in seconds since the epoch."""

    def __init__(
        self,
        rules: OwnerRules,
        owners: Owners,
        people: PeopleStore,
        ledger: Ledger,
        threads: Threads,
        cards: Cards,
        authorizer: Authorizer,
        notices: Notices,
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._owners = owners
        self._people = people
        self._ledger = ledger
        self._threads = threads
        self._cards = cards
        self._authorizer = authorizer
        self._notices = notices
        self._journal = journal
        self._clock = clock

    async def at_reply(
        self,
        attempt: Attempt,
        conversation: Conversation,
        channels: Sequence[ChannelId],
        *,
        positive: bool,
    ) -> Assigned:
        """Gives a new reply to somebody before its cards are posted, once. While Slack does not say
        who people are, an entry does it later. `channels`: those that take the reply. `positive`:
        SendKit says that the reply is."""

        if "assign" not in attempt.steps and not await self._rules.concern(conversation.id):
            return Assigned(NOBODY, before=False)

        async def give(_: Attempt) -> Assigned:
            try:
                return await self._given(attempt, conversation, channels, positive=positive)
            except Later as later:
                log.info("a reply has no owner yet: %s", later)
                asked = Unassigned(conversation.id, tuple(channels), positive)
                await self._journal.write(assign(attempt.entry.id, asked))
                return Assigned(NOBODY, before=False)

        return await attempt.step("assign", give, Assigned)

    async def assign(self, attempt: Attempt) -> None:
        """The same after the cards were posted."""
        asked = unassigned(attempt.entry)
        conversation = await self._ledger.conversation(asked.conversation)
        if conversation is None:
            return  # deleted from the database

        async def give(_: Attempt) -> Assigned:
            return await self._given(attempt, conversation, asked.channels, positive=asked.positive)

        given = await attempt.step("assign", give, Assigned)
        if given.owner != NOBODY and not given.before:
            await self._cards.forget(await self._cards.redraw(conversation, urgent=False))
        await self.tell(attempt, conversation, given)

    async def tell(self, attempt: Attempt, conversation: Conversation, given: Assigned) -> None:
        """Tells the owner of a new reply, if they want that."""
        if given.owner != NOBODY and not conversation.auto_reply:
            said = wrote_again(conversation) if given.before else assigned(conversation)
            await self._notices.tell(
                given.owner, message(said), f"{attempt.entry.id}/owner", conversation.id
            )

    async def _given(
        self,
        attempt: Attempt,
        conversation: Conversation,
        channels: Sequence[ChannelId],
        *,
        positive: bool,
    ) -> Assigned:
        """Later if Slack does not say now who people are."""
        identity = f"{attempt.entry.id}/owner"
        owner = await self._owners.owner(conversation.id)
        came_of = await self._owners.came_of(identity, conversation.id)
        if came_of.made:
            return Assigned(owner.id if owner else NOBODY, before=False)
        if owner is not None and (conversation.auto_reply or await self._may_own(owner.id)):
            return Assigned(owner.id, before=True)
        if conversation.auto_reply:
            return Assigned(NOBODY, before=False)
        left = owner.id if owner else NOBODY
        rule = _first(await self._rules.all(), conversation, channels, positive=positive)
        here = await self._here(rule) if rule is not None else []
        if rule is not None and here:
            now = attempt.written_at
            await self._rules.give(identity, conversation.id, rule, here, now, left)
        elif left != NOBODY:
            change = OwnerChange(
                id=identity,
                conversation=conversation.id,
                owner=NOBODY,
                at=attempt.written_at,
                only_from=left,
                rule=LEFT,
            )
            await self._owners.change(change, {})
        now_owner = await self._owners.owner(conversation.id)
        return Assigned(now_owner.id if now_owner else NOBODY, before=False)

    async def _here(self, rule: OwnerRule) -> Collection[UserId]:
        """The rule's people who are neither away nor gone. Later if Slack names none of them
        as here, and gives no answer about one of them."""
        now, people = self._clock(), [person for person, _ in rule.people]
        known = await self._people.all(people)
        present = [each for each in people if not known[each].is_away(now)]
        answers = await asyncio.gather(*map(self._may_own, present), return_exceptions=True)
        here = [each for each, may in zip(present, answers, strict=True) if may is True]
        problems = [each for each in answers if isinstance(each, BaseException)]
        if problems and not here:
            raise problems[0]
        for each in here:
            name = await self._threads.name(Person(each, ""))
            if name != known[each].name:
                await self._people.set_name(each, name)
        return here

    async def _may_own(self, person: UserId) -> bool:
        """Whether the person is still one of those who may decide. Later if Slack does not say."""
        origin = Origin(ChannelId(person), Person(person, ""), door="button")
        try:
            await self._authorizer.authorize(origin, Take(None))
        except NotAllowed as error:
            cause = error.__cause__
            if isinstance(cause, SlackRefused) and not cause.error.startswith("user_"):
                raise PermissionUnknown(SlackDown(error=cause.error)) from error
            return False
        return True


def _first(
    rules: Sequence[OwnerRule],
    conversation: Conversation,
    channels: Sequence[ChannelId],
    *,
    positive: bool,
) -> OwnerRule | None:
    """The first rule for this reply."""
    for rule in rules:
        if rule.filters is None:
            if rule.channel in channels:
                return rule
        elif rule.filters.take(conversation, positive):
            return rule
    return None
