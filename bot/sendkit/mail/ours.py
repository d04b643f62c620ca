"""Recognises the mails that we sent inside a reply, in any language and wrapping. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.sendkit.mail.lines import LOOKED_AT, unmarked

# How many characters of our mails are compared with a reply.
OURS_LIMIT: Final = 20_000
# How many words in a row must be the same. Fewer could be a coincidence.
SHINGLE: Final = 4

_WORDS: Final = re.compile(r"\w+")
# Links are left out, since mail filters rewrite them.
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
        """Whether a line is one of ours, even one as short as a greeting."""
        return tuple(_words(unmarked(line[:LOOKED_AT]))) in self._lines

    def shares(self, lines: Sequence[str]) -> list[float]:
        """For each line, the share of its words, from 0 to 1, that follow one another in our mails
        too."""
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
