"""Recognises in a mail what we sent, whatever its language and however it was wrapped. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.sendkit.mail_lines import LOOKED_AT, unmarked

# So much of what we sent is compared with a mail, in characters.
OURS_LIMIT: Final = 20_000
# Words that follow one another in our mail as in theirs: fewer may be anybody's.
SHINGLE: Final = 4

_WORDS: Final = re.compile(r"\w+")
# Mail filters rewrite links.
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s<>()]++", re.IGNORECASE)


class Ours:
    """The words of mails that we sent, the newest first."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._shingles: set[tuple[str, ...]] = set()
        self._lines: set[tuple[str, ...]] = set()
        room = OURS_LIMIT
        for text in texts:
            self._shingles.update(_shingles(_words(text[:room])))
            self._lines.update(tuple(_words(line)) for line in text[:room].split("\n"))
            room -= min(room, len(text))
        self._lines.discard(())

    def __bool__(self) -> bool:
        return bool(self._lines)

    def is_one(self, line: str) -> bool:
        """Whether a line is one of ours, be it as short as a greeting."""
        return tuple(_words(unmarked(line[:LOOKED_AT]))) in self._lines

    def shares(self, lines: Sequence[str]) -> list[float]:
        """How much of each line, from 0 to 1, are words that follow one another in our mails as
        they do here."""
        words = [_words(unmarked(line)) for line in lines]
        stream = [word for line in words for word in line]
        covered = [False] * len(stream)
        for at, shingle in enumerate(_shingles(stream)):
            if shingle in self._shingles:
                covered[at : at + SHINGLE] = [True] * SHINGLE
        found, begins = [], 0
        for line in words:
            found.append(sum(covered[begins : begins + len(line)]) / max(len(line), 1))
            begins += len(line)
        return found


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(SHINGLE)), strict=False)


def _words(text: str) -> list[str]:
    return _WORDS.findall(_LINK.sub(" ", text).casefold())
