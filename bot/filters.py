"""The filters of a subscription, as text and as a rule. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from typing import Final

from bot.errors import NotUnderstood
from bot.text import cut, folded
from bot.triage import AiTag, ChannelId, Conversation, UserId, same_name

# SendKit's webhook says which replies are positive. For replies that only polling saw, these aiTags
# decide, in any spelling.
POSITIVE: Final = frozenset(
    ["interested", "meeting booked", "meeting request", "meeting requested", "positive"]
)
# No answer is owed to leads with these.
NEGATIVE: Final = frozenset(
    ["do not contact", "negative", "not interested", "unsubscribe", "unsubscribed", "wrong person"]
)
FORMS: Final = (
    'campaign:"Q1 Outreach", aitag:interested, -aitag:out_of_office, tags:vip, -tags:cold, '
    "positive, auto-replies:off"
)

_PART: Final = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_NAMES: Final = re.compile(r'(?:[^,"]|"[^"]*"?)+')
_TYPED: Final = str.maketrans("“”„‟«»＂–—−‐‑", '"""""""-----')
# How much of a filter an answer quotes.
_NAMED_LIMIT: Final = 60
_KINDS: Final = ("campaign", "aitag", "-aitag", "tags", "-tags")
# What a typing error may have meant.
_MEANT: Final = ("positive", "auto-replies", *_KINDS)
# The names of filters before there was one for custom tags. Databases hold them forever.
_OLD_KINDS: Final = {"tag": "aitag", "-tag": "-aitag"}


def is_negative(ai_tag: AiTag | None) -> bool:
    """Whether this aiTag says that no answer is owed."""
    return same_name(ai_tag or "") in NEGATIVE


@dataclass(frozen=True, slots=True)
class Filters:
    """A reply must pass all of them; an empty filter passes everything. Campaigns and aiTags
    compare as aiTags do, custom tags as custom tags. Quotes and the kind of dash do not matter."""

    campaigns: tuple[str, ...] = ()
    ai_tags: tuple[str, ...] = ()
    not_ai_tags: tuple[str, ...] = ()
    positive: bool = False
    auto_replies: bool = True
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()

    def take(self, conversation: Conversation, positive: bool) -> bool:
        """Whether the conversation passes. `positive`: SendKit says that the reply is positive."""
        ai_tag = _same(conversation.ai_tag or "")
        return (
            (not self.campaigns or _among(conversation.campaign, self.campaigns))
            and (not self.ai_tags or _among(ai_tag, self.ai_tags))
            and not _among(ai_tag, self.not_ai_tags)
            and (not self.tags or _shares(conversation.tags, self.tags))
            and not _shares(conversation.tags, self.not_tags)
            and (not self.positive or positive or ai_tag in POSITIVE)
            and (self.auto_replies or not conversation.auto_reply)
        )

    def __str__(self) -> str:
        """As somebody would type them; empty if all replies pass."""
        return self._spelled("aitag")

    @property
    def stored(self) -> str:
        """As text for the database, which an older version may read."""
        return self._spelled("tag")

    def _spelled(self, ai_tag: str) -> str:
        parts = [
            _listed("campaign:", self.campaigns),
            _listed(f"{ai_tag}:", self.ai_tags),
            _listed(f"-{ai_tag}:", self.not_ai_tags),
            _listed("tags:", self.tags),
            _listed("-tags:", self.not_tags),
            "positive" if self.positive else "",
            "" if self.auto_replies else "auto-replies:off",
        ]
        return " ".join(part for part in parts if part)


EVERYTHING: Final = Filters()


def widens(old: Filters, new: Filters) -> bool:
    """Whether `new` may take a conversation that `old` does not take."""
    narrows = (
        _within(new.campaigns, old.campaigns)
        and _within(new.ai_tags, old.ai_tags)
        and all(_excludes(new, ai_tag) for ai_tag in old.not_ai_tags)
        and (not old.tags or (bool(new.tags) and _keys(new.tags) <= _keys(old.tags)))
        and _keys(old.not_tags) <= _keys(new.not_tags)
        and (new.positive or not old.positive)
        and (old.auto_replies or not new.auto_replies)
    )
    return not narrows


def objection(filters: Filters) -> str | None:
    """Why no reply can ever pass; None if one can."""
    if filters.ai_tags and all(_among(each, filters.not_ai_tags) for each in filters.ai_tags):
        given, taken = _listed("aitag:", filters.ai_tags), _listed("-aitag:", filters.not_ai_tags)
    elif filters.tags and _keys(filters.tags) <= _keys(filters.not_tags):
        given, taken = _listed("tags:", filters.tags), _listed("-tags:", filters.not_tags)
    else:
        return None
    return f"No reply can pass “{_brief(given)}” and “{_brief(taken)}” together. Leave one out."


def unknown(names: Sequence[str], known: Iterable[str]) -> Sequence[str]:
    """The names that are not among the known campaigns or aiTags."""
    spelled = {_same(each) for each in known}
    return [name for name in names if _same(name) not in spelled]


def _within(new: tuple[str, ...], old: tuple[str, ...]) -> bool:
    """Whether the new names are among the old ones. No name means every name."""
    return not old or (bool(new) and all(_among(name, old) for name in new))


def _excludes(filters: Filters, ai_tag: str) -> bool:
    if _among(ai_tag, filters.not_ai_tags):
        return True
    return bool(filters.ai_tags) and not _among(ai_tag, filters.ai_tags)


def _shares(tags: Sequence[str], names: Sequence[str]) -> bool:
    return not _keys(tags).isdisjoint(_keys(names))


def _keys(tags: Sequence[str]) -> set[str]:
    """The custom tags without differences of spelling."""
    return {folded(_untyped(tag)) for tag in tags}


@dataclass(frozen=True, slots=True)
class Route:
    """A channel's subscription. `broken`: Slack's error code, while the bot may not post there."""

    channel: ChannelId
    filters: Filters
    made_by: UserId
    broken: str | None = None


def from_text(text: str) -> Filters:
    """The filters in the text. NotUnderstood names the first word that is not a filter."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(_KINDS, ())
    positive, auto_replies, named = False, True, ""
    parts = _PART.findall(text.translate(_TYPED))
    for at, part in enumerate(parts):
        name, _, value = part.partition(":")
        kind, state = _OLD_KINDS.get(name.casefold(), name.casefold()), value.casefold()
        if kind in _KINDS and _names(value):
            found[kind] += _names(value)
            named = part
        elif kind in _KINDS:
            raise NotUnderstood(f"“{_brief(part)}” names nothing. Filters: {FORMS}.")
        elif part.casefold() == "positive":
            positive = True
        elif kind == "auto-replies" and state in ("on", "off"):
            auto_replies = state == "on"
        else:
            raise NotUnderstood(
                f"“{_brief(part)}” is not a filter.{_hint(named, parts[at:])} Filters: {FORMS}."
            )
    campaigns, ai_tags, not_ai_tags, tags, not_tags = (found[kind] for kind in _KINDS)
    return Filters(campaigns, ai_tags, not_ai_tags, positive, auto_replies, tags, not_tags)


def understood(text: str) -> Filters | None:
    """As `from_text`; None instead of an error."""
    try:
        return from_text(text)
    except NotUnderstood:
        return None


def _hint(named: str, parts: Sequence[str]) -> str:
    """The filter that the first of the parts may have meant. `named`: the names before it."""
    part = parts[0]
    kind, _, value = part.partition(":")
    meant = get_close_matches(kind.casefold(), _MEANT, n=1, cutoff=0.75)
    if meant and meant[0] != kind.casefold() and meant[0].startswith("-") == kind.startswith("-"):
        return f" Did you mean {_brief(f'{meant[0]}:{value}' if value else meant[0])}?"
    if not named or ":" in part or '"' in named:
        return ""
    kind, _, names = named.partition(":")
    rest = takewhile(lambda each: ":" not in each and each.casefold() != "positive", parts)
    words = f"{names} {' '.join(rest)}".replace('"', "").split(",")
    spelled = _brief(_listed(f"{kind}:", tuple(filter(None, map(str.strip, words)))))
    if names.endswith(","):
        return f" Leave no blank after a comma: {spelled}."
    return f" If it belongs to the name before it, quote it: {spelled}."


def _brief(part: str) -> str:
    return cut(part, _NAMED_LIMIT)


def _names(value: str) -> tuple[str, ...]:
    """The names in a list, without quotes, which would change the meaning when the filters are read
    again."""
    names = (" ".join(part.replace('"', "").split()) for part in _NAMES.findall(value))
    return tuple(name for name in names if _same(name))


def _same(name: str) -> str:
    return same_name(_untyped(name))


def _untyped(name: str) -> str:
    return name.translate(_TYPED).replace('"', "")


def _among(name: str, names: tuple[str, ...]) -> bool:
    return _same(name) in {_same(each) for each in names}


def _listed(prefix: str, names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' if re.search(r"[\s,:]", name) else name for name in names]
    return prefix + ",".join(quoted) if names else ""
