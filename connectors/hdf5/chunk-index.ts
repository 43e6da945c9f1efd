/**
 * Which bytes of the file hold which chunk of a dataset (HDF5 File Format Specification 3.0, III.A.1
 * version 1 B-trees; VII fixed arrays). Only the part of an index that the asked range needs is read.
 * @module
 */
import {
  hasSignature,
  readView,
  safeUint64,
  UNDEFINED_ADDRESS,
  type Hdf5Bytes,
} from './file-bytes.js';
import { littleEndian, type ChunkIndexPlace } from './storage.js';

/** A stored chunk. */
export interface ChunkPlace {
  /** Position of its first value in the dataset. */
  readonly origin: readonly number[];
  readonly address: number;
  readonly bytes: number;
  /** Bit i set: filter i was not applied. */
  readonly filterMask: number;
}

export interface ChunkQuery {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  /** Bytes of a whole chunk without filters. */
  readonly chunkBytes: number;
  /** Half-open, not empty. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** Chunks one query may touch: 64 MiB of 64-byte chunks. */
const MAX_CHUNKS = 2 ** 20;

/**
 * The chunks that the ranges touch, in the order of the file's index; null when the index is not
 * understood or a chunk was never written.
 */
export function findChunks(
  file: Hdf5Bytes,
  index: ChunkIndexPlace,
  query: ChunkQuery,
): ChunkPlace[] | null {
  const { chunk, ranges } = query;
  const wanted = ranges.reduce((product, [from, to], axis) => {
    const length = chunk[axis] as number;
    return product * (Math.ceil(to / length) - Math.floor(from / length));
  }, 1);
  if (wanted > MAX_CHUNKS) return null;
  const found =
    index.kind === 'btree-v1' ? fromTree(file, index.address, query) : byNumber(file, index, query);
  if (found?.length !== wanted) return null;
  // Listed twice means that another one is missing.
  const origins = new Set(found.map(({ origin }) => origin.join()));
  return origins.size === wanted ? found : null;
}

function fromTree(file: Hdf5Bytes, root: number, query: ChunkQuery): ChunkPlace[] | null {
  const rank = query.shape.length;
  const keyBytes = 8 + 8 * (rank + 1);
  const found: ChunkPlace[] = [];
  const seen = new Set<number>();
  const visit = (address: number, expectedLevel: number | null): boolean => {
    // A node belongs to one parent, and levels count down to 0: neither loops nor repeats.
    if (seen.has(address) || seen.size > MAX_CHUNKS) return false;
    seen.add(address);
    const head = readView(file, address, 24);
    if (head === null || !hasSignature(head, 0, 'TREE') || head.getUint8(4) !== 1) return false;
    const level = head.getUint8(5);
    if (expectedLevel !== null && level !== expectedLevel) return false;
    const count = head.getUint16(6, true);
    const node = readView(file, address + 24, count * (keyBytes + 8) + keyBytes);
    if (node === null) return false;
    for (let i = 0; i < count; i++) {
      const at = i * (keyBytes + 8);
      const child = safeUint64(node, at + keyBytes);
      if (child === null) return false;
      if (level > 0) {
        const first = safeUint64(node, at + 8);
        const next = safeUint64(node, at + keyBytes + 8 + 8);
        if (first === null || next === null) return false;
        if (mayHold(query, first, next) && !visit(child, level - 1)) return false;
        continue;
      }
      const origin: number[] = [];
      for (let axis = 0; axis < rank; axis++) {
        const position = safeUint64(node, at + 8 + 8 * axis);
        if (position === null || position % (query.chunk[axis] as number) !== 0) return false;
        origin.push(position);
      }
      if (!touches(query, origin)) continue;
      found.push({
        origin,
        address: child,
        bytes: node.getUint32(at, true),
        filterMask: node.getUint32(at + 4, true),
      });
      if (found.length > MAX_CHUNKS) return false;
    }
    return true;
  };
  return visit(root, null) ? found : null;
}

/** Keys are ordered by the first axis first: a child holds origins from `first` to `next`. */
function mayHold(query: ChunkQuery, first: number, next: number): boolean {
  const [from, to] = query.ranges[0] as readonly [number, number];
  return first < to && next + (query.chunk[0] as number) > from;
}

function touches(query: ChunkQuery, origin: readonly number[]): boolean {
  return query.ranges.every(([from, to], axis) => {
    const start = origin[axis] as number;
    return start < to && start + (query.chunk[axis] as number) > from;
  });
}

/** Indexes that number the chunks in row-major order. */
function byNumber(
  file: Hdf5Bytes,
  index: Exclude<ChunkIndexPlace, { kind: 'btree-v1' }>,
  query: ChunkQuery,
): ChunkPlace[] | null {
  const { chunk, ranges, shape, chunkBytes } = query;
  const counts = shape.map((length, axis) => Math.ceil(length / (chunk[axis] as number)));
  const entryOf = index.kind === 'fixed-array' ? fixedArray(file, index.address, chunkBytes) : null;
  if (index.kind === 'fixed-array' && entryOf === null) return null;
  const found: ChunkPlace[] = [];
  const first = ranges.map(([from], axis) => Math.floor(from / (chunk[axis] as number)));
  const last = ranges.map(([, to], axis) => Math.ceil(to / (chunk[axis] as number)));
  const position = [...first];
  for (;;) {
    const number = position.reduce((sum, p, axis) => sum * (counts[axis] as number) + p, 0);
    const origin = position.map((p, axis) => p * (chunk[axis] as number));
    const entry =
      entryOf !== null
        ? entryOf(number)
        : index.kind === 'single'
          ? {
              address: index.address,
              bytes: index.bytes ?? chunkBytes,
              filterMask: index.filterMask,
            }
          : { address: index.address + number * chunkBytes, bytes: chunkBytes, filterMask: 0 };
    if (entry === null) return null;
    found.push({ origin, ...entry });
    let axis = position.length - 1;
    while (axis >= 0 && ++(position[axis] as number) >= (last[axis] as number)) {
      position[axis] = first[axis] as number;
      axis -= 1;
    }
    if (axis < 0) return found;
  }
}

type Entry = Omit<ChunkPlace, 'origin'>;

/** Lookup in a fixed array (spec. VII.C); null when its header is not understood. */
function fixedArray(
  file: Hdf5Bytes,
  address: number,
  chunkBytes: number,
): ((number: number) => Entry | null) | null {
  const head = readView(file, address, 28);
  if (head === null || !hasSignature(head, 0, 'FAHD') || head.getUint8(4) !== 0) return null;
  const isFiltered = head.getUint8(5) === 1;
  const entryBytes = head.getUint8(6);
  const pageEntries = 2 ** head.getUint8(7);
  const entries = safeUint64(head, 8);
  const block = safeUint64(head, 16);
  if (entries === null || block === null || entryBytes < (isFiltered ? 13 : 8)) return null;
  const blockHead = readView(file, block, 14);
  if (blockHead === null || !hasSignature(blockHead, 0, 'FADB')) return null;
  const isPaged = entries > pageEntries;
  const pages = Math.ceil(entries / pageEntries);
  const bitmapBytes = isPaged ? Math.ceil(pages / 8) : 0;
  const bitmap = isPaged ? readView(file, block + 14, bitmapBytes) : null;
  if (isPaged && bitmap === null) return null;
  const firstPage = block + 14 + bitmapBytes + (isPaged ? 4 : 0);
  return (number) => {
    if (number >= entries) return null;
    const page = isPaged ? Math.floor(number / pageEntries) : 0;
    // Most significant bit first, as H5VM_bit_get counts.
    if (bitmap !== null && (bitmap.getUint8(page >> 3) & (0x80 >> (page & 7))) === 0) return null;
    const inPage = number - page * (isPaged ? pageEntries : 0);
    const pageStart = firstPage + page * (pageEntries * entryBytes + 4);
    const entry = readView(file, pageStart + inPage * entryBytes, entryBytes);
    if (entry === null || entry.getBigUint64(0, true) === UNDEFINED_ADDRESS) return null;
    const at = safeUint64(entry, 0);
    if (at === null) return null;
    if (!isFiltered) return { address: at, bytes: chunkBytes, filterMask: 0 };
    const bytes = littleEndian(entry, 8, entryBytes - 12);
    return { address: at, bytes, filterMask: entry.getUint32(entryBytes - 4, true) };
  };
}
