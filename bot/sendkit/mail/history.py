"""Separates a mail's own lines from earlier mails that it repeats. Pure, and in linear time.

It relies first on signs that no language changes: the mails that we sent, quote marks, the shape of
headers and of lines that introduce a quote. Words of some languages only confirm what the shape
leaves open. In doubt it keeps a line.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from bot.sendkit.mail.headings import HEADER_LINES, Headings
from bot.sendkit.mail.lines import (
    LOOKED_AT,
    MARKS,
    OPEN_LINK,
    QUOTED,
    STOPS,
    Kind,
    Line,
    is_original,
    is_short_introduction,
    may_introduce,
    unmarked,
)
from bot.sendkit.mail.ours import Ours
from bot.sendkit.mail.signature import folded

# Of a longer mail, the first and the last lines are read: answers stand above or below a quote.
FIRST_LINES: Final = 600
LAST_LINES: Final = 150
LONG_LINE: Final = 56
# So few lines with a `>` may be something other than a quote.
OWN_QUOTES: Final = 2
# The most lines of an answer inside a quote, and the largest share of them that may repeat ours.
ANSWER_LINES: Final = 10
ANSWER_SHARE: Final = 0.5
# Up to this many lines above a quote are the lead's own, even where they repeat ours.
REPEATED_LINES: Final = 2

# A line without any of these is empty, whatever mark it has.
_WORDS: Final = re.compile(r"[^\s>＞|│┃_*=-]")

T = TypeVar("T")


def parsed(text: str) -> list[Line]:
    """The lines of a plain text. Quoted lines keep their mark."""
    lines: list[Line] = []
    unclosed = 0
    for line in ends(text.split("\n")):
        # The `>` of a wrapped address is no quote mark, and `>>> … >>>` introduces a quote.
        is_quoted = QUOTED.match(line) is not None and not (
            (line.startswith(">>> ") and line.endswith(" >>>"))
            or (unclosed and len(line) < LONG_LINE and line.endswith((":", "：")))
        )
        lines.append(Line(line, Kind.QUOTED if is_quoted else Kind.SAID))
        if line:
            unclosed = 2 if line.rfind("<") > line.rfind(">") else max(unclosed - 1, 0)
    return lines


def ends(lines: Sequence[T]) -> Sequence[T]:
    """The first and the last lines of a long list."""
    if len(lines) <= FIRST_LINES + LAST_LINES:
        return lines
    return [*lines[:FIRST_LINES], *lines[-LAST_LINES:]]


def newest(lines: Sequence[Line], ours: Sequence[str] = ()) -> str:
    """The text of the mail's own lines; of all lines if it seems to have none.

    `lines` are shortened with `ends`. `ours` are the texts of mails that we sent, without markup. A
    mail that only repeats ours has no words of its own.
    """
    history = _History(lines, Ours(ours))
    kept = history.kept() or history.above()
    if not kept and history.is_ours():
        return ""
    # A few words with a colon introduce the lines below them.
    is_opening = kept.endswith((":", "：")) and "\n" not in kept and len(kept) < LONG_LINE
    if kept and not (is_opening and history.is_bare()):
        return kept
    return "\n".join(line.text for line in lines).strip()


def _is_marked_up(line: Line) -> bool:
    """Whether HTML marks the line as quoted, and its text has no `>`."""
    return line.kind is Kind.QUOTED and not QUOTED.match(line.text)


class _History:
    def __init__(self, lines: Sequence[Line], ours: Ours) -> None:
        self._lines = lines
        self._ours = ours
        self._drop = [False] * len(lines)
        # The words that share a line with an introduction, by line.
        self._shared: dict[int, str] = {}
        self._introducing = [line.kind is Kind.INTRODUCTION for line in lines]
        self._blank = [not unmarked(line.text).strip() and line.kind not in MARKS for line in lines]
        self._first_said = 0
        self._headings = Headings(lines, self._blank, self._drop)
        self._shares = ours.shares([line.text for line in lines]) if ours else [0.0] * len(lines)
        self._known = [share == 1 for share in self._shares]
        self._wrapped_quotes()
        self._marked()
        self._repeated()
        self._introduced_quotes()
        self._headed()
        self._written_into()
        self._said_in_our_words()

    def above(self) -> str:
        """The words above all signs of history, for answers that repeat our words."""
        above = self._lines[: self._first_mark()]
        return "\n".join(folded([line.text for line in above])).strip()

    def is_bare(self) -> bool:
        """Whether a `>` is the only sign of history."""
        return not any(
            known or introducing or line.kind is Kind.APPENDED or _is_marked_up(line)
            for line, known, introducing in zip(
                self._lines, self._known, self._introducing, strict=True
            )
        )

    def is_ours(self) -> bool:
        """Whether the mail consists of our mail and the lines that introduce it."""
        return any(self._known) and all(
            known or introducing or not _WORDS.search(line.text) or self._ours.is_one(line.text)
            for line, known, introducing in zip(
                self._lines, self._known, self._introducing, strict=True
            )
        )

    def kept(self) -> str:
        kept: list[str] = []
        for at, (line, drop) in enumerate(zip(self._lines, self._drop, strict=True)):
            if not drop:
                kept.append(line.text)
            else:
                if self._shared.get(at):
                    kept.append(self._shared[at])
                if kept and kept[-1]:
                    kept.append("")
        return "\n".join(folded(kept)).strip()

    def _is_said_above(self, position: int) -> bool:
        """Whether the lead says something above. Dropped lines stay dropped: the search never goes
        back."""
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
        """Marks the rest of a quoted line that a client wrapped without a mark."""
        lines = self._lines
        for position, line in enumerate(lines):
            if line.kind is not Kind.QUOTED or not self._is_cut_off(line.text):
                continue
            end = position + 1
            while end < len(lines) and end - position < 3 and self._is_rest(end):
                end += 1
            rest = range(position + 1, end)
            quoted_again = end < len(lines) and lines[end].kind is Kind.QUOTED
            known = all(self._known[at] for at in rest)
            if quoted_again or known:
                for at in rest:
                    self._drop[at] = True

    def _is_cut_off(self, text: str) -> bool:
        text = text.rstrip()
        return (len(text) >= LONG_LINE and not text.endswith(STOPS)) or (
            OPEN_LINK.search(text[-LOOKED_AT:]) is not None
        )

    def _is_rest(self, position: int) -> bool:
        return self._lines[position].kind is Kind.SAID and not self._blank[position]

    def _own_quotes(self) -> bool:
        """Whether so few lines are quoted, without another sign of a mail, that a `>` may mean
        something else."""
        quoted = [at for at, line in enumerate(self._lines) if line.kind is Kind.QUOTED]
        return (
            0 < len(quoted) <= OWN_QUOTES
            and quoted[-1] - quoted[0] < OWN_QUOTES
            and not any(self._known[at] for at in quoted)
            and not _is_marked_up(self._lines[quoted[0]])
            and self._headings.introduction(self._headings.above(quoted[0]), above_quote=True)
            is None
        )

    def _marked(self) -> None:
        own = self._own_quotes()
        for position, line in enumerate(self._lines):
            if line.kind is Kind.INTRODUCTION or (line.kind is Kind.QUOTED and not own):
                self._drop[position] = True
            elif line.kind is Kind.APPENDED and self._is_said_above(position):
                self._cut(position)
                return

    def _repeated(self) -> None:
        """Drops what we sent, the short lines around it, and the lines that introduce it."""
        if not self._ours:
            return
        known = self._known
        position = 0
        while position < len(known):
            if not known[position]:
                position += 1
                continue
            begins = ends = position
            kind = self._lines[position].kind
            while begins and self._goes_with_it(begins - 1, kind):
                begins -= 1
            while ends < len(known) and (known[ends] or self._goes_with_it(ends, kind)):
                ends += 1
            for at in range(begins, ends):
                self._drop[at] = True
            if kind is not Kind.QUOTED:
                self._drop_introduction(begins, above_quote=True)
                self._drop_lines_above(begins)
            position = max(ends, position + 1)

    def _goes_with_it(self, position: int, kind: Kind) -> bool:
        if self._drop[position]:
            return False
        line = self._lines[position]
        is_same = line.kind is kind or line.text.endswith(":")
        return self._blank[position] or (is_same and self._ours.is_one(line.text))

    def _introduced_quotes(self) -> None:
        """Drops the lines that introduce quoted ones."""
        for position, line in enumerate(self._lines):
            begins_quote = line.kind in (Kind.QUOTED, Kind.ASIDE) and (
                position == 0 or self._lines[position - 1].kind is not line.kind
            )
            is_quote = line.kind is Kind.QUOTED
            if begins_quote and self._drop_introduction(position, above_quote=is_quote):
                at = position
                while at < len(self._lines) and self._lines[at].kind is line.kind:
                    self._drop[at] = True
                    at += 1

    def _drop_introduction(self, quote: int, *, above_quote: bool) -> bool:
        """Drops the lines that introduce the quote that begins here; whether there are any."""
        last = self._headings.above(quote)
        if last < 0:
            return False
        introduction = self._headings.introduction(last, above_quote=above_quote)
        if introduction is None:
            return False
        begins, self._shared[begins] = introduction
        title = self._headings.above(begins)
        if title >= 0 and is_original(self._lines[title].text) and not introduction[1]:
            begins = title
        for at in range(begins, quote):
            self._drop[at] = self._introducing[at] = True
        return True

    def _drop_lines_above(self, ours: int) -> None:
        """Drops headers above our mail, or a lone line such as `Sam, 3/4:`."""
        last = first = self._headings.above(ours)
        while first >= 0 and last - first < HEADER_LINES and not self._drop[first]:
            if self._headings.label(first) is None:
                break
            first -= 1
        begins = self._headings.sender(first + 1, last + 1)
        if begins is not None and begins < last:
            for at in range(begins, last + 1):
                self._drop[at] = self._introducing[at] = True
        elif last >= 0 and not self._drop[last] and (last == 0 or self._blank[last - 1]):
            self._drop[last] = is_short_introduction(self._lines[last].text)

    def _headed(self) -> None:
        """Cuts the mail where unquoted history begins: below headers or an introduction."""
        position = 0
        while position < len(self._lines):
            if self._drop[position] or self._blank[position]:
                position += 1
                continue
            if self._headings.is_forward(position):
                # The words of a third person may be the answer.
                for at in range(position, len(self._drop)):
                    self._drop[at] = self._known[at] or not _WORDS.search(self._lines[at].text)
                return
            found = self._headings.found(position)
            if found is None:
                position += 1
                continue
            begins, ends, words = found
            self._introducing[begins:ends] = [True] * (ends - begins)
            if words or self._is_said_above(begins):
                self._shared[begins] = words
                self._cut(begins)
                return
            # The lead has said nothing yet, so the lines that follow may be the answer.
            position = ends

    def _written_into(self) -> None:
        """Keeps lines between ours: people write answers into the quote."""
        between: list[int] = []
        is_below_ours = False
        for at, known in enumerate(self._known):
            if self._blank[at]:
                continue
            if not known:
                between.append(at)
                continue
            if is_below_ours and self._may_answer(between):
                for each in between:
                    self._drop[each] = False
            between.clear()
            is_below_ours = True

    def _may_answer(self, between: Sequence[int]) -> bool:
        """Whether these lines neither belong to our mail nor begin an earlier one."""
        texts = [self._lines[at].text for at in between]
        labels = [at for at in between if self._headings.label(at) is not None]
        return (
            len(between) <= ANSWER_LINES
            and len(labels) < 2
            and all(self._shares[at] < ANSWER_SHARE for at in between)
            and not any(QUOTED.match(text) or "://" in text for text in texts)
            and not any(self._ours.is_one(text) or may_introduce(text) for text in texts)
        )

    def _first_mark(self) -> int:
        """The first line with a sign of history, or the end."""
        marks = (Kind.QUOTED, Kind.APPENDED)
        found = (
            at for at, line in enumerate(self._lines) if self._introducing[at] or line.kind in marks
        )
        return next(found, len(self._lines))

    def _said_in_our_words(self) -> None:
        """Keeps a few words of ours above the first sign of history if our mail follows below."""
        mark = self._first_mark()
        repeated = [at for at in range(mark) if self._known[at]]
        if len(repeated) <= REPEATED_LINES and any(self._known[mark:]):
            for at in repeated:
                self._drop[at] = False
