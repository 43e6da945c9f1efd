import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { SampleArray, SampleBlock, SampleLayout } from '../../../connectors/das/recording.js';
import { readChannels } from '../../../connectors/das/samples.js';
import { strainRateConversion } from '../../../connectors/das/units.js';

/** Reads blocks of [rows, columns] numbers and notes the size of every one. */
function fakeBlocks(rows: number, columns: number, timeAxis: 0 | 1): FakeBlocks {
  const slices: number[] = [];
  const readBlock = ({ time, channel }: SampleBlock): SampleArray => {
    const [[r0, r1], [c0, c1]] = timeAxis === 0 ? [time, channel] : [channel, time];
    expect(r1).toBeLessThanOrEqual(rows);
    expect(c1).toBeLessThanOrEqual(columns);
    slices.push((r1 - r0) * (c1 - c0) * 4);
    return Float32Array.from({ length: (r1 - r0) * (c1 - c0) }, (_, i) =>
      value(r0 + Math.floor(i / (c1 - c0)), c0 + (i % (c1 - c0))),
    );
  };
  return { readBlock, slices };
}

interface FakeBlocks {
  readonly readBlock: (block: SampleBlock) => SampleArray;
  readonly slices: number[];
}

const value = (row: number, column: number): number => ((row * 7919 + column * 104_729) % 1009) / 8;

it('gives the same samples however small the slices and chunks are, and keeps slices small', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 2, max: 60 }),
        columns: fc.integer({ min: 2, max: 60 }),
        timeAxis: fc.constantFrom(0 as const, 1 as const),
        isStrain: fc.boolean(),
        chunks: fc.option(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))),
        sliceValues: fc.integer({ min: 1, max: 500 }),
        from: fc.double({ min: 0, max: 0.99, noNaN: true }),
        step: fc.integer({ min: 1, max: 4 }),
      }),
      async ({ rows, columns, timeAxis, isStrain, chunks, sliceValues, from, step }) => {
        const { readBlock, slices } = fakeBlocks(rows, columns, timeAxis);
        const [times, channelCount] = timeAxis === 0 ? [rows, columns] : [columns, rows];
        const conversion = strainRateConversion({
          unit: isStrain ? 'microstrain' : 'microstrain/s',
          isInteger: false,
          bytesPerValue: 4,
          rateHz: 4,
          gaugeLengthM: 1,
          refractiveIndex: null,
          wavelengthNm: 1550,
          photoelastic: 0.78,
        });
        const firstSample = Math.floor(from * (times - 1));
        const sampleCount = times - firstSample - (isStrain ? 1 : 0);
        const channels: number[] = [];
        for (let c = Math.min(1, channelCount - 1); c < channelCount; c += step) channels.push(c);
        const layout: SampleLayout = {
          timeCount: times,
          channelCount,
          timeAxis,
          type: 'float32',
          chunks,
        };
        const got = await readChannels(
          { layout, conversion, readBlock },
          { firstSample, sampleCount, channels },
          sliceValues * 4,
        );
        const stored = (t: number, c: number): number =>
          timeAxis === 0 ? value(t, c) : value(c, t);
        expect(got).toEqual(
          channels.map((c) =>
            Float32Array.from({ length: sampleCount }, (_, i) => {
              const t = firstSample + i;
              return isStrain ? 4 * (stored(t + 1, c) - stored(t, c)) : stored(t, c);
            }),
          ),
        );
        expect(Math.max(...slices)).toBeLessThanOrEqual(sliceValues * 4);
      },
    ),
    { numRuns: 300 },
  );
});
