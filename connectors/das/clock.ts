/**
 * Time stamps of samples in, gap-free runs with one start and one rate each out.
 * @module
 */
import { CorruptSourceError } from '../../core/errors.js';
import { assumption, disagreement, note, type AuditEntry } from './audit.js';

/** A gap-free run of samples. Sample `firstIndex + i` was taken at `startNs + i / rateHz`. */
export interface SampleRun {
  /** Index of the first sample on the file's time axis. */
  readonly firstIndex: number;
  readonly sampleCount: number;
  readonly startNs: bigint;
  readonly rateHz: number;
}

/** Time stamps relative to the first one. */
export interface TimeStamps {
  readonly originNs: bigint;
  /** Seconds from `originNs`, one a sample. */
  readonly offsetsS: Float64Array;
}

/**
 * Splits time stamps into runs. A step of more than 1.5 sample intervals is a gap; smaller
 * irregularities are jitter. The rate is the attribute's unless it contradicts the stamps: by more
 * than 1 % of the median step, or by more than half a sample over a run. Each decision is an entry
 * of `audit`. Throws CorruptSourceError when time does not increase.
 */
export function findRuns(input: {
  readonly source: string;
  /** Dataset of the stamps, for messages. */
  readonly at: string;
  readonly stamps: TimeStamps;
  /** Rate by attribute, Hz; null when the file states none. */
  readonly attributeRateHz: number | null;
}): { readonly runs: readonly SampleRun[]; readonly audit: readonly AuditEntry[] } {
  const { source, at, stamps, attributeRateHz } = input;
  const { offsetsS } = stamps;
  const sampleCount = offsetsS.length;
  checkIncreasing(source, at, offsetsS);
  const audit: AuditEntry[] = [];
  const nominalHz = nominalRate({ source, at, offsetsS, attributeRateHz, audit });
  const stepS = 1 / nominalHz;
  const starts = [0];
  for (let i = 1; i < sampleCount; i++) {
    const step = (offsetsS[i] as number) - (offsetsS[i - 1] as number);
    if (step > 1.5 * stepS) {
      starts.push(i);
      if (starts.length <= 6) {
        const gapS = Number((step - stepS).toPrecision(6));
        audit.push(
          note(
            'gap',
            { [`${at}[${i}]`]: gapS },
            null,
            `gap of ${gapS} s: a new segment starts there`,
          ),
        );
      }
    }
  }
  if (starts.length > 6) {
    audit.push(
      note('gap', { [at]: starts.length - 1 }, null, 'gaps in all; the first 5 are named'),
    );
  }
  const runs = starts.map((first, r) => {
    const end = starts[r + 1] ?? sampleCount;
    const startNs = stamps.originNs + BigInt(Math.round((offsetsS[first] as number) * 1e9));
    const spanS = (offsetsS[end - 1] as number) - (offsetsS[first] as number);
    const steps = end - first - 1;
    const drift = Math.abs(spanS - steps * stepS);
    let rateHz = nominalHz;
    if (steps > 0 && drift > 0.5 * stepS) {
      rateHz = steps / spanS;
      audit.push(
        disagreement(
          'sampling-interval',
          { 'nominal step': stepS, [`${at}[${first}..${end - 1}]`]: 1 / rateHz },
          1 / rateHz,
          `${nominalHz} Hz misses the last of samples ${first} to ${end - 1} by ` +
            `${drift.toPrecision(3)} s; the stamps belong to the samples`,
        ),
      );
    }
    const jitterS = largestJitter(offsetsS, first, end, 1 / rateHz);
    if (jitterS > 0.1 / rateHz) {
      audit.push(
        note(
          'time',
          { [`${at}[${first}..${end - 1}]`]: jitterS },
          1 / rateHz,
          `stamps jitter by up to ${jitterS.toPrecision(3)} s; equal steps instead`,
        ),
      );
    }
    return { firstIndex: first, sampleCount: end - first, startNs, rateHz };
  });
  return { runs, audit };
}

function checkIncreasing(source: string, at: string, offsetsS: Float64Array): void {
  for (let i = 0; i < offsetsS.length; i++) {
    const value = offsetsS[i] as number;
    if (!Number.isFinite(value) || (i > 0 && value <= (offsetsS[i - 1] as number))) {
      throw new CorruptSourceError({
        source,
        at: `${at}[${i}]`,
        reason: 'the time stamp is not later than the one before it',
      });
    }
  }
}

function nominalRate(input: {
  source: string;
  at: string;
  offsetsS: Float64Array;
  attributeRateHz: number | null;
  audit: AuditEntry[];
}): number {
  const { attributeRateHz, audit, at } = input;
  const medianS = medianStep(input.offsetsS);
  if (attributeRateHz !== null && attributeRateHz > 0) {
    if (medianS === null || Math.abs(medianS * attributeRateHz - 1) <= 0.01) return attributeRateHz;
    audit.push(
      disagreement(
        'sampling-interval',
        { attribute: 1 / attributeRateHz, [`median step of ${at}`]: medianS },
        medianS,
        `the attribute says ${attributeRateHz} Hz, the stamps ${1 / medianS} Hz, and the stamps ` +
          'belong to the samples',
      ),
    );
    return 1 / medianS;
  }
  if (medianS === null) {
    throw new CorruptSourceError({
      source: input.source,
      at,
      reason: 'a single time stamp and no rate attribute: the sampling rate is unknown',
    });
  }
  audit.push(
    assumption(
      'sampling-interval',
      { attribute: null, [`median step of ${at}`]: medianS },
      medianS,
      'no attribute states the rate',
    ),
  );
  return 1 / medianS;
}

function medianStep(offsetsS: Float64Array): number | null {
  if (offsetsS.length < 2) return null;
  const steps = new Float64Array(offsetsS.length - 1);
  for (let i = 0; i < steps.length; i++) {
    steps[i] = (offsetsS[i + 1] as number) - (offsetsS[i] as number);
  }
  // Stamps are whole nanoseconds at best; the rest is rounding of the subtraction.
  return Math.round((steps.sort()[Math.floor(steps.length / 2)] as number) * 1e9) / 1e9;
}

function largestJitter(offsets: Float64Array, first: number, end: number, stepS: number): number {
  let largest = 0;
  for (let i = first; i < end; i++) {
    const expected = (offsets[first] as number) + (i - first) * stepS;
    largest = Math.max(largest, Math.abs((offsets[i] as number) - expected));
  }
  return largest;
}

/**
 * The part of a run inside `[startNs, endNs)` as sample numbers relative to the run, half-open;
 * null when the run has no sample there.
 */
export function runRange(
  run: SampleRun,
  window: { readonly startNs: bigint; readonly endNs: bigint } | null,
): { readonly from: number; readonly to: number } | null {
  if (window === null) return { from: 0, to: run.sampleCount };
  const at = (ns: bigint): number => {
    // The first sample at or after `ns`; 1e-6 of a sample forgives the rounding to nanoseconds.
    const exact = (Number(ns - run.startNs) / 1e9) * run.rateHz;
    return Math.min(run.sampleCount, Math.max(0, Math.ceil(exact - 1e-6)));
  };
  const from = at(window.startNs);
  const to = at(window.endNs);
  return to > from ? { from, to } : null;
}

/** Time of sample `index` of a run, ns. */
export function runTimeNs(run: SampleRun, index: number): bigint {
  return run.startNs + BigInt(Math.round((index / run.rateHz) * 1e9));
}
