/**
 * The calls on an open HDF5 file.
 * @module
 */
import type * as H5wasm from 'h5wasm/node';
import { CorruptSourceError, InvalidInputError, UnavailableError } from '../../core/errors.js';
import type { AttributeValue, Hdf5Reader, NumericArray } from './contract.js';
import { checkedHeader, type DatasetHeader } from './dataset-header.js';
import { isDirect, readDirect } from './direct.js';
import { byAddress } from './by-address.js';
import type { Hdf5Bytes } from './file-bytes.js';
import { guarded, type FilePolicy } from './guard.js';
import { onlyItself, sameFolder } from './policy.js';
import { datasetStorage, type DatasetStorage } from './storage.js';
import { isBroken, type H5Module } from './load-h5wasm.js';
import { bytesPerSample } from '../das/recording.js';

/** Most values that `value` reads. */
const MAX_VALUES = 65_536;
/** Largest attribute, or value of a small dataset, in bytes. */
const MAX_SMALL_BYTES = 16 * 1024 * 1024;

type Ranges = readonly (readonly [number, number])[];

/** The open file as an Hdf5Reader. */
export function hdf5Reader(context: {
  readonly source: string;
  readonly library: H5wasm.File;
  readonly module: H5Module;
  /** Null: the file can be read through the library only. */
  readonly bytes: Hdf5Bytes | null;
  readonly fileBytes: number;
}): Hdf5Reader {
  const { source, library, module, bytes, fileBytes } = context;
  const itself = onlyItself(source);
  const guard = <T>(at: string, call: () => T, policy: FilePolicy = itself): T => {
    if (isBroken(module)) {
      throw new UnavailableError({
        what: source,
        reason: 'the HDF5 library broke down on a damaged file that was open at the same time',
        remedy: 'read it again',
      });
    }
    return guarded(module, source, at, call, policy);
  };
  const find = (path: string): H5wasm.Entity | null => guard(path, () => library.get(path));
  const headers = new Map<string, DatasetHeader | null>();
  const storages = new Map<string, DatasetStorage | null>();

  const dataset = (path: string): DatasetHeader | null => {
    const known = headers.get(path);
    if (known !== undefined) return known;
    const entity = find(path);
    const header = isDataset(entity)
      ? checkedHeader({
          source,
          path,
          metadata: guard(path, () => entity.metadata),
          filters: guard(path, () => entity.filters),
          fileBytes,
        })
      : null;
    headers.set(path, header);
    return header;
  };

  const slice = (path: string, ranges: Ranges): NumericArray => {
    const entity = find(path);
    const header = dataset(path);
    if (!isDataset(entity) || header === null) throw missing(source, path);
    checkRanges(path, header, ranges);
    const policy = header.isVirtual ? sameFolder(source) : itself;
    const call = (): unknown => entity.slice(ranges.map(([from, to]) => [from, to]));
    const values = guard(path, call, policy);
    const expected = ranges.reduce((product, [from, to]) => product * (to - from), 1);
    if (!ArrayBuffer.isView(values) || (values as NumericArray).length !== expected) {
      const reason = `expected ${expected} numbers in ${JSON.stringify(ranges)}`;
      throw new CorruptSourceError({ source, at: path, reason });
    }
    return values as NumericArray;
  };

  const storageOf = (path: string, header: DatasetHeader): DatasetStorage | null => {
    const known = storages.get(path);
    if (known !== undefined) return known;
    const address = bytes === null || header.isVirtual ? null : addressOf(guard, library, path);
    const found = bytes === null || address === null ? null : datasetStorage(bytes, address);
    const storage = found !== null && isDirect(found) && agrees(found, header) ? found : null;
    storages.set(path, storage);
    return storage;
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
        Object.keys(attributes).map((name) => {
          const at = `${path}@${name}`;
          // Each is looked up only now, and may be damaged.
          const attribute = guard(at, () => attributes[name]);
          if (attribute === undefined) return [name, null];
          checkSmall(source, at, attribute.metadata);
          return [name, guard(at, () => (attribute.value ?? null) as AttributeValue)];
        }),
      );
    },
    dataset,
    value: (path) => {
      const entity = find(path);
      if (!isDataset(entity)) return null;
      const metadata = guard(path, () => entity.metadata);
      const count = (metadata.shape ?? []).reduce((product, size) => product * size, 1);
      if (count > MAX_VALUES) {
        const reason = `expected a short list, found ${count} values`;
        throw new CorruptSourceError({ source, at: path, reason });
      }
      checkSmall(source, path, metadata);
      return guard(path, () => (count === 0 ? null : (entity.value as AttributeValue)));
    },
    slice,
    record: (path) => {
      const entity = find(path);
      if (!isDataset(entity) || bytes === null) return null;
      const {
        compound_type: compound,
        size,
        total_size: count,
      } = guard(path, () => entity.metadata);
      const address =
        compound === undefined || count !== 1 ? null : addressOf(guard, library, path);
      const view = address === null ? null : byAddress(bytes).bytes(address, size);
      return view === null || compound === undefined ? null : { fields: fieldsOf(view, compound) };
    },
    read: async (path, ranges) => {
      const header = dataset(path);
      if (header === null) throw missing(source, path);
      checkRanges(path, header, ranges);
      const storage = storageOf(path, header);
      const direct =
        bytes === null || storage === null
          ? null
          : await readDirect(bytes, { path, storage, ranges });
      return direct ?? slice(path, ranges);
    },
    byAddress: bytes === null ? null : byAddress(bytes),
  };
}

function fieldsOf(view: DataView, compound: H5wasm.CompoundTypeMetadata): Map<string, DataView> {
  return new Map(
    compound.members
      .filter(({ offset, size }) => offset >= 0 && offset + size <= view.byteLength)
      .map(({ name, offset, size }) => [
        name,
        new DataView(view.buffer, view.byteOffset + offset, size),
      ]),
  );
}

/** Address of the object header behind a path, as an object reference holds it. */
function addressOf(
  guard: <T>(at: string, call: () => T) => T,
  library: H5wasm.File,
  path: string,
): number | null {
  const { ref_data: reference } = guard(path, () => {
    const entity = library.get(path) as H5wasm.Dataset;
    return entity.create_reference();
  });
  const data = Uint8Array.from(reference);
  if (data.length !== 8) return null;
  return Number(new DataView(data.buffer).getBigUint64(0, true));
}

/** What we read in the header and what the library reads has to be the same. */
function agrees(storage: DatasetStorage, header: DatasetHeader): boolean {
  const chunk = storage.layout.kind === 'chunked' ? storage.layout.chunk : [];
  return (
    storage.shape.join() === header.shape.join() &&
    storage.filters.join() === header.filters.join() &&
    chunk.join() === (header.chunks ?? []).join() &&
    bytesPerSample(storage.type) === header.bytesPerValue &&
    storage.type.startsWith('float') === (header.kind === 'float') &&
    (header.kind === 'float' || storage.type.startsWith('u') !== header.signed)
  );
}

function checkRanges(path: string, header: DatasetHeader, ranges: Ranges): void {
  const fits = ranges.every(
    ([from, to], axis) => from >= 0 && from < to && to <= (header.shape[axis] ?? 0),
  );
  if (fits && ranges.length === header.shape.length) return;
  throw new InvalidInputError({
    what: `range of ${path}`,
    reason: `${JSON.stringify(ranges)} of shape [${header.shape.join(', ')}]`,
    remedy: 'ask for a part of the dataset that is not empty',
  });
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
