/**
 * The name of a kernel in, its instance with a memory of its own out: `assembly/<name>.ts`
 * (AssemblyScript), compiled by the set-up. Kernels work on raw addresses and never allocate.
 * @module
 */
import { readFileSync } from 'node:fs';
import { UnavailableError } from '../../core/errors.js';

/** A kernel's functions and the memory that they work on, which the caller may grow. */
export interface Kernel<Functions> {
  readonly functions: Functions;
  readonly memory: WebAssembly.Memory;
}

/** Instantiates `build/<name>.wasm`. Throws UnavailableError when the set-up has not compiled it. */
export function loadKernel<Functions>(name: string): Kernel<Functions> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(new URL(`build/${name}.wasm`, import.meta.url)));
  } catch (cause) {
    throw new UnavailableError({
      what: `kernel ${name}`,
      reason: 'it is not compiled',
      remedy: 'run `npm run setup`',
      retryable: false,
      cause,
    });
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  const abort = (): never => {
    throw new Error(`the kernel ${name} left the memory that it was given`);
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory, abort },
  });
  return { functions: instance.exports as Functions, memory };
}
