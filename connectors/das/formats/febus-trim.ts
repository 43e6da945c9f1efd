/**
 * How the blocks of a Febus file overlap: attributes, shape and block times in, the part of each
 * block that is kept out, with every contradiction named.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { placeOf, type AttributeSet } from '../attributes.js';
import { assumption, disagreement, note, type AuditEntry } from '../audit.js';
import { numbersOf } from './febus-distances.js';
import { heldAgainst, positiveIfAny, statedText } from '../header-fields.js';
import type { DatasetHeader, Hdf5Reader } from '../../hdf5/hdf5.js';
import { readTimeStamps } from '../time-stamps.js';

export interface FebusTrim {
  readonly blockCount: number;
  readonly channelCount: number;
  /** Samples a stored block. */
  readonly stored: number;
  /** Samples of a block that are kept, after `before` that are not. */
  readonly kept: number;
  readonly before: number;
  /** The overlap was cut when the file was written: `Extent[2]` is not zero. */
  readonly isCutBefore: boolean;
  /** Interval of the samples, s. */
  readonly stepS: number;
  readonly audit: readonly AuditEntry[];
}

/** Overlap of the maker's template, where a file states none: each sample is in two blocks, %. */
const TEMPLATE_OVERLAP = 100;
/** Early firmware writes its clock of 250 MHz where the sampling rate should stand. */
const CLOCK_HZ = 1e8;

/**
 * The samples kept of each block are those of its middle, `stored / (1 + overlap)` of them, as in the
 * maker's own reader (febus_optics_lib 1.2.3, `__nb_pts_to_remove`). An overlap that is stated is held
 * against the interval of the blocks (`BlockRate`, else the median of their times) and gives way to
 * it, because the kept samples must fill that interval. Where none is stated, the template's 100 % is
 * taken. Blocks of one sample follow each other at the interval of the blocks. Throws
 * CorruptSourceError when no interval is stated.
 */
export function febusTrim(
  reader: Hdf5Reader,
  input: { readonly set: AttributeSet; readonly header: DatasetHeader; readonly times: string },
): FebusTrim {
  const { set } = input;
  const [blockCount, stored, channelCount] = input.header.shape as [number, number, number];
  const block = blockInterval(reader, set, input.times);
  const [, , from, to] = numbersOf(set, 'Extent');
  const isCutBefore = isVersioned(set) && from !== undefined && from > 0;
  if (stored === 1 && block !== null) {
    const found = {
      [`${placeOf(set, 'Spacing')}[1] / 1000`]: stepIfAny(set),
      block: block.seconds,
    };
    const why = 'blocks of one sample: their interval is that of the samples';
    const audit = [note('sampling-interval', found, block.seconds, why)];
    const one = { stored, kept: 1, before: 0, stepS: block.seconds };
    return { blockCount, channelCount, ...one, isCutBefore, audit };
  }
  const interval = stepOf(set);
  const { stepS } = interval;
  const overlap = keptOf(set, { stored, stepS, block });
  const audit = [...interval.audit, ...overlap.audit];
  if (isVersioned(set) && from !== undefined && to !== undefined) {
    const claims = { [`${placeOf(set, 'Extent')}[3] - [2] + 1`]: to - from + 1 };
    const why = 'the shape is what is stored';
    audit.push(...heldAgainst({ topic: 'shape', claims, used: stored, tolerance: 0.5, why }));
  }
  const { kept } = overlap;
  const before = Math.floor((stored - kept) / 2);
  return { blockCount, channelCount, stored, kept, before, isCutBefore, stepS, audit };
}

function isVersioned(set: AttributeSet): boolean {
  return statedText(set, 'Version') !== null;
}

/** Samples of a block that are kept. */
function keptOf(
  set: AttributeSet,
  input: {
    stored: number;
    stepS: number;
    block: { readonly seconds: number; readonly isStated: boolean } | null;
  },
): { readonly kept: number; readonly audit: readonly AuditEntry[] } {
  const { stored, stepS, block } = input;
  const name = 'Overlap' in set.values ? 'Overlap' : 'BlockOverlap';
  const overlap = positiveOrZero(set, name);
  const byOverlap = Math.max(1, roundHalfEven(stored / (1 + (overlap ?? TEMPLATE_OVERLAP) / 100)));
  const byTime = block === null ? null : Math.round(block.seconds / stepS);
  const fills = byTime !== null && byTime >= 1 && byTime <= stored ? byTime : null;
  // The times of the blocks jitter by some samples; a stated rate does not.
  const slack = block?.isStated === true ? 0 : Math.max(1, 0.02 * (byTime ?? 0));
  const agrees = byTime === null || Math.abs(byTime - byOverlap) <= slack;
  const found = {
    'samples of a stored block': stored,
    [placeOf(set, name)]: overlap === null ? null : `${overlap} %`,
    'block interval / sampling interval': block === null ? null : block.seconds / stepS,
  };
  if (overlap !== null) {
    if (agrees) return { kept: byOverlap, audit: [] };
    const kept = fills ?? byOverlap;
    const why =
      fills === null
        ? 'the interval of the blocks is longer than a block: the stated overlap'
        : 'kept samples must fill the interval of the blocks';
    return { kept, audit: [disagreement('overlap', found, kept, why)] };
  }
  if (isVersioned(set) && fills !== null && !agrees) {
    const why = 'no overlap is stated: the samples that fill the interval of the blocks';
    return { kept: fills, audit: [assumption('overlap', found, fills, why)] };
  }
  const template = `no overlap is stated: ${TEMPLATE_OVERLAP} % as in the maker's template`;
  const why = agrees ? template : `${template}, though the interval of the blocks is another`;
  const entry = agrees ? assumption : disagreement;
  return { kept: byOverlap, audit: [entry('overlap', found, byOverlap, why)] };
}

/**
 * `Spacing[1]` in ms where the file states its version; older files have a wrong one and state
 * `SamplingRate`.
 */
function stepOf(set: AttributeSet): { readonly stepS: number; readonly audit: AuditEntry[] } {
  const bySpacing = stepIfAny(set);
  const rate = numbersOf(set, 'SamplingRate')[0] ?? null;
  const byRate = rate !== null && rate > 0 && rate < CLOCK_HZ ? 1 / rate : null;
  const stepS = isVersioned(set) ? (bySpacing ?? byRate) : (byRate ?? bySpacing);
  if (stepS === null || !Number.isFinite(stepS)) {
    throw new CorruptSourceError({
      source: set.source,
      at: placeOf(set, 'Spacing'),
      reason: 'neither Spacing[1] nor SamplingRate is a sampling interval',
    });
  }
  const audit = heldAgainst({
    topic: 'sampling-interval',
    claims: {
      [`${placeOf(set, 'Spacing')}[1] / 1000`]: bySpacing,
      [`1 / ${placeOf(set, 'SamplingRate')}`]: byRate,
    },
    used: stepS,
    tolerance: 1e-6 * stepS,
    why: isVersioned(set)
      ? 'Spacing is kept up to date in files that state their version'
      : 'files without a version have wrong spacings in time',
  });
  return { stepS, audit };
}

/** `Spacing[1]`, s; null where it is missing or not positive. */
function stepIfAny(set: AttributeSet): number | null {
  const spacingMs = numbersOf(set, 'Spacing')[1] ?? null;
  return spacingMs !== null && spacingMs > 0 ? spacingMs / 1000 : null;
}

/** As the maker's reader rounds (Python). */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 && below % 2 === 0 ? below : Math.round(value);
}

/** Interval of the blocks: `BlockRate` in mHz, else the median step of their times. */
function blockInterval(
  reader: Hdf5Reader,
  set: AttributeSet,
  times: string,
): { readonly seconds: number; readonly isStated: boolean } | null {
  const rateMhz = positiveIfAny(set, 'BlockRate');
  if (rateMhz !== null) return { seconds: 1000 / rateMhz, isStated: true };
  const { offsetsS } = readTimeStamps(reader, { path: times, ticksPerSecond: 1 });
  if (offsetsS.length < 2) return null;
  const steps = Float64Array.from(
    { length: offsetsS.length - 1 },
    (_, i) => (offsetsS[i + 1] as number) - (offsetsS[i] as number),
  ).sort();
  const middle = steps.length / 2;
  const upper = steps[Math.floor(middle)] as number;
  const median =
    steps.length % 2 === 1 ? upper : (upper + (steps[Math.floor(middle) - 1] as number)) / 2;
  return median > 0 ? { seconds: median, isStated: false } : null;
}

function positiveOrZero(set: AttributeSet, name: string): number | null {
  const value = numbersOf(set, name)[0];
  return value !== undefined && value >= 0 && Number.isFinite(value) ? value : null;
}
