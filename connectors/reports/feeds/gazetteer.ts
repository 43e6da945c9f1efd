/**
 * Place names in a text in, an area out: a circle that holds the place's people, never a point. What
 * could be an everyday word, or a part of another word, is no place.
 * @module
 */
import { placeIndex, placeKey, type NamedPlace } from './place-index.js';

export type { NamedPlace } from './place-index.js';

const MAX_CHARACTERS = 400;
const LEAST_PEOPLE = 15_000;
const LEAST_LETTERS = 4;
const MOST_WORDS = 3;
/** Names of two characters are words as well: only of large cities, or with `市` and the like. */
const SURE_PEOPLE = 300_000;
const LONGEST_UNSPACED = 12;
/** Cities whose names are everyday words at the start of a sentence. */
const EVERYDAY =
  /^(nice|mobile|reading|bath|most|orange|same|male|bari|date|tours|split|police|young|home|hope|best|wind|come|lens|here|this|that|what|when|just|very|long|ready|earth|quake|still|again|whole|大分|日立|中山|和平|太平|平安|光明|大同|安心|大丈夫|地震|今市|北上|大町|三好|本庄|東海|下田|石川|山口|松本|高松|豊田|前橋|本当|في|على)$/;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Myanmar}ー]{2,}/gu;
/** What makes a word before it a place. */
const SUFFIX = /^[市県縣府都省州区區町村시구군]/u;
const KATAKANA = /[\p{Script=Katakana}ー]/u;
const HANGUL = /\p{Script=Hangul}/u;
const CASED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}]/u;
/** Arabic writes "in", "to" and "and" onto the word. */
const ARABIC_PREFIX = /^[بلو](?=\p{Script=Arabic}{4})/u;

/** The largest place a text names, or null. Loads the names on first use. */
export function findPlace(text: string): NamedPlace | null {
  const head = text.slice(0, MAX_CHARACTERS);
  return largest([...spacedPlaces(head), ...unspacedPlaces(head)]);
}

/** The place that somebody typed as an answer: a whole name, everyday word or not; null if none. */
export function placeNamed(name: string): NamedPlace | null {
  const whole = name.normalize('NFC').slice(0, MAX_CHARACTERS);
  const names = [whole, whole.split(/[,،、(]/u)[0] as string, whole.replace(/[市県縣府시]$/u, '')];
  for (const one of names) {
    const place = placeIndex().get(placeKey(one));
    if (place) return place;
  }
  return null;
}

/** Names of one to three words; in scripts that have capitals they begin with one. */
function spacedPlaces(text: string): NamedPlace[] {
  const words = text.match(/[\p{L}\p{M}'’.-]+/gu) ?? [];
  const found: NamedPlace[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (CASED.test(word[0] as string) && !/^\p{Lu}/u.test(word)) continue;
    for (let n = Math.min(MOST_WORDS, words.length - i); n > 0; n--) {
      const last = words[i + n - 1] as string;
      const before = words.slice(i, i + n - 1);
      // İstanbul'da: what follows the apostrophe is grammar.
      const forms = [last, last.split(/['’]/)[0] as string, last.replace(ARABIC_PREFIX, '')];
      const place = forms.map((form) => wordPlace([...before, form].join(' '))).find(isKnown);
      if (place === undefined) continue;
      if (place !== null) found.push(place);
      // The longest name decides, also when several places share it.
      i += n - 1;
      break;
    }
  }
  return found;
}

function isKnown(place: NamedPlace | null | undefined): place is NamedPlace | null {
  return place !== undefined;
}

function wordPlace(name: string): NamedPlace | null | undefined {
  const key = placeKey(name);
  if (key.length < LEAST_LETTERS || EVERYDAY.test(key)) return undefined;
  const place = placeIndex().get(key);
  return place && place.population < LEAST_PEOPLE ? undefined : place;
}

/** Names in scripts without blanks: the longest at each character. */
function unspacedPlaces(text: string): NamedPlace[] {
  const found: NamedPlace[] = [];
  for (const [run] of text.normalize('NFC').matchAll(UNSPACED)) {
    for (let i = 0; i < run.length; i++) {
      // Korean words begin with the name; what follows is grammar.
      if (i > 0 && HANGUL.test(run[i] as string)) break;
      for (let n = Math.min(LONGEST_UNSPACED, run.length - i); n >= 2; n--) {
        const place = unspacedPlace(run, i, n);
        if (place === undefined) continue;
        if (place !== null) found.push(place);
        i += n - 1;
        break;
      }
    }
  }
  return found;
}

function unspacedPlace(run: string, at: number, length: number): NamedPlace | null | undefined {
  const name = run.slice(at, at + length);
  const after = run.slice(at + length);
  // A name in katakana is a whole katakana word: パリ is not in パリパリ.
  if (KATAKANA.test(name[0] as string) && KATAKANA.test(run[at - 1] ?? '')) return undefined;
  if (KATAKANA.test(name.at(-1) as string) && KATAKANA.test(after[0] ?? '')) return undefined;
  const isNamed = SUFFIX.test(after);
  if (EVERYDAY.test(name) && !isNamed) return undefined;
  const place = placeIndex().get(placeKey(name));
  if (!place) return place;
  const isSure = length > 2 || isNamed || place.population >= SURE_PEOPLE;
  return place.population >= LEAST_PEOPLE && isSure ? place : undefined;
}

function largest(places: readonly NamedPlace[]): NamedPlace | null {
  return places.reduce<NamedPlace | null>(
    (best, place) => (best === null || place.population > best.population ? place : best),
    null,
  );
}
