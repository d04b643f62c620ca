"""What a lead wrote last, out of a mail: no markup, no quoted history, nothing invisible. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import quotequail
from lxml import etree, html

# A card shows less. The bound keeps a hostile mail from costing time: finding quoted history takes
# time with the square of its lines, some tenths of a second at this length.
MAIL_LIMIT = 4_000
MARKUP_LIMIT = 40_000
KEPT = 2_000

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("dd", "dl", "dt", "li", "ol", "table", "tr", "ul")
_PARTS = ("address", "article", "center", "div", "footer", "header", "section")
_BLOCKS = ("blockquote", "br", "hr", "p", "pre", *_HEADINGS, *_LISTS, *_PARTS)
_HIDDEN = ("script", "style", "head", "title", "template")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\u0085\x0b\x0c]")
_GAPS = re.compile(r"\n[ \t\u00a0]*(?:\n[ \t\u00a0]*)+")
_BLANKS = re.compile(r"\s+")
# Mail clients break the line that introduces a quote before or within its address.
_REST_OF_ADDRESS = re.compile(r"<|[^<]*>")


def newest_words(text: str, markup: str = "") -> str:
    """The lead's newest words, at most KEPT characters; `markup` serves where there is no text."""
    return _newest_words(text[:MAIL_LIMIT], markup[:MARKUP_LIMIT])


# A conversation is read before each decision on it and at each look: a tenth of a decision's time
# went into the mail that had not changed.
@lru_cache(maxsize=128)
def _newest_words(text: str, markup: str) -> str:
    mail = visible(_LINE_ENDS.sub("\n", text)) or plain(markup)[:MAIL_LIMIT]
    words = _without_history(mail)
    return words[: KEPT - 1].rstrip() + "…" if len(words) > KEPT else words


def plain(markup: str) -> str:
    """The text of a piece of HTML, a line for each block; what is quoted begins with `>`."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(visible(markup[:MARKUP_LIMIT]).encode(), parser=parser)
    except etree.LxmlError:  # there is nothing in it
        return ""
    for element in list(tree.iter(*_HIDDEN)):
        element.drop_tree()
    return visible("\n".join(line.strip() for line in "".join(_pieces(tree)).split("\n")))


def looks_like_markup(text: str) -> bool:
    """Whether a field that should be plain text holds HTML, as mails written in SendKit do."""
    return (
        re.match(
            r"\s*<(?:!--|(?:!doctype|html|head|meta|style|body|div|p|table|span|br)(?=[\s/>]))",
            text,
            re.IGNORECASE,
        )
        is not None
    )


def visible(text: str) -> str:
    """The text without control and direction-override characters, which disguise what it says.

    Joiners stay: several alphabets and emoji need them.
    """
    return _GAPS.sub("\n\n", "".join(filter(_is_seen, text))).strip()


def _is_seen(character: str) -> bool:
    # Unassigned characters stay: some are emoji that are newer than this Python.
    return character in "\n\t\u200c\u200d" or (
        unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
        and ord(character) & 0xFFFE != 0xFFFE
    )


def _pieces(tree: html.HtmlElement) -> Iterator[str]:
    """The text of the tree in its order, with line ends."""
    quotes = preformatted = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        begins = event == "start"
        quotes += (1 if begins else -1) * (element.tag == "blockquote")
        preformatted += (1 if begins else -1) * (element.tag == "pre")
        text = (element.text if begins else element.tail) or ""
        line = "\n" + "> " * quotes
        # A paragraph has a gap behind it; other blocks only end the line.
        if element.tag in _BLOCKS and (
            begins or element.tag == "p" or (element.tag != "br" and text.strip())
        ):
            yield line
        if element.tag in ("td", "th") and not begins:
            yield " "
        yield text.replace("\n", line) if preformatted else _BLANKS.sub(" ", text)


def _without_history(mail: str) -> str:
    parts = quotequail.unwrap(mail) or {}
    top, below = parts.get("text_top", ""), parts.get("text_bottom", "")
    if parts.get("type") == "quote":
        top = _without_introduction(top.split("\n"))
    # Whoever answers below or between the quoted lines has their say there.
    answers = "\n".join(line for line in below.split("\n") if not line.startswith(">"))
    said = "\n\n".join(part for part in (top, answers.strip()) if part)
    return said or _without_trailing_quote(mail)


def _without_trailing_quote(mail: str) -> str:
    """Cuts lines of `>` at the end and the line that introduces them, in any language."""
    lines = mail.rstrip().split("\n")
    end = len(lines)
    while end and (lines[end - 1].startswith(">") or not lines[end - 1].strip()):
        end -= 1
    if end == len(lines):
        return mail
    return _without_introduction(lines[:end]) or mail


def _without_introduction(lines: Sequence[str]) -> str:
    """Without the last line where that introduces a quote: it ends with a colon."""
    kept = list(lines)
    if kept and kept[-1].rstrip().endswith((":", "：")):
        wrapped = _REST_OF_ADDRESS.match(kept[-1])
        del kept[-2 if wrapped else -1 :]
    return "\n".join(kept).strip()
