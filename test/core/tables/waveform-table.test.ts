import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTable, encodeTable } from '../../../core/tables/ipc.js';
import { waveformSegments, waveformTable } from '../../../core/tables/waveform-table.js';
import type { WaveformSegment } from '../../../core/waveform.js';

const segment: WaveformSegment = {
  sensorId: 'fibre/12',
  component: 'strain-rate',
  startNs: 1_518_824_379_123_456_789n,
  rateHz: 100,
  samples: Float32Array.of(0, -1.5, 3e-38, 1e38, Number.NaN, -0),
  units: 'microstrain/s',
  latitude: 39.8,
  longitude: -119.01,
  elevationM: 1230,
  positionSigmaKm: 0.5,
  distanceM: 120.5,
  quality: '',
};

const anySegment: fc.Arbitrary<WaveformSegment> = fc.record({
  sensorId: fc.string(),
  component: fc.constantFrom('x', 'y', 'z', 'strain-rate'),
  startNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  rateHz: fc.double({ min: 0.1, max: 10_000, noNaN: true }),
  samples: fc.float32Array({ maxLength: 20 }),
  units: fc.string(),
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 360, noNaN: true }),
  elevationM: fc.double({ noNaN: true }),
  positionSigmaKm: fc.double({ min: 0, noNaN: true }),
  distanceM: fc.option(fc.double({ noNaN: true }), { nil: null }),
  quality: fc.string({ unit: 'grapheme' }),
});

function roundTrip(segments: readonly WaveformSegment[]): WaveformSegment[] {
  return waveformSegments(decodeTable(encodeTable(waveformTable(segments)), 'test'));
}

describe('waveform table', () => {
  it('one segment, to the bit', () => {
    const [back] = roundTrip([segment]);
    expect(back).toEqual(segment);
    expect(Object.is(back!.samples[5], -0)).toBe(true);
  });

  it('no segment: the columns are there, without rows', () => {
    const table = decodeTable(encodeTable(waveformTable([])), 'test');
    expect(table.numRows).toBe(0);
    expect(table.schema.fields.map((field) => field.name)).toEqual(
      waveformTable([segment]).schema.fields.map((field) => field.name),
    );
    expect(waveformSegments(table)).toEqual([]);
  });

  it('many segments of unequal length, some empty, in memory and as a file', () => {
    fc.assert(
      fc.property(fc.array(anySegment, { maxLength: 12 }), (segments) => {
        expect(waveformSegments(waveformTable(segments))).toEqual(segments);
        expect(roundTrip(segments)).toEqual(segments);
      }),
      { numRuns: 50 },
    );
  });

  it('many rows keep their own samples', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      ...segment,
      sensorId: `fibre/${i}`,
      samples: new Float32Array(i % 7).fill(i),
    }));
    expect(roundTrip(many)).toEqual(many);
  });

  it('equal segments give equal bytes, and metadata is kept', () => {
    const bytes = encodeTable(waveformTable([segment]));
    expect(encodeTable(waveformTable([{ ...segment }]))).toEqual(bytes);
    const table = waveformTable([segment], new Map([['quakeloom.rejectedCount', '3']]));
    const back = decodeTable(encodeTable(table), 'test');
    expect(back.schema.metadata.get('quakeloom.rejectedCount')).toBe('3');
  });
});

describe('damaged Arrow files', () => {
  const bytes = encodeTable(waveformTable([segment]));
  const corrupt = expect.objectContaining({ _tag: 'CorruptSource', source: 'it.arrow' });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('hello, this is no Arrow file at all')],
    ['zeros', new Uint8Array(500)],
    ['the magic alone', bytes.slice(0, 8)],
    ['half a file', bytes.slice(0, bytes.length / 2)],
    ['a file without its end', bytes.slice(0, -20)],
  ])('%s is refused by name', (_, damaged) => {
    expect(() => decodeTable(damaged, 'it.arrow')).toThrow(corrupt);
  });

  it('another table is no waveform table', () => {
    const other = decodeTable(bytes, 'x').select(['sensor_id']);
    expect(() => waveformSegments(other)).toThrow(/column component/);
  });
});
