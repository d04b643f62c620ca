"""GET /readyz: whether the bot can do its work, and if not, what keeps it.

Probes may come as often as they like: what a check found is kept for some seconds.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, Protocol

from aiohttp import web

from bot.errors import (
    AnswerUnclear,
    DatabaseTrouble,
    KeyRefused,
    Refused,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
    SlackBusy,
    SlackDown,
    SlackRefused,
    TokenRefused,
    UnknownRefusal,
)
from bot.journal.backlog import backlog
from bot.slack.api import SlackApi
from bot.store import Database, Statement
from bot.timing import DEFAULT, Timing
from bot.ttl_cache import TtlCache

log = logging.getLogger(__name__)

PATH: Final = "/readyz"
# A burst of replies waits about this long for Slack's rates; what waits longer is stuck.
LATE_SECONDS: Final = 120.0

_PROBE: Final = """
    INSERT INTO facts (name, value) VALUES ('last probe', :at)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

Word = Literal["ok", "busy", "down", "late", "refused", "slow"]


@dataclass(frozen=True, slots=True)
class State:
    """What a check found: a word, a finished sentence, and numbers where there are some."""

    word: Word
    sentence: str
    numbers: Mapping[str, float] = field(default_factory=dict)


Check = Callable[[], Awaitable[State]]

_NO_SENSE: Final = State("refused", "SendKit’s answer made no sense. Check SENDKIT_API_URL.")


class SendKit(Protocol):
    async def ai_tags(self) -> object: ...


class Health:
    """Asks all checks at once; each has its time limit. `clock` is in seconds."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        clock: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._checks = checks
        self._timing = timing
        self._states = TtlCache(self._check, clock)

    async def answer(self, request: web.Request) -> web.Response:
        """200 when all is well, else 503; as JSON, which of them is not."""
        kept = self._timing.findings_kept
        states = await asyncio.gather(*(self._states.get(name, kept) for name in self._checks))
        ready = all(state.word == "ok" for state in states)
        body = {
            name: {"word": state.word, "sentence": state.sentence, **state.numbers}
            for name, state in zip(self._checks, states, strict=True)
        }
        return web.json_response(
            {"ready": ready, **body},
            status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            headers={"Cache-Control": "no-store"},
        )

    async def _check(self, name: str) -> State:
        try:
            async with asyncio.timeout(self._timing.health_check):
                return await self._checks[name]()
        except TimeoutError:
            limit = self._timing.health_check
            return State("slow", f"No answer within {limit:g} s from {name}.")


def checks(
    *,
    database: Database,
    slack: SlackApi,
    is_connected: Callable[[], bool] | None,
    sendkit: SendKit,
    clock: Callable[[], float] = time.time,
) -> Mapping[str, Check]:
    """What the bot lives on. `is_connected` tells of Socket Mode, where that is the way in."""
    return {
        "database": lambda: _database(database, clock()),
        "slack": lambda: _slack(slack, is_connected),
        "sendkit": lambda: _sendkit(sendkit),
        "journal": lambda: _journal(database, clock()),
    }


async def _database(database: Database, now: float) -> State:
    """Writes, as a click does: a disk that is full or read-only can still be read."""
    try:
        await database.write(Statement(_PROBE, {"at": str(int(now))}))
    except DatabaseTrouble as error:
        log.warning("the database takes no writes: %s", error.reason)
        return State(
            "down", "Nothing can be written down, so clicks are refused. The log has the reason."
        )
    return State("ok", "What comes in is written down.")


async def _slack(api: SlackApi, is_connected: Callable[[], bool] | None) -> State:
    """https://docs.slack.dev/reference/methods/auth.test"""
    try:
        await api.call("auth.test")
    except SlackBusy:
        return State("busy", "Slack asked the bot to wait, and it does.")
    except (SlackRefused, TokenRefused, UnknownRefusal) as error:
        return State("refused", f"Slack refused the bot ({error.error}). Check SLACK_BOT_TOKEN.")
    except SlackDown:
        return State("down", "Slack is not responding. What it is to be told waits.")
    if is_connected is not None and not is_connected():
        return State(
            "down",
            "Slack answers, but Socket Mode is not connected, so no click arrives. "
            "The bot goes on connecting.",
        )
    return State("ok", "Slack answers and knows the bot.")


async def _sendkit(sendkit: SendKit) -> State:
    try:
        await sendkit.ai_tags()  # every key may ask for them
    except AnswerUnclear:
        return _NO_SENSE
    except SendKitDown:
        return State("down", "SendKit is not responding. Decisions wait, for up to a day.")
    except SendKitBusy:
        return State("busy", "SendKit is busy (rate limit). Decisions wait, for up to a day.")
    except KeyRefused:
        return State("refused", "SendKit refused the API key. Check SENDKIT_API_KEY.")
    except (Refused, RefusedForNow):
        return _NO_SENSE
    return State("ok", "SendKit answers and takes the API key.")


async def _journal(database: Database, now: float) -> State:
    try:
        found = await backlog(database, now)
    except DatabaseTrouble:
        return State("down", "The journal cannot be read. The log has the reason.")
    numbers = {
        "open": found.open,
        "refused": found.refused,
        "oldest_seconds": round(found.oldest_seconds, 1),
        "overdue_seconds": round(found.overdue_seconds, 1),
    }
    if found.overdue_seconds > LATE_SECONDS:
        return State(
            "late", "Work that is due is not done. Look at the log, or restart the bot.", numbers
        )
    if found.refused:
        return State(
            "refused", "Some work is refused and waits. The log says what and why.", numbers
        )
    return State("ok", "What is due is done.", numbers)
