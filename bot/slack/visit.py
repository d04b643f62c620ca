"""The calls with which the doctor looks at Slack, and the knock at the bot's own door."""

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import dates
from bot.doctor.slack import NO_ANSWER, ODD_ANSWER, Answer, Door
from bot.permissions import GroupId
from bot.slack import wire
from bot.slack.api import ODD
from bot.slack.http import PATH
from bot.triage import ChannelId, UserId

_SCOPES: Final = "x-oauth-scopes"


class SlackVisit:
    """See bot.doctor.examination.Slack. `client` has the bot's token."""

    def __init__(
        self,
        client: AsyncWebClient,
        app_token: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._app_token = app_token
        self._clock = clock

    async def identity(self) -> Answer:
        # https://docs.slack.dev/reference/methods/auth.test
        return await self._ask(self._client.auth_test)

    async def connection(self) -> Answer:
        """Asks for the address of a connection, and opens none.

        https://docs.slack.dev/reference/methods/apps.connections.open
        """
        return await self._ask(self._client.apps_connections_open, app_token=self._app_token)

    async def channel(self, channel: ChannelId) -> Answer:
        # https://docs.slack.dev/reference/methods/conversations.info
        return await self._ask(self._client.conversations_info, channel=channel)

    async def user(self, user: UserId) -> Answer:
        # https://docs.slack.dev/reference/methods/users.info
        return await self._ask(self._client.users_info, user=user)

    async def group(self, group: GroupId) -> Answer:
        # https://docs.slack.dev/reference/methods/usergroups.users.list
        return await self._ask(self._client.usergroups_users_list, usergroup=group)

    async def _ask(
        self, method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
    ) -> Answer:
        try:
            response = await method(**arguments)
        except (aiohttp.ClientError, TimeoutError):
            return Answer(error=NO_ANSWER)
        except SlackApiError as error:
            if not isinstance(error.response, AsyncSlackResponse):
                return Answer(error=ODD_ANSWER)
            response = error.response
        except ODD:
            return Answer(error=ODD_ANSWER)
        body = response.data if isinstance(response.data, dict) else {}
        granted = response.headers.get(_SCOPES)
        return Answer(
            body=body,
            error=None if body.get("ok") is True else _named(body, response.status_code),
            scopes=None if granted is None else frozenset(map(str.strip, granted.split(","))),
            ahead=dates.ahead(response.headers.get("Date"), self._clock()),
        )


def _named(body: dict[str, Any], status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "ratelimited"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "service_unavailable"
    return (wire.is_slacks_no(body) and wire.error_name(body)) or ODD_ANSWER


async def knock(session: aiohttp.ClientSession, address: str, secret: str) -> Door:
    """Sends the bot the request with which Slack makes sure of a Request URL: it touches nothing,
    and only the bot gives the challenge back.

    https://docs.slack.dev/reference/events/url_verification
    """
    challenge, sent_at = uuid4().hex, str(int(time.time()))
    raw = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    digest = hmac.new(secret.encode(), b"v0:%b:%b" % (sent_at.encode(), raw), hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }
    url = f"http://{address}{PATH}"
    try:
        async with session.post(url, data=raw, headers=headers, allow_redirects=False) as answer:
            text = await answer.text(errors="replace")
    except (aiohttp.ClientConnectionError, TimeoutError):
        return Door.NOBODY
    except aiohttp.ClientError:
        return Door.STRANGER
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Door.SHUT
    return Door.OPEN if challenge in text else Door.STRANGER
