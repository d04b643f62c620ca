"""The grammar of /sendkit: text to what it asks for. Pure; case, smart quotes and dashes do not
matter, and neither does where in the text the conversation is named."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot import acts
from bot.errors import NotUnderstood
from bot.filters import Filters, objection
from bot.filters import from_text as filters_from_text
from bot.slack.markup import typed
from bot.text import folded
from bot.triage import (
    AiTag,
    Change,
    ChannelId,
    ClearAiTag,
    ConversationId,
    EditTags,
    MarkRead,
    MarkUnread,
    MessageTs,
    Place,
    SetAiTag,
    same_name,
)
from bot.views.message import NAME_LIMIT, phrase, short

VERBS: Final = (
    "read",
    "unread",
    "tag",
    "untag",
    "tags",
    "show",
    "inbox",
    "subscribe",
    "unsubscribe",
    "subscriptions",
    "why",
    "doctor",
    "help",
)
TAGS_LIMIT: Final = 20
# Of the workspace's aiTags, in an answer to one that is unknown.
NAMED_LIMIT: Final = 20
NOT_A_CARD: Final = (
    "That isn’t a link to one of my cards. Copy the link from a card’s ⋯ menu, and try again."
)

_QUOTES: Final = str.maketrans("“”„‟«»＂", '"""""""')
_APOSTROPHES: Final = str.maketrans("‘’‚‛", "''''")
_DASHES: Final = str.maketrans("–—−‐‑", "-----")
_WORD: Final = re.compile(r'[+-]?"[^"]*"?|<[^>]*>|[^\s"]+')
_TS: Final = r"(\d{10})\.?(\d{6})"
# What a browser's address bar, an app's menu and `chat.getPermalink` call one message.
_LINKS: Final = (
    re.compile(rf"https?://[^/\s]+/archives/([A-Z0-9]+)/p{_TS}(?:[?#]\S*)?"),
    re.compile(rf"https?://[^/\s]+/client/[A-Z0-9]+/([A-Z0-9]+)/p?{_TS}(?:[?#]\S*)?"),
    re.compile(rf"https?://[^/\s]+/client/[A-Z0-9]+/\w+/thread/([A-Z0-9]+)-{_TS}(?:[/?#]\S*)?"),
    re.compile(rf"slack://channel\?(?:\S*&)?id=([A-Z0-9]+)&(?:\S*&)?message={_TS}(?:&\S*)?"),
)
_THREAD: Final = re.compile(r"[?&]thread_ts=(\d{10}\.\d{6})")
_SLACKS: Final = re.compile(
    r"(?:https?://(?:[^/\s]+\.)?slack(?:-gov)?\.com|slack:/)/\S*", re.IGNORECASE
)
_MAIL: Final = re.compile(r"[^@\s<>|]+@[^@\s<>|]+")
_HEX_ID: Final = re.compile(r"[0-9a-fA-F]{24}")
_DOZEN: Final = re.compile(r"0{0,3}[1-9][0-9]{0,3}")
_FLAG: Final = re.compile(r"(?:^|\s)[–—−‐‑-]{1,2}rehearse(?=\s|$)", re.IGNORECASE)
_ANY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# What people write around and behind an address in a sentence.
_AROUND: Final = "<>()[],;.!?"


@dataclass(frozen=True, slots=True)
class ById:
    id: ConversationId


@dataclass(frozen=True, slots=True)
class ByEmail:
    email: str


@dataclass(frozen=True, slots=True)
class ByLink:
    """A link to a card, or to a message in its thread: the place is the card's."""

    place: Place


Reference = ById | ByEmail | ByLink


@dataclass(frozen=True, slots=True)
class TagNamed:
    """An aiTag in somebody's own spelling; `after_verb`: the verb `tag` stood before it."""

    words: str
    after_verb: bool


@dataclass(frozen=True, slots=True)
class Decide:
    reference: Reference
    wish: Change | TagNamed


@dataclass(frozen=True, slots=True)
class ShowCard:
    reference: Reference


@dataclass(frozen=True, slots=True)
class Choose:
    """A decision for which no conversation was named."""

    wish: Change | TagNamed | None


@dataclass(frozen=True, slots=True)
class ListInbox:
    """The unread conversations of one dozen, counted from 1."""

    dozen: int = 1


@dataclass(frozen=True, slots=True)
class Subscribe:
    """This channel takes what passes; `rehearse`: only show what it would have taken."""

    filters: Filters
    rehearse: bool = False


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    pass


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    pass


@dataclass(frozen=True, slots=True)
class Why:
    """Which rule brought this card here."""

    card: ByLink


@dataclass(frozen=True, slots=True)
class Examine:
    """Try everything that the bot lives on."""


@dataclass(frozen=True, slots=True)
class Help:
    pass


Routing = Subscribe | Unsubscribe | ListSubscriptions | Why
Question = ShowCard | Choose | ListInbox | Routing | Examine
Asked = Decide | Question
Command = Asked | Help


def from_text(text: str) -> Command:
    """What a command asks for; NotUnderstood where no reading makes sense."""
    text = typed(text)
    words = _words(text)
    if not words:
        return Help()
    if _certain(words[0]) is not None:
        words = [*words[1:], words[0]]
    verb, rest = folded(words[0]), words[1:]
    if verb == "help":
        return Help()
    if verb == "doctor":
        return Examine()
    if verb == "inbox":
        return ListInbox(_dozen(rest[0]) if rest else 1)
    if verb in ("subscribe", "unsubscribe", "subscriptions", "why"):
        return _routing(verb, text.split(maxsplit=1)[1:], rest)
    if verb in VERBS:
        reference, others = _reference(rest, first=True)
        return _verb(verb, reference, others)
    reference, others = _reference(words, first=False)
    if reference is not None and not others:
        example = f"{acts.COMMAND} read {typed_as(reference)}"
        raise NotUnderstood(f"What do you want to do with it? For example: {example}.")
    wish = TagNamed(" ".join(others), after_verb=False)
    return Choose(wish) if reference is None else Decide(reference, wish)


def _dozen(word: str) -> int:
    if _DOZEN.fullmatch(word):
        return int(word)
    if any(character.isdigit() for character in word):
        raise NotUnderstood(
            f"“{phrase(word, NAME_LIMIT)}” is not a page of the inbox. "
            f"{acts.COMMAND} inbox lists the newest, {acts.COMMAND} inbox 2 the next."
        )
    return 1


def _routing(verb: str, typed: Sequence[str], words: Sequence[str]) -> Command:
    match verb:
        case "unsubscribe":
            if words:
                raise NotUnderstood(
                    f"{acts.COMMAND} unsubscribe ends this channel’s whole subscription. To get "
                    f"less here, replace it: {acts.COMMAND} subscribe with other filters."
                )
            return Unsubscribe()
        case "subscriptions":
            return ListSubscriptions()
        case "subscribe":
            text, rehearse = _without_flag(typed[0] if typed else "")
            wanted = filters_from_text(text)
            if (why := objection(wanted)) is not None:
                raise NotUnderstood(why)
            return Subscribe(wanted, rehearse)
        case _:
            card = _certain(words[0]) if words else None
            if not isinstance(card, ByLink):
                raise NotUnderstood(
                    f"Which card? Copy its link from its ⋯ menu: {acts.COMMAND} why LINK."
                )
            return Why(card)


def _without_flag(typed: str) -> tuple[str, bool]:
    """The filters, and whether this is a rehearsal; some keyboards make one dash of two."""
    left, found = _FLAG.subn(" ", typed)
    return left, bool(found)


def _verb(verb: str, reference: Reference | None, others: Sequence[str]) -> Command:
    wish: Change | TagNamed | None
    if reference is not None and others and verb not in ("tag", "tags"):
        left = phrase(" ".join(others), NAME_LIMIT)
        raise NotUnderstood(
            f"{acts.COMMAND} {verb} takes one conversation and nothing else: what is “{left}”?"
        )
    match verb:
        case "show":
            return Choose(None) if reference is None else ShowCard(reference)
        case "tags":
            wish = _edit(others)
        case "tag":
            if not others:
                if reference is None:
                    return Choose(None)
                raise NotUnderstood(
                    f"Which aiTag? For example: "
                    f"{acts.COMMAND} tag {typed_as(reference)} interested."
                )
            wish = TagNamed(" ".join(others), after_verb=True)
        case "read":
            wish = MarkRead()
        case "unread":
            wish = MarkUnread()
        case _:
            wish = ClearAiTag()
    return Choose(wish) if reference is None else Decide(reference, wish)


def as_typed(wish: Change | TagNamed) -> Change:
    """A change, an aiTag in its writer's own spelling."""
    return SetAiTag(AiTag(wish.words)) if isinstance(wish, TagNamed) else wish


def named(reference: Reference) -> str:
    """A reference, as its writer would recognise it."""
    match reference:
        case ById(identity):
            return identity
        case ByEmail(email):
            return email
        case _:
            return "that card"


def typed_as(reference: Reference) -> str:
    """A reference in an example of a command."""
    return "LINK" if isinstance(reference, ByLink) else short(named(reference), NAME_LIMIT)


def ai_tag(wanted: TagNamed, known: Sequence[AiTag], reference: Reference | None = None) -> AiTag:
    """The workspace's own spelling of the aiTag. NotUnderstood names the command that may have
    been meant, else the aiTags that there are."""
    spelled = {same_name(tag): tag for tag in known}
    if (found := spelled.get(same_name(wanted.words))) is not None:
        return found
    said = phrase(wanted.words, NAME_LIMIT)
    what = f"There is no aiTag “{said}”." if wanted.after_verb else f"I don’t know “{said}”."
    verbs = () if wanted.after_verb else VERBS
    near = get_close_matches(same_name(wanted.words), [*spelled, *verbs], n=1, cutoff=0.6)
    if near:
        words = [near[0]] if near[0] in verbs else [spelled[near[0]]]
        if wanted.after_verb:
            words.insert(0, "tag")
        if reference is not None:
            words.insert(1, typed_as(reference))
        raise NotUnderstood(f"{what} Did you mean {acts.COMMAND} {' '.join(words)}?")
    if not known:
        raise NotUnderstood(f"{what} This workspace has no aiTags yet: create them in SendKit.")
    names = ", ".join(phrase(tag, NAME_LIMIT) for tag in known[:NAMED_LIMIT])
    more = f" and {len(known) - NAMED_LIMIT} more" if len(known) > NAMED_LIMIT else ""
    raise NotUnderstood(f"{what} The aiTags of this workspace are: {names}{more}.")


def _words(text: str) -> list[str]:
    plain = text.translate(_QUOTES).translate(_APOSTROPHES).translate(_DASHES)
    found = (word.replace('"', "").strip() for word in _WORD.findall(plain))
    return [word for word in found if word]


def _reference(words: Sequence[str], *, first: bool) -> tuple[Reference | None, list[str]]:
    """The conversation that is named, and the other words.

    What can be nothing else is taken wherever it stands: an address, a link, 24 hex digits. Other
    ids are taken by their place: first behind a verb, last behind an aiTag.
    """
    for position, word in enumerate(words):
        if (reference := _certain(word)) is not None:
            return reference, [*words[:position], *words[position + 1 :]]
    position = 0 if first else len(words) - 1
    if words and _looks_like_id(words[position]):
        identity = ById(ConversationId(words[position]))
        return identity, [*words[:position], *words[position + 1 :]]
    return None, list(words)


def _certain(word: str) -> Reference | None:
    bare = word.strip(_AROUND).removeprefix("mailto:")
    for form in _LINKS:
        if (link := form.fullmatch(bare)) is not None:
            channel, seconds, micros = link.groups()
            thread = _THREAD.search(bare)
            ts = thread.group(1) if thread else f"{seconds}.{micros}"
            return ByLink(Place(ChannelId(channel), MessageTs(ts)))
    if _SLACKS.fullmatch(bare):
        raise NotUnderstood(
            "That isn’t a link to a message. Copy the link from a card’s ⋯ menu, and try again."
        )
    if _MAIL.fullmatch(bare):
        return ByEmail(folded(bare))
    if _HEX_ID.fullmatch(bare):
        return ById(ConversationId(bare))
    return None


def _looks_like_id(word: str) -> bool:
    return bool(_ANY_ID.fullmatch(word)) and any(character.isdigit() for character in word)


def _edit(words: Iterable[str]) -> EditTags:
    add: list[str] = []
    remove: list[str] = []
    sign = "+"
    for word in words:
        bare = ""
        for name in filter(None, (part.strip() for part in word.split(","))):
            # A sign holds until the next one, or until a word begins without a comma before it.
            sign = name[0] if name[0] in "+-" else sign
            bare = name.lstrip("+-").strip()
            if bare:
                (remove if sign == "-" else add).append(bare)
        if bare and not word.endswith(","):
            sign = "+"
    if not add and not remove:
        raise NotUnderstood(
            f"Which tags? For example: {acts.COMMAND} tags jane@example.com +vip -cold."
        )
    if len(add) + len(remove) > TAGS_LIMIT:
        raise NotUnderstood(
            f"At most {TAGS_LIMIT} tags at a time. Use another command for the rest."
        )
    return EditTags(tuple(add), tuple(remove))
