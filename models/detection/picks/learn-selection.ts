/**
 * Whether a picker goes by the amplitude that arrived or by the one that was to be expected: trials of
 * events in, `amplitudeSelection` out. Where it goes by what arrived, picks of small events are the
 * large deviations, and magnitudes from them alone would come out too large.
 * @module
 */
import type { DetectionTrial } from './learn-detection.js';
import type { PickParameters } from './parameters.js';
import { selectionWidth } from './selection.js';

/** A trial with its event and the picked log10 amplitude (NaN: none). */
export interface SelectionTrial extends DetectionTrial {
  readonly event: number;
  readonly amplitude: number;
}

const GRID = [0, 0.5, 1] as const;
/** An event's level may be off by this much, log10: its magnitude was fitted with another selection. */
const OFF = { most: 0.4, step: 0.1 };
const SIGMA_FACTORS = [1, 1.15] as const;
/** Thresholds were learned with the same levels: with them they move, log10. */
const SHIFTS = [0, -0.06, -0.12] as const;
const MAX_EVENTS = 300;
const LEAST_AMPLITUDES = 200;

/** What was learned. */
export type Selection = Pick<PickParameters, 'amplitudeSelection' | 'amplitudeSigma'>;

/**
 * Most probable selection and scatter, each event's level being free; the present ones with too few
 * amplitudes. The scatter of picks alone is too small where the picker chose among them.
 */
export function learnSelection(input: {
  readonly trials: readonly SelectionTrial[];
  readonly parameters: PickParameters;
  /** log10 amplitude at which half of the arrivals are picked, [channel]. */
  readonly threshold: Float64Array;
}): Selection {
  const { parameters, threshold } = input;
  const known = input.trials.filter(({ amplitude }) => amplitude === amplitude).length;
  const { amplitudeSelection, amplitudeSigma } = parameters;
  if (known < LEAST_AMPLITUDES) return { amplitudeSelection, amplitudeSigma };
  const events = new Map<number, SelectionTrial[]>();
  for (const trial of input.trials) {
    const own = events.get(trial.event);
    if (own) own.push(trial);
    else if (events.size < MAX_EVENTS) events.set(trial.event, [trial]);
  }
  let best: Selection = { amplitudeSelection, amplitudeSigma };
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const selection of GRID) {
    for (const factor of SIGMA_FACTORS) {
      const trial = {
        ...parameters,
        amplitudeSelection: selection,
        amplitudeSigma: factor * amplitudeSigma,
      };
      for (const shift of SHIFTS) {
        let score = 0;
        for (const trials of events.values()) score += profile(trials, trial, threshold, shift);
        if (score <= bestScore) continue;
        bestScore = score;
        best = {
          amplitudeSelection: trial.amplitudeSelection,
          amplitudeSigma: trial.amplitudeSigma,
        };
      }
    }
  }
  return best;
}

/** Log-likelihood of one event's trials at its best level. */
function profile(
  trials: readonly SelectionTrial[],
  p: PickParameters,
  threshold: Float64Array,
  shift: number,
): number {
  const narrow = [selectionWidth(p, 0), selectionWidth(p, 1)] as const;
  const lnSigma = Math.log(p.amplitudeSigma);
  let best = Number.NEGATIVE_INFINITY;
  for (let off = -OFF.most; off <= OFF.most + 1e-9; off += OFF.step) {
    let sum = (-p.bValue * Math.LN10 * off) / p.amplitudePerMagnitude;
    for (const { channel, level, isPicked, amplitude } of trials) {
      const phase = (channel & 1) as 0 | 1;
      const at = level + off;
      const over = at - (threshold[channel] as number) - shift;
      if (!isPicked) {
        sum += Math.log1p(
          -(p.pickedShare[phase] as number) * logistic(over / p.thresholdWidth[phase]),
        );
      } else if (amplitude === amplitude) {
        const d = amplitude - at;
        sum += Math.log(logistic((over + p.amplitudeSelection * d) / narrow[phase]) + 1e-12);
        sum -= 0.5 * (d / p.amplitudeSigma) ** 2 + lnSigma;
      } else sum += Math.log(logistic(over / p.thresholdWidth[phase]) + 1e-12);
    }
    if (sum > best) best = sum;
  }
  return best;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
