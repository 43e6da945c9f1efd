/**
 * Whether an HDF5 file is complete, from its first bytes and its size. The superblock holds the end
 * of the file as the writer left it at the last flush (HDF5 file format specification 3.0, II.A).
 * @module
 */

export type Completeness = 'complete' | 'partial' | 'unknown';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;
/** Open for writing, and for single-writer multiple-reader access (superblock 3). */
const WRITE_FLAGS = 0b101;

/** Bytes of the head that are looked at. */
export const SUPERBLOCK_BYTES = 96;

/**
 * `complete`: the file reaches to the end that its superblock names and no writer holds it;
 * `partial`: it does not; `unknown`: not HDF5, or with a user block before it. A writer may still
 * flush and go on: then the file gets another identity later.
 */
export function hdf5Completeness(head: Uint8Array, bytes: number): Completeness {
  // An empty file, or one whose superblock is not written yet, becomes something later.
  if (bytes === 0 || (head.length >= 8 && head.every((byte) => byte === 0))) return 'partial';
  if (SIGNATURE.some((byte, i) => head[i] !== byte)) return 'unknown';
  const version = head[8] ?? 0;
  const size = (version < 2 ? head[13] : head[9]) ?? 0;
  if (version > 3 || ![2, 4, 8].includes(size)) return 'unknown';
  if (version === 3 && ((head[11] ?? 0) & WRITE_FLAGS) !== 0) return 'partial';
  // Base address, one address more, then the end of the file; version 1 has four bytes before them.
  const addresses = version < 2 ? (version === 0 ? 24 : 28) : 12;
  const end = readAddress(head, addresses + 2 * size, size);
  if (end === null) return 'partial';
  return BigInt(bytes) >= end ? 'complete' : 'partial';
}

/** Little-endian; null where the bytes are not there or all ones (undefined). */
function readAddress(head: Uint8Array, at: number, size: number): bigint | null {
  if (head.length < at + size) return null;
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(head[at + i] as number);
  return value === (1n << BigInt(8 * size)) - 1n ? null : value;
}
