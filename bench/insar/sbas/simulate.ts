/**
 * A stack of any size with holes: ground that sinks unevenly, noise of a few millimetres a pair, and one of three
 * kinds of holes.
 * @module
 */
import { createRandom } from '../../../core/random.js';
import type { InsarScene } from '../../../core/waveform.js';

/** None; a set of pairs missing in each block of the map; 5 % of all values missing, each for itself. */
export type Holes = 'none' | 'blocks' | 'scattered';

const EPOCHS = 60;
const DAYS = 12;
const BLOCKS = 40;

/** `count` pairs of 60 epochs, the shortest first: a band of small baselines. */
export function pairList(count: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let step = 1; pairs.length < count; step++) {
    for (let a = 0; a + step < EPOCHS && pairs.length < count; a++) pairs.push([a, a + step]);
  }
  return pairs;
}

/** Scenes of side x side pixels; pixel 0 is whole. */
export function simulateStack(side: number, count: number, holes: Holes): InsarScene[] {
  const pixels = side * side;
  const date = (k: number): string =>
    new Date(Date.UTC(2018, 0, 1 + DAYS * k)).toISOString().slice(0, 10);
  const coherence = new Float32Array(pixels).fill(Number.NaN);
  const unitVectors = new Float32Array(3 * pixels).fill(Number.NaN);
  return pairList(count).map(([a, b], k) => {
    const random = createRandom(1000 + k);
    const missing = Uint8Array.from({ length: BLOCKS * BLOCKS }, () =>
      random.uniform() < 0.1 ? 1 : 0,
    );
    const years = ((b - a) * DAYS) / 365.25;
    const losM = new Float32Array(pixels);
    // A cheap generator: two hundred million normal draws would outlast the benchmark.
    let state = (2654435761 * (k + 1)) >>> 0;
    for (let i = 0; i < pixels; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const share = state / 4294967296;
      const [row, column] = [Math.floor(i / side), i % side];
      const block =
        Math.floor((row * BLOCKS) / side) * BLOCKS + Math.floor((column * BLOCKS) / side);
      const isHole =
        holes === 'blocks' ? missing[block] === 1 : holes === 'scattered' && share < 0.05;
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      losM[i] =
        isHole && i > 0
          ? Number.NaN
          : (-0.05 * years * (row + column)) / side + 0.006 * (state / 4294967296 - 0.5);
    }
    return {
      ...{ sceneId: String(k), firstDate: date(a), secondDate: date(b), rows: side, columns: side },
      transform: [10, 0.001, 0, 50, 0, -0.001] as const,
      ...{ crs: 'EPSG:4326', losM, coherence, unitVectors, wavelengthM: 0.0555, notes: [] },
    };
  });
}
