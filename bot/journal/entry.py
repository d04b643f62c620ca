"""An entry of the journal: a piece of work that must not be lost."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Payload = Mapping[str, Any]

# Two entries of one lane with the same dedup key count once within this time, as a double click,
# unless an entry with another dedup key came between them, or nothing came of the first.
DEDUP_SECONDS: Final = 10.0

# When work has waited this long, the people whom it concerns are told.
PATIENCE_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` identifies the work for ever: the journal ignores a second entry with the same one.
    Entries of one `lane` are carried out one after another. `dedup_key`: ignored if the newest
    entry of the lane that has one has the same. `merges`: ignored if an entry of this kind, lane
    and payload is written and not begun. `not_before` is in seconds since the epoch: until then
    the entry keeps its lane waiting, so it needs one of its own.

    The payload stays out of repr, because it holds people's words and capabilities."""

    id: str
    kind: str
    lane: str
    payload: Payload = field(repr=False)
    dedup_key: str | None = None
    merges: bool = False
    not_before: float = 0.0

    @property
    def reference(self) -> str:
        """Six letters that name this entry in the log and in what people are told."""
        digest = hashlib.sha256(self.id.encode()).digest()
        return base64.b32encode(digest)[:6].decode()
