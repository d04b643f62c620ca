"""What the bench makes of its figures; with `make bench`, that the figures come about."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from bot import text
from bot.sendkit import parsing
from bot.sendkit.mail import headings, history, html_reader, lines, ours, signature
from bot.sendkit.mail import text as mail_text
from tests.bench import acks, felt, mails, scale, work
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


@pytest.mark.bench
@pytest.mark.parametrize(
    "figure",
    [felt.felt, acks.ack, acks.socket, work.through, scale.large, mails.worst, mails.answer],
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
