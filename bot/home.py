"""The lists in App Home, and the values of its buttons. Slack keeps a Home until the
bot publishes another, so they are a published format: the bot reads every form that it ever wrote.

A value is `home:1:<what>[:<of>[:<at>:<conversation>]]`. `what` is `all`, `mine`, `unclaimed`,
`later`, `channel` (`of`: its id), `campaign` (`of`: the key of its name) or `doctor`. The page
begins after this conversation, whose position is `at`. Pure.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, cast, get_args

from bot.acts import QUEUE
from bot.errors import NotUnderstood
from bot.triage import ConversationId, Origin

# The action ids of Home's own buttons and menus are `home.<n>`. Rows have those of bot.acts.
ACTIONS: Final = re.compile(r"home\.")
CAMPAIGNS: Final = "home.campaigns"
DOCTOR: Final = "home:1:doctor"

What = Literal["all", "mine", "unclaimed", "later", "channel", "campaign"]

# The beginning of the list of a row in Home, in bot.triage.Origin; the time stamp of the reply in
# the row follows.
LISTED: Final = "home."

_VERSION: Final = 1
_VALUE: Final = re.compile(
    r"home:1:(?P<what>[a-z]+)(?::(?P<of>[A-Za-z0-9]{0,64})"
    r"(?::(?P<at>-?[0-9]{1,12}(?:\.[0-9]{1,9})?):(?P<id>[A-Za-z0-9_-]{1,64}))?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The list that a person looks at: everything, or what is theirs, unclaimed, put off, of a
    channel or of a campaign. `of`: the channel's id, or the key of the campaign. The page begins
    `after` this position and conversation."""

    what: What = "all"
    of: str = ""
    after: tuple[float, ConversationId] | None = None


def action(number: int) -> str:
    return f"home.{number}"


def key(campaign: str) -> str:
    """A short name for a campaign, whose own may be longer than a value of Slack's."""
    return hashlib.sha256(campaign.encode(errors="replace")).hexdigest()[:16]


def packed(chosen: Chosen) -> str:
    """The value of the button that shows this."""
    parts = ["home", str(_VERSION), chosen.what]
    if chosen.of or chosen.after:
        parts.append(chosen.of)
    if chosen.after:
        at, conversation = chosen.after
        # As digits alone, also where Python would write an exponent.
        parts += [f"{Decimal(repr(at)):f}", conversation]
    return ":".join(parts)


def unpacked(value: str) -> Chosen:
    """NotUnderstood for a value of another version."""
    found = _VALUE.fullmatch(value)
    if found is None or found["what"] not in get_args(What):
        raise NotUnderstood("this version of Home has no such button")
    after = (float(found["at"]), ConversationId(found["id"])) if found["id"] else None
    return Chosen(cast(What, found["what"]), found["of"] or "", after)


def metadata(replies: Iterable[tuple[ConversationId, str]]) -> str:
    """The part that Slack keeps with a person's Home: which reply each row shows, by its time
    stamp."""
    return json.dumps({"v": _VERSION, "replies": dict(replies)}, separators=(",", ":"))


def listed(metadata: str, conversation: str) -> str:
    """The list of a pressed row, for bot.triage.Origin; without the time stamp if that is
    unknown."""
    said: Any = None
    with suppress(AttributeError, LookupError, RecursionError, TypeError, ValueError):
        said = json.loads(metadata)["replies"].get(conversation)
    return f"{LISTED}{said if isinstance(said, str) else ''}"


def at_home_or_in_queue(origin: Origin) -> bool:
    """Whether a person acts where the bot shows every reply, also without a card."""
    return at_home(origin) or origin.listed.startswith(QUEUE)


def at_home(origin: Origin) -> bool:
    """Whether the person acted in Home."""
    return origin.listed.startswith(LISTED)


def is_home(view: Mapping[str, Any]) -> bool:
    """Whether this is a person's Home, and no form."""
    return view.get("type") == "home"
