"""Turns the HTML of a mail into lines, each with what its markup says about it. Pure.

It reads every character once. Parsers that repair markup, such as libxml2's, need quadratic time
for some inputs.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from bot.sendkit.mail.lines import LOOKED_AT, TITLED, Kind, Line, introduces, is_forward, word_set

# Of longer HTML, the beginning is read. A comment or a style counts as one token.
HTML_LIMIT: Final = 1_000_000
TOKENS: Final = 2_000
OUT_LIMIT: Final = 16_000
# The limit for one tag, and for all tags together.
ATTRIBUTES_LIMIT: Final = 1_000
ALL_ATTRIBUTES_LIMIT: Final = 100_000
LINK_LIMIT: Final = 100

_BREAKS: Final = word_set(
    "address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol optgroup"
    " option p pre section summary table tbody tfoot thead tr ul"
)
_EMPTY: Final = word_set("area base br col embed hr img input link meta param source track wbr")
_RAW: Final = word_set("script style title template noframes noembed iframe svg xmp")
_INLINE: Final = word_set(
    "a abbr acronym audio b bdi bdo big body button canvas caption cite code colgroup data datalist"
    " del dfn em font head html i ins kbd label map mark math meter nobr noscript object output"
    " picture progress q rp rt ruby s samp select small span strike strong sub sup td textarea th"
    " time tt u var video includetail"
)
_KNOWN: Final = _BREAKS | _EMPTY | _RAW | _INLINE
# One of these ends the one before it, which is often left open.
_ENDING: Final = frozenset(["p", "li", "td", "th", "tr", "dd", "dt"])

_NAME: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+(?::[a-zA-Z]\w*+)?+)(?=[\s/>])")
_QUOTE_OR_END: Final = re.compile(r"""=\s*+(["'])|>""")
_ATTRIBUTE: Final = re.compile(
    r"""(?<![\w-])(class|id|style|href|type|alt|name|data-marker|hidden)"""
    r"""(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))|(?![\w=-]))""",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"[^\S\xa0]+")
_REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ENDS_HTML: Final = re.compile(
    r"<(?:br\s*/?|/(?:p|div|span|b|i|u|strong|em|a|table|ul|ol|li|font|html|body|h[1-6]))>"
    r"|<br\s[^<>]{0,200}>",
    re.IGNORECASE,
)
_BEGINS_HTML: Final = re.compile(
    r"\A\s*+<(?:!--|(?:!doctype|html|head|meta|style|body|div|p|table|span|br)(?=[\s/>]))",
    re.IGNORECASE,
)

_WRAPPED: Final = re.compile(r"[?&](?:url|u|q|a|target|link|redirect)=(https?(?::|%3[aA])[^&\s]++)")

_GONE: Final = re.compile(
    r"display:none|visibility:hidden|max-height:0(?![.\d]*[1-9])|opacity:0(?![.\d]*[1-9])"
    r"|mso-hide:all"
)
_FONT_SIZE: Final = re.compile(r"font-size:([\d.]{1,9})")
_RULED: Final = re.compile(r"border-top:(?!none|0)|border:none;border-top:")
# Elements around a client's quote, around the line that introduces it, and before appended history.
_AROUND: Final = re.compile(
    r"gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-forward-container"
    r"|mail-editor-reference-message|ms-outlook-mobile-reference|olk_src_body|__quoted_text__"
    r"|mail_quote|bloop_quote|^quote$"
)
_INTRODUCING: Final = re.compile(r"gmail_attr|moz-cite-prefix|reply-intro|__headers__|adl_quote")
_APPENDED: Final = re.compile(r"divrplyfwdmsg|appendonsend|stopspelling|replyseparator")
_CITING: Final = re.compile(r"gmail_quote|protonmail_quote|tutanota_quote|yahoo|cite|mori")


def looks_like_html(text: str) -> bool:
    """Whether a plain-text field holds HTML, as for mails written in SendKit."""
    return _BEGINS_HTML.match(text) is not None or _ENDS_HTML.search(text) is not None


def decoded(text: str) -> str:
    """The text with complete references such as `&amp;` replaced by their characters."""
    return _REFERENCE.sub(lambda found: html.unescape(found.group()), text)


@dataclass(slots=True)
class _Element:
    name: str
    hides: bool
    small: bool
    kind: Kind | None
    around: bool
    link: str
    begins: int


def lines(markup: str, tokens: int = TOKENS) -> list[Line]:
    """The lines of the HTML in order, from its first `tokens` tokens."""
    reader = _Reader()
    for position, (name, closes, rest) in enumerate(_tokens(markup[:HTML_LIMIT])):
        if position >= tokens or reader.length >= OUT_LIMIT:
            break
        if not name:
            reader.text(rest)
        elif closes:
            reader.close(name)
        else:
            reader.open(name, rest)
    return reader.end()


def _tokens(markup: str) -> Iterator[tuple[str, bool, str]]:
    """Tags as (name, whether it closes, attributes), and texts as ("", False, text)."""
    position = 0
    while position < len(markup):
        start = markup.find("<", position)
        if start != position:
            yield "", False, markup[position : start if start >= 0 else None]
        if start < 0:
            return
        tag = _NAME.match(markup, start)
        name = tag.group(2).lower() if tag else ""
        if tag and (name in _KNOWN or ":" in name):
            end = _end_of_tag(markup, tag.end())
            if name in _RAW and not tag.group(1):
                closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, end)
                position = closing.start() if closing else len(markup)
                yield "", False, ""
            else:
                yield name, bool(tag.group(1)), markup[tag.end() : end][:ATTRIBUTES_LIMIT]
                position = end + 1
        elif markup.startswith(("<!", "<?"), start):
            mark = "-->" if markup.startswith("<!--", start) else ">"
            end = markup.find(mark, start + 2)
            position = end + len(mark) if end >= 0 else len(markup)
            yield "", False, ""
        else:
            yield "", False, "<"
            position = start + 1


def _end_of_tag(markup: str, start: int) -> int:
    """The position of the tag's `>`. A quote that is never closed does not count as one."""
    position = start
    while found := _QUOTE_OR_END.search(markup, position):
        quote = found.group(1)
        if quote is None:
            return found.start()
        # A failed search reads to the end of the text: at most once for each kind of quote.
        closing = markup.find(quote, found.end())
        position = closing + 1 if closing >= 0 else found.end()
    return len(markup)


class _Reader:
    def __init__(self) -> None:
        self.length = 0
        self._attributes_read = 0
        self._lines: list[Line] = []
        self._pieces: list[str] = []
        self._stack: list[_Element] = []
        self._names: Counter[str] = Counter()
        self._kinds: list[Kind] = []
        self._hiding = 0
        self._preformatted = 0
        self._around = 0
        self._ended = False
        self._small = [False]
        self._link_text: list[str] | None = None

    def text(self, raw: str) -> None:
        if self._hiding or self._small[-1]:
            return
        raw = raw[: OUT_LIMIT - self.length]
        said = decoded(raw)
        # A reference has many characters for one.
        self.length += max(len(said), len(raw) // 2)
        if self._preformatted:
            for position, line in enumerate(said.split("\n")):
                if position:
                    self._end_line()
                self._pieces.append(line)
            return
        self._pieces.append(_SPACES.sub(" ", said))
        if self._link_text is not None:
            self._link_text.append(said)

    def open(self, name: str, rest: str) -> None:
        if name in _ENDING and self._stack and self._stack[-1].name == name:
            self._pop()
        if name == "br":
            self._end_line()
        elif name in _BREAKS:
            self._break()
        self._attributes_read += len(rest)
        attributes = _attributes(rest) if self._attributes_read < ALL_ATTRIBUTES_LIMIT else {}
        style = _SPACES.sub("", attributes.get("style", "")).lower()
        called = " ".join(attributes.get(each, "") for each in ("class", "id", "data-marker"))
        called = f"{called} {attributes.get('name', '') if name == 'div' else ''}".strip().lower()
        if name == "hr" or (style and name in ("div", "td") and _RULED.search(style)):
            self._add(Line("", Kind.RULE))
        if called and _APPENDED.search(called) and not self._ended:
            self._add(Line("", Kind.APPENDED))
            self._ended = True
        if name == "img":
            self._image(attributes)
        if name in _EMPTY:
            return
        self._push(name, attributes, style, called)

    def _push(self, name: str, attributes: dict[str, str], style: str, called: str) -> None:
        kind = None
        if name == "blockquote":
            cites = attributes.get("type", "").lower() == "cite" or _CITING.search(called)
            kind = Kind.QUOTED if cites or self._around else Kind.ASIDE
        elif called and _INTRODUCING.search(called):
            kind = Kind.INTRODUCTION
        around = name != "blockquote" and bool(called) and _AROUND.search(called) is not None
        size = _FONT_SIZE.search(style)
        small = not size.group(1).strip("0.") if size else self._small[-1]
        hides = "hidden" in attributes or bool(style and _GONE.search(style))
        link = attributes.get("href", "") if name == "a" else ""
        if around or kind is not None:
            self._break()
        element = _Element(name, hides, small, kind, around, link, len(self._lines))
        self._stack.append(element)
        self._names[name] += 1
        self._hiding += hides
        self._small.append(small)
        self._preformatted += name == "pre"
        self._around += around
        if kind is not None:
            self._kinds.append(kind)
        if name == "a":
            self._link_text = []

    def close(self, name: str) -> None:
        if name == "p" and not self._names[name]:
            self._break()
        if not self._names[name]:
            return
        while self._pop() != name:
            pass

    def _pop(self) -> str:
        element = self._stack.pop()
        if element.link and self._link_text is not None and not self._hiding:
            self._pieces.append(_destination(element.link, "".join(self._link_text)))
        if element.name == "a":
            self._link_text = None
        if element.name in _BREAKS or element.kind is not None or element.around:
            self._break()
        if element.name == "p":
            self._add(Line("", self._kind()))
        elif element.name in ("td", "th"):
            self._pieces.append(" ")
        self._names[element.name] -= 1
        self._hiding -= element.hides
        self._small.pop()
        self._preformatted -= element.name == "pre"
        if element.kind is not None:
            self._kinds.pop()
        if element.name == "blockquote" and not self._kinds:
            self._reread(element.begins)
        self._around -= element.around
        if element.around and not self._around:
            self._settle(element.begins)
        return element.name

    def end(self) -> list[Line]:
        while self._stack:
            self._pop()
        self._break()
        return self._lines

    def _image(self, attributes: dict[str, str]) -> None:
        """Adds the emoji that a mail client drew as an image."""
        alternative = decoded(attributes.get("alt", "")[:40])
        if not self._hiding and 0 < len(alternative) <= 12 and not alternative.isascii():
            self._pieces.append(alternative)

    def _kind(self) -> Kind:
        return self._kinds[-1] if self._kinds else Kind.SAID

    def _add(self, line: Line) -> None:
        if line.text or not self._lines or self._lines[-1] != line:
            self._lines.append(line)

    def _end_line(self) -> None:
        """Ends a line, even an empty one."""
        if any(map(str.strip, self._pieces)):
            self._break()
        else:
            self._pieces.clear()
            self._add(Line("", self._kind()))

    def _break(self) -> None:
        if self._pieces:
            text = "".join(self._pieces)
            self._pieces.clear()
            if text.strip():
                self._lines.append(Line(text.strip(), self._kind()))
            elif "\xa0" in text:
                self._add(Line("", self._kind()))

    def _reread(self, begins: int) -> None:
        """Corrects the kind of lines by their first words, which may say that they are forwarded or
        quoted."""
        quoted = self._lines[begins:]
        first = next((line.text for line in quoted if line.text), "")[:LOOKED_AT]
        if is_forward(first) and (first.endswith((":", "：")) or TITLED.match(first)):
            self._lines[begins:] = [line._replace(kind=Kind.SAID) for line in quoted]
        elif introduces(first, above_quote=False):
            self._lines[begins:] = [line._replace(kind=Kind.QUOTED) for line in quoted]

    def _settle(self, begins: int) -> None:
        """Decides what an element around a quote holds: the lines before the quote introduce it.
        Without a quote inside, all its lines are quoted."""
        inside = self._lines[begins:]
        first = next((at for at, line in enumerate(inside) if line.kind is Kind.QUOTED), None)
        said = [line for line in inside if line.text]
        if first is None and said and is_forward(said[0].text):
            return
        kind = Kind.QUOTED if first is None else Kind.INTRODUCTION
        for at, line in enumerate(inside[:first]):
            self._lines[begins + at] = Line(line.text, kind)


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(rest):
        found.setdefault(name.lower(), double or single or bare)
    return found


def _destination(link: str, text: str) -> str:
    """The target of a link, unless its text already shows it."""
    address = decoded(link).strip()
    said = text.strip().casefold()
    for scheme in ("mailto:", "tel:"):
        if address.lower().startswith(scheme):
            address = address[len(scheme) :].partition("?")[0]
            return "" if not address or address.casefold() in said else f" ({address[:LINK_LIMIT]})"
    if not address.lower().startswith(("http://", "https://")):
        return ""
    bare = shortened(address)
    known = bare.casefold().removeprefix("https://").removeprefix("http://").rstrip("/")
    if not said or known.removeprefix("www.") in said:
        return ""
    return f" ({bare})"


def shortened(address: str) -> str:
    """A web address that fits into a card. The prefix of a mail filter is removed."""
    wrapped = _WRAPPED.search(address[:ATTRIBUTES_LIMIT])
    if wrapped:
        address = unquote(wrapped.group(1))
    return address if len(address) <= LINK_LIMIT else address[: LINK_LIMIT - 1] + "…"
