/** Small fixed inputs for the backend tests, and their results summed up in float64. @module */

/** Deterministic values in [-1, 1) (a linear congruential generator, Numerical Recipes). */
function noise(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // As float32, so that the float64 truth starts from the same numbers.
    return Math.fround(state / 2 ** 31 - 1);
  });
}

export const matrixA = { values: noise(17 * 23, 1), shape: [17, 23] as [number, number] };
export const matrixB = { values: noise(23 * 11, 2), shape: [23, 11] as [number, number] };
export const gatherIndices = [16, 0, 3, 3];
/** [batch, height, width, channels] */
export const convInput = {
  values: noise(9 * 8 * 3, 3),
  shape: [1, 9, 8, 3] as [number, number, number, number],
};
/** [height, width, channels in, channels out] */
export const convKernel = {
  values: noise(3 * 2 * 3 * 4, 4),
  shape: [3, 2, 3, 4] as [number, number, number, number],
};
export const series = noise(64, 5);

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The operations' results by their definitions, in float64. */
export function expectedResults(): Record<string, number[]> {
  const [rows, inner] = matrixA.shape;
  const columns = matrixB.shape[1];
  const a = (row: number, column: number): number => matrixA.values[row * inner + column]!;
  const sum = (values: readonly number[]): number =>
    values.reduce((total, next) => total + next, 0);
  const angles = (k: number, n: number): number => (-2 * Math.PI * k * n) / series.length;
  const spectrum = (part: (angle: number) => number): number[] =>
    series.map((_, k) => sum(series.map((value, n) => value * part(angles(k, n)))));
  return {
    matMul: range(rows).flatMap((row) =>
      range(columns).map((column) =>
        sum(range(inner).map((k) => a(row, k) * matrixB.values[k * columns + column]!)),
      ),
    ),
    conv2d: convolve(),
    gather: gatherIndices.flatMap((row) => range(inner).map((column) => a(row, column))),
    cumsum: series.map((_, end) => sum(series.slice(0, end + 1))),
    logSumExp: range(rows).map((row) =>
      Math.log(sum(range(inner).map((column) => Math.exp(a(row, column))))),
    ),
    fftReal: spectrum(Math.cos),
    fftImag: spectrum(Math.sin),
  };
}

/** Cross-correlation without padding, which TensorFlow calls conv2d 'valid'. */
function convolve(): number[] {
  const [, height, width, channels] = convInput.shape;
  const [kernelHeight, kernelWidth, , outputs] = convKernel.shape;
  const results: number[] = [];
  for (let y = 0; y <= height - kernelHeight; y++) {
    for (let x = 0; x <= width - kernelWidth; x++) {
      for (let output = 0; output < outputs; output++) {
        let total = 0;
        for (let dy = 0; dy < kernelHeight; dy++) {
          for (let dx = 0; dx < kernelWidth; dx++) {
            for (let channel = 0; channel < channels; channel++) {
              const pixel = ((y + dy) * width + x + dx) * channels + channel;
              const weight = ((dy * kernelWidth + dx) * channels + channel) * outputs + output;
              total += convInput.values[pixel]! * convKernel.values[weight]!;
            }
          }
        }
        results.push(total);
      }
    }
  }
  return results;
}
