/**
 * Strain to ground motion by local slowness (Lior et al. 2021, Solid Earth 12:1421). In: strain rate
 * or strain of neighbouring channels. Out: acceleration or velocity along the fibre.
 * @module
 */
import { slantStack, type SlantStackInput } from './slant-stack.js';

export interface LocalMotion {
  /**
   * Middle channel's acceleration (from strain rate) or velocity (from strain) along the fibre,
   * [sample]: m/s^2 or m/s of strain in 1 and 1/s. 0 where no wave was found.
   */
  readonly motion: Float64Array;
  /** Slowness used at each sample, s/km; NaN where none was found. */
  readonly slownessSKm: Float64Array;
  readonly semblance: Float64Array;
}

/**
 * A plane wave u(t - p x) has strain -p du/dt: velocity is -strain / p, acceleration
 * -strain rate / p. The apparent slowness p is that of the best slant stack around each sample
 * (s/km; positive arrives later at larger distances). Slownesses below `minSKm` are not divided by:
 * waves that arrive everywhere at once would become infinite; their samples count as not found, as do
 * those with a semblance below `minSemblance`.
 */
export function strainToMotion(
  input: SlantStackInput & { readonly minSKm: number; readonly minSemblance: number },
): LocalMotion {
  const { block, distanceKm, minSKm, minSemblance } = input;
  const { samples, sampleCount, channelCount } = block;
  const stack = slantStack(input);
  const middle = middleChannel(distanceKm);
  const motion = new Float64Array(sampleCount);
  const slownessSKm = new Float64Array(sampleCount).fill(Number.NaN);
  const semblance = new Float64Array(sampleCount).fill(Number.NaN);
  if (stack.atSample.length === 0 || channelCount === 0) return { motion, slownessSKm, semblance };
  const firstAt = stack.atSample[0] as number;
  for (let t = 0; t < sampleCount; t++) {
    const nearest = Math.round((t - firstAt) / input.hopSamples);
    const w = Math.min(stack.atSample.length - 1, Math.max(0, nearest));
    const p = stack.slownessSKm[w] as number;
    semblance[t] = stack.semblance[w] as number;
    if (!(Math.abs(p) >= minSKm && (semblance[t] as number) >= minSemblance)) continue;
    slownessSKm[t] = p;
    // s/km to s/m.
    motion[t] = -(samples[middle * sampleCount + t] as number) / (p / 1000);
  }
  return { motion, slownessSKm, semblance };
}

function middleChannel(distanceKm: readonly number[]): number {
  const middle = (Math.min(...distanceKm) + Math.max(...distanceKm)) / 2;
  let best = 0;
  distanceKm.forEach((d, i) => {
    if (Math.abs(d - middle) < Math.abs((distanceKm[best] as number) - middle)) best = i;
  });
  return best;
}
