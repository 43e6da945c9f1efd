/**
 * In: a plane from a uniform-slip fit and prepared data. Out: slip that varies over a larger plane, never
 * negative, with smoothing chosen by the data, its uncertainty, moment and magnitude.
 * min |W (G s - d)|^2 + k^2 |L s|^2, s >= 0 along two rakes 45 degrees either side of the fitted one, L the Laplacian
 * with no slip beyond the buried edges; k by Akaike's Bayesian information criterion (Yabuki and Matsu'ura
 * 1992, GJI 109, 363-375), noise scale included.
 * @module
 */
import { createRandom } from '../../core/random.js';
import type { Prepared } from './inverse-problem.js';
import { cholesky, dot } from './linear-algebra.js';
import type { LosPoints } from './line-of-sight.js';
import { solveNonNegative } from './nonnegative.js';
import { okadaColumns } from './okada-los.js';
import { momentMagnitude } from './source-summary.js';

/** A plane with its upper edge, local metres. */
export interface SlipPlane {
  readonly eastM: number;
  readonly northM: number;
  readonly topDepthM: number;
  readonly strikeDeg: number;
  readonly dipDeg: number;
  readonly lengthM: number;
  readonly widthM: number;
  readonly rakeDeg: number;
}

export interface SlipDistribution {
  readonly plane: SlipPlane;
  readonly along: number;
  readonly down: number;
  /** [down, along] from the top and the end against strike, m. */
  readonly slipM: Float64Array;
  readonly rakeDeg: Float64Array;
  /** Standard deviation over bootstrap samples of the noise, m. */
  readonly slipSdM: Float64Array;
  /** The smoothing taken, and the criterion over those tried. */
  readonly smoothing: number;
  readonly abic: readonly { readonly smoothing: number; readonly abic: number }[];
  readonly momentNm: { readonly mean: number; readonly p05: number; readonly p95: number };
  readonly mw: { readonly mean: number; readonly p05: number; readonly p95: number };
  /** Line-of-sight displacement at points, m. */
  predict(points: LosPoints): Float64Array;
}

const RAD = Math.PI / 180;
const BOOTSTRAP = 40;

/** The plane with margins: half a length and a width more, cut at the surface. */
export function widenPlane(plane: SlipPlane): SlipPlane {
  const lengthM = 1.8 * plane.lengthM;
  const sin = Math.sin(plane.dipDeg * RAD);
  const up = Math.min(plane.topDepthM / Math.max(sin, 0.05), 0.4 * plane.widthM);
  const down = 0.5 * plane.widthM;
  const cos = Math.cos(plane.dipDeg * RAD);
  // The centre moves along the dip, which points to the right of strike.
  const shift = ((down - up) / 2) * cos;
  return {
    ...plane,
    eastM: plane.eastM + shift * Math.cos(plane.strikeDeg * RAD),
    northM: plane.northM - shift * Math.sin(plane.strikeDeg * RAD),
    topDepthM: Math.max(0, plane.topDepthM - up * sin),
    lengthM,
    widthM: plane.widthM + up + down,
  };
}

/** Distributed slip on a plane that is already wide enough. `patches` is about how many there are. */
export function distributeSlip(input: {
  readonly plane: SlipPlane;
  readonly sets: readonly Prepared[];
  readonly rigidityPa: number;
  readonly seed: number;
  readonly patches?: number;
}): SlipDistribution {
  const { plane, sets, rigidityPa } = input;
  const wanted = input.patches ?? 150;
  const along = Math.max(2, Math.round(Math.sqrt((wanted * plane.lengthM) / plane.widthM)));
  const down = Math.max(2, Math.round(wanted / along));
  const shapes = patchesOf(plane, along, down);
  const rakes = [plane.rakeDeg - 45, plane.rakeDeg + 45] as const;
  const columnsAt = (points: LosPoints): Float64Array[] => {
    const perPatch = shapes.map((shape) => okadaColumns(shape, points, [0, 1]));
    return rakes.flatMap((rake) => {
      const [s, d] = [Math.cos(rake * RAD), Math.sin(rake * RAD)];
      return perPatch.map(([strike, dip]) =>
        (strike as Float64Array).map((v, i) => s * v + d * ((dip as Float64Array)[i] as number)),
      );
    });
  };
  const count = shapes.length;
  const unknowns = 2 * count;
  const normal = new Float64Array(unknowns * unknowns);
  const right = new Float64Array(unknowns);
  const white: Float64Array[][] = [];
  let [squares, values] = [0, 0];
  for (const set of sets) {
    const columns = columnsAt(set.set.points);
    columns.forEach((column) => set.project(column));
    white.push(columns);
    for (let i = 0; i < unknowns; i++) {
      right[i] = (right[i] as number) + dot(columns[i] as Float64Array, set.data);
      for (let j = 0; j <= i; j++) {
        const value = dot(columns[i] as Float64Array, columns[j] as Float64Array);
        normal[i * unknowns + j] = (normal[i * unknowns + j] as number) + value;
      }
    }
    squares += dot(set.data, set.data);
    values += set.degreesOfFreedom;
  }
  for (let i = 0; i < unknowns; i++) {
    for (let j = 0; j < i; j++) normal[j * unknowns + i] = normal[i * unknowns + j] as number;
  }
  const rough = roughness(along, down, plane);
  const scale = trace(normal) / trace(rough);
  const abic: { smoothing: number; abic: number }[] = [];
  let best: { abic: number; smoothing: number; slip: Float64Array } | null = null;
  let start: Float64Array | undefined;
  for (let power = 1; power >= -5; power -= 0.5) {
    const smoothing = scale * 10 ** power;
    const system = normal.map((v, i) => v + smoothing * (rough[i] as number));
    const factor = cholesky(system, unknowns, 0);
    if (!factor) continue;
    const slip = solveNonNegative(system, right, start);
    start = slip;
    const cost = squares - 2 * dot(slip, right) + quadratic(system, slip);
    let logDeterminant = 0;
    for (let i = 0; i < unknowns; i++) {
      logDeterminant += 2 * Math.log(factor[i * unknowns + i] as number);
    }
    const value = values * Math.log(cost) - unknowns * Math.log(smoothing) + logDeterminant;
    abic.push({ smoothing, abic: value });
    if (!best || value < best.abic) best = { abic: value, smoothing, slip };
  }
  const chosen = best as NonNullable<typeof best>;
  const system = normal.map((v, i) => v + chosen.smoothing * (rough[i] as number));
  const misfit = squares - 2 * dot(chosen.slip, right) + quadratic(normal, chosen.slip);
  const noise = Math.sqrt(Math.max(misfit, 0) / values);
  const areaM2 = (plane.lengthM * plane.widthM) / count;
  const vectors = (s: Float64Array) => slipVectors(s, count, rakes);
  const momentOf = (s: Float64Array): number =>
    rigidityPa * areaM2 * vectors(s).slipM.reduce((sum, v) => sum + v, 0);
  // New noise of the size that the fit leaves: what the solution, its constraint included, makes of it.
  const random = createRandom(input.seed);
  const trials = Array.from({ length: BOOTSTRAP }, () => {
    const moved = right.slice();
    sets.forEach((set, k) => {
      const errors = Float64Array.from(set.data, () => noise * random.normal());
      for (let i = 0; i < unknowns; i++) {
        moved[i] = (moved[i] as number) + dot(white[k]?.[i] as Float64Array, errors);
      }
    });
    return solveNonNegative(system, moved, chosen.slip);
  });
  const moments = trials.map(momentOf).sort((a, b) => a - b);
  const range = (pick: (moment: number) => number) => ({
    mean: pick(momentOf(chosen.slip)),
    p05: pick(moments[Math.floor(0.05 * (BOOTSTRAP - 1))] as number),
    p95: pick(moments[Math.ceil(0.95 * (BOOTSTRAP - 1))] as number),
  });
  const { slipM, rakeDeg } = vectors(chosen.slip);
  const spread = trials.map((s) => vectors(s).slipM);
  return {
    ...{ plane, along, down, slipM, rakeDeg, abic },
    slipSdM: slipM.map((_, i) => deviation(spread.map((s) => s[i] as number))),
    smoothing: chosen.smoothing,
    momentNm: range((m) => m),
    mw: range(momentMagnitude),
    predict: (points) => {
      const out = new Float64Array(points.eastM.length);
      columnsAt(points).forEach((column, k) => {
        const s = chosen.slip[k] as number;
        if (s !== 0) column.forEach((v, i) => (out[i] = (out[i] as number) + s * v));
      });
      return out;
    },
  };
}

function patchesOf(plane: SlipPlane, along: number, down: number) {
  const [sin, cos] = [Math.sin(plane.dipDeg * RAD), Math.cos(plane.dipDeg * RAD)];
  const [east, north] = [Math.sin(plane.strikeDeg * RAD), Math.cos(plane.strikeDeg * RAD)];
  const [lengthM, widthM] = [plane.lengthM / along, plane.widthM / down];
  return Array.from({ length: along * down }, (_, k) => {
    const x = ((k % along) + 0.5 - along / 2) * lengthM;
    const below = (Math.floor(k / along) + 0.5) * widthM;
    const aside = (below - plane.widthM / 2) * cos;
    return {
      eastM: plane.eastM + x * east + aside * north,
      northM: plane.northM + x * north - aside * east,
      centroidDepthM: plane.topDepthM + below * sin,
      strikeDeg: plane.strikeDeg,
      dipDeg: plane.dipDeg,
      ...{ lengthM, widthM },
    };
  });
}

/** L' L for both rakes: second differences, no slip beyond the edges except at one that breaks the surface. */
function roughness(along: number, down: number, plane: SlipPlane): Float64Array {
  const count = along * down;
  const breaks = plane.topDepthM < 0.25 * (plane.widthM / down);
  const laplace = new Float64Array(count * count);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < along; column++) {
      const k = row * along + column;
      const link = (r: number, c: number, exists: boolean, free: boolean): void => {
        if (!exists && free) return;
        laplace[k * count + k] = (laplace[k * count + k] as number) + 1;
        if (exists) laplace[k * count + r * along + c] = -1;
      };
      link(row - 1, column, row > 0, breaks);
      link(row + 1, column, row < down - 1, false);
      link(row, column - 1, column > 0, false);
      link(row, column + 1, column < along - 1, false);
    }
  }
  const n = 2 * count;
  const out = new Float64Array(n * n);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        sum += (laplace[k * count + i] as number) * (laplace[k * count + j] as number);
      }
      out[i * n + j] = sum;
      out[(count + i) * n + count + j] = sum;
    }
  }
  return out;
}

function slipVectors(s: Float64Array, count: number, rakes: readonly [number, number]) {
  const slipM = new Float64Array(count);
  const rakeDeg = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    // The two rakes are at right angles.
    const [a, b] = [s[k] as number, s[count + k] as number];
    slipM[k] = Math.hypot(a, b);
    rakeDeg[k] = rakes[0] + Math.atan2(b, a) / RAD;
  }
  return { slipM, rakeDeg };
}

function trace(matrix: Float64Array): number {
  const n = Math.sqrt(matrix.length);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i] as number;
  return sum;
}

function quadratic(matrix: Float64Array, x: Float64Array): number {
  const n = x.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (x[i] !== 0) sum += (x[i] as number) * dot(matrix.subarray(i * n, (i + 1) * n), x);
  }
  return sum;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
}
