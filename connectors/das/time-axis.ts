/**
 * Which axis of a dataset is time, by the lengths that the header claims.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { disagreement, type AuditEntry } from './audit.js';

/** A length as some field of the header states it. */
export interface LengthClaim {
  readonly at: string;
  readonly length: number | null;
}

/**
 * The axis on which all claims fit; where both do, the labelled one, else `usual`. Where claims
 * contradict each other, the axis that fits more of them. Throws CorruptSourceError when the
 * dataset has not two axes or no claim fits.
 */
export function timeAxisOf(input: {
  readonly source: string;
  /** The dataset, for messages. */
  readonly at: string;
  readonly shape: readonly number[];
  readonly samples: readonly LengthClaim[];
  readonly channels: readonly LengthClaim[];
  /** Axis that a label of the file calls time; null when there is none. */
  readonly labelled?: 0 | 1 | null;
  /** Axis of time as the format is written. */
  readonly usual: 0 | 1;
}): { readonly timeAxis: 0 | 1; readonly audit: readonly AuditEntry[] } {
  const { source, at, shape } = input;
  if (shape.length !== 2 || shape.some((length) => length < 1)) {
    throw new CorruptSourceError({
      source,
      at,
      reason: `expected time and channels, found shape [${shape.join(', ')}]`,
    });
  }
  const claims = [
    ...input.samples.map((claim) => ({ ...claim, isTime: true })),
    ...input.channels.map((claim) => ({ ...claim, isTime: false })),
  ].filter(({ length }) => length !== null);
  const fitting = (axis: 0 | 1): number =>
    claims.filter(({ length, isTime }) => length === shape[isTime ? axis : 1 - axis]).length;
  const expected = input.labelled ?? input.usual;
  const other = expected === 0 ? 1 : 0;
  const timeAxis = fitting(other) > fitting(expected) ? other : expected;
  const fits = fitting(timeAxis);
  if (claims.length > 0 && fits === 0) {
    const text = claims.map((claim) => `${claim.at} ${claim.length}`).join(', ');
    throw new CorruptSourceError({
      source,
      at,
      reason: `shape [${shape.join(', ')}] disagrees with ${text}`,
    });
  }
  const isClear = fits === claims.length && (input.labelled ?? timeAxis) === timeAxis;
  if (isClear) return { timeAxis, audit: [] };
  const found = {
    [`shape of ${at}`]: `[${shape.join(', ')}]`,
    ...Object.fromEntries(claims.map((claim) => [claim.at, claim.length])),
    ...((input.labelled ?? null) === null ? {} : { 'axis labelled time': input.labelled }),
  };
  const why =
    fits === claims.length
      ? 'only this axis of time fits the lengths that the header states'
      : 'the shape is what is stored; more of the stated lengths fit time on this axis';
  return { timeAxis, audit: [disagreement('shape', found, `time on axis ${timeAxis}`, why)] };
}
