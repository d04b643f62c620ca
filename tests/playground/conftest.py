"""An app that hears everything, and one browser for each worker of a run."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bot.playground.events import SUBSCRIPTIONS
from bot.playground.slack import Slack
from tests.journals import Clock
from tests.playground.surroundings import EVERY_SCOPE, App, chromium, connected


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(clock: Clock) -> AsyncIterator[App]:
    async with (
        Slack(clock=clock, events=SUBSCRIPTIONS, scopes=EVERY_SCOPE) as slack,
        connected(slack) as app,
    ):
        yield app


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Each test has a context of its own in it."""
    async with chromium() as browser:
        yield browser
