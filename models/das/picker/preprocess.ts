/**
 * From a recording to the network's input: neighbours averaged, 50 Hz, high-pass, noise set to one.
 * In: strain rate of channels. Out: groups of channels, what each stands for, what cannot be used.
 * @module
 */
import { butterworth } from '../../signal/butterworth.js';
import { median } from '../../signal/robust.js';
import { removeCommonMode } from './common-mode.js';
import { makeResampler } from './resample.js';
import {
  GROUP_SPACING_M,
  HIGH_PASS_HZ,
  INPUT_HZ,
  MOST_GROUPED,
  TIME_MULTIPLE,
} from './settings.js';

/** Input of the network. */
export interface PreparedFibre {
  readonly groupCount: number;
  /** Channels in a group (the last may have fewer). */
  readonly groupSize: number;
  /** Samples at 50 Hz, and the same rounded up to what the network takes. */
  readonly sampleCount: number;
  readonly paddedCount: number;
  /** 0.5 asinh(x / noise), [group * paddedCount]; 0 where nothing is known. */
  readonly values: Float32Array;
  /** Noise level of each group in units of the input; 0: the group is dead. */
  readonly noise: Float64Array;
  /** Channels left out: dead, not finite for over a fifth of the time, or far louder than others. */
  readonly channelUsed: Uint8Array;
  /** Samples at 50 Hz during which the interrogator's own motion was taken away. */
  readonly commonModeSamples: number;
}

/** A channel whose high frequencies are this much fainter or louder than its group's median. */
const FAINT = 0.02;
const WILD = 12;
/** Largest share of samples that may be missing. */
const MOST_MISSING = 0.2;
/** Half a second: the stretches whose quietest quarter sets the noise level. */
const STRETCH = INPUT_HZ / 2;

/** Channels to average for a spacing. */
export function groupSizeFor(channelSpacingM: number): number {
  const ideal = Math.round(GROUP_SPACING_M / channelSpacingM);
  return Math.min(MOST_GROUPED, Math.max(1, ideal));
}

/**
 * Prepares a window. `samples`: [channel * time]. asinh keeps small waves linear and loud ones
 * logarithmic, so that one scale serves noise, distant quakes and clipped near ones.
 */
export function prepareFibre(input: {
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
  readonly channelSpacingM: number;
  /** Leaves faint groups and common mode in: the network learns from them too. */
  readonly isForTraining?: boolean;
}): PreparedFibre {
  const { samples, channelCount, rateHz } = input;
  const groupSize = groupSizeFor(input.channelSpacingM);
  const groupCount = Math.ceil(channelCount / groupSize);
  const resampler = makeResampler(rateHz);
  const sampleCount = resampler.outputCount(input.sampleCount);
  const paddedCount = Math.ceil(sampleCount / TIME_MULTIPLE) * TIME_MULTIPLE;
  const values = new Float32Array(groupCount * paddedCount);
  const noise = new Float64Array(groupCount);
  const channelUsed = new Uint8Array(channelCount);
  const highPass = highPassInPlace();
  const sum = new Float32Array(input.sampleCount);
  for (let g = 0; g < groupCount; g++) {
    const first = g * groupSize;
    const members = Math.min(groupSize, channelCount - first);
    const rows = Array.from({ length: members }, (_, k) =>
      samples.subarray((first + k) * input.sampleCount, (first + k + 1) * input.sampleCount),
    );
    const used = usableRows(rows);
    used.forEach((isUsed, k) => (channelUsed[first + k] = isUsed ? 1 : 0));
    const good = rows.filter((_, k) => used[k]);
    if (good.length === 0) continue;
    const offset = g * paddedCount;
    resampler.run(averageOf(good, sum), values, offset);
    const row = values.subarray(offset, offset + sampleCount);
    highPass(row);
    noise[g] = quietLevel(row);
  }
  const commonModeSamples = input.isForTraining
    ? 0
    : clean({
        values,
        paddedCount,
        sampleCount,
        noise,
        lengthM: channelCount * input.channelSpacingM,
      });
  for (let g = 0; g < groupCount; g++) {
    const row = values.subarray(g * paddedCount, g * paddedCount + sampleCount);
    if (commonModeSamples > 0) noise[g] = quietLevel(row);
    compress(row, noise[g] as number);
  }
  return {
    groupCount,
    groupSize,
    sampleCount,
    paddedCount,
    values,
    noise,
    channelUsed,
    commonModeSamples,
  };
}

/** Silences dead groups, removes common mode; returns for how many samples it was removed. */
function clean(input: {
  readonly values: Float32Array;
  readonly paddedCount: number;
  readonly sampleCount: number;
  readonly noise: Float64Array;
  readonly lengthM: number;
}): number {
  const { values, paddedCount, noise } = input;
  silenceFaint(noise, values, paddedCount);
  const live = Array.from(noise.keys()).filter((g) => (noise[g] as number) > 0);
  return removeCommonMode({ ...input, stride: paddedCount, live });
}

/** A group far fainter than the fibre is dead: the electronics' own noise. */
function silenceFaint(noise: Float64Array, values: Float32Array, paddedCount: number): void {
  const typical = median(noise.filter((x) => x > 0));
  noise.forEach((level, g) => {
    if (level >= FAINT * typical) return;
    noise[g] = 0;
    values.fill(0, g * paddedCount, (g + 1) * paddedCount);
  });
}

function usableRows(rows: readonly Float32Array[]): boolean[] {
  const roughness = rows.map(roughnessOf);
  const known = roughness.filter((x) => x > 0).sort((a, b) => a - b);
  const typical = known[(known.length - 1) >> 1] ?? 0;
  return roughness.map((x) => x > FAINT * typical && x < WILD * typical);
}

/** Mean absolute difference of neighbouring samples; 0 when constant or too much is missing. */
function roughnessOf(row: Float32Array): number {
  // Every fourth difference tells as much as all of them.
  let [sum, known, missing] = [0, 0, 0];
  for (let i = 1; i < row.length; i += 4) {
    const step = Math.abs((row[i] as number) - (row[i - 1] as number));
    if (step < Infinity) {
      sum += step;
      known++;
    } else missing++;
  }
  return known === 0 || missing > MOST_MISSING * (known + missing) ? 0 : sum / known;
}

/** Mean of the rows; a sample that is not finite keeps the row's last good value. */
function averageOf(rows: readonly Float32Array[], sum: Float32Array): Float32Array {
  const weight = 1 / rows.length;
  sum.fill(0);
  for (const row of rows) {
    let last = row.find((x) => Number.isFinite(x)) ?? 0;
    for (let i = 0; i < row.length; i++) {
      const x = row[i] as number;
      // x - x is 0 for finite numbers only; cheaper than isFinite.
      if (x - x === 0) last = x;
      sum[i] = (sum[i] as number) + weight * last;
    }
  }
  return sum;
}

/** Second-order Butterworth high-pass that starts at rest about the first sample's level. */
function highPassInPlace(): (row: Float32Array) => void {
  const [section] = butterworth({
    kind: 'highpass',
    order: 2,
    rateHz: INPUT_HZ,
    cornerHz: HIGH_PASS_HZ,
  });
  if (!section) throw new Error('a second-order filter has one section');
  const { b0, b1, b2, a1, a2 } = section;
  return (row) => {
    const level = row[0] ?? 0;
    let [z1, z2] = [0, 0];
    for (let i = 0; i < row.length; i++) {
      const x = (row[i] as number) - level;
      const y = b0 * x + z1;
      z1 = b1 * x - a1 * y + z2;
      z2 = b2 * x - a2 * y;
      row[i] = y;
    }
  };
}

/** Root mean square that a quarter of all half-second stretches stay below. */
function quietLevel(row: Float32Array): number {
  const count = Math.floor(row.length / STRETCH);
  const levels = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let i = k * STRETCH; i < (k + 1) * STRETCH; i++) sum += (row[i] as number) ** 2;
    levels[k] = Math.sqrt(sum / STRETCH);
  }
  levels.sort();
  return levels[count >> 2] ?? 0;
}

function compress(row: Float32Array, noise: number): void {
  if (!(noise > 0)) {
    row.fill(0);
    return;
  }
  const scale = 1 / noise;
  for (let i = 0; i < row.length; i++) {
    const x = (row[i] as number) * scale;
    // asinh by its definition: Math.asinh is three times slower.
    const size = x < 0 ? -x : x;
    const value = 0.5 * Math.log(size + Math.sqrt(size * size + 1));
    row[i] = x < 0 ? -value : value;
  }
}
