/**
 * Zstandard frames in, bytes out (RFC 8878), by the WebAssembly build of `@foxglove/wasm-zstd`, used below its own
 * wrapper so that memory is taken once and results are not copied out of it. `zlib.zstdDecompressSync` of Node 22
 * takes memory anew for each block and is slower for it (bench/insar).
 * @module
 */
import { createRequire } from 'node:module';

interface ZstdModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** Bytes written, or -1 when the frames are damaged or larger than `capacity`. */
  _decompress(to: number, capacity: number, from: number, length: number): number;
}

/** The memory of the decoder ends at 2 GiB. */
const MOST_BYTES = 2 ** 29;

let ready: Promise<ZstdModule> | null = null;
let decoder: ZstdModule | null = null;
/** Room kept between calls. */
let from = { address: 0, bytes: 0 };
let to = { address: 0, bytes: 0 };

/** Loads the decoder. */
export async function prepareZstd(): Promise<void> {
  if (decoder) return;
  const load = createRequire(import.meta.url)(
    '@foxglove/wasm-zstd/dist/wasm-zstd.js',
  ) as () => Promise<ZstdModule>;
  ready ??= load();
  decoder = await ready;
}

/**
 * Undoes frames of at most `most` bytes together; they need not state their size. The result is good until the next
 * call. Call `prepareZstd` before. Throws a plain Error on damaged data.
 */
export function unpackZstd(bytes: Uint8Array, most: number): Uint8Array {
  if (!decoder) throw new Error('the Zstandard decoder is not loaded');
  from = room(decoder, from, bytes.length);
  to = room(decoder, to, most);
  decoder.HEAPU8.set(bytes, from.address);
  const length = decoder._decompress(to.address, most, from.address, bytes.length);
  // Errors are -1, and nothing longer than the room is ever written.
  if (length < 0 || length > most) {
    throw new Error('the Zstandard frame is damaged or larger than its block');
  }
  return decoder.HEAPU8.subarray(to.address, to.address + length);
}

function room(zstd: ZstdModule, kept: typeof from, bytes: number): typeof from {
  if (bytes <= kept.bytes) return kept;
  if (bytes > MOST_BYTES) throw new Error(`${bytes} bytes are too many for one block`);
  const address = zstd._malloc(bytes);
  if (address === 0) throw new Error(`no memory for a block of ${bytes} bytes`);
  if (kept.bytes > 0) zstd._free(kept.address);
  return { address, bytes };
}
