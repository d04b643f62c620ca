"""The lead's last words, out of all that mail clients send around them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.sample_data import CAST, HTML_ONLY, Part
from bot.sendkit.mail.html_reader import HTML_LIMIT, looks_like_html
from bot.sendkit.mail.text import KEPT, MAIL_LIMIT, newest_words, plain
from bot.text import cut, visible
from tests.strategies import anything, calm, hostile

SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
QUOTE = "\n> Hi Jane,\n>\n> worth ten minutes?\n> Sam"
ADDRESS = "Sam Seller <sales@mycompany.example.com>"

# How mail clients introduce what they quote, by language.
INTRODUCED = {
    "English, Gmail": f"On Tue, Mar 3, 2026 at 9:12 AM {ADDRESS} wrote:",
    "English, wrapped": "On Tue, Mar 3, 2026 at 9:12 AM Sam Seller <\nsales@x.example.com> wrote:",
    "English, Apple": f"On 3 Mar 2026, at 09:12\u202fAM, {ADDRESS} wrote:",
    "German": f"Am Di., 3. März 2026 um 09:12 Uhr schrieb {ADDRESS}:",
    "French": f"Le mar. 3 mars 2026 à 09:12, {ADDRESS} a écrit :",
    "Spanish": f"El mar, 3 mar 2026 a las 9:12, {ADDRESS} escribió:",
    "Portuguese": f"Em ter., 3 de mar. de 2026 às 09:12, {ADDRESS} escreveu:",
    "Dutch": f"Op di 3 mrt 2026 om 09:12 schreef {ADDRESS}:",
    "Danish": f"Den tirs. 3. mar. 2026 kl. 09.12 skrev {ADDRESS}:",
    "Italian": f"Il giorno mar 3 mar 2026 alle ore 09:12 {ADDRESS} ha scritto:",
    "Italian, wrapped": "Il giorno mar 3 mar 2026 alle ore 09:12 Sam Seller <\ns@x.y> ha scritto:",
    "Italian, wrapped before": "Il giorno mar 3 mar 2026 Sam Seller\n<s@x.y> ha scritto:",
    "Polish": f"wt., 3 mar 2026 o 09:12 {ADDRESS} napisał(a):",
    "Ukrainian": f"вт, 3 бер. 2026 р. о 09:12 {ADDRESS} пише:",
    "Russian": f"вт, 3 мар. 2026 г. в 09:12, {ADDRESS}:",
    "Greek": f"Στις Τρί 3 Μαρ 2026 στις 9:12 π.μ., ο χρήστης {ADDRESS} έγραψε:",
    "Japanese": f"2026年3月3日(火) 9:12 {ADDRESS}:",
    "Chinese": f"{ADDRESS} 于2026年3月3日周二 09:12写道：",
    "Korean": f"2026년 3월 3일 (화) 오전 9:12, {ADDRESS}님이 작성:",
    "Hebrew": "\u202bבתאריך יום ג׳ ב-9:12 מאת \u202aSam\u202c\u200f <s@x.y>:\u202c",
    "Arabic": f"في الثلاثاء، 3 مارس 2026 في 9:12 ص تمت كتابة ما يلي بواسطة {ADDRESS}:",
}


@pytest.mark.parametrize("lines", [1, 2, 4], ids=["a line", "two lines", "more lines"])
@pytest.mark.parametrize("introduced", INTRODUCED.values(), ids=INTRODUCED)
def test_text_quoted_below_is_left_out(introduced: str, lines: int) -> None:
    quote = "\n".join(QUOTE.split("\n")[: lines + 1])
    mail = f"Yes, please.\n\nJane\n\n{introduced}\n{quote}"
    assert newest_words(mail) == "Yes, please.\n\nJane"
    assert newest_words(mail.replace("\n", "\r\n")) == "Yes, please.\n\nJane"


@pytest.mark.parametrize("introduced", INTRODUCED.values(), ids=INTRODUCED)
def test_words_that_stand_right_above_the_quote_are_news(introduced: str) -> None:
    assert newest_words(f"Yes,\nplease.\n{introduced}{QUOTE}") == "Yes,\nplease."


OUTLOOK = {
    "English": "From: {}\nSent: Tuesday, March 3, 2026 9:12 AM\nTo: Jane\nSubject: Question",
    "German": "Von: {}\nGesendet: Dienstag, 3. März 2026 09:12\nAn: Jane\nBetreff: Frage",
    "French": "De : {}\nEnvoyé : mardi 3 mars 2026 09:12\nÀ : Jane\nObjet : Question",
    "Spanish": "De: {}\nEnviado el: martes, 3 de marzo\nPara: Jane\nAsunto: Pregunta",
    "Dutch": "Van: {}\nVerzonden: dinsdag 3 maart\nAan: Jane\nOnderwerp: Vraag",
    "with a rule": "________________________________\nFrom: {}\nSent: Tuesday\nTo: Jane",
    "of old": "-----Original Message-----\nFrom: {}\nSent: Tuesday\nTo: Jane",
    "of old, in German": "-----Ursprüngliche Nachricht-----\nVon: {}\nGesendet: Dienstag",
}


@pytest.mark.parametrize("heading", OUTLOOK.values(), ids=OUTLOOK)
def test_history_that_outlook_appends_is_left_out(heading: str) -> None:
    mail = f"Yes, please.\n\nJane\n\n{heading.format(ADDRESS)}\n\nHi Jane,\nworth ten minutes?"
    assert newest_words(mail) == "Yes, please.\n\nJane"


ANSWERED = f"On Tue, Mar 3, 2026 {ADDRESS} wrote:"


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (f"{ANSWERED}{QUOTE}\n\nYes, please.", "Yes, please."),
        (f"{INTRODUCED['Italian']}{QUOTE}\n\nSì.", "Sì."),
        (f"Hi Sam,\n\n{ANSWERED}{QUOTE}\n\nYes.\n> When?\nFriday.", "Hi Sam,\n\nYes.\n\nFriday."),
        (f"Hi Sam,{QUOTE}\n\nYes, 45 seats.", "Hi Sam,\n\nYes, 45 seats."),
        (f"Yes.\n{QUOTE}\n\nBest, Jane", "Yes.\n\nBest, Jane"),
        (f"Hi Sam,{QUOTE}\n\n> When?\n\nFriday.", "Hi Sam,\n\nFriday."),
    ],
    ids=[
        "below",
        "below, in Italian",
        "between",
        "between, without a word",
        "a closing",
        "after two quotes",
    ],
)
def test_answers_below_and_between_the_quoted_lines_are_news(mail: str, words: str) -> None:
    assert newest_words(mail) == words


@pytest.mark.parametrize(
    "mail",
    [
        "Yes.", "Two questions:\n1. price\n2. seats", "Our budget:\n\n45 seats > 40 seats",
        "On Monday I wrote: no.", "a -> b\n-> c", "Call me: 12:30", "Jane Doe wrote:",
    ],
)  # fmt: skip
def test_a_mail_without_history_is_news_as_it_is(mail: str) -> None:
    assert newest_words(mail) == mail


@pytest.mark.parametrize(
    "mail", ["> only\n> a quote", "> only\n> a\n> quote", f"{ANSWERED}{QUOTE}", "Asked:\n> a\n> b"]
)
def test_a_mail_that_is_all_history_is_better_than_nothing(mail: str) -> None:
    assert newest_words(mail) == mail


@pytest.mark.parametrize("part", CAST, ids=[part.lead.email for part in CAST])
def test_the_cast_is_heard(part: Part) -> None:
    words = newest_words(part.text, part.html or "")
    first = re.sub(r"\W+", " ", visible(part.text or plain(part.html or ""))[:30]).strip()
    assert re.sub(r"\W+", " ", words).strip().startswith(first)
    assert len(words) <= KEPT
    assert "Seller" not in words
    assert "wrote:" not in words
    assert not set(words) & set("\x00\x07\x1b\u202e\u2066\u200b\ufeff")


GMAIL = (
    '<div dir="ltr">Yes, <b>please</b>.<div><br></div><div>Jane</div></div><br>'
    '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{}<br></div>'
    '<blockquote class="gmail_quote">Hi Jane,<div>worth ten minutes?</div></blockquote></div>'
)
WORD = """<?xml version="1.0" encoding="windows-1252"?>
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="windows-1252">
<title>Re</title><style><!-- p.MsoNormal { margin: 0 } --></style></head>
<body><p class="MsoNormal">Yes,
  <b>please</b>.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p>Jane</p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">
<p><b>From:</b> Sam &lt;s@x.y&gt;<br><b>Sent:</b> Tuesday<br><b>To:</b> Jane</p></div>
<p>Hi Jane</p></body></html>"""
MARKUP = {
    "Gmail": GMAIL.format("On Tue, Mar 3, 2026 Sam &lt;<a href='#'>s@x.y</a>&gt; wrote:"),
    "Gmail in Italian": GMAIL.format("Il giorno mar 3 mar 2026 Sam &lt;s@x.y&gt; ha scritto:"),
    "Word": WORD,
    "Outlook on the web": "<p>Yes, please.</p><p>Jane</p><hr><div id='divRplyFwdMsg'>"
    "<b>Von:</b> Sam<br><b>Gesendet:</b> Di<br></div><div>Hallo Jane</div>",
}


@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_text_quoted_in_html_is_left_out(markup: str) -> None:
    assert newest_words("", markup) == "Yes, please.\n\nJane"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div>b<div>c</div>", "a\nb\nc"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<ul><li>a</li>\n<li>b</li></ul>", "a\nb"),
        ("<h1>a</h1>b", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc"),
        ("a\n   b\t<b>c</b> d", "a b c d"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<pre>a</pre>b\n  <b>c</b>\nd", "a\nb c d"),
        ("<blockquote>a</blockquote>b<div>c</div>", "> a\nb\nc"),
        ("<blockquote>a<p>b</p></blockquote>c", "> a\n> b\n\nc"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> b"),
        ("<blockquote><pre>a\nb</pre></blockquote>", "> a\n> b"),
        ("a &amp; b &lt;c&gt; &eacute;", "a & b <c> é"),
        ("a<!-- b --><?php c ?>d", "ad"),
        ("<script>a</script><style>b</style><template>c</template>d", "d"),
        ("<head><title>a</title></head><body>b</body>", "b"),
        ("a&#x202e;b&#8203;c&#xFFFE;", "abc"),
        ("<b>a", "a"),
        ("a < b", "a < b"),
        ("<div><b>a</div>b", "a\nb"),
        ("<p class='a>b</p>c", "b\n\nc"),
        ("a<b c='>'", "a"),
        ("</p>", ""),
        ("<!-- a -->", ""),
        ("", ""),
        (" \n", ""),
    ],
)
def test_html_becomes_lines(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_html_serves_only_where_there_is_no_text() -> None:
    assert newest_words("Yes.", "<p>No.</p>") == "Yes."
    for blank in ("", " \r\n", "\u200b\ufeff\u00ad", "\xa0"):
        words = newest_words(blank, HTML_ONLY)
        assert (
            words
            == "Yes, please send the deck.\n\nTom\nKestrel Analytics (https://kestrel.example.com)"
        )


def test_html_that_is_too_deep_says_what_comes_before() -> None:
    assert newest_words("", "<p>Yes.</p>" + "<div>" * 5000 + "deep") == "Yes."


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00\x07\x1b[31mb", "a[31mb"),
        ("a\u202etxt.exe\u202cb\u2066c\u2069", "atxt.exebc"),
        ("a\u200b\ufeff\u00ad\u2060b", "ab"),
        ("\ud800a\ue000\ufffe\uffff\U0001ffff", "a"),
        ("a\tb", "a\tb"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f 👍🏽", "👩\u200d👩\u200d👧 ❤\ufe0f 👍🏽"),
        (f"{SCOTLAND} \U000e0067\U000e007f", SCOTLAND),
        ("\u3164\u034f\u200c \u2007\u00ad\u115f", ""),
        ("\U0001fa77 \U0001fae9", "\U0001fa77 \U0001fae9"),
        ("  a\n\n \n\u00a0\n b \n", "a\n\nb"),
    ],
    ids=["controls", "directions", "invisible", "no characters", "tab", "Persian", "joined emoji",
         "a flag in tags",
         "fillers",
         "emoji newer than this Python", "gaps"],
)  # fmt: skip
def test_invisible_characters_are_left_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_every_kind_of_line_end_is_one(end: str) -> None:
    assert newest_words(f"a{end}b{end}{end}{end}c") == "a\nb\n\nc"


@pytest.mark.parametrize(
    "text",
    ["<p>a", " \n<DIV class='x'>", "<br/>", "<!DOCTYPE html>", "<html>", "<!-- a -->", "<meta x>",
     "<style>", "<head>", "<body lang=EN>", "<table\n>", "<span>"],
)  # fmt: skip
def test_html_is_told_by_how_it_begins(text: str) -> None:
    assert looks_like_html(text)


@pytest.mark.parametrize(
    "text", ["", "a <p>", "<!channel>", "<3", "<jane@x.y>", "<p@x.y> wrote", "<people>", "<>"]
)
def test_text_is_no_html(text: str) -> None:
    assert not looks_like_html(text)


@pytest.mark.parametrize("length", [KEPT - 1, KEPT, KEPT + 1, MAIL_LIMIT * 3])
def test_long_words_are_cut_and_say_so(length: int) -> None:
    words = newest_words("é" * length)
    assert words == ("é" * length if length <= KEPT else "é" * (KEPT - 1) + "…")


@pytest.mark.parametrize("length", range(1, 12))
@pytest.mark.parametrize(
    "emoji", ["👨\u200d👩\u200d👧\u200d👦", "👍🏽", "🇩🇪", "❤\ufe0f", "e\u0301", SCOTLAND]
)
def test_no_emoji_is_cut_in_half(emoji: str, length: int) -> None:
    text = "x" * length + 9 * emoji
    for limit in range(length + 1, len(text)):
        kept = cut(text, limit).removesuffix("…")[length:]
        assert kept == emoji * (len(kept) // len(emoji))


def test_words_are_not_cut_in_a_gap() -> None:
    assert newest_words("a" * 1997 + "\n\n" + "b" * 20) == "a" * 1997 + "…"


HOSTILE = ["a:<br>", "to:<br>", "2020/1/1 &lt; @ ", "<blockquote>", "<b>", "<td>", "&gt;<br>"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_html_costs_more_than_its_beginning(piece: str) -> None:
    """Looked through whole, some of these would take hours."""
    assert len(newest_words("", piece * (3 * HTML_LIMIT))) <= KEPT


BITS = ("\n", "\n\n", "> a", "a:", "<p>", "</p>", "<pre>", "</blockquote>", "<!--", "&", "<a b='")
SAMPLES = (*INTRODUCED.values(), *OUTLOOK.values(), *HOSTILE, *MARKUP.values(), QUOTE, *BITS)
mails = st.lists(st.sampled_from(SAMPLES) | anything, max_size=8).map("".join) | hostile


@calm
@given(mails, mails)
def test_any_mail_has_words_that_can_be_shown(text: str, markup: str) -> None:
    for words in (newest_words(text, markup), newest_words("", markup), newest_words("", text)):
        assert len(words) <= KEPT
        assert words == visible(words)
    says = plain(text) if looks_like_html(text) else visible(text[:MAIL_LIMIT])
    assert newest_words(text) or not says
    assert newest_words("", markup) or not plain(markup)
