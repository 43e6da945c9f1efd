/**
 * Distances of channels, one a channel, to the axis of a recording.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { note, type AuditEntry } from './audit.js';
import type { DasRecording } from './recording.js';

/** Steps that differ by less than this part of the mean step are equal. */
const STEP_TOLERANCE = 1e-3;

export type DistanceAxis = Pick<DasRecording, 'firstDistanceM' | 'spacingM' | 'distancesM'>;

/**
 * The axis: equal steps where every channel lies within 0.1 % of a step of its place, else each
 * channel at its own distance. Throws CorruptSourceError for values that are no numbers.
 */
export function distanceAxis(input: {
  readonly source: string;
  /** Field of the distances, for messages. */
  readonly at: string;
  readonly distancesM: Float64Array;
}): { readonly axis: DistanceAxis; readonly audit: readonly AuditEntry[] } {
  const { source, at, distancesM } = input;
  const bad = distancesM.findIndex((distance) => !Number.isFinite(distance));
  if (bad >= 0 || distancesM.length === 0) {
    const reason = distancesM.length === 0 ? 'no distances' : 'the distance is no number';
    throw new CorruptSourceError({ source, at: `${at}[${Math.max(0, bad)}]`, reason });
  }
  const first = distancesM[0] as number;
  const steps = distancesM.length - 1;
  const spacingM = steps === 0 ? 1 : ((distancesM[steps] as number) - first) / steps;
  const off = distancesM.findIndex(
    (distance, i) =>
      Math.abs(distance - first - i * spacingM) > STEP_TOLERANCE * Math.abs(spacingM),
  );
  const isEven = off < 0 && spacingM !== 0;
  const axis = { firstDistanceM: first, spacingM, distancesM: isEven ? null : distancesM };
  if (isEven) return { axis, audit: [] };
  const found = { [`${at}[${Math.max(0, off)}]`]: distancesM[Math.max(0, off)] ?? null };
  const why = 'channels are not equally spaced; each keeps its own distance';
  return { axis, audit: [note('channel-spacing', found, null, why)] };
}
