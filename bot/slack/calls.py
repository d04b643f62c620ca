"""One call of Slack's Web API, with its rate obeyed and its errors in the product's words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    ChannelClosed,
    SlackDown,
    SlackRefused,
    TokenRefused,
)
from bot.slack import wire

# Slack asks for longer waits only when it is in trouble: then the journal waits, not the call.
LONGEST_HOLD_SECONDS: Final = 60.0
PAGE_SIZE: Final = 200

# What stands before Slack has no answer; Slack itself may be at work.
_GATEWAY: Final = frozenset([502, 504])
_CLOSED: Final = frozenset(
    [
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "thread_not_found",
    ]
)

# What slack_sdk lets through where something answers in Slack's place: it trusts every answer to be
# text, in an encoding that there is, and JSON to be an object.
ODD: Final = (AttributeError, LookupError, RecursionError, ValueError)

Method = Callable[..., Awaitable[AsyncSlackResponse]]


async def call(
    method: Method, clock: Callable[[], float], /, **arguments: Any
) -> AsyncSlackResponse:
    """What Slack answers. SlackDown, SlackRefused or ChannelClosed when it does not; `clock` is in
    seconds since the epoch."""
    while True:
        try:
            return await method(**arguments)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackDown(settling=_settling(error)) from error
        except ODD as error:
            raise SlackDown(settling=STALLED_SECONDS) from error
        except SlackApiError as error:
            seconds = _hold(error)
            if seconds is None:
                raise _problem(error) from error
            if seconds > LONGEST_HOLD_SECONDS:
                raise SlackDown(clock() + seconds) from error
            await asyncio.sleep(seconds)


def next_page(answer: AsyncSlackResponse | Mapping[str, Any]) -> str:
    """The cursor of the next page; empty where there is none.

    https://docs.slack.dev/apis/web-api/pagination
    """
    return wire.next_cursor(answer.data if isinstance(answer, AsyncSlackResponse) else answer)


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


def _problem(error: SlackApiError) -> SlackDown | SlackRefused:
    response = error.response
    if not isinstance(response, AsyncSlackResponse) or not wire.is_slacks_no(response.data):
        # It comes from something before Slack, whatever its status; Slack itself may be at work.
        return SlackDown(settling=STALLED_SECONDS)
    name = _named(response)
    if name in wire.PASSING or response.status_code >= 500:
        gateway = response.status_code in _GATEWAY
        return SlackDown(settling=STALLED_SECONDS if gateway else 0.0)
    if name in wire.DEAD_TOKEN:
        return TokenRefused()
    if name == "missing_scope" and (needed := wire.needed(response.data)):
        return SlackRefused(f"{name}: {needed}")
    return ChannelClosed(name) if name in _CLOSED else SlackRefused(name)
