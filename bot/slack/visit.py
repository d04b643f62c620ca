"""The calls with which the doctor looks at Slack, and the knock at the bot's own door."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import aiohttp

from bot import dates
from bot.doctor.slack import NO_ANSWER, ODD_ANSWER, Answer, Door
from bot.errors import SlackBusy, SlackUnclear
from bot.permissions import GroupId
from bot.slack import api
from bot.slack.http import PATH
from bot.triage import ChannelId, UserId

_SCOPES: Final = "x-oauth-scopes"


class SlackVisit:
    """See bot.doctor.examination.Slack."""

    def __init__(
        self,
        calls: api.SlackApi,
        app_token: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = calls
        self._app_token = app_token
        self._clock = clock

    async def identity(self) -> Answer:
        # https://docs.slack.dev/reference/methods/auth.test
        return await self._ask("auth.test")

    async def connection(self) -> Answer:
        """Asks for the address of a connection, and opens none.

        https://docs.slack.dev/reference/methods/apps.connections.open
        """
        return await self._ask("apps.connections.open", app_token=self._app_token)

    async def channel(self, channel: ChannelId) -> Answer:
        # https://docs.slack.dev/reference/methods/conversations.info
        return await self._ask("conversations.info", channel=channel)

    async def user(self, user: UserId) -> Answer:
        # https://docs.slack.dev/reference/methods/users.info
        return await self._ask("users.info", user=user)

    async def group(self, group: GroupId) -> Answer:
        # https://docs.slack.dev/reference/methods/usergroups.users.list
        return await self._ask("usergroups.users.list", usergroup=group)

    async def _ask(self, method: str, **arguments: Any) -> Answer:
        answer = await self._api.ask(method, **arguments)
        granted = answer.headers.get(_SCOPES)
        return Answer(
            body=answer.body,
            error=_named(answer),
            scopes=None if granted is None else frozenset(map(str.strip, granted.split(","))),
            ahead=dates.ahead(answer.headers.get("Date"), self._clock()),
        )


def _named(answer: api.Answer) -> str | None:
    if answer.problem is None:
        return None
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "service_unavailable"
    if isinstance(answer.problem, SlackBusy):
        return answer.problem.error
    if api.is_slacks_no(answer.body):
        return api.error_name(answer.body) or ODD_ANSWER
    return ODD_ANSWER if isinstance(answer.problem, SlackUnclear) else NO_ANSWER


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
