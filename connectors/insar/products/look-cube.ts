/**
 * Line of sight of ARIA GUNW: angles on a coarse grid of height, latitude and longitude.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import type { Hdf5Reader } from '../../hdf5/hdf5.js';
import type { GeoTransform } from '../tiff/geo.js';

const PLACE = '/science/grids/imagingGeometry';
const RAD = Math.PI / 180;

/**
 * Unit vectors ground to satellite [3, rows, columns] at the ellipsoid (height 0), linear between the
 * points of the cube; NaN outside it. Incidence is from the vertical, azimuth that of the vector to the
 * satellite, counter-clockwise from east, both in degrees (MintPy `prep_aria.py`). Null when the file has
 * no such cube; throws CorruptSourceError when its sizes disagree.
 */
export function lookOfCube(
  reader: Hdf5Reader,
  grid: { readonly rows: number; readonly columns: number; readonly transform: GeoTransform },
): Float32Array | null {
  const names = ['heightsMeta', 'latitudeMeta', 'longitudeMeta', 'incidenceAngle', 'azimuthAngle'];
  const parts = names.map((name) => {
    const header = reader.dataset(`${PLACE}/${name}`);
    if (!header) return null;
    return Float64Array.from(
      reader.slice(
        `${PLACE}/${name}`,
        header.shape.map((size) => [0, size] as const),
      ),
      Number,
    );
  });
  if (parts.some((part) => part === null)) return null;
  const [heights, latitudes, longitudes, incidence, azimuth] = parts as Float64Array[] as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const size = heights.length * latitudes.length * longitudes.length;
  if (incidence.length !== size || azimuth.length !== size) {
    throw new CorruptSourceError({
      source: reader.source,
      at: `${PLACE}/incidenceAngle`,
      reason: `${incidence.length} values for ${size} points of the cube`,
    });
  }
  const { rows, columns, transform } = grid;
  const pixels = rows * columns;
  const out = new Float32Array(3 * pixels).fill(Number.NaN);
  const level = between(heights, 0);
  const across = Array.from({ length: columns }, (_, i) =>
    between(longitudes, transform[0] + (i + 0.5) * transform[1]),
  );
  for (let row = 0; row < rows; row++) {
    const down = between(latitudes, transform[3] + (row + 0.5) * transform[5]);
    for (let column = 0; column < columns; column++) {
      const over = across[column] as Between | null;
      if (!level || !down || !over) continue;
      const vector = [0, 0, 0];
      for (const [h, wh] of level) {
        for (const [y, wy] of down) {
          for (const [x, wx] of over) {
            const at = (h * latitudes.length + y) * longitudes.length + x;
            const [inc, az] = [(incidence[at] as number) * RAD, (azimuth[at] as number) * RAD];
            const weight = wh * wy * wx;
            vector[0] = (vector[0] as number) + weight * Math.sin(inc) * Math.cos(az);
            vector[1] = (vector[1] as number) + weight * Math.sin(inc) * Math.sin(az);
            vector[2] = (vector[2] as number) + weight * Math.cos(inc);
          }
        }
      }
      const length = Math.hypot(...vector);
      vector.forEach((value, k) => {
        out[k * pixels + row * columns + column] = value / length;
      });
    }
  }
  return out;
}

/** Points beside a place and their weights. */
type Between = readonly (readonly [number, number])[];

/** On an axis that runs either way, evenly or not; half a step beyond its ends still counts. */
function between(axis: Float64Array, place: number): Between | null {
  if (axis.length === 1) return [[0, 1]];
  const last = axis.length - 1;
  const rises = (axis[last] as number) > (axis[0] as number);
  const isBefore = (at: number): boolean => (rises ? at <= place : at >= place);
  let low = 0;
  while (low < last - 1 && isBefore(axis[low + 1] as number)) low++;
  const from = axis[low] as number;
  const part = (place - from) / ((axis[low + 1] as number) - from);
  if (!(part >= -0.5 && part <= 1.5)) return null;
  const inside = Math.min(1, Math.max(0, part));
  return [
    [low, 1 - inside],
    [low + 1, inside],
  ];
}
