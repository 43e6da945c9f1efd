/**
 * Phrases beside those of `phrases.ts`: `felt` of people in the middle of it, also of aftershocks;
 * `other` of people far away (prayers, worry about friends, hearsay), of those who felt nothing and
 * of those who fear or wish one. Only training posts are made of them.
 * @module
 */
export interface AfarPhrases {
  readonly felt: readonly string[];
  readonly other: readonly string[];
}

function phrases(felt: string, other: string): AfarPhrases {
  const list = (text: string): string[] => text.split('|').map((phrase) => phrase.trim());
  return { felt: list(felt), other: list(other) };
}

export const AFAR_PHRASES: Readonly<Record<string, AfarPhrases>> = {
  en: phrases(
    'another aftershock|they keep coming|felt it again|stronger than the last one|that was scary|everything moved here|felt it here in {p}|it was really strong here|my heart is pounding|we are all outside now|power just went out|glass broke in the kitchen|cannot sleep, still shaking|here we go again|it lasted so long|we just felt one here',
    'praying for|pray for everyone in|our prayers are with|hope everyone is safe in|hope you are all ok over there|keep safe everyone in|heard about the|is it true there was an|just saw the news about|my friends live there|I did not feel anything|did not feel a thing|slept right through it|missed it again|so sad for the people of|stay strong {p}|god bless {p}|thank god we were not hit|afraid there will be an|I hope there is no|where was the|how big was the|first floods and now an|photos of the damage|people there need help|churches destroyed by the|trending because of the',
  ),
  es: phrases(
    'otra réplica|otra vez está temblando|siguen las réplicas|más fuerte que el anterior|aquí se sintió durísimo|se sintió en {p}|se movió todo aquí|se fue la luz|se quebraron los vidrios|estamos todos afuera|no puedo dormir, sigue temblando|duró muchísimo|el corazón me late a mil|acabamos de sentirlo aquí|qué sacudida|todavía me tiemblan las piernas, acaba de pasar',
    'oremos por|oraciones para la gente de|fuerza {p}|ojalá estén todos bien en|espero que estén bien mis amigos de|cómo están por allá|supe del|me enteré del|es verdad que hubo|en qué minuto hubo|vi en las noticias el|yo no sentí nada|ni lo sentí|no me desperté|qué triste lo de|un abrazo a nuestros hermanos de|bendiciones para|gracias a dios aquí no|me da miedo que haya un|ya no quiero ir por el|dónde fue el|de cuánto fue el|fotos de los daños por el|ayuda para los afectados|iglesias dañadas por el|tendencia por el|familiares en {p}',
  ),
  fr: phrases(
    'encore une réplique|ça recommence|plus forte que la précédente|ça a bougé très fort ici|ressenti ici à {p}|tout a bougé chez moi|plus de courant|on est tous dehors|la vaisselle est cassée|impossible de dormir, ça tremble encore|ça a duré longtemps|j’ai le cœur qui bat',
    'prions pour|nos prières vont aux gens de|courage à {p}|j’espère que tout le monde va bien à|vous allez bien là-bas|j’ai appris pour le|c’est vrai qu’il y a eu un|vu aux infos le|je n’ai rien senti|rien ressenti du tout|j’ai dormi pendant le|triste pour les gens de|j’ai peur qu’il y ait un|où était le|photos des dégâts du|aide pour les sinistrés',
  ),
  pt: phrases(
    'outra réplica|está a tremer outra vez|tremeu de novo agora|mais forte que o anterior|sentiu-se muito aqui|senti aqui em {p}|mexeu tudo aqui em casa|faltou a luz|estamos todos na rua|partiram-se os copos|não consigo dormir, ainda treme|durou muito tempo|coração aos pulos',
    'oremos por|orações para o povo de|força {p}|espero que estejam todos bem em|como estão por aí|soube do|é verdade que houve|vi na televisão o|não senti nada|nem senti|dormi durante o|triste pelo povo de|tenho medo que haja um|onde foi o|fotos dos estragos do|ajuda para as vítimas',
  ),
  it: phrases(
    'un’altra scossa|ancora scosse|di nuovo, trema tutto|più forte di quella di prima|qui si è sentito fortissimo|sentito anche a {p}|si è mosso tutto qui|è andata via la luce|siamo tutti in strada|si sono rotti i bicchieri|non riesco a dormire, trema ancora|è durata tantissimo|ho il cuore a mille',
    'preghiamo per|un abbraccio alla gente di|forza {p}|coraggio a tutti gli amici di|spero stiate tutti bene a|come state laggiù|ho saputo del|è vero che c’è stato un|ho visto al telegiornale il|io non ho sentito nulla|non ho sentito niente|ho dormito durante il|che tristezza per la gente di|ho paura che arrivi un|dov’è stato il|foto dei danni del|aiuti per i terremotati|chiese crollate per il|solidarietà con l’emilia',
  ),
  zh: phrases(
    '又来一次余震|余震不断|又晃了|比刚才还强|这里震得很厉害|{p}有震感|停电了|大家都跑到外面|杯子碎了|睡不着还在晃|持续了好久|心跳好快',
    '为{p}祈福|希望大家平安|你们那边没事吧|听说那边有|真的有吗|看新闻说|我什么都没感觉到|没感觉|睡过去了|心疼那边的人|好怕会有|在哪里发生|现场照片|需要援助',
  ),
  ja: phrases(
    'また余震|また来た|さっきより強い|こっちはかなり揺れた|{p}で揺れを感じた|停電した|みんな外に出てる|食器が割れた|眠れない、まだ揺れてる|すごく長かった|心臓バクバク',
    '祈りを|みんな無事でありますように|そちらは大丈夫ですか|あったらしい|本当にあったの|ニュースで見た|何も感じなかった|気づかなかった|寝てて知らない|被災地が心配|来たらどうしよう|どこであったの|被害の写真|支援が必要',
  ),
  id: phrases(
    'gempa susulan lagi|terasa lagi|goyang lagi|lebih kencang dari tadi|di sini kencang banget|terasa di {p}|listrik mati|semua orang di luar|gelas pecah|gak bisa tidur, masih goyang|lama sekali|jantung deg-degan',
    'doakan|semoga semua selamat di|kalian di sana aman|dengar kabar ada|benarkah ada|lihat berita|aku gak ngerasa apa-apa|gak kerasa|ketiduran pas|sedih lihat warga|takut ada|di mana|foto kerusakan|bantuan untuk korban',
  ),
  tr: phrases(
    'yine artçı|yine sallanıyoruz|tekrar oldu|öncekinden daha güçlü|burada çok hissedildi|{p} sallandı|elektrikler gitti|herkes dışarıda|bardaklar kırıldı|uyuyamıyorum, hâlâ sallanıyor|çok uzun sürdü|kalbim çok hızlı atıyor',
    'dualarımız|dua edin|umarım herkes iyidir|oradakiler iyi mi|duyduğuma göre|gerçekten oldu mu|haberlerde gördüm|hiç hissetmedim|ben hissetmedim|uyumuşum|çok üzüldüm|olacak diye korkuyorum|nerede olmuş|hasar fotoğrafları|yardım gerekiyor|geçmiş olsun',
  ),
  hi: phrases(
    'फिर से झटका|फिर हिला|पहले से तेज|यहाँ बहुत जोर से हिला|{p} में महसूस हुआ|बिजली चली गई|सब बाहर आ गए|गिलास टूट गया|नींद नहीं आ रही, अभी भी हिल रहा|बहुत देर तक हिला|दिल जोर से धड़क रहा',
    'प्रार्थना करें|सब सुरक्षित हों|वहाँ सब ठीक है ना|सुना है आया|क्या सच में आया|समाचार में देखा|मुझे कुछ महसूस नहीं हुआ|पता ही नहीं चला|सोता रह गया|वहाँ के लोगों के लिए दुख|डर है कि आएगा|कहाँ आया था|नुकसान की तस्वीरें|मदद चाहिए',
  ),
  bn: phrases(
    'আবার ঝাঁকুনি|আবার কাঁপলো|আগের চেয়ে জোরে|এখানে খুব জোরে কেঁপেছে|{p} এ টের পেলাম|বিদ্যুৎ চলে গেছে|সবাই বাইরে|গ্লাস ভেঙেছে|ঘুমাতে পারছি না, এখনো কাঁপছে|অনেকক্ষণ ধরে কাঁপলো|বুক ধড়ফড় করছে',
    'প্রার্থনা করুন|সবাই নিরাপদে থাকুন|ওখানে সবাই ভালো তো|শুনলাম হয়েছে|সত্যিই কি হয়েছে|খবরে দেখলাম|আমি কিছুই টের পাইনি|টের পাইনি|ঘুমিয়ে ছিলাম|মানুষের জন্য খারাপ লাগছে|ভয় হয় যদি হয়|কোথায় হয়েছে|ক্ষতির ছবি|সাহায্য দরকার',
  ),
  ar: phrases(
    'هزة ثانية|رجعت تهتز|أقوى من قبل|عندنا كانت قوية جدا|حسينا فيها في {p}|انقطعت الكهرباء|كلنا برا البيت|انكسر الزجاج|ما قدرت أنام لسه تهتز|طولت كثير|قلبي يدق',
    'ادعوا لأهل|اللهم احفظ أهل|الله يحميهم|إن شاء الله الجميع بخير|كيف حالكم هناك|سمعت عن|هل صحيح صار|شفت في الأخبار|ما حسيت بشيء|ما حسينا|كنت نايم|حزين على أهل|خايف يصير|وين صار|صور الدمار|محتاجين مساعدة',
  ),
  ru: phrases(
    'опять толчок|снова трясет|сильнее прошлого|у нас сильно тряхнуло|почувствовали в {p}|свет отключился|все вышли на улицу|посуда разбилась|не могу уснуть, все еще трясет|длилось очень долго|сердце колотится',
    'молимся за|надеюсь все живы|как вы там|слышал что было|правда что было|видел в новостях|я ничего не почувствовал|ничего не заметил|проспал|жаль людей|боюсь что будет|где это было|фото разрушений|нужна помощь',
  ),
};
