/**
 * Stochastic ground motion: band-limited noise under an envelope that rises at each onset and dies
 * away with the coda. In: onsets and peaks; out: one trace whose peak after each onset is as asked.
 * @module
 */
import type { Random } from '../../core/random.js';
import { butterworth, sosFilter } from '../signal/butterworth.js';

/** One arrival in a trace. */
export interface SimulatedOnset {
  readonly timeS: number;
  /** Largest absolute value of this arrival, units of the trace. */
  readonly peak: number;
  /** Time from onset to full strength, s. */
  readonly riseS: number;
  /** Decay time of the coda, s. */
  readonly decayS: number;
}

/** Envelope: linear rise, then exponential coda (Saragoni and Hart 1973, simplified). */
export function envelopeAt(onset: SimulatedOnset, timeS: number): number {
  const t = timeS - onset.timeS;
  if (t < 0) return 0;
  return t < onset.riseS ? t / onset.riseS : Math.exp(-(t - onset.riseS) / onset.decayS);
}

/** Sum of arrivals, shape [time]. `bandHz` is the band of the motion, below half the rate. */
export function simulateTrace(input: {
  readonly random: Random;
  readonly rateHz: number;
  readonly sampleCount: number;
  readonly onsets: readonly SimulatedOnset[];
  readonly bandHz: readonly [number, number];
}): Float32Array {
  const { random, rateHz, sampleCount, bandHz } = input;
  const trace = new Float32Array(sampleCount);
  const sections = butterworth({
    kind: 'bandpass',
    order: 2,
    rateHz,
    lowHz: bandHz[0],
    highHz: bandHz[1],
  });
  for (const onset of input.onsets) {
    const white = Float64Array.from({ length: sampleCount }, () => random.normal());
    const carrier = sosFilter(sections, white, { initial: 'zero' });
    const arrival = carrier.map((value, i) => value * envelopeAt(onset, i / rateHz));
    const largest = arrival.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = onset.peak / largest;
    for (let i = 0; i < sampleCount; i++) {
      trace[i] = (trace[i] as number) + scale * (arrival[i] as number);
    }
  }
  return trace;
}
