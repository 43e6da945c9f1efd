/**
 * In: samples of an angle. Out: the same angles, each in the turn that keeps neighbours on the circle together, so
 * that means and percentiles of them make sense.
 * @module
 */

/** Narrower gaps between samples are chance: the circle is then cut opposite to the centre. */
const LEAST_GAP_DEG = 30;

/**
 * The angles within 180 degrees of `centreDeg`, unless samples lie there on both sides of the cut: two nodal planes,
 * one opposite to the other, would make one of them into two halves a turn apart. Then they are told from `minDeg` to a
 * turn above it or, when samples lie about that too, cut in the middle of the widest gap. `centreDeg`, from `minDeg`
 * to a turn above it, keeps its turn.
 */
export function cutAngles(values: Float64Array, centreDeg: number, minDeg: number): Float64Array {
  const from = (startDeg: number): Float64Array =>
    values.map((value) => value - 360 * Math.floor((value - startDeg) / 360));
  const about = from(centreDeg - 180);
  const inRange = from(minDeg);
  if (gapAtEnds(about) >= LEAST_GAP_DEG) return about;
  if (gapAtEnds(inRange) >= LEAST_GAP_DEG) return inRange;
  const sorted = about.slice().sort();
  let [widest, cut] = [0, Number.NaN];
  for (let i = 1; i < sorted.length; i++) {
    const [low, high] = [sorted[i - 1] as number, sorted[i] as number];
    if (high - low > widest) [widest, cut] = [high - low, (low + high) / 2];
  }
  if (!(widest >= LEAST_GAP_DEG)) return about;
  return from(cut < centreDeg ? cut : cut - 360);
}

/** Of angles within one turn: from the last over the cut to the first. */
function gapAtEnds(values: Float64Array): number {
  return values.length === 0
    ? 360
    : 360 +
        values.reduce((a, b) => Math.min(a, b), Infinity) -
        values.reduce((a, b) => Math.max(a, b), -Infinity);
}
