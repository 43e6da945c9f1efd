/**
 * Onsets in a gap-free three-component record. In: filtered components and their log energy ratio.
 * Out: picks, and how many bursts were refused as spikes.
 * @module
 */
import { aicOnset } from '../signal/aic-onset.js';
import { logEnergyRatio } from '../signal/energy-ratio.js';

/** Windows of the trigger ratio, s. */
export const AFTER_S = 1;
export const BEFORE_S = 10;
/** Energy ratio that triggers: 4, as in openeew-detection's cousins with 1 s / 10 s. */
export const TRIGGER_LOG_RATIO = Math.log(4);
/** A burst must last: energy of 2 s without its loudest quarter second, over that before it. */
const SUSTAINED_S = 2;
const LOUDEST_S = 0.25;
const SUSTAINED_LOG_RATIO = Math.log(2);
/** After a pick nothing is picked as a new first onset for this long, s. */
export const EPISODE_S = 120;
/** A second onset is looked for until this long after the first, s. */
export const SECOND_UNTIL_S = 60;

/** Search for a second onset: from (s after the first), windows (s), least ratio. */
const SECOND = { fromS: 1.5, windowS: 2, logRatio: Math.log(4), amplitudeRatio: 2 };
export interface Pick {
  /** Sample of the onset, from the start of the run. */
  readonly sample: number;
  /** Log energy ratio at its largest within a second of the onset. */
  readonly logRatio: number;
  readonly phase: 'P' | 'S' | 'unknown';
}

export interface PickInput {
  /** Band-passed components, [time] each. */
  readonly components: readonly Float64Array[];
  readonly energy: Float64Array;
  readonly logRatio: Float64Array;
  readonly rateHz: number;
  /** Energy below which nothing counts. */
  readonly floor: number;
  /** Log ratio that triggers here; at least TRIGGER_LOG_RATIO. */
  readonly threshold: number;
  /** False where the device could not tell a quake from handling. */
  readonly armedAt: (timeS: number) => boolean;
}

/**
 * Walks the record: the first sample whose ratio passes the threshold, if the burst is sustained
 * and the device armed, starts an episode. Its onset is refined by AIC; a second, stronger onset
 * inside the episode makes the pair P and S, otherwise the phase is unknown.
 */
export function pickOnsets(input: PickInput): {
  readonly picks: readonly Pick[];
  readonly spikes: number;
  readonly unarmed: number;
} {
  const { logRatio, rateHz, threshold } = input;
  const picks: Pick[] = [];
  let [spikes, unarmed] = [0, 0];
  for (let i = 0; i < logRatio.length; i++) {
    if (!((logRatio[i] as number) >= threshold)) continue;
    const end = Math.min(logRatio.length, i + Math.round(AFTER_S * rateHz));
    let peak = i;
    for (let k = i; k < end; k++) {
      if ((logRatio[k] as number) > (logRatio[peak] as number)) peak = k;
    }
    if (!input.armedAt(i / rateHz)) {
      unarmed++;
      i = end;
    } else if (!isSustained(input, peak)) {
      spikes++;
      i = end;
    } else {
      const first = refine(input, peak);
      const second = secondOnset(input, first);
      const ratio = logRatio[peak] as number;
      picks.push({ sample: first, logRatio: ratio, phase: second ? 'P' : 'unknown' });
      if (second) picks.push(second);
      i = first + Math.round(EPISODE_S * rateHz);
    }
  }
  return { picks, spikes, unarmed };
}

/** Energy after `at` without its loudest samples, against the energy before. */
function isSustained({ energy, rateHz, floor }: PickInput, at: number): boolean {
  const after = energy.slice(at, at + Math.round(SUSTAINED_S * rateHz)).sort();
  const kept = after.subarray(0, Math.max(1, after.length - Math.ceil(LOUDEST_S * rateHz)));
  const before = energy.subarray(Math.max(0, at - Math.round(BEFORE_S * rateHz)), at);
  return Math.log((mean(kept) + floor) / (mean(before) + floor)) >= SUSTAINED_LOG_RATIO;
}

/** AIC onset within 3 s before and 1.5 s after a trigger, on the component that rises most. */
function refine({ components, rateHz, floor }: PickInput, at: number): number {
  const from = Math.max(0, at - Math.round(3 * rateHz));
  const to = at + Math.round(1.5 * rateHz);
  const rise = (component: Float64Array): number =>
    (meanSquare(component.subarray(at, to)) + floor) /
    (meanSquare(component.subarray(from, at)) + floor);
  const best = components.reduce((a, b) => (rise(b) > rise(a) ? b : a));
  const onset = aicOnset(best.subarray(from, to));
  return onset === null ? at : from + onset;
}

/** The strongest later rise, if it is at least twice as loud as what came before it. */
function secondOnset(input: PickInput, first: number): Pick | null {
  const { energy, rateHz, floor } = input;
  const samples = Math.round(SECOND.windowS * rateHz);
  const stretch = energy.subarray(first, first + Math.round(SECOND_UNTIL_S * rateHz));
  const ratio = logEnergyRatio({
    energy: stretch,
    afterSamples: samples,
    beforeSamples: Math.min(samples, Math.round(SECOND.fromS * rateHz)),
    floor,
  });
  let best = -1;
  for (let k = Math.round(SECOND.fromS * rateHz); k < ratio.length; k++) {
    if ((ratio[k] as number) > (ratio[best] ?? SECOND.logRatio)) best = k;
  }
  if (best < 0) return null;
  const loudest = (part: Float64Array): number => Math.sqrt(part.reduce((a, b) => Math.max(a, b)));
  const louder =
    loudest(stretch.subarray(best)) >= SECOND.amplitudeRatio * loudest(stretch.subarray(0, best));
  if (!louder) return null;
  const sample = refine(input, first + best);
  return sample - first < SECOND.fromS * rateHz
    ? null
    : { sample, logRatio: ratio[best] as number, phase: 'S' };
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

function meanSquare(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b * b, 0) / values.length;
}
