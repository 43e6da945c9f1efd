/**
 * Peak strain rate on a fibre by Yin et al. (2023, GRL): log10 E = a M + b log10 D + K.
 * Magnitude and distance in, log10 of microstrain/s out, with the prior of an uncalibrated cable.
 * Coefficients: yinjiuxun/das-strain-scaling, `instrument_exploration/event_filter.py` (a502e9d).
 * @module
 */

interface ScalingLaw {
  readonly magnitude: number;
  readonly log10Distance: number;
}

const LAWS: Readonly<Record<'P' | 'S', ScalingLaw>> = {
  P: { magnitude: 0.437, log10Distance: -1.2693 },
  S: { magnitude: 0.69, log10Distance: -1.5875 },
};

/**
 * Site-and-coupling term of an uncalibrated cable, log10: means over the arrays of that study (P
 * 0.401, 0.574, 0.250; S 0.299, 0.449, 0.459, -0.374). They spread by 0.8 between land and sea.
 */
export const CABLE_TERM_PRIOR = { meanP: 0.41, meanS: 0.21, sigma: 0.4 } as const;

/**
 * Scatter of one segment about the law with its cable's term known, log10. P is given a factor that
 * makes P-only magnitudes uncertain by about 0.7, S by about 0.43 (0.30 / a).
 */
export const STRAIN_RATE_SIGMA = { P: 0.3, S: 0.3 } as const;

/**
 * log10 of the median peak strain rate, microstrain/s.
 * @param cableTerm K of the cable and phase; leave it out for the mean of the prior.
 * @param distanceKm hypocentral distance, km; held over 1 km.
 */
export function strainRateLog10(
  phase: 'P' | 'S',
  magnitude: number,
  distanceKm: number,
  cableTerm: number = phase === 'P' ? CABLE_TERM_PRIOR.meanP : CABLE_TERM_PRIOR.meanS,
): number {
  const law = LAWS[phase];
  return (
    law.magnitude * magnitude + law.log10Distance * Math.log10(Math.max(1, distanceKm)) + cableTerm
  );
}
