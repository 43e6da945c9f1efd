/**
 * In: the bytes of a TIFF file. Out: the tags of its first image with their numbers, in the file's
 * own byte order, each offset checked against the file's length. The image reader takes block
 * offsets from here, because geotiff.js 3.0.5 reads long offset arrays of big-endian files in the
 * wrong byte order and then returns zeros. Layout: TIFF 6.0 section 2, BigTIFF design 2007.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

export interface TiffDirectory {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  /** Numbers of a tag; undefined when the file has no such tag. */
  numbers(tag: number): readonly number[] | undefined;
  /** Text of an ASCII tag, without its closing NUL. */
  text(tag: number): string | undefined;
}

/** Bytes of each TIFF field type, by its code. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

interface Entry {
  readonly type: number;
  readonly count: number;
  readonly offset: number;
}

/** True for the first bytes of a TIFF or BigTIFF file. */
export function isTiff(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  const little = a === 0x49 && b === 0x49 && d === 0 && (c === 42 || c === 43);
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || big;
}

/**
 * First image directory of a TIFF. `name` is used in errors. Throws UnsupportedSourceError when the
 * bytes are no TIFF, CorruptSourceError with the byte offset when a structure leaves the file.
 */
export function readTiffDirectory(bytes: Uint8Array, name: string): TiffDirectory {
  if (!isTiff(bytes)) {
    throw new UnsupportedSourceError({
      source: name,
      reason: 'the first four bytes are not those of a TIFF',
      remedy: 'give a GeoTIFF file',
    });
  }
  const littleEndian = bytes[0] === 0x49;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (offset: number, length: number, what: string): void => {
    if (offset < 0 || offset + length > bytes.byteLength) {
      throw new CorruptSourceError({
        source: name,
        at: `byte ${offset}`,
        reason: `${what} needs ${length} bytes but the file ends at byte ${bytes.byteLength}`,
      });
    }
  };
  const u16 = (at: number): number => view.getUint16(at, littleEndian);
  const u32 = (at: number): number => view.getUint32(at, littleEndian);
  const u64 = (at: number): number => Number(view.getBigUint64(at, littleEndian));

  need(0, 8, 'the TIFF header');
  const bigTiff = u16(2) === 43;
  if (bigTiff) need(0, 16, 'the BigTIFF header');
  const word = bigTiff ? u64 : u32;
  const wordBytes = bigTiff ? 8 : 4;
  const start = word(bigTiff ? 8 : 4);
  const countBytes = bigTiff ? 8 : 2;
  need(start, countBytes, 'the image directory');
  const count = bigTiff ? u64(start) : u16(start);
  const entryBytes = 4 + 2 * wordBytes;
  need(start + countBytes, count * entryBytes, `the image directory of ${count} tags`);

  const entries = new Map<number, Entry>();
  for (let i = 0; i < count; i++) {
    const at = start + countBytes + i * entryBytes;
    const type = u16(at + 2);
    const values = word(at + 4);
    const size = values * (TYPE_BYTES[type] ?? 0);
    const offset = size <= wordBytes ? at + 4 + wordBytes : word(at + 4 + wordBytes);
    need(offset, size, `TIFF tag ${u16(at)}`);
    entries.set(u16(at), { type, count: values, offset });
  }

  const readers: Readonly<Record<number, (at: number) => number>> = {
    1: (at) => view.getUint8(at),
    2: (at) => view.getUint8(at),
    3: u16,
    4: u32,
    6: (at) => view.getInt8(at),
    7: (at) => view.getUint8(at),
    8: (at) => view.getInt16(at, littleEndian),
    9: (at) => view.getInt32(at, littleEndian),
    11: (at) => view.getFloat32(at, littleEndian),
    12: (at) => view.getFloat64(at, littleEndian),
    13: u32,
    16: u64,
    18: u64,
  };
  const numbers = (tag: number): number[] | undefined => {
    const entry = entries.get(tag);
    if (!entry) return undefined;
    const read = readers[entry.type];
    if (!read) {
      throw new CorruptSourceError({
        source: name,
        at: `TIFF tag ${tag}`,
        reason: `it has field type ${entry.type}, which cannot hold its numbers`,
      });
    }
    const step = TYPE_BYTES[entry.type] as number;
    return Array.from({ length: entry.count }, (_, i) => read(entry.offset + i * step));
  };
  const text = (tag: number): string | undefined => {
    const entry = entries.get(tag);
    if (!entry) return undefined;
    const raw = bytes.subarray(entry.offset, entry.offset + entry.count);
    return new TextDecoder('latin1').decode(raw).split('\0')[0];
  };
  return { littleEndian, bigTiff, numbers, text };
}
