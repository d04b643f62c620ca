"""History in mails, as the clients of many countries send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sendkit.mail.text import newest_words, sent_texts
from bot.text import visible
from tests.strategies import calm

OURS = (
    "<p>Hi Jane,</p><p>I saw that Northwind opened two depots this year. Our software saves 14"
    " percent of the fuel.</p><p>Would ten minutes next Tuesday suit you?</p>"
    "<p>Best,<br>Sam Seller<br>Acme</p>"
)
SENT = sent_texts([OURS])
PLAIN = (
    "Hi Jane,\n\nI saw that Northwind opened two depots this year. Our software saves\n14 percent"
    " of the fuel.\n\nWould ten minutes next Tuesday suit you?\n\nBest,\nSam Seller\nAcme"
)
QUOTED = "\n".join(f"> {line}".rstrip() for line in PLAIN.split("\n"))
SAM = "Sam Seller <sam@acme.example>"
ANSWER = "Yes, 45 seats.\n\nJane"

# Above lines that are quoted.
ABOVE_QUOTES = {
    "Danish": f"Den 3. mar. 2026 kl. 09.12 skrev {SAM}:",
    "Swedish, Apple": f"3 mars 2026 kl. 09:12 skrev {SAM}:",
    "Finnish": f"ti 3. maalisk. 2026 klo 9.12 {SAM} kirjoitti:",
    "Polish, Onet": f"Dnia 3 marca 2026 09:12 {SAM} napisał(a):",
    "Russian, Yandex": '03.03.2026, 09:12, "Sam Seller" <sam@acme.example>:',
    "Russian, Thunderbird": "03.03.2026 09:12, Sam Seller пишет:",
    "Bulgarian": f"На вт, 3.03.2026 г. в 9:12 {SAM} написа:",
    "Serbian": f"уто, 3. мар 2026. у 09:12 {SAM} је написао/ла:",
    "Croatian": f"uto, 3. ožu 2026. u 09:12 {SAM} napisao je:",
    "Czech": f"út 3. 3. 2026 v 9:12 odesílatel {SAM} napsal:",
    "Slovak": f"ut 3. 3. 2026 o 9:12 {SAM} napísal(a):",
    "Hungarian": f"{SAM} ezt írta (időpont: 2026. márc. 3., K, 9:12):",
    "Romanian": f"mar., 3 mar. 2026 la 09:12, {SAM} a scris:",
    "Turkish, Gmail": f"{SAM}, 3 Mar 2026 Sal, 09:12 tarihinde şunu yazdı:",
    "Turkish, Apple": f"{SAM} şunları yazdı (3 Mar 2026 09:12):",
    "Arabic": f"في الثلاثاء، ٣ مارس ٢٠٢٦ في ٩:١٢ ص تمت كتابة ما يلي بواسطة {SAM}:",
    "Persian": f"در تاریخ سه‌شنبه ۳ مارس ۲۰۲۶،‏ ۹:۱۲ {SAM} نوشت:",
    "Japanese, Apple": "2026/03/03 9:12、Sam Seller <sam@acme.example>のメール:",
    "Japanese, Becky": f"On Tue, 3 Mar 2026 09:12:00 +0900\n{SAM} wrote:",
    "Chinese, Apple": f"2026年3月3日 09:12，{SAM} 写道：",
    "Thai": f"ในวันที่ อ. 3 มี.ค. 2026 เวลา 09:12 {SAM} เขียนว่า:",
    "Indonesian": f"Pada tanggal Sel, 3 Mar 2026 pukul 09.12 {SAM} menulis:",
    "Hindi": f"मंगल, 3 मार्च 2026 को 9:12 am बजे को {SAM} ने लिखा:",
    "Latvian": f"otrd., 2026. g. 3. marts, plkst. 09:12 — lietotājs {SAM} rakstīja:",
    "Catalan": f"Missatge de {SAM} del dia dt., 3 de març 2026 a les 9:12:",
    "Gmail on a phone": "On Tue, 3 Mar 2026, 09:12 Sam Seller, <sam@acme.example> wrote:",
    "Proton": "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\n"
    f"On Tuesday, March 3rd, 2026 at 9:12 AM, {SAM} wrote:",
    "Mutt": f"* {SAM} [2026-03-03 09:12]:",
    "GroupWise": f">>> {SAM} 3/3/2026 9:12 AM >>>",
    "four lines": "On Tue, 3 Mar 2026\nat 09:12\nSam Seller\n<sam@acme.example> wrote:",
}  # fmt: skip
# Above lines without a mark.
ABOVE = {
    "Italian, Yahoo": f"Il martedì 3 marzo 2026 alle ore 09:12:05 CET, {SAM} ha scritto:",
    "Italian, Samsung": "-------- Messaggio originale --------\nDa: Sam <sam@acme.example> \n"
    "Data: 03/03/26 09:12 (GMT+01:00) \nA: jane@nw.example \nOggetto: x ",
    "Danish, Outlook": f"Fra: {SAM}\nSendt: 3. marts 2026 09:12\nTil: Jane\nEmne: x",
    "Finnish, Outlook": f"Lähettäjä: {SAM}\nLähetetty: tiistai 3. maaliskuuta 2026 9.12\n"
    "Vastaanottaja: Jane\nAihe: x",
    "Polish, Outlook": f"Od: {SAM}\nWysłano: wtorek, 3 marca 2026 09:12\nDo: Jane\nTemat: x",
    "Polish, o2": "Dnia 3 marca 2026 09:12 Sam Seller &lt;sam@acme.example&gt; napisał(a):",
    "Russian, Mail.ru": f"Вторник, 3 марта 2026, 9:12 +03:00 от {SAM}:",
    "Czech, Seznam": f"---------- Původní e-mail ----------\nOd: {SAM}\nKomu: jane@nw.example\n"
    "Datum: 3. 3. 2026 9:12:00\nPředmět: x",
    "Greek, Outlook": f"Από: {SAM}\nΣτάλθηκε: Τρίτη, 3 Μαρτίου 2026 9:12 πμ\nΠρος: Jane\nΘέμα: x",
    "Turkish, Outlook": f"Gönderen: {SAM}\nGönderildi: 3 Mart 2026 Salı 09:12\n"
    "Kime: Jane\nKonu: x",
    "Arabic, Outlook": f"من: {SAM}\n"
    "‏‏تم الإرسال: الثلاثاء، 3 مارس 2026 09:12 ص\nإلى: Jane\nالموضوع: x",
    "Hebrew, Outlook": f"מאת: {SAM}\n‏‏נשלח: יום שלישי 03 מרץ 2026 09:12\nאל: Jane\nנושא: x",
    "Japanese, Outlook": f"差出人: {SAM}\n送信日時: 2026年3月3日 9:12\n宛先: Jane\n件名: x",
    "Chinese, QQ": "------------------ 原始邮件 ------------------\n"
    '发件人: "Sam" <sam@acme.example>;\n发送时间: 2026年3月3日(星期二) 上午9:12\n'
    '收件人: "Jane"<jane@nw.example>;\n主题: x',
    "Chinese, NetEase": '在 2026-03-03 09:12:00，"Sam Seller" <sam@acme.example> 写道：',
    "Korean, Naver": '-----Original Message-----\nFrom: "Sam"<sam@acme.example>\n'
    "To: <jane@nw.example>;\nCc:\nSent: 2026-03-03 (화) 09:12:00 (GMT+09:00)\nSubject: x",
    "Portuguese, Outlook": f"De: {SAM}\nEnviada em: terça-feira, 3 de março de 2026 09:12\n"
    "Para: Jane\nAssunto: x",
    "German, WEB.DE": "Gesendet: Dienstag, 03. März 2026 um 09:12 Uhr\n"
    'Von: "Sam Seller" <sam@acme.example>\nAn: jane@nw.example\nBetreff: x',
    "Notes": f"From:        {SAM}\nTo:        jane@nw.example\nDate:        03/03/2026 09:12\n"
    "Subject:        x\n________________________________",
    "Zoho in German": f"---- Am Di, 03 Mär 2026 09:12:36 +0100 {SAM} schrieb ----",
    "Yahoo on a phone": "  On Tue, Mar 3, 2026 at 9:12 AM, Sam<sam@acme.example> wrote:",
    "copies in many lines": f"From: {SAM}\nSent: Tuesday, March 3, 2026 9:12 AM\nTo: Jane\n"
    "Cc: A <a@nw.example>; C D <c@nw.example>;\nE F <e@nw.example>; G\n<g@nw.example>\nSubject: x",
}  # fmt: skip


@pytest.mark.parametrize("sent", [SENT, []], ids=["ours is known", "ours is unknown"])
@pytest.mark.parametrize("introduced", ABOVE_QUOTES.values(), ids=ABOVE_QUOTES)
def test_a_quote_is_history_above_and_below_the_answer(introduced: str, sent: list[str]) -> None:
    assert newest_words(f"{ANSWER}\n\n{introduced}\n\n{QUOTED}", "", sent) == ANSWER
    assert newest_words(f"{introduced}\n\n{QUOTED}\n\n{ANSWER}", "", sent) == ANSWER


@pytest.mark.parametrize("sent", [SENT, []], ids=["ours is known", "ours is unknown"])
@pytest.mark.parametrize("introduced", ABOVE.values(), ids=ABOVE)
def test_introduced_text_is_history_without_quote_marks(introduced: str, sent: list[str]) -> None:
    assert newest_words(f"{ANSWER}\n\n{introduced}\n\n{PLAIN}", "", sent) == ANSWER


sentences = st.text("abcé ABC.,!?€%&'()/+中あ👍", min_size=1, max_size=60).filter(
    lambda line: any(map(str.isalpha, line))
)


@calm
@given(
    st.lists(sentences, min_size=1, max_size=6).map("\n".join).map(visible),
    st.sampled_from([*ABOVE_QUOTES.values()]),
    st.sampled_from([*ABOVE.values()]),
    st.sampled_from([SENT, []]),
)
def test_no_sentence_is_lost(said: str, above_quote: str, above: str, sent: list[str]) -> None:
    quote = f"{above_quote}\n{QUOTED}"
    for mail in (f"{said}\n\n{quote}", f"{quote}\n\n{said}", f"{said}\n\n{above}\n\n{PLAIN}"):
        assert newest_words(mail, "", sent) == said


@pytest.mark.parametrize("mark", ["SS> ", "| ", "│ ", "\t", ">\xa0", "＞ ", ""])
def test_our_mail_is_history_whatever_marks_its_lines(mark: str) -> None:
    quote = "\n".join(mark + line for line in PLAIN.split("\n"))
    assert newest_words(f"{ANSWER}\n\n{quote}", "", SENT) == ANSWER
    assert newest_words(f"{quote}\n\n{ANSWER}", "", SENT) == ANSWER


WROTE = "On Tue, 3 Mar 2026 at 09:12 Sam Seller &lt;sam@acme.example&gt; wrote:"
FROM = (
    "<b>From:</b> Sam &lt;sam@acme.example&gt;<br><b>Sent:</b> Tuesday, March 3, 2026 9:12 AM<br>"
)
QUOTES = {
    "Apple Mail": f"<div><br><blockquote type=cite><div>{WROTE}</div><br>{OURS}</blockquote></div>",
    "iPhone": f"<div>Sent from my iPhone</div><blockquote type=cite>{WROTE}<br></blockquote>"
    f"<blockquote type=cite>{OURS}</blockquote>",
    "Outlook on a phone": "<div id=ms-outlook-mobile-signature>Get <a href='https://aka.ms/a'>Outlook"
    f" for iOS</a></div><hr><div id=divRplyFwdMsg>{FROM}</div>{OURS}",
    "Outlook on a Mac": "<div id=mail-editor-reference-message-container>"
    f"<div style='border-top:solid'>{FROM}</div>{OURS}</div>",
    "Yahoo": f"<div class=ydp1yahoo_quoted><div>{WROTE}</div><div>{OURS}</div></div>",
    "Zoho": "<div style='border-top:1px'></div><div>---- On Tue, 03 Mar 2026 09:12:36 +0530 <b>Sam"
    f" &lt;sam@acme.example&gt;</b> wrote ---</div><blockquote>{OURS}</blockquote>",
    "Gmail": "<span>-- </span><br><div>Jane Doe<br>Northwind</div><br><div class='gmail_quote"
    f"'><div class=gmail_attr>{WROTE}</div><blockquote>{OURS}</blockquote></div>",
    "Mail.ru": "<blockquote style='border-left:1px solid'>Вторник, 3 марта 2026, 9:12 +03:00 от Sam"
    f" &lt;sam@acme.example&gt;:<br><div>{OURS}</div></blockquote>",
    "QQ": "<includetail><div>------------&nbsp;原始邮件&nbsp;------------</div><div><div>"
    "<b>发件人:</b>&nbsp;Sam &lt;sam@acme.example&gt;;</div><div><b>发送时间:</b>&nbsp;2026年3月3日"
    f" 上午9:12</div><div><b>主题:</b>&nbsp;x</div></div>{OURS}</includetail>",
    "Spark": f"<div>{WROTE}<br><blockquote class=spark_quote type=cite>{OURS}</blockquote></div>",
    "lines in spans": "<div><span>On Tue, 3 Mar 2026</span><br><span>at 09:12, Sam</span><br><span>"
    f"&lt;sam@acme.example&gt;</span><br>wrote:</div><blockquote>{OURS}</blockquote>",
}  # fmt: skip


@pytest.mark.parametrize("sent", [SENT, []], ids=["ours is known", "ours is unknown"])
@pytest.mark.parametrize("name", QUOTES)
def test_text_quoted_by_html_is_history(name: str, sent: list[str]) -> None:
    quote = QUOTES[name]
    answer = "<div>Yes, 45 seats.</div><div>&nbsp;</div><div>Jane</div>"
    assert newest_words("", answer + quote, sent) == ANSWER
    assert newest_words("", f"<p>I ask:</p>{quote}", sent).startswith("I ask:")
    assert "depots" not in newest_words("", f"<p>I ask:</p>{quote}", sent)
    if name in ("Apple Mail", "Mail.ru", "Spark", "lines in spans"):
        assert newest_words("", quote + answer, sent) == ANSWER


WRITTEN_INTO = OURS.replace("<p>Would", "<p style='color:red'>Three.</p><p>Would").replace(
    "<p>Best", "<p style='color:red'>No, Thursday.</p><p>Best"
)


@pytest.mark.parametrize(
    "quoted",
    [
        f"<div class=gmail_quote><div class=gmail_attr>{WROTE}</div>"
        f"<blockquote class=gmail_quote>{WRITTEN_INTO}</blockquote></div>",
        f"<hr><div id=divRplyFwdMsg>{FROM}</div>{WRITTEN_INTO}",
        f"<div style='border:none;border-top:solid'>{FROM}</div>{WRITTEN_INTO}",
    ],
    ids=["Gmail", "Outlook", "Word"],
)
def test_answers_that_people_write_into_the_quote_are_shown(quoted: str) -> None:
    assert newest_words("", f"<p>See below.</p>{quoted}", SENT) == (
        "See below.\n\nThree.\n\nNo, Thursday."
    )
    assert newest_words("", quoted, SENT) == "Three.\n\nNo, Thursday."


def test_the_leads_earlier_words_between_our_mails_are_history() -> None:
    second = "<p>Shall I send you the offer for the two depots?</p>"
    thread = (
        f"<p>Yes.</p><blockquote type=cite>{second}<blockquote type=cite>On Mon, 2 Mar 2026 at"
        f" 10:00 Jane wrote:<br>Who are you?<blockquote type=cite>{OURS}</blockquote></blockquote>"
        "</blockquote>"
    )
    assert newest_words("", thread, sent_texts([second, OURS])) == "Yes."


@pytest.mark.parametrize("sent", [SENT, []], ids=["ours is known", "ours is unknown"])
@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["right above", "above"])
@pytest.mark.parametrize(
    "last",
    [
        "Tel: +44 20 7946 0000", "https://cal.example/jane", "When: 3 May 2026 9:00",
        "Date: 3 May 2026", "To: Rome", "Sent: yesterday",
        "Let us talk on 3 May 2026 at 9:00\nAsk ann@nw.example:",
        "Bob wrote to you on 3 March\nAsk Ann <ann@nw.example>",
        "We need 45 seats, Ann Li <ann@nw.example>\nTwo questions on 3 May 2026:",
        "3/5/2026\nAsk ann@nw.example:", "Our budget:", "Best,",
    ],
)  # fmt: skip
def test_lines_that_look_like_history_stay_above_it(last: str, gap: str, sent: list[str]) -> None:
    answer = f"Yes, we can.\n{last}"
    for name in ("Danish, Outlook", "Hebrew, Outlook", "Yahoo on a phone"):
        assert newest_words(f"{answer}{gap}{ABOVE[name]}\n\n{PLAIN}", "", sent) == answer, name
    quote = f"{ABOVE_QUOTES['Czech']}\n{QUOTED}"
    assert newest_words(f"{answer}{gap}{quote}", "", sent) == answer
    assert newest_words(f"{quote}{gap}{answer}", "", sent) == answer


def test_an_answer_in_words_of_ours_is_shown() -> None:
    assert newest_words(f"Ten minutes next Tuesday\n\n{QUOTED}", "", SENT) == (
        "Ten minutes next Tuesday"
    )
    assert newest_words("Ten minutes next Tuesday", "", SENT) == "Ten minutes next Tuesday"
    answer = "Hi Sam,\n\nten minutes next Tuesday\n\nJane"
    for history in (f"{ABOVE_QUOTES['Danish']}\n{QUOTED}", f"{ABOVE['Notes']}\n{PLAIN}"):
        assert newest_words(f"{answer}\n\n{history}", "", SENT) == answer


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_lines_of_the_lead_above_our_unmarked_mail_stay(gap: str) -> None:
    for said in ("Seats: 45\nStart: May", "Name: Jane\nEmail: jane@nw.example\nDate: 3 May 2026"):
        assert newest_words(f"We order.\n{said}{gap}{PLAIN}", "", SENT) == f"We order.\n{said}"
    headers = f"From: {SAM}\nTo: Jane"
    assert newest_words(f"{ANSWER}\n\n{headers}{gap}{PLAIN}", "", SENT) == ANSWER


def test_our_mail_is_known_with_links_that_a_filter_has_changed() -> None:
    sent = sent_texts(
        ["<p>Read our <a href='https://acme.example/?a=b'>latest case study</a>, do!"]
    )
    quote = "Read our latest case study<https://guard.example/?u=123>, do!"
    assert newest_words(f"{ANSWER}\n\n{quote}", "", sent) == ANSWER


@pytest.mark.parametrize("introduced", ["", f"{ABOVE['Italian, Yahoo']}\n\n"])
def test_a_mail_that_only_repeats_ours_has_no_words(introduced: str) -> None:
    assert newest_words(introduced + QUOTED, "", SENT) == ""


FORWARDED = (
    "From: Bob Roe <bob@nw.example>\nSubject: x\nDate: 3 March 2026 at 09:12:00 CET\nTo: Jane\n\n"
    "We take it."
)


@pytest.mark.parametrize(
    "title",
    [
        "Begin forwarded message:",
        "Anfang der weitergeleiteten Nachricht:",
        "Inizio messaggio inoltrato:",
        "Начало пересланного сообщения:",
        "---------- Messaggio inoltrato ----------",
    ],
)
def test_a_colleagues_forwarded_words_are_shown(title: str) -> None:
    quoted = "\n".join(f"> {line}" for line in FORWARDED.split("\n"))
    for forwarded in (FORWARDED, quoted):
        assert "We take it." in newest_words(f"See Bob.\n\n{title}\n\n{forwarded}", "", SENT)
    markup = f"<p>See Bob.</p><blockquote type=cite><p>{title}</p>{FORWARDED}</blockquote>"
    assert "We take it." in newest_words("", markup.replace("\n", "<br>"), SENT)
    assert newest_words(f"See Bob.\n\n{title}\n\n{QUOTED}", "", SENT) == f"See Bob.\n\n{title}"


@pytest.mark.parametrize(
    "mail",
    [
        "Hi,\nas Bob wrote on 3 March 2026 to ann@nw.example:\n\nwe need 45 seats.\n\nJane",
        "On Tuesday 3 March 2026 at 09:12 I was at bob@nw.example's place:\nhe said yes.",
        "Invoice us:\nName: Jane\nEmail: jane@nw.example\nDate: 3 May 2026\n\nThen we start.",
        "Times:\n3/3/2026 9:12: call\n4/3/2026 10:00: visit\n\nThen we start.",
        "I am away until 9 March 2026. Contact ann@nw.example:\n+44 20 7946 0000",
        "Yes.\n---\nBut not on Tuesday.\n---\nJane",
    ],
)
def test_lines_that_only_look_like_history_stay(mail: str) -> None:
    assert newest_words(mail) == mail
    assert newest_words(mail, "", SENT) == mail
