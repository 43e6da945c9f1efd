/**
 * The three features by which MyShake tells shaking from handling (Kong et al. 2016), and a gate on
 * them. In: acceleration without gravity. Out: features a window, steady or not a window.
 * @module
 */
import { quantile } from '../signal/robust.js';

/** Features of one window. */
export interface PhoneFeatures {
  /** 75th minus 25th percentile of the vector sum |a|, in the unit of the input. */
  readonly iqr: number;
  /** Largest rate of sign changes over the components, 1/s. */
  readonly zeroCrossingHz: number;
  /** Cumulative absolute velocity: integral of |a| by the trapezoid rule, unit of the input times s. */
  readonly cav: number;
}

/**
 * Features of samples `[from, to)`; components are acceleration with gravity and offset removed.
 * Shapes: each component [time].
 */
export function phoneFeatures(input: {
  readonly components: readonly ArrayLike<number>[];
  readonly rateHz: number;
  readonly from: number;
  readonly to: number;
}): PhoneFeatures {
  const { components, rateHz, from, to } = input;
  const vector = new Float64Array(to - from);
  let crossings = 0;
  for (const component of components) {
    let own = 0;
    for (let i = from; i < to; i++) {
      const value = component[i] as number;
      vector[i - from] = Math.hypot(vector[i - from] as number, value);
      if (i > from && value * (component[i - 1] as number) < 0) own++;
    }
    crossings = Math.max(crossings, own);
  }
  let cav = 0;
  for (let i = 1; i < vector.length; i++) {
    cav += ((vector[i] as number) + (vector[i - 1] as number)) / 2 / rateHz;
  }
  return {
    iqr: quantile(vector, 0.75) - quantile(vector, 0.25),
    zeroCrossingHz: (crossings * rateHz) / vector.length,
    cav,
  };
}

/**
 * IQR below which a phone counts as lying still, gal. Measured 10th to 90th percentiles: quiet
 * phone noise 0.34-0.54, OpenEEW at rest 0.03-0.05, phone in a pocket walking 340-490, driving
 * 14-70, worn on the wrist 2.5-75. 2 gal lies between.
 */
export const STEADY_IQR_GAL = 2;
const WINDOW_S = 2;
const STEP_S = 1;
/** Of the last ten windows eight must be steady. */
const HISTORY = 10;
const NEEDED = 8;

/** Whether a device could tell an earthquake from being handled, second by second. */
export interface Steadiness {
  /** True when `timeS` (from sample 0 of the run) follows ten mostly steady windows. */
  armedAt(timeS: number): boolean;
  /** Share of steady windows, 0 to 1. */
  readonly share: number;
  /** Features of each window; window k covers k to k + 2 s. */
  readonly windows: readonly PhoneFeatures[];
}

/**
 * Stationarity gate over one gap-free run: 2-s windows each second, steady when the IQR stays below
 * 2 gal. A device is armed when 8 of the last 10 complete windows were steady: a moving or held
 * phone says nothing, neither by trigger nor by silence.
 */
export function steadiness(input: {
  readonly components: readonly ArrayLike<number>[];
  readonly rateHz: number;
}): Steadiness {
  const { components, rateHz } = input;
  const length = components[0]?.length ?? 0;
  const windows: PhoneFeatures[] = [];
  for (let k = 0; ; k++) {
    const from = Math.round(k * STEP_S * rateHz);
    const to = from + Math.round(WINDOW_S * rateHz);
    if (to > length) break;
    windows.push(phoneFeatures({ components, rateHz, from, to }));
  }
  const steady = windows.map((w) => w.iqr < STEADY_IQR_GAL);
  return {
    windows,
    share: steady.length === 0 ? 0 : steady.filter(Boolean).length / steady.length,
    armedAt(timeS) {
      const complete = Math.floor((timeS - WINDOW_S) / STEP_S) + 1;
      if (complete < HISTORY) return false;
      return steady.slice(complete - HISTORY, complete).filter(Boolean).length >= NEEDED;
    },
  };
}
