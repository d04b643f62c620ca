"""Requests to be left alone in other languages, and phrases that only look like it."""

from typing import Final

from bot.opt_outs.phrases import Phrases

OTHERS: Final = (
    Phrases(  # Finnish
        asks=(
            r"\bpoist\w+ <1>(?:minut|meidät|tietoni|sähköpostini|osoitteeni|yhteystietoni"
            r"|nimeni)\b",
            r"\bpoistamaan <1>(?:minut|tietoni|sähköpostini|osoitteeni)\b",
            r"\blopet\w+ <1>(?:viestien|sähköpostien|postien|mainosten|yhteydenotot|tämä"
            r"|spämm\w+)\b",
            r"\b(?:älä|älkää) <2>(?:minuun|meihin) <2>yhtey\w+|\b(?:älä|älkää) ottako? "
            r"<2>yhtey\w+ enää\b",
            r"\b(?:älä|älkää) (?:lähetä|lähettäkö) <2>(?:enää|viestejä|sähköposteja)\b",
            r"\b(?:ettette|ettei|ette|älkää|älä) enää <1>(?:lähet|ota|soita|kirjoit|häirit)\w*",
            r"\ben halua <2>(?:enää )?<2>(?:viestejä|sähköposteja|sähköpostia|yhteydenottoja)\b",
            r"\bjätt?\w+ (?:minut|meidät) rauhaan\b",
        ),
        unless=(r"\b(?:epäröi\w*|asiakkaat|ennen)\b",),
        commands="peruuta tilaus, poista, poista minut, peruuta, lopeta, lopettakaa",
        courtesies="kiitos, hei, ystävällisesti",
    ),
    Phrases(  # Hungarian
        asks=(
            r"\btöröl\w+ <2>(?:listá\w+|adat\w+|engem|címem\w*)\b|\bleirat\w+ (?:engem|minket)\b",
            r"\bne (?:írja\w+|küldj\w+|keress\w+) <2>(?:többet|többé|több)\b",
        ),
        commands="leiratkozás, leiratkozom, töröljenek",
        courtesies="kérem, köszönöm",
    ),
    Phrases(  # Turkish
        asks=(
            r"\bbeni? <3>(?:liste\w*|\w*list\w*) <1>(?:çıkar|sil|kaldır)\w*",
            r"\b(?:beni|adresimi|bilgilerimi|emailimi|mailimi|verilerimi|verilerimin) <4>"
            r"(?:sil|çıkar|kaldır)\w*",
            r"\b(?:bir daha|tekrar|artık|lütfen) <4>(?:atmayın|göndermeyin|yazmayın|aramayın"
            r"|geçmeyin|atma|gönderme|yazma)\b",
            r"\b(?:mail |email )?listenizden <1>(?:çıkar|sil)\w+|\bbana <1>(?:mail|email|eposta"
            r"|mesaj) (?:atma|gönderme|yollama)\w*",
            r"\bbenimle <3>iletişime geçmeyin\b|\bbana <3>(?:atmayın|göndermeyin|yazmayın)\b",
            r"\b(?:atmayı|göndermeyi|yazmayı) (?:bırak|kes)\w+",
            r"\b(?:mail|email|posta|eposta|mesaj)\w* almak istemiyor\w+",
            r"\babonel\w+ <1>(?:iptal|sonlandır|çık|çıkar)\w*",
            r"\b(?:beni|bizi) rahat bırak\w+",
        ),
        unless=(r"\b(?:çekinmeyin|müşteri\w*|kadar|önce)\b",),
        commands=(
            "abonelikten çık, abonelikten çıkar, listeden çıkar, listeden çıkarın, dur, çıkar, çık"
        ),
        courtesies="lütfen, teşekkürler, merhaba, teşekkür, ederim",
    ),
    Phrases(  # Greek
        asks=(
            r"\bδιαγρά\w+ (?:με|μας|τα στοιχεία)\b|\bμη[νν]? (?:μου |μας )?(?:ξανα)?στείλετε",
            r"\bμη[νν]? (?:μου |με |μας )ξανα\w+|\bσταματήστε να (?:μου|με|μας)\b",
        ),
        commands="διαγραφή, κατάργηση εγγραφής",
        courtesies="παρακαλώ, ευχαριστώ",
    ),
    Phrases(  # Hebrew
        stems=("הסר", "הסיר", "תסיר", "תפנו", "תשלחו", "להסיר", "מחקו"),
        asks=(
            r"(?:הסירו|להסיר|תסירו|הסר) (?:אותי|אותנו|את)",
            r"אל (?:תפנו|תשלחו|תכתבו|תיצרו) [^.?]{0,60}(?:שוב|יותר|עוד)",
            r"מחקו את (?:הפרטים|המידע|הנתונים) שלי",
        ),
        commands="הסר, הסרה, הסירו, להסרה",
        courtesies="בבקשה, תודה",
    ),
    Phrases(  # Arabic
        stems=(
            "ازال",
            "ازيل",
            "احذف",
            "حذف",
            "تتصل",
            "تراسل",
            "تتواصل",
            "توقف",
            "اوقف",
            "ايقاف",
            "الغاء",
            "اريد",
            "ارغب",
            "ترسل",
        ),
        asks=(
            r"(?:إزالتي|أزيلوني|أزلني|احذفوني|احذفني|حذفي|شطبي) (?:من|الان|فورا)|(?:إزالتي"
            r"|أزيلوني) من",
            r"(?:احذف|احذفوا|حذف|مسح|امسح|امسحوا|إزالة) (?:جميع |كل )?(?:بياناتي|معلوماتي|بريدي"
            r"|عنواني|ايميلي)",
            r"لا (?:تتصل|تراسل|تتواصل|ترسل|تزعج|تكتب)[^.?]{0,60}"
            r"(?:مرة أخرى|مجددا|بعد الآن|ثانية|ابدا|بعد اليوم)",
            r"(?:أوقف|أوقفوا|إيقاف) (?:إرسال|مراسلت|الرسائل|هذه)",
            r"(?:توقف|توقفوا|كفوا|كف) عن (?:مراسلت|إرسال|الاتصال|التواصل|ازعاج)",
            r"لا (?:أريد|نريد|أرغب|نرغب) (?:في |ب)?(?:استلام|تلقي|أن تتواصلوا|أي رسائل|رسائلكم)",
            r"(?:يرجى|الرجاء|أريد|ارجو|أطلب) إلغاء (?:ال)?اشتراكي?",
        ),
        unless=(r"تتردد|العملاء|عملاؤكم|قبل|حتى",),
        commands="إلغاء الاشتراك, إلغاء اشتراكي, ألغوا اشتراكي, توقف, توقفوا, إزالة",
        courtesies="من, فضلك, شكرا, الرجاء, يرجى, رجاء",
    ),
    Phrases(  # Hindi, also in Latin letters
        stems=("हटा", "बंद", "मत", "संपर्क", "न करें", "ना करें", "सदस्यता", "न भेज"),
        asks=(
            r"(?:मुझे|मेरा|मेरी|मेरे|हमें)(?: [^ .?]+){0,5} हटा",
            r"(?:मुझे|हमें|मुझसे|हमसे)(?: [^ .?]+){0,5} बंद कर",
            r"(?:मुझे|हमें)(?: [^ .?]+){0,4} (?:मत|न|ना) (?:भेज|कर|लिख)",
            r"(?:मुझसे|हमसे)(?: [^ .?]+){0,2} संपर्क (?:न|मत|ना) ",
            r"सदस्यता (?:समाप्त|रद्द)",
            r"\bmu(?:jh|j)he <3>(?:e?mail|message|msg)s? <1>(?:mat|na|band)\b",
        ),
        unless=(r"तक|पहले|ग्राहक",),
        commands="बंद करें, हटाएं, रोकें, सदस्यता समाप्त करें",
        courtesies="कृपया, धन्यवाद, please",
    ),
    Phrases(  # Japanese
        stems=(
            "停止",
            "中止",
            "止め",
            "やめ",
            "しない",
            "解除",
            "送ら",
            "送信",
            "連絡",
            "削除",
            "外して",
            "控え",
            "断り",
            "遠慮",
        ),
        asks=(
            r"(?:配信|送信|メール|送付|連絡|営業)[^.?]{0,8}(?:停止|中止|やめて|止めて)(?!率|した"
            r"|され)",
            r"(?:配信|登録|購読|メルマガ)[^.?]{0,4}(?:解除|停止)(?!率|した|され)",
            r"(?:連絡|送信|メール|配信|電話)[^.?]{0,3}しない(?:で|よう)",
            r"(?:送ら|送信し|配信し|連絡し|メールし|電話し)[^.?]{0,3}ないで",
            r"(?:メール|連絡|営業|案内|配信|勧誘)[^.?]{0,8}(?:お断り|控え|遠慮(?:ください|願"
            r"|下さい|いた))",
            r"(?:データ|個人情報|情報|アドレス|連絡先|登録|リスト|名簿)[^.?]{0,6}(?:削除|消去"
            r"|抹消|外)し?て?"
            r"(?:て|して|を|く|お願い|願)",
            r"今後[^.?]{0,12}(?:不要|結構です|お断り|しないで)",
        ),
        unless=(r"遠慮なく|お気軽|\?",),
        commands="配信停止, 配信解除, 登録解除, 購読解除, 退会, 停止, 解除",
        courtesies="お願いします, ください",
    ),
    Phrases(  # Chinese
        stems=(
            "退",
            "取消",
            "不要",
            "勿",
            "停止",
            "删除",
            "刪除",
            "移除",
            "别再",
            "別再",
            "不想",
            "剔除",
        ),
        asks=(
            r"(?:取消|退)(?:订阅|訂閱|订|訂)(?!率|的|量)",
            r"(?:不要|请勿|請勿|勿|别|別|不用|禁止|不必)再?(?:次)?[^.?]{0,4}(?:联系|聯繫|聯絡"
            r"|联络|骚扰|騷擾|打扰|打擾)",
            r"(?:不要|请勿|請勿|勿|别|別)再[^.?]{0,5}(?:发|發|寄|写信|寫信|推送)",
            r"(?:不要|请勿|請勿|勿)(?:给我|給我|向我)(?:发|發|寄)",
            r"停止(?:给我|給我|向我)?(?:发送|發送|寄送|联系|聯絡|骚扰|騷擾|推送)",
            r"(?:删除|刪除|移除|清除)[^.?]{0,3}(?:我|我们|我們|本人)[^.?]{0,3}(?:数据|數據|資料"
            r"|资料|信息|邮箱|郵箱|地址|邮件)",
            r"(?:把|将|將)(?:我|我们|我們)[^.?]{0,12}(?:移除|删除|刪除|剔除|除名|去掉)",
            r"(?:不想|不愿|不願|不希望)[^.?]{0,4}(?:收到|接收|被联系|被聯絡)",
        ),
        unless=(r"随时|隨時|客户|客戶|之前|率",),
        commands="退订, 退訂, 取消订阅, 取消訂閱, 停止, 删除, 移除, td",
        courtesies="请, 請, 谢谢, 謝謝",
    ),
    Phrases(  # Korean
        stems=(
            "수신",
            "구독",
            "연락",
            "보내",
            "삭제",
            "제외",
            "그만",
            "제거",
            "빼",
            "지워",
            "지우",
        ),
        asks=(
            r"수신 ?(?:을 )?거부(?!율)|구독 ?(?:을 )?(?:취소|해지|중단)(?!율)",
            r"(?:보내|연락하|연락 하|발송하|전화하)지 ?(?:마|말)",
            r"(?:연락|메일|이메일|발송)[^.?]{0,6}(?:그만|중단|중지)",
            r"그만 ?(?:연락|보내|하세요|메일)",
            r"(?:정보|데이터|주소|메일|명단|목록|리스트)[^.?]{0,8}(?:삭제|제외|제거|빼|지워"
            r"|지우)(?: ?해)?(?: ?주| ?하| ?바랍| ?부탁)",
            r"(?:연락|메일|이메일)[^.?]{0,4}(?:원하지 않|받고 싶지 않|사양)",
        ),
        unless=(r"고객|까지|\?",),
        commands="수신거부, 수신 거부, 구독취소, 구독 취소, 구독해지, 거부, 그만",
        courtesies="감사합니다",
    ),
    Phrases(  # Indonesian
        asks=(
            r"\b(?:hapus|keluarkan) (?:saya|kami|data saya|email saya|nama saya)\b",
            r"\bberhenti (?:mengirim\w*|menghubungi|berlangganan|mengemail)\b",
            r"\bjangan (?:hubungi|kirim\w*|email) <3>(?:lagi|saya)\b",
        ),
        unless=(r"\b(?:ragu|sungkan|pelanggan)\b",),
        commands="berhenti, berhenti berlangganan, hapus",
        courtesies="tolong, mohon, terima, kasih",
    ),
    Phrases(  # Vietnamese
        asks=(
            r"\bxóa (?:tôi|thông tin|dữ liệu|email) <4>(?:khỏi|của tôi)\b",
            r"\b(?:đừng|ngừng|dừng|không) (?:gửi|liên hệ|liên lạc) <5>(?:nữa|cho tôi)\b",
        ),
        unless=(r"\bngần ngại\b",),
        commands="hủy đăng ký, dừng lại",
        courtesies="vui, lòng, cảm, ơn, xin",
    ),
)
