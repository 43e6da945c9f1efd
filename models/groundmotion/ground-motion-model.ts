/**
 * The interface of ground-motion models: a source and a distance in, median and scatter of PGA, PGV
 * and intensity out. Boore et al. (2014), Cua and Heaton (2007), the intensity equations and the
 * network of this folder all speak it, so that each can be exchanged for another.
 * @module
 */

/** Measures of shaking in the order of all arrays. */
export const MEASURES = ['pga', 'pgv', 'mmi'] as const;

/** `pga` and `pgv` are peaks of a horizontal component, `mmi` is macroseismic intensity. */
export type Measure = (typeof MEASURES)[number];

/** Units of medians and standard deviations. */
export const MEASURE_UNITS: Readonly<Record<Measure, string>> = {
  pga: 'log10 gal',
  pgv: 'log10 cm/s',
  mmi: 'MMI',
};

export type Mechanism = 'strike-slip' | 'reverse' | 'normal' | 'unspecified';

/** What a model needs to know of the source and of the ground. */
export interface Scenario {
  /** Moment magnitude. */
  readonly magnitude: number;
  /** Epicentral distance, km; a model brings the extent of the rupture in by itself. */
  readonly distanceKm: number;
  /** Focal depth, km. */
  readonly depthKm: number;
  /** Time-averaged shear velocity of the top 30 m, m/s. */
  readonly vs30: number;
  readonly mechanism: Mechanism;
}

/** Median with its standard deviations, all in the units of the measure. */
export interface MotionPrediction {
  readonly median: number;
  /** Between events. */
  readonly tau: number;
  /** Within one event. */
  readonly phi: number;
}

/** Where a model was fitted; outside it extrapolates. */
export interface ModelRange {
  readonly magnitude: readonly [number, number];
  readonly distanceKm: readonly [number, number];
}

export interface GroundMotionModel {
  readonly name: string;
  /** Publication or card. */
  readonly source: string;
  readonly measures: readonly Measure[];
  readonly range: ModelRange;
  /** Throws InvalidInputError for a measure that is not among `measures`. */
  predict(measure: Measure, scenario: Scenario): MotionPrediction;
}
