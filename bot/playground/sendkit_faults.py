"""Trouble on request: what goes wrong with the next calls to SendKit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import repeat
from random import Random

from bot.playground.slack_faults import PAGE


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call goes wrong.

    `status` (`message`, `retry_after`) answers an error, `text` what somebody else says, `unpacked`
    so many bytes in a small gzip, `drop` nothing, `seconds` late. With `stale`, a conversation is
    as it was before its last mail. A call that is spoiled is carried out only with `acts`, before
    it goes wrong. Seconds pass before a call is carried out, with `acts` between that and the
    answer; with `hangs_up` the connection ends at once, and the call is carried out all the same.
    """

    status: int | None = None
    message: str = "Something went wrong"
    retry_after: float | None = None
    text: str | None = None
    unpacked: int = 0
    stale: bool = False
    drop: bool = False
    seconds: float = 0
    acts: bool = False
    hangs_up: bool = False

    @property
    def spoils(self) -> bool:
        said = self.status is not None or self.text is not None or self.unpacked > 0
        return self.drop or said


NO_FAULT = Fault()
DOWN = Fault(status=503, message="SendKit is down")
# What is no answer of SendKit's, or not the one that was asked for.
NO_ANSWERS = {
    **{f"a page, {status}": Fault(status, text=PAGE) for status in (200, 302, 403, 404, 405)},
    "a proxy’s JSON": Fault(403, text='{"message": "Forbidden"}'),
    "another code": Fault(404, text='{"error": "Not Found", "code": 403}'),
    "nothing": Fault(204, text=""),
    "an empty body": Fault(text=""),
    "no success": Fault(text='{"success": false, "data": {}}'),
    "empty data": Fault(text='{"success": true, "data": {}}'),
    "an empty object": Fault(text="{}"),
    "a list": Fault(text="[]"),
    "a number": Fault(text="7"),
    "a bomb": Fault(unpacked=100_000_000),
}
RANDOM_FAULTS = (
    Fault(status=500),
    Fault(status=429, message="Too many requests", retry_after=0),
    Fault(status=502, text="<html><h1>502 Bad Gateway</h1></html>"),
    Fault(drop=True),
    Fault(drop=True, acts=True),
    Fault(status=504, acts=True),
    Fault(text=PAGE),
    Fault(text=PAGE, acts=True),
    Fault(status=404, message="The requested resource was not found"),
    Fault(status=403, text=PAGE),
    Fault(status=409, message="Try again"),
    Fault(text='{"success": false, "data": {}}', acts=True),
    Fault(text='{"success": true, "data": {}}'),
    Fault(stale=True),
)


class Faults:
    """What is to go wrong: the next calls that fit a pattern, and a share of all at random."""

    def __init__(self) -> None:
        self._planned: list[tuple[Iterator[Fault], str, str]] = []
        self._random: Callable[[], Fault] = lambda: NO_FAULT

    def add(self, fault: Fault, method: str = "*", path: str = "*", times: int | None = 1) -> None:
        """Spoil the next `times` calls (None: all) of a method and a path, both shell patterns."""
        faults = repeat(fault) if times is None else repeat(fault, times)
        self._planned.append((faults, method, path))

    def randomly(
        self,
        random: Random,
        share: float = 0.05,
        kinds: Sequence[Fault] = RANDOM_FAULTS,
        slowest: float = 0,
    ) -> None:
        """Spoil this share of the calls that no planned fault strikes; each of these calls takes up
        to `slowest` seconds, before it is carried out or after."""

        def fault() -> Fault:
            wrong = random.choice(kinds) if random.random() < share else NO_FAULT
            if not slowest:
                return wrong
            acts = wrong.acts or (not wrong.spoils and random.random() < 0.5)
            return replace(wrong, seconds=random.uniform(0, slowest), acts=acts)

        self._random = fault

    def clear(self) -> None:
        self._planned, self._random = [], lambda: NO_FAULT

    def take(self, method: str, path: str) -> Fault:
        """The fault of this call, which counts as struck; `NO_FAULT` when all is well."""
        for faults, methods, paths in self._planned:
            if fnmatchcase(method, methods) and fnmatchcase(path, paths):
                for fault in faults:
                    return fault
        return self._random()
