"""Helpers for tasks of the event loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


def lasting(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """A task that runs until the bot stops. If it ends before, the error is logged at once, which
    asyncio would keep until the task is awaited."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell)
    return task


def _tell(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("a part of the bot has ended: restart it", exc_info=error)


async def ended(task: "asyncio.Task[None]") -> None:
    """Cancels the task and waits until it has ended."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


class Together:
    """Closes everything that was entered at the same time when it exits, so that no part waits for
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        async with asyncio.TaskGroup() as ending:
            for end in self._ends:
                ending.create_task(end.aclose())
