/**
 * HDF5 files through h5wasm: a path in, attributes and slices out. Any damage becomes a
 * CorruptSourceError that names the dataset, attribute or byte.
 *
 * h5wasm has two modes for errors of the HDF5 library and neither is safe: by default it prints
 * them and returns whatever lay in memory, and with its throwing handler a failed read leaks the
 * open dataset, so that the file never closes. Here the default is kept, what the library prints
 * is caught, and anything printed counts as a failure.
 * @module
 */
import type * as H5wasm from 'h5wasm/node';
import { CorruptSourceError, UnsupportedSourceError, isQuakeError } from '../../core/errors.js';
import { loadH5wasm } from './load-h5wasm.js';
import type { SampleArray } from './recording.js';

/** An attribute as stored: text, numbers, or lists of them; null for an empty one. */
export type AttributeValue =
  string | number | bigint | boolean | null | readonly (string | number | bigint)[] | NumericArray;

export type NumericArray = SampleArray;

/** What a dataset's header says. */
export interface DatasetHeader {
  readonly shape: readonly number[];
  readonly kind: 'integer' | 'float';
  readonly signed: boolean;
  readonly bytesPerValue: number;
  /** Chunk shape; null for contiguous storage. */
  readonly chunks: readonly number[] | null;
}

/** An open HDF5 file. All calls are synchronous and valid only inside `withHdf5`. */
export interface Hdf5Reader {
  readonly source: string;
  /** Names directly below a group, sorted by HDF5; empty when there is no such group. */
  children(groupPath: string): string[];
  /** Attributes of a group or dataset; throws CorruptSourceError when the object is missing. */
  attributes(objectPath: string): Readonly<Record<string, AttributeValue>>;
  /** Header of a numeric dataset; null when there is no dataset of that name. */
  dataset(path: string): DatasetHeader | null;
  /**
   * Whole value of a small dataset (a scalar, a text, a short list) as an attribute would hold it;
   * null when there is no such dataset. Throws CorruptSourceError above 65,536 values.
   */
  value(path: string): AttributeValue;
  /** Values of the half-open ranges, row-major. */
  slice(path: string, ranges: readonly (readonly [number, number])[]): NumericArray;
}

/** Most values that `value` reads. */
const MAX_VALUES = 65_536;

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** True when the HDF5 signature stands at byte 0, 512, 1024 or 2048 (format spec. II.A). */
export function hasHdf5Signature(head: Uint8Array): boolean {
  return [0, 512, 1024, 2048].some((at) => SIGNATURE.every((byte, i) => head[at + i] === byte));
}

/** Opens the file, hands it to `use` and always closes it. Throws CorruptSourceError. */
export async function withHdf5<Result>(
  file: { readonly path: string; readonly head: Uint8Array },
  use: (reader: Hdf5Reader) => Result | Promise<Result>,
): Promise<Result> {
  if (!hasHdf5Signature(file.head)) {
    throw new CorruptSourceError({
      source: file.path,
      at: 'byte 0',
      reason: file.head.length === 0 ? 'the file is empty' : 'no HDF5 signature',
    });
  }
  const h5 = await loadH5wasm();
  const module = await h5.ready;
  const guard = <T>(at: string, call: () => T): T => guarded(module, file.path, at, call);
  const handle = guard('superblock', () => new h5.File(file.path, 'r'));
  try {
    return await use(readerOf({ source: file.path, handle, guard }));
  } finally {
    guard('file', () => handle.close());
  }
}

type Guard = <T>(at: string, call: () => T) => T;

function readerOf(context: { source: string; handle: H5wasm.File; guard: Guard }): Hdf5Reader {
  const { source, handle, guard } = context;
  const find = (path: string): H5wasm.Entity | null => guard(path, () => handle.get(path));
  const header = (path: string): DatasetHeader | null => {
    const entity = find(path);
    if (!isDataset(entity)) return null;
    return guard(path, () => datasetHeader(source, path, entity.metadata));
  };
  return {
    source,
    children: (path) => {
      const entity = find(path);
      return isGroup(entity) ? guard(path, () => entity.keys()) : [];
    },
    attributes: (path) => {
      const entity = find(path);
      if (!isGroup(entity) && !isDataset(entity)) throw missing(source, path);
      const attributes = guard(path, () => entity.attrs);
      return Object.fromEntries(
        Object.keys(attributes).map((name) => [
          name,
          guard(`${path}@${name}`, () => (attributes[name]?.value ?? null) as AttributeValue),
        ]),
      );
    },
    dataset: header,
    value: (path) => {
      const entity = find(path);
      if (!isDataset(entity)) return null;
      const count = (entity.metadata.shape ?? []).reduce((product, size) => product * size, 1);
      if (count > MAX_VALUES) {
        const reason = `expected a short list, found ${count} values`;
        throw new CorruptSourceError({ source, at: path, reason });
      }
      return guard(path, () => (count === 0 ? null : (entity.value as AttributeValue)));
    },
    slice: (path, ranges) => {
      const entity = find(path);
      if (!isDataset(entity)) throw missing(source, path);
      const values = guard(path, () => entity.slice(ranges.map(([from, to]) => [from, to])));
      const expected = ranges.reduce((product, [from, to]) => product * (to - from), 1);
      if (!ArrayBuffer.isView(values) || (values as NumericArray).length !== expected) {
        throw new CorruptSourceError({
          source,
          at: path,
          reason: `expected ${expected} numbers in ${JSON.stringify(ranges)}`,
        });
      }
      return values as NumericArray;
    },
  };
}

function datasetHeader(
  source: string,
  path: string,
  metadata: H5wasm.Dataset['metadata'],
): DatasetHeader {
  if (metadata.virtual_sources && metadata.virtual_sources.length > 0) {
    throw new UnsupportedSourceError({
      source,
      reason: `${path} is a virtual dataset that points to other files`,
      remedy: 'give the files that hold the data instead',
    });
  }
  // HDF5 type classes: 0 integer, 1 float. Half floats are not decoded by h5wasm.
  const kind = metadata.type === 0 ? 'integer' : metadata.type === 1 ? 'float' : null;
  if (kind === null || (kind === 'float' && metadata.size < 4) || !metadata.shape) {
    throw new CorruptSourceError({
      source,
      at: path,
      reason: `expected an array of numbers, found HDF5 type class ${metadata.type}`,
    });
  }
  return {
    shape: metadata.shape,
    kind,
    signed: metadata.signed,
    bytesPerValue: metadata.size,
    chunks: metadata.chunks,
  };
}

// Compared by `type`, because the classes are known only after the lazy import.
function isDataset(entity: H5wasm.Entity | null): entity is H5wasm.Dataset {
  return entity !== null && 'type' in entity && entity.type.valueOf() === 'Dataset';
}

function isGroup(entity: H5wasm.Entity | null): entity is H5wasm.Group {
  return entity !== null && 'type' in entity && entity.type.valueOf() === 'Group';
}

function missing(source: string, at: string): CorruptSourceError {
  return new CorruptSourceError({ source, at, reason: 'missing from the file' });
}

type StreamWrite = (
  stream: { fd: number },
  bytes: Int8Array,
  offset: number,
  length: number,
  ...rest: unknown[]
) => number;

/**
 * Runs a synchronous HDF5 call; whatever the library complains about becomes a CorruptSourceError at
 * `at`. `module` is what `h5wasm.ready` gave.
 */
export function guarded<T>(module: object, source: string, at: string, call: () => T): T {
  const files = (module as { FS: { write: StreamWrite } }).FS;
  const write = files.write;
  let complaint = '';
  files.write = (stream, bytes, offset, length, ...rest) => {
    if (stream.fd !== 2) return write.call(files, stream, bytes, offset, length, ...rest);
    complaint += Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('latin1');
    return length;
  };
  let result: T;
  try {
    result = call();
  } catch (cause) {
    if (isQuakeError(cause)) throw cause;
    throw corrupt(source, at, complaint, cause);
  } finally {
    files.write = write;
  }
  if (complaint !== '') throw corrupt(source, at, complaint, undefined);
  return result;
}

function corrupt(
  source: string,
  at: string,
  complaint: string,
  cause: unknown,
): CorruptSourceError {
  const cut = /truncated file: eof = (\d+), .*stored_eof = (\d+)/.exec(complaint);
  if (cut) {
    const reason = `the file ends at byte ${cut[1]}, its superblock promises ${cut[2]} bytes`;
    return new CorruptSourceError({ source, at: `byte ${cut[1]}`, reason, cause });
  }
  // The last numbered line of the HDF5 error stack is the innermost, most telling one.
  const innermost = complaint
    .match(/#\d+: .*?\(\): (.*)/g)
    ?.at(-1)
    ?.replace(/^.*?\(\): /, '');
  const own = cause instanceof Error ? cause.message : 'unreadable HDF5 object';
  return new CorruptSourceError({ source, at, reason: innermost ?? own, cause });
}
