/**
 * Windows of two seconds as the phone's networks see them. In: acceleration of three components.
 * Out: the 150 inputs of the raw network, or the three features of the 3-5-1 network.
 * @module
 */
import { phoneFeatures } from '../features.js';

/** Rate and length of a window. */
export const WINDOW_RATE_HZ = 25;
export const WINDOW_SAMPLES = 50;
export const COMPONENTS = 3;

/** Acceleration of one window in gal, mean removed here; [component, time], 3 x 50. */
export type MotionWindow = Float32Array;

/**
 * Input of the raw network: asinh(a / 1 gal) / 5 of each sample after the mean of its component is
 * taken off; linear for noise, logarithmic for shaking. Shape [time, component].
 */
export function rawInput(window: MotionWindow): Float32Array {
  const centred = centre(window);
  const input = new Float32Array(WINDOW_SAMPLES * COMPONENTS);
  for (let c = 0; c < COMPONENTS; c++) {
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      input[i * COMPONENTS + c] = Math.asinh(centred[c * WINDOW_SAMPLES + i] as number) / 5;
    }
  }
  return input;
}

/** IQR and CAV as log10 (gal, gal s), zero crossings per 10 s: inputs of the 3-5-1 network. */
export function featureInput(window: MotionWindow): Float32Array {
  const centred = centre(window);
  const components = Array.from({ length: COMPONENTS }, (_, c) =>
    centred.subarray(c * WINDOW_SAMPLES, (c + 1) * WINDOW_SAMPLES),
  );
  const { iqr, zeroCrossingHz, cav } = phoneFeatures({
    components,
    rateHz: WINDOW_RATE_HZ,
    from: 0,
    to: WINDOW_SAMPLES,
  });
  return Float32Array.of(
    Math.log10(Math.max(iqr, 1e-3)),
    zeroCrossingHz / 10,
    Math.log10(Math.max(cav, 1e-3)),
  );
}

function centre(window: MotionWindow): Float32Array {
  const out = new Float32Array(window.length);
  for (let c = 0; c < COMPONENTS; c++) {
    const part = window.subarray(c * WINDOW_SAMPLES, (c + 1) * WINDOW_SAMPLES);
    const mean = part.reduce((a, b) => a + b, 0) / WINDOW_SAMPLES;
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      out[c * WINDOW_SAMPLES + i] = (part[i] as number) - mean;
    }
  }
  return out;
}
