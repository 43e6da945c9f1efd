/**
 * A file open in the HDF5 library, and the calls on it: each guarded, each within bounds of memory.
 * Runs inside the library's thread.
 * @module
 */
import { fstatSync } from 'node:fs';
import type * as H5wasm from 'h5wasm/node';
import { CorruptSourceError } from '../../../core/errors.js';
import type { AttributeValue, NumericArray } from '../contract.js';
import type { RawHeader } from '../dataset-header.js';
import { guarded, type FilePolicy } from './guard.js';
import type { H5Module } from './load-h5wasm.js';
import { onlyItself, sameFolder } from './policy.js';
import type { FileNumbers, LibraryCalls } from './protocol.js';

/** Most values that `value` reads. */
const MAX_VALUES = 65_536;
/** Largest attribute, or value of a small dataset, in bytes. */
const MAX_SMALL_BYTES = 16 * 1024 * 1024;

/** HDF5 type class: lists of differing lengths that are no text. */
const LIST_OF_LISTS = 9;

export interface OpenFile {
  readonly source: string;
  readonly calls: Omit<LibraryCalls, 'open' | 'close'>;
  /** Of the files that the library holds under this name. */
  numbers(): FileNumbers[];
  close(): void;
}

/** Opens the file. Throws CorruptSourceError. */
export function openFile(h5: typeof H5wasm, module: H5Module, source: string): OpenFile {
  const itself = onlyItself(source);
  const guard = <T>(at: string, call: () => T, policy: FilePolicy = itself): T =>
    guarded(module, source, at, call, policy);
  const library = guard('superblock', () => new h5.File(source, 'r'));
  const find = (path: string): H5wasm.Entity | null => guard(path, () => library.get(path));

  return {
    source,
    numbers: () =>
      streamsOf(module, source).flatMap(({ nfd }) => {
        if (nfd === undefined) return [];
        const { dev, ino } = fstatSync(nfd);
        return [{ dev, ino }];
      }),
    close: () => {
      guard('file', () => library.close());
    },
    calls: {
      children: ({ path }) => {
        const entity = find(path);
        return isGroup(entity) ? guard(path, () => entity.keys()) : [];
      },
      attributes: ({ path }) => attributesOf(source, path, find(path), guard),
      header: ({ path }) => {
        const entity = find(path);
        if (!isDataset(entity)) return null;
        const metadata = guard(path, () => entity.metadata);
        return rawHeader(
          metadata,
          guard(path, () => entity.filters),
        );
      },
      value: ({ path }) => {
        const entity = find(path);
        if (!isDataset(entity)) return null;
        const metadata = guard(path, () => entity.metadata);
        const count = (metadata.shape ?? []).reduce((product, size) => product * size, 1);
        if (count > MAX_VALUES) {
          const reason = `expected a short list, found ${count} values`;
          throw new CorruptSourceError({ source, at: path, reason });
        }
        checkSmall(source, path, metadata);
        if (metadata.type === LIST_OF_LISTS) return null;
        return guard(path, () => (count === 0 ? null : (entity.value as AttributeValue)));
      },
      slice: ({ path, ranges, isVirtual }) => {
        const entity = find(path);
        if (!isDataset(entity)) throw missing(source, path);
        const policy = isVirtual ? sameFolder(source) : itself;
        const call = (): unknown => entity.slice(ranges.map(([from, to]) => [from, to]));
        const values = guard(path, call, policy);
        const expected = ranges.reduce((product, [from, to]) => product * (to - from), 1);
        if (ArrayBuffer.isView(values) && (values as NumericArray).length === expected) {
          return values as NumericArray;
        }
        const reason = `expected ${expected} numbers in ${JSON.stringify(ranges)}`;
        throw new CorruptSourceError({ source, at: path, reason });
      },
      address: ({ path }) => addressOf(guard, library, path),
      compound: ({ path }) => {
        const entity = find(path);
        if (!isDataset(entity)) return null;
        const { compound_type: type, size, total_size: count } = guard(path, () => entity.metadata);
        const address = type === undefined || count !== 1 ? null : addressOf(guard, library, path);
        if (type === undefined || address === null) return null;
        const members = type.members.map(({ name, offset, size: bytes }) => ({
          name,
          offset,
          size: bytes,
        }));
        return { address, size, members };
      },
    },
  };
}

type Guard = <T>(at: string, call: () => T) => T;

function attributesOf(
  source: string,
  path: string,
  entity: H5wasm.Entity | null,
  guard: Guard,
): Record<string, AttributeValue> {
  if (!isGroup(entity) && !isDataset(entity)) throw missing(source, path);
  const attributes = guard(path, () => entity.attrs);
  return Object.fromEntries(
    Object.keys(attributes).map((name) => {
      const at = `${path}@${name}`;
      // Each is looked up only now, and may be damaged.
      const attribute = guard(at, () => attributes[name]);
      if (attribute === undefined) return [name, null];
      checkSmall(source, at, attribute.metadata);
      // Their lengths stand somewhere else in the file; no format needs such an attribute.
      if (attribute.metadata.type === LIST_OF_LISTS) return [name, null];
      return [name, guard(at, () => (attribute.value ?? null) as AttributeValue)];
    }),
  );
}

function rawHeader(metadata: H5wasm.Dataset['metadata'], filters: RawHeader['filters']): RawHeader {
  const { shape, type, size, signed, chunks, virtual_sources: sources } = metadata;
  return {
    metadata: { shape, type, size, signed, chunks, isVirtual: (sources?.length ?? 0) > 0 },
    filters: filters.map(({ id, name }) => ({ id, name })),
  };
}

/** Address of the object header behind a path, as an object reference holds it. */
function addressOf(guard: Guard, library: H5wasm.File, path: string): number | null {
  const { ref_data: reference } = guard(path, () => {
    const entity = library.get(path) as H5wasm.Dataset;
    return entity.create_reference();
  });
  const data = Uint8Array.from(reference);
  if (data.length !== 8) return null;
  return Number(new DataView(data.buffer).getBigUint64(0, true));
}

function checkSmall(
  source: string,
  at: string,
  metadata: { readonly size: number; readonly total_size: number },
): void {
  const bytes = metadata.size * metadata.total_size;
  if (bytes <= MAX_SMALL_BYTES) return;
  throw new CorruptSourceError({
    source,
    at,
    reason: `claims ${bytes} bytes, at most ${MAX_SMALL_BYTES} are read`,
  });
}

interface Stream {
  readonly path?: string;
  readonly nfd?: number;
}

function streamsOf(module: H5Module, source: string): Stream[] {
  const { streams } = module.FS as unknown as { streams: readonly (Stream | null)[] };
  return streams.filter((stream): stream is Stream => stream?.path === source);
}

/** Closes what the library could not: a damaged object can keep a file open. True if there was some. */
export function closeLeaked(module: H5Module, source: string): boolean {
  const leaked = streamsOf(module, source);
  const files = module.FS as unknown as { close: (stream: Stream) => void };
  for (const stream of leaked) files.close(stream);
  return leaked.length > 0;
}

// Compared by `type`, because the classes belong to the instance.
function isDataset(entity: H5wasm.Entity | null): entity is H5wasm.Dataset {
  return entity !== null && 'type' in entity && entity.type.valueOf() === 'Dataset';
}

function isGroup(entity: H5wasm.Entity | null): entity is H5wasm.Group {
  return entity !== null && 'type' in entity && entity.type.valueOf() === 'Group';
}

function missing(source: string, at: string): CorruptSourceError {
  return new CorruptSourceError({ source, at, reason: 'missing from the file' });
}
