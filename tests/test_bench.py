"""The bench: what it makes of its figures, and that every figure comes about."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import acks, mails, scale, work
from tests.bench.__main__ import main
from tests.bench.acks import quantile
from tests.bench.sizes import TINY, Sizes
from tests.bench.table import Row, Verdict, chart, far_off, from_json, table, to_json


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
        (Row("only to compare", "ms", [9.0], "peer", [1.0]), ""),
        (Row("nothing", note="there is none"), "not measured"),
    ],
)
def test_a_figure_is_judged_by_its_ratio(row: Row, verdict: Verdict) -> None:
    assert row.verdict == verdict
    assert [row.figure in line for line in far_off([row])] == [True] * (verdict == "far off")


def test_rounds_are_compared_with_the_peer_in_the_same_round() -> None:
    """A machine that was busy in one round was busy for both."""
    row = Row("ack", "ms", [2.0, 20.0, 3.0], "peer", [1.0, 10.0, 3.0], 1.5)
    assert row.ratios == [2.0, 2.0, 1.0]
    assert row.ratio == 2.0


def test_a_limit_is_the_same_in_every_round() -> None:
    assert Row("p99", "ms", [50.0, 80.0, 90.0], "the limit", [100.0], 1.0).ratio == 0.8


def test_what_was_kept_is_read_again() -> None:
    row = Row("ack", "ms", [2.0], "peer", [1.0], 1.5, note="a note")
    assert from_json(json.loads(json.dumps(to_json(row)))) == row


def test_the_table_and_the_chart_have_what_was_measured() -> None:
    rows = [
        Row("ack", "ms", [1.0], "peer", [1.0], 1.0),
        Row("slow", "ms", [900.0], "peer", [1.0], 1.0),
        Row("App Home", note="there is none yet"),
    ]
    lines = table(rows).splitlines()
    assert lines[2].split() == ["ack", "1", "ms", "peer", "1", "1.00", "≤", "1", "met"]
    assert lines[4].split() == ["App", "Home", "–", "not", "measured"]
    assert lines[-1] == "App Home: there is none yet"
    first, second = chart(rows).splitlines()
    assert first.split("│")[0].endswith("█")
    assert "█" not in first.split("│")[1]
    assert second.split("│")[1].startswith("█" * 10)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_share_of_all_values_is_not_above_a_quantile(share: float, value: int) -> None:
    assert quantile(range(1, 101), share) == value


@pytest.mark.bench
@pytest.mark.parametrize(
    "figure", [acks.ack, acks.socket, work.through, scale.large, mails.worst, mails.answer]
)
def test_a_figure_comes_about(figure: Callable[[Sizes], list[Row]]) -> None:
    rows = figure(TINY)
    assert rows
    assert all(row.measured or row.note for row in rows)


@pytest.mark.bench
def test_what_was_measured_is_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["start"], TINY) == 0
    assert "start to first ack" in capsys.readouterr().out
    kept = json.loads((tmp_path / "bench.json").read_text())["start"]
    assert [row["figure"] for row in kept["rows"]] == ["start to first ack", "idle memory"]


@pytest.mark.parametrize(("measured", "status"), [(1.0, 0), (1.4, 0), (1.6, 1)])
def test_the_limits_fail_where_a_figure_is_far_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: float, status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [to_json(Row("ack", "ms", [measured], "peer", [1.0], 1.0))]
    (tmp_path / "bench.json").write_text(json.dumps({"ack": {"rows": rows}}))
    assert main(["--limits"]) == status


def test_without_figures_there_is_nothing_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--limits"]) == 2
    assert "run make bench first" in capsys.readouterr().out


def test_a_figure_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ak"])
    assert "no such figure: ak" in capsys.readouterr().err
