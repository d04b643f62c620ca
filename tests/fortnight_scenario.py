"""Two weeks of a team, in some minutes.

Five people, two channels in two time zones, leads who write at all hours, and the clocks that are
put forward in the middle. The clock jumps from one moment to the next: leads write at full ten
minutes, people work five minutes later, and reminders are judged in between. What should happen is
computed here, by the calendar and from the mails, not by the bot.
"""

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import psycopg

from bot.playground.people import PEOPLE
from bot.playground.sample_data import CAMPAIGNS, Campaign, Lead
from bot.playground.wire import Exchange
from bot.playground.workspace import Message, User
from bot.store.opening import read_only
from bot.timing import Clocks
from bot.triage import ConversationId
from tests.conftest import House
from tests.fast_clock import FastClock
from tests.kill_scenario import conversations_of
from tests.timings import QUICK

FAST: Final = replace(QUICK, due_look=0.05, clock_check=0.05, message_slot=0.01)
BERLIN: Final = ZoneInfo("Europe/Berlin")
STEP: Final = timedelta(minutes=10)
TEAM: Final = (*PEOPLE, User("U0EVE", "eve", "Eve Moreau", "Eve"))
ADA, BEN, CHLOE, DEV, EVE = (each.id for each in TEAM)
NAMES: Final = {each.id: each.display_name or each.real_name for each in TEAM}
# These people want direct messages.
TOLD: Final = (BEN, CHLOE, EVE)
# These people own the replies to the first campaign in turn.
RULED: Final = (BEN, CHLOE, DEV)
SECRET: Final = "a webhook's long secret"
ABROAD: Final = Campaign("Enterprise", "Quick question")
# What people choose, and the aiTag that it sets.
CHOICES: Final = {
    "Interested": "interested",
    "Not interested": "not_interested",
    "Meeting booked": "meeting_booked",
    "Mark read": None,
}
SILENT: Final = ("not_interested",)
DIGEST: Final = (18, 0)
DOWN: Final = timedelta(hours=1)
AUTO_SHARE: Final = 0.08
AGAIN_SHARE: Final = 0.15
NIGHT_SHARE: Final = 0.25
HANDLED_SHARE: Final = 0.85
ANSWERED_SHARE: Final = 0.6
UNDO_SHARE: Final = 0.04
TAKE_SHARE: Final = 0.1
# A bot that has not done it after so long will not.
PATIENCE_SECONDS: Final = 60.0

_REMINDER: Final = re.compile(
    r"(?P<who>.+?) has waited (?:(?P<hours>\d+) hours?)?(?: and )?(?:(?P<minutes>\d+) minutes)?"
)
_AUDIT: Final = re.compile(r"SendKit counts (\d+) unread, (\d+) have a card")
_COMING: Final = re.compile(r"On the way \((\d+)\)")
_DECIDED: Final = re.compile(r"(\d+) decisions? about")
_UNDONE: Final = re.compile(r"(\d+) more (?:was|were) undone")
_SOONER: Final = """
    UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - make_interval(secs => %(seconds)s)
    WHERE status = 'todo' AND scheduled_at > now()
"""

Action = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Office:
    """A channel, its working hours and its reminders in minutes."""

    channel: str
    zone: ZoneInfo
    opens: tuple[int, int]
    closes: tuple[int, int]
    remind: tuple[int, ...]

    def works(self, moment: datetime) -> bool:
        """Whether people work in the ten minutes from this moment."""
        there = moment.astimezone(self.zone)
        return there.weekday() < 5 and self.opens <= (there.hour, there.minute) < self.closes

    def due(self, since: datetime, minutes: int) -> datetime:
        """When somebody has waited for this much working time. They wrote a moment after `since`,
        so the last moment of a day's work is the first of the next one."""
        while minutes > 0 or not self.works(since):
            minutes -= 10 * self.works(since)
            since += STEP
        return since


OFFICES: Final = (
    Office("#triage", BERLIN, (9, 0), (17, 30), (30, 120)),
    Office("#general", ZoneInfo("America/New_York"), (9, 0), (17, 0), (60,)),
)


@dataclass(frozen=True)
class Fortnight:
    """How much happens. It begins at midnight in Berlin, on `begins`."""

    seed: int
    begins: str = "2027-03-22"
    days: int = 14
    replies: int = 2000
    restarts: int = 20
    processes: int = 1


@dataclass(eq=False)
class Talk:
    """A conversation as mails and people have it. `since`: when the lead began to wait for our
    answer. `card` and `office`: the newest card and its channel; `shown`: it is about the newest
    reply. `ruled`: a rule says who owns it."""

    id: ConversationId
    lead: Lead
    campaign: Campaign
    since: datetime | None = None
    ai_tag: str | None = None
    unread: bool = True
    owner: str = ""
    ruled: bool = False
    shown: bool = False
    card: Message | None = None
    office: Office | None = None


@dataclass
class Tally:
    """What came of it; `wrong` has a sentence for each thing that should not be."""

    replies: int = 0
    decisions: int = 0
    undone: int = 0
    answers: int = 0
    reminders: int = 0
    messages: int = 0
    digests: int = 0
    restarts: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Ear:
    """Hears what the bot posts: reminders in threads and to people, lines about decisions, digests,
    and cards. Reminders are counted by channel, lead and minutes."""

    def __init__(self, house: House) -> None:
        self.reminders: Counter[tuple[str, str, int]] = Counter()
        self.decisions = 0
        self.digests: list[str] = []
        names = "|".join(map(re.escape, NAMES.values()))
        # In a shared message's thread, a line begins with its lead.
        self._decided = re.compile(rf"(?:.* · )?(?:{names}) (?:set|marked|undid) ")
        house.slack.on_wire.append(self._hear)

    def _hear(self, exchange: Exchange) -> None:
        if exchange.what != "chat.postMessage" or not exchange.response.get("ok"):
            return
        text = exchange.response["message"]["text"]
        if reminder := _REMINDER.match(text):
            minutes = 60 * int(reminder["hours"] or 0) + int(reminder["minutes"] or 0)
            self.reminders[exchange.response["channel"], reminder["who"], minutes] += 1
        elif "SendKit counts" in text and text.startswith(("The 24 hours", "From ")):
            self.digests.append(text)
        elif exchange.request.get("thread_ts") and self._decided.match(text):
            self.decisions += 1


class Simulation:
    """Runs the two weeks. An action is what leads or people do at a moment."""

    def __init__(self, house: House, plan: Fortnight) -> None:
        self._house = house
        self._plan = plan
        self._dice = random.Random(plan.seed)
        self._begins = datetime.fromisoformat(plan.begins).replace(tzinfo=BERLIN).astimezone(UTC)
        self._ends = self._begins + timedelta(days=plan.days)
        self._clock = FastClock(plan.begins, house.sendkit)
        self._clocks = Clocks(self._clock, self._clock.monotonic)
        self._now = self._begins
        self._ear = Ear(house)
        self._tally = Tally()
        self._talks: list[Talk] = []
        self._actions: dict[datetime, list[Action]] = defaultdict(list)
        self._dues: dict[datetime, list[tuple[Talk, datetime, Office, int]]] = defaultdict(list)
        self._late: list[tuple[Talk, datetime, Office, int]] = []
        self._seen = {each.channel: 0 for each in OFFICES}
        self._bots: list[AsyncExitStack] = []
        self._expected: Counter[tuple[str, str, int]] = Counter()
        self._decisions = 0
        self._in_digests = 0
        self._here = set(NAMES)
        self._away: set[str] = set()

    async def run(self) -> Tally:
        began = time.monotonic()
        space = self._house.slack.workspace
        space.clock = self._clock
        space.add_user(TEAM[-1], "#triage", "#general")
        for _ in range(self._plan.processes):
            await self._start()
        try:
            await self._set_up()
            self._plan_leads()
            self._plan_team()
            moment = self._begins
            while moment < self._ends:
                # A second later, so that no wait ends exactly when a day's work ends.
                await self._at(moment, timedelta(seconds=1))
                await self._judge(moment)
                await self._at(moment + timedelta(minutes=5))
                moment += STEP
            await self._settled(self._ends)
        finally:
            for stack in self._bots:
                await stack.aclose()
        self._tally.seconds = time.monotonic() - began
        self._count()
        return self._tally

    async def _set_up(self) -> None:
        await self._type(f'subscribe campaign:"{ABROAD.name}"', "#general")
        for office in OFFICES:
            opens, closes = (
                f"{hour}:{minute:02d}" for hour, minute in (office.opens, office.closes)
            )
            await self._type(f"hours mon-fri {opens}-{closes} {office.zone}", office.channel)
            await self._type(
                f"remind {' '.join(f'{each}m' for each in office.remind)}", office.channel
            )
        await self._type("digest 18:00", "#triage")
        people = " ".join(f"<@{each}>" for each in RULED)
        await self._type(f'owner campaign:"{CAMPAIGNS[0].name}" {people}', "#triage")
        for person in TOLD:
            await self._type("notify on", "#triage", person)

    async def _type(self, text: str, channel: str, person: str = ADA) -> None:
        """Types a command; returns once the bot has answered, to the person or the channel."""
        slack = self._house.slack

        def answers() -> int:
            return len(slack.ephemerals(channel, person)) + len(slack.messages(channel))

        before = answers()
        ack = await slack.command("/sendkit", text, channel=channel, user=person)
        assert ack.ok, text
        await slack.until(lambda: answers() > before)

    # What happens

    def _plan_leads(self) -> None:
        for _ in range(self._plan.replies):
            self._actions[self._moment_of_mail()].append(self._lead_writes)

    def _moment_of_mail(self) -> datetime:
        """Full ten minutes, mostly of a working day, and not when the digest counts."""
        while True:
            steps = int((self._ends - self._begins) / STEP)
            moment = self._begins + self._dice.randrange(steps) * STEP
            there = moment.astimezone(BERLIN)
            by_day = there.weekday() < 5 and 7 <= there.hour < 20
            usual = by_day or self._dice.random() < NIGHT_SHARE
            if usual and (there.hour, there.minute) != DIGEST:
                return moment

    def _plan_team(self) -> None:
        plan = self._plan
        for _ in range(plan.restarts):
            moment = self._begins + self._dice.random() * (self._ends - self._begins)
            self._actions[_five_past(moment)].append(self._restart)
        if plan.days < 7:
            return
        wednesday = self._wall(2, 10)
        self._actions[_five_past(wednesday)].append(self._chloe_is_away)
        self._actions[_five_past(self._wall(7, 0))].append(self._chloe_is_back)
        self._actions[_five_past(self._wall(9, 12))].append(self._dev_leaves)
        self._actions[_five_past(self._wall(8, 10))].append(self._sendkit_goes_down)
        self._actions[_five_past(self._wall(8, 10) + DOWN)].append(self._sendkit_is_back)

    def _wall(self, days: int, hour: int) -> datetime:
        """A time on the clocks in Berlin, so many days after the begin."""
        day = self._begins.astimezone(BERLIN).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN).astimezone(UTC)

    async def _lead_writes(self) -> None:
        again = bool(self._talks) and self._dice.random() < AGAIN_SHARE
        talk = self._dice.choice(self._talks) if again else self._new_talk()
        auto = self._dice.random() < AUTO_SHARE
        tag = None if again or auto or self._dice.random() < 0.6 else "interested"
        text = f"I am away until Monday ({self._now:%H:%M})." if auto else f"Hello at {self._now}."
        theirs = self._house.sendkit.reply(
            talk.lead, text, auto=auto, tag=tag, campaign=talk.campaign
        )
        self._tally.replies += 1
        talk.id, talk.unread = ConversationId(theirs.id), True
        talk.ai_tag = tag or talk.ai_tag
        talk.shown = False
        if auto:
            return
        talk.ruled = talk.campaign == CAMPAIGNS[0]
        if talk.since is None:
            talk.since = moment = self._now.replace(second=0)
            for office in OFFICES:
                for minutes in office.remind:
                    due = talk, moment, office, minutes
                    self._dues[office.due(moment, minutes)].append(due)
        if self._dice.random() < HANDLED_SHARE:
            self._plan_handling(talk, self._now.replace(second=0))

    def _new_talk(self) -> Talk:
        number = len(self._talks)
        lead = Lead(f"lead{number}@example.com", "Lead", f"N{number}", "Acme")
        campaign = self._dice.choice((*CAMPAIGNS, ABROAD))
        talk = Talk(ConversationId(""), lead, campaign)
        self._talks.append(talk)
        return talk

    def _plan_handling(self, talk: Talk, since: datetime) -> None:
        """Somebody decides after some working time, and mostly answers in SendKit a bit later."""
        wait = 10 * round(self._dice.expovariate(1 / 5))
        at = OFFICES[0].due(since, wait)
        if at == since:
            at += STEP
        self._actions[_five_past(at)].append(lambda: self._decide(talk))
        if self._dice.random() < ANSWERED_SHARE:
            later = _five_past(at) + self._dice.choice((1, 2)) * STEP
            self._actions[later].append(lambda: self._answer(talk))

    async def _decide(self, talk: Talk) -> None:
        card = talk.card
        if card is None or not talk.shown:
            return  # SendKit is down, so the reply has no card yet
        shown = self._house.slack.message(card.channel, card.ts)
        block = next(
            each["block_id"]
            for each in shown.blocks
            if each["type"] == "actions" and talk.id in conversations_of(each)
        )
        choice = self._dice.choice([*CHOICES])
        if self._down and {CHOICES[choice], talk.ai_tag} & {*SILENT}:
            return  # whether it comes before a reminder is open
        if CHOICES[choice] == talk.ai_tag or (choice == "Mark read" and not talk.unread):
            return  # it would change nothing
        person = self._dice.choice(sorted(self._here))
        ack = await self._house.slack.click(card, choice, user=person, block=block)
        assert ack.ok, choice
        self._decisions += 1
        self._tally.decisions += 1
        before = talk.ai_tag
        if choice == "Mark read":
            talk.unread = False
        else:
            talk.ai_tag = CHOICES[choice]
            if not self._down and self._dice.random() < UNDO_SHARE:
                await self._told()
                await self._type(f"undo {talk.lead.email}", "#triage", person)
                talk.ai_tag = before
                self._decisions += 1
                self._tally.undone += 1
        if not self._down and self._dice.random() < TAKE_SHARE:
            await self._type(f"take {talk.lead.email}", "#triage", person)
            taken = f"Owner: {NAMES[person]}"
            await self._house.slack.until(
                lambda: taken in self._house.text(card) or talk.owner not in ("", person)
            )
            talk.owner = person if taken in self._house.text(card) else talk.owner

    async def _answer(self, talk: Talk) -> None:
        """Somebody answers in SendKit's own inbox."""
        if self._down:
            return
        inbox = self._house.sendkit.inbox
        inbox.send(inbox.queue_reply(talk.id, "Thank you.").id)
        talk.since = None
        self._tally.answers += 1

    async def _chloe_is_away(self) -> None:
        await self._type("away until monday", "#triage", CHLOE)
        self._away.add(CHLOE)

    async def _chloe_is_back(self) -> None:
        self._away.discard(CHLOE)

    async def _dev_leaves(self) -> None:
        space = self._house.slack.workspace
        space.add_user(replace(space.user(DEV), deleted=True))
        self._here.discard(DEV)

    async def _sendkit_goes_down(self) -> None:
        self._house.sendkit.down = True

    async def _sendkit_is_back(self) -> None:
        self._house.sendkit.down = False
        await self._settled(self._now)
        late, self._late = self._late, []
        self._expect(late)
        await self._reminded()

    @property
    def _down(self) -> bool:
        return self._house.sendkit.down

    async def _start(self) -> None:
        stack = AsyncExitStack()
        bot = self._house.bot(FAST, clocks=self._clocks, sendkit_webhook_secret=SECRET)
        address = await stack.enter_async_context(bot)
        self._bots.append(stack)
        # Polling would ask for one conversation after another whether somebody answered.
        self._house.sendkit.hooks["hook"] = {
            "url": f"{address}/sendkit/webhook",
            "events": ["email.sent"],
            "secret": SECRET,
            "isActive": True,
            "retryAttempts": 3,
            "timeoutMs": 10_000,
        }

    async def _restart(self) -> None:
        """Of several processes, one at a time."""
        stack = self._bots.pop(0)
        await stack.aclose()
        await self._start()
        self._tally.restarts += 1

    # What is judged

    async def _at(self, moment: datetime, late: timedelta = timedelta()) -> None:
        actions = self._actions.pop(moment, [])
        if not actions:
            return
        await self._put(moment + late)
        for act in actions:
            await act()
        await self._settled(moment)

    async def _put(self, moment: datetime) -> None:
        self._now = moment
        jump = self._clock.put(moment.timestamp())
        if self._house.settings.database_url.startswith("postgres"):
            # The database has a clock of its own, by which waiting jobs come due.
            async with await psycopg.AsyncConnection.connect(
                self._house.settings.database_url, autocommit=True
            ) as connection:
                await connection.execute(_SOONER, {"seconds": jump})

    async def _settled(self, moment: datetime) -> None:
        """Returns once each reply has its card and each decision its line."""
        if self._down:
            return
        await self._until("cards", self._carded)
        await self._told()

    def _carded(self) -> bool:
        for office in OFFICES:
            messages = self._house.slack.messages(office.channel)
            for message in messages[self._seen[office.channel] :]:
                for block in message.blocks:
                    for identity in conversations_of(block):
                        talk = next((each for each in self._talks if each.id == identity), None)
                        if talk is not None and not talk.shown:
                            self._note_card(talk, office, message)
            self._seen[office.channel] = len(messages)
        return all(each.shown for each in self._talks)

    def _note_card(self, talk: Talk, office: Office, message: Message) -> None:
        talk.shown, talk.card, talk.office = True, message, office
        wanted = "#general" if talk.campaign == ABROAD else "#triage"
        if office.channel != wanted:
            self._tally.wrong.append(f"{talk.lead.email}: its card is in {office.channel}")
        if not talk.ruled:
            return
        # A message may have several cards.
        told = message.text.partition(f"{_name(talk.lead)} ")[2].partition("Lead N")[0]
        owner = next((each for each, name in NAMES.items() if f"Owner: {name}" in told), "")
        present = {*RULED} & self._here - self._away
        if talk.owner and talk.owner in self._here:
            if owner != talk.owner:
                self._tally.wrong.append(f"{talk.lead.email}: {owner}, not {talk.owner}, owns it")
        elif owner not in present:
            self._tally.wrong.append(f"{talk.lead.email}: {owner} owns it, who is not here")
        talk.owner = owner

    async def _told(self) -> None:
        await self._until("lines", lambda: self._ear.decisions >= self._decisions)

    async def _judge(self, moment: datetime) -> None:
        """Two minutes after a full ten: reminders, and the digest of the day."""
        dues = self._dues.pop(moment, [])
        there = moment.astimezone(BERLIN)
        is_digest = (there.hour, there.minute) == DIGEST
        if not dues and not is_digest:
            return
        await self._put(moment + timedelta(minutes=2))
        if self._down:
            self._late += dues
            return
        self._expect(dues)
        await self._reminded()
        if is_digest:
            await self._judge_digest()
            await self._judge_home()

    def _expect(self, dues: Sequence[tuple[Talk, datetime, Office, int]]) -> None:
        space = self._house.slack.workspace
        for talk, since, office, minutes in dues:
            if talk.since != since or talk.office != office or talk.ai_tag in SILENT:
                continue
            name = _name(talk.lead)
            self._expected[space.channel(office.channel).id, name, minutes] += 1
            self._tally.reminders += 1
            if talk.owner in TOLD and talk.owner in self._here:
                self._expected[space.direct(talk.owner).id, name, minutes] += 1
                self._tally.messages += 1

    async def _reminded(self) -> None:
        try:
            await self._until("reminders", lambda: not self._expected - self._ear.reminders)
        except AssertionError as error:
            raise AssertionError(f"{self._expected - self._ear.reminders}") from error
        if extra := self._ear.reminders - self._expected:
            self._tally.wrong.append(f"{self._now}: reminders that are not due: {extra}")
            self._expected += extra

    async def _judge_digest(self) -> None:
        self._tally.digests += 1
        await self._until("digests", lambda: len(self._ear.digests) >= self._tally.digests)
        text = self._ear.digests[-1]
        decided = int(found[1]) if (found := _DECIDED.search(text)) else 0
        undone = int(found[1]) if (found := _UNDONE.search(text)) else 0
        wanted = self._tally.decisions - self._in_digests
        self._in_digests = self._tally.decisions
        if decided + undone != wanted:
            self._tally.wrong.append(f"{self._now}: {decided} and {undone} decisions, not {wanted}")
        unread = sum(each.unread > 0 for each in self._house.sendkit.inbox.conversations.values())
        counted, coming = _AUDIT.search(text), _COMING.search(text)
        carded = int(counted[2]) if counted else 0
        if counted is None or {int(counted[1]), carded + int(coming[1] if coming else 0)} != {
            unread
        }:
            self._tally.wrong.append(f"{self._now}: {unread} are unread, but: {text[-120:]}")

    async def _judge_home(self) -> None:
        """Whether Ada's Home counts the leads that wait, and hers."""
        waiting = [each for each in self._talks if each.since and each.ai_tag not in SILENT]
        mine = sum(each.owner == ADA for each in waiting)
        wanted = [f"All {len(waiting)}", f"Mine {mine}"]
        shown: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while shown != wanted:
                    shown = await self._counts_at_home()
        if shown != wanted:
            async with read_only(self._house.settings.database_url) as database:
                rows = await database.read(
                    "SELECT id FROM conversations WHERE waiting_since IS NOT NULL AND negative = 0"
                )
            found = {row["id"] for row in rows} ^ {each.id for each in waiting}
            self._tally.wrong.append(f"{self._now}: Home says {shown}, not {wanted}: {found}")

    async def _counts_at_home(self) -> list[str]:
        """What Ada's Home counts, after she opened it once more."""
        before = self._published()
        self._house.slack.open_home(user=ADA)
        await self._house.slack.until(lambda: self._published() > before)
        view = self._house.slack.home(ADA)
        labels = self._house.slack.labels(view) if view else []
        return [each.removeprefix("✓ ") for each in labels[:2]]

    def _published(self) -> int:
        return sum(call.method == "views.publish" for call in self._house.slack.calls)

    async def _until(self, what: str, met: Callable[[], bool]) -> None:
        try:
            await self._house.slack.until(met, timeout=PATIENCE_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{self._now}: {what} are missing") from error

    def _count(self) -> None:
        if self._ear.decisions != self._decisions:
            self._tally.wrong.append(f"{self._ear.decisions} lines, {self._decisions} decisions")


def _name(lead: Lead) -> str:
    return f"{lead.first_name} {lead.last_name}"


def _five_past(moment: datetime) -> datetime:
    """Five minutes after the full ten before this moment."""
    return moment.replace(minute=moment.minute // 10 * 10 + 5, second=0, microsecond=0)
