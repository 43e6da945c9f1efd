/**
 * Short phrases that go with a quake word, by language: what people say who feel shaking, and what is
 * said about earthquakes and shaking otherwise. Only training posts are made of them.
 * @module
 */
export interface LanguagePhrases {
  readonly quake: readonly string[];
  readonly felt: readonly string[];
  readonly other: readonly string[];
}

function phrases(quake: string, felt: string, other: string): LanguagePhrases {
  const list = (text: string): string[] => text.split('|').map((phrase) => phrase.trim());
  return { quake: list(quake), felt: list(felt), other: list(other) };
}

export const PHRASES: Readonly<Record<string, LanguagePhrases>> = {
  en: phrases(
    'earthquake|quake|tremor|aftershock|shaking|earthquake!|earthquake?',
    'just felt it|did you feel that|anyone else feel that|felt that one|my house is shaking|the room shook|just now|right now|woke me up|we just had an|I am so scared|things fell off the wall|the lights are swinging|my couch moved|ran outside|the windows are rattling|still moving|I felt a jolt|was that an|what was that|the bed moved|is everyone ok|my dog is going crazy|the floor moved|felt dizzy|long one|big one|that was strong|hiding under my desk|the walls shook',
    'dozens killed|victims and survivors|our thoughts are with|donate now|relief fund|officials said|government visits|insurance|years ago|anniversary of the|documentary|history of|drill today|emergency kit|prepare for|scientists say|researchers study|new study|video game|level|movie|band on tour|album|political|election|stock market|the stadium|what a goal|the crowd|my neighbour upstairs|dancing|haha jokes|metaphor for my life|hands were|shook the world|series finale|next week|last year|rescue teams arrive|death toll rises|shaking hands|milkshake|workout|gym|I remember the|prize|survived the',
  ),
  es: phrases(
    'temblor|sismo|terremoto|temblor!|sismo?|réplica',
    'lo sentí|lo sintieron|alguien lo sintió|se sintió fuerte|se mueve todo|se movió la casa|ahora|en este momento|me despertó|qué miedo|qué susto|se cayeron cosas|la lámpara se mueve|salí corriendo|las ventanas vibran|sigue moviéndose|está temblando|acaba de temblar|sentí que se movía|fue un|qué fue eso|mi cama se movió|están bien|los perros ladran|el piso se mueve|me mareé|largo|fuerte|debajo de la mesa|las paredes se mueven',
    'decenas de muertos|víctimas y damnificados|nuestra solidaridad|dona ahora|autoridades informan|el gobierno visita|seguro|hace años|aniversario del|documental|historia del|simulacro|mochila de emergencia|prevención|científicos|investigadores estudian|videojuego|película|disco|político|elecciones|los mercados|el estadio|qué gol|partido|el vecino de arriba|bailando|chiste|me temblaba la voz|la mano me temblo de nervios|la semana próxima|el año pasado|rescatistas llegan|cifra de muertos|niño travieso|premio|sobrevivió al|el dólar|sacudió a la industria',
  ),
  fr: phrases(
    'séisme|tremblement de terre|secousse|séisme !|secousse ?',
    'je l’ai senti|vous avez senti|quelqu’un a senti|bien ressenti|tout bouge|la maison a bougé|à l’instant|en ce moment|ça m’a réveillé|j’ai peur|quelle peur|des objets sont tombés|la lampe balance|je suis sorti|les vitres tremblent|ça continue|ça tremble|ça vient de trembler|j’ai senti bouger|c’était un|c’était quoi ça|mon lit tremblait|vous allez bien|les chiens aboient|le sol bouge|tête qui tourne|très long|très fort|sous la table|les murs ont tremblé',
    'des dizaines de morts|victimes et sinistrés|pensées pour|faites un don|selon les autorités|le gouvernement|assurance|il y a des années|anniversaire du|documentaire|histoire du|exercice|kit d’urgence|prévention|scientifiques|chercheurs étudient|jeu vidéo|film|album|politique|élections|les marchés|le stade|quel but|match|les voisins dansent|blague|elle tremble de joie|tremble devant l’adversaire|la semaine prochaine|l’an dernier|les secours arrivent|bilan des morts|enfant turbulent|prix|a survécu au|la bourse|l’industrie secouée|le parti a tremblé|tremble de froid',
  ),
  pt: phrases(
    'tremor|sismo|terremoto|abalo|terremoto!|sismo?',
    'eu senti|vocês sentiram|alguém sentiu|senti forte|está tudo a mexer|a casa tremeu|agora|neste momento|me acordou|que medo|que susto|caíram coisas|o candeeiro balança|saí a correr|as janelas vibram|continua a mexer|está tremendo tudo|acabou de tremer|senti mexer|foi um|o que foi isso|minha cama tremeu|estão bem|os cães ladram|o chão mexeu|fiquei tonta|longo|forte|debaixo da mesa|as paredes tremeram',
    'dezenas de mortos|vítimas e desabrigados|solidariedade|doe agora|segundo autoridades|o governo|seguro|há anos|aniversário do|documentário|história do|simulacro|mochila de emergência|prevenção|cientistas|pesquisadores estudam|jogo|filme|disco|político|eleições|o mercado|o estádio|que gol|partida|a vizinha dança|piada|a voz tremeu de emoção|tremeu diante do adversário|na semana que vem|ano passado|resgate chega|número de mortos|menino travesso|prêmio|sobreviveu ao|a bolsa caiu|abalo nas contas|tremer de frio|nervoso na prova',
  ),
  it: phrases(
    'terremoto|scossa|terremoto!|scossa!|scossa?',
    'l’ho sentita|l’avete sentita|qualcuno ha sentito|sentita forte|si muove tutto|la casa ha tremato|adesso|in questo momento|mi ha svegliato|che paura|che spavento|sono cadute cose|il lampadario si muove|sono uscito di corsa|i vetri vibrano|continua a muoversi|trema tutto|ha appena tremato|ho sentito muoversi|era il|cos’era|il letto tremava|state bene|i cani abbaiano|il pavimento si muove|mi gira la testa|lunga|forte|sotto il tavolo|le pareti hanno tremato',
    'decine di morti|vittime e sfollati|un pensiero|dona ora|secondo le autorità|il governo|assicurazione|anni fa|anniversario del|documentario|storia del|prova di evacuazione|zaino di emergenza|prevenzione|scienziati|ricercatori studiano|videogioco|film|disco|politico|elezioni|i mercati|lo stadio|che gol|partita|la vicina balla|battuta|trema di gioia|trema davanti alla squadra|la settimana prossima|l’anno scorso|arrivano i soccorsi|bilancio dei morti|bambino vivace|premio|sopravvissuto al|la borsa|scossa elettrica|serve una scossa al partito|ballare in discoteca',
  ),
  zh: phrases(
    '地震|地震！|地震？|震感|余震|在晃|在摇',
    '感觉到了|你们感觉到了吗|有人感觉到吗|好强烈|房子在动|整个屋子晃动|刚才|刚刚|现在|把我震醒|好害怕|吓死我了|东西掉下来|灯在晃|跑下楼了|窗户在响|还在动|摇得厉害|是不是|怎么回事|床摇了|大家没事吧|狗在叫|地板在动|头晕|晃了好久|好大|躲在桌下|墙在动|我这里有',
    '造成死亡|遇难者和灾民|为灾区祈祷|捐款|官方通报|政府|保险|年前|周年纪念|纪录片|历史上的|演习|应急包|防灾|科学家|研究人员|游戏|电影|专辑|政坛|选举|股市|球场|进球|比赛|邻居跳舞|段子|笑死|内心|娱乐圈|下周|去年|救援队抵达|死亡人数|新闻|颁奖|幸存者|投资者|摇篮|摇扇子|倒影|风景|小船|视察|重建',
  ),
  ja: phrases(
    '地震|地震！|地震？|余震|揺れ|揺れてる|ゆれた',
    '感じた|みんな感じた|だれか気づいた|けっこう強い|家が動いた|部屋が揺れた|さっき|今|ただいま|目が覚めた|こわい|びびった|物が落ちた|電気が揺れてる|外に出た|窓がガタガタ|まだ続いてる|長かった|だよね|なに今の|ベッドが動いた|大丈夫ですか|犬が吠えた|床が動いてる|めまい|大きかった|机の下|壁がきしむ|こっちも|きたきた',
    '死者|被災者と犠牲者|ご冥福|寄付|気象庁の発表|政府|保険|年前|追悼|ドキュメンタリー|歴史|避難訓練|防災リュック|備え|研究者|研究|ゲーム|映画|アルバム|政界|選挙|株価|スタジアム|ゴール|試合|隣の人が踊る|ネタ|笑った話|心が揺れる|音楽界|来週|去年|救助隊|人が亡くなった|ニュース|受賞|復興|投資家|電車の揺れ|バスの揺れで酔う|気持ちが揺れる|決められない|髪が揺れる|花が風に揺れる|名曲|けが人',
  ),
  id: phrases(
    'gempa|gempa!|gempa?|gempa susulan|goyang|lindu',
    'kerasa|kalian ngerasain|ada yang ngerasa|terasa kencang|semua goyang|rumahku goyang|barusan|sekarang|bikin kebangun|takut banget|kaget|barang jatuh|lampu goyang|lari keluar|kaca bergetar|masih bergerak|baru aja|itu apa|kasurku goyang|kalian aman|anjing menggonggong|lantai goyang|pusing|lama banget|kenceng|di bawah meja|tembok bergetar|di sini terasa|deg-degan|panik',
    'puluhan tewas|korban dan pengungsi|doa untuk|donasi|menurut pejabat|pemerintah|asuransi|tahun lalu|peringatan|film dokumenter|sejarah|simulasi|tas siaga|persiapan|ilmuwan|peneliti|main game|film|album|politik|pemilu|pasar saham|stadion|gol|pertandingan|tetangga joget|lucu|goyang dangdut|goyang pinggul|industri|minggu depan|presiden|tim penyelamat tiba|jumlah korban|berita|hadiah|selamat dari|diskon|iman goyang|konser|penyanyi|kursi jabatan goyang|koalisi goyang|tips|acara nikahan',
  ),
  tr: phrases(
    'deprem|deprem!|deprem mi?|artçı|sallandık|sallanıyor',
    'hissettim|hissettiniz mi|hisseden var mı|çok kuvvetli|her yer oynuyor|evimiz sallandı|şimdi|az önce|şu anda|uyandırdı|çok korktum|ödüm koptu|eşyalar düştü|avize oynuyor|dışarı kaçtık|camlar titriyor|hâlâ devam ediyor|oluyor|oldu galiba|neydi o|yatağım oynadı|iyi misiniz|köpek havladı|yer oynuyor|başım döndü|uzun sürdü|büyük|masanın altında|duvarlar sallandı|burada da hissedildi',
    'onlarca ölü|depremzedeler ve kayıplar|rahmet diliyorum|bağış yapın|yetkililer açıkladı|hükümet|sigorta|yıl önce|yıl dönümü|belgesel|tarihi|tatbikat|deprem çantası|hazırlık|bilim insanları|araştırmacılar|oyun|film|albüm|siyasette|seçim|borsa|stadyum|gol|maç|komşu dans ediyor|şaka|komik|müzik dünyası|gelecek hafta|geçen yıl|kurtarma ekipleri|ölü sayısı|haber|ödül|kurtulan|tahtı sallandı|dişim sallanıyor|bakan|koltuğu sallanıyor|yatırımcı|ne yapılmalı|konut projesi|teknik direktör',
  ),
  hi: phrases(
    'भूकंप|भूकंप!|भूकंप?|भूकंप के झटके|झटका',
    'महसूस हुआ|आपको महसूस हुआ|किसी को महसूस हुआ|बहुत तेज|सब हिल रहा है|घर हिला|अभी|अभी अभी|इस समय|नींद खुल गई|डर लग रहा है|बहुत डर गए|सामान गिरा|पंखा हिला|बाहर भागे|खिड़की हिल रही है|अब भी हिल रहा|आया क्या|लगा अभी|यह क्या था|बिस्तर हिला|सब ठीक हैं|कुत्ते भौंके|जमीन हिली|चक्कर आया|देर तक|जोर का|मेज के नीचे|दीवार हिली|यहाँ भी आया',
    'कई की मौत|पीड़ितों और मृतकों|श्रद्धांजलि|दान करें|अधिकारियों ने कहा|सरकार|बीमा|साल पहले|बरसी|डॉक्यूमेंट्री|इतिहास|मॉक ड्रिल|तैयारी|बचाव के उपाय|वैज्ञानिक|शोध|गेम|फिल्म|गाना|राजनीति|चुनाव|शेयर बाजार|स्टेडियम|छक्का|मैच|पड़ोसी का डांस|मजाक|पार्टी को झटका|बिजली का झटका|अगले हफ्ते|पिछले साल|बचाव दल|मृतकों की संख्या|खबर|पुरस्कार|दिल का झटका|नेता|निवेशक|करारा झटका|इस्तीफा|मंत्री|प्रधानमंत्री',
  ),
  bn: phrases(
    'ভূমিকম্প|ভূমিকম্প!|ভূমিকম্প?|কেঁপে উঠলো|কাঁপছে',
    'টের পেলাম|টের পেয়েছেন|কেউ টের পেলেন|অনেক জোরে|সব দুলছে|বাসা কেঁপেছে|এইমাত্র|এখন|একটু আগে|ঘুম ভেঙেছে|ভয় পেয়েছি|খুব ভয়|জিনিস পড়ে গেছে|ফ্যান দুলে|বাইরে চলে এসেছি|জানালা কাঁপলো|এখনো দুলছে|হলো নাকি|হলো|কী ছিল এটা|খাট কাঁপলো|সবাই ঠিক আছেন|কুকুর ডাকলো|মেঝে কাঁপলো|মাথা ঘুরলো|অনেকক্ষণ|ভয়াবহ ঝাঁকুনি|টেবিলের নিচে|দেয়াল কাঁপলো|আমাদের এখানেও',
    'অনেকে নিহত|ক্ষতিগ্রস্ত ও নিহতদের|দোয়া|দান করুন|কর্মকর্তারা জানান|সরকার|বীমা|বছর আগে|বার্ষিকী|তথ্যচিত্র|ইতিহাস|মহড়া|প্রস্তুতি|করণীয়|বিজ্ঞানীরা|গবেষণা|গেম|সিনেমা|গান|রাজনীতি|নির্বাচন|শেয়ারবাজার|স্টেডিয়াম|ছক্কা|ম্যাচ|প্রতিবেশীর নাচ|মজার|শীতে কাঁপছে|জ্বরে কাঁপছে|আগামী সপ্তাহে|গত বছর|উদ্ধারকর্মী|মৃতের সংখ্যা|খবর|পুরস্কার|নৌকা দুলছে|মন্ত্রী|পদত্যাগ|দৃশ্য|বিশ্বকাপ|বাতাসে দুলছে|কুয়াশা',
  ),
  ar: phrases(
    'زلزال|زلزال!|هزة|هزة أرضية|هل هذا زلزال؟|تهتز',
    'حسيت فيها|حسيتوا|هل شعرتم|حد حس|أحد حس|شعرنا به|قوية جدا|كل شيء يتحرك|البيت اهتز|الآن|قبل قليل|الحين|صحاني من النوم|خايف|خفت كثير|طاحت الأغراض|الثريا تتحرك|خرجنا من البيت|الشبابيك تهتز|لسه تهتز|صار عندنا|حصلت|وش هذا|السرير تحرك|انتم بخير|الكلاب تنبح|الأرض تحركت|دوخة|طويلة|قوي|تحت الطاولة|الجدران اهتزت|عندنا في البيت',
    'عشرات القتلى|ضحايا ومنكوبين|رحمهم الله|تبرعوا|قال مسؤولون|الحكومة|تأمين|قبل سنوات|ذكرى|فيلم وثائقي|تاريخ|تدريب|حقيبة الطوارئ|الاستعداد|العلماء|دراسة|لعبة|فيلم|ألبوم|سياسي|انتخابات|أسواق|الملعب|هدف|مباراة|جارتي ترقص|نكتة|المشاعر|القلوب|الأسبوع القادم|العام الماضي|فرق الإنقاذ|حصيلة القتلى|أخبار|جائزة|سورة الزلزلة|البورصة|الوزير|استقالة|المستثمرون|القصيدة|الرئيس يزور|إعادة الإعمار',
  ),
  ru: phrases(
    'землетрясение|землетрясение!|землетрясение?|толчок|трясет|тряхнуло',
    'почувствовал|вы почувствовали|кто почувствовал|кто-нибудь чувствует|очень сильно|все двигается|дом качнуло|сейчас|только что|прямо сейчас|разбудило|страшно|испугались|вещи упали|люстра качалась|выбежали|окна дрожали|все еще трясет|у нас было|было сейчас|что это было|кровать качало|вы в порядке|собаки залаяли|пол двигался|голова закружилась|долго|сильное|под столом|стены задрожали|у нас тоже',
    'десятки погибших|жертвы и пострадавшие|соболезнования|сбор средств|сообщили власти|правительство|страховка|лет назад|годовщина|документальный фильм|история|учения|чемоданчик|подготовка|ученые|исследование|игра|фильм|альбом|политическое|выборы|рынок|стадион|гол|матч|соседи танцуют|шутка|трясет от злости|трясет от холода|на следующей неделе|в прошлом году|спасатели прибыли|число погибших|новости|премия|дал толчок развитию|инвесторы|министр|отставка|бюджет трясет|президент|мощный толчок экономике|в мире музыки',
  ),
};
