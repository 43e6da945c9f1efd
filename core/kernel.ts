/**
 * The file of a compiled kernel in, its instance with a memory of its own out. Kernels are AssemblyScript
 * (`kernels/assembly/<name>.ts` of the room that uses them), compiled by the set-up; they work on raw
 * addresses and never allocate, so the caller lays out the memory.
 * @module
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UnavailableError } from './errors.js';

/** A kernel's functions and the memory that they work on, which the caller may grow. */
export interface Kernel<Functions> {
  readonly functions: Functions;
  readonly memory: WebAssembly.Memory;
}

const PAGE_BYTES = 65_536;
const compiled = new Map<string, WebAssembly.Module>();

/**
 * Instantiates the `.wasm` of `file` with at least `bytes` of zeroed memory. Each call gives an
 * instance of its own, so that two callers never share memory. Throws UnavailableError when the
 * set-up has not compiled the kernel.
 */
export function loadKernel<Functions>(input: { file: URL; bytes: number }): Kernel<Functions> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(input.bytes / PAGE_BYTES) + 1 });
  const instance = new WebAssembly.Instance(moduleOf(input.file), {
    env: { memory, abort: failKernel },
  });
  return { functions: instance.exports as Functions, memory };
}

function failKernel(): never {
  throw new Error('a kernel left the memory that it was given');
}

function moduleOf(file: URL): WebAssembly.Module {
  const known = compiled.get(file.href);
  if (known) return known;
  const made = new WebAssembly.Module(readModule(file));
  compiled.set(file.href, made);
  return made;
}

function readModule(file: URL): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new UnavailableError({
      what: `kernel ${basename(file.pathname, '.wasm')}`,
      reason: 'it is not compiled',
      remedy: 'run `npm run setup`',
      retryable: false,
      cause,
    });
  }
}
