"""Signatures at the end of a mail are folded away, and nothing that the lead says with them."""

import pytest

from bot.sendkit.mail.text import newest_words

SENT_FROM = (
    "Sent from my iPhone",
    "(Sent from a mobile device)",
    "Sent from Yahoo Mail on Android",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour iOS (https://aka.ms/o0ukef)",
    "Enviado desde mi iPhone",
    "Enviado do meu Galaxy",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPad",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Отправлено с iPhone",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的iPhone",
    "從我的 iPhone 傳送",
    "나의 iPhone에서 보냄",
    "أرسلت من الـ iPhone",
    "נשלח מה-iPhone שלי",
)


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
