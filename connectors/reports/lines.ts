/**
 * A text file in, its lines one by one out; memory stays bounded however long a line is.
 * @module
 */
import { createReadStream } from 'node:fs';
import { CorruptSourceError, UnavailableError } from '../../core/errors.js';

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Without the line break; null when the line is longer than `maxLineBytes`. */
  readonly text: string | null;
}

/** Longest line that is read: a post of any known service is far shorter. */
export const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Lines of a UTF-8 file, or of UTF-16 with its byte order mark; LF and CRLF, the mark is dropped. Throws CorruptSourceError when
 * it meets a NUL byte, which no text has (`takesNul`: it is part of its line, whose reader refuses
 * it), and UnavailableError when reading fails.
 */
export async function* textLines(input: {
  readonly path: string;
  readonly maxLineBytes?: number;
  readonly takesNul?: boolean;
}): AsyncGenerator<TextLine> {
  const limit = input.maxLineBytes ?? MAX_LINE_BYTES;
  let number = 1;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let position = 0;
  const finish = (): TextLine => {
    const text = keptBytes > limit ? null : lineText(Buffer.concat(kept), number);
    kept = [];
    keptBytes = 0;
    return { number: number++, text };
  };
  const keep = (bytes: Buffer): void => {
    keptBytes += bytes.length;
    if (keptBytes <= limit) kept.push(bytes);
    else kept = [];
  };
  for await (const chunk of asUtf8(chunksOf(input.path))) {
    const nul = input.takesNul === true ? -1 : chunk.indexOf(0);
    if (nul >= 0) {
      throw new CorruptSourceError({
        source: input.path,
        at: `byte ${position + nul}`,
        reason: 'a NUL byte: this is no text file',
      });
    }
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    keep(chunk.subarray(from));
    position += chunk.length;
  }
  if (keptBytes > 0) yield finish();
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (cause) {
    throw new UnavailableError({
      what: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that the file exists and can be read',
      cause,
    });
  }
}

/** UTF-16 by its byte order mark, as spreadsheets and Windows write text. */
export function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : null;
}

async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | null | undefined;
  for await (const chunk of chunks) {
    if (decoder === undefined) {
      const encoding = utf16Of(chunk);
      decoder = encoding === null ? null : new TextDecoder(encoding);
    }
    yield decoder === null ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
  }
  if (decoder) yield Buffer.from(decoder.decode());
}

function lineText(bytes: Buffer, number: number): string {
  const text = bytes.toString('utf8').replace(/\r$/, '');
  return number === 1 ? text.replace(/^\uFEFF/, '') : text;
}
