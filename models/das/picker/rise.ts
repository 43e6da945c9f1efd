/**
 * How much a fibre's energy rises at an instant along a move-out. In: prepared groups. Out: the median
 * over groups of the log energy ratio, which single loud groups cannot move.
 *
 * The network's probabilities saturate; an arrival that lifts every channel tenfold and one that shows
 * barely can look the same to them. Together with their consensus this is the likelihood of an onset.
 * @module
 */
import { median } from '../../signal/robust.js';
import type { PreparedFibre } from './preprocess.js';
import { INPUT_HZ } from './settings.js';

/** Natural log of energy after over before, median over groups; 0 where too little lies before. */
export type RiseAt = (timeS: number, slownessSKm: number) => number;

/** Stretches compared, s from the onset: what lies between is the onset's own doubt. */
const BEFORE_S = [-3.5, -0.3] as const;
const AFTER_S = [-0.1, 0.9] as const;
const LEAST_BEFORE_S = 1;
/** Energy of the input that counts as none: a hundredth of the noise's. */
const SILENCE = 2e-3;
/** Groups that are looked at. */
const MOST_GROUPS = 64;

/** Meter of some groups of a fibre. `distanceKm`: [group]; times from the window's first sample. */
export function riseMeter(input: {
  readonly prepared: PreparedFibre;
  readonly groups: readonly number[];
  readonly distanceKm: readonly number[];
}): RiseAt {
  const { prepared, groups, distanceKm } = input;
  const { values, paddedCount, sampleCount } = prepared;
  const places = groups.map((g) => distanceKm[g] as number);
  const middleKm = (Math.min(...places) + Math.max(...places)) / 2;
  const step = Math.max(1, groups.length / MOST_GROUPS);
  const looked = Array.from({ length: Math.floor(groups.length / step) }, (_, k) => {
    const group = groups[Math.floor(k * step)] as number;
    const sums = new Float64Array(sampleCount + 1);
    for (let i = 0; i < sampleCount; i++) {
      const x = values[group * paddedCount + i] as number;
      sums[i + 1] = (sums[i] as number) + x * x;
    }
    return { sums, km: (distanceKm[group] as number) - middleKm };
  });
  const meanOf = (sums: Float64Array, fromS: number, toS: number): number | null => {
    const from = Math.max(0, Math.round(fromS * INPUT_HZ));
    const to = Math.min(sampleCount, Math.round(toS * INPUT_HZ));
    if (to <= from) return null;
    return ((sums[to] as number) - (sums[from] as number)) / (to - from);
  };
  return (timeS, slownessSKm) => {
    const ratios = looked.flatMap(({ sums, km }) => {
      const at = timeS + slownessSKm * km;
      if (at + BEFORE_S[1] < LEAST_BEFORE_S) return [];
      const before = meanOf(sums, at + BEFORE_S[0], at + BEFORE_S[1]);
      const after = meanOf(sums, at + AFTER_S[0], at + AFTER_S[1]);
      if (before === null || after === null) return [];
      return [Math.log((after + SILENCE) / (before + SILENCE))];
    });
    return ratios.length === 0 ? 0 : median(ratios);
  };
}
