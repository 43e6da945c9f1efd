/**
 * A dataset's header as the library gives it, checked: a type we can hold, filters we can undo, and
 * sizes that the file can hold.
 * @module
 */
import { CorruptSourceError, UnsupportedSourceError } from '../../core/errors.js';

/** A dataset's header as the library gives it, unchecked. */
export interface RawHeader {
  readonly metadata: {
    readonly shape: readonly number[] | null;
    /** HDF5 type class: 0 integer, 1 float. */
    readonly type: number;
    readonly size: number;
    readonly signed: boolean;
    readonly chunks: readonly number[] | null;
    readonly isVirtual: boolean;
  };
  readonly filters: readonly { readonly id: number; readonly name: string }[];
}

/** What a dataset's header says. */
export interface DatasetHeader {
  readonly shape: readonly number[];
  readonly kind: 'integer' | 'float';
  readonly signed: boolean;
  readonly bytesPerValue: number;
  /** Chunk shape; null for contiguous storage. */
  readonly chunks: readonly number[] | null;
  /** Numbers of the filters, in the order in which they were applied on writing. */
  readonly filters: readonly number[];
  /** The values lie in other datasets, most often of other files. */
  readonly isVirtual: boolean;
}

/** Filters of the library itself and of h5wasm-plugins, by their registered numbers. */
const KNOWN_FILTERS: ReadonlySet<number> = new Set([
  1, // deflate (gzip)
  2, // shuffle
  3, // fletcher32
  4, // szip
  5, // nbit
  6, // scaleoffset
  307, // bzip2
  32_000, // lzf
  32_001, // blosc
  32_004, // lz4
  32_008, // bitshuffle
  32_013, // zfp
  32_015, // zstd
  32_022, // bitgroom
  32_023, // bitround
  32_026, // blosc2
]);

/** The library decodes a chunk in memory, several times over. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;
/** Below this, a claim beyond the file's size costs little. */
const HARMLESS_BYTES = 4 * 1024 * 1024 * 1024;
/** deflate packs at most 1032 to one; with room for other filters. */
const MAX_PACKING = 1100;

/**
 * Checks the header. Throws CorruptSourceError for what is no array of numbers or larger than the
 * file can hold, UnsupportedSourceError for an unknown filter or a chunk too large for memory.
 */
export function checkedHeader(
  input: RawHeader & {
    readonly source: string;
    readonly path: string;
    readonly fileBytes: number;
  },
): DatasetHeader {
  const { source, path, metadata, filters } = input;
  const { shape, type, size, chunks, isVirtual } = metadata;
  // HDF5 type classes: 0 integer, 1 float. Half floats are not decoded by h5wasm.
  const kind = type === 0 ? 'integer' : type === 1 ? 'float' : null;
  const isHeld = kind === 'float' ? size === 4 || size === 8 : [1, 2, 4, 8].includes(size);
  if (kind === null || !isHeld || !shape) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `expected an array of numbers, found HDF5 type class ${type} of ${size} bytes`,
    });
  }
  checkFilters(source, path, filters);
  const bytes = shape.reduce((product, length) => product * length, size);
  if (!isVirtual && bytes > HARMLESS_BYTES && bytes > input.fileBytes * MAX_PACKING) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `shape [${shape.join(', ')}] claims ${bytes} bytes, the file has ${input.fileBytes}`,
    });
  }
  const chunkBytes = chunks?.reduce((product, length) => product * length, size) ?? 0;
  if (chunkBytes > MAX_CHUNK_BYTES && filters.length > 0) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} is compressed in chunks of ${chunkBytes} bytes; at most ${MAX_CHUNK_BYTES} fit in memory`,
      remedy: 'write it again in smaller chunks, for example with h5repack -l CHUNK=1000x1000',
    });
  }
  return {
    shape,
    kind,
    signed: metadata.signed,
    bytesPerValue: size,
    chunks,
    filters: filters.map(({ id }) => id),
    isVirtual,
  };
}

function checkFilters(source: string, path: string, filters: RawHeader['filters']): void {
  const unknown = filters.find(({ id }) => !KNOWN_FILTERS.has(id));
  if (unknown === undefined) return;
  const name = unknown.name.replace(/[^\x20-\x7e]/g, '').slice(0, 60);
  throw new UnsupportedSourceError({
    source,
    reason: `${path} is compressed with the unknown filter ${unknown.id}${name === '' ? '' : ` (${name})`}`,
    remedy: 'write it again with a common filter, for example with h5repack -f GZIP=4',
  });
}
