/**
 * Every number of the generative model of evidence that is not data, with its meaning. The
 * likelihood and the simulator read the same object.
 * @module
 */

import { DEFAULT_PEOPLE, type PeopleParameters } from './people/parameters.js';

/** Parameters of likelihood, priors and search. All have defaults; recorded with each result. */
export interface DetectionParameters {
  /** M >= 3 events per day and 100 000 km^2 (1: an active plate boundary). */
  readonly quakesPerDayM3: number;
  /** Gutenberg-Richter b. */
  readonly bValue: number;
  /** Depth prior: 70 % exponential of this mean, 30 % uniform to the deepest grid depth, km. */
  readonly depthScaleKm: number;
  /** Origins this long before the window are considered, s. */
  readonly leadS: number;
  /**
   * Travel-time model error: share of the travel time, clipped; grows with crowding, below. A global
   * one-dimensional model stands in for the region's crust: 5 % and 0.4 s, not a local model's 2 %.
   */
  readonly travelTimeShare: number;
  readonly travelTimeMinS: number;
  readonly travelTimeMaxS: number;
  /** Travel time after which the error of a late pick has doubled, s. */
  readonly emergenceTravelS: number;
  /** Distance over which travel-time errors of sensors are the same, km. */
  readonly travelTimeCorrelationKm: number;
  /** Degrees of freedom of the Student-t residual; even. */
  readonly residualDegrees: number;
  /** Share of visible P and S onsets that a picker reports. */
  readonly pickedShareP: number;
  readonly pickedShareS: number;
  /** P(label is right | labelled, real onset); noise is labelled P or S at even odds. */
  readonly labelRight: number;
  /** Standard deviation of log10 amplitude within an event. */
  readonly pgaSigma: number;
  readonly strainRateSigma: number;
  /** Between events: shared by all accelerometers, log10. */
  readonly pgaEventSigma: number;
  /** Of a cable's coupling and site term, log10. */
  readonly cableSigma: number;
  /** Amplitudes of false arrivals: exponential above the threshold, mean in log10. */
  readonly noiseAmplitudeScale: number;
  /** Amplitude of a P onset covers this long or to the next onset, s. */
  readonly amplitudeSpanS: number;
  /** Picker scores are used between these nats; noise falls off as exp(-weight x score). */
  readonly scoreMin: number;
  readonly scoreMax: number;
  readonly scoreWeight: number;
  /** Least false rate believed, Hz. */
  readonly minFalseRateHz: number;
  /** Regional bias of the intensity equation, MMI: mean and standard deviation. */
  readonly intensityBiasMean: number;
  readonly intensityBiasSigma: number;
  /** Error of its attenuation, MMI per decade of distance. */
  readonly intensitySlopeSigma: number;
  /** Cell residuals: correlated part, its length, uncorrelated part, one person's scatter, MMI. */
  readonly intensityCorrelatedSigma: number;
  readonly intensityCorrelationKm: number;
  readonly intensityCellSigma: number;
  readonly intensityPersonSigma: number;
  /** Reports expected in a window without a quake. */
  readonly falseReports: number;
  /** Least time from the origin to a post, s: to feel, to take a phone, to type. */
  readonly postReactionS: number;
  /** Medians (s) and log standard deviations of the delay beyond it; all pairs are considered. */
  readonly postDelayMediansS: readonly number[];
  readonly postDelayLogSigmas: readonly number[];
  /** However many posts there are, they fix delays no better than this many people would. */
  readonly postClusters: number;
  /** Bursts of posts about something else, or set off by one famous account. */
  readonly falseBurstsPerDay: number;
  /** People who post and report. */
  readonly people: PeopleParameters;
  /**
   * Of the phones of a cell that only trigger, this many count as independent: they share the cell's
   * ground, its houses and the error of its travel time (0.4 s against 0.7 s of one phone).
   */
  readonly crowdCellPhones: number;
  /**
   * A phone triggers this long after the onset of P, or about that of S, with this standard deviation,
   * s (MyShake's simulations: half-normal after P and normal at S, of 0.5 s).
   */
  readonly crowdDelayS: number;
  readonly crowdDelaySigmaS: number;
  /** How far all phones shake more or less than twice the ground, by houses and tables; log10. */
  readonly crowdGainSigma: number;
  /** Ground motion and gain in a phone's peak, log10; the rest of the trigger's scatter is threshold. */
  readonly crowdPeakSigma: number;
  /** Seconds after the trigger that its peak covers: two windows of the phone's features. */
  readonly crowdPeakSpanS: number;
  /** Weight of the log odds of the phone's own model: 1 when it is calibrated on held-out data. */
  readonly crowdScoreWeight: number;
  /** Bursts of false triggers in one cell (stadium, train, building site) a day. */
  readonly crowdBurstsPerCellDay: number;
  /** Share of windows in which cells burst one after another (thunderstorm), and of cells then. */
  readonly crowdStormShare: number;
  readonly crowdStormCells: number;
  /** Things that reach all phones at once (push message, update) a day. */
  readonly crowdCommonPerDay: number;
  /** A candidate is declared over this existence probability. */
  readonly declareProbability: number;
}

/** Defaults; sources in the comments of the modules that use them. */
export const DEFAULT_PARAMETERS: DetectionParameters = {
  quakesPerDayM3: 1,
  bValue: 1,
  depthScaleKm: 15,
  leadS: 60,
  travelTimeShare: 0.05,
  travelTimeMinS: 0.4,
  travelTimeMaxS: 6,
  emergenceTravelS: 5,
  travelTimeCorrelationKm: 20,
  residualDegrees: 4,
  pickedShareP: 0.95,
  pickedShareS: 0.7,
  labelRight: 0.8,
  pgaSigma: 0.28,
  strainRateSigma: 0.3,
  pgaEventSigma: 0.17,
  cableSigma: 0.4,
  noiseAmplitudeScale: 0.35,
  amplitudeSpanS: 30,
  scoreMin: 2,
  scoreMax: 8,
  scoreWeight: 0.5,
  minFalseRateHz: 1e-5,
  intensityBiasMean: 0,
  intensityBiasSigma: 0.8,
  intensitySlopeSigma: 0.5,
  intensityCorrelatedSigma: 0.5,
  intensityCorrelationKm: 30,
  intensityCellSigma: 0.45,
  intensityPersonSigma: 0.8,
  falseReports: 0.5,
  postReactionS: 5,
  postDelayMediansS: [10, 20, 40, 80, 160, 320, 640],
  postDelayLogSigmas: [0.4, 0.8, 1.2],
  postClusters: 20,
  falseBurstsPerDay: 0.03,
  people: DEFAULT_PEOPLE,
  crowdCellPhones: 5,
  crowdDelayS: 0.4,
  crowdDelaySigmaS: 0.5,
  crowdGainSigma: 0.15,
  crowdPeakSigma: 0.34,
  crowdPeakSpanS: 2,
  crowdScoreWeight: 0.5,
  crowdBurstsPerCellDay: 0.3,
  crowdStormShare: 0.02,
  crowdStormCells: 0.3,
  crowdCommonPerDay: 0.3,
  declareProbability: 0.5,
};
