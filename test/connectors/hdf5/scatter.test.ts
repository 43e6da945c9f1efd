/** Shuffled chunks come out as the same values stored plainly, whatever their shape and place in memory. @module */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scatter } from '../../../connectors/hdf5/scatter.js';

const side = (most: number) =>
  fc.tuple(fc.nat(most - 1), fc.nat(most - 1), fc.nat(3)).map(([a, b, more]) => {
    const range = [Math.min(a, b), Math.max(a, b) + 1] as const;
    return { length: range[1] + more, range };
  });

it('undoes the shuffle of any part of a chunk, word by word and byte by byte alike', () => {
  fc.assert(
    fc.property(
      fc.record({
        rows: side(6),
        columns: side(40),
        elementBytes: fc.constantFrom(2, 3, 4, 8),
        // Memory from zlib need not begin at a word.
        offset: fc.constantFrom(0, 0, 1, 2),
        seed: fc.nat(),
      }),
      ({ rows, columns, elementBytes, offset, seed }) => {
        const count = rows.length * columns.length;
        const memory = new Uint8Array(offset + count * elementBytes);
        const shuffled = memory.subarray(offset);
        const plain = new Uint8Array(count * elementBytes);
        for (let i = 0; i < count; i++) {
          for (let byte = 0; byte < elementBytes; byte++) {
            const value = Math.imul(i * elementBytes + byte + seed, 2_654_435_761) >>> 24;
            shuffled[byte * count + i] = value;
            plain[i * elementBytes + byte] = value;
          }
        }
        const ranges = [rows.range, columns.range] as const;
        const wanted = ranges.reduce<number>(
          (product, [from, to]) => product * (to - from),
          elementBytes,
        );
        const take = (source: Uint8Array, isShuffled: boolean): Uint8Array => {
          const out = new Uint8Array(Math.ceil(wanted / 8) * 8);
          const chunk = [rows.length, columns.length];
          scatter(source, out, { chunk, origin: [0, 0], ranges, elementBytes, isShuffled });
          return out;
        };
        expect(take(shuffled, true)).toEqual(take(plain, false));
      },
    ),
    { numRuns: 400 },
  );
});
