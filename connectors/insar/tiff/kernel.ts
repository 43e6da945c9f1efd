/**
 * The kernel `connectors/kernels/assembly/tiff.ts` and room in its memory, kept from block to block.
 * @module
 */
import { loadKernel, type Kernel } from '../../../core/kernel.js';

export interface TiffKernel {
  inflateTwo(
    fromA: number,
    lengthA: number,
    toA: number,
    fromB: number,
    lengthB: number,
    toB: number,
    wanted: number,
  ): number;
  lzw(from: number, length: number, to: number, capacity: number, table: number): number;
  floatPredictor(
    from: number,
    to: number,
    rows: number,
    values: number,
    size: number,
    stride: number,
  ): void;
  horizontalPredictor(
    data: number,
    rows: number,
    values: number,
    size: number,
    stride: number,
  ): void;
  swapBytes(data: number, count: number, size: number): void;
  makeFloatPredictor(from: number, to: number, rows: number, values: number, size: number): void;
}

/** LZW strings are copied whole, up to this far behind the end of a block. */
export const LONGEST_STRING = 4096;

/** The kernel's tables: LZW strings, Huffman codes. */
const TABLE = 16;
const TABLES_END = 65_536;
/** Bytes are copied in words, up to this far behind their end. */
const SLACK = 64;
/** Larger blocks, and pairs of them, are rare and would keep their memory. */
const MOST_OF_TWO = 2 ** 24;

const TIFF_WASM = new URL('../../kernels/build/tiff.wasm', import.meta.url);
let kernel: Kernel<TiffKernel> | null = null;

/** The kernel with room for so many bytes at `from` and at `to`, both multiples of 16. */
export function workspace(
  fromBytes: number,
  toBytes: number,
): { functions: TiffKernel; memory: Uint8Array; from: number; to: number; table: number } {
  kernel ??= loadKernel<TiffKernel>({ file: TIFF_WASM, bytes: TABLES_END });
  const to = TABLES_END + rounded(fromBytes);
  const missing = to + rounded(toBytes) - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / 65_536));
  return {
    functions: kernel.functions,
    memory: new Uint8Array(kernel.memory.buffer),
    ...{ from: TABLES_END, to, table: TABLE },
  };
}

function rounded(bytes: number): number {
  return Math.ceil((bytes + SLACK) / 16) * 16;
}

/**
 * Inflates two zlib streams of `wanted` bytes each, to `to`; as many bytes at `from` are free then. Null when one of
 * them is anything but whole, or too large.
 */
export function inflateTwo(
  [a, b]: readonly [Uint8Array, Uint8Array],
  wanted: number,
): {
  functions: TiffKernel;
  memory: Uint8Array;
  from: readonly [number, number];
  to: readonly [number, number];
} | null {
  const room = rounded(Math.max(a.length, b.length, wanted));
  if (room > MOST_OF_TWO) return null;
  const { functions, memory, from, to } = workspace(2 * room, 2 * room);
  memory.set(a, from);
  memory.set(b, from + room);
  const done = functions.inflateTwo(
    ...([from, a.length, to] as const),
    ...([from + room, b.length, to + room] as const),
    wanted,
  );
  return done === 0 ? null : { functions, memory, from: [from, from + room], to: [to, to + room] };
}
