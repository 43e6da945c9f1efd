/** Places and labels of ticks on an axis. @module */

const STEPS = [1, 2, 5];

/** Multiples of a round step inside [from, to], at most `most` of them. */
export function ticks(from: number, to: number, most: number): { at: number; label: string }[] {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const span = high - low;
  if (!(span > 0)) return [{ at: low, label: String(Number(low.toPrecision(6))) }];
  const power = Math.floor(Math.log10(span / most));
  const candidates = [0, 1].flatMap((more) => STEPS.map((step) => step * 10 ** (power + more)));
  const step = candidates.find((each) => span / each <= most) ?? 10 ** (power + 2);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found: { at: number; label: string }[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    found.push({ at: k * step, label: (k * step).toFixed(Math.min(decimals, 9)) });
  }
  return found;
}
