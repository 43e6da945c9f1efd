/** Most probable magnitude of a located event from amplitudes, picks and silence. @module */
import type { DetectionLevels } from './detection-levels.js';
import { clamp, type Scratch } from './scratch.js';

export interface MagnitudeFit {
  readonly magnitude: number;
  readonly sigma: number;
}

const COARSE = 0.2;
const FINE = 0.05;
const MAX_STEPS = 24;
const WIDEST = 0.5;

/** ln of the magnitude prior, up to a constant: Gutenberg-Richter, level under what is seen well. */
export function magnitudePrior(scratch: Scratch, magnitude: number): number {
  const { bValue, minMagnitude } = scratch.model.parameters;
  return -bValue * Math.LN10 * Math.max(0, magnitude - minMagnitude);
}

/** From the mean of the amplitudes uphill in steps, then a parabola. */
export function fitMagnitude(scratch: Scratch, levels: DetectionLevels): MagnitudeFit {
  const { parameters, picks } = scratch.model;
  let sum = 0;
  let count = 0;
  for (let e = 0; e < scratch.count; e++) {
    const pick = scratch.pick[e] as number;
    const a = pick < 0 ? Number.NaN : (picks.logAmplitude[pick] as number);
    if (Number.isNaN(a)) continue;
    sum += 3.5 + (a - (scratch.level[e] as number)) / parameters.amplitudePerMagnitude;
    count++;
  }
  const lowest = parameters.minMagnitude - 1;
  const highest = parameters.maxMagnitude;
  let m = clamp(count > 0 ? sum / count : parameters.minMagnitude + 1, lowest, highest);
  let here = magnitudeScore(scratch, levels, m);
  let h = COARSE;
  for (let k = 0; k < MAX_STEPS; k++) {
    const up = magnitudeScore(scratch, levels, m + h);
    const down = magnitudeScore(scratch, levels, m - h);
    if (up > here && up >= down && m + h < highest) {
      m += h;
      here = up;
    } else if (down > here && m - h > lowest) {
      m -= h;
      here = down;
    } else if (h > FINE) h = FINE;
    else {
      const curvature = (up + down - 2 * here) / (h * h);
      if (!(curvature < -1)) return { magnitude: m, sigma: WIDEST };
      const shift = clamp((up - down) / (-2 * curvature * h), -h, h);
      return { magnitude: m + shift, sigma: Math.min(WIDEST, 1 / Math.sqrt(-curvature)) };
    }
  }
  return { magnitude: m, sigma: WIDEST };
}

/** Log-likelihood of a magnitude given the assignment, with its prior. */
function magnitudeScore(scratch: Scratch, levels: DetectionLevels, magnitude: number): number {
  const { parameters, picks } = scratch.model;
  const size = parameters.amplitudePerMagnitude * (magnitude - 3.5);
  let sum = magnitudePrior(scratch, magnitude);
  for (let e = 0; e < scratch.count; e++) {
    const detection = levels.tables[((scratch.channel[e] as number) & 1) as 0 | 1];
    const step = levels.step(scratch, e, magnitude);
    const pick = scratch.pick[e] as number;
    if (pick < 0) {
      if ((scratch.isMasked[e] as number) === 0) sum += detection.logSilent[step] as number;
      continue;
    }
    sum += detection.logPicked[step] as number;
    const a = picks.logAmplitude[pick] as number;
    if (Number.isNaN(a)) continue;
    const level = (scratch.level[e] as number) + size;
    const d = (a - level) / parameters.amplitudeSigma;
    sum += levels.selectionNats(level, a, scratch.channel[e] as number) - 0.5 * d * d;
  }
  return sum;
}
