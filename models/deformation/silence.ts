/**
 * In: scenes that span an event. Out: whether they show nothing, and what they would have shown: then there is
 * no source to invert, but magnitude and depth are bounded.
 * @module
 */
import type { InsarScene } from '../../core/waveform.js';
import { analyseScene } from './scene-noise.js';
import { isUsable, localFrame } from './scene-points.js';

/** Ground that stayed still as far as one could see. */
export interface Silence {
  /** Degrees; the scene with the smallest limit. */
  readonly bounds: {
    readonly west: number;
    readonly east: number;
    readonly south: number;
    readonly north: number;
  };
  /** Line-of-sight motion of a 24th of the scene that would have stood out, m. */
  readonly detectableM: number;
}

/**
 * Robust deviations that motion has to stand out by. Of the 576 block means of a scene one of normal noise
 * exceeds 5 in 1 of 3000 scenes; atmosphere has heavier tails than that.
 */
const STANDS_OUT = 5;

/** A scene with less data than this may hide what moved. */
const LEAST_SHARE = 0.5;

/**
 * Null when a scene shows motion, has too few data, or is not in degrees (EPSG:4326): then nothing can be
 * said about what did not happen.
 */
export function silenceOf(scenes: readonly InsarScene[], seed: number): Silence | null {
  let best: Silence | null = null;
  for (const scene of scenes) {
    const frame = localFrame(scene);
    if (!frame.geographic) return null;
    const usable = scene.losM.reduce((n, _, i) => n + (isUsable(scene, i) ? 1 : 0), 0);
    if (usable < LEAST_SHARE * scene.losM.length) return null;
    const { signal } = analyseScene({ scene, frame, seed });
    const detectableM = STANDS_OUT * signal.backgroundM;
    if (Math.abs(signal.peakM) > detectableM) return null;
    if (best && best.detectableM <= detectableM) continue;
    const [west, dx, , north, , dy] = scene.transform;
    const [east, south] = [west + scene.columns * dx, north + scene.rows * dy];
    best = { bounds: { west, east, south, north }, detectableM };
  }
  return best;
}
