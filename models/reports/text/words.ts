/**
 * Words for earthquakes and shaking, and magnitude numbers, in 50 languages. Stems match at the start
 * of a word; scripts that write no blanks match anywhere.
 * @module
 */
import { foldLetters } from './normalise.js';

/** Stems by ISO 639-1 code. Ambiguous stems are left to the classifier. */
export const QUAKE_WORDS: Readonly<Record<string, readonly string[]>> = {
  en: ['earthquake', 'quake', 'tremor', 'aftershock', 'shaking', 'shook', 'seismic'],
  es: ['terremoto', 'sismo', 'temblor', 'temblo', 'temblando', 'tiembla', 'sacudio'],
  pt: ['terremoto', 'sismo', 'abalo', 'tremeu', 'tremor', 'tremendo tudo', 'tremer'],
  fr: ['séisme', 'tremblement de terre', 'secousse', 'tremblé', 'tremble', 'sismique'],
  it: ['terremoto', 'scossa', 'scosse', 'tremato', 'trema', 'tremava', 'ballare'],
  de: ['erdbeben', 'gebebt', 'bebt', 'wackelt', 'gewackelt', 'erdstoß'],
  nl: ['aardbeving', 'aardschok', 'beefde', 'trilde'],
  tr: ['deprem', 'zelzele', 'sallandı', 'sallanıyor', 'sallanıyoruz', 'sarsıntı', 'sarsıldı'],
  id: ['gempa', 'lindu', 'goyang', 'guncang', 'berguncang'],
  ms: ['gempa', 'gegaran', 'bergegar'],
  tl: ['lindol', 'lumindol', 'lumilindol', 'yumanig', 'yanig', 'nayanig'],
  ru: ['землетряс', 'трясет', 'трясло', 'тряхнуло', 'толчк', 'толчок', 'качает', 'качало'],
  uk: ['землетрус', 'трясе', 'труснуло', 'поштовх'],
  bg: ['земетрес', 'люлее', 'разлюля', 'разтресе'],
  sr: ['земљотрес', 'zemljotres', 'потрес', 'затресло'],
  hr: ['potres', 'zatreslo', 'trese se', 'treslo'],
  sl: ['potres', 'zatreslo', 'streslo'],
  mk: ['земјотрес', 'затресе'],
  el: ['σεισμ', 'κουνάει', 'κούνησε', 'κουνήθηκε', 'ταρακούνησε'],
  sq: ['tërmet', 'lëkundje', 'u tund'],
  ro: ['cutremur', 'zguduit', 'zguduie'],
  hu: ['földrengés', 'rengett', 'remegett a föld'],
  pl: ['trzęsienie ziemi', 'trzęsie', 'zatrzęsło', 'wstrząs'],
  cs: ['zemětřesení', 'otřes', 'zatřáslo'],
  sk: ['zemetrasenie', 'otras'],
  sv: ['jordbävning', 'jordskalv', 'skakade'],
  no: ['jordskjelv', 'skjelv', 'ristet'],
  da: ['jordskælv', 'rystede'],
  fi: ['maanjäristys', 'järisi', 'tärisi'],
  is: ['jarðskjálft', 'skjálft'],
  et: ['maavärin'],
  lt: ['žemės drebėjim'],
  lv: ['zemestrīc'],
  ar: ['زلزال', 'الزلزال', 'زلازل', 'هزة', 'هزه', 'الهزة', 'تهتز', 'اهتز', 'يهتز'],
  fa: ['زلزله', 'زمین لرزه', 'زمین‌لرزه', 'لرزید', 'لرزه'],
  ur: ['زلزلہ', 'زلزلے'],
  ps: ['زلزله'],
  he: ['רעידת אדמה', 'רעידה', 'רעד', 'רעדה', 'רועד'],
  hi: ['भूकंप', 'भूकम्प', 'झटके', 'झटका', 'हिल रहा', 'हिल गया', 'हिलने'],
  mr: ['भूकंप', 'हादर'],
  ne: ['भूकम्प', 'भुइँचालो', 'हल्लियो'],
  bn: ['ভূমিকম্প', 'ভুমিকম্প', 'কাঁপ', 'কেঁপে', 'দুলে', 'দুলছে'],
  gu: ['ભૂકંપ'],
  pa: ['ਭੂਚਾਲ'],
  ta: ['நிலநடுக்கம்', 'நில அதிர்வு'],
  te: ['భూకంపం', 'భూకంప'],
  ml: ['ഭൂകമ്പം', 'ഭൂചലനം'],
  ka: ['მიწისძვრა'],
  hy: ['երկրաշարժ'],
  az: ['zəlzələ', 'titrədi'],
  uz: ['zilzila'],
  kk: ['жер сілкін'],
  vi: ['động đất', 'rung lắc', 'rung chuyển'],
  sw: ['tetemeko'],
  th: ['แผ่นดินไหว', 'สั่นไหว', 'สั่น'],
  my: ['ငလျင်'],
  ja: ['地震', '揺れ', 'ゆれ', 'じしん', '揺れた'],
  zh: ['地震', '摇晃', '搖晃', '震感', '在摇', '在搖', '在晃', '晃动', '晃動', '摇了', '晃了'],
  ko: ['지진', '흔들'],
};

/** Languages without blanks between words, or (Arabic) with articles written onto the word. */
const UNSPACED: ReadonlySet<string> = new Set(['th', 'my', 'ja', 'zh', 'ko', 'ar']);

interface Stem {
  readonly language: string;
  readonly isWordStart: boolean;
}

const STEMS: ReadonlyMap<string, Stem> = new Map(
  Object.entries(QUAKE_WORDS)
    .flatMap(([language, words]) =>
      words.map(
        (word) => [foldLetters(word), { language, isWordStart: !UNSPACED.has(language) }] as const,
      ),
    )
    // The first language that lists a stem keeps it.
    .reverse(),
);

/** Stems by their first UTF-16 unit, longest first, so that the most telling one is found. */
const BY_FIRST: ReadonlyMap<number, readonly (Stem & { readonly text: string })[]> = (() => {
  const byFirst = new Map<number, (Stem & { readonly text: string })[]>();
  for (const [text, stem] of STEMS) {
    const first = text.charCodeAt(0);
    byFirst.set(first, [...(byFirst.get(first) ?? []), { ...stem, text }]);
  }
  for (const list of byFirst.values()) list.sort((a, b) => b.text.length - a.text.length);
  return byFirst;
})();

/** 1 where a stem begins with the unit: nearly every position is refused by one read. */
const BEGINS: Uint8Array = Uint8Array.from({ length: 0x1_00_00 }, (_, unit) =>
  BY_FIRST.has(unit) ? 1 : 0,
);

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;

/** The first quake word of a folded text and its language; null when there is none. */
export function findQuakeWord(folded: string): { readonly language: string } | null {
  for (let i = 0; i < folded.length; i++) {
    const unit = folded.charCodeAt(i);
    if (BEGINS[unit] === 0) continue;
    // Inside a word of plain letters no stem begins, but for scripts without blanks.
    const before = i > 0 ? folded.charCodeAt(i - 1) : 32;
    if (unit < 128 && before >= 97 && before <= 122) continue;
    const stems = BY_FIRST.get(unit) ?? [];
    for (const { text, isWordStart, language } of stems) {
      if (!folded.startsWith(text, i)) continue;
      if (isWordStart && i > 0 && WORD_CHARACTER.test(folded[i - 1] as string)) continue;
      return { language };
    }
  }
  return null;
}

/** A magnitude: `M 5.2`, `5,4 Richter`, `magnitud 6`, `6.1級`; news, not feeling. */
const MAGNITUDE = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}])m[wlb]?\s?\d(?:[.,]\d)?(?![\p{L}\p{N}:])`,
    String.raw`\d[.,]\d\s*(?:-|\s)?(?:magnitude|magnitud|magnitudo|richter|grados|graus|gradi|degre|mag\b|ml\b|mw\b|级|級|балл|skala|sr\b|रिक्टर|রিখটার|ريختر|درجات|büyük|buyuk)`,
    String.raw`(?:magnitude|magnitud|magnitudo|magnitudine|magnitude de|richter|скала|магнитуд|マグニチュード|震度|तीव्रता|মাত্রা|قوته|بقوة|buyuklug|siddetinde)\S*\s*(?:of|de|di|of)?\s*\d`,
    String.raw`\b\d[.,]\d\b`,
  ].join('|'),
  'u',
);

/** True when the folded text states a magnitude. */
export function statesMagnitude(folded: string): boolean {
  return MAGNITUDE.test(folded);
}
