/**
 * Log probabilities of a pick and of silence by how far an amplitude is over the threshold, as
 * tables: the fit asks for them a hundred times for each trial magnitude.
 * @module
 */

/** Over these many logistic widths on either side nothing changes. */
const REACH = 16;
const PER_UNIT = 32;

export interface DetectionTable {
  /** ln(share x logistic(x)), [step]. */
  readonly logPicked: Float64Array;
  /** ln(1 - share x logistic(x)), [step]. */
  readonly logSilent: Float64Array;
}

/** Table for one phase; `pickedShare` is the share of strong arrivals that are picked. */
export function detectionTable(pickedShare: number): DetectionTable {
  const n = 2 * REACH * PER_UNIT + 1;
  const logPicked = new Float64Array(n);
  const logSilent = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const p = pickedShare / (1 + Math.exp(-(i / PER_UNIT - REACH)));
    logPicked[i] = Math.log(p);
    logSilent[i] = Math.log1p(-p);
  }
  return { logPicked, logSilent };
}

/** Step of the table nearest to `x`. */
export function stepOf(x: number): number {
  const at = ((x + REACH) * PER_UNIT + 0.5) | 0;
  return at < 0 ? 0 : at > 2 * REACH * PER_UNIT ? 2 * REACH * PER_UNIT : at;
}
