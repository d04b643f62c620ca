"""Text from outside: removes invisible characters and cuts between characters. Pure, in linear
time."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from bot.shortcodes import emojized

# Keyboards and word processors write these for ".
STRAIGHT_QUOTES: Final = str.maketrans("“”„‟«»＂", '"""""""')

# Controls, surrogates, private and undefined characters, direction overrides, and the invisible
# characters with which mails pad their previews.
_UNSEEN: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e"
    "\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 14))
)
# Flags of parts of a country, such as Scotland's, are spelled in tag characters. Other tag
# characters are hidden text.
_FLAG: Final = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f)")
_DISGUISED: Final = re.compile(f"[{_UNSEEN}]++")
# Several alphabets and emoji need joiners between two characters. Elsewhere joiners are hidden
# text.
_JOINERS: Final = re.compile("(?<![^\\s\u200c\u200d])[\u200c\u200d]++|[\u200c\u200d]++(?!\\S)")
# More combining marks on one letter than any language uses.
_MARKS: Final = re.compile(
    "(?<=[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{6})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]++"
)
# Hebrew, Arabic and the other alphabets that are written from right to left.
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ISOLATED: Final = re.compile("\u2068([^\u2066-\u2069]*+)\u2069")
_GAPS: Final = re.compile(r"\n[^\S\n]*+\n\s*+")
_BLANKS: Final = re.compile("[^\\S\n]{3,}|[\u00a0\u2000-\u200a\u3000\u2800]+")

# These belong to the character before them, as combining marks do: joiners, skin tones, flag tags.
_JOINED: Final = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG_LETTER: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
# A longer sequence is no emoji and may be cut anywhere.
PARTS: Final = 40


def folded(name: str) -> str:
    """A name without letter case, extra blanks and invisible characters, with composed letters and
    with emoji for their codes. Equal for all spellings of one name."""
    if name.isascii() and name.isprintable() and ":" not in name:
        return " ".join(name.casefold().split()) or name.strip()
    composed = unicodedata.normalize("NFC", seen(emojized(name)).replace("\ufe0f", ""))
    # Names of invisible characters alone still differ.
    return " ".join(unicodedata.normalize("NFC", composed.casefold()).split()) or name.strip()


def seen(text: str) -> str:
    """The text without invisible and disguising characters."""
    if text.isascii():  # much faster, and true of most
        return text if text.isprintable() else _DISGUISED.sub("", text)
    pieces = _FLAG.split(text)
    pieces[::2] = [_DISGUISED.sub("", piece) for piece in pieces[::2]]
    return _MARKS.sub("", _JOINERS.sub("", "".join(pieces)))


def isolated(words: str) -> str:
    """Words from outside for use in a sentence, marked so that the sentence keeps its own direction
    around them.

    https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    if words.isascii():
        return words
    return f"\u2068{words}\u2069" if _RIGHT_TO_LEFT.search(words) else words


def clean(text: str) -> str:
    """As `seen`, but keeps the marks of `isolated` words."""
    if text.isascii():
        return seen(text)
    pieces = [seen(each) for each in _ISOLATED.split(text)]
    pieces[1::2] = [isolated(each) for each in pieces[1::2]]
    return "".join(pieces)


def visible(text: str) -> str:
    """As `seen`, with single blanks and at most one empty line in a row."""
    return _GAPS.sub("\n\n", _BLANKS.sub(" ", seen(text))).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters. A cut is marked and splits no emoji."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    kept = text[: _boundary(text, limit - 1)]
    opened = kept.rfind("\u2068")
    if opened > kept.rfind("\u2069"):
        # The text after the cut must not take the direction of the words.
        kept = kept[:opened] + kept[opened + 1 :]
    return kept.rstrip() + "…"


def _boundary(text: str, end: int) -> int:
    """The last position up to `end` between two characters as people see them."""
    for place in range(end, max(0, end - PARTS), -1):
        if not _belongs_together(text, place):
            return place
    return end


def _belongs_together(text: str, place: int) -> bool:
    """Whether people see the code points around `place` as one character.

    https://unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules
    """
    following = text[place]
    if text[place - 1] == "\u200d" or _JOINED.match(following):
        return True
    if unicodedata.category(following)[0] == "M":
        return True
    letters = 0
    while letters < min(place, PARTS) and _FLAG_LETTER.match(text, place - 1 - letters):
        letters += 1
    return letters % 2 == 1 and _FLAG_LETTER.match(following) is not None


class LazyText:
    """A dataclass field that may be given as a function, which is called once, when the text is
    first read. https://docs.python.org/3/library/dataclasses.html#descriptor-typed-fields"""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> str:
        if instance is None:
            return ""
        value: str | Callable[[], str] = instance.__dict__[self._name]
        if not isinstance(value, str):
            value = instance.__dict__[self._name] = value()
        return value

    def __set__(self, instance: object, value: str | Callable[[], str]) -> None:
        instance.__dict__[self._name] = value
