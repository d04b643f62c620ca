"""Faults on request for the next calls to SendKit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import repeat
from random import Random

from bot.playground.slack_faults import PAGE


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which a call goes wrong.

    `status` (`message`, `retry_after`) answers an error, `text` is somebody else's answer,
    `unpacked` sends this many bytes in a small gzip, `drop` ends the connection, `seconds` delays.
    With `stale`, a conversation lacks its last mail. A faulty call is carried out only with `acts`,
    before it goes wrong. The delay comes before the call is carried out, with `acts` between that
    and the answer. With `hangs_up` the connection ends at once, and the call is still carried out.
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
# Answers that are not SendKit's, or belong to another request.
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
    """The faults to come: in the next calls that match a pattern, and a random share of all
    calls."""

    def __init__(self) -> None:
        self._planned: list[tuple[Iterator[Fault], str, str]] = []
        self._random: Callable[[], Fault] = lambda: NO_FAULT

    def add(self, fault: Fault, method: str = "*", path: str = "*", times: int | None = 1) -> None:
        """Adds a fault for the next `times` calls (None: all) of a method and a path, both shell
        patterns."""
        faults = repeat(fault) if times is None else repeat(fault, times)
        self._planned.append((faults, method, path))

    def randomly(
        self,
        random: Random,
        share: float = 0.05,
        kinds: Sequence[Fault] = RANDOM_FAULTS,
        slowest: float = 0,
    ) -> None:
        """Lets this share of the calls without a planned fault go wrong. Each of these calls takes
        up to `slowest` seconds, before or after it is carried out."""

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
        """The fault of this call, which is then counted; `NO_FAULT` if there is none."""
        for faults, methods, paths in self._planned:
            if fnmatchcase(method, methods) and fnmatchcase(path, paths):
                for fault in faults:
                    return fault
        return self._random()
