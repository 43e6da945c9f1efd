/**
 * Numbers that tell whether channels lie in their order and how fast waves run along them. In: rows of
 * neighbouring groups and their noise. Out: features of {@link ORDER_FEATURES}.
 * @module
 */
import { INPUT_HZ } from './settings.js';

/** Names of {@link orderFeatures}, in its order. */
export const ORDER_FEATURES = [
  'likeness falling over two groups',
  'likeness falling over half the fibre',
  'slowness of waves',
  'steps of noise levels',
  'loudness alike with neighbours',
] as const;

/** Pairs of groups compared with each other, and the largest lag, samples at 50 Hz. */
const MOST_PAIRS = 16;
const MOST_LAG = 10;
/** A lag shorter than this cannot be told from none, s. */
const LEAST_LAG_S = 0.005;
/** Stretches whose loudness is compared, samples (half a second). */
const STRETCH = INPUT_HZ / 2;

/**
 * Neighbours are more alike (at the best lag of 0.2 s: waves pass) than groups three apart or half the
 * fibre apart, their noise levels differ less, and they are loud at the same times: none of it when
 * channels are in no order. The lag between neighbours over their distance is the waves' slowness,
 * which a wrong rate or spacing shifts.
 */
export function orderFeatures(input: {
  readonly rows: readonly Float32Array[];
  /** [row]. */
  readonly noise: readonly number[];
  readonly groupSpacingM: number;
}): number[] {
  const { rows, noise, groupSpacingM } = input;
  const half = rows.length >> 1;
  const lagged = (apart: number): { likeness: number; lag: number } => {
    const pairs = pairsOf(rows.length, apart).map(([i, j]) =>
      bestLag(rows[i] as Float32Array, rows[j] as Float32Array),
    );
    // Pairs that are alike say more about the lag.
    const weight = pairs.reduce((sum, { likeness }) => sum + likeness ** 2, 1e-6);
    const lag = pairs.reduce((sum, p) => sum + p.likeness ** 2 * Math.abs(p.lag), 0) / weight;
    return { likeness: mean(pairs.map(({ likeness }) => likeness)), lag };
  };
  const near = lagged(1);
  const steps = (apart: number): number =>
    mean(
      pairsOf(rows.length, apart).map(([i, j]) =>
        Math.abs(Math.log((noise[i] as number) / (noise[j] as number))),
      ),
    );
  const loudness = rows.map(loudnessOf);
  const alike = (apart: number): number =>
    mean(
      pairsOf(rows.length, apart).map(([i, j]) =>
        correlation(loudness[i] as Float64Array, loudness[j] as Float64Array),
      ),
    );
  return [
    near.likeness - lagged(3).likeness,
    near.likeness - lagged(half).likeness,
    Math.log((near.lag / INPUT_HZ + LEAST_LAG_S) / groupSpacingM),
    Math.log((steps(1) + 0.02) / (steps(half) + 0.02)),
    alike(1) - alike(half),
  ];
}

/** Pairs of rows so far apart, evenly over the fibre. */
function pairsOf(count: number, apart: number): [number, number][] {
  const pairs = count - apart;
  if (apart < 1 || pairs < 1) return [];
  const step = Math.max(1, pairs / MOST_PAIRS);
  return Array.from({ length: Math.floor(pairs / step) }, (_, k) => {
    const i = Math.floor(k * step);
    return [i, i + apart];
  });
}

/** Largest correlation (either sign) within the lags and where it is; every other lag is enough. */
function bestLag(a: Float32Array, b: Float32Array): { likeness: number; lag: number } {
  let best = { likeness: 0, lag: 0 };
  const to = a.length - MOST_LAG;
  const own = a.subarray(MOST_LAG, to);
  if (own.length === 0) return best;
  for (let lag = -MOST_LAG; lag <= MOST_LAG; lag += 2) {
    const other = b.subarray(MOST_LAG + lag, to + lag);
    const likeness = Math.abs(correlation(own, other));
    if (likeness > best.likeness) best = { likeness, lag };
  }
  return best;
}

/** Log energy of each half second. */
function loudnessOf(row: Float32Array): Float64Array {
  return Float64Array.from({ length: Math.floor(row.length / STRETCH) }, (_, k) => {
    let sum = 0;
    for (let i = k * STRETCH; i < (k + 1) * STRETCH; i++) sum += (row[i] as number) ** 2;
    return Math.log(sum / STRETCH + 1e-3);
  });
}

/** Pearson's, of series whose mean matters for the second kind only: it is taken out of both. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanA += (a[i] as number) / n;
    meanB += (b[i] as number) / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
