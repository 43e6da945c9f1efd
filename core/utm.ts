/**
 * Universal Transverse Mercator on WGS 84: degrees to metres and back. Series of Krüger (1912) to
 * the fourth order in n (Karney 2011, J. Geodesy 85, 475-485): better than 0.01 mm inside a zone.
 * @module
 */
import type { LatLon } from './geo.js';

/** A place in UTM; `band` is the letter of the latitude band (C to X without I and O). */
export interface UtmPlace {
  readonly zone: number;
  readonly band: string;
  readonly eastM: number;
  readonly northM: number;
}

const RAD = Math.PI / 180;
const A = 6_378_137;
const F = 1 / 298.257_223_563;
const N = F / (2 - F);
const E = Math.sqrt(F * (2 - F));
const K0 = 0.9996;
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const FALSE_EAST = 500_000;
const FALSE_NORTH = 10_000_000;
const BANDS = 'CDEFGHJKLMNPQRSTUVWXX';

const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49_561 / 161_280) * N ** 4,
] as const;
const BETA = [
  N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - (1 / 360) * N ** 4,
  (1 / 48) * N ** 2 + (1 / 15) * N ** 3 - (437 / 1440) * N ** 4,
  (17 / 480) * N ** 3 - (37 / 840) * N ** 4,
  (4397 / 161_280) * N ** 4,
] as const;

/** UTM of a place; null poleward of 80 S and 84 N, where UTM is not defined. */
export function toUtm(place: LatLon): UtmPlace | null {
  const { latitude } = place;
  const longitude = wrapLongitude(place.longitude);
  if (!(latitude >= -80 && latitude <= 84) || !Number.isFinite(longitude)) return null;
  const zone = zoneOf(latitude, longitude);
  const phi = latitude * RAD;
  const lambda = wrapLongitude(longitude - centralMeridian(zone)) * RAD;
  const sin = Math.sin(phi);
  const t = Math.sinh(Math.atanh(sin) - E * Math.atanh(E * sin));
  const xi = Math.atan2(t, Math.cos(lambda));
  const eta = Math.atanh(Math.sin(lambda) / Math.hypot(1, t));
  let [east, north] = [eta, xi];
  ALPHA.forEach((alpha, i) => {
    const k = 2 * (i + 1);
    east += alpha * Math.cos(k * xi) * Math.sinh(k * eta);
    north += alpha * Math.sin(k * xi) * Math.cosh(k * eta);
  });
  const band = BANDS[Math.floor((latitude + 80) / 8)] as string;
  return {
    zone,
    band,
    eastM: FALSE_EAST + K0 * RECTIFYING * east,
    northM: (isSouthern(band) ? FALSE_NORTH : 0) + K0 * RECTIFYING * north,
  };
}

/** Degrees of a UTM place. */
export function fromUtm(place: UtmPlace): LatLon {
  const [longitude, latitude] = utmToLonLat({ ...place, isSouth: isSouthern(place.band) });
  return { latitude, longitude: wrapLongitude(longitude) };
}

/**
 * Longitude and latitude, degrees, of easting and northing, m. The longitude goes on beyond 180, so
 * that corners of one zone stay together.
 */
export function utmToLonLat(input: {
  readonly eastM: number;
  readonly northM: number;
  readonly zone: number;
  readonly isSouth: boolean;
}): readonly [number, number] {
  const xi = (input.northM - (input.isSouth ? FALSE_NORTH : 0)) / (K0 * RECTIFYING);
  const eta = (input.eastM - FALSE_EAST) / (K0 * RECTIFYING);
  let [x, y] = [xi, eta];
  BETA.forEach((beta, i) => {
    const k = 2 * (i + 1);
    x -= beta * Math.sin(k * xi) * Math.cosh(k * eta);
    y -= beta * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const tauPrime = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x));
  let tau = tauPrime;
  // Newton from the conformal to the geographic latitude; a few steps reach double precision.
  for (let i = 0; i < 5; i++) {
    const sigma = Math.sinh(E * Math.atanh((E * tau) / Math.hypot(1, tau)));
    const value = tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
    tau +=
      ((tauPrime - value) / Math.hypot(1, value)) *
      ((1 + (1 - E * E) * tau * tau) / ((1 - E * E) * Math.hypot(1, tau)));
  }
  const east = Math.atan2(Math.sinh(y), Math.cos(x)) / RAD;
  return [centralMeridian(input.zone) + east, Math.atan(tau) / RAD];
}

function isSouthern(band: string): boolean {
  return band < 'N';
}

function centralMeridian(zone: number): number {
  return zone * 6 - 183;
}

/** Zones of 6 degrees, with the exceptions of south-west Norway and Svalbard. */
function zoneOf(latitude: number, longitude: number): number {
  if (latitude >= 56 && latitude < 64 && longitude >= 3 && longitude < 12) return 32;
  if (latitude >= 72 && longitude >= 0 && longitude < 42) {
    return longitude < 9 ? 31 : longitude < 21 ? 33 : longitude < 33 ? 35 : 37;
  }
  return Math.floor((longitude + 180) / 6) + 1;
}

function wrapLongitude(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
