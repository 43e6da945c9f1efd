/**
 * Random access to the bytes of a raster, wherever they are: a local file here, a server in
 * `remote/http-source.ts`. Small reads of headers are served from pages that are kept.
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { CorruptSourceError, UnavailableError } from '../../../core/errors.js';

/** Bytes that can be read in any order. */
export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** Absolute path when it is a local file: worker threads open it themselves. */
  readonly path: string | null;
  readonly bytes: number;
  /** Exactly `length` bytes from `offset`. Throws CorruptSourceError naming `at` beyond the end. */
  read(offset: number, length: number, at: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a local file. Throws UnavailableError when it cannot be opened. */
export async function openFileSource(file: string): Promise<ByteSource> {
  const name = path.basename(file);
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const info = await handle.stat();
  if (!info.isFile()) {
    await handle.close();
    throw unreadable(file, new Error('it is no file'));
  }
  const bytes = info.size;
  return {
    name,
    path: path.resolve(file),
    bytes,
    read: async (offset, length, at) => {
      checkRange({ name, bytes }, offset, length, at);
      return readExactly(handle, { file, name, offset, length, at });
    },
    close: () => handle.close(),
  };
}

async function readExactly(
  handle: FileHandle,
  want: { file: string; name: string; offset: number; length: number; at: string },
): Promise<Uint8Array> {
  const out = new Uint8Array(Buffer.allocUnsafeSlow(want.length).buffer);
  let got = 0;
  while (got < want.length) {
    const { bytesRead } = await handle
      .read(out, got, want.length - got, want.offset + got)
      .catch((cause: unknown) => {
        throw unreadable(want.file, cause);
      });
    if (bytesRead === 0) throw cut(want, got);
    got += bytesRead;
  }
  return out;
}

function cut(want: { name: string; offset: number; at: string }, got: number): CorruptSourceError {
  return new CorruptSourceError({
    source: want.name,
    at: want.at,
    reason: `the file was cut to ${want.offset + got} bytes while it was read`,
  });
}

/**
 * Bytes of a local file, read at once: for worker threads, which have nothing else to do meanwhile. They lie in `room`
 * where it is large enough. Errors as ByteSource.read, with the file's name.
 */
export function readFileRange(
  file: string,
  want: { readonly offset: number; readonly length: number; readonly at: string },
  room: Uint8Array,
): Uint8Array {
  const { offset, length, at } = want;
  const name = path.basename(file);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    checkRange({ name, bytes: fstatSync(descriptor).size }, offset, length, at);
    const out = length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const more = readSync(descriptor, out, got, length - got, offset + got);
      if (more === 0) throw cut({ name, offset, at }, got);
      got += more;
    }
    return out;
  } catch (cause) {
    throw cause instanceof CorruptSourceError ? cause : unreadable(file, cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Throws CorruptSourceError when the range is not inside the source. */
export function checkRange(
  source: Pick<ByteSource, 'name' | 'bytes'>,
  offset: number,
  length: number,
  at: string,
): void {
  const inside =
    Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= source.bytes;
  if (inside) return;
  throw new CorruptSourceError({
    source: source.name,
    at,
    reason: `${length} bytes are needed from byte ${offset} but the file ends at byte ${source.bytes}`,
  });
}

function unreadable(file: string, cause: unknown): UnavailableError {
  return new UnavailableError({
    what: file,
    reason: cause instanceof Error ? cause.message : String(cause),
    remedy: 'check the path and that the file can be read',
    retryable: false,
    cause,
  });
}

const PAGE = 65_536;
const MAX_PAGES = 64;

/** The same source with pages of 64 KiB kept for small reads, at most 4 MiB of them. */
export function withPages(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  const page = (index: number): Promise<Uint8Array> => {
    const known = pages.get(index);
    if (known) return known;
    const start = index * PAGE;
    const made = source.read(start, Math.min(PAGE, source.bytes - start), `byte ${start}`);
    pages.set(index, made);
    // A failed read may be tried again.
    made.catch(() => pages.delete(index));
    const oldest = pages.keys().next();
    if (pages.size > MAX_PAGES && !oldest.done) pages.delete(oldest.value);
    return made;
  };
  return {
    ...source,
    read: async (offset, length, at) => {
      checkRange(source, offset, length, at);
      if (length > PAGE) return source.read(offset, length, at);
      const out = new Uint8Array(length);
      let got = 0;
      while (got < length) {
        const index = Math.floor((offset + got) / PAGE);
        const from = offset + got - index * PAGE;
        const part = (await page(index)).subarray(from, from + length - got);
        out.set(part, got);
        got += part.length;
      }
      return out;
    },
  };
}
