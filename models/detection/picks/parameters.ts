/**
 * Every number of the pick model that is not data, with its meaning. Values that a run learns from
 * its own picks start here; a calibration on a catalogue may replace any of them.
 * @module
 */

/** A value for P and one for S. */
export type PerPhase = readonly [p: number, s: number];

/** What is known of one station beforehand; all default to 0. */
export interface StationTerms {
  /** Added to predicted travel times, s. */
  readonly timeS: PerPhase;
  /** Added to predicted log10 amplitudes. */
  readonly logAmplitude: PerPhase;
  /** Added to the log10 amplitude at which half of the arrivals are picked. */
  readonly threshold: PerPhase;
  /** False picks a second; half of the station's picks where it is not known. */
  readonly falseRateHz?: PerPhase;
}

/** Parameters of the generative model of picks (DESIGN 5; reference fusion 3.1) and of the search. */
export interface PickParameters {
  /** Laplace scale of arrival residuals at the source, s. */
  readonly residualS: PerPhase;
  /** Growth of that scale, s per s of travel time. */
  readonly residualShare: number;
  /** log10 amplitude at M 3.5 and 1 km, in the unit of the picks (0.93, 1.68: Picozzi 2018 PGV). */
  readonly amplitudeOffset: PerPhase;
  readonly amplitudePerMagnitude: number;
  readonly amplitudePerLogDistance: number;
  /** Standard deviation of log10 amplitude within an event. */
  readonly amplitudeSigma: number;
  /**
   * How much of an amplitude's deviation from its prediction decides whether it is picked, 0 to 1: at 1
   * the picked arrivals are those that came out large, and small events are known by them alone.
   */
  readonly amplitudeSelection: number;
  /** Standard deviation of the law's offset, log10: an error that all magnitudes share. */
  readonly amplitudeOffsetSigma: number;
  /** log10 amplitude at which half of the arrivals are picked, and the logistic width. */
  readonly thresholdLogAmplitude: PerPhase;
  readonly thresholdWidth: PerPhase;
  /** Share of strong arrivals that are picked. */
  readonly pickedShare: PerPhase;
  /** Odds that a pick is real over false, natural log, at equal steps of the picker's score 0 to 1. */
  readonly scoreLogRatio: readonly [p: readonly number[], s: readonly number[]];
  readonly bValue: number;
  readonly minMagnitude: number;
  readonly maxMagnitude: number;
  /** Events expected in a day over the whole region. */
  readonly eventsPerDay: number;
  /** Depth prior, km: normal, and this share uniform down to `maxDepthKm`. */
  readonly depthMeanKm: number;
  readonly depthSigmaKm: number;
  readonly depthUniformShare: number;
  readonly maxDepthKm: number;
  /**
   * Stations further than this neither support nor contradict an event, km. Within it the reach is
   * that of the event's magnitude (reach.ts).
   */
  readonly maxDistanceKm: number;
  /** Events are sought this far outside the network's box, km. */
  readonly marginKm: number;
  /** A pick of the same phase this near to a predicted one hides it, s. */
  readonly maskS: number;
  /** Events need this many picks and stations. */
  readonly minPicks: number;
  readonly minStations: number;
  /**
   * An event is declared where log odds + perMagnitude x (M - magnitude) are over these log odds: a
   * reference catalogue that leaves small events out asks for more evidence of them.
   */
  readonly declareLogOdds: number;
  readonly declarePerMagnitude: number;
  readonly declareMagnitude: number;
  /**
   * Existence probability = logistic(oddsTemper x log odds + oddsOffset). The default was read off the
   * reliability of synthetic B (bench/fusion); a calibration fits both on held-out events.
   */
  readonly oddsTemper: number;
  readonly oddsOffset: number;
  /** Known stations by name. */
  readonly stations: Readonly<Record<string, StationTerms>>;
}

/** Defaults: amplitudes in m/s. */
export const DEFAULT_PICK_PARAMETERS: PickParameters = {
  residualS: [0.15, 0.25],
  residualShare: 0.004,
  amplitudeOffset: [-0.92, -0.92],
  amplitudePerMagnitude: 0.93,
  amplitudePerLogDistance: 1.68,
  amplitudeSigma: 0.3,
  amplitudeSelection: 0.5,
  amplitudeOffsetSigma: 0.03,
  thresholdLogAmplitude: [-4.9, -5],
  thresholdWidth: [0.25, 0.25],
  pickedShare: [0.95, 0.95],
  scoreLogRatio: [[0], [0]],
  bValue: 1,
  minMagnitude: -0.5,
  maxMagnitude: 7,
  eventsPerDay: 300,
  depthMeanKm: 10,
  depthSigmaKm: 10,
  depthUniformShare: 0.05,
  maxDepthKm: 100,
  maxDistanceKm: 1000,
  marginKm: 15,
  maskS: 1.2,
  minPicks: 4,
  minStations: 3,
  declareLogOdds: 0,
  declarePerMagnitude: 0,
  declareMagnitude: 0,
  oddsTemper: 0.4,
  oddsOffset: 0,
  stations: {},
};
