"""GET /metrics: the bot's metrics in Prometheus' format.

https://prometheus.io/docs/practices/naming/
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from bot.errors import DatabaseTrouble
from bot.journal.backlog import Backlog, backlog
from bot.store import Database
from bot.timing import DEFAULT, Timing
from bot.triage import (
    Change,
    ClearAiTag,
    DoNotContact,
    EditTags,
    MarkRead,
    MarkUnread,
    Revert,
    SetAiTag,
    single,
)
from bot.ttl_cache import TtlCache

PATH: Final = "/metrics"
PREFIX: Final = "sendkit_triage"

# Slack waits three seconds for an ack.
ACK_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
# A decision waits up to a day for SendKit.
ENTRY_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86400.0)

CHANGES: Final[Mapping[type, str]] = {
    MarkRead: "mark_read",
    MarkUnread: "mark_unread",
    SetAiTag: "set_ai_tag",
    ClearAiTag: "clear_ai_tag",
    EditTags: "edit_tags",
    DoNotContact: "do_not_contact",
    Revert: "undo",
}


class Metrics:
    """All metrics. No label has a value from outside."""

    def __init__(self, version: str) -> None:
        # The creation times of series would be series of their own, and nothing uses them.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        counter = partial(Counter, namespace=PREFIX, registry=registry)
        gauge = partial(Gauge, namespace=PREFIX, registry=registry)
        histogram = partial(Histogram, namespace=PREFIX, registry=registry)
        running = Info("build", "The running version.", namespace=PREFIX, registry=registry)
        running.info({"version": version})
        ProcessCollector(registry=registry)
        self.acks = histogram(
            "ack_seconds",
            "From a click or command to the answer to Slack.",
            ["surface", "outcome"],
            buckets=ACK_BUCKETS,
        )
        self.requests = counter("http_requests", "Answers of the HTTP server.", ["route", "status"])
        self.decisions = counter("decisions", "Decisions carried out.", ["change"])
        self.written = counter("entries_written", "Entries written into the journal.", ["kind"])
        self.done = histogram(
            "entry_done_seconds", "From an entry written to done.", ["kind"], buckets=ENTRY_BUCKETS
        )
        self.put_off = counter("entries_put_off", "Attempts that were put off.", ["kind"])
        self.failed = counter(
            "entries_failed", "Entries that ended in an unexpected error.", ["kind"]
        )
        self.slack = counter("slack_calls", "Calls to Slack.", ["method", "result"])
        self.sendkit = counter("sendkit_calls", "Calls to SendKit.", ["result"])
        self.open = gauge("entries_open", "Open entries.")
        self.oldest = gauge("entry_oldest_seconds", "Age of the oldest open entry.")
        self.overdue = gauge("entry_overdue_seconds", "How overdue the most overdue entry is.")
        self.outbox = gauge("outbox_cards", "Cards that wait for Slack’s rate.")

    def entry(self, event: str, kind: str, seconds: float) -> None:
        """Counts an event of an entry; see bot.journal.Observe."""
        if event == "done":
            self.done.labels(kind).observe(seconds)
        else:
            counter = {"written": self.written, "put_off": self.put_off, "failed": self.failed}
            counter[event].labels(kind).inc()

    def ack(self, surface: str, outcome: str, seconds: float) -> None:
        """Counts an answer to Slack; see bot.slack.http.Dispatch."""
        self.acks.labels(surface, outcome).observe(seconds)

    def slack_call(self, method: str, result: str) -> None:
        """Counts a call to Slack; see bot.slack.api.Count."""
        self.slack.labels(method, result).inc()

    def sendkit_call(self, status: int) -> None:
        """Counts a call to SendKit by the status of its answer; 0 means no answer."""
        self.sendkit.labels(result(status)).inc()

    def decision(self, change: Change) -> None:
        """Counts each change that was made, and an undo as one."""
        for each in (change,) if isinstance(change, Revert | DoNotContact) else single(change):
            self.decisions.labels(CHANGES[type(each)]).inc()

    def count_requests(self, served: web.Application) -> None:
        """Counts the server's answers by route."""

        async def note(request: web.Request, response: web.StreamResponse) -> None:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "none"
            self.requests.labels(route, response.status).inc()

        served.on_response_prepare.append(note)

    def expect(self, kinds: Iterable[str]) -> None:
        """Shows each kind of entry from the first scrape on, so that rates have a start."""
        for kind in kinds:
            for family in (self.written, self.done, self.put_off, self.failed):
                family.labels(kind)


def result(status: int) -> str:
    """A status as one of four words."""
    if 200 <= status < 300:
        return "ok"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "busy"
    return "refused" if 300 <= status < 500 else "down"


class MetricsPage:
    """The text for Prometheus. Values that are not counted as they change are read on request, and
    kept for some seconds, since strangers may ask and a long journal takes longer to read. `clock`
    is in seconds since the epoch, `ticks` a clock in seconds that never goes back."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        database: Database,
        is_connected: Callable[[], bool] | None,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        timing: Timing = DEFAULT,
    ) -> None:
        self._metrics = metrics
        self._database = database
        self._backlog = TtlCache(self._ask, ticks)
        self._kept_seconds = timing.findings_kept
        self._is_connected = is_connected
        if is_connected is not None:
            self._connected = Gauge(
                f"{PREFIX}_socket_connected",
                "Whether Socket Mode is connected.",
                registry=metrics.registry,
            )
        self._clock = clock

    async def answer(self, request: web.Request) -> web.Response:
        await self._read()
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._metrics.registry), headers={"Content-Type": kind})

    async def _read(self) -> None:
        metrics = self._metrics
        found = await self._backlog.get("", self._kept_seconds)
        if found is None:
            for gauge in (metrics.open, metrics.oldest, metrics.overdue):
                gauge.set(math.nan)
        else:
            metrics.open.set(found.open)
            metrics.oldest.set(found.oldest_seconds)
            metrics.overdue.set(found.overdue_seconds)
        if self._is_connected is not None:
            self._connected.set(self._is_connected())

    async def _ask(self, _: str) -> Backlog | None:
        try:
            return await backlog(self._database, self._clock())
        except DatabaseTrouble:
            return None
