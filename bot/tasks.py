"""Tasks of the event loop."""

import asyncio
from contextlib import suppress


async def ended(task: "asyncio.Task[None]") -> None:
    """Cancels the task and waits until it is over."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
