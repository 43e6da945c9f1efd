/**
 * In: interferograms of one stack. Out: coherence and loop closure of each pair and each pixel, and
 * the reference pixel with the reason for it. Loop closure: phi(ab) + phi(bc) - phi(ac) minus its
 * median over the scene (LiCSBAS step 12; bad above 1.5 rad rms).
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import type { Triplet } from './insar-network.js';

export interface PairQuality {
  readonly sceneId: string;
  readonly firstDate: string;
  readonly secondDate: string;
  /** Mean over pixels with data; null when the product has no coherence. */
  readonly meanCoherence: number | null;
  /** Share of pixels with data. */
  readonly validShare: number;
  /** Closed loops of three that contain the pair. */
  readonly loops: number;
  /** Smallest rms over these loops, rad; null without loops. */
  readonly bestLoopRmsRad: number | null;
  readonly used: boolean;
  /** Why it is not used; empty when it is. */
  readonly reason: string;
}

/** Closure of one loop. */
export interface LoopQuality {
  readonly sceneIds: readonly [string, string, string];
  readonly rmsRad: number;
  readonly maxAbsRad: number;
  readonly pixels: number;
}

export interface StackQuality {
  readonly loops: readonly LoopQuality[];
  /** Rms of the closures at a pixel, rad; NaN without loops. */
  readonly loopRmsRad: Float32Array;
  /** Mean coherence at a pixel over pairs with data; NaN when there is none. */
  readonly meanCoherence: Float32Array;
  /** Pairs with data at a pixel. */
  readonly pairCount: Uint16Array;
}

/** Coherence and loop closure of a stack; all scenes on one grid. */
export function stackQuality(
  scenes: readonly InsarScene[],
  loops: readonly Triplet[],
): StackQuality {
  const pixels = scenes[0]?.losM.length ?? 0;
  const pairCount = new Uint16Array(pixels);
  const coherenceSum = new Float64Array(pixels);
  const coherenceCount = new Uint16Array(pixels);
  for (const { losM, coherence } of scenes) {
    for (let i = 0; i < pixels; i++) {
      if (Number.isNaN(losM[i] as number)) continue;
      pairCount[i] = (pairCount[i] as number) + 1;
      const value = coherence[i] as number;
      if (Number.isNaN(value)) continue;
      coherenceSum[i] = (coherenceSum[i] as number) + value;
      coherenceCount[i] = (coherenceCount[i] as number) + 1;
    }
  }
  const squares = new Float64Array(pixels);
  const counts = new Uint16Array(pixels);
  const summaries = loops.map((loop) => {
    const [ab, bc, ac] = loop.map((k) => scenes[k] as InsarScene) as [
      InsarScene,
      InsarScene,
      InsarScene,
    ];
    const radians = (4 * Math.PI) / ab.wavelengthM;
    const closure = new Float64Array(pixels);
    for (let i = 0; i < pixels; i++) {
      closure[i] =
        radians * ((ab.losM[i] as number) + (bc.losM[i] as number) - (ac.losM[i] as number));
    }
    const valid = closure.filter((v) => !Number.isNaN(v)).sort();
    const middle = median(valid);
    let sum = 0;
    let largest = 0;
    for (let i = 0; i < pixels; i++) {
      const value = (closure[i] as number) - middle;
      if (Number.isNaN(value)) continue;
      sum += value * value;
      largest = Math.max(largest, Math.abs(value));
      squares[i] = (squares[i] as number) + value * value;
      counts[i] = (counts[i] as number) + 1;
    }
    return {
      sceneIds: [ab.sceneId, bc.sceneId, ac.sceneId] as const,
      rmsRad: Math.sqrt(sum / valid.length),
      maxAbsRad: largest,
      pixels: valid.length,
    };
  });
  return {
    loops: summaries,
    loopRmsRad: Float32Array.from(squares, (s, i) => Math.sqrt(s / (counts[i] as number))),
    meanCoherence: Float32Array.from(coherenceSum, (s, i) => s / (coherenceCount[i] as number)),
    pairCount,
  };
}

/** Median of sorted values; NaN for none. */
function median(sorted: Float64Array): number {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** Quality of each pair; a pair whose every loop is worse than the limit is not used. */
export function pairQualities(input: {
  readonly scenes: readonly InsarScene[];
  readonly loops: readonly Triplet[];
  readonly quality: StackQuality;
  readonly maxLoopRmsRad: number;
  readonly minPairCoherence: number;
}): PairQuality[] {
  const { scenes, loops, quality } = input;
  return scenes.map((scene, k) => {
    let valid = 0;
    let coherenceSum = 0;
    let coherenceCount = 0;
    scene.losM.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      valid++;
      const coherence = scene.coherence[i] as number;
      if (Number.isNaN(coherence)) return;
      coherenceSum += coherence;
      coherenceCount++;
    });
    const own = quality.loops.filter((_, i) => (loops[i] as Triplet).includes(k));
    const best = own.length > 0 ? Math.min(...own.map((loop) => loop.rmsRad)) : null;
    const meanCoherence = coherenceCount > 0 ? coherenceSum / coherenceCount : null;
    const reason =
      valid === 0
        ? 'no pixel has data'
        : best !== null && best > input.maxLoopRmsRad
          ? `every loop is worse than maxLoopRmsRad ${input.maxLoopRmsRad} (best ${best.toFixed(2)} rad)`
          : meanCoherence !== null && meanCoherence < input.minPairCoherence
            ? `mean coherence ${meanCoherence.toFixed(2)} is below minPairCoherence ${input.minPairCoherence}`
            : '';
    return {
      sceneId: scene.sceneId,
      firstDate: scene.firstDate,
      secondDate: scene.secondDate,
      meanCoherence,
      validShare: valid / scene.losM.length,
      loops: own.length,
      bestLoopRmsRad: best,
      used: reason === '',
      reason,
    };
  });
}

export interface ReferencePixel {
  readonly row: number;
  readonly column: number;
  /** For a person: given by whom, or why this one. */
  readonly reason: string;
}

/**
 * Pixel to which displacements are relative: among the pixels with data in most pairs the tenth
 * with the highest mean coherence, and of these the one with the smallest loop residual.
 */
export function chooseReference(quality: StackQuality, columns: number): ReferencePixel {
  const { pairCount, meanCoherence, loopRmsRad } = quality;
  const most = pairCount.reduce((max, count) => Math.max(max, count), 0);
  const candidates: number[] = [];
  pairCount.forEach((count, i) => {
    if (count === most) candidates.push(i);
  });
  // Products without coherence or loops leave that criterion out.
  const coherenceOf = (i: number): number => orElse(meanCoherence[i] as number, 0);
  const residualOf = (i: number): number => orElse(loopRmsRad[i] as number, 0);
  const byCoherence = candidates.toSorted((a, b) => coherenceOf(b) - coherenceOf(a) || a - b);
  const kept = byCoherence.slice(0, Math.max(1, Math.ceil(candidates.length / 10)));
  const best = kept.reduce((a, b) => (residualOf(b) < residualOf(a) ? b : a));
  const coherence = meanCoherence[best] as number;
  const residual = loopRmsRad[best] as number;
  return {
    row: Math.floor(best / columns),
    column: best % columns,
    reason:
      `chosen: ${candidates.length} pixels have data in ${most} pairs; of the tenth with the highest ` +
      `coherence it has the smallest loop residual (mean coherence ` +
      `${Number.isNaN(coherence) ? 'unknown' : coherence.toFixed(3)}, loop residual ` +
      `${Number.isNaN(residual) ? 'unknown' : `${residual.toFixed(3)} rad rms`}); if it moves, ` +
      'every velocity is off by its motion',
  };
}

function orElse(value: number, fallback: number): number {
  return Number.isNaN(value) ? fallback : value;
}
