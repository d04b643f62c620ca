"""Looks regularly for reminders and digests that are due."""

import logging
from collections.abc import Awaitable, Callable

from bot.errors import DatabaseTrouble
from bot.timing import Clocks

log = logging.getLogger(__name__)


async def keep_looking(
    what: str,
    write_due: Callable[[float], Awaitable[None]],
    seconds: float,
    clocks: Clocks,
) -> None:
    """Every `seconds`, writes entries for `what` is due until the look after the next one: an entry
    begins at its own time, and a look may be late. `write_due` takes that time, in seconds since
    the epoch."""
    while True:
        try:
            await write_due(clocks.wall() + 2 * seconds)
        except DatabaseTrouble as error:
            log.warning("could not look for %s: %s", what, error.reason)
        await clocks.sleep(seconds)
