"""Every story is told on every database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.conftest import new_database


@pytest.fixture(params=servers.DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with new_database(request, request.param, tmp_path) as url:
        yield url
