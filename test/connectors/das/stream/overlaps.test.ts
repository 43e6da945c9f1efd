/** Corrections: of two values for one sample the later written one stands. @module */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  resolveOverlaps,
  type WrittenSegments,
} from '../../../../connectors/das/stream/overlaps.js';
import type { WaveformSegment } from '../../../../core/waveform.js';

const RATE_HZ = 100;
const ORIGIN_NS = 1_500_000_000_000_000_000n;

function segment(first: number, values: readonly number[], sensorId = 'f/0'): WaveformSegment {
  return {
    sensorId,
    component: 'strain-rate',
    startNs: ORIGIN_NS + BigInt(first) * 10_000_000n,
    rateHz: RATE_HZ,
    samples: Float32Array.from(values),
    units: 'microstrain/s',
    latitude: 0,
    longitude: 0,
    elevationM: 0,
    positionSigmaKm: 0,
    distanceM: 0,
    quality: '',
  };
}

const file = (writtenNs: number, contentId: string, ...segments: WaveformSegment[]) => ({
  writtenNs: BigInt(writtenNs),
  contentId,
  segments,
});

/** Samples by channel and index; a sample that stands twice is an array of both. */
function laid(files: readonly WrittenSegments[]): Map<string, Set<number>> {
  const { files: changed } = resolveOverlaps(files);
  const samples = new Map<string, Set<number>>();
  files.forEach(({ segments }, i) => {
    for (const { sensorId, startNs, samples: values } of changed[i] ?? segments) {
      const first = Number((startNs - ORIGIN_NS) / 10_000_000n);
      values.forEach((value, k) => {
        const key = `${sensorId}:${first + k}`;
        samples.set(key, (samples.get(key) ?? new Set()).add(value));
      });
    }
  });
  return samples;
}

describe('overlapping files', () => {
  it('of equal samples are left as they are', () => {
    const files = [file(1, 'a', segment(0, [1, 2, 3])), file(2, 'b', segment(1, [2, 3, 4]))];
    expect(resolveOverlaps(files)).toEqual({
      files: [null, null],
      samples: 0,
      channels: 0,
      range: null,
    });
  });

  it('of unequal samples keep those of the later written file, whatever the order', () => {
    const early = file(1, 'a', segment(0, [1, 2, 3, 4, 5]));
    const late = file(2, 'b', segment(1, [2, 9, 8]));
    const { files, samples, channels, range } = resolveOverlaps([early, late]);
    expect(files[1]).toBeNull();
    expect(files[0]).toEqual([segment(0, [1, 2]), segment(4, [5])]);
    expect({ samples, channels }).toEqual({ samples: 2, channels: 1 });
    expect(range).toEqual({ startNs: ORIGIN_NS + 20_000_000n, endNs: ORIGIN_NS + 40_000_000n });
    expect(resolveOverlaps([late, early]).files).toEqual([null, files[0]]);
  });

  it('of other channels, quantities or sampling instants do not touch each other', () => {
    const one = segment(0, [1, 2, 3]);
    const others = [
      segment(0, [9, 9, 9], 'f/1'),
      { ...segment(0, [9, 9, 9]), component: 'velocity' },
      { ...segment(0, [9, 9, 9]), startNs: ORIGIN_NS + 5_000_000n },
      { ...segment(0, [9, 9, 9]), rateHz: 50 },
    ];
    for (const other of others) {
      expect(resolveOverlaps([file(1, 'a', one), file(2, 'b', other)]).samples).toBe(0);
    }
  });

  it('leave one value for each sample, that of the latest file that has it', () => {
    const part = fc.record({
      written: fc.integer({ min: 0, max: 5 }),
      first: fc.integer({ min: 0, max: 20 }),
      values: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const files = parts.map(({ written, first, values }, i) =>
          file(written, String(i), segment(first, values)),
        );
        const truth = new Map<string, Set<number>>();
        const order = [...parts.entries()].sort(([i, a], [k, b]) => a.written - b.written || i - k);
        for (const [, { first, values }] of order) {
          values.forEach((value, k) => truth.set(`f/0:${first + k}`, new Set([value])));
        }
        const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
        expect([...laid(files)].sort(byKey)).toEqual([...truth].sort(byKey));
      }),
      { numRuns: 300 },
    );
  });
});
