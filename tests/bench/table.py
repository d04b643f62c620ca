"""The measurements, their comparisons, and whether they are good enough. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final, Literal

Verdict = Literal["met", "missed", "far off", "", "not measured"]

# A ratio that is worse than its aim by half is no noise any more.
FAR_OFF: Final = 1.5
BAR: Final = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, a value for each round, beside its peer's or a limit's in the same rounds.

    `aim` is the ratio to the peer that is wanted: at most that, or with `least` at least that;
    without an aim the row is there to compare. `note` says what else there is to know, or why
    nothing was measured.
    """

    figure: str
    unit: str = ""
    measured: Sequence[float] = ()
    beside: str = ""
    peer: Sequence[float] = ()
    aim: float | None = None
    least: bool = False
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Round by round: what disturbed the machine in a round disturbed both."""
        if not self.measured or not self.peer or not all(self.peer):
            return []
        peers = self.peer if len(self.peer) > 1 else [*self.peer] * len(self.measured)
        return [mine / theirs for mine, theirs in zip(self.measured, peers, strict=True)]

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.ratios else None

    @property
    def need(self) -> float | None:
        """The share of the aim that was needed: 1 is all of it, more is too much.

        A limit of nothing allows nothing.
        """
        if self.aim is None or not self.measured:
            return None
        if not any(self.peer):
            return float(median(self.measured) > 0) * 2 * FAR_OFF
        ratio = self.ratio or 0.0
        if not self.least:
            return ratio / self.aim
        return self.aim / ratio if ratio else float("inf")

    @property
    def verdict(self) -> Verdict:
        if not self.measured:
            return "not measured"
        if self.need is None:
            return ""
        if self.need <= 1:
            return "met"
        return "missed" if self.need <= FAR_OFF else "far off"


def table(rows: Sequence[Row]) -> str:
    """All rows, the columns in line."""
    lines = [("figure", "measured", "beside", "", "ratio (spread)", "aim", ""), *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(7)]
    text = []
    for number, line in enumerate(lines):
        parts = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        text.append("  ".join(parts).rstrip())
        if number == 0:
            text.append("  ".join("─" * width for width in widths))
    return "\n".join([*text, *_notes(rows)])


def chart(rows: Sequence[Row]) -> str:
    """A bar for each aim: how much of what it allows was needed. Beyond the line is too much."""
    drawn = [row for row in rows if row.need is not None]
    width = max((len(row.figure) for row in drawn), default=0)
    return "\n".join(
        f"{row.figure.ljust(width)}  {_bar(row.need or 0.0)} {row.beside}" for row in drawn
    )


def far_off(rows: Sequence[Row]) -> list[str]:
    """A sentence for each row that is worse than its aim by half."""
    return [
        f"{row.figure}: {ratio(row.ratio)} of {row.beside}, where {aimed(row)} is the aim."
        for row in rows
        if row.verdict == "far off"
    ]


def to_json(row: Row) -> dict[str, Any]:
    derived = {"ratio": row.ratio, "verdict": row.verdict}
    return {**asdict(row), **derived}


def from_json(body: Mapping[str, Any]) -> Row:
    return Row(**{name: body[name] for name in Row.__dataclass_fields__})


def _cells(row: Row) -> tuple[str, ...]:
    if not row.measured:
        return (row.figure, "–", "", "", "", "", row.verdict)
    spread = f" ({ratio(min(row.ratios))}–{ratio(max(row.ratios))})" if row.ratios else ""
    return (
        row.figure,
        f"{number(median(row.measured))} {row.unit}".strip(),
        row.beside,
        number(median(row.peer)) if row.peer else "",
        f"{ratio(row.ratio)}{spread if len(row.measured) > 1 else ''}" if row.ratios else "",
        aimed(row),
        row.verdict,
    )


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    notes = [f"{row.figure}: {row.note}" for row in rows if row.note]
    yield from ["", *notes] if notes else []


def number(value: float) -> str:
    """A figure with as many digits as it deserves."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value: float | None) -> str:
    """A ratio with as many digits as it deserves; empty without one."""
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def aimed(row: Row) -> str:
    """The aim in words."""
    if row.aim is None:
        return ""
    return f"{'≥' if row.least else '≤'} {row.aim:g}"


def _bar(need: float) -> str:
    """Two thirds of the width are what the aim allows."""
    allowed = BAR * 2 // 3
    filled = min(round(need * allowed), BAR)
    cells = ["█" if position < filled else " " for position in range(BAR)]
    cells.insert(allowed, "│")
    return "".join(cells)
