/**
 * A matrix of numbers that lies row by row in a file (packets, traces, interleaved samples): ranges
 * of rows and columns in, their bytes or numbers out, without reading what lies between where that
 * is much.
 * @module
 */
import type { BinaryFile } from '../binary-file.js';
import { bytesPerSample, type SampleArray, type SampleType } from './recording.js';

/** Bytes of one system call. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Bytes between two wanted ranges that cost less to read than another call. */
const GAP_BYTES = 16 * 1024;

export interface FileMatrix {
  /** Byte of the value [0, 0]. */
  readonly offset: number;
  /** Bytes from one row to the next. */
  readonly rowStride: number;
  readonly bytesPerValue: number;
  /** What the rows are, for messages: `trace data`. */
  readonly at: string;
}

/** Bytes of the block, packed row by row. Throws CorruptSourceError where the file ends. */
export async function readMatrix(
  file: BinaryFile,
  matrix: FileMatrix,
  block: { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] },
): Promise<Uint8Array> {
  const { offset, rowStride, bytesPerValue, at } = matrix;
  const [firstRow, endRow] = block.rows;
  const width = (block.columns[1] - block.columns[0]) * bytesPerValue;
  const start = offset + firstRow * rowStride + block.columns[0] * bytesPerValue;
  const rows = endRow - firstRow;
  if (rows <= 0 || width <= 0) return new Uint8Array(0);
  if (width === rowStride) return file.read(start, rows * width, at);
  // The last byte first: a file too short must not cost the memory of a whole block.
  await file.read(start + (rows - 1) * rowStride + width - 1, 1, at);
  const out = new Uint8Array(rows * width);
  const rowsAtOnce =
    rowStride - width > GAP_BYTES ? 1 : Math.max(1, Math.floor(PIECE_BYTES / rowStride));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - row);
    const piece = await file.read(start + row * rowStride, (count - 1) * rowStride + width, at);
    for (let i = 0; i < count; i++) {
      out.set(piece.subarray(i * rowStride, i * rowStride + width), (row + i) * width);
    }
  }
  return out;
}

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Zeros of a sample type. */
export function sampleArray(type: SampleType, length: number): SampleArray {
  return new ARRAYS[type](length);
}

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Packed bytes as numbers of the host's byte order. The bytes may be swapped in place. */
export function samplesFromBytes(
  bytes: Uint8Array,
  type: SampleType,
  littleEndian: boolean,
): SampleArray {
  const size = bytesPerSample(type);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  if (littleEndian !== HOST_IS_LITTLE) swapBytes(aligned, size);
  return new ARRAYS[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / size);
}

/** Reverses the bytes of each value in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

/** Row-major [rows, columns] to [columns, rows], by tiles that fit in the cache. */
export function transposed<T extends SampleArray>(values: T, rows: number, columns: number): T {
  const out = new (values.constructor as new (length: number) => T)(values.length);
  const tile = 32;
  for (let r0 = 0; r0 < rows; r0 += tile) {
    const r1 = Math.min(rows, r0 + tile);
    for (let c0 = 0; c0 < columns; c0 += tile) {
      const c1 = Math.min(columns, c0 + tile);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) out[c * rows + r] = values[r * columns + c] as never;
      }
    }
  }
  return out;
}
