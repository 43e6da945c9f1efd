/**
 * Chooses what TensorFlow.js computes with. In: an optional preference, the environment variable
 * `QUAKELOOM_BACKEND`; out: the tensor library, ready to use, with its backend's name and the
 * reasons why better ones were not taken. Only this file and models/backend/ import TensorFlow.js.
 *
 * Order: TensorFlow's native library on a CUDA GPU, WebGPU on any other GPU (through Dawn), the
 * native library on the CPU, WebAssembly.
 * @module
 */
import { InvalidInputError, UnavailableError } from '../core/errors.js';
import type { Attempt, TensorFlow } from './backend/attempt.js';
import { loadNative } from './backend/native.js';
import { loadWasm } from './backend/wasm.js';
import { loadWebGpu } from './backend/webgpu.js';

export type { TensorFlow } from './backend/attempt.js';

/** Backends, best first. */
export const BACKEND_NAMES = ['tensorflow-cuda', 'webgpu', 'tensorflow-cpu', 'wasm'] as const;

/** What computes: see {@link BACKEND_NAMES}. */
export type BackendName = (typeof BACKEND_NAMES)[number];

/** A loaded backend. One per thread. */
export interface Backend {
  /**
   * The tensor library, set to this backend. Not every backend has every operation: WebAssembly
   * lacks fft, einsum and the gradients of convolutions. WebGPU's fft, sin and cos are good to
   * about 1e-4 only (WGSL promises no more); a product with a table of factors is exact there.
   */
  readonly tf: TensorFlow;
  readonly name: BackendName;
  /** One line for a person: library, version, device. */
  readonly describe: () => string;
  /** Why each better backend was not taken, one line each, best first. */
  readonly reasons: readonly string[];
}

/** Options of {@link loadBackend}. */
export interface LoadBackendOptions {
  /** Tried first, WebGPU then also on a software adapter; the usual order follows if it fails. */
  readonly prefer?: BackendName;
  /** Told the choice and each reason, one line at a time. */
  readonly log?: (line: string) => void;
}

const VARIABLE = 'QUAKELOOM_BACKEND';

const REMEDIES: Readonly<Record<BackendName, string>> = {
  'tensorflow-cuda': 'run npm run setup on a machine where nvidia-smi lists a GPU',
  webgpu: 'install a Vulkan driver and libvulkan.so.1 (VK_ICD_FILENAMES names a driver)',
  'tensorflow-cpu': 'run npm run setup with a C++ compiler and Python 3 with pip',
  wasm: 'run npm ci --ignore-scripts to repair the installed packages',
};

let loading: Promise<Backend> | null = null;

/**
 * Loads the best backend that works, once per thread: later calls get the same one, whatever they
 * prefer. In a worker thread TensorFlow's C++ code reads the environment of the main thread, so its
 * log level must be set there ({@link quietNativeLog}) or before the process starts.
 *
 * @throws InvalidInputError when `QUAKELOOM_BACKEND` names no backend
 * @throws UnavailableError when the backend it names cannot be loaded, or none can
 */
export function loadBackend(options: LoadBackendOptions = {}): Promise<Backend> {
  loading ??= chooseBackend(options).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

/**
 * Silences TensorFlow's C++ log (its errors also arrive as exceptions; its CUDA build logs harmless
 * ones at every start) and keeps its GPU memory to what it needs, unless told else.
 */
export function quietNativeLog(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}

async function chooseBackend({ prefer, log }: LoadBackendOptions): Promise<Backend> {
  quietNativeLog();
  const forced = readForced();
  const chosen = forced ?? prefer;
  const reasons: string[] = [];
  for (const name of candidates(forced, prefer)) {
    const attempt = await loadOne(name, name === chosen);
    if (attempt.ok) {
      const backend = { tf: attempt.tf, name, describe: () => attempt.description, reasons };
      log?.(`computing with ${attempt.description}`);
      return backend;
    }
    reasons.push(`${name}: ${attempt.reason}`);
    log?.(`not computing with ${name}: ${attempt.reason}`);
  }
  throw new UnavailableError({
    what: forced ? `TensorFlow.js backend ${forced} (${VARIABLE})` : 'every TensorFlow.js backend',
    reason: reasons.join('; '),
    remedy: REMEDIES[forced ?? 'wasm'],
    retryable: false,
  });
}

function candidates(forced: BackendName | null, prefer?: BackendName): readonly BackendName[] {
  if (forced) return [forced];
  if (!prefer) return BACKEND_NAMES;
  return [prefer, ...BACKEND_NAMES.filter((name) => name !== prefer)];
}

function readForced(): BackendName | null {
  const value = process.env[VARIABLE];
  if (!value) return null;
  const name = BACKEND_NAMES.find((candidate) => candidate === value);
  if (name) return name;
  throw new InvalidInputError({
    what: VARIABLE,
    reason: `"${value}" is not one of ${BACKEND_NAMES.join(', ')}`,
    remedy: `correct ${VARIABLE}, or unset it for the best one`,
  });
}

/** `isChosen`: somebody asked for this one by name, so a slow software adapter is no obstacle. */
async function loadOne(name: BackendName, isChosen: boolean): Promise<Attempt> {
  switch (name) {
    case 'tensorflow-cuda':
      return loadNative('cuda');
    case 'tensorflow-cpu':
      return loadNative('cpu');
    case 'webgpu':
      return loadWebGpu({ allowSoftware: isChosen });
    case 'wasm':
      return loadWasm();
  }
}
