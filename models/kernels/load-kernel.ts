/**
 * The name of a kernel in, its instance with a memory of its own out. Kernels are AssemblyScript
 * (`assembly/<name>.ts`), compiled by the set-up; they work on raw addresses and never allocate, so
 * the caller lays out the memory.
 * @module
 */
import { readFileSync } from 'node:fs';
import { UnavailableError } from '../../core/errors.js';

/** A kernel's functions and the memory that they work on. */
export interface Kernel<Functions> {
  readonly functions: Functions;
  readonly memory: WebAssembly.Memory;
}

const PAGE_BYTES = 65_536;
const compiled = new Map<string, WebAssembly.Module>();

/**
 * Instantiates `build/<name>.wasm` with at least `bytes` of zeroed memory. Each call gives an
 * instance of its own, so that two callers never share memory. Throws UnavailableError when the
 * set-up has not compiled the kernel.
 */
export function loadKernel<Functions>(input: { name: string; bytes: number }): Kernel<Functions> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(input.bytes / PAGE_BYTES) + 1 });
  const instance = new WebAssembly.Instance(moduleOf(input.name), {
    env: { memory, abort: failKernel },
  });
  return { functions: instance.exports as Functions, memory };
}

function failKernel(): never {
  throw new Error('a kernel left the memory that it was given');
}

function moduleOf(name: string): WebAssembly.Module {
  const known = compiled.get(name);
  if (known) return known;
  const made = new WebAssembly.Module(readModule(name));
  compiled.set(name, made);
  return made;
}

function readModule(name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(new URL(`build/${name}.wasm`, import.meta.url)));
  } catch (cause) {
    throw new UnavailableError({
      what: `kernel ${name}`,
      reason: 'it is not compiled',
      remedy: 'run `npm run setup`',
      retryable: false,
      cause,
    });
  }
}
