/**
 * Phase picks and the stations that they were made at, as columns.
 * @module
 */
import type { LatLon } from './geo.js';

/** Values of `PhasePicks.phase`. */
export const PHASE_P = 0;
export const PHASE_S = 1;

/** Picks in order of time. All arrays are [count]. */
export interface PhasePicks {
  readonly count: number;
  /** Arrival, seconds since 1970-01-01T00:00:00Z. */
  readonly timeS: Float64Array;
  /** Row in the stations. */
  readonly station: Int32Array;
  /** PHASE_P or PHASE_S. */
  readonly phase: Uint8Array;
  /** The picker's score, 0 to 1; NaN when the picker gave none. */
  readonly probability: Float32Array;
  /** log10 of the amplitude in the unit of the file (m/s unless stated); NaN when there is none. */
  readonly logAmplitude: Float32Array;
  /** Row of the file (from 0, header not counted), which outputs name the pick by. */
  readonly sourceIndex: Int32Array;
}

/** Stations on a local plane. All arrays are [station]. */
export interface PickStations {
  readonly ids: readonly string[];
  /** Origin of the plane. */
  readonly origin: LatLon;
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  /** Height above sea level. */
  readonly elevationKm: Float64Array;
}
