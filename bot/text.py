"""Text that people outside wrote: what of it can be seen, and where it may be cut. Pure, and in
linear time."""

import re
import unicodedata
from typing import Final

from bot.shortcodes import emojized

# Controls, half characters, private and undefined ones, overrides of direction, and letters
# without ink or width, with which mails fill their previews.
_UNSEEN: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e"
    "\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 14))
)
# The flags of parts of a country, such as Scotland's, are spelled in tags: nothing else is.
_FLAG: Final = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f)")
_DISGUISED: Final = re.compile(f"[{_UNSEEN}]++")
# Several alphabets and emoji need joiners between two characters; elsewhere they only hide.
_JOINERS: Final = re.compile("(?<![^\\s\u200c\u200d])[\u200c\u200d]++|[\u200c\u200d]++(?!\\S)")
# More marks on one letter than any language has.
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

# Beside marks, these belong to the character before them: joiners, skin tones, the tags of a flag.
_JOINED: Final = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG_LETTER: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
# A character of more parts than these is no emoji: it may be cut anywhere.
PARTS: Final = 40


def folded(name: str) -> str:
    """What all spellings of a name have in common: letter case, blanks, letters that are made of
    parts, what cannot be seen, and an emoji or its code."""
    composed = unicodedata.normalize("NFC", seen(emojized(name)).replace("\ufe0f", ""))
    # What is nothing but invisible is still told apart.
    return " ".join(unicodedata.normalize("NFC", composed.casefold()).split()) or name.strip()


def seen(text: str) -> str:
    """The text without what cannot be seen or disguises the rest."""
    pieces = _FLAG.split(text)
    pieces[::2] = [_DISGUISED.sub("", piece) for piece in pieces[::2]]
    return _MARKS.sub("", _JOINERS.sub("", "".join(pieces)))


def isolated(words: str) -> str:
    """Words from outside as a part of a sentence, which keeps its own direction around them.

    https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    return f"\u2068{words}\u2069" if _RIGHT_TO_LEFT.search(words) else words


def clean(text: str) -> str:
    """As `seen`, for a text in which words were `isolated`."""
    pieces = [seen(each) for each in _ISOLATED.split(text)]
    pieces[1::2] = [isolated(each) for each in pieces[1::2]]
    return "".join(pieces)


def visible(text: str) -> str:
    """The same without needless blanks: a gap is one empty line."""
    return _GAPS.sub("\n\n", _BLANKS.sub(" ", seen(text))).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what was cut is marked, and no emoji is cut in half."""
    if len(text) <= limit:
        return text
    kept = text[: _boundary(text, limit - 1)]
    opened = kept.rfind("\u2068")
    if opened > kept.rfind("\u2069"):
        # What follows the cut must not stand in the same direction as the words.
        kept = kept[:opened] + kept[opened + 1 :]
    return kept.rstrip() + "…"


def _boundary(text: str, end: int) -> int:
    """The last place up to `end` at which one character ends and the next begins."""
    for place in range(end, max(0, end - PARTS), -1):
        if not _belongs_together(text, place):
            return place
    return end


def _belongs_together(text: str, place: int) -> bool:
    """Whether the characters around `place` are seen as one.

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
