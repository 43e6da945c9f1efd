/** A part's result as its file holds it. @module */
import { loadavg } from 'node:os';

/** JSON with numbers to five digits; `load` is the load average when the part began. */
export function resultText(input: {
  readonly part: string;
  readonly load: number | undefined;
  readonly figures: unknown;
}): string {
  const result = {
    part: input.part,
    node: process.version,
    loadAverage: [input.load, loadavg()[0]],
    figures: input.figures,
  };
  const digits = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value;
  return `${JSON.stringify(result, digits, 2)}\n`;
}
