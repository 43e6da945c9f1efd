/**
 * In: line-of-sight velocities of two or more tracks. Out: velocities towards east and up.
 * Satellites that fly near the poles hardly see motion north: it is taken as zero (Wright et al. 2004), and how
 * much of it would leak into east and up is given.
 * @module
 */
import { InvalidInputError } from '../../../core/errors.js';
import { resample, type PlacedGrid } from './grid-place.js';

/** Velocity of one track on its own grid. */
export interface TrackVelocity extends PlacedGrid {
  readonly crs: string;
  /** + towards the satellite. */
  readonly velocityMmPerYear: Float32Array;
  readonly sdMmPerYear: Float32Array;
  /** Ground to satellite, [3, y, x]. */
  readonly unitVectors: Float32Array;
}

/** On the grid of the first track; NaN where a track has no value. */
export interface EastUp {
  readonly eastMmPerYear: Float32Array;
  readonly upMmPerYear: Float32Array;
  readonly eastSdMmPerYear: Float32Array;
  readonly upSdMmPerYear: Float32Array;
  /** East and up that 1 mm/yr of motion north would fake, at the middle of the pixels with values. */
  readonly northLeak: { readonly east: number; readonly up: number };
  readonly pixels: number;
}

/** Tracks that look from nearly the same side cannot tell east from up. */
const LEAST_DETERMINANT = 0.02;

/**
 * East and up, by least squares weighted with the errors of the tracks. Throws InvalidInputError when CRS differ,
 * the line of sight is unknown, nothing overlaps, or all tracks look from one side.
 */
export function eastAndUp(tracks: readonly TrackVelocity[]): EastUp {
  const [first] = tracks;
  if (!first || tracks.length < 2)
    throw invalid('it needs two tracks', 'give an ascending and a descending stack');
  const other = tracks.find(({ crs }) => crs !== first.crs);
  if (other) throw invalid(`CRS ${first.crs} and ${other.crs}`, 'bring both stacks into one CRS');
  const pixels = first.rows * first.columns;
  const onGrid = tracks.map((track) => {
    const size = track.rows * track.columns;
    const take = (values: Float32Array): Float32Array => resample(track, values, first);
    const part = (k: number): Float32Array =>
      take(track.unitVectors.subarray(k * size, (k + 1) * size));
    return {
      value: take(track.velocityMmPerYear),
      sd: take(track.sdMmPerYear),
      look: [part(0), part(1), part(2)] as const,
    };
  });
  const nan = (): Float32Array => new Float32Array(pixels).fill(Number.NaN);
  const out = { east: nan(), up: nan(), eastSd: nan(), upSd: nan() };
  let [count, overlap, leakEast, leakUp] = [0, 0, 0, 0];
  for (let i = 0; i < pixels; i++) {
    let [ee, eu, uu, ve, vu, ne, nu] = [0, 0, 0, 0, 0, 0, 0];
    for (const { value, sd, look } of onGrid) {
      const v = value[i] as number;
      const [e, n, u] = [look[0][i], look[1][i], look[2][i]] as [number, number, number];
      const error = sd[i] as number;
      // A track without an error weighs like one of 1 mm/yr.
      const weight = error > 0 ? 1 / error ** 2 : 1;
      ee += weight * e * e;
      eu += weight * e * u;
      uu += weight * u * u;
      ve += weight * e * v;
      vu += weight * u * v;
      ne += weight * e * n;
      nu += weight * u * n;
    }
    const determinant = ee * uu - eu * eu;
    if (Number.isNaN(determinant + ve)) continue;
    overlap++;
    if (determinant < LEAST_DETERMINANT * ee * uu || determinant === 0) continue;
    out.east[i] = (uu * ve - eu * vu) / determinant;
    out.up[i] = (ee * vu - eu * ve) / determinant;
    out.eastSd[i] = Math.sqrt(uu / determinant);
    out.upSd[i] = Math.sqrt(ee / determinant);
    leakEast += (uu * ne - eu * nu) / determinant;
    leakUp += (ee * nu - eu * ne) / determinant;
    count++;
  }
  if (overlap === 0) {
    throw invalid(
      'no pixel has a velocity and a line of sight in every track',
      'give stacks that overlap, with their look vectors',
    );
  }
  if (count === 0)
    throw invalid('all tracks look from one side', 'give an ascending and a descending stack');
  return {
    eastMmPerYear: out.east,
    upMmPerYear: out.up,
    eastSdMmPerYear: out.eastSd,
    upSdMmPerYear: out.upSd,
    northLeak: { east: leakEast / count, up: leakUp / count },
    pixels: count,
  };
}

function invalid(reason: string, remedy: string): InvalidInputError {
  return new InvalidInputError({ what: 'decomposition of tracks', reason, remedy });
}
