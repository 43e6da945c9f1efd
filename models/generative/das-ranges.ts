/**
 * What simulated fibre windows are drawn from: every range the phase picker is trained on, and other
 * ranges that it is only tested on.
 * @module
 */
import type { Random } from '../../core/random.js';

/** Smallest and largest value of a draw. */
export type Range = readonly [number, number];

/** Ranges of a simulated window; shares are probabilities per window. */
export interface DasRanges {
  /** Share of windows that hold a quake. */
  readonly quakeShare: number;
  /** Epicentral distance, km, log-uniform. */
  readonly distanceKm: Range;
  /** Depth, km: exponential with mean 9, kept within. */
  readonly depthKm: Range;
  readonly magnitude: Range;
  /** Factor on the travel times of the velocity model. */
  readonly velocityFactor: Range;
  /** Factor on S-P times beside the model's: other Vp/Vs. */
  readonly vpVsFactor: Range;
  /** Speed of waves scattered near the fibre, km/s, log-uniform. */
  readonly localSpeedKmS: Range;
  /** Median over channels of peak P strain rate over noise, log-uniform. */
  readonly signalToNoise: Range;
  readonly channelSpacingM: Range;
  readonly gaugeLengthM: Range;
  /** Length of the straight pieces of bent and zig-zag fibres, m, log-uniform. */
  readonly segmentM: Range;
  readonly trafficShare: number;
  /** m/s. */
  readonly vehicleSpeedMS: Range;
  readonly impactShare: number;
  readonly commonModeShare: number;
  readonly humShare: number;
  readonly oceanShare: number;
  /** Share of channels that are dead, and that fade. */
  readonly deadShare: Range;
  readonly fadingShare: Range;
  readonly saturatedShare: number;
}

/** The field's ranges; the picker is trained on them. */
export const TRAINING_RANGES: DasRanges = {
  quakeShare: 0.6,
  distanceKm: [0.5, 200],
  depthKm: [0.3, 60],
  magnitude: [0.5, 6.5],
  velocityFactor: [0.9, 1.12],
  vpVsFactor: [0.95, 1.08],
  localSpeedKmS: [0.2, 1.5],
  signalToNoise: [0.8, 80],
  channelSpacingM: [1, 20],
  gaugeLengthM: [4, 20],
  segmentM: [60, 600],
  trafficShare: 0.45,
  vehicleSpeedMS: [5, 35],
  impactShare: 0.4,
  commonModeShare: 0.35,
  humShare: 0.3,
  oceanShare: 0.3,
  deadShare: [0, 0.15],
  fadingShare: [0, 0.15],
  saturatedShare: 0.06,
};

/**
 * Ranges outside or at the edge of those of training: slower crust, slower ground, sparser and
 * shorter gauges, more traffic. Only for tests of how far the picker carries.
 */
export const OTHER_RANGES: DasRanges = {
  ...TRAINING_RANGES,
  distanceKm: [2, 260],
  velocityFactor: [1.08, 1.25],
  vpVsFactor: [1.02, 1.15],
  localSpeedKmS: [0.12, 0.5],
  channelSpacingM: [8, 30],
  gaugeLengthM: [2, 40],
  segmentM: [30, 1500],
  trafficShare: 0.7,
  vehicleSpeedMS: [3, 45],
  deadShare: [0.05, 0.3],
};

/** Uniform draw. */
export function between(random: Random, [from, to]: Range): number {
  return from + (to - from) * random.uniform();
}

/** Log-uniform draw of positive ranges. */
export function logBetween(random: Random, [from, to]: Range): number {
  return from * (to / from) ** random.uniform();
}
