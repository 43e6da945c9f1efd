/**
 * Distances of the channels of a Febus zone.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, type AuditEntry } from '../audit.js';
import type { DasRecording } from '../recording.js';

/** Numbers of a list attribute; an empty list when it is missing. */
export function numbersOf(set: AttributeSet, name: string): number[] {
  const value = set.values[name];
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [Number(value)];
  return Array.from(value as ArrayLike<number | bigint | string>, Number);
}

/**
 * First channel `Extent[0]`, spacing `Spacing[0]`, offset `Origin[0]`. Throws CorruptSourceError
 * when the spacing is missing or not positive.
 */
export function febusDistances(
  set: AttributeSet,
  channels: number,
): Pick<DasRecording, 'firstChannel' | 'firstDistanceM' | 'spacingM' | 'audit'> {
  const [spacingM] = numbersOf(set, 'Spacing');
  if (spacingM === undefined || !(spacingM > 0) || !Number.isFinite(spacingM)) {
    throw new CorruptSourceError({
      source: set.source,
      at: `${placeOf(set, 'Spacing')}[0]`,
      reason: `${spacingM ?? 'missing'}: expected metres above zero`,
    });
  }
  const [first, last] = numbersOf(set, 'Extent');
  const [origin] = numbersOf(set, 'Origin');
  const audit: AuditEntry[] = [];
  if (!isWhole(first) || origin === undefined || !Number.isFinite(origin)) {
    const found = {
      [placeOf(set, 'Extent')]: first ?? null,
      [placeOf(set, 'Origin')]: origin ?? null,
    };
    const why = 'taken as zero where missing';
    audit.push(assumption('first-distance', found, 0, why));
  }
  const firstChannel = isWhole(first) ? first : 0;
  const start = origin !== undefined && Number.isFinite(origin) ? origin : 0;
  if (last !== undefined && last - firstChannel + 1 !== channels) {
    const found = {
      [`${placeOf(set, 'Extent')}[1] - [0] + 1`]: last - firstChannel + 1,
      'channels of the shape': channels,
    };
    audit.push(disagreement('shape', found, channels, 'the shape is what is stored'));
  }
  return { firstChannel, firstDistanceM: firstChannel * spacingM + start, spacingM, audit };
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value);
}
