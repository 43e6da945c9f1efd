/**
 * In: the bytes of a TIFF. Out: the tags of all its images, read in the file's own byte order, every
 * offset checked against the file's length, chains that loop refused. Values of a tag are read when
 * asked for, so that a remote file costs no more than its headers. Layout: TIFF 6.0 section 2,
 * BigTIFF design 2007.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../../core/errors.js';
import type { ByteSource } from './byte-source.js';

/** The tags of one image. */
export interface TiffDirectory {
  /** Byte where the directory starts. */
  readonly at: number;
  has(tag: number): boolean;
  /** Numbers of a tag; undefined when the image has no such tag. */
  numbers(tag: number): Promise<readonly number[] | undefined>;
  /** Text of an ASCII tag, without its closing NUL. */
  text(tag: number): Promise<string | undefined>;
}

export interface TiffFile {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  /** In the order of the chain, the first image first. */
  readonly directories: readonly TiffDirectory[];
}

/** Bytes of each TIFF field type, by its code. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4 },
  ...{ 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8 },
};
/** More images than this in one file are no interferogram. */
const MAX_DIRECTORIES = 256;
const MAX_TAGS = 4096;
/** Most values of a tag: the blocks of a raster of 10^12 pixels in tiles of 512. */
const MAX_VALUES = 2 ** 22;

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
 * Directories of a TIFF. Throws UnsupportedSourceError when the bytes are no TIFF,
 * CorruptSourceError with the byte offset when a structure leaves the file or the chain loops.
 */
export async function readTiffFile(source: ByteSource): Promise<TiffFile> {
  const corrupt = (at: number, reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: source.name, at: `byte ${at}`, reason });
  const head = await source.read(0, Math.min(16, source.bytes), 'the TIFF header');
  if (!isTiff(head)) {
    throw new UnsupportedSourceError({
      source: source.name,
      reason: 'the first four bytes are not those of a TIFF',
      remedy: 'give a GeoTIFF file',
      isRecognised: false,
    });
  }
  const littleEndian = head[0] === 0x49;
  const bigTiff = viewOf(head).getUint16(2, littleEndian) === 43;
  if (head.length < (bigTiff ? 16 : 8)) throw corrupt(0, 'the file ends inside the TIFF header');
  const word = (view: DataView, at: number): number =>
    bigTiff ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  const wordBytes = bigTiff ? 8 : 4;
  const countBytes = bigTiff ? 8 : 2;
  const entryBytes = 4 + 2 * wordBytes;

  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  let at = word(viewOf(head), bigTiff ? 8 : 4);
  while (at !== 0) {
    if (seen.has(at)) throw corrupt(at, 'the chain of image directories comes back to itself');
    if (seen.size === MAX_DIRECTORIES) throw corrupt(at, `more than ${MAX_DIRECTORIES} images`);
    seen.add(at);
    const counter = viewOf(await source.read(at, countBytes, `byte ${at}, an image directory`));
    const count = bigTiff
      ? Number(counter.getBigUint64(0, littleEndian))
      : counter.getUint16(0, littleEndian);
    if (count === 0 || count > MAX_TAGS) throw corrupt(at, `an image directory of ${count} tags`);
    const size = count * entryBytes + wordBytes;
    const start = at + countBytes;
    const view = viewOf(await source.read(start, size, `byte ${at}, a directory of ${count} tags`));
    const entries = new Map<number, Entry>();
    for (let i = 0; i < count; i++) {
      const p = i * entryBytes;
      const type = view.getUint16(p + 2, littleEndian);
      const values = word(view, p + 4);
      const bytes = values * (TYPE_BYTES[type] ?? 0);
      const inPlace = bytes <= wordBytes;
      const offset = inPlace ? start + p + 4 + wordBytes : word(view, p + 4 + wordBytes);
      const tag = view.getUint16(p, littleEndian);
      // The first of two equal tags counts, as in libtiff.
      if (!entries.has(tag)) entries.set(tag, { type, count: values, offset });
    }
    directories.push(directoryOf({ source, littleEndian, at, entries }));
    at = word(view, count * entryBytes);
  }
  if (directories.length === 0) throw corrupt(4, 'the file has no image');
  return { littleEndian, bigTiff, directories };
}

function directoryOf(input: {
  readonly source: ByteSource;
  readonly littleEndian: boolean;
  readonly at: number;
  readonly entries: ReadonlyMap<number, Entry>;
}): TiffDirectory {
  const { source, entries, littleEndian } = input;
  const load = async (tag: number): Promise<{ entry: Entry; view: DataView } | undefined> => {
    const entry = entries.get(tag);
    if (!entry) return undefined;
    const size = TYPE_BYTES[entry.type];
    const at = `TIFF tag ${tag}`;
    const refuse = (reason: string): CorruptSourceError =>
      new CorruptSourceError({ source: source.name, at, reason });
    if (size === undefined) throw refuse(`it has the unknown field type ${entry.type}`);
    if (entry.count > MAX_VALUES) throw refuse(`it claims ${entry.count} values`);
    return { entry, view: viewOf(await source.read(entry.offset, entry.count * size, at)) };
  };
  const known = new Map<number, Promise<readonly number[] | undefined>>();
  const readNumbers = async (tag: number): Promise<readonly number[] | undefined> => {
    const loaded = await load(tag);
    if (!loaded) return undefined;
    const { entry, view } = loaded;
    const read = numberReader(view, littleEndian)[entry.type];
    const step = TYPE_BYTES[entry.type] as number;
    if (!read) {
      throw new CorruptSourceError({
        source: source.name,
        at: `TIFF tag ${tag}`,
        reason: `it has field type ${entry.type}, which cannot hold its numbers`,
      });
    }
    return Array.from({ length: entry.count }, (_, i) => read(i * step));
  };
  return {
    at: input.at,
    has: (tag) => entries.has(tag),
    numbers: (tag) => {
      const value = known.get(tag) ?? readNumbers(tag);
      known.set(tag, value);
      return value;
    },
    text: async (tag) => {
      const loaded = await load(tag);
      if (!loaded) return undefined;
      const { view } = loaded;
      const raw = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      return new TextDecoder('latin1').decode(raw).split('\0')[0];
    },
  };
}

function numberReader(
  view: DataView,
  littleEndian: boolean,
): Readonly<Record<number, (at: number) => number>> {
  const u32 = (at: number): number => view.getUint32(at, littleEndian);
  const u64 = (at: number): number => Number(view.getBigUint64(at, littleEndian));
  return {
    1: (at) => view.getUint8(at),
    3: (at) => view.getUint16(at, littleEndian),
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
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
