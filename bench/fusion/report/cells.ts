/** Figures of unknown shape as cells and tables of HTML. @module */
import { escapeXml } from './charts.js';

export type Figures = Readonly<Record<string, unknown>>;

export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((v, key) => (v as Figures | null | undefined)?.[key], value);
export const rowsOf = (value: unknown): readonly Figures[] =>
  Array.isArray(value) ? (value as Figures[]) : [];

/** A number as people read it; `n/a` for what was not measured. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  if (typeof value === 'boolean')
    return value ? '<span class="yes">yes</span>' : '<span class="no">no</span>';
  if (Array.isArray(value)) return value.map(show).join(' to ');
  if (value === null || value === undefined) return 'n/a';
  return escapeXml(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Cells of any kind under their header. */
export function tableOf(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line(header.map(escapeXml), 'th')}${rows.map((row) => line(row.map(show), 'td')).join('')}</table>`;
}
