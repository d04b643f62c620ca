"""Removes signatures at the end of a mail: below a `--`, and lines such as `Sent from my iPhone`.
Pure.

Nothing else is removed, since any other line may be the lead's message.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.sendkit.mail.lines import ADDRESS, STOPS, WORDLESS

# The longest signature in lines, the longest line in characters, the longest name in words.
LINES: Final = 10
LINE_LIMIT: Final = 120
NAME_WORDS: Final = 6

_MARK: Final = re.compile(r"\A\s?(?:--|_{2,64}+)\s*+\Z")
_WEB: Final = re.compile(r"\bhttps?://|\bwww\.\w", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w/])[+(]?\d[\d\s()./-]{5,30}\d(?![\w/])")
_ABBREVIATED: Final = re.compile(r"\b[^\W\d_a-z][\w.]{0,5}\.\Z")
# First and last words of a line about the sending device or program, in several languages.
_BEGINS: Final = re.compile(
    r"\A[\s<(\[*_]{0,6}(?:sent (?:from|via|with|by|using)\b|from my\b|\w{1,20} from mobile\Z"
    r"|von mein|diese nachricht wurde|gesendet|envoyé|enviad[oa]|enviat|inviato|verzonden|verstuurd"
    r"|sendt|skicka[td]|skickades|lähetetty|saadetud|wysłan[eoay]|odesláno|odoslané|trimis|küldve"
    r"|elküldve|poslano|išsiųsta|отправлено|надіслано|изпратено|στάλθηκε|dikirim|đã gửi|được gửi"
    r"|發自|发自|從我的|从我的|나의|أ?رسلت|أُرسلت|تم الإرسال|נשלח|ส่งจาก)",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"(?:gönderildi|から送信|から送信されました|에서 보냄)\W{0,3}\Z")
_DEVICE: Final = re.compile(
    r"\bfrom my\b|iphon|ipad|ipod|android|galaxy|samsung|huawei|xiaomi|blackberry|windows|outlook"
    r"|\b(?:yahoo|proton|zoho|k-9|gmx|spark|airmail|mailbox|mailbird|thunderbird|typeapp)\b"
    r"|mobil|móvil|celular|handy|phone|telefon|teléfono|téléphone|tablet|device"
    r"|телефон|смартфон|мобил|携帯|スマートフォン|手机|手機|휴대",
    re.IGNORECASE,
)
_OUTLOOK: Final = re.compile(
    r"outlook[^\n]{0,30}https://aka\.ms/|\A\S{0,20}\s?outlook \S{1,8} (?:ios|android)\Z",
    re.IGNORECASE,
)


def folded(lines: Sequence[str]) -> Sequence[str]:
    """The lines without signatures at their end. Lines with a telephone number stay."""
    kept = list(lines)
    phones: list[str] = []
    while kept:
        begins = len(kept) - 1
        if not WORDLESS.match(kept[-1]) and not _is_sent_from(kept[-1]):
            begins = _mark(kept)
            if not begins:
                break
        phones[:0] = filter(_PHONE.search, kept[begins:])
        del kept[begins:]
    if not kept:
        return lines
    return [*kept, "", *phones] if phones else kept


def _mark(lines: Sequence[str]) -> int:
    """The index of the mark above a signature that ends the mail; 0 if there is none."""
    for at in range(len(lines) - 2, max(len(lines) - LINES - 2, 0), -1):
        if _MARK.match(lines[at]):
            return at if _is_signature(lines[at + 1 :]) else 0
    return 0


def _is_signature(lines: Sequence[str]) -> bool:
    """Whether the lines below a mark hold a name or a contact, and no sentence."""
    said = [line.strip() for line in lines if line.strip()]
    names = (_is_name(line) or _is_contact(line) or _is_sent_from(line) for line in said)
    return any(names) and not any(map(_is_sentence, said))


def _is_sentence(line: str) -> bool:
    ends = line.endswith(STOPS) and not _ABBREVIATED.search(line)
    return len(line) > LINE_LIMIT or (ends and not _is_sent_from(line))


def _is_name(line: str) -> bool:
    """Whether a line has few words, all with a capital initial."""
    words = [word.strip("*_(\"'") for word in line.split()]
    initials = [word[0] for word in words if word[:1].isalpha()]
    return bool(initials) and len(words) <= NAME_WORDS and all(map(str.isupper, initials))


def _is_contact(line: str) -> bool:
    return any(pattern.search(line) for pattern in (_PHONE, ADDRESS, _WEB))


def _is_sent_from(line: str) -> bool:
    if len(line) > LINE_LIMIT or line.rstrip().endswith(("?", "？")):
        return False
    sent = _BEGINS.match(line) or _ENDS.search(line)
    return _OUTLOOK.search(line) is not None or (sent and _DEVICE.search(line)) is not None
