/**
 * Runs in a process of its own: loads the backend named by QUAKELOOM_BACKEND (or the best), does a
 * few operations, and prints the results as one JSON line. With the argument `worker` it does so in
 * a worker thread. One process per backend, because a thread loads one backend and no other.
 * @module
 */
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { describeError } from '../../core/errors.js';
import { loadBackend, quietNativeLog } from '../../models/backend.js';
import type { BackendName, TensorFlow } from '../../models/backend.js';
import {
  convInput,
  convKernel,
  gatherIndices,
  matrixA,
  matrixB,
  series,
} from './backend-inputs.js';

/** What a probe prints. */
export interface BackendProbe {
  readonly name?: BackendName;
  readonly description?: string;
  readonly reasons?: readonly string[];
  readonly isSecondLoadSame?: boolean;
  readonly results?: Readonly<Record<string, readonly number[] | null>>;
  readonly error?: string;
}

async function compute(tf: TensorFlow): Promise<Record<string, number[] | null>> {
  const a = tf.tensor2d(matrixA.values, matrixA.shape);
  const b = tf.tensor2d(matrixB.values, matrixB.shape);
  const image = tf.tensor4d(convInput.values, convInput.shape);
  const kernel = tf.tensor4d(convKernel.values, convKernel.shape);
  const signal = tf.tensor1d(series);
  const outputs = {
    matMul: tf.matMul(a, b),
    conv2d: tf.conv2d(image, kernel, 1, 'valid'),
    gather: tf.gather(a, tf.tensor1d(gatherIndices, 'int32')),
    cumsum: tf.cumsum(signal),
    logSumExp: tf.logSumExp(a, 1),
  };
  const results: Record<string, number[] | null> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    results[name] = Array.from(await tensor.data());
  }
  const hasFft = tf.getKernel('FFT', tf.getBackend()) !== undefined;
  const spectrum = hasFft ? tf.fft(tf.complex(signal, tf.zerosLike(signal))) : null;
  // The two halves are read apart: reading complex data whole is not in every backend.
  results['fftReal'] = spectrum ? Array.from(await tf.real(spectrum).data()) : null;
  results['fftImag'] = spectrum ? Array.from(await tf.imag(spectrum).data()) : null;
  return results;
}

async function probe(): Promise<BackendProbe> {
  try {
    const prefer = process.env['PROBE_PREFER'] as BackendName | undefined;
    const backend = await loadBackend(prefer ? { prefer } : {});
    return {
      name: backend.name,
      description: backend.describe(),
      reasons: backend.reasons,
      isSecondLoadSame: (await loadBackend()) === backend,
      results: await compute(backend.tf),
    };
  } catch (error) {
    return { error: describeError(error) };
  }
}

if (!isMainThread) {
  parentPort?.postMessage(await probe());
} else if (process.argv[2] === 'worker') {
  quietNativeLog();
  // On Node 20 a worker thread does not take the TypeScript loader over from its parent.
  const start = `import('tsx/esm/api').then(({ register }) => {
    register();
    return import(${JSON.stringify(import.meta.url)});
  })`;
  const worker = new Worker(start, { eval: true });
  worker.on('message', (message) => process.stdout.write(`${JSON.stringify(message)}\n`));
} else {
  process.stdout.write(`${JSON.stringify(await probe())}\n`);
}
