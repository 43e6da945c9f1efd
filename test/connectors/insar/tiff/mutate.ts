/** Damaged TIFFs from good ones, by seed. */
import type { Random } from '../../../../core/random.js';
import { checkRange, type ByteSource } from '../../../../connectors/insar/tiff/byte-source.js';

/** A file in memory. */
export function bytesSource(bytes: Uint8Array, name = 'mutant.tif'): ByteSource {
  return {
    ...{ name, path: null, bytes: bytes.length },
    read: (offset, length, at) => {
      checkRange({ name, bytes: bytes.length }, offset, length, at);
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xfe];

/** One to eight changes: bytes of the directory, of the data, a cut, a block copied elsewhere. */
export function mutate(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = seed.slice();
  const whole = (limit: number): number => random.integer(limit);
  const changes = 1 + whole(8);
  for (let i = 0; i < changes; i++) {
    const kind = random.uniform();
    // Headers and directories stand in the first bytes of every seed.
    const near = kind < 0.6 ? Math.min(bytes.length, 700) : bytes.length;
    const at = whole(near);
    if (kind < 0.45) bytes[at] = EXTREMES[whole(EXTREMES.length)] as number;
    else if (kind < 0.9) bytes[at] = whole(256);
    else if (kind < 0.95) bytes = bytes.slice(0, 1 + whole(bytes.length));
    else bytes.copyWithin(at, whole(bytes.length), whole(bytes.length));
    if (bytes.length < 8) break;
  }
  return bytes;
}
