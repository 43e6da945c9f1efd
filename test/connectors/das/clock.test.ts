import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRuns, runRange, runTimeNs, type SampleRun } from '../../../connectors/das/clock.js';

const find = (offsets: readonly number[], attributeRateHz: number | null = 100) =>
  findRuns({
    source: 'file',
    at: 'times',
    stamps: { originNs: 1_000_000_000n, offsetsS: Float64Array.from(offsets) },
    attributeRateHz,
  });

describe('findRuns', () => {
  it('puts the cuts exactly where whole samples are missing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 6, maxLength: 6 }),
        (lengths, missing) => {
          const offsets: number[] = [];
          const starts: number[] = [];
          let tick = 0;
          lengths.forEach((length, i) => {
            starts.push(tick);
            for (let k = 0; k < length; k++) offsets.push(tick++ / 100);
            tick += missing[i] as number;
          });
          const { runs } = find(offsets);
          expect(runs.map((run) => run.sampleCount)).toEqual(lengths);
          expect(runs.map((run) => run.startNs)).toEqual(
            starts.map((s) => 1_000_000_000n + BigInt(s) * 10_000_000n),
          );
          expect(runs.every((run) => run.rateHz === 100)).toBe(true);
        },
      ),
    );
  });

  it('does not take jitter for a gap, and mentions large jitter', () => {
    const offsets = Array.from({ length: 100 }, (_, i) => i / 100 + (i % 2 === 0 ? 0 : 0.002));
    const { runs, audit } = find(offsets);
    expect(runs).toHaveLength(1);
    const entry = audit.find(({ topic }) => topic === 'time');
    expect(entry?.severity).toBe('note');
    expect(entry?.why).toMatch(/jitter by up to 0\.00/);
  });

  it('uses the rate of the stamps when the attribute drifts by more than half a sample', () => {
    const offsets = Array.from({ length: 1001 }, (_, i) => i / 100.2);
    const { runs, audit } = find(offsets);
    expect(runs[0]?.rateHz).toBeCloseTo(100.2, 6);
    expect(audit).toMatchObject([{ topic: 'sampling-interval', severity: 'disagreement' }]);
    expect(audit[0]?.why).toMatch(/100 Hz misses the last of samples 0 to 1000/);
  });

  it('needs a rate for a single sample and increasing time for more', () => {
    expect(find([0]).runs).toMatchObject([{ sampleCount: 1, rateHz: 100 }]);
    expect(() => find([0], null)).toThrow(/sampling rate is unknown/);
    expect(() => find([0, 0.01, 0.005])).toThrow(/times\[2\]/);
    expect(() => find([0, Number.NaN])).toThrow(/times\[1\]/);
  });
});

it('windows that touch share no sample and lose none', () => {
  const run: SampleRun = { firstIndex: 0, sampleCount: 500, startNs: 123n, rateHz: 128 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { maxLength: 8 }), (cuts) => {
      const borders = [0n, ...cuts.map(BigInt).sort((a, b) => (a < b ? -1 : 1)), 10_000_000_000n];
      const taken = borders.slice(1).flatMap((endNs, i) => {
        const range = runRange(run, { startNs: borders[i] as bigint, endNs });
        return range === null
          ? []
          : Array.from({ length: range.to - range.from }, (_, k) => range.from + k);
      });
      expect(taken).toEqual(Array.from({ length: 500 }, (_, i) => i));
      expect(runTimeNs(run, 128)).toBe(1_000_000_123n);
    }),
  );
});
