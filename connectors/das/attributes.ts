/**
 * HDF5 attributes in, numbers, texts and times out. Vendors store the same attribute as number,
 * as text or as a list of one; here they become one type or a CorruptSourceError.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import type { AttributeValue } from '../hdf5/hdf5.js';

/** Attributes of one object with what an error message needs. */
export interface AttributeSet {
  readonly source: string;
  /** HDF5 path of the object. */
  readonly path: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
  /** `/` where the values are small datasets of a group instead of its attributes. */
  readonly separator?: '/';
}

/** Place of a value, for messages: `/Acquisition@PulseRate`, `/header/dt`. */
export function placeOf(set: AttributeSet, name: string): string {
  return `${set.path}${set.separator ?? '@'}${name}`;
}

/** Text of an attribute (surrounding blanks and NULs dropped); null when absent or empty. */
export function textAttribute(set: AttributeSet, name: string): string | null {
  const value = single(set.values[name]);
  if (value === null || value === undefined) return null;
  const text = String(value).replaceAll('\0', '').trim();
  return text === '' ? null : text;
}

/** All texts of a list attribute; a single text becomes a list of its comma-separated parts. */
export function textListAttribute(set: AttributeSet, name: string): string[] | null {
  const value = set.values[name];
  if (value === null || value === undefined) return null;
  const parts =
    typeof value === 'object'
      ? Array.from(value, (part) => String(part))
      : String(value).split(',');
  return parts.map((part) => part.replace(/[\0[\]'"]/g, '').trim());
}

/** Number of an attribute that may be stored as text; null when absent. Throws on other text. */
export function numberAttribute(set: AttributeSet, name: string): number | null {
  const text = textAttribute(set, name);
  if (text === null) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) {
    throw new CorruptSourceError({
      source: set.source,
      at: placeOf(set, name),
      reason: `'${text.slice(0, 60)}' is not a number`,
    });
  }
  return value;
}

/** Like numberAttribute, but throws CorruptSourceError when the attribute is missing. */
export function requiredNumber(set: AttributeSet, name: string): number {
  return numberAttribute(set, name) ?? missing(set, name);
}

/** Like textAttribute, but throws CorruptSourceError when the attribute is missing. */
export function requiredText(set: AttributeSet, name: string): string {
  return textAttribute(set, name) ?? missing(set, name);
}

/** Time of an attribute, ns since the epoch; null when absent. Throws on unreadable text. */
export function timeAttribute(set: AttributeSet, name: string): bigint | null {
  const text = textAttribute(set, name);
  if (text === null) return null;
  const ns = vendorTimeNs(text);
  if (ns === null) {
    throw new CorruptSourceError({
      source: set.source,
      at: placeOf(set, name),
      reason: `'${text.slice(0, 60)}' is not an ISO-8601 time`,
    });
  }
  return ns;
}

const VENDOR_TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?\s*(?:Z|UTC|([+-])(\d{2}):?(\d{2}))?$/;

/**
 * ISO-8601 as acquisition systems write it: `Z`, `+00:00`, other offsets or none (taken as UTC),
 * `T` or a blank, any number of decimals. Nanoseconds since the epoch; null when it is none.
 */
export function vendorTimeNs(text: string): bigint | null {
  const match = VENDOR_TIME.exec(text.trim());
  if (!match) return null;
  const ms = Date.parse(`${match[1]}T${match[2]}Z`);
  if (Number.isNaN(ms)) return null;
  const sign = match[4] === '-' ? 1 : -1;
  const offsetMs = sign * (Number(match[5] ?? 0) * 60 + Number(match[6] ?? 0)) * 60_000;
  return BigInt(ms + offsetMs) * 1_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
}

function single(value: AttributeValue | undefined): unknown {
  if (value === null || typeof value !== 'object') return value;
  return value.length === 1 ? value[0] : value.length === 0 ? null : Array.from(value).join(',');
}

function missing(set: AttributeSet, name: string): never {
  throw new CorruptSourceError({
    source: set.source,
    at: placeOf(set, name),
    reason: 'the attribute is missing',
  });
}
