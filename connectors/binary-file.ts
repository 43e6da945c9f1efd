/**
 * Random access to a file that must not change meanwhile: an offset and a length in, exactly so
 * many bytes out, or an error that names the byte. Offsets above 4 GiB are fine.
 * @module
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { CorruptSourceError, UnavailableError } from '../core/errors.js';

export interface BinaryFile {
  /** Absolute path, for messages. */
  readonly source: string;
  readonly bytes: number;
  /**
   * `length` bytes from `offset`. `at` names the field in the error. Throws CorruptSourceError when
   * the file ends before; nothing is allocated for bytes that are not there.
   */
  readonly read: (offset: number, length: number, at: string) => Promise<Buffer>;
}

/**
 * Opens the file, hands it to `use`, always closes it. A file that was replaced, cut or written to
 * since `file` was looked at is a CorruptSourceError: half of it would be of another recording.
 * Throws UnavailableError when it cannot be opened.
 */
export async function withBinaryFile<Result>(
  file: { readonly path: string; readonly bytes: number },
  use: (binary: BinaryFile) => Promise<Result>,
): Promise<Result> {
  const { path: source } = file;
  const handle = await open(source, 'r').catch((cause: unknown) => {
    throw new UnavailableError({
      what: source,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that the file exists and can be read',
      cause,
    });
  });
  try {
    const before = await handle.stat({ bigint: true });
    const bytes = Number(before.size);
    if (bytes !== file.bytes) {
      throw changed(source, `its size went from ${file.bytes} to ${bytes} bytes`);
    }
    if (bytes === 0) {
      throw new CorruptSourceError({ source, at: 'byte 0', reason: 'the file is empty' });
    }
    const result = await use({
      source,
      bytes,
      read: (offset, length, at) => readExactly({ handle, source, bytes, offset, length, at }),
    });
    await checkUnchanged(source, handle, before);
    return result;
  } finally {
    await handle.close();
  }
}

async function readExactly(request: {
  handle: FileHandle;
  source: string;
  bytes: number;
  offset: number;
  length: number;
  at: string;
}): Promise<Buffer> {
  const { handle, source, bytes, offset, length, at } = request;
  if (!Number.isSafeInteger(offset) || !(length >= 0) || offset < 0 || offset + length > bytes) {
    throw new CorruptSourceError({
      source,
      at,
      reason: `${length} bytes expected from byte ${offset}, the file has ${bytes} bytes`,
    });
  }
  const out = Buffer.allocUnsafeSlow(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(out, got, length - got, offset + got);
    // Fewer bytes than fstat promised: somebody cut the file.
    if (bytesRead === 0) throw changed(source, `it now ends at byte ${offset + got}, ${at}`);
    got += bytesRead;
  }
  return out;
}

type Identity = { size: bigint; mtimeNs: bigint; ino: bigint; dev: bigint };

async function checkUnchanged(source: string, handle: FileHandle, was: Identity): Promise<void> {
  const own = await handle.stat({ bigint: true });
  if (own.size !== was.size) {
    throw changed(source, `its size went from ${was.size} to ${own.size} bytes`);
  }
  if (own.mtimeNs !== was.mtimeNs) throw changed(source, 'it was written to');
  const named = await stat(source, { bigint: true }).catch(() => null);
  if (named === null || named.ino !== was.ino || named.dev !== was.dev) {
    throw changed(source, 'another file took its place');
  }
}

function changed(source: string, how: string): CorruptSourceError {
  return new CorruptSourceError({
    source,
    at: 'file',
    reason: `the file changed while it was read: ${how}`,
  });
}
