/**
 * Fields of a vendor's header: small datasets as attributes, values that may be left out, and
 * claims that are held against what is used.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { numberAttribute, placeOf, textAttribute, type AttributeSet } from './attributes.js';
import { disagreement, type AuditEntry, type AuditTopic } from './audit.js';
import type { DasOptions } from './options.js';
import type { AttributeValue, Hdf5Reader } from '../hdf5/hdf5.js';

/**
 * The small datasets `names` of a group ('' for the root), as fields; those that are not there are
 * left out.
 */
export function datasetFields(
  reader: Hdf5Reader,
  group: string,
  names: readonly string[],
): AttributeSet {
  const present = new Set(reader.children(group === '' ? '/' : group));
  const values: Record<string, AttributeValue> = {};
  for (const name of names) {
    if (!present.has(name)) continue;
    const path = `${group}/${name}`;
    values[name] = reader.value(path);
  }
  return { source: reader.source, path: group, values, separator: '/' };
}

/** Attributes of an object; an empty set when there is no such group or dataset. */
export function attributesIfAny(reader: Hdf5Reader, path: string): AttributeSet {
  const at = path.lastIndexOf('/');
  const isThere =
    path === '/' || reader.children(path.slice(0, at) || '/').includes(path.slice(at + 1));
  return { source: reader.source, path, values: isThere ? reader.attributes(path) : {} };
}

const LEFT_OUT = /^(nan|n\/?a|none|unknown|null|-)$/i;

/** Text of a field; null where it is missing or a word for it (`NaN`, `N/A`, `Unknown`). */
export function statedText(set: AttributeSet, name: string): string | null {
  const text = textAttribute(set, name);
  return text === null || LEFT_OUT.test(text) ? null : text;
}

/** Number of a field; null where it is missing or a word for it. Throws on other text. */
export function statedNumber(set: AttributeSet, name: string): number | null {
  return statedText(set, name) === null ? null : numberAttribute(set, name);
}

/** Number above zero; null where it is missing. Throws CorruptSourceError at zero and below. */
export function positiveIfAny(set: AttributeSet, name: string): number | null {
  const value = statedNumber(set, name);
  if (value === null || value > 0) return value;
  throw new CorruptSourceError({
    source: set.source,
    at: placeOf(set, name),
    reason: `${value} is not positive`,
  });
}

/** Number above zero. Throws CorruptSourceError when it is missing or not positive. */
export function positiveNumber(set: AttributeSet, name: string): number {
  const value = positiveIfAny(set, name);
  if (value !== null) return value;
  throw new CorruptSourceError({
    source: set.source,
    at: placeOf(set, name),
    reason: 'the field is missing',
  });
}

/**
 * Gauge length by the option `gaugeLengthM`, else by the field, where that is set to one: NaN, zero
 * and below mean that it is not known.
 */
export function gaugeLength(
  set: AttributeSet,
  name: string,
  { gaugeLengthM }: Pick<DasOptions, 'gaugeLengthM'>,
): number | null {
  if (gaugeLengthM !== undefined) return gaugeLengthM;
  const value = textAttribute(set, name);
  const metres = value === null ? NaN : Number(value);
  return metres > 0 && Number.isFinite(metres) ? metres : null;
}

/**
 * A disagreement when a claim lies further than `tolerance` from the value used; claims that are
 * null are not made.
 */
export function heldAgainst(input: {
  readonly topic: AuditTopic;
  readonly claims: Readonly<Record<string, number | null>>;
  readonly used: number;
  readonly tolerance: number;
  readonly why: string;
}): AuditEntry[] {
  const found = Object.entries(input.claims).filter(([, value]) => value !== null);
  const contradicts = found.some(
    ([, value]) => Math.abs((value as number) - input.used) > input.tolerance,
  );
  if (!contradicts) return [];
  return [disagreement(input.topic, Object.fromEntries(found), input.used, input.why)];
}
