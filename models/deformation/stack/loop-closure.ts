/**
 * In: interferograms of one stack. Out: how well loops of three close, for each loop and each pixel.
 * Closure: phi(ab) + phi(bc) - phi(ac) minus its median over the scene (LiCSBAS step 12; bad above 1.5 rad rms).
 * What is left of a pixel that was unwrapped by whole cycles wrong is a multiple of 2 pi.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';
import type { Triplet } from './network.js';

/** Closure of one loop. */
export interface LoopQuality {
  readonly sceneIds: readonly [string, string, string];
  readonly rmsRad: number;
  readonly maxAbsRad: number;
  readonly pixels: number;
  /** Share of these pixels that are off by at least one cycle. */
  readonly cycleShare: number;
}

export interface LoopClosure {
  readonly loops: readonly LoopQuality[];
  /** Rms of the closures at a pixel, rad; NaN without loops. */
  readonly loopRmsRad: Float32Array;
  /** Loops that are off by at least one cycle at a pixel. */
  readonly cycleLoops: Uint16Array;
}

/** Closure of every loop; all scenes on one grid. */
export function loopClosure(scenes: readonly InsarScene[], loops: readonly Triplet[]): LoopClosure {
  const pixels = scenes[0]?.losM.length ?? 0;
  const squares = new Float64Array(pixels);
  const counts = new Uint16Array(pixels);
  const cycleLoops = new Uint16Array(pixels);
  const closure = new Float64Array(pixels);
  const valid = new Float64Array(pixels);
  const summaries = loops.map((loop) => {
    const [ab, bc, ac] = loop.map((k) => scenes[k] as InsarScene) as [
      InsarScene,
      InsarScene,
      InsarScene,
    ];
    const radians = (4 * Math.PI) / ab.wavelengthM;
    let count = 0;
    for (let i = 0; i < pixels; i++) {
      const value =
        radians * ((ab.losM[i] as number) + (bc.losM[i] as number) - (ac.losM[i] as number));
      closure[i] = value;
      if (value === value) valid[count++] = value;
    }
    const middle = median(valid.subarray(0, count));
    let [sum, largest, cycles] = [0, 0, 0];
    for (let i = 0; i < pixels; i++) {
      const value = (closure[i] as number) - middle;
      if (value !== value) continue;
      const size = Math.abs(value);
      sum += value * value;
      if (size > largest) largest = size;
      squares[i] = (squares[i] as number) + value * value;
      counts[i] = (counts[i] as number) + 1;
      if (size > Math.PI) {
        cycles++;
        cycleLoops[i] = (cycleLoops[i] as number) + 1;
      }
    }
    return {
      sceneIds: [ab.sceneId, bc.sceneId, ac.sceneId] as const,
      rmsRad: Math.sqrt(sum / count),
      maxAbsRad: largest,
      pixels: count,
      cycleShare: count > 0 ? cycles / count : 0,
    };
  });
  return {
    loops: summaries,
    loopRmsRad: Float32Array.from(squares, (s, i) => Math.sqrt(s / (counts[i] as number))),
    cycleLoops,
  };
}

/** Median of values, which are reordered; NaN for none. By selection: a scene has millions. */
export function median(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  const upper = select(values, n >> 1);
  if (n & 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n >> 1; i++) lower = Math.max(lower, values[i] as number);
  return (lower + upper) / 2;
}

/** Value of rank `k` (Hoare); smaller values come to lie before it. */
function select(values: Float64Array, k: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = middleOf(values, low, high);
    let [i, j] = [low, high];
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i <= j) {
        const kept = values[i] as number;
        values[i++] = values[j] as number;
        values[j--] = kept;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k] as number;
}

/** Median of first, middle and last: sorted data would make the first a bad pivot. */
function middleOf(values: Float64Array, low: number, high: number): number {
  const [a, b, c] = [values[low], values[(low + high) >> 1], values[high]] as [
    number,
    number,
    number,
  ];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
