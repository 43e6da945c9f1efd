/**
 * Surface displacement of rectangles at points that stay the same, by the SIMD kernel (float64, two points
 * at a time). In: points once, then one rectangle after the other. Out: unit responses, displacement or
 * displacement with gradient. What the kernel leaves out (points on the lines through the edges, planes within
 * 0.6 degrees of vertical) is evaluated by the limits of `okada.ts`, which is also its truth in the tests.
 * @module
 */
import { loadKernel, type Kernel } from '../../core/kernel.js';
import {
  forEachUnitResponse,
  okadaDisplacement,
  type OkadaSource,
  type SurfacePoints,
} from './okada.js';
import { okadaInterior } from './okada-interior.js';

interface OkadaFunctions {
  surface(
    params: number,
    east: number,
    north: number,
    out: number,
    count: number,
    mode: 0 | 1,
  ): void;
  gradient(params: number, east: number, north: number, out: number, count: number): void;
}

/** Shape of a rectangle without its slip. */
export type OkadaShape = Omit<OkadaSource, 'rakeDeg' | 'slipM' | 'openingM'>;

export interface OkadaEvaluator {
  readonly count: number;
  /**
   * East, north, up for unit strike slip, unit dip slip and unit opening, [9, n], m per m. The array is a
   * view that the next call overwrites.
   */
  unitResponses(shape: OkadaShape): Float64Array;
  /** [3, n] east, north, up, m: a view that the next call overwrites. */
  displacement(source: OkadaSource): Float64Array;
  /** [12, n]: displacement as above, then the gradient; a view that the next call overwrites. */
  displacementGradient(source: OkadaSource): Float64Array;
}

const RAD = Math.PI / 180;
const PARAMS = 1024;
const PARAM_COUNT = 16;
/** As in `okada.ts`: the plain forms lose digits as 1 / cos^2 below this. */
const STEEP = 0.01;

/** Puts the points into the memory of a kernel. Throws UnavailableError when the set-up did not run. */
export function createOkadaEvaluator(points: SurfacePoints): OkadaEvaluator {
  const count = points.eastM.length;
  const padded = count + (count & 1);
  const eastAt = PARAMS + PARAM_COUNT * 8;
  const northAt = eastAt + padded * 8;
  const outAt = northAt + padded * 8;
  const kernel: Kernel<OkadaFunctions> = loadKernel({
    file: new URL('../kernels/build/okada.wasm', import.meta.url),
    bytes: outAt + padded * 8 * 12,
  });
  const { buffer } = kernel.memory;
  const params = new Float64Array(buffer, PARAMS, PARAM_COUNT);
  const copy = (at: number, values: Float64Array): void => {
    const target = new Float64Array(buffer, at, padded);
    target.set(values);
    if (padded > count) target[count] = values[count - 1] as number;
  };
  copy(eastAt, points.eastM);
  copy(northAt, points.northM);
  const raw = new Float64Array(buffer, outAt, padded * 12);

  /** Rows of `padded` values become rows of `count`: only for an odd number of points. */
  const rows = (number: number): Float64Array => {
    if (padded !== count) {
      for (let k = 1; k < number; k++) raw.copyWithin(k * count, k * padded, k * padded + count);
    }
    return raw.subarray(0, number * count);
  };
  const onEdges = (out: Float64Array): number[] => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) if (Number.isNaN(out[i] as number)) found.push(i);
    return found;
  };
  const some = (indices: readonly number[]): SurfacePoints => ({
    eastM: Float64Array.from(indices, (i) => points.eastM[i] as number),
    northM: Float64Array.from(indices, (i) => points.northM[i] as number),
  });

  return {
    count,
    unitResponses(shape) {
      const steep = setParams(params, shape, 0, 0, 0);
      if (!steep) kernel.functions.surface(PARAMS, eastAt, northAt, outAt, padded, 0);
      const out = rows(9);
      const rest = steep ? all(count) : onEdges(out);
      if (rest.length > 0) {
        forEachUnitResponse(shape, some(rest), (k, response) => {
          for (let j = 0; j < 9; j++) out[j * count + (rest[k] as number)] = response[j] as number;
        });
      }
      return out;
    },
    displacement(source) {
      const steep = setSlip(params, source);
      if (!steep) kernel.functions.surface(PARAMS, eastAt, northAt, outAt, padded, 1);
      const out = rows(3);
      repairDisplacement(source, out, count, steep ? all(count) : onEdges(out), some);
      return out;
    },
    displacementGradient(source) {
      const steep = setSlip(params, source);
      if (!steep) {
        kernel.functions.surface(PARAMS, eastAt, northAt, outAt, padded, 1);
        kernel.functions.gradient(PARAMS, eastAt, northAt, outAt + 3 * padded * 8, padded);
      }
      const out = rows(12);
      const rest = steep ? all(count) : onEdges(out);
      repairDisplacement(source, out, count, rest, some);
      if (rest.length > 0) {
        const at = { ...some(rest), upM: new Float64Array(rest.length) };
        const { gradient } = okadaInterior(source, at);
        rest.forEach((i, k) => {
          for (let j = 0; j < 9; j++) {
            out[(3 + j) * count + i] = gradient[j * rest.length + k] as number;
          }
        });
      }
      return out;
    },
  };
}

function all(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function repairDisplacement(
  source: OkadaSource,
  out: Float64Array,
  count: number,
  indices: readonly number[],
  some: (indices: readonly number[]) => SurfacePoints,
): void {
  if (indices.length === 0) return;
  const { eastM, northM, upM } = okadaDisplacement(source, some(indices));
  indices.forEach((i, k) => {
    out[i] = eastM[k] as number;
    out[count + i] = northM[k] as number;
    out[2 * count + i] = upM[k] as number;
  });
}

function setSlip(params: Float64Array, source: OkadaSource): boolean {
  const { slipM, rakeDeg } = source;
  return setParams(
    params,
    source,
    slipM * Math.cos(rakeDeg * RAD),
    slipM * Math.sin(rakeDeg * RAD),
    source.openingM ?? 0,
  );
}

/** Writes the parameters of the kernel; true when the plane is too steep for it. */
function setParams(
  params: Float64Array,
  shape: OkadaShape,
  strikeSlipM: number,
  dipSlipM: number,
  openingM: number,
): boolean {
  const vertical = Math.abs(Math.abs(shape.dipDeg) - 90) < 1e-9;
  const sin = vertical ? Math.sign(shape.dipDeg) : Math.sin(shape.dipDeg * RAD);
  const cos = vertical ? 0 : Math.cos(shape.dipDeg * RAD);
  const { lengthM, widthM } = shape;
  const poisson = shape.poissonRatio ?? 0.25;
  params[0] = shape.eastM;
  params[1] = shape.northM;
  params[2] = Math.sin(shape.strikeDeg * RAD);
  params[3] = Math.cos(shape.strikeDeg * RAD);
  params[4] = lengthM;
  params[5] = widthM;
  params[6] = shape.centroidDepthM + (widthM / 2) * sin;
  params[7] = sin;
  params[8] = cos;
  params[9] = 1 - 2 * poisson;
  params[10] = 1e-12 * (lengthM + widthM);
  params[11] = strikeSlipM;
  params[12] = dipSlipM;
  params[13] = openingM;
  params[14] = poisson / (1 - poisson);
  return !vertical && Math.abs(cos) < STEEP;
}
