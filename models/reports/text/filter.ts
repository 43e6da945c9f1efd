/**
 * The language-independent rules that decide which posts the classifier sees at all: a word for
 * shaking, short, no link, no magnitude, nobody else's words (Earle et al. 2011, widened).
 * @module
 */
import { plainText, type PlainText } from './normalise.js';
import { findQuakeWord, statesMagnitude } from './words.js';

/** Why a post is left out. */
export const FILTER_REASONS = [
  'no letters',
  'no quake word',
  'repeat',
  'link',
  'magnitude',
  'too long',
  'bot',
  'many mentions',
] as const;
export type FilterReason = (typeof FILTER_REASONS)[number];

export type FilterResult =
  | { readonly passes: true; readonly plain: PlainText; readonly language: string }
  | { readonly passes: false; readonly reason: FilterReason };

/**
 * People who feel shaking write little: TED allows 7 words; 30 words, or 220 characters, leave the rest to the classifier.
 */
const MAX_WORDS = 30;
const MAX_CHARACTERS = 220;
const MAX_MENTIONS = 3;
/** Self-declared automata and the wording of automatic bulletins. */
const BOT =
  /(?<![\p{L}])(?:bot|automated|automatic report|preliminary|usgs|emsc|bmkg|jma|cenc|afad|ingv|csem|depth|epicenter|epicentre)(?![\p{L}])|震源|震央|深さ|深度|速報/u;

/** Filters one post by its text; `isRepeat` and `isBot` as the service says. */
export function filterPost(post: {
  readonly text: string;
  readonly isRepeat?: boolean;
  readonly isBot?: boolean;
}): FilterResult {
  const plain = plainText(post.text);
  const reject = (reason: FilterReason): FilterResult => ({ passes: false, reason });
  if (!plain.hasLetters) return reject('no letters');
  const word = findQuakeWord(plain.text);
  if (word === null) return reject('no quake word');
  if (post.isRepeat === true || plain.isRepeat) return reject('repeat');
  if (post.isBot === true || BOT.test(plain.text)) return reject('bot');
  if (plain.links > 0) return reject('link');
  if (plain.mentions > MAX_MENTIONS) return reject('many mentions');
  if (plain.isCut || plain.words > MAX_WORDS || plain.text.length > MAX_CHARACTERS) {
    return reject('too long');
  }
  if (statesMagnitude(plain.text)) return reject('magnitude');
  return { passes: true, plain, language: word.language };
}
