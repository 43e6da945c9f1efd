/**
 * One line of CSV in, its fields out.
 * @module
 */

/**
 * Fields of a line (RFC 4180: commas, double quotes, doubled quotes inside them); null when a quote
 * is left open. Fields with line breaks inside are not supported.
 */
export function csvFields(line: string): string[] | null {
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (!match) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}
