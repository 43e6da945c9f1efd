/**
 * Records of a CSV file with line breaks inside quotes (RFC 4180), as exports of posts have them.
 * Memory stays bounded: a quote that is never closed costs its own line, and no more.
 * @module
 */
import { csvFields, type CsvMark } from './csv.js';
import { textLines, type TextLine } from './lines.js';

export interface CsvRecord {
  /** Line it begins on, from 1. */
  readonly line: number;
  /** Null when it is not readable as CSV, or longer than a line may be. */
  readonly fields: readonly string[] | null;
}

/** A record goes over so many lines and characters; beyond, its quote was never meant to open. */
const MAX_LINES = 200;
const MAX_CHARACTERS = 64 * 1024;

/** Blank lines are passed over. Throws as `textLines`. */
export async function* csvRecords(input: {
  readonly path: string;
  readonly mark: CsvMark;
}): AsyncGenerator<CsvRecord> {
  const { mark } = input;
  let open: TextLine[] = [];
  for await (const line of textLines({ path: input.path, takesNul: true })) {
    open.push(line);
    for (;;) {
      const taken = firstRecord(open, mark);
      if (taken === null) break;
      open = taken.rest;
      if (taken.record) yield taken.record;
      if (open.length === 0) break;
    }
  }
  for (let i = 0; i < open.length; i++) {
    const { number, text } = open[i] as TextLine;
    if (text?.trim() !== '')
      yield { line: number, fields: text === null ? null : csvFields(text, mark) };
  }
}

/** The first record of the lines and what is left; null when more lines are needed. */
function firstRecord(
  lines: readonly TextLine[],
  mark: CsvMark,
): { readonly record: CsvRecord | null; readonly rest: TextLine[] } | null {
  const [head] = lines;
  if (head === undefined) return null;
  const alone = (fields: readonly string[] | null) => ({
    record: { line: head.number, fields },
    rest: lines.slice(1),
  });
  if (head.text === null) return alone(null);
  if (head.text.trim() === '') return { record: null, rest: lines.slice(1) };
  let text = '';
  let isOpen = false;
  for (const [i, line] of lines.entries()) {
    if (line.text === null) return alone(null);
    text += i === 0 ? line.text : `\n${line.text}`;
    // Doubled quotes inside a field open and close: only odd numbers count.
    if ((line.text.split('"').length - 1) % 2 === 1) isOpen = !isOpen;
    if (!isOpen) {
      const fields = csvFields(text, mark);
      if (fields === null && i > 0) return alone(null);
      return { record: { line: head.number, fields }, rest: lines.slice(i + 1) };
    }
    if (i + 1 >= MAX_LINES || text.length > MAX_CHARACTERS) return alone(null);
  }
  return null;
}
