/**
 * Tables of text: comma, tab, semicolon, bar or blank separated, with or without a header line, plain or
 * gzip. A path in, header and rows out.
 * @module
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { CorruptSourceError, UnavailableError, UnsupportedSourceError } from '../../core/errors.js';

/** Rows of a table as their cells. */
export interface DelimitedTable {
  readonly path: string;
  /**
   * Column names in lower case, of the first line or of a comment directly above the first row; null when
   * the first line already holds numbers.
   */
  readonly header: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
}

/** Unpacked text that is read at most, bytes: 483,000 picks are 30 MB. */
export const MAX_TABLE_BYTES = 512 * 1024 * 1024;

/**
 * Reads a whole table. Empty lines and lines that start with `#` are skipped. Throws
 * UnavailableError for a file that cannot be read, CorruptSourceError for broken gzip and
 * UnsupportedSourceError over 512 MiB of text.
 */
export async function readDelimited(input: { readonly path: string }): Promise<DelimitedTable> {
  return parseDelimited({ path: input.path, text: await readText(input.path) });
}

/** The same for text that is already here. */
export function parseDelimited(input: {
  readonly path: string;
  readonly text: string;
}): DelimitedTable {
  const { path, text } = input;
  const all = text.replace(/^\uFEFF/, '').split('\n');
  const lines = all.filter((line) => line.trim() !== '' && line[0] !== '#');
  const [first] = lines;
  if (first === undefined) return { path, header: null, rows: [] };
  const split = splitterOf(first);
  const head = split(first.trimEnd());
  // A header names things; data have at least two cells that are numbers.
  const numbers = numbersIn(head);
  const before = all[all.indexOf(first) - 1] ?? '';
  const noted = split(before.replace(/^#+/, '').trim());
  const isNoted =
    numbers > 0 && before[0] === '#' && noted.length === head.length && numbersIn(noted) === 0;
  const names = isNoted ? noted : numbers >= 2 ? null : head;
  const header = names?.map((name) => name.trim().toLowerCase()) ?? null;
  const rows: string[][] = [];
  for (let i = header && !isNoted ? 1 : 0; i < lines.length; i++) {
    const line = lines[i] as string;
    rows.push(split(line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line));
  }
  return { path, header, rows };
}

const numbersIn = (cells: readonly string[]): number =>
  cells.filter((cell) => cell.trim() !== '' && Number.isFinite(Number(cell))).length;

type Split = (line: string) => string[];

function splitterOf(line: string): Split {
  // A semicolon goes before a comma: where it divides cells, commas are decimal.
  for (const mark of ['\t', ';', ',', '|']) {
    if (line.includes(mark)) {
      return (text) => (text.includes('"') ? splitQuoted(text, mark) : text.split(mark));
    }
  }
  return (text) => text.trim().split(/\s+/);
}

/** RFC 4180 within one line: quoted cells may hold the mark and doubled quotes. */
function splitQuoted(line: string, mark: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (line[i + 1] === '"') cell += line[i++] as string;
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === mark) {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  return [...cells, cell];
}

/** Text of a file, plain or gzip; throws as readDelimited does. */
export async function readText(path: string): Promise<string> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : Number.NaN),
    (cause: unknown) => {
      throw unavailable(path, cause);
    },
  );
  if (Number.isNaN(size)) throw unavailable(path, new Error('not a file'));
  const raw = createReadStream(path);
  const zipped = await startsWithGzip(path);
  const stream = zipped ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (cause) => stream.destroy(cause));
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MAX_TABLE_BYTES) {
        throw new UnsupportedSourceError({
          source: path,
          reason: `over ${MAX_TABLE_BYTES} bytes of text`,
          remedy: 'split the table by day',
        });
      }
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof UnsupportedSourceError) throw cause;
    if (!zipped) throw unavailable(path, cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptSourceError({ source: path, at: `byte ${bytes} unpacked`, reason, cause });
  }
  return decoded(Buffer.concat(parts));
}

/** UTF-8, or UTF-16 where its byte order mark says so (tables saved by spreadsheets). */
function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  return bytes.toString('utf8');
}

async function startsWithGzip(path: string): Promise<boolean> {
  for await (const part of createReadStream(path, { end: 1 }) as AsyncIterable<Buffer>) {
    return part[0] === 0x1f && part[1] === 0x8b;
  }
  return false;
}

function unavailable(what: string, cause: unknown): UnavailableError {
  return new UnavailableError({
    what,
    reason: cause instanceof Error ? cause.message : String(cause),
    remedy: 'check that the path exists and can be read',
    cause,
  });
}
