/**
 * In: a file of JSON lines, plain or gzip. Out: its lines, one at a time, so that memory stays
 * bounded whatever the file holds.
 * @module
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';

/** A line; `text` is null when it was longer than the limit and skipped. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string | null;
}

export interface LineLimits {
  /** Of the unpacked file: a gzip bomb stops here. */
  readonly maxBytes: number;
  readonly maxLineBytes: number;
}

export const DEFAULT_LINE_LIMITS: LineLimits = { maxBytes: 1 << 29, maxLineBytes: 1 << 20 };

/** True for the first bytes of a gzip file (RFC 1952). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Non-empty lines of a file. Throws CorruptSourceError (damaged or oversized gzip, with the byte of
 * the unpacked stream) or UnavailableError (cannot be opened).
 */
export async function* readLines(
  path: string,
  limits: LineLimits = DEFAULT_LINE_LIMITS,
): AsyncGenerator<Line> {
  const gzip = isGzip(await readHead(path));
  const file = createReadStream(path);
  const stream = gzip ? file.pipe(createGunzip()) : file;
  // A pipe does not hand on errors: without this a missing file would end the process.
  file.on('error', (error) => stream.destroy(error));
  const decoder = new StringDecoder('utf8');
  let [bytes, number, rest, skipping] = [0, 0, '', false];
  const emit = function* (text: string): Generator<Line> {
    number++;
    if (skipping || text.length > limits.maxLineBytes) yield { number, text: null };
    else if (text.trim() !== '') yield { number, text };
    skipping = false;
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) {
        throw new CorruptSourceError({
          source: path,
          at: `byte ${limits.maxBytes} unpacked`,
          reason: 'larger than a file of records can be',
        });
      }
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = parts.pop() as string;
      for (const part of parts) yield* emit(part);
      if (rest.length > limits.maxLineBytes) [rest, skipping] = ['', true];
    }
    rest += decoder.end();
    if (rest !== '' || skipping) yield* emit(rest);
  } catch (cause) {
    if (cause instanceof CorruptSourceError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_') || code === 'ERR_BUFFER_OUT_OF_BOUNDS') {
      throw new CorruptSourceError({
        source: path,
        at: `byte ${bytes} unpacked`,
        reason: 'the gzip stream is damaged or cut off',
        cause,
      });
    }
    throw unavailable(path, cause);
  } finally {
    file.destroy();
    stream.destroy();
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return buffer;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unavailable(path, cause);
  }
}

function unavailable(path: string, cause: unknown): UnavailableError {
  return new UnavailableError({
    what: path,
    reason: cause instanceof Error ? cause.message : String(cause),
    remedy: 'check that the file exists and can be read',
    cause,
  });
}
