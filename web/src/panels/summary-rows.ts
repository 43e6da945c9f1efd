/**
 * A summary of unknown shape as names and values. `velocityMmPerYear: 3` becomes `velocity`,
 * `3 mm/yr`; an object with mean, p05 and p95 becomes one value with its 90 % interval. Pure.
 * @module
 */
import { plainNumber } from '../format.js';

const UNITS: readonly (readonly [string, string])[] = [
  ['MmPerYear', 'mm/yr'],
  ['Percent', '%'],
  ['Deg', '°'],
  ['Rad', 'rad'],
  ['Mm', 'mm'],
  ['Km', 'km'],
  ['Km2', 'km²'],
  ['M3', 'm³'],
  ['Nm', 'N m'],
  ['Pa', 'Pa'],
  ['M', 'm'],
  ['S', 's'],
];

/** Longer lists are data, not a summary, and are named by their length alone. */
const MAX_ITEMS = 6;
const MAX_ROWS = 60;

export function summaryRows(summary: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(summary)
    .filter(([name]) => name !== 'notes')
    .flatMap(([name, value]) => rowsOf({ name, value, prefix: '', outerUnit: '' }))
    .slice(0, MAX_ROWS);
}

function rowsOf(field: {
  readonly name: string;
  readonly value: unknown;
  /** Label of the object that holds the field, and the unit that its name ends in. */
  readonly prefix: string;
  readonly outerUnit: string;
}): [string, string][] {
  const { name, value, prefix, outerUnit } = field;
  const own = named(name);
  const unit = own.unit || outerUnit;
  // Each marginal stands for itself.
  const full = `${prefix} ${name === 'marginals' ? '' : own.label}`.trim();
  const row = (text: string): [string, string][] => [[full, unit ? `${text} ${unit}` : text]];
  if (typeof value === 'number') return row(plainNumber(value));
  if (typeof value === 'string') return [[full, value]];
  if (typeof value === 'boolean') return [[full, value ? 'yes' : 'no']];
  if (Array.isArray(value)) {
    const isShort = value.length <= MAX_ITEMS && value.every((item) => typeof item !== 'object');
    if (value.length === 0) return [];
    if (!isShort) return [[full, `${value.length} items`]];
    return row(
      value.map((item) => (typeof item === 'number' ? plainNumber(item) : String(item))).join(', '),
    );
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  const { mean, p05, p95 } = fields;
  if (typeof mean === 'number' && typeof p05 === 'number' && typeof p95 === 'number') {
    const text = `${plainNumber(mean)} (${plainNumber(p05)} to ${plainNumber(p95)})`;
    return row(text);
  }
  return Object.entries(fields).flatMap(([key, inner]) =>
    rowsOf({ name: key, value: inner, prefix: full, outerUnit: unit }),
  );
}

/** Splits a unit from the end of a name and the rest into words. */
function named(name: string): { label: string; unit: string } {
  const found = UNITS.find(([suffix]) => name.endsWith(suffix) && name.length > suffix.length);
  const base = found ? name.slice(0, -found[0].length) : name;
  const label = base.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return { label, unit: found?.[1] ?? '' };
}
