"""Where the counting happens: around Bolt and the two services."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack import wire
from bot.triage import Change, ClearAiTag, EditTags, MarkRead, MarkUnread, SetAiTag
from bot.web.metrics import Metrics

# https://docs.slack.dev/interactivity: what a payload calls itself; a command has no type.
SURFACES: Final[Mapping[object, str]] = {
    None: "command",
    "block_actions": "action",
    "event_callback": "event",
    "message_action": "shortcut",
    "shortcut": "shortcut",
    "view_submission": "form",
    "view_closed": "form",
}
CHANGES: Final[Mapping[type, str]] = {
    MarkRead: "mark_read",
    MarkUnread: "mark_unread",
    SetAiTag: "set_ai_tag",
    ClearAiTag: "clear_ai_tag",
    EditTags: "edit_tags",
}
NO_ANSWER: Final = 0
RESPONSE_URL: Final = "response_url"


class CountedApp(AsyncApp):
    """Bolt, with the time that each of its answers took."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._acks = metrics.acks

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        began = time.perf_counter()
        outcome = "failed"
        try:
            answer = await super().async_dispatch(req)
            if answer.status == HTTPStatus.OK:
                outcome = "ok"
        finally:
            seconds = time.perf_counter() - began
            self._acks.labels(surface(req.body), outcome).observe(seconds)
        return answer


def surface(body: Mapping[str, Any]) -> str:
    """What somebody used to say it; one of few words, whatever arrives."""
    kind = body.get("type")
    return SURFACES.get(kind, "other") if isinstance(kind, str | None) else "other"


class CountedSlack(AsyncWebClient):
    """Slack's Web API, with its calls counted."""

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._calls = metrics.slack

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        try:
            answer = await super().api_call(api_method, **options)
        except SlackApiError as error:
            self._calls.labels(api_method, _refusal(error)).inc()
            raise
        except (aiohttp.ClientError, TimeoutError):
            self._calls.labels(api_method, result(NO_ANSWER)).inc()
            raise
        self._calls.labels(api_method, result(answer.status_code)).inc()
        return answer


def _refusal(error: SlackApiError) -> str:
    """Slack says no with a 200, too; and so does a page of what stands before it."""
    response = error.response
    if not isinstance(response, AsyncSlackResponse):
        return result(NO_ANSWER)
    if response.status_code != HTTPStatus.OK:
        return result(response.status_code)
    return "refused" if wire.is_slacks_no(response.data) else result(NO_ANSWER)


def response_urls(metrics: Metrics, api_url: str) -> aiohttp.TraceConfig:
    """Counts what a session asks of Slack besides the Web API, which has its own count."""
    trace = aiohttp.TraceConfig()

    def note(url: str, status: int) -> None:
        if not url.startswith(api_url):
            metrics.slack.labels(RESPONSE_URL, result(status)).inc()

    async def end(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        note(str(params.url), params.response.status)

    async def fail(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        note(str(params.url), NO_ANSWER)

    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return trace


def decisions(metrics: Metrics) -> Callable[[Change], None]:
    """Hears each change that was made."""
    return lambda change: metrics.decisions.labels(CHANGES[type(change)]).inc()


def sendkit(metrics: Metrics) -> Callable[[int], None]:
    """Hears the status of each answer of SendKit's, or NO_ANSWER."""
    return lambda status: metrics.sendkit.labels(result(status)).inc()


def routes(metrics: Metrics, served: web.Application) -> None:
    """Counts the server's answers by route."""

    async def note(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        metrics.requests.labels(route, response.status).inc()

    served.on_response_prepare.append(note)


def result(status: int) -> str:
    """A status as one of four words."""
    if 200 <= status < 300:
        return "ok"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "busy"
    return "refused" if 300 <= status < 500 else "down"
