"""Requests to be left alone in Slavic languages, and phrases that only look like it."""

from typing import Final

from bot.opt_outs.phrases import Phrases

SLAVIC: Final = (
    Phrases(  # Polish
        asks=(
            r"\b(?:wypis|usuń|usun|wykreśl|skreśl)\w* (?:mnie|nas|mój|moje|nasze|moich|mojego)\b",
            r"\b(?:mnie|nas) (?:wypis|usun|wykreśl)\w+",
            r"\b(?:usunięcie|usuniecie|wypisanie|wykreślenie) (?:mnie|mojego|moich|naszego"
            r"|naszych)\b",
            r"\b(?:się )?(?:ze mną|z nami) (?:więcej |już )?nie kontaktować\b",
            r"\bnie (?:się )?(?:kontakt)\w+ (?:się )?(?:ze mną|z nami)\b",
            r"\bnie (?:wysyła|przysyła|pisz|pisa|nęka)\w* <4>(?:więcej|już)\b",
            r"\bwięcej <2>nie (?:wysyła|przysyła|pisz|pisa|nęka|kontakt)\w*",
            r"\bzaprzesta\w+ <1>(?:wysył|kontakt|przesył|pisa|nęka)\w*",
            r"\bnie wyraża\w+ zgody\b",
            r"\bprzesta\w+ <3>(?:pisać|wysyłać|kontaktować|spamować|przysyłać|nękać)\b",
            r"\bnie (?:chcę|chcemy|życzę sobie|życzymy sobie) <2>"
            r"(?:otrzym\w+|dostaw\w+|kontaktu|wiadomości|maili|więcej)\b(?! pytań)",
            r"\b(?:wycofuj|cofam|odwołuj)\w* <1>zgodę\b|\brezygnuj\w+ z (?:subskrypcji"
            r"|newslettera)\b",
            r"\bdajcie mi (?:święty )?spokój\b",
        ),
        unless=(r"\b(?:wahać|krępować|śmiało|klienci|jak|dopóki|przed|urlopie)\b",),
        commands=(
            "wypisz, wypisz mnie, rezygnuję, usuń, usuń mnie, wypiszcie mnie, wypisać, rezygnacja"
        ),
        courtesies="proszę, dziękuję, mnie, dzień, dobry, prosze",
    ),
    Phrases(  # Czech and Slovak
        asks=(
            r"\b(?:odhlas|vyřaď|odstraň|smaž|vymaž|vyškrtn|zmaž|odstráň)\w* <1>(?:mě|mne|nás|ma"
            r"|mé|moje|můj|moju)\b",
            r"\b(?:vyřazení|odstranění|vymazání|smazání|výmaz) <2>(?:ze|z|mých|mé|moje|našich)\b",
            r"\bnekontaktujte (?:mě|mne|nás|ma)\b",
            r"\b(?:neposílej|nezasílej)\w* (?:mi|nám) <2>(?:další|už|žádné|více)\b",
            r"\b(?:už|již) (?:mi|nám|mě|nás) ne(?:piš|posíl|kontakt|vol)\w+",
            r"\bnepište (?:mi|nám) <1>(?:už|již|znovu|dále|viac)\b",
            r"\bpřestaňte (?:mě|mi|nás|nám|s) <1>\w+",
            r"\b(?:nechci|nechceme|nepřeji si|nepřejeme si) <2>(?:dostávat|být|kontaktován\w*)\b",
            r"\bnechte (?:mě|nás) (?:na pokoji|být)\b",
        ),
        unless=(r"\b(?:neváhejte|před|dokud|zákazníci)\b",),
        commands="odhlásit, odhlásit z odběru, odhlaste mě, zrušit odběr, vymazat, odhlásiť",
        courtesies="prosím, děkuji, dobrý, den, díky",
    ),
    Phrases(  # Ukrainian
        asks=(
            r"\b(?:відпиш|видал|викресл|приберіть)\w* (?:мене|нас|мої|мій|мою|наші)\b",
            r"\b(?:виключити|видалити|прибрати|відписати) (?:мене|нас)\b",
            r"\b(?:мене|нас) <1>(?:видалити|відписати|виключити)\b",
            r"\bвидал\w+ (?:мої|мою|мій|наші) <1>(?:дані|адресу|пошту|персональні)\b",
            r"\bне (?:пишіть|пиши|надсилайте|телефонуйте|турбуйте) <3>(?:більше|ніколи)\b",
            r"\bбільше <2>не (?:пишіть|надсилайте|турбуйте|звертайтеся)\b",
            r"\bне турбуйте (?:мене|нас)\b",
            r"\b(?:припиніть|перестаньте|досить) <2>(?:писати|надсилати|розсилку|слати"
            r"|турбувати)\b",
            r"\bне хочу <1>отримувати\b|\bдайте мені спокій\b",
        ),
        unless=(r"\b(?:соромтеся|клієнти|до понеділка)\b", r"\bне (?:видаляйте|відписуйте)\b"),
        commands="відписатися, відписка, відпишіть, стоп, видалити, відпишіть мене",
        courtesies="будь, ласка, дякую, мене",
    ),
    Phrases(  # Russian
        asks=(
            r"\b(?:отпишите|удалите|уберите|исключите|вычеркните|удали|убери) <1>"
            r"(?:меня|нас|мой|мою|мои|наш|наши|этот) ?(?:\w+)?",
            r"\b(?:исключить|удалить|убрать|отписать|вычеркнуть) (?:меня|нас)\b",
            r"\bне (?:надо|нужно|стоит) <2>(?:больше )?(?:писать|присылать|беспокоить|звонить)\b",
            r"\b(?:меня|нас) <2>(?:удалить|исключить|отписать|убрать)\b",
            r"\b(?:удалить|удалите|стереть) <1>(?:мои|наши|мой|мою) <1>(?:данные|адрес|почту"
            r"|контакты?)\b",
            r"\b(?:больше|впредь) <2>не (?:пишите|присылайте|беспокойте|беспокоить|звоните|пиши"
            r"|надо писать)\b",
            r"\bне (?:пишите|присылайте|беспокойте|звоните|шлите|отправляйте) <3>(?:больше"
            r"|никогда)\b",
            r"\bбольше <2>не беспокоить\b|\bне связывайтесь (?:со мной|с нами)\b",
            r"\b(?:прекратите|перестаньте|хватит|прекращайте) <2>"
            r"(?:писать|присылать|слать|рассылку|спам\w*|рассылать|беспокоить|отправлять)\b",
            r"\bне (?:хочу|хотим|желаю) <2>(?:получать|получения)\b",
            r"\bотзываю <1>согласие\b|\bоставьте (?:меня|нас) в покое\b",
        ),
        unless=(
            r"\b(?:стесняйтесь|клиенты|до понедельника|раньше)\b",
            r"\bне (?:удаляйте|отписывайте|убирайте)\b",
        ),
        commands=(
            "отписаться, отписка, отпишите, стоп, отпишите меня, удалите меня, удалить, отписать"
        ),
        courtesies="пожалуйста, спасибо, меня, прошу, здравствуйте",
    ),
)
