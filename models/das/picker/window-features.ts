/**
 * Numbers that describe a window, by which one unlike the training windows is known. In: a recording
 * and its prepared form. Out: named features, comparable between fibres.
 * @module
 */
import type { PreparedFibre } from './preprocess.js';
import { correlation, mean, ORDER_FEATURES, orderFeatures } from './order-features.js';
import { INPUT_HZ } from './settings.js';

/** Names of {@link windowFeatures}, in its order. */
export const FEATURE_NAMES = [
  'spectrum 1-2 Hz',
  'spectrum 2-4 Hz',
  'spectrum 4-8 Hz',
  'spectrum 8-15 Hz',
  'spectrum 15-23 Hz',
  'likeness of neighbours',
  'likeness of second neighbours',
  'likeness at eight groups',
  'common mode',
  'peakedness',
  'unrest in time',
  'spread of noise levels',
  'dead groups',
  'clipped samples',
  ...ORDER_FEATURES,
  'common mode taken away',
] as const;

/** Corners of the bands, Hz. */
const BANDS_HZ = [1, 2, 4, 8, 15, 23] as const;
/** Samples of a spectrum's segment. */
const SEGMENT = 256;
/** Groups that are looked at; more cost and tell no more. */
const MOST_GROUPS = 48;

/** Features of a window, [feature] of {@link FEATURE_NAMES}. */
export function windowFeatures(input: {
  readonly prepared: PreparedFibre;
  /** The recording itself, [channel * time]. */
  readonly samples: Float32Array;
  readonly sampleCount: number;
  readonly channelSpacingM: number;
}): number[] {
  const { prepared } = input;
  const groupSpacingM = prepared.groupSize * input.channelSpacingM;
  const live = liveGroups(prepared);
  const start = Math.max(0, (live.length - MOST_GROUPS) >> 1);
  const looked = live.slice(start, start + MOST_GROUPS);
  const rows = looked.map((g) =>
    prepared.values.subarray(
      g * prepared.paddedCount,
      g * prepared.paddedCount + prepared.sampleCount,
    ),
  );
  const bands = bandShares(rows);
  const likeness = (apart: number): number =>
    mean(
      rows.flatMap((row, i) => {
        const other =
          looked[i + apart] === (looked[i] as number) + apart ? rows[i + apart] : undefined;
        return other ? [Math.abs(correlation(row, other))] : [];
      }),
    );
  return [
    ...bands,
    likeness(1),
    likeness(2),
    likeness(8),
    commonShare(rows),
    mean(rows.map(kurtosisLog)),
    mean(rows.map(unrest)),
    spreadOfLogs(looked.map((g) => prepared.noise[g] as number)),
    1 - live.length / Math.max(1, prepared.groupCount),
    clippedShare(input.samples, input.sampleCount),
    ...orderFeatures({
      rows,
      noise: looked.map((g) => prepared.noise[g] as number),
      groupSpacingM,
    }),
    Math.log10(prepared.commonModeSamples / Math.max(1, prepared.sampleCount) + 0.003),
  ];
}

/** Groups that have a noise level. */
export function liveGroups(prepared: PreparedFibre): number[] {
  return Array.from({ length: prepared.groupCount }, (_, g) => g).filter(
    (g) => (prepared.noise[g] as number) > 0,
  );
}

/** Log share of each band in the mean spectrum, which one group cannot rule: logs are averaged. */
function bandShares(rows: readonly Float32Array[]): number[] {
  const bands = BANDS_HZ.length - 1;
  const sums = new Float64Array(bands);
  let count = 0;
  for (let r = 0; r < rows.length; r += 3) {
    const row = rows[r] as Float32Array;
    for (let from = 0; from + SEGMENT <= row.length; from += 2 * SEGMENT) {
      const energy = bandEnergies(row.subarray(from, from + SEGMENT));
      const total = energy.reduce((a, b) => a + b, 1e-9);
      energy.forEach((x, k) => (sums[k] = (sums[k] as number) + Math.log((x + 1e-9) / total)));
      count++;
    }
  }
  return Array.from(sums, (x) => (count === 0 ? 0 : x / count));
}

const table = Float64Array.from({ length: SEGMENT }, (_, i) =>
  Math.cos((2 * Math.PI * i) / SEGMENT),
);

/** Energy in each band of a segment under a Hann window, by a plain Fourier sum on every other line. */
function bandEnergies(segment: Float32Array): number[] {
  const energy = new Array<number>(BANDS_HZ.length - 1).fill(0);
  const windowed = segment.map((x, i) => x * (0.5 - 0.5 * (table[i] as number)));
  for (let line = 5; line < SEGMENT / 2; line += 2) {
    const hz = (line * INPUT_HZ) / SEGMENT;
    const band = BANDS_HZ.findIndex((low, k) => hz >= low && hz < (BANDS_HZ[k + 1] ?? 0));
    if (band < 0) continue;
    let [re, im] = [0, 0];
    for (let i = 0, k = 0; i < SEGMENT; i++, k = (k + line) & (SEGMENT - 1)) {
      const x = windowed[i] as number;
      re += x * (table[k] as number);
      im += x * (table[(k + SEGMENT - SEGMENT / 4) & (SEGMENT - 1)] as number);
    }
    energy[band] = (energy[band] as number) + re * re + im * im;
  }
  return energy;
}

/** Share of the energy that the mean over groups holds, 1 when all are equal. */
function commonShare(rows: readonly Float32Array[]): number {
  const length = rows[0]?.length ?? 0;
  let [common, total] = [0, 0];
  for (let i = 0; i < length; i++) {
    let [sum, squares] = [0, 0];
    for (const row of rows) {
      sum += row[i] as number;
      squares += (row[i] as number) ** 2;
    }
    common += (sum * sum) / rows.length;
    total += squares;
  }
  return total > 0 ? common / total : 0;
}

/** Log of the fourth moment over the squared second: 1.1 for Gaussian noise. */
function kurtosisLog(row: Float32Array): number {
  let [second, fourth] = [0, 0];
  for (const x of row) {
    const square = x * x;
    second += square;
    fourth += square * square;
  }
  return second > 0 ? Math.log((fourth * row.length) / (second * second)) : 0;
}

/** Standard deviation of the log energy of seconds. */
function unrest(row: Float32Array): number {
  const logs: number[] = [];
  for (let from = 0; from + INPUT_HZ <= row.length; from += INPUT_HZ) {
    let sum = 0;
    for (let i = from; i < from + INPUT_HZ; i++) sum += (row[i] as number) ** 2;
    logs.push(Math.log(sum + 1e-6));
  }
  return deviation(logs);
}

function spreadOfLogs(levels: readonly number[]): number {
  return deviation(levels.map((x) => Math.log(x)));
}

/** Log10 share of samples at the largest value, where it is met again and again. */
function clippedShare(samples: Float32Array, sampleCount: number): number {
  const channels = Math.floor(samples.length / sampleCount);
  const step = Math.max(1, Math.floor(channels / 32));
  let [clipped, looked] = [0, 0];
  for (let c = 0; c < channels; c += step) {
    const row = samples.subarray(c * sampleCount, (c + 1) * sampleCount);
    let most = 0;
    for (const x of row) if (Math.abs(x) > most) most = Math.abs(x);
    let at = 0;
    for (const x of row) if (Math.abs(x) >= most) at++;
    looked += row.length;
    if (most > 0 && at > 2 && at < row.length) clipped += at;
  }
  return Math.log10(clipped / Math.max(1, looked) + 1e-5);
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((x) => (x - centre) ** 2)));
}
