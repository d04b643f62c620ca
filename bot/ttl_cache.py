"""A cache of answers that are asked for again after some time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """The answers of `ask`, by key. Requests for a key that arrive while `ask` runs get the same
    answer, or the same error. `ticks` is any clock in seconds that never goes back."""

    def __init__(self, ask: Callable[[K], Awaitable[V]], ticks: Callable[[], float]) -> None:
        self._ask = ask
        self._ticks = ticks
        self._kept: dict[K, tuple[float, V]] = {}
        self._asking: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, seconds: float) -> V:
        """An answer that is no older than this."""
        if key in self._kept:
            asked_at, value = self._kept[key]
            if self._ticks() - asked_at < seconds:
                return value
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._answer(key))
        # One request that is cancelled must not cancel the others.
        return await asyncio.shield(self._asking[key])

    def last(self, key: K) -> V | None:
        """The last answer, however old."""
        return self._kept[key][1] if key in self._kept else None

    async def _answer(self, key: K) -> V:
        asked_at = self._ticks()
        try:
            value = await self._ask(key)
        finally:
            del self._asking[key]
        self._kept[key] = (asked_at, value)
        return value
