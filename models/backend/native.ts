/**
 * TensorFlow's own C library through @tensorflow/tfjs-node-gpu. In: the device that is wanted; out:
 * the tensor library computing there. One package serves both devices: which of them it uses is
 * decided by the library that the set-up linked, and by the GPUs that the driver shows.
 * @module
 */
import { failed, requirePackage, requireTensorFlow } from './attempt.js';
import type { Attempt } from './attempt.js';

/** The parts of tfjs-node's backend that its types do not show. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** Tries the native library on `device`. */
export async function loadNative(device: 'cuda' | 'cpu'): Promise<Attempt> {
  try {
    mendRemovedUtilities();
    const tf = requireTensorFlow();
    // The package registers its backend as it loads; loading it again does nothing.
    requirePackage('@tensorflow/tfjs-node-gpu');
    await tf.setBackend('tensorflow');
    const { isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend;
    if (device === 'cuda' && !isUsingGpuDevice) {
      return { ok: false, reason: 'the native TensorFlow library finds no CUDA GPU' };
    }
    if (device === 'cpu' && isUsingGpuDevice) {
      return {
        ok: false,
        reason: 'the native library computes on its GPU; CUDA_VISIBLE_DEVICES=-1 hides it',
      };
    }
    const place = device === 'cuda' ? 'a CUDA GPU' : 'the CPU';
    return { ok: true, tf, description: `TensorFlow ${binding.TF_Version} (native) on ${place}` };
  } catch (error) {
    const attempt = failed(error);
    if (attempt.ok || !attempt.reason.includes('can not be found at path')) return attempt;
    return { ok: false, reason: 'its native binding is not built (npm run setup builds it)' };
  }
}

/**
 * tfjs-node 4.22 calls two functions of node:util that Node 22 announces as deprecated at every
 * start and Node 23 removed.
 */
function mendRemovedUtilities(): void {
  const utilities = requirePackage('node:util') as Record<string, unknown>;
  utilities['isArray'] = Array.isArray;
  utilities['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
}
