"""A cached answer that is asked for again after some time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class TtlCache(Generic[V]):
    """Keeps what `ask` found for `seconds` by `clock`. Callers that come while `ask` runs wait for
    its answer."""

    def __init__(
        self, ask: Callable[[], Awaitable[V]], clock: Callable[[], float], seconds: float
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._running = asyncio.Lock()
        self._found: tuple[float, V] | None = None

    async def get(self) -> V:
        async with self._running:
            if self._found is None or self._clock() >= self._found[0]:
                found = await self._ask()
                self._found = self._clock() + self._seconds, found
            return self._found[1]
