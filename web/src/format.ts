/** Numbers, times and places as people read them. Pure. @module */
import type { Marginal } from './types.js';

const MINUS = '\u2212';

/** Fixed decimals, with a real minus sign; `-0.0` is written `0.0`. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** Like `fixed`, but positive values carry their sign too. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/** `2018-02-16 23:39:39.1`: UTC, the fraction cut to `decimals`. */
export function time(iso: string, decimals = 1): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?/.exec(iso);
  if (!match) return iso;
  const fraction = (match[3] ?? '').padEnd(decimals, '0').slice(0, decimals);
  return `${match[1]} ${match[2]}${decimals > 0 ? `.${fraction}` : ''}`;
}

/** `6.9 to 7.5`: the central 90 % of a marginal. */
export function interval(marginal: Marginal, decimals: number): string {
  return `${fixed(marginal.p05, decimals)} to ${fixed(marginal.p95, decimals)}`;
}

/** `16.39° N`. */
export function northSouth(latitude: number): string {
  return `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? 'S' : 'N'}`;
}

/** `97.98° W`; any number of turns is taken off. */
export function eastWest(longitude: number): string {
  const east = ((((longitude + 180) % 360) + 360) % 360) - 180;
  return `${Math.abs(east).toFixed(2)}° ${east < 0 ? 'W' : 'E'}`;
}

/** `16.39° N, 97.98° W`. */
export function place(latitude: number, longitude: number): string {
  return `${northSouth(latitude)}, ${eastWest(longitude)}`;
}

/** A probability; never rounded to certainty. */
export function probability(p: number): string {
  if (p > 0.999 && p < 1) return '> 99.9 %';
  if (p < 0.001 && p > 0) return '< 0.1 %';
  return `${(p * 100).toFixed(p > 0.99 ? 1 : 0)} %`;
}

/** Four significant digits without needless zeros; exponents only for very large or small. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return fixed(value, 0);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    return value.toExponential(2).replaceAll('-', MINUS);
  }
  return String(Number(value.toPrecision(4))).replace('-', MINUS);
}

/** `reports` from the data, `felt reports` on the page. */
export function sourceName(source: string): string {
  const names: Readonly<Record<string, string>> = {
    das: 'fibre (DAS)',
    phones: 'phones',
    insar: 'InSAR',
    reports: 'felt reports',
  };
  return names[source] ?? source;
}

/** Bytes in the unit that people would choose. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${plainNumber(bytes / 1e3)} kB` : `${plainNumber(bytes / 1e6)} MB`;
}
