/**
 * Line-of-sight columns of a rectangle for unit strike slip, dip slip and opening, by the SIMD kernel. The kernel
 * keeps the points it was made for, so columns of the same points cost only the evaluation.
 * @module
 */
import { averageWithin, type LosPoints } from './line-of-sight.js';
import { createOkadaEvaluator, type OkadaEvaluator, type OkadaShape } from './okada-kernel.js';

const evaluators = new WeakMap<LosPoints, OkadaEvaluator>();

/** Within this of the vertical the kernel does not evaluate planes; cos of it is just above 0.01. */
const STEEP_DEG = 0.573;

/**
 * Columns of the wanted kinds (0 strike slip, 1 dip slip, 2 opening), m per m, + towards the satellite. For means over
 * blocks, planes within 0.573 degrees of the vertical are interpolated between that dip and the vertical one: by some
 * 1e-5 to 2e-4 of the slip, and far faster than the limits of `okada-steep.ts`, at which searches along the bound of dip
 * would spend their time.
 */
export function okadaColumns(
  shape: OkadaShape,
  points: LosPoints,
  kinds: readonly (0 | 1 | 2)[],
): Float64Array[] {
  const lean = 90 - shape.dipDeg;
  const share = Math.abs(lean) / STEEP_DEG;
  if (!points.within || lean === 0 || share >= 1) return columnsOf(shape, points, kinds);
  const dipDeg = 90 - Math.sign(lean) * STEEP_DEG;
  const leaning = columnsOf({ ...shape, dipDeg }, points, kinds);
  const upright = columnsOf({ ...shape, dipDeg: 90 }, points, kinds);
  return leaning.map((column, k) =>
    column.map((value, i) => share * value + (1 - share) * (upright[k]?.[i] as number)),
  );
}

function columnsOf(
  shape: OkadaShape,
  points: LosPoints,
  kinds: readonly (0 | 1 | 2)[],
): Float64Array[] {
  const at = points.within?.points ?? points;
  let evaluator = evaluators.get(at);
  if (!evaluator) {
    evaluator = createOkadaEvaluator(at);
    evaluators.set(at, evaluator);
  }
  const n = at.eastM.length;
  const units = evaluator.unitResponses(shape);
  const { lookEast, lookNorth, lookUp } = at;
  return kinds.map((kind) => {
    const column = new Float64Array(n);
    const [e, s, u] = [3 * kind * n, (3 * kind + 1) * n, (3 * kind + 2) * n];
    for (let i = 0; i < n; i++) {
      column[i] =
        (units[e + i] as number) * (lookEast[i] as number) +
        (units[s + i] as number) * (lookNorth[i] as number) +
        (units[u + i] as number) * (lookUp[i] as number);
    }
    return averageWithin(points, column);
  });
}
