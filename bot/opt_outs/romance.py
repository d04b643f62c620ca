"""Requests to be left alone in Romance languages, and phrases that only look like it."""

from typing import Final

from bot.opt_outs.phrases import Phrases

ROMANCE: Final = (
    Phrases(  # French
        asks=(
            r"\b(?:désinscri|désabonn)\w* ?(?:moi|nous)\b",
            r"\b(?:me|nous) (?:désinscri|désabonn|radi)\w+(?! pas)",
            r"\b(?:retir|enlev|supprim|effac|ray|ôt|sort)\w* ?(?:moi|nous)\b(?! <3>copie)",
            r"\b(?:me|nous) (?:retirer|enlever|supprimer|effacer|rayer|sortir|radier)\b <3>"
            r"(?:de|des|du|vos|votre|cette)\b",
            r"\b(?:retir|enlev|supprim|effac)\w* (?:toutes? )?(?:mon|ma|mes|notre|nos) <2>"
            r"(?:adresses?|mails?|emails?|données|coordonnées|informations|contacts?|nom|numéro)\b",
            r"\b(?:menlever|mexclure|meffacer|menlevez)\b",
            r"\bne (?:pas|plus|jamais) (?:me |nous |m)?(?:re)?(?:contact|sollicit|relanc|démarch"
            r"|importun|dérang)\w*",
            r"\b(?:exclu|sort)\w* (?:moi|nous|mon|notre) <3>(?:liste|base|fichier|envois)\b",
            r"\b(?:leffacement|effacement|suppression) <3>(?:mes|nos) <1>(?:données|coordonnées)\b",
            r"\bmoppose <3>traitement\b|\bretire mon consentement\b",
            r"\bne (?:me|nous|m|mé)? ?(?:contact|écri|sollicit|relanc|dérang|importun|envoy"
            r"|démarch)\w*"
            r" plus\b",
            r"\bne (?:mécri|menvoy)\w* plus\b",
            r"\bne plus (?:me |nous |m)?(?:re)?(?:contact|écri|sollicit|relanc|dérang|importun"
            r"|envoy"
            r"|démarch|adresser)\w*",
            r"\b(?:ne )?(?:souhait|veu|désir|voul)\w* (?:plus|pas) (?:recevoir|être (?:contact|"
            r"sollicit|démarch|relanc)\w*)",
            r"\bd?(?:arrêt|cess|stopp)\w* (?:de |d)?(?:me |nous |m)?"
            r"(?:contact|écri|envoy|sollicit|relanc|harcel|importun|spam|démarch|déranger)\w*",
            r"\bd?(?:arrêt|cess|stopp)\w* (?:tout contact|toute|vos|ces|les) ?"
            r"(?:relances|mails|emails|messages|envois|sollicitations|spams?|contact)?"
            r"(?= \.|$| svp| merci| et)",
            r"<first>plus (?:de |d)(?:mails?|emails?|messages?|relances?)\b",
            r"\blaiss\w+ ?(?:moi|nous) (?:tranquille|en paix)|\bfout\w+ ?(?:moi|nous) la paix\b",
            r"\bsi vous <6>(?:encore|continu\w+|nouveau) <8>(?:cnil|avocat|plainte|justice)\b",
            r"\bplus recevoir (?:de |vos |ces |d)\w+",
        ),
        unless=(
            r"\b(?:nhésite\w*|hésite\w*|avant|jusqu\w*|clients|destinataire|surtout|copie"
            r"|comment)\b",
            r"\bne (?:me |nous )?(?:désinscri|désabonn|supprim|retir)\w+ pas\b",
        ),
        commands=(
            "désinscription, désabonnement, désabonner, se désabonner, désinscrire, se désinscrire,"
            "me désinscrire, me désabonner, retirez moi, stop mails, arrêtez, résilier"
        ),
        courtesies=(
            "merci, svp, stp, bonjour, veuillez, cordialement, sil, vous, plaît, silvousplaît"
        ),
    ),
    Phrases(  # Spanish
        asks=(
            r"\b(?:de|den|dar|da|dé|dad)(?:me|nos) de baja\b",
            r"\b(?:solicito|pido|quiero|deseo) (?:la |mi )?baja\b|\b(?:me|nos) (?:den?|dé) de "
            r"baja\b",
            r"\bdesus?cr\w+(?:me|nos|me)\b|\b(?:anular|cancel\w+) (?:mi |la )?suscripción\b",
            r"\b(?:elimin|borr|quit|saq|sáqu|saqu|retir|suprim|remuev|excluy)\w*(?:me|nos|nme)\b "
            r"<2>"
            r"(?:de|del)\b",
            r"\b(?:elimin|borr|quit|saqu|retir|suprim|remuev)\w* (?:todos )?(?:mi|mis|nuestr\w+) "
            r"<1>(?:datos|correos?|emails?|dirección|información|contacto|cuenta|nombre)\b",
            r"\bque (?:me|nos) (?:elimin|borr|saqu|quit|retir|den de baja|dé de baja|remuev)\w*",
            r"\bno (?:me |nos )?(?:contact|escrib|envi|mand|molest|insist)\w* más\b|\bno "
            r"insist\w+\b",
            r"\bno (?:contactar|escribir|molestar|enviar|mandar)(?:me|nos)? <2>más\b",
            r"\b(?:supresión|eliminación|cancelación) de (?:todos )?(?:mis|mi|nuestros)\b",
            r"\bno (?:me|nos) (?:vuelv\w+ a )?(?:contact|escrib|envi|envíe|mand|molest|llam)\w* <2>"
            r"(?:más|nunca|jamás|de nuevo|otra vez|nada|correos|emails|mensajes)\b",
            r"\bno (?:vuelv|volv)\w+ a (?:contactar|escribir|enviar|mandar|molestar|llamar)(?:me"
            r"|nos)\b",
            r"\b(?:dej|par|ces)\w* de (?:enviar|mandar|contactar|escribir|molestar|llamar|spam\w*)"
            r"(?:me|nos)?\b",
            r"\bno (?:quiero|queremos|deseo|deseamos) (?:recibir|ser contactad\w+|que me)\b"
            r"(?! llamadas)",
            r"\bya no (?:quiero|queremos|deseo) <1>recibir\b",
            r"\bdéj(?:en|e|a)(?:me|nos) en paz\b|\bretiro mi consentimiento\b",
        ),
        unless=(
            r"\b(?:dude|duden|dudes|hasta|antes|clientes|usuarios|destinatario|mejor)\b",
            r"\bno (?:deje|dejen|pare|me den|elimine|borre)\w*(?: de)?\b(?! en paz)",
        ),
        commands=(
            "baja, dar de baja, darme de baja, darse de baja, cancelar suscripción, desuscribir,"
            "desuscribirme, desuscribirse, eliminar, eliminarme, alto, desuscríbanme, no más, basta"
        ),
        courtesies="por, favor, gracias, hola, porfavor, de, la, lista, me, interesa",
    ),
    Phrases(  # Portuguese
        asks=(
            r"\b(?:remov(?:a|am|er)|retir(?:e|em|ar)|exclu(?:a|am|ir)|tir(?:e|em|ar)"
            r"|descadastr\w+|elimin(?:e|em)|apagu?em?)(?:me|nos)\b",
            r"\b(?:me|nos) (?:remova|removam|remover|retire|retirem|retirar|exclua|excluam|excluir"
            r"|tire|tirem|tirar|descadastr\w+|elimine|apague)\b",
            r"\b(?:remov|retir|tir|exclu|apag|elimin|delet)\w* (?:todos )?(?:o |os |a )?"
            r"(?:meu|meus|minha|minhas|nosso|nossos) <2>"
            r"(?:e?mails?|dados|endereço|contat?c?to|contato|contacto|informações|nome|número)\b",
            r"\bnão (?:me|nos) (?:contact|contat|envi|mand|escrev|perturb|incomod)\w* <1>mais\b",
            r"\bnão <1>(?:me|nos) <1>(?:contact|contat|envi|mand|escrev)\w* <2>(?:novamente"
            r"|mais)\b",
            r"\bnão entr\w+ <1>em contat?c?to <2>(?:comigo|conosco|connosco)?\b",
            r"\b(?:parem?|deixem?|cessem?) de (?:me |nos )?(?:enviar|mandar|contact|contat"
            r"|escrev|spam)\w*",
            r"\bnão (?:quero|queremos|desejo|desejamos|gostaria de) (?:mais )?"
            r"(?:receber|ser contact\w+|ser contat\w+)\b",
            r"\b(?:me deix\w+|deix\w+ ?(?:me|nos)) em paz\b",
            r"\b(?:exclusão|eliminação|remoção) d[aeo]s? (?:meus?|minhas?|nossos?)\b",
            r"\bnão (?:enviar|mandar|contactar|contatar|escrever) <1>mais\b|\bnão insist\w+\b",
            r"\bque (?:me|nos) (?:retir|remov|exclu|descadastr)\w+",
        ),
        unless=(r"\b(?:hesite\w*|até|antes|clientes|não (?:pare|remov|retir|deix)\w*)\b",),
        commands=(
            "remover, descadastrar, descadastre, sair, cancelar inscrição, cancelar subscrição,"
            "cancelar assinatura, parar, pare, remova me, descadastro, excluir"
        ),
        courtesies="obrigado, obrigada, favor, por, olá, da, lista",
    ),
    Phrases(  # Italian
        asks=(
            r"\b(?:cancell|rimuov|togli|toglie|tolga|disiscriv|elimin|esclud)\w*(?:mi|temi|teci"
            r"|ci)\b",
            r"\b(?:mi|ci) (?:cancell|rimuov|tolg|disiscriv|elimin)\w+\b(?! una?\b)",
            r"\b(?:cancell|rimuov|togli|elimin)\w* (?:tutti )?(?:il |i |la )?(?:mio|miei|mia"
            r"|nostri|nostro) "
            r"<1>(?:dati|indirizzo|email|mail|contatto|contatti|nome|numero|nominativo)\b",
            r"\b(?:cancellazione|rimozione) (?:dei|di tutti i|del) (?:miei|mio|nostri)\b",
            r"\brevoco <1>consenso\b",
            r"\bnon (?:contatt|scriv|invi|mand|disturb)\w*(?:mi|temi|teci|ci|ermi) più\b",
            r"\bnon (?:mi|ci) (?:scriv|invi|mand)\w+ <1>(?:altre|altri|altro|nulla|niente)\b",
            r"\b(?:di )?non (?:essere )?(?:ricontattat|contattat)\w+ più\b",
            r"\bnon (?:mi|ci) (?:contatt|scriv|invi|mand|disturb)\w+ più\b",
            r"\bnon (?:vogli|desider|intend)\w+ (?:più )?(?:ricevere|essere contattat\w)\b",
            r"\b(?:smett|cess|finit)\w+ di (?:mandar|scriv|contatt|invi|disturb|rompere)\w+",
            r"\blasci\w+(?:mi|temi|teci|ci) in pace\b|\bdiffido <2>contattarmi\b",
            r"<first>(?:basta|niente più) (?:e?mail|messaggi)\b",
        ),
        unless=(
            r"\b(?:esit\w+|fino|prima|clienti|destinatario|riservato|smettiamo)\b",
            r"\bnon (?:cancell|rimuov|togli|mi cancell|smett|mi toglie)\w*",
        ),
        commands=(
            "cancellami, cancellazione, disiscrizione, disiscrivimi, disiscrivetemi, disiscrivi,"
            "rimuovetemi, rimuovimi, basta, annulla iscrizione, cancellatemi, toglietemi"
        ),
        courtesies="grazie, prego, favore, cortesemente, buongiorno, salve, per",
    ),
    Phrases(  # Romanian
        asks=(
            r"\b(?:să )?mă dezabon\w+|\bdezabonați\w*",
            r"\bnu (?:mă|ne|îmi|imi) mai (?:contact|scri|trimit|deranj)\w+",
            r"\bșterge\w* <2>(?:datele|adresa|emailul)\b",
        ),
        unless=(r"\b(?:ezita\w*|clienți\w*)\b",),
        commands="dezabonare, dezabonați mă",
        courtesies="vă, rog, mulțumesc",
    ),
)
