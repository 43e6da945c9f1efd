/**
 * Polar stereographic projection of WGS 84: metres to degrees and back (Snyder 1987, Map Projections, USGS
 * Professional Paper 1395, equations 15-9, 7-9, 20-16, 21-33 to 21-35; variants A and B of EPSG method 9810 and 9829).
 * @module
 */

const RAD = Math.PI / 180;
const A = 6_378_137;
const F = 1 / 298.257_223_563;
const E = Math.sqrt(F * (2 - F));

/** One projection by what EPSG says of it. */
interface Polar {
  readonly pole: 1 | -1;
  /** Meridian that goes straight down in the north, straight up in the south; degrees. */
  readonly longitude: number;
  /** Metres on the plane for t = 1. */
  readonly radiusM: number;
  readonly falseM: number;
}

/** True to scale along a parallel. */
function standard(latitude: number, longitude: number): Polar {
  const sin = Math.abs(Math.sin(latitude * RAD));
  const m = Math.cos(latitude * RAD) / Math.sqrt(1 - E * E * sin * sin);
  const radiusM = (A * m) / tOf(Math.abs(latitude) * RAD);
  return { pole: latitude > 0 ? 1 : -1, longitude, radiusM, falseM: 0 };
}

/** Universal Polar Stereographic: scale 0.994 at the pole. */
function universal(pole: 1 | -1): Polar {
  const radiusM = (2 * A * 0.994) / Math.sqrt((1 + E) ** (1 + E) * (1 - E) ** (1 - E));
  return { pole, longitude: 0, radiusM, falseM: 2_000_000 };
}

function tOf(latitudeRad: number): number {
  const sin = E * Math.sin(latitudeRad);
  return Math.tan(Math.PI / 4 - latitudeRad / 2) / ((1 - sin) / (1 + sin)) ** (E / 2);
}

const PROJECTIONS: Readonly<Record<string, Polar>> = {
  'EPSG:3413': standard(70, -45),
  'EPSG:3995': standard(71, 0),
  'EPSG:3996': standard(75, 0),
  'EPSG:5041': universal(1),
  'EPSG:32661': universal(1),
  'EPSG:3031': standard(-71, 0),
  'EPSG:3976': standard(-70, 0),
  'EPSG:5042': universal(-1),
  'EPSG:32761': universal(-1),
};

/** Places of a polar stereographic CRS: x and y in metres, longitude and latitude in degrees. */
export interface PolarStereographic {
  toDegrees(x: number, y: number): readonly [longitude: number, latitude: number];
  fromDegrees(longitude: number, latitude: number): readonly [x: number, y: number];
}

/** Each step leaves a hundred-and-fiftieth of the error: these leave less than a micrometre. */
const STEPS = 6;

/** The projection of a CRS such as `EPSG:3413`; null for others. */
export function polarStereographic(crs: string): PolarStereographic | null {
  const polar = PROJECTIONS[crs];
  if (!polar) return null;
  const { pole, longitude: middle, radiusM, falseM } = polar;
  return {
    toDegrees(x, y) {
      const [east, up] = [x - falseM, -pole * (y - falseM)];
      const t = Math.hypot(east, up) / radiusM;
      let phi = Math.PI / 2 - 2 * Math.atan(t);
      for (let step = 0; step < STEPS; step++) {
        const sin = E * Math.sin(phi);
        phi = Math.PI / 2 - 2 * Math.atan(t * ((1 - sin) / (1 + sin)) ** (E / 2));
      }
      const longitude = middle + Math.atan2(east, up) / RAD;
      return [longitude - 360 * Math.round(longitude / 360), (pole * phi) / RAD];
    },
    fromDegrees(longitude, latitude) {
      const rho = radiusM * tOf(pole * latitude * RAD);
      const turn = (longitude - middle) * RAD;
      return [falseM + rho * Math.sin(turn), falseM - pole * rho * Math.cos(turn)];
    },
  };
}
