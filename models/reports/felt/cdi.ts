/**
 * Answers of the "Did You Feel It?" questionnaire in, community weighted sum (CWS) and community
 * decimal intensity (CDI) out.
 *
 * CWS = 5 felt + motion + reaction + 2 stand + 5 shelf + 2 picture + 3 furniture + 5 damage, each
 * index the mean over those who answered it; CDI = 3.3996 ln(CWS) - 4.3781, at least 2, and 1 for
 * CWS <= 0 (Dengler & Dewey 1998; Wald et al. 2011; USGS DYFI 4).
 * @module
 */
import type { FeltAnswers } from '../../../core/felt-answers.js';

/** Weights of the indices, in the order in which they are summed. */
export const CWS_WEIGHTS = [
  ['felt', 5],
  ['motion', 1],
  ['reaction', 1],
  ['stand', 2],
  ['shelf', 5],
  ['picture', 2],
  ['furniture', 3],
  ['damage', 5],
] as const;

/** Damage tokens and their values; of several the gravest counts. */
export const DAMAGE_VALUES: ReadonlyMap<string, number> = new Map([
  ['_none', 0],
  ...['_crackmin', '_crackwindows'].map((token) => [token, 0.5] as const),
  ['_crackwallfew', 0.75],
  ...['_crackwallmany', '_crackwall', '_crackfloor', '_crackchim', '_tilesfell'].map(
    (token) => [token, 1] as const,
  ),
  ...['_wall', '_pipe', '_win', '_brokenwindows', '_majoroldchim', '_masonryfell'].map(
    (token) => [token, 2] as const,
  ),
  ...['_move', '_chim', '_found', '_collapse', '_porch', '_majormodernchim', '_tiltedwall'].map(
    (token) => [token, 3] as const,
  ),
]);

/** Damage index of a token list: 0 to 3; null when no token is known, which is no answer. */
export function damageIndex(text: string | null): number | null {
  let worst: number | null = null;
  for (const token of (text ?? '').split(/\s+/)) {
    const value = DAMAGE_VALUES.get(token);
    if (value !== undefined && (worst === null || value > worst)) worst = value;
  }
  return worst;
}

/** The felt index as the answer about others changes it: 0.36 few, 0.72 some, 1 most or all. */
export function feltIndex(answers: Pick<FeltAnswers, 'felt' | 'otherFelt'>): number | null {
  const { felt, otherFelt } = answers;
  if (otherFelt === null || otherFelt < 2) return felt;
  // Nobody else felt it, and neither did the answerer.
  if (otherFelt === 2) return felt ? 0.36 : 0;
  return otherFelt === 3 ? 0.72 : 1;
}

/** Community weighted sum of one or more people; an index nobody answered adds nothing. */
export function communityWeightedSum(people: readonly FeltAnswers[]): number {
  let sum = 0;
  for (const [index, weight] of CWS_WEIGHTS) {
    let total = 0;
    let count = 0;
    for (const answers of people) {
      const value =
        index === 'felt'
          ? feltIndex(answers)
          : index === 'damage'
            ? damageIndex(answers.damageText)
            : answers[index];
      if (value === null) continue;
      total += value;
      count++;
    }
    if (count > 0) sum += (total / count) * weight;
  }
  return sum;
}

/** CDI of a weighted sum, unrounded but for the four decimals that USGS keeps. */
export function intensityOfSum(cws: number): number {
  if (!(cws > 0)) return 1;
  return Math.max(2, Number((Math.log(cws) * 3.3996 - 4.3781).toFixed(4)));
}

/** Community decimal intensity of the people of a place, to 0.1: 1 (not felt), then 2 and up. */
export function communityIntensity(people: readonly FeltAnswers[]): number {
  return roundToTenth(intensityOfSum(communityWeightedSum(people)));
}

/** Nearest 0.1; exact ties (x.25, x.75) to the even digit, as the published values were made. */
export function roundToTenth(value: number): number {
  const isTie = Number.isInteger(value * 4) && !Number.isInteger(value * 2);
  if (!isTie) return Number(value.toFixed(1));
  const low = Math.floor(value * 10);
  return (low % 2 === 0 ? low : low + 1) / 10;
}

/** Standard deviation of a box's intensity given its responses (Worden et al. 2012), MMI. */
export function boxSigma(responses: number): number {
  return 0.25 * Math.exp(-responses / 24.02) + 0.09;
}

/** ShakeMap leaves boxes with fewer responses out. */
export const LEAST_RESPONSES = 3;
