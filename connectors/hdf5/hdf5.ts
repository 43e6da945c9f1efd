/**
 * HDF5 files: a path in, attributes and slices out. Headers come through h5wasm, in a thread of its
 * own (`library/client.ts`); values of the common layouts straight from the file (`direct.ts`), of
 * all others through h5wasm. Any damage becomes a CorruptSourceError that names the dataset,
 * attribute or byte.
 * @module
 */
import { fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';
import { hdf5Bytes } from './file-bytes.js';
import { openInLibrary } from './library/client.js';
import { hdf5Reader } from './reader.js';
import type { Hdf5Reader } from './contract.js';

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
 * Opens the file, hands it to `use` and always closes it. `limitMs` is what a call of the HDF5
 * library may take, 5 s when missing. Throws CorruptSourceError for damage, UnavailableError when the file cannot be opened or changes while it is read, and what `use` throws.
 */
export async function withHdf5<Result>(
  file: { readonly path: string; readonly head: Uint8Array },
  use: (reader: Hdf5Reader) => Result | Promise<Result>,
  options: { readonly limitMs?: number } = {},
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
    const { limitMs } = options;
    const result = await withLibrary({ source: file.path, handle, limitMs }, use);
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
  input: {
    readonly source: string;
    readonly handle: FileHandle;
    readonly limitMs: number | undefined;
  },
  use: (reader: Hdf5Reader) => Result | Promise<Result>,
): Promise<Result> {
  const { source, handle, limitMs } = input;
  const { dev, ino, size: fileBytes, mtimeMs } = fstatSync(handle.fd);
  const library = await openInLibrary({
    source,
    identity: [dev, ino, fileBytes, mtimeMs].join(':'),
    ...(limitMs === undefined ? {} : { limitMs }),
  });
  try {
    // Both ways into the file have to lead to the same one, also when it was replaced in between.
    if (library.numbers.some((theirs) => theirs.ino !== ino || theirs.dev !== dev)) {
      throw unavailable(source, 'the file was replaced while it was opened', 'read it again');
    }
    const bytes = hdf5Bytes({ source, handle, bytes: fileBytes });
    return await use(hdf5Reader({ source, library, bytes, fileBytes }));
  } finally {
    await library.close();
  }
}

function unavailable(
  what: string,
  reason: string,
  remedy: string,
  cause?: unknown,
): UnavailableError {
  return new UnavailableError({ what, reason, remedy, cause });
}
