import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../models/backend.js';
import type { BackendProbe } from './backend-probe.js';
import { expectedResults } from './backend-inputs.js';

const PROBE = fileURLToPath(new URL('./backend-probe.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BINDING = path.join(ROOT, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8');

/** Debian's chromium carries a software Vulkan driver and a Vulkan loader. */
const CHROMIUM = '/usr/lib/chromium';
const SOFTWARE_GPU = {
  VK_ICD_FILENAMES: path.join(CHROMIUM, 'vk_swiftshader_icd.json'),
  LD_LIBRARY_PATH: [CHROMIUM, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
};

/** Loads and uses a backend in a process of its own; also gives what it said on stderr. */
function probe(
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): BackendProbe & { readonly stderr: string } {
  // What the caller's shell forces must not decide here; undefined removes a variable.
  const clean = { ...process.env, QUAKELOOM_BACKEND: undefined, TF_CPP_MIN_LOG_LEVEL: undefined };
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', PROBE, ...args],
    { encoding: 'utf8', env: { ...clean, ...env }, cwd: ROOT },
  );
  expect(status, stderr).toBe(0);
  return { ...(JSON.parse(stdout) as BackendProbe), stderr };
}

/** Largest difference, relative to the largest expected value. */
function relativeError(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!))) / scale;
}

/** What a backend needs on this machine; null when it is there. */
const LACKS: Readonly<Partial<Record<BackendName, string | null>>> = {
  'tensorflow-cpu': existsSync(path.join(BINDING, 'tfjs_binding.node'))
    ? null
    : 'the native binding is not built',
  webgpu: existsSync(SOFTWARE_GPU.VK_ICD_FILENAMES)
    ? null
    : 'SwiftShader is not installed (Debian package chromium)',
  wasm: null,
};

/** Runs the suite, or says why not; in CI a lack is a failure. */
function describeBackend(name: BackendName, suite: () => void): void {
  const lack = LACKS[name];
  if (!lack) describe(name, suite);
  else if (process.env['CI']) {
    describe(name, () => {
      it('is there in CI', () => expect.fail(lack));
    });
  } else describe.skip(`${name} (${lack})`, suite);
}

const expected = expectedResults();

/**
 * Accepted relative error. WGSL promises sine and cosine only to 2^-11, and TensorFlow.js's WebGPU
 * kernel takes its FFT's factors from them: measured 1.0e-4 for 64 samples on SwiftShader.
 */
const bound = (name: BackendName, operation: string): number =>
  name === 'webgpu' && operation.startsWith('fft') ? 2 ** -11 : 1e-5;

for (const name of ['tensorflow-cpu', 'webgpu', 'wasm'] as const) {
  describeBackend(name, () => {
    const env = { QUAKELOOM_BACKEND: name, ...(name === 'webgpu' && SOFTWARE_GPU) };
    for (const thread of ['main', 'worker'] as const) {
      it(`computes what the definitions give, in the ${thread} thread`, () => {
        const found = probe(env, thread === 'worker' ? ['worker'] : []);
        expect(found.error).toBeUndefined();
        expect(found.name).toBe(name);
        expect(found.reasons).toEqual([]);
        expect(found.isSecondLoadSame).toBe(true);
        for (const [operation, values] of Object.entries(expected)) {
          const actual = found.results?.[operation];
          if (name === 'wasm' && operation.startsWith('fft')) expect(actual).toBeNull();
          else
            expect(relativeError(actual ?? [], values), operation).toBeLessThan(
              bound(name, operation),
            );
        }
        // Dawn's driver may speak of the desktop that is missing; TensorFlow must be quiet.
        if (name !== 'webgpu') expect(found.stderr).toBe('');
      });
    }
  });
}

describe('the choice', () => {
  it('takes the best backend and says why not a better one', () => {
    const found = probe({ CUDA_VISIBLE_DEVICES: '-1' });
    const order: readonly BackendName[] = ['tensorflow-cuda', 'webgpu', 'tensorflow-cpu', 'wasm'];
    const rank = order.indexOf(found.name!);
    expect(found.reasons!.map((reason) => reason.split(':')[0])).toEqual(order.slice(0, rank));
    expect(found.name).not.toBe('tensorflow-cuda');
    if (LACKS['tensorflow-cpu'] === null) expect(rank).toBeLessThanOrEqual(2);
  });

  it('never takes a software GPU by itself', () => {
    const found = probe({ ...SOFTWARE_GPU, CUDA_VISIBLE_DEVICES: '-1' });
    expect(found.description).not.toMatch(/swiftshader/i);
  });

  it.skipIf(LACKS.webgpu)('takes a software GPU when it is preferred', () => {
    const found = probe({ ...SOFTWARE_GPU, PROBE_PREFER: 'webgpu' });
    expect(found.description).toMatch(/WebGPU \(SwiftShader/);
  });

  it('goes on in the usual order when the preferred one does not load', () => {
    const found = probe({ PROBE_PREFER: 'tensorflow-cuda', CUDA_VISIBLE_DEVICES: '-1' });
    expect(found.error).toBeUndefined();
    expect(found.reasons![0]).toMatch(/^tensorflow-cuda: /);
  });

  it('treats a forced backend that does not load as an error with a remedy', () => {
    const found = probe({ QUAKELOOM_BACKEND: 'tensorflow-cuda', CUDA_VISIBLE_DEVICES: '-1' });
    expect(found.error).toMatch(
      /^TensorFlow\.js backend tensorflow-cuda \(QUAKELOOM_BACKEND\) unavailable: .*What to do: run/,
    );
  });

  it('refuses a forced name that it does not know', () => {
    const found = probe({ QUAKELOOM_BACKEND: 'abacus' });
    expect(found.error).toMatch(/"abacus" is not one of tensorflow-cuda, webgpu, .*What to do:/);
  });

  it('says that Vulkan is missing when WebGPU is forced without a driver', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'quakeloom-no-driver-'));
    try {
      const found = probe({
        QUAKELOOM_BACKEND: 'webgpu',
        VK_ICD_FILENAMES: path.join(folder, 'none.json'),
      });
      expect(found.error).toMatch(/Dawn finds no adapter.*What to do: install a Vulkan driver/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
