/**
 * Peak ground acceleration and velocity by Boore, Stewart, Seyhan & Atkinson (2014, Earthquake
 * Spectra 30, 1057-1085): magnitude, Joyner-Boore distance and Vs30 in, median and sigma out.
 * No basin or regional term. Coefficients as in OpenQuake engine 3.26.2
 * (`hazardlib/gsim/boore_2014.py`).
 * @module
 */
import type { Mechanism } from './ground-motion-model.js';

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
  /** e0, e1, e2 and e3 of the paper. */
  readonly level: Readonly<Record<Mechanism, number>>;
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
  /** R1, R2 (km) and the growth of phi between them. */
  readonly far: readonly [number, number, number];
  /** Decrease of phi from Vs30 = 300 to 225 m/s. */
  readonly soft: number;
  readonly phi1: number;
  readonly phi2: number;
  readonly tau1: number;
  readonly tau2: number;
}

const PGA: Coefficients = {
  level: { unspecified: 0.4473, 'strike-slip': 0.4856, normal: 0.2459, reverse: 0.4539 },
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
  far: [110, 270, 0.1],
  soft: 0.07,
  phi1: 0.695,
  phi2: 0.495,
  tau1: 0.398,
  tau2: 0.348,
};

const PGV: Coefficients = {
  level: { unspecified: 5.037, 'strike-slip': 5.078, normal: 4.849, reverse: 5.033 },
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
  far: [105, 272, 0.082],
  soft: 0.08,
  phi1: 0.644,
  phi2: 0.552,
  tau1: 0.401,
  tau2: 0.346,
};

/**
 * BSSA14 median and sigma. Valid for M 3 to 8.5 and distances to 400 km; outside it extrapolates.
 */
export function bssa14(input: {
  readonly measure: 'pga-g' | 'pgv-cm-s';
  readonly magnitude: number;
  /** Joyner-Boore distance, km. */
  readonly distanceKm: number;
  /** Time-averaged shear velocity of the top 30 m, m/s. */
  readonly vs30: number;
  /** Unspecified when absent. */
  readonly mechanism?: Mechanism;
}): GroundMotion {
  const { magnitude, distanceKm, vs30, mechanism = 'unspecified' } = input;
  const k = input.measure === 'pga-g' ? PGA : PGV;
  const rock = { magnitude, distanceKm, mechanism };
  const lnMedian = rockMedian(k, rock) + siteTerm(k, vs30, Math.exp(rockMedian(PGA, rock)));
  const share = clip01(magnitude - 4.5);
  const tau = k.tau1 + share * (k.tau2 - k.tau1);
  const [r1, r2, growth] = k.far;
  // Eqs. 15 and 16: more scatter far away, less on soft ground.
  const phi =
    k.phi1 +
    share * (k.phi2 - k.phi1) +
    growth * clip01(Math.log(Math.max(distanceKm, r1) / r1) / Math.log(r2 / r1)) -
    k.soft * clip01(Math.log(300 / Math.min(vs30, 300)) / Math.log(300 / 225));
  return { lnMedian, tau, phi, sigma: Math.hypot(tau, phi) };
}

const clip01 = (value: number): number => Math.min(1, Math.max(0, value));

/** ln median at Vs30 = 760 m/s: event and path terms (eqs. 2 and 3). */
function rockMedian(
  k: Coefficients,
  rock: {
    readonly magnitude: number;
    readonly distanceKm: number;
    readonly mechanism: Mechanism;
  },
): number {
  const dm = rock.magnitude - k.hingeM;
  const event = k.level[rock.mechanism] + (dm <= 0 ? k.e4 * dm + k.e5 * dm * dm : k.e6 * dm);
  const r = Math.hypot(rock.distanceKm, k.hKm);
  return event + (k.c1 + k.c2 * (rock.magnitude - 4.5)) * Math.log(r) + k.c3 * (r - 1);
}

/** Linear and nonlinear site term (eqs. 5 to 8). */
function siteTerm(k: Coefficients, vs30: number, rockPgaG: number): number {
  const linear = k.c * Math.log(Math.min(vs30, k.vc) / 760);
  const f2 = k.f4 * (Math.exp(k.f5 * (Math.min(vs30, 760) - 360)) - Math.exp(k.f5 * 400));
  return linear + f2 * Math.log((rockPgaG + 0.1) / 0.1);
}
