"""The lifetime of the bot's parts: tasks, what closes at the same time, and signals to stop."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Final, TypeVar

from bot.timing import DEFAULT

T = TypeVar("T")

log = logging.getLogger(__name__)

# A cancellation is lost if a connection of psycopg's pool is free at that moment.
AGAIN_SECONDS: Final = 1.0


def lasting(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task that runs until the bot stops. If it ends before, the error is logged at once, which
    asyncio would keep until the task is awaited."""

    def tell(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("a part of the bot has ended: restart it", exc_info=error)

    task = asyncio.create_task(work)
    task.add_done_callback(tell)
    return task


async def ended(task: "asyncio.Task[None]", again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancels the task, again if need be, and waits until it has ended."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=again_seconds)
    if not task.cancelled():
        task.result()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T]) -> AsyncIterator["asyncio.Task[T]"]:
    """A task that runs beside the block, which awaits it. If the block ends before, with an error
    of its own, the task is cancelled and its error ignored."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()


class Together:
    """`aclose` closes everything that was entered at the same time, so that no part waits for
    another."""

    def __init__(self) -> None:
        self._ends: list[AsyncExitStack] = []

    async def enter(self, context: AbstractAsyncContextManager[T]) -> T:
        end = AsyncExitStack()
        entered = await end.enter_async_context(context)
        self._ends.append(end)
        return entered

    def at_end(self, act: Callable[..., Awaitable[object]], *arguments: Any) -> None:
        end = AsyncExitStack()
        end.push_async_callback(act, *arguments)
        self._ends.append(end)

    async def aclose(self) -> None:
        async with asyncio.TaskGroup() as ending:
            for end in self._ends:
                ending.create_task(end.aclose())


def stop_signal(
    leave: Callable[[int], object] = os._exit, last_seconds: float = DEFAULT.last
) -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets. The second one, or the end of `last_seconds`,
    has `leave` end the process with an exit status: all work is saved by then, and the next process
    continues it."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def end(why: str) -> None:
        log.warning("stopped at once, %s: the next start continues the work", why)
        leave(0)

    def tell() -> None:
        if told.is_set():
            end("after a second signal")
        else:
            told.set()
            loop.call_later(last_seconds, end, "as the stop took too long")

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    return told
