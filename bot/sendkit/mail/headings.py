"""Finds the lines above earlier mails: introductions, headers and titles. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.sendkit.mail.lines import (
    LABEL,
    LOOKED_AT,
    RULE,
    TITLED,
    Kind,
    Line,
    are_headers,
    beginning,
    has_day,
    headers_begin,
    introduces,
    is_complete,
    is_continued,
    is_forward,
    is_original,
    may_be_wrapped,
    may_introduce,
    names_sender,
)

# An introduction has at most this many lines. Headers may have as many, and wrapped lines besides.
INTRODUCTION_LINES: Final = 4
HEADER_LINES: Final = 14
TITLE_LIMIT: Final = 60
# How many characters are searched for introductions. Few mails have ten lines that end like one.
INTRODUCTIONS_LIMIT: Final = 6_000


class Headings:
    """`blank` and `dropped` hold one flag for each line. The caller updates `dropped`."""

    def __init__(
        self, lines: Sequence[Line], blank: Sequence[bool], dropped: Sequence[bool]
    ) -> None:
        self._lines = lines
        self._blank = blank
        self._drop = dropped
        self._no_headers_before = 0
        self._unread = INTRODUCTIONS_LIMIT

    def above(self, position: int) -> int:
        """The nearest line above that is not blank; -1: none."""
        position -= 1
        while position >= 0 and self._blank[position]:
            position -= 1
        return position

    def found(self, position: int) -> tuple[int, int, str] | None:
        """The first and last line of headers or an introduction that begin or end in this line, and
        the words before them in their first line."""
        headers = self.headers(position)
        if headers is not None:
            return self._with_title(headers[0]), headers[1], ""
        if is_original(self._lines[position].text):
            return position, position + 1, ""
        introduction = self.introduction(position, above_quote=False)
        return None if introduction is None else (introduction[0], position + 1, introduction[1])

    def introduction(self, last: int, *, above_quote: bool) -> tuple[int, str] | None:
        """The first line of the introduction that ends in this line, and the words before it there.
        It takes as few lines as make an introduction."""
        if last < 0 or self._lines[last].kind is Kind.QUOTED:
            return None
        joined = self._lines[last].text.strip()[-LOOKED_AT:]
        if not may_introduce(joined):
            return None
        first, found, lacks_name = last, None, False
        while self._unread > 0:
            self._unread -= len(joined)
            belongs = first == last or is_continued(joined, self._lines[last].text.strip())
            if belongs and introduces(joined, above_quote=above_quote):
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
        # A paragraph is too long for an introduction.
        return (first, "") if len(text) <= LOOKED_AT else None

    def headers(self, begins: int) -> tuple[int, int] | None:
        """The first and last of the headers that begin here, all of them lines that look like
        headers. A part of such a group does not count."""
        if begins < self._no_headers_before:
            return None
        labels: list[str] = []
        values: list[str] = []
        lines: list[int] = []
        at = begins
        while at < len(self._lines) and not self._drop[at] and len(labels) < HEADER_LINES:
            label = self.label(at)
            if label is not None:
                labels.append(label[0])
                values.append(label[1])
                lines.append(at)
            elif not labels or not self._goes_on(at):
                break
            else:
                values[-1] += f" {self._lines[at].text[:LOOKED_AT]}"
            at += 1
        self._no_headers_before = at
        above = self.above(begins)
        if above >= 0 and self.is_title(above):
            return (begins, at) if are_headers(labels, values, titled=True) else None
        first = headers_begin(labels, values)
        if not are_headers(labels[first:], values[first:], titled=False):
            return None
        return lines[first], at

    def sender(self, begins: int, ends: int) -> int | None:
        """The line in which headers begin that name a sender, among lines that look like
        headers."""
        found = [label for at in range(begins, ends) if (label := self.label(at)) is not None]
        labels, values = [name for name, _ in found], [value for _, value in found]
        first = headers_begin(labels, values)
        return begins + first if names_sender(labels[first:], values[first:]) else None

    def _with_title(self, begins: int) -> int:
        """The line of the rule or title above headers, such as `-----Original Message-----`."""
        above = self.above(begins)
        while above >= 0 and not self._drop[above] and self.is_title(above):
            begins, above = above, self.above(above)
        return begins

    def is_forward(self, position: int) -> bool:
        """Whether a title, or a line above quoted headers, announces a forwarded mail."""
        text = self._lines[position].text.strip()
        if not is_forward(text):
            return False
        below = position + 1
        while below < len(self._blank) and self._blank[below]:
            below += 1
        is_announced = len(text) < TITLE_LIMIT and text.endswith((":", "："))
        return self.is_title(position) or (is_announced and self.label(below) is not None)

    def is_title(self, position: int) -> bool:
        line = self._lines[position]
        text = line.text[:LOOKED_AT]
        if line.kind in (Kind.RULE, Kind.APPENDED) or RULE.match(text):
            return True
        return TITLED.match(text) is not None

    def label(self, at: int) -> tuple[str, str] | None:
        if at >= len(self._lines):
            return None
        found = LABEL.match(self._lines[at].text[:LOOKED_AT])
        if found is None or len(found.group(1).split()) > 4 or found.group(2).startswith("//"):
            return None
        return found.group(1).strip(" *_").casefold(), found.group(2)

    def _goes_on(self, at: int) -> bool:
        """Whether a line without a label continues the header above it, or separates two
        headers."""
        text = self._lines[at].text[:LOOKED_AT]
        if self._blank[at] or not text.startswith((" ", "\t", "<", "[")):
            return self.label(at + 1) is not None and self.label(at - 1) is not None
        return self.label(at - 1) is not None
