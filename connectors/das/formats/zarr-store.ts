/**
 * A folder as zarrita's store: keys in, bytes of bounded size out. Metadata with numpy's time types
 * are handed on as int64, which they are.
 * @module
 */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnavailableError } from '../../../core/errors.js';
import { MAX_CHUNK_BYTES } from './zarr-codecs.js';

const MAX_METADATA_BYTES = 16 * 1024 * 1024;

/** What zarrita needs of a store that is only read. */
export interface ZarrFolder {
  readonly folder: string;
  get(key: `/${string}`): Promise<Uint8Array | undefined>;
  getRange(
    key: `/${string}`,
    range: { offset: number; length: number } | { suffixLength: number },
  ): Promise<Uint8Array | undefined>;
}

/** The folder as a store. Throws CorruptSourceError and UnavailableError from its methods. */
export function zarrFolder(folder: string): ZarrFolder {
  return {
    folder,
    get: async (key) => {
      const bytes = await readPart(folder, key, (size) => ({ from: 0, to: size }));
      return bytes !== undefined && isMetadata(key) ? withoutTimeTypes(bytes) : bytes;
    },
    getRange: (key, range) =>
      readPart(folder, key, (size) =>
        'suffixLength' in range
          ? { from: Math.max(0, size - range.suffixLength), to: size }
          : { from: range.offset, to: range.offset + range.length },
      ),
  };
}

function isMetadata(key: string): boolean {
  return /(^|\/)(zarr\.json|\.zarray|\.zgroup|\.zattrs|\.zmetadata)$/.test(key);
}

async function readPart(
  folder: string,
  key: string,
  part: (size: number) => { from: number; to: number },
): Promise<Uint8Array | undefined> {
  const file = path.join(folder, key);
  const corrupt = (reason: string): CorruptSourceError =>
    new CorruptSourceError({ source: folder, at: key, reason });
  // Keys come from metadata: they must stay below the folder.
  if (!file.startsWith(path.join(folder, path.sep))) throw corrupt('leads out of the store');
  const handle = await open(file, 'r').catch((cause: unknown) => {
    const code = (cause as { code?: string }).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unavailable(file, cause);
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const { from, to } = part(size);
    const limit = isMetadata(key) ? MAX_METADATA_BYTES : MAX_CHUNK_BYTES;
    if (!(to - from <= limit)) throw corrupt(`${to - from} bytes, the limit is ${limit}`);
    if (from < 0 || to > size) throw corrupt(`bytes ${from} to ${to} of ${size}`);
    const bytes = new Uint8Array(to - from);
    let got = 0;
    while (got < bytes.length) {
      const { bytesRead } = await handle.read(bytes, got, bytes.length - got, from + got);
      if (bytesRead === 0) throw corrupt('the file was cut while it was read');
      got += bytesRead;
    }
    return bytes;
  } catch (cause) {
    // A folder opens like a file and fails when it is read.
    if ((cause as { code?: string }).code === 'EISDIR') return undefined;
    throw cause;
  } finally {
    await handle.close();
  }
}

function unavailable(file: string, cause: unknown): UnavailableError {
  return new UnavailableError({
    what: file,
    reason: cause instanceof Error ? cause.message : String(cause),
    remedy: 'check that the folder and its files can be read',
    cause,
  });
}

/** `<M8[ns]` (version 2) and `numpy.datetime64` (version 3) become int64; their unit an attribute. */
function withoutTimeTypes(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  if (!/M8\[|numpy\.datetime64/.test(text)) return bytes;
  const metadata = JSON.parse(text) as Record<string, unknown>;
  const type = metadata['data_type'];
  if (typeof metadata['dtype'] === 'string') {
    metadata['dtype'] = metadata['dtype'].replace(/M8\[.*\]/, 'i8');
    metadata['fill_value'] = 0;
  } else if (typeof type === 'object' && type !== null && 'configuration' in type) {
    const unit = (type.configuration as { unit?: string } | null)?.unit;
    metadata['data_type'] = 'int64';
    metadata['fill_value'] = 0;
    const attributes = (metadata['attributes'] ?? {}) as Record<string, unknown>;
    metadata['attributes'] = {
      ...attributes,
      units: `${NUMPY_UNITS[unit ?? 'ns']} since 1970-01-01`,
    };
  }
  return Buffer.from(JSON.stringify(metadata));
}

const NUMPY_UNITS: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
};

/** Keys of the arrays and groups directly below `key`, sorted. */
export async function zarrChildren(store: ZarrFolder, key: string): Promise<string[]> {
  const entries = await readdir(path.join(store.folder, key), { withFileTypes: true }).catch(
    (cause: unknown) => {
      throw unavailable(store.folder, cause);
    },
  );
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
