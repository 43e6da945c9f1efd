/**
 * The reference that windows unlike the training are known by. In: features of simulated windows,
 * sound and faulty. Out: mean, covariance, one check a fault, limits for a stated false-flag rate.
 * @module
 */
import { invertPositiveDefinite } from '../../../numerics/linear-algebra.js';
import { checkLogOdds, deviations, mahalanobis } from '../out-of-distribution.js';
import { FEATURE_NAMES } from '../window-features.js';
import type { Reference } from '../weights-file.js';
import { fitLogistic } from './logistic.js';
import type { OddKind } from './odd-window.js';

/** Features of one simulated window; `none` is sound. */
export interface FeatureCase {
  readonly kind: OddKind;
  readonly features: readonly number[];
}

/** Share of sound windows that all checks together may flag. */
const FALSE_FLAGS = 0.02;

type FeatureName = (typeof FEATURE_NAMES)[number];

/** A wrong rate has no check, see `PARTS`. */
type CheckedKind = Exclude<OddKind, 'none' | `rate ${string}`>;

interface Shows {
  readonly features: readonly FeatureName[];
  /** Those whose squares count too. */
  readonly squared: readonly FeatureName[];
}

const SPECTRUM = [
  'spectrum 1-2 Hz',
  'spectrum 2-4 Hz',
  'spectrum 4-8 Hz',
  'spectrum 8-15 Hz',
  'spectrum 15-23 Hz',
] as const satisfies readonly FeatureName[];
const LIKENESS = [
  'likeness of neighbours',
  'likeness of second neighbours',
  'likeness at eight groups',
  'likeness falling over two groups',
  'likeness falling over half the fibre',
] as const satisfies readonly FeatureName[];
const COMMON = [
  ...SPECTRUM,
  ...LIKENESS,
  'common mode',
  'common mode taken away',
  'slowness of waves',
  'peakedness',
  'unrest in time',
] as const;
const DISORDER = [
  ...SPECTRUM,
  ...LIKENESS,
  'common mode',
  'slowness of waves',
  'steps of noise levels',
  'loudness alike with neighbours',
] as const;

/** Parts of the windows that limits are set on, each with a fit to the others. */
const FOLDS = 8;

/**
 * Fits the reference. Limits are those of windows that a fit has not seen: coefficients of this many
 * features would else flag far more than they may.
 */
export function fitReference(cases: readonly FeatureCase[]): Reference {
  const sound = soundOf(cases);
  const scores = Array.from({ length: FOLDS }, (_, fold) => {
    const isOut = (i: number): boolean => i % FOLDS === fold;
    // Cases of one recording follow each other: hold back whole stretches of them.
    const length = Math.ceil(cases.length / sound.length);
    const rest = cases.filter((_case, i) => !isOut(Math.floor(i / length)));
    const gauss = gaussOf(soundOf(rest));
    const checks = fitChecks(rest, gauss);
    return soundOf(cases.filter((_case, i) => isOut(Math.floor(i / length)))).map((row) => [
      mahalanobis(row, gauss),
      ...checks.map((check) => checkLogOdds(deviations(row, gauss), check)),
    ]);
  }).flat();
  const [limit = 0, ...limits] = jointLimits(scores);
  const gauss = gaussOf(sound);
  return {
    names: [...FEATURE_NAMES],
    ...gauss,
    limit,
    checks: fitChecks(cases, gauss).map((check, k) => ({ ...check, limit: limits[k] as number })),
  };
}

function soundOf(cases: readonly FeatureCase[]): (readonly number[])[] {
  return cases.filter(({ kind }) => kind === 'none').map(({ features }) => features);
}

type Check = Omit<Reference['checks'][number], 'limit'>;

/** One check a fault. */
function fitChecks(
  cases: readonly FeatureCase[],
  gauss: Pick<Reference, 'mean' | 'sigma'>,
): Check[] {
  const rows = soundOf(cases);
  return CHECKS.map((kind) => {
    const faulty = cases.filter((c) => c.kind === kind).map(({ features }) => features);
    return { kind, ...fitCheck(kind, rows, faulty, gauss) };
  });
}

/**
 * What each fault shows in, and nothing else: a real fibre may lie at the edge of the simulation in the
 * rest. White noise changes features one way, common mode makes noise levels alike, and squares
 * would take what lies on the other side for faulty; disorder shows in how features hang together.
 */
const SHOWS_IN: Readonly<Record<CheckedKind, Shows>> = {
  'white noise': {
    features: [...SPECTRUM, ...LIKENESS, 'unrest in time', 'peakedness', 'spread of noise levels'],
    squared: [],
  },
  'common mode': { features: [...COMMON, 'spread of noise levels'], squared: COMMON },
  clipped: { features: FEATURE_NAMES, squared: FEATURE_NAMES },
  'channels shuffled': { features: DISORDER, squared: DISORDER },
};

/** Logistic in deviations, and their squares. */
function fitCheck(
  kind: CheckedKind,
  rows: readonly (readonly number[])[],
  faulty: readonly (readonly number[])[],
  gauss: Pick<Reference, 'mean' | 'sigma'>,
): { offset: number; weights: number[]; squares: number[] } {
  const { features, squared } = SHOWS_IN[kind];
  const [at, squaredAt] = [features, squared].map((names) =>
    names.map((name) => FEATURE_NAMES.indexOf(name)),
  ) as [number[], number[]];
  const design = (row: readonly number[]): number[] => {
    const z = deviations(row, gauss);
    const linear = at.map((i) => z[i] as number);
    return [1, ...linear, ...squaredAt.map((i) => (z[i] as number) ** 2)];
  };
  const fit = fitLogistic(
    [...rows, ...faulty].map(design),
    [...rows.map(() => false), ...faulty.map(() => true)],
    RIDGE,
  );
  const spread = (places: readonly number[], from: number): number[] => {
    const all = new Array<number>(FEATURE_NAMES.length).fill(0);
    places.forEach((i, k) => (all[i] = fit[from + k] ?? 0));
    return all;
  };
  return {
    offset: fit[0] as number,
    weights: spread(at, 1),
    squares: spread(squaredAt, 1 + at.length),
  };
}

/** Holds back fits of many coefficients to few windows. */
const RIDGE = 1;

/**
 * Parts of the false flags: of the distance, then of each check. White noise and clipping stand out so
 * far that they need few. A wrong rate has no check: an octave lies within the ranges of the field (an
 * area under the curve of 0.63 and 0.48 with spectrum, likeness and slowness), and what such a check
 * flags is sound fibres at the edge of them. The audit of the times finds it.
 */
const PARTS: Readonly<Record<CheckedKind | 'none', number>> = {
  none: 0.25,
  'white noise': 0.05,
  'common mode': 0.25,
  clipped: 0.05,
  'channels shuffled': 0.4,
};
const CHECKS = [
  'white noise',
  'common mode',
  'clipped',
  'channels shuffled',
] as const satisfies readonly CheckedKind[];

/** Where the tail of a score begins. */
const TAIL = 0.1;

/**
 * A limit for each score (of the kinds that are checked), so that all together flag no more than they may. Beyond
 * the largest tenth scores are taken to fall off exponentially, which is steadier than the largest.
 */
function jointLimits(rows: readonly (readonly number[])[]): number[] {
  return (['none', ...CHECKS] as const).map((kind, k) => {
    const share = FALSE_FLAGS * PARTS[kind];
    const sorted = rows.map((row) => row[k] as number).sort((a, b) => a - b);
    const first = Math.floor((1 - TAIL) * sorted.length);
    const start = sorted[first] as number;
    const tail = sorted.slice(first);
    const excess = tail.reduce((sum, x) => sum + x - start, 0) / tail.length;
    return start + excess * Math.log(TAIL / share);
  });
}

function gaussOf(
  rows: readonly (readonly number[])[],
): Pick<Reference, 'mean' | 'sigma' | 'precision'> {
  const n = FEATURE_NAMES.length;
  const average = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  const mean = FEATURE_NAMES.map((_, i) => average(rows.map((row) => row[i] as number)));
  const covariance = new Float64Array(n * n);
  for (const row of rows) {
    const away = row.map((x, i) => x - (mean[i] as number));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const product = (away[i] as number) * (away[j] as number);
        covariance[i * n + j] = (covariance[i * n + j] as number) + product / rows.length;
      }
    }
  }
  for (let i = 0; i < n; i++) {
    covariance[i * n + i] = (covariance[i * n + i] as number) * 1.02 + 1e-4;
  }
  const inverse = invertPositiveDefinite(covariance, n);
  return {
    mean,
    sigma: FEATURE_NAMES.map((_, i) => Math.sqrt(covariance[i * n + i] as number)),
    precision: FEATURE_NAMES.map((_, i) => Array.from(inverse.subarray(i * n, (i + 1) * n))),
  };
}
