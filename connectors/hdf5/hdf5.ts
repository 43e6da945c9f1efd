/**
 * HDF5 files: a path in, attributes and slices out. Headers come through h5wasm; values of the
 * common layouts straight from the file (`hdf5-direct.ts`), of all others through h5wasm. Any damage
 * becomes a CorruptSourceError that names the dataset, attribute or byte.
 * @module
 */
import { fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';
import { hdf5Bytes } from './file-bytes.js';
import { guarded } from './guard.js';
import { onlyItself } from './policy.js';
import { hdf5Reader } from './reader.js';
import { acquireH5wasm, markBroken, releaseH5wasm, type H5Instance } from './load-h5wasm.js';
import type { Hdf5Reader } from './contract.js';

export { guarded } from './guard.js';
export type { DatasetHeader } from './dataset-header.js';
export type {
  AttributeValue,
  Hdf5ByAddress,
  Hdf5Reader,
  Hdf5Record,
  NumericArray,
} from './contract.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** True when the HDF5 signature stands at byte 0, 512, 1024 or 2048 (format spec. II.A). */
export function hasHdf5Signature(head: Uint8Array): boolean {
  return [0, 512, 1024, 2048].some((at) => SIGNATURE.every((byte, i) => head[at + i] === byte));
}

/**
 * Opens the file, hands it to `use` and always closes it. Throws CorruptSourceError for damage,
 * UnavailableError when the file cannot be opened or changes while it is read, and what `use` throws.
 */
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
  const handle = await open(file.path, 'r').catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(file.path, reason, 'check that the file exists and can be read', cause);
  });
  try {
    const before = fstatSync(handle.fd);
    const result = await withLibrary(file.path, handle, before.size, use);
    const after = fstatSync(handle.fd);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      const remedy = 'read it again when its writer has finished';
      throw unavailable(file.path, 'the file changed while it was read', remedy);
    }
    return result;
  } finally {
    await handle.close();
  }
}

async function withLibrary<Result>(
  source: string,
  handle: FileHandle,
  fileBytes: number,
  use: (reader: Hdf5Reader) => Result | Promise<Result>,
): Promise<Result> {
  const instance = await acquireH5wasm();
  try {
    const { h5, module } = instance;
    const policy = onlyItself(source);
    const library = guarded(module, source, 'superblock', () => new h5.File(source, 'r'), policy);
    try {
      checkSameFile(source, handle, instance);
      const bytes = hdf5Bytes({ source, handle, bytes: fileBytes });
      return await use(hdf5Reader({ source, library, module, bytes, fileBytes }));
    } finally {
      guarded(module, source, 'file', () => library.close(), policy);
    }
  } finally {
    closeLeaked(source, instance);
    releaseH5wasm(instance);
  }
}

interface Stream {
  readonly fd: number;
  readonly path?: string;
  readonly nfd?: number;
}

function streamsOf(source: string, instance: H5Instance): Stream[] {
  const { streams } = instance.module.FS as unknown as { streams: readonly (Stream | null)[] };
  return streams.filter((stream): stream is Stream => stream?.path === source);
}

/** Both ways into the file have to lead to the same one, also when it was replaced in between. */
function checkSameFile(source: string, handle: FileHandle, instance: H5Instance): void {
  const own = fstatSync(handle.fd);
  for (const { nfd } of streamsOf(source, instance)) {
    if (nfd === undefined) continue;
    const theirs = fstatSync(nfd);
    if (theirs.ino === own.ino && theirs.dev === own.dev) continue;
    throw unavailable(source, 'the file was replaced while it was opened', 'read it again');
  }
}

/** A damaged object can keep the library from closing the file; nobody else closes it then. */
function closeLeaked(source: string, instance: H5Instance): void {
  // Other readings of the same file on the same instance keep theirs.
  if (instance.users.count > 1) return;
  const leaked = streamsOf(source, instance);
  if (leaked.length === 0) return;
  markBroken(instance.module);
  const files = instance.module.FS as unknown as { close: (stream: Stream) => void };
  for (const stream of leaked) files.close(stream);
}

function unavailable(
  what: string,
  reason: string,
  remedy: string,
  cause?: unknown,
): UnavailableError {
  return new UnavailableError({ what, reason, remedy, cause });
}
