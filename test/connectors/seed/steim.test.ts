import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSteim, encodeSteim, STEIM_FRAME_BYTES } from '../../../connectors/seed/steim.js';

/** Samples whose differences need any number of bits up to `bits`. */
function series(bits: number): fc.Arbitrary<Int32Array> {
  const difference = fc
    .tuple(fc.integer({ min: 1, max: bits }), fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([size, part]) => Math.trunc(part * (2 ** (size - 1) - 1)));
  return fc.array(difference, { minLength: 1, maxLength: 300 }).map((differences) => {
    let value = 0;
    return Int32Array.from(differences, (d) => (value = (value + d) | 0));
  });
}

/** Encodes all samples in pieces of a few frames and decodes them again. */
function throughFrames(samples: Int32Array, version: 1 | 2, maxFrames: number): number[] | null {
  const out: number[] = [];
  for (let from = 0; from < samples.length;) {
    const encoded = encodeSteim({ samples, from, maxFrames, version });
    if (encoded === null) return null;
    expect(encoded.frames.length % STEIM_FRAME_BYTES).toBe(0);
    expect(encoded.sampleCount).toBeGreaterThan(0);
    const { frames, sampleCount } = encoded;
    const decoded = decodeSteim({ frames, sampleCount, version });
    expect(decoded.problem).toBeNull();
    out.push(...decoded.samples);
    from += sampleCount;
  }
  return out;
}

describe('Steim', () => {
  it('1: what was encoded is decoded, whatever the differences, also around 2^31', () => {
    fc.assert(
      fc.property(series(32), fc.integer({ min: 1, max: 9 }), (samples, maxFrames) => {
        expect(throughFrames(samples, 1, maxFrames)).toEqual(Array.from(samples));
      }),
      { numRuns: 200 },
    );
    const extremes = Int32Array.of(2 ** 31 - 1, -(2 ** 31), 0, -1, 2 ** 31 - 1, 5);
    expect(throughFrames(extremes, 1, 1)).toEqual(Array.from(extremes));
  });

  it('2: what was encoded is decoded while differences have 30 bits', () => {
    const bounded = series(29);
    fc.assert(
      fc.property(bounded, fc.integer({ min: 1, max: 9 }), (samples, maxFrames) => {
        const isSmall = samples.every(
          (value, i) => i === 0 || Math.abs(value - (samples[i - 1] as number)) < 2 ** 29,
        );
        fc.pre(isSmall);
        expect(throughFrames(samples, 2, maxFrames)).toEqual(Array.from(samples));
      }),
      { numRuns: 200 },
    );
    const edges = Int32Array.of(0, 2 ** 29 - 1, -1, -(2 ** 29), -1, 7, -8, 15, -16, 31, -32, 511);
    expect(throughFrames(edges, 2, 3)).toEqual(Array.from(edges));
  });

  it('2 refuses a difference of more than 30 bits', () => {
    for (const jump of [2 ** 29, -(2 ** 29) - 1, 2 ** 31 - 1]) {
      const samples = Int32Array.of(0, jump);
      expect(encodeSteim({ samples, from: 0, maxFrames: 1, version: 2 })).toBeNull();
    }
  });

  it('tells a changed sample by the last one, and too few frames by the count', () => {
    const samples = Int32Array.from({ length: 50 }, (_, i) => i * i);
    const { frames } = encodeSteim({ samples, from: 0, maxFrames: 9, version: 1 }) as {
      frames: Uint8Array;
    };
    const changed = frames.slice();
    changed[17] = (changed[17] as number) ^ 0x40;
    expect(decodeSteim({ frames: changed, sampleCount: 50, version: 1 }).problem).not.toBeNull();
    expect(decodeSteim({ frames, sampleCount: 51, version: 1 }).problem).toMatch(
      /51 samples expected/,
    );
    const huge = decodeSteim({ frames, sampleCount: 1e12, version: 2 });
    expect(huge.problem).toMatch(/cannot lie in/);
    expect(huge.samples).toHaveLength(0);
  });

  it('makes sense of any bytes or says that they have none', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(1 as const, 2 as const),
        fc.boolean(),
        (frames, sampleCount, version, isLittleEndian) => {
          const { samples, problem } = decodeSteim({
            frames,
            sampleCount,
            version,
            isLittleEndian,
          });
          expect(samples.length).toBeLessThanOrEqual(sampleCount);
          if (problem === null) expect(samples).toHaveLength(sampleCount);
        },
      ),
      { numRuns: 500 },
    );
  });
});
