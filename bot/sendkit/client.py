"""The client of SendKit's API: authentication, time limits, pages. It never retries: the journal
does.

It uses the connections of httpx's own transport, httpcore, without httpx's client and pool above
them: cookies, redirects and the search for a connection were more than half of a call's processor
time. https://www.encode.io/httpcore/connections/
"""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpcore
import httpx

from bot import bounded_read, dates
from bot.answers import Answer
from bot.errors import (
    HUNG_UP_SECONDS,
    STALLED_SECONDS,
    AnswerTooLong,
    AnswerUnclear,
    ChangeRefused,
    ConversationGone,
    ListEndless,
    ListMissing,
    RefusedForNow,
    SendKitBusy,
    SendKitDown,
)
from bot.proxies import proxy_for
from bot.sendkit import json_reader, parsing, replies, statuses
from bot.sendkit.fields import JSON
from bot.timing import DEFAULT, Timing
from bot.triage import AiTag, Change, Conversation, ConversationId, Mail

log = logging.getLogger(__name__)

# The most calls at once, and so the most connections.
IN_FLIGHT: Final = 16
PAGE_SIZE: Final = 100
# Far more pages than a workspace has. A page may be empty and have a next one, but not many in a
# row.
MOST_PAGES: Final = 500
MOST_EMPTY: Final = 50
NO_DIFFERENCE_SECONDS: Final = 5.0
# httpcore raises these before it sends anything.
_NEVER_SENT: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)
# An OSError is our time limit, or an error of TLS that httpcore does not convert.
_FAILED: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    OSError,
)


class SendKit:
    """SendKit's inbox for one API key.

    Every method raises SendKit's errors in bot.errors; ChangeRefused only if it changes something.
    `answered` receives the status of each answer, or 0 if there was none.
    """

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        workspace_id: str | None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
        answered: Callable[[int], None] = lambda status: None,
    ) -> None:
        self._address = address = httpx.URL(url)
        headers = {
            "Host": address.netloc.decode(),
            "User-Agent": f"python-httpx/{httpx.__version__}",
            **bounded_read.ACCEPTED,
            "X-Api-Key": api_key,
            "Authorization": f"Bearer {api_key}",
        }
        if workspace_id is not None:
            headers["X-Workspace-Id"] = workspace_id
        self._headers = [(name.encode(), each.encode()) for name, each in headers.items()]
        limits = httpx.Timeout(timing.sendkit_read, connect=timing.sendkit_connect)
        self._extensions = {"timeout": limits.as_dict()}
        proxy = proxy_for(url)
        proxy_is_secure = proxy is not None and proxy.startswith("https:")
        # Loading the certificate authorities takes 40 ms, and a plain address needs none.
        tls = httpx.create_ssl_context(address.scheme == "https" or proxy_is_secure)
        # It only makes the connections: to search them for each call would double its cost.
        self._pool = httpcore.AsyncConnectionPool(
            tls,
            _proxy(proxy, tls if proxy_is_secure else None) if proxy else None,
            keepalive_expiry=bounded_read.IDLE_SECONDS,
        )
        # The connection that was used last comes first, since it is probably still open.
        self._free = asyncio.LifoQueue[httpcore.AsyncConnectionInterface | None]()
        for _ in range(IN_FLIGHT):
            self._free.put_nowait(None)
        self._timing = timing
        self._clock = clock
        self._monotonic = monotonic
        self._answered = answered
        self._held_until = 0.0
        self._ahead: float | None = None

    async def close(self) -> None:
        while not self._free.empty():
            if connection := self._free.get_nowait():
                await connection.aclose()

    async def conversation(self, conversation: ConversationId) -> Conversation:
        """The conversation as it is now. https://docs.sendkit.ai: GET /v1/inbox/{id}"""
        return parsing.conversation(
            await self._ask("GET", f"/v1/inbox/{conversation}"), conversation
        )

    async def thread(self, conversation: ConversationId) -> tuple[Conversation, Sequence[Mail]]:
        """The conversation and all its mails, the oldest first."""
        answer = await self._ask("GET", f"/v1/inbox/{conversation}")
        return parsing.conversation(answer, conversation), parsing.mails(answer)

    async def email(self, conversation: ConversationId) -> tuple[Conversation, str]:
        """The conversation and the whole text of the lead's last email."""
        answer = await self._ask("GET", f"/v1/inbox/{conversation}")
        return parsing.conversation(answer, conversation), parsing.email(answer)

    async def patch(self, change: Change, before: Conversation) -> parsing.Patched:
        """Makes one change. https://docs.sendkit.ai: PATCH /v1/inbox/{id}"""
        body = change.patch(before)
        answer = await self._ask("PATCH", f"/v1/inbox/{before.id}", body=body)
        return parsing.patched(answer, before.id)

    async def bar(self, conversation: ConversationId) -> bool:
        """Puts the lead on the do-not-contact list; returns whether the address was not there yet.
        A repeat changes nothing. https://docs.sendkit.ai: POST /v1/inbox/dnc"""
        body = {"conversationIds": [conversation]}
        return parsing.added(await self._ask("POST", "/v1/inbox/dnc", body=body))

    async def reply(self, answer: Answer) -> str:
        """Asks SendKit to send an answer at its `scheduled_for`; SendKit's id of it. A repeat is a
        second mail. `never_sent` of a SendKitDown says that the call did not leave this machine.
        https://docs.sendkit.ai: POST /v1/inbox/{id}/reply
        """
        path = f"/v1/inbox/{answer.conversation}/reply"
        return parsing.identity(await self._ask("POST", path, body=replies.asked(answer)))

    async def scheduled(self, conversation: ConversationId) -> Sequence[replies.ScheduledReply]:
        """The replies that are pending or failed."""
        path = f"/v1/inbox/{conversation}/scheduled"
        return replies.scheduled(await self._ask("GET", path))

    async def cancel(self, conversation: ConversationId, reply: str) -> None:
        """Cancels a pending reply. ChangeRefused if it is no longer pending: it may be sent, or be
        cancelled already."""
        path = f"/v1/inbox/{conversation}/scheduled/{quote(reply, safe='')}"
        replies.check_cancelled(await self._ask("DELETE", path))

    async def conversations(self, **query: str) -> AsyncIterator[Conversation]:
        """All pages of conversations, each conversation once. `query` is SendKit's, such as
        `status="unread"` or `search=…`. SendKit promises no order. ListEndless is raised after the
        last conversation that was found."""
        listed: set[ConversationId] = set()
        asked = {**query, "limit": str(PAGE_SIZE)}
        async for item in self._pages("/v1/inbox", asked, parsing.inbox_page):
            # The list may change while it is read: then a conversation is on two pages.
            if (found := await _item(item)) is not None and found.id not in listed:
                listed.add(found.id)
                yield found

    async def unread(self) -> tuple[Sequence[Conversation], ListEndless | None]:
        """All unread conversations. With ListEndless, they are a part of them."""
        found: list[Conversation] = []
        try:
            async for each in self.conversations(status="unread"):
                found.append(each)  # noqa: PERF401, what came before an error counts
        except ListEndless as error:
            return found, error
        return found, None

    async def conversations_page(
        self, query: Mapping[str, str] | None
    ) -> tuple[Sequence[Conversation], Mapping[str, str] | None]:
        """One page of all conversations, and the query for the next one; None after the last page.
        None as a query asks for the first page."""
        limited = {"limit": str(PAGE_SIZE), **(query or {})}
        page = await self._page("/v1/inbox", limited, parsing.inbox_page)
        return [found for item in page.items if (found := await _item(item))], page.following

    async def unread_count(self) -> int | None:
        """SendKit's own number of unread conversations; None if it does not say it."""
        query = {"status": "unread", "limit": "1"}
        return (await self._page("/v1/inbox", query, parsing.inbox_page)).total

    async def ai_tags(self) -> Mapping[AiTag, str]:
        """The workspace's aiTags in SendKit's order, each with its description.
        bot.sendkit.ai_tags caches them."""
        return parsing.ai_tags([item async for item in self._pages("/v1/tags", {})])

    async def webhooks(self) -> Sequence[parsing.RegisteredWebhook]:
        """The webhooks that SendKit calls. https://docs.sendkit.ai: webhooks"""
        return [parsing.webhook(item) async for item in self._pages("/v1/webhooks", {})]

    async def save_webhook(self, identity: str | None, body: Mapping[str, Any]) -> str:
        """Registers a webhook, or changes the one with this id. Returns its id."""
        if identity is None:
            return parsing.identity(await self._ask("POST", "/v1/webhooks", body=body))
        await self._ask("PATCH", f"/v1/webhooks/{identity}", body=body)
        return identity

    async def test_webhook(self, identity: str) -> None:
        """Makes SendKit send its test to a webhook. ChangeRefused if the test did not arrive."""
        body = await self._ask("POST", f"/v1/webhooks/{identity}/test", body={})
        if not parsing.is_delivered(body):
            raise ChangeRefused("the test was not delivered")

    def now(self) -> float:
        """SendKit's time by its last answer, in seconds since the epoch. A small difference to this
        machine's time is ignored: `Date` has whole seconds, and the answer took some time."""
        ahead = self._ahead or 0.0
        return self._clock() + (ahead if abs(ahead) > NO_DIFFERENCE_SECONDS else 0.0)

    @property
    def ahead(self) -> float | None:
        """By how many seconds SendKit's clock was ahead of this machine's at its last answer."""
        return self._ahead

    async def _pages(
        self,
        path: str,
        query: dict[str, str],
        read: Callable[[object], parsing.ListPage] = parsing.list_page,
    ) -> AsyncIterator[JSON]:
        seen: set[frozenset[tuple[str, str]]] = set()
        following: Mapping[str, str] | None = {}
        empty = 0
        while following is not None:
            asked = frozenset(following.items())
            if asked in seen or len(seen) == MOST_PAGES or empty == MOST_EMPTY:
                log.warning("a list of SendKit’s has no end: %s, %d pages", path, len(seen))
                raise ListEndless
            seen.add(asked)
            page = await self._page(path, {**query, **following}, read)
            for item in page.items:
                yield item
            empty = 0 if page.items else empty + 1
            following = page.following

    async def _page(
        self, path: str, query: dict[str, str], read: Callable[[object], parsing.ListPage]
    ) -> parsing.ListPage:
        try:
            return read(await self._ask("GET", path, query))
        except ConversationGone as error:
            raise ListMissing(path) from error  # it is the list that SendKit does not have

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> object:
        request = self._request(method, path, query, body)
        connection = await self._free.get()
        try:
            if (held := self._held_until - self._monotonic()) > 0:
                raise SendKitBusy(self._clock() + held)
            if connection is None or not connection.is_idle() or connection.has_expired():
                if connection is not None:
                    await connection.aclose()
                connection = self._pool.create_connection(request.url.origin)
            with self._unanswered():
                async with asyncio.timeout(self._timing.sendkit_call):
                    response = await connection.handle_async_request(request)
                    headers = {
                        name.lower(): each.decode("latin-1") for name, each in response.headers
                    }
                    try:
                        packing = headers.get(b"content-encoding", "")
                        content = await bounded_read.unpacked(packing, response.aiter_stream())
                    finally:
                        await response.aclose()
        finally:
            self._free.put_nowait(connection)
        self._answered(response.status)
        self._ahead = dates.ahead(headers.get(b"date"), self._clock())
        try:
            answer = await json_reader.read_json(content)
        except (ValueError, RecursionError):
            answer = None
        if 200 <= response.status < 300:
            # SendKit may answer the change of a webhook with an empty body, but no GET.
            if answer is None and (content or method == "GET"):
                raise AnswerUnclear("no JSON")
            return answer
        now = self._clock()
        problem = statuses.problem(response.status, answer, headers.get(b"retry-after"), now)
        if isinstance(problem, SendKitBusy) and problem.at is not None:
            # By the monotonic clock: a wall clock that is put back must not make it hours.
            self._held_until = max(self._held_until, self._monotonic() + problem.at - now)
        if isinstance(problem, ChangeRefused) and method == "GET":
            raise RefusedForNow(problem.reason)  # there is no change to refuse
        raise problem

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> httpcore.Request:
        asked = f"?{urlencode(query, errors='replace')}" if query else ""
        target = quote(self._address.path.rstrip("/") + path, errors="replace") + asked
        url, headers, content = _url(self._address, target), self._headers, b""
        if body is not None:
            content = json.dumps(body).encode()
            length = str(len(content)).encode()
            sent = [(b"Content-Type", b"application/json"), (b"Content-Length", length)]
            headers = [*headers, *sent]
        return httpcore.Request(
            method, url, headers=headers, content=content, extensions=self._extensions
        )

    @contextmanager
    def _unanswered(self) -> Iterator[None]:
        """Turns whatever keeps an answer from arriving into one of our errors."""
        try:
            yield
        except bounded_read.TooLong as error:
            self._answered(0)
            raise AnswerTooLong from error
        except bounded_read.Unreadable as error:
            self._answered(0)
            raise AnswerUnclear("it cannot be unpacked") from error
        except _FAILED as error:
            self._answered(0)
            raise SendKitDown(
                _settling(error), never_sent=isinstance(error, _NEVER_SENT)
            ) from error


async def _item(item: JSON) -> Conversation | None:
    # Parsing a mail may take some milliseconds: other tasks have their turn before the next one.
    await asyncio.sleep(0)
    try:
        return parsing.conversation(item)
    except AnswerUnclear as error:
        log.warning("a conversation is left out of a list: %s", error)
        return None


def _url(address: httpx.URL, target: str = "/") -> httpcore.URL:
    return httpcore.URL(
        scheme=address.raw_scheme,
        host=address.raw_host,
        port=address.port,
        target=target.encode(),
    )


def _proxy(address: str, tls: ssl.SSLContext | None) -> httpcore.Proxy:
    proxy = httpx.Proxy(address)
    return httpcore.Proxy(_url(proxy.url), proxy.raw_auth, proxy.headers.raw, tls)


def _settling(error: Exception) -> float:
    """For how many seconds SendKit may still carry out a call that it did not answer."""
    if isinstance(error, _NEVER_SENT):
        return 0.0
    late = isinstance(error, httpcore.TimeoutException | TimeoutError)
    return STALLED_SECONDS if late else HUNG_UP_SECONDS
