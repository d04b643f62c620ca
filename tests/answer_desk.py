"""An office with a lead who has replied, and answers to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import answer_entries
from bot.answers import Answer, AnswerId, State, newest_seen
from bot.playground.sendkit import Fault
from bot.playground.workspace import Message
from bot.store.answers import Answers
from bot.timing import Timing
from bot.triage import ConversationId, Origin, Person, UserId
from tests.office import ADA, TRIAGE, Office, opened
from tests.written import answer

BEN = Person(UserId("U0BEN"), "ben")
# An answer can be taken back for a moment.
SHORT = Timing(
    shortest_pause=0.05, answer_held=1.2, answer_shown=0.3, settling=0.2, message_slot=0.0
)
# It goes out long after the test.
LONG = replace(SHORT, answer_held=600.0)
TEXT = "Dear Jane,\n\nyes & no <3\n\nAda"
HERE = Origin(TRIAGE, ADA, door="form")


@dataclass
class Desk:
    """An office with a lead who has replied, and an answer to them."""

    office: Office
    conversation: ConversationId
    card: Message
    answers: Answers

    async def written(self, **fields: Any) -> Answer:
        """An answer to the newest mail, as a form makes it."""
        _, mails = await self.office.bot.sendkit.thread(self.conversation)
        given = {
            "conversation": self.conversation,
            "answered": newest_seen(mails),
            "text": TEXT,
            "origin": replace(HERE, person=fields.get("writer", ADA)),
        }
        return answer(**(given | fields))

    async def sent(self, **fields: Any) -> Answer:
        written = await self.written(**fields)
        await self.write(answer_entries.answer(written))
        return written

    async def write(self, entry: Any) -> None:
        assert await self.office.bot.journal.write(entry)

    async def state(self, identity: str = "view:1") -> State | None:
        found = await self.answers.get(AnswerId(identity))
        return found.state if found else None

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while not await is_so():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def reaches(self, state: State) -> None:
        async def is_so() -> bool:
            return await self.state() is state

        await self.until(is_so)

    @property
    def posts(self) -> int:
        """How many mails SendKit took."""
        return len(self.office.sendkit.inbox.replies)

    @property
    def mails(self) -> list[str]:
        """What went out to the lead, but for the campaign's mail."""
        thread = self.office.sendkit.inbox.get(self.conversation)
        return [each.text for each in thread.messages if not each.from_lead and each.step is None]

    @property
    def lines(self) -> list[str]:
        return self.office.lines(self.card)

    def told(self, user: str = "U0ADA") -> list[str]:
        return [each.text for each in self.office.slack.ephemerals("#triage", user)]

    async def draft(self, person: UserId = ADA.id) -> str | None:
        found = await self.answers.draft(person, self.conversation)
        return found.text if found else None

    def fault(self, fault: Fault, method: str, path: str = "*", times: int | None = 1) -> None:
        self.office.sendkit.faults.add(fault, method, path, times)

    def colleague_answers(self) -> None:
        inbox = self.office.sendkit.inbox
        inbox.send(inbox.queue_reply(self.conversation, "<p>I am on it.</p>").id)

    def lead_writes(self) -> None:
        self.office.sendkit.reply(self.office.lead(0), "One more thing: <b>STOP</b>")


@asynccontextmanager
async def desk_at(url: Path | str, timing: Timing = SHORT, **more: str) -> AsyncIterator[Desk]:
    async with opened(url, timing, **({"REPLIES": "on"} | more)) as office:
        conversation, card = await office.shown()
        found = await office.bot.sendkit.conversation(conversation)
        await office.bot.ledger.remember(found, 1.0)
        yield Desk(office, conversation, card, Answers(office.bot.database))
