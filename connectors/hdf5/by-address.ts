/**
 * Datasets by the address of their object header: Julia's JLD2 names none of those that its object
 * references point to.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import type { Hdf5ByAddress } from './contract.js';
import { isDirect, readDirect } from './direct.js';
import { readView, safeUint64, type Hdf5Bytes } from './file-bytes.js';
import { headerMessages, MESSAGE } from './object-header.js';
import { datasetStorage } from './storage.js';

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
  };
}

/** Layouts 0 (in the header itself) and 1 (contiguous) of the layout message, versions 3 and 4. */
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
  if (kind !== 1 || layout.byteLength < 18) return null;
  const at = safeUint64(layout, 2);
  const held = safeUint64(layout, 10);
  return at === null || held === null || held < length ? null : readView(file, at, length);
}
