/**
 * Map transformations of NonLinLoc: a place in degrees in, kilometres on the grid's plane out.
 *
 * Formulas and ellipsoids as in NonLinLoc 7 (GridLib.c `latlon2rect`, map_project.c after GMT and
 * Snyder 1987, Map Projections, USGS Professional Paper 1395), so that a place falls on the node that
 * NonLinLoc puts it on. `RotCW` turns the axes clockwise from north.
 * @module
 */
import type { LatLon } from './geo.js';

interface Origin {
  readonly latitude: number;
  readonly longitude: number;
  readonly rotationDeg: number;
}

/** A transformation with its numbers. `none`: coordinates are kilometres already. */
export type MapProjection =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'simple' } & Origin)
  | ({ readonly kind: 'sdc' } & Origin)
  | ({
      readonly kind: 'lambert';
      readonly ellipsoid: string;
      readonly parallels: readonly [number, number];
    } & Origin)
  | ({
      readonly kind: 'transverse-mercator';
      readonly ellipsoid: string;
      readonly falseEastM: number;
      readonly scale: number;
    } & Origin)
  | ({ readonly kind: 'azimuthal-equidistant'; readonly ellipsoid: string } & Origin);

/** Kilometres along the grid's x and y. */
export type Projector = (place: LatLon) => readonly [xKm: number, yKm: number];

const RAD = Math.PI / 180;
const SPHERE_M = 6_371_008.7714;

/** Equatorial radius (m) and inverse flattening by NonLinLoc's names (Snyder 1987, table 1). */
const ELLIPSOIDS: Readonly<Record<string, readonly [radiusM: number, inverse: number]>> = {
  'WGS-84': [6_378_137, 298.254],
  'GRS-80': [6_378_137, 298.257],
  'WGS-72': [6_378_135, 298.26],
  Australian: [6_378_160, 298.25],
  Krasovsky: [6_378_245, 298.3],
  International: [6_378_388, 297],
  'Hayford-1909': [6_378_388, 297],
  'Clarke-1880': [6_378_249.1, 293.46],
  'Clarke-1866': [6_378_206.4, 294.98],
  Airy: [6_377_563.4, 299.32],
  Bessel: [6_377_397.2, 299.15],
  'Hayford-1830': [6_377_276.3, 300.8],
  Sphere: [SPHERE_M, Infinity],
  'NAD-27': [6_378_206.4, 294.98],
  'NAD-83': [6_378_137.4, 294.26],
};

/** True when `name` is one of NonLinLoc's ellipsoids. */
export function isEllipsoid(name: string): boolean {
  return Object.hasOwn(ELLIPSOIDS, name);
}

/** The transformation as a function; null for `none`, which knows no degrees. */
export function projector(projection: MapProjection): Projector | null {
  if (projection.kind === 'none') return null;
  const flat = unrotated(projection);
  const cos = Math.cos(projection.rotationDeg * RAD);
  const sin = -Math.sin(projection.rotationDeg * RAD);
  return (place) => {
    const [x, y] = flat(place);
    return [x * cos - y * sin, y * cos + x * sin];
  };
}

function unrotated(projection: Exclude<MapProjection, { kind: 'none' }>): Projector {
  switch (projection.kind) {
    case 'simple':
      return simple(projection);
    case 'sdc':
      return shortDistance(projection);
    case 'lambert':
      return lambert(projection, projection.ellipsoid, projection.parallels);
    case 'transverse-mercator':
      return transverseMercator(projection, projection.ellipsoid, projection);
    case 'azimuthal-equidistant':
      return azimuthalEquidistant(projection, projection.ellipsoid);
  }
}

/** Degrees east of a meridian, -180 to 180. */
function turn(longitude: number, from: number): number {
  const degrees = longitude - from;
  return degrees - 360 * Math.round(degrees / 360);
}

function simple(origin: Origin): Projector {
  const kmPerDegree = (SPHERE_M / 1000) * RAD;
  return ({ latitude, longitude }) => [
    turn(longitude, origin.longitude) * kmPerDegree * Math.cos(latitude * RAD),
    (latitude - origin.latitude) * kmPerDegree,
  ];
}

/** Short distance conversion of VELEST and SIMULPS, WGS 72. */
function shortDistance(origin: Origin): Projector {
  const ratio = 0.99330647;
  const geocentric = (degrees: number): number => Math.atan(ratio * Math.tan(degrees * RAD));
  const first = geocentric(origin.latitude);
  const radius = 6378.135 * (1 - Math.sin(first) ** 2 / 298.26);
  const kmNorth = radius * (geocentric(origin.latitude + 1) - first);
  const kmEast =
    (radius * Math.acos(1 - (1 - Math.cos(RAD)) * Math.cos(first) ** 2)) / Math.cos(first);
  return ({ latitude, longitude }) => [
    turn(longitude, origin.longitude) *
      kmEast *
      Math.cos(geocentric((latitude + origin.latitude) / 2)),
    (latitude - origin.latitude) * kmNorth,
  ];
}

function ellipsoidOf(name: string): { radiusKm: number; e2: number } {
  const [radiusM, inverse] = ELLIPSOIDS[name] ?? (ELLIPSOIDS['WGS-84'] as [number, number]);
  const f = 1 / inverse;
  return { radiusKm: radiusM / 1000, e2: 2 * f - f * f };
}

/** Snyder 1987, equations 14-15, 15-1 to 15-10. */
function lambert(
  origin: Origin,
  name: string,
  [first, second]: readonly [number, number],
): Projector {
  const { radiusKm, e2 } = ellipsoidOf(name);
  const e = Math.sqrt(e2);
  const t = (degrees: number): number => {
    const sin = e * Math.sin(degrees * RAD);
    return Math.tan((45 - degrees / 2) * RAD) / ((1 - sin) / (1 + sin)) ** (e / 2);
  };
  const m = (degrees: number): number =>
    Math.cos(degrees * RAD) / Math.sqrt(1 - e2 * Math.sin(degrees * RAD) ** 2);
  const n =
    first === second
      ? Math.sin(first * RAD)
      : Math.log(m(first) / m(second)) / Math.log(t(first) / t(second));
  const scale = (radiusKm * m(first)) / (n * t(first) ** n);
  const origin0 = scale * t(origin.latitude) ** n;
  return ({ latitude, longitude }) => {
    const rho = scale * t(latitude) ** n;
    const theta = n * turn(longitude, origin.longitude) * RAD;
    return [rho * Math.sin(theta), origin0 - rho * Math.cos(theta)];
  };
}

/** Snyder 1987, equations 8-9 to 8-15 and 3-21. */
function transverseMercator(
  origin: Origin,
  name: string,
  { falseEastM, scale }: { readonly falseEastM: number; readonly scale: number },
): Projector {
  const { radiusKm, e2 } = ellipsoidOf(name);
  const second = e2 / (1 - e2);
  const meridian = (phi: number): number =>
    radiusKm *
    ((1 - e2 / 4 - (3 * e2 ** 2) / 64 - (5 * e2 ** 3) / 256) * phi -
      ((3 * e2) / 8 + (3 * e2 ** 2) / 32 + (45 * e2 ** 3) / 1024) * Math.sin(2 * phi) +
      ((15 * e2 ** 2) / 256 + (45 * e2 ** 3) / 1024) * Math.sin(4 * phi) -
      ((35 * e2 ** 3) / 3072) * Math.sin(6 * phi));
  const start = meridian(origin.latitude * RAD);
  return ({ latitude, longitude }) => {
    const phi = latitude * RAD;
    const nu = radiusKm / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
    const t = Math.tan(phi) ** 2;
    const c = second * Math.cos(phi) ** 2;
    const a = turn(longitude, origin.longitude) * RAD * Math.cos(phi);
    const x =
      a + ((1 - t + c) * a ** 3) / 6 + ((5 - 18 * t + t * t + 72 * c - 58 * second) * a ** 5) / 120;
    const y =
      a ** 2 / 2 +
      ((5 - t + 9 * c + 4 * c * c) * a ** 4) / 24 +
      ((61 - 58 * t + t * t + 600 * c - 330 * second) * a ** 6) / 720;
    return [
      scale * nu * x + falseEastM / 1000,
      scale * (meridian(phi) - start + nu * Math.tan(phi) * y),
    ];
  };
}

/** Snyder 1987, equations 25-2 and 5-3; a sphere of the ellipsoid's equatorial radius, as in NonLinLoc. */
function azimuthalEquidistant(origin: Origin, name: string): Projector {
  const { radiusKm } = ellipsoidOf(name);
  const [sin0, cos0] = [Math.sin(origin.latitude * RAD), Math.cos(origin.latitude * RAD)];
  return ({ latitude, longitude }) => {
    const away = turn(longitude, origin.longitude) * RAD;
    const [sin, cos] = [Math.sin(latitude * RAD), Math.cos(latitude * RAD)];
    const east = cos * Math.sin(away);
    const north = cos0 * sin - sin0 * cos * Math.cos(away);
    const sine = Math.hypot(east, north);
    const angle = Math.atan2(sine, sin0 * sin + cos0 * cos * Math.cos(away));
    const k = sine === 0 ? radiusKm : (radiusKm * angle) / sine;
    return [k * east, k * north];
  };
}
