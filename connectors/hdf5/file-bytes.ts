/**
 * Bytes of an HDF5 file by absolute position, with its addresses resolved against the superblock
 * (HDF5 File Format Specification 3.0, II.A).
 * @module
 */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** An open file whose addresses and lengths are 8 bytes wide. */
export interface Hdf5Bytes {
  readonly source: string;
  readonly handle: FileHandle;
  /** Size when it was opened. */
  readonly bytes: number;
  /** Position of the superblock; every address in the file counts from here. */
  readonly base: number;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** "No address" of the file format: all bits set. */
export const UNDEFINED_ADDRESS = 0xffff_ffff_ffff_ffffn;

/**
 * The open file as addressable bytes; null when its addresses are not 8 bytes wide or the superblock
 * is of an unknown version (such files are left to the HDF5 library).
 */
export function hdf5Bytes(input: {
  readonly source: string;
  readonly handle: FileHandle;
  readonly bytes: number;
}): Hdf5Bytes | null {
  for (const base of [0, 512, 1024, 2048]) {
    const found = { ...input, base };
    const view = readView(found, 0, 16);
    if (view === null || !SIGNATURE.every((byte, i) => view.getUint8(i) === byte)) continue;
    const version = view.getUint8(8);
    const at = version < 2 ? 13 : 9;
    const isWide = view.getUint8(at) === 8 && view.getUint8(at + 1) === 8;
    return version <= 3 && isWide ? found : null;
  }
  return null;
}

/** Bytes of `length` at an address of the file; null when they are not all there. */
export function readView(file: Hdf5Bytes, address: number, length: number): DataView | null {
  const at = file.base + address;
  if (!Number.isSafeInteger(at) || at < 0 || length < 0 || at + length > file.bytes) return null;
  const buffer = new Uint8Array(length);
  let got = 0;
  while (got < length) {
    const count = readSync(file.handle.fd, buffer, got, length - got, at + got);
    if (count === 0) return null;
    got += count;
  }
  return new DataView(buffer.buffer);
}

/** Unsigned 64-bit value as a number; null above 2^53 (an undefined address, or hostile). */
export function safeUint64(view: DataView, at: number): number | null {
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

/** True when the four bytes spell the signature. */
export function hasSignature(view: DataView, at: number, signature: string): boolean {
  return [...signature].every((letter, i) => view.getUint8(at + i) === letter.charCodeAt(0));
}
