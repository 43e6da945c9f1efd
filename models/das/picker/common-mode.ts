/**
 * Removes what the interrogator itself puts on every channel: steps, knocks and laser noise. In:
 * high-passed groups of channels. Out: the same without it.
 *
 * Subtracting the median at all times would take away waves that meet a straight fibre broadside. So
 * it is done only while nearly all groups move as one in the unit of the instrument: a laser's phase
 * reaches every channel with the same size, the ground's strain does not (coupling, direction and
 * scattering differ between places a few gauge lengths apart).
 * @module
 */
import { median } from '../../signal/robust.js';

/** Half-overlapping blocks, samples at 50 Hz (0.64 s). */
const BLOCK = 32;
/** A block is looked at when its mean square is this many times the noise's. */
const LOUD = 2.5;
/** ... and the mean over groups holds this share of its energy. */
const LEAST_SHARE = 0.5;
/** A group moves with the median when they correlate so and are equally large within this factor. */
const LEAST_LIKENESS = 0.8;
const SIZE_FACTOR = 1.35;
/** A group that hears less of it than this is left alone. */
const LEAST_HEARD = 0.3;
/** Share of groups that must. */
const LEAST_AGREEING = 0.8;
/** Shorter or sparser fibres cannot tell the ground from the laser. */
const LEAST_GROUPS = 12;
const LEAST_LENGTH_M = 150;
/** Groups whose median is taken. */
const MOST_IN_MEDIAN = 96;

/**
 * Changes `values` [group * stride] (first `sampleCount` of each) in place for the groups `live`,
 * whose noise is `noise` [group]. Returns the number of samples at which common mode was removed.
 */
export function removeCommonMode(input: {
  readonly values: Float32Array;
  readonly stride: number;
  readonly sampleCount: number;
  readonly live: readonly number[];
  readonly noise: Float64Array;
  readonly lengthM: number;
}): number {
  const { values, stride, sampleCount, live, noise, lengthM } = input;
  if (live.length < LEAST_GROUPS || lengthM < LEAST_LENGTH_M) return 0;
  const loud = loudBlocks(input);
  const step = Math.max(1, live.length / MOST_IN_MEDIAN);
  const sample = Array.from({ length: Math.floor(live.length / step) }, (_, k) =>
    Math.floor(k * step),
  ).map((k) => (live[k] as number) * stride);
  let removed = 0;
  // What is taken away in one block must not change what the next one sees: collect first.
  const changes: { group: number; from: number; common: Float64Array; size: number }[] = [];
  for (const from of loud) {
    const common = Float64Array.from({ length: BLOCK }, (_, i) =>
      median(sample.map((at) => values[at + from + i] as number)),
    );
    const energy = common.reduce((sum, x) => sum + x * x, 0);
    const motions = live.map((g) =>
      motionOf(values.subarray(g * stride + from), common, energy, noise[g] as number),
    );
    const agreeing = motions.filter(movesAlong).length;
    if (agreeing < LEAST_AGREEING * live.length) continue;
    removed += BLOCK / 2;
    live.forEach((group, k) => {
      const motion = motions[k] as Motion;
      // A fading channel hears the step too, under its own noise; others have nothing to lose.
      if (motion.likeness < LEAST_HEARD) return;
      changes.push({ group, from, common, size: movesAlong(motion) ? motion.size : 1 });
    });
  }
  for (const { group, from, common, size } of changes) {
    const at = group * stride + from;
    for (let i = 0; i < BLOCK && from + i < sampleCount; i++) {
      // Hann windows that overlap by half sum to one.
      const share = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / BLOCK);
      values[at + i] = (values[at + i] as number) - share * size * (common[i] as number);
    }
  }
  return removed;
}

/** Starts of blocks whose energy is large and mostly in the mean over groups. */
function loudBlocks(input: {
  readonly values: Float32Array;
  readonly stride: number;
  readonly sampleCount: number;
  readonly live: readonly number[];
  readonly noise: Float64Array;
}): number[] {
  const { values, stride, sampleCount, live, noise } = input;
  const mean = new Float64Array(sampleCount);
  const energy = new Float64Array(sampleCount);
  let quiet = 0;
  for (const g of live) {
    quiet += (noise[g] as number) ** 2;
    const at = g * stride;
    for (let i = 0; i < sampleCount; i++) {
      const x = values[at + i] as number;
      mean[i] = (mean[i] as number) + x;
      energy[i] = (energy[i] as number) + x * x;
    }
  }
  const starts: number[] = [];
  for (let from = 0; from + BLOCK <= sampleCount; from += BLOCK / 2) {
    let [common, total] = [0, 0];
    for (let i = from; i < from + BLOCK; i++) {
      common += (mean[i] as number) ** 2 / live.length;
      total += energy[i] as number;
    }
    if (total > LOUD * BLOCK * quiet && common > LEAST_SHARE * total) starts.push(from);
  }
  return starts;
}

/** A group's motion in terms of the common one. */
interface Motion {
  readonly likeness: number;
  readonly size: number;
}

function movesAlong({ likeness, size }: Motion): boolean {
  return likeness >= LEAST_LIKENESS && size < SIZE_FACTOR && size > 1 / SIZE_FACTOR;
}

/** Correlation (its own noise discounted) and size. */
function motionOf(row: Float32Array, common: Float64Array, energy: number, noise: number): Motion {
  let [product, own] = [0, 0];
  for (let i = 0; i < BLOCK; i++) {
    const x = row[i] as number;
    product += x * (common[i] as number);
    own += x * x;
  }
  if (energy <= 0 || own <= 0) return { likeness: 0, size: 0 };
  const wave = Math.max(0.2 * own, own - BLOCK * noise * noise);
  return { likeness: product / Math.sqrt(wave * energy), size: product / energy };
}
