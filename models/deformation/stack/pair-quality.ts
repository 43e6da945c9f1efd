/**
 * In: interferograms of one stack and the closure of their loops. Out: coherence of pixels and quality of
 * pairs, and which pairs are not used and why.
 * @module
 */
import type { InsarScene } from '../../../core/waveform.js';
import { connectedComponents } from './components.js';
import type { LoopClosure } from './loop-closure.js';
import type { Triplet } from './network.js';

export interface PairQuality {
  readonly sceneId: string;
  readonly firstDate: string;
  readonly secondDate: string;
  /** Mean over pixels with data; null when the product has no coherence. */
  readonly meanCoherence: number | null;
  /** Share of pixels with data. */
  readonly validShare: number;
  /** Connected components, and the share of the pixels with data that the largest holds. */
  readonly components: number;
  readonly largestComponentShare: number;
  /** Closed loops of three that contain the pair. */
  readonly loops: number;
  /** Smallest rms over these loops, rad; null without loops. */
  readonly bestLoopRmsRad: number | null;
  /** Smallest share of pixels off by a cycle over these loops; null without loops. */
  readonly unwrapErrorShare: number | null;
  readonly used: boolean;
  /** Why it is not used; empty when it is. */
  readonly reason: string;
}

export interface PixelCoherence {
  /** Mean coherence at a pixel over pairs with data; NaN when there is none. */
  readonly meanCoherence: Float32Array;
  /** Pairs with data at a pixel. */
  readonly pairCount: Uint16Array;
}

/** Coherence and pairs with data of each pixel. */
export function pixelCoherence(scenes: readonly InsarScene[]): PixelCoherence {
  const pixels = scenes[0]?.losM.length ?? 0;
  const pairCount = new Uint16Array(pixels);
  const sum = new Float64Array(pixels);
  const count = new Uint16Array(pixels);
  for (const { losM, coherence } of scenes) {
    for (let i = 0; i < pixels; i++) {
      const value = losM[i] as number;
      if (value !== value) continue;
      pairCount[i] = (pairCount[i] as number) + 1;
      const own = coherence[i] as number;
      if (own !== own) continue;
      sum[i] = (sum[i] as number) + own;
      count[i] = (count[i] as number) + 1;
    }
  }
  return {
    meanCoherence: Float32Array.from(sum, (s, i) => s / (count[i] as number)),
    pairCount,
  };
}

/** Quality of each pair; a pair whose every loop is worse than the limit is not used. */
export function pairQualities(input: {
  readonly scenes: readonly InsarScene[];
  readonly triplets: readonly Triplet[];
  readonly closure: LoopClosure;
  readonly maxLoopRmsRad: number;
  readonly minPairCoherence: number;
}): PairQuality[] {
  const { scenes, triplets, closure } = input;
  return scenes.map((scene, k) => {
    const { valid, coherence: meanCoherence } = sceneMeans(scene);
    const own = closure.loops.filter((_, i) => triplets[i]?.includes(k));
    const best = own.length > 0 ? Math.min(...own.map((loop) => loop.rmsRad)) : null;
    const { sizes } = connectedComponents(scene);
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
      components: sizes.length,
      largestComponentShare: valid > 0 ? (sizes[0] ?? 0) / valid : 0,
      loops: own.length,
      bestLoopRmsRad: best,
      unwrapErrorShare: own.length > 0 ? Math.min(...own.map((loop) => loop.cycleShare)) : null,
      used: reason === '',
      reason,
    };
  });
}

function sceneMeans({ losM, coherence }: InsarScene): { valid: number; coherence: number | null } {
  let [valid, sum, count] = [0, 0, 0];
  for (let i = 0; i < losM.length; i++) {
    const value = losM[i] as number;
    if (value !== value) continue;
    valid++;
    const own = coherence[i] as number;
    if (own !== own) continue;
    sum += own;
    count++;
  }
  return { valid, coherence: count > 0 ? sum / count : null };
}
