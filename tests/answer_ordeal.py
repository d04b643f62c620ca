"""Answers to leads while the bot is killed, SendKit has bad days, leads write again and colleagues
answer: what became of each.

People act through the tables, as the bot's own process does after a press: another process cannot
reach its journal. The bot takes up what no entry of the journal watches.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from bot import acts
from bot.answers import Answer, AnswerId, State, as_html, newest_seen, seen_number
from bot.playground import sendkit_responses
from bot.playground.inbox import Event, Reply
from bot.playground.sample_data import Lead
from bot.playground.sendkit import Exchange, Fault
from bot.playground.workspace import Message
from bot.sendkit import parsing
from bot.store.answers import Answers
from bot.store.channels import STARTED
from bot.store.opening import beside
from bot.triage import ChannelId, ConversationId, Mail, Origin, Person, UserId
from tests.conftest import House
from tests.processes import Process

ADA: Final = Person(UserId("U0ADA"), "ada")
# After it took the request, SendKit fails.
TAKEN: Final = (
    Fault(status=503, acts=True),
    Fault(status=502, acts=True),
    Fault(drop=True, acts=True),
    Fault(status=500),
    Fault(status=404, message="The requested resource was not found"),
    Fault(status=429, message="Too many requests", retry_after=0),
    Fault(drop=True),
    Fault(stale=True),
    Fault(text="<html>"),
)
SHARE: Final = 0.08
# Between two kills, on average.
PAUSE_SECONDS: Final = 1.5
PATIENCE_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Ordeal:
    """How many answers to how many leads, at how many kills."""

    seed: int
    answers: int = 20
    kills: int = 3
    leads: int = 10


@dataclass
class Tally:
    """What came of it: how many answers ended how, and a sentence for each thing that should not
    be."""

    ends: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    doubts: int = 0
    wrong: list[str] = field(default_factory=list)


class Trial:
    """One ordeal."""

    def __init__(self, house: House, ordeal: Ordeal, answers: Answers) -> None:
        self._house = house
        self._inbox = house.sendkit.inbox
        self._dice = random.Random(ordeal.seed)
        self._ordeal = ordeal
        self._answers = answers
        self.tally = Tally()
        self._given: dict[AnswerId, Answer] = {}
        # How many mails SendKit last showed of each conversation.
        self._shown: Counter[str] = Counter()
        house.sendkit.on_wire.append(self._note)
        self._inbox.on_event.append(self._changed)

    async def run(self) -> None:
        leads = [Lead(f"lead{each}@example.com", f"L{each}") for each in range(self._ordeal.leads)]
        bot = Process(self._house, REPLIES="on", LOG_LEVEL="CRITICAL")
        await bot.start()
        house = self._house
        there = [
            (ConversationId(house.sendkit.reply(each, "Tell me more.").id), each) for each in leads
        ]
        await house.until_stored("SELECT 1 FROM cards", len(leads))
        try:
            faults = self._house.sendkit.faults
            faults.randomly(self._dice, SHARE, TAKEN, slowest=0.3)
            each = self._ordeal.answers // len(leads)
            writing = asyncio.gather(*(self._writes(one, lead, each) for one, lead in there))
            for _ in range(self._ordeal.kills):
                await asyncio.sleep(self._dice.expovariate(1 / PAUSE_SECONDS))
                await bot.end(signal.SIGKILL)
                await bot.start()
                self.tally.kills += 1
            async with asyncio.timeout(PATIENCE_SECONDS * 4):
                await writing
            self._house.sendkit.faults.clear()
            await self._until_quiet()
        finally:
            await bot.end(signal.SIGTERM)
        self.tally.wrong += [each async for each in self._wrong()]

    async def _writes(self, conversation: ConversationId, lead: Lead, number: int) -> None:
        for each in range(number):
            await asyncio.sleep(self._dice.uniform(0, 1.0))
            await self._answer(conversation, lead, each)

    async def _answer(self, conversation: ConversationId, lead: Lead, number: int) -> None:
        """One answer from the form to its end, and what happens meanwhile."""
        dice = self._dice
        identity = AnswerId(f"view:{conversation}:{number}")
        answer = Answer(
            id=identity,
            conversation=conversation,
            answered=newest_seen(self._mails(conversation)),
            writer=ADA,
            text=f"Dear {lead.first_name}, answer number {number}.\n\nAda",
            origin=Origin(ChannelId("C0TRIAGE"), ADA, door="form"),
            made_at=self._inbox.clock().timestamp(),
        )
        happens = dice.choices(
            ("nothing", "lead", "colleague", "wish", "mailbox", "late"), (60, 12, 8, 8, 6, 6)
        )[0]
        early = dice.random() < 0.4
        if early:
            self._happen(happens, lead, conversation)
        self._given[identity] = await self._answers.claim(answer)
        if not early:
            await asyncio.sleep(dice.uniform(0, 2.0))
            self._happen(happens, lead, conversation)
        if happens == "wish":
            await self._answers.wish_back(identity, "Ben")
        await self._ends(identity)
        self._inbox.mailbox_connected, self._inbox.cancels_too_late = True, False

    def _happen(self, what: str, lead: Lead, conversation: ConversationId) -> None:
        match what:
            case "lead":
                self._house.sendkit.reply(lead, "One more thing.")
            case "colleague":
                reply = self._inbox.queue_reply(conversation, "<p>I am on it.</p>")
                self._inbox.send(reply.id)
            case "mailbox":
                self._inbox.mailbox_connected = False
            case "late":
                self._inbox.cancels_too_late = True
                self._house.sendkit.reply(lead, "Stop.")

    async def _ends(self, identity: AnswerId) -> None:
        """Waits for its end. A person settles what is in doubt."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = await self._answers.get(identity)
                assert found is not None
                if found.told and found.state is not State.UNSETTLED:
                    return
                if found.state is State.UNSETTLED:
                    await self._settle(found)
                await asyncio.sleep(0.1)

    async def _settle(self, found: Answer) -> None:
        statuses = [each.status for each in self._replies(found)]
        if "pending" in statuses:
            return  # a person sees that it is scheduled
        state = State.SENT if "sent" in statuses else State.FAILED
        settled = replace(found, state=state, reason="Ben looked in SendKit", told=False)
        self.tally.doubts += await self._answers.change(found, settled, 0.0)

    async def _until_quiet(self) -> None:
        """Lets the lines be written that Slack's rate held up."""
        with suppress(AssertionError):
            await self._house.slack.until(
                lambda: all(self._lines()[each] for each in self._given), timeout=1
            )

    def _mails(self, conversation: ConversationId) -> list[Mail]:
        found = self._inbox.get(conversation)
        shape = sendkit_responses.detail_shape(found, (), "new")
        return [*parsing.mails({"success": True, "data": shape})]

    def _replies(self, answer: Answer) -> list[Reply]:
        text = as_html(answer.text)
        replies = self._inbox.replies.values()
        return [
            each
            for each in replies
            if (each.conversation_id, each.text) == (answer.conversation, text)
        ]

    def _note(self, exchange: Exchange) -> None:
        method, path = exchange.what.split(" ")
        if method == "GET" and exchange.status == 200 and isinstance(exchange.response, dict):
            data = exchange.response.get("data")
            if isinstance(data, dict) and "messages" in data:
                one = path.rsplit("/", 1)[-1]
                self._shown[one] = max(self._shown[one], len(data["messages"]))

    def _changed(self, event: Event) -> None:
        if event.name not in ("reply", "email.sent"):
            return
        newest = [*self._inbox.replies.values()][-1]
        for each in self._given.values() if event.name == "reply" else ():
            if newest in self._replies(each) and newest.status == "pending":
                seen, shown = seen_number(each.answered), self._shown[each.conversation]
                if shown > seen:
                    self.tally.wrong.append(f"{each.id}: sent over a mail that SendKit had shown")

    def _lines(self) -> Counter[str]:
        slack = self._house.slack
        lines: list[Message] = [
            line
            for card in slack.messages("#triage")
            for line in slack.thread(card.channel, card.ts)
        ]
        marks = ((each.metadata or {}).get("event_payload", {}).get(acts.MARK) for each in lines)
        return Counter(str(each).removesuffix("/line") for each in marks if each)

    async def _wrong(self) -> AsyncIterator[str]:
        lines = self._lines()
        for identity, given in self._given.items():
            found = await self._answers.get(identity)
            replies = self._replies(given)
            if found is None:
                yield f"{identity}: lost"
                continue
            self.tally.ends[found.state] += 1
            sent = sum(each.status == "sent" for each in replies)
            if len(replies) > 1:
                yield f"{identity}: SendKit was asked {len(replies)} times"
            if sent != (found.state is State.SENT):
                yield f"{identity}: {found.state}, and {sent} mails went out"
            if not found.told:
                yield f"{identity}: its end was not told"
            if lines[identity] != (found.state is not State.STALE):
                yield f"{identity}: {found.state}, and {lines[identity]} lines"
            if found.state in (State.FAILED, State.TAKEN_BACK, State.STALE):
                draft = await self._answers.draft(ADA.id, given.conversation)
                if draft is None:
                    yield f"{identity}: {found.state}, and no draft"


async def endured(house: House, ordeal: Ordeal) -> Tally:
    async with house.bot():
        # The tables are there, and what comes now gets a card each.
        await house.until_stored("SELECT 1 FROM facts WHERE name = :name", name=STARTED)
    async with beside(house.settings.database_url) as database:
        trial = Trial(house, ordeal, Answers(database))
        await trial.run()
    return trial.tally
