"""When the lead of an automatic reply is back, in their own words. Pure.

It only ever offers: a person presses. The phrases are ours, and dateparser reads the names of
months and of days. An order of day and month that is not certain is not guessed.
https://dateparser.readthedocs.io
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from itertools import islice
from typing import Any, Final

from bot import dates
from bot.text import seen
from bot.triage import Conversation

# `Conversation.words` has as many.
LIMIT: Final = 2000
# A message that names a day without a year may be an old one.
SOON: Final = timedelta(days=183)
LATEST: Final = timedelta(days=730)
# How far from the words that say "back" a day may stand.
NEAR: Final = 60
# Of each text, no more of these words are looked at, since the library takes its time.
MOST: Final = 6

_ENDS: Final = re.compile(r"(?<!\b\d)(?<!\b\d\d)[.!?](?=\s|$)|[。！？]|\n\s*\n|\n(?=[-*•])")
_NUMBERED: Final = re.compile(
    r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b)"
    r"|(?P<east>(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일])"
    r"|(?P<one>\b\d{1,2})(?P<mark>[./-])(?P<two>\d{1,2})(?:(?P=mark)(?P<year>\d{4}|\d{2})?)?(?!\d)"
)
_DAY_FIRST: Final = re.compile(
    r"\b(?P<day>\d{1,2})(?:\.|º|ª|°|:e|st|nd|rd|th|er)?\s+(?:de\s+|di\s+|of\s+)?"
    r"(?P<month>[^\W\d_]{3,12}\.?)(?:,?\s+(?:de\s+|of\s+)?(?P<year>\d{4}))?"
)
_MONTH_FIRST: Final = re.compile(
    r"\b(?P<month>[^\W\d_]{3,12}\.?)\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?!\s*[:.]\d)"
    r"(?:,?\s+(?P<year>\d{4}))?"
)
# Shorter ones mean something else, too.
_WORD: Final = re.compile(r"[^\W\d_]{4,15}")
# Where `/` stands between month and day in some countries, and between day and month in others.
_UNCERTAIN: Final = ("en",)


@dataclass(frozen=True, slots=True)
class _Language:
    """Words that say that somebody is `back`, that they are `away`, and `until`. `after`: the last
    one stands behind its day."""

    back: re.Pattern[str]
    away: re.Pattern[str]
    until: re.Pattern[str]
    after: bool = False


def _language(back: str, away: str, until: str, *, after: bool = False) -> _Language:
    return _Language(re.compile(back), re.compile(away), re.compile(until), after)


_LANGUAGES: Final[Mapping[str, _Language]] = {
    "en": _language(
        r"(?<!get )\bback\b(?! to you)|\breturn(?:s|ing)?\b",
        r"\bout of (?:the |my )?office\b|\baway\b|\bleave\b|\bon (?:holidays?|vacation|pto)\b"
        r"|\bnot (?:in|at) (?:the|my) office\b|\bunavailable\b|\babsent\b|\booo\b",
        r"\b(?:until|till|through)\b",
    ),
    "de": _language(
        r"\bwieder\b|\bzur(?:ü|ue)ck\w*",
        r"\babwesen\w+|\bnicht (?:im (?:haus|büro)|erreichbar|da)\b|\burlaub\w*|\bferien\b"
        r"|\bau(?:ß|ss)er haus\b|\belternzeit\b",
        r"\bbis\b",
    ),
    "fr": _language(
        r"\bretour\b|\brevien\w+|\breprend\w+|\bde nouveau\b|\bà nouveau\b",
        r"\babsent\w*|\babsence\b|\bcong[ée]s?\b|\bvacances\b|\bindisponible\b",
        r"\bjusqu",
    ),
    "es": _language(
        r"\bregres\w+|\bvuelv\w+|\bvolver\w*|\bde vuelta\b|\breincorpor\w+|\bretorn\w+",
        r"\bfuera de (?:la )?oficina\b|\bausen\w+|\bvacaciones\b|\bde (?:permiso|baja)\b",
        r"\bhasta\b",
    ),
    "it": _language(
        r"\btorner\w+|\bri?entr\w+|\britorn\w+|\bdi nuovo\b|\bnuovamente\b",
        r"\bfuori (?:dall[’'])?ufficio\b|\bassen\w+|\bferie\b|\bcongedo\b",
        r"\b(?:fino|sino)\b",
    ),
    "pt": _language(
        r"\bregress\w+|\bretorn\w+|\bvolt\w+",
        r"\bfora do escrit[óo]rio\b|\bausen\w+|\bf[ée]rias\b|\blicença\b",
        r"\baté\b",
    ),
    "nl": _language(
        r"\bterug\b|\bweer\b",
        r"\bafwezig\w*|\bniet (?:op kantoor|aanwezig|bereikbaar)\b|\bvakantie\b|\bverlof\b",
        r"\btot\b|\bt/m\b",
    ),
    "sv": _language(
        r"\btillbaka\b|\båter\w*",
        r"\bsemester\b|\bfrånvar\w+|\bledig\w*",
        r"\btill\b|\btom\b",
    ),
    "da": _language(r"\btilbage\b", r"\bferie\b|\bfravær\w*|\bikke på kontoret\b", r"\btil\b"),
    "nb": _language(r"\btilbake\b", r"\bferie\b|\bfravær\w*|\bikke på kontoret\b", r"\btil\b"),
    "fi": _language(r"\bpalaan\b|\btakaisin\b", r"\blomalla\b|\bpoissa\b", r"\basti\b", after=True),
    "pl": _language(
        r"\bwr[aó]c\w+|\bz powrotem\b|\bpowr\w+",
        r"\bnieobecn\w+|\burlop\w*|\bpoza biurem\b",
        r"\bdo\b",
    ),
    "cs": _language(
        r"\bzpět\b|\bzpátky\b|\bvrát\w+", r"\bmimo kancelář\b|\bnepřítom\w+|\bdovolen\w+", r"\bdo\b"
    ),
    "ru": _language(
        r"\bверн\w+|\bвозвра\w+", r"\bотсутств\w+|\bотпуск\w*|\bвне офиса\b", r"\bдо\b|\bпо\b"
    ),
    "tr": _language(
        r"\bdön\w+|\btekrar\b", r"\bofis dışında\w*|\bizin\w*|\btatil\w*", r"\bkadar\b", after=True
    ),
    "ja": _language(r"戻|復帰|出社", r"不在|休暇|休み", r"まで", after=True),
    "ko": _language(r"복귀|돌아", r"부재|휴가", r"까지", after=True),
    "zh": _language(r"返回|回到|恢复|回来", r"不在|休假|外出", r"直到|至"),
}


@dataclass(frozen=True, slots=True)
class Return:
    """The `day` that a message names: on which its lead is back, or `until` which they are away.
    `first`: the day on which they are there."""

    day: date
    until: bool = False

    @property
    def first(self) -> date:
        """Away until a day, they are there on the working day after it."""
        if not self.until:
            return self.day
        after = self.day + timedelta(days=1)
        return after + timedelta(days=max(7 - after.weekday(), 0) if after.weekday() > 4 else 0)


def offered(conversation: Conversation) -> Return | None:
    """When the lead is back, by the words of their automatic reply; None if they name no day that
    is certain and after it."""
    at = dates.from_iso(conversation.replied_at) if conversation.auto_reply else None
    if at is None:
        return None
    return named(str(conversation.words[:LIMIT]), datetime.fromtimestamp(at, UTC).date())


# A card is drawn again after each decision.
@lru_cache(maxsize=256)
def named(text: str, written: date) -> Return | None:
    """The same of a text that was written on a day."""
    sentences = [" ".join(each.split()) for each in _ENDS.split(seen(text).casefold())]
    back = (
        (said, found, code)
        for code, language in _LANGUAGES.items()
        for said in sentences
        for found in language.back.finditer(said)
    )
    for said, found, code in islice(back, MOST):
        if (day := _near(said, found, code, written)) is not None:
            return Return(day)
    for code, language in _LANGUAGES.items():
        for said in sentences:
            if (until := language.until.search(said)) is None or not language.away.search(said):
                continue
            day = (_before if language.after else _after)(said, until, code, written)
            if day is not None:
                return Return(day, until=True)
    return None


def warm_up() -> None:
    """Loads the library, for which the first such card would wait."""
    _parsed("monday", "en", date(2026, 3, 2))


def _near(said: str, found: re.Match[str], code: str, written: date) -> date | None:
    """The day after these words, or else the last one before them."""
    return (
        _after(said, found, code, written)
        or _weekday(said[found.end() :][:NEAR], code, written)
        or _before(said, found, code, written)
        or _weekday(said[: found.start()][-NEAR:], code, written)
    )


def _after(said: str, found: re.Match[str], code: str, written: date) -> date | None:
    return next(_days(said[found.end() :][:NEAR], code, written), None)


def _before(said: str, found: re.Match[str], code: str, written: date) -> date | None:
    days = [*_days(said[: found.start()][-NEAR:], code, written)]
    return days[-1] if days else None


def _days(said: str, code: str, written: date) -> Iterator[date]:
    """The days in these words, in their order, that come soon after the one on which they were
    written."""
    found: dict[int, date | None] = {}
    for form in (_MONTH_FIRST, _DAY_FIRST):
        for each in form.finditer(said):
            day = _by_name(each, code, written)
            found[each.start("day")] = day or found.get(each.start("day"))
    for each in _NUMBERED.finditer(said):
        found[each.start()] = _by_number(each, code, written)
    for at in sorted(found):
        day = found[at]
        if day is not None and timedelta(0) < day - written <= LATEST:
            yield day


def _by_name(found: re.Match[str], code: str, written: date) -> date | None:
    said = " ".join(filter(None, found.group("day", "month", "year")))
    parsed = _parsed(said, code, written, ["day", "month"])
    if parsed is None or (parsed - written > SOON and not found["year"]):
        return None
    return parsed


def _by_number(found: re.Match[str], code: str, written: date) -> date | None:
    if found["iso"]:
        year, month, day = (int(part) for part in found["iso"].split("-"))
        return _dated(year, month, day, written)
    if found["east"]:
        return _dated(int(found["y"] or 0), int(found["m"]), int(found["d"]), written)
    one, two, year = int(found["one"]), int(found["two"]), int(found["year"] or 0)
    year += 2000 if 0 < year < 100 else 0
    if found["mark"] == "-" and not year:
        return None
    if found["mark"] != "." and code in _UNCERTAIN:
        if one <= 12 and two <= 12 and one != two:
            return None
        if two > 12:
            one, two = two, one
    return _dated(year, two, one, written)


def _dated(year: int, month: int, day: int, written: date) -> date | None:
    """The date; without a year, the next one."""
    for each in (year,) if year else (written.year, written.year + 1):
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year or timedelta(0) < found - written <= SOON:
            return found
    return None


def _weekday(said: str, code: str, written: date) -> date | None:
    """The next day of the week that stands in these words."""
    for word in _WORD.findall(said):
        days = [_parsed(word, code, written + timedelta(days=each)) for each in range(2)]
        first, second = days
        # A month would have the day of the month on which it was written.
        if first and second and 0 < (first - written).days <= 7 and (second - first).days in (0, 7):
            return first
    return None


def _parsed(said: str, code: str, written: date, parts: Sequence[str] = ()) -> date | None:
    """The day, if dateparser finds these `parts` of a date in the words. The library is imported
    here, since that takes long."""
    settings: Any = {
        "RELATIVE_BASE": datetime.combine(written, time()),
        "PREFER_DATES_FROM": "future",
        "PARSERS": ["absolute-time"],
        # A year never stands first where a month has a name.
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": [*parts],
    }
    found = import_module("dateparser").parse(said, languages=[code], settings=settings)
    return found.date() if found is not None else None
