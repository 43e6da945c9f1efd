/** What commands print: tables for people, JSON for programs. @module */
export interface Output {
  write(text: string): void;
  error(line: string): void;
  /** True where a progress bar may redraw its line. */
  readonly isTerminal: boolean;
}

export const consoleOutput: Output = {
  write: (text) => void process.stdout.write(text),
  error: (line) => void process.stderr.write(`${line}\n`),
  isTerminal: process.stderr.isTTY,
};

/** Aligned columns with a header; `No <what>.` when there are no rows. */
export function table(
  what: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return `No ${what}.\n`;
  const widths = header.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd();
  return `${[header, ...rows].map(line).join('\n')}\n`;
}

/** Prints `value` as JSON when asked, else the text. */
export function print(
  output: Output,
  json: boolean | undefined,
  value: unknown,
  text: string,
): void {
  output.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
}
