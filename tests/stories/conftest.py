"""Stories run on two pairs of transport and database, which between them have both of each. Of a
story with several rows, each row runs on one of the pairs, in turn."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests import servers
from tests.conftest import new_database

PAIRS = (("socket", "sqlite"), ("http", "postgres"))
# For what the transport and the database do together.
every_combination = pytest.mark.parametrize(
    "combination", list(product(("socket", "http"), servers.DATABASES)), indirect=True, ids="-".join
)

# Fewer rows than these run on both pairs.
SEVERAL = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    rows: dict[str, list[object]] = defaultdict(list)
    turns: dict[pytest.Item, tuple[str, int, object]] = {}
    for item in items:
        marks = [each.args[0] for each in item.iter_markers("parametrize")]
        spec = getattr(item, "callspec", None)
        if spec is None or "combination" not in spec.params or "combination" in marks:
            continue
        story = item.nodeid.partition("[")[0]
        row = {name: each for name, each in spec.params.items() if name != "combination"}
        if row not in rows[story]:
            rows[story].append(row)
        turns[item] = story, rows[story].index(row), spec.params["combination"]
    left = [
        item
        for item, (story, turn, pair) in turns.items()
        if len(rows[story]) >= SEVERAL and pair != PAIRS[turn % len(PAIRS)]
    ]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture(params=PAIRS, ids="-".join)
def combination(request: pytest.FixtureRequest) -> tuple[str, str]:
    transport, database = request.param
    return transport, database


@pytest.fixture
def transport(combination: tuple[str, str]) -> str:
    return combination[0]


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, combination: tuple[str, str], tmp_path: Path
) -> Iterator[str]:
    with new_database(request, combination[1], tmp_path) as url:
        yield url
