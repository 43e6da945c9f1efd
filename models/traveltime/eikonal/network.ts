/**
 * A network that gives travel times between any two places of a region, with their gradient. It holds
 * the logarithm of the mean slowness, ln(T / R / reference), which is smooth at the source; the factor R
 * takes the singularity (as tau does in Smith, Azizzadenesheli & Ross 2021, IEEE TGRS 59, 10685-10696).
 * Plain arithmetic: no tensor library.
 * @module
 */

/** Places of source and receiver in, one number out; three hidden layers of tanh. */
export const LAYERS = [6, 64, 64, 64, 1] as const;
export const WEIGHT_SHAPES: readonly (readonly number[])[] = LAYERS.slice(1).flatMap((size, k) => [
  [LAYERS[k] as number, size],
  [size],
]);
export const WEIGHT_COUNT = WEIGHT_SHAPES.reduce(
  (sum, shape) => sum + shape.reduce((a, b) => a * b, 1),
  0,
);

/** Region and unit of a network. Inputs are (place - middle) / half of the box, -1 to 1. */
export interface EikonalScale {
  readonly firstKm: readonly [number, number, number];
  readonly lastKm: readonly [number, number, number];
  readonly referenceSlowness: number;
}

type Place = readonly [x: number, y: number, z: number];

/** Time, s, and its gradient by the place of the receiver, s/km. */
export interface TimeAndGradient {
  readonly timeS: number;
  readonly gradient: readonly [byX: number, byY: number, byZ: number];
}

/** Evaluates the network by forward differentiation, some 70 microseconds a pair of places. */
export function eikonalNetwork(
  scale: EikonalScale,
  weights: Float32Array,
): (source: Place, receiver: Place) => TimeAndGradient {
  const half = [0, 1, 2].map(
    (a) => ((scale.lastKm[a] as number) - (scale.firstKm[a] as number)) / 2,
  );
  const widest = Math.max(...LAYERS);
  // Rows: the value and its derivatives by the receiver's three coordinates.
  let from = Array.from({ length: 4 }, () => new Float64Array(widest));
  let to = Array.from({ length: 4 }, () => new Float64Array(widest));
  return (source, receiver) => {
    for (const row of from) row.fill(0);
    for (let a = 0; a < 3; a++) {
      const [first, h] = [scale.firstKm[a] as number, half[a] as number];
      (from[0] as Float64Array)[a] = ((source[a] as number) - first) / h - 1;
      (from[0] as Float64Array)[a + 3] = ((receiver[a] as number) - first) / h - 1;
      (from[a + 1] as Float64Array)[a + 3] = 1 / h;
    }
    let at = 0;
    for (let layer = 1; layer < LAYERS.length; layer++) {
      const [inputs, outputs] = [LAYERS[layer - 1] as number, LAYERS[layer] as number];
      const bias = at + inputs * outputs;
      const [value, byX, byY, byZ] = to as [Float64Array, Float64Array, Float64Array, Float64Array];
      for (let o = 0; o < outputs; o++) {
        value[o] = weights[bias + o] as number;
        byX[o] = byY[o] = byZ[o] = 0;
      }
      for (let i = 0; i < inputs; i++) {
        const [v, x, y, z] = from.map((row) => row[i]) as [number, number, number, number];
        const row = at + i * outputs;
        for (let o = 0; o < outputs; o++) {
          const w = weights[row + o] as number;
          value[o]! += v * w;
          byX[o]! += x * w;
          byY[o]! += y * w;
          byZ[o]! += z * w;
        }
      }
      for (let o = 0; o < outputs && layer < LAYERS.length - 1; o++) {
        const own = Math.tanh(value[o] as number);
        const slope = 1 - own * own;
        value[o] = own;
        byX[o]! *= slope;
        byY[o]! *= slope;
        byZ[o]! *= slope;
      }
      at = bias + outputs;
      [from, to] = [to, from];
    }
    const mean = scale.referenceSlowness * Math.exp((from[0] as Float64Array)[0] as number);
    const away = [0, 1, 2].map((a) => (receiver[a] as number) - (source[a] as number));
    const r = Math.hypot(...away);
    const slope = (a: number): number =>
      mean * (r > 0 ? (away[a] as number) / r : 0) +
      r * mean * ((from[a + 1] as Float64Array)[0] as number);
    return { timeS: mean * r, gradient: [slope(0), slope(1), slope(2)] };
  };
}
