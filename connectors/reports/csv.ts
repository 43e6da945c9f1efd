/**
 * One line of CSV in, its fields out.
 * @module
 */

/** What divides fields. Spreadsheets write `;` where the comma is decimal. */
export type CsvMark = ',' | ';' | '\t';

const PATTERNS: Readonly<Record<CsvMark, RegExp>> = {
  ',': fieldPattern(','),
  ';': fieldPattern(';'),
  '\t': fieldPattern('\t'),
};

/** The mark that divides a header into the most fields; a comma where none does. */
export function csvMark(header: string): CsvMark {
  const fields = (mark: CsvMark): number => csvFields(header, mark)?.length ?? 0;
  return ([';', '\t'] as const).reduce<CsvMark>(
    (best, mark) => (fields(mark) > fields(best) ? mark : best),
    ',',
  );
}

/**
 * Fields of a line (RFC 4180: commas or another mark, double quotes, doubled quotes inside them); null when
 * a quote is left open. Fields with line breaks inside are not supported.
 */
export function csvFields(line: string, mark: CsvMark = ','): string[] | null {
  const fields: string[] = [];
  const pattern = PATTERNS[mark];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(line);
    if (!match) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}

/** A number with its decimal point: where no comma divides, it may have one. Other fields stay as they are. */
export function plainNumber(field: string, mark: CsvMark): string {
  return mark === ',' ? field : field.replace(/^(\s*[-+]?\d*),(\d+(?:e[-+]?\d+)?\s*)$/i, '$1.$2');
}

function fieldPattern(mark: string): RegExp {
  return new RegExp(`(?:"((?:[^"]|"")*)"|([^"${mark}]*))(${mark}|$)`, 'y');
}
