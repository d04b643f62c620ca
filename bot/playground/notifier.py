"""Wakes tasks that wait for a change."""

import asyncio


class Notifier:
    """Wakes tasks that wait for a change, so that they need not poll."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def tell(self) -> None:
        """Wakes all tasks that wait now."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self) -> None:
        """Waits for the next change."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future
