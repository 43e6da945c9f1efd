/**
 * The best weights of a training run, as bytes: step and held-out loss as float64, then the weights.
 * @module
 */

/** What is kept of a run. */
export interface BestWeights {
  readonly step: number;
  /** Mean cross-entropy on windows that were not trained on. */
  readonly heldOutLoss: number;
  /** [weight] in the order of `WEIGHT_SHAPES`. */
  readonly weights: Float32Array;
}

export function encodeBest({ step, heldOutLoss, weights }: BestWeights): Buffer {
  const head = Buffer.alloc(16);
  head.writeDoubleLE(step, 0);
  head.writeDoubleLE(heldOutLoss, 8);
  return Buffer.concat([head, Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)]);
}

/** Reads {@link encodeBest}'s bytes; null when they are of another network. */
export function decodeBest(bytes: Buffer, weightCount: number): BestWeights | null {
  if (bytes.length !== 16 + 4 * weightCount) return null;
  const start = bytes.byteOffset + 16;
  return {
    step: bytes.readDoubleLE(0),
    heldOutLoss: bytes.readDoubleLE(8),
    weights: new Float32Array(bytes.buffer.slice(start, start + 4 * weightCount)),
  };
}
