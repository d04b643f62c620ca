"""The grammar of /sendkit: turns text into an act. Pure. Letter case, smart quotes, dashes and the
position of the conversation do not matter.

The table of verbs is the grammar; the help, the README and the playground list it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Final, NamedTuple

from bot.acts import (
    COMMAND,
    Act,
    Back,
    ByEmail,
    ById,
    ByLink,
    ByName,
    Choose,
    Decide,
    Examine,
    Find,
    Give,
    Help,
    ListInbox,
    ListSubscriptions,
    Log,
    Mine,
    Next,
    Prove,
    PutOff,
    Reference,
    Release,
    Reply,
    SetOwners,
    Show,
    Subscribe,
    TagNamed,
    Take,
    Undo,
    Unsubscribe,
    Why,
)
from bot.errors import NotUnderstood
from bot.filters import Filters, objection
from bot.filters import from_text as filters_from_text
from bot.later import apart
from bot.reasons import REASON_LIMIT, tidied
from bot.slack import owner_grammar
from bot.slack.markup import typed
from bot.slack.owner_grammar import away, notify
from bot.slack.reference_grammar import certain, reference_in
from bot.slack.schedule_grammar import digest, hours, remind
from bot.text import STRAIGHT_QUOTES, folded
from bot.triage import (
    NOBODY,
    Change,
    ClearAiTag,
    DoNotContact,
    EditTags,
    MarkRead,
    MarkUnread,
)
from bot.views.message import NAME_LIMIT, phrase

TAGS_LIMIT: Final = 20
NOT_A_CARD: Final = (
    "That isn’t a link to one of my cards. Copy the link from a card’s ⋯ menu, and try again."
)
# The verb, with which names of aiTags may begin, too.
LATER: Final = "later"
WHICH_CARD: Final = (
    f"Which card? Copy its link from its ⋯ menu: {COMMAND} why LINK. Or mention me in its thread "
    "with the word why."
)

_APOSTROPHES: Final = str.maketrans("‘’‚‛", "''''")
_DASHES: Final = str.maketrans("–—−‐‑", "-----")
_WORD: Final = re.compile(r'[+-]?"[^"]*"?|<[^>]*>|[^\s"]+')
_PAGE: Final = re.compile(r"0{0,3}[1-9][0-9]{0,3}")
_BECAUSE: Final = re.compile(r"(?<=\S)\s+because\s+(?=\S)", re.IGNORECASE)
_FLAG: Final = re.compile(r"(?:^|\s)[–—−‐‑-]{1,2}rehearse(?=\s|$)", re.IGNORECASE)
_OWNER: Final = re.compile(r"(?<!\S)owner(?!\S)", re.IGNORECASE)
# What buttons and options are called, the longest first, and the verbs that mean the same.
_BUTTONS: Final = (
    (("mark", "as", "read"), "read"),
    (("mark", "as", "unread"), "unread"),
    (("mark", "read"), "read"),
    (("mark", "unread"), "unread"),
    (("clear", "aitag"), "untag"),
)


def from_text(text: str) -> Act:
    """The act that a command asks for; NotUnderstood if there is no valid reading. A decision may
    have a reason behind the word `because`."""
    said, *why = _BECAUSE.split(text, maxsplit=1)
    act: Act | None = None
    with suppress(NotUnderstood):  # the word may be one of those that are looked for
        act = _from_words(said) if why else None
    if not isinstance(act, Decide | Choose):
        return _from_words(text)
    if len(reason := tidied(typed(why[0]))) > REASON_LIMIT:
        raise NotUnderstood(f"A reason has at most {REASON_LIMIT} characters. Shorten it.")
    return replace(act, reason=reason)


def _from_words(text: str) -> Act:
    raw, text = text, typed(text)
    words = _as_verb(_words(text))
    if not words:
        return Help()
    if certain(words[0]) is not None:
        words = [*words[1:], words[0]]
    if folded(words[0]) == owner_grammar.VERB:
        # `typed` leaves out whom Slack marked.
        return owner_grammar.from_text(_OWNER.sub("", raw, count=1), _conversation)
    if (parse := PARSERS.get(folded(words[0]))) is not None:
        return parse(words[1:], "".join(text.split(maxsplit=1)[1:]))
    reference, others = reference_in(words, first=False)
    if reference is not None and not others:
        raise NotUnderstood(
            f"What do you want to do with it? For example: {COMMAND} read {typed_as(reference)}."
        )
    return _decided(TagNamed(" ".join(others), after_verb=False), reference)


def _as_verb(words: list[str]) -> list[str]:
    """The words with a verb in place of what a button is called."""
    said = [folded(word) for word in words[: len(_BUTTONS[0][0])]]
    for called, verb in _BUTTONS:
        if (*said[: len(called)],) == called:
            return [verb, *words[len(called) :]]
    return ["untag"] if said == ["clear"] else words


_NAMED_LATER: Final = Undo | Log | Take | Release | PutOff | Back | Reply


def about(act: Act, reference: Reference) -> Act:
    """The act, about this conversation if it names none."""
    if act == Why() and isinstance(reference, ByLink):
        return Why(reference)
    if isinstance(act, SetOwners) and act.is_here and len(act.people) < 2:
        return Give(reference, *act.people or [NOBODY])
    if isinstance(act, _NAMED_LATER) and act.reference is None:
        return replace(act, reference=reference)
    return _decided(act.wish, reference, act.reason) if isinstance(act, Choose) else act


def typed_as(reference: Reference) -> str:
    """A reference in an example of a command."""
    match reference:
        case ById(name) | ByEmail(name) | ByName(name):
            return phrase(name, NAME_LIMIT)
        case _:
            return "LINK"


def _decided(wish: Change | TagNamed | None, reference: Reference | None, reason: str = "") -> Act:
    if reference is None:
        return Choose(wish, reason)
    return Show(reference) if wish is None else Decide(reference, wish, reason)


def _takes_nothing(act: Act, verb: str, other: str = "nothing") -> "Parse":
    def parse(words: Sequence[str], text: str) -> Act:
        _nothing_else(verb, other, words)
        return act

    return parse


def _nothing_else(verb: str, takes: str, words: Sequence[str]) -> None:
    if words:
        left = phrase(" ".join(words), NAME_LIMIT)
        raise NotUnderstood(f"{COMMAND} {verb} takes {takes}: what is “{left}”?")


def _about(verb: str, act: Callable[[Reference | None], Act]) -> "Parse":
    """A verb that takes a conversation. Words that are no reference are the lead's name."""

    def parse(words: Sequence[str], text: str) -> Act:
        reference, others = reference_in(words, first=True)
        if reference is None and others:
            return act(ByName(" ".join(others)))
        _nothing_else(verb, "one conversation and nothing else", others)
        return act(reference)

    return parse


def _decision(change: MarkRead | MarkUnread | ClearAiTag | DoNotContact) -> "Parse":
    return _about(change.verb, partial(_decided, change))


def _inbox(words: Sequence[str], text: str) -> Act:
    if not words:
        return ListInbox()
    if _PAGE.fullmatch(words[0]):
        _nothing_else("inbox", "a page’s number and nothing else", words[1:])
        return ListInbox(int(words[0]))
    raise NotUnderstood(
        f"“{phrase(' '.join(words), NAME_LIMIT)}” is not a page of the inbox. "
        f"{COMMAND} inbox lists the newest, {COMMAND} inbox 2 the next."
    )


def _find(words: Sequence[str], text: str) -> Act:
    # Slack writes an address as a link.
    said = [(word, certain(word)) for word in words]
    wanted = [found.email if isinstance(found, ByEmail) else word for word, found in said]
    if not wanted:
        raise NotUnderstood(f"What do you look for? For example: {COMMAND} find acme.")
    return Find(" ".join(wanted))


def _conversation(said: str) -> Reference | None:
    """The only conversation that these words name."""
    reference, others = reference_in(_words(said), first=True)
    if reference is None and others:
        return ByName(" ".join(others))
    return None if others else reference


def _later(words: Sequence[str], text: str) -> Act:
    """The time, or off, stands beside the conversation. Other words may be an aiTag that begins
    like the verb."""
    named, others = None, list[str]()
    for word in words:
        found = certain(word) if named is None else None
        named = named or found
        others += [] if found else [word]
    until, rest = apart(others)
    if not until and not (others and folded(others[-1]) == "off"):
        reference, others = reference_in([LATER, *words], first=False)
        return _decided(TagNamed(" ".join(others), after_verb=False), reference)
    left = [*rest] if until else others[:-1]
    reference, left = (named, left) if named else reference_in(left, first=True)
    if reference is None and left:
        reference, left = ByName(" ".join(left)), []
    _nothing_else(LATER, "one conversation and a time", left)
    return PutOff(reference, until) if until else Back(reference)


def _next(words: Sequence[str], text: str) -> Act:
    return Next(_filters(text))


def _tag(words: Sequence[str], text: str) -> Act:
    reference, others = reference_in(words, first=True)
    if others:
        return _decided(TagNamed(" ".join(others), after_verb=True), reference)
    if reference is None:
        return Choose(None)
    raise NotUnderstood(
        f"Which aiTag? For example: {COMMAND} tag {typed_as(reference)} interested."
    )


def _tags(words: Sequence[str], text: str) -> Act:
    reference, others = reference_in(words, first=True)
    signed = next((at for at, word in enumerate(others) if word[0] in "+-"), 0)
    if reference is None and signed:
        reference, others = ByName(" ".join(others[:signed])), others[signed:]
    return _decided(_edit(others, reference), reference)


def _subscribe(words: Sequence[str], text: str) -> Act:
    # Some keyboards turn two dashes into one.
    left, rehearse = _FLAG.subn(" ", text)
    return Subscribe(_filters(left), bool(rehearse))


def _filters(text: str) -> Filters:
    wanted = filters_from_text(text)
    if (why := objection(wanted)) is not None:
        raise NotUnderstood(why)
    return wanted


def _unsubscribe(words: Sequence[str], text: str) -> Act:
    if words:
        raise NotUnderstood(
            f"{COMMAND} unsubscribe ends this channel’s whole subscription. To get less here, "
            f"replace it: {COMMAND} subscribe with other filters."
        )
    return Unsubscribe()


def _why(words: Sequence[str], text: str) -> Act:
    if not words:
        return Why()
    card = certain(words[0])
    if not isinstance(card, ByLink):
        raise NotUnderstood(WHICH_CARD)
    _nothing_else("why", "one link and nothing else", words[1:])
    return Why(card)


# Parses the words after the verb, given as words and as typed.
Parse = Callable[[Sequence[str], str], Act]


class Verb(NamedTuple):
    """A line of the help. `usage` begins with the verb. `parse` is None if another line of the same
    verb has it, or if the line stands for all aiTags."""

    usage: str
    meaning: str
    parse: Parse | None = None


REPLY: Final = "reply ID"
GROUPS: Final[Mapping[str, Sequence[Verb]]] = {
    "Every day": (
        Verb("inbox", "unread conversations, newest first", _inbox),
        Verb("next FILTERS", "one unread conversation after another, oldest first", _next),
        Verb("show ID", "post the card here", _about("show", partial(_decided, None))),
        Verb("interested ID", "set an aiTag: any aiTag of your workspace"),
        Verb("read ID", "mark as read", _decision(MarkRead())),
        Verb("unread ID", "mark as unread", _decision(MarkUnread())),
        Verb("dnc ID", "put the lead on SendKit’s do-not-contact list", _decision(DoNotContact())),
        Verb(
            "undo ID",
            "take back the last decision; without ID, yours, one by one",
            _about("undo", Undo),
        ),
        Verb("find WORDS", "conversations by a lead’s name, company or address", _find),
        Verb("later ID tomorrow 9:00", "let it come back then; or off", _later),
        Verb(REPLY, "answer the lead, and look at it before it is sent", _about("reply", Reply)),
        Verb("log ID", "who decided what; without ID, in this channel", _about("log", Log)),
    ),
    "Owners": (
        Verb("take ID", "become the owner of a conversation", _about("take", Take)),
        Verb("release ID", "no longer be the owner", _about("release", Release)),
        Verb("mine", "your conversations that wait for us", _takes_nothing(Mine(), "mine")),
        Verb("owner ID @ana", "make somebody the owner of a conversation"),
        Verb(
            'owner campaign:"Q1 Outreach" @ana @ben',
            "give new replies to people in turn; off in place of people ends it",
            lambda words, text: owner_grammar.from_text(text, _conversation),
        ),
        Verb("owner", "who gets which new replies"),
        Verb("away until Monday", "give you no new replies until then; or off", away),
        Verb("notify on", "send you direct messages about your conversations; or off", notify),
    ),
    "aiTags and tags": (
        Verb("tag ID AITAG", "set an aiTag: the lead, then the aiTag", _tag),
        Verb("untag ID", "clear the aiTag", _decision(ClearAiTag())),
        Verb("tags ID +vip -cold", "add and remove custom tags", _tags),
    ),
    "Channels": (
        Verb("subscribe FILTERS", "announce replies in this channel, all or some", _subscribe),
        Verb("subscribe FILTERS --rehearse", "show which of the last 50 it would have taken"),
        Verb("unsubscribe", "stop announcing replies here", _unsubscribe),
        Verb(
            "subscriptions",
            "what each channel gets",
            _takes_nothing(ListSubscriptions(), "subscriptions"),
        ),
        Verb("why LINK", "why a card was posted", _why),
        Verb(
            "remind 30m 2h", "remind this channel when a lead has waited this long; or off", remind
        ),
        Verb("digest 17:30", "each day, what was decided here and what waits; or off", digest),
        Verb("hours mon-fri 9:00-17:30", "this channel’s working hours, with a time zone", hours),
    ),
    "Help": (
        Verb(
            "audit",
            "prove that every unread reply has a card, and post what has none",
            _takes_nothing(Prove(), "audit"),
        ),
        Verb(
            "doctor",
            "check every credential, channel and setting, and say what to do",
            _takes_nothing(Examine(), "doctor"),
        ),
        Verb("help", "this list", lambda words, text: Help()),
    ),
}


def offered(*, replies: bool) -> Mapping[str, Sequence[Verb]]:
    """The verbs of the help; without that for answers where people cannot send any."""
    return {
        title: [each for each in verbs if replies or each.usage != REPLY]
        for title, verbs in GROUPS.items()
    }


VERBS: Final = tuple(verb for verbs in GROUPS.values() for verb in verbs)
PARSERS: Final = {verb.usage.split()[0]: verb.parse for verb in VERBS if verb.parse}


def _words(text: str) -> list[str]:
    plain = text.translate(STRAIGHT_QUOTES).translate(_APOSTROPHES).translate(_DASHES)
    found = (word.replace('"', "").strip() for word in _WORD.findall(plain))
    return [word for word in found if word]


def _edit(words: Sequence[str], reference: Reference | None) -> EditTags:
    """A sign applies to the names after it that commas join."""
    add: list[str] = []
    remove: list[str] = []
    sign = last = ""
    for at, word in enumerate(words):
        bare = ""
        for name in filter(None, (part.strip() for part in word.split(","))):
            sign = name[0] if name[0] in "+-" else sign
            bare = name.lstrip("+-").strip()
            if bare and not sign:
                raise NotUnderstood(_unsigned(words, at, last, reference))
            if bare:
                (remove if sign == "-" else add).append(bare)
                last = f"{sign}{bare}"
        if bare and not word.endswith(","):
            sign = ""
    if not add and not remove:
        raise NotUnderstood(f"Which tags? For example: {COMMAND} tags jane@example.com +vip -cold.")
    if len(add) + len(remove) > TAGS_LIMIT:
        raise NotUnderstood(
            f"At most {TAGS_LIMIT} tags at a time. Use another command for the rest."
        )
    return EditTags(tuple(add), tuple(remove))


def _unsigned(words: Sequence[str], at: int, last: str, reference: Reference | None) -> str:
    """The advice what to type in place of the word without a sign at this position. `last`: the tag
    before it."""
    if last:
        rest = takewhile(lambda word: word[0] not in "+-", words[at:])
        tag = phrase(" ".join([last[1:], *rest]), NAME_LIMIT)
        return f'Quote a tag of several words: {last[0]}"{tag}". A lead’s name comes before tags.'
    tag = phrase(words[at].strip(" ,"), NAME_LIMIT)
    if reference is not None:
        example = f"{typed_as(reference)} +{tag}"
    elif "," in words[at]:
        example = f"+{phrase(' '.join(words), NAME_LIMIT)}"
    else:
        example = f"{tag} +vip"
    return f"Put + or - before each tag: {COMMAND} tags {example}."
