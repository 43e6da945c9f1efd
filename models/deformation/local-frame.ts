/**
 * From the coordinates of scenes to metres east and north and back. Degrees go over the WGS 84 ellipsoid to the
 * plane that touches it where the ground moves, at true distances from there (azimuthal equidistant; Snyder 1987,
 * USGS Professional Paper 1395, section 25, with the Gaussian radius): a kilometre and a right angle of the map stay
 * what they are about the source, and north is true there. One scale for a whole scene bends strikes by tenths of
 * a degree. Polar stereographic metres become degrees first. Other coordinates in metres are taken as a plane, whose
 * north is that of their grid.
 * @module
 */
import { InvalidInputError } from '../../core/errors.js';
import { polarStereographic, type PolarStereographic } from '../../core/polar-stereographic.js';
import { utmToLonLat } from '../../core/utm.js';

const RAD = Math.PI / 180;
const A = 6_378_137;
const F = 1 / 298.257_223_563;
const E2 = F * (2 - F);

/** Where the plane touches the ellipsoid: degrees, and what it has for local metres. */
interface Tangent {
  readonly longitude: number;
  readonly latitude: number;
  readonly eastM: number;
  readonly northM: number;
}

export interface LocalFrame {
  /** The point of east 0 and north 0, in units of the CRS. */
  readonly originX: number;
  readonly originY: number;
  /** Metres of a unit of the CRS where the plane touches. */
  readonly metresPerX: number;
  readonly metresPerY: number;
  /** The CRS is in degrees, x east and y north. */
  readonly geographic: boolean;
  /** Null for coordinates in metres of a plane. */
  readonly tangent: Tangent | null;
  /** What makes degrees of the coordinates; null where they are degrees, or metres of a plane. */
  readonly projection: PolarStereographic | null;
}

/** Frame of plane metres. */
export function planeFrame(originX: number, originY: number): LocalFrame {
  const scale = { metresPerX: 1, metresPerY: 1 };
  return { originX, originY, ...scale, geographic: false, tangent: null, projection: null };
}

/** Frame of degrees, touching at its origin. */
export function degreesFrame(longitude: number, latitude: number): LocalFrame {
  const tangent = { longitude, latitude, eastM: 0, northM: 0 };
  const own = { geographic: true, tangent, projection: null, ...scaleAt(latitude) };
  return { originX: longitude, originY: latitude, ...own };
}

/** Frame of polar stereographic metres, touching at its origin. */
function polarFrame(x: number, y: number, projection: PolarStereographic): LocalFrame {
  const [longitude, latitude] = projection.toDegrees(x, y);
  const tangent = { longitude, latitude, eastM: 0, northM: 0 };
  return { ...planeFrame(x, y), tangent, projection };
}

/** The same origin with the plane touching at a place, which keeps its metres. */
export function touchingAt(frame: LocalFrame, eastM: number, northM: number): LocalFrame {
  if (!frame.tangent) return frame;
  const [longitude, latitude] = degreesAt(frame.tangent, eastM, northM);
  const scale = frame.geographic ? scaleAt(latitude) : {};
  return { ...frame, tangent: { longitude, latitude, eastM, northM }, ...scale };
}

/** Local metres of a place. */
export function toLocal(
  frame: LocalFrame,
  x: number,
  y: number,
): { readonly eastM: number; readonly northM: number } {
  const { tangent, projection } = frame;
  if (!tangent) return { eastM: x - frame.originX, northM: y - frame.originY };
  return projection ? onPlane(tangent, ...projection.toDegrees(x, y)) : onPlane(tangent, x, y);
}

function onPlane(
  tangent: Tangent,
  longitude: number,
  latitude: number,
): { readonly eastM: number; readonly northM: number } {
  const [sin0, cos0] = [Math.sin(tangent.latitude * RAD), Math.cos(tangent.latitude * RAD)];
  const [sin, cos] = [Math.sin(latitude * RAD), Math.cos(latitude * RAD)];
  const turn = (longitude - tangent.longitude) * RAD;
  const radius = A / Math.sqrt(1 - E2 * sin * sin);
  const radius0 = A / Math.sqrt(1 - E2 * sin0 * sin0);
  // Cartesian difference of the two places, turned to east and north of the tangent place.
  const outward = radius * cos * Math.cos(turn) - radius0 * cos0;
  const along = (1 - E2) * (radius * sin - radius0 * sin0);
  const east = radius * cos * Math.sin(turn);
  const north = cos0 * along - sin0 * outward;
  const part = Math.hypot(east, north) / gaussianRadius(sin0);
  const stretch = part > 1e-9 && part < 1 ? Math.asin(part) / part : 1;
  return { eastM: tangent.eastM + stretch * east, northM: tangent.northM + stretch * north };
}

/** Steps of degreesAt at most: meridians that run together towards a pole slow it down. */
const STEPS = 50;
const CLOSE_M = 1e-6;

/** Place, in units of the CRS, of local metres. */
export function fromLocal(
  frame: LocalFrame,
  eastM: number,
  northM: number,
): { readonly x: number; readonly y: number } {
  const { tangent, projection } = frame;
  if (!tangent) return { x: frame.originX + eastM, y: frame.originY + northM };
  const degrees = degreesAt(tangent, eastM, northM);
  const [x, y] = projection ? projection.fromDegrees(...degrees) : degrees;
  return { x, y };
}

function degreesAt(
  tangent: Tangent,
  eastM: number,
  northM: number,
): readonly [longitude: number, latitude: number] {
  let [x, y] = [tangent.longitude, tangent.latitude];
  for (let step = 0; step < STEPS; step++) {
    const at = onPlane(tangent, x, y);
    const [east, north] = [eastM - at.eastM, northM - at.northM];
    if (Math.abs(east) + Math.abs(north) < CLOSE_M) break;
    const { metresPerX, metresPerY } = scaleAt(y);
    x += east / metresPerX;
    y += north / metresPerY;
  }
  return [x, y];
}

function scaleAt(latitude: number): { readonly metresPerX: number; readonly metresPerY: number } {
  const sin = Math.sin(latitude * RAD);
  const radius = A / Math.sqrt(1 - E2 * sin * sin);
  return {
    metresPerX: radius * Math.cos(latitude * RAD) * RAD,
    metresPerY: ((radius * (1 - E2)) / (1 - E2 * sin * sin)) * RAD,
  };
}

/** Geometric mean of the radii of curvature, m. */
function gaussianRadius(sinLatitude: number): number {
  return (A * Math.sqrt(1 - E2)) / (1 - E2 * sinLatitude * sinLatitude);
}

/** Geographic CRS of continents and countries, all within a metre or two of WGS 84. */
const DEGREES = new Set([
  ...['OGC:CRS84', 'OGC:CRS83'],
  ...[4326, 4979, 4258, 4269, 4167, 4170, 4283, 4490, 4612, 4617, 4619, 4674, 4759].map(epsg),
  ...[5527, 6318, 6319, 6322, 6325, 6668, 6783, 7844, 7912, 8449, 8900, 9000, 9057, 9755].map(epsg),
]);

/** Projections whose metre or north is not that of the ground: Mercator, equal-area and other polar ones. */
const NOT_PLANE = new Set([
  ...[3857, 3395, 3785, 900913, 54009, 6933, 3410, 3408, 3409, 6931, 6932, 8857].map(epsg),
  ...[3411, 3412, 3571, 3572, 3573, 3574, 3575, 3576, 102008].map(epsg),
]);

function epsg(code: number): string {
  return `EPSG:${code}`;
}

/** True for a CRS in degrees, east and north. */
export function isDegrees(crs: string): boolean {
  return DEGREES.has(crs);
}

/**
 * Frame at a place of a CRS. Throws InvalidInputError for projections that are no plane of metres, and for pixels that
 * only degrees can have in a CRS that is not known to be in degrees.
 */
export function frameOf(input: {
  readonly crs: string;
  readonly x: number;
  readonly y: number;
  /** Width of a pixel, in units of the CRS. */
  readonly pixel: number;
  readonly what: string;
}): LocalFrame {
  const { crs, x, y, pixel, what } = input;
  if (isDegrees(crs)) return degreesFrame(x, y);
  const polar = polarStereographic(crs);
  if (polar) return polarFrame(x, y, polar);
  const refuse = (reason: string): InvalidInputError =>
    new InvalidInputError({
      what,
      reason,
      remedy: 'warp it to EPSG:4326 or to UTM on WGS 84 (gdalwarp -t_srs)',
    });
  if (NOT_PLANE.has(crs))
    throw refuse(`a metre or the north of its CRS ${crs} is not that of the ground`);
  const looksLikeDegrees = Math.abs(pixel) < 0.1 && Math.abs(x) <= 540 && Math.abs(y) <= 90;
  if (looksLikeDegrees && crs.startsWith('EPSG:')) {
    throw refuse(
      `its pixels of ${pixel} at ${x}, ${y} look like degrees, and ${crs} is not known to be in degrees`,
    );
  }
  return planeFrame(x, y);
}

/**
 * Direction of grid north of UTM on WGS 84 at a place, degrees clockwise from true north: what a strike in the
 * grid lacks. Null for other CRS.
 */
export function gridNorthDeg(crs: string, x: number, y: number): number | null {
  const utm = /^EPSG:32([67])(\d\d)$/.exec(crs);
  const zone = Number(utm?.[2]);
  if (!utm || !(zone >= 1 && zone <= 60)) return null;
  const grid = { zone, isSouth: utm[1] === '7' };
  const [longitude, latitude] = utmToLonLat({ ...grid, eastM: x, northM: y });
  const [east, north] = utmToLonLat({ ...grid, eastM: x, northM: y + 1000 });
  const { eastM, northM } = toLocal(degreesFrame(longitude, latitude), east, north);
  return Math.atan2(eastM, northM) / RAD;
}
