"""Requests to be left alone in English, and phrases that only look like it."""

from typing import Final

from bot.opt_outs.phrases import Phrases

_MAIL: Final = r"(?:(?:cold )?e? ?mails?|messages?|msgs?|newsletters?|mailings?|spam)"
_STUFF: Final = rf"(?:{_MAIL}|communications?|correspondence|offers|anything|stuff|junk|crap|shit)"
_LISTS: Final = (
    r"(?:(?:e?mail(?:ing)?s? )?(?:lists?|records?|database|systems?|crm|sequences?|campaigns?"
    r"|cadences?|contacts|files|books|follow ?ups?|distribution|directory)"
    rf"|data ?base|outreach|marketing|subscriptions?|communications?|correspondence|{_MAIL})"
    r"(?! (?:thread|chain|trail|price|invite|cc|copy|list price))"
)
_WRITING: Final = (
    r"(?:e? ?mailing|contacting|messaging|writing|spamming|bothering|harassing|pestering|texting"
    r"|reaching out|following up|pinging|chasing|hassling|soliciting|annoying|stalking)"
)
_WRITE: Final = (
    r"(?:contact|e? ?mail|message|write|bother|disturb|solicit|spam|approach|pester|text|harass"
    r"|ping|follow ?up|reach out|get in touch|send|call|reply|communicate)"
)
_OURS: Final = (
    r"(?:(?:personal|private|contact|business|company|e ?mail|work|customer|own|full|entire) )*"
    r"(?:data|details|information|info|e? ?mail address|addresses|address|e? ?mails?|contacts?"
    r"|name|number|records?|profile|entry)(?! (?:below|above|from|of|i sent|to (?:bob|you)))"
)
_LEGAL: Final = (
    r"(?:report|reporting|legal (?:action|steps|team|dep\w+|counsel|proceedings|measures"
    r"|consequences)|lawyers?|attorneys?|solicitors?|sue|suing|complaint|court|police"
    r"|ico|ftc|gdpr|authorit\w+|regulator|block|charges|fine)\b"
)
_OTHERS: Final = r"(?:customers?|clients?|leads?|prospects?|recipients?|subscribers?|users?|people)"
_PLEASE: Final = r"(?:please|pls|plz|kindly|just|ever|you|dare|simply|really)"

# What is below the mails of some companies.
FOOTERS: Final = (
    r"\bif you (?:would |d )?(?:no longer|dont|do not|prefer|wish|want|like)[^.?]{0,200}"
    r"\b(?:receive|hear|wish|want|unsub|stop|opt)",
    r"^ *to (?:unsub|opt|stop|remove|be removed|cancel)",
    r"\bclick (?:here|below|on|this|the)\b|\breply (?:with )?(?:stop|unsub|remove)",
    r"\b(?:you|you are|youre|you have|youve) (?:receiv|getting|got )\w* this\b|\bprivacy policy\b",
    r"\b(?:intended recipient|in error|automated|not monitored|out of (?:the )?office)\b",
)

# The contrary, something else, or somebody else.
_NOT_MEANT: Final = (
    # the contrary
    r"\b(?:dont|do not|never|not|no need to|neednt|wont|will not|cant|cannot|couldnt|could not"
    r"|didnt|wouldnt) (?:please |ever |even |want (?:you )?to |wanted (?:you )?to |need to |have "
    r"to "
    r"|asking (?:you )?to |mean to |be |get )*(?:remov|unsub|delet|eras|tak\w+ (?:me|us)|stop"
    r"|opt(?:ing)? out|opt|cease|quit|forget|cancel)",
    r"\b(?:hesitate|hate (?:for you )?to|was about to|nearly|almost|usually|normally"
    r"|thought (?:about|of)|why (?:did|would|do|have)|instead of)\b",
    r"\b(?:let me know|tell me|wondering|unsure|not sure) (?:if|when|whether|how)\b",
    # something else
    r"\b(?:remov\w+|take|took|get|drop|delete|keep) (?:me|us|my \w+|our \w+|it)? ?(?:from|off|of)"
    r" (?:the |this |that |your |our |a |an )?(?:\w+ )?(?:cc|bcc|copy|threads?|chain|trail"
    r"|invite|invites|invitation|meeting|calendar|call|loop|trial|beta|pilot|wait ?list"
    r"|waiting|channel|group|slack|webinar|event|agenda|demo|conversation|mute|hold)\b",
    r"\b(?:trial|paid plan|(?:after|once|when|if) we|guarantee|on request|at any time)\b",
    r"\b(?:our|your|their|how do|do|can|could|should|when|if|a|most|many|some|other|the|these) "
    rf"(?:\w+ )?{_OTHERS}\b(?! (?:list|database|base|and|or|at|in|data))",
    rf"^{_OTHERS}\b",
    r"^(?:would|will|does|can|could|should) (?:your|the|our|it|this|they)\b[^.?]{0,400}\?",
    r"\b(?:says?|said|writes?|wrote|replies|replied|responds?) (?:with )?(?:remove|stop|unsub"
    r"|take)",
    r"^(?:does|do you|did|how (?:do you|does|long|is)|when (?:do|does|is)|is|are|can i"
    r"|can we|what (?:happens|if|is)|where (?:is|are)|should i|should we|may i|will you keep)\b"
    r"[^.?]{0,400}\?",
    *FOOTERS,
)

ENGLISH: Final = (
    Phrases(  # off the list, and threats
        asks=(
            # off the list
            rf"\b(?:remov\w*|rem[vo]+e\w?|remoev|rmove|delete\w?|tak(?:e|en|ing)|get|strike"
            rf"|scrub|drop|pull|scratch|cross|wipe|strip"
            r"|exclude|erase\w?|purge|unlist|keep|cut) <1>"
            r"(?:me|us|my|our|this|that|it|him|her|his|them|their|@|myself|everyone|all)\b <4>"
            rf"(?:from|off|of|out of) (?!our |my )<3>{_LISTS}",
            rf"\b(?:remove|delete|take|drop|erase) <4>(?:from|off) your <2>{_LISTS}",
            rf"\b(?:removed|taken|deleted|erased|get|be) (?:from|off) (?:your|this|the|these"
            rf"|all) <2>"
            rf"{_LISTS}",
            r"\b(?:have|want|like) <3>(?:removed|deleted|erased|taken off)\b",
            r"\b(?:off|out of) (?:this|your|these) (?:\w+ )?(?:list|emails?|mails?"
            r"|database)\b(?! price)",
            r"\bask(?:ed)? <4>(?:to be|be) (?:removed|unsubscribed|deleted|taken off)\b",
            r"\b(?:remove|remvoe|remoev|delete|erase|exclude|unlist|deregister|blacklist|block"
            r"|forget)"
            r" (?:me|us)\b(?! (?:from|off|of|in|for|to|if|not)\b)",
            r"\b(?:removed|taken|pulled|struck|unsubscribed) from (?:this|your|any|all) <2>"
            + _LISTS,
            r"\b(?:take|get|pull|keep) off (?:my|our) (?:e?mail|name|address)\b",
            r"\b(?:im|i am|we are|were) unsubscribing\b",
            r"\b(?:respect|honou?r) (?:my|our) <1>(?:wish\w*|request|decision|preference)\b "
            r"<2>not\b",
            r"\bclose (?:my|our|the|this) file\b",
            r"\b(?<!be )(?<!been )blocked (?:you|your)\b|\bblocked and reported\b",
            r"\btake (?:me|us) off(?: \.| \?| now| please| immediately| asap|$)",
            r"\b(?:remove|delete|erase|exclude) (?:me|us) from (?:all|any|every|future|further)\b",
            # unsubscribe
            r"\bun ?s[uo]b?[sc]\w* (?:me|us|my|our (?:e?mail|address|company|team)|@"
            r"|this (?:e?mail|address)|now|immediately|asap|right)\b",
            r"\b(?:please|pls|plz|kindly|want to|like to|wish to|need to|trying to|can i|do i) "
            r"un ?sub\w*(?= \.| \?| from| and| or| i\b| we\b|$)",
            r"<first>un ?sub\w* from (?:this|your|all|these|the)\b",
            r"\b(?:unsubscribed?) <2>(?:twice|already|several|many|times|before|weeks?|again)\b",
            r"\balready unsubscribed\b",
            # opt out
            r"\b(?:please|id like to|like to|want to|wish to|im|i am|i|we|kindly|hereby|and) "
            r"opt(?:ing)? ?(?:me |us )?out\b",
            r"\bopt (?:me|us|my \w+|our \w+) out\b",
            # data
            rf"\b(?:delet|dlete|eras|remov|destroy|wip|purg|scrub|clear|forget)\w* "
            rf"(?:any |all |of |and |or )*(?:my|our|mine) {_OURS}",
            r"\b(?:delete|erase|remove|destroy|wipe|purge) <4>(?:data|information|details"
            r"|records?) <6>"
            r"(?:about me|on me|about us|on us|on file|concerning me|of me|of mine|me|my \w+)\b",
            rf"\b(?:delete|erase|remove) (?:me|us|my \w+|it) and <2>(?:my|our) {_OURS}",
            r"\b(?:exercis\w+|invok\w+|use|using|under) my right to (?:erasure|be forgotten"
            r"|object)",
            r"\b(?:delete|erase|remove|destroy|wipe) (?:everything|all|anything) <4>"
            r"(?:about|on|of|concerning) (?:me|us)\b",
            r"\b(?:data|information) <1>you (?:hold|have|store|keep) (?:on|about|of) (?:me|us) <4>"
            r"(?:delete|erase|destroy|remove)\b",
            r"\bi object(?= \.|$)",
            r"\b(?:request\w*|demand\w*|require|want|insist on) <4>(?:erasure|deletion|removal) <4>"
            r"(?:my|our|me)\b",
            r"\bobject(?:ing)? to <3>processing\b",
            r"\b(?:do not|dont|did not|didnt|never) consent(?:ed)? to <2>"
            r"(?:processing|use|using|storage|storing) <2>(?:my|our|personal)\b",
            r"\b(?:withdraw\w*|revok\w*) <2>(?:my|our) <1>consent\b",
            r"\b(?:where|how|who|got|gave) <6>my (?:\w+ )?(?:e?mail|address|number|details|data"
            r"|name|"
            r"contact)\w*(?: address)?(?: from)? [.?] (?:please |pls )?(?:delete|remove|erase) "
            r"(?:it|them|this|that)\b",
            r"\b(?:it|my \w+|our \w+) (?:to be )?(?:removed|deleted|erased) from (?:your|the) <2>"
            rf"{_LISTS}",
            # leave me alone
            r"\bleave (?:me|us) (?:the \w+ )?(?:alone|in peace|be(?= \.|$))(?! (?:with|in|at"
            r"|to)\b)",
            r"\b(?:fuck|piss|bugger|sod|buzz|f) off\b",
            r"\blose (?:my|our) (?:number|e?mail|contact|address|details)",
            r"\b(?:add|put|place|mark|move|flag|list|set) (?:me|us|my|our|this|@|her|him|it)\b <5>"
            r"(?:do ?not ?(?:contact|call|e?mail|mail|disturb)|dnc|suppression|block ?list"
            r"|black ?list|unsubscribe)",
            r"\b(?:blacklist|block) (?:me|us|my|our) ?(?:e?mail|address|\.|$)",
            r"\b(?:cancel|end|terminate) (?:my|this|our|the|these) (?:\w+ )?"
            rf"(?:subscription|{_MAIL})(?= \.| \?|$| please| now| immediately)",
            # threats
            rf"\bif (?:you|i) <8>(?:again|another|once more|more|continue|persist|further"
            rf"|stop)\b <12>"
            rf"{_LEGAL}",
            rf"\b(?:one more|another|next|any further|any more|further|again) <6>"
            rf"(?:e? ?mails?|messages?|contact\w*|e? ?mail me|spam|me|us)\b <10>{_LEGAL}",
            rf"\b(?:will|ill|shall|going to|am|im|be) <3>{_LEGAL} <8>if you\b",
            r"\b(?:report(?:ed|ing)?|mark(?:ed|ing)?|flag(?:ged|ging)?) "
            r"(?:you|this|your \w+)(?: \w+)? (?:as (?:spam|junk|phishing)|to the\b)",
            r"(?<!get )(?<!are )(?<!being )(?<!were )(?<!was )(?<!is )(?<!be )(?<!been "
            r")(?<!getting )"
            r"(?:report(?:ed|ing)?|mark(?:ed|ing)?|flag(?:ged|ging)?) (?:it |them )?"
            r"(?:as|to) (?:spam|junk|phishing)\b",
        ),
        unless=_NOT_MEANT,
        commands=(
            "stop, stop it, stop this, stop now, stop all, stop stop, stop stop stop, stop "
            "immediately,"
            "unsubscribe, unsubscribed, unsubscribe me, unsub, unsuscribe, unsubcribe, unsubscibe,"
            "unsubscribe all, un subscribe, unsubscribe stop, remove, remove me, remove us, "
            "removal,"
            "remvoe me, remove stop, delete me, delete my data, optout, opt out, opt me out, off "
            "list,"
            "take me off, no more emails, go away, get lost, leave me alone, do not contact,"
            "donotcontact, cease, desist, quit, subject unsubscribe, s t o p, dnc, stop "
            "unsubscribe,"
            "discontinue, please discontinue, cut it out, knock it off, make it stop, not ever,"
            "no soliciting, no solicitation, no solicitations, no cold emails, no spam, blocked,"
            "stop messaging, stop mailing, stop spam, no contact, do not email, do not disturb"
        ),
        courtesies=(
            "please, pls, plz, kindly, thanks, thank, thx, you, thankyou, hi, hello, hey, dear, "
            "now,"
            "interested, immediately, asap, cheers, regards, sorry, but, and, just, again, ok, "
            "nope,"
            "for, from, your, list, this, mailing, the, emails, sir, madam, all, team, email, "
            "to, sent,"
            "my, iphone"
        ),
    ),
    Phrases(  # no more mails
        asks=(
            # stop
            rf"\b(?:stop|quit|cease|discontinue|end|halt|avoid|desist|refrain) (?:from "
            rf")?<1>{_WRITING}"
            r"(?: to| with)?(?: me\b| us\b| my| our (?:team|staff|company|people)| this| here| "
            r"people"
            r"| \.| \?| or| and| now| please| already| again|$)",
            rf"\b(?:stop|quit|cease|discontinue|desist|refrain) (?:from )?(?:sending|with) "
            rf"(?:me |us |out )*(?:all |any |these |this |the |your |more |further |such "
            rf"|unsolicited )*"
            rf"{_STUFF}\b(?! to (?!me|us|this|my))",
            rf"\b(?:stop|cease|discontinue|end) (?:all|any|these|this|the|your) <1>"
            rf"(?:{_STUFF}|contact|outreach|harassment|emailing)\b",
            r"\b(?:cease|discontinue|refrain from|stop|end) (?:all |any |further |your )*"
            r"(?:contact|communications?|correspondence|solicitation|outreach)\b(?! with (?!me"
            r"|us))",
            r"\b(?:stop|cease|desist|quit) (?:contact|e?mail|messag)\w* (?:me|us)\b",
            r"\bcease and desist\b",
            r"\bstop (?:wasting|clogging|filling|polluting) (?:my|our) \w+",
            r"\bstop (?:calling|e?mailing|contacting|messaging|bothering) (?:my|our) "
            r"(?:team|staff|employees|people|colleagues|company)\b",
            r"\bstop (?:now|immediately|it|this) or\b|\btake (?:the|a) hint\b",
            r"\b(?:e?mails?|messages?|contact|outreach|spam) (?:is|are) "
            r"(?:not welcome|unwelcome|unwanted|not wanted|unsolicited)\b",
            r"\b(?:do not|dont) (?:accept|respond to|reply to|welcome|want|read) <2>"
            r"(?:unsolicited|cold|spam)\b",
            r"\b(?:dont|do not|no need to) bother (?:following|e?mailing|contacting|writing"
            r"|replying"
            r"|reaching|trying|messaging)\b",
            r"\b(?:no need|not necessary|dont need|do not need) <3>(?:to )?" + _WRITE + r" <3>"
            r"(?:again|anymore|any ?more|any further|further)\b",
            r"\byou (?:didnt|did not|wont|would not|wouldnt|never|no longer|do not|dont) "
            + _WRITE
            + r" <3>(?:again|anymore|any ?more|any further|further)\b",
            r"\b(?:please|pls|plz|kindly) stop(?= \.|$| now| it| we\b| i\b| this \.)",
            # do not write
            rf"\b(?:do not?|dont|donot|never|not to|must not|may not|shall not|should not|shouldnt)"
            rf" (?:{_PLEASE} |under any circumstances |in future |in the future )*"
            r"(?:contact|e? ?mail|message|write|bother|disturb|solicit|spam|approach|pester|text"
            r"|harass)"
            r"(?: to| or call)? (?:me|us|my (?:team|staff|company|address|inbox)"
            r"|our (?:company|team|staff|office|employees|people|business)|here|this address)\b",
            rf"\b(?:do not|dont|donot|never|not to) (?:{_PLEASE} |under any circumstances "
            rf")*{_WRITE}"
            r"(?: (?:to|with|me|us|my|our|company|team|staff|office|any|of|here|in|way|about"
            r"|this|that"
            r"|these|the|e?mails?|messages?|mails?|up|out|or|reply|call|contact|e?mail|via)){0,8} "
            r"(?:again|back|anymore|any ?more|any further|further|any longer|ever|in future|in "
            r"the future)\b"
            r"(?! with)",
            rf"\b(?:do not|dont|donot|never) (?:{_PLEASE} )*send (?:me |us |out )*"
            rf"(?:any |these |this |your |more |further |other |such |unsolicited )*{_STUFF}\b",
            r"\b(?:not|never|no longer) (?:to )?(?:be|being|get) (?:\w+ )?"
            r"(?:contacted|e?mailed|approached|solicited|spammed|messaged)\b",
            r"\bnot contacted (?:again|any ?more|any further|in future)\b",
            rf"\b(?:do not|dont|not|no longer|never) (?:receive|get) (?:any |more |further "
            rf")+{_MAIL}\b"
            r"(?= \.|$| from (?:you|your))",
            # a wish
            r"\b(?:do not|dont|no longer|never|not|wouldnt|would not|didnt) <1>"
            r"(?:want|wish|like|care|need|agree|consent|asked?)\b <1>"
            rf"(?:to )?(?:(?:receive|get|see|be sent|be receiving|have) "
            rf"(?:any |all |more |further |your |these |this |such |of |the |unsolicited "
            rf"|marketing |sales "
            rf"|cold |other |future |additional |promotional |kind |type |sort |from you "
            rf")*(?:{_STUFF}|these|this"
            r"|from you|calls|contact)\b"
            r"|hear (?:\w+ )?from|be (?:contacted|e?mailed|approached|solicited|bothered|messaged"
            r"|spammed|disturbed|called|included|on (?:your|this|the|any|a)|part of (?:your"
            r"|this))\b)",
            rf"\b(?:do not|dont|no longer|never) (?:want|need|appreciate) "
            rf"(?:any |your |these |this |more |further |other |such |of |unsolicited )+{_MAIL}\b"
            r"(?! (?:to|going|ending|landing|in|getting|end|land|about))",
            r"(?<!have )(?<!has )(?<!had )(?<!are )(?<!is )(?<!got )(?<!get )(?<!were )(?<!with )"
            r"(?<!sent )(?<!there )(?<!see )no (?:more|further|additional|other|future) (?:\w+ )?"
            rf"(?:{_MAIL}|contact|follow ?ups?|communications?|correspondence|solicitations?"
            rf"|outreach"
            r"|calls|sales)\b(?! (?:left|in our|needed|data|info))",
        ),
        unless=(
            *_NOT_MEANT,
            # for a while, or in another way
            r"\b(?:until|till|before|during|while|next week|this week|today|tomorrow|yet|instead"
            r"|rather"
            r"|directly|only|after hours|weekends?|at this address|use this|old address|(?:on"
            r"|by) phone"
            r"|(?:mon|tues|wednes|thurs|fri)day|in the (?:morning|evening)s?|(?<!not )(?<!dont "
            r")(?<!never )(?<!or )(?:call|ring) me"
            r"|better to)\b",
        ),
    ),
    Phrases(  # questions
        asks=(
            r"\b(?:can|could|may|how (?:do|can)|where (?:do|can)) (?:i|we) <2>(?:unsub\w*|be "
            r"(?:removed"
            r"|taken off|deleted|unsubscribed)|opt out|get off)(?= \?| \.|$| from (?:this|these"
            r"|your|the|all)"
            r"| of (?:this|these|your|all|the))",
            r"\bway <2>to (?:unsub\w*|opt out)(?= \?| \.|$| from (?:this|these|your))",
            r"\b(?:where|there) <2>unsubscribe (?:link|button)\b <3>[.?] (?:i|please|we|take"
            r"|remove)\b",
            r"\b(?:ask\w*|tell|told|beg|begged|begging) (?:you|you people|you guys) <3>to stop\b",
        ),
        unless=(*FOOTERS, rf"\b{_OTHERS}\b"),
    ),
)
