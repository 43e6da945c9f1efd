/**
 * A plane about a place on the WGS 84 ellipsoid, for networks of stations: degrees to kilometres and
 * back. Oblique stereographic by way of the conformal sphere (EPSG Guidance Note 7-2, method 9809;
 * Snyder 1987, USGS Professional Paper 1395, equations 21-2 to 21-4): directions are true everywhere, lengths are
 * true in the middle and (r / 12742 km)^2 too long at r km from it: 0.014 % at 150 km, 0.1 % at 400 km.
 * @module
 */
import type { LatLon } from './geo.js';

/** Kilometres on a plane. */
export interface PlaneKm {
  readonly eastKm: number;
  readonly northKm: number;
}

/** Both ways between degrees and kilometres. */
export interface LocalPlane {
  /** Any longitude: the short way round from the origin. */
  readonly toKm: (place: LatLon) => PlaneKm;
  /** Longitudes go on beyond 180, so that places of one network stay together. */
  readonly fromKm: (local: PlaneKm) => LatLon;
}

const RAD = Math.PI / 180;
const MAJOR_KM = 6378.137;
const FLATTENING = 1 / 298.257_223_563;
const E2 = FLATTENING * (2 - FLATTENING);
const E = Math.sqrt(E2);
/** The isometric latitude of a pole is infinite; 11 m from it is near enough for an origin. */
const MAX_ORIGIN_DEG = 89.9999;
/** The other side of the Earth is far away, not nowhere. */
const LEAST_DENOMINATOR = 1e-9;
/** Each step leaves 1/150 of the error of the latitude. */
const LATITUDE_STEPS = 6;

/** The plane whose origin is at `origin`, north up there. */
export function localPlane(origin: LatLon): LocalPlane {
  const sin = Math.sin(
    Math.max(-1, Math.min(1, origin.latitude / MAX_ORIGIN_DEG)) * MAX_ORIGIN_DEG * RAD,
  );
  const cos2 = 1 - sin * sin;
  const radiusKm = (MAJOR_KM * Math.sqrt(1 - E2)) / (1 - E2 * sin * sin);
  const n = Math.sqrt(1 + (E2 * cos2 * cos2) / (1 - E2));
  const sin0 = sin / n;
  const cos0 = Math.sqrt(1 - sin0 * sin0);
  const shift = Math.atanh(sin0) - n * isometric(sin);
  return {
    toKm: ({ latitude, longitude }) => {
      const q = n * isometric(Math.sin(latitude * RAD)) + shift;
      const turn = longitude - origin.longitude;
      const angle = n * (turn - 360 * Math.round(turn / 360)) * RAD;
      const [s, c] = [Math.tanh(q), 1 / Math.cosh(q)];
      const along = c * Math.cos(angle);
      const k = (2 * radiusKm) / Math.max(LEAST_DENOMINATOR, 1 + s * sin0 + along * cos0);
      return { eastKm: k * c * Math.sin(angle), northKm: k * (s * cos0 - along * sin0) };
    },
    fromKm: ({ eastKm, northKm }) => {
      const [x, y] = [eastKm / (2 * radiusKm), northKm / (2 * radiusKm)];
      // Cosine and sine of the angle from the origin: tan of its half is hypot(x, y).
      const r2 = x * x + y * y;
      const cosine = (1 - r2) / (1 + r2);
      const k = 2 / (1 + r2);
      const q = Math.atanh(cosine * sin0 + k * y * cos0);
      const angle = Math.atan2(k * x, cosine * cos0 - k * y * sin0);
      return {
        latitude: geographicDeg((q - shift) / n),
        longitude: origin.longitude + angle / n / RAD,
      };
    },
  };
}

/** Isometric latitude of the ellipsoid, by the sine of the latitude. */
function isometric(sin: number): number {
  return Math.atanh(sin) - E * Math.atanh(E * sin);
}

function geographicDeg(q: number): number {
  let sin = Math.tanh(q);
  for (let i = 0; i < LATITUDE_STEPS; i++) sin = Math.tanh(q + E * Math.atanh(E * sin));
  return Math.asin(sin) / RAD;
}
