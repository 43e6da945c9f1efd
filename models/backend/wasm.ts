/** TensorFlow.js on WebAssembly: slow but everywhere. Out: the tensor library computing there. @module */
import { failed, requirePackage, requireTensorFlow } from './attempt.js';
import type { Attempt } from './attempt.js';

/** Tries the WebAssembly backend, whose binary lies in its package. */
export async function loadWasm(): Promise<Attempt> {
  try {
    const tf = requireTensorFlow();
    requirePackage('@tensorflow/tfjs-backend-wasm');
    if (!(await tf.setBackend('wasm'))) return { ok: false, reason: 'it does not start' };
    const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    const kind = hasSimd ? 'WebAssembly with SIMD' : 'WebAssembly';
    return { ok: true, tf, description: `TensorFlow.js ${tf.version_core} on ${kind}, one thread` };
  } catch (error) {
    return failed(error);
  }
}
