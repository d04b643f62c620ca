"""The lead's own lines of a mail: history and signatures are folded away."""

import pytest

from bot.sendkit.mail.text import newest_words, sent_texts

OURS = "<p>Good morning Ms Li,<p>may I show you how our depot software saves fuel?<p>Tim"
SENT = sent_texts([OURS])
UNQUOTED = "Good morning Ms Li,\n\nmay I show you how our depot software saves fuel?\n\nTim"
QUOTED = "\n".join(f"> {line}" for line in UNQUOTED.split("\n"))
LONG_QUOTE = "".join(f"> {number} of a long offer, and what it says\n" for number in range(900))
TIM = "Tim Ode <tim@depot.example>"


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (f"We are 12. I ask:\n\n{QUOTED}\n\nPlease call.", "We are 12. I ask:\n\nPlease call."),
        (f"So, cost > 5k, of that:\n\n{QUOTED}\n\nCall.", "So, cost > 5k, of that:\n\nCall."),
        (f"On Wed, 4 Feb 2026 at 08:10 {TIM} wrote:\n{LONG_QUOTE}\nSure, Monday.", "Sure, Monday."),
        (f"Ask Bob, bob@li.example\nOn 3 May 2026 Tim wrote:\n{QUOTED}", "Ask Bob, bob@li.example"),
        (f"Hi,\nOn Wed, 4 Feb 2026 at 08:10, Tim wrote:\n{QUOTED}\n\nYes.", "Hi,\n\nYes."),
        ("> a\n" * 3_000 + "\nSure, Monday.", "Sure, Monday."),
        (f"{QUOTED} is {'long ' * 12}\nSure, Monday.", "Sure, Monday."),
        (f"{QUOTED}\n\nYes.\n\n-----Original Message-----\nFrom: {TIM}\n\nHello", "Yes."),
        (f"Yes.\n\nOn Wed, 4 Feb 2026 at 08:10 Tim\n\n<t@d.example> wrote:\n\n{QUOTED}", "Yes."),
    ],
    ids=["a colon above the quote", "a > before it", "below 900 lines", "an address above",
         "a greeting above", "below 3,000 lines", "right below a long line", "above headers",
         "a gap in the introduction"],
)  # fmt: skip
def test_the_words_around_a_quote_stay(mail: str, words: str) -> None:
    assert newest_words(mail) == words


WROTE = f"On Wed, 4 Feb 2026 at 08:10 {TIM} wrote:"


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (f"Yes please {WROTE}", "Yes please"),
        (f"Yes, please. {WROTE}", "Yes, please."),
        (f"Hi Tim,\nYes! Who comes? {WROTE}", "Hi Tim,\nYes! Who comes?"),
        (f"Yes, please--- {WROTE}", "Yes, please"),
        (f"We are 12. Am 4. Feb. 2026 um 08:10 schrieb {TIM}:", "We are 12."),
        (f"Oui, volontiers. Le mer. 4 févr. 2026 à 08:10, {TIM} a écrit :", "Oui, volontiers."),
        ("Yes. Tim wrote:", "Yes."),
        (f"{'We like it very much. ' * 30}{WROTE}", ("We like it very much. " * 30).strip()),
        ("Yes, please.\n\nOn Wed, Feb 4, Tim Ode\n<t@depot.example>\nwrote:", "Yes, please."),
        ("Yes please\n<t@depot.example> wrote:", "Yes please"),
        ("Yes please On Wed, 4 Feb 2026 at 08:10 Tim\n<t@depot.example> wrote:", "Yes please"),
    ],
    ids=["no mark", "a dot", "two stops", "dashes", "a number", "a weekday that is shortened",
         "without a date", "a paragraph", "three lines", "an address alone", "two lines"],
)  # fmt: skip
def test_words_in_the_line_of_an_introduction_stay(mail: str, words: str) -> None:
    assert newest_words(f"{mail}\n\n{QUOTED}") == words
    if "depot" in mail and WROTE in mail:
        assert newest_words(f"{mail}\n\n{UNQUOTED}") == words


@pytest.mark.parametrize(
    "introduced",
    [
        f"Dr. {TIM} schrieb am 4. Feb. 2026 um 08:10:",
        f"Le mer. 4 févr. 2026 à 08:10, {TIM} a écrit :",
        f"2026. febr. 4. 8:10, {TIM} írta:",
        f"---- On Wed, 04 Feb 2026 08:10:36 +0530 {TIM} wrote ----",
        "On Wed, 4 Feb 2026 at 08:10 Yes! Ltd. <t@depot.example> wrote:",
    ],
)
def test_a_dot_within_an_introduction_ends_no_sentence(introduced: str) -> None:
    assert newest_words(f"Yes, please.\n\n{introduced}\n{QUOTED}") == "Yes, please."


def test_a_paragraph_that_only_ends_like_an_introduction_stays() -> None:
    mail = f"We like your depot software {'very ' * 60}much, and {TIM} on 4 Feb 2026 at 08:10:"
    assert newest_words(f"{mail}\n\n{QUOTED}") == mail


def test_a_link_that_is_wrapped_in_a_quote_goes_with_it() -> None:
    mail = "Yes.\n\n> See (https://depot.example/show?\npage=2)\n> and call.\nWhen?\n> Soon."
    assert newest_words(mail) == "Yes.\n\nWhen?"


@pytest.mark.parametrize("rule", ["====", "--", "____", "* * *", "ᐧ", "--\n\n###"])
def test_rules_at_the_end_of_the_words_are_left_out(rule: str) -> None:
    assert newest_words(f"Yes, please.\n\n{rule}") == "Yes, please."
    headers = f"From: {TIM}\nSent: 4 Feb 2026\nTo: Li\nSubject: a"
    assert newest_words(f"Yes, please.\n\n{rule}\n\n{headers}\n\nHello") == "Yes, please."
    assert newest_words(f"a\n{rule}\nb") == f"a\n{rule}\nb"
    assert newest_words("--") == "--"


@pytest.mark.parametrize(
    "mail",
    [
        "I am away.\nFrom: 3 July\nTo: 20 July\nUntil then ask Ann, ann@li.example: she decides.",
        "My trip\nFrom: Oslo\nTo: Rome\nDate: 3 July 2026",
        "I can\nOn Tuesday: 8:15\nOn Thursday: 16:45\nYou choose.",
        "We order:\nName: Ann\nEmail: ann@li.example\nStart: 3 July 2026\nSeats: 4\n\nAgreed?",
        "Call me.\n\nAnn\nTel: +49 2020 123456\nMail: ann@li.example\nWeb: li.example",
        "Ann <ann@li.example> joins on 3 July 2026 at 9:00:\n\nplease send a link.",
        "Our budget:\n> 10k\n\nIs that enough?",
        "See Ann's mail.\n\n---------- Forwarded message ---------\nFrom: Ann <ann@li.example>\n"
        "Date: Wed, Feb 4, 2026\nTo: Li\n\nWe take it.",
    ],
    ids=[
        "an absence", "a trip", "times", "an order", "an address", "a guest", "a sum", "a forward",
    ],
)  # fmt: skip
def test_lines_that_only_look_like_headers_stay(mail: str) -> None:
    assert newest_words(mail) == mail


def test_headers_with_two_subjects_are_left_out_whole() -> None:
    headers = f"From: {TIM}\nSent: Wed, 4 Feb 2026 08:10\nTo: Li <li@li.example>\nSubject: Fuel"
    assert newest_words(f"Yes.\n\n{headers}\nSubject: Depot\n\nGood morning") == "Yes."


# Introductions and headers in languages of which no list is complete, none of them with a quote
# mark below.
UNMARKED = {
    "Italian": f"Il giorno mer 4 feb 2026 alle ore 08:10 {TIM} ha scritto:",
    "Polish": f"W dniu 2026-02-04 08:10:22 użytkownik {TIM} napisał:",
    "Lithuanian": f"2026 m. vasario 4 d. 08:10, {TIM} rašė:",
    "Swahili": f"Tarehe 4 Februari 2026 saa 08:10, {TIM} aliandika:",
    "Gmail of old": f"2026-02-04 8:10 GMT+01:00 {TIM}:",
    "Zoho": f"---- On Wed, 04 Feb 2026 08:10:36 +0530 {TIM} wrote ----",
    "without a colon": f"On Wed, 4 Feb 2026 08:10:36 +0530 {TIM} wrote",
    "three lines": "On Feb 4, 2026, at 8:10 AM, Tim <\nr-0123456789@depot.example>\nwrote:",
    "an ordinal at its end": f"{TIM} schrieb am Mi., 4.\nFeb. 2026 um 08:10 Uhr:",
    "a title": "-----Opprinnelig melding-----",
    "headers, Romanian": f"De la: {TIM}\nTrimis: 4 februarie 2026 08:10\nCătre: Li\nSubiect: R",
    "headers, Swahili": f"Kutoka: {TIM}\nImetumwa: 4 Februari 2026\nKwa: Li",
    "headers, bold": f"  *From:* {TIM}\n  *Sent:* Wednesday, February 4, 2026\n  *To:* Li",
    "headers, wrapped": "From: Tim\n <t@depot.example>\nSent: 4 Feb 2026\nTo: Li\nSubject: a\nlong",
    "headers, a stamp": "Date: Wed, 04 Feb 2026 08:10:36 +0530\nTo: li@li.example",
    "headers, a wide colon": f"发件人： {TIM}\n发送时间： 2026年2月4日 8:10\n收件人： Li",
}


@pytest.mark.parametrize("introduced", UNMARKED.values(), ids=UNMARKED)
def test_history_without_quote_marks_is_known_by_its_introduction(introduced: str) -> None:
    assert newest_words(f"Yes, please.\n\n{introduced}\n\n{UNQUOTED}") == "Yes, please."


@pytest.mark.parametrize("ours", [SENT, []], ids=["what we sent is known", "it is not"])
@pytest.mark.parametrize("introduced", UNMARKED.values(), ids=UNMARKED)
def test_an_introduction_is_better_than_no_answer(introduced: str, ours: list[str]) -> None:
    assert "Gladly." in newest_words(f"{introduced}\n\nGladly.", "", ours)


@pytest.mark.parametrize(
    "mail",
    [
        f"Yes, please.\n\n{UNQUOTED}",
        f"Yes, please.\n\nOtoro: Tim\nOru: 4 Feb\nYa: Li\n\n{UNQUOTED}",
        f"Yes, please.\n\nTim, 4 Feb:\n\n{UNQUOTED}\n",
        "Yes, please.\n\nGood morning Ms Li,\nmay I show you how\nour depot software saves\nfuel?",
        f"{UNQUOTED}\n\nYes, please.",
        f"Tim (Depot) 04/02 08:10 kirjoitti:\n{UNQUOTED}\n\nYes, please.",
        "> Good morning Ms Li,\n> may I show you how our depot software saves fuel? And then\n"
        "\nYes, please.",
        f"Yes, please.\n\nAntwortete auf:\n| {UNQUOTED}",
    ],
    ids=["nothing introduces it", "odd headers", "an odd introduction", "wrapped",
         "an answer below", "both",
         "quoted", "an unknown mark"],
)  # fmt: skip
def test_lines_that_repeat_our_mail_are_history_in_any_language(mail: str) -> None:
    words = newest_words(mail, "", SENT)
    assert "Yes, please." in words
    assert "fuel" not in words
    assert "Good morning" not in words


def test_few_words_of_ours_in_a_sentence_of_theirs_stay() -> None:
    mail = "Good morning Tim,\n\nhow our depot software saves fuel? It does not.\n\nLi"
    assert newest_words(mail, "", SENT) == mail
    assert newest_words(UNQUOTED, "", SENT) == UNQUOTED, "all that there is"


HTML = {
    "gmail": '<div>Yes, please.</div><div class="gmail_quote"><div class="gmail_attr">Tim:<br>'
    "</div><blockquote>{}</blockquote></div>",
    "gmail without a quote": '<div>Yes, please.</div><div class="x_gmail_quote">Tim<br>{}</div>',
    "in between": '<div class="gmail_quote"><div class="gmail_attr">Tim:</div><blockquote>{}'
    "</blockquote><div>Yes, please.</div><blockquote>{}</blockquote></div>",
    "outlook": "<div>Yes, please.</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>"
    "<b>Od:</b> Tim</div><div>{}</div>",
    "a rule and headers": "<p>Yes, please.</p><div style='border-top: solid 1px'><p>От: Tim<br>"
    "Дата: 4 2026<br>Кому: Li</p></div>{}",
    "headers in a line": "<p>Yes, please.</p><hr><div><b>From: t@d.example</b>"
    " <b>Date: Wed, 04 Feb 2026 08:10:36 +0530</b></div><div>{}</div>",
    "thunderbird": '<p>Yes, please.</p><div class="moz-cite-prefix">Tim pisze:</div>'
    '<blockquote type="cite">{}</blockquote>',
    "yahoo": '<div>Yes, please.</div><div class="yahoo_quoted"><div>Tim</div>{}</div>',
    "a plain quote, introduced": "<p>Yes, please.</p><p>4.2.2026 08:10, t@d.example:</p>"
    "<blockquote>{}</blockquote>",
}  # fmt: skip


@pytest.mark.parametrize("markup", HTML.values(), ids=HTML)
def test_the_marks_of_mail_clients_tell_history(markup: str) -> None:
    assert newest_words("", markup.replace("{}", "Good morning, Ms Li")) == "Yes, please."


def test_a_forwarded_mail_stays_in_html_as_in_text() -> None:
    markup = '<div class="gmail_quote">---------- Forwarded message ---------<br>From: Bob</div>'
    assert newest_words("", markup).endswith("From: Bob")
    assert "From: Bob" in newest_words("", f"<div>See Bob's mail.</div>{markup}")


def test_a_quote_of_the_leads_own_stays() -> None:
    markup = "<p>Write into it:</p><blockquote>30 days net.</blockquote><p>Then we sign.</p>"
    assert newest_words("", markup) == "Write into it:\n\n30 days net.\nThen we sign."


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        ("Hello,<br><br>we <b>will</b>.<br>Li", "Hello,\n\nwe will.\nLi"),
        ("<b>Sure</b>, go on.<br>Li", "Sure, go on.\nLi"),
        ("We&#39;ll see &amp; tell.&nbsp;Soon &copy; me", "We'll see & tell. Soon © me"),
        ("Say 1 < 2 and <b> for bold", "Say 1 < 2 and <b> for bold"),
        ("<p>Take <a href='https://plan.example/li'>a slot</a></p>",
         "Take a slot (https://plan.example/li)"),
        ("<p><a href='https://plan.example/'>plan.example</a></p>", "plan.example"),
        ("<p><a href='mailto:li@x.example?subject=a'>write</a></p>", "write (li@x.example)"),
        ("<p><a href='javascript:alert(1)'>press</a></p>", "press"),
        (f"See the form<https://f.example/?a={'q' * 900}> and {'w' * 20}",
         f"See the form<https://f.example/?a={'q' * 78}…> and {'w' * 20}"),
        ("At https://guard.example/?url=https%3A%2F%2Fplan.example%2Fli&k=" + "q" * 90,
         "At https://plan.example/li"),
        ("<p>Yes</p><p style='DISPLAY : none'>no</p><span style='font-size:0px'>no</span>", "Yes"),
        ("<p hidden>no<p>Yes</p><i style='mso-hide:all'>no</i>", "Yes"),
        ("<div style='font-size:0'><b style='font-size:12px'>Yes</b> no</div>", "Yes"),
        ("<style>" + "p { margin: 0 } " * 20_000 + "</style><p>Yes", "Yes"),
        ("<p>Yes<img alt='🎉'><img alt='logo'></p>", "Yes🎉"),
        ("BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Accepted: A long\n  demo\n"
         "DTSTART:20260306T140000Z\nEND:VEVENT\nEND:VCALENDAR",
         "Accepted: A long demo, 2026-03-06 14:00 UTC"),
        ("begin:vcalendar\nsummary:Demo\nend:vcalendar\n[cid:logo.png@01DA6F3C.1234]", "Demo"),
        ("https://guard.example/url?a=https%3a%2f%2fplan.example%2fli&c=" + "q" * 90,
         "https://plan.example/li"),
        ("I come.\nBEGIN:VCALENDAR\nEND:VCALENDAR", "I come.\nAn invitation to a calendar."),
        ("&#9999999999999; &#xfffffffff; &b; &amp", "&#9999999999999; &#xfffffffff; &b; &amp"),
    ],
)  # fmt: skip
def test_markup_becomes_what_people_see_of_it(mail: str, words: str) -> None:
    assert newest_words(mail) == words


SENT_FROM = (
    "Sent from my iPhone", "(Sent from a mobile device)", "Sent from Yahoo Mail on Android",
    "Get Outlook for iOS<https://aka.ms/o0ukef>", "Get Outlook for Android",
    "Von meinem iPhone gesendet", "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.", "Envoyé de mon iPhone",
    "Télécharger Outlook pour iOS (https://aka.ms/o0ukef)", "Enviado desde mi iPhone",
    "Enviado do meu Galaxy", "Inviato da iPhone", "Verstuurd vanaf mijn iPad",
    "Sendt fra min iPhone", "Skickat från min iPhone", "Lähetetty iPhonesta", "Wysłane z iPhone'a",
    "Odesláno z iPhonu", "Отправлено с iPhone", "iPhone'umdan gönderildi", "iPhoneから送信",
    "发自我的iPhone", "從我的 iPhone 傳送", "나의 iPhone에서 보냄",
    "أرسلت من الـ iPhone", "נשלח מה-iPhone שלי",
)  # fmt: skip


@pytest.mark.parametrize("line", SENT_FROM)
def test_a_line_about_the_sending_device_is_folded(line: str) -> None:
    assert newest_words(f"Yes, Monday.\n\n{line}") == "Yes, Monday."
    assert newest_words("", f"<p>Yes, Monday.</p><div><br></div><div>{line}</div>") == (
        "Yes, Monday."
    )
    assert newest_words(f"{line}\n\nYes, Monday.") == f"{line}\n\nYes, Monday."
    assert newest_words(line) == line


@pytest.mark.parametrize(
    "signature",
    [
        "--\nAnn Li\nHead of Depots, Li Ltd.\nann@li.example | www.li.example",
        "-- \nMit freundlichen Grüßen\n\nAnn Li",
        "--\nŁukasz Żak",
        "____________\nLi Ltd\nhttps://li.example",
        "--\nAnn Li\nLi Ltd\n\nSent from my iPhone",
        "--\nAnn Li\n\n--\n*Ann Li*\nHead of Depots",
        "--\n李明\n销售经理\nli@li.example",
    ],
)
def test_a_signature_below_a_mark_is_folded(signature: str) -> None:
    assert newest_words(f"Yes, Monday.\n\n{signature}") == "Yes, Monday."
    assert newest_words(signature).startswith(signature[:2])


def test_telephone_numbers_of_a_signature_stay() -> None:
    phones = "Mobile: +44 20 7946 0000\n(020) 7946-0001\nT +44 20 7946 0002 | ann@li.example"
    mail = f"Call me.\n\n--\nAnn Li\n{phones}\nwww.li.example/7946000000"
    assert newest_words(mail) == f"Call me.\n\n{phones}"


@pytest.mark.parametrize(
    "mail",
    [
        "Yes, Monday.\n--\nOne more thing: we are 45.",
        "Yes, Monday.\n--\nAnn comes, too. Who else?",
        "Yes, Monday.\n\n--\nwe need an offer for 45 seats",
        "Yes, Monday.\n\n--\nAnn Li\n\nP.S. Send the contract to ann@li.example.",
        "Yes, Monday.\n\n--\nAnn Li\n" + "and a long list of what we need\n" * 10 + "Bob",
        "We miss the deck that you\nsent to my iPhone",
        "Sent you an invitation with Outlook",
        "The offer came in parts.\nSent from my iPhone it would have been one, right?",
        "Regards,\nAnn",
    ],
)
def test_words_near_a_signature_stay(mail: str) -> None:
    assert newest_words(mail) == mail.strip()
