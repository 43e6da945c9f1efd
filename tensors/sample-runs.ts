/**
 * From segments as they were read to canonical runs: overlaps and repetitions removed, blocks of
 * one clock chained. In: segments of one component of one sensor. Out: chains of samples with
 * knots (sample number, time); they depend on the set of samples only, not on how it was cut.
 * @module
 */
import { NS_PER_S } from '../core/time.js';
import type { WaveformSegment } from '../core/waveform.js';
import { nearestIndex, rationalRate, sampleOffsetNs, type RationalRate } from './sample-grid.js';

/** Starts that agree with a lattice to this are on it: float64 epoch seconds carry 0.2 us. */
const SAME_LATTICE_NS = 1_000n;
/** A block may begin this many samples off the end of the one before and still be its sequel. */
const MAX_SLIP_SAMPLES = 1.5;
/** ... if that is also at most this share of the block before. */
const MAX_SLIP_SHARE = 0.06;

/** Samples of one clock; NaN where one is missing. */
export interface SampleChain {
  readonly rate: RationalRate;
  readonly rateHz: number;
  readonly samples: Float32Array;
  /** Known times, ascending in both; one knot (sample 0) when the nominal rate holds throughout. */
  readonly knots: readonly { readonly index: number; readonly timeNs: bigint }[];
}

export interface ChainedSamples {
  /** Longest first, so that a stray duplicate never displaces the main record. */
  readonly chains: readonly SampleChain[];
  /** Samples given twice with different values; they count as missing. */
  readonly conflicts: number;
}

interface Lattice {
  readonly rate: RationalRate;
  readonly rateHz: number;
  readonly anchorNs: bigint;
  readonly pieces: { readonly index: number; readonly samples: Float32Array }[];
}

interface Run {
  readonly lattice: Lattice;
  readonly startNs: bigint;
  readonly samples: Float32Array;
}

/**
 * Chains the segments of one component of one sensor.
 *
 * Samples of one lattice (equal rate, starts that differ by whole intervals) are laid on one axis:
 * repeated samples fall on each other, and a hole stays a hole. Blocks that follow each other
 * within 1.5 samples but off the lattice come from a device whose true rate differs from the
 * nominal one (OpenEEW: 32 samples each 1.065 s at nominal 31.25 Hz). They are chained, and time
 * runs linearly between the stamps of their last samples, which is the sample such devices stamp.
 *
 * Samples outside `range` are left out, but its lattices are anchored by all segments, so that
 * rounding to nanoseconds does not depend on the range.
 */
export function chainSegments(
  segments: readonly WaveformSegment[],
  range: { readonly startNs: bigint; readonly endNs: bigint },
): ChainedSamples {
  const runs: Run[] = [];
  let conflicts = 0;
  for (const lattice of gatherLattices(segments)) {
    const laid = layOut(clip(lattice, range));
    conflicts += laid.conflicts;
    runs.push(...laid.runs);
  }
  runs.sort(compareRuns);
  const open: Run[][] = [];
  for (const run of runs) {
    const chain = open.find((candidate) => follows(candidate.at(-1) as Run, run));
    if (chain) chain.push(run);
    else open.push([run]);
  }
  const chains = open.map(joinRuns);
  // Array sort is stable: equal lengths keep the order of their starts.
  chains.sort((a, b) => b.samples.length - a.samples.length);
  return { chains, conflicts };
}

function gatherLattices(segments: readonly WaveformSegment[]): Lattice[] {
  const sorted = segments
    .filter((s) => s.samples.length > 0)
    .sort((a, b) => compareBig(a.startNs, b.startNs) || a.rateHz - b.rateHz);
  const byPhase = new Map<string, Lattice[]>();
  const lattices: Lattice[] = [];
  for (const { rateHz, startNs, samples } of sorted) {
    const rate = rationalRate(rateHz);
    const key = (timeNs: bigint): string => `${rateHz}:${phaseBin(rate, timeNs)}`;
    // The tolerance is narrower than a phase bin, so its two ends name all bins to look in.
    let lattice = [key(startNs - SAME_LATTICE_NS), key(startNs), key(startNs + SAME_LATTICE_NS)]
      .flatMap((bin) => byPhase.get(bin) ?? [])
      .find((candidate) => onLattice(candidate, startNs));
    if (!lattice) {
      lattice = { rate, rateHz, anchorNs: startNs, pieces: [] };
      const bin = key(startNs);
      byPhase.set(bin, [...(byPhase.get(bin) ?? []), lattice]);
      lattices.push(lattice);
    }
    const index = nearestIndex(rate, startNs - lattice.anchorNs);
    lattice.pieces.push({ index, samples });
  }
  return lattices;
}

const PHASE_BIN_NS = 4_000n;

/** Number of the 4-us bin of the sample interval that a time falls in. */
function phaseBin(rate: RationalRate, timeNs: bigint): bigint {
  const unit = NS_PER_S * rate.denominator;
  const phase = (((timeNs * rate.numerator) % unit) + unit) % unit;
  return phase / rate.numerator / PHASE_BIN_NS;
}

function onLattice(lattice: Lattice, startNs: bigint): boolean {
  const offset = startNs - lattice.anchorNs;
  const off = offset - sampleOffsetNs(lattice.rate, nearestIndex(lattice.rate, offset));
  return off <= SAME_LATTICE_NS && -off <= SAME_LATTICE_NS;
}

/** Leaves out the samples of a lattice that lie outside the range. */
function clip(
  lattice: Lattice,
  range: { readonly startNs: bigint; readonly endNs: bigint },
): Lattice {
  const first = nearestIndex(lattice.rate, range.startNs - lattice.anchorNs);
  const end = nearestIndex(lattice.rate, range.endNs - lattice.anchorNs) + 1;
  const pieces = lattice.pieces.flatMap(({ index, samples }) => {
    const from = Math.max(0, first - index);
    const to = Math.min(samples.length, end - index);
    return from < to ? [{ index: index + from, samples: samples.subarray(from, to) }] : [];
  });
  return { ...lattice, pieces };
}

/** Lays pieces on the lattice's axis and splits it at holes. */
function layOut(lattice: Lattice): { runs: Run[]; conflicts: number } {
  const pieces = [...lattice.pieces].sort((a, b) => a.index - b.index);
  const runs: Run[] = [];
  let conflicts = 0;
  for (let from = 0; from < pieces.length;) {
    const first = (pieces[from] as Lattice['pieces'][number]).index;
    let end = first;
    let to = from;
    for (; to < pieces.length; to++) {
      const piece = pieces[to] as Lattice['pieces'][number];
      if (piece.index > end) break;
      end = Math.max(end, piece.index + piece.samples.length);
    }
    const group = pieces.slice(from, to);
    const merged = mergePieces(group, first, end);
    conflicts += merged.conflicts;
    const startNs = lattice.anchorNs + sampleOffsetNs(lattice.rate, first);
    runs.push({ lattice, startNs, samples: merged.samples });
    from = to;
  }
  return { runs, conflicts };
}

function mergePieces(
  pieces: readonly Lattice['pieces'][number][],
  first: number,
  end: number,
): { samples: Float32Array; conflicts: number } {
  const only = pieces[0] as Lattice['pieces'][number];
  if (pieces.length === 1) return { samples: only.samples, conflicts: 0 };
  const samples = new Float32Array(end - first).fill(Number.NaN);
  const conflicting = new Uint8Array(end - first);
  for (const piece of pieces) {
    for (let i = 0; i < piece.samples.length; i++) {
      const at = piece.index - first + i;
      const value = piece.samples[i] as number;
      const present = samples[at] as number;
      if (Number.isNaN(present)) samples[at] = value;
      else if (Number.isNaN(value) || Object.is(value, present)) continue;
      else if (value === present) samples[at] = 0;
      else conflicting[at] = 1;
    }
  }
  let conflicts = 0;
  for (let i = 0; i < conflicting.length; i++) {
    if (conflicting[i] === 0) continue;
    samples[i] = Number.NaN;
    conflicts++;
  }
  return { samples, conflicts };
}

/** True when `next` is the sequel of `run`: off its lattice, but near its end. */
function follows(run: Run, next: Run): boolean {
  if (run.lattice === next.lattice || run.lattice.rateHz !== next.lattice.rateHz) return false;
  const expectedNs = run.startNs + sampleOffsetNs(run.lattice.rate, run.samples.length);
  const slip = (Number(next.startNs - expectedNs) / 1e9) * run.lattice.rateHz;
  return Math.abs(slip) <= Math.min(MAX_SLIP_SAMPLES, MAX_SLIP_SHARE * run.samples.length);
}

function joinRuns(runs: readonly Run[]): SampleChain {
  const [first] = runs as readonly [Run, ...Run[]];
  const { rate, rateHz } = first.lattice;
  if (runs.length === 1) {
    return { rate, rateHz, samples: first.samples, knots: [{ index: 0, timeNs: first.startNs }] };
  }
  const total = runs.reduce((sum, run) => sum + run.samples.length, 0);
  const samples = new Float32Array(total);
  const knots: { index: number; timeNs: bigint }[] = [];
  let length = 0;
  for (const run of runs) {
    samples.set(run.samples, length);
    length += run.samples.length;
    const lastNs = run.startNs + sampleOffsetNs(rate, run.samples.length - 1);
    knots.push({ index: length - 1, timeNs: lastNs });
  }
  return { rate, rateHz, samples, knots };
}

function compareRuns(a: Run, b: Run): number {
  return (
    compareBig(a.startNs, b.startNs) ||
    a.lattice.rateHz - b.lattice.rateHz ||
    b.samples.length - a.samples.length
  );
}

function compareBig(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
