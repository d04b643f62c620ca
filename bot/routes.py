"""Which channels take a reply: the filters of a subscription, as text and as a rule. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from bot.errors import NotUnderstood
from bot.triage import ChannelId, Conversation, UserId, same_name

# SendKit tells by webhook which replies are positive. Where only polling saw the reply, these
# aiTags say it, in any spelling.
POSITIVE: Final = frozenset(
    ["interested", "meeting booked", "meeting request", "meeting requested", "positive"]
)
FORMS: Final = (
    'campaign:"Q1 Outreach", tag:interested, -tag:out_of_office, positive, auto-replies:off'
)

_PART: Final = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_NAMES: Final = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_TYPED: Final = str.maketrans("“”„‟«»＂–—−‐‑", '"""""""-----')
# Enough of a filter to know it again by.
_NAMED_LIMIT: Final = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """All of them must hold; an empty one always does. Names compare as aiTags do, and neither
    quotes nor the kind of a dash matter."""

    campaigns: tuple[str, ...] = ()
    ai_tags: tuple[str, ...] = ()
    not_ai_tags: tuple[str, ...] = ()
    positive: bool = False
    auto_replies: bool = True

    def take(self, conversation: Conversation, positive: bool) -> bool:
        """Whether the conversation passes; `positive` is SendKit's own word for it."""
        ai_tag = _same(conversation.ai_tag or "")
        return (
            (not self.campaigns or _among(conversation.campaign, self.campaigns))
            and (not self.ai_tags or _among(ai_tag, self.ai_tags))
            and not _among(ai_tag, self.not_ai_tags)
            and (not self.positive or positive or ai_tag in POSITIVE)
            and (self.auto_replies or not conversation.auto_reply)
        )

    def __str__(self) -> str:
        """As somebody would type them; nothing where all replies pass."""
        parts = [
            _listed("campaign:", self.campaigns),
            _listed("tag:", self.ai_tags),
            _listed("-tag:", self.not_ai_tags),
            "positive" if self.positive else "",
            "" if self.auto_replies else "auto-replies:off",
        ]
        return " ".join(part for part in parts if part)


def widens(old: Filters, new: Filters) -> bool:
    """Whether `new` may take a conversation that `old` does not take."""
    narrows = (
        _within(new.campaigns, old.campaigns)
        and _within(new.ai_tags, old.ai_tags)
        and all(_excludes(new, ai_tag) for ai_tag in old.not_ai_tags)
        and (new.positive or not old.positive)
        and (old.auto_replies or not new.auto_replies)
    )
    return not narrows


def _within(new: tuple[str, ...], old: tuple[str, ...]) -> bool:
    """Without any name, every name passes."""
    return not old or (bool(new) and all(_among(name, old) for name in new))


def _excludes(filters: Filters, ai_tag: str) -> bool:
    if _among(ai_tag, filters.not_ai_tags):
        return True
    return bool(filters.ai_tags) and not _among(ai_tag, filters.ai_tags)


@dataclass(frozen=True, slots=True)
class Route:
    """A channel's subscription. `broken` is Slack's word for why the bot may not post there."""

    channel: ChannelId
    filters: Filters
    made_by: UserId
    broken: str | None = None


def from_text(text: str) -> Filters:
    """The filters of a subscription; NotUnderstood names the first that is none."""
    found: dict[str, tuple[str, ...]] = {"campaign": (), "tag": (), "-tag": ()}
    positive, auto_replies = False, True
    for part in _PART.findall(text.translate(_TYPED)):
        name, colon, value = part.partition(":")
        match name.casefold(), value.casefold():
            case ("campaign" | "tag" | "-tag") as kind, _ if _names(value):
                found[kind] += _names(value)
            case "positive", "" if not colon:
                positive = True
            case "auto-replies", "off" | "on" as state:
                auto_replies = state == "on"
            case _:
                named = part if len(part) <= _NAMED_LIMIT else f"{part[: _NAMED_LIMIT - 1]}…"
                raise NotUnderstood(f"I do not know the filter “{named}”. There are: {FORMS}.")
    return Filters(found["campaign"], found["tag"], found["-tag"], positive, auto_replies)


def _names(value: str) -> tuple[str, ...]:
    """The names in a list. They keep no quotes: these would open or end others when the filters
    are read again."""
    names = (" ".join(part.replace('"', "").split()) for part in _NAMES.findall(value))
    return tuple(name for name in names if _same(name))


def _same(name: str) -> str:
    return same_name(name.translate(_TYPED).replace('"', ""))


def _among(name: str, names: tuple[str, ...]) -> bool:
    return _same(name) in {_same(each) for each in names}


def _listed(prefix: str, names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' if re.search(r"[\s,:]", name) else name for name in names]
    return prefix + ",".join(quoted) if names else ""
