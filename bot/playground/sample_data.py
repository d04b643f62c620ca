"""The leads who write to the playground, their mails and threads, and when they write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from time import monotonic


@dataclass(frozen=True, slots=True)
class Tag:
    """An AI tag of the workspace. A reply with a positive one is a positive reply."""

    name: str
    description: str = ""
    color: str = "#6b7280"
    positive: bool = False

    def shape(self) -> dict[str, str]:
        return {"name": self.name, "description": self.description, "color": self.color}


@dataclass(frozen=True, slots=True)
class Lead:
    """A person whom a campaign writes to, identified by address. Every name may be empty."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    job_title: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A cold email to many leads, identified by its name."""

    name: str
    subject: str = "Quick question"
    opener: str = "<p>Hi, may I ask you something?</p>"


@dataclass(frozen=True, slots=True)
class Message:
    """One mail of a thread: ours (HTML in `text`), or the lead's (`text`, maybe `html`).

    `sender`: the writer, if it was not the lead.
    """

    text: str
    at: datetime
    subject: str
    from_lead: bool = False
    html: str | None = None
    auto: bool = False
    read: bool = True
    step: int | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A lead who has replied to a campaign, and the whole thread, oldest first."""

    id: str
    lead: Lead
    lead_id: str
    campaign: Campaign
    campaign_id: str
    messages: tuple[Message, ...]
    ai_tag: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def unread(self) -> int:
        return sum(not message.read for message in self.messages)


DEFAULT_TAGS = (
    Tag("interested", "Wants to hear more", "#22c55e", positive=True),
    Tag("not_interested", "Said no", "#ef4444"),
    Tag("meeting_booked", "Asked for or agreed to a call", "#3b82f6", positive=True),
    Tag("out_of_office", "An automatic absence note", "#6b7280"),
    Tag("not_now", "Come back later", "#f59e0b"),
    Tag("pricing_question", "Asks what it costs", "#8b5cf6", positive=True),
    Tag("wrong_person", "Somebody else decides", "#14b8a6"),
    Tag("do_not_contact", "Wants no more mail", "#111827"),
)
TITLE_TAGS = (
    Tag("Interested", "Wants to hear more", "#22c55e", positive=True),
    Tag("Not Interested", "Said no", "#ef4444"),
    Tag("Meeting Request", "Asked for or agreed to a call", "#3b82f6", positive=True),
    Tag("Out Of Office", "An automatic absence note", "#6b7280"),
    Tag("Not Now", "Come back later", "#f59e0b"),
    Tag("Pricing Question", "Asks what it costs", "#8b5cf6", positive=True),
    Tag("Wrong Person", "Somebody else decides", "#14b8a6"),
    Tag("Do Not Contact", "Wants no more mail", "#111827"),
)

OUTREACH = Campaign(
    "Q1 Outreach",
    "Quick question about your support desk",
    "<p>Hi,</p><p>teams like yours answer 40% faster with us. Worth ten minutes?</p>",
)
WEBINAR = Campaign(
    "Webinar follow-up", "The recording you asked for", "<p>Hi, here is Thursday's recording.</p>"
)
DACH = Campaign(
    "DACH Maschinenbau", "Kurze Frage zur Ersatzteil-Logistik", "<p>Guten Tag, passt es kurz?</p>"
)
CAMPAIGNS = (OUTREACH, WEBINAR, DACH)


@dataclass(frozen=True, slots=True)
class Part:
    """A lead and their mail. `tag` is a name of `DEFAULT_TAGS`."""

    lead: Lead
    text: str
    tag: str | None = None
    campaign: Campaign = OUTREACH
    html: str | None = None
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that arrives `at` seconds after the start."""

    at: float
    part: Part


def _who(address: str, name: str, company: str = "", job: str = "") -> Lead:
    first, _, last = name.partition(" ")
    return Lead(address, first, last, company, job)


GMAIL = """

On Tue, Mar 3, 2026 at 9:12 AM Sam Seller <sales@mycompany.example.com> wrote:

> Hi Jane,
>
> teams like yours answer 40% faster with us. Worth ten minutes?
>
> On Mon, Mar 2, 2026 at 8:00 AM Sam Seller <sales@mycompany.example.com>
> wrote:
>> Just bumping this up."""
OUTLOOK = """

Best regards,
Robert Hale
Head of Operations | Northwind Freight

________________________________
From: Sam Seller <sales@mycompany.example.com>
Sent: Tuesday, March 3, 2026 9:12 AM
To: Robert Hale <r.hale@northwind.example.com>
Subject: Quick question about your support desk

Hi Robert, teams like yours answer 40% faster with us. Worth ten minutes?"""
GERMAN = """

Mit freundlichen Grüßen
i. A. Jürgen Weiß

Am Di., 3. März 2026 um 09:12 Uhr schrieb Sam Seller <sales@mycompany.example.com>:

> Guten Tag Herr Weiß,
> passt es Ihnen kurz diese Woche?"""
FRENCH = """

Bien cordialement,
Chloé

Le mar. 3 mars 2026 à 09:12, Sam Seller <sales@mycompany.example.com> a écrit :

> Bonjour Chloé,
> auriez-vous dix minutes ?"""
APPLE = """

> On 3 Mar 2026, at 09:12, Sam Seller <sales@mycompany.example.com> wrote:
>
> Hi Priya, here is Thursday's recording.

Sent from my iPhone"""
LONG = "We looked at eleven vendors last year, and this is what we learned. " * 160
HTML_ONLY = """<html><body><p>Yes, <b>please</b> send the deck.</p><p>Tom<br>
<a href="https://kestrel.example.com">Kestrel Analytics</a></p>
<img src="https://kestrel.example.com/pixel.gif" width="1" height="1"></body></html>"""
HOSTILE = """<!channel> <!everyone> <@U123> <#C123|general> :tada:
<http://evil.example|https://bank.example> & <script>alert(1)</script>
*bold* _italic_ ~struck~ `code` ```block``` > quote
\x00\x07\x1b[31mred\x1b[0m \u202etxt.exe\u202c \u2066iso\u2069 zero\u200bwidth\ufeff &lt;b&gt;"""

CAST = (
    Part(
        _who("jane.doe@acme.example.com", "Jane Doe", "Acme Inc", "VP Support"),
        "Thanks for reaching out! This sounds relevant. Could you send a short overview?" + GMAIL,
        "interested",
    ),
    Part(
        _who("r.hale@northwind.example.com", "Robert Hale", "Northwind Freight", "Operations"),
        "How does pricing work for 45 seats? We would need SSO as well." + OUTLOOK,
        "pricing_question",
    ),
    Part(
        _who("priya@lumen-labs.example.org", "Priya Raman", "Lumen Labs", "Founder"),
        "Happy to talk. Thursday 15:00 or Friday 10:30 CET? A Zoom link is fine." + APPLE,
        "meeting_booked",
        WEBINAR,
    ),
    Part(
        _who("j.weiss@weiss-antriebe.example.com", "Jürgen Weiß", "Weiß Antriebe GmbH", "Einkauf"),
        "Grundsätzlich interessant. Bitte schicken Sie mir Unterlagen und Preise." + GERMAN,
        "interested",
        DACH,
    ),
    Part(
        _who("chloe@petit-atelier.example.net", "Chloé Lefèvre", "Petit Atelier", "Gérante"),
        "Pas pour le moment, revenez vers moi en septembre s'il vous plaît." + FRENCH,
        "not_now",
    ),
    Part(
        _who("marcus@fjord.example.org", "Marcus Nygaard", "Fjord Energi", "CFO"),
        "I am out of the office until 16 March without access to e-mail. In urgent cases write to "
        "desk@fjord.example.org.",
        "out_of_office",
        auto=True,
    ),
    Part(
        _who("k.brandt@brandt-guss.example.com", "Katrin Brandt", "Brandt Guss KG"),
        "Ich bin bis zum 20.03. nicht im Haus. Ihre Nachricht wird nicht weitergeleitet.",
        "out_of_office",
        DACH,
        auto=True,
    ),
    Part(
        _who("dan@harbor-dental.example.com", "Dan Ortiz", "Harbor Dental", "Office Manager"),
        "Please remove me from your list.",
        "do_not_contact",
    ),
    Part(
        _who("legal@oakridge.example.org", "Helen Marsh", "Oakridge Trust", "Counsel"),
        "Unsubscribe. Under GDPR Art. 21 I object to any further processing of my address.",
        "do_not_contact",
    ),
    Part(
        _who("tina@bluebarn.example.net", "Tina Kowalski", "Blue Barn Foods", "Buyer"),
        "I'm not the right person for this, Leo Grant (leo@bluebarn.example.net) decides that.",
        "wrong_person",
    ),
    Part(
        _who("viktor@granite.example.com", "Viktor Stone", "Granite Works", "Owner"),
        "This is the FOURTH mail. Who gave you my address?? Stop wasting my time.",
        "not_interested",
    ),
    Part(
        _who("amy@paperlane.example.com", "Amy Chen", "Paperlane", "COO"),
        "No thanks, we signed with somebody else in January.\n\n--\nAmy Chen\nCOO, Paperlane",
        "not_interested",
    ),
    Part(
        _who("luis@soldeoro.example.org", "Luis Ibáñez", "Sol de Oro", "Director"),
        "Sí, me interesa. ¿Podemos hablar el miércoles?\n\nEnviado desde mi iPhone",
        "meeting_booked",
        WEBINAR,
    ),
    Part(
        _who("grace@tidewater.example.com", "Grace Okafor", "Tidewater Clinics", "IT Lead"),
        "Is there a discount for non-profits, and is the price per seat or per mailbox?\n\n"
        "Get Outlook for Android",
        "pricing_question",
    ),
    Part(
        _who("sato@hoshi.example.com", "健太 佐藤", "株式会社ほし", "部長"),
        "ご連絡ありがとうございます。資料をお送りいただけますでしょうか。\n\n佐藤",
        "interested",
    ),
    Part(
        _who("olena@zirka.example.org", "Олена Шевченко", "Зірка", "Маркетинг"),
        "Доброго дня! Цікаво, але поверніться до нас після Великодня, будь ласка.",
        "not_now",
    ),
    Part(
        _who("nikos@thalassa.example.net", "Νίκος Παπαδόπουλος", "Θάλασσα ΑΕ"),
        "Καλημέρα, πόσο κοστίζει για δέκα χρήστες;",
        "pricing_question",
    ),
    Part(
        _who("layla@nakheel.example.com", "ليلى حداد", "شركة النخيل", "مديرة المبيعات"),
        "شكرا لتواصلكم. هل يمكننا التحدث يوم الأحد الساعة 10:30؟ (Zoom)",
        "meeting_booked",
    ),
    Part(
        _who("noam@galil.example.org", "נועם לוי", "גליל טכנולוגיות"),
        "תודה, אבל אנחנו לא מעוניינים כרגע. נסו שוב ב-2027.",
        "not_now",
    ),
    Part(
        _who("wei@longhe.example.com", "伟 王", "龙河科技", "采购经理"),
        "您好，请问五十个用户的报价是多少？谢谢！",
        "pricing_question",
    ),
    Part(
        _who("zoe@confetti.example.net", "Zoë 🎉 Müller", "Confetti 🎈 Events"),
        "Love it 😍👍🏽 count me in 👩‍👩‍👧‍👦🇩🇪 :tada:",
        "interested",
        WEBINAR,
    ),
    Part(
        _who("henry@verbose.example.com", "Henry Vance", "Verbose & Sons", "Partner"),
        LONG,
        "interested",
    ),
    Part(_who("sam@quiet.example.org", "Sam Quiet", "Quiet Ltd"), ""),
    Part(
        _who("tom@kestrel.example.com", "Tom Baker", "Kestrel Analytics", "Analyst"),
        "",
        "interested",
        WEBINAR,
        HTML_ONLY,
    ),
    Part(
        _who("mallory@evil.example.net", "<!channel> *Mallory*", "<@U123> & `Co`", "<script>"),
        HOSTILE,
    ),
    Part(_who("long@names.example.com", "Maximilian" * 30, "Long Names"), "Tell me more."),
    Part(_who("nobody@nowhere.example.org", ""), "who is this?", "not_interested"),
    Part(_who("solo@freelance.example.net", "Ines Costa"), "Ok", "interested", WEBINAR),
    Part(
        _who("bounce@mailer.example.org", "Mail Delivery Subsystem"),
        "Thank you for your message. This mailbox is not monitored. Ticket #48211 was opened.",
        "out_of_office",
        auto=True,
    ),
    Part(
        _who("petra@kranbau-nord.example.com", "Petra Lüders", "Kranbau Nord AG", "Logistik"),
        "Gern, am besten Dienstag um 14 Uhr. Meine Nummer: unten.\n\nVon meinem iPhone gesendet",
        "meeting_booked",
        DACH,
    ),
)


def titled(name: str | None) -> str | None:
    """The tag's name in `TITLE_TAGS`."""
    names = [tag.name for tag in DEFAULT_TAGS]
    return None if name is None else TITLE_TAGS[names.index(name)].name


def plan(
    random: Random,
    cast: Sequence[Part] = CAST,
    *,
    soon: tuple[float, float] = (8, 14),
    between: tuple[float, float] = (20, 40),
) -> Iterator[Arrival]:
    """The order in which leads write, without end: the first lead at once, then all in any order.

    The second comes `soon`, so that a newcomer sees one arrive; later ones leave time to read.

    Once all have written, they write again, which continues their threads.
    """
    at, order = 0.0, [cast[0], *random.sample(cast[1:], len(cast) - 1)]
    while True:
        for part in order:
            yield Arrival(at, part)
            at += random.uniform(*(between if at else soon))
        order = random.sample(cast, len(cast))


async def arrivals(
    planned: Iterable[Arrival],
    *,
    clock: Callable[[], float] = monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[Part]:
    """The mails of a plan, each at its time; a late one comes at once."""
    start = clock()
    for arrival in planned:
        await sleep(max(0, start + arrival.at - clock()))
        yield arrival.part
