/**
 * In: a velocity map and GNSS velocities. Out: the map in the frame of the stations: the reference pixel of a
 * stack stands still only by choice.
 * @module
 */
import { InvalidInputError, NoSolutionError } from '../../../core/errors.js';
import { cholesky, backSubstitute, forwardSubstitute } from '../linear-algebra.js';
import type { TrackVelocity } from './decompose.js';
import { pixelAt } from './grid-place.js';

/** Velocity of a station, mm/yr, with standard errors. */
export interface GnssVelocity {
  readonly name: string;
  /** In the CRS of the map. */
  readonly x: number;
  readonly y: number;
  readonly east: number;
  readonly north: number;
  readonly up: number;
  readonly eastSd: number;
  readonly northSd: number;
  readonly upSd: number;
}

export interface GnssTie {
  /** Added to the map at its middle, mm/yr, with its standard error. */
  readonly offsetMmPerYear: number;
  readonly offsetSdMmPerYear: number;
  /** Added slopes, mm/yr from edge to edge; null when only an offset was fitted. */
  readonly tiltMmPerYear: { readonly east: number; readonly north: number } | null;
  readonly stations: readonly {
    readonly name: string;
    /** Station and map (mean over the pixels around it) along the line of sight, mm/yr; null outside. */
    readonly gnssLos: number | null;
    readonly mapLos: number | null;
    /** Station minus map after the tie. */
    readonly residual: number | null;
    readonly reason: string;
  }[];
  readonly velocityMmPerYear: Float32Array;
}

/** Pixels around a station: its own and two to each side. */
const HALF_WINDOW = 2;

/**
 * Adds the offset (and with `tilt` the slopes) that fits the stations best. Throws InvalidInputError when no
 * station lies on pixels with values, NoSolutionError when a tilt has fewer than four stations.
 */
export function tieToGnss(input: {
  readonly map: TrackVelocity;
  readonly stations: readonly GnssVelocity[];
  readonly tilt: boolean;
}): GnssTie {
  const { map, tilt } = input;
  const found = input.stations.map((station) => compare(map, station));
  const used = found.flatMap((f) => (f.pair ? [f.pair] : []));
  if (used.length === 0) {
    throw new InvalidInputError({
      what: 'GNSS stations',
      reason: `none of ${found.length} lies on pixels with a velocity (${found[0]?.reason ?? 'the list is empty'})`,
      remedy: `give stations inside the map, with coordinates in ${map.crs}`,
    });
  }
  const width = tilt ? 3 : 1;
  if (tilt && used.length < 4) {
    throw new NoSolutionError({
      what: 'the GNSS tie with a tilt',
      reason: `${used.length} stations lie on pixels with a velocity, and a plane needs four`,
      remedy: 'fit an offset only',
    });
  }
  const normal = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (const { gnss, value, sd, at } of used) {
    const row = [1, ...at].slice(0, width);
    for (let i = 0; i < width; i++) {
      right[i] = (right[i] as number) + ((row[i] as number) * (gnss - value)) / sd ** 2;
      for (let j = 0; j < width; j++) {
        normal[i * width + j] =
          (normal[i * width + j] as number) + ((row[i] as number) * (row[j] as number)) / sd ** 2;
      }
    }
  }
  const factor = cholesky(normal, width, 1e-9);
  if (!factor) {
    throw new NoSolutionError({
      what: 'the GNSS tie with a tilt',
      reason: 'the stations lie on a line',
      remedy: 'fit an offset only',
    });
  }
  const unit = new Float64Array(width);
  unit[0] = 1;
  for (const values of [right, unit]) {
    forwardSubstitute(factor, width, values);
    backSubstitute(factor, width, values);
  }
  const shift = (at: readonly [number, number]): number =>
    (right[0] as number) + (tilt ? (right[1] as number) * at[0] + (right[2] as number) * at[1] : 0);
  return {
    offsetMmPerYear: right[0] as number,
    offsetSdMmPerYear: Math.sqrt(unit[0]),
    tiltMmPerYear: tilt ? { east: right[1] as number, north: -(right[2] as number) } : null,
    stations: found.map(({ name, reason, pair }) => ({
      ...{ name, reason },
      gnssLos: pair?.gnss ?? null,
      mapLos: pair?.value ?? null,
      residual: pair ? pair.gnss - pair.value - shift(pair.at) : null,
    })),
    velocityMmPerYear: map.velocityMmPerYear.map((v, i) => v + shift(share(map, i))),
  };
}

/** Place of a pixel from -0.5 to 0.5 across the map. */
function share(map: TrackVelocity, pixel: number): readonly [number, number] {
  return [
    (pixel % map.columns) / map.columns - 0.5,
    Math.floor(pixel / map.columns) / map.rows - 0.5,
  ];
}

function compare(map: TrackVelocity, station: GnssVelocity) {
  const { name } = station;
  const place = pixelAt(map, station.x, station.y);
  if (!place.isInside) return { name, reason: 'outside the map', pair: null };
  const [row, column] = [Math.round(place.row), Math.round(place.column)];
  const pixels = map.rows * map.columns;
  let [sum, squares, n] = [0, 0, 0];
  for (let r = row - HALF_WINDOW; r <= row + HALF_WINDOW; r++) {
    for (let c = column - HALF_WINDOW; c <= column + HALF_WINDOW; c++) {
      if (r < 0 || c < 0 || r >= map.rows || c >= map.columns) continue;
      const v = map.velocityMmPerYear[r * map.columns + c] as number;
      if (Number.isNaN(v)) continue;
      sum += v;
      squares += v * v;
      n++;
    }
  }
  if (n === 0) return { name, reason: 'no pixel with a velocity around it', pair: null };
  const at =
    Math.min(map.rows - 1, Math.max(0, row)) * map.columns +
    Math.min(map.columns - 1, Math.max(0, column));
  const look = [0, 1, 2].map((k) => map.unitVectors[k * pixels + at] as number) as [
    number,
    number,
    number,
  ];
  if (look.some(Number.isNaN)) return { name, reason: 'the line of sight is unknown', pair: null };
  const [e, n3, u] = look;
  const value = sum / n;
  const scatter = n > 1 ? Math.max(0, squares / n - value * value) / n : 0;
  const variance =
    (e * station.eastSd) ** 2 + (n3 * station.northSd) ** 2 + (u * station.upSd) ** 2 + scatter;
  return {
    name,
    reason: '',
    pair: {
      gnss: e * station.east + n3 * station.north + u * station.up,
      value,
      // A station without errors would outweigh all others.
      sd: Math.sqrt(Math.max(variance, 0.01)),
      at: share(map, at),
    },
  };
}
