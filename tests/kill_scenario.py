"""What a kill test is made of: processes of the bot that are killed, people who press on, servers
on their bad days, and a count of what came of it all."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bot import acts
from bot.errors import NotUnderstood
from bot.playground.sendkit import Exchange as SendKitExchange
from bot.playground.sendkit import Fault
from bot.playground.wire import Exchange
from bot.playground.workspace import Json, Message
from bot.slack.payloads import from_click, from_message, from_reaction
from bot.store.opening import read_only
from bot.triage import ConversationId
from tests.conftest import House
from tests.processes import Bots
from tests.timings import KILLED

UNDO: Final = "Undo"
CHOICES: Final = ("Interested", "Not interested", UNDO, "Meeting booked")
PEOPLE: Final = ("U0ADA", "U0BEN", "U0CHLOE", "U0DEV")

SHARE: Final = 0.05
SLOWEST_SECONDS: Final = 0.3
REPEATED_SHARE: Final = 0.05
# Between two kills, on average: so many calls of the bot, which a busy machine makes more slowly,
# and a moment more, so that kills fall into calls too. A process that starts gets the moment only.
CALLS_BETWEEN: Final = 60
SECONDS_BETWEEN: Final = 0.3
# If nothing more is done for so long, the rest is stuck or lost. Slack's rate alone can make a
# backlog last for minutes, a line at a time.
QUIET_SECONDS: Final = 60.0
# As long as no client waits, and not so long that nobody could know.
STALLED: Final = KILLED.sendkit_call + 0.1


class People:
    """Who press, mention the bot and react, whatever happens: what was not acknowledged they saw
    fail, and do again.

    `decided` has each conversation's decisions in order, each as the identities of its presses.
    """

    def __init__(self, house: House, dice: random.Random) -> None:
        self._house = house
        self._dice = dice
        self.presses = 0
        self._reactions: dict[tuple[ConversationId, int], Json] = {}
        self.decided: dict[ConversationId, list[set[str]]] = {}
        self.choices: dict[ConversationId, list[str]] = {}
        house.slack.on_wire.append(self._note)

    async def decide(self, conversation: ConversationId, clicks: int) -> None:
        """One person's clicks on one card, one after another."""
        self.decided[conversation], self.choices[conversation] = [], []
        person = self._dice.choice(PEOPLE)
        for number in range(clicks):
            await asyncio.sleep(self._dice.uniform(0, 2.0))
            self.decided[conversation].append(set())
            self.choices[conversation].append(CHOICES[number % len(CHOICES)])
            while not await self._press(conversation, CHOICES[number % len(CHOICES)], person):
                moment = self._dice.uniform(0.2, 0.8)
                await asyncio.sleep(moment)

    async def _press(self, conversation: ConversationId, choice: str, person: str) -> bool:
        deliveries = 1 + (self._dice.random() < REPEATED_SHARE)
        if choice == UNDO:
            line = self._line(conversation)
            if line is None:
                return False
            added = self._reactions.get((conversation, len(self.decided[conversation]) - 1))
            # Not if a press before it may have been saved as well.
            if added is not None and len(self.decided[conversation][-2]) == 1:
                return await self._react(conversation, added | {"type": "reaction_removed"})
            ack = await self._house.slack.click(line, UNDO, user=person, deliveries=deliveries)
            return ack.ok or any(each.ok for each in ack.repeats)
        door = self._dice.choice(("button", "mention", "emoji"))
        if door == "mention":
            return await self._mention(conversation, choice, person)
        shown = buttons(self._house).get(conversation)
        if shown is None:
            # Another card of its message was redrawn before this one was recorded: it comes back.
            return False
        card, block = shown
        if door == "emoji" and len(set().union(*map(conversations_of, card.blocks))) == 1:
            names = {"Interested": "star", "Not interested": "x", "Meeting booked": "tada"}
            item = {"type": "message", "channel": card.channel, "ts": card.ts}
            who = {"user": person, "reaction": names[choice], "item": item}
            return await self._react(conversation, {"type": "reaction_added"} | who)
        faces = [each["text"]["text"] for each in block["elements"] if "text" in each]
        label = choice if choice in faces else f"✓ {choice}"
        ack = await self._house.slack.click(
            card, label, user=person, block=block["block_id"], deliveries=deliveries
        )
        return ack.ok or any(each.ok for each in ack.repeats)

    async def _mention(self, conversation: ConversationId, choice: str, person: str) -> bool:
        """Types a mention, and waits for what comes of it, as it may take the bot a while to
        understand."""
        space = self._house.slack.workspace
        lead = self._house.sendkit.inbox.get(conversation).lead.email
        text = f"<@{space.bot.id}> {choice} <mailto:{lead}|{lead}>"
        channel, ts = space.channel("#triage").id, space.next_ts()
        event = {"type": "app_mention", "user": person, "text": text, "ts": ts, "channel": channel}
        said = from_message({"event": event}, 0)
        assert said is not None
        # The second is the decision's own, if it took more than the known leads and aiTags.
        mine = self.decided[conversation][-1]
        mine |= {said.identity, f"{said.identity}/decide"}
        if not (await self._house.slack.event(event, forced=self._again())).ok:
            return False
        await self._house.slack.until(
            lambda: any(_mark(line) in mine for thread in threads(self._house) for line in thread)
        )
        return True

    async def _react(self, conversation: ConversationId, event: Json) -> bool:
        """Adds an emoji, or takes it away. What Slack repeats is the same event."""
        event = {**event, "event_ts": self._house.slack.workspace.next_ts()}
        event = self._reactions.setdefault((conversation, len(self.decided[conversation])), event)
        reaction = from_reaction({"event": event}, 0)
        assert reaction is not None
        self.decided[conversation][-1].add(reaction.identity)
        while True:
            if (await self._house.slack.event(event, forced=self._again())).ok:
                return True
            await asyncio.sleep(self._dice.uniform(0.2, 0.8))

    def _again(self) -> int:
        """How often Slack repeats an event."""
        return int(self._dice.random() < REPEATED_SHARE)

    def _line(self, conversation: ConversationId) -> Message | None:
        """The line of the decision before this one, with the button that takes it back."""
        marks = self.decided[conversation][-2]
        lines = (each for lines in threads(self._house) for each in lines)
        return next((each for each in lines if _mark(each) in marks), None)

    def _note(self, exchange: Exchange) -> None:
        if exchange.direction == "to_bot":
            self.presses += 1
        if exchange.direction == "to_bot" and "event" not in exchange.request:
            click = from_click(exchange.request, 0)
            self.decided[_whose(click.value)][-1].add(click.identity)


def buttons(house: House) -> dict[ConversationId, tuple[Message, Json]]:
    """Where each conversation can be decided about: its message, and its block in it."""
    return {
        conversation: (card, block)
        for card in house.slack.messages("#triage")
        for block in card.blocks
        for conversation in conversations_of(block)
    }


def cards(house: House) -> Counter[ConversationId]:
    """How many cards each conversation has in the channel."""
    return Counter(
        conversation
        for card in house.slack.messages("#triage")
        for conversation in set().union(*(conversations_of(block) for block in card.blocks))
    )


def threads(house: House) -> Iterator[Sequence[Message]]:
    return (house.slack.thread(card.channel, card.ts) for card in house.slack.messages("#triage"))


def _mark(line: Message) -> str:
    """What a line came of."""
    return str((line.metadata or {}).get("event_payload", {}).get(acts.MARK, line.text))


def conversations_of(block: Mapping[str, Any]) -> set[ConversationId]:
    values = [
        part.get("value", "")
        for element in block.get("elements", ())
        for part in (element, *element.get("options", ()))
        if isinstance(element, dict)
    ]
    found = set()
    for value in values:
        with suppress(NotUnderstood):
            found.add(_whose(value))
    return found


def _whose(value: str) -> ConversationId:
    """The conversation that a button is about."""
    acts.parse(value)
    return ConversationId(value.split(":")[1])


def told(house: House, people: People) -> dict[ConversationId, list[tuple[int, str]]]:
    """Of each conversation, what its thread's lines tell in their order: which of its decisions,
    and by which press. A line without a decision is number -1."""
    whose = {
        press: (conversation, number)
        for conversation, decided in people.decided.items()
        for number, presses in enumerate(decided)
        for press in presses
    }
    found: dict[ConversationId, list[tuple[int, str]]] = {each: [] for each in people.decided}
    for line in (each for lines in threads(house) for each in lines):
        conversation, number = whose.get(mark := _mark(line), (ConversationId(""), -1))
        found.setdefault(conversation, []).append((number, mark))
    return found


class Calls:
    """The bot's calls to both services, counted as they are answered."""

    def __init__(self, house: House) -> None:
        self._number = 0
        self._made = asyncio.Event()
        house.sendkit.on_wire.append(self._note)
        house.slack.on_wire.append(self._note)

    async def more(self, number: int) -> None:
        """Returns after so many more."""
        wanted = self._number + number
        async with asyncio.timeout(QUIET_SECONDS):
            while self._number < wanted:
                self._made.clear()
                await self._made.wait()

    def _note(self, exchange: Exchange | SendKitExchange) -> None:
        if not isinstance(exchange, Exchange) or exchange.direction == "to_slack":
            self._number += 1
            self._made.set()


@dataclass(frozen=True)
class Ordeal:
    """How hard a kill test is. `cards` are there at first, so many of them `alone` in their
    messages; `later` replies come meanwhile; `stalls`
    calls of each service come through when no client waits any more. Of several `processes`, one
    dies for good in the end."""

    seed: int
    clicks: int = 24
    kills: int = 3
    cards: int = 8
    alone: int = 3
    later: int = 2
    stalls: int = 1
    processes: int = 1


@dataclass
class Tally:
    """What came of it; `wrong` has a sentence for each thing that should not be. Until the last
    kill there were `lines_by_then`; the rest took `seconds_after`."""

    clicks: int
    kills: int
    presses: int
    patches: int
    lines: int
    lines_by_then: int
    seconds_after: float
    wrong: list[str]


async def endured(house: House, ordeal: Ordeal) -> Tally:
    """People click while the bot is killed at random moments, between servers on bad days."""
    house.slack.ack_seconds = 3  # for the answers that killed processes owe
    dice = random.Random(ordeal.seed)
    people, calls = People(house, dice), Calls(house)
    answered: list[object] = []
    house.sendkit.on_wire.append(answered.append)
    together = ordeal.cards - ordeal.alone
    announced = [ConversationId(house.reply(number).id) for number in range(together)]
    bots = Bots(house, ordeal.processes)
    await bots.start()
    try:
        await house.slack.until(lambda: len(buttons(house)) == together)
        for number in range(together, ordeal.cards):
            announced.append(ConversationId(house.reply(number).id))
            await house.slack.until(lambda: len(buttons(house)) == len(announced))
        _trouble(house, dice)
        clicks = [ordeal.clicks // ordeal.cards] * ordeal.cards
        clicks[0] += ordeal.clicks % ordeal.cards
        there = zip(buttons(house), clicks, strict=True)
        deciding = asyncio.gather(*(people.decide(card, many) for card, many in there))
        takes_clicks = True
        for kill in range(ordeal.kills):
            if _falls_on(kill, ordeal.later, ordeal.kills):
                announced.append(ConversationId(house.reply(len(announced)).id))
            if _falls_on(kill, ordeal.stalls, ordeal.kills):
                _stall(house)
            if takes_clicks:
                await calls.more(round(dice.expovariate(1 / CALLS_BETWEEN)))
            await asyncio.sleep(dice.expovariate(1 / SECONDS_BETWEEN))
            takes_clicks = await bots.kill(dice)
        lines_by_then = sum(map(len, told(house, people).values()))
        await bots.ready()
        if ordeal.processes > 1:
            await bots.kill_for_good(dice)
        began = time.monotonic()
        await deciding
        await until_done(house, people, announced)
        seconds_after = time.monotonic() - began
    finally:
        await bots.stop()
    await house.sendkit.until(lambda: len(answered) == len(house.sendkit.requests))
    found, wrong = told(house, people), await wrong_lines(house, people)
    return Tally(
        ordeal.clicks,
        ordeal.kills,
        people.presses,
        len(house.sendkit.patches),
        sum(map(len, found.values())),
        lines_by_then,
        seconds_after,
        [*wrong, *wrong_cards(house, announced)],
    )


def _trouble(house: House, dice: random.Random) -> None:
    half = SLOWEST_SECONDS / 2  # before Slack acts, and as long again after it
    house.slack.faults.randomly(random.Random(dice.random()), share=SHARE, slowest=half)
    house.sendkit.faults.randomly(
        random.Random(dice.random()), share=SHARE, slowest=SLOWEST_SECONDS
    )


def _stall(house: House) -> None:
    house.sendkit.faults.add(Fault(seconds=STALLED), "PATCH")
    house.slack.faults.slow("chat.postMessage", seconds=STALLED)


def _falls_on(turn: int, times: int, turns: int) -> bool:
    """Whether one of so many times, spread evenly over the turns, is in this one."""
    return turn * times // turns < (turn + 1) * times // turns


async def until_done(house: House, people: People, announced: Sequence[ConversationId]) -> None:
    """Returns when everything is told and announced, or when nothing moves any more."""
    seen = (0, 0, 0)

    def moved() -> bool:
        nonlocal seen
        lines = sum(map(len, told(house, people).values()))
        before, seen = seen, (len(house.sendkit.patches), lines, cards(house).total())
        return before != seen

    with suppress(AssertionError):
        while is_open(house, people, announced):
            await house.slack.until(moved, timeout=QUIET_SECONDS)


def is_open(house: House, people: People, announced: Sequence[ConversationId]) -> bool:
    """Whether a decision is still to be told, or a reply to be announced."""
    found = told(house, people)
    return not set(announced) <= set(cards(house)) or any(
        not set(range(len(decided))) <= {number for number, _ in found[conversation]}
        for conversation, decided in people.decided.items()
    )


async def wrong_lines(house: House, people: People) -> list[str]:
    """What is wrong with lines and PATCHes, after the processes have ended. The journal tells what
    is stuck from what is lost."""
    async with read_only(house.settings.database_url) as database:
        rows = await database.read("SELECT id FROM entries WHERE state = 'open'")
    return list(_wrong_lines(house, people, {row["id"] for row in rows}))


def _wrong_lines(house: House, people: People, in_journal: Collection[str]) -> Iterator[str]:
    for conversation, lines in told(house, people).items():
        numbers, marks = [number for number, _ in lines], [mark for _, mark in lines]
        wanted = [*_ai_tags(people.choices.get(conversation, ()))]
        tags = [
            patch.body["aiTag"]
            for patch in house.sendkit.patches
            if patch.conversation_id == conversation
        ]
        runs = [(tag, len(list(run))) for tag, run in groupby(tags)]
        if -1 in numbers:
            yield f"{conversation}: a line without a decision: {lines}"
        decided = people.decided.get(conversation, ())
        missing = set(range(len(decided))) - set(numbers)
        stuck = {each for each in missing if not decided[each].isdisjoint(in_journal)}
        if stuck:
            yield f"{conversation}: stuck, still in the journal: {sorted(stuck)}"
        if missing - stuck:
            yield f"{conversation}: lost, no line of {sorted(missing - stuck)}"
        if numbers != sorted(numbers):
            yield f"{conversation}: lines out of order: {numbers}"
        if len(marks) != len(set(marks)):
            yield f"{conversation}: a press with two lines: {numbers}"
        if [tag for tag, _ in runs] != wanted[: len(runs)] or len(runs) < len(wanted) - len(stuck):
            yield f"{conversation}: PATCHes lost or out of order: {tags}, not {wanted}"
        elif any(
            many > numbers.count(number) + (number in stuck)
            for number, (_, many) in enumerate(runs)
        ):
            yield f"{conversation}: a press with two PATCHes: {tags}, lines {numbers}"


def wrong_cards(house: House, announced: Sequence[ConversationId]) -> Iterator[str]:
    there = cards(house)
    for conversation in announced:
        if there[conversation] != 1:
            yield f"{conversation}: {there[conversation]} cards in the channel"


def _ai_tags(choices: Sequence[str]) -> Iterator[str | None]:
    """The aiTag after each choice."""
    before = now = None
    for choice in choices:
        before, now = now, before if choice == UNDO else choice.lower().replace(" ", "_")
        yield now
