/**
 * How loud the coda of an event is at a sensor, so that a later event's arrivals that stand out of it
 * are not taken for it.
 * @module
 */
import type { Arrival } from '../../core/evidence.js';

/** When and how strongly an event shook a sensor. */
export interface Shaken {
  /** From P to the end of the coda, s from the window's start. */
  readonly startS: number;
  readonly endS: number;
  /** Origin time and arrival of S, s from the window's start. */
  readonly originS: number;
  readonly peakS: number;
  /** Largest amplitude, log10 of the sensor's quantity. */
  readonly log10Peak: number;
}

/** Coda falls with this power of the time since the origin: single scattering, Aki & Chouet 1975. */
const DECAY = 1.5;
/** A wave that stands out is louder than the coda by this, log10: twice as loud. */
const LOUDER = 0.3;

/** Level of the coda, log10 of the sensor's quantity; the full amplitude until S. */
export function codaLevel(shaken: Shaken, timeS: number): number {
  const { originS, peakS, log10Peak } = shaken;
  const lapse = (timeS - originS) / Math.max(1, peakS - originS);
  return log10Peak - DECAY * Math.log10(Math.max(1, lapse));
}

/** Whether an arrival is in the coda and stands out of it; false when its amplitude is unknown. */
export function standsOut(shaken: Shaken, arrival: Arrival): boolean {
  const { timeS, log10Amplitude } = arrival;
  if (log10Amplitude === null || timeS < shaken.startS || timeS > shaken.endS) return false;
  return log10Amplitude > codaLevel(shaken, timeS) + LOUDER;
}
