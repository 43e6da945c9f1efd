/**
 * The ensemble on a prepared fibre. In: groups of channels. Out: probabilities of P and S of each
 * group at 25 Hz, mean and spread over members.
 * @module
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { loadBackend, type TensorFlow } from '../../backend.js';
import { pickerLogits, WEIGHT_SHAPES, type Weights } from './network.js';
import type { PreparedFibre } from './preprocess.js';
import { WINDOW_GROUPS, WINDOW_SAMPLES } from './settings.js';

/** Weights on the backend; load once, use for many windows. */
export interface Ensemble {
  readonly tf: TensorFlow;
  readonly members: readonly Weights[];
  dispose(): void;
}

/** Probabilities [group * time] at 25 Hz. */
export interface PhaseProbabilities {
  readonly groupCount: number;
  readonly outputCount: number;
  readonly p: Float32Array;
  readonly s: Float32Array;
  /** Root mean square over members of the deviation of P's and S's probability, [group * time]. */
  readonly spread: Float32Array;
}

/** Windows (of 32 groups) in one run: bounds memory. */
const BATCH = 8;
/** Up to this length a window is taken whole. */
const LONGEST = 3 * (WINDOW_SAMPLES / 2);
/**
 * Inner ends of overlapping pieces: so much is not used (the network has not seen enough around it),
 * and over so much one piece fades into the next, output samples (7.68 s and 5.12 s).
 */
const BLIND = 192;
const FADE = 128;

/** Puts weights on the backend. `members`: [member][weight]. */
export async function loadEnsemble(members: readonly Float32Array[]): Promise<Ensemble> {
  const { tf } = await loadBackend();
  const tensors = members.map((values): Weights => {
    let at = 0;
    return new Map(
      WEIGHT_SHAPES.map(({ name, shape }) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const tensor = tf.tensor(values.slice(at, at + size), [...shape]);
        at += size;
        return [name, tensor];
      }),
    );
  });
  return {
    tf,
    members: tensors,
    dispose: () => tensors.forEach((member) => member.forEach((tensor) => tensor.dispose())),
  };
}

/** Runs all members. Long recordings go in pieces that overlap by half. */
export async function phaseProbabilities(
  ensemble: Ensemble,
  prepared: PreparedFibre,
): Promise<PhaseProbabilities> {
  const { groupCount, sampleCount, paddedCount } = prepared;
  const outputCount = Math.ceil(sampleCount / 2);
  const size = groupCount * outputCount;
  const [p, s, spread] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)];
  const weight = new Float32Array(size);
  const length = paddedCount <= LONGEST ? paddedCount : WINDOW_SAMPLES;
  const tiles = groupStarts(groupCount).flatMap((group) =>
    timeStarts(paddedCount, length).map((time) => ({ group, time })),
  );
  for (let from = 0; from < tiles.length; from += BATCH) {
    const batch = tiles.slice(from, from + BATCH);
    const results = await runTiles(ensemble, prepared, batch, length);
    batch.forEach((tile, b) => {
      const isFirst = tile.time === 0;
      const isLast = tile.time + length >= paddedCount;
      for (let i = 0; i < length / 2 && tile.time / 2 + i < outputCount; i++) {
        const part = Math.min(isFirst ? 1 : fade(i), isLast ? 1 : fade(length / 2 - 1 - i));
        if (part === 0) continue;
        for (let g = 0; g < WINDOW_GROUPS && tile.group + g < groupCount; g++) {
          if (prepared.noise[tile.group + g] === 0) continue;
          const at = (tile.group + g) * outputCount + tile.time / 2 + i;
          const k = ((b * length) / 2 + i) * WINDOW_GROUPS + g;
          p[at] = (p[at] as number) + part * (results.p[k] as number);
          s[at] = (s[at] as number) + part * (results.s[k] as number);
          spread[at] = (spread[at] as number) + part * (results.spread[k] as number);
          weight[at] = (weight[at] as number) + part;
        }
      }
    });
  }
  for (let i = 0; i < size; i++) {
    const share = 1 / Math.max(1e-6, weight[i] as number);
    p[i] = (p[i] as number) * share;
    s[i] = (s[i] as number) * share;
    spread[i] = (spread[i] as number) * share;
  }
  return { groupCount, outputCount, p, s, spread };
}

/** Weight of an output sample so far from an inner end: 0, rising, 1; two that overlap sum to one. */
function fade(away: number): number {
  return Math.min(1, Math.max(0, (away + 0.5 - BLIND) / FADE));
}

/** Starts of windows of 32 groups that cover all, evenly overlapping. */
function groupStarts(groupCount: number): number[] {
  const count = Math.max(1, Math.ceil(groupCount / WINDOW_GROUPS));
  const last = Math.max(0, groupCount - WINDOW_GROUPS);
  return Array.from({ length: count }, (_, k) =>
    count === 1 ? 0 : Math.round((k * last) / (count - 1)),
  );
}

function timeStarts(paddedCount: number, length: number): number[] {
  const starts: number[] = [];
  for (let start = 0; start + length < paddedCount; start += length / 2) starts.push(start);
  return [...starts, paddedCount - length];
}

interface TileResults {
  /** [tile, time, group]. */
  readonly p: Float32Array;
  readonly s: Float32Array;
  readonly spread: Float32Array;
}

async function runTiles(
  { tf, members }: Ensemble,
  prepared: PreparedFibre,
  tiles: readonly { readonly group: number; readonly time: number }[],
  length: number,
): Promise<TileResults> {
  const { values, groupCount, paddedCount } = prepared;
  const input = new Float32Array(tiles.length * length * WINDOW_GROUPS);
  tiles.forEach((tile, b) => {
    for (let g = 0; g < Math.min(WINDOW_GROUPS, groupCount - tile.group); g++) {
      const row = (tile.group + g) * paddedCount + tile.time;
      let at = b * length * WINDOW_GROUPS + g;
      for (let i = 0; i < length; i++, at += WINDOW_GROUPS) input[at] = values[row + i] as number;
    }
  });
  const { p, s, spread } = tf.tidy(() => {
    const x = tf.tensor4d(input, [tiles.length, length, WINDOW_GROUPS, 1]);
    const each = members.map((weights): Tensor4D => tf.softmax(pickerLogits(tf, weights, x)));
    const mean: Tensor4D = tf.mul(tf.addN(each), 1 / each.length);
    const deviation: Tensor4D = tf.sqrt(
      tf.mul(tf.addN(each.map((y) => tf.square(tf.sub(y, mean)))), 1 / each.length),
    );
    const part = (of: Tensor4D, from: number, count: number): Tensor4D =>
      tf.slice(of, [0, 0, 0, from], [-1, -1, -1, count]);
    return { p: part(mean, 1, 1), s: part(mean, 2, 1), spread: tf.max(part(deviation, 1, 2), 3) };
  });
  const results = {
    p: await p.data<'float32'>(),
    s: await s.data<'float32'>(),
    spread: await spread.data<'float32'>(),
  };
  tf.dispose([p, s, spread]);
  return results;
}
