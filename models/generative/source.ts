/**
 * A quake drawn from the prior: origin, magnitude, mechanism and a fault that fits them. In: bounds
 * and a random stream; out: the truth of a simulation.
 * @module
 */
import type { Random } from '../../core/random.js';
import type { Bounds } from '../../core/region.js';

/** Everything that the observations of one simulated quake derive from. */
export interface SimulatedSource {
  /** Origin, s from the start of the simulation. */
  readonly timeS: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly depthKm: number;
  readonly magnitude: number;
  readonly strikeDeg: number;
  readonly dipDeg: number;
  readonly rakeDeg: number;
  readonly lengthKm: number;
  readonly widthKm: number;
  readonly slipM: number;
}

/** Rigidity used for fault slip, Pa. */
export const RIGIDITY_PA = 32e9;

/**
 * Draws a source. Magnitude: Gutenberg-Richter (b = 1) between the limits; depth: exponential,
 * kept between the limits; dip-slip and strike-slip mechanisms at even odds.
 */
export function drawSource(input: {
  readonly random: Random;
  readonly bounds: Bounds;
  readonly timeS: { readonly from: number; readonly to: number };
  readonly magnitude: { readonly min: number; readonly max: number };
  readonly depthKm: { readonly min: number; readonly max: number };
}): SimulatedSource {
  const { random, bounds } = input;
  const between = (from: number, to: number): number => from + (to - from) * random.uniform();
  const magnitude = truncatedExponential(random, input.magnitude, Math.LN10);
  const depthKm = truncatedExponential(random, input.depthKm, 1 / 10);
  const isStrikeSlip = random.uniform() < 0.5;
  return {
    timeS: between(input.timeS.from, input.timeS.to),
    latitude: between(bounds.south, bounds.north),
    longitude: between(bounds.west, bounds.east),
    depthKm,
    magnitude,
    strikeDeg: between(0, 360),
    dipDeg: isStrikeSlip ? between(75, 90) : between(25, 55),
    rakeDeg: isStrikeSlip ? (random.uniform() < 0.5 ? 0 : 180) : random.uniform() < 0.5 ? 90 : -90,
    ...faultOf(magnitude),
  };
}

/**
 * Rectangle and slip of a magnitude: area and length of Wells and Coppersmith (1994), table 2A, all
 * mechanisms (log10 A = -3.49 + 0.91 M, log10 L = -2.44 + 0.59 M), slip from the moment.
 */
export function faultOf(magnitude: number): {
  readonly lengthKm: number;
  readonly widthKm: number;
  readonly slipM: number;
} {
  const areaKm2 = 10 ** (-3.49 + 0.91 * magnitude);
  const lengthKm = 10 ** (-2.44 + 0.59 * magnitude);
  const momentNm = 10 ** (1.5 * magnitude + 9.1);
  return {
    lengthKm,
    widthKm: areaKm2 / lengthKm,
    slipM: momentNm / (RIGIDITY_PA * areaKm2 * 1e6),
  };
}

/** Exponential density with the given decay on [min, max], by inversion. */
function truncatedExponential(
  random: Random,
  limits: { readonly min: number; readonly max: number },
  decay: number,
): number {
  const share = 1 - Math.exp(-decay * (limits.max - limits.min));
  return limits.min - Math.log(1 - share * random.uniform()) / decay;
}
