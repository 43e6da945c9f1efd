/**
 * The ground-motion network: three monotone networks (PGA, PGV, MMI) behind the interface of
 * ground-motion models. Magnitude and nearness enter through weights that cannot be negative, and
 * activations only grow, so a median never falls with magnitude nor grows with distance, whatever the
 * weights: no input has to be tried to know it. Plain loops: one prediction costs microseconds.
 *
 * Features, [7]: (M - 5.5) / 1.5, -log10(R / 30 km), -(R - 100 km) / 100 km with R the hypocentral
 * distance (depth held over 5 km), depth, log10 of Vs30, reverse, normal.
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CorruptSourceError } from '../../core/errors.js';
import {
  MEASURES,
  type GroundMotionModel,
  type Measure,
  type Scenario,
} from './ground-motion-model.js';

export const NETWORK_FORMAT = 'quakeloom-ground-motion-1';
/** Inputs that must push upwards (magnitude, two of nearness), then those that may do either. */
export const MONOTONE_INPUTS = 3;
export const INPUTS = 7;
export const HIDDEN = 24;

/** Predictions beyond these are those at the limit. */
export const NETWORK_RANGE = { magnitude: [3, 8], distanceKm: [0, 400], depthKm: [0, 40] } as const;

/** Weights of one measure. */
export interface MeasureWeights {
  /** [INPUTS, HIDDEN] row-major; the rows of monotone inputs are >= 0. */
  readonly input: readonly number[];
  readonly inputBias: readonly number[];
  /** [HIDDEN, HIDDEN], >= 0. */
  readonly middle: readonly number[];
  readonly middleBias: readonly number[];
  /** [HIDDEN], >= 0. */
  readonly output: readonly number[];
  readonly outputBias: number;
  /** Of the linear path from the monotone inputs to the output, >= 0. */
  readonly skip: readonly number[];
  /** tau and phi below M 4.5 and above M 5.5, linear between. */
  readonly tau: readonly [number, number];
  readonly phi: readonly [number, number];
}

export interface GroundMotionWeights {
  readonly format: typeof NETWORK_FORMAT;
  readonly training: Readonly<Record<string, unknown>>;
  readonly measures: Readonly<Record<Measure, MeasureWeights>>;
}

/** Input features of a scenario, [INPUTS]; clipped to the range the network was trained in. */
export function features(scenario: Scenario): Float64Array {
  const m = clip(scenario.magnitude, NETWORK_RANGE.magnitude);
  const d = clip(scenario.distanceKm, NETWORK_RANGE.distanceKm);
  const z = clip(scenario.depthKm, NETWORK_RANGE.depthKm);
  // Depth in its own right: it lengthens the path by the same root whatever the magnitude.
  const r = Math.hypot(d, Math.max(z, 5));
  return Float64Array.of(
    (m - 5.5) / 1.5,
    -Math.log10(r / 30),
    -(r - 100) / 100,
    (z - 12) / 12,
    Math.log10(clip(scenario.vs30, [150, 1500]) / 500),
    scenario.mechanism === 'reverse' ? 1 : 0,
    scenario.mechanism === 'normal' ? 1 : 0,
  );
}

const clip = (value: number, [low, high]: readonly [number, number]): number =>
  Math.min(high, Math.max(low, value));

/** Median of one measure from features. */
export function networkMedian(
  weights: Omit<MeasureWeights, 'tau' | 'phi'>,
  x: Float64Array,
): number {
  const first = layer(x, weights.input, weights.inputBias);
  const second = layer(first, weights.middle, weights.middleBias);
  let sum = weights.outputBias;
  for (let k = 0; k < HIDDEN; k++) sum += (weights.output[k] as number) * (second[k] as number);
  for (let i = 0; i < MONOTONE_INPUTS; i++) sum += (weights.skip[i] as number) * (x[i] as number);
  return sum;
}

function layer(x: Float64Array, weights: readonly number[], bias: readonly number[]): Float64Array {
  const out = new Float64Array(HIDDEN);
  for (let k = 0; k < HIDDEN; k++) out[k] = bias[k] as number;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    for (let k = 0; k < HIDDEN; k++) {
      out[k] = (out[k] as number) + value * (weights[i * HIDDEN + k] as number);
    }
  }
  for (let k = 0; k < HIDDEN; k++) out[k] = Math.tanh(out[k] as number);
  return out;
}

/** A model of given weights. */
export function networkModel(weights: GroundMotionWeights): GroundMotionModel {
  return {
    name: 'network',
    source: 'models/weights/groundmotion/README.md',
    measures: MEASURES,
    range: { magnitude: NETWORK_RANGE.magnitude, distanceKm: NETWORK_RANGE.distanceKm },
    predict: (measure, scenario) => {
      const own = weights.measures[measure];
      const share = Math.min(1, Math.max(0, scenario.magnitude - 4.5));
      return {
        median: networkMedian(own, features(scenario)),
        tau: own.tau[0] + share * (own.tau[1] - own.tau[0]),
        phi: own.phi[0] + share * (own.phi[1] - own.phi[0]),
      };
    },
  };
}

const any = z.number();
const positive = any.min(0);
const SIGMAS = z.tuple([positive, positive]);
const MEASURE_WEIGHTS = z.object({
  input: z
    .array(any)
    .length(INPUTS * HIDDEN)
    .refine((w) => w.slice(0, MONOTONE_INPUTS * HIDDEN).every((value) => value >= 0), {
      message: 'weights of magnitude and distance must not be negative',
    }),
  inputBias: z.array(any).length(HIDDEN),
  middle: z.array(positive).length(HIDDEN * HIDDEN),
  middleBias: z.array(any).length(HIDDEN),
  output: z.array(positive).length(HIDDEN),
  outputBias: any,
  skip: z.array(positive).length(MONOTONE_INPUTS),
  tau: SIGMAS,
  phi: SIGMAS,
});
const WEIGHTS = z.object({
  format: z.literal(NETWORK_FORMAT),
  training: z.record(z.string(), z.unknown()),
  measures: z.object({ pga: MEASURE_WEIGHTS, pgv: MEASURE_WEIGHTS, mmi: MEASURE_WEIGHTS }),
});

/** Parses and checks weights. Throws CorruptSourceError naming the field. */
export function parseGroundMotionWeights(text: string, source: string): GroundMotionWeights {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CorruptSourceError({ source, at: 'byte 0', reason: 'not JSON', cause });
  }
  const parsed = WEIGHTS.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CorruptSourceError({
    source,
    at: issue?.path.join('.') ?? 'root',
    reason: issue?.message ?? 'not weights of the ground-motion network',
  });
}

let loaded: GroundMotionModel | null = null;

/** The shipped network, read once and kept. Throws CorruptSourceError when its file is damaged. */
export function groundMotionNetwork(): GroundMotionModel {
  const url = new URL('../weights/groundmotion/network.json', import.meta.url);
  loaded ??= networkModel(parseGroundMotionWeights(readFileSync(url, 'utf8'), url.pathname));
  return loaded;
}
