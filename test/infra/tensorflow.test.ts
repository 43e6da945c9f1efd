import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../infra/setup/context.mjs';
import { findOnPath, runCommand } from '../../infra/setup/run-command.mjs';
import { tensorflowStep } from '../../infra/setup/tensorflow.mjs';
import type { RunProgram } from '../../infra/setup/types.js';
import { createSandbox } from './setup-sandbox.js';
import type { Sandbox } from './setup-sandbox.js';

const CXX = findOnPath('g++') ?? findOnPath('c++') ?? findOnPath('clang++') ?? '';
const isLinux = process.platform === 'linux';

/** A Node addon that, like the real binding, tells the version of the library it is linked to. */
const BINDING_SOURCE = `
#include <node_api.h>
#include "tensorflow/c/c_api.h"
NAPI_MODULE_INIT() {
  napi_value version;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
`;

let sandbox: Sandbox;
let link: string;
beforeEach(() => {
  sandbox = createSandbox();
  const modules = path.join(sandbox.root, 'node_modules');
  const tfjs = path.join(modules, '@tensorflow', 'tfjs-node-gpu');
  link = path.join(tfjs, 'lib', 'napi-v8', 'tfjs_binding.node');
  sandbox.write(path.join(tfjs, 'package.json'), '{"version":"1.2.3"}');
  sandbox.write(path.join(tfjs, 'binding', 'binding.cc'), BINDING_SOURCE);
  symlinkSync(path.join(ROOT, 'node_modules/node-api-headers'), `${modules}/node-api-headers`);
});
afterEach(() => sandbox.remove());

/** A tiny library of the real one's file names, in the layout of the wheel. */
function makeLibrary(folder: string, version = '7.7.7'): void {
  const declaration = 'extern "C" const char* TF_Version(void)';
  sandbox.write(path.join(folder, 'include/tensorflow/c/c_api.h'), `${declaration};\n`);
  const source = sandbox.write(
    path.join(sandbox.root, 'library.cc'),
    `${declaration} { return "${version}"; }\n`,
  );
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    const args = ['-shared', '-fPIC', `-Wl,-soname,${name}`, source, '-o', path.join(folder, name)];
    execFileSync(CXX, args);
  }
}

const cached = (flavour = 'cpu'): string =>
  path.join(sandbox.cache, 'tensorflow', `2.18.0-${flavour}-linux-${process.arch}`, 'tensorflow');

/** A compiler finds its assembler and linker on PATH. A GPU of this machine plays no part. */
const compiling = (): NodeJS.ProcessEnv => ({
  CXX,
  PATH: [sandbox.bin, process.env['PATH']].join(path.delimiter),
  QUAKELOOM_TENSORFLOW: 'cpu',
});

const failingPip: RunProgram = async (file, args, options) =>
  args.includes('pip')
    ? { code: 1, stdout: '', stderr: 'ERROR: network is closed\n' }
    : runCommand(file, args, options);

describe.skipIf(!isLinux)('without a native binding the set-up goes on and says why', () => {
  it('no compiler', async () => {
    const outcome = await tensorflowStep.inspect(sandbox.context());
    expect(outcome).toMatchObject({ ready: true, result: null, isDegraded: true });
    expect(outcome.detail).toMatch(/^not available \(no C\+\+ compiler.*WASM/);
    expect(outcome.detail).not.toContain('\n');
  });

  it('a compiler variable that names nothing', async () => {
    const outcome = await tensorflowStep.inspect(sandbox.context({ env: { CXX: 'absent++' } }));
    expect(outcome.reason).toBe('CXX=absent++ cannot be run');
  });

  it('no Python to fetch the library with', async () => {
    const outcome = await tensorflowStep.inspect(sandbox.context({ env: { CXX: '/bin/sh' } }));
    expect(outcome.reason).toMatch(/no python3 on PATH/);
  });

  it('no wheel', async () => {
    const env = { CXX: '/bin/sh', PYTHON: '/bin/sh' };
    const context = sandbox.context({ env, run: failingPip });
    expect(await tensorflowStep.inspect(context)).toMatchObject({ ready: false });
    const outcome = await tensorflowStep.install(context);
    expect(outcome).toMatchObject({ ready: true, result: null, isDegraded: true });
    expect(outcome.reason).toMatch(/^pip could not download tensorflow.*network is closed$/);
    expect(existsSync(path.dirname(cached()))).toBe(false);
  });

  it('another processor', async () => {
    const env = { CXX: '/bin/sh', PYTHON: '/bin/sh' };
    const outcome = await tensorflowStep.install(sandbox.context({ env, arch: 'riscv64' }));
    expect(outcome.reason).toBe('no TensorFlow wheel (cpu) for linux riscv64');
  });

  it('another system', async () => {
    const outcome = await tensorflowStep.inspect(sandbox.context({ platform: 'darwin' }));
    expect(outcome.reason).toMatch(/no route to it on darwin/);
  });

  it('it is not wanted', async () => {
    const env = { QUAKELOOM_TENSORFLOW: 'none' };
    const outcome = await tensorflowStep.inspect(sandbox.context({ env }));
    expect(outcome).toMatchObject({ ready: true, result: null, isDegraded: false });
  });
});

describe.skipIf(!isLinux)('variables that are set but wrong are errors', () => {
  it('a folder without the library', async () => {
    const env = { QUAKELOOM_LIBTENSORFLOW: sandbox.bin };
    await expect(tensorflowStep.inspect(sandbox.context({ env }))).rejects.toMatchObject({
      message: expect.stringMatching(/^QUAKELOOM_LIBTENSORFLOW=.*holds no TensorFlow C library/),
      remedy: expect.stringMatching(/^correct QUAKELOOM_LIBTENSORFLOW/),
    });
  });

  it('an unknown flavour', async () => {
    const env = { QUAKELOOM_TENSORFLOW: 'tpu' };
    await expect(tensorflowStep.inspect(sandbox.context({ env }))).rejects.toThrow(
      'QUAKELOOM_TENSORFLOW=tpu is not one of auto, cpu, cuda, none',
    );
  });
});

describe.skipIf(!isLinux || CXX === '')('with a compiler', () => {
  it('compiles, links and finds it again without running anything', async () => {
    makeLibrary(cached());
    const { result } = await tensorflowStep.install(sandbox.context({ env: compiling() }));
    expect(result).toMatchObject({ version: '7.7.7', flavour: 'cpu' });
    expect(readlinkSync(link)).toBe(result!.path);
    const dead: RunProgram = () => Promise.reject(new Error('nothing may run'));
    const again = await tensorflowStep.inspect(sandbox.context({ env: compiling(), run: dead }));
    expect(again).toMatchObject({ ready: true, result });
  });

  it('takes a library that the variable names, in the layout of the C archive', async () => {
    const home = path.join(sandbox.root, 'own');
    makeLibrary(home, '8.8.8');
    mkdirSync(path.join(home, 'lib'));
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
      symlinkSync(path.join('..', name), path.join(home, 'lib', name));
    }
    const env = { ...compiling(), QUAKELOOM_LIBTENSORFLOW: home };
    const { result } = await tensorflowStep.install(sandbox.context({ env }));
    expect(result).toMatchObject({ version: '8.8.8', from: 'QUAKELOOM_LIBTENSORFLOW' });
  });

  it('links the cached binding again after node_modules was installed anew', async () => {
    makeLibrary(cached());
    const context = sandbox.context({ env: compiling() });
    const { result } = await tensorflowStep.install(context);
    rmSync(path.dirname(link), { recursive: true });
    rmSync(context.stateDir, { recursive: true });
    expect(await tensorflowStep.inspect(context)).toMatchObject({ ready: false });
    const compilers: string[] = [];
    const run: RunProgram = (file, args, options) => {
      if (file === CXX) compilers.push(file);
      return runCommand(file, args, options);
    };
    expect((await tensorflowStep.install({ ...context, run })).result).toEqual(result);
    expect(compilers).toEqual([]);
    expect(readlinkSync(link)).toBe(result!.path);
  });

  it('throws a damaged or half-made binding away', async () => {
    makeLibrary(cached());
    const context = sandbox.context({ env: compiling() });
    const { result } = await tensorflowStep.install(context);
    sandbox.write(result!.path, 'half a binding');
    sandbox.write(path.join(`${path.dirname(result!.path)}.partial`, 'x'), 'rubbish');
    expect(await tensorflowStep.inspect(context)).toMatchObject({ ready: false });
    expect((await tensorflowStep.install(context)).result).toEqual(result);
    expect(existsSync(`${path.dirname(result!.path)}.partial`)).toBe(false);
  });

  it('falls back when the compiler refuses, with its reason', async () => {
    makeLibrary(cached());
    sandbox.write(path.join(path.dirname(link), '../../binding/binding.cc'), '#error no luck\n');
    const outcome = await tensorflowStep.install(sandbox.context({ env: compiling() }));
    expect(outcome).toMatchObject({ ready: true, result: null, isDegraded: true });
    expect(outcome.reason).toMatch(/^the C\+\+ compiler failed: .*no luck/);
    expect(existsSync(link)).toBe(false);
  });

  it('wants the CUDA wheels where nvidia-smi shows a GPU, the CPU wheel if they fail', async () => {
    sandbox.program('nvidia-smi', 'echo "GPU 0: Pretend (UUID: 1)"');
    makeLibrary(cached());
    const asked: string[] = [];
    const run: RunProgram = (file, args, options) => {
      if (args.includes('pip')) asked.push(args.join(' '));
      return failingPip(file, args, options);
    };
    const env = { ...compiling(), PYTHON: '/bin/sh', QUAKELOOM_TENSORFLOW: 'auto' };
    const context = sandbox.context({ env, arch: 'x64', run });
    const outcome = await tensorflowStep.install(context);
    expect(asked).toHaveLength(1);
    expect(outcome.result).toMatchObject({ flavour: 'cpu', version: '7.7.7' });
    expect(outcome.note).toMatch(/pip could not download tensorflow==2\.18\.0/);
  });
});
