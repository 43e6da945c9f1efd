/**
 * Coordinates by tie points (CF conventions 1.9 and later, section 8.3, "coordinate subsampling"):
 * values at some indices, linear in between.
 * @module
 */
import { CorruptSourceError } from '../../../core/errors.js';
import { nsToIso } from '../../../core/time.js';
import { disagreement, note, type AuditEntry } from '../audit.js';
import type { SampleRun } from '../clock.js';

export interface TiePoints<Value> {
  readonly source: string;
  /** Dataset of the values, for messages. */
  readonly at: string;
  /** Indices on the axis, ascending. */
  readonly indices: readonly number[];
  readonly values: readonly Value[];
  /** Length of the axis. */
  readonly length: number;
}

/** Throws CorruptSourceError unless the indices ascend from 0 to the end of the axis. */
export function checkTiePoints(ties: TiePoints<unknown>): void {
  const { source, at, indices, values, length } = ties;
  const isAscending = indices.every(
    (index, i) => Number.isSafeInteger(index) && (i === 0 || index > (indices[i - 1] as number)),
  );
  if (
    indices.length > 0 &&
    indices.length === values.length &&
    isAscending &&
    indices[0] === 0 &&
    indices.at(-1) === length - 1
  ) {
    return;
  }
  throw new CorruptSourceError({
    source,
    at,
    reason:
      `${values.length} tie values at ${indices.length} indices from ${indices[0]} to ` +
      `${indices.at(-1)} do not describe an axis of ${length}`,
  });
}

/** Value at every index. */
export function interpolated(ties: TiePoints<number>): Float64Array {
  checkTiePoints(ties);
  const { indices, values, length } = ties;
  const out = new Float64Array(length).fill(values[0] as number);
  for (let k = 1; k < indices.length; k++) {
    const from = indices[k - 1] as number;
    const to = indices[k] as number;
    const start = values[k - 1] as number;
    const step = ((values[k] as number) - start) / (to - from);
    for (let i = from; i <= to; i++) out[i] = start + (i - from) * step;
  }
  return out;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: number;
}

/**
 * Gap-free runs of a time axis. A step between neighbouring samples that is off by more than half a
 * sample starts a new run, and so does a tie point that lies half a sample off the line of its run.
 * Throws CorruptSourceError when time does not increase between neighbouring tie points of a run.
 */
export function runsOfTiePoints(ties: TiePoints<bigint>): {
  readonly runs: readonly SampleRun[];
  readonly audit: readonly AuditEntry[];
} {
  checkTiePoints(ties);
  const pieces = piecesOf(ties);
  const nominalNs = nominalStep(ties, pieces);
  const audit: AuditEntry[] = [];
  const runs: SampleRun[] = [];
  let run: { from: number; startNs: bigint; to: number; endNs: bigint } = {
    from: 0,
    startNs: ties.values[0] as bigint,
    to: 0,
    endNs: ties.values[0] as bigint,
  };
  const close = (): void => {
    const steps = run.to - run.from;
    const stepNs = steps === 0 ? nominalNs : Number(run.endNs - run.startNs) / steps;
    runs.push({
      firstIndex: run.from,
      sampleCount: steps + 1,
      startNs: run.startNs,
      rateHz: 1e9 / stepNs,
    });
  };
  for (const piece of pieces) {
    const isBreak = piece.to - piece.from === 1 && Math.abs(piece.stepNs / nominalNs - 1) > 0.5;
    if (isBreak) {
      const topic = piece.stepNs > nominalNs ? 'gap' : 'overlap';
      const found = {
        [`${ties.at} at ${piece.to}`]: nsToIso(piece.endNs),
        'seconds off': (piece.stepNs - nominalNs) / 1e9,
      };
      const entry = topic === 'gap' ? note : disagreement;
      if (audit.length < 6) audit.push(entry(topic, found, null, 'a new run starts there'));
      close();
      run = { from: piece.to, startNs: piece.endNs, to: piece.to, endNs: piece.endNs };
      continue;
    }
    if (!(piece.stepNs > 0)) {
      const reason = `time does not increase after sample ${piece.from}`;
      throw new CorruptSourceError({ source: ties.source, at: ties.at, reason });
    }
    const steps = run.to - run.from;
    const runStepNs = steps === 0 ? piece.stepNs : Number(run.endNs - run.startNs) / steps;
    const predictedNs = Number(run.endNs - run.startNs) + runStepNs * (piece.to - piece.from);
    const offNs = Number(piece.endNs - run.startNs) - predictedNs;
    if (Math.abs(offNs) > 0.5 * nominalNs) {
      // The rate changes at this tie point: its sample starts the next run.
      run = { ...run, to: run.to - 1, endNs: run.endNs - BigInt(Math.round(runStepNs)) };
      close();
      run = { from: piece.from, startNs: piece.startNs, to: piece.to, endNs: piece.endNs };
      const found = { [`${ties.at} at ${piece.from}, Hz`]: 1e9 / piece.stepNs };
      if (audit.length < 6) {
        audit.push(note('sampling-interval', found, null, 'the rate changes there: a new run'));
      }
      continue;
    }
    run = { ...run, to: piece.to, endNs: piece.endNs };
  }
  close();
  return { runs, audit };
}

function piecesOf(ties: TiePoints<bigint>): Piece[] {
  return ties.indices.slice(1).map((to, k) => {
    const from = ties.indices[k] as number;
    const startNs = ties.values[k] as bigint;
    const endNs = ties.values[k + 1] as bigint;
    return { from, to, startNs, endNs, stepNs: Number(endNs - startNs) / (to - from) };
  });
}

/** Step of the longest piece: short ones may be gaps. */
function nominalStep(ties: TiePoints<bigint>, pieces: readonly Piece[]): number {
  const longest = pieces.reduce<Piece | null>(
    (best, piece) => (best === null || piece.to - piece.from > best.to - best.from ? piece : best),
    null,
  );
  if (longest !== null && longest.stepNs > 0) return longest.stepNs;
  const reason =
    longest === null ? 'a single time: the sampling rate is unknown' : 'time does not increase';
  throw new CorruptSourceError({ source: ties.source, at: ties.at, reason });
}
