/**
 * Windows for the phone's networks: ground motion through a phone, and what phones feel else. In: a
 * random stream and activity records. Out: labelled windows of 3 x 50 samples in gal.
 * @module
 */
import type { Random } from '../../core/random.js';
import { cuaHeatonLog10Pga } from '../groundmotion/cua-heaton.js';
import {
  COMPONENTS,
  WINDOW_RATE_HZ,
  WINDOW_SAMPLES,
  type MotionWindow,
} from '../phones/classifier/window.js';
import { simulateTrace } from './seismogram.js';

/** A record of a phone in use at 25 Hz, gal; [component, time]. */
export interface ActivityRecord {
  readonly name: string;
  readonly components: readonly Float32Array[];
}

const TRACE_S = 24;
/** Least size of an example of shaking: thresholds of phones start at 5 gal peak. */
const LEAST_SHAKING_GAL = 3;

/** A window of P or S of a quake as a phone on a table, a shelf or a bed records it. */
export function quakeWindow(random: Random): MotionWindow {
  const magnitude = 4.5 + 3 * random.uniform();
  const km = 5 * 10 ** (1.4 * random.uniform());
  const depthKm = 3 + Math.min(37, 10 * random.exponential());
  const site = 0.35 * random.normal();
  // Phones lie on furniture that shakes more than the ground and are off by a few per cent.
  const gain = 10 ** (0.25 * random.normal() + 0.2);
  const peak = (phase: 'P' | 'S'): number =>
    gain * 10 ** (cuaHeatonLog10Pga(`${phase}-soil`, magnitude, km, depthKm) + site);
  const noise = phoneNoiseGal(random);
  const onsetS = 6;
  const lagS = Math.min(12, Math.hypot(km, depthKm) / 8.2);
  const decayS = 1.5 + 10 ** (0.35 * magnitude - 1.4) + 0.03 * km;
  const low = 0.4 + 0.6 * random.uniform();
  const high = Math.max(low + 1, Math.min(11, 3 + 9 * random.uniform() - 0.5 * (magnitude - 5)));
  const [peakP, peakS] = [peak('P'), peak('S')];
  const shares = random.uniform() < 0.5 ? [1, 0.5, 0.5] : [0.6, 0.8, 0.7];
  const traces = shares.map((share) =>
    simulateTrace({
      random,
      rateHz: WINDOW_RATE_HZ,
      sampleCount: TRACE_S * WINDOW_RATE_HZ,
      onsets: [
        { timeS: onsetS, peak: peakP * share, riseS: 0.3, decayS: decayS / 2 },
        { timeS: onsetS + lagS, peak: peakS * (1.4 - share), riseS: 0.6, decayS },
      ],
      bandHz: [low, high],
    }).map((value) => value + noise * random.normal()),
  );
  const onS = random.uniform() < 0.4 && peakP > 4 * noise;
  const fromS = (onS ? onsetS : onsetS + lagS) - 0.8 + 3 * random.uniform();
  const window = cut(traces, Math.round(fromS * WINDOW_RATE_HZ));
  // Shaking that would trigger no phone is no example of shaking: draw another.
  return strength(window) > Math.max(3 * noise, LEAST_SHAKING_GAL)
    ? rotated(random, window)
    : quakeWindow(random);
}

/** A window of anything else: activity records, knocks, tilts, taps, quiet. */
export function otherWindow(random: Random, records: readonly ActivityRecord[]): MotionWindow {
  const kind = random.uniform();
  if (kind < 0.75 && records.length > 0) {
    const record = records[random.integer(records.length)] as ActivityRecord;
    const length = record.components[0]?.length ?? 0;
    const window = cut(record.components, random.integer(Math.max(1, length - WINDOW_SAMPLES)));
    const gain = 0.6 + 0.9 * random.uniform();
    const noise = 0.5 * phoneNoiseGal(random);
    return rotated(
      random,
      window.map((value) => gain * value + noise * random.normal()),
    );
  }
  return rotated(random, kind < 0.92 ? handled(random) : still(random));
}

/** Every window of a record, a second apart, as recorded. */
export function recordWindows(record: ActivityRecord): MotionWindow[] {
  const length = record.components[0]?.length ?? 0;
  const windows: MotionWindow[] = [];
  for (let at = 0; at + WINDOW_SAMPLES <= length; at += WINDOW_RATE_HZ) {
    windows.push(cut(record.components, at));
  }
  return windows;
}

/** Self noise of phones: about 0.5 mg, a factor of two either way. */
function phoneNoiseGal(random: Random): number {
  return 0.49 * Math.exp(0.5 * random.normal());
}

function still(random: Random): MotionWindow {
  const noise = phoneNoiseGal(random);
  return Float32Array.from({ length: COMPONENTS * WINDOW_SAMPLES }, () => noise * random.normal());
}

/** Knocks on the table, taps on the screen, being picked up, a vibrating call. */
export function handled(random: Random): MotionWindow {
  const window = still(random);
  const kind = random.integer(3);
  const events = kind === 0 ? 1 + random.integer(4) : 1;
  for (let e = 0; e < events; e++) {
    const at = random.uniform() * WINDOW_SAMPLES;
    const size = 10 ** (0.5 + 1.8 * random.uniform());
    const hz = kind === 0 ? 6 + 6 * random.uniform() : kind === 1 ? 0.3 + random.uniform() : 9.5;
    const lastsS = kind === 0 ? 0.03 + 0.1 * random.uniform() : 0.5 + random.uniform();
    for (let c = 0; c < COMPONENTS; c++) {
      const share = random.normal();
      const phase = 2 * Math.PI * random.uniform();
      for (let i = Math.max(0, Math.ceil(at)); i < WINDOW_SAMPLES; i++) {
        const t = (i - at) / WINDOW_RATE_HZ;
        const k = c * WINDOW_SAMPLES + i;
        const wave = Math.sin(2 * Math.PI * hz * t + phase);
        const envelope = kind === 2 ? (t < lastsS ? 1 : 0) : Math.exp(-t / lastsS);
        window[k] = (window[k] as number) + size * share * envelope * wave;
      }
    }
  }
  return window;
}

function cut(components: readonly Float32Array[], from: number): MotionWindow {
  const window = new Float32Array(COMPONENTS * WINDOW_SAMPLES);
  components.slice(0, COMPONENTS).forEach((component, c) => {
    window.set(component.subarray(from, from + WINDOW_SAMPLES), c * WINDOW_SAMPLES);
  });
  return window;
}

/** Robust size: the 90th percentile of |a| about the mean of the window. */
function strength(window: MotionWindow): number {
  const sizes = Float32Array.from(window, Math.abs).sort();
  return sizes[Math.floor(0.9 * sizes.length)] as number;
}

/** A phone lies any way round: a random rotation of the axes (two angles and a third). */
function rotated(random: Random, window: MotionWindow): MotionWindow {
  const out = window.slice();
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const) {
    const angle = 2 * Math.PI * random.uniform();
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const x = out[a * WINDOW_SAMPLES + i] as number;
      const y = out[b * WINDOW_SAMPLES + i] as number;
      out[a * WINDOW_SAMPLES + i] = cos * x - sin * y;
      out[b * WINDOW_SAMPLES + i] = sin * x + cos * y;
    }
  }
  return out;
}
