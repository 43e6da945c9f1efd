/**
 * Datasets by the address of their object header: Julia's JLD2 names none of those that its object
 * references point to.
 * @module
 */
import { constants, inflateSync } from 'node:zlib';
import { CorruptSourceError } from '../../core/errors.js';
import type { Hdf5ByAddress } from './contract.js';
import { DEFLATE, isDirect, readDirect } from './direct.js';
import { readView, safeUint64, type Hdf5Bytes } from './file-bytes.js';
import { headerMessages, MESSAGE, type HeaderMessage } from './object-header.js';
import { datasetStorage, singleChunk } from './storage.js';

/** Access to the datasets of a file by address. */
export function byAddress(file: Hdf5Bytes): Hdf5ByAddress {
  return {
    storage: (address) => datasetStorage(file, address),
    read: async (address, ranges) => {
      const path = `object at byte ${file.base + address}`;
      const storage = datasetStorage(file, address);
      const fits =
        storage !== null &&
        isDirect(storage) &&
        ranges.length === storage.shape.length &&
        ranges.every(([from, to], i) => from < to && to <= (storage.shape[i] as number));
      const values = !fits ? null : await readDirect(file, { path, storage, ranges });
      if (values !== null) return values;
      const reason = 'no dataset of numbers in a layout that can be followed';
      throw new CorruptSourceError({ source: file.source, at: path, reason });
    },
    bytes: (address, length) => firstBytes(file, address, length),
    member: (address, name, length) => {
      const offset = memberOffset(file, address, name);
      const view = offset === null ? null : firstBytes(file, address, offset + length);
      return view === null || offset === null
        ? null
        : new DataView(view.buffer, view.byteOffset + offset, length);
    },
  };
}

/**
 * Layouts 0 (in the header itself), 1 (contiguous) and 2 (one chunk, deflated or as it is) of the
 * layout message, versions 3 and 4.
 */
function firstBytes(file: Hdf5Bytes, address: number, length: number): DataView | null {
  const layout = headerMessages(file, address)?.find(({ type }) => type === MESSAGE.layout)?.body;
  if (layout === undefined || layout.byteLength < 4 || ![3, 4].includes(layout.getUint8(0))) {
    return null;
  }
  const kind = layout.getUint8(1);
  if (kind === 0) {
    const held = Math.min(layout.getUint16(2, true), layout.byteLength - 4);
    return held < length ? null : new DataView(layout.buffer, layout.byteOffset + 4, length);
  }
  if (kind === 2) return firstOfChunk(file, address, length);
  if (kind !== 1 || layout.byteLength < 18) return null;
  const at = safeUint64(layout, 2);
  const held = safeUint64(layout, 10);
  return at === null || held === null || held < length ? null : readView(file, at, length);
}

/** Stored bytes that hold the first values: the tables of a deflate block and some codes. */
const HEAD_BYTES = 4096;

/** JLD2 deflates each array as one chunk. Only its head is inflated, to at most 4 MiB. */
function firstOfChunk(file: Hdf5Bytes, address: number, length: number): DataView | null {
  const chunk = singleChunk(file, address);
  if (chunk === null) return null;
  const { filters, bytes } = chunk;
  if (filters.length === 0) return readView(file, chunk.address, length);
  if (filters.length > 1 || filters[0] !== DEFLATE || bytes === null) return null;
  const head = readView(file, chunk.address, Math.min(bytes, HEAD_BYTES));
  if (head === null) return null;
  try {
    const stored = new Uint8Array(head.buffer, head.byteOffset, head.byteLength);
    const out = inflateSync(stored, { finishFlush: constants.Z_SYNC_FLUSH });
    return out.length < length ? null : new DataView(out.buffer, out.byteOffset, length);
  } catch {
    return null;
  }
}

/**
 * Place of the member `name` in a scalar dataset of a compound type, which JLD2 commits elsewhere
 * (IV.A.2.d, class 6, version 3: name, place in as few bytes as the size needs, type).
 */
function memberOffset(file: Hdf5Bytes, address: number, name: string): number | null {
  const message = datatypeOf(file, address);
  const type = message?.isShared === true ? committedType(file, message.body) : message?.body;
  if (type === undefined || type.byteLength < 8 || type.getUint8(0) !== 0x36) return null;
  const size = type.getUint32(4, true);
  const width = size < 0x100 ? 1 : size < 0x10000 ? 2 : 4;
  const bytes = Buffer.from(type.buffer, type.byteOffset, type.byteLength);
  const found = bytes.indexOf(Buffer.from(`${name}\0`, 'latin1'), 8);
  const at = found + name.length + 1;
  return found < 0 || at + width > bytes.length ? null : bytes.readUIntLE(at, width);
}

function datatypeOf(file: Hdf5Bytes, address: number): HeaderMessage | undefined {
  return headerMessages(file, address)?.find(({ type }) => type === MESSAGE.datatype);
}

/** Shared message (IV.A.2), version 2 or 3 of kind 2: the address of a committed datatype. */
function committedType(file: Hdf5Bytes, shared: DataView): DataView | undefined {
  const isKnown = shared.byteLength >= 10 && [2, 3].includes(shared.getUint8(0));
  if (!isKnown || shared.getUint8(1) !== 2) return undefined;
  const at = safeUint64(shared, 2);
  const found = at === null ? undefined : datatypeOf(file, at);
  return found?.isShared === true ? undefined : found?.body;
}
