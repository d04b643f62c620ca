"""One call of Slack's Web API, with its rate obeyed and its errors in the product's words.

This module decides what an error of Slack's means. It is final only where it is on one of the lists
below, each with its reason; any other may pass, also one that Slack has yet to invent.
https://docs.slack.dev/reference/methods
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import bounded_read
from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    ChannelClosed,
    ContentRefused,
    MessageGone,
    SlackBusy,
    SlackDown,
    SlackListEndless,
    SlackRefused,
    SlackUnclear,
    ThreadLocked,
    TokenRefused,
    TriageError,
    UnknownRefusal,
)
from bot.slack import wire

log = logging.getLogger(__name__)

# Slack asks for longer waits only when it is in trouble: then the journal waits, not the call.
LONGEST_HOLD_SECONDS: Final = 60.0
PAGE_SIZE: Final = 200
# Far more than the members of a channel, or what it holds after a crash.
MOST_PAGES: Final = 500

# What stands before Slack has no answer; Slack itself may be at work.
_GATEWAY: Final = frozenset([502, 504])
# The channel is closed to the bot until somebody opens it again.
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
# The message that was meant was deleted, by a person or by the workspace's retention.
_GONE: Final = frozenset(["message_not_found", "thread_not_found"])
# The message stands, but nothing can be added below it.
_LOCKED: Final = frozenset(
    [
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
    ]
)
# What Slack knows of one message or one person, and will not change its mind about.
_FINAL: Final = frozenset(
    [
        "cant_delete_message",  # another app's message, or a person's
        "cant_update_message",
        "edit_window_closed",  # the workspace lets messages be edited for some time only
        "no_such_subteam",  # a user group that does not exist
        "user_not_found",
        "user_not_in_channel",  # chat.postEphemeral, to somebody who has left
        "user_not_visible",  # somebody of another organisation
    ]
)
# The message is too long or has a form that Slack does not take.
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

# What slack_sdk lets through where something answers in Slack's place: it trusts every answer to be
# text, in an encoding that there is, and JSON to be an object.
ODD: Final = (AttributeError, LookupError, RecursionError, ValueError)

Method = Callable[..., Awaitable[AsyncSlackResponse]]


async def call(
    method: Method, clock: Callable[[], float], waits: float = math.inf, /, **arguments: Any
) -> AsyncSlackResponse:
    """What Slack answers. SlackDown or SlackRefused when it refuses or cannot be reached; `clock`
    is in seconds since the epoch. SlackBusy when Slack's rate was waited for `waits` times."""
    while True:
        try:
            return await method(**arguments)
        except bounded_read.Unreadable as error:
            log.warning("an answer of Slack’s was not understood: %s", error)
            raise SlackUnclear(settling=STALLED_SECONDS) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackDown(settling=_settling(error)) from error
        except ODD as error:
            raise SlackDown(settling=STALLED_SECONDS) from error
        except SlackApiError as error:
            seconds = _hold(error)
            if seconds is None:
                raise _problem(error) from error
            if seconds > LONGEST_HOLD_SECONDS or waits < 1:
                raise SlackBusy(clock() + seconds) from error
            waits -= 1
            await asyncio.sleep(seconds)


async def pages(
    method: Method, clock: Callable[[], float], waits: float = math.inf, /, **arguments: Any
) -> AsyncIterator[Mapping[str, Any]]:
    """All pages of a list. SlackListEndless where it has no end, SlackUnclear where it does not say
    whether it goes on; else as for `call`.

    https://docs.slack.dev/apis/web-api/pagination
    """
    seen: set[str] = set()
    cursor = ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await call(method, clock, waits, limit=PAGE_SIZE, **more, **arguments)
        yield wire.mapping(answer.data)
        following = wire.next_cursor(answer.data)
        if following is None:
            log.warning("a page of a list of Slack’s does not say whether more come")
            raise SlackUnclear
        if not following:
            return
        cursor = following
        if cursor in seen or len(seen) == MOST_PAGES:
            log.warning("a list of Slack’s has no end: %d pages", len(seen) + 1)
            raise SlackListEndless
        seen.add(cursor)


def _settling(error: aiohttp.ClientError | TimeoutError) -> float:
    """For how many seconds a call that was not answered may still come through."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return 0.0  # it never reached Slack
    return STALLED_SECONDS if isinstance(error, TimeoutError) else HUNG_UP_SECONDS


def _hold(error: SlackApiError) -> float | None:
    """How long Slack asks to wait, in seconds, when the rate is what it refuses.

    https://docs.slack.dev/apis/web-api/rate-limits
    """
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        return None
    if response.status_code != 429 and _named(response) not in ("ratelimited", "rate_limited"):
        return None
    return wire.seconds(response.headers.get("Retry-After"))


def _named(response: AsyncSlackResponse) -> str:
    return wire.error(response.data, response.status_code)


def _problem(error: SlackApiError) -> TriageError:
    response = error.response
    if not isinstance(response, AsyncSlackResponse) or not wire.is_slacks_no(response.data):
        # It comes from something before Slack, whatever its status; Slack itself may be at work.
        return SlackDown(settling=STALLED_SECONDS)
    return meaning(_named(response), response.status_code, wire.needed(response.data))


def meaning(name: str, status: int = 200, needed: str = "") -> SlackDown | SlackRefused:
    """What an error of Slack's own means. `needed`: the scopes that Slack says are missing."""
    if name in wire.PASSING or status >= 500:
        return SlackDown(settling=STALLED_SECONDS if status in _GATEWAY else 0.0)
    if name in wire.DEAD_TOKEN:
        return TokenRefused()
    for names, kind in _MEANT:
        if name in names:
            return kind(name)
    return UnknownRefusal(f"{name}: {needed}" if needed else name)
