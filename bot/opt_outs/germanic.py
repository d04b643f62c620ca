"""Requests to be left alone in German, Dutch and the languages of Scandinavia, and phrases that
only look like it."""

from typing import Final

from bot.opt_outs.phrases import Phrases

GERMANIC: Final = (
    Phrases(  # German
        asks=(
            r"\b(?:entfern\w*|streich\w*|nehm\w*|lösch\w*|loesch\w*|trag\w*|hol\w*) <2>"
            r"(?:mich|uns|meine?n?|unsere?n?|diese|die)\b <4>(?:von|aus|vom) <3>"
            r"(?:\w*listen?|\w*verteilern?|datenbank|system|kartei|crm|newsletter|adressbuch)\b",
            r"\b(?:mich|uns|meine \w+|unsere \w+|adresse) <4>(?:von|aus|vom) <3>"
            r"(?:\w*listen?|\w*verteilern?|datenbank|system|crm|newsletter) <2>"
            r"(?:entfern|streich|nehm|lösch|loesch|auszutrag|austrag|zu )\w*",
            r"\baus (?:dem|ihrem|eurem) \w*verteiler <1>(?:entfernen|löschen|nehmen)\b",
            r"\b(?:lösch|loesch|entfern|vernicht)\w* <3>(?:meine|unsere|mich|uns)\b",
            r"\b(?:lösch|loesch)\w* <3>daten <6>(?:über mich|zu meiner person|von mir)\b",
            r"\b(?:meine|unsere) <3>(?:daten|adresse|kontaktdaten|mailadresse|email) <6>"
            r"(?:zu )?(?:lösch|loesch|entfern)\w*",
            r"\balle <2>(?:über mich|zu meiner person) <3>daten <5>(?:lösch|loesch)\w*",
            r"\b(?:löschung|loeschung|entfernung) <2>(?:meiner|unserer|aller)\b",
            r"\btrag\w* <1>(?:mich|uns) <6>aus\b",
            r"\bmeld\w* <1>(?:mich|uns) <6>ab\b",
            r"\b(?:mich|uns) <2>(?:abmelden|abzumelden|austragen|auszutragen|abbestellen)\b",
            r"\b(?:kontaktier|schreib|belästig|anschreib|stör|behellig)\w* <1>"
            r"(?:mich|mir|uns) <3>(?:nicht|nie) (?:mehr|wieder|weiter)\b",
            r"\b(?:send|schick|schreib|zusend)\w* <1>(?:mir|uns) <2>keine <2>"
            r"(?:\w*mails?|nachrichten|werbung|newsletter|anfragen|angebote)\b(?! mit| in| an)",
            r"\b(?:mich|uns|mir) <3>(?:nicht|nie) (?:mehr|wieder|weiter) <2>"
            r"(?:zu )?(?:kontaktier|schreib|anschreib|anzuschreib|belästig|stör|mail)\w*",
            r"\b(?:nicht|nie) (?:mehr|wieder|weiter) <3>"
            r"(?:kontaktiert|angeschrieben|belästigt|behelligt|angemailt) <1>(?:werden|zu "
            r"werden)\b",
            r"\bkeine (?:weiteren |weitere |mehr |solchen |unaufgeforderten )*"
            r"(?:e?mails|nachrichten|werbung|newsletter|anfragen|kontaktaufnahmen|zusendungen)\b"
            r"(?: mehr)?(?: bitte| danke)?(?: \.|$| von| erhalten| bekommen| zu erhalten| senden"
            r"| schicken| zu senden| zu schicken| zusenden)",
            r"\bkeine <2>(?:e?mails?|nachrichten|werbung|newsletter|anfragen) mehr\b(?! erhalten "
            r"\.)",
            r"\b(?:hör\w*|aufhör\w*) <2>auf (?:mich|mir|uns|mit)\b",
            r"\bunterlass\w* <3>(?:weitere|es|jede|jegliche|künftig|mich)\b",
            r"\bsehen? <2>von <2>(?:kontakt\w*|\w*mails?|nachrichten|anfragen|werbung) <1>ab\b",
            r"\bvon weiteren <2>(?:\w+) <1>(?:absehen|abzusehen|abstand)\b",
            r"\bverschon\w* <1>(?:mich|uns)\b|\b(?:damit|sofort) aufhören\b",
            r"\bkein(?:en|erlei)? (?:weiteren? )?kontakt(?:e|aufnahmen?)?(?: mehr)?(?= \.|$| "
            r"bitte| zu| auf| wünsch| erwünscht)",
            r"\b(?:weitere\w*|werbung|kontakt\w*|anfragen|mails?) <3>(?:unerwünscht|nicht "
            r"erwünscht|verboten|untersagt)\b",
            r"\b(?:kontaktdaten|adresse|mailadresse|emailadresse|daten|email|eintrag) "
            r"<1>(?:bitte )?(?:umgehend |sofort )?(?:löschen|loeschen|entfernen|vernichten)\b",
            r"\b(?:streichung|löschung|entfernung|austragung|abmeldung) <2>(?:aus|von|vom)\b",
            r"\bnicht (?:mehr|wieder|weiter) <1>(?:kontaktieren|anschreiben|anzuschreiben"
            r"|schreiben|mailen|anrufen|belästigen|melden|zuschicken|zusenden)\b",
            r"\bnicht (?:mehr|wieder|weiter) an (?:mich|uns|diese adresse)\b",
            r"\bruf\w* <2>(?:mich|uns) <1>(?:nie|nicht) (?:mehr|wieder)\b",
            r"\blass\w* <1>(?:mich|uns) <1>in (?:ruhe|frieden)\b",
            r"\bwiderspr\w+ <4>(?:verarbeitung|nutzung|verwendung|speicherung|weitergabe)\b",
            r"\bwiderruf\w* <3>(?:einwilligung|zustimmung)\b",
            r"\b(?:melden|meldet) (?:sie )?(?:sich|euch) <2>(?:nicht|nie) (?:mehr|wieder)\b",
            r"\b(?:weitere\w*|noch einmal|nochmals?|erneut|nächste) <8>(?:anwalt|rechtliche|"
            r"anzeige|abmahnung|datenschutzbehörde|juristische|unterlassung\w*)\b",
        ),
        unless=(
            r"\b(?:zöger\w*|scheu\w*|nicht (?:auf|abmelden|austragen|löschen|entfernen)"
            r"|vor (?:\w+ )?(?:montag|dienstag|mittwoch|donnerstag|freitag|uhr|\d+)|bis|lieber"
            r"|statt"
            r"|stattdessen|nächste woche|diese woche|cc|kopie|adressat|empfänger|vertraulich\w*"
            r"|letzte|vorige|kunden|vertragsende|nicht mehr erhalten)\b",
            r"^(?:wie|wo|wann|können (?:empfänger|wir)|kann (?:man|ich)|lassen sich|löschen sie "
            r"die)\b[^.?]{0,400}\?",
        ),
        commands=(
            "stopp, abmelden, abmeldung, abbestellen, austragen, austragung, löschen, entfernen,"
            "mich abmelden, mich austragen, löschen sie mich, keine mails, keine mails mehr,"
            "keine emails, keine werbung, verteiler austragen, newsletter abmelden"
        ),
        courtesies="bitte, danke, hallo, mfg, sofort, umgehend, vielen, dank, guten, tag",
    ),
    Phrases(  # Dutch
        asks=(
            r"\b(?:verwijder|haal|schrap|neem|gooi)\w* (?:mij|me|ons|mijn|onze|dit)\b"
            r"(?= <6>(?:van|uit) <3>(?:\w*lijst\w*|bestand\w*|database|systeem|mailing\w*))",
            r"\b(?:verwijder|wis)\w* (?:al )?(?:mijn|onze|mij|ons) ?(?:\w+)?(?= \.|$| uit| van| "
            r"te)",
            r"\b(?:mijn|onze) <2>(?:adres|mailadres|emailadres|gegevens|data) <4>(?:te )?"
            r"(?:verwijder|wiss)\w*",
            r"\bschrijf (?:mij|me|ons) <4>uit\b",
            r"\b(?:mij|me|ons) <3>(?:uit te schrijven|uitschrijven|af te melden|afmelden)\b",
            r"\bmeld (?:mij|me|ons) <2>af\b",
            r"\bstop\w* met <2>(?:\w*mail\w*|sturen|berichten|contact\w*|spam\w*|mij|ons"
            r"|benaderen)",
            r"\b(?:stuur|zend|mail|bel|schrijf|contacteer|benader)\w* (?:mij|me|ons) <1>"
            r"(?:niet|geen|nooit) <3>(?:meer|opnieuw)\b",
            r"\b(?:mij|me|ons|mijn \w+|onze \w+) <1>(?:uit|van) <3>(?:\w*lijst\w*|bestand\w*"
            r"|database|systeem|mailing\w*) <1>(?:halen|verwijder\w+|schrappen|haal)\b",
            r"\bgeen contact meer <3>op te nemen\b",
            r"\bneem <2>geen contact meer\b",
            r"\bgeen <3>contact <5>(?:meer|opnieuw) op te nemen\b",
            r"\bgeen (?:verdere |nieuwe )?(?:\w*mails?|berichten|reclame|nieuwsbrieven) meer\b"
            r"(?! in| over)",
            r"\b(?:niet|nooit) meer <3>(?:benaderd|gecontacteerd|gemaild|benaderen|lastig)\b",
            r"\blaat (?:mij|me|ons) met rust\b",
            r"\btrek <3>toestemming <3>in\b",
        ),
        unless=(r"\b(?:aarzel\w*|klanten|tot|voor maandag|niet (?:verwijder|uitschrijven))\b",),
        commands=(
            "uitschrijven, afmelden, afmelding, uitschrijving, verwijder mij, verwijderen, stoppen"
        ),
        courtesies="graag, aub, alstublieft, alsjeblieft, bedankt, dank, mij, gelieve, svp",
    ),
    Phrases(  # Swedish, Danish and Norwegian
        asks=(
            r"\b(?:ta <1>bort|radera|stryk|avregistrera|avprenumerera|plocka bort) "
            r"(?:mig|oss|min|mina|mitt|vår|våra)\b",
            r"\bta (?:mig|oss) bort\b|\bta bort <2>(?:mig|min|mina) <3>från\b",
            r"\b(?:fjern|slett?|meld|stryk|afmeld|avmeld) (?:mig|meg|os|oss|min|mine|mitt|vores"
            r"|våre)\b",
            r"\b(?:fjern|slett?) <2>(?:opplysning|oplysning|data|adresse)\w* "
            r"(?:mine|mitt|min)\b",
            r"\b(?:fjerne|slette|radera) (?:mig|meg|os|oss|mina|mine|min)\b",
            r"\b(?:sluta|slutt|slut|stop|stopp) (?:med )?(?:å |at |att )?"
            r"(?:maila|mejla|kontakt\w*|skicka|skriva|skrive|sende|maile|spamm\w*|plage|störa)\b",
            r"\b(?:kontakta?|skriv|maila?|mejla|ring|send|skicka) (?:till |til )?"
            r"(?:mig|meg|os|oss)? ?(?:inte|ikke|aldri|aldrig|ej) <3>(?:igen|mer|mere|flere"
            r"|längre|lenger)",
            r"\b(?:kontakta?|skriv|maila?|mejla) (?:inte|ikke|ej|aldrig|aldri) <1>(?:till |til )?"
            r"(?:mig|meg|os|oss)\b <1>(?:igen|mer|mere|längre)\b",
            r"\b(?:ikke|inte|aldri) (?:kontakta?|send|skriv|mail) (?:til )?"
            r"(?:meg|oss|mig|os)\b(?! på| før)",
            r"\b(?:skicka|send|sende) (?:inga|ingen|inte|ikke) (?:mig |meg |oss |os )?"
            r"(?:fler|flere|mer|mere)\b",
            r"\b(?:vill|vil|ønsker|önskar|ønskjer) (?:inte|ikke|ej) (?:längre |lenger |længere )?"
            r"(?:å |at |att )?(?:ha|få|modtage|motta|mottaga|ta emot) <2>"
            r"(?:fler|flere|mer|mere|\w*mails?|mejl|\w*post|epost\w*)\b",
            r"\b(?:vill|vil|ønsker|önskar) (?:inte|ikke|ej) (?:å |at |att )?(?:bli|blive)? ?"
            r"(?:kontakt\w+)\b(?! kunder)",
            r"\b(?:ønsker|vil|vill|önskar) (?:ikke|inte|inga|ingen) (?:ha )?(?:fler|flere|mere"
            r"|mer) "
            r"(?:\w*mail\w*|\w*post\w*|mejl|meldinger|beskeder|meddelanden)\b",
            r"\b(?:lämna|lad|la) (?:mig|meg|oss|os) (?:være )?(?:i ?fred)\b",
            r"\b(?:återkallar|trekker|trækker) <3>(?:samtycke|samtykke)\w*",
        ),
        unless=(
            r"\b(?:tveka|tøv|nøl|tøve|nøle|før|før mandag|innan|kunder|kunderna|sluta inte)\b",
        ),
        commands=(
            "avregistrera, avprenumerera, avregistrera mig, avsluta, stopp, sluta, ta bort, afmeld,"
            "frameld, afmeld mig, avmeld, meld av, meld meg av, avmelding, fjern, slett, slet,"
            "avbeställ, avslutt, fjern meg, ta bort mig"
        ),
        courtesies="tack, snälla, vänligen, tak, venligst, takk, vennligst, hej, hei, mvh",
    ),
)
