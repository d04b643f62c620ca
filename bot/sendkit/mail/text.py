"""Finds a lead's newest words in a mail, without markup, quoted history and invisible characters.
Pure, in linear time: a long mail is cut first."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.sendkit.mail import history, html_reader
from bot.sendkit.mail.lines import Kind, Line
from bot.sendkit.mail.ours import OURS_LIMIT
from bot.text import cut, visible

# A card shows less. Of a longer mail the end is read too, since the answer may stand below a long
# quote.
FIRST_LIMIT: Final = 16_000
LAST_LIMIT: Final = 5_000
MAIL_LIMIT: Final = FIRST_LIMIT + LAST_LIMIT
# For a mail that somebody wants to read in full.
WHOLE_LIMIT: Final = 100_000
KEPT: Final = 2_000
QUESTION_LIMIT: Final = 200
# How many characters of our mail are searched for a question.
ASKED_LIMIT: Final = 8_000
# A shorter line is a greeting or a name.
SHORTEST_LINE: Final = 20
# Limits for our mails: characters of all together, and HTML tokens of each.
SENT_LIMIT: Final = 2 * OURS_LIMIT
SENT_TOKENS: Final = 400

_LINE_ENDS: Final = re.compile(r"\r\n?|[\u2028\u2029\u0085\x0b\x0c]")
_LINK: Final = re.compile(r"https?://[^\s<>\"]{101,}")
# Outlook writes this in plain text in place of an image.
_IMAGE: Final = re.compile(r"\[cid:[^\]\s]{1,200}\]")
_CALENDAR: Final = re.compile(r"BEGIN:VCALENDAR.*?(?:END:VCALENDAR|\Z)", re.DOTALL | re.IGNORECASE)
_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?…])\s+")
_FOLDED: Final = re.compile(r"\n[ \t]")
_STARTS: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def newest_words(text: str, markup: str = "", ours: Sequence[str] = ()) -> str:
    """The lead's newest words, at most KEPT characters. `markup` is read if there is no text.

    `ours`: the texts of the mails that the reply may repeat.
    """
    if html_reader.looks_like_html(text[:FIRST_LIMIT]):
        text, markup = "", text
    if len(text) > MAIL_LIMIT:
        end = text[-LAST_LIMIT:]
        whole_lines = end.partition("\n")[2] or end
        text = f"{text[:FIRST_LIMIT]}\n{whole_lines}"
    mail = visible(_IMAGE.sub("", _LINE_ENDS.sub("\n", html_reader.decoded(text))))
    plain_lines = history.parsed(_without_calendar(mail)) if mail else ()
    lines = plain_lines or _seen(history.ends(html_reader.lines(markup)))
    words = visible(history.newest(lines, ours)[: 2 * KEPT])
    return cut(_LINK.sub(lambda found: html_reader.shortened(found.group()), words), KEPT)


def attached(words: str, names: Sequence[str]) -> str:
    """The words and the names of attached files, at most KEPT characters."""
    if not names:
        return words
    files = cut(files_named(names), KEPT // 4)
    return f"{cut(words, KEPT - len(files) - 2)}\n\n{files}".strip()


def files_named(names: Sequence[str]) -> str:
    """A line with the names of attached files; empty if there are none."""
    return f"Attached: {', '.join(names)}" if names else ""


def plain(markup: str, tokens: int = html_reader.TOKENS) -> str:
    """The text of a piece of HTML, a line for each block. Quoted lines begin with `>`."""
    quoted = (Kind.QUOTED, Kind.ASIDE)
    return visible(
        "\n".join(
            f"> {line.text}" if line.kind in quoted and line.text else line.text
            for line in html_reader.lines(markup, tokens)
        )
    )


def whole_text(text: str, markup: str = "", limit: int = MAIL_LIMIT) -> str:
    """The whole text of a mail with its quoted history, at most `limit` characters."""
    if not text or html_reader.looks_like_html(text[:FIRST_LIMIT]):
        return cut(plain(text or markup), limit)
    return visible(_LINE_ENDS.sub("\n", html_reader.decoded(cut(text, limit))))


def sent_texts(contents: Iterable[str]) -> list[str]:
    """The mails that we sent, the newest first, as texts to compare with."""
    texts: list[str] = []
    room = SENT_LIMIT
    for content in contents:
        is_html = html_reader.looks_like_html(content[:room])
        texts.append(plain(content[:room], SENT_TOKENS) if is_html else visible(content[:room]))
        room -= min(room, len(content))
    return texts


def question(mail: str) -> str:
    """The question of our mail: its last question, otherwise its first whole line. At most
    QUESTION_LIMIT characters."""
    lines = [" ".join(line.split()) for line in mail[:ASKED_LIMIT].split("\n")]
    written = [line for line in lines if not line.startswith(">")]
    asked = (each for line in reversed(written) for each in reversed(_SENTENCE_ENDS.split(line)))
    found = next((each for each in asked if each.endswith("?")), "")
    return cut(
        found or next((line for line in written if len(line) >= SHORTEST_LINE), ""), QUESTION_LIMIT
    )


def _seen(lines: Sequence[Line]) -> list[Line]:
    return [Line(visible(line.text), line.kind) for line in lines]


def _without_calendar(mail: str) -> str:
    """The mail with each calendar file replaced by a line."""
    return _CALENDAR.sub(lambda found: _told(found.group()), mail)


def _told(calendar: str) -> str:
    fields: dict[str, str] = {}
    for line in _FOLDED.sub("", calendar).split("\n", 500):
        name, _, value = line.partition(":")
        fields.setdefault(name.partition(";")[0].upper(), value.strip())
    summary = fields.get("SUMMARY", "").replace("\\,", ",").replace("\\n", " ")
    at = _STARTS.match(fields.get("DTSTART", ""))
    when = ""
    if at:
        year, month, day, hour, minute, utc = at.groups()
        when = f"{year}-{month}-{day}" + (f" {hour}:{minute}" if hour else "") + " UTC" * bool(utc)
    said = ", ".join(part for part in (summary, when, fields.get("LOCATION", "")) if part)
    return said or "An invitation to a calendar."
