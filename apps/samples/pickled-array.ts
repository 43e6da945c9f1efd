/**
 * Bytes of a pickled array in, its numbers out, without unpickling: a pickle is a program, and this
 * one is never run. The opcodes (Python `pickletools`, protocol 4) are only stepped over until the
 * block of bytes of the array stands there. Pure.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';

/** Bytes of the argument of each opcode that may stand before the array; a letter tells how. */
const FIXED_ARGUMENT: ReadonlyMap<number, number> = new Map([
  [0x80, 1], // PROTO
  [0x95, 8], // FRAME
  [0x4b, 1], // BININT1
  [0x4d, 2], // BININT2
  [0x4a, 4], // BININT
  [0x47, 8], // BINFLOAT
  [0x68, 1], // BINGET
  [0x6a, 4], // LONG_BINGET
  [0x71, 1], // BINPUT
  [0x72, 4], // LONG_BINPUT
  ...[...'})]l(dt0123NbRo'].map((letter) => [letter.charCodeAt(0), 0] as const),
  ...[0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x91, 0x93, 0x94, 0x81].map((code) => [code, 0] as const),
  ...[...'usea'].map((letter) => [letter.charCodeAt(0), 0] as const),
]);

/** Bytes of the length that stands before the argument. */
const COUNTED_ARGUMENT: ReadonlyMap<number, 1 | 4 | 8> = new Map([
  [0x8c, 1], // SHORT_BINUNICODE
  [0x58, 4], // BINUNICODE
  [0x8d, 8], // BINUNICODE8
  [0x43, 1], // SHORT_BINBYTES
  [0x42, 4], // BINBYTES
  [0x8e, 8], // BINBYTES8
  [0x8a, 1], // LONG1
]);

const STOP = 0x2e;
const NEWTRUE = 0x88;
const NEWFALSE = 0x89;
const BYTES = new Set([0x43, 0x42, 0x8e]);

/**
 * The float64 array [rows, columns] inside a pickle, row-major. numpy writes its state as (version,
 * shape, type, isFortranOrder, bytes): the flag stands right before the bytes, and column-major data
 * are turned. Throws CorruptSourceError with the byte offset.
 */
export function pickledFloat64(input: {
  readonly source: string;
  readonly pickle: Uint8Array;
  readonly rows: number;
  readonly columns: number;
}): Float64Array {
  const { pickle, rows, columns, source } = input;
  const fail = (at: number, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source, at: `byte ${at}`, reason });
  const view = new DataView(pickle.buffer, pickle.byteOffset, pickle.byteLength);
  const wanted = rows * columns * 8;
  let at = 0;
  let previous = 0;
  while (at < pickle.length) {
    const code = pickle[at] as number;
    if (code === STOP) break;
    const sizeBytes = COUNTED_ARGUMENT.get(code);
    const fixed = FIXED_ARGUMENT.get(code);
    if (sizeBytes === undefined && fixed === undefined) {
      throw fail(at, `unknown opcode 0x${code.toString(16)}`);
    }
    const start = at + 1 + (sizeBytes ?? 0);
    if (start > pickle.length) throw fail(at, 'the pickle ends early');
    const size = sizeBytes === undefined ? (fixed as number) : lengthAt(view, at + 1, sizeBytes);
    if (start + size > pickle.length) throw fail(at, 'the pickle ends early');
    if (BYTES.has(code) && size === wanted) {
      if (previous !== NEWTRUE && previous !== NEWFALSE) {
        throw fail(at, 'no array order before the block of bytes');
      }
      // A copy, because the block need not begin at a multiple of 8.
      const values = new Float64Array(new Uint8Array(pickle.subarray(start, start + size)).buffer);
      return previous === NEWFALSE ? values : transposed(values, rows, columns);
    }
    previous = code;
    at = start + size;
  }
  throw fail(at, `no block of ${wanted} bytes`);
}

function lengthAt(view: DataView, at: number, bytes: 1 | 4 | 8): number {
  if (bytes === 1) return view.getUint8(at);
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    values,
    (_, i) => values[(i % columns) * rows + Math.floor(i / columns)] as number,
  );
}
