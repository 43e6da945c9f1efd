/** The languages of the felt-report form and which one a reader gets. @module */
import type { FeltWords } from './words/felt-words.js';
import { AR } from './words/ar.js';
import { EL } from './words/el.js';
import { EN } from './words/en.js';
import { ES } from './words/es.js';
import { FR } from './words/fr.js';
import { ID } from './words/id.js';
import { IT } from './words/it.js';
import { JA } from './words/ja.js';
import { PT } from './words/pt.js';
import { TR } from './words/tr.js';

export const FELT_LANGUAGES: readonly FeltWords[] = [EN, ES, PT, FR, IT, TR, EL, ID, JA, AR];

const MAX_HEADER = 500;

/** The language asked for, else the best of an Accept-Language header (RFC 9110, 12.5.4), else English. */
export function chooseLanguage(input: {
  readonly asked: unknown;
  readonly acceptLanguage: string | undefined;
}): FeltWords {
  const asked = FELT_LANGUAGES.find(({ code }) => code === input.asked);
  if (asked) return asked;
  const wanted = (input.acceptLanguage ?? '')
    .slice(0, MAX_HEADER)
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';');
      const q = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean);
      return { code: range.split('-')[0] as string, weight: q === undefined ? 1 : Number(q) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { code } of wanted) {
    const found = FELT_LANGUAGES.find((words) => words.code === code);
    if (found) return found;
  }
  return EN;
}
