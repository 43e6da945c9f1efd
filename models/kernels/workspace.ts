/**
 * A kernel's instance of this thread with room for a caller's layout. Instances are kept, so that a
 * packet a second does not instantiate one a second; their contents are scratch between calls.
 * @module
 */
import { loadKernel, type Kernel } from '../../core/kernel.js';

/** First address a caller may use: the page below is left to the compiler. */
export const WORKSPACE_START = 65_536;

const instances = new Map<string, Kernel<unknown>>();

/**
 * The thread's instance of `name` with at least `bytes` from WORKSPACE_START on. Make views after
 * this call: memory that grows detaches older ones. Contents are those of earlier calls. Throws
 * UnavailableError when the set-up has not compiled the kernel.
 */
export function kernelWorkspace<Functions>(input: {
  readonly name: string;
  readonly bytes: number;
}): Kernel<Functions> {
  const { name, bytes } = input;
  let kernel = instances.get(name);
  if (!kernel) {
    const file = new URL(`build/${name}.wasm`, import.meta.url);
    kernel = loadKernel({ file, bytes: WORKSPACE_START + bytes });
    instances.set(name, kernel);
  }
  const missing = WORKSPACE_START + bytes - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536));
  return kernel as Kernel<Functions>;
}
