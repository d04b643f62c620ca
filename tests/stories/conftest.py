"""Stories run on two pairs of transport and database, which between them have both of each."""

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
