"""The cast holds every kind of reply that the bot must bear, and writes when it should."""

from itertools import islice, pairwise
from random import Random

from bot.playground.inbox import Inbox
from bot.playground.sample_data import (
    CAMPAIGNS,
    CAST,
    DEFAULT_TAGS,
    TITLE_TAGS,
    Part,
    arrivals,
    plan,
    titled,
)


def test_everybody_can_write_to_a_workspace_of_either_tag_set() -> None:
    for tags, named in ((DEFAULT_TAGS, lambda name: name), (TITLE_TAGS, titled)):
        inbox = Inbox(tags)
        for part in CAST:
            tag = named(part.tag)
            inbox.lead_replies(part.lead, part.text, tag=tag, campaign=part.campaign)
        assert len(inbox.conversations) == len(CAST)


def test_the_two_tag_sets_mean_the_same() -> None:
    assert [tag.description for tag in DEFAULT_TAGS] == [tag.description for tag in TITLE_TAGS]
    assert (titled("meeting_booked"), titled(None)) == ("Meeting Request", None)
    assert len({tag.name.casefold() for tag in TITLE_TAGS}) == len(TITLE_TAGS)


def test_no_address_or_link_belongs_to_anybody() -> None:
    assert len({part.lead.email for part in CAST}) == len(CAST)
    for part in CAST:
        assert part.lead.email.endswith((".example.com", ".example.org", ".example.net"))


def test_the_cast_covers_what_is_hard_to_show() -> None:
    texts = [part.text for part in CAST]
    assert {part.tag for part in CAST} >= {tag.name for tag in DEFAULT_TAGS}
    assert {part.campaign for part in CAST} == set(CAMPAIGNS)
    assert max(map(len, texts)) > 10_000
    assert [part for part in CAST if not part.text and not part.html]
    assert [part for part in CAST if not part.text and part.html]
    assert max(len(part.lead.first_name) for part in CAST) == 300
    assert [part for part in CAST if not part.lead.first_name and not part.lead.company]
    assert len([part for part in CAST if part.auto]) == 3
    signs = ("wrote:", "Sent: ", "schrieb", "a écrit :", "iPhone", "<!channel>", "\x00", "\u202e")
    for sign in signs:
        assert any(sign in text for text in texts), sign
    for letter in "健ОΝנلごü😍您":
        assert any(letter in part.text + part.lead.first_name for part in CAST), letter


def test_the_first_comes_at_once_the_second_soon_and_the_rest_within_the_bounds() -> None:
    planned = list(islice(plan(Random(1)), 2 * len(CAST)))
    times = [arrival.at for arrival in planned]
    assert (times[0], planned[0].part) == (0, CAST[0])
    first, *gaps = [after - before for before, after in pairwise(times)]
    assert 8 <= first <= 14
    assert 20 <= min(gaps) < max(gaps) <= 40
    rounds = planned[: len(CAST)], planned[len(CAST) :]
    for one in rounds:
        assert {arrival.part for arrival in one} == set(CAST)


def test_a_plan_is_the_same_for_the_same_seed_only() -> None:
    def order(seed: int) -> list[Part]:
        return [arrival.part for arrival in islice(plan(Random(seed)), len(CAST))]

    assert order(1) == order(1) != order(2)


class Time:
    """A clock that only its own sleep, or a test, puts forward."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_parts_arrive_at_their_time_and_late_ones_at_once() -> None:
    time = Time()
    three = islice(plan(Random(1), soon=(10, 10), between=(10, 10)), 3)
    coming = arrivals(three, clock=lambda: time.now, sleep=time.sleep)
    await anext(coming)
    time.now += 15
    assert len([part async for part in coming]) == 2
    assert time.slept == [0, 0, 5]
