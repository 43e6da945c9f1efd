/**
 * Reads dataset values straight from the file where their layout is a common one: contiguous, or
 * chunked with no filter but deflate and shuffle. zlib runs in Node's thread pool, which the HDF5
 * library, compiled to one thread of WebAssembly, cannot do. `bench/das/read` has the figures.
 * @module
 */
import { promisify } from 'node:util';
import { inflate, inflateSync } from 'node:zlib';
import { CorruptSourceError } from '../../core/errors.js';
import { readContiguous } from './contiguous.js';
import { findChunks, type ChunkPlace, type ChunkQuery } from './chunk-index.js';
import type { Hdf5Bytes } from './file-bytes.js';
import { endsBeyond, readNow } from './read-exactly.js';
import { scatter } from './scatter.js';
import type { DatasetStorage } from './storage.js';
import { takeTurns } from './turns.js';
import { bytesPerSample, type SampleArray, type SampleType } from '../das/recording.js';

/** Number of the filter. */
export const DEFLATE = 1;
const SHUFFLE = 2;

/** Chunks on their way at once: one for each zlib thread and one that is being read. */
const IN_FLIGHT = 3;
/** Below this, a hop to the thread pool costs more than inflating here. */
const SMALL_CHUNK_BYTES = 64 * 1024;
/** Largest chunk read directly; the library refuses larger ones for want of memory. */
const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

const inflateInPool = promisify(inflate) as (
  bytes: Uint8Array,
  options: { chunkSize: number; maxOutputLength: number },
) => Promise<Buffer>;

/** True when `readDirect` can read the dataset, as far as its header tells. */
export function isDirect(storage: DatasetStorage): boolean {
  const { layout, filters } = storage;
  if (layout.kind === 'contiguous') {
    const bytes = storage.shape.reduce((product, n) => product * n, bytesPerSample(storage.type));
    return layout.address !== null && filters.length === 0 && layout.bytes === bytes;
  }
  const shuffles = filters.filter((filter) => filter === SHUFFLE).length;
  return (
    layout.index !== null &&
    filters.every((filter) => filter === DEFLATE || filter === SHUFFLE) &&
    (shuffles === 0 || (shuffles === 1 && filters[0] === SHUFFLE)) &&
    filters.length - shuffles <= 1
  );
}

/**
 * Values of the half-open ranges (inside the shape, not empty), row-major, in the machine's byte
 * order. Null when the chunk index is not understood or has holes: the library then reads. Throws
 * CorruptSourceError for bytes beyond the end of the file and chunks that do not decode.
 */
export async function readDirect(
  file: Hdf5Bytes,
  input: {
    readonly path: string;
    readonly storage: DatasetStorage;
    readonly ranges: readonly (readonly [number, number])[];
  },
): Promise<SampleArray | null> {
  const { storage, ranges, path } = input;
  const { layout } = storage;
  const elementBytes = bytesPerSample(storage.type);
  const count = ranges.reduce((product, [from, to]) => product * (to - from), 1);
  let bytes: Uint8Array<ArrayBuffer> | null;
  if (layout.kind === 'contiguous') {
    if (layout.address === null) return null;
    const { address } = layout;
    bytes = unsetBytes(count * elementBytes);
    await readContiguous(file, {
      path,
      address,
      shape: storage.shape,
      elementBytes,
      ranges,
      out: bytes,
    });
  } else {
    bytes = await readChunks(file, { path, storage, ranges, bytes: count * elementBytes });
  }
  if (bytes === null) return null;
  if (storage.isBigEndian) swapBytes(bytes, elementBytes);
  return samplesOf(bytes.buffer, storage.type);
}

async function readChunks(
  file: Hdf5Bytes,
  input: {
    path: string;
    storage: DatasetStorage;
    ranges: ChunkQuery['ranges'];
    bytes: number;
  },
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { path, storage, ranges } = input;
  const { layout, shape, filters } = storage;
  if (layout.kind !== 'chunked' || layout.index === null) return null;
  const { chunk } = layout;
  const elementBytes = bytesPerSample(storage.type);
  const chunkBytes = chunk.reduce((product, length) => product * length, elementBytes);
  if (chunkBytes > MAX_CHUNK_BYTES) return null;
  const places = findChunks(file, layout.index, { shape, chunk, chunkBytes, ranges });
  if (places === null) return null;
  // In the order of the file, so that a disk reads forward.
  places.sort((a, b) => a.address - b.address);
  for (const place of places) checkPlace(file, path, place);
  const out = unsetBytes(input.bytes);
  const turns = takeTurns();
  let next = 0;
  const worker = async (): Promise<void> => {
    let room: Uint8Array = new Uint8Array(0);
    for (let place = places[next++]; place !== undefined; place = places[next++]) {
      if (room.length < place.bytes) room = new Uint8Array(place.bytes);
      const what = nameOf(file, place);
      const request = { at: path, what, address: place.address, bytes: place.bytes };
      readNow(file, { ...request, into: room, from: 0 });
      const stored = room.subarray(0, place.bytes);
      const raw = await decodeChunk(file.source, {
        path,
        what,
        place,
        filters,
        chunkBytes,
        stored,
      });
      const isShuffled = filters[0] === SHUFFLE && (place.filterMask & 1) === 0;
      scatter(raw, out, { chunk, origin: place.origin, ranges, elementBytes, isShuffled });
      if (turns.isOver(chunkBytes)) await turns.next();
    }
  };
  const isDeflated = filters.includes(DEFLATE);
  const inFlight = isDeflated && chunkBytes > SMALL_CHUNK_BYTES ? IN_FLIGHT : 1;
  const workers = Array.from({ length: Math.min(inFlight, places.length) }, worker);
  // All have to end before the file may be closed, also after a failure.
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return out;
}

/** Before any memory is set aside: the chunk lies in the file. */
function checkPlace(file: Hdf5Bytes, at: string, place: ChunkPlace): void {
  const { address, bytes } = place;
  const beyond = endsBeyond(file, { at, what: nameOf(file, place), address, bytes });
  if (beyond !== null) throw beyond;
}

function nameOf(file: Hdf5Bytes, place: ChunkPlace): string {
  return `chunk [${place.origin.join(', ')}] at byte ${file.base + place.address}`;
}

/** The chunk's bytes after undoing deflate. */
async function decodeChunk(
  source: string,
  input: {
    path: string;
    what: string;
    place: ChunkPlace;
    filters: readonly number[];
    chunkBytes: number;
    stored: Uint8Array;
  },
): Promise<Uint8Array> {
  const { path, what, place, filters, chunkBytes, stored } = input;
  const deflateAt = filters.indexOf(DEFLATE);
  const isDeflated = deflateAt >= 0 && (place.filterMask & (1 << deflateAt)) === 0;
  const raw = isDeflated
    ? await inflateChunk(source, { at: path, what }, stored, chunkBytes)
    : stored;
  if (raw.length !== chunkBytes) {
    const reason = `${what} has ${raw.length} bytes instead of ${chunkBytes}`;
    throw new CorruptSourceError({ source, at: path, reason });
  }
  return raw;
}

async function inflateChunk(
  source: string,
  place: { at: string; what: string },
  stored: Uint8Array,
  chunkBytes: number,
): Promise<Uint8Array> {
  // One byte more than expected, so that zlib ends in one call and a longer chunk is noticed.
  const options = { chunkSize: Math.max(64, chunkBytes + 1), maxOutputLength: chunkBytes + 1 };
  try {
    return chunkBytes <= SMALL_CHUNK_BYTES
      ? inflateSync(stored, options)
      : await inflateInPool(stored, options);
  } catch (cause) {
    const reason = `${place.what}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new CorruptSourceError({ source, at: place.at, reason, cause });
  }
}

/** Memory that is not cleared: every byte of it is read or the result is thrown away. */
function unsetBytes(length: number): Uint8Array<ArrayBuffer> {
  const { buffer } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer);
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, elementBytes: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (elementBytes === 2) buffer.swap16();
  if (elementBytes === 4) buffer.swap32();
  if (elementBytes === 8) buffer.swap64();
}

function samplesOf(buffer: ArrayBuffer, type: SampleType): SampleArray {
  switch (type) {
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'uint64':
      return new BigUint64Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
  }
}
