/**
 * PhaseNet-style pickers of one trace, run on fibre channels. In: the path of a TensorFlow.js graph
 * model [trace, 3000, 1, 3] -> noise, P, S; strain rate at 100 Hz. Out: probabilities.
 *
 * PhaseNet: Zhu and Beroza (2019, GJI 216:261). A channel stands for all three components, each
 * stretch without mean and with unit standard deviation, as the model was trained.
 * @module
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { CorruptSourceError, InvalidInputError } from '../../../core/errors.js';
import { loadBackend, type TensorFlow } from '../../backend.js';
import { loadGraphModel, type GraphModel } from '../../backend/graph-model.js';
import { butterworth } from '../../signal/butterworth.js';

/** An imported model. */
export interface PhaseNet {
  readonly file: string;
  /** Samples of a window, at {@link PHASENET_HZ}. */
  readonly windowSamples: number;
  /** Softmax of noise, P, S [trace, time, class] of normalised input [trace, time, component]. */
  predict(input: Float32Array, traceCount: number): Promise<Float32Array>;
  dispose(): void;
}

/** Probabilities of a fibre, [channel * time]. */
export interface PhaseNetProbabilities {
  readonly p: Float32Array;
  readonly s: Float32Array;
}

/** Rate of the model's training data. */
export const PHASENET_HZ = 100;
const COMPONENTS = 3;
const HIGH_PASS_HZ = 1;
/** Traces in one run: bounds the memory of the graph. */
const BATCH = 64;
/** Ends of a window tell less than its middle; windows overlap by half. */
const BLIND_SAMPLES = 100;

/**
 * Loads a model.
 * @throws CorruptSourceError, InvalidInputError as `loadGraphModel`; CorruptSourceError when input or
 * output are not those of PhaseNet
 */
export async function loadPhaseNet(input: { readonly file: string }): Promise<PhaseNet> {
  const { tf } = await loadBackend();
  const model = await loadGraphModel(input.file);
  const windowSamples = windowOf(model, input.file);
  return {
    file: input.file,
    windowSamples,
    predict: (values, traceCount) => predict({ tf, model, windowSamples, values, traceCount }),
    dispose: () => model.dispose(),
  };
}

function windowOf(model: GraphModel, file: string): number {
  const shape = model.inputs[0]?.shape ?? [];
  const [, samples = -1, height, components] = shape;
  const isPhaseNet =
    model.inputs.length === 1 && shape.length === 4 && height === 1 && components === COMPONENTS;
  if (isPhaseNet && samples > 0) return samples;
  throw new CorruptSourceError({
    source: file,
    at: 'signature.inputs',
    reason: `the model takes [${shape.join(', ')}], a PhaseNet takes [-1, samples, 1, 3]`,
  });
}

async function predict(input: {
  readonly tf: TensorFlow;
  readonly model: GraphModel;
  readonly windowSamples: number;
  readonly values: Float32Array;
  readonly traceCount: number;
}): Promise<Float32Array> {
  const { tf, model, windowSamples, values, traceCount } = input;
  const size = windowSamples * COMPONENTS;
  if (values.length !== traceCount * size) {
    throw new InvalidInputError({
      what: 'PhaseNet input',
      reason: `${values.length} values for ${traceCount} traces of ${size}`,
      remedy: 'give [trace, time, component] with the time of the model',
    });
  }
  const out = new Float32Array(values.length);
  for (let from = 0; from < traceCount; from += BATCH) {
    const count = Math.min(BATCH, traceCount - from);
    const part = values.subarray(from * size, (from + count) * size);
    const x = tf.tensor4d(part, [count, windowSamples, 1, COMPONENTS]);
    // One input and one output: the model answers with one tensor.
    const result = model.predict(x) as Tensor;
    x.dispose();
    out.set(await result.data<'float32'>(), from * size);
    result.dispose();
  }
  return out;
}

/**
 * Probabilities of P and S on each channel of a window at 100 Hz (`samples`: [channel * time], at
 * least one model window long). High-pass 1 Hz (second-order Butterworth, at rest at the start), then
 * windows that overlap by half; a window's outer second counts only at the recording's ends. Samples
 * that are not finite become zero.
 *
 * @throws InvalidInputError for another rate or a window that is too short
 */
export async function pickWithPhaseNet(input: {
  readonly model: PhaseNet;
  readonly samples: Float32Array;
  readonly channelCount: number;
  readonly sampleCount: number;
  readonly rateHz: number;
}): Promise<PhaseNetProbabilities> {
  const { model, samples, channelCount, sampleCount, rateHz } = input;
  const length = model.windowSamples;
  if (Math.abs(rateHz - PHASENET_HZ) > 1e-3 * PHASENET_HZ || sampleCount < length) {
    throw new InvalidInputError({
      what: 'window for PhaseNet',
      reason: `${sampleCount} samples at ${rateHz} Hz`,
      remedy: `give at least ${length} samples at ${PHASENET_HZ} Hz`,
    });
  }
  const filtered = highPass(samples, channelCount, sampleCount, rateHz);
  const starts = windowStarts(sampleCount, length);
  const p = new Float32Array(channelCount * sampleCount);
  const s = new Float32Array(channelCount * sampleCount);
  for (const start of starts) {
    const traces = new Float32Array(channelCount * length * COMPONENTS);
    for (let c = 0; c < channelCount; c++) {
      const row = filtered.subarray(c * sampleCount + start, c * sampleCount + start + length);
      writeNormalised(row, traces, c * length * COMPONENTS);
    }
    const result = await model.predict(traces, channelCount);
    const from = start === 0 ? 0 : BLIND_SAMPLES;
    const to = start + length === sampleCount ? length : length - BLIND_SAMPLES;
    for (let c = 0; c < channelCount; c++) {
      for (let i = from; i < to; i++) {
        const at = c * sampleCount + start + i;
        const k = (c * length + i) * COMPONENTS;
        p[at] = Math.max(p[at] as number, result[k + 1] as number);
        s[at] = Math.max(s[at] as number, result[k + 2] as number);
      }
    }
  }
  return { p, s };
}

function windowStarts(sampleCount: number, length: number): number[] {
  const starts: number[] = [];
  for (let start = 0; start + length < sampleCount; start += length >> 1) starts.push(start);
  return [...starts, sampleCount - length];
}

function highPass(
  samples: Float32Array,
  channelCount: number,
  sampleCount: number,
  rateHz: number,
): Float32Array {
  const sections = butterworth({ kind: 'highpass', order: 2, rateHz, cornerHz: HIGH_PASS_HZ });
  const out = new Float32Array(channelCount * sampleCount);
  for (const { b0, b1, b2, a1, a2 } of sections) {
    for (let c = 0; c < channelCount; c++) {
      let [z1, z2] = [0, 0];
      for (let i = c * sampleCount; i < (c + 1) * sampleCount; i++) {
        const raw = samples[i] as number;
        const x = raw - raw === 0 ? raw : 0;
        const y = b0 * x + z1;
        z1 = b1 * x - a1 * y + z2;
        z2 = b2 * x - a2 * y;
        out[i] = y;
      }
    }
  }
  return out;
}

/** Without mean, unit standard deviation (zeros when constant), to all three components. */
function writeNormalised(row: Float32Array, out: Float32Array, offset: number): void {
  let [sum, squares] = [0, 0];
  for (const x of row) {
    sum += x;
    squares += x * x;
  }
  const mean = sum / row.length;
  const deviation = Math.sqrt(Math.max(0, squares / row.length - mean * mean));
  const scale = deviation > 0 ? 1 / deviation : 0;
  for (let i = 0; i < row.length; i++) {
    const value = scale * ((row[i] as number) - mean);
    const at = offset + i * COMPONENTS;
    out[at] = value;
    out[at + 1] = value;
    out[at + 2] = value;
  }
}
