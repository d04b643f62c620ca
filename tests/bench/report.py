"""The last run as a page: docs/performance.md has its table, docs/performance.svg its chart.
Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import median
from typing import Final

from tests.bench.acks import BOLT
from tests.bench.sizes import FULL
from tests.bench.table import Row, aimed, number, ratio

BEGIN: Final = "<!-- the last run -->"
END: Final = "<!-- its end -->"

# What the figures of a run mean to a team. Figures without a meaning stay out of the page.
MEANINGS: Final[Mapping[str, str]] = {
    "press → card": "the pressed card changes",
    "press → line": "the thread says who decided",
    "press of a new person → card": "the same for a person's first press in five minutes",
    "command → card": "the card changes after a typed `/sendkit interested`",
    "reply → card": "SendKit tells of a reply, and its card stands in Slack",
    "press → card, stock Bolt, nothing kept": "a bot as one would write it in an afternoon",
    "click → durable → 200, p50": "a click is on the disk, and Slack has its answer",
    "100 clicks at once, slowest": "even in a rush, Slack shows no warning triangle",
    "durable acks a second": "clicks that are taken while others are carried out",
    "clicks a second to the card": "decisions that one process carries through",
    "processor time of a decision": "what a decision costs the machine",
    "Slack calls a decision": "how much of Slack's rates a decision takes",
    "clicks a second to the card, on PostgreSQL, two": "what a second process adds",
    f"a refresh with {FULL.unread:,} known unread conversations": "a full inbox costs little",
    "start to first ack": "how long an upgrade is felt",
    "idle memory": "the smallest machine will do",
    f"memory grown by, {FULL.endurance:,} clicks": "it need not be started again",
}

WIDTH: Final = 760
LABELS: Final = 330
LINE: Final = 22
# Where a bar ends that needs all of what its aim allows.
WHOLE: Final = 300


def page(text: str, machine: str, rows: Sequence[Row]) -> str:
    """The page with the table of this run in place of the last one."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [
        "| figure | measured | beside | ratio | aim | what it means |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    meant: set[str] = set()
    for row in _told(rows):
        lines.append(_line(row, "" if row.figure in meant else MEANINGS[row.figure]))
        meant.add(row.figure)
    return "\n".join([f"{before}{BEGIN}", f"Measured on {machine}.", "", *lines, f"{END}{after}"])


def chart(machine: str, rows: Sequence[Row]) -> str:
    """A bar for each aim: how much of what it allows was needed."""
    drawn = [row for row in _told(rows) if row.need is not None]
    height = LINE * (len(drawn) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" role="img">',
        "<title>How much of what each aim allows was needed</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="{LINE - 6}" fill="#57606a">How much of what each aim allows was needed: '
        f"left of the line is within it. {escape(machine)}</text>",
    ]
    for position, row in enumerate(drawn, start=1):
        top = LINE * position + 8
        wide = min((row.need or 0.0) * WHOLE, WIDTH - LABELS - 8)
        fill = "#2da44e" if row.verdict == "met" else "#bf8700"
        label = f"{row.figure}: {_measured(row)}"
        parts += [
            f'<text x="{LABELS - 8}" y="{top + 12}" text-anchor="end" fill="#24292f">'
            f"{escape(label)}</text>",
            f'<rect x="{LABELS}" y="{top}" width="{wide:.0f}" height="14" fill="{fill}"/>',
        ]
    end = LABELS + WHOLE
    parts += [
        f'<line x1="{end}" x2="{end}" y1="{LINE}" y2="{height - LINE}" stroke="#24292f"/>',
        f'<text x="{end}" y="{height - 6}" text-anchor="middle" fill="#57606a">the aim</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _told(rows: Sequence[Row]) -> list[Row]:
    """Bolt that only acknowledges is beside the start and the memory, and stays out elsewhere."""
    told = [row for row in rows if row.measured and row.figure in MEANINGS]
    first = {row.figure: row for row in reversed(told)}
    return [row for row in told if row.beside != BOLT or first[row.figure] is row]


def _line(row: Row, meaning: str) -> str:
    beside = f"{row.beside}: {number(median(row.peer))} {row.unit}".strip() if row.peer else ""
    cells = (row.figure, _measured(row), beside, ratio(row.ratio), aimed(row), meaning)
    return f"| {' | '.join(cells)} |"


def _measured(row: Row) -> str:
    return f"{number(median(row.measured))} {row.unit}".strip()
