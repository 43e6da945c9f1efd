/**
 * Records of many channels in, one time axis out: every record gets the number of its first sample
 * on a grid that all channels share; stretches in which any channel has samples become runs.
 * @module
 */
import { disagreement, note, type AuditEntry } from '../audit.js';
import type { SampleRun } from '../clock.js';
import type { SeedIndex } from '../../seed/record-index.js';

/** Records of the recording's channels, sorted by channel, then by time, then by place in the file. */
export interface MiniseedGrid {
  /** Position of each record in the index. */
  readonly order: Uint32Array;
  /** First of `order` for each channel of the recording; one more at the end. */
  readonly firstOf: Uint32Array;
  /** Grid number of the first sample of each record of `order`. */
  readonly gridStart: Float64Array;
  readonly runs: readonly SampleRun[];
  /** Grid number of the first sample of each run. */
  readonly runGridStart: Float64Array;
  /** False: a channel lacks samples that another has. */
  readonly isComplete: boolean;
  /** Samples of the longest record. */
  readonly longest: number;
  readonly audit: readonly AuditEntry[];
}

/** Lays out the channels `channels` (positions in `index.channels`, in their order). */
export function miniseedGrid(
  index: SeedIndex,
  channels: readonly number[],
  statedHz: number,
): MiniseedGrid {
  const audit: AuditEntry[] = [];
  const { order, firstOf } = sorted(index, channels);
  const rateHz = gridRate(index, { order, firstOf, statedHz }, audit);
  const refNs = order.reduce(
    (least, record) => minimum(least, index.startsNs[record] as bigint),
    index.startsNs[order[0] as number] as bigint,
  );
  const placed = placeRecords(index, { order, firstOf, rateHz, refNs });
  const covered = channels.map((_, c) => coverage(index, { ...placed, order, firstOf }, c));
  const all = merged(covered.flat());
  audit.push(...continuityAudit(placed, all, rateHz));
  const runs: SampleRun[] = [];
  let firstIndex = 0;
  for (const [from, to] of all) {
    const offsetNs = BigInt(Math.round((from / rateHz) * 1e9));
    const startNs = placed.startOf.get(from) ?? refNs + offsetNs;
    runs.push({ firstIndex, sampleCount: to - from, startNs, rateHz });
    firstIndex += to - from;
  }
  return {
    order,
    firstOf,
    gridStart: placed.gridStart,
    runs,
    runGridStart: Float64Array.from(all, ([from]) => from),
    isComplete: covered.every((own) => isSame(own, all)),
    longest: order.reduce((most, record) => Math.max(most, index.counts[record] as number), 0),
    audit,
  };
}

function minimum(a: bigint, b: bigint): bigint {
  return b < a ? b : a;
}

function sorted(
  index: SeedIndex,
  channels: readonly number[],
): { order: Uint32Array; firstOf: Uint32Array } {
  const positionOf = new Map(channels.map((channel, position) => [channel, position]));
  const rank = Uint32Array.from(
    index.channels,
    (_, channel) => positionOf.get(channel) ?? 0xffffffff,
  );
  const rankOf = (record: number): number => rank[index.channelOf[record] as number] as number;
  const wanted: number[] = [];
  for (let i = 0; i < index.recordCount; i++) if (rankOf(i) !== 0xffffffff) wanted.push(i);
  const order = Uint32Array.from(wanted).sort((a, b) => {
    const byRank = rankOf(a) - rankOf(b);
    if (byRank !== 0) return byRank;
    const difference = (index.startsNs[a] as bigint) - (index.startsNs[b] as bigint);
    return difference < 0n ? -1 : difference > 0n ? 1 : a - b;
  });
  const firstOf = new Uint32Array(channels.length + 1);
  for (const record of order) (firstOf[rankOf(record) + 1] as number)++;
  for (let c = 0; c < channels.length; c++) {
    firstOf[c + 1] = (firstOf[c + 1] as number) + (firstOf[c] as number);
  }
  return { order, firstOf };
}

/** Time from the end of one record to the start of another, in samples. */
function stepSamples(index: SeedIndex, from: number, to: number, rateHz: number): number {
  const spanNs = (index.startsNs[to] as bigint) - (index.startsNs[from] as bigint);
  return (Number(spanNs) / 1e9) * rateHz - (index.counts[from] as number);
}

/** The stated rate, or that of the longest unbroken stretch where it drifts by half a sample. */
function gridRate(
  index: SeedIndex,
  input: { order: Uint32Array; firstOf: Uint32Array; statedHz: number },
  audit: AuditEntry[],
): number {
  const { order, firstOf, statedHz } = input;
  let best = { samples: 0, spanS: 0 };
  for (let c = 0; c + 1 < firstOf.length; c++) {
    let first = firstOf[c] as number;
    let samples = 0;
    for (let k = first; k + 1 < (firstOf[c + 1] as number); k++) {
      const [record, next] = [order[k] as number, order[k + 1] as number];
      if (Math.abs(stepSamples(index, record, next, statedHz)) >= 0.5) {
        first = k + 1;
        samples = 0;
        continue;
      }
      samples += index.counts[record] as number;
      if (samples <= best.samples) continue;
      const startNs = index.startsNs[order[first] as number] as bigint;
      best = { samples, spanS: Number((index.startsNs[next] as bigint) - startNs) / 1e9 };
    }
  }
  if (best.samples === 0 || Math.abs(best.spanS * statedHz - best.samples) < 0.5) return statedHz;
  const measuredHz = best.samples / best.spanS;
  const found = { 'record headers, Hz': statedHz, 'record start times, Hz': measuredHz };
  const why = `the stated rate misses the last of ${best.samples} samples by more than half a sample`;
  audit.push(disagreement('sampling-interval', found, measuredHz, why));
  return measuredHz;
}

interface Placed {
  readonly gridStart: Float64Array;
  /** Record start time by grid number, of the first channel that has one there. */
  readonly startOf: ReadonlyMap<number, bigint>;
  readonly overlaps: number;
  /** Largest distance of a record's start from the grid, samples. */
  readonly offGrid: number;
}

function placeRecords(
  index: SeedIndex,
  input: { order: Uint32Array; firstOf: Uint32Array; rateHz: number; refNs: bigint },
): Placed {
  const { order, firstOf, rateHz, refNs } = input;
  const gridStart = new Float64Array(order.length);
  const startOf = new Map<number, bigint>();
  let overlaps = 0;
  let offGrid = 0;
  for (let c = 0; c + 1 < firstOf.length; c++) {
    let end = -1;
    for (let k = firstOf[c] as number; k < (firstOf[c + 1] as number); k++) {
      const record = order[k] as number;
      const startNs = index.startsNs[record] as bigint;
      const exact = (Number(startNs - refNs) / 1e9) * rateHz;
      const isNext =
        k > (firstOf[c] as number) &&
        Math.abs(stepSamples(index, order[k - 1] as number, record, rateHz)) < 0.5;
      const before = gridStart[k - 1] ?? 0;
      const start = isNext
        ? before + (index.counts[order[k - 1] as number] as number)
        : // Drift may put a record before its neighbour: a search needs ascending numbers.
          Math.max(Math.round(exact), k > (firstOf[c] as number) ? before : 0);
      gridStart[k] = start;
      if (start < end) overlaps++;
      end = Math.max(end, start + (index.counts[record] as number));
      offGrid = Math.max(offGrid, Math.abs(exact - start));
      if (!isNext && !startOf.has(start)) startOf.set(start, startNs);
    }
  }
  return { gridStart, startOf, overlaps, offGrid };
}

type Interval = readonly [from: number, to: number];

function coverage(
  index: SeedIndex,
  input: { order: Uint32Array; firstOf: Uint32Array; gridStart: Float64Array },
  channel: number,
): Interval[] {
  const { order, firstOf, gridStart } = input;
  const own: [number, number][] = [];
  for (let k = firstOf[channel] as number; k < (firstOf[channel + 1] as number); k++) {
    const from = gridStart[k] as number;
    const to = from + (index.counts[order[k] as number] as number);
    const last = own.at(-1);
    if (last !== undefined && from >= last[0] && from <= last[1]) last[1] = Math.max(last[1], to);
    else own.push([from, to]);
  }
  return merged(own);
}

function merged(intervals: readonly Interval[]): Interval[] {
  const out: [number, number][] = [];
  for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

function isSame(a: readonly Interval[], b: readonly Interval[]): boolean {
  return a.length === b.length && a.every(([from, to], i) => from === b[i]?.[0] && to === b[i][1]);
}

function continuityAudit(placed: Placed, all: readonly Interval[], rateHz: number): AuditEntry[] {
  const audit: AuditEntry[] = [];
  all.slice(1, 6).forEach(([from], i) => {
    const gapS = (from - (all[i] as Interval)[1]) / rateHz;
    audit.push(note('gap', { 'gap s': gapS }, null, 'no channel has samples: a new run starts'));
  });
  if (all.length > 6) {
    audit.push(note('gap', { gaps: all.length - 1 }, null, 'gaps in all; the first 5 are named'));
  }
  if (placed.overlaps > 0) {
    const why = 'records of one channel overlap in time: the one later in the file wins';
    audit.push(disagreement('overlap', { records: placed.overlaps }, null, why));
  }
  if (placed.offGrid > 0.1) {
    const found = {
      'largest distance from the common grid, samples': Number(placed.offGrid.toPrecision(3)),
    };
    const why = 'records do not start at whole samples of one clock: put to the nearest one';
    audit.push(note('time', found, null, why));
  }
  return audit;
}
