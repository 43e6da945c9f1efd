/** UTM on WGS 84 to longitude and latitude. Source: Krueger's series, as in Karney 2011, to n^4. @module */

const A = 6_378_137;
const F = 1 / 298.257223563;
const N = F / (2 - F);
const RADIUS = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const BETA = [
  N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - N ** 4 / 360,
  N ** 2 / 48 + N ** 3 / 15 - (437 / 1440) * N ** 4,
  (17 / 480) * N ** 3 - (37 / 840) * N ** 4,
  (4397 / 161_280) * N ** 4,
];

/** Longitude and latitude, degrees, of easting and northing, m. */
export function utmToLonLat(input: {
  readonly eastM: number;
  readonly northM: number;
  readonly zone: number;
  readonly isSouth: boolean;
}): readonly [number, number] {
  const xi = (input.northM - (input.isSouth ? 1e7 : 0)) / (0.9996 * RADIUS);
  const eta = (input.eastM - 5e5) / (0.9996 * RADIUS);
  let [x, y] = [xi, eta];
  BETA.forEach((beta, i) => {
    const k = 2 * (i + 1);
    x -= beta * Math.sin(k * xi) * Math.cosh(k * eta);
    y -= beta * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const e = Math.sqrt(F * (2 - F));
  const tauPrime = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x));
  let tau = tauPrime;
  // Newton from the conformal to the geographic latitude; a few steps reach double precision.
  for (let i = 0; i < 5; i++) {
    const sigma = Math.sinh(e * Math.atanh((e * tau) / Math.hypot(1, tau)));
    const value = tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
    tau +=
      ((tauPrime - value) / Math.hypot(1, value)) *
      ((1 + (1 - e * e) * tau * tau) / ((1 - e * e) * Math.hypot(1, tau)));
  }
  const central = 6 * input.zone - 183;
  const degrees = 180 / Math.PI;
  return [central + degrees * Math.atan2(Math.sinh(y), Math.cos(x)), degrees * Math.atan(tau)];
}
