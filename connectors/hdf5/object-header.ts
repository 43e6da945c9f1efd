/**
 * Object headers: an address in, the header's messages out (HDF5 File Format Specification 3.0,
 * IV.A.1). Versions 1 and 2, with continuation blocks.
 * @module
 */
import { hasSignature, readView, safeUint64, type Hdf5Bytes } from './file-bytes.js';

/** A message of an object header. */
export interface HeaderMessage {
  readonly type: number;
  /** True: the bytes only point to a message stored elsewhere. */
  readonly isShared: boolean;
  readonly body: DataView;
}

/** Message types used here. */
export const MESSAGE = {
  dataspace: 0x01,
  datatype: 0x03,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  continuation: 0x10,
} as const;

/** A header is small; a longer one is hostile or holds what we do not look for. */
const MAX_BLOCKS = 256;
const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

/** Messages of the object at `address`; null when the header is not understood. */
export function headerMessages(file: Hdf5Bytes, address: number): HeaderMessage[] | null {
  const start = readView(file, address, 16);
  if (start === null) return null;
  return hasSignature(start, 0, 'OHDR')
    ? versionTwo(file, address)
    : start.getUint8(0) === 1
      ? versionOne(file, address, start)
      : null;
}

interface Block {
  readonly at: number;
  readonly bytes: number;
}

function versionOne(file: Hdf5Bytes, address: number, start: DataView): HeaderMessage[] | null {
  const first = { at: address + 16, bytes: start.getUint32(8, true) };
  return walk(file, first, (view) =>
    parseMessages(view, { from: 0, to: view.byteLength, wide: true }),
  );
}

function versionTwo(file: Hdf5Bytes, address: number): HeaderMessage[] | null {
  const prefix = readView(file, address, 6);
  if (prefix?.getUint8(4) !== 2) return null;
  const flags = prefix.getUint8(5);
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeWidth = 1 << (flags & 3);
  const size = readView(file, address + sizeAt, sizeWidth);
  if (size === null) return null;
  const bytes =
    sizeWidth === 8
      ? safeUint64(size, 0)
      : sizeWidth === 4
        ? size.getUint32(0, true)
        : sizeWidth === 2
          ? size.getUint16(0, true)
          : size.getUint8(0);
  if (bytes === null) return null;
  const ordered = (flags & 0x04) !== 0;
  let isFirst = true;
  return walk(file, { at: address + sizeAt + sizeWidth, bytes }, (view) => {
    const range = isFirst ? { from: 0, to: view.byteLength } : { from: 4, to: view.byteLength - 4 };
    const valid = isFirst || hasSignature(view, 0, 'OCHK');
    isFirst = false;
    return valid ? parseMessages(view, { ...range, wide: false, ordered }) : null;
  });
}

function walk(
  file: Hdf5Bytes,
  first: Block,
  parse: (view: DataView) => HeaderMessage[] | null,
): HeaderMessage[] | null {
  const blocks = [first];
  const messages: HeaderMessage[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i] as Block;
    if (i >= MAX_BLOCKS || block.bytes > MAX_BLOCK_BYTES || block.bytes < 8) return null;
    const view = readView(file, block.at, block.bytes);
    const found = view === null ? null : parse(view);
    if (found === null) return null;
    for (const message of found) {
      messages.push(message);
      if (message.type !== MESSAGE.continuation || message.body.byteLength < 16) continue;
      const at = safeUint64(message.body, 0);
      const bytes = safeUint64(message.body, 8);
      if (at === null || bytes === null) return null;
      blocks.push({ at, bytes });
    }
  }
  return messages;
}

function parseMessages(
  view: DataView,
  input: { from: number; to: number; wide: boolean; ordered?: boolean },
): HeaderMessage[] | null {
  const { to, wide } = input;
  const head = wide ? 8 : input.ordered === true ? 6 : 4;
  const messages: HeaderMessage[] = [];
  let at = input.from;
  // A gap shorter than a message head may end a version 2 block.
  while (at + head <= to) {
    const type = wide ? view.getUint16(at, true) : view.getUint8(at);
    const size = view.getUint16(at + (wide ? 2 : 1), true);
    const flags = view.getUint8(at + (wide ? 4 : 3));
    if (at + head + size > to) return null;
    const body = new DataView(view.buffer, view.byteOffset + at + head, size);
    messages.push({ type, isShared: (flags & 0x02) !== 0, body });
    at += head + size;
  }
  return messages;
}
