/**
 * Phase picks and the stations that they were made at, as columns.
 * @module
 */
import type { LatLon } from './geo.js';
import type { Marginal } from './quake.js';

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

/** Stations on a local plane (core/local-plane.ts). All arrays are [station]. */
export interface PickStations {
  readonly ids: readonly string[];
  /** Origin of the plane. */
  readonly origin: LatLon;
  readonly eastKm: Float64Array;
  readonly northKm: Float64Array;
  /** Height above sea level. */
  readonly elevationKm: Float64Array;
  /** True: kilometres on a plane were given, and `origin` stands for nothing. */
  readonly isPlane?: boolean;
}

/** One associated event as it is written and exchanged. */
export interface PickEvent {
  readonly eventId: string;
  /** Origin time, seconds since 1970. */
  readonly timeS: Marginal;
  readonly latitude: Marginal;
  readonly longitude: Marginal;
  readonly depthKm: Marginal;
  /** From pick amplitudes and from which stations saw it. */
  readonly magnitude: Marginal;
  /** Of existence. */
  readonly probability: number;
  /** Natural-log posterior odds that the probability comes from. */
  readonly logOdds: number;
  readonly stationCount: number;
  readonly azimuthalGapDeg: number;
  readonly nearestStationKm: number;
  readonly arrivals: readonly PickArrival[];
}

/** A pick that belongs to an event. */
export interface PickArrival {
  /** Row of the pick file. */
  readonly pickIndex: number;
  readonly station: string;
  readonly phase: 'P' | 'S';
  readonly timeS: number;
  /** Observed minus predicted. */
  readonly residualS: number;
  readonly distanceKm: number;
  /** log10 of the amplitude; NaN when the pick has none. */
  readonly logAmplitude: number;
}

/** One phase of an event as an analyst or a picker gave it. */
export interface PhaseReading {
  /** Station as the file names it: `NET.STA` or a bare code. */
  readonly station: string;
  readonly phase: 'P' | 'S';
  /** Arrival, seconds since 1970. */
  readonly timeS: number;
  /** One standard deviation, s; null when the file states none. */
  readonly sigmaS: number | null;
}

/** Readings that a file gives for one event. */
export interface EventReadings {
  readonly eventId: string;
  readonly readings: readonly PhaseReading[];
  /** Lines or picks that are no first P or S, by reason. */
  readonly ignored: readonly { readonly reason: string; readonly count: number }[];
}
