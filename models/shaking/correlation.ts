/**
 * Correlation of residuals of two measures at two places: Loth and Baker (2013, EESD 42, 397-417, with
 * the erratum of 2019), as in ShakeMap (`shakelib/correlation/loth_baker_2013.py`). PGA takes the row
 * of 0.01 s, PGV that of 1 s, with 0.19 for its nugget of 0.20: the rounded parts add up to 1.01.
 * @module
 */
import type { Measure } from '../groundmotion/ground-motion-model.js';

/** Short range, long range and nugget; [PGA, PGV] each way (tables II to IV of the erratum). */
const SHORT = { same: [0.29, 0.33], cross: 0.18, rangeKm: 20 } as const;
const LONG = { same: [0.47, 0.48], cross: 0.27, rangeKm: 70 } as const;
const NUGGET = { same: [0.24, 0.19], cross: -0.02 } as const;

/**
 * Correlation of intensity with peak velocity at one place within an event. What intensity has of its
 * own falls off with distance as peak velocity does (ShakeMap takes PGV's law for MMI).
 */
export const INTENSITY_VELOCITY_CORRELATION = 0.8;

/**
 * Correlation of within-event residuals `distanceKm` apart. Positive semi-definite over any places and
 * measures: intensity is r times the field of peak velocity plus sqrt(1 - r^2) times one of its own.
 */
export function withinEventCorrelation(a: Measure, b: Measure, distanceKm: number): number {
  if (a === 'mmi' && b === 'mmi') return lothBaker('pgv', 'pgv', distanceKm);
  if (a === 'mmi') return INTENSITY_VELOCITY_CORRELATION * lothBaker('pgv', b as Peak, distanceKm);
  if (b === 'mmi') return INTENSITY_VELOCITY_CORRELATION * lothBaker('pgv', a, distanceKm);
  return lothBaker(a, b, distanceKm);
}

/** Correlation of between-event terms: that of residuals at one place. */
export function betweenEventCorrelation(a: Measure, b: Measure): number {
  return withinEventCorrelation(a, b, 0);
}

type Peak = Exclude<Measure, 'mmi'>;

/** eq. 42: B1 exp(-3 h / 20 km) + B2 exp(-3 h / 70 km) + B3 where h = 0. */
export function lothBaker(a: Peak, b: Peak, distanceKm: number): number {
  const of = (part: {
    readonly same: readonly [number, number];
    readonly cross: number;
  }): number => (a !== b ? part.cross : a === 'pga' ? part.same[0] : part.same[1]);
  return (
    of(SHORT) * Math.exp((-3 * distanceKm) / SHORT.rangeKm) +
    of(LONG) * Math.exp((-3 * distanceKm) / LONG.rangeKm) +
    (distanceKm < 1e-6 ? of(NUGGET) : 0)
  );
}
