"""python -m tests.bench [FIGURE …]: measures, prints, and keeps what it measured in bench.json and
docs/performance.md. With --limits it measures nothing: it fails where the kept figures are worse
than their aims by half."""

import argparse
import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench import acks, backlog, felt, home, mails, report, scale, shared, work
from tests.bench.sizes import FULL, LONG_ENDURANCE, Sizes
from tests.bench.table import Row, chart, far_off, from_json, table, to_json

KEPT: Final = Path("bench.json")
PAGE: Final = Path("docs/performance.md")
CHART: Final = PAGE.with_suffix(".svg")
FIGURES: Final[Mapping[str, Callable[[Sizes], list[Row]]]] = {
    "felt": felt.felt,
    "ack": acks.ack,
    "socket": acks.socket,
    "burst": acks.burst,
    "acks": acks.acks,
    "patch": work.patch,
    "through": work.through,
    "patches": work.patches,
    "channel": work.channel,
    "thread": scale.thread,
    "large": scale.large,
    "home": home.home,
    "mail": mails.worst,
    "answer": mails.answer,
    "postgres": shared.postgres,
    "backlog": backlog.backlog,
    "refresh": backlog.refresh,
    "start": scale.start,
    "memory": scale.memory,
}


def main(arguments: Sequence[str], full: Sizes = FULL) -> int:
    """The exit status: 1 for figures that are worse than their aims by half, 2 without figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(FIGURES))
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--long", action="store_true", help="memory after 100,000 clicks")
    wanted = parser.parse_args(arguments)
    if unknown := set(wanted.figures) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if wanted.limits:
        return _judged([row for body in kept.values() for row in _rows(body)])
    sizes = replace(full, endurance=LONG_ENDURANCE) if wanted.long else full
    rows = []
    for name in wanted.figures or FIGURES:
        began = time.monotonic()
        found = FIGURES[name](sizes)
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
        kept[name] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": _machine(),
            "rows": [to_json(row) for row in found],
        }
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        rows += found
    machine = " · ".join(_machine().values())
    sys.stdout.write(f"{machine}\n\n{table(rows)}\n\n")
    sys.stdout.write(f"how much of what each aim allows was needed\n\n{chart(rows)}\n\n")
    sys.stdout.write(f"kept in {KEPT.resolve()}\n")
    if PAGE.exists():
        all_kept = [row for name in FIGURES if name in kept for row in _rows(kept[name])]
        PAGE.write_text(report.page(PAGE.read_text(), machine, all_kept))
        CHART.write_text(report.chart(machine, all_kept))
        sys.stdout.write(f"and in {PAGE.resolve()}\n")
    return 0


def _judged(rows: Sequence[Row]) -> int:
    if not rows:
        sys.stdout.write(f"There is no {KEPT}: run make bench first.\n")
        return 2
    for sentence in far_off(rows):
        sys.stdout.write(f"{sentence}\n")
    return 1 if far_off(rows) else 0


def _rows(body: Mapping[str, Any]) -> list[Row]:
    return [from_json(row) for row in body["rows"]]


def _machine() -> dict[str, str]:
    """The machine, without its name."""
    models = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": f"{os.cpu_count()} × {(models or [platform.machine()])[0]}",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": f"Python {platform.python_version()}",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
