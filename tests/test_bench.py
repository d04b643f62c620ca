"""The verdicts of the bench; with `make bench`, that its figures come about."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from bot import text
from bot.sendkit import parsing
from bot.sendkit.mail import headings, history, html_reader, lines, ours, signature
from bot.sendkit.mail import text as mail_text
from tests.bench import acks, felt, home, mails, report, scale, work
from tests.bench.__main__ import main
from tests.bench.sizes import TINY, Sizes
from tests.bench.table import Row, Verdict, far_off
from tests.test_mail_bounds import PIECES, filled

PARSERS = (headings, history, html_reader, lines, ours, signature, mail_text)
MODULES: tuple[ModuleType, ...] = (text, parsing, *PARSERS)
PATTERNS = {
    each for module in MODULES for each in vars(module).values() if type(each) is re.Pattern
}


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("at most", "ms", [1.5], "peer", [1.0], 1.5), "met"),
        (Row("at most", "ms", [1.6], "peer", [1.0], 1.5), "missed"),
        (Row("at most", "ms", [2.3], "peer", [1.0], 1.5), "far off"),
        (Row("at least", "/s", [70.0], "peer", [100.0], 0.7, least=True), "met"),
        (Row("at least", "/s", [60.0], "peer", [100.0], 0.7, least=True), "missed"),
        (Row("at least", "/s", [40.0], "peer", [100.0], 0.7, least=True), "far off"),
        (Row("at least", "/s", [0.0], "peer", [100.0], 0.7, least=True), "far off"),
        (Row("none", "", [0.0], "a limit of none", [0.0], 1.0), "met"),
        (Row("none", "", [0.1], "a limit of none", [0.0], 1.0), "far off"),
        (Row("busy for both", "ms", [2.0, 20.0, 3.0], "peer", [1.0, 10.0, 3.0], 2.0), "met"),
        (Row("one limit for all rounds", "ms", [50.0, 80.0], "the limit", [100.0], 0.7), "met"),
        (Row("only to compare", "ms", [9.0], "peer", [1.0]), ""),
        (Row("nothing", note="there is none"), "not measured"),
    ],
)
def test_a_figure_is_judged_by_its_ratio(row: Row, verdict: Verdict) -> None:
    assert row.verdict == verdict
    assert [row.figure in line for line in far_off([row])] == [True] * (verdict == "far off")


def test_the_page_has_the_figures_of_the_last_run_and_what_they_mean() -> None:
    text = f"# Speed\n{report.BEGIN}\nold\n{report.END}\nThe rest"
    rows = [
        Row("press → card", "ms", [450.0], "one call to each", [270.0], 1.7),
        Row("press → card", "ms", [450.0], "stock <Bolt>", [540.0]),
        Row("a figure that means nothing to a team", "ms", [1.0], "the limit", [1.0], 1.0),
        Row("idle memory", note="nothing was measured"),
    ]
    page = report.page(text, "2 × Fast", rows)
    assert page == report.page(page, "2 × Fast", rows)
    assert page.startswith("# Speed\n")
    assert page.endswith("The rest")
    assert "old" not in page
    meaning = report.MEANINGS["press → card"]
    assert (
        f"| press → card | 450 ms | one call to each: 270 ms | 1.67 | ≤ 1.7 | {meaning} |" in page
    )
    assert "| press → card | 450 ms | stock <Bolt>: 540 ms | 0.83 |  |  |" in page
    assert page.count("\n| ") == 4
    drawn = ElementTree.fromstring(report.chart("2 × <Fast>", rows))
    labels = [each.text or "" for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(each.startswith("press → card") for each in labels) == 1
    assert any("2 × <Fast>" in each for each in labels)


@pytest.mark.bench
@pytest.mark.parametrize(
    "figure",
    [
        felt.felt,
        acks.ack,
        acks.socket,
        work.through,
        scale.large,
        home.home,
        mails.worst,
        mails.answer,
    ],
)
def test_a_figure_is_measured(figure: Callable[[Sizes], list[Row]]) -> None:
    rows = figure(TINY)
    assert rows
    assert all(row.measured or row.note for row in rows)


@pytest.mark.bench
def test_measured_figures_are_printed_kept_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--limits"], TINY) == 2
    assert "run make bench first" in capsys.readouterr().out
    assert main(["start"], TINY) == 0
    assert "start to first ack" in capsys.readouterr().out
    kept = json.loads((tmp_path / "bench.json").read_text())["start"]
    assert [row["figure"] for row in kept["rows"]] == ["start to first ack", "idle memory"]


@pytest.mark.bench
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.pattern[:40])
def test_the_time_of_a_pattern_grows_with_its_input_alone(pattern: re.Pattern[str]) -> None:
    for piece in PIECES:
        small, large = seconds(pattern, piece, 4_000), seconds(pattern, piece, 32_000)
        # Eight times as much: linear is 8, the square 64. A very short time may be noise.
        assert large < 0.004 or large < 30 * small, piece


def seconds(pattern: re.Pattern[str], piece: str, size: int) -> float:
    mail = filled(piece, size)
    taken = []
    for _ in range(3):
        started = time.thread_time()
        pattern.sub("", mail)
        taken.append(time.thread_time() - started)
    return min(taken)
