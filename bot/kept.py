"""An answer that many may ask for, and that is worked out once in a while."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

KEPT_SECONDS: Final = 10.0

V = TypeVar("V")


class Kept(Generic[V]):
    """What `ask` found last, for KEPT_SECONDS. Requests that come while it runs wait for what it
    finds. `clock` is in seconds."""

    def __init__(self, ask: Callable[[], Awaitable[V]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._running = asyncio.Lock()
        self._found: tuple[float, V] | None = None

    async def get(self) -> V:
        async with self._running:
            if self._found is None or self._clock() >= self._found[0]:
                found = await self._ask()
                self._found = self._clock() + KEPT_SECONDS, found
            return self._found[1]
