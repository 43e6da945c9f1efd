/**
 * Small-baseline time series of pixels whose valid pairs differ: one lane of a block each, with its own factor.
 * Blocks are arrays [row][lane] of float64 with `lanes` (even) values a row.
 * @module
 */

/**
 * Time series of a block in which every lane has weights of its own, 0 where it lacks the pair (its data must be finite there),
 * and is factored here. `weights`: block [count]; `lower`: block [epochs * band]; `inverse`: block [epochs];
 * `rate`: float64 [epochs], a functional of the series. Series are relative to the last epoch. Fills two rows of
 * `out`: the smallest pivot over its diagonal, near 0 or no number where the pairs of a lane leave epochs unconnected
 * (its series is then void), and the variance of `rate` for data of unit variance over weight. Operations and
 * their order are those of `factorNormal` and of `solve` in sbas.ts (whose other arguments these are), terms of weight 0
 * apart, so that results are the same to the last bit. `spare`: block [2 * epochs].
 */
export function solveEach(
  pairs: usize,
  weights: usize,
  count: i32,
  lower: usize,
  inverse: usize,
  epochs: i32,
  band: i32,
  data: usize,
  series: usize,
  lanes: i32,
  rate: usize,
  spare: usize,
  out: usize,
): void {
  const bytes = <usize>lanes << 3;
  const diagonal = spare;
  const functional = spare + <usize>epochs * bytes;
  memory.fill(series, 0, <usize>epochs * bytes);
  memory.fill(diagonal, 0, <usize>epochs * bytes);
  memory.fill(lower, 0, <usize>(epochs * band) * bytes);
  for (let p = 0; p < count; p++) {
    const a = load<i32>(pairs + (<usize>p << 3));
    const b = load<i32>(pairs + (<usize>p << 3), 4);
    const entry = lower + <usize>(b * band + a - b + band) * bytes;
    const from = <usize>a * bytes;
    const to = <usize>b * bytes;
    const row = <usize>p * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      const w = v128.load(weights + row + at);
      const value = f64x2.mul(w, v128.load(data + row + at));
      v128.store(series + from + at, f64x2.sub(v128.load(series + from + at), value));
      v128.store(series + to + at, f64x2.add(v128.load(series + to + at), value));
      v128.store(diagonal + from + at, f64x2.add(v128.load(diagonal + from + at), w));
      v128.store(diagonal + to + at, f64x2.add(v128.load(diagonal + to + at), w));
      v128.store(entry + at, f64x2.sub(v128.load(entry + at), w));
    }
  }
  const width = <usize>band * bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    let smallest = f64x2.splat(Infinity);
    for (let k = 0; k < epochs; k++) {
      const first = k > band ? k - band : 0;
      // Addresses of column 0 of a row, which may lie before the row itself.
      const row = lower + <usize>k * width + <usize>(band - k) * bytes + at;
      const whole = v128.load(diagonal + <usize>k * bytes + at);
      let pivot = whole;
      for (let j = first; j < k; j++) {
        const other = lower + <usize>j * width + <usize>(band - j) * bytes + at;
        const start = j - band > first ? j - band : first;
        let value = v128.load(row + <usize>j * bytes);
        for (let i = start; i < j; i++) {
          const product = f64x2.mul(
            v128.load(row + <usize>i * bytes),
            v128.load(other + <usize>i * bytes),
          );
          value = f64x2.sub(value, product);
        }
        v128.store(row + <usize>j * bytes, value);
      }
      for (let j = first; j < k; j++) {
        const value = v128.load(row + <usize>j * bytes);
        const factor = f64x2.mul(value, v128.load(inverse + <usize>j * bytes + at));
        pivot = f64x2.sub(pivot, f64x2.mul(value, factor));
        v128.store(row + <usize>j * bytes, factor);
      }
      let over = f64x2.splat(0);
      if (k < epochs - 1) {
        over = f64x2.div(f64x2.splat(1), pivot);
        smallest = f64x2.min(smallest, f64x2.div(pivot, whole));
      }
      v128.store(inverse + <usize>k * bytes + at, over);
    }
    v128.store(out + at, smallest);
  }
  for (let k = 0; k < epochs; k++) {
    const value = v128.load64_splat(rate + (<usize>k << 3));
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(functional + <usize>k * bytes + at, value);
    }
  }
  substituteEach(lower, inverse, epochs, band, series, bytes);
  substituteEach(lower, inverse, epochs, band, functional, bytes);
  for (let at: usize = 0; at < bytes; at += 16) {
    let variance = f64x2.splat(0);
    for (let k = 0; k < epochs; k++) {
      const solved = v128.load(functional + <usize>k * bytes + at);
      const own = v128.load64_splat(rate + (<usize>k << 3));
      variance = f64x2.add(variance, f64x2.mul(own, solved));
    }
    v128.store(out + bytes + at, variance);
  }
}

/** Forward and back substitution of a block with a factor for each lane. */
function substituteEach(
  lower: usize,
  inverse: usize,
  epochs: i32,
  band: i32,
  block: usize,
  bytes: usize,
): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    for (let k = 1; k < epochs; k++) {
      const factors = lower + <usize>(k * band + band - k) * bytes + at;
      let sum = v128.load(block + <usize>k * bytes + at);
      for (let j = k > band ? k - band : 0; j < k; j++) {
        const term = f64x2.mul(
          v128.load(factors + <usize>j * bytes),
          v128.load(block + <usize>j * bytes + at),
        );
        sum = f64x2.sub(sum, term);
      }
      v128.store(block + <usize>k * bytes + at, sum);
    }
    for (let k = epochs - 1; k >= 0; k--) {
      const own = v128.load(block + <usize>k * bytes + at);
      let sum = f64x2.mul(v128.load(inverse + <usize>k * bytes + at), own);
      const last = k + band < epochs - 1 ? k + band : epochs - 1;
      for (let j = k + 1; j <= last; j++) {
        const term = f64x2.mul(
          v128.load(lower + <usize>(j * band + k - j + band) * bytes + at),
          v128.load(block + <usize>j * bytes + at),
        );
        sum = f64x2.sub(sum, term);
      }
      v128.store(block + <usize>k * bytes + at, sum);
    }
  }
}
