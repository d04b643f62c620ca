"""Slack's Web API and response_urls: each call returns a value or raises one of our errors, and is
counted.

Only this module interprets Slack's errors. A refusal is final only if its code is on one of the
lists below, each with a reason. Any other refusal may pass, even one that is new in Slack.
https://docs.slack.dev/reference/methods
"""

import json
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import aiohttp
import yarl
from aiohttp import ClientResponse

from bot import bounded_read
from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    ChannelClosed,
    ContentRefused,
    MessageGone,
    SettingsWrong,
    SlackBusy,
    SlackDown,
    SlackListEndless,
    SlackRefused,
    SlackUnclear,
    ThreadLocked,
    TokenRefused,
    UnknownRefusal,
)
from bot.proxies import proxy_for
from bot.slack.response_urls import slacks

log = logging.getLogger(__name__)

JSON = Mapping[str, Any]
Result = Literal["ok", "busy", "refused", "down"]
# Called with the method and the result of each call.
Count = Callable[[str, Result], None]

RESPONSE_URL: Final = "response_url"
PAGE_SIZE: Final = 200
# Far more than the members of a channel, or its messages after a crash.
MOST_PAGES: Final = 500
# A longer Retry-After is cut to this.
LONGEST_WAIT: Final = 3600.0
# How long at most, after a 429, the bot sends no call of the same method.
LONGEST_HOLD: Final = 60.0

# The token is no longer valid. https://docs.slack.dev/reference/methods/auth.test#errors
DEAD_TOKEN: Final = frozenset(
    ["account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"]
)
# Slack's own errors, which pass.
PASSING: Final = frozenset(
    ["fatal_error", "internal_error", "request_timeout", "service_unavailable", "update_failed"]
)
# A gateway had no answer; Slack may still carry out the call.
_GATEWAY: Final = frozenset([502, 504])
# The bot may not post in the channel until somebody changes that.
_CLOSED: Final = frozenset(
    [
        "channel_not_found",  # also a private channel that the bot is no longer in
        "is_archived",
        "is_inactive",  # chat.update's word for an archived, frozen or deleted channel
        "not_in_channel",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    ]
)
# A person or the workspace's retention deleted the message.
_GONE: Final = frozenset(["message_not_found", "thread_not_found"])
# The message is there, but its thread takes no replies.
_LOCKED: Final = frozenset(
    [
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
    ]
)
# Facts about one message or one person that will not change.
_FINAL: Final = frozenset(
    [
        "cant_delete_message",  # another app's message, or a person's
        "cant_update_message",
        "edit_window_closed",  # the workspace lets messages be edited for some time only
        "not_enabled",  # the Home tab is off in the app's settings
        "no_such_subteam",  # a user group that does not exist
        "user_not_found",
        "user_not_in_channel",  # chat.postEphemeral, to somebody who has left
        "user_not_visible",  # somebody of another organisation
    ]
)
# The message is too long, or has a form that Slack does not accept.
_CONTENT: Final = frozenset(
    [
        "block_mismatch",
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    ]
)
_MEANT: Final[tuple[tuple[frozenset[str], type[SlackRefused | UnknownRefusal]], ...]] = (
    (_CLOSED, ChannelClosed),
    (_GONE, MessageGone),
    (_LOCKED, ThreadLocked),
    (_FINAL, SlackRefused),
    (_CONTENT, ContentRefused),
)
_BUSY: Final = ("ratelimited", "rate_limited")

# The last words of methods that only read. They take no JSON, and as GETs aiohttp sends them again
# if an idle connection turns out to have ended. https://docs.slack.dev/apis/web-api
_READS: Final = frozenset(["getPermalink", "history", "info", "list", "members", "replies"])
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")
_SCOPES: Final = re.compile(r"[a-z][a-z0-9_:.,]{0,199}")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a call. `status` is 0 without an answer; `problem` is set if the call
    failed."""

    problem: SlackDown | SlackRefused | None = None
    body: JSON = field(default_factory=dict)
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def _uncounted(method: str, result: Result) -> None:
    pass


class SlackApi:
    """Calls with the bot's token. `url` ends with a slash, `clock` is in seconds since the epoch.
    SettingsWrong if the bot cannot use the proxy that is set."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        url: str,
        count: Count = _uncounted,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._url = yarl.URL(url)
        self._count = count
        self._clock = clock
        self._token = token
        self._proxy = proxy_for(url)
        self._proxies = lru_cache(maxsize=16)(proxy_for)
        # Until when Slack's rate blocks a method; for chat.postMessage, in one channel.
        self._held: dict[tuple[str, str], float] = {}

    async def call(self, method: str, /, **arguments: Any) -> JSON:
        """The answer's body. Raises SlackRefused if a repeat changes nothing, SlackDown if it may,
        and SlackBusy at once if Slack's rate is exceeded: it never waits."""
        answer = await self.ask(method, **arguments)
        if answer.problem is not None:
            raise answer.problem
        return answer.body

    async def ask(self, method: str, /, **arguments: Any) -> Answer:
        """The whole answer. `method` is Slack's name, such as `chat.update`; `token` replaces the
        bot's."""
        rated = (method, str(arguments["channel"]) if method == "chat.postMessage" else "")
        now = self._clock()
        held_until = self._held.pop(rated, now)
        # A clock that was put back must not block calls for longer.
        if 0 < held_until - now <= LONGEST_HOLD:
            self._held[rated] = held_until
            return Answer(SlackBusy(held_until))
        answer = await self._asked(method, **arguments)
        if isinstance(answer.problem, SlackBusy) and answer.problem.at is not None:
            self._held[rated] = min(answer.problem.at, self._clock() + LONGEST_HOLD)
        self._count(method, _result(answer.problem))
        return answer

    async def pages(self, method: str, /, **arguments: Any) -> AsyncIterator[JSON]:
        """All pages of a list. SlackListEndless if it has no end, SlackUnclear if it does not say
        whether it continues; otherwise the errors of `call`.

        https://docs.slack.dev/apis/web-api/pagination
        """
        seen: set[str] = set()
        more: dict[str, str] = {}
        while True:
            page = await self.call(method, limit=PAGE_SIZE, **more, **arguments)
            yield page
            cursor = next_cursor(page)
            if cursor is None:
                log.warning("a page of a list of Slack’s does not say whether more come")
                raise SlackUnclear
            if not cursor:
                return
            if cursor in seen or len(seen) == MOST_PAGES:
                log.warning("a list of Slack’s has no end: %d pages", len(seen) + 1)
                raise SlackListEndless
            seen.add(cursor)
            more = {"cursor": cursor}

    async def respond(self, address: str, message: JSON) -> bool:
        """Posts to a response_url, which works for 30 minutes and 5 times; returns whether Slack
        took the message. The bot calls no address that is not Slack's.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        url = slacks(address, self._url)
        if url is None:
            log.warning("a response_url is not Slack’s, so it is not used")
            return False
        status, taken = 0, False
        try:
            proxy = self._proxies(str(url.origin()))
            async with self._session.post(
                url, json=message, proxy=proxy, allow_redirects=False
            ) as answer:
                status = answer.status
                taken = is_taken(status, (await answer.read()).decode(errors="replace"))
        except (aiohttp.ClientError, TimeoutError, ValueError, SettingsWrong):
            pass
        refused: Result = "refused" if 200 <= status < 500 else "down"
        self._count(RESPONSE_URL, "ok" if taken else "busy" if status == 429 else refused)
        return taken

    async def _asked(self, method: str, /, **arguments: Any) -> Answer:
        try:
            async with self._sent(method, **arguments) as answer:
                raw = await answer.read()
        except bounded_read.Unreadable as error:
            log.warning("an answer of Slack’s was not understood: %s", error)
            problem: SlackDown = SlackUnclear(settling=STALLED_SECONDS)
            problem.__cause__ = error
            return Answer(problem)
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = SlackDown(settling=_settling(error))
            problem.__cause__ = error
            return Answer(problem)
        try:
            body = mapping(json.loads(raw))
        except (ValueError, RecursionError):
            body = {}  # something other than Slack answered
        return self._understood(answer.status, answer.headers, body)

    def _sent(
        self, method: str, /, **arguments: Any
    ) -> AbstractAsyncContextManager[ClientResponse]:
        url = f"{self._url}{method}"
        headers = {"Authorization": f"Bearer {arguments.pop('token', self._token)}"}
        if method.rpartition(".")[2] in _READS:
            query = {
                name: int(each) if isinstance(each, bool) else each
                for name, each in arguments.items()
            }
            return self._session.get(
                url, params=query, headers=headers, proxy=self._proxy, allow_redirects=False
            )
        data = json.dumps(arguments).encode()
        return self._session.post(
            url, data=data, headers=headers | _JSON, proxy=self._proxy, allow_redirects=False
        )

    def _understood(self, status: int, headers: Mapping[str, str], body: JSON) -> Answer:
        problem: SlackDown | SlackRefused | None = None
        if status == 429 or error_name(body) in _BUSY:
            # https://docs.slack.dev/apis/web-api/rate-limits
            problem = SlackBusy(self._clock() + seconds(headers.get("Retry-After")))
        elif is_slacks_no(body):
            problem = meaning(error_name(body) or f"status {status}", status, needed(body))
        elif status >= 500:
            # A proxy answered; Slack may still carry out the call.
            problem = SlackDown(settling=STALLED_SECONDS)
        elif status != 200 or body.get("ok") is not True:
            problem = SlackUnclear(settling=STALLED_SECONDS)
        return Answer(problem, body, status, headers)


def meaning(name: str, status: int = 200, needed: str = "") -> SlackDown | SlackRefused:
    """Our error for an error code of Slack's. `needed`: the scopes that Slack says are missing."""
    if name in PASSING or status >= 500:
        return SlackDown(None, STALLED_SECONDS if status in _GATEWAY else 0.0, name)
    if name in DEAD_TOKEN:
        return TokenRefused(name)
    for names, kind in _MEANT:
        if name in names:
            return kind(name)
    return UnknownRefusal(f"{name}: {needed}" if needed else name)


def _settling(error: aiohttp.ClientError | TimeoutError) -> float:
    """For how many seconds an unanswered call may still take effect."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return 0.0  # it never reached Slack
    return STALLED_SECONDS if isinstance(error, TimeoutError) else HUNG_UP_SECONDS


def _result(problem: SlackDown | SlackRefused | None) -> Result:
    match problem:
        case None:
            return "ok"
        case SlackBusy():
            return "busy"
        case SlackRefused() | TokenRefused() | UnknownRefusal():
            return "refused"
        case _:
            return "down"


def is_slacks_no(answer: object) -> bool:
    """Whether Slack itself refused or failed, and not a proxy."""
    return mapping(answer).get("ok") is False


def is_taken(status: int, body: str) -> bool:
    """Whether a response_url took the message. Slack answers with a word, a proxy with a page."""
    try:
        refused = is_slacks_no(json.loads(body))
    except (ValueError, RecursionError):
        refused = False  # a word, such as "ok"
    return status == 200 and not body.lstrip().startswith("<") and not refused


def error_name(answer: object) -> str:
    """Slack's error code, for the log; empty if there is none."""
    said = text(mapping(answer).get("error"))
    return said if _NAME.fullmatch(said) else ""


def needed(answer: object) -> str:
    """The missing scopes in an answer; empty if it names none."""
    said = text(mapping(answer).get("needed"))
    return said if _SCOPES.fullmatch(said) else ""


def next_cursor(answer: object) -> str | None:
    """The cursor of the next page; empty after the last one, None if the answer does not say.

    https://docs.slack.dev/apis/web-api/pagination
    """
    metadata = mapping(answer).get("response_metadata", {})
    if not isinstance(metadata, Mapping):
        return "" if metadata is None else None
    cursor = metadata.get("next_cursor", "")
    return cursor if isinstance(cursor, str) else "" if cursor is None else None


def seconds(said: object) -> float:
    """The wait for which `Retry-After` asks."""
    given = str(said)
    return min(max(float(given), 0.1), LONGEST_WAIT) if _SECONDS.fullmatch(given) else 1.0


def text(value: object) -> str:
    """The expected text; empty if it is something else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> JSON:
    """The expected object; empty if it is something else."""
    return value if isinstance(value, Mapping) else {}
