"""The digest of a channel: what was decided, by whom, and what still waits.

`text` says all of it. A table and a chart, in Slack's own blocks, show a part of it again.
https://docs.slack.dev/reference/block-kit/blocks/table-block
https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.acts import COMMAND
from bot.hours import DAY_MINUTES, clock, duration, local
from bot.triage import AiTag, ChannelId, Conversation, UserId
from bot.views.audit import Report, line, notes, reasons
from bot.views.card import title
from bot.views.message import (
    CONTEXT_LIMIT,
    NAME_LIMIT,
    SECTION_LIMIT,
    TEXT_LIMIT,
    Block,
    Message,
    channel_name,
    context,
    cut,
    escape,
    header,
    isolated,
    label,
    markup,
    message,
    phrase,
    plain,
    safe,
    seen,
    short,
)

# Slack takes 100 rows and 20 columns in a table, and 20 categories in a chart. More than these few
# are read by no one on a phone, and `text` must hold them all.
MOST_PEOPLE: Final = 10
MOST_TAGS: Final = 6
MOST_LEADS: Final = 5
LABEL_LIMIT: Final = 20
CELL_LIMIT: Final = 40
# Of the names for a reason why replies have no card.
AUDIT_LIMIT: Final = 400
NO_ANSWER: Final = (
    f"SendKit did not say how many replies are unread: type {COMMAND} audit when it works again."
)
_NOTHING: Final = "Nothing was decided."
_DAY_SECONDS: Final = DAY_MINUTES * 60


@dataclass(frozen=True, slots=True)
class PersonTally:
    """The decisions of one person: how often each aiTag, and how much else."""

    name: str
    ai_tags: Mapping[AiTag, int] = field(default_factory=dict)
    other: int = 0

    @property
    def total(self) -> int:
        return sum(self.ai_tags.values()) + self.other


@dataclass(frozen=True, slots=True)
class Tally:
    """The decisions of a time: by each person, most first; about how many `leads`; how many
    decisions were `undone`. `median`: of the seconds from a reply to the first decision about it,
    of the `first` ones; None without any. Of `judged` conversations that had SendKit's own aiTag,
    people changed it in `overruled`."""

    people: Sequence[PersonTally] = ()
    leads: int = 0
    undone: int = 0
    median: float | None = None
    first: int = 0
    judged: int = 0
    overruled: int = 0

    @property
    def ai_tags(self) -> Mapping[AiTag, int]:
        """Each aiTag and how often it was set, most first."""
        counts: dict[AiTag, int] = {}
        for person in self.people:
            for ai_tag, count in person.ai_tags.items():
                counts[ai_tag] = counts.get(ai_tag, 0) + count
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


@dataclass(frozen=True, slots=True)
class Digest:
    """`since`: when the digest before it was due, in seconds since the epoch; None for the first,
    which is about 24 hours. `at`: when this one was due. `waiting`: how many leads wait for an
    answer, and those who wait `longest`, with the time. `report`: None if SendKit did not
    answer."""

    at: float
    zone: str
    tally: Tally
    waiting: int = 0
    longest: Sequence[tuple[Conversation, float]] = ()
    since: float | None = None
    report: Report | None = None


def digest(shown: Digest) -> Message:
    tally = shown.tally
    opening, waits = f"{_opening(shown)} {_decided(tally)}", _waits(shown)
    facts = [*_facts(tally), waits]
    audit = list(_audit(shown.report))
    # Nothing pushes the audit out of the text.
    told = [opening, *_by_person(tally), *facts, *audit[1:]]
    room = TEXT_LIMIT - len(escape(audit[0])) - 1
    text = f"{short(chr(10).join(told), room)}\n{audit[0]}"
    blocks = [header("Digest"), context(opening)]
    if tally.people:
        blocks.append(_table(tally))
    if tally.ai_tags:
        blocks.append(_chart(tally))
    blocks += [
        {"type": "section", "text": plain(cut("\n".join(facts), SECTION_LIMIT), SECTION_LIMIT)}
    ]
    blocks += [context(cut(each, CONTEXT_LIMIT)) for each in [*audit[1:], audit[0]]]
    return message(text, blocks)


def _opening(shown: Digest) -> str:
    until = _time(shown.at, shown.zone)
    if shown.since is None:
        return f"The 24 hours until {until}."
    return f"From {_time(shown.since, shown.zone)} to {until}."


def _time(at: float, zone: str) -> str:
    """A time on the channel's clocks: the text cannot show each reader their own."""
    there = local(at, zone)
    return f"{there:%A} {there.day} {there:%B}, {clock(there.hour * 60 + there.minute)}"


def _decided(tally: Tally) -> str:
    total = sum(person.total for person in tally.people)
    if not total:
        return _NOTHING
    who = "1 person" if len(tally.people) == 1 else f"{len(tally.people)} people"
    undone = f" {_counted(tally.undone, 'more was', 'more were')} undone." if tally.undone else ""
    made = _counted(total, "decision", "decisions")
    return f"{made} about {_counted(tally.leads, 'lead', 'leads')} by {who}.{undone}"


def _by_person(tally: Tally) -> Iterator[str]:
    """A line for each person, as in the table."""
    shown, others = _shown_tags(tally), _people(tally)
    for person in others:
        parts = [
            f"{phrase(label(ai_tag), LABEL_LIMIT)} {count}"
            for ai_tag in shown
            if (count := person.ai_tags.get(ai_tag, 0))
        ]
        if rest := person.total - sum(person.ai_tags.get(each, 0) for each in shown):
            parts.append(f"other {rest}")
        yield f"{phrase(person.name, CELL_LIMIT)} {person.total}: {', '.join(parts)}."


def _people(tally: Tally) -> Sequence[PersonTally]:
    """The people with rows of their own, and one row for all others."""
    if len(tally.people) <= MOST_PEOPLE:
        return tally.people
    shown, others = tally.people[:MOST_PEOPLE], tally.people[MOST_PEOPLE:]
    counts: dict[AiTag, int] = {}
    for person in others:
        for ai_tag, count in person.ai_tags.items():
            counts[ai_tag] = counts.get(ai_tag, 0) + count
    rest = PersonTally(f"{len(others)} others", counts, sum(each.other for each in others))
    return [*shown, rest]


def _shown_tags(tally: Tally) -> Sequence[AiTag]:
    return list(tally.ai_tags)[:MOST_TAGS]


def _table(tally: Tally) -> Block:
    tags = _shown_tags(tally)
    head = ["Person", *(label(each) for each in tags), "Other", "All"]
    rows = [head]
    for person in _people(tally):
        counts = [person.ai_tags.get(each, 0) for each in tags]
        cells = [*counts, person.total - sum(counts), person.total]
        rows.append([person.name, *(str(each) if each else "–" for each in cells)])
    return {
        "type": "table",
        "rows": [[_cell(each) for each in row] for row in rows],
        "column_settings": [{"is_wrapped": True}, *({"align": "right"} for _ in head[1:])],
    }


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": cut(seen(text), CELL_LIMIT) or "–"}


def _chart(tally: Tally) -> Block:
    """A chart of how often each aiTag was set. Slack shows no label twice."""
    counts: dict[str, int] = {}
    for ai_tag, count in tally.ai_tags.items():
        name = cut(seen(label(ai_tag)), LABEL_LIMIT) or "–"
        name = name if name in counts or len(counts) < MOST_TAGS else "Other"
        counts[name] = counts.get(name, 0) + count
    points = [{"label": name, "value": count} for name, count in counts.items()]
    return {
        "type": "data_visualization",
        "title": "aiTags set",
        "chart": {
            "type": "bar",
            "series": [{"name": "Decisions", "data": points}],
            "axis_config": {"categories": list(counts)},
        },
    }


def _facts(tally: Tally) -> Iterator[str]:
    if tally.median is not None:
        replies = _counted(tally.first, "reply", "replies")
        yield f"Median time to the first decision: {_span(tally.median)}, for {replies}."
    if tally.judged:
        leads = _counted(tally.judged, "lead", "leads")
        share = round(100 * tally.overruled / tally.judged)
        yield (
            f"SendKit’s own aiTag was overruled for {tally.overruled} of {leads} that had one "
            f"({share} %)."
        )


def _waits(shown: Digest) -> str:
    if not shown.waiting:
        return "No lead waits for an answer."
    named = [
        f"{phrase(title(each), NAME_LIMIT)} ({_span(max(shown.at - since, 0.0))})"
        for each, since in shown.longest[:MOST_LEADS]
    ]
    count = f"{_counted(shown.waiting, 'lead waits', 'leads wait')} for an answer"
    return f"{count}, the longest: {', '.join(named)}." if named else f"{count}."


def _audit(report: Report | None) -> Iterator[str]:
    """The proof, and then what has no card, by reason."""
    if report is None:
        yield NO_ANSWER
        return
    yield line(report)
    for reason, found in reasons(report):
        names = ", ".join(isolated(title(each)) for each in found[:MOST_LEADS])
        more = f" and {len(found) - MOST_LEADS} more" if len(found) > MOST_LEADS else ""
        yield f"{reason} ({len(found)}): {short(names, AUDIT_LIMIT)}{more}."
    yield from notes(report)


def _span(seconds: float) -> str:
    """A time that passed, in the two largest units that it has."""
    if seconds < 60:
        return "less than a minute"
    if seconds < _DAY_SECONDS:
        return duration(int(seconds))
    days, rest = divmod(int(seconds), _DAY_SECONDS)
    hours = f" {_counted(rest // 3600, 'hour', 'hours')}" if rest >= 3600 else ""
    return f"{_counted(days, 'day', 'days')}{hours}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def switched(name: str, minute: int | None, zone: str) -> str:
    """Says who switched the digest on or off."""
    if minute is None:
        return f"{isolated(name)} switched this channel’s digest off."
    return (
        f"{isolated(name)} switched the digest on: each day at {clock(minute)} ({zone}) I post "
        "here what was decided and what still waits."
    )


def set_to(minute: int | None, zone: str) -> str:
    """The channel's setting, in a sentence."""
    if minute is None:
        return f"Digest of this channel: off ({COMMAND} digest 17:30)."
    return f"Digest of this channel: each day at {clock(minute)} ({zone})."


def stopped(channel: ChannelId, error: str) -> Message:
    """For the person who switched the digest on, in a channel that is closed to the bot."""
    name, reason = channel_name(channel), short(error, NAME_LIMIT)
    what = (
        f"I can no longer post the digest in this channel ({reason}), so I switched it off. Add me "
        f"there with /invite, and type {COMMAND} digest 17:30 there again."
    )
    return Message(f"{name}: {safe(what)}", [context(markup(name), what)])


def person_of(name: str, person: UserId) -> str:
    """The name of somebody who decided; the record has none for people who were forgotten."""
    return name or person or "Somebody"
