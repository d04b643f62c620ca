"""What of a mail's lines is its own, and what repeats earlier mails. Pure, and in linear time.

It goes by no language first: by the mails that we sent, by quote marks, by the shape of headers
and of the lines that introduce a quote. Words of some languages only confirm what the shape leaves
open. When in doubt a line is kept.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.sendkit.mail_lines import (
    ADDRESS,
    LABEL,
    LOOKED_AT,
    MARKS,
    QUOTED,
    RULE,
    STOPS,
    TIME,
    TITLED,
    VERBS,
    Kind,
    Line,
    are_headers,
    has_date,
    is_sent,
)

# Of more lines, the first and the last: answers stand above or below what is quoted.
FIRST_LINES: Final = 1_500
LAST_LINES: Final = 300
# So much of what we sent is compared with a mail.
OURS_LIMIT: Final = 20_000
# An introduction has at most this many lines, and headers as many besides those that are wrapped.
INTRODUCTION_LINES: Final = 4
HEADER_LINES: Final = 14
# Words that follow one another in our mail as in theirs: fewer may be anybody's.
SHINGLE: Final = 4
LONG_LINE: Final = 56

_WORDS: Final = re.compile(r"\w+")


def parsed(text: str) -> list[Line]:
    """The lines of a plain text; quoted ones keep their mark."""
    return [
        Line(line, Kind.QUOTED if QUOTED.match(line) else Kind.SAID) for line in text.split("\n")
    ]


def newest(lines: Sequence[Line], ours: Sequence[str] = ()) -> str:
    """The text of the lines that are the mail's own; all, where none seems to be.

    `ours` are the texts of mails that we sent, without markup.
    """
    if len(lines) > FIRST_LINES + LAST_LINES:
        lines = [*lines[:FIRST_LINES], *lines[-LAST_LINES:]]
    kept = _History(lines, _Ours(ours)).kept()
    # Few words with a colon behind them mean what they stood above.
    is_opening = kept.endswith((":", "：")) and "\n" not in kept and len(kept) < LONG_LINE
    return _shown(lines) if not kept or is_opening else kept


def _shown(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines).strip()


class _Ours:
    """Recognises what we sent, however it was wrapped."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._shingles: set[tuple[str, ...]] = set()
        self._lines: set[tuple[str, ...]] = set()
        room = OURS_LIMIT
        for text in texts:
            words = _words(text[:room])
            self._shingles.update(zip(*(words[at:] for at in range(SHINGLE)), strict=False))
            self._lines.update(tuple(_words(line)) for line in text[:room].split("\n"))
            room -= min(room, len(text))
        self._lines.discard(())

    def __bool__(self) -> bool:
        return bool(self._lines)

    def has(self, line: str) -> bool:
        """Whether a line is a part of what we sent, and long enough to be no chance."""
        words = _words(line)
        if len(words) < SHINGLE:
            return False
        return all(
            tuple(words[at : at + SHINGLE]) in self._shingles
            for at in range(len(words) - SHINGLE + 1)
        )

    def may_have(self, line: str) -> bool:
        """Whether a line is one of ours, be it as short as a greeting, or the end of one."""
        words = tuple(_words(line))
        return words in self._lines or self.has(line)


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())


class _History:
    def __init__(self, lines: Sequence[Line], ours: _Ours) -> None:
        self._lines = lines
        self._ours = ours
        self._drop = [False] * len(lines)
        self._blank = [not line.text.strip() and line.kind not in MARKS for line in lines]
        self._first_said = 0
        self._no_headers_before = 0
        self._wrapped_quotes()
        self._marked()
        self._repeated()
        self._introduced_quotes()
        self._headed()

    def kept(self) -> str:
        kept: list[str] = []
        for line, drop in zip(self._lines, self._drop, strict=True):
            if not drop:
                kept.append(line.text)
            elif kept and kept[-1]:
                kept.append("")
        return "\n".join(kept).strip()

    def _above(self, position: int) -> int:
        """The nearest line above that is not blank; -1: none."""
        position -= 1
        while position >= 0 and self._blank[position]:
            position -= 1
        return position

    def _is_said_above(self, position: int) -> bool:
        """Whether somebody says something above. What was dropped stays so: it never looks back."""
        while self._first_said < position and (
            self._drop[self._first_said]
            or self._blank[self._first_said]
            or self._lines[self._first_said].kind in MARKS
        ):
            self._first_said += 1
        return self._first_said < position

    def _cut(self, begins: int) -> None:
        for position in range(begins, len(self._drop)):
            self._drop[position] = True

    def _wrapped_quotes(self) -> None:
        """Some clients wrap a quoted line and give its rest no mark."""
        lines = self._lines
        for position, line in enumerate(lines):
            if line.kind is not Kind.QUOTED or not self._is_cut_off(line.text):
                continue
            end = position + 1
            while end < len(lines) and end - position < 3 and self._is_rest(end):
                end += 1
            rest = range(position + 1, end)
            quoted_again = end < len(lines) and lines[end].kind is Kind.QUOTED
            known = bool(self._ours) and all(self._ours.has(lines[at].text) for at in rest)
            if quoted_again or known:
                for at in rest:
                    self._drop[at] = True

    def _is_cut_off(self, text: str) -> bool:
        return len(text) >= LONG_LINE and not text.rstrip().endswith(STOPS)

    def _is_rest(self, position: int) -> bool:
        return self._lines[position].kind is Kind.SAID and not self._blank[position]

    def _marked(self) -> None:
        for position, line in enumerate(self._lines):
            if line.kind in (Kind.QUOTED, Kind.INTRODUCTION):
                self._drop[position] = True
            elif line.kind is Kind.APPENDED and self._is_said_above(position):
                self._cut(position)
                return

    def _repeated(self) -> None:
        """Drops what we sent, the short lines around it, and what introduces it."""
        if not self._ours:
            return
        known = [
            not blank and (line.kind is Kind.QUOTED or self._ours.has(line.text[:2000]))
            for line, blank in zip(self._lines, self._blank, strict=True)
        ]
        position = 0
        while position < len(known):
            if not known[position]:
                position += 1
                continue
            begins = ends = position
            while begins and self._goes_with_it(begins - 1):
                begins -= 1
            while ends < len(known) and (known[ends] or self._goes_with_it(ends)):
                ends += 1
            for at in range(begins, ends):
                self._drop[at] = True
            if self._lines[position].kind is not Kind.QUOTED:
                self._drop_introduction(begins, weak=True)
            position = max(ends, position + 1)

    def _goes_with_it(self, position: int) -> bool:
        if self._drop[position]:
            return False
        return self._blank[position] or self._ours.may_have(self._lines[position].text[:2000])

    def _introduced_quotes(self) -> None:
        """Drops what introduces lines that are quoted."""
        for position, line in enumerate(self._lines):
            begins_quote = line.kind in (Kind.QUOTED, Kind.ASIDE) and (
                position == 0 or self._lines[position - 1].kind is not line.kind
            )
            if begins_quote and self._drop_introduction(position, weak=True):
                at = position
                while at < len(self._lines) and self._lines[at].kind is line.kind:
                    self._drop[at] = True
                    at += 1

    def _drop_introduction(self, quote: int, *, weak: bool) -> bool:
        """Drops what introduces the quote that begins here; whether there is such a thing."""
        last = self._above(quote)
        if last < 0:
            return False
        begins = self._introduction(last, weak=weak)
        if begins is None:
            return False
        for at in range(begins, quote):
            self._drop[at] = True
        return True

    def _introduction(self, last: int, *, weak: bool) -> int | None:
        """Where the introduction that ends in this line begins. A weak one stands above a quote;
        one above unquoted text must have an address and a date."""
        if self._lines[last].kind not in (Kind.SAID, Kind.INTRODUCTION):
            return None
        text = self._lines[last].text.strip()[-LOOKED_AT:]
        titled = TITLED.match(text)
        if not text.endswith((":", "：", ":\u202c", ":*", ":>")) and not titled:
            return None
        joined = text
        first = last
        enough = None
        while True:
            address, date = ADDRESS.search(joined), has_date(joined)
            if address and date:
                return first
            if address and (VERBS.search(joined) or (weak and TIME.search(joined))):
                enough = first
            if weak and ((date and TIME.search(joined)) or VERBS.search(joined)):
                enough = first
            above = first - 1
            if (
                above < 0
                or last - above >= INTRODUCTION_LINES
                or self._blank[above]
                or self._lines[above].kind is not Kind.SAID
                or self._drop[above]
            ):
                return enough
            line = self._lines[above].text.strip()[-LOOKED_AT:]
            if line.endswith(STOPS) or TITLED.match(line) or RULE.match(line):
                return enough
            joined = f"{line} {joined}"
            first = above

    def _headed(self) -> None:
        """Cuts the mail where unquoted history begins: below headers or an introduction."""
        position = 0
        while position < len(self._lines):
            if self._drop[position] or self._blank[position]:
                position += 1
                continue
            found = self._found_history(position)
            if found is None:
                position += 1
                continue
            begins, ends = found
            if self._is_said_above(begins):
                self._cut(begins)
                return
            for at in range(begins, ends):
                self._drop[at] = True
            position = ends

    def _found_history(self, position: int) -> tuple[int, int] | None:
        """From where to where headers or an introduction stand that begin in this line, or end."""
        headers = self._headers(position)
        if headers is not None:
            return self._with_title(position), headers
        if self._is_introduction(position):
            begins = self._introduction(position, weak=False)
            return None if begins is None else (begins, position + 1)
        return None

    def _is_introduction(self, position: int) -> bool:
        line = self._lines[position]
        text = line.text.rstrip()
        if line.kind is not Kind.SAID or not (text.endswith((":", "：")) or TITLED.match(text)):
            return False
        return len(text) <= LOOKED_AT

    def _with_title(self, begins: int) -> int:
        """With the rule or the title, such as `-----Original Message-----`, above headers."""
        above = self._above(begins)
        while above >= 0 and not self._drop[above] and self._is_title(above):
            begins, above = above, self._above(above)
        return begins

    def _is_title(self, position: int) -> bool:
        line = self._lines[position]
        text = line.text[:LOOKED_AT]
        if line.kind in (Kind.RULE, Kind.APPENDED) or RULE.match(text):
            return True
        return TITLED.match(text) is not None

    def _headers(self, begins: int) -> int | None:
        """Where headers end that begin in this line. A part of what are no headers is none."""
        if begins < self._no_headers_before:
            return None
        labels: list[str] = []
        address = date = False
        at = begins
        while at < len(self._lines) and len(labels) < HEADER_LINES:
            if self._drop[at]:
                break
            text = self._lines[at].text[:LOOKED_AT]
            if self._blank[at]:
                if (
                    at + 1 < len(self._lines)
                    and len(labels) < 4
                    and LABEL.match(self._lines[at + 1].text[:LOOKED_AT])
                ):
                    at += 1
                    continue
                break
            label = LABEL.match(text)
            if label is None or len(label.group(1).split()) > 4:
                break
            labels.append(label.group(1).strip(" *_").casefold())
            value = label.group(2)
            address = address or ADDRESS.search(value) is not None
            date = date or has_date(value) or is_sent(labels[-1])
            at += 1
        self._no_headers_before = at
        if len(labels) < 2:
            return None
        above = self._above(begins)
        titled = above >= 0 and self._is_title(above)
        return at if are_headers(labels, titled, address, date) else None
