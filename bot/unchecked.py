"""Tells people, once, why what they asked for has to wait."""

import logging
from typing import Final

from bot.errors import Later, PermissionUnknown, SlackDown, SlackRefused
from bot.journal import PATIENCE_SECONDS, Attempt
from bot.ports import Threads
from bot.triage import Origin
from bot.views.line import SAVED

log = logging.getLogger(__name__)

LONG_SECONDS: Final = 60.0


async def is_unchecked(attempt: Attempt, threads: Threads, origin: Origin, later: Later) -> bool:
    """Whether this is why the entry waits. The person is told after one wait, since most troubles
    of Slack are over by then, or before a long one. After a day, the entry no longer holds up later
    ones."""
    if not isinstance(later, PermissionUnknown):
        return False
    later.aside = later.aside or attempt.age > PATIENCE_SECONDS
    if not attempt.number and (later.at or 0.0) - attempt.clocks.wall() < LONG_SECONDS:
        return True

    async def tell(_: Attempt) -> None:
        await threads.tell(
            origin,
            f"{later}, so I cannot check yet whether you may do this. Your request is saved, and "
            f"I keep trying: you need not ask again. ({attempt.entry.reference})",
        )

    try:
        await attempt.step("told of the check", tell)
    except (SlackDown, SlackRefused) as error:
        log.warning("could not tell a person that a permission is not checked yet: %s", error)
    return True


async def tell_saved(attempt: Attempt, threads: Threads, origin: Origin, later: Later) -> None:
    """Tells the person that their request is saved. If Slack is the reason, they cannot be told."""
    is_told = await is_unchecked(attempt, threads, origin, later)
    if not is_told and attempt.number == 0 and not isinstance(later, SlackDown):
        await threads.tell(origin, f"{later}. {SAVED}")
