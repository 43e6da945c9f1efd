/** A sent form in, checked answers out; what is wrong is named by question. @module */
import { placeNamed } from '../../../connectors/reports/feeds/gazetteer.js';
import { LARGEST_ANSWER, type FeltAnswers } from '../../../core/felt-answers.js';
import { DAMAGE_VALUES } from '../../../models/reports/felt/cdi.js';
import type { RefusalKind } from './words/felt-words.js';

/** Where somebody was, no finer than a hundredth of a degree or the area of a town. */
export interface AnswerPlace {
  readonly latitude: number;
  readonly longitude: number;
  /** Radius of the named town, km; null for a position to 0.01 degrees. */
  readonly radiusKm: number | null;
}

export interface SentForm {
  readonly answers: FeltAnswers;
  readonly place: AnswerPlace;
  readonly minutesAgo: number;
}

export type FormRefusal = Extract<RefusalKind, 'felt' | 'place' | 'answers'>;

/** Choices of "when", minutes ago. */
export const MINUTES_AGO = [1, 10, 30, 60, 180, 720] as const;

/** Damage that can be ticked; values in `DAMAGE_VALUES`. */
export const DAMAGE_TOKENS = [
  '_none',
  '_crackmin',
  '_crackwindows',
  '_crackwallfew',
  '_crackwallmany',
  '_tilesfell',
  '_brokenwindows',
  '_masonryfell',
  '_chim',
  '_collapse',
] as const;

/** Questions with one answer, in the order of the form. */
export const QUESTIONS = [
  'felt',
  'otherFelt',
  'motion',
  'reaction',
  'stand',
  'shelf',
  'picture',
  'furniture',
] as const satisfies readonly (keyof typeof LARGEST_ANSWER)[];

const MAX_PLACE = 100;

/** Reads the fields of a form. Out: the answers, or which part of them cannot be. */
export function readForm(fields: URLSearchParams): SentForm | { readonly refused: FormRefusal } {
  const answers: Partial<Record<(typeof QUESTIONS)[number], number | null>> = {};
  for (const question of QUESTIONS) {
    const value = answerOf(fields.get(question), LARGEST_ANSWER[question]);
    if (value === undefined) return { refused: 'answers' };
    answers[question] = value;
  }
  const one = (question: (typeof QUESTIONS)[number]): number | null => answers[question] ?? null;
  if (one('felt') === null) return { refused: 'felt' };
  const damage = [...new Set(fields.getAll('damage'))];
  const isNone = damage.includes('_none');
  if (damage.some((token) => !DAMAGE_VALUES.has(token)) || (isNone && damage.length > 1)) {
    return { refused: 'answers' };
  }
  // Who felt nothing felt no strength of it, and could stand.
  const isAtOdds = (one('motion') ?? 0) > 0 || (one('stand') ?? 0) > 0;
  if (one('felt') === 0 && isAtOdds) return { refused: 'answers' };
  const minutesAgo = MINUTES_AGO[Number(fields.get('when') ?? 0)];
  if (minutesAgo === undefined) return { refused: 'answers' };
  const place = placeOf(fields);
  if (place === null) return { refused: 'place' };
  return {
    answers: {
      felt: one('felt'),
      otherFelt: one('otherFelt'),
      motion: one('motion'),
      reaction: one('reaction'),
      stand: one('stand'),
      shelf: one('shelf'),
      picture: one('picture'),
      furniture: one('furniture'),
      damageText: damage.length === 0 ? null : damage.join(' '),
    },
    place,
    minutesAgo,
  };
}

/** Null: left open; undefined: no possible answer. */
function answerOf(text: string | null, largest: number): number | null | undefined {
  if (text === null || text === '') return null;
  return /^\d$/.test(text) && Number(text) <= largest ? Number(text) : undefined;
}

function placeOf(fields: URLSearchParams): AnswerPlace | null {
  const latitude = coordinate(fields.get('latitude'), 90);
  const longitude = coordinate(fields.get('longitude'), 180);
  if (latitude !== null && longitude !== null) return { latitude, longitude, radiusKm: null };
  const name = (fields.get('place') ?? '').trim();
  if (name === '' || name.length > MAX_PLACE) return null;
  const found = placeNamed(name);
  if (found === null) return null;
  return {
    latitude: Number(found.latitude.toFixed(2)),
    longitude: Number(found.longitude.toFixed(2)),
    radiusKm: Number(found.radiusKm.toFixed(1)),
  };
}

/** To a hundredth of a degree, about a kilometre: finer is not kept. */
function coordinate(text: string | null, limit: number): number | null {
  const plain = (text ?? '').trim().replace(',', '.');
  if (!/^-?\d{1,3}(?:\.\d{1,10})?$/.test(plain)) return null;
  const value = Number(plain);
  return Math.abs(value) <= limit ? Number(value.toFixed(2)) : null;
}
