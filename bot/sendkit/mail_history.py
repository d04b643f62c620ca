"""What of a mail's lines is its own, and what repeats earlier mails. Pure, and in linear time.

It goes by no language first: by the mails that we sent, by quote marks, by the shape of headers
and of the lines that introduce a quote. Words of some languages only confirm what the shape leaves
open. When in doubt a line is kept.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from bot.sendkit.mail_lines import (
    LABEL,
    LOOKED_AT,
    MARKS,
    OPEN_LINK,
    QUOTED,
    RULE,
    STOPS,
    TITLED,
    Kind,
    Line,
    are_headers,
    beginning,
    has_day,
    introduces,
    is_complete,
    is_forward,
    is_original,
    is_short_introduction,
    may_be_wrapped,
    may_introduce,
)
from bot.sendkit.mail_ours import Ours
from bot.sendkit.mail_signature import folded

# Of more lines, the first and the last: answers stand above or below what is quoted.
FIRST_LINES: Final = 1_200
LAST_LINES: Final = 300
# An introduction has at most this many lines, and headers as many besides those that are wrapped.
INTRODUCTION_LINES: Final = 4
HEADER_LINES: Final = 14
LONG_LINE: Final = 56
# Of so few lines with a `>` nobody knows that they are a quote.
OWN_QUOTES: Final = 2
# Characters that are looked through for introductions. Few mails have ten lines that end like one.
INTRODUCTIONS_LIMIT: Final = 20_000

T = TypeVar("T")


def parsed(text: str) -> list[Line]:
    """The lines of a plain text; quoted ones keep their mark."""
    lines: list[Line] = []
    unclosed = 0
    for line in _ends(text.split("\n")):
        # The `>` of an address that was wrapped is no quote mark.
        is_quoted = QUOTED.match(line) is not None and not (
            unclosed and len(line) < LONG_LINE and line.endswith((":", "："))
        )
        lines.append(Line(line, Kind.QUOTED if is_quoted else Kind.SAID))
        if line:
            unclosed = 2 if line.rfind("<") > line.rfind(">") else max(unclosed - 1, 0)
    return lines


def _ends(lines: Sequence[T]) -> Sequence[T]:
    """The first lines and the last, of many."""
    if len(lines) <= FIRST_LINES + LAST_LINES:
        return lines
    return [*lines[:FIRST_LINES], *lines[-LAST_LINES:]]


def newest(lines: Sequence[Line], ours: Sequence[str] = ()) -> str:
    """The text of the lines that are the mail's own; all, where none seems to be.

    `ours` are the texts of mails that we sent, without markup.
    """
    lines = _ends(lines)
    kept = _History(lines, Ours(ours)).kept()
    # Few words with a colon behind them mean what they stood above.
    is_opening = kept.endswith((":", "：")) and "\n" not in kept and len(kept) < LONG_LINE
    return _shown(lines) if not kept or is_opening else kept


def _shown(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines).strip()


class _History:
    def __init__(self, lines: Sequence[Line], ours: Ours) -> None:
        self._lines = lines
        self._ours = ours
        self._drop = [False] * len(lines)
        # Of lines that an introduction shares with other words, these words.
        self._shared: dict[int, str] = {}
        self._blank = [not line.text.strip() and line.kind not in MARKS for line in lines]
        self._first_said = 0
        self._no_headers_before = 0
        self._unread = INTRODUCTIONS_LIMIT
        self._known = ours.repeated([line.text for line in lines]) if ours else self._drop.copy()
        self._wrapped_quotes()
        self._marked()
        self._repeated()
        self._introduced_quotes()
        self._headed()

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
        """Whether so little is quoted, with nothing about it that tells of a mail, that a `>` may
        mean something else."""
        quoted = [at for at, line in enumerate(self._lines) if line.kind is Kind.QUOTED]
        return (
            0 < len(quoted) <= OWN_QUOTES
            and quoted[-1] - quoted[0] < OWN_QUOTES
            and not any(self._known[at] for at in quoted)
            and self._starts_with_mark(quoted[0])
            and self._introduction(self._above(quoted[0]), above_quote=True) is None
        )

    def _starts_with_mark(self, position: int) -> bool:
        """Whether the text has the quote mark, and no markup that tells it is a quote."""
        return QUOTED.match(self._lines[position].text) is not None

    def _marked(self) -> None:
        own = self._own_quotes()
        for position, line in enumerate(self._lines):
            if line.kind is Kind.INTRODUCTION or (line.kind is Kind.QUOTED and not own):
                self._drop[position] = True
            elif line.kind is Kind.APPENDED and self._is_said_above(position):
                self._cut(position)
                return

    def _repeated(self) -> None:
        """Drops what we sent, the short lines around it, and what introduces it."""
        if not self._ours:
            return
        known = self._known
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
                self._drop_introduction(begins, above_quote=True)
                self._drop_lines_above(begins)
            position = max(ends, position + 1)

    def _goes_with_it(self, position: int) -> bool:
        if self._drop[position]:
            return False
        return self._blank[position] or self._ours.is_one(self._lines[position].text)

    def _introduced_quotes(self) -> None:
        """Drops what introduces lines that are quoted."""
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
        """Drops what introduces the quote that begins here; whether there is such a thing."""
        last = self._above(quote)
        if last < 0:
            return False
        introduction = self._introduction(last, above_quote=above_quote)
        if introduction is None:
            return False
        begins, self._shared[begins] = introduction
        for at in range(begins, quote):
            self._drop[at] = True
        return True

    def _drop_lines_above(self, ours: int) -> None:
        """Drops headers above what we sent, or a line such as `Sam, 3/4:` that stands alone."""
        last = first = self._above(ours)
        while first >= 0 and last - first < HEADER_LINES and not self._drop[first]:
            if self._label(first) is None:
                break
            first -= 1
        if last - first >= 2:
            for at in range(first + 1, last + 1):
                self._drop[at] = True
        elif last >= 0 and not self._drop[last] and (last == 0 or self._blank[last - 1]):
            self._drop[last] = is_short_introduction(self._lines[last].text)

    def _introduction(self, last: int, *, above_quote: bool) -> tuple[int, str] | None:
        """The line in which the introduction that ends in this line begins, and the words before
        it in that line. It has as few lines as make one."""
        if last < 0 or self._lines[last].kind is Kind.QUOTED:
            return None
        joined = self._lines[last].text.strip()[-LOOKED_AT:]
        if not may_introduce(joined):
            return None
        first, found, lacks_name = last, None, False
        while self._unread > 0:
            self._unread -= len(joined)
            if introduces(joined, above_quote=above_quote):
                complete = is_complete(joined)
                if found is None or complete or (lacks_name and has_day(self._lines[first].text)):
                    found = first, joined
                if complete:
                    break
            lacks_name = joined.startswith("<") or " " not in joined
            above = first - 1
            if above > 0 and self._blank[above] and joined.startswith("<"):
                above -= 1
            if (
                above < 0
                or last - above > INTRODUCTION_LINES
                or self._lines[above].kind is not Kind.SAID
                or self._drop[above]
                or not may_be_wrapped(self._lines[above].text)
            ):
                break
            joined = f"{self._lines[above].text.strip()[-LOOKED_AT:]} {joined}"
            first = above
        return None if found is None else self._with_words_before(*found, above_quote=above_quote)

    def _with_words_before(
        self, first: int, joined: str, *, above_quote: bool
    ) -> tuple[int, str] | None:
        text = self._lines[first].text.strip()
        begins = beginning(joined, above_quote=above_quote)
        if begins:
            return first, text[: max(len(text) - LOOKED_AT, 0) + begins].rstrip(" -–—")
        # No introduction is as long as a paragraph.
        return (first, "") if len(text) <= LOOKED_AT else None

    def _headed(self) -> None:
        """Cuts the mail where unquoted history begins: below headers or an introduction."""
        position = 0
        while position < len(self._lines):
            if self._drop[position] or self._blank[position]:
                position += 1
                continue
            if is_forward(self._lines[position].text) and self._is_title(position):
                return  # What a third person wrote may be the answer.
            found = self._found_history(position)
            if found is None:
                position += 1
                continue
            begins, ends, words = found
            if words or self._is_said_above(begins):
                self._shared[begins] = words
                self._cut(begins)
                return
            # Nothing was said yet: what follows may be the answer, and these tell of what.
            position = ends

    def _found_history(self, position: int) -> tuple[int, int, str] | None:
        """From where to where headers or an introduction stand that begin in this line, or end;
        and the words before them in their first line."""
        headers = self._headers(position)
        if headers is not None:
            return self._with_title(position), headers, ""
        if is_original(self._lines[position].text):
            return position, position + 1, ""
        introduction = self._introduction(position, above_quote=False)
        return None if introduction is None else (introduction[0], position + 1, introduction[1])

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
        values: list[str] = []
        at = begins
        while at < len(self._lines) and not self._drop[at] and len(labels) < HEADER_LINES:
            label = self._label(at)
            if label is not None:
                labels.append(label[0])
                values.append(label[1])
            elif not labels or not self._goes_on(at):
                break
            else:
                values[-1] += f" {self._lines[at].text[:LOOKED_AT]}"
            at += 1
        self._no_headers_before = at
        above = self._above(begins)
        titled = above >= 0 and self._is_title(above)
        return at if are_headers(labels, values, titled=titled) else None

    def _label(self, at: int) -> tuple[str, str] | None:
        if at >= len(self._lines):
            return None
        found = LABEL.match(self._lines[at].text[:LOOKED_AT])
        if found is None or len(found.group(1).split()) > 4:
            return None
        return found.group(1).strip(" *_").casefold(), found.group(2)

    def _goes_on(self, at: int) -> bool:
        """Whether a line without a label belongs to the header above it, or parts two headers."""
        text = self._lines[at].text[:LOOKED_AT]
        if self._blank[at] or not text.startswith((" ", "\t", "<", "[")):
            return self._label(at + 1) is not None and self._label(at - 1) is not None
        return self._label(at - 1) is not None
