/**
 * Every number of the generative model of evidence that is not data, with its meaning. The
 * likelihood and the simulator read the same object.
 * @module
 */

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
  /** Travel-time model error: share of the travel time, clipped; grows with crowding, below. */
  readonly travelTimeShare: number;
  readonly travelTimeMinS: number;
  readonly travelTimeMaxS: number;
  /** Distance over which travel-time errors of sensors are the same, km. */
  readonly travelTimeCorrelationKm: number;
  /** Degrees of freedom of the Student-t residual. */
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
  /** Medians of the posting delay considered, s, and its log standard deviation. */
  readonly postDelayMediansS: readonly number[];
  readonly postDelayLogSigma: number;
  /** Negative-binomial size of post counts in a bin. */
  readonly postDispersion: number;
  /** A candidate is declared over this existence probability. */
  readonly declareProbability: number;
}

/** Defaults; sources in the comments of the modules that use them. */
export const DEFAULT_PARAMETERS: DetectionParameters = {
  quakesPerDayM3: 1,
  bValue: 1,
  depthScaleKm: 15,
  leadS: 60,
  travelTimeShare: 0.02,
  travelTimeMinS: 0.15,
  travelTimeMaxS: 2,
  travelTimeCorrelationKm: 20,
  residualDegrees: 6,
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
  postDelayMediansS: [20, 40, 80, 160],
  postDelayLogSigma: 0.8,
  postDispersion: 5,
  declareProbability: 0.5,
};
