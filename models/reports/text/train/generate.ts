/**
 * Generated posts with their class, from the grammars: the split into training and held-out posts
 * goes by template, so that no held-out sentence was seen with other fillings.
 * @module
 */
import { createRandom, type Random } from '../../../../core/random.js';
import type { LanguageGrammar } from './grammar-types.js';
import { EAST_GRAMMARS } from './grammars-east.js';
import { SOUTH_GRAMMARS } from './grammars-south.js';
import { WEST_GRAMMARS } from './grammars-west.js';
import { AFAR_PHRASES } from './phrases-afar.js';
import { PHRASES } from './phrases.js';

export const GRAMMARS: readonly LanguageGrammar[] = [
  ...WEST_GRAMMARS,
  ...EAST_GRAMMARS,
  ...SOUTH_GRAMMARS,
];

export interface GeneratedPost {
  readonly text: string;
  readonly language: string;
  readonly isFirstHand: boolean;
}

export type Split = 'train' | 'calibrate' | 'held-out';

/** Every fourth template is held out, and one in eight serves the calibration. */
export function splitOf(template: number, shift = 0): Split {
  const at = (template + shift) % 8;
  if (at % 4 === 3) return 'held-out';
  return at === 5 ? 'calibrate' : 'train';
}

/** Share of posts of phrases with a hashtag. */
const HASHTAGS = 0.25;
const UNSPACED: ReadonlySet<string> = new Set(['zh', 'ja']);

/** `perTemplate` fillings of every template of a split; `shift` moves the split, for folds. */
export function generatePosts(input: {
  readonly split: Split;
  readonly perTemplate: number;
  readonly seed: number;
  readonly shift?: number;
}): GeneratedPost[] {
  const random = createRandom(input.seed);
  return GRAMMARS.flatMap((grammar) =>
    [true, false].flatMap((isFirstHand) =>
      (isFirstHand ? grammar.felt : grammar.other).flatMap((template, i) =>
        splitOf(i, input.shift) !== input.split
          ? []
          : Array.from({ length: input.perTemplate }, () => ({
              text: fillTemplate({ grammar, template, random }),
              language: grammar.language,
              isFirstHand,
            })),
      ),
    ),
  );
}

/** Posts of one to three phrases and a quake word, in any order; for training only. */
export function generatePhrasePosts(input: {
  readonly perLanguage: number;
  readonly seed: number;
}): GeneratedPost[] {
  const random = createRandom(input.seed);
  return GRAMMARS.flatMap((grammar) => {
    const phrases = PHRASES[grammar.language];
    if (phrases === undefined) return [];
    const afar = AFAR_PHRASES[grammar.language];
    const felt = [...phrases.felt, ...(afar?.felt ?? [])];
    const other = [...phrases.other, ...(afar?.other ?? [])];
    return Array.from({ length: input.perLanguage }, (_, i): GeneratedPost => {
      const isFirstHand = i % 2 === 0;
      const parts = Array.from({ length: 1 + Math.floor(random.uniform() * 3) }, () =>
        pick(isFirstHand ? felt : other, random),
      );
      // Without the quake word as often as not: it belongs to both classes.
      if (random.uniform() < 0.6) {
        parts.splice(Math.floor(random.uniform() * 2), 0, pick(phrases.quake, random));
      }
      if (random.uniform() < 0.3) parts.push('{p}');
      // Both classes have hashtags; that of the prayers is theirs.
      if (random.uniform() < HASHTAGS)
        parts.push(hashtag(grammar, pick(phrases.quake, random), random));
      const joint = UNSPACED.has(grammar.language)
        ? pick(['', '，'], random)
        : pick([' ', ', '], random);
      const text = fillTemplate({ grammar, template: parts.join(joint), random });
      return { text, language: grammar.language, isFirstHand };
    });
  });
}

/** `#temblorSantiago`, `#gempa`. */
function hashtag(grammar: LanguageGrammar, quake: string, random: Random): string {
  const place = random.uniform() < 0.5 ? pick(grammar.places, random) : '';
  return `#${`${quake}${place}`.replace(/[\s!?！？]/g, '')}`;
}

/** One post of a class and language, for simulations. */
export function drawPost(input: {
  readonly language: string;
  readonly isFirstHand: boolean;
  readonly random: Random;
}): string {
  const { isFirstHand, random } = input;
  const grammar = GRAMMARS.find(({ language }) => language === input.language) ?? GRAMMARS[0];
  const list = isFirstHand ? grammar?.felt : grammar?.other;
  const template = pick(list ?? [], random);
  return grammar === undefined ? '' : fillTemplate({ grammar, template, random });
}

function fillTemplate(input: {
  readonly grammar: LanguageGrammar;
  readonly template: string;
  readonly random: Random;
}): string {
  const { grammar, template, random } = input;
  const join = UNSPACED.has(grammar.language) ? '' : ' ';
  const parts = [template];
  // Both classes get the same openers and tails: they must not give the class away.
  if (random.uniform() < 0.35) parts.unshift(pick(grammar.openers, random) + (join || '，'));
  if (random.uniform() < 0.35) parts.push(pick(grammar.tails, random));
  const text = parts
    .join(join)
    .replaceAll('{p}', () => pick(grammar.places, random))
    .replace(/\s+/g, ' ');
  return mutate(text, random);
}

/** The hands of people in a hurry: capitals, missing marks, doubled letters, a slip. */
function mutate(text: string, random: Random): string {
  let out = text;
  if (random.uniform() < 0.12) out = out.toUpperCase();
  if (random.uniform() < 0.3) out = out.replace(/[,?!.，。？！؟]/g, '');
  if (random.uniform() < 0.15) out = `${out}${pick(['!', '!!', '?', '??', '…'], random)}`;
  if (random.uniform() < 0.08 && out.length > 12) {
    const at = 2 + Math.floor(random.uniform() * (out.length - 6));
    const unit = out.charCodeAt(at);
    // Only Latin letters: a dropped vowel sign would make another word.
    if (unit >= 97 && unit <= 122) out = out.slice(0, at) + out.slice(at + 1);
  }
  return out;
}

function pick(list: readonly string[], random: Random): string {
  return list[Math.floor(random.uniform() * list.length)] ?? '';
}
