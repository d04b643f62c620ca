"""Whether a lead asks to be left alone, in their own words. Pure.

It only ever suggests: a person presses. Its figures are in docs/running.md.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Final

from bot.opt_outs.english import ENGLISH, FOOTERS
from bot.opt_outs.germanic import GERMANIC
from bot.opt_outs.others import OTHERS
from bot.opt_outs.romance import ROMANCE
from bot.opt_outs.slavic import SLAVIC
from bot.text import seen
from bot.triage import Conversation

ALL: Final = (*ENGLISH, *GERMANIC, *ROMANCE, *SLAVIC, *OTHERS)

# `Conversation.words` has as many.
LIMIT: Final = 2000
# A word alone is a request in the first lines. Below them, it may be a link of a signature.
FIRST_LINES: Final = 3
# How many letters of a word say which patterns are tried on it.
BEGINNING: Final = 2

_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")
_SPELLED: Final = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "æ": "ae", "đ": "d", "œ": "oe"} | dict.fromkeys("'’‘‛`´ʼ′", "")
)
_ADDRESS: Final = re.compile(r"(?<![^\s<>(),;])[^\s<>(),;@]*+@[^\s<>(),;]++|https?://\S*|www\.\S*")
_HYPHEN: Final = re.compile(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])")
# Programs break long lines.
_WRAPPED: Final = re.compile(r"(?<=[^\n]{60})\n(?=[^\W\d_])")
_ENDS: Final = re.compile(r"[.!…;:。！।\n|]+")
_QUESTIONS: Final = re.compile(r"[?？؟][.!?？؟]*")
_COMMAS: Final = re.compile(r"[,，、،/]| [-–—]+ |[–—]")
_REST: Final = re.compile(r"[^\w.?,@\u0900-\u0963]+")
_SENTENCE: Final = re.compile(r"[^.?]*[.?]?")
_BLANK: Final = re.compile(" ")
_LOOK: Final = re.compile(r"\A(?:\\b|<first>|\(\?<!\w+ \))+")
_LITERAL: Final = re.compile(r"[\w ]{2}(?![?*{])")
_GAP: Final = re.compile(r"<(\d+)>")
_REPLY: Final = re.compile(r"\s*(?:re|aw|sv|antw|odp|ynt|vs|rif|res|fwd?|wg|tr)\s*:", re.IGNORECASE)
_NO_INTEREST: Final = re.compile(r"\bnot (?:at all |really |very )?int\w*")
# Below such a line is a signature.
_CLOSING: Final = re.compile(
    r"(?:(?:with )?(?:best|kind|warm|many|warmest|kindest) (?:wishes|regards)|regards|best|cheers"
    r"|sincerely|yours(?: \w+)?|mfg|(?:mit )?(?:freundlichen?|besten|schonen) grussen?"
    r"|(?:viele|beste|liebe) grusse|cordialement|bien a vous|saludos(?: cordiales)?|atentamente"
    r"|(?:cordiali )?saluti|(?:met )?vriendelijke groet(?:en)?|pozdrawiam|z powazaniem"
    r"|med vanlig halsning|med venlig hilsen|mvh|atenciosamente|с уважением)[ ,.]*"
)


@dataclass(frozen=True, slots=True)
class _Request:
    """A pattern of a request, the place of its language in ALL, and what its sentence may not
    have."""

    pattern: re.Pattern[str]
    language: int
    unless: re.Pattern[str]


def objection(conversation: Conversation) -> bool:
    """Whether the lead asks not to be contacted. The subject counts if it is the lead's own."""
    subject = conversation.subject
    return asks(conversation.words) or (not _REPLY.match(subject) and asks(subject))


def asks(text: str) -> bool:
    """Whether somebody asks to be left alone in the first LIMIT characters."""
    return _asks(str(text[:LIMIT]))


# A drawn card asks twice, and a card is drawn again after each decision.
@lru_cache(maxsize=256)
def _asks(text: str) -> bool:
    text = _WRAPPED.sub(" ", _letters(seen(text)))
    lines = [line for line in map(_line, text.split("\n")) if line]
    return _is_command(lines) or _has_request(" . ".join(lines).replace(" , ", " "))


def _letters(text: str) -> str:
    """Lower case without accents and apostrophes."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))
    # Lower case of İ has a mark of its own.
    return _MARKS.sub("", text.casefold()).translate(_SPELLED)


def _line(line: str) -> str:
    """One line in the form in which bot.opt_outs.phrases describes it, with ` , ` for commas."""
    words = _COMMAS.sub(" , ", _HYPHEN.sub("", _ADDRESS.sub("@", line)))
    words = _ENDS.sub(" . ", _QUESTIONS.sub(" ? ", words)).replace("_", " ")
    return " ".join(_REST.sub(" ", words).split()).strip(" .,")


def _is_command(lines: Sequence[str]) -> bool:
    """Whether the first lines have a clause that is nothing but a request, such as "stop"."""
    commands, courtesies, footers = _commands()
    for line in lines[:FIRST_LINES]:
        if _CLOSING.fullmatch(line):
            break
        for sentence in _SENTENCE.findall(line):
            if footers.search(sentence):
                break
            clauses = _NO_INTEREST.sub("", sentence).strip(" .?").split(",")
            for clause in {clauses[0], clauses[-1]}:
                if _core(clause, courtesies) in commands:
                    return True
    return False


def _core(clause: str, courtesies: frozenset[str]) -> str:
    words = clause.split()
    return " ".join([word for word in words if word not in courtesies] or words)


def _has_request(words: str) -> bool:
    by_beginning, anywhere = _requests()
    # Up to where each language has judged. A sentence is judged once.
    judged: dict[int, int] = {}
    for begin in (0, *(blank.end() for blank in _BLANK.finditer(words))):
        for request in by_beginning.get(words[begin : begin + BEGINNING], ()):
            if begin >= judged.get(request.language, 0) and (
                found := request.pattern.match(words, begin)
            ):
                sentence, judged[request.language] = _sentence(words, found)
                if not request.unless.search(sentence):
                    return True
    for stems, request in anywhere:
        at = 0 if any(stem in words for stem in stems) else len(words)
        while found := request.pattern.search(words, at):
            sentence, at = _sentence(words, found)
            if not request.unless.search(sentence):
                return True
    return False


def _sentence(words: str, found: re.Match[str]) -> tuple[str, int]:
    """The sentence around a match, and where it ends."""
    begin = max(words.rfind(mark, 0, found.start()) for mark in ".?") + 1
    ends = (words.find(mark, max(found.end() - 1, begin)) for mark in ".?")
    end = min((each for each in ends if each >= 0), default=len(words)) + 1
    return words[begin:end].strip(), end


@cache
def _requests() -> tuple[
    Mapping[str, Sequence[_Request]], Sequence[tuple[Sequence[str], _Request]]
]:
    """The requests that begin with a word, by its first letters; and those of languages without
    blanks, each language with its stems."""
    by_beginning: dict[str, list[_Request]] = {}
    anywhere = []
    for number, language in enumerate(ALL):
        unless = _pattern(language.unless or ("(?!)",))
        inside = []
        for ask in language.asks:
            if not ask.startswith(("\\b", "<first>", "(?<!")):
                inside.append(ask)
                continue
            request = _Request(_pattern([ask]), number, unless)
            for beginning in beginnings(_letters(ask)):
                by_beginning.setdefault(beginning, []).append(request)
        if inside:
            stems = tuple(map(_letters, language.stems))
            anywhere.append((stems, _Request(_pattern(inside), number, unless)))
    return by_beginning, anywhere


def beginnings(pattern: str) -> Set[str]:
    """The first BEGINNING characters of all that a pattern matches. It may begin with letters,
    groups and options."""
    first, *others = _alternatives(_LOOK.sub("", pattern))
    found = set().union(*map(beginnings, others)) if others else set()
    if not first.startswith("(?:"):
        if first[1:2] == "?":
            return found | beginnings(first[0] + first[2:]) | beginnings(first[2:])
        if first[1:4] == "(?:":
            return found | {(first[0] + each)[:BEGINNING] for each in beginnings(first[1:])}
        assert _LITERAL.match(first), f"an unclear beginning: {pattern}"
        return found | {first[:BEGINNING]}
    end = _closing(first)
    inner, rest = first[3:end], first[end + 1 :]
    if rest[:1] in ("?", "*"):
        rest = rest[1:]
        found |= beginnings(rest)
    return found.union(*(beginnings(each + rest) for each in _alternatives(inner)))


def _closing(pattern: str) -> int:
    """The end of the group with which a pattern begins."""
    depths = accumulate((letter == "(") - (letter == ")") for letter in pattern)
    return next(end for end, depth in enumerate(depths) if not depth)


def _alternatives(pattern: str) -> Sequence[str]:
    parts, depth = [""], 0
    for letter in pattern:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


@cache
def _commands() -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    """The words that are a request alone, those that may stand beside them, and what tells that
    they are the foot of a mail."""
    courtesies = _listed(*(one.courtesies for one in ALL)) | {"@"}
    commands = {_core(each, courtesies) for each in _listed(*(one.commands for one in ALL))}
    return frozenset(commands), courtesies, _pattern(FOOTERS)


def _listed(*names: str) -> frozenset[str]:
    said = (_line(_letters(each)) for one in names for each in one.split(","))
    return frozenset(filter(None, said))


def _pattern(alternatives: Sequence[str]) -> re.Pattern[str]:
    together = "|".join(f"(?:{_letters(each)})" for each in alternatives)
    together = together.replace("<first>", "(?<![^.?] )")
    return re.compile(_GAP.sub(lambda found: rf"(?:[^ .?]+ ){{0,{found[1]}}}", together))
