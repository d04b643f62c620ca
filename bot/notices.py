"""Direct messages about their conversations, to people who asked for them."""

import logging

from bot import entries
from bot.codec import decode
from bot.errors import SlackRefused
from bot.journal import Attempt, Journal
from bot.ports import Threads
from bot.store.ledger import Ledger
from bot.store.people import PeopleStore
from bot.triage import ChannelId, ConversationId, UserId
from bot.views import Message
from bot.views.message import above

log = logging.getLogger(__name__)


class Notices:
    """`send` handles entries of the kind `notice`."""

    def __init__(
        self, people: PeopleStore, ledger: Ledger, threads: Threads, journal: Journal
    ) -> None:
        self._people = people
        self._ledger = ledger
        self._threads = threads
        self._journal = journal

    async def tell(
        self,
        person: UserId,
        said: Message,
        entry_id: str,
        about: ConversationId | None = None,
    ) -> None:
        """Sends a direct message, once for each entry and person, if the person wants them. It ends
        in a link to the card of the conversation that it is `about`."""
        if (await self._people.get(person)).notify:
            told = entries.Notice(person, said.text, tuple(said.blocks), about)
            await self._journal.write(entries.notice(entry_id, told))

    async def send(self, attempt: Attempt) -> None:
        """Sends a notice, unless the person no longer wants them."""
        notice = decode(attempt.entry.payload, entries.Notice)
        colleague = await self._people.get(notice.person)
        if not colleague.notify:
            return
        cards = await self._ledger.cards(notice.about) if notice.about else ()
        url = await self._threads.link(cards[-1]) if cards else ""
        said = above(Message(notice.text, notice.blocks), url, "Open the card")
        mark = attempt.entry.id

        async def sent(_: Attempt) -> ChannelId:
            return await self._threads.send(notice.person, colleague.im, said, mark, attempt)

        try:
            im = await attempt.step("sent", sent, str)
        except SlackRefused as error:
            log.warning("a notice was not sent: %s", error.error)
            return
        if im and im != colleague.im:
            await self._people.set_im(notice.person, ChannelId(im))
