/**
 * Peak ground acceleration and velocity by Boore, Stewart, Seyhan & Atkinson (2014, Earthquake
 * Spectra 30, 1057-1085): magnitude, Joyner-Boore distance and Vs30 in, median and sigma out.
 * Style of faulting unspecified, no basin or regional term. Coefficients as in OpenQuake engine
 * 3.26.2 (`hazardlib/gsim/boore_2014.py`).
 * @module
 */

/** Median as a natural logarithm with its standard deviations (natural-log units). */
export interface GroundMotion {
  /** ln of PGA in g, or of PGV in cm/s. */
  readonly lnMedian: number;
  /** Between-event standard deviation. */
  readonly tau: number;
  /** Within-event standard deviation. */
  readonly phi: number;
  /** sqrt(tau^2 + phi^2). */
  readonly sigma: number;
}

interface Coefficients {
  readonly e0: number;
  readonly e4: number;
  readonly e5: number;
  readonly e6: number;
  readonly hingeM: number;
  readonly c1: number;
  readonly c2: number;
  readonly c3: number;
  readonly hKm: number;
  readonly c: number;
  readonly vc: number;
  readonly f4: number;
  readonly f5: number;
  readonly phi1: number;
  readonly phi2: number;
  readonly tau1: number;
  readonly tau2: number;
}

const PGA: Coefficients = {
  e0: 0.4473,
  e4: 1.431,
  e5: 0.05053,
  e6: -0.1662,
  hingeM: 5.5,
  c1: -1.134,
  c2: 0.1917,
  c3: -0.008088,
  hKm: 4.5,
  c: -0.6,
  vc: 1500,
  f4: -0.15,
  f5: -0.00701,
  phi1: 0.695,
  phi2: 0.495,
  tau1: 0.398,
  tau2: 0.348,
};

const PGV: Coefficients = {
  e0: 5.037,
  e4: 1.073,
  e5: -0.1536,
  e6: 0.2252,
  hingeM: 6.2,
  c1: -1.243,
  c2: 0.1489,
  c3: -0.00344,
  hKm: 5.3,
  c: -0.84,
  vc: 1300,
  f4: -0.1,
  f5: -0.00844,
  phi1: 0.644,
  phi2: 0.552,
  tau1: 0.401,
  tau2: 0.346,
};

/**
 * BSSA14 median and sigma. The small extra within-event terms beyond 110 km and below Vs30 = 300
 * are left out. Valid for M 3 to 8.5 and distances to 400 km; outside it extrapolates.
 */
export function bssa14(input: {
  readonly measure: 'pga-g' | 'pgv-cm-s';
  readonly magnitude: number;
  /** Joyner-Boore distance, km. */
  readonly distanceKm: number;
  /** Time-averaged shear velocity of the top 30 m, m/s. */
  readonly vs30: number;
}): GroundMotion {
  const k = input.measure === 'pga-g' ? PGA : PGV;
  const rockPgaG = Math.exp(rockMedian(PGA, input.magnitude, input.distanceKm));
  const lnMedian =
    rockMedian(k, input.magnitude, input.distanceKm) + siteTerm(k, input.vs30, rockPgaG);
  const share = Math.min(1, Math.max(0, input.magnitude - 4.5));
  const tau = k.tau1 + share * (k.tau2 - k.tau1);
  const phi = k.phi1 + share * (k.phi2 - k.phi1);
  return { lnMedian, tau, phi, sigma: Math.hypot(tau, phi) };
}

/** ln median at Vs30 = 760 m/s: event and path terms (eqs. 2 and 3). */
function rockMedian(k: Coefficients, magnitude: number, distanceKm: number): number {
  const dm = magnitude - k.hingeM;
  const event = dm <= 0 ? k.e0 + k.e4 * dm + k.e5 * dm * dm : k.e0 + k.e6 * dm;
  const r = Math.hypot(distanceKm, k.hKm);
  return event + (k.c1 + k.c2 * (magnitude - 4.5)) * Math.log(r) + k.c3 * (r - 1);
}

/** Linear and nonlinear site term (eqs. 5 to 8). */
function siteTerm(k: Coefficients, vs30: number, rockPgaG: number): number {
  const linear = k.c * Math.log(Math.min(vs30, k.vc) / 760);
  const f2 = k.f4 * (Math.exp(k.f5 * (Math.min(vs30, 760) - 360)) - Math.exp(k.f5 * 400));
  return linear + f2 * Math.log((rockPgaG + 0.1) / 0.1);
}
