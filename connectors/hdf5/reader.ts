/**
 * The calls on an open HDF5 file.
 * @module
 */
import { CorruptSourceError, InvalidInputError } from '../../core/errors.js';
import { byAddress } from './by-address.js';
import type { Hdf5Reader, NumericArray } from './contract.js';
import { checkedHeader, type DatasetHeader } from './dataset-header.js';
import { isDirect, readDirect } from './direct.js';
import type { Hdf5Bytes } from './file-bytes.js';
import type { LibraryFile } from './library/client.js';
import type { Ranges, RawCompound } from './library/protocol.js';
import { datasetStorage, type DatasetStorage } from './storage.js';
import { bytesPerSample } from '../das/recording.js';

/** Slowest filter, bzip2, on a machine a few times slower than usual. */
const DECODED_BYTES_A_MS = 4000;

/** The open file as an Hdf5Reader. */
export function hdf5Reader(context: {
  readonly source: string;
  readonly library: LibraryFile;
  /** Null: the file can be read through the library only. */
  readonly bytes: Hdf5Bytes | null;
  readonly fileBytes: number;
}): Hdf5Reader {
  const { source, library, bytes, fileBytes } = context;
  const headers = new Map<string, DatasetHeader | null>();
  const storages = new Map<string, DatasetStorage | null>();

  const dataset = (path: string): DatasetHeader | null => {
    const known = headers.get(path);
    if (known !== undefined) return known;
    const raw = library.call('header', { path });
    const header = raw === null ? null : checkedHeader({ source, path, fileBytes, ...raw });
    headers.set(path, header);
    return header;
  };

  const slice = (path: string, ranges: Ranges): NumericArray => {
    const header = dataset(path);
    if (header === null) throw missing(source, path);
    checkRanges(path, header, ranges);
    const request = { path, ranges, isVirtual: header.isVirtual };
    return library.call('slice', request, decodedBytes(header, ranges) / DECODED_BYTES_A_MS);
  };

  const storageOf = (path: string, header: DatasetHeader): DatasetStorage | null => {
    const known = storages.get(path);
    if (known !== undefined) return known;
    const address = bytes === null || header.isVirtual ? null : library.call('address', { path });
    const found = bytes === null || address === null ? null : datasetStorage(bytes, address);
    const storage = found !== null && isDirect(found) && agrees(found, header) ? found : null;
    storages.set(path, storage);
    return storage;
  };

  return {
    source,
    children: (path) => library.call('children', { path }),
    attributes: (path) => library.call('attributes', { path }),
    dataset,
    value: (path) => library.call('value', { path }),
    slice,
    record: (path) => {
      const compound = bytes === null ? null : library.call('compound', { path });
      if (bytes === null || compound === null) return null;
      const view = byAddress(bytes).bytes(compound.address, compound.size);
      return view === null ? null : { fields: fieldsOf(view, compound) };
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

function fieldsOf(view: DataView, compound: RawCompound): Map<string, DataView> {
  return new Map(
    compound.members
      .filter(({ offset, size }) => offset >= 0 && offset + size <= view.byteLength)
      .map(({ name, offset, size }) => [
        name,
        new DataView(view.buffer, view.byteOffset + offset, size),
      ]),
  );
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

/** Bytes of the chunks that the ranges touch, or of the ranges themselves. */
function decodedBytes({ chunks, bytesPerValue }: DatasetHeader, ranges: Ranges): number {
  return ranges.reduce((product, [from, to], axis) => {
    const length = chunks?.[axis] ?? 1;
    return product * (Math.ceil(to / length) - Math.floor(from / length)) * length;
  }, bytesPerValue);
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

function missing(source: string, at: string): CorruptSourceError {
  return new CorruptSourceError({ source, at, reason: 'missing from the file' });
}
