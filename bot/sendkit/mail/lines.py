"""Recognises lines of a mail: quotes, dates, addresses, headers, introductions. Pure.

Each function looks at no more than LOOKED_AT characters, and in linear time.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

# How much of a long line is looked at.
LOOKED_AT: Final = 300


class Kind(Enum):
    """The kind of a line by its markup or by a mark at its beginning."""

    SAID = auto()
    QUOTED = auto()
    # HTML sets it apart and does not say that it is a quote.
    ASIDE = auto()
    INTRODUCTION = auto()
    # A rule, or another sign that headers may follow.
    RULE = auto()
    # From here on the mail client appended earlier mails.
    APPENDED = auto()


MARKS: Final = frozenset([Kind.RULE, Kind.APPENDED])


class Line(NamedTuple):
    text: str
    kind: Kind = Kind.SAID


QUOTED: Final = re.compile(r"\s{0,3}(?:[>＞]|&gt;)")
# Marks that few clients set before a quote, such as `SS> `. Alone they prove nothing.
_RARE_MARKS: Final = re.compile(r"\A(?:\s?(?:[A-Z]{1,3}>|[|│┃])){1,9}")
ADDRESS: Final = re.compile(r"[^\s<>@:]@[^\s<>@.]+\.\w|mailto:", re.IGNORECASE)
TIME: Final = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时시]\s?\d{2}(?!\d)")
_YEAR: Final = re.compile(r"(?<![\d.])(?:19|20|25)\d\d(?!\d)")
_DAY: Final = re.compile(r"(?<!\d)\d{1,2}(?!\d)")
_NUMBERS: Final = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d\d){1,2}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)"
)
LABEL: Final = re.compile(
    r"[\s|>]{0,12}[*_]{0,2}([^\W\d_][^\d:：<>@()]{0,29}?)\s?[*_]{0,2}\s?[:：]\s?[*_]{0,2}(\s?.*)"
)
RULE: Final = re.compile(r"\A\s*+(?:[-_=*‐-―─━]\s?+){5,}+\s*+$")
TITLED: Final = re.compile(
    r"\A[\s*]*+(?:[-‐-―─━]{2,}+|_{3,}+)\s?+([^-_\s].{2,80}?)\s?(?:[-‐-―─━]{2,}+|_{3,}+)[\s*]*+$"
)
_COLONS: Final = (":", "：", ":*", ": *", ":>", ": >", ">>>")
_NAMED: Final = re.compile(r"[\w.\"')]\s{1,3}[<\[(][^@]{1,80}@")
_BRACKETED: Final = re.compile(r"[<(\[]\s?[^\s<>()@]{1,80}@|mailto:", re.IGNORECASE)
_PHONE: Final = re.compile(r"\A[\s*_]*+[+(0]?+[\d\s()/-]++$")
_ORDINAL: Final = re.compile(r"\d\.$")
_FIRST_DATE: Final = re.compile(r"\W{0,3}\d")
# Only programs write "Wed, 04 Feb 2026 08:10:36 +0530".
_STAMP: Final = re.compile(r"(?<!\d)\d\d:\d\d:\d\d\s[+-]\d{4}(?!\d)")
# First words of introductions, where a date follows.
_OPENER: Final = r"(?:On|Am|Le|El|Em|Op|Den|Il|W|Dnia|Dne|På|Vào|Στις|Pe)"
# Where an introduction may begin in a line that has words before it.
_BEGINNINGS: Final = re.compile(
    rf"[-–—]{{2,}}+\s*+|(?<=[.!?…])\s++|(?<=[。！？])\s*+"
    rf"|(?<=[^\s>])\s++(?={_OPENER}\s(?:\w{{2,12}}[.,]*+\s){{0,2}}\d)"
)
_OPENS: Final = re.compile(rf"{_OPENER}\s")
_BEGINNINGS_TRIED: Final = 12
# A dot ends a sentence after a word in small letters or after a single word; elsewhere it may end
# an abbreviation.
_SENTENCE: Final = re.compile(r"(?:\s[^\W\d_A-Z]\w{2,}+|\A\W*+[^\W\d_a-z]\w{2,}+)\.\Z")
_SHORTENED: Final = re.compile(rf"(?:\b{_OPENER}|\A\W*+\d{{4}}\.)\s\w++\.\Z")
# A web address that begins in a bracket and continues in the next line.
OPEN_LINK: Final = re.compile(r"[(<\[](?:https?://|mailto:)[^\s()<>\[\]]*+$")
# Rules, and the sign that trackers of opened mails leave below them.
WORDLESS: Final = re.compile(r"\A[-_=*‐-―─━~#+ᐧ\s]*+\Z")
STOPS: Final = (".", "!", "?", "…", ":", "：", "。", "！", "？")

VERBS: Final = re.compile(
    r"\b(?:wrote|writes|schrieb|écrit|ecrit|escribió|escribio|escreveu|schreef|skrev|skreiv|scritto"
    r"|napisał|napisał\(a\)|napisała|pisze|napsal|napsala|napísal|написал|написала|пишет|пише|писал"
    r"|έγραψε|yazdı|kirjoitti|írta|scris|va escriure|написа|kirjutas|rašė|rakstīja|je napisal)\b"
    r"|写道|寫道|のメッセージ|書きました|작성|כתב|كتب|เขียน|viết",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"original|messag|nachricht|oprindelig|opprinnelig|meddelan|mensaje|mensagem|исходн|сообщен"
    r"|původní|wiadomo|oryginaln|eredeti|üzenet|alkuperäi|viesti|oorspronkelijk|bericht|mesaj"
    r"|özgün|原始|元の|원본",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(
    r"forward|weitergeleitet|transf[ée]r|reenv|inoltra|doorgestuurd|vidarebeford|videresen"
    r"|переслан|пересыла|przekaz|přeposlan|転送|转发|轉寄|välitetty|továbbít",
    re.IGNORECASE,
)


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of headers, for lines that nothing else shows to be headers.
_FROM: Final = word_set(
    "from von de da van från fra od от від lähettäjä feladó expéditeur remitente mittente"
    " gönderen kimden από מאת من 差出人 发件人 寄件者 보낸사람 pengirim nadawca absender από"
    " šalje изпраща saatja nuo từ ผู้ส่ง"
)
_SENT: Final = word_set(
    "sent date gesendet datum envoyé enviado enviada fecha data inviato verzonden skickat sendt"
    " отправлено дата надіслано wysłano odesláno dátum lähetetty päiväys elküldve gönderildi"
    " נשלח تم gönderme tarih trimis 送信日時 日付 发送时间 發送時間 日期 보낸날짜 dato"
    " στάλθηκε ημερομηνία poslano изпратено saadetud išsiųsta đã ngày תאריך التاريخ"
)
_SUBJECT: Final = word_set(
    "subject betreff objet asunto assunto oggetto onderwerp ämne emne temat тема předmět"
    " predmet aihe tárgy konu subiect sujet 件名 主题 主題 제목"
    " θέμα относно teema tema chủ נושא الموضوع"
)
_KNOWN: Final = (_FROM, _SENT, _SUBJECT)


def unmarked(line: str) -> str:
    """The line without rare quote marks."""
    return _RARE_MARKS.sub("", line)


def is_forward(line: str) -> bool:
    """Whether a line announces a forwarded mail, which a third person usually wrote."""
    return _FORWARD.search(line[:LOOKED_AT]) is not None


def is_original(line: str) -> bool:
    """Whether a line is a title such as `-----Original Message-----`."""
    title = TITLED.match(line[:LOOKED_AT])
    return title is not None and _ORIGINAL.search(title.group(1)) is not None


def is_short_introduction(line: str) -> bool:
    """Whether a line may introduce a known quote: it ends like an introduction and has a number."""
    line = line.strip()
    return len(line) < 100 and line.endswith(_COLONS) and _DAY.search(line) is not None


def may_be_wrapped(line: str) -> bool:
    """Whether the next line may continue this one. A finished sentence does not continue."""
    line = line.strip()[-LOOKED_AT:]
    # "am 28." continues.
    ended = line.endswith(STOPS) and not _ORDINAL.search(line[-4:])
    return bool(line) and not ended and not TITLED.match(line) and not RULE.match(line)


def may_introduce(line: str) -> bool:
    """Whether an introduction may end in this line."""
    return (
        line.endswith(_COLONS)
        or (line.endswith(">") and "@" in line)
        or TITLED.match(line) is not None
        or VERBS.search(line[-30:]) is not None
    )


def is_complete(text: str) -> bool:
    """Whether an introduction needs no line above it."""
    return has_date(text) and (ADDRESS.search(text) or VERBS.search(text)) is not None


def is_continued(joined: str, last: str) -> bool:
    """Whether the last of the joined lines continues an introduction. The others may be sentences
    of the lead without a full stop."""
    if "@" not in last:
        return VERBS.search(joined if "@" in joined else last) is not None
    if last.endswith(">") and not last.startswith("<"):
        return False
    return (_BRACKETED.search(joined) or VERBS.search(joined)) is not None


def introduces(text: str, *, above_quote: bool) -> bool:
    """Whether a line, or several joined ones, introduces the text below. Above unquoted text it
    must have more signs of an introduction: an address, a date, a time, a verb."""
    address, date, timed = ADDRESS.search(text), has_date(text), TIME.search(text)
    verb = VERBS.search(text)
    closed = text.endswith(_COLONS) or TITLED.match(text) is not None
    ends_with_verb = VERBS.search(text[-30:]) is not None
    if address and not (above_quote or ends_with_verb or _marked_address(text)):
        return False
    if address and date:
        return (
            closed or ends_with_verb or (text.endswith(">") and _FIRST_DATE.match(text) is not None)
        )
    if not closed:
        return False
    if verb and (address or (date and timed)):
        return True
    return above_quote and (
        verb is not None or (timed is not None and (date or address is not None))
    )


def _marked_address(text: str) -> bool:
    """Whether an address is written as in introductions, not as in sentences: in brackets, or after
    a date that begins the line."""
    return _BRACKETED.search(text) is not None or _FIRST_DATE.match(text) is not None


def beginning(text: str, *, above_quote: bool) -> int:
    """The position at which the introduction begins in a text that ends with one and may have words
    before it."""
    complete = is_complete(text)
    found = list(_BEGINNINGS.finditer(text))
    for each in found[: -_BEGINNINGS_TRIED - 1 : -1]:
        before, rest = text[: each.start()], text[each.end() :]
        if (
            before.endswith(".")
            and not _OPENS.match(rest)
            and (not _SENTENCE.search(before) or _SHORTENED.search(before))
        ):
            continue
        if introduces(rest, above_quote=above_quote) and (is_complete(rest) or not complete):
            return each.end() if any(map(str.isalnum, before)) else 0
    return 0


def headers_begin(labels: Sequence[str], values: Sequence[str]) -> int:
    """The first of these lines that may begin headers. The lines above it are the lead's own, such
    as `Tel: 123`."""
    names = list(map(_name_of, labels))
    begins = 0
    for at, name in enumerate(names):
        # A mail has each header once.
        if name is not None and name in names[begins:at]:
            below = names.index(name, begins) + 1
            if are_headers(labels[below:], values[below:], titled=False):
                begins = below
    first = begins
    while first < len(names) and names[first] is None and not ADDRESS.search(values[first]):
        first += 1
    return first if are_headers(labels[first:], values[first:], titled=False) else begins


def _name_of(label: str) -> int | None:
    """The standard header with this name; None: another header."""
    return next((at for at, names in enumerate(_KNOWN) if _first_word(label) in names), None)


def _first_word(label: str) -> str:
    return label.split(maxsplit=1)[0] if label.strip() else ""


def are_headers(labels: Sequence[str], values: Sequence[str], *, titled: bool) -> bool:
    """Whether these lines are the headers of a mail. `titled`: a rule or a title stands above them.

    Orders, addresses and appointments look similar. Headers have two known names, or an address in
    brackets after a name; and also a date, or a rule above them.
    """
    found = set(map(_name_of, labels))
    known = [name in found for name in range(len(_KNOWN))]
    address = any(ADDRESS.search(value) for value in values)
    date = any(has_date(value) and not _PHONE.match(value) for value in values)
    stamped = any(map(_STAMP.search, values))
    if len(labels) < 2:
        # Some HTML has all headers in one line.
        return titled and stamped and address and any(known)
    if titled:
        return (date or known[1] or address) and (any(known) or len(labels) >= 3)
    if len(labels) == 2:
        return address and known[1] and (stamped or (date and known[0]))
    if any(map(_NAMED.search, values)):
        return date or known[1]
    return known[0] and ((known[1] and address) or (known[2] and date and (address or known[1])))


def names_sender(labels: Sequence[str], values: Sequence[str]) -> bool:
    """Whether one of these lines has a known name of `From`, or an address after a name."""
    known = any(_first_word(label) in _FROM for label in labels)
    return known or any(map(_NAMED.search, values))


def has_day(text: str) -> bool:
    """Whether there is a number that may be a day of a month."""
    return _DAY.search(text[:LOOKED_AT]) is not None


def has_date(text: str) -> bool:
    """Whether there is a day of a month with its year or a time."""
    if _NUMBERS.search(text):
        return True
    timed = TIME.search(text)
    rest = TIME.sub(" ", text) if timed else text
    return (timed is not None or _YEAR.search(rest) is not None) and _DAY.search(rest) is not None
