import { constants, deflateRawSync, deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryBytes, type Tag } from '../../../../connectors/insar/cog/directory-bytes.js';
import { inflateTwo, workspace } from '../../../../connectors/insar/tiff/kernel.js';
import { openRaster, readWindow } from '../../../../connectors/insar/tiff/read.js';
import { bytesSource } from './mutate.js';

const SIZE = 40_000;

/** Runs, noise, copies of what stands far before, and steps, `SIZE` bytes in all. */
const data = fc
  .array(
    fc.record({
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      length: fc.integer({ min: 1, max: SIZE }),
      kind: fc.constantFrom(1, 2, 3, 20, 256, 'copy'),
      far: fc.constantFrom(1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 300, 5000, 32_768),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => {
    const out = new Uint8Array(SIZE);
    let at = 0;
    for (const { seed, length, kind, far } of pieces) {
      let state = seed;
      for (const end = Math.min(SIZE, at + length); at < end; at++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        // Copies break off now and then, so that codes and copies alternate.
        const isCopied = kind === 'copy' && at >= far && state % 41 > 0;
        out[at] = isCopied
          ? (out[at - far] as number)
          : (state >> 16) % Number(kind === 'copy' ? 256 : kind);
      }
    }
    return out;
  });

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    ...[constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY],
    ...[constants.Z_RLE, constants.Z_FIXED],
  ),
  windowBits: fc.integer({ min: 9, max: 15 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
});

/** Bytes of lane 0 or 1; null when the pair was given up. */
function inflated(a: Uint8Array, b: Uint8Array, wanted = SIZE): readonly Uint8Array[] | null {
  const two = inflateTwo([a, b], wanted);
  return two && two.to.map((at) => two.memory.slice(at, at + wanted));
}

const sizedOr = <T>(make: () => T): T | null => {
  try {
    return make();
  } catch {
    return null;
  }
};

describe('two zlib streams at once', () => {
  it('give what node:zlib packed, whatever its settings', () => {
    fc.assert(
      fc.property(data, options, data, options, (a, how, b, other) => {
        const [first, second] = inflated(deflateSync(a, how), deflateSync(b, other)) ?? [];
        expect(first && Buffer.compare(first, a)).toBe(0);
        expect(second && Buffer.compare(second, b)).toBe(0);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it('that are damaged are given up, or are what node:zlib reads; nothing else is written', () => {
    const [length, gap] = [SIZE + 5000, 256];
    const { functions, memory, from } = workspace(4 * (length + gap), 0);
    const at = [0, 1, 2, 3].map((i) => from + i * (length + gap)) as [
      number,
      number,
      number,
      number,
    ];
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const untouched = new Uint8Array(length).fill(0xa5);
    let refused = 0;
    fc.assert(
      fc.property(data, options, changes, fc.integer({ min: 0, max: 3 }), (a, how, marks, cut) => {
        const [whole, broken] = [deflateSync(a, how), deflateSync(a, how)];
        for (const [place, value] of marks) broken[place % broken.length] = value;
        const bytes = cut === 0 ? broken.subarray(0, marks[0]![0] % broken.length) : broken;
        const truth = sizedOr(() => inflateSync(bytes));
        for (const [first, second] of [
          [bytes, whole],
          [whole, bytes],
        ] as const) {
          memory.fill(0xa5, from, from + 4 * (length + gap));
          memory.set(first, at[0]);
          memory.set(second, at[1]);
          const done = functions.inflateTwo(
            ...([at[0], first.length, at[2], at[1], second.length, at[3], SIZE] as const),
          );
          const isWhole = truth?.length === SIZE;
          if (done !== 0) {
            expect(isWhole).toBe(true);
            const own = first === bytes ? at[2] : at[3];
            expect(Buffer.compare(memory.subarray(own, own + SIZE), truth!)).toBe(0);
          } else refused++;
          for (const out of [at[2], at[3]]) {
            const behind = memory.subarray(out + SIZE + 64, out + length + gap);
            expect(Buffer.compare(behind, untouched.subarray(0, behind.length))).toBe(0);
          }
          expect(Buffer.compare(memory.subarray(at[0], at[0] + first.length), first)).toBe(0);
          expect(Buffer.compare(memory.subarray(at[1], at[1] + second.length), second)).toBe(0);
        }
      }),
      { numRuns: 150, endOnFailure: true },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it('are given up for other sizes, checksums and headers', () => {
    const bytes = Uint8Array.from({ length: SIZE }, (_, i) => (i * i) >> 7);
    const packed = deflateSync(bytes);
    expect(inflated(packed, packed)).toEqual([bytes, bytes]);
    expect(inflated(packed, packed, SIZE - 1)).toBeNull();
    expect(inflated(packed, packed, SIZE + 1)).toBeNull();
    const changed = (at: number, value: number): Uint8Array => {
      const copy = Uint8Array.from(packed);
      copy[at < 0 ? copy.length + at : at]! ^= value;
      return copy;
    };
    for (const damaged of [changed(-1, 1), changed(-4, 128), changed(0, 1), changed(1, 32)]) {
      expect(inflated(packed, damaged)).toBeNull();
      expect(inflated(damaged, packed)).toBeNull();
    }
    expect(inflated(packed, deflateRawSync(bytes))).toBeNull();
    // A literal, then a copy with distance code 30 or length code 286, which fixed codes have but nothing means.
    for (const codes of ['000000111110', '1100011000000']) {
      const bits = ['1', '10', '10010001', codes.padEnd(99, '0')].join('');
      const stream = Uint8Array.from({ length: 14 }, (_, i) =>
        Number.parseInt([...bits.slice(8 * i, 8 * i + 8)].reverse().join(''), 2),
      );
      expect(inflated(Uint8Array.from([0x78, 0x01, ...stream]), packed)).toBeNull();
    }
    expect(inflated(new Uint8Array(0), packed)).toBeNull();
    expect(inflated(packed, packed.subarray(0, -1))).toBeNull();
  });
});

describe('strips of a TIFF that are inflated by pairs', () => {
  const rows = Array.from({ length: 5 }, (_, y) =>
    Uint8Array.from({ length: 300 }, (_, x) => (x * (y + 1)) % 251),
  );

  function tiff(strips: readonly Uint8Array[]): Uint8Array {
    const long = (tag: number, ...values: number[]): Tag => ({ tag, type: 'long', values });
    const offsets = strips.map((_, i) => 1000 + 400 * i);
    const tags = [
      ...[long(256, 300), long(257, strips.length), long(258, 8), long(259, 8)],
      ...[long(273, ...offsets), long(277, 1), long(278, 1)],
      ...[long(279, ...strips.map(({ length }) => length)), long(339, 1)],
    ];
    const out = new Uint8Array(1000 + 400 * strips.length);
    out.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
    out.set(directoryBytes({ tags, at: 8, next: 0, bigTiff: false }), 8);
    strips.forEach((strip, i) => out.set(strip, offsets[i]));
    return out;
  }

  it('have their pixels, the odd one too', async () => {
    const raster = await openRaster(bytesSource(tiff(rows.map((row) => deflateSync(row)))));
    expect(await readWindow(raster)).toEqual(Uint8Array.from(rows.flatMap((row) => [...row])));
  });

  it('are named when they are damaged', async () => {
    for (const bad of [0, 1, 2, 3, 4]) {
      const strips = rows.map((row) => deflateSync(row));
      strips[bad]![strips[bad]!.length - 1]! ^= 1;
      const raster = await openRaster(bytesSource(tiff(strips), 'a.tif'));
      await expect(readWindow(raster)).rejects.toMatchObject({
        _tag: 'CorruptSource',
        message: expect.stringContaining(`block ${bad}, byte ${1000 + 400 * bad}`) as string,
      });
    }
  });
});
