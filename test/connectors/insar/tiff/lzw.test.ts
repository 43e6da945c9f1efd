import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBlock } from '../../../../connectors/insar/tiff/decode.js';

/** LZW of TIFF 6.0 section 13 as a list of strings; null ends with an error. */
function plainLzw(bytes: Uint8Array, wanted: number): Uint8Array | null {
  const single = Array.from({ length: 256 }, (_, i) => [i]);
  let strings: (readonly number[])[] = [...single, [], []];
  let previous: readonly number[] | null = null;
  const out: number[] = [];
  let width = 9;
  for (let bit = 0; out.length < wanted && bit + width <= bytes.length * 8;) {
    const code = bitsAt(bytes, bit, width);
    bit += width;
    if (code === 257) break;
    if (code === 256) {
      strings = [...single, [], []];
      [previous, width] = [null, 9];
      continue;
    }
    const known = strings[code];
    if (!known && (code !== strings.length || !previous)) return null;
    const string: readonly number[] = known ?? [...previous!, previous![0]!];
    if (previous && strings.length < 4096) strings.push([...previous, string[0]!]);
    previous = string;
    out.push(...string);
    if (strings.length + 1 >= 2 ** width && width < 12) width++;
  }
  return Uint8Array.from(out.slice(0, wanted));
}

function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  for (let i = bit; i < bit + width; i++) {
    value = value * 2 + (((bytes[i >> 3] as number) >> (7 - (i & 7))) & 1);
  }
  return value;
}

/** The longest strings known, each with CLEAR once the table is full. */
function pack(data: Uint8Array, clearAt: number): Uint8Array {
  const bits: number[] = [];
  let [width, next] = [9, 258];
  let table = new Map<string, number>();
  const write = (code: number): void => {
    for (let i = width - 1; i >= 0; i--) bits.push((code >> i) & 1);
  };
  write(256);
  for (let at = 0; at < data.length;) {
    let key = String(data[at]);
    let code = data[at] as number;
    let end = at + 1;
    for (; end < data.length; end++) {
      key += `,${data[end]}`;
      const longer = table.get(key);
      if (longer === undefined) break;
      code = longer;
    }
    write(code);
    if (end < data.length) table.set(key, next);
    next++;
    at = end;
    if (next >= clearAt) {
      write(256);
      [width, next, table] = [9, 258, new Map()];
    } else if (next >= 2 ** width && width < 12) width++;
  }
  write(257);
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, k) => sum + (bit << (7 - k)), 0),
  );
}

const unpack = (bytes: Uint8Array, wanted: number): Promise<Uint8Array> =>
  decodeBlock(
    bytes,
    {
      ...{ rows: 1, columns: wanted, samples: 1, dtype: 'uint8', compression: 5 },
      ...{ predictor: 1, littleEndian: true, lerc: undefined },
    } as const,
    { source: 'a.tif', at: 'block 0' },
    (samples) => new Uint8Array(samples),
  );

/** Runs, noise and repeated pieces. */
const data = fc
  .array(
    fc.record({
      seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      length: fc.integer({ min: 1, max: 6000 }),
      values: fc.constantFrom(1, 2, 7, 256),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((pieces) =>
    Uint8Array.from(
      pieces.flatMap(({ seed, length, values }) => {
        let state = seed;
        return Array.from({ length }, () => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          return (state >> 16) % values;
        });
      }),
    ),
  );

describe('LZW of TIFF', () => {
  it('gives back what was packed, with any table that is cleared', async () => {
    await fc.assert(
      fc.asyncProperty(data, fc.constantFrom(300, 511, 1500, 4094), async (bytes, clearAt) => {
        const packed = pack(bytes, clearAt);
        expect(plainLzw(packed, bytes.length)).toEqual(bytes);
        expect(await unpack(packed, bytes.length)).toEqual(bytes);
      }),
      { numRuns: 25 },
    );
  });

  it('reads any codes as a plain decoder does, or refuses them', async () => {
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
        fc.integer({ min: 1, max: 30_000 }),
        async (bytes, changes, wanted) => {
          const packed = pack(bytes, 4094);
          for (const [at, value] of changes) packed[at % packed.length] = value;
          // That one begins a stream of before TIFF 6.0.
          fc.pre(packed[0] !== 0);
          const truth = plainLzw(packed, wanted);
          const read = await unpack(packed, wanted).catch((error: unknown) => error);
          if (truth?.length === wanted) expect(read).toEqual(truth);
          else expect(read).toMatchObject({ _tag: 'CorruptSource' });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps strings in a table that is full and never cleared', async () => {
    // 9 bits of CLEAR, then single bytes only, each of which makes a string until there are 4096.
    const bits = [...Array.from({ length: 9 }, (_, i) => (256 >> (8 - i)) & 1)];
    for (let n = 0; n < 6000; n++) {
      const next = Math.min(257 + n, 4095);
      const width = next + 1 >= 2048 ? 12 : next + 1 >= 1024 ? 11 : next + 1 >= 512 ? 10 : 9;
      const code = n % 256;
      for (let i = width - 1; i >= 0; i--) bits.push((code >> i) & 1);
    }
    const packed = Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, k) => sum + (bit << (7 - k)), 0),
    );
    const wanted = Uint8Array.from({ length: 6000 }, (_, n) => n % 256);
    expect(plainLzw(packed, 6000)).toEqual(wanted);
    expect(await unpack(packed, 6000)).toEqual(wanted);
  });
});
