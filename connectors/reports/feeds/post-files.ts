/**
 * A file of posts with text in, each line or record parsed out: frames, JSON lines and lists by
 * `json-lines.ts`, CSV with a time and a text column by `post-records.ts`.
 * @module
 */
import { open } from 'node:fs/promises';
import { CorruptSourceError, InvalidInputError, UnavailableError } from '../../../core/errors.js';
import { csvFields, csvMark, plainNumber, type CsvMark } from '../csv.js';
import { csvRecords } from '../csv-records.js';
import { textLines, utf16Of } from '../lines.js';
import { asObject, type ParsedFrame } from './frame.js';
import { parsePostLine } from './json-lines.js';
import {
  LATITUDE_NAMES,
  LONGITUDE_NAMES,
  TEXT_NAMES,
  TIME_NAMES,
  parsePostRecord,
} from './post-records.js';

const PLACE_NAMES: readonly string[] = [...LATITUDE_NAMES, ...LONGITUDE_NAMES];
/** So much of a file is looked at for lines with text. */
const HEAD_BYTES = 256 * 1024;
/** Any line: the first ones may be damaged. */
const JSON_WITH_TEXT =
  /(^|\n)[ \t]*\{[^\n]*"(text|full_text|content|body|message|time_us|payload|delete)"\s*:/;

/** One list of posts, bare or as `data` of an answer of the second Twitter API. */
const WHOLE_JSON = /^\uFEFF?\s*(\[|\{\s*"data"\s*:\s*\[)/;
/** A list must fit into memory; lines need not. */
const MAX_WHOLE_BYTES = 128 * 1024 * 1024;

/** Null when the file holds no text, but perhaps times. Throws UnavailableError. */
export async function readPosts(input: {
  readonly path: string;
  /** Bounds the times that are believed, s since 1970. */
  readonly nowS: number;
}): Promise<AsyncIterable<ParsedFrame> | null> {
  const head = await headText(input.path);
  if (WHOLE_JSON.test(head)) return wholePosts(input);
  if (JSON_WITH_TEXT.test(head)) return jsonPosts(input);
  const header = head.split(/\r?\n/, 1)[0] ?? '';
  const mark = csvMark(header);
  const columns = (csvFields(header, mark) ?? []).map((name) => name.trim().toLowerCase());
  const has = (names: readonly string[]): boolean => names.some((name) => columns.includes(name));
  return has(TIME_NAMES) && has(TEXT_NAMES) ? csvPosts({ ...input, columns, mark }) : null;
}

async function* jsonPosts(input: {
  readonly path: string;
  readonly nowS: number;
}): AsyncGenerator<ParsedFrame> {
  for await (const { text } of textLines({ path: input.path, takesNul: true })) {
    if (text?.trim() === '') continue;
    if (text === null) yield { ok: false, reason: 'line longer than 1 MiB' };
    else yield parsePostLine(text, input.nowS);
  }
}

async function wholePosts(input: {
  readonly path: string;
  readonly nowS: number;
}): Promise<AsyncIterable<ParsedFrame> | null> {
  const lines: string[] = [];
  let characters = 0;
  for await (const { number, text } of textLines({
    path: input.path,
    maxLineBytes: MAX_WHOLE_BYTES,
    takesNul: true,
  })) {
    characters += text?.length ?? MAX_WHOLE_BYTES;
    if (characters >= MAX_WHOLE_BYTES) {
      throw new InvalidInputError({
        what: input.path,
        reason: `one list of more than ${MAX_WHOLE_BYTES} characters, at line ${number}`,
        remedy: 'write a post a line, for example with jq -c .[]',
      });
    }
    lines.push(text ?? '');
  }
  let value: unknown;
  try {
    value = JSON.parse(lines.join('\n'));
  } catch (cause) {
    throw new CorruptSourceError({
      source: input.path,
      at: /position (\d+)/.exec(String(cause))?.[0] ?? `line ${lines.length}`,
      reason: 'begins as a list of posts, and is not JSON',
      cause,
    });
  }
  const list = Array.isArray(value) ? value : asObject(value)?.['data'];
  return Array.isArray(list) && list.some(hasText) ? listPosts(list, input.nowS) : null;
}

function hasText(value: unknown): boolean {
  return asObject(value) !== null && JSON_WITH_TEXT.test(lineOf(value) ?? '');
}

async function* listPosts(list: readonly unknown[], nowS: number): AsyncGenerator<ParsedFrame> {
  for (const one of list) {
    const line = lineOf(one);
    yield await Promise.resolve(
      line === null ? { ok: false, reason: 'nested too deep' } : parsePostLine(line, nowS),
    );
  }
}

/** Null for what is nested deeper than the stack allows. */
function lineOf(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

async function* csvPosts(input: {
  readonly path: string;
  readonly nowS: number;
  readonly columns: readonly string[];
  readonly mark: CsvMark;
}): AsyncGenerator<ParsedFrame> {
  const { columns } = input;
  let isHeader = true;
  for await (const { fields } of csvRecords(input)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (fields === null) yield { ok: false, reason: 'not readable as CSV' };
    else if (fields.length !== columns.length) {
      yield { ok: false, reason: 'not as many fields as the header has' };
    } else {
      const record = Object.fromEntries(
        columns.map((name, i) => {
          const field = fields[i] ?? '';
          return [name, PLACE_NAMES.includes(name) ? plainNumber(field, input.mark) : field];
        }),
      );
      yield parsePostRecord(record, input.nowS);
    }
  }
}

async function headText(path: string): Promise<string> {
  const bytes = Buffer.alloc(HEAD_BYTES);
  try {
    const handle = await open(path, 'r');
    try {
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const head = bytes.subarray(0, bytesRead);
      return new TextDecoder(utf16Of(head) ?? 'utf-8').decode(head);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UnavailableError({
      what: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      remedy: 'check that the file exists and can be read',
      retryable: false,
      cause,
    });
  }
}
