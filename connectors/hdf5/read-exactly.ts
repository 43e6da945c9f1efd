/**
 * Reads bytes of an HDF5 file that have to be there.
 * @module
 */
import { readSync } from 'node:fs';
import { CorruptSourceError } from '../../core/errors.js';
import type { Hdf5Bytes } from './file-bytes.js';

export interface ByteRequest {
  /** Dataset, for messages. */
  readonly at: string;
  /** The part of it that is read, for messages. */
  readonly what?: string;
  readonly address: number;
  readonly bytes: number;
}

/** The error of a request that ends beyond the end of the file; null when it does not. */
export function endsBeyond(file: Hdf5Bytes, request: ByteRequest): CorruptSourceError | null {
  const position = file.base + request.address;
  const end = position + request.bytes;
  if (Number.isSafeInteger(end) && end <= file.bytes) return null;
  const reason = `bytes ${position} to ${end} lie beyond the end of the file (${file.bytes} bytes)`;
  return failure(file, request, reason);
}

/** Fills `into` from a thread of the pool. Throws CorruptSourceError when the file ends before. */
export async function readExactly(
  file: Hdf5Bytes,
  request: ByteRequest & { readonly into: Uint8Array },
): Promise<void> {
  const beyond = endsBeyond(file, request);
  if (beyond !== null) throw beyond;
  const { into, bytes } = request;
  const position = file.base + request.address;
  for (let got = 0; got < bytes;) {
    const { bytesRead } = await file.handle.read(into, got, bytes - got, position + got);
    if (bytesRead === 0) throw shrunk(file, request, position + got);
    got += bytesRead;
  }
}

/** Fills `into` from `from` on, in this thread. Throws CorruptSourceError like `readExactly`. */
export function readNow(
  file: Hdf5Bytes,
  request: ByteRequest & { readonly into: Uint8Array; readonly from: number },
): void {
  const beyond = endsBeyond(file, request);
  if (beyond !== null) throw beyond;
  const { into, from, bytes } = request;
  const position = file.base + request.address;
  for (let got = 0; got < bytes;) {
    const count = readSync(file.handle.fd, into, from + got, bytes - got, position + got);
    if (count === 0) throw shrunk(file, request, position + got);
    got += count;
  }
}

function shrunk(file: Hdf5Bytes, request: ByteRequest, at: number): CorruptSourceError {
  return failure(file, request, `the file ended at byte ${at} while it was read`);
}

function failure(file: Hdf5Bytes, request: ByteRequest, text: string): CorruptSourceError {
  const reason = request.what === undefined ? text : `${request.what}: ${text}`;
  return new CorruptSourceError({ source: file.source, at: request.at, reason });
}
