/**
 * Where the hypocentre lies about the centroid of the rupture: it may be anywhere on it with equal odds.
 * @module
 */

const RAD = Math.PI / 180;

/** Direction and length of a rupture. */
export interface RuptureTrace {
  /** Clockwise from north, with its standard deviation. */
  readonly strikeDeg: number;
  readonly strikeSigmaDeg: number;
  readonly lengthKm: number;
}

/**
 * Subsurface rupture length, km: log10 L = -2.44 + 0.59 M (Wells & Coppersmith 1994, Table 2A, all
 * slip types).
 */
export function ruptureLengthKm(magnitude: number): number {
  return 10 ** (-2.44 + 0.59 * magnitude);
}

/** Down-dip width, km: log10 W = -1.01 + 0.32 M (Wells & Coppersmith 1994, Table 2A). */
export function ruptureWidthKm(magnitude: number): number {
  return 10 ** (-1.01 + 0.32 * magnitude);
}

/**
 * Standard deviations of the hypocentre about the centroid in east, north and depth, km: it may lie
 * anywhere on the rupture with equal odds. Along a length L that is L / sqrt(12), of which a strike
 * that nobody knows gives half of the variance to either axis; in depth the width W / sqrt(12).
 */
export function hypocentreScatterKm(magnitude: number): readonly [number, number, number] {
  const along = ruptureLengthKm(magnitude) / Math.sqrt(24);
  return [along, along, ruptureWidthKm(magnitude) / Math.sqrt(12)];
}

/** Covariance of the hypocentre about the centroid in east and north, km^2. */
export interface AlongRupture {
  readonly eastEast: number;
  readonly eastNorth: number;
  readonly northNorth: number;
}

/** Of a rupture that runs nobody knows where. */
export function anyStrike(magnitude: number): AlongRupture {
  const [east, north] = hypocentreScatterKm(magnitude);
  return { eastEast: east * east, eastNorth: 0, northNorth: north * north };
}

/** A hypocentre anywhere along a line: L^2 / 12 along it, its direction blurred by its own error. */
export function traceScatter({ strikeDeg, strikeSigmaDeg, lengthKm }: RuptureTrace): AlongRupture {
  const variance = lengthKm ** 2 / 12;
  // E cos 2s and E sin 2s of a normal strike.
  const sharp = Math.exp(-2 * (strikeSigmaDeg * RAD) ** 2);
  const cos = sharp * Math.cos(2 * strikeDeg * RAD);
  const sin = sharp * Math.sin(2 * strikeDeg * RAD);
  return {
    eastEast: (variance * (1 - cos)) / 2,
    eastNorth: (variance * sin) / 2,
    northNorth: (variance * (1 + cos)) / 2,
  };
}

/** The same, averaged over draws of the inversion; null when it has no fault. */
export function samplesScatter(draws: {
  readonly strikeDeg?: ArrayLike<number>;
  readonly lengthKm?: ArrayLike<number>;
}): AlongRupture | null {
  const { strikeDeg, lengthKm } = draws;
  if (!strikeDeg || !lengthKm || strikeDeg.length === 0) return null;
  const n = strikeDeg.length;
  const sum = { eastEast: 0, eastNorth: 0, northNorth: 0 };
  for (let i = 0; i < n; i++) {
    const one = traceScatter({
      strikeDeg: strikeDeg[i] as number,
      strikeSigmaDeg: 0,
      lengthKm: lengthKm[i] as number,
    });
    sum.eastEast += one.eastEast / n;
    sum.eastNorth += one.eastNorth / n;
    sum.northNorth += one.northNorth / n;
  }
  return sum;
}
