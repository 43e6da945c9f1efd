/**
 * Intensity: from ground motion (GMICE, Worden et al. 2012, BSSA 102, 204-221) and from magnitude
 * and distance (IPEs of Atkinson & Wald 2007 and Atkinson, Worden & Wald 2014).
 * @module
 */

/** An intensity with the standard deviation of one observation about it. */
export interface IntensityPrediction {
  readonly mmi: number;
  readonly sigma: number;
}

/** MMI from PGA in gal (WGRW12, as in shakelib `gmice/wgrw12.py`); sigma 0.66. */
export function mmiFromPga(pgaGal: number): IntensityPrediction {
  const y = Math.log10(pgaGal);
  const mmi = y <= 0.14 ? 1.71 + 2.08 * y : y <= 1.57 ? 1.78 + 1.55 * y : -1.6 + 3.7 * y;
  return { mmi, sigma: 0.66 };
}

/** MMI from PGV in cm/s (WGRW12); sigma 0.63. */
export function mmiFromPgv(pgvCmS: number): IntensityPrediction {
  const y = Math.log10(pgvCmS);
  const mmi = y <= -1.21 ? 4.62 + 2.17 * y : y <= 0.53 ? 3.78 + 1.47 * y : 2.89 + 3.16 * y;
  return { mmi, sigma: 0.63 };
}

/** PGA in gal from MMI: inverse of mmiFromPga. */
export function pgaFromMmi(mmi: number): number {
  const low = (mmi - 1.71) / 2.08;
  const middle = (mmi - 1.78) / 1.55;
  const y = low <= 0.14 ? low : middle <= 1.57 ? middle : (mmi + 1.6) / 3.7;
  return 10 ** y;
}

/** Observed scatter of DYFI cells about an IPE with its bias removed (Napa 2014: 0.64 to 0.70). */
const IPE_SIGMA = 0.7;

/**
 * Atkinson, Worden & Wald (2014), western North America. Distance is hypocentral, km. Biased high
 * by 0.8-0.9 for Napa 2014: use it with a free regional bias.
 */
export function awwMmi2014(magnitude: number, distanceKm: number): IntensityPrediction {
  const r = Math.sqrt(distanceKm * distanceKm + 14 * 14);
  const logR = Math.log10(r);
  const bend = Math.max(0, Math.log10(r / 50));
  const mmi =
    0.309 + 1.864 * magnitude - 1.672 * logR - 0.00219 * r + 1.77 * bend - 0.383 * magnitude * logR;
  return { mmi, sigma: IPE_SIGMA };
}

const LOG10_30 = Math.log10(30);

/**
 * Atkinson & Wald (2007), California form, checked against two public codes. Distance is the
 * closest to the rupture, km. The published sigma is 0.4, less than the scatter of report cells.
 */
export function awMmi2007California(magnitude: number, distanceKm: number): IntensityPrediction {
  const r = Math.sqrt(distanceKm * distanceKm + 14 * 14);
  const logR = Math.log10(r);
  const bend = Math.max(0, logR - LOG10_30);
  const dm = magnitude - 6;
  const mmi =
    12.27 +
    2.27 * dm +
    0.1304 * dm * dm -
    1.3 * logR -
    0.000707 * r +
    1.95 * bend -
    0.577 * magnitude * logR;
  return { mmi, sigma: IPE_SIGMA };
}

/** Atkinson & Wald (2007), central and eastern United States. */
export function awMmi2007CentralEast(magnitude: number, distanceKm: number): IntensityPrediction {
  const r = Math.sqrt(distanceKm * distanceKm + 17 * 17);
  const logR = Math.log10(r);
  const bend = Math.max(0, Math.log10(r / 80));
  const dm = magnitude - 6;
  const mmi =
    11.72 +
    2.36 * dm +
    0.1155 * dm * dm -
    0.44 * logR -
    0.002044 * r +
    2.31 * bend -
    0.479 * magnitude * logR;
  return { mmi, sigma: IPE_SIGMA };
}
