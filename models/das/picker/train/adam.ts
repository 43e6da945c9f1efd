/**
 * Adam (Kingma and Ba 2015) on flat arrays with an average of the weights, so that a training run can
 * be kept as one block of bytes and taken up again exactly.
 * @module
 */

/** State of a training run; arrays are [weight]. */
export interface TrainingState {
  readonly step: number;
  readonly weights: Float32Array;
  /** Exponential average of the weights: what is used in the end. */
  readonly average: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;
const AVERAGE_DECAY = 0.998;
/** Gradients longer than this are shortened: one odd window must not undo a thousand. */
const LONGEST_GRADIENT = 1;

export function freshState(weights: Float32Array): TrainingState {
  const zeros = (): Float32Array => new Float32Array(weights.length);
  return {
    step: 0,
    weights: weights.slice(),
    average: weights.slice(),
    firstMoment: zeros(),
    secondMoment: zeros(),
  };
}

/** One step; the arrays are changed in place, the step count is new. */
export function adamStep(input: {
  readonly state: TrainingState;
  readonly gradient: Float32Array;
  readonly learningRate: number;
}): TrainingState {
  const { state, gradient } = input;
  const { weights, average, firstMoment: m, secondMoment: v } = state;
  const step = state.step + 1;
  let energy = 0;
  for (const x of gradient) energy += x * x;
  const shorten = Math.min(1, LONGEST_GRADIENT / (Math.sqrt(energy) || 1));
  const rate = (input.learningRate * Math.sqrt(1 - BETA_2 ** step)) / (1 - BETA_1 ** step);
  const decay = Math.min(AVERAGE_DECAY, step / (step + 10));
  for (let i = 0; i < weights.length; i++) {
    const g = shorten * (gradient[i] as number);
    m[i] = BETA_1 * (m[i] as number) + (1 - BETA_1) * g;
    v[i] = BETA_2 * (v[i] as number) + (1 - BETA_2) * g * g;
    const w =
      (weights[i] as number) - (rate * (m[i] as number)) / (Math.sqrt(v[i] as number) + EPSILON);
    weights[i] = w;
    average[i] = decay * (average[i] as number) + (1 - decay) * w;
  }
  return { ...state, step };
}

/** The state as bytes: step as float64, then the four arrays. */
export function encodeState(state: TrainingState): Buffer {
  const head = Buffer.alloc(8);
  head.writeDoubleLE(state.step);
  const arrays = [state.weights, state.average, state.firstMoment, state.secondMoment];
  return Buffer.concat([
    head,
    ...arrays.map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength)),
  ]);
}

/** Reads {@link encodeState}'s bytes; null when they are of another network. */
export function decodeState(bytes: Buffer, weightCount: number): TrainingState | null {
  if (bytes.length !== 8 + 16 * weightCount) return null;
  const array = (k: number): Float32Array =>
    new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + 8 + 4 * k * weightCount).slice(0, 4 * weightCount),
    );
  return {
    step: bytes.readDoubleLE(0),
    weights: array(0),
    average: array(1),
    firstMoment: array(2),
    secondMoment: array(3),
  };
}
